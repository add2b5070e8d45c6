"""The tables of a comparison: every figure as CSV, and a report in Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui import evaluation_table, spreadsheet
from medhash_gui.comparison import plot as comparison_plot
from medhash_gui.comparison.cells import DATABASES, NEW
from medhash_gui.comparison.draws import MACRO
from medhash_gui.comparison.figures import Comparison, Difference, Figure, Line
from medhash_gui.comparison.judge import HEADLINE
from medhash_gui.comparison.plan import CONTROLS, unwritable
from medhash_gui.datasets import PARTS
from medhash_gui.label_views import ALL_LABELS
from medhash_gui.library import durable

FILES = ("results.csv", "results.md", "results.svg")

_CSV = (
    *("row", "kind", "method", "bits", "code bits", "database", "view", "measure"),
    *("value", "low", "high", "least seed", "best seed", "chance"),
    *("difference", "difference low", "difference high", "verdict"),
    *("seeds", "of", "state", "note"),
)
_SHOWN = {
    HEADLINE: f"{HEADLINE} (95 %)",
    "P@10": "P@10",
    "nDCG@10": "nDCG@10",
    f"{HEADLINE} (retrieved)": "MAP@10 ret.",
    "MAP@all": "MAP@all",
    MACRO: "macro",
}
_NOTHING = "–"


def write(folder: Path, comparison: Comparison) -> list[Path]:
    """Write ``results.csv``, ``results.md`` and ``results.svg``.

    Raises:
        ComparisonError: the folder cannot be written to.
    """
    contents = (
        to_csv(comparison),
        markdown(comparison).encode("utf-8", "backslashreplace"),
        comparison_plot.draw(comparison).encode("utf-8", "backslashreplace"),
    )
    paths = [folder / name for name in FILES]
    try:
        for path, data in zip(paths, contents, strict=True):
            durable.place(path, data)
    except OSError as error:
        raise unwritable(folder, error) from error
    return paths


def to_csv(comparison: Comparison) -> bytes:
    """Return every figure as one line of a CSV file."""
    lines: list[list[str]] = []
    for line in comparison.lines:
        kind = "control" if line.is_control else "method"
        own = "" if line.code_bits is None else str(line.code_bits)
        head = [line.name, kind, line.method, str(line.bits), own]
        tail = [str(len(line.seeds)), str(line.of), line.state, line.note]
        if not line.figures:
            lines.append([*head, *[""] * 13, *tail])
        for (database, view), figures in line.figures.items():
            difference = line.differences.get((database, view))
            for name, figure in figures.items():
                shown = difference if name == HEADLINE else None
                lines.append(
                    [
                        *head,
                        *(database, view, name),
                        *map(_number, _values(figure)),
                        *_difference_cells(shown),
                        *tail,
                    ]
                )
    return spreadsheet.to_csv(_CSV, lines)


def markdown(comparison: Comparison) -> str:
    """Return the report: how, the table of each length, health, tie order."""
    plan = comparison.plan
    parts = ["# Comparison\n", _how(comparison), "![MAP@10](results.svg)\n"]
    parts += [
        f"## {bits} bits\n\n" + "\n".join(_tables(comparison, comparison.at(bits)))
        for bits in plan.bits
    ]
    parts.append("## Codes, ties and time\n\n" + _health(comparison))
    parts.append("## What tie order alone can do\n\n" + _tie_order(comparison))
    return "\n".join(parts)


def _is_alone(patients: npt.NDArray[np.int64]) -> bool:
    """Return whether no two pictures are known to be of one patient."""
    return len(np.unique(patients)) == len(patients)


def _how(comparison: Comparison) -> str:
    plan, known = comparison.plan, comparison.known
    config = plan.config(plan.controls(plan.seeds[0])[0])
    commands = "\n".join(plan.commands)
    counts = ", ".join(f"{n} {state}" for state, n in comparison.counts.items() if n)
    lines = [f"```\n{commands}\n```\n"] if commands else []
    if plan.base["split_by"] == "patient" and _is_alone(known.patients):
        lines.append(
            "**Split by picture**: the set names no patients, or one picture of each. "
            "Two pictures of one person, both eyes for instance, may lie in two parts, "
            "which flatters all figures. The seed decides (`splits/seed-N.csv`). A "
            "seed is a split, first weights and an order."
        )
    elif plan.base["split_by"] == "patient":
        lines.append(
            "**Split by patient**: no patient is in two parts; the seed decides "
            "(`splits/seed-N.csv`). A seed is a split, first weights and an order."
        )
    else:
        lines.append(
            "**Split by picture: leaks.** Pictures of one patient lie in several "
            "parts, so all figures are too good; for comparison with published ones."
        )
    lines.append("")
    for seed in plan.seeds:
        part = known.parts[seed]
        sizes = [
            f"{name} {int((part == number).sum())} "
            f"({len(np.unique(known.patients[part == number]))} patients)"
            for number, name in enumerate(PARTS)
        ]
        lines.append(f"- seed {seed}: {', '.join(sizes)}")
    trunk = f"`{plan.backbone}`"
    start = (
        "torchvision's ImageNet weights"
        if config.download
        else "random numbers"
        if config.weights is None
        else f"`{config.weights.name}`"
    )
    how = "on frozen features" if config.frozen else "end to end"
    if config.views:
        how += f" of {config.views} views of each picture"
    lines += [
        f"- {len(known.labels)} pictures, {len(known.classes)} labels: "
        f"{', '.join(known.classes)}",
        f"- trained {how}, {config.epochs} epochs of batches of {config.batch}, "
        f"{config.preprocess.size} px, from {start}; the epoch is chosen on the "
        "validation part; the test part is encoded once",
        f"- controls: fitted to the pooled features of {trunk} from {start} on the "
        "training part",
        f"- cells: {counts}",
        "",
        f"{HEADLINE} is divided by min(10, relevant); ties are counted by expectation; "
        "the query's own patient is left out. Values are means over seeds. In brackets "
        "the 95 % interval, by bootstrap over the patients of all seeds together, and "
        "the least and best seed. Chance is the same queries with everything tied.",
    ]
    if plan.against is not None:
        lines += [
            "",
            f"Difference: **{plan.against}** minus the row, on the same queries, with "
            f"its own paired interval: {plan.against} is *ahead* where that lies above "
            "0, *behind* where below, else it is *undecided*.",
        ]
    return "\n".join([*lines, ""])


def _tables(comparison: Comparison, lines: Sequence[Line]) -> list[str]:
    """Return one table a database and view, the headline first."""
    tables = []
    for database, title in DATABASES.items():
        for view in comparison.views:
            key = (database, view)
            cells = [_cells(comparison, line, key) for line in lines]
            header = ["row", *_SHOWN.values(), "seeds", "chance"]
            if comparison.plan.against is not None:
                header += ["difference", "verdict"]
            mark = " (headline)" if (database, view) == (NEW, ALL_LABELS) else ""
            table = evaluation_table.to_markdown(header, cells, texts=1)
            tables.append(f"### {view}, {title}{mark}\n\n{table}")
    notes = [f"- {line.name}: {line.note}" for line in lines if line.note]
    if notes:
        tables.append("\n".join([*notes, ""]))
    return tables


def _cells(comparison: Comparison, line: Line, key: tuple[str, str]) -> list[str]:
    figures = line.figures.get(key)
    title = line.name
    if line.is_control:
        title = CONTROLS[line.name]
        if line.code_bits is not None and line.code_bits != line.bits:
            title += f" ({line.code_bits})"
    width = len(_SHOWN) + 2 + (2 if comparison.plan.against is not None else 0)
    if figures is None:
        return [title, line.state, *[_NOTHING] * (width - 1)]
    headline = figures[HEADLINE]
    cells = [title, f"{_short(headline.value)} ({_span(headline.low, headline.high)})"]
    cells += [
        _short(figures[name].value) if name in figures else _NOTHING
        for name in list(_SHOWN)[1:]
    ]
    spread = _span(headline.least, headline.most)
    seeds = (
        spread
        if len(line.seeds) == line.of
        else (f"{spread}, {len(line.seeds)} of {line.of}")
    )
    cells += [seeds, _short(headline.chance)]
    if comparison.plan.against is not None:
        difference = line.differences.get(key)
        if difference is None:
            cells += [_NOTHING, _NOTHING]
        else:
            span = _span(difference.low, difference.high, signed=True)
            value = _short(difference.value, signed=True)
            cells += [f"{value} ({span})", difference.verdict]
    return cells


def _health(comparison: Comparison) -> str:
    header = (
        *("row", "bits", "imbalance", "constant", "correlation", "unique"),
        *("tie size", "tied", "training s", "images/s"),
    )
    names = (
        *("imbalance", "constant bits", "correlation", "unique"),
        *("tie size", "tie share", "seconds", "images per second"),
    )
    digits = (3, 1, 2, 2, 1, 2, 1, 1)
    cells = []
    for line in _once(comparison):
        values = [line.health.get(name) for name in names]
        shown = [
            _NOTHING if v is None else f"{v:.{d}f}"
            for v, d in zip(values, digits, strict=True)
        ]
        bits = _NOTHING if line.code_bits is None else str(line.code_bits)
        cells.append([line.name, bits, *shown])
    text = (
        "Of the test pictures' codes: mean |share of ones - .5| of a bit (0 is best), "
        "bits that never change, largest correlation of two bits, share of different "
        "codes; pictures as far away as the one at place 10, and the share of the "
        "first ten places that tie order decides. Seconds of training with validation, "
        "of controls of fitting; pictures a second from decoded pictures to codes. "
        "Means over seeds.\n\n"
    )
    return text + evaluation_table.to_markdown(header, cells, texts=1)


def _tie_order(comparison: Comparison) -> str:
    header = ("row", "bits", "by expectation", "by file", "by class", "largest change")
    cells = []
    for line in _once(comparison):
        orders = [line.health.get(name) for name in ("expected", "by file", "by class")]
        known = [value for value in orders if value is not None]
        if len(known) < len(orders):
            continue
        change = max((value - known[0] for value in known[1:]), key=abs)
        cells.append(
            [
                line.name,
                str(line.code_bits),
                *map(_short, known),
                _short(change, signed=True),
            ]
        )
    text = (
        f"{HEADLINE} (all labels, new) of the same codes: over all orders of equally "
        "far pictures, as in all tables above; with ties in the order of the files; "
        "with ties in the order of a database sorted by label.\n\n"
    )
    return text + evaluation_table.to_markdown(header, cells, texts=1)


def _once(comparison: Comparison) -> list[Line]:
    """Return the finished lines; a control of its own length once."""
    found: dict[tuple[str, int | None], Line] = {}
    for line in comparison.lines:
        if line.state == "finished":
            found.setdefault((line.name, line.code_bits), line)
    return list(found.values())


def _values(figure: Figure) -> tuple[float, ...]:
    return (
        *(figure.value, figure.low, figure.high),
        *(figure.least, figure.most, figure.chance),
    )


def _difference_cells(difference: Difference | None) -> list[str]:
    if difference is None:
        return [""] * 4
    values = (difference.value, difference.low, difference.high)
    return [*map(_number, values), difference.verdict]


def _number(value: float) -> str:
    return f"{value:.4f}"


def _short(value: float, *, signed: bool = False) -> str:
    """Return a share with three digits, as .123."""
    text = f"{value:+.3f}" if signed else f"{value:.3f}"
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def _span(low: float, high: float, *, signed: bool = False) -> str:
    return f"{_short(low, signed=signed)} to {_short(high, signed=signed)}"
