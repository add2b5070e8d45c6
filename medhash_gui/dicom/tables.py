"""Look-up tables of DICOM objects: grey ones, palettes, and palettes in segments.

Written here rather than taken from ``pydicom.pixels``, whose look-ups wrap where a
table has 8-bit entries, and whose indirect segments count entries where the Standard
counts bytes. Nothing here imports pydicom.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MOST_ENTRIES = 2**16
"""The largest table that a descriptor can announce (PS3.3 C.7.6.3.1.5)."""

_DISCRETE, _LINEAR, _INDIRECT = 0, 1, 2


def byte_order(dataset: Dataset) -> str:
    """Return "<" or ">", the order in which the object was written."""
    return ">" if dataset.original_encoding[1] is False else "<"


# --- grey ---------------------------------------------------------------------


def usable(items: Sequence[Dataset] | None) -> list[Dataset]:
    """Return the tables of a sequence, without those whose elements are empty."""
    return [
        item
        for item in items or ()
        if item.get("LUTData") and len(item.get("LUTDescriptor") or ()) == 3
    ]


def look_up(
    values: npt.NDArray[Any], item: Dataset, dataset: Dataset
) -> npt.NDArray[np.uint16]:
    """Map values through a Modality or VOI LUT (PS3.3 C.11.1.1 and C.11.2.1.1).

    Values below the first one mapped take the first entry, those above the last one
    take the last; fractions are dropped, since a table has no entries in between.

    Args:
        values: any shape, integer or float.
        item: item of the LUT Sequence.
        dataset: the object, for its byte order.

    Returns:
        Entries, uint16, of the same shape.

    Raises:
        ValueError: the table is shorter than its descriptor says.
    """
    entries, first, _ = _grey_table(item, dataset)
    if first > 2**15 - 1 and values.min(initial=0) < 0:
        first -= 2**16  # a negative first value that was written as unsigned
    position = np.floor(np.nan_to_num(values)) - float(first)
    looked_up: npt.NDArray[np.uint16] = entries[
        np.clip(position, 0, len(entries) - 1).astype(np.intp)
    ]
    return looked_up


def white_of(item: Dataset, dataset: Dataset) -> np.float32:
    """Return the entry that stands for white: more bits may be used than declared."""
    entries, _, bits = _grey_table(item, dataset)
    used = int(entries.max()).bit_length()
    return np.float32(2 ** max(bits, used, 1) - 1)


def _grey_table(
    item: Dataset, dataset: Dataset
) -> tuple[npt.NDArray[np.uint16], int, int]:
    """Return entries, first value mapped and bits of an entry."""
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = count or MOST_ENTRIES
    data = item.LUTData
    if isinstance(data, bytes):
        return _entries(data, count, byte_order(dataset)), first, bits
    entries = np.atleast_1d(np.asarray(data, dtype=np.uint16))
    if len(entries) < count:
        message = f"{len(entries)} entries of {count}"
        raise ValueError(message)
    return entries[:count], first, bits


def _entries(data: bytes, count: int, order: str) -> npt.NDArray[np.uint16]:
    """Return entries of 16 bits, one a word, or of 8 bits, packed two to a word."""
    if len(data) >= 2 * count:
        return np.frombuffer(data, f"{order}u2", count=count).astype(np.uint16)
    if len(data) < count:
        message = f"{len(data)} bytes for {count} entries"
        raise ValueError(message)
    if order == ">" and len(data) % 2 == 0:
        # The first of two lies in the low byte (PS3.3 C.7.6.3.1.6), which big endian
        # writes last.
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    return np.frombuffer(data, "u1", count=count).astype(np.uint16)


# --- palettes -----------------------------------------------------------------


def palette(values: npt.NDArray[Any], dataset: Dataset) -> npt.NDArray[np.float32]:
    """Return the colours of palette indices (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6, C.7.9).

    Args:
        values: ``(H, W)``, integer, as stored.
        dataset: the object, with three Palette Color Lookup Tables, plain or segmented.

    Returns:
        float32 ``(H, W, 3)`` RGB, [0, 1].

    Raises:
        KeyError: a table is missing.
        ValueError: a table is shorter than its descriptor says, in bytes or words.
    """
    tables = [
        _palette_table(dataset, f"{colour}PaletteColorLookupTable")
        for colour in ("Red", "Green", "Blue")
    ]
    # Descriptors of 16 bits over entries of 8 bits exist, and the reverse; the three
    # tables share one white.
    in_words = all(words for _, _, _, words in tables)
    used = max(int(entries.max()).bit_length() for entries, _, _, _ in tables)
    declared = max(bits for _, _, bits, _ in tables)
    if used > 8 and not in_words:
        # One table says that it has more entries than it holds words for.
        message = "palettes of which some hold bytes and some words"
        raise ValueError(message)
    white = np.float32(65535 if in_words and max(declared, used) > 8 else 255)
    channels = []
    for entries, first, _, _ in tables:
        if first > 2**15 - 1 and values.min(initial=0) < 0:
            first -= 2**16
        position = np.clip(values.astype(np.int64) - first, 0, len(entries) - 1)
        channels.append(entries[position].astype(np.float32) / white)
    return np.stack(channels, axis=-1)


def _palette_table(
    dataset: Dataset, keyword: str
) -> tuple[npt.NDArray[np.uint16], int, int, bool]:
    """Return entries, first index mapped, bits of an entry, whether stored in words."""
    count, first, bits = (int(v) for v in dataset[f"{keyword}Descriptor"].value)
    count = count or MOST_ENTRIES
    order = byte_order(dataset)
    plain = dataset.get(f"{keyword}Data")
    if plain:
        return _entries(plain, count, order), first, bits, len(plain) >= 2 * count
    segments = dataset[f"Segmented{keyword}Data"].value
    wide = bits > 8
    return _expanded(segments, order=order, wide=wide, count=count), first, bits, wide


def _expanded(
    data: bytes, *, order: str, wide: bool, count: int
) -> npt.NDArray[np.uint16]:
    """Return the entries of a segmented palette (PS3.3 C.7.9.2).

    Raises:
        ValueError: a segment is unknown, misplaced or cut, or the table does not have
            ``count`` entries.
    """
    if not wide and order == ">":
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    words = np.frombuffer(data, f"{order}u2" if wide else "u1").tolist()
    entries: list[int] = []
    position = 0
    # A table of odd length is padded by one zero.
    while position + 1 < len(words) and len(entries) < count:
        position = _add_segment(words, position, entries, order=order, wide=wide)
    if len(entries) != count:
        message = f"segments give {len(entries)} entries of {count}"
        raise ValueError(message)
    return np.array(entries, np.uint16)


def _add_segment(
    words: list[int],
    position: int,
    entries: list[int],
    *,
    order: str,
    wide: bool,
    nested: bool = False,
) -> int:
    """Append what one segment gives and return the position of the next.

    Raises:
        IndexError: the data end within the segment.
        ValueError: the segment is unknown, misplaced or cut, or gives too much.
    """
    if len(entries) > MOST_ENTRIES:
        message = "segments give more entries than a table can have"
        raise ValueError(message)
    kind, length = words[position : position + 2]
    position += 2
    if kind == _DISCRETE:
        found = words[position : position + length]
        if len(found) < length:
            message = "a discrete segment is cut"
            raise ValueError(message)
        entries += found
        return position + length
    if not entries:
        message = "the first segment must be discrete"
        raise ValueError(message)
    if kind == _LINEAR:
        steps = np.linspace(entries[-1], words[position], length + 1)[1:]
        entries += np.rint(steps).astype(int).tolist()
        return position + 1
    if kind != _INDIRECT or nested:  # indirect segments do not nest (C.7.9.2.3)
        message = f"a segment of kind {kind}"
        raise ValueError(message)
    if wide:
        # Two words, the less significant first, in bytes from the start of the table.
        offset = (words[position] | words[position + 1] << 16) // 2
        after = position + 2
    else:
        offset = int.from_bytes(bytes(words[position : position + 4]), "little")
        after = position + 4
    for _ in range(length):
        offset = _add_segment(
            words, offset, entries, order=order, wide=wide, nested=True
        )
    return after
