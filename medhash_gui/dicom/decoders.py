"""Decode the pixel data of DICOM objects: transfer syntaxes, and what reads them here.

pydicom and its plugins do the work; which of them is asked first, what is refused with
which way out, and the bits that a pixel does not use are settled here. No plugin under
the GPL is needed or named.
"""

from __future__ import annotations

import contextlib
import importlib
import logging
import sys
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from medhash_gui.dicom import codestream as dicom_codestream
from medhash_gui.errors import UnreadableImageError

if TYPE_CHECKING:
    from pydicom.dataset import Dataset
    from pydicom.pixels.decoders.base import Decoder

RE_EXPORT = (
    "Export it again uncompressed (Explicit VR Little Endian) or as JPEG Lossless, "
    "JPEG-LS, JPEG 2000 or RLE."
)

JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
RLE_LOSSLESS = "1.2.840.10008.1.2.5"

_JPEG_2000 = tuple(
    f"1.2.840.10008.1.2.4.{number}" for number in (90, 91, 201, 202, 203)
)

# Best first. GDCM stands back where another can: on a broken JPEG stream it ends the
# process (a C++ exception that nobody catches). For JPEG Lossless there is no other.
_ORDER = ("pylibjpeg", "pyjpegls", "pillow", "pydicom", "imagecodecs", "gdcm")
_EIGHT_BITS_ONLY = {"pillow", "gdcm"}  # of JPEG Extended they know the 8-bit half
_12_BITS = "pip install imagecodecs"

# Names that pydicom's dictionary lacks, as in PS3.6 Table A-1.
_NAMES = {
    "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression",
    "1.2.840.10008.1.2.4.110": "JPEG XL Lossless",
    "1.2.840.10008.1.2.4.111": "JPEG XL JPEG Recompression",
    "1.2.840.10008.1.2.4.112": "JPEG XL",
}
_VIDEO = tuple(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 110))
_ELSEWHERE = tuple(f"1.2.840.10008.1.2.4.{number}" for number in (94, 95, 204, 205))

# What to install where the table shows nothing. Each is MIT or Apache-2.0.
_PACKAGES = {
    "1.2.840.10008.1.2.4.50": "pillow",
    "1.2.840.10008.1.2.4.51": "pillow",
    "1.2.840.10008.1.2.4.57": "python-gdcm",
    "1.2.840.10008.1.2.4.70": "python-gdcm",
    "1.2.840.10008.1.2.4.80": "pyjpegls",
    "1.2.840.10008.1.2.4.81": "pyjpegls",
    "1.2.840.10008.1.2.4.90": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.91": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.201": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.202": "pylibjpeg pylibjpeg-openjpeg",
    "1.2.840.10008.1.2.4.203": "pylibjpeg pylibjpeg-openjpeg",
    RLE_LOSSLESS: "pydicom",
}

# Whether a decoder has undone the colours of a stream that the header calls YBR_FULL.
_GIVES_RGB: dict[str | tuple[str, str], Callable[[bytes], bool]] = {
    ("1.2.840.10008.1.2.4.50", "pillow"): dicom_codestream.jpeg_gives_rgb,
    (JPEG_EXTENDED, "pillow"): dicom_codestream.jpeg_gives_rgb,
    **dict.fromkeys(_JPEG_2000, dicom_codestream.jpeg_2000_gives_rgb),
}

_registering = threading.Lock()


@dataclass(frozen=True, slots=True)
class TransferSyntax:
    """A way of encoding pixels, and what can decode it here.

    Attributes:
        name: name in DICOM PS3.6, such as "JPEG Baseline (Process 1)".
        uid: unique identifier, such as "1.2.840.10008.1.2.4.50".
        decoders: installed packages that decode it, in the order in which they are
            asked; empty when none does.
        note: a limit worth knowing, or "".
        remedy: how to have it decoded, or decoded in full; "" where it is.
    """

    name: str
    uid: str
    decoders: tuple[str, ...]
    note: str = ""
    remedy: str = ""

    @property
    def decodable(self) -> bool:
        """Whether this installation can decode it."""
        return bool(self.decoders)

    @property
    def decoded_by(self) -> str:
        """What decodes it, in words: "pillow, gdcm (8 bits only; ...)"."""
        limits = "; ".join(part for part in (self.note, self.remedy) if part)
        return (", ".join(self.decoders) or "nothing") + (limits and f" ({limits})")


def import_pydicom(name: str) -> None:
    """Import pydicom for ``name``, with its plugins, quietly.

    Raises:
        UnreadableImageError: pydicom is not installed.
    """
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
    _register_imagecodecs()
    _silence()
    # A filter that is simply there is safe in threads. It is put in front each time
    # because a test runner resets the filters.
    warnings.filterwarnings("ignore", module=r"(pydicom|pylibjpeg|openjpeg|jpeg_ls)\b")


