"""Writes TIFF files of any kind, sound or broken on purpose."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np

_CODES = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}
_LONG, _SHORT, _BYTES = 4, 3, 7


@dataclass
class Sheet:
    """A page: its tags as (type, values), and its strips or tiles."""

    tags: dict[int, tuple[int, list[int]]]
    parts: list[bytes]
    are_tiles: bool = False
    data: list[int] = field(default_factory=list)


def sheet(
    values: np.ndarray,
    *,
    photometric: int | None = None,
    planar: int = 1,
    order: str = "<",
    compression: int = 1,
    predictor: int = 1,
    tile: int = 0,
    rows: int = 0,
    extra: tuple[int, ...] = (),
    more: dict[int, tuple[int, list[int]]] | None = None,
) -> Sheet:
    """Return a page of values (H, W) or (H, W, samples)."""
    values = np.atleast_3d(values)
    height, width, samples = values.shape
    kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    if photometric is None:
        photometric = 2 if samples >= 3 else 1
    planes = [values]
    if planar == 2:
        planes = [values[..., [sample]] for sample in range(samples)]
    parts = [
        _packed(block, order=order, compression=compression, predictor=predictor)
        for plane in planes
        for block in _blocks(plane, tile=tile, rows=rows or height)
    ]
    tags: dict[int, tuple[int, list[int]]] = {
        256: (_LONG, [width]),
        257: (_LONG, [height]),
        258: (_SHORT, [values.dtype.itemsize * 8] * samples),
        259: (_SHORT, [compression]),
        262: (_SHORT, [photometric]),
        277: (_SHORT, [samples]),
        284: (_SHORT, [planar]),
        317: (_SHORT, [predictor]),
        339: (_SHORT, [kind] * samples),
    }
    if tile:
        tags |= {322: (_LONG, [tile]), 323: (_LONG, [tile])}
    else:
        tags[278] = (_LONG, [rows or height])
    if extra:
        tags[338] = (_SHORT, list(extra))
    return Sheet(tags | (more or {}), parts, are_tiles=bool(tile))


def _blocks(plane: np.ndarray, *, tile: int, rows: int) -> list[np.ndarray]:
    height, width, _ = plane.shape
    if not tile:
        return [plane[top : top + rows] for top in range(0, height, rows)]
    padding = ((0, -height % tile), (0, -width % tile), (0, 0))
    plane = np.pad(plane, padding, mode="edge")
    return [
        plane[top : top + tile, left : left + tile]
        for top in range(0, plane.shape[0], tile)
        for left in range(0, plane.shape[1], tile)
    ]


def _packed(
    block: np.ndarray, *, order: str, compression: int, predictor: int
) -> bytes:
    if predictor == 2:
        unsigned = np.ascontiguousarray(block).view(f"u{block.dtype.itemsize}")
        unsigned = unsigned.reshape(block.shape)
        block = np.diff(unsigned, axis=1, prepend=np.zeros_like(unsigned[:, :1]))
    if predictor == 3:
        height, _, samples = block.shape
        swapped = block.astype(block.dtype.newbyteorder(">"))
        flat = np.ascontiguousarray(swapped).view(np.uint8)
        flat = flat.reshape(height, -1, block.dtype.itemsize)
        planes = np.swapaxes(flat, 1, 2).reshape(height, -1, samples)
        first = np.zeros_like(planes[:, :1])
        raw = np.diff(planes, axis=1, prepend=first).tobytes()
    else:
        raw = block.astype(block.dtype.newbyteorder(order)).tobytes()
    return zlib.compress(raw) if compression == 8 else raw


def tiff(*sheets: Sheet, order: str = "<", big: bool = False) -> bytes:
    """Return a file of pages."""
    out = bytearray(b"II" if order == "<" else b"MM")
    if big:
        out += struct.pack(f"{order}HHHQ", 43, 8, 0, 0)
    else:
        out += struct.pack(f"{order}HI", 42, 0)
    link = len(out) - (8 if big else 4)
    pointer, count_code, entry = ("Q", "Q", "HHQ") if big else ("I", "H", "HHI")
    room = struct.calcsize(pointer)
    for page in sheets:
        places = []
        for part in page.parts:
            out += bytes(-len(out) % 2)
            places.append(len(out))
            out += part
        tags = dict(page.tags)
        offsets, counts = (324, 325) if page.are_tiles else (273, 279)
        tags.setdefault(offsets, (_LONG, places))
        tags.setdefault(counts, (_LONG, [len(part) for part in page.parts]))
        entries = b""
        for tag in sorted(tags):
            kind, values = tags[tag]
            raw = struct.pack(f"{order}{len(values)}{_CODES[kind]}", *values)
            if len(raw) > room:
                out += bytes(-len(out) % 2)
                place = len(out)
                out += raw
                raw = struct.pack(order + pointer, place)
            head = struct.pack(order + entry, tag, kind, len(values))
            entries += head + raw.ljust(room, b"\0")
        out += bytes(-len(out) % 2)
        struct.pack_into(order + pointer, out, link, len(out))
        out += struct.pack(order + count_code, len(tags)) + entries
        link = len(out)
        out += bytes(room)
    return bytes(out)


def looped(data: bytes, order: str = "<") -> bytes:
    """Return a classic file whose last page is followed by its first."""
    out = bytearray(data)
    (first,) = struct.unpack_from(f"{order}I", data, 4)
    offset = first
    while offset:
        (count,) = struct.unpack_from(f"{order}H", data, offset)
        link = offset + 2 + 12 * count
        (offset,) = struct.unpack_from(f"{order}I", data, link)
    struct.pack_into(f"{order}I", out, link, first)
    return bytes(out)
