"""Details of a segment: texts that are read from the disk when one is asked for.

A million of them are hundreds of megabytes, nearly all alike. They lie one after the
other, cut into pages of 16 KiB, each compressed with zlib, whose checksum tells damage.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.library.manifest import damaged
from medhash_gui.library.texts import TextSource, check_offsets, decode, encode

PAGE_BYTES = 16_384

_LEVEL = 6


class DetailPages:
    """The details of a segment, by number."""

    def __init__(
        self,
        path: Path,
        place: int,
        size_bytes: int,
        *,
        offsets: npt.NDArray[np.uint64],
        pages: npt.NDArray[np.uint64],
    ) -> None:
        """Take the place of some details.

        Args:
            path: the segment's file.
            place: where in the file the compressed pages begin, in bytes.
            size_bytes: length of all compressed pages together.
            offsets: uint64 (n + 1,) where each text begins, and the last one ends, in
                the pages as they were before compression.
            pages: uint64 (p + 1,) where each compressed page begins, and the last one
                ends, counted from ``place``.

        Raises:
            ValueError: the numbers contradict each other.
        """
        check_offsets(pages, size_bytes)
        self._size = int(offsets[-1]) if len(offsets) else 0
        check_offsets(offsets, self._size)
        if len(pages) - 1 != -(-self._size // PAGE_BYTES):
            message = "pages are missing"
            raise ValueError(message)
        self._path = path
        self._place = place
        self._offsets = offsets
        self._pages = pages
        # Rows are mostly asked for in their order; replaced as a whole, for threads.
        self._last: tuple[int, bytes] = (-1, b"")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def text(self, index: int) -> str:
        """Return one text.

        Raises:
            FileNotFoundError: a writer has replaced the segment meanwhile.
            StoreFormatError: the file has been cut off or damaged.
        """
        start, stop = self._offsets[index : index + 2].tolist()
        first = start // PAGE_BYTES
        data = b"".join(
            self._page(number) for number in range(first, -(-stop // PAGE_BYTES))
        )
        start -= first * PAGE_BYTES
        return decode(data[start : stop - first * PAGE_BYTES])

    def _page(self, number: int) -> bytes:
        known, data = self._last
        if known == number:
            return data
        start, stop = self._pages[number : number + 2].tolist()
        with self._path.open("rb", buffering=0) as file:
            file.seek(self._place + start)
            packed = file.read(stop - start)
        size = min(PAGE_BYTES, self._size - number * PAGE_BYTES)
        unpacking = zlib.decompressobj()
        try:
            data = unpacking.decompress(packed, size)
            # The checksum comes last; more than a page would be a stranger's trap.
            rest = unpacking.decompress(unpacking.unconsumed_tail, 1)
        except zlib.error as error:
            raise damaged(self._path.parent, self._path.name) from error
        if len(data) != size or rest or not unpacking.eof:
            raise damaged(self._path.parent, self._path.name)
        self._last = (number, data)
        return data


def packed(
    texts: TextSource,
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Return texts as ``offsets``, ``pages`` and the bytes of the compressed pages."""
    encoded = [encode(texts.text(index)) for index in range(len(texts))]
    offsets = _ends(encoded)
    data = b"".join(encoded)
    pages = [
        zlib.compress(data[start : start + PAGE_BYTES], _LEVEL)
        for start in range(0, len(data), PAGE_BYTES)
    ]
    return offsets, _ends(pages), np.frombuffer(b"".join(pages), np.uint8)


def _ends(pieces: list[bytes]) -> npt.NDArray[np.uint64]:
    offsets = np.zeros(len(pieces) + 1, np.uint64)
    np.cumsum([len(piece) for piece in pieces], out=offsets[1:], dtype=np.uint64)
    return offsets
