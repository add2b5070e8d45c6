"""A share of cases, and the interval that so few cases allow.

The interval is Wilson's ("Probable Inference, the Law of Succession, and Statistical
Inference", JASA 1927).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True, slots=True)
class Share:
    """How many cases out of how many, and the interval that the number allows.

    Attributes:
        count: cases that have it.
        of: cases that were counted.
    """

    count: int
    of: int

    @property
    def value(self) -> float:
        """The share, in [0, 1]; 0 of nothing."""
        return self.count / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95 % interval, in [0, 1]; all of it where nothing was counted."""
        return wilson(self.count, self.of)


def wilson(count: float, of: float) -> tuple[float, float]:
    """Return the 95 % interval of a share of ``count`` out of ``of``, in [0, 1].

    Args:
        count: cases that have it; a fraction where cases count for less than one.
        of: cases that were counted.
    """
    if not of:
        return 0.0, 1.0
    share, square = count / of, _Z * _Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    spread = share * (1 - share) / of + square / (4 * of * of)
    half = _Z / (1 + square / of) * math.sqrt(max(0.0, spread))
    return max(0.0, middle - half), min(1.0, middle + half)
