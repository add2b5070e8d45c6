"""Decode one frame of a DICOM object to the picture that a workstation would show.

Parsing, the refusal of objects that hold no picture, and the decoders of the transfer
syntaxes are here; how values become grey or colour is in ``dicom_display``. This is
the only module that imports pydicom, and it does so when the first DICOM comes: a
start without DICOM does not pay for it.
"""

from __future__ import annotations

import importlib
import io
import logging
import re
import struct
import sys
import warnings
import zlib
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medhash_gui import dicom_display
from medhash_gui.errors import UnreadableImageError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

MAX_INFLATED_BYTES = 4 * 2**30
"""A deflated object that grows beyond this is refused before it fills the memory."""

_RE_EXPORT = (
    "Export it again uncompressed (Explicit VR Little Endian) or as JPEG Lossless, "
    "JPEG-LS, JPEG 2000 or RLE."
)
_PLACEHOLDER_ID = re.compile(
    r"(anon(ym(ous|i[sz]ed)?)?|de-?identified|removed|unknown|none|null|no[ _-]?id|n/?a"
    r"|test)?[ _-]*(patient|id)?[ _0x*.?-]*",
    re.IGNORECASE,
)
_FETCH = "Fetch it again from where it came from."
_DEFLATED = "1.2.840.10008.1.2.1.99"
# Storage classes that carry pixel data which is no picture of a patient: planned dose,
# labels drawn over another image, parameters of a map.
_PIXELS_BUT_NO_PICTURE = {
    "1.2.840.10008.5.1.4.1.1.481.2": "a radiotherapy dose grid",
    "1.2.840.10008.5.1.4.1.1.66.4": "a segmentation",
    "1.2.840.10008.5.1.4.1.1.66.7": "a segmentation",
}
# Best first. GDCM stands back where another can: on a broken JPEG stream it ends the
# process (a C++ exception that nobody catches). For JPEG Lossless there is no other.
_PLUGINS = ("pylibjpeg", "pyjpegls", "pillow", "pydicom")
_PIXEL_KEYWORDS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


@dataclass(frozen=True, slots=True)
class DicomPicture:
    """One decoded frame.

    Attributes:
        pixels: float32 ``(H, W)`` or ``(H, W, 3)`` RGB, [0, 1], never inverted.
        frame: index of the frame, from 0.
        frame_count: frames in the object.
        patient_id: PatientID in clear text, None when empty or a placeholder.
        notes: what a user should know about how the picture was made.
    """

    pixels: npt.NDArray[np.float32]
    frame: int
    frame_count: int
    patient_id: str | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """A way of encoding pixels, and what can decode it here.

    Attributes:
        name: name in DICOM PS3.6, such as "JPEG Baseline (Process 1)".
        uid: unique identifier, such as "1.2.840.10008.1.2.4.50".
        decoders: installed packages that decode it; empty when none does.
        note: a limit worth knowing, or "".
    """

    name: str
    uid: str
    decoders: tuple[str, ...]
    note: str = ""

    @property
    def decodable(self) -> bool:
        """Whether this installation can decode it."""
        return bool(self.decoders)


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


def decode(
    data: bytes, *, name: str, frame: int | None, max_pixels: int
) -> DicomPicture:
    """Decode one frame of a DICOM object.

    Grey values are shown as ``dicom_display.grey`` says: modality LUT, VOI LUT or
    window, inversion of MONOCHROME1, in this order. Windows do not apply to colour.

    Args:
        data: the bytes of the file.
        name: file name for messages.
        frame: index from 0; None takes the middle frame.
        max_pixels: refuse a frame of more pixels.

    Returns:
        The frame and what is known about it.

    Raises:
        UnreadableImageError: it is no image, is damaged, or cannot be decoded here.
    """
    name = PurePath(name).name
    _import_pydicom(name)
    try:
        dataset = _parse(data, name=name)
        _check_is_picture(dataset, name=name)
        _check_size(dataset, name=name, max_pixels=max_pixels)
        return _picture(dataset, name=name, frame=frame)
    except UnreadableImageError:
        raise
    except MemoryError as error:
        message = f"{name} needs more memory than this computer has free."
        raise UnreadableImageError(
            message, state="unsupported", hint="Close other programs and try again."
        ) from error
    except Exception as error:
        # pydicom and its decoders raise errors of every type on broken objects, and
        # elements are parsed when first asked for, so anywhere above.
        raise _damaged(name) from error
    except BaseException as error:
        # A decoder in Rust that stumbles raises a panic, which is no Exception.
        if type(error).__name__ != "PanicException":
            raise
        raise _damaged(name) from error


