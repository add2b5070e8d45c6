"""Turn the stored values of a grey DICOM frame into what a workstation would show.

The grey-scale pipeline of DICOM PS3.3 in its order (drawn in PS3.4 N.2): modality LUT
or rescale (C.11.1), VOI LUT or window (C.11.2), then the inversion that MONOCHROME1
(C.7.6.3.1.2) or a Presentation LUT Shape of INVERSE (C.11.6) asks for. ``dicom``
parses, ``dicom.decoders`` decodes; nothing here imports pydicom.

The windows are written here rather than taken from ``pydicom.pixels``, which works in
float64 with three masks; the tests hold both against each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from medhash_gui.dicom import tables as dicom_tables

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

DEFAULT_PERCENTILES = (0.5, 99.5)
"""Without a window: these percentiles of the frame become black and white."""

# Their modality LUT leads back to the X-ray intensity and is not meant for display:
# XA, XRF and the retired biplane XA.
_MODALITY_LUT_NOT_SHOWN = {
    "1.2.840.10008.5.1.4.1.1.12.1",
    "1.2.840.10008.5.1.4.1.1.12.2",
    "1.2.840.10008.5.1.4.1.1.12.3",
}


@dataclass(frozen=True, slots=True)
class View:
    """One way to map values to black and white: a VOI LUT or a window.

    Attributes:
        name: its explanation in the object, else what it is.
        table: item of the VOI LUT Sequence; None for a window.
        centre: window centre, in the unit of the modality LUT's output.
        width: window width, same unit.
        function: "LINEAR", "LINEAR_EXACT" or "SIGMOID".
    """

    name: str
    table: Dataset | None = None
    centre: float = 0.0
    width: float = 1.0
    function: str = "LINEAR"


def views(dataset: Dataset, *, index: int) -> tuple[list[View], bool]:
    """Return the VOI LUTs and windows of a frame, in the order of the object.

    Tables come first, since the one that is shown without a choice is the first: a VOI
    LUT where there is one, else a window (PS3.3 C.11.2.1: either may be applied, and
    the order of several has no meaning).

    Args:
        dataset: the object.
        index: the frame, for the functional groups of enhanced objects.

    Returns:
        The views, and whether an invalid window was left out (C.11.2.1.2: LINEAR needs
        a width of 1 or more, the others one above 0).
    """
    item = macro(dataset, "FrameVOILUTSequence", index=index)
    found = [
        View(_name(table.get("LUTExplanation"), f"Table {number}"), table=table)
        for number, table in enumerate(
            dicom_tables.usable(item.get("VOILUTSequence")), start=1
        )
    ]
    function = str(_sound(item, "VOILUTFunction") or "LINEAR").strip().upper()
    smallest = 1 if function not in ("LINEAR_EXACT", "SIGMOID") else 1e-12
    names = _several(_sound(item, "WindowCenterWidthExplanation"))
    centres = _several(_sound(item, "WindowCenter"))
    widths = _several(_sound(item, "WindowWidth"))
    invalid = len(centres) != len(widths)
    pairs = zip(centres, widths, strict=False)
    for number, (centre, width) in enumerate(pairs):
        middle, wide = _number(centre), _number(width)
        if middle is None or wide is None or not wide >= smallest:
            invalid = True
            continue
        name = _name(
            names[number] if number < len(names) else None,
            f"Window {middle:g}, width {wide:g}",
        )
        found.append(View(name, centre=middle, width=wide, function=function))
    return found, invalid


def grey(
    stored: npt.NDArray[Any],
    dataset: Dataset,
    *,
    index: int,
    view: int = 0,
    notes: list[str],
) -> npt.NDArray[np.float32]:
    """Return a grey frame as shown: black 0, white 1, never inverted.

    After the modality LUT or rescale, a VOI LUT or window decides what is black and
    white. Without one it is the full range of an unsigned object of up to 8 bits (its
    values are meant for display), else percentiles 0.5 and 99.5 of the frame without
    its padding. A first window that is invalid, or under which the frame is one flat
    tone, is passed over with a note; a view that was chosen is applied as it stands.

    Args:
        stored: ``(H, W)``, integer or float, as stored.
        dataset: the object, for its elements.
        index: the frame, for the functional groups of enhanced objects.
        view: index into ``views``; 0 where there is none.
        notes: what a user should know is appended.

    Returns:
        float32 ``(H, W)``, [0, 1].
    """
    values = _modality(stored, dataset, index=index)
    background = _padding_mask(stored, dataset)
    if values.dtype.kind == "f":
        gaps = ~np.isfinite(values)
        if gaps.any():
            values = np.where(gaps, values.dtype.type(0), values)
            background = gaps if background is None else background | gaps
    found, invalid = views(dataset, index=index)
    pixels = None
    if found:
        pixels = _shown(values, found[view], dataset)
        if view == 0 and _is_flat(pixels) and not _is_flat(values):
            notes.append("Its window shows nothing; the default window was used.")
            pixels = None
    elif invalid:
        notes.append("Its window is invalid; the default window was used.")
    if pixels is None:
        pixels = _default_window(values, stored, background, dataset, index=index)
    shape = str(dataset.get("PresentationLUTShape") or "").strip().upper()
    # MONOCHROME1 and INVERSE say the same thing in a conforming object (PS3.3
    # C.8.11.3.1.2): together they invert once, not twice.
    if dataset.PhotometricInterpretation == "MONOCHROME1" or shape == "INVERSE":
        np.subtract(np.float32(1), pixels, out=pixels)
    if background is not None:
        pixels[background] = 0  # also where the rest is inverted
    return pixels


def window(
    values: npt.NDArray[Any], *, centre: float, width: float, function: str = "LINEAR"
) -> npt.NDArray[np.float32]:
    """Map values through a window to [0, 1] (PS3.3 C.11.2.1.2 and C.11.2.1.3).

    Args:
        values: any shape, finite, after the modality LUT.
        centre: window centre, in the unit of ``values``.
        width: window width, in the unit of ``values``; LINEAR needs 1 or more.
        function: "LINEAR", "LINEAR_EXACT" or "SIGMOID"; any other is taken as LINEAR.

    Returns:
        float32 of the same shape, [0, 1].
    """
    # Beyond 16 bits float32 would round before the centre is taken away.
    kind = np.dtype(np.float32 if values.dtype.itemsize <= 4 else np.float64).type
    scaled: npt.NDArray[Any] = values.astype(kind) - kind(centre)
    if function == "SIGMOID":
        scaled *= kind(-4 / width)
        # exp overflows float32 beyond 88; past 60 the result is 0 or 1 all the same.
        return _to_unit(1 / (1 + np.exp(np.clip(scaled, -60, 60))))
    if function != "LINEAR_EXACT":
        scaled += kind(0.5)
        width -= 1
    if width <= 0:
        return (scaled > 0).astype(np.float32)
    scaled /= kind(width)
    scaled += kind(0.5)
    return _to_unit(scaled)


# --- steps --------------------------------------------------------------------


def macro(dataset: Dataset, keyword: str, *, index: int) -> Dataset:
    """Return the item of an enhanced object's functional group, else the object.

    Enhanced objects keep rescale and window per frame or shared by all frames
    (PS3.3 C.7.6.16.2.9 and C.7.6.16.2.10); all others keep them at the top level. The
    Real World Value Mapping (C.7.6.16.2.11) is for measuring and plays no part.
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
    """Apply the modality LUT, else rescale slope and intercept (PS3.3 C.11.1).

    Not to X-ray angiography and fluoroscopy: there it leads back to the X-ray intensity
    (C.8.7.1.1.2) and is no part of the display.
    """
    # float32 counts to 2**24: wider integers and floats need the longer one.
    wide = stored.dtype.itemsize > 2
    values: npt.NDArray[Any] = stored.astype(np.float64 if wide else np.float32)
    if dataset.get("SOPClassUID") in _MODALITY_LUT_NOT_SHOWN:
        return values
    tables = dicom_tables.usable(dataset.get("ModalityLUTSequence"))
    if tables:
        return dicom_tables.look_up(stored, tables[0], dataset).astype(np.float32)
    item = macro(dataset, "PixelValueTransformationSequence", index=index)
    slope, intercept = _number(item.get("RescaleSlope")), item.get("RescaleIntercept")
    if slope and intercept is not None:
        values = values * slope + float(intercept)
    return values


