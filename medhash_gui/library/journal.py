"""The journal of a library: rows and changes since the last segment, frame by frame.

A batch is one frame, and a frame counts as a whole or not at all: it carries its length
and a checksum, and is synced before the writer goes on. A torn frame can only be the
last one; it was never acknowledged, so it is cut off.

A frame is ``MHJ1``, first row (u64), length of the payload (u32), CRC-32 of the twelve
bytes before it and the payload (u32), payload; little-endian. The payload is the length
of a JSON head (u32), the head, and raw arrays in the order of ``_arrays``.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import details, routes
from medhash_gui.codes import HashCodes, code_bytes
from medhash_gui.library import durable
from medhash_gui.library.blocks import (
    DIGEST_BYTES,
    ROW_TYPES,
    TEXT_ROW_TYPES,
    Block,
    BlockTexts,
    RowChange,
    detail_text,
)
from medhash_gui.library.manifest import damaged
from medhash_gui.library.texts import Texts

HEADER = b"MHJRNL1\n"

_MAGIC = b"MHJ1"
_FRAME = struct.Struct("<4sQII")
_NUMBERS = struct.Struct("<QI")
_LENGTH = struct.Struct("<I")
_CHANGE_TYPES = {
    "row": int,
    "hidden": bool,
    "path": str,
    "size_bytes": int,
    "modified_ns": int,
    "labels": list,
    "patient_key": str,
    "case_key": str,
    "details": dict,
    "left_out": bool,
    "own_labels": bool,
}


@dataclass(frozen=True, eq=False)
class Entry:
    """One commit: new rows, changes to rows that exist, or both.

    Attributes:
        first_row: number of the first new row, or of the next one where none is new.
        block: the new rows' records, or None.
        codes: the new rows' codes with soft values, or None.
        changes: what is different about rows, applied after the new ones are in.
    """

    first_row: int
    block: Block | None = None
    codes: HashCodes | None = None
    changes: tuple[RowChange, ...] = ()

    @property
    def rows(self) -> int:
        """How many rows are new."""
        return 0 if self.block is None else len(self.block)


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a journal.

    Attributes:
        entries: the whole frames, in order.
        end: offset in bytes after the last whole frame.
        last_frame: the head of the last whole frame, by which a reader sees that the
            journal it knows is still the one on the disk.
        last_offset: where that frame begins.
    """

    entries: list[Entry]
    end: int
    last_frame: bytes
    last_offset: int


class JournalWriter:
    """Appends frames to a journal, each on the disk before the call returns."""

    def __init__(self, path: Path, *, end: int) -> None:
        """Open a journal whose whole frames end at ``end``; a torn tail is cut.

        Raises:
            OSError: the file cannot be written to.
        """
        self._descriptor = durable.open_to_append(path, end=end)
        self._end = end
        self._is_clean = True

    def append(self, entry: Entry) -> None:
        """Write one frame and sync it.

        Raises:
            OSError: the frame is not part of the journal; the ones before it are.
        """
        frame = frame_of(entry)
        if not self._is_clean:
            durable.cut(self._descriptor, end=self._end)
        self._is_clean = False
        try:
            durable.write(self._descriptor, frame)
            durable.sync(self._descriptor)
        except OSError:
            self._take_back()
            raise
        self._end += len(frame)
        self._is_clean = True

    def close(self) -> None:
        """Let the file go; every frame is on the disk already."""
        durable.close(self._descriptor)

    def _take_back(self) -> None:
        try:
            durable.cut(self._descriptor, end=self._end)
        except OSError:
            # Tried again before the next frame; whoever opens the file cuts it, too.
            return
        self._is_clean = True


