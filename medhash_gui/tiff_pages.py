"""Find the pages of a TIFF, and read the values of those that lose nothing.

After TIFF 6.0 and the BigTIFF extension. Pages are the entries of the file's chain of
directories that are no thumbnail and no mask (NewSubfileType, tag 254). Values come out
exactly as stored, of any depth, order of bytes, planes, strips or tiles: libtiff, which
Pillow brings, undoes the compression of what it is told are plain bytes, and what the
bytes mean is worked out here. Other readers clip them to 8 bits, take planes for
pixels, or signed for unsigned.
"""

from __future__ import annotations

import io
import struct
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image

MAX_PAGES = 10_000
"""After as many pages the rest of a file is left out, with a note."""

_MOST_ENTRIES = 512
_MOST_SAMPLES = 8
_MOST_VALUES = 2**22
# Codes of the types of values: struct letters; RATIONAL and the like are not needed.
_TYPES = {1: "B", 3: "H", 4: "I", 6: "b", 7: "B", 8: "h", 9: "i", 13: "I", 16: "Q"}
_WANTED = frozenset({
    254, 255, 256, 257, 258, 259, 262, 266, 273, 274, 277, 278, 279, 284, 317, 320, 322,
    323, 324, 325, 338, 339, 34675,
})  # fmt: skip
# Raw, LZW, Deflate (two numbers), PackBits, LZMA, Zstandard.
_LOSSLESS = frozenset({1, 5, 8, 32946, 32773, 34925, 50000})
_REDUCED_OR_MASK = 0b101


