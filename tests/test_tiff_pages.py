"""TIFF of every kind: values exactly as stored, pages told from thumbnails."""

from __future__ import annotations

import contextlib
import io
import struct
import tracemalloc

import numpy as np
import pytest
from PIL import Image
from tiff_writer import looped, sheet, tiff

from medhash_gui import images, raster, tiff_pages
from medhash_gui.errors import UnreadableImageError


def random(dtype: str, shape: tuple[int, ...]) -> np.ndarray:
    rng = np.random.default_rng(len(shape) + np.dtype(dtype).itemsize)
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    info = np.iinfo(dtype)
    return rng.integers(info.min, info.max, shape, dtype=dtype, endpoint=True)


def values(data: bytes, page: int = 0) -> np.ndarray:
    pages, _ = tiff_pages.find_pages(data)
    assert pages[page].is_exact
    return tiff_pages.values(pages[page])


def opened(data: bytes, max_pixels: int = 1_000_000) -> raster.RasterFile:
    return raster.open_raster(data, name="a.tif", max_pixels=max_pixels)


def pixels(data: bytes, page: int = 0) -> np.ndarray:
    return opened(data).picture(page)[0]


# -- values ------------------------------------------------------------------------


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("samples", [1, 2, 3, 4, 5])
@pytest.mark.parametrize(
    "dtype", ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "f2", "f4", "f8"]
)
def test_values_are_exactly_those_stored(dtype, samples, planar, order):
    stored = random(dtype, (5, 7, samples))
    for compression, predictor in ((1, 1), (8, 1), (8, 2 if dtype[0] != "f" else 3)):
        written = sheet(
            stored,
            planar=planar,
            order=order,
            compression=compression,
            predictor=predictor,
        )

        read = values(tiff(written, order=order))

        assert read.dtype == stored.dtype
        np.testing.assert_array_equal(read, stored)


@pytest.mark.parametrize("predictor", [1, 2, 3])
@pytest.mark.parametrize("planar", [1, 2])
def test_values_of_tiles_and_strips_are_exactly_those_stored(planar, predictor):
    stored = random("f4" if predictor == 3 else "u2", (37, 53, 3))
    for layout in ({"tile": 16}, {"rows": 5}):
        written = sheet(
            stored, planar=planar, compression=8, predictor=predictor, **layout
        )

        np.testing.assert_array_equal(values(tiff(written)), stored)


def test_values_of_a_big_tiff_are_exactly_those_stored():
    stored = random("u2", (5, 7, 3))

    for order in "<>":
        data = tiff(sheet(stored, order=order), order=order, big=True)
        np.testing.assert_array_equal(values(data), stored)
        np.testing.assert_allclose(pixels(data), stored / 65535, atol=1e-6)


@pytest.mark.parametrize("bits", [10, 12, 14])
def test_values_packed_without_gaps_are_unpacked(bits):
    stored = np.random.default_rng(bits).integers(0, 2**bits, (3, 5), np.uint16)
    each = [[f"{value:0{bits}b}" for value in row] for row in stored]
    rows = [bytes(int(byte, 2) for byte in _octets("".join(row))) for row in each]
    written = sheet(np.zeros((3, 5), np.uint16), more={258: (3, [bits])})
    written.parts = [b"".join(rows)]
    data = tiff(written)

    np.testing.assert_array_equal(values(data)[..., 0], stored)
    np.testing.assert_allclose(pixels(data), stored / (2**bits - 1), atol=1e-6)


def _octets(text: str) -> list[str]:
    text += "0" * (-len(text) % 8)
    return [text[place : place + 8] for place in range(0, len(text), 8)]


@pytest.mark.parametrize("compression", ["tiff_lzw", "packbits", "tiff_adobe_deflate"])
def test_compression_of_another_writer_is_undone(compression):
    stored = random("u2", (40, 30))
    buffer = io.BytesIO()
    Image.fromarray(stored).save(buffer, "TIFF", compression=compression)

    np.testing.assert_array_equal(values(buffer.getvalue())[..., 0], stored)


# -- what they mean ----------------------------------------------------------------


