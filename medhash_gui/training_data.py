"""What a network is trained on: pictures checked, divided and held in memory.

``prepare`` reads everything once and says what it finds. ``Pictures`` gives batches of
changed pictures; ``Features`` gives what a frozen trunk made of them, once for the
whole run.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt
import safetensors
import torch
from safetensors.torch import save
from torch import nn

from medhash_gui import datasets, images, training_checks
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.errors import DatasetError
from medhash_gui.library import durable
from medhash_gui.training_config import TrainingConfig
from medhash_gui.training_events import Progress, Warned

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
    """

    data: LabelledImages
    split: Split
    learn: LabelledImages
    check: LabelledImages
    digests: tuple[bytes, ...]
    identity: str
    pictures: npt.NDArray[np.uint8]
    check_pictures: npt.NDArray[np.uint8]


def prepare(config: TrainingConfig) -> Generator[Progress | Warned, None, Prepared]:
    """Find, check, divide and read the pictures of a run.

    The pictures of the test part are not decoded, only compared with the others.

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
    for part in (learn, check):
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
    ) -> torch.Tensor:
        """Return this process's share of a batch, changed at random, on the device.

        Args:
            rows: (B,) int64, of the whole batch.
            generator: where chance comes from; draws are for the whole batch.
            mine: the share.
        """

    def __iter__(self) -> Iterator[torch.Tensor]:
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
    ) -> torch.Tensor:
        """Return changed and normalised pictures, (B, 3, S, S) float."""
        x = self._in_range(self._pictures[rows[mine]])
        x = self._augment(x, generator, first=mine.start, of=len(rows))
        return self._normalised(x)

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Give normalised pictures in order, (B, 3, S, S) float."""
        for start in range(0, len(self._pictures), _AT_ONCE):
            part = self._pictures[start : start + _AT_ONCE]
            yield self._normalised(self._in_range(part))

    def _in_range(self, part: npt.NDArray[np.uint8]) -> torch.Tensor:
        return torch.from_numpy(part).to(self._device).float() / 255

    def _normalised(self, x: torch.Tensor) -> torch.Tensor:
        x = (x - self._mean) / self._std
        return x.contiguous(memory_format=torch.channels_last)


class Features:
    """Pooled features of a frozen trunk, computed once.

    A cell of 1 x 1 stands for the feature map, whose mean is all that the plain network
    uses of it; so a trunk that changes nothing makes of these what the true trunk makes
    of pictures.

    Args:
        features: (N, D) float32.
        device: torch's name.
    """

    def __init__(self, features: torch.Tensor, device: str) -> None:
        self._features = features[:, :, None, None].to(device)  # (N, D, 1, 1)

    def batch(
        self,
        rows: npt.NDArray[np.int64],
        generator: torch.Generator,
        *,
        mine: slice,
    ) -> torch.Tensor:
        """Return features, (B, D, 1, 1) float; nothing is changed at random."""
        del generator
        return self._features[torch.from_numpy(rows[mine]).to(self._features.device)]

    def __iter__(self) -> Iterator[torch.Tensor]:
        """Give the features in order, (B, D, 1, 1) float."""
        yield from torch.split(self._features, 1024)


def trunk_features(
    trunk: nn.Module,
    pictures: Pictures,
    digests: Sequence[bytes],
    config: TrainingConfig,
    *,
    cache: Path | None,
) -> Generator[Progress, None, torch.Tensor]:
    """Compute the pooled features of a trunk, or read those of an earlier run.

    Args:
        trunk: on the device of the configuration.
        pictures: what it looks at.
        digests: of the content of the file of each picture.
        config: its preprocessing is part of the key.
        cache: safetensors file; None: none.

    Returns:
        (N, D) float32, on the processor.
    """
    key = _features_key(trunk, config)
    wanted = np.frombuffer(b"".join(digests), np.uint8).reshape(len(digests), -1)
    known = _cached(cache, key, wanted)
    if known is not None:
        return known
    parts = []
    last = time.monotonic()
    trunk.eval()
    for x in pictures:
        with torch.inference_mode():
            parts.append(trunk(x).mean(dim=(2, 3)).float().cpu())
        if time.monotonic() - last > _EVERY_S:
            last = time.monotonic()
            yield Progress("features", sum(map(len, parts)), len(digests))
    features = torch.cat(parts).clone()
    if cache is not None:
        tensors = {"features": features, "digests": torch.from_numpy(wanted.copy())}
        try:
            cache.parent.mkdir(parents=True, exist_ok=True)
            durable.place(cache, save(tensors, metadata={"key": key}))
        except OSError:
            # It only saves time; a full disk is met again at the first checkpoint.
            return features
    return features


def _cached(
    cache: Path | None, key: str, wanted: npt.NDArray[np.uint8]
) -> torch.Tensor | None:
    if cache is None or not cache.is_file():
        return None
    try:
        with safetensors.safe_open(cache, framework="pt") as opened:
            if (opened.metadata() or {}).get("key") != key:
                return None
            digests = opened.get_tensor("digests").numpy()
            features: torch.Tensor = opened.get_tensor("features")
    except (OSError, safetensors.SafetensorError):
        return None
    return features if np.array_equal(digests, wanted) else None


def _features_key(trunk: nn.Module, config: TrainingConfig) -> str:
    sha = hashlib.sha256(json.dumps(config.preprocess.as_json()).encode())
    for name, tensor in sorted(trunk.state_dict().items()):
        sha.update(name.encode())
        sha.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()


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
