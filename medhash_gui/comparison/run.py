"""One cell of a comparison: a training run, its codes of the test part, its judgement.

A run has its own folder with checkpoints while it goes on, and none afterwards. What
frozen blocks made of the pictures is shared by all runs.
"""

from __future__ import annotations

import datetime
import shutil
import time
from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import torch
from torch import nn

import medhash_gui
from medhash_gui import decoded_pictures, evaluation, retrieval
from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison import controls as comparison_controls
from medhash_gui.comparison import pictures as comparison_pictures
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison.cells import RUNS, Values
from medhash_gui.comparison.judge import HEADLINE, Sides, judge
from medhash_gui.comparison.pictures import CACHE, FEATURES, Pictures
from medhash_gui.comparison.plan import CONTROLS, Cell, Plan
from medhash_gui.decoded_pictures import DecodedPictures
from medhash_gui.errors import ComparisonError, DeviceError, MedHashError
from medhash_gui.label_views import ALL_LABELS
from medhash_gui.training import data as training_data
from medhash_gui.training import events as training_events
from medhash_gui.training import fronts as training_fronts
from medhash_gui.training import training
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.data import Prepared
from medhash_gui.training.training import Stopped, TrainingRun

_TIMED = 16

Event = dict[str, Any]
_T = TypeVar("_T")


@dataclass(frozen=True)
class Bench:
    """What all cells of a comparison share.

    Attributes:
        folder: of the comparison.
        plan: its plan.
        pictures: found and divided.
        shared: the same, decoded.
    """

    folder: Path
    plan: Plan
    pictures: Pictures
    shared: DecodedPictures
    _prepared: dict[int, Prepared] = field(default_factory=dict)

    def prepared_for(self, config: TrainingConfig) -> Prepared:
        """Return the parts of a seed in memory; those of one seed at a time."""
        if config.seed not in self._prepared:
            self._prepared.clear()
            with decoded_pictures.shared(self.shared):
                found = _result(training_data.prepare(config, test=True))
            self._prepared[config.seed] = found
        return self._prepared[config.seed]

    def rate(self, network: nn.Module, config: TrainingConfig) -> float:
        """Return how many pictures a second a network sees, timed on some."""
        network.to(config.device)
        some = np.array(self.shared.pixels[:_TIMED])
        evaluation.run_network(
            network, some[:2], config.preprocess, device=config.device
        )
        started = time.perf_counter()
        evaluation.run_network(network, some, config.preprocess, device=config.device)
        return len(some) / max(time.perf_counter() - started, 1e-6)


def opened(folder: Path) -> Bench:
    """Return the bench of a folder whose plan and decoded pictures are there.

    Raises:
        MedHashError: they are not, or the pictures have changed.
    """
    plan = comparison_plan.read(folder)
    if plan is None:
        message = f"There is no comparison in {folder}."
        raise ComparisonError(message, hint="Name its folder.")
    config = plan.config(Cell("", None, plan.seeds[0]))
    pictures = _result(comparison_pictures.find(config, plan.seeds))
    shared = _result(comparison_pictures.decoded(folder, pictures, config))
    return Bench(folder, plan, pictures, shared)