def decoder_table() -> list[TransferSyntax]:
    """Return the image transfer syntaxes and what decodes each of them here.

    Raises:
        UnreadableImageError: pydicom is not installed.
    """
    _import_pydicom("The table of decoders")
    from pydicom.pixels import decoders
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import JPEGExtended12Bit

    uids = {
        decoder.UID: decoder
        for decoder in vars(decoders).values()
        if hasattr(decoder, "UID") and hasattr(decoder, "available_plugins")
    }
    table = []
    for uid in sorted(uids, key=lambda uid: [int(part) for part in uid.split(".")]):
        decoder = get_decoder(uid)
        found = decoder.available_plugins if decoder.is_encapsulated else ("pydicom",)
        note = "8 bits only" if uid == JPEGExtended12Bit else ""
        table.append(TransferSyntax(uid.name, str(uid), tuple(found), note))
    return table


def _damaged(name: str) -> UnreadableImageError:
    message = f"{name} is a damaged DICOM object and cannot be decoded."
    return UnreadableImageError(message, state="damaged", hint=_FETCH)


def _import_pydicom(name: str) -> None:
    try:
        # Once a process: catch_warnings is not safe in threads, an import is locked.
        if "pydicom.pixels" not in sys.modules:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module("pydicom.pixels")
    except ImportError as error:
        message = f"{name} needs the package pydicom, which is not installed."
        raise UnreadableImageError(
            message, state="unsupported", hint="Install it with: pip install pydicom"
        ) from error
    _silence_decoders()
    # A filter that is simply there is safe in threads. It is put in front each time
    # because a test runner resets the filters.
    warnings.filterwarnings("ignore", module=r"(pydicom|pylibjpeg|openjpeg|jpeg_ls)\b")