def test_white_is_zero_is_turned_round_at_every_depth():
    for dtype, white in (("u1", 255), ("u2", 65535)):
        for order in "<>":
            stored = np.array([[0, white, white // 5]], dtype)
            data = tiff(sheet(stored, photometric=0, order=order), order=order)

            np.testing.assert_allclose(pixels(data), [[1, 0, 0.8]], atol=1e-6)
    data = tiff(sheet(np.array([[0.25, 1]], "f4"), photometric=0))
    np.testing.assert_allclose(pixels(data), [[0.75, 0]])


def test_missing_photometric_means_that_black_is_zero():
    written = sheet(np.array([[0, 255]], np.uint8))
    del written.tags[262]

    np.testing.assert_array_equal(pixels(tiff(written)), [[0, 1]])


def test_signed_bytes_are_not_taken_for_unsigned():
    data = tiff(sheet(np.array([[-128, 0, 127]], np.int8)))

    np.testing.assert_allclose(pixels(data), [[0, 128 / 255, 1]], atol=1e-6)


def test_unsigned_32_bits_above_2_to_31_stay_the_brightest():
    data = tiff(sheet(np.array([[0, 2**31, 2**32 - 1]], np.uint32)))

    np.testing.assert_allclose(pixels(data), [[0, 0.5, 1]], atol=1e-6)
    assert "no fixed range" in opened(data).picture()[1][0]


@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_colour_in_planes_is_the_same_as_in_pixels(dtype, planar):
    stored = random(dtype, (4, 6, 3))
    data = tiff(sheet(stored, planar=planar))

    np.testing.assert_allclose(pixels(data), stored / np.iinfo(dtype).max, atol=1e-6)


@pytest.mark.parametrize(
    ("meaning", "expected"), [(0, 30000), (1, 30000), (2, 30000 * 32768 / 65535)]
)
@pytest.mark.parametrize("samples", [2, 4])
def test_alpha_of_16_bits_counts_as_it_is_declared(samples, meaning, expected):
    stored = np.full((2, 3, samples), 30000, np.uint16)
    stored[..., -1] = 32768
    found = pixels(tiff(sheet(stored, extra=(meaning,))))

    assert found.shape == ((2, 3) if samples == 2 else (2, 3, 3))
    np.testing.assert_allclose(found * 65535, expected, rtol=1e-5)


@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_inks_become_colours_with_a_note(dtype):
    white = np.iinfo(dtype).max
    inks = np.array([[[0, white, white, 0], [0, 0, 0, white // 5]]], dtype)
    shown, notes = opened(tiff(sheet(inks, photometric=5))).picture()

    np.testing.assert_allclose(shown, [[[1, 0, 0], [0.8, 0.8, 0.8]]], atol=1e-6)
    assert "CMYK" in notes[0]


def test_palette_of_16_bit_colours_keeps_them():
    palette = [0, 13107] + [0] * 254 + [0, 26214] + [0] * 254 + [0, 65535] + [0] * 254
    written = sheet(
        np.array([[0, 1]], np.uint16), photometric=3, more={320: (3, palette)}
    )

    np.testing.assert_allclose(pixels(tiff(written)), [[[0] * 3, [0.2, 0.4, 1]]])


def test_luma_and_chroma_become_colours():
    stored = np.array([[[255, 128, 128], [76, 85, 255]]], np.uint8)
    found = pixels(tiff(sheet(stored, photometric=6, planar=2)))

    np.testing.assert_allclose(found, [[[1, 1, 1], [1, 0, 0]]], atol=0.01)


@pytest.mark.parametrize("photometric", [8, 32803, 32845, 77])
def test_colours_that_are_not_read_are_unsupported(photometric):
    data = tiff(sheet(random("u2", (3, 4, 3)), photometric=photometric))

    with pytest.raises(UnreadableImageError, match=f"kind {photometric}") as caught:
        pixels(data)
    assert caught.value.state == "unsupported"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_orientation_of_every_page_is_applied_once(dtype, orientation):
    stored = random(dtype, (3, 5))
    turned = sheet(stored, more={274: (3, [orientation])})
    other = sheet(random(dtype, (4, 4)), order="<")
    white = np.iinfo(dtype).max
    upright = np.rint(pixels(tiff(turned)) * white)

    np.testing.assert_array_equal(
        np.rint(pixels(tiff(other, turned), page=1) * white), upright
    )
    expected = {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].T,
        8: np.rot90(stored),
    }
    np.testing.assert_array_equal(upright, expected[orientation])


# -- pages -------------------------------------------------------------------------


def test_pages_are_frames_also_of_different_sizes_and_kinds():
    stored = [
        random("u1", (3, 4)),
        random("u2", (6, 2)),
        random("u1", (5, 5, 3)),
        random("f4", (2, 9)),
    ]
    data = tiff(*(sheet(page) for page in stored))
    file = opened(data)

    assert file.frame_count == 4
    for number, page in enumerate(stored):
        white = 1 if page.dtype.kind == "f" else np.iinfo(page.dtype).max
        shown, notes = file.picture(number)
        np.testing.assert_allclose(shown, page / white, atol=1e-6)
        assert f"Page {number + 1} of 4." in notes
    with pytest.raises(UnreadableImageError, match="4 pages; there is no page 5"):
        file.picture(4)


def test_first_page_stands_for_the_file_and_the_choice_counts_from_it():
    data = tiff(*(sheet(np.full((2, 2), grey, np.uint8)) for grey in range(0, 250, 50)))
    file = images.open_image(data, name="a.tif")

    assert file.picture().frame == 0
    assert file.frames(images.FrameChoice()) == (0,)
    assert file.frames(images.FrameChoice(2)) == (0, 2, 4)
    assert dict(file.details) == {"frames": "5"}
    assert file.picture(3).pixels[0, 0] == pytest.approx(150 / 255)


@pytest.mark.parametrize("aside", [{254: (4, [1])}, {254: (4, [4])}, {255: (3, [2])}])
def test_thumbnails_and_masks_are_no_frames(aside):
    data = tiff(
        sheet(np.full((2, 2), 9, np.uint8), more=aside),
        sheet(np.full((8, 8), 90, np.uint8)),
        sheet(np.full((4, 4), 9, np.uint8), more=aside),
        sheet(np.full((8, 8), 190, np.uint8), more={254: (4, [2])}),
    )
    file = opened(data)

    assert file.frame_count == 2
    greys = [file.picture(page)[0][0, 0] * 255 for page in range(2)]
    assert greys == pytest.approx([90, 190])


def test_file_of_a_thumbnail_alone_shows_it():
    data = tiff(sheet(np.full((2, 2), 9, np.uint8), more={254: (4, [1])}))

    assert opened(data).frame_count == 1


def test_page_over_the_limit_costs_itself_only():
    data = tiff(
        sheet(np.zeros((10, 10), np.uint8)), sheet(np.zeros((40, 40), np.uint8))
    )
    file = opened(data, max_pixels=1000)

    assert file.picture(0)[0].shape == (10, 10)
    with pytest.raises(UnreadableImageError, match="40 x 40 pixels"):
        file.picture(1)


# -- hostile -----------------------------------------------------------------------


def test_loop_of_pages_ends_with_a_note():
    pages = (sheet(np.full((2, 2), grey, np.uint8)) for grey in (10, 20, 30))
    file = opened(looped(tiff(*pages)))

    assert file.frame_count == 3
    assert "list of pages is broken" in file.picture(2)[1][1]


def test_chain_that_leads_out_of_the_file_keeps_the_pages_before():
    data = tiff(*(sheet(np.full((2, 2), 9, np.uint8)) for _ in range(3)))
    (first,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, first)
    broken = bytearray(data)
    struct.pack_into("<I", broken, first + 2 + 12 * count, len(data) + 1000)

    assert opened(bytes(broken)).frame_count == 1


def test_100_000_pages_are_cut_at_a_limit():
    # Every page is the same: its directory is repeated, its strip shared.
    one = tiff(sheet(np.full((1, 1), 9, np.uint8)))
    (first,) = struct.unpack_from("<I", one, 4)
    (count,) = struct.unpack_from("<H", one, first)
    body = one[first : first + 2 + 12 * count]
    size = len(body) + 4
    start = first + size
    chain = b"".join(
        body + struct.pack("<I", start + number * size) for number in range(100_000)
    )
    file = opened(one[:first] + chain + body + bytes(4))

    assert file.frame_count == tiff_pages.MAX_PAGES
    assert "list of pages is broken" in file.picture(1)[1][1]


def test_directory_of_65535_entries_that_overlap_costs_no_time():
    data = b"II*\0\x08\0\0\0" + b"\xff\xff" + bytes(12 * 65535)

    with pytest.raises(UnreadableImageError, match="damaged"):
        opened(data)


@pytest.mark.parametrize(
    "bomb",
    [
        {256: (4, [2**31]), 257: (4, [2**31])},
        {256: (4, [60_000]), 257: (4, [60_000])},
        {277: (3, [65535])},
        {322: (4, [2**20]), 323: (4, [2**20]), 324: (4, [8]), 325: (4, [10])},
        {256: (4, [0])},
        {322: (4, [0]), 323: (4, [0]), 324: (4, [8]), 325: (4, [10])},
        {278: (4, [2**32 - 1])},
        {258: (3, [60000])},
    ],
)
@pytest.mark.parametrize("dtype", ["u1", "u2"])
def test_bomb_is_refused_or_read_but_fills_no_memory(bomb, dtype):
    data = tiff(sheet(random(dtype, (4, 4)), compression=8, more=bomb))
    tracemalloc.start()
    try:
        with contextlib.suppress(UnreadableImageError):
            assert opened(data, max_pixels=4_000_000).picture()[0].shape == (4, 4)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 50_000_000


def test_tag_of_a_hundred_million_values_is_never_unpacked():
    data = bytearray(tiff(sheet(random("u2", (4, 4)), compression=8)))
    tag = data.index(struct.pack("<HHI", 273, 4, 1))
    struct.pack_into("<I", data, tag + 4, 5_000_000)
    struct.pack_into("<I", data, tag + 8, 8)

    with pytest.raises(UnreadableImageError, match="damaged"):
        pixels(bytes(data) + bytes(20_000_000))
