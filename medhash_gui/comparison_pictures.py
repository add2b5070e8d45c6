"""The pictures of a comparison: found, divided, decoded once, seen once by a trunk.

What all cells share is kept in ``FOLDER/cache`` and looked up by a digest of what it
depends on. Decoded pictures can be removed when all cells are done; features are small.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui import comparison_cells, datasets, evaluation, images, training_checks
from medhash_gui.comparison_cells import Known
from medhash_gui.comparison_plan import unwritable
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.decoded_pictures import DecodedPictures, Pixels
from medhash_gui.errors import ComparisonError, DatasetError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.library import durable
from medhash_gui.training_config import TrainingConfig
from medhash_gui.training_events import Progress, Warned
from medhash_gui.training_network import build_network

CACHE = "cache"
_EVERY_S = 0.5
_AT_ONCE = 64


@dataclass(frozen=True)
class Pictures:
    """The pictures of a comparison.

    Attributes:
        data: all of them.
        splits: seed -> parts.
        identity: hex digest of files, contents, labels and patients.
        files: path of each below its folder.
    """

    data: LabelledImages
    splits: dict[int, Split]
    identity: str
    files: tuple[str, ...]

    def known(self) -> Known:
        """Return what the tables need of the pictures; patients become numbers."""
        groups = self.data.groups()
        number = {name: at for at, name in enumerate(dict.fromkeys(groups))}
        return Known(
            np.array([number[name] for name in groups], np.int64),
            self.data.multi_hot().astype(np.uint8),
            self.data.classes,
            {
                seed: comparison_cells.parts_of(split, len(self.data))
                for seed, split in self.splits.items()
            },
        )


def find(
    config: TrainingConfig, seeds: Sequence[int]
) -> Generator[Progress | Warned, None, Pictures]:
    """Find, check and divide the pictures of a comparison.

    Args:
        config: of any of its cells.
        seeds: of the splits.

    Yields:
        How far it has come, and what should be known before anything is trained.

    Raises:
        DatasetError: nothing honest can be learned from these pictures with one of the
            seeds, or a file cannot be read.
    """
    data = datasets.gather(config.sources)
    yield from training_checks.check_set(data, config)
    splits = {seed: split_of(data, config, seed) for seed in seeds}
    digests = []
    last = time.monotonic()
    for number, item in enumerate(data.items):
        if time.monotonic() - last > _EVERY_S:
            last = time.monotonic()
            yield Progress("checking", number, len(data))
        try:
            digests.append(images.content_digest(item.file.read_bytes()))
        except OSError as error:
            message = f"{item.file.name} cannot be read: {error.strerror}."
            raise DatasetError(message, hint="Check the drive and the file.") from error
    for seed, split in splits.items():
        seeded = dataclasses.replace(config, seed=seed)
        found = [
            *training_checks.check_split(data, split, seeded),
            *training_checks.check_copies(data, split, digests),
        ]
        for warning in found:
            yield Warned(f"Seed {seed}: {warning.message}", warning.hint)
    paths = tuple(training_checks.relative_paths(data, config))
    sha = hashlib.sha256()
    for path, item, digest in zip(paths, data.items, digests, strict=True):
        sha.update(json.dumps([path, item.labels, item.patient]).encode() + digest)
    return Pictures(data, splits, sha.hexdigest(), paths)


def split_of(data: LabelledImages, config: TrainingConfig, seed: int) -> Split:
    """Return the parts that a run with this seed trains on and never sees.

    Raises:
        DatasetError: a part has no picture.
    """
    divide = (
        datasets.split_by_patient
        if config.split_by == "patient"
        else datasets.split_by_image
    )
    split = divide(data, seed=seed, validation=config.validation, test=config.test)
    return datasets.cap(data, split, config.sources, seed=seed)


def decoded(
    folder: Path, pictures: Pictures, config: TrainingConfig
) -> Generator[Progress, None, DecodedPictures]:
    """Decode all pictures into one mapped file, or open that of an earlier call.

    Raises:
        DatasetError: a picture cannot be read.
        ComparisonError: the folder cannot be written to.
    """
    preprocess = config.preprocess
    key = _digest(json.dumps(preprocess.as_json()), pictures.identity)
    path = folder / CACHE / f"pictures-{key}.npy"
    rows = {item.file: row for row, item in enumerate(pictures.data.items)}
    if not path.is_file():
        temporary = path.with_suffix(durable.TEMPORARY)
        shape = (len(rows), 3, preprocess.size, preprocess.size)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.lib.format.open_memmap(
                temporary, mode="w+", dtype=np.uint8, shape=shape
            )
            last = time.monotonic()
            for row in range(len(rows)):
                pixels[row] = datasets.pixels(pictures.data.take([row]), preprocess)[0]
                if time.monotonic() - last > _EVERY_S:
                    last = time.monotonic()
                    yield Progress("reading", row, len(rows))
            pixels.flush()
            del pixels
            temporary.replace(path)
        except OSError as error:
            raise unwritable(folder, error) from error
    opened: Pixels = np.load(path, mmap_mode="r")
    return DecodedPictures(preprocess, rows, opened)


def none_decoded(config: TrainingConfig) -> DecodedPictures:
    """Return no pictures, for a comparison that has nothing left to do."""
    size = config.preprocess.size
    nothing = np.empty((0, 3, size, size), np.uint8)
    return DecodedPictures(config.preprocess, {}, nothing)


def remove_decoded(folder: Path) -> None:
    """Remove decoded pictures, which only save time."""
    for path in (folder / CACHE).glob("pictures-*"):
        durable.remove(path)


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """What a trunk made of all pictures of a set.

    Attributes:
        features: (N, D) float32, means over the last feature map.
        images_per_second: from decoded pictures to features, when it was measured.
    """

    features: npt.NDArray[np.float32]
    images_per_second: float


def features_key(pictures: Pictures, config: TrainingConfig, backbone: str) -> str:
    """Return what tells the features of one starting trunk from all others."""
    start = "torchvision" if config.download else f"random {config.seed}"
    if config.weights is not None:
        start = _content(config.weights)
    return _digest(
        json.dumps([backbone, start, config.preprocess.as_json()]), pictures.identity
    )


def seen(
    folder: Path, pictures: Pictures, config: TrainingConfig, backbone: str
) -> Seen | None:
    """Return the features of a starting trunk that are kept, or None."""
    path = _features_path(folder, pictures, config, backbone)
    try:
        arrays = comparison_cells.unpacked(path)
        return Seen(arrays["features"], float(arrays["images_per_second"]))
    except (ComparisonError, KeyError):
        return None  # it is made again


def look(
    folder: Path,
    pictures: Pictures,
    shared: DecodedPictures,
    config: TrainingConfig,
    backbone: str,
) -> Generator[Progress, None, Seen]:
    """Let a starting trunk see all pictures once, and keep what it made of them.

    Args:
        folder: of the comparison.
        pictures: all of them.
        shared: the same, decoded.
        config: whose starting weights, seed and device are taken.
        backbone: key in ``BACKBONES``.

    Raises:
        BundleError, SettingsError: the starting weights cannot be had.
        ComparisonError: the folder cannot be written to.
    """
    known = seen(folder, pictures, config, backbone)
    if known is not None:
        return known
    plain = dataclasses.replace(
        config, method="dpsh", options={"backbone": backbone, "frozen_blocks": 0}
    )
    sizes = Sizes(1, len(pictures.data.classes), len(pictures.data))
    network = build_network(METHODS["dpsh"], sizes, plain)
    parts = []
    total = len(shared.pixels)
    started = last = time.monotonic()
    for start in range(0, total, _AT_ONCE):
        part = np.array(shared.pixels[start : start + _AT_ONCE])
        _, features = evaluation.run_network(
            network, part, config.preprocess, device=config.device
        )
        parts.append(features)
        if time.monotonic() - last > _EVERY_S:
            last = time.monotonic()
            yield Progress("features", min(start + _AT_ONCE, total), total)
    rate = total / max(time.monotonic() - started, 1e-6)
    found = Seen(np.concatenate(parts).astype(np.float32), rate)
    path = _features_path(folder, pictures, config, backbone)
    values = {"features": found.features, "images_per_second": np.array(rate)}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        durable.place(path, comparison_cells.packed(values))
    except OSError as error:
        raise unwritable(folder, error) from error
    return found


def _features_path(
    folder: Path, pictures: Pictures, config: TrainingConfig, backbone: str
) -> Path:
    key = features_key(pictures, config, backbone)
    return folder / CACHE / f"features-{key}.npz"


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:20]


def _content(weights: Path) -> str:
    """Return a digest of a file of weights, or of those in a model's folder."""
    from medhash_gui.catalogue import WEIGHTS

    path = weights / WEIGHTS if weights.is_dir() else weights
    return _content_of(path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=8)
def _content_of(path: Path, time_ns: int) -> str:
    del time_ns
    return hashlib.sha256(path.read_bytes()).hexdigest()
