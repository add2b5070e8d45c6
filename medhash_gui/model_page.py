"""A model's card as a page for people, in Markdown.

The window renders it, ``medhash models NAME`` prints it, and it lies beside the files
of a packaged model. It says nothing that the card does not say; what the card does not
say is named as not stated, because silence reads like safety.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medhash_gui.card import ModelCard
from medhash_gui.reliability import Figure, Reliability

NOT_STATED = "Not stated."
_FEW_ROWS = 40


def markdown(card: ModelCard) -> str:
    """Return the page of a card; the same card gives the same text."""
    parts = [
        f"# {_text(card.title)}",
        f"`{card.name}`, fingerprint `{card.model_id}`"
        + (f", made {_text(card.created)}" if card.created else ""),
        "**Research and education only. Not a medical device, not for diagnosis or "
        "treatment.**",
        *_section("What it is for", card.intended_use),
        *_section("What it is not for, and where it fails", card.limits),
        *_failures(card.known_failures),
        *_section("Who is not in the data", card.not_in_data),
        "## The data",
        _data(card.data),
        *_section("What the labels are", card.label_notes),
        "Labels: " + ", ".join(_text(name) for name in card.classes) + ".",
        *_section("How pictures were kept apart", card.split),
        "## Figures",
        _figures(card.metrics),
        *_distances(card),
        *_reliability(card.reliability),
        "## How it was made",
        _made(card),
        *_section("Licence of the weights", card.licence),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _section(title: str, text: str) -> list[str]:
    return [f"## {title}", _text(text) or NOT_STATED]


def _failures(failures: Sequence[Mapping[str, Any]]) -> list[str]:
    if not failures:
        return []
    lines = [
        f"- {_text(one.get('picture', ''))}: {_text(one.get('what', ''))}"
        for one in failures
    ]
    return ["Known failures, by picture:", "\n".join(lines)]


def _data(sets: Sequence[Mapping[str, Any]]) -> str:
    if not sets:
        return NOT_STATED
    rows = [
        [
            one.get("name", ""),
            one.get("images", ""),
            "unknown" if one.get("patients") is None else one["patients"],
            one.get("licence", ""),
            one.get("source", ""),
        ]
        for one in sets
    ]
    return _table(["set", "pictures", "patients", "licence", "from"], rows)


def _figures(metrics: Sequence[Mapping[str, Any]]) -> str:
    if not metrics:
        return NOT_STATED
    rows = [
        [
            one.get("set", ""),
            one.get("measure", ""),
            _number(one.get("value")),
            f"{_number(one['low'])}-{_number(one['high'])}" if "low" in one else "",
            _number(one.get("chance")),
            one.get("queries", ""),
        ]
        for one in metrics
    ]
    titles = ["pictures", "measure", "value", "95 % interval", "chance", "queries"]
    return _table(titles, rows)


def _distances(card: ModelCard) -> list[str]:
    table = card.distances
    if table is None:
        return ["## What a distance meant", "Not counted."]
    rows = [
        [
            _range(row.low_bits, row.high_bits),
            row.pairs,
            f"{row.share:.0%}",
            f"{row.low:.0%}-{row.high:.0%}",
        ]
        for row in table.rows[:_FEW_ROWS]
    ]
    words = (
        f"Of the pairs of {table.pictures} held-out pictures, those so many bits apart "
        f"shared a label this often; of all pairs {table.chance:.0%} did."
    )
    titles = ["differing bits", "pairs", "shared a label", "95 % interval"]
    return ["## What a distance meant", words, _table(titles, rows)]


def _reliability(known: Reliability | None) -> list[str]:
    title = "## What a count among the nearest cases meant"
    if known is None:
        return [title, "Not measured."]
    whose = f"{known.pictures} held-out pictures"
    if known.by_patient:
        whose += f" of {known.patients} patients"
    words = (
        f"{whose[0].upper()}{whose[1:]} asked each other, a patient's own left out. "
        "Over all labels, of the pairs of a picture and a label that so many of the "
        "nearest cases bore, the picture bore it this often."
    )
    rows, figures = [], []
    for neighbours in known.measured:
        curve = known.curve(neighbours, None)
        if curve is None:
            continue
        rows += [
            [
                f"{_range(row.low_count, row.high_count)} of {neighbours}",
                row.counted,
                row.patients,
                f"{row.share:.0%}",
                f"{row.low:.0%}-{row.high:.0%}",
            ]
            for row in curve.rows
        ]
        figures.append(
            [
                neighbours,
                _interval(curve.brier),
                _number(curve.brier_base),
                _interval(curve.gain),
                _interval(curve.error),
                _number(curve.error_chance),
            ]
        )
    whose = "patients" if known.by_patient else "pictures"
    titles = ["neighbours that bore it", "pairs", whose, "bore it", "95 % interval"]
    judged = [
        "neighbours",
        "Brier score",
        "of the base rate",
        "smaller by",
        "calibration error",
        "by chance",
    ]
    return [title, words, _table(titles, rows), _table(judged, figures)]


def _range(low: int, high: int) -> str:
    return f"{low}-{high}" if high > low else str(low)


def _interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ({figure.low:.3f} to {figure.high:.3f})"


def _made(card: ModelCard) -> str:
    rows: list[list[object]] = [
        ["method", card.method],
        ["backbone", card.backbone],
        ["bits", card.bits],
        ["input", f"{card.preprocess.size} x {card.preprocess.size} px"],
        ["seed", card.seed],
        ["map shown first", card.explains],
        ["number formats", ", ".join(("float32", *card.precisions))],
    ]
    rows += [
        [name.replace("_", " "), value]
        for name, value in card.training.items()
        if isinstance(value, str | int | float)
    ]
    return _table(["what", "value"], rows)


def _table(titles: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [
        "| " + " | ".join(titles) + " |",
        "|" + "---|" * len(titles),
        *("| " + " | ".join(_text(cell) for cell in row) + " |" for row in rows),
    ]
    return "\n".join(lines)


def _number(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.3f}"
    return "" if value is None else str(value)


def _text(value: object) -> str:
    """Return text that stays one line of a page: no markup of a stranger's making."""
    words = " ".join(str(value).split())
    for mark, plain in (("&", "&amp;"), ("<", "&lt;"), ("|", "\\|"), ("![", "!\\[")):
        words = words.replace(mark, plain)
    return words
