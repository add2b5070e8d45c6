"""A teaching file: one page for any browser, offline, in which labels wait to be asked.

Everything is in the page: pictures as data, styles, and no script at all. What shows
and hides labels and maps are check boxes, so that keys and screen readers work as
everywhere, and a policy in its head keeps the page from loading anything. Beside it
lies the report of the search as JSON.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from medhash_gui import outgoing, picture_files, teaching_words
from medhash_gui.outgoing import OutgoingPicture, Shown
from medhash_gui.report import Report, ReportHit

_LONGEST_PX = 900

_STYLE = """
:root { color-scheme: light dark; --text: #1b1f23; --dim: #56606a; --page: #ffffff;
  --card: #f4f6f8; --line: #d5dae0; --use: #7a3b00; --accent: #0b62c4; }
@media (prefers-color-scheme: dark) { :root { --text: #e6e9ec; --dim: #9aa4ae;
  --page: #14171a; --card: #1d2125; --line: #343a41; --use: #f0b070;
  --accent: #6cb2ff; } }
body { font-family: "Segoe UI", "Noto Sans", "Noto Sans CJK SC", Arial, sans-serif;
  color: var(--text); background: var(--page); margin: 0 auto; max-width: 1180px;
  padding: 20px; line-height: 1.45; }
h1 { font-size: 1.5rem; margin: 0 0 4px; }
h2 { font-size: 1.15rem; margin: 28px 0 8px; }
h3 { font-size: 1rem; margin: 0 0 4px; } p { margin: 4px 0; }
.dim { color: var(--dim); } .use, .state { color: var(--use); }
.state { font-weight: 600; }
main > section, footer { border-top: 1px solid var(--line); margin-top: 18px; }
.cards { display: grid; gap: 16px; list-style: none; margin: 0; padding: 0;
  grid-template-columns: repeat(auto-fill, minmax(260px, 1fr)); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 6px;
  padding: 12px; }
.case { max-width: 640px; }
figure { margin: 8px 0; position: relative; }
figure img { display: block; width: 100%; height: auto; background: #000; }
figure .map { position: absolute; inset: 0; }
.map, .answer, .about { display: none; }
.label:checked ~ .answer, .all-labels:checked ~ main .answer { display: block; }
.showmap:checked ~ figure .map, .all-maps:checked ~ main .map { display: block; }
.showmap:checked ~ .about, .all-maps:checked ~ main .about { display: block; }
.answer { font-weight: 600; } .answer .dim { font-weight: normal; }
input { width: 1.05em; height: 1.05em; vertical-align: -0.15em; }
input:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
label { margin: 0 14px 0 4px; } pre { white-space: pre-wrap; margin: 4px 0; }
.notes { white-space: pre-wrap; }
table { border-collapse: collapse; } th { text-align: left; color: var(--dim);
  font-weight: normal; } td, th { padding: 3px 14px 3px 0; vertical-align: top; }
code, pre { font-family: "DejaVu Sans Mono", Consolas, monospace; font-size: .88em; }
"""
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


@dataclass(frozen=True, slots=True)
class Lesson:
    """What a person adds to a search.

    Attributes:
        diagnosis: of the query, hidden until asked for; "" where it is to be taken from
            the library's labels.
        notes: shown with the query, as they were written.
        language: one of ``teaching_words.LANGUAGES``.
    """

    diagnosis: str = ""
    notes: str = ""
    language: str = "en"


def contents(
    report: Report,
    query: OutgoingPicture,
    hits: Sequence[OutgoingPicture],
    lesson: Lesson,
    *,
    looked_at: bool,
) -> dict[str, bytes]:
    """Return the files of a teaching file, by name: its page, and the search as JSON.

    Args:
        report: of the search; its hits are those of ``hits``, in this order.
        query: the case's picture.
        hits: pictures of the hits.
        lesson: what a person adds.
        looked_at: whether a person saw that nothing in the pictures names anybody.

    Raises:
        ExportError: a picture may hold letters and nobody has looked, or there are no
            words of the language.
    """
    picture_files.check([query, *hits], looked_at=looked_at)
    name = f"teaching-{query.facts.number}"
    page = _Page(report, lesson).text(query, hits)
    told = json.loads(report.as_json())
    told["lesson"] = {"diagnosis": lesson.diagnosis, "notes": lesson.notes}
    said = json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    return {
        f"{name}.html": page.encode("utf-8", "backslashreplace"),
        f"{name}.json": said.encode("utf-8", "backslashreplace"),
    }


class _Page:
    def __init__(self, report: Report, lesson: Lesson) -> None:
        self._report = report
        self._lesson = lesson
        self._words = teaching_words.words(lesson.language)

    def text(self, query: OutgoingPicture, hits: Sequence[OutgoingPicture]) -> str:
        words, report = self._words, self._report
        lang = self._lesson.language.replace("_", "-")
        head = (
            f'<!DOCTYPE html>\n<html lang="{lang}"><head><meta charset="utf-8">'
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{words['title']}</title><style>{_STYLE}</style></head>\n<body>\n"
        )
        switches = (
            '<input type="checkbox" id="labels" class="all-labels">'
            f'<label for="labels">{words["all_labels"]}</label>'
            '<input type="checkbox" id="maps" class="all-maps">'
            f'<label for="maps">{words["all_maps"]}</label>\n'
        )
        cards = "".join(
            f'<li class="card">{self._hit(hit, picture)}</li>\n'
            for hit, picture in zip(report.hits, hits, strict=True)
        )
        return (
            f"{head}<h1>{words['title']}</h1>\n"
            f'<p class="use">{words["research"]}</p>\n'
            f'<p class="dim">{words["how"]}</p>\n{switches}<main>\n'
            f"<section><h2>{words['query']}</h2>{self._states()}"
            f'<div class="card case">{self._query(query)}</div></section>\n'
            f"<section><h2>{words['hits']}</h2>\n"
            f'<ol class="cards">\n{cards}</ol></section>\n</main>\n'
            f"{self._footer()}</body></html>\n"
        )

    def _states(self) -> str:
        said = []
        if self._report.familiarity is not None and self._report.familiarity > 1:
            said.append(self._words["unlike"])
        if not self._report.enough:
            said.append(self._words["few"])
        if self._report.moved is not None:
            said.append(self._words["moved"])  # the finding waits to be asked
        return "".join(f'<p class="state">{sentence}</p>' for sentence in said)

    def _query(self, picture: OutgoingPicture) -> str:
        words, facts = self._words, picture.facts
        diagnosis = self._lesson.diagnosis or ", ".join(facts.labels)
        source = "" if self._lesson.diagnosis else facts.confirmed_by
        parts = []
        if self._lesson.notes:
            notes = escape(self._lesson.notes)
            parts.append(f'<h3>{words["notes"]}</h3><p class="notes">{notes}</p>')
        ask = ""
        if diagnosis:
            parts.append(f"<h3>{words['question']}</h3>")
            ask = words["diagnosis"]
        picture_part = self._picture(picture, "q", words["picture_of_query"])
        answer = self._answer("q", ask, diagnosis, source) if diagnosis else ""
        return "".join(parts) + answer + picture_part

    def _hit(self, hit: ReportHit, picture: OutgoingPicture) -> str:
        words, key = self._words, f"h{hit.rank}"
        bits = self._report.library["bits"]
        distance = "bits" if self._report.moved is None else "moved_bits"
        case = words["case"].format(case=escape(hit.case))
        facts = [
            words[distance].format(distance=f"{hit.distance:g}", bits=bits),
            words["ties"].format(count=hit.tie_size) if hit.tie_size > 1 else "",
            case if hit.case else words["case_unknown"],
        ]
        said = "<br>".join(fact for fact in facts if fact)
        label = ", ".join(hit.labels) or words["no_label"]
        name = words["picture_of_hit"].format(rank=hit.rank)
        return (
            f"<h3>{words['hit'].format(rank=hit.rank)}</h3>"
            f'<p class="dim">{said}</p>'
            f"{self._answer(key, words['show_label'], label, hit.confirmed_by)}"
            f"{self._picture(picture, key, name)}"
        )

    def _answer(self, key: str, ask: str, label: str, source: str) -> str:
        said = escape(label)
        if source:
            known = self._words["confirmed"].format(source=escape(source))
            said += f' <span class="dim">({known})</span>'
        return (
            f'<div><input type="checkbox" class="label" id="l{key}">'
            f'<label for="l{key}">{ask}</label><p class="answer">{said}</p></div>'
        )

    def _picture(self, picture: OutgoingPicture, key: str, name: str) -> str:
        words = self._words
        masked = f'<p class="dim">{words["masked"]}</p>' if picture.masks else ""
        plain = f'<img src="{_data(picture.pixels)}" alt="{name}">'
        if picture.mapped is None:
            missing = f'<p class="dim">{words["no_map"]}</p>'
            return f"<div><figure>{plain}</figure>{missing}{masked}</div>"
        alt = words["with_map"].format(picture=name)
        return (
            f'<div><input type="checkbox" class="showmap" id="m{key}">'
            f'<label for="m{key}">{words["show_map"]}</label>'
            f"<figure>{plain}"
            f'<img class="map" src="{_data(picture.mapped)}" alt="{alt}"></figure>'
            f'<p class="about dim">{words["map_is"]}</p>{masked}</div>'
        )

    def _footer(self) -> str:
        words, report = self._words, self._report
        model, library = report.model, report.library
        compared = words["pictures"].format(
            searched=library["searched"], images=library["images"]
        )
        facts = [
            (words["model"], f"{model['title']} ({model['name']})"),
            (words["intended"], model["intended_use"]),
            (words["limits"], model["limits"]),
            (f"{words['model']}: {words['fingerprint']}", model["id"]),
            (
                f"{words['library']}: {words['fingerprint']}",
                str(library["fingerprint"]),
            ),
            (words["library"], compared),
            (words["date"], report.made),
            (words["program"], report.program),
            (words["repeat"], report.command),
        ]
        rows = "".join(
            f"<tr><th>{name}</th><td>{escape(value)}</td></tr>"
            for name, value in facts
            if value
        )
        return (
            f"<footer><h2>{words['made_with']}</h2><table>{rows}</table>"
            f'<p class="use">{words["research"]}</p></footer>\n'
        )


def _data(pixels: Shown) -> str:
    shown = outgoing.small(pixels, longest_px=_LONGEST_PX)
    return f"data:image/png;base64,{base64.b64encode(outgoing.png(shown)).decode()}"