def decoder_table() -> list[TransferSyntax]:
    """Return the image transfer syntaxes and what decodes each of them here.

    Raises:
        UnreadableImageError: pydicom is not installed.
    """
    import_pydicom("The table of decoders")
    from pydicom.pixels import decoders

    uids = {
        str(decoder.UID): decoder
        for decoder in vars(decoders).values()
        if hasattr(decoder, "UID") and hasattr(decoder, "available_plugins")
    }
    return [
        _row(uids[uid])
        for uid in sorted(uids, key=lambda uid: [int(part) for part in uid.split(".")])
    ]


def stored_values(
    dataset: Dataset, *, name: str, index: int
) -> tuple[npt.NDArray[Any], str]:
    """Return one frame as stored, and its photometric interpretation now.

    Bits that a pixel does not use are masked off (PS3.5 8.1.1), wherever HighBit puts
    them; sub-sampled colour is filled up; nothing is converted to RGB.

    Args:
        dataset: the object, with its file meta information.
        name: file name for messages.
        index: the frame, from 0.

    Returns:
        ``(H, W)`` or ``(H, W, 3)``, and such as "YBR_FULL": a decoder may have undone
        what the object announces.

    Raises:
        UnreadableImageError: no decoder is installed for its transfer syntax.
        Exception: pydicom and its plugins raise errors of every type on broken data.
    """
    from pydicom.pixels.decoders.base import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError as error:
        raise _no_decoder(syntax, name=name) from error
    if not decoder.is_encapsulated:
        allocated = int(dataset.BitsAllocated)
        if allocated not in (8, 16, 32, 64):
            return _packed(dataset, index=index, bits=allocated), _photometric(dataset)
        return _with(decoder, "", dataset, index=index)
    if not decoder.is_available:
        raise _no_decoder(syntax, name=name)
    plugins = _in_order(decoder)
    if syntax == JPEG_EXTENDED and int(dataset.get("BitsStored") or 8) > 8:
        if set(plugins) <= _EIGHT_BITS_ONLY:
            raise _no_decoder_of_12_bits(syntax, plugins, dataset, name=name)
        plugins = [plugin for plugin in plugins if plugin not in _EIGHT_BITS_ONLY]
    elif len(plugins) > 1:
        plugins = [plugin for plugin in plugins if plugin != "gdcm"]
    if syntax in _JPEG_2000:
        dicom_codestream.check_boxes(_frame(dataset, index))
    if plugins == ["gdcm"]:
        dicom_codestream.check_segments(_frame(dataset, index))
    failure: Exception | None = None
    for plugin in plugins:
        try:
            return _with(decoder, plugin, dataset, index=index)
        except (RuntimeError, ValueError) as error:
            failure = error
    message = "no decoder succeeds"
    raise ValueError(message) from failure


# --- decoding -----------------------------------------------------------------


def _with(
    decoder: Decoder, plugin: str, dataset: Dataset, *, index: int
) -> tuple[npt.NDArray[Any], str]:
    options: dict[str, Any] = {"raw": True, "decoding_plugin": plugin}
    photometric = _photometric(dataset)
    if photometric == "YBR_PARTIAL_422" and not decoder.is_encapsulated:
        # Laid out alike, so that pydicom fills up its sub-sampling, too.
        options["photometric_interpretation"] = "YBR_FULL_422"
    shift = _unused_low_bits(dataset, decoder)
    if shift:
        options["correct_unused_bits"] = False
    values, properties = decoder.as_array(dataset, index=index, **options)
    if shift:
        values = _between(values, shift, int(dataset.BitsStored))
    if "photometric_interpretation" not in options:
        photometric = str(properties["photometric_interpretation"])
    if photometric.startswith("YBR_FULL") and plugin:
        gives_rgb = _GIVES_RGB.get((decoder.UID, plugin)) or _GIVES_RGB.get(decoder.UID)
        if gives_rgb and gives_rgb(_frame(dataset, index)):
            photometric = "RGB"
    return values, photometric


def _frame(dataset: Dataset, index: int) -> bytes:
    from pydicom.encaps import get_frame

    table = dataset.get("ExtendedOffsetTable")
    lengths = dataset.get("ExtendedOffsetTableLengths")
    return get_frame(
        dataset.PixelData,
        index,
        number_of_frames=int(dataset.get("NumberOfFrames") or 1),
        extended_offsets=(table, lengths) if table and lengths else None,
    )


def _photometric(dataset: Dataset) -> str:
    return str(dataset.PhotometricInterpretation).strip()


def _unused_low_bits(dataset: Dataset, decoder: Decoder) -> int:
    """Return how many bits below a pixel's are unused (PS3.5 8.1.1).

    Old devices put overlays there (retired, PS3.3 C.9.2). Only native and RLE data
    keep such words as they are.
    """
    if decoder.is_encapsulated and decoder.UID != RLE_LOSSLESS:
        return 0
    allocated, stored = int(dataset.BitsAllocated), int(dataset.get("BitsStored") or 0)
    high = dataset.get("HighBit")
    if not stored or high is None or "PixelData" not in dataset:
        return 0
    return int(high) + 1 - stored if stored <= int(high) + 1 <= allocated else 0


