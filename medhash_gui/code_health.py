"""How well codes use their bits, which no label is needed for.

A bit that is nearly always the same tells little, two bits that go together tell one
thing, and few different codes mean large ties.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class CodeHealth:
    """What a set of codes is like.

    Attributes:
        bits: length K of a code.
        pictures: number of codes.
        imbalance: mean over bits of |share of +1 - .5|; 0 is best, .5 is worst.
        constant_bits: bits that are the same in all codes.
        correlation: largest |correlation| of two bits that both vary; 0 where fewer
            than two do.
        unique: different codes.
        unique_per_class: label -> (different codes of the pictures with it, pictures).
    """

    bits: int
    pictures: int
    imbalance: float
    constant_bits: int
    correlation: float
    unique: int
    unique_per_class: dict[str, tuple[int, int]]


def examine(
    codes: npt.NDArray[np.floating | np.integer],
    labels: npt.NDArray[np.floating] | None = None,
    classes: tuple[str, ...] = (),
) -> CodeHealth:
    """Return what the codes are like.

    Args:
        codes: (N, K), above 0 for a set bit; N at least 1.
        labels: (N, C) 0/1, or None.
        classes: names of the label columns.
    """
    ones = codes > 0
    share = ones.mean(axis=0)  # (K,)
    varies = (share > 0) & (share < 1)
    return CodeHealth(
        bits=codes.shape[1],
        pictures=len(codes),
        imbalance=float(np.abs(share - 0.5).mean()),
        constant_bits=int((~varies).sum()),
        correlation=_largest_correlation(ones[:, varies]),
        unique=_unique(ones),
        unique_per_class={}
        if labels is None
        else {
            name: (_unique(ones[rows]), int(rows.sum()))
            for name, rows in zip(classes, labels.T > 0, strict=True)
            if rows.any()
        },
    )


def _largest_correlation(ones: npt.NDArray[np.bool_]) -> float:
    if ones.shape[1] < 2:
        return 0.0
    centred = ones - ones.mean(axis=0)
    centred /= np.sqrt((centred**2).sum(axis=0))
    found = np.abs(centred.T @ centred)  # (K, K)
    np.fill_diagonal(found, 0)
    return min(1.0, float(found.max()))


def _unique(ones: npt.NDArray[np.bool_]) -> int:
    return len(np.unique(np.packbits(ones, axis=1), axis=0))