def _shown(
    values: npt.NDArray[Any], view: View, dataset: Dataset
) -> npt.NDArray[np.float32]:
    """Apply a VOI LUT or a window (PS3.3 C.11.2.1.1 and C.11.2.1.2)."""
    if view.table is None:
        return window(
            values, centre=view.centre, width=view.width, function=view.function
        )
    looked_up = dicom_tables.look_up(values, view.table, dataset)
    return _to_unit(looked_up / dicom_tables.white_of(view.table, dataset))


def _default_window(
    values: npt.NDArray[Any],
    stored: npt.NDArray[Any],
    background: npt.NDArray[np.bool_] | None,
    dataset: Dataset,
    *,
    index: int,
) -> npt.NDArray[np.float32]:
    bits = int(dataset.get("BitsStored") or 16)
    if bits <= 8 and stored.dtype.kind == "u":
        every = np.arange(2**bits, dtype=np.uint8)
        seen = _modality(every, dataset, index=index)
        low, high = seen.min(), seen.max()
    else:
        seen = values if background is None else values[~background]
        if seen.size == 0:
            return np.zeros(values.shape, np.float32)
        low, high = np.percentile(seen, DEFAULT_PERCENTILES)
        if low == high:
            low, high = seen.min(), seen.max()
    if low == high:
        return np.zeros(values.shape, np.float32)
    # Halved, since the range of doubles may be wider than a double can say.
    return _to_unit((values / 2 - low / 2) / (high / 2 - low / 2))


