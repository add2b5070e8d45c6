"""Decode PNG, JPEG, TIFF, BMP, WebP and GIF to upright float32 pixels in [0, 1].

Pillow decodes, because it refuses files that are cut short where OpenCV fills them up
with grey; OpenCV decodes what Pillow would clip to 8 bits: PNG and TIFF with several
channels of more than 8 bits, and TIFF that Pillow does not know. Both apply the
orientation tag of a TIFF; of other files it is applied here.
"""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path, PurePath
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import ImageFileDirectory_v2

from medhash_gui.errors import UnreadableImageError

Pixels = npt.NDArray[np.float32]

_FETCH = "Fetch or export the file again."
_CONVERT = "Convert it to PNG, TIFF or DICOM."
_PICTURE_SUFFIXES = {
    *(".png", ".jpg", ".jpeg", ".jpe", ".tif", ".tiff", ".bmp", ".webp", ".gif"),
    *(".dcm", ".dicom"),
}
_SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"II*\x00", "TIFF"),
    (0, b"MM\x00*", "TIFF"),
    (0, b"II+\x00", "TIFF"),
    (0, b"MM\x00+", "TIFF"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF87a", "GIF"),
    (0, b"GIF89a", "GIF"),
    (0, b"BM", "BMP"),
)
_OTHER_PICTURES = (
    (0, b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (0, b"\xff\x4f\xff\x51", "JPEG 2000"),
    (0, b"\x00\x00\x00\x0cJXL ", "JPEG XL"),
    (0, b"\xff\x0a", "JPEG XL"),
    (4, b"ftyphei", "HEIC"),
    (4, b"ftypmif1", "HEIC"),
    (4, b"ftypavif", "AVIF"),
    (0, b"8BPS", "Photoshop"),
    (0, b"v/1\x01", "OpenEXR"),
    (344, b"n+1\x00", "NIfTI"),
    (0, b"NRRD", "NRRD"),
    (0, b"\x00\x00\x01\x00", "Windows icon"),
)


def _forget_opencv_qt_paths() -> None:
    """Undo what ``import cv2`` does to the environment.

    Its wheel points QT_QPA_PLATFORM_PLUGIN_PATH and QT_QPA_FONTDIR to Qt 5 files of its
    own, which PySide6 and every child process would then be told to load. Importing
    ``images`` is what keeps cv2 harmless: it comes before any window.
    """
    own = str(Path(cv2.__file__).parent)
    for variable in ("QT_QPA_PLATFORM_PLUGIN_PATH", "QT_QPA_FONTDIR"):
        if os.environ.get(variable, "").startswith(own):
            del os.environ[variable]


_forget_opencv_qt_paths()
# Pillow's own cap warns at 89 million pixels and has no way to name the file; every
# picture opened here is checked against ``max_pixels`` from its header first.
Image.MAX_IMAGE_PIXELS = None


def decode(
    data: bytes, *, name: str, max_pixels: int
) -> tuple[Pixels, tuple[str, ...]]:
    """Decode the first picture of a file that is no DICOM object.

    Grey stays ``(H, W)`` where the file declares it (Pillow's modes 1, L, LA, I;16, I
    and F); everything else is RGB. Transparency is laid over black. 8-bit values are
    divided by 255, unsigned 16-bit by 65535 and 12-bit by 4095; floating point and
    signed TIFF are kept where they lie in [0, 1] and otherwise scaled from their
    smallest to their largest finite value, with a note.

    Args:
        data: the bytes of the file.
        name: file name, for messages.
        max_pixels: refuse more, as the header tells, before decoding.

    Returns:
        float32 ``(H, W)`` or ``(H, W, 3)`` RGB in [0, 1], and notes for the user.

    Raises:
        UnreadableImageError: damaged, unsupported or not an image, with a sentence.
    """
    kind = _kind(data, name=name)
    # Pillow warns about oddities that cost nothing, such as a broken EXIF block. A
    # filter that is simply there is safe in threads, unlike catch_warnings.
    warnings.filterwarnings("ignore", module=r"PIL\b")
    notes: list[str] = []
    try:
        if kind == "TIFF":
            pixels = _decode_tiff(data, name=name, max_pixels=max_pixels, notes=notes)
        else:
            pixels = _decode(data, kind, name=name, max_pixels=max_pixels, notes=notes)
    except UnreadableImageError:
        raise
    except MemoryError as error:
        message = f"{name} needs more memory than this computer has free."
        raise UnreadableImageError(
            message, state="unsupported", hint="Close other programs and try again."
        ) from error
    except Exception as error:
        # Codecs raise errors of every type on broken files.
        raise _damaged(name, f"its {kind} data are broken or cut short") from error
    return pixels, tuple(notes)


def _decode(
    data: bytes, kind: str, *, name: str, max_pixels: int, notes: list[str]
) -> Pixels:
    if kind == "JPEG":
        _check_jpeg(data, name=name)
    with Image.open(io.BytesIO(data), formats=[kind]) as image:
        _check_pixels(*image.size, name=name, max_pixels=max_pixels)
        # Whole or not at all: OpenCV does not notice that a file is cut short.
        image.load()
        # Byte 24 of a PNG is its bit depth, byte 25 its colour type, 0 for plain grey.
        if kind == "PNG" and data[24] == 16 and data[25] != 0:
            pixels = _decode_deep(data, notes=notes)
            pixels = pixels[..., 0] if data[25] == 4 else pixels
        else:
            pixels = _from_pillow(image, notes=notes)
        return _upright(pixels, _orientation(image))


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - Pillow raises what it likes on a broken block
        return 1  # the picture itself is sound


def _decode_tiff(
    data: bytes, *, name: str, max_pixels: int, notes: list[str]
) -> Pixels:
    tags = _tiff_tags(data)
    width, height = int(tags[256]), int(tags[257])
    _check_pixels(width, height, name=name, max_pixels=max_pixels)
    depth = max(tags.get(258, (1,)))
    if tags.next:
        notes.append("It has several pages; the first was read.")
    try:
        if depth > 8 and int(tags.get(277, 1)) > 1:
            return _decode_deep(data, notes=notes)
        with Image.open(io.BytesIO(data), formats=["TIFF"]) as image:
            image.load()
            # Pillow turns white-is-zero (262 = 0) round in 1 to 8 bits only.
            inverted = image.mode.startswith("I;16") and tags.get(262) == 0
            white = 2**depth - 1 if image.mode.startswith("I;16") else 65535
            pixels = _from_pillow(image, white=white, notes=notes)
    except UnidentifiedImageError:
        return _decode_deep(data, notes=notes)
    return 1 - pixels if inverted else pixels


def _tiff_tags(data: bytes) -> ImageFileDirectory_v2:
    header = data[:16] if data[2:3] == b"+" or data[3:4] == b"+" else data[:8]
    tags = ImageFileDirectory_v2(header)
    stream = io.BytesIO(data)
    stream.seek(tags.next)
    tags.load(stream)
    return tags


def _check_jpeg(data: bytes, *, name: str) -> None:
    """Refuse the JPEG processes that no decoder here knows, by their frame header."""
    position = 2
    while position + 4 < len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            precision = data[position + 4]
            if precision != 8 or marker not in (0xC0, 0xC1, 0xC2, 0xC9, 0xCA):
                what = "lossless" if marker in (0xC3, 0xC7, 0xCB, 0xCF) else "special"
                message = f"{name} is a {what} JPEG of {precision} bits, not read."
                raise UnreadableImageError(message, state="unsupported", hint=_CONVERT)
            return
        position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")


def _from_pillow(image: Image.Image, *, notes: list[str], white: int = 65535) -> Pixels:
    mode = image.mode
    if mode.startswith("I;16"):
        return _scaled(np.asarray(image), white=white, notes=notes)
    if mode in ("I", "F"):
        return _scaled(np.asarray(image), white=None, notes=notes)
    if mode in ("LA", "La") or (mode == "L" and "transparency" in image.info):
        grey_alpha = _bytes_to_unit(image.convert("LA"))  # (H, W, 2)
        return np.multiply(grey_alpha[..., 0], grey_alpha[..., 1])
    if mode in ("1", "L"):
        return _bytes_to_unit(image.convert("L"))
    if mode in ("RGBA", "RGBa", "PA") or "transparency" in image.info:
        return _over_black(_bytes_to_unit(image.convert("RGBA")))
    return _bytes_to_unit(image.convert("RGB"))


def _bytes_to_unit(image: Image.Image) -> Pixels:
    unit: Pixels = np.asarray(image, dtype=np.float32) / np.float32(255)
    return unit


def _decode_deep(data: bytes, *, notes: list[str]) -> Pixels:
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        message = "OpenCV cannot decode it"
        raise ValueError(message)
    whites = {"uint8": 255, "uint16": 65535}
    scaled = _scaled(values, white=whites.get(values.dtype.name), notes=notes)
    if scaled.ndim == 2:
        return scaled
    if scaled.shape[2] == 4:
        scaled = _over_black(scaled)
    return np.ascontiguousarray(scaled[..., 2::-1])  # BGR to RGB


def _scaled(values: npt.NDArray[Any], *, white: int | None, notes: list[str]) -> Pixels:
    """Scale to [0, 1] by a known white, else by the values' own range with a note."""
    if white is not None:
        scaled: Pixels = values.astype(np.float32) / np.float32(white)
        return scaled
    finite = values[np.isfinite(values)]
    low, high = (finite.min(), finite.max()) if finite.size else (0.0, 0.0)
    if low >= 0 and high <= 1 and values.dtype.kind == "f":
        kept: Pixels = np.nan_to_num(values, nan=0, posinf=1, neginf=0)
        return kept.astype(np.float32)
    notes.append("Its values have no fixed range; they were scaled to its own.")
    span = float(high) - float(low)
    if span == 0:
        return np.zeros(values.shape, np.float32)
    shifted = np.nan_to_num(values.astype(np.float64), nan=low, posinf=high, neginf=low)
    return ((shifted - float(low)) / span).astype(np.float32)


def _over_black(colour_alpha: Pixels) -> Pixels:
    return np.multiply(colour_alpha[..., :3], colour_alpha[..., 3:])


def _upright(pixels: Pixels, orientation: int) -> Pixels:
    """Turn pixels as the EXIF orientation 1 to 8 asks (TIFF 6.0, tag 274)."""
    if orientation in (5, 6, 7, 8):
        pixels = np.swapaxes(pixels, 0, 1)
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _damaged(name: str, what: str) -> UnreadableImageError:
    return UnreadableImageError(
        f"{name} is damaged: {what}.", state="damaged", hint=_FETCH
    )


def _kind(data: bytes, *, name: str) -> str:
    """Return the format of a file that is no DICOM, by its first bytes."""
    for offset, signature, kind in _SIGNATURES:
        if data.startswith(signature, offset):
            return kind
    for offset, signature, kind in _OTHER_PICTURES:
        if data.startswith(signature, offset):
            message = f"{name} is a {kind} file, which is not read."
            raise UnreadableImageError(message, state="unsupported", hint=_CONVERT)
    if PurePath(name).suffix.lower() in _PICTURE_SUFFIXES and not _is_text(data):
        raise _damaged(name, "its content is not what its name says")
    message = f"{name} is not a picture."
    raise UnreadableImageError(message, state="not_an_image")


def _is_text(data: bytes) -> bool:
    head = data[:1024]
    return b"\0" not in head and all(byte >= 32 or byte in b"\t\r\n\f" for byte in head)


def _check_pixels(width: int, height: int, *, name: str, max_pixels: int) -> None:
    if width * height > max_pixels:
        message = (
            f"{name} has {width} x {height} pixels, more than the limit of "
            f"{max_pixels / 1e6:.0f} million."
        )
        raise UnreadableImageError(
            message, state="unsupported", hint="Save it again at a smaller size."
        )
