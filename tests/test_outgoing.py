"""Pictures leave with fresh pixels, covered where they are masked, and nothing else."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
from PIL import Image, PngImagePlugin
from test_burned_in import film, write

from medhash_gui import images, outgoing
from medhash_gui.errors import ExportError
from medhash_gui.grey_window import GreyWindow
from medhash_gui.images import Decoded
from medhash_gui.outgoing import Facts, MapStyle
from medhash_gui.query_box import QueryBox
from medhash_gui.saliency import SaliencyMap

FACTS = Facts("3f2a91c04b7d", role="hit", rank=2)


def prepared(pixels: np.ndarray, **more) -> outgoing.OutgoingPicture:
    return outgoing.prepare(Decoded(pixels, 0, 1), FACTS, **more)


def chunks(data: bytes) -> list[str]:
    found, at = [], 8
    while at < len(data):
        (length,) = struct.unpack(">I", data[at : at + 4])
        found.append(data[at + 4 : at + 8].decode())
        at += 12 + length
    return found


def with_metadata(pixels: np.ndarray) -> bytes:
    """A PNG whose text chunks, EXIF and colour profile all name somebody."""
    picture = Image.fromarray((pixels * 255).astype(np.uint8))
    told = PngImagePlugin.PngInfo()
    told.add_text("Patient", "Doe^Jane")
    told.add_itxt("Comment", "born 1961, Doe^Jane")
    exif = Image.Exif()
    exif[0x010E] = "Doe^Jane"
    stream = io.BytesIO()
    picture.save(stream, "PNG", pnginfo=told, exif=exif, icc_profile=b"Doe^Jane" * 20)
    return stream.getvalue()


def test_nothing_of_the_source_file_is_in_what_is_written() -> None:
    source = with_metadata(film(64, 60))
    assert {"tEXt", "iTXt", "eXIf", "iCCP"} <= set(chunks(source))
    decoded = images.decode(source, name="Doe^Jane.png")

    made = outgoing.png(outgoing.prepare(decoded, FACTS).pixels)

    assert set(chunks(made)) == {"IHDR", "IDAT", "IEND"}
    assert b"Doe" not in made
    again = cv2.imdecode(np.frombuffer(made, np.uint8), cv2.IMREAD_UNCHANGED)
    np.testing.assert_array_equal(again / np.float32(255), decoded.pixels)


def test_masked_pixels_are_one_colour_with_and_without_a_map() -> None:
    pixels = np.dstack([film(80, 90)] * 3)
    values = np.ones((80, 90), np.float32)
    masks = (QueryBox(5, 6, 30, 10), QueryBox(60, 70, 30, 10))

    made = prepared(
        pixels,
        masks=masks,
        saliency=SaliencyMap(values, "attention", None, 0.0, 1.0),
        style=MapStyle(0.9, "inferno"),
    )

    for shown in (made.pixels, made.shown(with_map=True)):
        for mask in masks:
            part = shown[mask.y : mask.y + mask.height, mask.x : mask.x + mask.width]
            assert (part == outgoing.MASK).all()
        assert (shown[30:60] != outgoing.MASK).any(axis=2).all()


def test_greys_are_spread_as_the_window_shows_them() -> None:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[np.newaxis].repeat(20, 0)

    made = prepared(ramp, window=GreyWindow(level=0.5, width=0.5)).pixels

    assert made[0, 63] == 0
    assert made[0, 192] == 255
    assert made[0, 127] == pytest.approx(127, abs=1)


@pytest.mark.parametrize(
    "mask",
    [QueryBox(-1, 0, 5, 5), QueryBox(0, 0, 41, 5), QueryBox(5, 5, 0, 5)],
)
def test_a_mask_outside_the_picture_is_refused(mask) -> None:
    with pytest.raises(ExportError, match="does not lie in the picture") as failure:
        prepared(film(30, 40), masks=(mask,))

    assert "40 × 30 px" in failure.value.hint


def test_letters_that_are_left_are_doubted_until_they_are_masked() -> None:
    written = write(film(), "MUELLER, Anna 1961", (20, 60))

    assert "letters" in prepared(written).doubt
    assert prepared(written, masks=(QueryBox(0, 30, 400, 50),)).doubt == ""
    assert prepared(film()).doubt == ""


def test_declared_text_is_doubted_until_something_is_masked() -> None:
    declared = Decoded(film(), 0, 1, details=(("text", "declared"),))

    made = outgoing.prepare(declared, FACTS)
    masked = outgoing.prepare(declared, FACTS, masks=(QueryBox(0, 0, 99, 20),))

    assert "declares" in made.doubt
    assert masked.doubt == ""


def test_names_say_what_a_picture_is_here_and_nothing_of_its_file() -> None:
    assert FACTS.name == "hit-02-3f2a91c04b7d"
    assert Facts("3f2a", frame=4, role="query").name == "query-3f2a-frame5"


def test_side_by_side_all_stand_at_one_height() -> None:
    grey, colour = film(100, 50), np.dstack([film(50, 50)] * 3)
    small, large = prepared(grey), prepared(colour)

    facts, shown = outgoing.beside([small, large], with_map=False)

    assert shown.shape == (100, 50 + 12 + 100, 3)
    assert facts.name == "hit-02-3f2a91c04b7d-beside-1"
    with pytest.raises(ExportError, match="No picture"):
        outgoing.beside([], with_map=False)
