"""Open picture files and decode them to float32 pixels in [0, 1], upright.

A file is recognised by its content, never by its name, and decoded from bytes, so any
path works. PNG, JPEG, TIFF, BMP, WebP, GIF and DICOM are read; 16-bit files keep their
range. Whatever is in a file, nothing but ``UnreadableImageError`` leaves ``decode``.
The shape follows what the file declares: grey gives ``(H, W)``, colour ``(H, W, 3)``,
also when the colours of a film stored as RGB happen to be equal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePath
from typing import Protocol

import numpy as np
import numpy.typing as npt

from medhash_gui import details as header_details
from medhash_gui import folders, raster
from medhash_gui.details import Details
from medhash_gui.dicom import dicom
from medhash_gui.errors import SettingsError, UnreadableImageError
from medhash_gui.folders import (
    MAX_FILE_BYTES,
    MAX_PIXELS,
    FoundFile,
    content_digest,
    empty_file,
    scan,
)
from medhash_gui.identities import Identity
from medhash_gui.pixel_spacing import PixelSpacing

Pixels = npt.NDArray[np.float32]

NOBODY = Identity()
"""Of a picture that names no patient."""

__all__ = [
    "MAX_FILE_BYTES",
    "MAX_PIXELS",
    "Decoded",
    "FoundFile",
    "FrameChoice",
    "ImageFile",
    "ImageRecord",
    "content_digest",
    "decode",
    "open_image",
    "read_bytes",
    "scan",
]


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """What a library knows about one image; (digest, frame) is its identity.

    Attributes:
        path: POSIX path relative to the indexed folder.
        frame: frame within the file, from 0.
        size_bytes: size of the file in bytes.
        modified_ns: time of the file's last change, in ns since 1970.
        digest: 16 bytes, ``content_digest`` of the file.
        patient_key: keyed pseudonym of the patient, None when unknown.
        labels: names of classes or findings.
        case_key: keyed hash of the case (study), None when unknown.
        details: what else is kept of its header and table row.
    """

    path: str
    frame: int
    size_bytes: int
    modified_ns: int
    digest: bytes
    patient_key: str | None
    labels: tuple[str, ...]
    case_key: str | None = None
    details: Details = ()


@dataclass(frozen=True, slots=True)
class FrameChoice:
    """Which frames of a file with several are indexed.

    Attributes:
        every: 0 for the middle one only, 1 for all, n for every n-th from the first.

    Raises:
        SettingsError: ``every`` is negative.
    """

    every: int = 0

    def __post_init__(self) -> None:
        if self.every < 0:
            raise _no_choice(str(self.every))

    def of(self, count: int) -> tuple[int, ...]:
        """Return the chosen ones of ``count`` frames, ascending, from 0."""
        if self.every == 0:
            return (count // 2,)
        return tuple(range(0, count, self.every))

    @classmethod
    def parse(cls, text: str) -> FrameChoice:
        """Return the choice that a text names: "middle", "all", "every 5" or "5".

        Raises:
            SettingsError: it names none.
        """
        words = text.strip().lower()
        if words in ("middle", "all"):
            return cls(int(words == "all"))
        number = words.removeprefix("every").strip()
        # isdecimal alone also takes digits of other scripts, which int understands.
        if not (number.isdecimal() and int(number) > 0):
            raise _no_choice(text)
        return cls(int(number))

    def __str__(self) -> str:
        if self.every < 2:
            return ("middle", "all")[self.every]
        return f"every {self.every}"


def _no_choice(text: str) -> SettingsError:
    message = f"{text!r} does not say which frames to index."
    return SettingsError(message, hint='Say "middle", "all", or "every 5".')


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture.

    Attributes:
        pixels: float32 ``(H, W)`` or ``(H, W, 3)`` RGB, [0, 1], upright, not inverted.
        frame: index of the frame, from 0.
        frame_count: frames of a DICOM object, pages of a TIFF; 1 for every other file.
        patient_id: PatientID in clear text; stays in memory and out of every repr.
        notes: what a user should know about how the picture was made.
        identity: patient, study and series in clear; in memory only.
        details: what a library may keep of the header; "frames" where there are some.
        views: names of the windows and tables that can be chosen; () where none can.
        view: index of the one that was applied.
        spacing: of the pixels in mm; None where the file does not say.
    """

    pixels: Pixels
    frame: int
    frame_count: int
    patient_id: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    identity: Identity = NOBODY
    details: Details = ()
    views: tuple[str, ...] = ()
    view: int = 0
    spacing: PixelSpacing | None = None


# --- decoding -----------------------------------------------------------------


