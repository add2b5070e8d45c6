"""A comparison of methods in a folder: all cells of a plan, one after another.

    FOLDER/plan.json     what was asked for
    FOLDER/splits/       which file is in which part, for each seed
    FOLDER/cells/        what each cell came to, or how it failed
    FOLDER/runs/         unfinished training runs
    FOLDER/cache/        decoded pictures and features that all cells share

A cell is there as a whole or not at all, so a comparison that was stopped or killed
goes on with the next call. ``docs/comparing.md`` describes it.
"""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import TypeVar

from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison import pictures as comparison_pictures
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison import run as comparison_run
from medhash_gui.comparison import worker as comparison_worker
from medhash_gui.comparison.cells import RUNS
from medhash_gui.comparison.plan import Cell, Plan
from medhash_gui.comparison.run import Bench, Event, told
from medhash_gui.hashing import METHODS
from medhash_gui.training import checks as training_checks
from medhash_gui.training import events as training_events
from medhash_gui.training.training import Stopped

_T = TypeVar("_T")


def run(
    folder: Path,
    wanted: Plan,
    *,
    again: bool = False,
    processes: int = 1,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Event, None, Plan]:
    """Run the cells of a plan that have no result yet.

    Args:
        folder: of the comparison; what an older plan left there is kept and not run.
        wanted: the plan; its ``pictures`` is filled in here.
        again: try the cells that failed once more.
        processes: that run cells at a time; 1: this one.
        stop: asked after each batch and each cell.

    Yields:
        Events as JSON values.

    Returns:
        The plan as it stands in the folder.

    Raises:
        Stopped: ``stop`` said so; finished cells stay, the others go on.
        ComparisonError: the folder holds another comparison, or cannot be written to.
        MedHashError: no cell could begin: the pictures, a method, an option.
    """
    steps = _prepared(folder, wanted, again=again)
    bench, plan, todo = yield from _until(stop, steps)
    yield told(
        None,
        "comparing",
        cells=len(wanted.cells()),
        to_run=sum(map(len, todo)),
        pictures=len(bench.pictures.data),
        classes=list(bench.pictures.data.classes),
    )
    if todo:
        yield from _until(stop, _look(bench, wanted, todo))
    if processes > 1 and len(todo) > 1:
        count = min(processes, len(todo))
        yield from comparison_worker.run_jobs(folder, todo, count, stop=stop)
        todo = []
    for number, job in enumerate(todo, 1):
        yield from comparison_run.do(bench, job, stop=stop)
        if stop() and number < len(todo):
            raise Stopped(None)
    if not _unfinished(folder, wanted):
        comparison_pictures.remove_large(folder)
        shutil.rmtree(folder / RUNS, ignore_errors=True)
    return plan


def _prepared(
    folder: Path, wanted: Plan, *, again: bool
) -> Generator[Event, None, tuple[Bench, Plan, list[list[Cell]]]]:
    """Check everything that can be known before a cell begins."""
    for row in wanted.rows:
        training_checks.method_of(wanted.config(Cell(row.name, wanted.bits[0], 0)))
    older = comparison_plan.read(folder)
    if older is not None:
        # Refused before the pictures are read, as far as it can be.
        dataclasses.replace(wanted, pictures=older.pictures).grown(older)
    seeds = sorted({*wanted.seeds, *(older.seeds if older is not None else ())})
    config = wanted.config(Cell("", None, wanted.seeds[0]))
    steps = comparison_pictures.find(config, seeds)
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            pictures: comparison_pictures.Pictures = end.value
            break
        yield _named(event)
    plan = dataclasses.replace(wanted, pictures=pictures.identity)
    if older is not None:
        plan = plan.grown(older)
    comparison_plan.write(folder, plan)
    comparison_cells.save_splits(folder, pictures.known(), list(pictures.files))
    todo = jobs(folder, wanted, again=again)
    if not todo:
        shared = comparison_pictures.none_decoded(config)
        return Bench(folder, plan, pictures, shared), plan, []
    reading = comparison_pictures.decoded(folder, pictures, config)
    while True:
        try:
            event = next(reading)
        except StopIteration as end:
            return Bench(folder, plan, pictures, end.value), plan, todo
        yield _named(event)


def _until(
    stop: Callable[[], bool], steps: Generator[Event, None, _T]
) -> Generator[Event, None, _T]:
    """Pass on what a step before the first cell says, and end it when asked."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result
        yield event
        if stop():
            steps.close()
            raise Stopped(None)


def jobs(folder: Path, wanted: Plan, *, again: bool) -> list[list[Cell]]:
    """Return what is left to do: the controls of each seed first, then the methods.

    Cells of one seed follow each other, whose pictures are in memory then; and the
    table of one seed is whole before the next begins.
    """
    found = [_open(folder, wanted.controls(seed), again=again) for seed in wanted.seeds]
    for seed in wanted.seeds:
        cells = [cell for cell in wanted.cells() if cell.seed == seed]
        methods = [cell for cell in cells if cell.row in wanted.methods]
        found += [[cell] for cell in _open(folder, methods, again=again)]
    return [job for job in found if job]


def _look(
    bench: Bench, wanted: Plan, todo: Sequence[Sequence[Cell]]
) -> Generator[Event, None, None]:
    """Let starting trunks see all pictures before several cells need that at once.

    A trunk of random numbers is another one with each seed.
    """
    looked = set()
    for cell in (job[0] for job in todo):
        config = wanted.config(cell)
        if cell.row in wanted.methods and not config.frozen:
            continue
        backbone = METHODS[config.method].options(config.options).get("backbone")
        is_random = config.weights is None and not config.download
        which = (backbone, config.seed if is_random else None)
        if backbone is not None and which not in looked:
            looked.add(which)
            row = comparison_plan.plain_row(backbone)
            plain = comparison_plan.config_of(wanted.base, row, bits=1, seed=cell.seed)
            yield from comparison_run.look(bench, plain)


def _open(folder: Path, cells: Sequence[Cell], *, again: bool) -> list[Cell]:
    done = {"finished"} if again else {"finished", "failed"}
    return [c for c in cells if comparison_cells.load(folder, c).state not in done]


def _unfinished(folder: Path, wanted: Plan) -> bool:
    return bool(jobs(folder, wanted, again=False))


def _named(event: training_events.Event) -> Event:
    values = training_events.as_json(event)
    return told(None, values.pop("event"), **values)
