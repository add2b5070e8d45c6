"""One cell of a comparison: a training run, its codes of the test part, its judgement.

A run has its own folder with checkpoints while it goes on, and none afterwards. What a
frozen trunk made of the pictures is handed from one run to the next.
"""

from __future__ import annotations

import copy
import dataclasses
import datetime
import inspect
import shutil
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

import medhash_gui
from medhash_gui import (
    comparison_cells,
    comparison_controls,
    comparison_pictures,
    comparison_plan,
    decoded_pictures,
    evaluation,
    retrieval,
    training,
    training_data,
    training_events,
)
from medhash_gui.comparison_cells import RUNS, Values
from medhash_gui.comparison_judge import HEADLINE, Sides, judge
from medhash_gui.comparison_pictures import CACHE, Pictures, Seen
from medhash_gui.comparison_plan import CONTROLS, Cell, Plan
from medhash_gui.decoded_pictures import DecodedPictures
from medhash_gui.errors import ComparisonError, DeviceError, MedHashError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.plain import HashNetwork
from medhash_gui.label_views import ALL_LABELS
from medhash_gui.training import Stopped, TrainingRun
from medhash_gui.training_config import TrainingConfig

_FEATURES = "*features.safetensors"
_TIMED = 64

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


def backbone_of(config: TrainingConfig) -> str | None:
    """Return the trunk that a run starts from; None where the method has none."""
    name: str | None = METHODS[config.method].options(config.options).get("backbone")
    return name


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
    seen = yield from _seen(bench, cells[0], config, bench.plan.backbone)
    for number, (cell, values, queries) in enumerate(
        comparison_controls.fit_all(cells, bench.pictures, seen), 1
    ):
        if queries is None:
            error = MedHashError(values["message"], hint=values["hint"])
            yield fail(bench.folder, cell, error, kind=values["type"])
        else:
            yield _finish(bench, cell, values, queries)
        if stop() and number < len(cells):
            raise Stopped(None)


def told(cell: Cell | None, event: str, **values: object) -> Event:
    """Return an event of a cell, or of the whole, as JSON values."""
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="milliseconds")
    name = {} if cell is None else {"cell": cell.name}
    return {"event": event, **name, **values, "time": now}


def _trained(
    bench: Bench, cell: Cell, config: TrainingConfig, stop: Callable[[], bool]
) -> Generator[Event, None, tuple[dict[str, Any], Values]]:
    """Train a cell and judge its network."""
    folder = bench.folder / RUNS / cell.name
    backbone = backbone_of(config)
    store = None
    if config.frozen and backbone is not None:
        key = comparison_pictures.features_key(bench.pictures, config, backbone)
        store = bench.folder / CACHE / f"runs-{key}-seed-{cell.seed}"
        _hand_over(store, folder)
    with decoded_pictures.shared(bench.shared):
        wishes = _shared(bench, config)
        steps = training.follow(config, folder=folder, resume=True, stop=stop, **wishes)
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
            if store is not None:
                _hand_over(folder, store)
    split = bench.pictures.splits[cell.seed]
    assert np.array_equal(run.split.test, split.test)
    logits, rate = yield from _encoded(bench, cell, run)
    codes = retrieval.signs(logits)
    sides = Sides.of(codes[: len(split.test)], codes[len(split.test) :])
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
        "images_per_second": rate,
        **judged,
    }, queries


def _shared(bench: Bench, config: TrainingConfig) -> dict[str, Any]:
    """Return what a run is handed of other runs, as far as the engine takes it."""
    wishes: dict[str, Any] = {}
    taken = inspect.signature(training.follow).parameters
    if "features" in taken:
        wishes["features"] = bench.folder / CACHE / "features"
    if "prepared" in taken:
        prepare: Any = training_data.prepare
        wishes["prepared"] = _result(prepare(config, test=True))
    return wishes


def _encoded(
    bench: Bench, cell: Cell, run: TrainingRun
) -> Generator[Event, None, tuple[npt.NDArray[np.float32], float]]:
    """Return the logits of the test and then the training part, and images/s."""
    config, split = run.config, bench.pictures.splits[cell.seed]
    rows = np.concatenate([split.test, split.train])
    backbone = backbone_of(config)
    known: Mapping[str, Any] = getattr(run, "logits", {})
    if known:
        per_second: float = getattr(run, "encoded_per_second", 0.0)
        logits = np.concatenate([known["test"], known["train"]])
        if not config.frozen or backbone is None:
            return logits, per_second
        seen = yield from _seen(bench, cell, config, backbone)
        return logits, 1 / (1 / per_second + 1 / seen.images_per_second)
    if config.frozen and backbone is not None and isinstance(run.network, HashNetwork):
        seen = yield from _seen(bench, cell, config, backbone)
        head = copy.deepcopy(run.network)
        head.set_submodule("trunk", nn.Identity())
        features = torch.from_numpy(seen.features[rows])[:, :, None, None]
        started = time.monotonic()
        with torch.inference_mode():
            logits = head(features).logits.numpy()
        each = (time.monotonic() - started) / len(rows)
        return logits, 1 / (each + 1 / seen.images_per_second)
    network = run.network.to(config.device)
    pixels = bench.shared.pixels
    parts = []
    started = time.monotonic()
    for start in range(0, len(rows), _TIMED):
        part = pixels[rows[start : start + _TIMED]]
        logits, _ = evaluation.run_network(
            network, part, config.preprocess, device=config.device
        )
        parts.append(logits)
        yield told(
            cell, "progress", step="encoding", done=start + len(part), total=len(rows)
        )
    rate = len(rows) / max(time.monotonic() - started, 1e-6)
    return np.concatenate(parts), rate


def _seen(
    bench: Bench, cell: Cell, config: TrainingConfig, backbone: str
) -> Generator[Event, None, Seen]:
    """Return the features of a starting trunk, computed where they are not kept."""
    steps = comparison_pictures.look(
        bench.folder, bench.pictures, bench.shared, config, backbone
    )
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            seen: Seen = end.value
            return seen
        yield told(cell, "progress", **dataclasses.asdict(event))


def _hand_over(source: Path, target: Path) -> None:
    """Give the features of a frozen trunk from one folder to another."""
    for path in source.glob(_FEATURES):
        place = target / path.name
        if place.exists():
            continue
        target.mkdir(parents=True, exist_ok=True)
        try:
            place.hardlink_to(path)
        except OSError:  # another drive, or a file system without links
            shutil.copyfile(path, place)


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
