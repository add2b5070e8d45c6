"""C2L as the first phase of a run: its trunk learns without labels, then it trains.

The pictures of the training part, as they are in memory, are told apart without their
labels; validation and test are not looked at. Checkpoints and the learned trunk lie in
the folder of the run: whoever takes it up goes on after the last whole epoch, to the
same numbers, and a trunk that is there is not learned again.
"""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from medhash_gui.errors import BundleError, CheckpointError, TrainingDivergedError
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.library import durable
from medhash_gui.pretraining import epochs as pretraining_epochs
from medhash_gui.pretraining import files as pretraining_files
from medhash_gui.pretraining.config import PretrainingConfig, PretrainingEpoch
from medhash_gui.pretraining.epochs import Run
from medhash_gui.run_files import TRUNK
from medhash_gui.training import checkpoints
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.data import Prepared
from medhash_gui.training.events import CheckpointSaved, Event, Progress, Warned
from medhash_gui.training.loop import Stopped, out_of_memory
from medhash_gui.training.network import starting_weights

_CHECKPOINT = "pretraining.safetensors"
_PREFIX = "trunk."
_EVERY_S = 0.5
_FEW = 1000


def learn(
    config: TrainingConfig,
    prepared: Prepared,
    *,
    folder: Path | None,
    resume: bool,
    stop: Callable[[], bool],
) -> Generator[Event, None, backbone.State]:
    """Let a trunk learn from the training part without its labels.

    Args:
        config: of the run; its ``pretraining`` is 1 or more.
        prepared: its pictures.
        folder: of the run; None: nothing is kept.
        resume: take up what is there.
        stop: asked after each batch.

    Yields:
        Progress, a report after every epoch, and what should be known.

    Returns:
        The numbers of the trunk.

    Raises:
        Stopped: ``stop`` said so; the epoch under way is lost.
        BundleError: the starting weights cannot be read.
        CheckpointError: what is there is of another run.
        DeviceError: the device has too little memory.
        SettingsError: pictures of this size cannot be learned from.
        TrainingDivergedError: the loss is no number, or all features are the same.
        MedHashError: the disk is full.
    """
    own = config_of(config)
    own.check()
    kept = None if folder is None else _Kept(folder, config, prepared.identity)
    if kept is not None and resume:
        trunk = yield from kept.trunk()
        if trunk is not None:
            return trunk
    start = starting_weights(config, own.backbone)
    student = pretraining_epochs.make_student(own, start)
    pictures = _Held(prepared.pictures)
    run = Run(own, student, pictures, pretrained=start is not None)
    reports: list[PretrainingEpoch] = []
    if kept is not None and resume:
        reports = yield from kept.load(run)
    yield Progress("pretraining", 0, run.steps, len(reports) + 1)
    if not reports:
        yield from _warnings(len(pictures), is_random=start is None)
    try:
        if not reports:
            run.begin()
        for epoch in range(len(reports) + 1, own.epochs + 1):
            reports.append((yield from _epoch(run, epoch, kept, stop)))
            yield reports[-1]
            if epoch < own.epochs and kept is not None:
                yield kept.save(run, reports)
    except torch.OutOfMemoryError as error:
        raise out_of_memory(config) from error
    except TrainingDivergedError as error:
        hint = "Start again without pre-training, or with more and other pictures."
        raise TrainingDivergedError(error.message, hint=hint) from error
    learned = {name: value.cpu() for name, value in student.trunk.state_dict().items()}
    if kept is not None:
        kept.finish(learned, reports)
    return learned


def config_of(config: TrainingConfig) -> PretrainingConfig:
    """Return how the trunk of a run is pre-trained."""
    options = METHODS[config.method].options(config.options)
    # Crops of films are never mirrored; where pictures may be, training says so.
    kind = "fundus" if config.augment.flip_vertical else "film"
    return PretrainingConfig(
        backbone=options["backbone"],
        size=config.preprocess.size,
        epochs=config.pretraining,
        batch=config.batch,
        seed=config.seed,
        kind=kind,
        precision="bfloat16" if config.precision == "bfloat16" else "float32",
        device=config.device,
    )


