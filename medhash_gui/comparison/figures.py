"""The figures of a comparison: means over seeds, intervals, paired differences.

All rows share the draws of ``comparison.draws``, so the difference of two rows has an
interval of its own, from the differences in each draw; that is much narrower than those
of the rows where the same queries are easy for both.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from medhash_gui import bootstrap, label_views
from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison.cells import DATABASES, Known, Result, State
from medhash_gui.comparison.draws import Drawn, draw_all, mean_of_known
from medhash_gui.comparison.judge import HEADLINE
from medhash_gui.comparison.plan import CODED_CONTROLS, CONTROLS, Cell, Plan
from medhash_gui.metrics import Floats

Verdict = Literal["ahead", "behind", "undecided"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One value of one row.

    Attributes:
        value: mean over the seeds.
        low, high: of its 95 % interval.
        least, most: of single seeds.
        chance: mean over the seeds.
    """

    value: float
    low: float
    high: float
    least: float
    most: float
    chance: float


@dataclass(frozen=True, slots=True)
class Difference:
    """The row that all are compared with, minus this row, on the same queries.

    Attributes:
        value: mean over the seeds that both have.
        low, high: of its 95 % interval, paired.
    """

    value: float
    low: float
    high: float

    @property
    def verdict(self) -> Verdict:
        """Return where the other row stands."""
        if self.low > 0:
            return "ahead"
        return "behind" if self.high < 0 else "undecided"


