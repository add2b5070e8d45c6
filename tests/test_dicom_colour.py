"""Colour DICOM frames become RGB: direct, from luminance and chroma, from palettes."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import add_palette, decode, film, make, refused
from pydicom import uid
from pydicom.pixels import apply_color_lut, convert_color_space

from medhash_gui.dicom import colour as dicom_colour

SAMPLE = np.random.default_rng(3).integers(0, 256, (6, 8, 3), np.uint8)

# --- direct colour ------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32])
def test_rgb_is_kept(dtype):
    top = np.iinfo(dtype).max
    values = np.array([[[top, 0, 0], [0, top // 2, top]]], dtype)

    pixels = decode(make(values)).pixels

    np.testing.assert_allclose(pixels, values / top, atol=1e-6)


def test_colour_by_plane_equals_colour_by_pixel():
    planes = make(SAMPLE, PlanarConfiguration=1)
    planes.PixelData = SAMPLE.transpose(2, 0, 1).tobytes()

    np.testing.assert_allclose(decode(planes).pixels, SAMPLE / 255, atol=1e-6)


def test_window_does_not_apply_to_colour():
    windowed = make(SAMPLE, WindowCenter=10, WindowWidth=20)

    picture = decode(windowed)

    np.testing.assert_allclose(picture.pixels, SAMPLE / 255, atol=1e-6)
    assert picture.views == ()


# --- luminance and chroma -----------------------------------------------------


def test_ybr_full_equals_pydicom():
    expected = convert_color_space(SAMPLE, "YBR_FULL", "RGB") / 255

    pixels = decode(make(SAMPLE, PhotometricInterpretation="YBR_FULL")).pixels

    # pydicom rounds to 8 bits, MedHash does not.
    np.testing.assert_allclose(pixels, expected, atol=0.5001 / 255)


def test_ybr_full_of_16_bits_has_the_colours_of_8():
    deep = SAMPLE.astype(np.uint16) * 257
    kind = {"PhotometricInterpretation": "YBR_FULL"}

    shallow_pixels = decode(make(SAMPLE, **kind)).pixels
    pixels = decode(make(deep, **kind)).pixels

    # The middle of chroma is 2**(bits - 1): 32768, not 128 * 257.
    np.testing.assert_allclose(pixels, shallow_pixels, atol=2 * 1.772 * 128 / 65535)


def _with_sub_sampling(photometric):
    """2 x 4 pixels as Y1 Y2 CB CR, and the same as three full samples."""
    packed = np.array(
        [[[60, 200, 90, 160], [16, 235, 240, 16]],
         [[128, 30, 128, 128], [0, 255, 0, 255]]],
        np.uint8,
    )  # fmt: skip
    y = packed[..., :2].reshape(2, 4)
    cb, cr = (packed[..., n].repeat(2, axis=1) for n in (2, 3))
    full = np.stack([y, cb, cr], axis=-1)
    ds = make(full, PhotometricInterpretation=photometric)
    ds.PixelData = packed.tobytes()
    return ds, full


def test_ybr_full_422_is_filled_up():
    ds, full = _with_sub_sampling("YBR_FULL_422")

    expected = dicom_colour.rgb(full, photometric="YBR_FULL", bits=8)

    np.testing.assert_array_equal(decode(ds).pixels, expected)


def test_retired_ybr_partial_422_uses_the_narrow_range():
    ds, full = _with_sub_sampling("YBR_PARTIAL_422")

    pixels = decode(ds).pixels

    # By ITU-R BT.601 as PS3.3 quotes it, in 8 bits.
    y, cb, cr = (full[..., n].astype(float) for n in range(3))
    luma = 1.1644 * (y - 16)
    expected = np.stack(
        [
            luma + 1.5960 * (cr - 128),
            luma - 0.3917 * (cb - 128) - 0.8130 * (cr - 128),
            luma + 2.0173 * (cb - 128),
        ],
        axis=-1,
    )
    np.testing.assert_allclose(pixels, np.clip(expected / 255, 0, 1), atol=2e-3)


@pytest.mark.parametrize("photometric", ["HSV", "ARGB", "CMYK", "YBR_PARTIAL_420"])
def test_retired_colour_space_is_unsupported(photometric):
    values = np.zeros((2, 2, 3), np.uint8)

    error = refused(make(values, PhotometricInterpretation=photometric))

    assert error.state == "unsupported"
    assert photometric in error.message


@pytest.mark.parametrize(
    ("values", "photometric"), [(SAMPLE, "MONOCHROME2"), (film(), "RGB")]
)
def test_colour_that_contradicts_its_samples_is_damaged(values, photometric):
    error = refused(make(values, PhotometricInterpretation=photometric))

    assert error.state == "damaged"
    assert photometric in error.message


# --- palettes -----------------------------------------------------------------


@pytest.mark.parametrize(
    "syntax", [uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian]
)
def test_palette_colours_equal_pydicom(syntax):
    stored = np.arange(60, dtype=np.uint8).reshape(6, 10)
    ds = make(stored, syntax=syntax, PhotometricInterpretation="PALETTE COLOR")
    little = make(np.zeros((1, 1), np.uint8))
    entries = {
        colour: np.arange(50, dtype=np.uint16) * 400 * factor
        for factor, colour in enumerate(("Red", "Green", "Blue"), start=1)
    }
    order = ">u2" if syntax == uid.ExplicitVRBigEndian else "<u2"
    for target, kind in ((ds, order), (little, "<u2")):
        data = {colour: e.astype(kind).tobytes() for colour, e in entries.items()}
        add_palette(target, data, [50, 5, 16])
    expected = apply_color_lut(stored, little) / 65535

    np.testing.assert_allclose(decode(ds).pixels, expected, atol=1e-6)


def test_palette_with_8_bit_entries_and_16_bit_indices_does_not_wrap():
    stored = np.array([[0, 300, 4095, 60_000]], np.uint16)
    ds = make(stored, PhotometricInterpretation="PALETTE COLOR")
    entries = (np.arange(4096) // 16).astype(np.uint8).tobytes()
    add_palette(ds, dict.fromkeys(("Red", "Green", "Blue"), entries), [4096, 0, 8])

    pixels = decode(ds).pixels

    np.testing.assert_allclose(pixels[0, :, 0] * 255, [0, 18, 255, 255], atol=1e-4)


def test_dark_channel_of_a_16_bit_palette_stays_dark():
    ds = make(np.array([[0, 1]], np.uint8), PhotometricInterpretation="PALETTE COLOR")
    bright, dark = np.array([0, 65535], "<u2"), np.array([0, 200], "<u2")
    colours = {"Red": bright, "Green": bright, "Blue": dark}
    add_palette(ds, {c: e.tobytes() for c, e in colours.items()}, [2, 0, 16])

    pixels = decode(ds).pixels

    np.testing.assert_allclose(pixels[0, 1], [1, 1, 200 / 65535], atol=1e-6)


def test_palette_with_fewer_words_than_the_others_is_damaged():
    ds = make(np.zeros((4, 5), np.uint8), PhotometricInterpretation="PALETTE COLOR")
    ramp = np.arange(0, 65536, 256, dtype=np.uint16).tobytes()
    add_palette(ds, dict.fromkeys(("Red", "Green", "Blue"), ramp), [256, 0, 16])
    ds.GreenPaletteColorLookupTableDescriptor = [260, 0, 16]

    assert refused(ds).state == "damaged"


def test_palette_shorter_than_announced_is_damaged():
    ds = make(np.zeros((2, 2), np.uint8), PhotometricInterpretation="PALETTE COLOR")
    add_palette(ds, dict.fromkeys(("Red", "Green", "Blue"), bytes(30)), [256, 0, 8])

    assert refused(ds).state == "damaged"


def _segmented(words, *, count, kind):
    stored = np.arange(count, dtype=np.uint8).reshape(1, count)
    ds = make(stored, PhotometricInterpretation="PALETTE COLOR")
    data = np.array(words, kind).tobytes()
    data += b"\0" * (len(data) % 2)
    bits = 8 if kind == "u1" else 16
    colours = dict.fromkeys(("Red", "Green", "Blue"), data)
    add_palette(ds, colours, [count, 0, bits], segmented="Segmented")
    return ds


@pytest.mark.parametrize("kind", ["u1", "<u2"])
def test_discrete_and_linear_segments_equal_pydicom(kind):
    words = [0, 3, 10, 20, 30, 1, 5, 230, 0, 1, 7]
    ds = _segmented(words, count=9, kind=kind)
    white = 255 if kind == "u1" else 65535
    expected = apply_color_lut(np.arange(9, dtype=np.uint8), ds)[:, 0]

    pixels = decode(ds).pixels

    np.testing.assert_array_equal(expected, [10, 20, 30, 70, 110, 150, 190, 230, 7])
    np.testing.assert_allclose(pixels[0, :, 0] * white, expected, atol=1e-2)


def test_indirect_segment_counts_its_offset_in_bytes():
    # Copy two segments from byte 10 of the table, which is word 5.
    words = [0, 3, 9, 9, 9, 0, 2, 100, 200, 1, 2, 400, 2, 2, 10, 0]
    ds = _segmented(words, count=11, kind="<u2")

    pixels = decode(ds).pixels

    expected = [9, 9, 9, 100, 200, 300, 400, 100, 200, 300, 400]
    np.testing.assert_allclose(pixels[0, :, 0] * 65535, expected, atol=1e-2)


@pytest.mark.parametrize(
    "words",
    [
        [1, 4, 200],  # a line from nowhere
        [0, 9, 1, 2],  # cut
        [0, 1, 5, 7, 3, 0],  # unknown
        [0, 1, 5, 2, 60_000, 0, 0],  # would copy itself for ever
        [0, 1, 5, 1, 60_000, 9, 2, 60_000, 6, 0],  # a bomb
    ],
)
def test_broken_segments_are_damage(words):
    assert refused(_segmented(words, count=4, kind="<u2")).state == "damaged"


def test_supplemental_palette_is_left_out_and_said():
    ds = make(film(), BitsStored=12, WindowCenter=2048, WindowWidth=4096)
    plain = decode(ds)
    add_palette(ds, dict.fromkeys(("Red", "Green", "Blue"), bytes(512)), [256, 4000, 8])

    picture = decode(ds)

    assert plain.notes == ()
    assert "supplemental colours are left out" in picture.notes[0]
    np.testing.assert_array_equal(picture.pixels, plain.pixels)
