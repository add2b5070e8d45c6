"""Read of a damaged segment of codes what can still be read, row by row.

Bits and soft values say the same thing twice: a value's sign is its bit. The bits have
a checksum. Where it holds, soft values that contradict them are replaced by the signs;
where it does not, bits made from the soft values are right if they have that checksum,
and otherwise a row is kept where both agree.
"""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np
import numpy.typing as npt

from medhash_gui.codes import HashCodes, code_bytes
from medhash_gui.errors import StoreFormatError
from medhash_gui.library import segments
from medhash_gui.library.manifest import Segment
from medhash_gui.library.removed_rows import removed_codes
from medhash_gui.library.rescued_records import opened
from medhash_gui.library.segments import FAULTS, SOFT_ROWS
from medhash_gui.library.soft_values import SoftPlace
from medhash_gui.routes import Runs

_ROWS_AT_ONCE = 16_384


@dataclass(frozen=True, eq=False)
class RescuedCodes:
    """What could be read of a segment.

    Attributes:
        packed: uint8 (n, ceil(bits / 8)); of lost rows all 0.
        soft: where the soft values lie, or the values, float16 (n, bits).
        lost: which rows are lost, bool (n,).
        problem: what is wrong with the file, or "" where it is sound.
        without_soft: rows whose soft values were lost; they are the signs now.
        routes: how the codes were made; () of a file that is not sound.
    """

    packed: npt.NDArray[np.uint8]
    soft: SoftPlace | npt.NDArray[np.float16]
    lost: npt.NDArray[np.bool_]
    problem: str = ""
    without_soft: int = 0
    routes: Runs = ()


def rescue_codes(
    root: Path, segment: Segment, *, bits: int, model_id: str
) -> RescuedCodes:
    """Return the codes of a segment as far as they can be read."""
    none = np.zeros(segment.rows, np.bool_)
    try:
        packed, place, made = segments.read_codes(
            root, segment, bits=bits, model_id=model_id
        )
        wrong = _contradictions(packed, place, bits)
        wrong |= _changed(root / segment.file, place, segment.rows)
    except FileNotFoundError:
        return _nothing(segment, bits, "is missing")
    except StoreFormatError:
        file = opened(root / segment.file, segment.size_bytes)
        if file is None:
            return _nothing(segment, bits, "cannot be read at all")
        with file:
            return _from_damaged(file, segment, bits, model_id)
    if not wrong.any():
        return RescuedCodes(packed, place, none, routes=made)
    soft = place.read(np.arange(segment.rows))
    return _with_signs(packed, soft, wrong, bits)


def _contradictions(
    packed: npt.NDArray[np.uint8], place: SoftPlace, bits: int
) -> npt.NDArray[np.bool_]:
    """Return which rows have soft values that cannot be theirs, bool (n,)."""
    wrong = np.zeros(len(packed), np.bool_)
    for start in range(0, len(packed), _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(packed)))
        wrong[rows] = ~_agree(packed[rows], place.read(rows), bits)
    return wrong


def _changed(path: Path, place: SoftPlace, rows: int) -> npt.NDArray[np.bool_]:
    """Return which rows have soft values of another checksum than was written."""
    with h5py.File(path, "r", locking=False) as file:
        return _changed_rows(file, place.read(np.arange(rows)))


def _changed_rows(
    file: h5py.File, soft: npt.NDArray[np.float16]
) -> npt.NDArray[np.bool_]:
    """Return the same; none where the file has no such checksums, or damaged ones."""
    shape = (-(-len(soft) // SOFT_ROWS),)
    try:
        known = segments.Arrays(file).read("soft_crc32", "<u4", shape)
    except FAULTS:
        return np.zeros(len(soft), np.bool_)
    wrong: npt.NDArray[np.bool_] = segments.soft_checksums(soft) != known
    return np.repeat(wrong, SOFT_ROWS)[: len(soft)]


def _agree(
    packed: npt.NDArray[np.uint8], soft: npt.NDArray[np.float16], bits: int
) -> npt.NDArray[np.bool_]:
    """Return in which rows bits are the signs of the values, bool (n,).

    A value that float16 rounds to 0 had either sign.
    """
    ones = np.unpackbits(packed, axis=1, count=bits).view(np.bool_)
    fits = (soft == 0) | ((soft > 0) == ones)
    whole: npt.NDArray[np.bool_] = (fits & np.isfinite(soft)).all(axis=1)
    return whole


def _from_damaged(
    file: h5py.File, segment: Segment, bits: int, model_id: str
) -> RescuedCodes:
    rows = segment.rows
    arrays_shape = (rows, code_bytes(bits))
    try:
        if file.attrs["model_id"] != model_id or file.attrs["bits"] != bits:
            return _nothing(segment, bits, "is of another model")
        arrays = segments.Arrays(file)
        packed = arrays.dataset("packed", "|u1", arrays_shape)[()]
        known = json.loads(file.attrs.get("crc32", "{}")).get("packed")
    except FAULTS:
        return _nothing(segment, bits, "cannot be read at all")
    try:
        soft = arrays.dataset("soft", "<f2", (rows, bits))[()]
    except FAULTS:
        soft = np.zeros((rows, bits), np.float16)
    # Zeros are what a part that is not there is read as.
    agree = _agree(packed, soft, bits) & (soft != 0).any(axis=1)
    changed = _changed_rows(file, soft)
    spare = packed[:, -1] & ((1 << (8 * packed.shape[1] - bits)) - 1)
    if known is not None and zlib.crc32(packed.tobytes()) == known and not spare.any():
        return _with_signs(packed, soft, ~agree | changed, bits)
    made = np.packbits(soft >= 0, axis=1)
    if known is not None and zlib.crc32(made.tobytes()) == known:
        return RescuedCodes(made, soft, np.zeros(rows, np.bool_), "is damaged")
    lost = ~agree | (spare != 0)
    kept = np.where(lost[:, None], np.uint8(0), packed)
    signs = HashCodes(kept, bits).soft_or_signs()
    return RescuedCodes(
        kept,
        np.where((lost | changed)[:, None], signs, soft).astype(np.float16),
        lost,
        "is damaged",
        int(np.count_nonzero(changed & ~lost)),
    )


def _with_signs(
    packed: npt.NDArray[np.uint8],
    soft: npt.NDArray[np.float16],
    wrong: npt.NDArray[np.bool_],
    bits: int,
) -> RescuedCodes:
    signs = HashCodes(packed, bits).soft_or_signs()
    return RescuedCodes(
        packed,
        np.where(wrong[:, None], signs, soft).astype(np.float16),
        np.zeros(len(packed), np.bool_),
        "is damaged",
        int(np.count_nonzero(wrong)),
    )


def _nothing(segment: Segment, bits: int, problem: str) -> RescuedCodes:
    codes = removed_codes(segment.rows, bits)
    assert codes.soft is not None
    lost = np.ones(segment.rows, np.bool_)
    return RescuedCodes(codes.packed, codes.soft, lost, problem)
