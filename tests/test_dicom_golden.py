"""One grey and one colour picture, written in every way that DICOM has for them.

Whatever the photometric interpretation, word length, sign or encoding, the same picture
must come out, within the steps of the way it was written.
"""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import add_palette, decode, encapsulated, make
from PIL import Image
from pydicom import uid
from pydicom.dataset import FileDataset
from pydicom.pixels import convert_color_space

# A ramp from black to white with a bright and a dark disc, 0 ... 1.
_ROWS, _COLUMNS = np.mgrid[:32, :48] / np.array([31, 47])[:, None, None]
GREY = (_ROWS + _COLUMNS) / 2
GREY[8:12, 8:12], GREY[20:24, 36:40] = 1, 0
# Smooth colours, so that sub-sampled chroma loses little.
COLOUR = np.stack([_ROWS, _COLUMNS, 1 - _ROWS], axis=-1)
BYTES = np.rint(COLOUR * 255).astype(np.uint8)


def _stored(bits: int, dtype: type, *, low: int = 0) -> np.ndarray:
    return (np.rint(GREY * (2**bits - 1)) + low).astype(dtype)


def _whole(bits: int, *, low: int = 0) -> dict[str, object]:
    """The window that shows the whole range of so many bits."""
    return {"WindowCenter": low + 2 ** (bits - 1), "WindowWidth": 2**bits}


def _one_bit() -> FileDataset:
    bits = (GREY > 0.5).astype(np.uint8)
    ds = make(bits, BitsAllocated=1, BitsStored=1)
    ds.PixelData = np.packbits(bits, bitorder="little").tobytes()
    return ds


def _palette() -> FileDataset:
    indices = _stored(8, np.uint8)
    ds = make(indices, PhotometricInterpretation="PALETTE COLOR")
    ramp = (np.arange(256, dtype=np.uint16) * 257).astype("<u2").tobytes()
    add_palette(ds, dict.fromkeys(("Red", "Green", "Blue"), ramp), [256, 0, 16])
    return ds


GREY_WAYS: dict[str, tuple[Callable[[], FileDataset], float]] = {
    "MONOCHROME2 of 8 bits": (lambda: make(_stored(8, np.uint8)), 1 / 510),
    "MONOCHROME1 of 8 bits": (
        lambda: make(
            255 - _stored(8, np.uint8), PhotometricInterpretation="MONOCHROME1"
        ),
        1 / 510,
    ),
    "inverse presentation": (
        lambda: make(255 - _stored(8, np.uint8), PresentationLUTShape="INVERSE"),
        1 / 510,
    ),
    "12 bits in 16": (
        lambda: make(_stored(12, np.uint16), BitsStored=12, **_whole(12)),
        1 / 8190,
    ),
    "MONOCHROME1 of 12 bits in 16": (
        lambda: make(
            4095 - _stored(12, np.uint16),
            BitsStored=12,
            PhotometricInterpretation="MONOCHROME1",
            **_whole(12),
        ),
        1 / 8190,
    ),
    "16 bits signed": (
        lambda: make(_stored(16, np.int16, low=-(2**15)), **_whole(16, low=-(2**15))),
        1e-4,
    ),
    "16 bits signed, rescaled to unsigned": (
        lambda: make(
            _stored(12, np.int16, low=-2048),
            BitsStored=12,
            RescaleSlope=1,
            RescaleIntercept=2048,
            **_whole(12),
        ),
        1 / 8190,
    ),
    "32 bits": (lambda: make(_stored(32, np.uint32), **_whole(32)), 1e-6),
    "32 bits signed": (
        lambda: make(_stored(32, np.int32, low=-(2**31)), **_whole(32, low=-(2**31))),
        1e-6,
    ),
    "float": (
        lambda: make(
            GREY.astype(np.float32),
            WindowCenter=0.5,
            WindowWidth=1,
            VOILUTFunction="LINEAR_EXACT",
        ),
        1e-6,
    ),
    "double": (
        lambda: make(
            GREY.astype(np.float64) * 1e9 + 7e9,
            WindowCenter=7.5e9,
            WindowWidth=1e9,
            VOILUTFunction="LINEAR_EXACT",
        ),
        1e-6,
    ),
}


@pytest.mark.parametrize("way", GREY_WAYS)
def test_grey_picture_comes_out_of_every_way_to_write_it(way):
    written, tolerance = GREY_WAYS[way]

    pixels = decode(written()).pixels

    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, GREY, atol=tolerance)


@pytest.mark.parametrize(
    "syntax", [uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless]
)
@pytest.mark.parametrize("way", list(GREY_WAYS)[:7])
def test_encoding_without_loss_changes_nothing(way, syntax):
    ds = GREY_WAYS[way][0]()
    plain = decode(ds).pixels
    ds.compress(syntax)

    np.testing.assert_array_equal(decode(ds).pixels, plain)


def test_1_bit_picture_is_its_threshold():
    np.testing.assert_array_equal(decode(_one_bit()).pixels, GREY > 0.5)


