"""What a network is trained on: pictures checked, divided and held in memory.

``prepare`` reads everything once and says what it finds. ``Pictures`` gives batches of
changed pictures.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch

from medhash_gui import datasets, images
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.errors import DatasetError
from medhash_gui.training import checks as training_checks
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.events import Progress, Warned

_EVERY_S = 0.5
_AT_ONCE = 64


@dataclass(frozen=True)
class Prepared:
    """A set, ready to be trained on.

    Attributes:
        data: all pictures; split: its parts.
        learn, check: training and validation part.
        digests: of the content of each file of the set.
        identity: hex digest of files, labels and parts; another set is another run.
        pictures, check_pictures: (N, 3, S, S) uint8 of the two parts.
        test_pictures: of the test part; None where nobody asked for it.
    """

    data: LabelledImages
    split: Split
    learn: LabelledImages
    check: LabelledImages
    digests: tuple[bytes, ...]
    identity: str
    pictures: npt.NDArray[np.uint8]
    check_pictures: npt.NDArray[np.uint8]
    test_pictures: npt.NDArray[np.uint8] | None = None


def prepare(
    config: TrainingConfig, *, test: bool = False
) -> Generator[Progress | Warned, None, Prepared]:
    """Find, check, divide and read the pictures of a run.

    Args:
        config: of the run.
        test: decode the test part, too; otherwise its files are only compared with
            the others.

    Yields:
        How far it has come, and what should be known before the run.

    Raises:
        DatasetError: nothing, or nothing honest, can be learned from these pictures.
    """
    data = datasets.gather(config.sources)
    yield from training_checks.check_set(data, config)
    divide = (
        datasets.split_by_patient
        if config.split_by == "patient"
        else datasets.split_by_image
    )
    whole = divide(
        data, seed=config.seed, validation=config.validation, test=config.test
    )
    split = datasets.cap(data, whole, config.sources, seed=config.seed)
    yield from training_checks.check_split(data, split, config)
    digests: list[bytes] = []
    for done in _in_time(len(data)):
        if done.due:
            yield Progress("checking", done.number, len(data))
        digests.append(_digest(data, done.number))
    yield from training_checks.check_copies(data, split, digests)
    learn, check = data.take(split.train), data.take(split.validation)
    size = config.preprocess.size
    arrays = []
    for part in (learn, check, *([data.take(split.test)] if test else [])):
        pictures = np.empty((len(part), 3, size, size), dtype=np.uint8)
        for done in _in_time(len(part)):
            if done.due:
                yield Progress("reading", done.number, len(part))
            one = part.take([done.number])
            pictures[done.number] = datasets.pixels(one, config.preprocess)[0]
        arrays.append(pictures)
    identity = _identity(data, split, digests, config)
    return Prepared(data, split, learn, check, tuple(digests), identity, *arrays)


class Inputs(Protocol):
    """What a network is fed with."""

    def batch(
        self,
        rows: npt.NDArray[np.int64],
        generator: torch.Generator,
        *,
        mine: slice,
    ) -> tuple[torch.Tensor, ...]:
        """Return this process's share of a batch, changed at random, on the device.

        What the network's forward pass, or the part of it that is trained, takes.

        Args:
            rows: (B,) int64, of the whole batch.
            generator: where chance comes from; draws are for the whole batch.
            mine: the share.
        """

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        """Give all of it in order, unchanged, some at a time, on the device."""


class Pictures:
    """Pictures in memory, normalised and changed as they are asked for.

    Args:
        pictures: (N, 3, S, S) uint8.
        config: its preprocessing, augmentation and device count.
    """

    def __init__(self, pictures: npt.NDArray[np.uint8], config: TrainingConfig) -> None:
        self._pictures = pictures
        self._augment = config.augment
        self._device = config.device
        self._mean, self._std = (
            torch.tensor(values, device=config.device)[:, None, None]
            for values in (config.preprocess.mean, config.preprocess.std)
        )

    def batch(
        self,
        rows: npt.NDArray[np.int64],
        generator: torch.Generator,
        *,
        mine: slice,
    ) -> tuple[torch.Tensor, ...]:
        """Return changed and normalised pictures, (B, 3, S, S) float."""
        x = self._in_range(self._pictures[rows[mine]])
        x = self._augment(x, generator, first=mine.start, of=len(rows))
        return (self._normalised(x),)

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        """Give normalised pictures in order, (B, 3, S, S) float."""
        for start in range(0, len(self._pictures), _AT_ONCE):
            part = self._pictures[start : start + _AT_ONCE]
            yield (self._normalised(self._in_range(part)),)

    def view(
        self, rows: npt.NDArray[np.int64], digests: Sequence[bytes], number: int
    ) -> torch.Tensor:
        """Return a view of some pictures, normalised, (B, 3, S, S) float.

        Args:
            rows: (B,) which pictures.
            digests: of their files; with the number they decide the changes, so that
                a view of a picture is the same in every run.
            number: 0 for the pictures as they are.
        """
        x = self._in_range(self._pictures[rows])
        if number > 0:
            for at, digest in enumerate(digests):
                seed = hashlib.blake2b(digest + number.to_bytes(4), digest_size=7)
                chance = torch.Generator().manual_seed(int.from_bytes(seed.digest()))
                x[at : at + 1] = self._augment(x[at : at + 1], chance)
        return self._normalised(x)

    def _in_range(self, part: npt.NDArray[np.uint8]) -> torch.Tensor:
        return torch.from_numpy(part).to(self._device).float() / 255

    def _normalised(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - self._mean) / self._std
        return x.contiguous(memory_format=torch.channels_last)


def _digest(data: LabelledImages, row: int) -> bytes:
    item = data.items[row]
    try:
        return images.content_digest(item.file.read_bytes())
    except OSError as error:
        message = f"{item.file.name} of {item.source} cannot be read: {error.strerror}."
        raise DatasetError(message, hint="Check the drive and the file.") from error


def _identity(
    data: LabelledImages,
    split: Split,
    digests: Sequence[bytes],
    config: TrainingConfig,
) -> str:
    sha = hashlib.sha256()
    paths = training_checks.relative_paths(data, config)
    for part in datasets.PARTS:
        sha.update(f"part {part}\n".encode())
        # The content of the test part plays no role in training.
        for row in getattr(split, part):
            content = b"" if part == "test" else digests[row]
            line = json.dumps([paths[row], data.items[row].labels])
            sha.update(line.encode() + content)
    return sha.hexdigest()


@dataclass(frozen=True, slots=True)
class _Done:
    number: int
    due: bool


def _in_time(count: int) -> Iterator[_Done]:
    """Count up; say now and then that somebody should be told."""
    last = time.monotonic()
    for number in range(count):
        now = time.monotonic()
        due = now - last > _EVERY_S
        if due:
            last = now
        yield _Done(number, due)