class _Held:
    """Pictures in memory, as pre-training takes them."""

    def __init__(self, pictures: npt.NDArray[np.uint8]) -> None:
        self._pictures = pictures

    def __len__(self) -> int:
        return len(self._pictures)

    def take(
        self, rows: Sequence[int] | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        taken: npt.NDArray[np.uint8] = self._pictures[np.asarray(rows)]
        return taken


def _epoch(
    run: Run, epoch: int, kept: _Kept | None, stop: Callable[[], bool]
) -> Generator[Event, None, PretrainingEpoch]:
    """Show every picture once; tell of it now and then, stop when asked."""
    steps = run.learn(epoch)
    told = time.monotonic()
    while True:
        try:
            step = next(steps)
        except StopIteration as end:
            report: PretrainingEpoch = end.value
            return report
        if time.monotonic() - told > _EVERY_S:
            told = time.monotonic()
            yield Progress("pretraining", step.done, step.total, epoch)
        if stop():
            raise Stopped(None if kept is None else kept.last)


class _Kept:
    """What the phase leaves in the folder of its run.

    Args:
        folder: of the run.
        config: of the run.
        identity: of its pictures.
    """

    def __init__(self, folder: Path, config: TrainingConfig, identity: str) -> None:
        self._config, self._identity = config, identity
        self._trunk = folder / TRUNK
        self._checkpoint = self._trunk.with_name(_CHECKPOINT)

    @property
    def last(self) -> Path | None:
        """The checkpoint, where there is one."""
        return self._checkpoint if self._checkpoint.is_file() else None

    def trunk(self) -> Generator[Warned, None, backbone.State | None]:
        """Return the trunk that was learned before; None: there is none."""
        found = yield from self._read(self._trunk)
        if found is None:
            return None
        return {name.removeprefix(_PREFIX): value for name, value in found[0].items()}

    def load(self, run: Run) -> Generator[Warned, None, list[PretrainingEpoch]]:
        """Bring a run to its checkpoint; return the epochs that it holds."""
        found = yield from self._read(self._checkpoint)
        if found is None:
            return []
        state, said = found
        try:
            run.load(state)
            return [PretrainingEpoch(**values) for values in said["epochs"]]
        except (LookupError, RuntimeError, TypeError, ValueError) as error:
            message = f"The checkpoint {_CHECKPOINT} does not fit this network."
            hint = "Go on with the version of MedHash that wrote it, or start anew."
            raise CheckpointError(message, hint=hint) from error

    def save(self, run: Run, reports: Sequence[PretrainingEpoch]) -> CheckpointSaved:
        """Write the checkpoint of an epoch over that of the one before."""
        self._write(self._checkpoint, run.state(), reports)
        return CheckpointSaved(_CHECKPOINT, 0)

    def finish(
        self, trunk: backbone.State, reports: Sequence[PretrainingEpoch]
    ) -> None:
        """Write the trunk, and remove what only the phase needed."""
        # Named as the weights that other runs can start from.
        state = {_PREFIX + name: value for name, value in trunk.items()}
        self._write(self._trunk, state, reports)
        durable.remove(self._checkpoint)

    def _write(
        self, path: Path, state: backbone.State, reports: Sequence[PretrainingEpoch]
    ) -> None:
        said = {
            "format": checkpoints.FORMAT,
            "config": self._config.as_json(),
            "pictures": self._identity,
            "epochs": [dataclasses.asdict(report) for report in reports],
        }
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pretraining_files.disk_failure(error, path) from error
        pretraining_files.write(path, state, said)

    def _read(
        self, path: Path
    ) -> Generator[Warned, None, tuple[backbone.State, dict[str, Any]] | None]:
        if not path.is_file():
            return None
        try:
            state, said = pretraining_files.read(path)
            checkpoints.check(said, self._config, of=self._identity)
        except (BundleError, KeyError):
            yield Warned(f"The file {path.name} is damaged and was passed over.")
            return None
        return state, said


def _warnings(pictures: int, *, is_random: bool) -> Iterator[Warned]:
    if is_random:
        yield Warned(
            "Pre-training starts from random numbers, which takes far more pictures "
            "and epochs than to start from weights.",
            "Name starting weights: --weights FILE, or --weights torchvision.",
        )
    if pictures < _FEW:
        yield Warned(
            f"{pictures} pictures are few to learn from without labels.",
            "Pre-train with more pictures of the same kind, which need no labels: "
            "medhash pretrain.",
        )
