"""Transfer syntaxes are decoded, or named with the way out; unused bits are unused."""

from __future__ import annotations

import sys
import types

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import as_bytes, decode, encapsulated, film, make, refused, table
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.pixels.decoders.base import get_decoder

from medhash_gui.dicom import decoders as dicom_decoders
from medhash_gui.dicom import dicom
from medhash_gui.dicom import imagecodecs as dicom_imagecodecs

HAVE_12_BITS = dicom_imagecodecs.is_available(dicom_decoders.JPEG_EXTENDED)
WHOLE = {"WindowCenter": 2048, "WindowWidth": 4096}  # of 12 bits
SIGNED = {"WindowCenter": 0, "WindowWidth": 4096}

# --- encodings ----------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax",
    [
        uid.ImplicitVRLittleEndian,
        uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian,
        uid.RLELossless,
        uid.JPEGLSLossless,
        uid.JPEG2000Lossless,
    ],
)
def test_lossless_encodings_give_the_same_picture(syntax):
    plain = make(film(), BitsStored=12)
    encoded = make(film(), BitsStored=12, syntax=syntax)
    if syntax.is_compressed and syntax != uid.DeflatedExplicitVRLittleEndian:
        encoded = make(film(), BitsStored=12)
        encoded.compress(syntax)

    np.testing.assert_array_equal(decode(encoded).pixels, decode(plain).pixels)


@pytest.mark.parametrize(
    "syntax", [uid.RLELossless, uid.JPEGLSLossless, uid.JPEG2000Lossless]
)
def test_signed_values_survive_their_encoding(syntax):
    values = film().astype(np.int16) - 2048
    encoded = make(values, BitsStored=12, **SIGNED)
    encoded.compress(syntax)

    expected = (values + 2048) / 4095
    np.testing.assert_allclose(decode(encoded).pixels, expected, atol=1e-6)


# --- bits ---------------------------------------------------------------------


def test_1_bit_object_is_black_and_white():
    bits = np.random.default_rng(2).integers(0, 2, (5, 7), np.uint8)
    ds = make(bits, BitsAllocated=1, BitsStored=1)
    ds.PixelData = np.packbits(bits, bitorder="little").tobytes() + b"\0"

    np.testing.assert_array_equal(decode(ds).pixels, bits)


def test_frames_of_1_bit_may_begin_within_a_byte():
    bits = np.random.default_rng(2).integers(0, 2, (3, 5, 7), np.uint8)
    ds = make(bits, frames=True, BitsAllocated=1, BitsStored=1)
    ds.PixelData = np.packbits(bits, bitorder="little").tobytes()

    for frame in range(3):
        np.testing.assert_array_equal(decode(ds, frame=frame).pixels, bits[frame])


@pytest.mark.parametrize("allocated", [12, 24])
@pytest.mark.parametrize(
    "syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian]
)
def test_pixels_without_gaps_are_unpacked(allocated, syntax):
    frames = np.stack([film(3, 5), film(3, 5)[::-1]])
    frames[1, 0, 0] = 4095
    ds = make(frames, frames=True, syntax=syntax, **WHOLE)
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = allocated, 12, 11
    flat = frames.reshape(-1, 1).astype(np.uint32)
    bits = ((flat >> np.arange(allocated, dtype=np.uint32)) & 1).astype(np.uint8)
    data = np.packbits(bits.ravel(), bitorder="little").tobytes()
    data += b"\0" * (len(data) % 2)
    if syntax == uid.ExplicitVRBigEndian:
        data = np.frombuffer(data, "<u2").astype(">u2").tobytes()
    ds.PixelData = data

    for frame in range(2):
        expected = frames[frame] / 4095
        np.testing.assert_allclose(decode(ds, frame=frame).pixels, expected, atol=1e-5)


@pytest.mark.parametrize("rle", [False, True])
@pytest.mark.parametrize("signed", [False, True])
def test_bits_above_the_stored_ones_are_masked_off(signed, rle):
    values = film().astype(np.int16) - 2048 if signed else film()
    noise = np.random.default_rng(4).integers(0, 16, values.shape).astype(np.uint16)
    dirty = (values.view(np.uint16) & 0xFFF) | (noise << 12)
    window = SIGNED if signed else WHOLE
    ds = make(dirty.view(values.dtype), BitsStored=12, **window)
    if rle:
        ds.compress(uid.RLELossless)

    expected = (values + (2048 if signed else 0)) / 4095
    np.testing.assert_allclose(decode(ds).pixels, expected, atol=1e-6)


