"""Hamming distances of a block of codes, and which of them are small.

NumPy makes three passes over a block that stays in the cache: XOR, count, comparison.
The few rows that are near are then found by a search for a byte, which passes a long
row of zeros many times faster than NumPy (ADR 0013).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Places = npt.NDArray[np.intp]

# So few hits in a block are looked for one by one; more, by NumPy.
_SPARSE = 40


class BitCount:
    """Counts differing bits, in memory that is used again for each block."""

    def __init__(self, rows: int, width: int) -> None:
        """Take memory for blocks of at most ``rows`` codes of ``width`` words."""
        self._counts: Counts = np.empty(rows, np.uint8)
        if width > 1:
            self._counts = np.empty(rows, np.uint16)
        self._xor = np.empty(rows, np.uint64)
        self._part = np.empty(rows if width > 1 else 0, np.uint8)
        self._flags = Flags(rows)

    def distances(self, block: Words, code: Words) -> Counts:
        """Return how many bits of each code of a block differ; valid until next time.

        Args:
            block: uint64 (n, W).
            code: uint64 (W,).

        Returns:
            uint8 (n,) where W is 1, else uint16 (n,).
        """
        counts: Counts = self._counts[: len(block)]
        xor = self._xor[: len(block)]
        if len(code) == 1:
            np.bitwise_xor(block[:, 0], code[0], xor)
            np.bitwise_count(xor, counts)
            return counts
        part = self._part[: len(block)]
        counts[:] = 0
        for index, word in enumerate(code):
            np.bitwise_xor(block[:, index], word, xor)
            np.bitwise_count(xor, part)
            np.add(counts, part, counts)
        return counts

    def near(self, block: Words, code: Words, bound: int) -> tuple[Places, Counts]:
        """Return where in a block at most ``bound`` bits differ, and how many do."""
        counts = self.distances(block, code)
        places = self._flags.at_most(counts, bound)
        return places, counts[places]


class Flags:
    """Looks for small numbers, in memory that is used again for each block."""

    def __init__(self, rows: int) -> None:
        """Take memory for blocks of at most ``rows`` numbers."""
        self._bytes = bytearray(rows)
        self._flags = np.frombuffer(self._bytes, np.bool_)

    def at_most(self, values: npt.NDArray[Any], bound: int) -> Places:
        """Return where numbers are at most ``bound``, ascending.

        NumPy takes a Python number for one of the values' type where it fits into it.
        """
        flags = self._flags[: len(values)]
        np.less_equal(values, bound, flags)
        places: list[int] = []
        place = self._bytes.find(1, 0, len(values))
        while place >= 0:
            if len(places) == _SPARSE:
                return flags.nonzero()[0]
            places.append(place)
            place = self._bytes.find(1, place + 1, len(values))
        return np.array(places, np.intp)