def frame_of(entry: Entry) -> bytes:
    """Return an entry as the bytes of one frame."""
    head: dict[str, Any] = {
        "rows": entry.rows,
        "changes": [_change_as_json(change) for change in entry.changes],
    }
    arrays: list[bytes] = []
    if entry.block is not None and entry.codes is not None:
        head["bits"] = entry.codes.bits
        if entry.codes.routes:
            head["routes"] = entry.codes.routes
        texts = entry.block.texts
        head["path_bytes"] = len(texts.paths.data)
        head["patient_keys"] = entry.block.patient_keys
        head["label_sets"] = entry.block.label_sets
        for name in ("case_keys", "detail_texts"):
            table = getattr(texts, name)
            head[name] = [table.text(index) for index in range(len(table))]
        columns = {
            **{name: getattr(entry.block, name) for name in ("digests", *ROW_TYPES)},
            "path_offsets": texts.paths.offsets,
            "path_bytes": texts.paths.data,
            "packed": entry.codes.packed,
            "soft": entry.codes.soft_or_signs(),
            **{name: getattr(texts, name) for name in TEXT_ROW_TYPES},
        }
        arrays = [
            np.ascontiguousarray(columns[name], dtype).tobytes()
            for name, dtype, _ in _arrays(head)
        ]
    text = json.dumps(head, separators=(",", ":")).encode("ascii")
    payload = b"".join([_LENGTH.pack(len(text)), text, *arrays])
    numbers = _NUMBERS.pack(entry.first_row, len(payload))
    checksum = zlib.crc32(payload, zlib.crc32(numbers))
    return _FRAME.pack(_MAGIC, entry.first_row, len(payload), checksum) + payload


def header_and(entries: Sequence[Entry]) -> bytes:
    """Return the bytes of a new journal that begins with some entries."""
    return HEADER + b"".join(frame_of(entry) for entry in entries)


def head_at(path: Path, offset: int, known: bytes) -> bytes:
    """Return as many bytes at ``offset`` as ``known``, a frame's head, has."""
    with path.open("rb") as file:
        file.seek(offset)
        return file.read(len(known))


def read(path: Path, *, offset: int, next_row: int) -> Reading:
    """Return the whole frames of a journal from ``offset`` on.

    Args:
        path: the journal.
        offset: where a frame begins or the known ones end; 0 for the start of the file.
        next_row: number of the next new row at that offset.

    Raises:
        FileNotFoundError: there is no such journal.
        StoreFormatError: it is no journal, or damaged before its last frame.
    """
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read()
    start = 0
    if offset == 0:
        if data[: len(HEADER)] != HEADER:
            raise damaged(path.parent, path.name)
        start = len(HEADER)
    entries: list[Entry] = []
    last_frame, last_offset = b"", offset + start
    while True:
        payload = payload_at(data, start)
        if payload is None:
            break
        _, first_row, _, _ = _FRAME.unpack_from(data, start)
        try:
            entry = entry_of(first_row, payload)
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise damaged(path.parent, path.name) from error
        if first_row != next_row or any(
            not 0 <= change.row < first_row + entry.rows for change in entry.changes
        ):
            raise damaged(path.parent, path.name)
        entries.append(entry)
        next_row += entry.rows
        last_frame = data[start : start + _FRAME.size]
        last_offset = offset + start
        start += _FRAME.size + len(payload)
    if next_frame(data, start) is not None:
        # A torn frame is the last one. This is not a torn tail, and cutting here would
        # throw committed rows away.
        raise damaged(path.parent, path.name, "is damaged in the middle")
    return Reading(entries, offset + start, last_frame, last_offset)


def payload_at(data: bytes, start: int) -> memoryview | None:
    """Return the payload of the frame at ``start``, or None where none is whole."""
    if len(data) - start < _FRAME.size:
        return None
    magic, first_row, length, checksum = _FRAME.unpack_from(data, start)
    payload = memoryview(data)[start + _FRAME.size :][:length]
    if magic != _MAGIC or len(payload) < length:
        return None
    numbers = _NUMBERS.pack(first_row, length)
    if zlib.crc32(payload, zlib.crc32(numbers)) != checksum:
        return None
    return payload


def next_frame(data: bytes, start: int) -> int | None:
    """Return where the first whole frame behind ``start`` begins, or None."""
    found = data.find(_MAGIC, start + 1)
    while found != -1:
        if payload_at(data, found) is not None:
            return found
        found = data.find(_MAGIC, found + 1)
    return None


