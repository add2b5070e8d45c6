"""Many texts as two arrays: the bytes of all of them, and where each one ends.

Text is UTF-8; a lone surrogate, which stands for a byte of a POSIX file name that is
not UTF-8, is kept as the three bytes of its code point, so every name comes back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt


class TextSource(Protocol):
    """Numbered texts, in memory or on the disk."""

    def __len__(self) -> int:
        """Return how many texts there are."""
        ...

    def text(self, index: int) -> str:
        """Return one text."""
        ...


@dataclass(frozen=True, eq=False, slots=True)
class Texts:
    """Texts in memory.

    Attributes:
        offsets: uint64 (n + 1,) where each text begins and the last one ends.
        data: uint8 (bytes,) all texts, one after the other.
    """

    offsets: npt.NDArray[np.uint64]
    data: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        check_offsets(self.offsets, len(self.data))

    @classmethod
    def of(cls, texts: Iterable[str]) -> Texts:
        """Return some texts as arrays."""
        encoded = [encode(text) for text in texts]
        offsets = np.zeros(len(encoded) + 1, np.uint64)
        np.cumsum([len(text) for text in encoded], out=offsets[1:], dtype=np.uint64)
        return cls(offsets, np.frombuffer(b"".join(encoded), np.uint8))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def text(self, index: int) -> str:
        """Return one text."""
        start, stop = self.offsets[index : index + 2].tolist()
        return decode(self.data[start:stop].tobytes())

    def slice(self, first: int, stop: int) -> list[str]:
        """Return the texts ``first`` to ``stop``."""
        data = self.data.tobytes()
        ends = pairwise(self.offsets[first : stop + 1].tolist())
        if data.isascii():
            text = data.decode("ascii")
            return [text[start:stop] for start, stop in ends]
        return [decode(data[start:stop]) for start, stop in ends]

    def find(self, text: str) -> int:
        """Return the number of a text, or -1 where it is not among them."""
        wanted, data = encode(text), self.data.tobytes()
        place = data.find(wanted)
        while place != -1:
            index = int(np.searchsorted(self.offsets, place, side="right")) - 1
            start, stop = self.offsets[index : index + 2].tolist()
            if (start, stop) == (place, place + len(wanted)):
                return index
            place = data.find(wanted, place + 1)
        return -1


def check_offsets(offsets: npt.NDArray[np.uint64], size: int) -> None:
    """Raise where offsets do not cut ``size`` bytes into pieces.

    Raises:
        ValueError: they do not ascend from 0 to ``size``.
    """
    if (
        offsets.ndim != 1
        or not len(offsets)
        or offsets[0] != 0
        or offsets[-1] != size
        or not bool(np.all(offsets[1:] >= offsets[:-1]))
    ):
        message = "the columns contradict each other"
        raise ValueError(message)


def encode(text: str) -> bytes:
    """Return a text as bytes."""
    return text.encode("utf-8", "surrogatepass")


def decode(data: bytes) -> str:
    """Return the text of some bytes that ``encode`` made."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        # Not of our making; a path that leads nowhere is shown rather than a failure.
        return data.decode("utf-8", "replace")