def _silence_decoders() -> None:
    """Keep what decoders print and log, which quotes patient data, to themselves."""
    for logger in ("pydicom", "pylibjpeg", "openjpeg", "libjpeg", "rle"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    gdcm = sys.modules.get("gdcm")
    if gdcm is not None:
        gdcm.Trace.DebugOff()
        gdcm.Trace.WarningOff()
        gdcm.Trace.ErrorOff()


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
        raise UnreadableImageError(message, state="unsupported", hint=_RE_EXPORT)


def _check_is_picture(dataset: Dataset, *, name: str) -> None:
    storage = dataset.get("SOPClassUID") or dataset.file_meta.get(
        "MediaStorageSOPClassUID"
    )
    if storage in _PIXELS_BUT_NO_PICTURE:
        message = f"{name} holds {_PIXELS_BUT_NO_PICTURE[storage]}, not a picture."
        raise UnreadableImageError(message, state="not_an_image")
    if any(keyword in dataset for keyword in _PIXEL_KEYWORDS):
        return
    if storage and len(dataset) and not dataset.get("Rows"):
        kind = getattr(storage, "name", str(storage))
        message = f"{name} is a DICOM object without a picture ({kind})."
        raise UnreadableImageError(message, state="not_an_image")
    message = f"{name} is a damaged DICOM object: its pixel data are missing."
    raise UnreadableImageError(message, state="damaged", hint=_FETCH)


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


def _picture(dataset: Dataset, *, name: str, frame: int | None) -> DicomPicture:
    frame_count = int(dataset.get("NumberOfFrames") or 1)
    index = frame_count // 2 if frame is None else frame
    if not 0 <= index < frame_count:
        message = f"{name} has {frame_count} frames; there is no frame {index + 1}."
        raise UnreadableImageError(
            message, state="unsupported", hint="Choose a frame of this object."
        )
    values, properties = _stored_values(dataset, name=name, index=index)
    photometric = str(properties["photometric_interpretation"])
    notes: list[str] = []
    if photometric in ("MONOCHROME1", "MONOCHROME2") and values.ndim == 2:
        pixels = dicom_display.grey(values, dataset, index=index, notes=notes)
    else:
        pixels = _colour(values, dataset, properties, name=name)
    return DicomPicture(
        pixels=pixels,
        frame=index,
        frame_count=frame_count,
        patient_id=_patient_id(dataset),
        notes=tuple(notes),
    )


def _stored_values(
    dataset: Dataset, *, name: str, index: int
) -> tuple[npt.NDArray[Any], dict[str, str | int]]:
    """Return one frame as stored and the Image Pixel values that describe it."""
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import JPEGExtended12Bit

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise _no_decoder(syntax, name=name) from error
    if decoder.is_encapsulated and not decoder.is_available:
        raise _no_decoder(syntax, name=name)
    if not decoder.is_encapsulated:
        return decoder.as_array(dataset, index=index)
    # The free decoders know the 8-bit half of this syntax only.
    if (
        syntax == JPEGExtended12Bit
        and int(dataset.get("BitsStored", 8)) > 8
        and not set(decoder.available_plugins) - {"gdcm", "pillow"}
    ):
        raise _no_decoder(syntax, name=name)
    found = [plugin for plugin in _PLUGINS if plugin in decoder.available_plugins]
    failure: Exception | None = None
    for plugin in found or decoder.available_plugins:
        try:
            return decoder.as_array(dataset, index=index, decoding_plugin=plugin)
        except (RuntimeError, ValueError) as error:
            failure = error
    message = "no decoder succeeds"
    raise ValueError(message) from failure


def _no_decoder(syntax: str, *, name: str) -> UnreadableImageError:
    label = getattr(syntax, "name", str(syntax))
    label = str(syntax) if label == syntax else f"{label}, {syntax}"
    message = f"{name} is encoded as {label}, for which no decoder is installed."
    return UnreadableImageError(message, state="unsupported", hint=_RE_EXPORT)


def _colour(
    values: npt.NDArray[Any],
    dataset: Dataset,
    properties: dict[str, str | int],
    *,
    name: str,
) -> npt.NDArray[np.float32]:
    """Return RGB (PS3.3 C.7.6.3.1.2 and, for palettes, C.7.6.3.1.5 and C.7.9)."""
    from pydicom.pixels.processing import apply_color_lut

    photometric = str(properties["photometric_interpretation"])
    bits = int(properties["bits_stored"])
    if photometric == "PALETTE COLOR":
        if "RedPaletteColorLookupTableData" in dataset:
            return dicom_display.palette(values, dataset)
        # Segmented palettes have entries of the declared depth, so nothing wraps.
        values = apply_color_lut(values, dataset)[..., :3]
        bits = values.dtype.itemsize * 8
    elif photometric not in ("RGB", "YBR_RCT", "YBR_ICT") or values.ndim != 3:
        # as_array has turned YBR_FULL and YBR_FULL_422 into RGB; what is left is
        # retired or unknown.
        message = f"{name} has colours of the kind {photometric}, which is not read."
        raise UnreadableImageError(message, state="unsupported", hint=_RE_EXPORT)
    scaled = values.astype(np.float32) / np.float32(2**bits - 1)
    return np.clip(scaled, 0, 1, out=scaled)


def _patient_id(dataset: Dataset) -> str | None:
    try:
        value = str(dataset.get("PatientID") or "").strip()
    except Exception:  # noqa: BLE001 - a broken identifier must not cost the picture
        return None
    return None if _PLACEHOLDER_ID.fullmatch(value) else value
