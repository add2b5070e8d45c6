"""PNG, JPEG, TIFF, BMP, WebP and GIF become what they show, whole or not at all."""

from __future__ import annotations

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from medhash_gui import raster
from medhash_gui.errors import UnreadableImageError


def _colour(height=24, width=40, dtype=np.uint8):
    values = np.arange(height * width * 3).reshape(height, width, 3)
    return (values * 37 % (np.iinfo(dtype).max + 1)).astype(dtype)


def _encoded(image, kind, **options):
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _decode(data, name="picture", max_pixels=10_000_000):
    opened = raster.open_raster(data, name=name, max_pixels=max_pixels)
    return opened.picture()[0]


def _notes(data):
    opened = raster.open_raster(data, name="picture", max_pixels=10_000_000)
    return opened.picture()[1]


def _opencv(suffix, values):
    return cv2.imencode(suffix, values)[1].tobytes()


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP"])
def test_colour_of_8_bits_is_kept_exactly(kind):
    values = _colour()
    options = {"lossless": True} if kind == "WEBP" else {}

    pixels = _decode(_encoded(values, kind, **options))

    assert pixels.dtype == np.float32
    np.testing.assert_array_equal(np.rint(pixels * 255), values)


def test_jpeg_is_close_to_what_was_saved():
    values = np.repeat(np.linspace(0, 255, 64, dtype=np.uint8)[None], 48, axis=0)

    pixels = _decode(_encoded(values, "JPEG", quality=95))

    assert pixels.shape == (48, 64)
    assert np.abs(pixels - values / 255).max() < 0.02


def test_gif_shows_its_first_frame():
    frames = [Image.new("P", (8, 6), colour) for colour in (10, 200)]
    for frame in frames:
        frame.putpalette([value for grey in range(256) for value in (grey, 0, 0)])

    pixels = _decode(
        _encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    )

    np.testing.assert_allclose(pixels[0, 0], [10 / 255, 0, 0], atol=1e-6)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_colour_of_16_bits_is_not_clipped_to_8(suffix):
    values = _colour(dtype=np.uint16)

    pixels = _decode(_opencv(suffix, values[..., ::-1]))

    np.testing.assert_array_equal(np.rint(pixels * 65535), values)


@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_grey_of_16_bits_keeps_its_range_and_its_shape(suffix):
    values = _colour(dtype=np.uint16)[..., 0]

    pixels = _decode(_opencv(suffix, values))

    assert pixels.shape == values.shape
    np.testing.assert_array_equal(np.rint(pixels * 65535), values)


def test_transparency_of_16_bits_lies_over_black():
    values = _colour(dtype=np.uint16)
    alpha = np.full((*values.shape[:2], 1), 32768, np.uint16)

    pixels = _decode(_opencv(".png", np.dstack([values[..., ::-1], alpha])))

    np.testing.assert_allclose(pixels, values / 65535 * 32768 / 65535, atol=1e-6)


def test_grey_with_transparency_of_16_bits_is_grey():
    header = struct.pack(">IIBBBBB", 2, 1, 16, 4, 0, 0, 0)
    row = b"\0" + struct.pack(">HHHH", 65535, 65535, 30000, 32768)
    data = _png(header, zlib.compress(row))

    pixels = _decode(data)

    np.testing.assert_allclose(pixels, [[1, 30000 / 65535 * 32768 / 65535]], atol=1e-6)


def test_white_is_zero_tiff_of_16_bits_is_not_inverted():
    data = bytearray(_encoded(np.array([[0, 65535]], np.uint16), "TIFF"))
    tag = data.index(struct.pack("<HHI", 262, 3, 1))
    data[tag + 8 : tag + 10] = struct.pack("<H", 0)

    np.testing.assert_array_equal(_decode(bytes(data)), [[1, 0]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float_tiff_within_0_and_1_is_kept(dtype):
    values = np.linspace(0.2, 0.7, 60, dtype=dtype).reshape(6, 10)
    data = _opencv(".tiff", values)

    np.testing.assert_allclose(_decode(data), values, atol=1e-6)
    assert _notes(data) == ()


@pytest.mark.parametrize("dtype", [np.float32, np.int16, np.int32])
def test_tiff_without_a_fixed_range_is_scaled_to_its_own_with_a_note(dtype):
    values = np.linspace(-1000, 3000, 60).astype(dtype).reshape(6, 10)
    data = _opencv(".tiff", values)

    np.testing.assert_allclose(_decode(data), (values + 1000.0) / 4000, atol=1e-5)
    assert "no fixed range" in _notes(data)[0]


def test_float_tiff_with_nan_and_infinity_stays_in_range():
    values = np.array([[0, 5, np.nan], [np.inf, -np.inf, 10]], np.float32)

    pixels = _decode(_opencv(".tiff", values))

    np.testing.assert_allclose(pixels, [[0, 0.5, 0], [1, 0, 1]])


def test_further_pages_of_a_tiff_are_noted():
    pages = [Image.new("L", (5, 4), grey) for grey in (0, 255)]
    data = _encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])

    assert _decode(data).max() == 0
    assert _notes(data) == ("Page 1 of 2.",)


