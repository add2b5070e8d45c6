"""Hamming distances of a block of codes: by NumPy, or compiled where that is at hand.

NumPy makes four passes over a block, for XOR, count, comparison and the places of the
few that are near. A function that numba compiles needs half the time; but numba takes a
second or more to load and compile, so nothing here does that by itself: ``warm_up`` is
called by whoever will ask thousands of times, or has nothing better to do. Nothing that
was compiled is kept on the disk. Both ways give the same numbers.
"""

from __future__ import annotations

import importlib
import importlib.util
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Counts = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]
Places = npt.NDArray[np.intp]
# Given uint64 (n, W) codes, uint64 (W,) one code, the greatest count that is wanted,
# and room for n counts and n places; returns how many places it found.
_Kernel = Callable[[Words, Words, int, Counts, Places], int]

# So few hits in a block are looked for one by one; more, by NumPy.
_SPARSE = 16

_kernels: dict[bool, _Kernel] = {}
_compiling = threading.Lock()


class BitCount:
    """Counts differing bits, in memory that is used again for each block."""

    def __init__(self, rows: int, width: int) -> None:
        """Take memory for blocks of at most ``rows`` codes of ``width`` words."""
        narrow = width == 1
        self._kernel = _kernels.get(narrow)
        self._counts: Counts = np.empty(rows, np.uint8)
        if not narrow:
            self._counts = np.empty(rows, np.uint16)
        self._most = int(np.iinfo(self._counts.dtype).max)
        if self._kernel is None:
            self._xor = np.empty(rows, np.uint64)
            self._part = np.empty(rows, np.uint8)
        else:
            self._places = np.empty(rows, np.intp)
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
        if self._kernel is not None:
            self._kernel(block, code, 0, counts, self._places)
            return counts
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
        if self._kernel is None:
            counts = self.distances(block, code)
            places = self._flags.at_most(counts, bound)
        else:
            counts = self._counts[: len(block)]
            bound = min(bound, self._most)
            found = self._kernel(block, code, bound, counts, self._places)
            places = self._places[:found].copy()
        return places, counts[places]


class Flags:
    """Finds the few small numbers of a block, in memory that is used again."""

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
        # In a long row of zeros a search for a byte is many times faster than NumPy.
        places: list[int] = []
        place = self._bytes.find(1, 0, len(values))
        while place >= 0:
            if len(places) == _SPARSE:
                return flags.nonzero()[0]
            places.append(place)
            place = self._bytes.find(1, place + 1, len(values))
        return np.array(places, np.intp)


def can_compile() -> bool:
    """Return whether numba is installed."""
    return importlib.util.find_spec("numba") is not None


def is_warm(width: int) -> bool:
    """Return whether codes of ``width`` words are counted by a compiled function."""
    return (width == 1) in _kernels


def warm_up(width: int) -> bool:
    """Compile for codes of ``width`` words; return whether that is done.

    False where numba is not installed, or does not work here.
    """
    with _compiling:
        if not is_warm(width) and can_compile():
            try:
                _kernels[width == 1] = _compiled(narrow=width == 1)
            except Exception:  # noqa: BLE001 whatever ails numba, NumPy answers, too
                return False
        return is_warm(width)


def cool_down() -> None:
    """Go back to NumPy."""
    _kernels.clear()


def _compiled(*, narrow: bool) -> _Kernel:
    # By name: what numba makes of a function has no types that would help here.
    numba = importlib.import_module("numba")
    unsigned, types = numba.uint64, numba.types

    # The compiler knows this way of counting and puts the machine's own in its place.
    pairs, fours = unsigned(0x5555555555555555), unsigned(0x3333333333333333)
    bytes_, sums = unsigned(0x0F0F0F0F0F0F0F0F), unsigned(0x0101010101010101)
    one, two, four, last = (unsigned(shift) for shift in (1, 2, 4, 56))

    def ones(word: Any) -> Any:  # noqa: ANN401 compiled for whole words
        word = word - ((word >> one) & pairs)
        word = (word & fours) + ((word >> two) & fours)
        word = (word + (word >> four)) & bytes_
        return (word * sums) >> last

    ones = numba.njit(inline="always")(ones)

    def of_one_word(
        block: Words, code: Words, bound: int, counts: Counts, places: Places
    ) -> int:
        only = code[0]
        for row in range(len(counts)):
            counts[row] = ones(block[row, 0] ^ only)
        return int(small(counts, bound, places))

    def of_words(
        block: Words, code: Words, bound: int, counts: Counts, places: Places
    ) -> int:
        for row in range(len(counts)):
            total = unsigned(0)
            for index in range(len(code)):
                total += ones(block[row, index] ^ code[index])
            counts[row] = total
        return int(small(counts, bound, places))

    def small(counts: Any, bound: Any, places: Any) -> Any:  # noqa: ANN401
        found = 0
        for start in range(0, len(counts), 256):
            part = counts[start : start + 256]
            least = part[0]
            for row in range(len(part)):
                least = min(least, part[row])
            if least <= bound:
                for row in range(len(part)):
                    if part[row] <= bound:
                        places[found] = start + row
                        found += 1
        return found

    small = numba.njit(inline="always")(small)

    count = numba.uint8 if narrow else numba.uint16
    signature = types.intp(
        types.Array(unsigned, 2, "C", readonly=True),
        types.Array(unsigned, 1, "C", readonly=True),
        count,
        types.Array(count, 1, "C"),
        types.Array(types.intp, 1, "C"),
    )
    compile_ = numba.njit(signature, nogil=True)
    kernel: _Kernel = compile_(of_one_word if narrow else of_words)
    return kernel
