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

# So few hits in a block are looked for one by one.
_FEW = 12
# Where fewer than one number in so many is near, whole words of flags are passed over.
_SPARSE = 256
_FLAGS_A_WORD = 8


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
        self._bytes = bytearray(-(-rows // _FLAGS_A_WORD) * _FLAGS_A_WORD)
        self._flags = np.frombuffer(self._bytes, np.bool_)
        self._words = np.frombuffer(self._bytes, np.uint64)

    def at_most(self, values: npt.NDArray[Any], bound: int) -> Places:
        """Return where numbers are at most ``bound``, ascending.

        NumPy takes a Python number for one of the values' type where it fits into it.
        """
        flags = self._flags[: len(values)]
        np.less_equal(values, bound, flags)
        count = int(np.count_nonzero(flags))
        if count <= _FEW:
            return self._one_by_one(count, len(values))
        if count * _SPARSE < len(values):
            return self._by_words(len(values))
        return flags.nonzero()[0]

    def _one_by_one(self, count: int, length: int) -> Places:
        places: list[int] = []
        place = -1
        for _ in range(count):
            place = self._bytes.find(1, place + 1, length)
            places.append(place)
        return np.array(places, np.intp)

    def _by_words(self, length: int) -> Places:
        whole = -(-length // _FLAGS_A_WORD)
        # What an earlier, longer block left behind the last flag does not count.
        self._flags[length : whole * _FLAGS_A_WORD] = False
        words = (self._words[:whole] != 0).nonzero()[0]
        inside = self._flags.reshape(-1, _FLAGS_A_WORD)[words].ravel().nonzero()[0]
        first = words[inside // _FLAGS_A_WORD] * _FLAGS_A_WORD
        places: Places = first + inside % _FLAGS_A_WORD
        return places