@pytest.mark.parametrize(
    ("mode", "value", "shape", "expected"),
    [
        ("L", 51, (3, 4), 0.2),
        ("1", 255, (3, 4), 1.0),
        ("LA", (255, 51), (3, 4), 0.2),
        ("RGBA", (255, 0, 51, 51), (3, 4, 3), (0.2, 0.0, 0.04)),
        ("RGBA", (51, 51, 51, 255), (3, 4, 3), (0.2, 0.2, 0.2)),
    ],
)
def test_shape_follows_the_declared_mode_and_alpha_lies_over_black(
    mode, value, shape, expected
):
    pixels = _decode(_encoded(Image.new(mode, (4, 3), value), "PNG"))

    assert pixels.shape == shape
    np.testing.assert_allclose(pixels[0, 0], expected, atol=1e-6)


def test_transparent_grey_value_of_a_png_is_black():
    image = Image.fromarray(np.array([[10, 200]], np.uint8))

    pixels = _decode(_encoded(image, "PNG", transparency=200))

    np.testing.assert_allclose(pixels, [[10 / 255, 0]], atol=1e-6)


def test_palette_becomes_its_colours_and_its_transparent_entry_black():
    image = Image.fromarray(np.array([[0, 1]], np.uint8))
    image = image.convert("P")
    image.putpalette([255, 0, 0, 0, 255, 0])

    opaque = _decode(_encoded(image, "PNG"))
    pierced = _decode(_encoded(image, "PNG", transparency=b"\xff\x00"))

    np.testing.assert_array_equal(opaque, [[[1, 0, 0], [0, 1, 0]]])
    np.testing.assert_array_equal(pierced, [[[1, 0, 0], [0, 0, 0]]])


def test_cmyk_jpeg_is_shown_in_its_colours():
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))

    pixels = _decode(_encoded(image, "JPEG", quality=100))

    np.testing.assert_allclose(pixels[8, 8], [1, 0, 0], atol=0.03)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_exif_orientation_is_applied_once(kind, orientation):
    stored = np.kron(
        np.array([[0, 250], [120, 60], [200, 30]], np.uint8), np.ones((16, 16))
    )
    image = Image.fromarray(stored.astype(np.uint8)).convert("RGB")
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"lossless": True} if kind == "WEBP" else {}
    data = _encoded(image, kind, exif=exif, **options)
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image)) / 255

    pixels = _decode(data)

    assert pixels.shape == upright.shape
    assert np.abs(pixels - upright).max() < 0.03


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_of_a_16_bit_png_is_applied(orientation):
    values = _colour(3, 5, np.uint16)
    exif = Image.Exif()
    exif[0x0112] = orientation
    block = exif.tobytes().removeprefix(b"Exif\0\0")
    data = _opencv(".png", values[..., ::-1])
    data = data[:33] + _chunk(b"eXIf", block) + data[33:]
    image = Image.fromarray((values >> 8).astype(np.uint8))
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))

    np.testing.assert_array_equal(np.rint(_decode(data) * 65535) // 256, upright)


def test_broken_exif_block_does_not_cost_the_picture():
    data = _encoded(_colour(), "JPEG", exif=b"Exif\0\0no header of a TIFF")

    assert _decode(data).shape == (24, 40, 3)


@pytest.mark.parametrize("kept", [0.05, 0.3, 0.6, 0.9, 0.98])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF"])
def test_file_cut_short_is_damaged(kind, kept):
    noise = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    data = _encoded(noise, kind)

    with pytest.raises(UnreadableImageError, match=r"^picture is damaged") as caught:
        _decode(data[: int(len(data) * kept)])

    assert caught.value.state == "damaged"
    assert caught.value.hint


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("suffix", [".png", ".tiff"])
def test_16_bit_colour_cut_short_is_damaged(suffix, kept):
    noise = np.random.default_rng(2).integers(0, 65536, (60, 80, 3), dtype=np.uint16)
    data = _opencv(suffix, noise)

    with pytest.raises(UnreadableImageError, match="damaged"):
        _decode(data[: int(len(data) * kept)])


def test_png_with_a_wrong_checksum_is_damaged():
    data = bytearray(_encoded(_colour(), "PNG"))
    data[60] ^= 0xFF

    with pytest.raises(UnreadableImageError, match="damaged"):
        _decode(bytes(data))


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF"])
def test_picture_over_the_limit_is_refused_from_its_header(kind):
    data = _encoded(Image.new("L", (60, 50)), kind)

    with pytest.raises(UnreadableImageError, match="60 x 50 pixels") as caught:
        _decode(data, max_pixels=2999)

    assert caught.value.state == "unsupported"


def test_bomb_of_30000_by_30000_costs_no_memory():
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 0, 0, 0, 0)
    data = _png(header, zlib.compress(bytes(1000)))

    with pytest.raises(UnreadableImageError, match="30000 x 30000") as caught:
        raster.open_raster(data, name="bomb.png", max_pixels=150_000_000)

    assert caught.value.state == "unsupported"