@pytest.mark.parametrize("signed", [False, True])
def test_overlay_in_the_bits_below_is_masked_off_and_said(signed):
    values = film().astype(np.int16) - 2048 if signed else film()
    window = SIGNED if signed else WHOLE
    dirty = (values << 4) | np.random.default_rng(4).integers(0, 16, values.shape)
    ds = make(
        dirty.astype(values.dtype),
        BitsAllocated=16,
        BitsStored=12,
        HighBit=15,
        **window,
    )
    ds.add_new(0x60000010, "US", 48)
    ds.add_new(0x60000102, "US", 0)  # Overlay Bit Position, retired

    picture = decode(ds)

    expected = (values + (2048 if signed else 0)) / 4095
    np.testing.assert_allclose(picture.pixels, expected, atol=1e-6)
    assert picture.notes == ("Its overlays (drawings over the picture) are left out.",)


def test_overlay_of_its_own_is_left_out_and_said():
    ds = make(film(), BitsStored=12)
    plain = decode(ds)
    ds.add_new(0x60020010, "US", 48)
    ds.add_new(0x60023000, "OW", b"\xff" * 240)

    picture = decode(ds)

    assert "overlays" in picture.notes[0]
    np.testing.assert_array_equal(picture.pixels, plain.pixels)


@pytest.mark.parametrize(
    ("dtype", "stored"), [(np.uint32, 32), (np.int32, 32), (np.uint32, 20)]
)
def test_words_of_32_bits_keep_their_steps(dtype, stored):
    step = 2 ** (stored - 21)
    middle = 0 if dtype == np.int32 else 2 ** (stored - 1)
    values = (np.arange(16).reshape(4, 4) * max(step, 1) + middle).astype(dtype)
    width = 16 * max(step, 1)
    ds = make(
        values,
        BitsStored=stored,
        WindowCenter=middle + width // 2,
        WindowWidth=width,
        VOILUTFunction="LINEAR_EXACT",
    )

    np.testing.assert_allclose(
        decode(ds).pixels, np.arange(16).reshape(4, 4) / 16, atol=1e-6
    )


# --- tables -------------------------------------------------------------------


