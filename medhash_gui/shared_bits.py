"""Bit by bit: what the codes of two pictures agree in, how firmly, and what it counts.

The *margin* of a bit is the network's value z_k: its sign is the bit, its size how far
the bit is from turning. Distances in bits count every bit alike; ties are ordered by
the cosine of the margins, to which bit k contributes ``z_k z'_k / (|z| |z'|)``.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import HashCodes

# A bit is close to turning when its margin is below this share of the mean margin.
_CLOSE = 0.25


@dataclass(frozen=True, eq=False)
class SharedBits:
    """Two codes side by side.

    Attributes:
        query: float32 (K,), margins of the query; signed.
        hit: float32 (K,), margins of the hit.
        agree: bool (K,), where both have the same bit.
        contribution: float32 (K,), of each bit to the cosine of the margins; they add
            up to it, in [-1, 1]. Agreeing bits are above 0, differing ones below.
        close: bool (K,), where either picture's bit is close to turning.
    """

    query: npt.NDArray[np.float32]
    hit: npt.NDArray[np.float32]
    agree: npt.NDArray[np.bool_]
    contribution: npt.NDArray[np.float32]
    close: npt.NDArray[np.bool_]

    @property
    def distance(self) -> int:
        """How many bits differ."""
        return int(np.count_nonzero(~self.agree))

    @property
    def close_differences(self) -> int:
        """How many of the differing bits are close to turning in either picture."""
        return int(np.count_nonzero(~self.agree & self.close))

    def order(self) -> npt.NDArray[np.intp]:
        """Return the bits from the one that separates most to the one that binds most.

        Differing bits come first: they are the fewer, and the ones to ask about.
        """
        return np.argsort(self.contribution, kind="stable")


def compare(query: HashCodes, hit: HashCodes) -> SharedBits:
    """Return two codes, one row each, side by side.

    Raises:
        ValueError: the codes are not of one length.
    """
    if query.bits != hit.bits:
        message = f"Codes of {query.bits} and of {hit.bits} bits cannot be compared."
        raise ValueError(message)
    first = query.soft_or_signs()[0].astype(np.float32)
    second = hit.soft_or_signs()[0].astype(np.float32)
    lengths = float(np.linalg.norm(first) * np.linalg.norm(second))
    product = first * second
    return SharedBits(
        query=first,
        hit=second,
        agree=query.signs()[0] == hit.signs()[0],
        contribution=product / lengths if lengths else product,
        close=_close(first) | _close(second),
    )


def _close(margins: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
    size = np.abs(margins)
    return np.asarray(size < _CLOSE * size.mean(), bool)
