"""Turn the stored values of a DICOM frame into what a workstation would show.

Grey frames go through the grey-scale pipeline of DICOM PS3.3 in its order: modality
LUT or rescale (C.11.1), VOI LUT or window (C.11.2), then the inversion that MONOCHROME1
(C.7.6.3.1.2) or a Presentation LUT Shape of INVERSE (C.11.6) asks for. Palettes become
RGB (C.7.6.3.1.5). ``dicom`` parses and decodes; nothing here imports pydicom.

The look-ups and windows are written here rather than taken from ``pydicom.pixels``,
whose table look-up wraps in tables with 8-bit entries and which works in float64 with
three masks; the tests hold both against each other where both are right.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

DEFAULT_PERCENTILES = (0.5, 99.5)
"""Without a window: these percentiles of the frame become black and white."""


def grey(
    stored: npt.NDArray[Any], dataset: Dataset, *, index: int, notes: list[str]
) -> npt.NDArray[np.float32]:
    """Return a grey frame as shown: black 0, white 1, never inverted.

    After the modality LUT or rescale, the first VOI LUT decides what is black and
    white, else the first window, else the full range of an unsigned object of up to 8
    bits (its values are meant for display), else percentiles 0.5 and 99.5 of the frame
    without its padding. A window that is invalid, or under which the frame is one flat
    tone, is passed over with a note.

    Args:
        stored: ``(H, W)``, integer or float, as stored.
        dataset: the object, for its elements.
        index: the frame, for the functional groups of enhanced objects.
        notes: what a user should know is appended.

    Returns:
        float32 ``(H, W)``, [0, 1].
    """
    values = _modality(stored, dataset, index=index)
    padding = _padding_mask(stored, dataset)
    pixels = _voi(values, dataset, index=index, notes=notes)
    if pixels is None:
        pixels = _default_window(values, stored, padding, dataset)
    shape = str(dataset.get("PresentationLUTShape") or "").strip().upper()
    # MONOCHROME1 and INVERSE say the same thing in a conforming object (PS3.3
    # C.8.11.3.1.2): together they invert once, not twice.
    if dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE":
        np.subtract(np.float32(1), pixels, out=pixels)
    if padding is not None:
        pixels[padding] = 0  # padding is background, also where the rest is inverted
    return pixels


def _macro(dataset: Dataset, keyword: str, *, index: int) -> Dataset:
    """Return the item of an enhanced object's functional group, else the object.

    Enhanced objects keep rescale and window per frame or shared by all frames
    (PS3.3 C.7.6.16); all others keep them at the top level.
    """
    per_frame = dataset.get("PerFrameFunctionalGroupsSequence") or []
    shared = dataset.get("SharedFunctionalGroupsSequence") or []
    for group in [*per_frame[index : index + 1], *shared[:1]]:
        items = group.get(keyword)
        if items:
            return cast("Dataset", items[0])
    return dataset


def _modality(
    stored: npt.NDArray[Any], dataset: Dataset, *, index: int
) -> npt.NDArray[Any]:
    """Apply the modality LUT, else rescale slope and intercept (PS3.3 C.11.1)."""
    table = _usable(dataset.get("ModalityLUTSequence"))
    if table is not None:
        return _look_up(stored, table, dataset).astype(np.float32)
    # float32 counts to 2**24: wider integers and floats need the longer one.
    wide = stored.dtype.itemsize > 2
    values: npt.NDArray[Any] = stored.astype(np.float64 if wide else np.float32)
    item = _macro(dataset, "PixelValueTransformationSequence", index=index)
    slope, intercept = item.get("RescaleSlope"), item.get("RescaleIntercept")
    if slope is not None and intercept is not None:
        values = values * float(slope) + float(intercept)
    return values


def _voi(
    values: npt.NDArray[Any], dataset: Dataset, *, index: int, notes: list[str]
) -> npt.NDArray[np.float32] | None:
    """Apply the first VOI LUT, else the first window (PS3.3 C.11.2); None without."""
    item = _macro(dataset, "FrameVOILUTSequence", index=index)
    table = _usable(item.get("VOILUTSequence"))
    if table is not None:
        looked_up = _look_up(values, table, dataset)
        return _to_unit(looked_up / _table_white(table, dataset))
    centre, width = _first(item.get("WindowCenter")), _first(item.get("WindowWidth"))
    if centre is None or width is None:
        return None
    function = str(item.get("VOILUTFunction") or "LINEAR").strip().upper()
    if not width >= (1 if function == "LINEAR" else 1e-12):
        notes.append("Its window is invalid; the default window was used.")
        return None
    pixels = window(values, centre=centre, width=width, function=function)
    if pixels.min() == pixels.max() and values.min() != values.max():
        notes.append("Its window shows nothing; the default window was used.")
        return None
    return pixels


def window(
    values: npt.NDArray[Any], *, centre: float, width: float, function: str = "LINEAR"
) -> npt.NDArray[np.float32]:
    """Map values through a window to [0, 1] (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    Args:
        values: any shape, after the modality LUT.
        centre: window centre, in the unit of ``values``.
        width: window width, in the unit of ``values``; LINEAR needs 1 or more.
        function: "LINEAR", "LINEAR_EXACT" or "SIGMOID"; any other is taken as LINEAR.

    Returns:
        float32 of the same shape, [0, 1].
    """
    scaled = values.astype(np.float32) - np.float32(centre)
    if function == "SIGMOID":
        scaled *= np.float32(-4 / width)
        # exp overflows float32 beyond 88; past 60 the result is 0 or 1 all the same.
        return _to_unit(1 / (1 + np.exp(np.clip(scaled, -60, 60))))
    if function != "LINEAR_EXACT":
        scaled += np.float32(0.5)
        width -= 1
    if width <= 0:
        return (scaled > 0).astype(np.float32)
    scaled /= np.float32(width)
    scaled += np.float32(0.5)
    return _to_unit(scaled)


def _default_window(
    values: npt.NDArray[Any],
    stored: npt.NDArray[Any],
    padding: npt.NDArray[np.bool_] | None,
    dataset: Dataset,
) -> npt.NDArray[np.float32]:
    bits = int(dataset.get("BitsStored") or 16)
    if bits <= 8 and stored.dtype.kind == "u" and values.max() < 2**bits:
        return _to_unit(stored / np.float32(2**bits - 1))
    seen = values if padding is None or padding.all() else values[~padding]
    seen = seen[np.isfinite(seen)]
    if seen.size == 0:
        return np.zeros(values.shape, np.float32)
    low, high = np.percentile(seen, DEFAULT_PERCENTILES)
    if low == high:
        low, high = seen.min(), seen.max()
    if low == high:
        return np.zeros(values.shape, np.float32)
    return _to_unit((np.nan_to_num(values, nan=low) - low) / (high - low))


def _to_unit(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    clipped: npt.NDArray[np.float32] = np.clip(values, 0, 1).astype(np.float32)
    return clipped


def _padding_mask(
    stored: npt.NDArray[Any], dataset: Dataset
) -> npt.NDArray[np.bool_] | None:
    """Return where the frame is padding (PS3.3 C.7.5.1.1.2); None without any."""
    value = _first(dataset.get("PixelPaddingValue"))
    if value is None:
        return None
    limit = _first(dataset.get("PixelPaddingRangeLimit"))
    low, high = sorted((value, value if limit is None else limit))
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() else None


# --- tables -------------------------------------------------------------------


def _usable(items: Sequence[Dataset] | None) -> Dataset | None:
    """Return the first table of a sequence; None where its elements are empty."""
    if not items or not items[0].get("LUTData") or not items[0].get("LUTDescriptor"):
        return None
    return items[0]


def _table(item: Dataset, dataset: Dataset) -> tuple[npt.NDArray[np.uint16], int, int]:
    """Return entries, first value mapped and bits of a grey LUT (PS3.3 C.11.1.1)."""
    count, first, bits = (int(value) for value in item.LUTDescriptor)
    count = count or 2**16
    data = item.LUTData
    if isinstance(data, bytes):
        order = "<" if dataset.original_encoding[1] else ">"
        # Entries of 8 bits may be packed two to a word, or one.
        kind = "u1" if len(data) < 2 * count else f"{order}u2"
        entries = np.frombuffer(data, kind, count=count).astype(np.uint16)
    else:
        entries = np.atleast_1d(np.asarray(data, dtype=np.uint16))
    return entries, first, bits


def _look_up(
    values: npt.NDArray[Any], item: Dataset, dataset: Dataset
) -> npt.NDArray[np.uint16]:
    entries, first, _ = _table(item, dataset)
    if first > 2**15 - 1 and values.min() < 0:
        first -= 2**16  # a negative first value that was written as unsigned
    position = np.clip(np.nan_to_num(values) - float(first), 0, len(entries) - 1)
    looked_up: npt.NDArray[np.uint16] = entries[position.astype(np.intp)]
    return looked_up


def _table_white(item: Dataset, dataset: Dataset) -> np.float32:
    """Return the value that stands for white: more bits may be used than declared."""
    entries, _, bits = _table(item, dataset)
    used = int(entries.max()).bit_length()
    return np.float32(2 ** max(bits, used, 1) - 1)


# --- palette ------------------------------------------------------------------


def palette(values: npt.NDArray[Any], dataset: Dataset) -> npt.NDArray[np.float32]:
    """Return the colours of palette indices (PS3.3 C.7.6.3.1.5 and C.7.6.3.1.6).

    Args:
        values: ``(H, W)``, integer, as stored.
        dataset: the object, with the three Palette Color Lookup Tables.

    Returns:
        float32 ``(H, W, 3)`` RGB, [0, 1].
    """
    order = "<" if dataset.original_encoding[1] else ">"
    channels = []
    for colour in ("Red", "Green", "Blue"):
        keyword = f"{colour}PaletteColorLookupTable"
        count, first, bits = (int(v) for v in dataset[f"{keyword}Descriptor"].value)
        data = dataset[f"{keyword}Data"].value
        count = count or 2**16
        wide = len(data) >= 2 * count
        entries = np.frombuffer(data, f"{order}u2" if wide else "u1", count=count)
        # Descriptors of 16 bits over 8-bit entries exist, and the reverse.
        used = int(entries.max()).bit_length()
        white = 255 if not wide or max(bits, used) <= 8 else 65535
        position = np.clip(values.astype(np.int64) - first, 0, count - 1)
        channels.append(entries[position].astype(np.float32) / np.float32(white))
    return np.stack(channels, axis=-1)


def _first(value: Any) -> float | None:  # noqa: ANN401 - an element of any type
    """Return the first number of an element of one or several values, else None."""
    if value is None or isinstance(value, str | bytes):
        return None
    try:
        return float(value)
    except TypeError:
        return float(value[0]) if len(value) else None