def test_voi_table_with_8_bit_entries_does_not_wrap():
    voi = (np.arange(4096) // 16).astype(np.uint16)

    pixels = decode(
        make(film(), BitsStored=12, VOILUTSequence=[table(voi, bits=8)])
    ).pixels

    np.testing.assert_allclose(pixels, (film() // 16) / 255, atol=1e-6)


def test_table_with_negative_first_value_is_looked_up_from_there():
    values = np.array([[-5, -2, 0, 3]], np.int16)
    entries = np.array([0, 10, 20, 30, 255], np.uint16)

    pixels = decode(
        make(values, VOILUTSequence=[table(entries, first=-2, bits=8)])
    ).pixels

    np.testing.assert_allclose(pixels * 255, [[0, 0, 20, 255]], atol=1e-4)


def test_table_with_negative_first_value_written_as_unsigned_is_read():
    values = np.array([[-5, -2, 0, 3]], np.int16)
    entries = np.array([0, 10, 20, 30, 255], np.uint16)
    item = table(entries, first=2**16 - 2, bits=8)

    pixels = decode(make(values, VOILUTSequence=[item])).pixels

    np.testing.assert_allclose(pixels * 255, [[0, 0, 20, 255]], atol=1e-4)


def test_empty_tables_are_passed_over():
    ds = make(film(), BitsStored=12, **WHOLE)
    ds.ModalityLUTSequence = [Dataset()]
    ds.VOILUTSequence = [Dataset()]

    np.testing.assert_allclose(decode(ds).pixels, film() / 4095, atol=1e-3)


@pytest.mark.parametrize("vr", ["OW", "US"])
def test_table_shorter_than_announced_is_damage(vr):
    item = table(np.arange(100, dtype=np.uint16), vr=vr)
    item.LUTDescriptor = [4096, 0, 16]

    assert refused(make(film(), VOILUTSequence=[item])).state == "damaged"


# --- what cannot be decoded ---------------------------------------------------


def _named(syntax):
    """An object of a transfer syntax that pydicom may not know, and so not write."""
    stand_in = uid.HTJ2KLosslessRPCL if len(syntax) > 22 else uid.JPEG2000Lossless
    data = as_bytes(encapsulated(make(film()), stand_in))
    length = len(stand_in) + len(stand_in) % 2
    written = stand_in.encode().ljust(length, b"\0")
    assert data.count(written) == 1
    return data.replace(written, syntax.encode().ljust(length, b"\0"))


@pytest.mark.parametrize(
    ("syntax", "name"),
    [
        ("1.2.840.10008.1.2.4.110", "JPEG XL Lossless"),
        ("1.2.840.10008.1.2.8.1", "Deflated Image Frame Compression"),
        ("1.2.840.10008.1.2.4.58", "JPEG Lossless, Non-Hierarchical (Process 15)"),
        ("1.2.840.113619.5.2", "1.2.840.113619.5.2"),
    ],
)
def test_syntax_without_a_decoder_is_named_with_the_way_out(syntax, name):
    error = refused(_named(syntax))

    assert error.state == "unsupported"
    assert name in error.message
    assert syntax in error.message
    assert "Export it again" in error.hint


@pytest.mark.parametrize(
    "syntax", ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.107"]
)
def test_video_is_called_a_video(syntax):
    error = refused(encapsulated(make(film()), syntax))

    assert error.state == "unsupported"
    assert "is a video" in error.message
    assert syntax in error.message
    assert "single pictures" in error.hint


def test_pixels_on_a_server_are_not_asked_for():
    ds = make(film())
    del ds.PixelData
    ds.PixelDataProviderURL = "https://example.org/pixels"
    ds.file_meta.TransferSyntaxUID = uid.UID("1.2.840.10008.1.2.4.94")

    error = refused(ds)

    assert error.state == "unsupported"
    assert "on a server" in error.message


def test_decoder_that_is_not_installed_is_named(monkeypatch):
    decoder = get_decoder(uid.JPEG2000Lossless)
    monkeypatch.setattr(decoder, "_available", {})
    ds = encapsulated(make(film()), uid.JPEG2000Lossless)

    error = refused(ds)

    assert error.state == "unsupported"
    assert "pip install pylibjpeg pylibjpeg-openjpeg" in error.hint
    row = {row.uid: row for row in dicom.decoder_table()}[uid.JPEG2000Lossless]
    assert not row.decodable
    assert row.decoded_by == "nothing (pip install pylibjpeg pylibjpeg-openjpeg)"


def test_no_package_under_the_gpl_is_recommended():
    assert not any("libjpeg" in package.replace("pylibjpeg pylibjpeg-openjpeg", "")
                   for package in dicom_decoders._PACKAGES.values())  # fmt: skip


# --- JPEG of 12 bits ----------------------------------------------------------


@pytest.mark.skipif(HAVE_12_BITS, reason="imagecodecs is installed")
def test_message_and_table_agree_about_12_bits():
    ds = make(film(), BitsStored=12)

    error = refused(encapsulated(ds, dicom_decoders.JPEG_EXTENDED))

    row = {row.uid: row for row in dicom.decoder_table()}[dicom_decoders.JPEG_EXTENDED]
    assert error.state == "unsupported"
    assert f"{row.name}, {row.uid}, with 12 bits" in error.message
    assert f"({', '.join(row.decoders)}) read {row.note}" in error.message
    assert "pip install imagecodecs" in error.hint
    assert "imagecodecs" in row.decoded_by


def test_imagecodecs_reads_12_bits_where_it_is_installed(monkeypatch):
    """The registration is pydicom's own; the codec is a stand-in."""
    asked = []

    def jpeg8_decode(encoded, *, colorspace, outcolorspace):
        asked.append((encoded, colorspace, outcolorspace))
        return film()

    codec = types.SimpleNamespace(jpeg8_decode=jpeg8_decode)
    monkeypatch.setitem(sys.modules, "imagecodecs", codec)
    decoder = get_decoder(dicom_decoders.JPEG_EXTENDED)
    monkeypatch.setattr(
        decoder, "_available",
        {**decoder._available, "imagecodecs": dicom_imagecodecs.decode_frame},
    )  # fmt: skip
    ds = make(film(), BitsStored=12, **WHOLE)

    pixels = decode(encapsulated(ds, dicom_decoders.JPEG_EXTENDED, b"12 bits.")).pixels

    assert asked == [(b"12 bits.", None, None)]
    np.testing.assert_allclose(pixels, film() / 4095, atol=1e-6)
    row = {row.uid: row for row in dicom.decoder_table()}[dicom_decoders.JPEG_EXTENDED]
    assert row.note == ""


def test_imagecodecs_is_known_to_pydicom():
    dicom_decoders.import_pydicom("The test")
    decoder = get_decoder(dicom_decoders.JPEG_EXTENDED)

    known = (*decoder.available_plugins, *decoder.missing_dependencies)

    assert any("imagecodecs" in plugin for plugin in known)


def test_decoder_table_names_what_is_decoded_here():
    rows = {row.uid: row for row in dicom.decoder_table()}

    for syntax in (uid.ExplicitVRLittleEndian, uid.JPEG2000Lossless, uid.RLELossless):
        assert rows[syntax].decodable, syntax.name
    assert rows[uid.JPEGBaseline8Bit].name == "JPEG Baseline (Process 1)"
    assert rows[uid.JPEGLosslessSV1].decoded_by == "gdcm"
