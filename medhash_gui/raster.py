"""Decode PNG, JPEG, TIFF, BMP, WebP and GIF to upright float32 pixels in [0, 1].

Pillow decodes, because it refuses files that are cut short where OpenCV fills them up
with grey. What it would clip to 8 bits or take for something else is read otherwise:
PNG with several channels of 16 bits by OpenCV, such TIFF by ``tiff_pages``. The
orientation that a file declares (EXIF, TIFF tag 274) is applied once.
"""

from __future__ import annotations

import contextlib
import io
import os
import warnings
from collections.abc import Iterator
from pathlib import Path, PurePath

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from medhash_gui import colour_notes, raster_values, tiff_pages
from medhash_gui.errors import UnreadableImageError
from medhash_gui.tiff_pages import Page

Pixels = npt.NDArray[np.float32]

# Four channels of 16 bits; a page that unpacks to more per allowed pixel is refused.
_MOST_BYTES_A_PIXEL = 8

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


class RasterFile:
    """An open file: its header is read, its pictures are decoded when asked for.

    Attributes:
        frame_count: pages of a TIFF; 1 for every other file.
    """

    def __init__(self, data: bytes, kind: str, *, name: str, max_pixels: int) -> None:
        self._data = data
        self._kind = kind
        self._name = name
        self._max_pixels = max_pixels
        self._pages: list[Page] = []
        self._is_whole = True
        # Opened for its size, it is kept for the first picture that is asked for.
        self._first: Image.Image | None = None
        if kind == "TIFF":
            self._pages, self._is_whole = tiff_pages.find_pages(data)
            self._check(self._pages[0].width, self._pages[0].height)
        else:
            if kind == "JPEG":
                _check_jpeg(data, name=name)
            self._first = self._opened(data)
            self._check(*self._first.size)
        self.frame_count = max(1, len(self._pages))

    def picture(self, frame: int = 0) -> tuple[Pixels, tuple[str, ...]]:
        """Decode one picture.

        Grey stays ``(H, W)`` where the file declares it; everything else is RGB.
        Transparency is laid over black. Unsigned values of 1 to 16 bits are divided by
        the largest that their depth holds; floating point within [0, 1] is kept; other
        values have no fixed white and are scaled from the smallest to the largest
        finite one, with a note. Colour profiles and gamma are not applied but noted
        (``colour_notes``).

        Args:
            frame: page of a TIFF, from 0.

        Returns:
            float32 ``(H, W)`` or ``(H, W, 3)`` RGB in [0, 1], upright, and notes.

        Raises:
            UnreadableImageError: it is damaged or unsupported, or there is no such one.
        """
        if not 0 <= frame < self.frame_count:
            what = (
                f"has {self.frame_count} pages; there is no page {frame + 1}"
                if self.frame_count > 1
                else "holds one picture only"
            )
            message = f"{self._name} {what}."
            raise UnreadableImageError(
                message, state="unsupported", hint="Choose another frame."
            )
        notes: list[str] = []
        with _sentences(self._name, self._kind):
            pixels = self._page(frame, notes) if self._pages else self._plain(notes)
        return pixels, tuple(notes)

    def _plain(self, notes: list[str]) -> Pixels:
        data = self._data
        image, self._first = self._first or self._opened(data), None
        with image:
            if getattr(image, "is_animated", False) and self._kind != "JPEG":
                notes.append("It is an animation; its first picture was read.")
            image.load()
            notes += colour_notes.of_picture(image)
            clear = image.info.get("transparency")
            if self._kind == "PNG" and data[24] in (2, 4) and isinstance(clear, int):
                # Pillow spreads 2- and 4-bit greys to 8 bits, but not the clear one.
                image.info["transparency"] = clear * 255 // (2 ** data[24] - 1)
            # Byte 24 of a PNG is its bit depth, byte 25 its colour type, 0 for grey.
            if self._kind == "PNG" and data[24] == 16 and data[25] != 0:
                pixels = raster_values.deep_png(data)
            else:
                pixels = raster_values.from_pillow(image, notes=notes)
            return raster_values.upright(pixels, _orientation(image))

    def _page(self, frame: int, notes: list[str]) -> Pixels:
        page = self._pages[frame]
        self._check(page.width, page.height)
        if self.frame_count > 1:
            notes.append(f"Page {frame + 1} of {self.frame_count}.")
        if not self._is_whole:
            notes.append("Its list of pages is broken; those before the break count.")
        if page.photometric not in (0, 1, 2, 3, 5, 6):
            message = (
                f"{self._name} has colours of the kind {page.photometric} (TIFF tag "
                "262), which is not read."
            )
            raise UnreadableImageError(message, state="unsupported", hint=_CONVERT)
        if page.stored_bytes > _MOST_BYTES_A_PIXEL * self._max_pixels:
            message = f"{self._name} unpacks to more than is allowed for one picture."
            raise UnreadableImageError(message, state="unsupported", hint=_CONVERT)
        notes += colour_notes.of_page(page)
        if page.is_exact and raster_values.is_beyond_pillow(page):
            values = tiff_pages.values(page)
            pixels = raster_values.from_page(values, page, notes=notes)
            return raster_values.upright(pixels, page.get(274, 1))
        data = tiff_pages.single(page)
        try:
            # Pillow turns it upright itself.
            with self._opened(data) as image:
                image.load()
                return raster_values.from_pillow(image, notes=notes)
        except UnidentifiedImageError as error:
            message = f"{self._name} is a TIFF of a kind that is not read."
            raise UnreadableImageError(
                message, state="unsupported", hint=_CONVERT
            ) from error

    def _opened(self, data: bytes) -> Image.Image:
        return Image.open(io.BytesIO(data), formats=[self._kind])

    def _check(self, width: int, height: int) -> None:
        if width < 1 or height < 1:
            raise _damaged(self._name, "it declares a picture without pixels")
        if width * height > self._max_pixels:
            message = (
                f"{self._name} has {width} x {height} pixels, more than the limit of "
                f"{self._max_pixels / 1e6:.0f} million."
            )
            raise UnreadableImageError(
                message, state="unsupported", hint="Save it again at a smaller size."
            )