def _result(steps: Generator[object, None, _T]) -> _T:
    """Return what a generator returns; what it says on the way was said before."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: _T = end.value
            return result


def do(
    bench: Bench, job: Sequence[Cell], *, stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """Do one job: a cell of a method, or the controls of a seed."""
    if job[0].row in CONTROLS:
        yield from run_controls(bench, list(job), stop=stop)
    else:
        yield from run_method(bench, job[0], stop=stop)


def run_method(
    bench: Bench, cell: Cell, *, stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """Train, encode and judge one cell, and write what it came to.

    Yields:
        Events as JSON values with the name of the cell.

    Raises:
        Stopped: ``stop`` said so; the run is taken up again by the next call.
        ComparisonError: the folder cannot be written to.
    """
    config = bench.plan.config(cell)
    yield told(cell, "cell_started", row=cell.row, bits=cell.bits, seed=cell.seed)
    started = time.monotonic()
    try:
        values, queries = yield from _trained(bench, cell, config, stop)
    except MedHashError as error:
        yield fail(bench.folder, cell, error)
        return
    except (MemoryError, torch.OutOfMemoryError, RuntimeError) as error:
        if not _is_lack_of_memory(error):
            raise
        message = f"There was too little memory for {cell.row} at {cell.bits} bits."
        hint = "Try a smaller batch, smaller pictures, or fewer processes."
        yield fail(bench.folder, cell, DeviceError(message, hint=hint))
        return
    values["seconds"] = time.monotonic() - started
    yield _finish(bench, cell, values, queries)


def run_controls(
    bench: Bench, cells: list[Cell], *, stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """Fit and judge the controls of one seed, and write what they came to.

    Raises:
        Stopped: ``stop`` said so; the controls that are done stay.
        ComparisonError: the folder cannot be written to.
        MedHashError: the starting weights cannot be had.
    """
    config = bench.plan.config(cells[0])
    features = yield from look(bench, config)
    network = comparison_pictures.starting_network(bench.pictures, config)
    rate = bench.rate(network, config)
    found = comparison_controls.fit_all(cells, bench.pictures, features, rate=rate)
    for number, (cell, values, queries) in enumerate(found, 1):
        if queries is None:
            error = MedHashError(values["message"], hint=values["hint"])
            yield fail(bench.folder, cell, error, kind=values["type"])
        else:
            yield _finish(bench, cell, values, queries)
        if stop() and number < len(cells):
            raise Stopped(None)


def look(
    bench: Bench, config: TrainingConfig
) -> Generator[Event, None, comparison_pictures.Features]:
    """Return the features of a starting trunk, computed where they are not kept."""
    steps = comparison_pictures.look(bench.folder, bench.pictures, bench.shared, config)
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            features: comparison_pictures.Features = end.value
            return features
        values = training_events.as_json(event)
        yield told(None, values.pop("event"), **values)


def told(cell: Cell | None, event: str, **values: object) -> Event:
    """Return an event of a cell, or of the whole, as JSON values."""
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="milliseconds")
    name = {} if cell is None else {"cell": cell.name}
    return {"event": event, **name, **values, "time": now}


def _trained(
    bench: Bench, cell: Cell, config: TrainingConfig, stop: Callable[[], bool]
) -> Generator[Event, None, tuple[dict[str, Any], Values]]:
    """Train a cell and judge its network."""
    steps = training.follow(
        config,
        folder=bench.folder / RUNS / cell.name,
        resume=True,
        stop=stop,
        prepared=bench.prepared_for(config),
        features=bench.folder / CACHE / FEATURES,
    )
    try:
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                run: TrainingRun = end.value
                break
            if not isinstance(event, training_events.Warned):
                values = training_events.as_json(event)
                yield told(cell, values.pop("event"), **values)
    finally:
        steps.close()
    split = bench.pictures.splits[cell.seed]
    assert np.array_equal(run.split.test, split.test)
    codes = {name: retrieval.signs(logits) for name, logits in run.logits.items()}
    sides = Sides.of(codes["test"], codes["train"])
    judged, queries = judge(sides, run.data, split)
    best = run.reports[run.best_epoch - 1]
    return {
        "state": "finished",
        "kind": "method",
        "config": config.as_json(),
        "code_bits": cell.bits,
        "best_epoch": run.best_epoch,
        "validation_map": best.validation_map,
        "seconds_training": sum(report.seconds for report in run.reports),
        "images_per_second": _encoding_rate(bench, cell, run),
        **judged,
    }, queries


def _encoding_rate(bench: Bench, cell: Cell, run: TrainingRun) -> float | None:
    """Return pictures a second, from decoded pictures to codes.

    Where the frozen blocks were computed beforehand, the whole network is timed on some
    pictures; with the first seed only, since the others' networks are as fast.
    """
    if not training_fronts.is_cached(run.config):
        return run.encoded_per_second
    if cell.seed != bench.plan.seeds[0]:
        return None
    return bench.rate(run.network, run.config)


def _finish(bench: Bench, cell: Cell, values: dict[str, Any], queries: Values) -> Event:
    values = {**values, "version": medhash_gui.__version__}
    comparison_cells.save(bench.folder, cell, values, queries)
    shutil.rmtree(bench.folder / RUNS / cell.name, ignore_errors=True)
    reports = values["reports"]
    headline = {
        name: next(
            measure["value"]
            for measure in views[ALL_LABELS]["measures"]
            if measure["name"] == HEADLINE
        )
        for name, views in reports.items()
    }
    seconds = round(values.get("seconds", values["seconds_training"]), 3)
    return told(cell, "cell_finished", map_at_10=headline, seconds=seconds)


def fail(folder: Path, cell: Cell, error: MedHashError, *, kind: str = "") -> Event:
    """Write that a cell has failed, and return the event that says so.

    Args:
        folder: of the comparison.
        cell: which one.
        error: why.
        kind: its type, where it is not that of ``error``.
    """
    values = {
        "state": "failed",
        "type": kind or type(error).__name__,
        "message": error.message,
        "hint": error.hint,
        "version": medhash_gui.__version__,
    }
    comparison_cells.save(folder, cell, values, None)
    shutil.rmtree(folder / RUNS / cell.name, ignore_errors=True)
    return told(
        cell,
        "cell_failed",
        type=values["type"],
        message=error.message,
        hint=error.hint,
    )


def _is_lack_of_memory(error: BaseException) -> bool:
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return "allocate memory" in str(error) or "out of memory" in str(error)
