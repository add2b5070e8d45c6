"""Pictures that were decoded once for many runs, found again by their file.

Within ``shared`` everything that asks ``datasets.pixels`` for one of these files with
the same preprocessing gets it from memory or from a mapped file instead of decoding it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.preprocess import Preprocess

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class DecodedPictures:
    """Pictures as ``datasets.pixels`` gives them.

    Attributes:
        preprocess: how they were prepared.
        rows: file -> row.
        pixels: (N, 3, S, S) uint8.
    """

    preprocess: Preprocess
    rows: Mapping[Path, int]
    pixels: Pixels


_shared: ContextVar[DecodedPictures | None] = ContextVar("shared", default=None)


@contextlib.contextmanager
def shared(pictures: DecodedPictures) -> Iterator[None]:
    """Let everything inside of the block find these pictures."""
    token = _shared.set(pictures)
    try:
        yield
    finally:
        _shared.reset(token)


def find(file: Path, preprocess: Preprocess) -> Pixels | None:
    """Return a picture that is shared, (3, S, S) uint8, or None."""
    pictures = _shared.get()
    if pictures is None or pictures.preprocess != preprocess:
        return None
    row = pictures.rows.get(file)
    return None if row is None else pictures.pixels[row]