@dataclass(frozen=True, slots=True)
class Page:
    """One page: where its directory is, and the tags that say how it is stored.

    Attributes:
        data: the whole file.
        offset: place of the directory in the file, in bytes.
        entries: of each tag the ``struct`` code, the place and the count of its values.
        order: byte order as ``struct`` writes it.
    """

    data: bytes = field(repr=False)
    offset: int
    entries: dict[int, tuple[str, int, int]]
    order: Literal["<", ">"]

    def values(self, tag: int, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        """Return the values of a tag.

        Raises:
            ValueError: there are more than any file needs.
        """
        if tag not in self.entries:
            return default
        code, place, count = self.entries[tag]
        if count > _MOST_VALUES:
            message = "too many values in a tag"
            raise ValueError(message)
        found: tuple[int, ...]
        found = struct.unpack_from(f"{self.order}{count}{code}", self.data, place)
        return found or default

    def get(self, tag: int, default: int) -> int:
        """Return the first value of a tag."""
        code, place, count = self.entries.get(tag, ("", 0, 0))
        if not count:
            return default
        (value,) = struct.unpack_from(f"{self.order}{code}", self.data, place)
        return int(value)

    def raw(self, tag: int) -> bytes:
        """Return the bytes of a tag's values."""
        code, place, count = self.entries.get(tag, ("B", 0, 0))
        return self.data[place : place + count * struct.calcsize(code)]

    @property
    def width(self) -> int:
        """Pixels in a row, before the orientation is applied."""
        return self.get(256, 0)

    @property
    def height(self) -> int:
        """Rows, before the orientation is applied."""
        return self.get(257, 0)

    @property
    def samples(self) -> int:
        """Values a pixel."""
        return self.get(277, 1)

    @property
    def bits(self) -> int:
        """Bits a value; the most where they differ."""
        return max(self.values(258, (1,)))

    @property
    def photometric(self) -> int:
        """PhotometricInterpretation; where it is missing, black is zero, or RGB."""
        return self.get(262, 2 if self.samples >= 3 else 1)

    @property
    def stored_bytes(self) -> int:
        """Bytes of the values once they are unpacked, those of whole tiles."""
        across, down = self.get(322, 1) or 1, self.get(323, 1) or 1
        width = -(-self.width // across) * across
        height = -(-self.height // down) * down
        return width * height * self.samples * max(self.bits, 8) // 8

    @property
    def is_exact(self) -> bool:
        """Whether ``values`` can read it."""
        bits = set(self.values(258, (1,)))
        kinds = set(self.values(339, (1,)))
        return (
            self.get(259, 1) in _LOSSLESS
            and len(bits) == len(kinds) == 1
            and (kinds, bits) != ({3}, {8})
            and kinds <= {1, 2, 3}
            and (self.bits in (8, 16, 32, 64) or (self.bits < 16 and kinds == {1}))
            and 1 <= self.samples <= _MOST_SAMPLES
            and self.get(317, 1) in (1, 2, 3)
            and (self.get(317, 1) == 1 or self.bits % 8 == 0)
        )


def find_pages(data: bytes) -> tuple[list[Page], bool]:
    """Return the pages of a TIFF, and whether its chain of them is whole.

    Raises:
        ValueError, struct.error, KeyError: there is no first page.
    """
    order: Literal["<", ">"] = "<" if data[:2] == b"II" else ">"
    big = 43 in data[2:4]
    first = struct.unpack_from(
        f"{order}Q" if big else f"{order}I", data, 8 if big else 4
    )
    offset, seen = first[0], set[int]()
    found: list[Page] = []
    while offset and offset not in seen and len(seen) < MAX_PAGES:
        seen.add(offset)
        try:
            page, following = _directory(data, offset, order=order, big=big)
        except (ValueError, struct.error):
            if not found:
                raise
            break
        found.append(page)
        offset = following
    pages = [page for page in found if not _is_aside(page)] or found[:1]
    if not pages:
        message = "a TIFF without a directory"
        raise ValueError(message)
    return pages, offset == 0


def _is_aside(page: Page) -> bool:
    # Tag 255 is the old one of the same meaning, 2 a thumbnail.
    return bool(page.get(254, 0) & _REDUCED_OR_MASK) or page.get(255, 0) == 2


def _directory(
    data: bytes, offset: int, *, order: Literal["<", ">"], big: bool
) -> tuple[Page, int]:
    count_code, entry_code, next_code = ("Q", "HHQ", "Q") if big else ("H", "HHI", "I")
    (count,) = struct.unpack_from(order + count_code, data, offset)
    start = offset + struct.calcsize(order + count_code)
    room, entry_bytes = (8, 20) if big else (4, 12)
    entries: dict[int, tuple[str, int, int]] = {}
    for number in range(min(count, _MOST_ENTRIES)):
        place = start + number * entry_bytes
        tag, kind, values = struct.unpack_from(order + entry_code, data, place)
        if tag not in _WANTED or kind not in _TYPES:
            continue
        code = _TYPES[kind]
        size = struct.calcsize(code) * values
        place += entry_bytes - room
        if size > room:
            (place,) = struct.unpack_from(order + next_code, data, place)
        if place + size > len(data):
            message = "values outside of the file"
            raise ValueError(message)
        entries[tag] = (code, place, values)
    if 256 not in entries or 257 not in entries:
        message = "a directory without a picture"
        raise ValueError(message)
    after = start + count * entry_bytes
    try:
        (following,) = struct.unpack_from(order + next_code, data, after)
    except struct.error:
        following = 0  # cut off, or left out by a careless writer
    return Page(data, offset, entries, order), following


def single(page: Page) -> bytes:
    """Return the page's file with this page as its first."""
    data = page.data
    if data[2:4] in (b"+\0", b"\0+"):
        return data[:8] + struct.pack(f"{page.order}Q", page.offset) + data[16:]
    return data[:4] + struct.pack(f"{page.order}I", page.offset) + data[8:]


def values(page: Page) -> npt.NDArray[Any]:
    """Return the values of a page exactly as stored, in the machine's byte order.

    Args:
        page: a page with ``is_exact``.

    Returns:
        Shape ``(H, W, samples)``, of the declared kind and depth; values of a depth
        between, such as 12 bits, as uint16.

    Raises:
        Exception: of any type, where the data are broken or cut short.
    """
    planes = page.samples if page.get(284, 1) == 2 else 1
    read = [_plane(page, number, planes) for number in range(planes)]
    return read[0] if planes == 1 else np.concatenate(read, axis=2)


def _plane(page: Page, number: int, planes: int) -> npt.NDArray[Any]:
    """Return one plane, of all samples (one plane) or of one of them."""
    samples = page.samples if planes == 1 else 1
    width, height = page.width, page.height
    tile_width = tile_height = 0
    if 324 in page.entries:
        # Whole tiles: their last columns count when a prediction is undone.
        tile_width, tile_height = page.get(322, 0), page.get(323, 0)
        width = -(-width // tile_width) * tile_width
        height = -(-height // tile_height) * tile_height
    row_bytes = -(-width * samples * page.bits // 8)
    tags: dict[int, tuple[int, ...]]
    tags = {256: (row_bytes,), 257: (height,), 258: (8,), 262: (1,), 277: (1,)}
    tags |= {tag: page.values(tag) for tag in (259, 266) if tag in page.entries}
    if tile_width:
        tile_bytes = -(-tile_width * samples * page.bits // 8)
        tags |= {322: (tile_bytes,), 323: (tile_height,)}
        places = (324, 325)
    else:
        tags[278] = (min(page.get(278, height), height),)
        places = (273, 279)
    for tag in places:
        found = page.values(tag)
        each = len(found) // planes
        tags[tag] = found[number * each : (number + 1) * each]
    with Image.open(
        io.BytesIO(_with_directory(page.data, tags)), formats=["TIFF"]
    ) as file:
        file.load()
        raw = np.asarray(file)  # (height, row_bytes) uint8
    unpredicted = _undo_prediction(raw, page, samples, tile_width or width)
    return unpredicted[: page.height, : page.width]


def _with_directory(data: bytes, tags: dict[int, tuple[int, ...]]) -> bytes:
    """Return a little-endian TIFF with these tags over the same data."""
    body: list[bytes | memoryview] = [b"II*\0\0\0\0\0", memoryview(data)[8:]]
    end = max(len(data), 8)
    end_padding = -end % 8
    body.append(bytes(end_padding))
    end += end_padding
    entries = []
    for tag in sorted(tags):
        packed = struct.pack(f"<{len(tags[tag])}I", *tags[tag])
        if len(packed) > 4:
            place = struct.pack("<I", end)
            body.append(packed)
            end += len(packed)
        else:
            place = packed.ljust(4, b"\0")
        entries.append(struct.pack("<HHI", tag, 4, len(tags[tag])) + place)
    body += [struct.pack("<H", len(entries)), *entries, b"\0\0\0\0"]
    whole = bytearray(b"".join(body))
    struct.pack_into("<I", whole, 4, end)
    return bytes(whole)


def _undo_prediction(
    raw: npt.NDArray[np.uint8], page: Page, samples: int, block_width: int
) -> npt.NDArray[Any]:
    """Return values from bytes; predictions (tag 317) start anew in each block."""
    height = raw.shape[0]
    kind = {1: "u", 2: "i", 3: "f"}[page.get(339, 1)]
    if page.bits % 8:
        return _unpacked(raw, page.bits, samples)
    dtype = np.dtype(f"{kind}{page.bits // 8}")
    predictor = page.get(317, 1)
    if predictor == 3 and kind == "f":
        blocks = raw.reshape(height, -1, block_width * samples * dtype.itemsize)
        steps = blocks.reshape(*blocks.shape[:2], -1, samples)
        whole = np.cumsum(steps, axis=2, dtype=np.uint8)
        # Of each value the highest byte first, those of a row together.
        bytes_of = whole.reshape(*blocks.shape[:2], dtype.itemsize, -1)
        joined = np.ascontiguousarray(np.swapaxes(bytes_of, 2, 3))
        floats = joined.view(dtype.newbyteorder(">"))
        return floats.astype(dtype).reshape(height, -1, samples)
    stored = np.ascontiguousarray(raw).view(dtype.newbyteorder(page.order))
    found = stored.astype(dtype).reshape(height, -1, samples)  # (H, W, samples)
    if predictor == 2:
        unsigned = found.view(f"u{dtype.itemsize}")
        for left in range(0, unsigned.shape[1], block_width):
            block = unsigned[:, left : left + block_width]
            np.cumsum(block, axis=1, dtype=unsigned.dtype, out=block)
    return found


def _unpacked(
    raw: npt.NDArray[np.uint8], bits: int, samples: int
) -> npt.NDArray[np.uint16]:
    """Return values of 1 to 15 bits that are packed without gaps in each row."""
    each = np.unpackbits(raw, axis=1)
    count = each.shape[1] // (bits * samples) * samples
    each = each[:, : count * bits].reshape(raw.shape[0], count, bits)
    found = np.zeros(each.shape[:2], np.uint16)
    for bit in range(bits):
        found = (found << 1) | each[..., bit]
    return found.reshape(raw.shape[0], -1, samples)
