"""What stored values mean: from numbers of any kind to grey or RGB in [0, 1]."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from medhash_gui.tiff_pages import Page

Pixels = npt.NDArray[np.float32]

_OWN_RANGE = "Its values have no fixed range; they were scaled to its own."
_INKS = "Its inks (CMYK) were turned into colours without a profile."


# --- Pillow -------------------------------------------------------------------


def from_pillow(image: Image.Image, *, notes: list[str]) -> Pixels:
    """Return the pixels of a loaded Pillow image.

    Args:
        image: the image, of any mode.
        notes: takes what a user should know.
    """
    mode = image.mode
    if mode.startswith("I;16"):
        grey = scaled(np.asarray(image), bits=16, notes=notes)
        clear = image.info.get("transparency")
        if isinstance(clear, int):
            grey[np.asarray(image) == clear] = 0
        return grey
    if mode in ("I", "F"):
        return scaled(np.asarray(image), bits=None, notes=notes)
    if mode == "La":
        return _bytes_to_unit(image)[..., 0]  # multiplied already
    if mode == "LA" or (mode == "L" and "transparency" in image.info):
        grey_alpha = _bytes_to_unit(image.convert("LA"))  # (H, W, 2)
        return np.multiply(grey_alpha[..., 0], grey_alpha[..., 1])
    if mode == "1" and isinstance(image.info.get("transparency"), int):
        # Pillow gives 1-bit values as 0 and 255, their transparent one as 0 or 1.
        grey = _bytes_to_unit(image.convert("L"))
        grey[grey == float(bool(image.info["transparency"]))] = 0
        return grey
    if mode in ("1", "L"):
        return _bytes_to_unit(image.convert("L"))
    if mode in ("RGBA", "RGBa", "PA") or "transparency" in image.info:
        return over_black(_bytes_to_unit(image.convert("RGBA")))
    if mode == "CMYK":
        notes.append(_INKS)
    return _bytes_to_unit(image.convert("RGB"))


def _bytes_to_unit(image: Image.Image) -> Pixels:
    unit = np.array(image, dtype=np.float32)
    unit /= np.float32(255)
    return unit


# --- PNG of 16 bits -----------------------------------------------------------


def deep_png(data: bytes) -> Pixels:
    """Return a PNG of 16 bits and several channels, which Pillow clips to 8.

    Args:
        data: the whole file, found sound by another decoder.

    Raises:
        ValueError: OpenCV cannot decode it.
    """
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None or values.dtype != np.uint16:
        message = "OpenCV cannot decode it"
        raise ValueError(message)
    unit: Pixels = values.astype(np.float32)
    unit /= np.float32(65535)
    if unit.ndim == 2:
        return unit
    if unit.shape[2] == 4:
        unit = over_black(unit)
    if data[25] == 4:  # grey with transparency, which OpenCV spreads to colours
        return np.ascontiguousarray(unit[..., 0])
    return np.ascontiguousarray(unit[..., 2::-1])  # BGR to RGB


# --- TIFF ---------------------------------------------------------------------


def is_beyond_pillow(page: Page) -> bool:
    """Return whether Pillow would clip the values of a page, or take them wrongly."""
    if page.bits > 8 or page.get(339, 1) != 1 or 262 not in page.entries:
        return True
    if page.bits < 8:
        return page.samples > 1 or page.bits not in (1, 2, 4)
    planes = page.get(284, 1) == 2 and page.samples > 1
    return planes or (page.photometric == 0 and page.samples > 1)


def from_page(values: npt.NDArray[Any], page: Page, *, notes: list[str]) -> Pixels:
    """Return the pixels of a TIFF page from its exact values.

    Args:
        values: ``(H, W, samples)`` as ``tiff_pages.values`` gives them.
        page: what the file says of them; its PhotometricInterpretation is 0, 1, 2, 3,
            5 or 6.
        notes: takes what a user should know.

    Raises:
        ValueError: there are fewer samples than the colours need.
    """
    bits = page.bits if values.dtype.kind == "u" and page.bits <= 16 else None
    colours = {0: 1, 1: 1, 3: 1, 5: 4}.get(page.photometric, 3)
    if values.shape[2] < colours:
        message = "fewer samples than its colours need"
        raise ValueError(message)
    if page.photometric == 3:
        return _looked_up(values[..., 0], page)
    unit = scaled(values[..., :colours], bits=bits, notes=notes)
    if page.photometric == 0:
        unit = np.float32(1) - unit
    if page.photometric == 5:
        notes.append(_INKS)
        unit = (1 - unit[..., :3]) * (1 - unit[..., 3:])
    if page.photometric == 6:
        unit = _from_ycc(unit)
    if values.shape[2] > colours:
        unit = _under_alpha(unit, values[..., colours], page, bits)
    if colours == 1:
        unit = unit[..., 0]
    return np.ascontiguousarray(unit)


def _under_alpha(
    unit: Pixels, alpha: npt.NDArray[Any], page: Page, bits: int | None
) -> Pixels:
    """Lay a picture over black where its first extra sample (tag 338) is alpha.

    1 says that the colours are multiplied already, 2 that they are not, 0 that the
    sample is something else. Where the tag is missing, a fourth sample is alpha.
    """
    meaning = page.get(338, 2)
    if meaning not in (2, 999):
        return unit
    unit *= scaled(alpha, bits=bits, notes=[])[..., None]
    return unit


def _from_ycc(unit: Pixels) -> Pixels:
    """Return RGB from full-range YCbCr after ITU-R BT.601, the default of TIFF 6.0."""
    luma, blue, red = (unit[..., channel] for channel in range(3))
    blue, red = blue - np.float32(128 / 255), red - np.float32(128 / 255)
    rgb = (luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red,
           luma + 1.772 * blue)  # fmt: skip
    stacked: Pixels = np.stack(rgb, axis=-1).astype(np.float32)
    return np.clip(stacked, 0, 1, out=stacked)


def _looked_up(values: npt.NDArray[Any], page: Page) -> Pixels:
    """Return the colours of a palette: all reds, greens, then blues, of 16 bits."""
    entries: Pixels = np.array(page.values(320), np.float32).reshape(3, -1).T
    found: Pixels = np.take(entries / np.float32(65535), values, axis=0)
    return found


# --- ranges -------------------------------------------------------------------


def scaled(values: npt.NDArray[Any], *, bits: int | None, notes: list[str]) -> Pixels:
    """Scale to [0, 1] by a known depth, else by the values' own range with a note.

    Args:
        values: any shape and number type.
        bits: depth of unsigned values; None where white is not known.
        notes: takes the note.
    """
    if bits is not None:
        known: Pixels = values.astype(np.float32)
        known /= np.float32(2**bits - 1)
        return known
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if low >= 0 and high <= 1 and values.dtype.kind == "f":
        kept: Pixels = np.nan_to_num(values, nan=0, posinf=1, neginf=0)
        return kept.astype(np.float32)
    notes.append(_OWN_RANGE)
    span = float(high) - float(low)
    if span == 0:
        return np.zeros(values.shape, np.float32)
    wide = values.astype(np.float64)
    wide = np.nan_to_num(wide, nan=float(low), posinf=float(high), neginf=float(low))
    own: Pixels = ((wide - float(low)) / span).astype(np.float32)
    return own


def over_black(colour_alpha: Pixels) -> Pixels:
    """Return colours ``(H, W, 3)`` laid over black by their fourth channel."""
    return np.multiply(colour_alpha[..., :3], colour_alpha[..., 3:])


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn pixels as the EXIF orientation 1 to 8 asks (TIFF 6.0, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)
