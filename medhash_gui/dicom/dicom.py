"""Open a DICOM object and decode its frames to what a workstation would show.

Parsing, limits and refusals are here; ``dicom.kinds`` knows which objects are pictures,
``dicom.decoders`` reads transfer syntaxes, ``dicom.display`` and ``dicom.colour`` turn
stored values into grey and colour, ``dicom.header`` says whom a picture belongs to.
pydicom is known to these modules alone and imported when the first DICOM comes: a start
without DICOM does not pay for it.
"""

from __future__ import annotations

import contextlib
import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import pixel_spacing
from medhash_gui.details import Details
from medhash_gui.dicom import colour as dicom_colour
from medhash_gui.dicom import decoders as dicom_decoders
from medhash_gui.dicom import display as dicom_display
from medhash_gui.dicom import header as dicom_header
from medhash_gui.dicom import kinds as dicom_kinds
from medhash_gui.dicom import tables as dicom_tables
from medhash_gui.dicom.decoders import TransferSyntax, decoder_table
from medhash_gui.dicom.header import check_tag
from medhash_gui.errors import UnreadableImageError
from medhash_gui.identities import Identity
from medhash_gui.pixel_spacing import PixelSpacing

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

__all__ = [
    "DicomObject", "DicomPicture", "TransferSyntax", "check_tag",
    "decoder_table", "is_dicom", "open_object",
]  # fmt: skip

MAX_INFLATED_BYTES = 4 * 2**30
"""A deflated object that grows beyond this is refused before it fills the memory."""

_FETCH = "Fetch it again from where it came from."
_DEFLATED = "1.2.840.10008.1.2.1.99"
_OVERLAY_GROUPS = range(0x6000, 0x6020, 2)


@dataclass(frozen=True, slots=True)
class DicomPicture:
    """One decoded frame.

    Attributes:
        pixels: float32 ``(H, W)`` or ``(H, W, 3)`` RGB, [0, 1], never inverted.
        frame: index of the frame, from 0.
        frame_count: frames in the object.
        notes: what a user should know about how the picture was made.
        views: names of the VOI LUTs and windows of this frame; () where there is
            nothing to choose from.
        view: index of the one that was applied.
        spacing: of its pixels, or None where the object does not say.
    """

    pixels: npt.NDArray[np.float32]
    frame: int
    frame_count: int
    notes: tuple[str, ...] = ()
    views: tuple[str, ...] = ()
    view: int = 0
    spacing: PixelSpacing | None = None


