"""How firmly an answer stands: small changes of the query, and what they turn over.

A turn of a few degrees, a slightly tighter crop, a little more or less contrast: none
changes what a picture shows. How many bits they flip, and how many of the first hits
they replace, is how much of the nearness is chance of the exposure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.codes import HashCodes

Array = npt.NDArray[np.float32]
Kind = Literal["rotation", "crop", "contrast"]

TURN_DEGREES = 3.0
CROP_SHARE = 0.05
CONTRAST_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Change:
    """A small change of a picture, and what became of its code.

    Attributes:
        kind: what was changed.
        amount: degrees of rotation, share that was cropped on all sides together, or
            share of contrast that was added.
        flipped: how many bits turned.
        bits: of how many.
        kept: how many of the first hits are still among as many first hits.
        hits: of how many.
    """

    kind: Kind
    amount: float
    flipped: int
    bits: int
    kept: int
    hits: int


def changes(
    model: ModelBundle,
    look: Look,
    nearest: Callable[[HashCodes], frozenset[int]],
) -> Iterator[Change]:
    """Yield what each small change of a picture does to its code and its hits.

    Args:
        model: whose codes they are.
        look: what it saw in the picture.
        nearest: returns the rows of the first hits of a code.
    """
    mean = np.array(model.preprocess.mean, np.float32)[:, None, None]
    std = np.array(model.preprocess.std, np.float32)[:, None, None]
    pixels = look.inputs * std + mean  # (3, S, S), in [0, 1]
    signs = look.codes.signs()[0]
    first = nearest(look.codes)
    for kind, amount, change in _CHANGES:
        changed = np.clip(change(pixels), 0, 1)
        codes = model.encode(((changed - mean) / std)[np.newaxis].astype(np.float32))
        yield Change(
            kind=kind,
            amount=amount,
            flipped=int(np.count_nonzero(codes.signs()[0] != signs)),
            bits=look.codes.bits,
            kept=len(first & nearest(codes)),
            hits=len(first),
        )


def _moved(pixels: Array, *, degrees: float = 0.0, scale: float = 1.0) -> Array:
    side = pixels.shape[-1]
    middle = ((side - 1) / 2, (side - 1) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, scale)
    turned = cv2.warpAffine(np.moveaxis(pixels, 0, 2), matrix, (side, side))
    return np.moveaxis(np.asarray(turned, np.float32), 2, 0)


def _contrasted(pixels: Array, *, factor: float) -> Array:
    mean = pixels.mean()
    return np.asarray((pixels - mean) * factor + mean, np.float32)


_CHANGES: tuple[tuple[Kind, float, Callable[[Array], Array]], ...] = (
    ("rotation", -TURN_DEGREES, partial(_moved, degrees=TURN_DEGREES)),
    ("rotation", TURN_DEGREES, partial(_moved, degrees=-TURN_DEGREES)),
    ("crop", CROP_SHARE, partial(_moved, scale=1 / (1 - CROP_SHARE))),
    ("contrast", -CONTRAST_SHARE, partial(_contrasted, factor=1 - CONTRAST_SHARE)),
    ("contrast", CONTRAST_SHARE, partial(_contrasted, factor=1 + CONTRAST_SHARE)),
)
