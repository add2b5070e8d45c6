"""The pictures of a comparison: found, divided, decoded once, seen once by a trunk.

What all cells share is kept in ``FOLDER/cache`` and looked up by a digest of what it
depends on. What is large can be removed when all cells are done.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medhash_gui import datasets, images
from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison.cells import Known
from medhash_gui.comparison.plan import unwritable
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.decoded_pictures import DecodedPictures, Pixels
from medhash_gui.errors import DatasetError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.library import durable
from medhash_gui.training import checks as training_checks
from medhash_gui.training import data as training_data
from medhash_gui.training import fronts as training_fronts
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.events import Progress, Warned
from medhash_gui.training.network import build_network

CACHE, FEATURES = "cache", "features"
_EVERY_S = 0.5
_LARGE = 64 * 2**20

Features = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Pictures:
    """The pictures of a comparison.

    Attributes:
        data: all of them.
        splits: seed -> parts.
        identity: hex digest of files, contents, labels and patients.
        files: path of each below its folder.
        digests: of the content of each file.
    """

    data: LabelledImages
    splits: dict[int, Split]
    identity: str
    files: tuple[str, ...]
    digests: tuple[bytes, ...]

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
    return Pictures(data, splits, sha.hexdigest(), paths, tuple(digests))


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


def look(
    folder: Path, pictures: Pictures, shared: DecodedPictures, config: TrainingConfig
) -> Generator[Progress, None, Features]:
    """Let the starting trunk of a plain network see all pictures, once.

    What it makes of them is kept where frozen runs of plain methods look for it.

    Args:
        folder: of the comparison.
        pictures: all of them.
        shared: the same, decoded.
        config: of a plain method, whose trunk, weights, seed and device are taken; its
            changed views are computed, too, where it learns on frozen features.

    Returns:
        (N, D) float32, means over the last feature map of each picture as it is.

    Raises:
        BundleError, SettingsError: the starting weights cannot be had.
    """
    frozen = config if config.frozen else dataclasses.replace(config, views=0)
    frozen = dataclasses.replace(frozen, frozen=True)
    network = starting_network(pictures, frozen)
    front = training_fronts.take(network, frozen)
    part = training_fronts.Part(
        training_data.Pictures(shared.pixels, frozen),
        pictures.digests,
        max(1, frozen.views),
    )
    [found] = yield from training_fronts.compute(
        network, front, [part], frozen, cache=folder / CACHE / FEATURES
    )
    maps = torch.cat([one for one, *_ in found])  # (N, D, 1, 1)
    features: Features = maps.mean(dim=(2, 3)).cpu().numpy()
    return features


def starting_network(pictures: Pictures, config: TrainingConfig) -> nn.Module:
    """Return the network of a configuration as it is before it has learned anything."""
    sizes = Sizes(config.bits, len(pictures.data.classes), len(pictures.data))
    return build_network(METHODS[config.method], sizes, config)


def remove_large(folder: Path) -> None:
    """Remove decoded pictures and feature maps, which only save time."""
    for path in (folder / CACHE).glob("pictures-*"):
        durable.remove(path)
    for path in (folder / CACHE / FEATURES).glob("*"):
        if path.stat().st_size > _LARGE:
            durable.remove(path)


def _digest(*texts: str) -> str:
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()[:20]
