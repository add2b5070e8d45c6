"""A report as one HTML file: nothing is loaded from anywhere, nothing runs.

Tables and few styles, so that a browser, a printer and Qt's own text engine show it
alike. Paper is white: these colours belong to the report, not to the window's theme.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from html import escape
from typing import Any

from medhash_gui.evidence import Evidence
from medhash_gui.reliability import MIN_PATIENTS, Told, Untold
from medhash_gui.report import Report, ReportHit, ReportPicture

_STYLE = """
body { font-family: "Segoe UI", "Noto Sans", "Noto Sans CJK SC", Arial, sans-serif;
  color: #1b1f23; background: #ffffff; font-size: 10pt; margin: 24px; }
h1 { font-size: 16pt; margin: 0 0 4px 0; }
h2 { font-size: 12pt; margin: 18px 0 6px 0; }
p { margin: 4px 0; }
th { text-align: left; color: #56606a; font-weight: normal; }
td, th { padding: 4px 10px 4px 0; vertical-align: top; }
.dim { color: #56606a; }
.use { color: #7a3b00; }
.state { color: #7a3b00; font-weight: bold; }
code { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: 9pt; }
"""
_QUERY_PX, _HIT_PX = 260, 150
_EVIDENCE_TITLES = (
    "Label",
    "Nearest cases",
    "Interval",
    "Library",
    "Held-out pictures",
    "Confirmed by",
)
_WITHHELD = {
    "model": "not measured",
    "query": "the query is unlike them",
    "asked": "not measured for such a question",
    "label": "not measured for this label",
    "neighbours": "not measured for so many cases",
    "few": f"fewer than {MIN_PATIENTS} patients",
}


def page(report: Report) -> str:
    """Return a report as the text of an HTML file."""
    parts = (
        "<h1>Similar cases</h1>",
        f'<p class="use">{escape(report.intended_use)}</p>',
        f'<p class="dim">{escape(report.made)} · {escape(report.program)}</p>',
        _states(report),
        _query(report),
        _hits(report),
        _evidence(report, report.evidence) if report.evidence is not None else "",
        _footer(report),
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Similar cases, {escape(report.query_id)}</title>"
        f"<style>{_STYLE}</style></head>\n<body>\n" + "\n".join(parts) + "\n"
        "</body></html>\n"
    )


def _states(report: Report) -> str:
    said = []
    if report.familiarity is not None and report.familiarity > 1:
        said.append("The query is unlike anything this model was trained on.")
    if not report.enough:
        said.append("There are not enough similar cases in this library.")
    if report.moved is not None:
        said.append(_moved(report.moved))
    return "".join(f'<p class="state">{sentence}</p>' for sentence in said)


def _moved(how: Mapping[str, Any]) -> str:
    return (
        f"The query was moved towards more of {escape(how['label'])} (strength "
        f"{how['strength']:g}), as {how['patients_with']} patients with it differ from "
        f"{how['patients_without']} without. Distances are to the moved code; what "
        "distances and nearest cases tell of pictures as they are does not hold."
    )


def _query(report: Report) -> str:
    facts = [
        ("Picture", report.query_id),
        ("Code", report.query_code),
        ("In the library", "yes" if report.in_library else "no"),
    ]
    if report.query_frame:
        facts.insert(1, ("Frame", str(report.query_frame + 1)))
    if report.familiarity is not None:
        known = "like the model's training pictures"
        if report.familiarity > 1:
            known = "unlike the model's training pictures"
        facts.append(("Kind of picture", f"{known} ({report.familiarity:.2f})"))
    return (
        "<h2>Query</h2><table><tr>"
        f"<td>{_picture(report.picture, _QUERY_PX)}</td><td>{_facts(facts)}</td>"
        "</tr></table>"
    )


def _hits(report: Report) -> str:
    if not report.hits:
        return "<h2>Hits</h2><p>None was chosen.</p>"
    has_pictures = any(hit.picture for hit in report.hits)
    has_table = any(hit.held_out for hit in report.hits)
    titles = ["Rank", "Differing bits", "Ties", "Labels", "Confirmed by", "Case"]
    titles += ["Picture's number"]
    if report.moved is not None:
        titles[1] = "Bits from the moved code"
    if has_table:
        titles.insert(2, "Held-out pairs")
    if has_pictures:
        titles.insert(1, "Picture and map")
    head = "".join(f"<th>{title}</th>" for title in titles)
    rows = []
    for hit in report.hits:
        cells = [str(hit.rank), _bits(hit, report), str(hit.tie_size)]
        cells += [escape(", ".join(hit.labels)) or "–", escape(hit.confirmed_by) or "–"]
        cells += [escape(hit.case) or "not known", hit.picture_id]
        if has_table:
            cells.insert(2, _held_out(hit))
        if has_pictures:
            cells.insert(1, _picture(hit.picture, _HIT_PX))
        rows.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    chance = ""
    if has_table and report.chance is not None:
        chance = (
            '<p class="dim">Held-out pairs: of pairs of pictures of other patients so '
            "far apart, how many shared a label (95 % interval); of all pairs "
            f"{report.chance:.0%} did.</p>"
        )
    body = "".join(rows)
    return f"<h2>Hits</h2><table><tr>{head}</tr>{body}</table>{chance}"


def _bits(hit: ReportHit, report: Report) -> str:
    return f"{hit.distance:g} of {report.library['bits']}"


def _held_out(hit: ReportHit) -> str:
    known = hit.held_out
    if known is None:
        return "–"
    return f"{known['share']:.0%} ({known['low']:.0%}–{known['high']:.0%})"


def _evidence(report: Report, evidence: Evidence) -> str:
    counted = len(evidence.neighbours)
    rows = [
        f"<tr><td>{escape(one.label)}</td>"
        f"<td>{one.near.count} of {one.near.of}</td>"
        f"<td>{one.near.interval[0]:.0%}–{one.near.interval[1]:.0%}</td>"
        f"<td>{one.base.value:.0%} ({one.base.count} of {one.base.of})</td>"
        f"<td>{_meant(report.meant[one.label])}</td>"
        f"<td>{escape(_sources(one.sources))}</td></tr>"
        for one in evidence.labels
    ]
    head = "".join(f"<th>{title}</th>" for title in _EVIDENCE_TITLES)
    more = f"{evidence.unlabelled} of them bear no label. " * bool(evidence.unlabelled)
    if evidence.tied_out:
        more += f"{evidence.tied_out} more pictures are as near as the last of them."
    return (
        f"<h2>Labels of the {counted} nearest cases</h2>"
        f"<table><tr>{head}</tr>{''.join(rows)}</table>"
        f'<p class="dim">{more} Counts of cases, not a statement about the query.</p>'
        f'<p class="dim">{_meaning(report)}</p>'
    )


def _meant(found: Told | Untold) -> str:
    if isinstance(found, Untold):
        return _WITHHELD[found.reason]
    curve, row = found.curve, found.row
    low, high = row.low_count, row.high_count
    which = f"{low} to {high}" if high > low else str(low)
    of = "all labels; " if curve.label is None else f"base {curve.base:.0%}; "
    return (
        f"{row.bearing} of {row.counted} ({row.low:.0%}–{row.high:.0%}; {of}"
        f"{which} of {curve.neighbours})"
    )


def _meaning(report: Report) -> str:
    """Return what the column of held-out pictures is, where a row of it tells."""
    told = [one for one in report.meant.values() if isinstance(one, Told)]
    if not told:
        return ""
    whose = "of patients" if report.by_patient else "(whose they are is not known)"
    return (
        f"Held-out pictures: of pictures {whose} that the model was not trained on, "
        "with so many such neighbours, how many bore the label (95 % interval; base: "
        "of all of them). Where a label is rarer than there, such a count means less."
    )


def _sources(sources: object) -> str:
    items = dict(sources).items() if isinstance(sources, dict) else ()
    return ", ".join(f"{name or 'not stated'}: {count}" for name, count in items)


def _footer(report: Report) -> str:
    library, model = report.library, report.model
    facts = [
        ("Model", f"{model['title']} ({model['name']})"),
        ("Model's fingerprint", model["id"]),
        ("Library's fingerprint", str(library["fingerprint"])),
        ("Pictures", f"{library['searched']} of {library['images']} were compared"),
        ("Date", report.made),
        ("Program", report.program),
    ]
    if model["intended_use"]:
        facts.insert(1, ("The model's intended use", model["intended_use"]))
    notes = "".join(f"<p>{escape(note)}</p>" for note in report.notes)
    return (
        f"<h2>How to repeat this</h2>{notes}{_facts(facts)}"
        f"<p><code>{escape(report.command)}</code></p>"
        '<p class="dim">LIBRARY stands for the library of this fingerprint, QUERY for '
        "the file whose content has the picture's number above.</p>"
        f'<p class="use">{escape(report.intended_use)}</p>'
    )


def _facts(facts: list[tuple[str, str]]) -> str:
    rows = (
        f"<tr><th>{name}</th><td>{escape(value)}</td></tr>" for name, value in facts
    )
    return f"<table>{''.join(rows)}</table>"


def _picture(picture: ReportPicture | None, width: int) -> str:
    if picture is None:
        return ""
    note = f'<p class="dim">{escape(picture.note)}</p>' if picture.note else ""
    if picture.png is None:
        return note
    data = base64.b64encode(picture.png).decode("ascii")
    return f'<img width="{width}" src="data:image/png;base64,{data}" alt="">{note}'
