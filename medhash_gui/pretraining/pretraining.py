"""C2L: a trunk learns from pictures without labels, one readable loop.

``pretrain`` is a generator of events; what it leaves behind is one safetensors file
that ``hashing.backbone.weights`` reads, so that every method can start from it. Chance
comes from the seed and the number of the epoch alone, and a checkpoint is written after
every epoch: a run that was stopped ends with the same numbers.

References:
    Zhou et al., "Comparing to Learn: Surpassing ImageNet Pretraining on Radiographs by
    Comparing Image Representations", MICCAI 2020; ``docs/pretraining.md`` lists what is
    different here.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from medhash_gui.catalogue import WEIGHTS
from medhash_gui.errors import (
    DatasetError,
    MedHashError,
    SettingsError,
)
from medhash_gui.hashing import backbone
from medhash_gui.pretraining import epochs as pretraining_epochs
from medhash_gui.pretraining import files as pretraining_files
from medhash_gui.pretraining import pictures as pretraining_pictures
from medhash_gui.pretraining.config import (
    Event,
    PretrainingConfig,
    PretrainingEpoch,
    Progress,
    Skipped,
    Started,
    Warned,
)
from medhash_gui.pretraining.epochs import Run
from medhash_gui.pretraining.files import StartingWeights
from medhash_gui.pretraining.pictures import Pictures

_FEW = 1000


@dataclass(frozen=True, slots=True)
class PretrainingRun:
    """A finished run.

    Attributes:
        out: the trunk's weights.
        epochs: of all epochs, those before a resume included.
        pictures: that it learned from.
        start: what it started from.
    """

    out: Path
    epochs: tuple[PretrainingEpoch, ...]
    pictures: int
    start: StartingWeights


def pretrain(
    folder: Path,
    config: PretrainingConfig,
    *,
    weights: Path | None,
    out: Path,
    download: bool = False,
    resume: bool = False,
    licence: str | None = None,
) -> Generator[Event, None, PretrainingRun]:
    """Learn from the pictures of a folder; closing the generator stops the run.

    Args:
        folder: pictures of any format, in any folders below it; labels are not looked
            at.
        config: everything else.
        weights: what the trunk starts from: a safetensors file, or the folder of a
            model; None: random numbers.
        out: the result. While the run is not finished, its checkpoint and the decoded
            pictures lie beside it, in a folder of the same name with ``.run``.
        download: let torchvision fetch its ImageNet weights, where ``weights`` is None.
        resume: go on from the checkpoint.
        licence: of the starting weights, where their file does not say.

    Yields:
        What happens: several times a second, and after every step.

    Returns:
        The run; its result is written.

    Raises:
        SettingsError: an unknown backbone, an impossible value, an output that is there
            already, or a checkpoint of another run.
        BundleError: the starting weights or the checkpoint cannot be read.
        DatasetError: an unreadable folder, or fewer pictures than one batch.
        TrainingDivergedError: the loss is not a finite number, or all pictures get the
            same features.
        MedHashError: a full disk, or a device out of memory.
    """
    config.check()
    state, start = _start(config, weights, licence, download=download)
    student = pretraining_epochs.make_student(config, state)
    files = _Files(out, resume=resume)
    files.prepare()
    reading = pretraining_pictures.gather(
        folder, files.folder, size=config.stored_size, trim_border=config.trim_border
    )
    try:
        pictures = yield from _told(reading)
    except MedHashError:
        files.leave()
        raise
    _check_count(pictures, folder, config)
    run = Run(config, student, pictures, pretrained=state is not None)
    said = {**config.as_json(), "start": dataclasses.asdict(start),
            "pictures": pictures.fingerprint}  # fmt: skip
    reports = files.load(run, said)
    yield Started(
        backbone=config.backbone,
        device=config.device,
        precision=config.precision,
        pictures=len(pictures),
        skipped=len(pictures.skipped),
        copies=pictures.copies,
        epochs=config.epochs,
        steps=run.steps,
        queue=config.queue_for(len(pictures)),
        resumed=len(reports),
        start=start.name,
    )
    yield from _warnings(pictures, start)
    if resume and not reports:
        yield Warned("There is no checkpoint yet: the run starts from the beginning.")
    try:
        if not reports:
            run.begin()
        for epoch in range(len(reports) + 1, config.epochs + 1):
            report = yield from run.learn(epoch)
            reports.append(report)
            files.save(run, said, reports)
            yield report
    except torch.OutOfMemoryError as error:
        message = f"The device has no memory for batches of {config.batch} pictures."
        hint = f"Give --batch {max(2, config.batch // 2)}, or a smaller --size."
        raise MedHashError(message, hint=hint) from error
    files.finish(student.trunk, _about(config, start, pictures, reports))
    return PretrainingRun(out, tuple(reports), len(pictures), start)


class _Files:
    """The result of a run and the folder beside it while it is not finished."""

    def __init__(self, out: Path, *, resume: bool) -> None:
        self.out, self.resume = out, resume
        self.folder = pretraining_files.run_folder(out)
        self.checkpoint = self.folder / pretraining_files.CHECKPOINT

    def prepare(self) -> None:
        """Make the folder; refuse what would be overwritten."""
        if self.out.suffix != ".safetensors":
            message = f"{self.out.name} is no name for weights."
            raise SettingsError(message, hint="Let it end in .safetensors.")
        if self.out.exists():
            message = f"{self.out} is there already."
            raise SettingsError(message, hint="Give another --out, or remove it.")
        if self.checkpoint.exists() and not self.resume:
            message = f"An unfinished run for {self.out.name} is there already."
            hint = f"Go on with --resume, or remove the folder {self.folder}."
            raise SettingsError(message, hint=hint)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise pretraining_files.disk_failure(error, self.folder) from error

    def leave(self) -> None:
        """Remove the folder if nothing is in it."""
        with contextlib.suppress(OSError):
            self.folder.rmdir()

    def load(self, run: Run, said: dict[str, Any]) -> list[PretrainingEpoch]:
        """Bring a run to its checkpoint; return the epochs that it holds."""
        if not self.checkpoint.exists():
            return []
        state, kept = pretraining_files.read(self.checkpoint)
        differences = [
            f"{name} is {_short(kept.get('run', {}).get(name))} there and "
            f"{_short(value)} here"
            for name, value in said.items()
            if name != "device" and kept.get("run", {}).get(name) != value
        ]
        if differences:
            message = (
                f"The checkpoint of {self.out.name} is of another run: "
                f"{'; '.join(differences)}."
            )
            hint = "Give the same options and pictures, or another --out."
            raise SettingsError(message, hint=hint)
        run.load(state)
        return [PretrainingEpoch(**values) for values in kept["epochs"]]

    def save(
        self, run: Run, said: dict[str, Any], reports: list[PretrainingEpoch]
    ) -> None:
        """Write the checkpoint of an epoch over that of the one before."""
        epochs = [dataclasses.asdict(report) for report in reports]
        kept = {"run": said, "epochs": epochs}
        pretraining_files.write(self.checkpoint, run.state(), kept)

    def finish(self, trunk: nn.Module, about: dict[str, Any]) -> None:
        """Write the result and remove what only the run needed."""
        state = {f"trunk.{name}": value for name, value in trunk.state_dict().items()}
        pretraining_files.write(self.out, state, about)
        pretraining_files.remove_run(self.folder)


def _start(
    config: PretrainingConfig,
    weights: Path | None,
    licence: str | None,
    *,
    download: bool,
) -> tuple[backbone.State | None, StartingWeights]:
    if weights is not None:
        file = weights / WEIGHTS if weights.is_dir() else weights
        start = StartingWeights.of(file, licence)
        return backbone.weights(config.backbone, file), start
    if download:
        return backbone.download(config.backbone), pretraining_files.TORCHVISION
    return None, StartingWeights()


def _told(
    reading: Generator[tuple[int, int], None, Pictures],
) -> Generator[Progress, None, Pictures]:
    while True:
        try:
            done, total = next(reading)
        except StopIteration as end:
            pictures: Pictures = end.value
            return pictures
        yield Progress("reading", done, total)


def _check_count(pictures: Pictures, folder: Path, config: PretrainingConfig) -> None:
    count = len(pictures)
    if count >= max(config.batch, 2):
        config.queue_for(count)
        return
    if not count and pictures.skipped:
        path, why = pictures.skipped[0]
        message = f"No picture in {folder} can be read; {path}: {why}"
        raise DatasetError(message, hint="Check the files, or choose another folder.")
    message = (
        f"{folder} holds {count} different pictures, fewer than a batch of "
        f"{config.batch}."
    )
    hint = "Add pictures."
    if count >= 4:
        hint = f"Add pictures, or give --batch {count // 2}."
    raise DatasetError(message, hint=hint)


def _warnings(pictures: Pictures, start: StartingWeights) -> Iterator[Warned | Skipped]:
    if start == StartingWeights():
        yield Warned(
            "The trunk starts from random numbers, which takes far more pictures and "
            "epochs than to start from weights.",
            hint="Give --weights FILE where there are any.",
        )
    if len(pictures) < _FEW:
        yield Warned(
            f"{len(pictures)} pictures are few to learn from without labels.",
            hint="Add pictures of the same kind; they need no labels.",
        )
    for path, why in pictures.skipped:
        yield Skipped(path, why)


def _about(
    config: PretrainingConfig,
    start: StartingWeights,
    pictures: Pictures,
    reports: list[PretrainingEpoch],
) -> dict[str, Any]:
    """Return what the header of the result says."""
    last = reports[-1]
    return {
        "what": "trunk weights learned without labels (C2L)",
        "backbone": config.backbone,
        "pictures": len(pictures),
        "epochs": len(reports),
        "loss": last.loss,
        "found": last.found,
        "settings": config.as_json(),
        "starting_weights": start.name,
        "starting_weights_sha256": start.digest,
        "licence": start.licence,
    }


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
