"""The table of an evaluation: one row a value, as text, CSV or Markdown.

Every value stands beside what chance gives for the same queries, with its interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medhash_gui.code_health import CodeHealth
from medhash_gui.errors import MedHashError
from medhash_gui.retrieval import EvaluationReport
from medhash_gui.spreadsheet import to_csv

HEADER = (
    *("view", "measure", "label", "value", "low", "high", "chance"),
    *("queries", "database"),
)
_DIGITS = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One value; None where it has no interval, no chance level or no such count.

    Attributes:
        view: which labels count, or "codes" for what needs no labels.
        measure: its name.
        label: the label of the queries; "" for all.
        value: a share in [0, 1] or a count.
        low: lower bound of its interval.
        high: upper bound of its interval.
        chance: what chance gives.
        queries: pictures that asked.
        database: pictures that answered.
    """

    view: str
    measure: str
    label: str
    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    queries: int | None = None
    database: int | None = None

    def cells(self) -> list[str]:
        """Return the row as text, in the order of ``HEADER``; "" for what is not."""
        values = (self.value, self.low, self.high, self.chance)
        counts = (self.queries, self.database)
        return [
            *(self.view, self.measure, self.label),
            *("" if v is None else _number(v) for v in values),
            *("" if n is None else str(n) for n in counts),
        ]


def rows_of(view: str, report: EvaluationReport) -> list[Row]:
    """Return the rows of one view: measures, classes, ties."""
    sizes = (report.queries, report.database)
    rows = [
        Row(view, m.name, "", m.value, m.low, m.high, m.chance, *sizes)
        for m in report.measures
    ]
    if report.empty_balls is not None:
        rows.append(
            Row(view, "empty within 2 bits", "", report.empty_balls, None, None, None,
                *sizes)
        )  # fmt: skip
    rows += [
        Row(view, f"tied at place {report.k}", "", report.tie_share, None, None, None,
            *sizes),
        Row(view, f"tie size at place {report.k}", "", report.tie_size, None, None,
            None, *sizes),
    ]  # fmt: skip
    headline = f"MAP@{report.k}"
    rows += [
        Row(view, headline, name, s.value, s.low, s.high, s.chance, s.queries, sizes[1])
        for name, s in report.per_class.items()
    ]
    return rows


def rows_of_health(health: CodeHealth) -> list[Row]:
    """Return the rows of what codes are like."""
    values = {
        "bits": health.bits,
        "imbalance of bits": health.imbalance,
        "constant bits": health.constant_bits,
        "largest bit correlation": health.correlation,
        "unique codes": health.unique,
    }
    rows = [
        Row("codes", name, "", value, database=health.pictures)
        for name, value in values.items()
    ]
    rows += [
        Row("codes", "unique codes", name, unique, database=pictures)
        for name, (unique, pictures) in health.unique_per_class.items()
    ]
    return rows


def write(rows: Sequence[Row], path: Path) -> None:
    """Write the table: Markdown where the file ends in .md, else CSV.

    Raises:
        MedHashError: the file cannot be written.
    """
    if path.suffix.lower() in (".md", ".markdown"):
        data = markdown(rows).encode("utf-8", "backslashreplace")
    else:
        data = to_csv(HEADER, [row.cells() for row in rows])
    try:
        path.write_bytes(data)
    except OSError as error:
        message = f"The table cannot be written to {path}: {error.strerror or error}."
        raise MedHashError(message, hint="Choose another place for it.") from error


def markdown(rows: Sequence[Row]) -> str:
    """Return the table as Markdown."""
    return to_markdown(HEADER, [row.cells() for row in rows], texts=3)


def to_markdown(
    header: Sequence[str], lines: Iterable[Sequence[str]], *, texts: int
) -> str:
    """Return a Markdown table.

    Args:
        header: names of the columns.
        lines: the cells of each line, in any text.
        texts: how many columns, from the left, are words; the others are numbers.
    """
    rule = ["---"] * texts + ["---:"] * (len(header) - texts)
    return "".join(
        "| " + " | ".join(_in_a_cell(cell) for cell in line) + " |\n"
        for line in [header, rule, *lines]
    )


def _number(value: float) -> str:
    return f"{value:.{_DIGITS}f}" if isinstance(value, float) else str(value)


def _in_a_cell(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line.replace("\\", "\\\\").replace("|", "\\|")