@dataclass(frozen=True)
class Line:
    """A row of the table at one number of bits.

    Attributes:
        name: of the row.
        is_control: whether it is a control; method: else its method.
        bits: of the table; code_bits: of its codes, None for real vectors.
        state: "finished" where at least one seed is.
        note: what should be said beside it: a failure, its own length, missing seeds.
        seeds: that are finished; of: how many there should be.
        figures: (database, view) -> measure -> figure.
        differences: (database, view) -> difference of the headline, where one was
            asked for.
        health: means over the seeds, by name: imbalance, correlation, constant bits,
            unique share, tie size, tie share, seconds, images per second, and MAP@10 by
            tie order.
    """

    name: str
    is_control: bool
    method: str
    bits: int
    code_bits: int | None
    state: State
    note: str
    seeds: tuple[int, ...]
    of: int
    figures: Mapping[tuple[str, str], Mapping[str, Figure]] = field(
        default_factory=dict
    )
    differences: Mapping[tuple[str, str], Difference] = field(default_factory=dict)
    health: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Everything that the tables show.

    Attributes:
        plan: of the comparison.
        known: its pictures.
        lines: by bits, methods before controls.
        views: names in order.
        counts: state -> cells.
    """

    plan: Plan
    known: Known
    lines: tuple[Line, ...]
    views: tuple[str, ...]
    counts: Mapping[State, int]

    def at(self, bits: int) -> list[Line]:
        """Return the lines of one table."""
        return [line for line in self.lines if line.bits == bits]


def gather(folder: Path, plan: Plan, *, rounds: int = bootstrap.ROUNDS) -> Comparison:
    """Read all cells of a plan and make the figures of its tables.

    Args:
        folder: of the comparison.
        plan: of the comparison.
        rounds: draws of the bootstrap.

    Raises:
        ComparisonError: a file that should be there is not, or is damaged.
    """
    known = comparison_cells.load_splits(folder)
    cells = plan.cells()
    results = {cell: comparison_cells.load(folder, cell) for cell in cells}
    finished = [cell for cell in cells if results[cell].state == "finished"]
    queries = {cell: comparison_cells.load_queries(folder, cell) for cell in finished}
    present = {
        view
        for cell in finished
        for view in results[cell].values["reports"][comparison_cells.NEW]
    }
    views = tuple(v for v in label_views.usual(known.classes) if v in present)
    drawn = {
        (database, view): draw_all(
            known, results, queries, database=database, view=view, rounds=rounds
        )
        for database in DATABASES
        for view in views
    }
    lines = [
        _line(plan, name, bits, results, drawn)
        for bits in plan.bits
        for name in [*plan.methods, *CONTROLS]
    ]
    counts: dict[State, int] = {"finished": 0, "failed": 0, "not run": 0}
    for result in results.values():
        counts[result.state] += 1
    return Comparison(plan, known, tuple(lines), views, counts)


def _line(
    plan: Plan,
    name: str,
    bits: int,
    results: Mapping[Cell, Result],
    drawn: Mapping[tuple[str, str], Mapping[Cell, Drawn]],
) -> Line:
    is_control = name in CONTROLS
    cells = _cells(plan, name, bits)
    done = [cell for cell in cells if results[cell].state == "finished"]
    failed = [cell for cell in cells if results[cell].state == "failed"]
    state: State = "finished" if done else "failed" if failed else "not run"
    method = next((row.method for row in plan.rows if row.name == name), name)
    figures = {
        key: _figures([of_cell[cell] for cell in done if cell in of_cell])
        for key, of_cell in drawn.items()
        if any(cell in of_cell for cell in done)
    }
    differences = {}
    if plan.against is not None and plan.against != name:
        other = _cells(plan, plan.against, bits)
        for key, of_cell in drawn.items():
            pairs = [
                (of_cell[theirs], of_cell[mine])
                for theirs, mine in zip(other, cells, strict=True)
                if theirs in of_cell and mine in of_cell
            ]
            if pairs:
                differences[key] = _difference(pairs)
    code_bits = results[done[0]].values["code_bits"] if done else None
    return Line(
        name=name,
        is_control=is_control,
        method=method,
        bits=bits,
        code_bits=code_bits,
        state=state,
        note=_note(cells, results),
        seeds=tuple(cell.seed for cell in done),
        of=len(cells),
        figures=figures,
        differences=differences,
        health=_health([results[cell].values for cell in done]),
    )


def _cells(plan: Plan, name: str, bits: int) -> list[Cell]:
    own = name in CONTROLS and name not in CODED_CONTROLS
    return [Cell(name, None if own else bits, seed) for seed in plan.seeds]


def _figures(cells: Sequence[Drawn]) -> dict[str, Figure]:
    names = list(cells[0].values)
    bounds = _bounds([[cell.draws[name] for name in names] for cell in cells])
    figures = {}
    for name, (low, high) in zip(names, bounds, strict=True):
        values = [cell.values[name] for cell in cells]
        figures[name] = Figure(
            value=float(np.mean(values)),
            low=float(low),
            high=float(high),
            least=min(values),
            most=max(values),
            chance=float(np.mean([cell.chance[name] for cell in cells])),
        )
    return figures


def _difference(pairs: Sequence[tuple[Drawn, Drawn]]) -> Difference:
    [(low, high)] = _bounds(
        [[other.draws[HEADLINE] - mine.draws[HEADLINE]] for other, mine in pairs]
    )
    values = [other.values[HEADLINE] - mine.values[HEADLINE] for other, mine in pairs]
    return Difference(float(np.mean(values)), float(low), float(high))


def _bounds(draws: Sequence[Sequence[Floats]]) -> Floats:
    """Return the intervals of means over seeds, (M, 2).

    Args:
        draws: of each seed, (R,) for each of M values.
    """
    mean = mean_of_known(np.stack([np.stack(one) for one in draws], axis=-1))  # (M, R)
    tails = [(1 - bootstrap.CONFIDENCE) / 2, (1 + bootstrap.CONFIDENCE) / 2]
    # NumPy's quantile for what has holes is many times slower.
    quantile = np.nanquantile if np.isnan(mean).any() else np.quantile
    return np.asarray(quantile(mean, tails, axis=1)).T


def _note(cells: Sequence[Cell], results: Mapping[Cell, Result]) -> str:
    """Return what went wrong, or what the cell says of itself."""
    states = [results[cell].state for cell in cells]
    parts = []
    for state in ("failed", "not run"):
        named = [
            str(cell.seed) for cell, s in zip(cells, states, strict=True) if s == state
        ]
        if not named:
            continue
        seeds = "" if len(named) == len(cells) else f" (seed {', '.join(named)})"
        parts.append(f"{state}{seeds}")
        if state == "failed":
            first = next(results[c] for c in cells if results[c].state == "failed")
            parts[-1] += f": {first.message}"
    if "finished" in states:
        own = results[cells[states.index("finished")]].values.get("note", "")
        parts += [own] if own else []
    return "; ".join(parts)


def _health(cells: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Return what codes are like and what they cost, means over the seeds."""
    if not cells:
        return {}
    found: dict[str, list[float]] = {}

    def note(name: str, value: float | None) -> None:
        if value is not None:
            found.setdefault(name, []).append(float(value))

    for values in cells:
        report = values["reports"][comparison_cells.NEW][label_views.ALL_LABELS]
        note("tie size", report["tie_size"])
        note("tie share", report["tie_share"])
        note("seconds", values["seconds_training"])
        note("images per second", values["images_per_second"])
        health = values["health"]
        if health is not None:
            note("imbalance", health["imbalance"])
            note("constant bits", health["constant_bits"])
            note("correlation", health["correlation"])
            note("unique", health["unique"] / health["pictures"])
        for order, value in (values["tie_order"] or {}).items():
            note(order, value)
    return {name: float(np.mean(values)) for name, values in found.items()}