class ImageFile:
    """An opened file: its header parsed once, its frames decoded when asked for.

    Attributes:
        name: file name, for messages.
        frame_count: frames of a DICOM object, pages of a TIFF; 1 for every other file.
        identity: patient, study and series in clear; in memory only.
        details: what a library may keep of the header.
        views: names of the windows and tables that can be chosen; () where none can.
        tag_labels: values of the DICOM element asked for as ``label_tag``.
    """

    def __init__(self, name: str, content: _Opened) -> None:
        self.name = name
        self._content = content
        self.frame_count = content.frame_count
        self.identity = content.identity
        self.views = content.views
        self.tag_labels = content.tag_labels
        found = content.details
        if self.frame_count > 1:
            frames = header_details.collect({"frames": str(self.frame_count)})
            found = header_details.merge(found, frames)
        self.details = found

    def frames(self, choice: FrameChoice) -> tuple[int, ...]:
        """Return the frames to index, ascending.

        Of pages, which lie around no middle, "middle" means the first.
        """
        if choice.every == 0 and not self._content.has_middle:
            return (0,)
        return choice.of(self.frame_count)

    def names_in_path(self, path: str) -> str:
        """Return what of the patient a path repeats: "id", "name", "id name" or ""."""
        return self._content.names_in_path(path)

    def picture(self, frame: int | None = None, *, view: int = 0) -> Decoded:
        """Decode one frame.

        Args:
            frame: index from 0; None is the middle frame of a DICOM object and the
                first page of every other file.
            view: which of ``views`` to apply.

        Raises:
            UnreadableImageError: damaged, unsupported, or there is no such frame.
        """
        if frame is None:
            frame = self.frames(FrameChoice())[0]
        pixels, notes, views, spacing = self._content.picture(frame, view=view)
        return Decoded(
            pixels=pixels,
            frame=frame,
            frame_count=self.frame_count,
            patient_id=self.identity.patient or None,
            notes=notes,
            identity=self.identity,
            details=self.details,
            views=views,
            view=view,
            spacing=spacing,
        )


# Pixels, notes, the views of this frame, and its spacing.
_Shown = tuple[Pixels, tuple[str, ...], tuple[str, ...], PixelSpacing | None]


class _Opened(Protocol):
    """What ``ImageFile`` needs of a format."""

    frame_count: int
    has_middle: bool
    identity: Identity
    details: Details
    views: tuple[str, ...]
    tag_labels: tuple[str, ...]

    def picture(self, frame: int, *, view: int) -> _Shown: ...

    def names_in_path(self, path: str) -> str: ...


class _Dicom:
    has_middle = True

    def __init__(self, opened: dicom.DicomObject) -> None:
        self._opened = opened
        self.frame_count = opened.frame_count
        self.identity = opened.identity
        self.details = opened.details
        self.views = opened.views
        self.tag_labels = opened.tag_labels

    def picture(self, frame: int, *, view: int) -> _Shown:
        found = self._opened.picture(frame, view=view)
        return found.pixels, found.notes, found.views, found.spacing

    def names_in_path(self, path: str) -> str:
        return self._opened.names_in_path(path)


class _Raster:
    has_middle = False
    identity = NOBODY
    details: Details = ()
    views: tuple[str, ...] = ()
    tag_labels: tuple[str, ...] = ()

    def __init__(self, opened: raster.RasterFile, name: str) -> None:
        self._opened = opened
        self._name = name
        self.frame_count = opened.frame_count

    def picture(self, frame: int, *, view: int) -> _Shown:
        if view:
            message = f"{self._name} has no windows to choose from."
            raise UnreadableImageError(
                message, state="unsupported", hint="Leave the choice of a window out."
            )
        return (*self._opened.picture(frame), (), None)

    def names_in_path(self, path: str) -> str:
        del path
        return ""  # it names nobody


def read_bytes(path: Path) -> bytes:
    """Return the content of a picture file, as ``folders.read_bytes`` does.

    Of a large file that does not begin like a picture only the beginning is read.

    Raises:
        UnreadableImageError: it cannot be read, or is too large, or is no picture.
    """
    return folders.read_bytes(path, refuse=_refuse_other_kinds)


def _refuse_other_kinds(head: bytes, name: str) -> None:
    if not dicom.is_dicom(head):
        raster.check_kind(head, name=name)


def open_image(
    data: bytes,
    *,
    name: str,
    max_pixels: int = MAX_PIXELS,
    label_tag: str | None = None,
) -> ImageFile:
    """Open a picture file from its bytes: parse the header, decode nothing yet.

    Args:
        data: the bytes of the file.
        name: file name, for messages.
        max_pixels: refuse more in a frame, as the header tells, before decoding.
        label_tag: a DICOM element whose values are labels (``dicom.check_tag``).

    Raises:
        UnreadableImageError: damaged, unsupported or not an image, with a sentence.
    """
    name = PurePath(name).name
    if not data:
        raise empty_file(name)
    if dicom.is_dicom(data):
        found = dicom.open_object(
            data, name=name, max_pixels=max_pixels, label_tag=label_tag
        )
        return ImageFile(name, _Dicom(found))
    plain = raster.open_raster(data, name=name, max_pixels=max_pixels)
    return ImageFile(name, _Raster(plain, name))


def decode(
    data: bytes,
    *,
    name: str,
    frame: int | None = None,
    view: int = 0,
    max_pixels: int = MAX_PIXELS,
) -> Decoded:
    """Decode one picture: ``open_image`` and ``ImageFile.picture`` in one.

    How values become [0, 1] is told by ``dicom`` and ``raster``.

    Args:
        data: the bytes of the file.
        name: file name, for messages.
        frame: frame of a DICOM object or page of a TIFF, from 0; None is the middle
            frame of a DICOM object and the first page of every other file.
        view: which window or table of a DICOM object to apply.
        max_pixels: refuse more, as the header tells, before decoding.

    Returns:
        The picture, upright, and what is known about it.

    Raises:
        UnreadableImageError: damaged, unsupported or not an image, with a sentence.
    """
    opened = open_image(data, name=name, max_pixels=max_pixels)
    return opened.picture(frame, view=view)