def frame_at(data: bytes, start: int) -> tuple[Entry, int] | None:
    """Return the frame at ``start`` and where it ends, or None where none is whole.

    Raises:
        ValueError: it is whole, and contradicts itself.
    """
    payload = payload_at(data, start)
    if payload is None:
        return None
    _, first_row, _, _ = _FRAME.unpack_from(data, start)
    try:
        entry = entry_of(first_row, payload)
    except (ValueError, KeyError, TypeError, struct.error) as error:
        message = "a frame contradicts itself"
        raise ValueError(message) from error
    return entry, start + _FRAME.size + len(payload)


def entry_of(first_row: int, payload: memoryview) -> Entry:
    """Return what a payload says.

    Raises:
        ValueError, KeyError, TypeError, struct.error: it contradicts itself.
    """
    (length,) = _LENGTH.unpack_from(payload)
    place = _LENGTH.size + length
    head = json.loads(bytes(payload[_LENGTH.size : place]))
    changes = tuple(_change_from_json(change) for change in head["changes"])
    if not head["rows"]:
        return Entry(first_row, changes=changes)
    columns: dict[str, npt.NDArray[Any]] = {}
    for name, dtype, shape in _arrays(head):
        count = int(np.prod(shape))
        flat = np.frombuffer(payload, dtype, count, place)
        columns[name] = flat.reshape(shape)
        place += flat.nbytes
    made = routes.from_json(head.get("routes", []), head["rows"])
    codes = HashCodes(columns.pop("packed"), head["bits"], columns.pop("soft"), made)
    paths = Texts(columns.pop("path_offsets"), columns.pop("path_bytes"))
    if "case_keys" in head:
        texts = BlockTexts(
            paths=paths,
            case_keys=Texts.of(_texts(head["case_keys"])),
            detail_texts=Texts.of(_texts(head["detail_texts"])),
            **{name: columns.pop(name) for name in TEXT_ROW_TYPES},
        )
    else:
        texts = BlockTexts.without(paths)
    block = Block(
        **columns,
        patient_keys=_texts(head["patient_keys"]),
        label_sets=tuple(_texts(names) for names in head["label_sets"]),
        texts=texts,
        own_labels=np.zeros(head["rows"], np.uint8),
    )
    return Entry(first_row, block, codes, changes)


def _arrays(head: dict[str, Any]) -> list[tuple[str, str, tuple[int, ...]]]:
    """Return name, type and shape of the arrays behind a head, in their order."""
    rows, bits = head["rows"], head["bits"]
    return [
        ("digests", "|u1", (rows, DIGEST_BYTES)),
        *((name, dtype, (rows,)) for name, dtype in ROW_TYPES.items()),
        ("path_offsets", "<u8", (rows + 1,)),
        ("path_bytes", "|u1", (head["path_bytes"],)),
        ("packed", "|u1", (rows, code_bytes(bits))),
        ("soft", "<f2", (rows, bits)),
        *(
            (name, dtype, (rows,))
            for name, dtype in TEXT_ROW_TYPES.items()
            # A frame of format 1 knows neither cases nor details.
            if "case_keys" in head
        ),
    ]


def _change_as_json(change: RowChange) -> dict[str, Any]:
    values = {key: value for key, value in asdict(change).items() if value is not None}
    if change.details is not None:
        values["details"] = json.loads(detail_text(change.details) or "{}")
    return values


def _change_from_json(values: dict[str, Any]) -> RowChange:
    for name, value in values.items():
        if not isinstance(value, _CHANGE_TYPES[name]):
            message = f"{name} is not what it should be"
            raise TypeError(message)
    if "labels" in values:
        values["labels"] = _texts(values["labels"])
    if "details" in values:
        values["details"] = details.from_text(json.dumps(values["details"]))
    return RowChange(**values)


def _texts(values: list[Any]) -> tuple[str, ...]:
    if not {*map(type, values)} <= {str}:
        message = "a text is not a text"
        raise TypeError(message)
    return tuple(values)