class DicomObject:
    """An open object: its header is parsed, its frames are decoded when asked for.

    Attributes:
        frame_count: frames in the object, 1 or more.
        identity: patient, study and series in clear; stays in memory.
        details: what a library may keep of the header.
        views: names of the VOI LUTs and windows of the middle frame; () where there is
            nothing to choose from. Frames of enhanced objects may have their own.
        tag_labels: values of the element that was asked for as a label.
    """

    def __init__(
        self,
        dataset: Dataset,
        *,
        name: str,
        frame_count: int,
        label_tag: str | None = None,
    ) -> None:
        self._dataset = dataset
        self._name = name
        self.frame_count = frame_count
        self.identity: Identity = dicom_header.identity(dataset)
        self.details: Details = dicom_header.details(dataset, frame_count=frame_count)
        self.tag_labels: tuple[str, ...] = (
            dicom_header.tag_labels(dataset, label_tag) if label_tag else ()
        )
        self.views: tuple[str, ...] = self._views(frame_count // 2)

    def picture(self, frame: int | None = None, *, view: int = 0) -> DicomPicture:
        """Decode one frame.

        Grey values are shown as ``dicom.display.grey`` says: modality LUT, VOI LUT or
        window, inversion of MONOCHROME1, in this order. Windows do not apply to colour.

        Args:
            frame: index from 0; None takes the middle frame.
            view: index into the frame's views; 0 is what is shown without a choice.

        Returns:
            The frame and what is known about it.

        Raises:
            UnreadableImageError: it is damaged, or cannot be decoded here, or there is
                no such frame or view.
        """
        index = self.frame_count // 2 if frame is None else frame
        if not 0 <= index < self.frame_count:
            message = (
                f"{self._name} has {self.frame_count} frames; there is no frame "
                f"{index + 1}."
            )
            raise UnreadableImageError(
                message, state="unsupported", hint="Choose a frame of this object."
            )
        # Absurd values of a broken header overflow; what they give is black or white.
        with _sentences(self._name), np.errstate(all="ignore"):
            return self._picture(index, view)

    def names_in_path(self, path: str) -> str:
        """Return what of the patient a path repeats (``dicom.header``)."""
        return dicom_header.names_in_path(self._dataset, path)

    def _picture(self, index: int, view: int) -> DicomPicture:
        dataset = self._dataset
        views = self._views(index)
        if not 0 <= view < max(len(views), 1):
            message = (
                f"{self._name} has {len(views)} windows; there is no window {view + 1}."
            )
            raise UnreadableImageError(
                message, state="unsupported", hint="Choose a window of this object."
            )
        values, photometric = dicom_decoders.stored_values(
            dataset, name=self._name, index=index
        )
        notes = _what_is_not_shown(dataset)
        if photometric in ("MONOCHROME1", "MONOCHROME2") and values.ndim == 2:
            pixels = dicom_display.grey(
                values, dataset, index=index, view=view, notes=notes
            )
        else:
            pixels = _colour(values, dataset, photometric, name=self._name)
        measures = dicom_display.macro(dataset, "PixelMeasuresSequence", index=index)
        spacing = pixel_spacing.of_object(dataset, measures)
        return DicomPicture(
            pixels, index, self.frame_count, tuple(notes), views, view, spacing
        )

    def _views(self, index: int) -> tuple[str, ...]:
        if not str(self._dataset.get("PhotometricInterpretation")).startswith("MONO"):
            return ()
        found, _ = dicom_display.views(self._dataset, index=index)
        return tuple(view.name for view in found) if len(found) > 1 else ()


def is_dicom(data: bytes) -> bool:
    """Return whether ``data`` starts like a DICOM file, with or without its preamble.

    Old devices write the bare data set. It starts with group 0002 or 0008 and an
    element whose value representation or length is plausible.
    """
    if data[128:132] == b"DICM":
        return True
    if len(data) < 16:
        return False
    for order in ("<", ">"):
        group, element, length = struct.unpack(f"{order}HHI", data[:8])
        if group not in (0x0002, 0x0008) or element > 0x2000:
            continue
        if data[4:6].isalpha() and data[4:6].isupper():
            return True
        if element <= 0x0018 and length % 2 == 0 and length <= min(len(data), 1024):
            return True
    return False


def open_object(
    data: bytes, *, name: str, max_pixels: int, label_tag: str | None = None
) -> DicomObject:
    """Parse a DICOM object; nothing of its pixels is decoded yet.

    Args:
        data: the bytes of the file.
        name: file name for messages.
        max_pixels: refuse frames of more pixels.
        label_tag: an element whose values are labels, as ``check_tag`` gives it.

    Returns:
        The object, with at least one frame.

    Raises:
        UnreadableImageError: it is no image, is damaged, or is over a limit.
        SettingsError: ``label_tag`` cannot be a label.
    """
    name = PurePath(name).name
    dicom_decoders.import_pydicom(name)
    keyword = check_tag(label_tag) if label_tag else None
    with _sentences(name):
        dataset = _parse(data, name=name)
        dicom_kinds.check_is_picture(dataset, name=name)
        _check_size(dataset, name=name, max_pixels=max_pixels)
        frame_count = _frame_count(dataset)
        return DicomObject(
            dataset, name=name, frame_count=frame_count, label_tag=keyword
        )


# --- failures -----------------------------------------------------------------


@contextlib.contextmanager
def _sentences(name: str) -> Iterator[None]:
    """Turn whatever pydicom and its decoders raise into a sentence."""
    try:
        yield
    except UnreadableImageError:
        raise
    except MemoryError as error:
        message = f"{name} needs more memory than this computer has free."
        raise UnreadableImageError(
            message, state="unsupported", hint="Close other programs and try again."
        ) from error
    except Exception as error:
        # They raise errors of every type on broken objects, and elements are parsed
        # when first asked for, so anywhere.
        raise _damaged(name) from error
    except BaseException as error:
        # A decoder in Rust that stumbles raises a panic, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from error


def _damaged(name: str) -> UnreadableImageError:
    message = f"{name} is a damaged DICOM object and cannot be decoded."
    return UnreadableImageError(message, state="damaged", hint=_FETCH)


# --- parsing ------------------------------------------------------------------


def _parse(data: bytes, *, name: str) -> Dataset:
    from pydicom import uid
    from pydicom.dataset import FileMetaDataset
    from pydicom.filereader import dcmread

    _check_inflated_size(data, name=name)
    dataset = dcmread(io.BytesIO(data), force=True)
    if not dataset.file_meta.get("TransferSyntaxUID"):
        # A bare data set says nothing about its encoding; what it was parsed as is
        # what a native one is in.
        implicit, little_endian = dataset.original_encoding
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = (
            uid.ImplicitVRLittleEndian
            if implicit
            else uid.ExplicitVRLittleEndian
            if little_endian
            else uid.ExplicitVRBigEndian
        )
    return dataset


def _check_inflated_size(data: bytes, *, name: str) -> None:
    from pydicom.filebase import DicomBytesIO
    from pydicom.filereader import _read_file_meta_info, read_preamble

    stream = DicomBytesIO(data)
    read_preamble(stream, force=True)  # type: ignore[arg-type]
    meta = _read_file_meta_info(stream)  # type: ignore[arg-type]
    if meta.get("TransferSyntaxUID") != _DEFLATED:
        return
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    pending, size = stream.read(), 0
    while pending and size <= MAX_INFLATED_BYTES:
        size += len(inflater.decompress(pending, 2**24))
        pending = inflater.unconsumed_tail
    if size > MAX_INFLATED_BYTES:
        message = f"{name} unpacks to more than {MAX_INFLATED_BYTES // 2**30} GB."
        raise UnreadableImageError(
            message, state="unsupported", hint=dicom_decoders.RE_EXPORT
        )


def _check_size(dataset: Dataset, *, name: str, max_pixels: int) -> None:
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    if rows * columns > max_pixels:
        message = (
            f"{name} has {columns} x {rows} pixels, more than the limit of "
            f"{max_pixels / 1e6:.0f} million."
        )
        raise UnreadableImageError(
            message, state="unsupported", hint="Export it again at a smaller size."
        )


def _frame_count(dataset: Dataset) -> int:
    """Return the number of frames, after a look whether the data can hold as many.

    Raises:
        ValueError: they cannot, even at a bit a pixel or, encapsulated, at the eight
            bytes that each item's head takes (PS3.5 A.4).
    """
    count = int(dataset.get("NumberOfFrames") or 1)
    if count == 1:
        return 1
    keyword = next(each for each in dicom_kinds.PIXEL_KEYWORDS if each in dataset)
    size = len(dataset[keyword].value)
    encapsulated = dataset.file_meta.TransferSyntaxUID.is_encapsulated
    least = 8.0 if encapsulated else int(dataset.Rows) * int(dataset.Columns) / 8
    if count < 1 or size < count * least:
        message = f"{count} frames in {size} bytes"
        raise ValueError(message)
    return count


# --- pixels -------------------------------------------------------------------


def _what_is_not_shown(dataset: Dataset) -> list[str]:
    """Return a note for each part of the object that the picture leaves out."""
    notes = []
    if any(
        (group, 0x3000) in dataset or (group, 0x0010) in dataset
        for group in _OVERLAY_GROUPS
    ):
        # PS3.3 C.9.2, in elements of their own or, retired, in unused bits.
        notes.append("Its overlays (drawings over the picture) are left out.")
    grey = str(dataset.get("PhotometricInterpretation")).startswith("MONOCHROME")
    if grey and "RedPaletteColorLookupTableDescriptor" in dataset:
        # The Supplemental Palette (PS3.3 C.7.6.19) colours part of a grey picture.
        notes.append("Its supplemental colours are left out: it is shown in grey.")
    return notes


def _colour(
    values: npt.NDArray[np.generic], dataset: Dataset, photometric: str, *, name: str
) -> npt.NDArray[np.float32]:
    """Return RGB (PS3.3 C.7.6.3.1.2, for palettes C.7.6.3.1.5)."""
    if photometric == "PALETTE COLOR" and values.ndim == 2:
        return dicom_tables.palette(values, dataset)
    known = (*dicom_colour.KINDS, "MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    if photometric not in known:
        message = f"{name} has colours of the kind {photometric}, which is not read."
        raise UnreadableImageError(
            message, state="unsupported", hint=dicom_decoders.RE_EXPORT
        )
    samples = values.shape[2] if values.ndim == 3 else 1
    if samples != 3 or photometric not in dicom_colour.KINDS:
        message = f"{name} is damaged: {photometric} with {samples} values a pixel."
        raise UnreadableImageError(message, state="damaged", hint=_FETCH)
    return dicom_colour.rgb(
        values, photometric=photometric, bits=int(dataset.BitsStored)
    )