def _to_unit(values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    clipped: npt.NDArray[np.float32] = np.clip(values, 0, 1).astype(np.float32)
    return clipped


def _is_flat(values: npt.NDArray[Any]) -> bool:
    return bool(values.min() == values.max())


def _padding_mask(
    stored: npt.NDArray[Any], dataset: Dataset
) -> npt.NDArray[np.bool_] | None:
    """Return where the frame is padding (PS3.3 C.7.5.1.1.2); None without any."""
    kinds = {"f4": "Float", "f8": "DoubleFloat"}
    kind = kinds.get(f"{stored.dtype.kind}{stored.dtype.itemsize}", "")
    value = _number(dataset.get(f"{kind}PixelPaddingValue"))
    if value is None:
        return None
    limit = _number(dataset.get(f"{kind}PixelPaddingRangeLimit"))
    low, high = sorted(
        _as_stored(each, stored) for each in (value, value if limit is None else limit)
    )
    mask = (stored >= low) & (stored <= high)
    return mask if mask.any() else None


def _as_stored(value: float, stored: npt.NDArray[Any]) -> float:
    """Return a padding value in the frame's own sign: US is written where SS is due."""
    if stored.dtype.kind == "i" and value > 2**15 - 1 and stored.dtype.itemsize <= 2:
        return value - 2**16
    if stored.dtype.kind == "u" and value < 0:
        return value + float(2 ** (8 * stored.dtype.itemsize))
    return value


# --- elements -----------------------------------------------------------------


def _sound(item: Dataset, keyword: str) -> Any:  # noqa: ANN401 - of any type
    """Return an element of a window; "?" where it cannot be parsed.

    A broken window costs the window and not the picture.
    """
    try:
        return item.get(keyword)
    except (TypeError, ValueError, OverflowError):
        return "?"


def _several(value: Any) -> list[Any]:  # noqa: ANN401 - an element of any type
    """Return the values of an element that may have one, several or none."""
    if value is None or value == "":
        return []
    if isinstance(value, str | bytes | int | float):
        return [value]
    try:
        return list(value)
    except TypeError:
        return [value]


def _number(value: Any) -> float | None:  # noqa: ANN401 - an element of any type
    """Return the first number of an element of one or several values, else None."""
    values = _several(value)
    if not values or isinstance(values[0], bytes):
        return None
    try:
        number = float(values[0])
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _name(explanation: Any, otherwise: str) -> str:  # noqa: ANN401 - of any type
    text = " ".join(str(explanation or "").split())
    return text[:64] or otherwise