def _between(values: npt.NDArray[Any], shift: int, bits: int) -> npt.NDArray[Any]:
    """Return the ``bits`` of each word above its lowest ``shift``, with their sign."""
    spare = 8 * values.dtype.itemsize - bits
    moved = np.left_shift(values, spare - shift)
    # On signed words the shift to the right brings the sign along.
    out: npt.NDArray[Any] = np.right_shift(moved, spare)
    return out


def _packed(dataset: Dataset, *, index: int, bits: int) -> npt.NDArray[Any]:
    """Return a native frame whose pixels follow each other without gaps (PS3.5 8.1.1).

    Of 1 bit, which pydicom cuts short where a frame begins within a byte; of 12 bits,
    which old objects have; or of 24.
    """
    if int(dataset.SamplesPerPixel) != 1 or not 1 <= bits < 32:
        message = f"{bits} bits allocated"
        raise ValueError(message)
    count = int(dataset.Rows) * int(dataset.Columns)
    data = dataset.PixelData
    if dataset.original_encoding[1] is False:
        data = np.frombuffer(data, ">u2").astype("<u2").tobytes()
    first, last = index * count * bits, (index + 1) * count * bits
    block = np.frombuffer(data, np.uint8, (last + 7) // 8 - first // 8, first // 8)
    flat = np.unpackbits(block, bitorder="little")[first % 8 : first % 8 + count * bits]
    values = np.zeros(count, np.uint32)
    for place, column in enumerate(flat.reshape(count, bits).T):
        values |= column.astype(np.uint32) << np.uint32(place)
    stored = int(dataset.get("BitsStored") or bits)
    shift = int(dataset.get("HighBit") or stored - 1) + 1 - stored
    signed = values.view(np.int32) if int(dataset.PixelRepresentation) else values
    return _between(signed, max(shift, 0), stored).reshape(dataset.Rows, -1)


# --- plugins ------------------------------------------------------------------


def _register_imagecodecs() -> None:
    from pydicom.pixels.decoders.base import get_decoder

    plugin = ("medhash_gui.dicom.imagecodecs", "decode_frame")
    with _registering, contextlib.suppress(ValueError):  # it is there already
        get_decoder(JPEG_EXTENDED).add_plugin("imagecodecs", plugin)


def _silence() -> None:
    """Keep what decoders print and log, which quotes patient data, to themselves."""
    for logger in ("pydicom", "pylibjpeg", "openjpeg", "libjpeg", "rle"):
        logging.getLogger(logger).setLevel(logging.CRITICAL + 1)
    gdcm = sys.modules.get("gdcm")
    if gdcm is not None:
        gdcm.Trace.DebugOff()
        gdcm.Trace.WarningOff()
        gdcm.Trace.ErrorOff()


def _in_order(decoder: Decoder) -> list[str]:
    """Return the plugins of a decoder, in the order in which they are asked."""
    places = {plugin: place for place, plugin in enumerate(_ORDER)}
    return sorted(
        decoder.available_plugins, key=lambda plugin: places.get(plugin, len(places))
    )


def _row(decoder: Decoder) -> TransferSyntax:
    syntax = str(decoder.UID)
    found = tuple(_in_order(decoder)) if decoder.is_encapsulated else ("pydicom",)
    note = remedy = ""
    if not found:
        remedy = f"pip install {_PACKAGES[syntax]}"
    elif syntax == JPEG_EXTENDED and set(found) <= _EIGHT_BITS_ONLY:
        note, remedy = "8 bits only", f"for 12 bits: {_12_BITS}"
    return TransferSyntax(_name_of(syntax), syntax, found, note, remedy)


# --- refusals -----------------------------------------------------------------


def _name_of(syntax: str) -> str:
    from pydicom.uid import UID

    return _NAMES.get(str(syntax), "") or UID(syntax).name


def _no_decoder(syntax: str, *, name: str) -> UnreadableImageError:
    label = _name_of(syntax)
    label = str(syntax) if label == syntax else f"{label}, {syntax}"
    hint = RE_EXPORT
    if syntax in _VIDEO:
        message = f"{name} is a video ({label}), which is not read."
        hint = "Export it again as single pictures."
    elif syntax in _ELSEWHERE:
        message = f"{name} has its pixels on a server ({label}), which is not asked."
        hint = "Export it again with its pixels inside."
    else:
        message = f"{name} is encoded as {label}, for which no decoder is installed."
        if syntax in _PACKAGES:
            hint = f"Install one with: pip install {_PACKAGES[syntax]}. Or: {RE_EXPORT}"
    return UnreadableImageError(message, state="unsupported", hint=hint)


def _no_decoder_of_12_bits(
    syntax: str, plugins: list[str], dataset: Dataset, *, name: str
) -> UnreadableImageError:
    message = (
        f"{name} is encoded as {_name_of(syntax)}, {syntax}, with "
        f"{int(dataset.BitsStored)} bits; the decoders installed here "
        f"({', '.join(plugins)}) read 8 bits only."
    )
    hint = f"Install one that reads 12 bits with: {_12_BITS}. Or: {RE_EXPORT}"
    return UnreadableImageError(message, state="unsupported", hint=hint)
