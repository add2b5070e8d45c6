"""Golden pictures: inks, profiles, gamma, transparency, animations, orientation."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageCms
from tiff_writer import sheet, tiff

from medhash_gui import colour_notes, raster
from medhash_gui.errors import UnreadableImageError

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def decoded(data: bytes) -> tuple[np.ndarray, tuple[str, ...]]:
    return raster.open_raster(data, name="a", max_pixels=10**6).picture()


def pixels(data: bytes) -> np.ndarray:
    return decoded(data)[0]


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png(width: int, bits: int, colour: int, rows: bytes, *chunks: bytes) -> bytes:
    """A PNG of one row, its filter byte left out of ``rows``."""
    header = struct.pack(">IIBBBBB", width, 1, bits, colour, 0, 0, 0)
    return b"".join([
        *(SIGNATURE, chunk(b"IHDR", header), *chunks),
        *(chunk(b"IDAT", zlib.compress(b"\0" + rows)), chunk(b"IEND", b"")),
    ])  # fmt: skip


# -- PNG ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "row", "expected"),
    [
        (1, b"\x40", [0, 1]),
        (2, b"\x60", [1 / 3, 2 / 3]),
        (4, b"\x3c", [0.2, 0.8]),
        (8, b"\x33\xcc", [0.2, 0.8]),
        (16, b"\x33\x33\xcc\xcc", [0.2, 0.8]),
    ],
)
def test_grey_of_every_depth_spans_0_to_1(bits, row, expected):
    np.testing.assert_allclose(pixels(png(2, bits, 0, row)), [expected], atol=1e-6)


@pytest.mark.parametrize(
    ("bits", "row", "clear", "expected"),
    [
        (1, b"\x40", 1, [0, 0]),
        (2, b"\x60", 2, [1 / 3, 0]),
        (4, b"\x3c", 3, [0, 0.8]),
        (8, b"\x33\xcc", 204, [0.2, 0]),
        (16, b"\x33\x33\xcc\xcc", 52428, [0.2, 0]),
    ],
)
def test_transparent_grey_is_black_at_every_depth(bits, row, clear, expected):
    key = chunk(b"tRNS", struct.pack(">H", clear))

    np.testing.assert_allclose(pixels(png(2, bits, 0, row, key)), [expected], atol=1e-6)


def test_transparent_colour_of_16_bits_is_black():
    row = struct.pack(">6H", 65535, 0, 13107, 10, 20, 30)
    key = chunk(b"tRNS", struct.pack(">3H", 10, 20, 30))

    found = pixels(png(2, 16, 2, row, key))

    np.testing.assert_allclose(found, [[[1, 0, 0.2], [0, 0, 0]]], atol=1e-6)


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
def test_palette_of_every_depth_gives_its_colours(bits):
    colours = chunk(b"PLTE", bytes([0, 0, 0, 51, 102, 255]))
    row = {1: b"\x40", 2: b"\x10", 4: b"\x01", 8: b"\x00\x01"}[bits]

    found = pixels(png(2, bits, 3, row, colours))

    np.testing.assert_allclose(found, [[[0, 0, 0], [0.2, 0.4, 1]]], atol=1e-6)


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("colour", [0, 2])
def test_gamma_is_noted_and_not_applied(bits, colour):
    row = bytes([51] * (bits // 8) * (3 if colour else 1))
    linear = chunk(b"gAMA", struct.pack(">I", 100_000))
    screen = chunk(b"gAMA", struct.pack(">I", 45_455))
    standard = chunk(b"sRGB", b"\0")

    plain, _ = decoded(png(1, bits, colour, row))
    for chunks, noted in (
        ((linear,), True),
        ((screen,), False),
        ((standard, linear), False),
    ):
        found, notes = decoded(png(1, bits, colour, row, *chunks))
        np.testing.assert_array_equal(found, plain)
        assert any("gamma (1)" in note for note in notes) == noted


# -- profiles ----------------------------------------------------------------------


def profile(name: str) -> bytes:
    """An ICC profile of version 2 that holds a description alone."""
    text = name.encode("ascii") + b"\0"
    element = b"desc\0\0\0\0" + struct.pack(">I", len(text)) + text
    table = struct.pack(">I4sII", 1, b"desc", 144, len(element))
    return bytes(128) + table + element


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_profile_is_noted_and_not_applied(kind, mode):
    image = Image.new(mode, (8, 8), 90 if mode == "L" else (90, 20, 200))

    plain, silent = decoded(saved(image, kind))
    found, notes = decoded(saved(image, kind, icc_profile=profile("Dot Gain 20%")))
    _, standard = decoded(saved(image, kind, icc_profile=profile("sRGB IEC61966-2.1")))

    np.testing.assert_array_equal(found, plain)
    assert notes == (
        "Its colour profile (Dot Gain 20%) is not applied: values are as stored.",
    )
    assert silent == standard == ()


def test_profile_of_a_16_bit_tiff_page_is_noted():
    blob = list(profile("Adobe RGB (1998)"))
    data = tiff(sheet(np.zeros((3, 3, 3), np.uint16), more={34675: (7, blob)}))

    assert "Adobe RGB (1998)" in decoded(data)[1][0]


def test_name_of_a_real_profile_is_read():
    real = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()

    assert colour_notes.profile_name(real) == "sRGB built-in"


@pytest.mark.parametrize(
    "broken", [b"", bytes(200), profile("x")[:150], b"\xff" * 400, profile("x")[:140]]
)
def test_broken_profile_is_noted_without_a_name(broken):
    assert colour_notes.profile_name(broken) in ("", "x")


# -- inks --------------------------------------------------------------------------


def test_inks_of_a_jpeg_are_colours_with_a_note():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))

    found, notes = decoded(saved(image, "JPEG", quality=100))

    np.testing.assert_allclose(found[8, 8], [1, 0, 0], atol=0.03)
    assert "CMYK" in notes[0]


def test_inks_stored_as_luma_and_chroma_are_the_same_colours():
    # Adobe's YCCK, transform 2: the inks as YCbCr, and all four stored inverted. Red is
    # no cyan and all of magenta and yellow.
    inks = Image.new("RGB", (16, 16), (0, 255, 255)).convert("YCbCr")
    # Pillow inverts what it writes; what is stored is 255 minus these.
    inverted = [band.point(lambda value: 255 - value) for band in inks.split()]
    image = Image.merge("CMYK", (*inverted, Image.new("L", (16, 16), 0)))
    data = bytearray(saved(image, "JPEG", quality=100))
    marker = data.index(b"Adobe")
    assert data[marker + 11] == 0
    data[marker + 11] = 2

    found = pixels(bytes(data))

    np.testing.assert_allclose(found[8, 8], [1, 0, 0], atol=0.03)
    other = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_allclose(found[8, 8], other[8, 8, ::-1] / 255, atol=0.03)


# -- animations --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP"])
def test_first_picture_of_an_animation_is_read_and_said_so(kind):
    first, *others = (Image.new("RGB", (8, 6), (grey, 0, 0)) for grey in (51, 204, 90))
    options = {"lossless": True} if kind == "WEBP" else {}
    data = saved(first, kind, save_all=True, append_images=others, **options)
    opened = raster.open_raster(data, name="a", max_pixels=1000)

    found, notes = opened.picture()

    assert opened.frame_count == 1
    np.testing.assert_allclose(found[0, 0], [0.2, 0, 0], atol=0.01)
    assert notes == ("It is an animation; its first picture was read.",)
    with pytest.raises(UnreadableImageError, match="one picture only"):
        opened.picture(1)
    assert decoded(saved(first, kind))[1] == ()


def test_animation_that_keeps_a_still_apart_shows_the_still():
    still, *others = (Image.new("L", (8, 6), grey) for grey in (51, 204, 90))
    data = saved(still, "PNG", save_all=True, append_images=others, default_image=True)

    assert pixels(data)[0, 0] == pytest.approx(0.2)


def test_picture_inside_another_of_the_same_file_is_not_mistaken_for_it():
    # Cameras put a preview into the EXIF block of a JPEG.
    preview = saved(Image.new("L", (8, 8), 250), "JPEG")
    exif = Image.Exif()
    exif[0x9286] = preview
    data = saved(Image.new("L", (32, 16), 51), "JPEG", exif=exif)

    found = pixels(data)

    assert found.shape == (16, 32)
    assert found.mean() == pytest.approx(0.2, abs=0.01)


# -- bombs -------------------------------------------------------------------------


def test_text_of_a_png_that_unpacks_to_gigabytes_costs_nothing():
    text = b"Comment\0\0" + zlib.compress(bytes(200_000_000), 9)
    data = png(1, 8, 0, b"\x33", chunk(b"zTXt", text), chunk(b"iCCP", text))

    try:
        assert pixels(data)[0, 0] == pytest.approx(0.2)
    except UnreadableImageError as error:
        assert error.state == "damaged"  # noqa: PT017 - either is right


def test_gif_of_a_thousand_pictures_is_opened_at_once():
    frames = [Image.new("L", (4, 4), number % 250) for number in range(1000)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])

    assert "animation" in decoded(data)[1][0]


@pytest.mark.parametrize(
    ("kind", "place", "code"), [("GIF", 6, "<HH"), ("BMP", 18, "<ii")]
)
def test_huge_declared_size_is_refused_before_decoding(kind, place, code):
    data = bytearray(saved(Image.new("L", (4, 4)), kind))
    struct.pack_into(code, data, place, 65000, 65000)

    with pytest.raises(UnreadableImageError, match="65000 x 65000 pixels") as caught:
        decoded(bytes(data))

    assert caught.value.state == "unsupported"


@pytest.mark.parametrize("height", [-65000, -(2**31)])
def test_bmp_from_top_to_bottom_counts_its_rows(height):
    data = bytearray(saved(Image.new("L", (4, 4)), "BMP"))
    struct.pack_into("<ii", data, 18, 65000, height)

    with pytest.raises(UnreadableImageError):
        decoded(bytes(data))