def test_large_picture_below_the_limit_raises_no_warning():
    data = _encoded(Image.new("1", (10_000, 9_000)), "PNG")

    assert _decode(data, max_pixels=90_000_000).shape == (9_000, 10_000)


@pytest.mark.parametrize(("marker", "precision"), [(0xC3, 8), (0xC1, 12), (0xC5, 8)])
def test_jpeg_process_without_a_decoder_is_unsupported(marker, precision):
    data = bytearray(_encoded(_colour(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 1] = marker
    data[frame + 4] = precision

    with pytest.raises(
        UnreadableImageError, match=f"JPEG of {precision} bits"
    ) as caught:
        _decode(bytes(data))

    assert caught.value.state == "unsupported"


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"\x00\x00\x00\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\x00\x00\x00\x18ftypheic", "HEIC"),
        (b"8BPS\x00\x01", "Photoshop"),
        (b"NRRD0005\n", "NRRD"),
    ],
)
def test_other_picture_format_is_named_as_unsupported(start, kind):
    with pytest.raises(UnreadableImageError, match=f"is a {kind} file") as caught:
        _decode(start + bytes(500))

    assert caught.value.state == "unsupported"
    assert "Convert" in caught.value.hint


@pytest.mark.parametrize(
    "data",
    [
        b"file,label\na.png,normal\n",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
        b"PK\x03\x04" + bytes(50),
        "Bericht über den Befund\n".encode(),
        b"\x7fELF" + bytes(60),
    ],
)
def test_text_and_documents_are_no_image(data):
    with pytest.raises(UnreadableImageError, match="is not a picture") as caught:
        _decode(data, name="notes.csv")

    assert caught.value.state == "not_an_image"
    assert caught.value.hint.startswith("Choose a picture")


def test_noise_named_like_a_picture_is_damaged():
    noise = np.random.default_rng(3).bytes(400)

    with pytest.raises(UnreadableImageError, match="not what its name says") as caught:
        _decode(noise, name="film.PNG")

    assert caught.value.state == "damaged"


def test_flipped_bytes_never_raise_anything_else():
    rng = np.random.default_rng(4)
    whole = [
        *(_encoded(_colour(), kind) for kind in ("PNG", "JPEG", "TIFF", "BMP", "GIF")),
        _encoded(_colour(), "WEBP"),
        _opencv(".tiff", _colour(dtype=np.uint16)),
        _opencv(".png", _colour(dtype=np.uint16)),
    ]
    for data in whole:
        for _ in range(60):
            broken = bytearray(data)
            for place in rng.integers(4, len(data), 6):
                broken[place] = rng.integers(256)
            try:
                pixels = _decode(bytes(broken), max_pixels=1_000_000)
            except UnreadableImageError:
                continue
            assert pixels.min() >= 0
            assert pixels.max() <= 1


def _chunk(kind, content):
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _png(header, content):
    return (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", header)
        + _chunk(b"IDAT", content)
        + _chunk(b"IEND", b"")
    )
