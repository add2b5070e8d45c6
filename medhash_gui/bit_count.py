"""Hamming distances of a block of codes: by NumPy, or compiled where that is at hand.

NumPy makes two passes over a block, one for XOR and one for the count. A function that
numba compiles makes one, in half the time; but numba takes a second or more to load and
compile, so nothing here does that by itself: ``warm_up`` is called by whoever will ask
thousands of times, or has nothing better to do. Nothing that was compiled is kept on
the disk. Both ways give the same numbers.
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
# Given uint64 (n, W), uint64 (W,) and room for the answer, uint8 or uint16 (n,).
_Kernel = Callable[[Words, Words, Counts], None]

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
        if self._kernel is None:
            self._xor = np.empty(rows, np.uint64)
            self._part = np.empty(rows, np.uint8)

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
            self._kernel(block, code, counts)
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

    def of_one_word(block: Words, code: Words, counts: Counts) -> None:
        only = code[0]
        for row in range(len(counts)):
            counts[row] = ones(block[row, 0] ^ only)

    def of_words(block: Words, code: Words, counts: Counts) -> None:
        for row in range(len(counts)):
            total = unsigned(0)
            for index in range(len(code)):
                total += ones(block[row, index] ^ code[index])
            counts[row] = total

    signature = types.void(
        types.Array(unsigned, 2, "C", readonly=True),
        types.Array(unsigned, 1, "C", readonly=True),
        types.Array(numba.uint8 if narrow else numba.uint16, 1, "C"),
    )
    compile_ = numba.njit(signature, nogil=True)
    kernel: _Kernel = compile_(of_one_word if narrow else of_words)
    return kernel