def test_palette_of_greys_gives_three_equal_channels():
    pixels = decode(_palette()).pixels

    np.testing.assert_allclose(pixels, GREY[..., None].repeat(3, axis=2), atol=1 / 510)


# --- colour -------------------------------------------------------------------


def _by_plane() -> FileDataset:
    ds = make(BYTES, PlanarConfiguration=1)
    ds.PixelData = BYTES.transpose(2, 0, 1).tobytes()
    return ds


def _ybr_full() -> FileDataset:
    values = convert_color_space(BYTES, "RGB", "YBR_FULL")
    return make(values, PhotometricInterpretation="YBR_FULL")


def _ybr_full_422() -> FileDataset:
    ds = _ybr_full()
    full = convert_color_space(BYTES, "RGB", "YBR_FULL")
    pairs = full.reshape(32, 24, 2, 3)
    chroma = pairs[..., 1:].mean(axis=2).round().astype(np.uint8)
    ds.PixelData = np.concatenate([pairs[..., 0], chroma], axis=-1).tobytes()
    ds.PhotometricInterpretation = "YBR_FULL_422"
    return ds


def _jpeg_2000(photometric: str) -> FileDataset:
    """JPEG 2000 with its colour transform: reversible RCT, or ICT with loss."""
    ds = make(BYTES, PhotometricInterpretation=photometric)
    if photometric == "YBR_RCT":
        ds.compress(uid.JPEG2000Lossless)
    else:
        ds.compress(uid.JPEG2000, j2k_cr=[4.0])
    assert ds.PhotometricInterpretation == photometric
    return ds


def _jpeg_2000_called_ybr_full() -> FileDataset:
    """A stream with its own transform in an object that calls it YBR_FULL."""
    ds = _jpeg_2000("YBR_RCT")
    ds.PhotometricInterpretation = "YBR_FULL"
    return ds


def _jpeg_2000_of_ybr_full() -> FileDataset:
    ds = _ybr_full()
    ds.compress(uid.JPEG2000Lossless)
    assert ds.PhotometricInterpretation == "YBR_FULL"
    return ds


def _jpeg(*, adobe: int | None = None, sub_sampling: int = 0) -> FileDataset:
    """A JPEG of luminance and chroma, with the marker that Adobe puts in, or none."""
    buffer = io.BytesIO()
    image = Image.fromarray(BYTES)
    image.save(buffer, "JPEG", quality=100, subsampling=sub_sampling)
    stream = buffer.getvalue()
    end = 4 + int.from_bytes(stream[4:6], "big")  # without the JFIF marker
    marker = b""
    if adobe is not None:
        marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + bytes([adobe])
    stream = stream[:2] + marker + stream[end:]
    kind = "YBR_FULL_422" if sub_sampling == 1 else "YBR_FULL"
    ds = make(BYTES, PhotometricInterpretation=kind)
    return encapsulated(ds, uid.JPEGBaseline8Bit, stream + b"\0" * (len(stream) % 2))


COLOUR_WAYS: dict[str, tuple[Callable[[], FileDataset], float]] = {
    "RGB by pixel": (lambda: make(BYTES), 1 / 510),
    "RGB by plane": (_by_plane, 1 / 510),
    "RGB of 16 bits": (lambda: make(BYTES.astype(np.uint16) * 257), 1 / 510),
    "YBR_FULL": (_ybr_full, 2 / 255),
    "YBR_FULL_422": (_ybr_full_422, 4 / 255),
    "YBR_RCT in JPEG 2000": (lambda: _jpeg_2000("YBR_RCT"), 1 / 510),
    "YBR_ICT in JPEG 2000": (lambda: _jpeg_2000("YBR_ICT"), 6 / 255),
    "YBR_FULL in JPEG 2000": (_jpeg_2000_of_ybr_full, 2 / 255),
    "RCT in JPEG 2000, called YBR_FULL": (_jpeg_2000_called_ybr_full, 1 / 510),
    "YBR_FULL in JPEG": (_jpeg, 6 / 255),
    "YBR_FULL_422 in JPEG": (lambda: _jpeg(sub_sampling=1), 8 / 255),
    "YBR_FULL in JPEG, marked by Adobe": (lambda: _jpeg(adobe=1), 6 / 255),
}


@pytest.mark.parametrize("way", COLOUR_WAYS)
def test_colour_picture_comes_out_of_every_way_to_write_it(way):
    written, tolerance = COLOUR_WAYS[way]

    pixels = decode(written()).pixels

    assert pixels.dtype == np.float32
    np.testing.assert_allclose(pixels, COLOUR, atol=tolerance)


@pytest.mark.parametrize("syntax", [uid.RLELossless, uid.JPEGLSLossless])
@pytest.mark.parametrize("way", ["RGB by pixel", "YBR_FULL"])
def test_encoding_of_colour_without_loss_changes_nothing(way, syntax):
    ds = COLOUR_WAYS[way][0]()
    plain = decode(ds).pixels
    ds.compress(syntax)

    np.testing.assert_array_equal(decode(ds).pixels, plain)