def check_kind(head: bytes, *, name: str) -> None:
    """Refuse a file by its first bytes, at least 1024 of them.

    Raises:
        UnreadableImageError: it is no picture, or of a kind that is not read.
    """
    _kind(head, name=name)


def open_raster(data: bytes, *, name: str, max_pixels: int) -> RasterFile:
    """Open a file that is no DICOM object; nothing of its pixels is decoded yet.

    Args:
        data: the bytes of the file.
        name: file name, for messages.
        max_pixels: refuse pictures of more, as the header tells.

    Raises:
        UnreadableImageError: damaged, unsupported or not an image, with a sentence.
    """
    kind = _kind(data, name=name)
    # Pillow warns about oddities that cost nothing, such as a broken EXIF block. A
    # filter that is simply there is safe in threads, unlike catch_warnings.
    warnings.filterwarnings("ignore", module=r"PIL\b")
    with _sentences(name, kind):
        return RasterFile(data, kind, name=name, max_pixels=max_pixels)


@contextlib.contextmanager
def _sentences(name: str, kind: str) -> Iterator[None]:
    """Turn whatever a codec raises into a sentence."""
    try:
        yield
    except UnreadableImageError:
        raise
    except MemoryError as error:
        message = f"{name}: decoding it takes more memory than is allowed or free."
        raise UnreadableImageError(
            message, state="unsupported", hint="Save it again at a smaller size."
        ) from error
    except Exception as error:
        # Codecs raise errors of every type on broken files.
        raise _damaged(name, f"its {kind} data are broken or cut short") from error


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # noqa: BLE001 - Pillow raises what it likes on a broken block
        return 1  # the picture itself is sound


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
