"""Where letters may stand is suggested, on drawn text and on real films."""

from __future__ import annotations

import numpy as np
import pytest
from conftest import SHARED_DATA
from test_burned_in import film, write

from medhash_gui import burned_in, images, text_boxes


def covered(boxes, shape) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for box in boxes:
        mask[box.y : box.y + box.height, box.x : box.x + box.width] = True
    return mask


@pytest.mark.parametrize("shade", [0.0, 1.0])
@pytest.mark.parametrize(
    ("text", "at", "capitals"),
    [
        ("MUELLER, Anna 1961", (10, 40), 14),
        ("ID 0012345", (300, 690), 10),
        ("12.03.1998 14:55", (120, 350), 30),
        ("AP", (500, 80), 24),
    ],
)
def test_suggested_boxes_cover_text_that_is_written(text, at, capitals, shade) -> None:
    plain = film()
    written = write(plain, text, at, capitals=capitals, shade=shade)

    boxes = text_boxes.suggest(written)

    ink = np.abs(written - plain) > 0.2
    assert (covered(boxes, ink.shape) & ink).sum() >= 0.97 * ink.sum()
    assert covered(boxes, ink.shape).mean() < 0.2


def test_text_in_one_colour_alone_is_suggested() -> None:
    grey = film()
    written = write(grey, "SMITH 1955-02-03", (30, 60))

    blue = np.dstack([grey, grey, written])
    assert text_boxes.suggest(blue)


def test_a_soft_picture_has_no_suggestion() -> None:
    assert text_boxes.suggest(film()) == ()
    assert text_boxes.suggest(np.zeros((8, 8), np.float32)) == ()


def test_boxes_lie_in_the_picture_and_are_not_too_many() -> None:
    rng = np.random.default_rng(3)
    noisy = rng.random((900, 700)).astype(np.float32)
    at_the_edge = write(film(), "EDGE 1900", (-4, 12), capitals=14)

    for pixels in (noisy, at_the_edge):
        boxes = text_boxes.suggest(pixels)
        assert len(boxes) <= text_boxes.MOST_BOXES
        for box in boxes:
            assert box.x >= 0
            assert box.y >= 0
            assert box.x + box.width <= pixels.shape[1]
            assert box.y + box.height <= pixels.shape[0]


def test_real_films_words_are_suggested() -> None:
    file = SHARED_DATA / "fullres_samples" / "nih_00000404_000_L.png"
    if not file.is_file():
        pytest.skip("the development images are not here: ../shared/data")
    pixels = images.decode(file.read_bytes(), name=file.name).pixels

    mask = covered(text_boxes.suggest(pixels), pixels.shape)

    # PORTABLE at the lower left, AP beside the marker at the right.
    assert mask[925:955, 10:140].mean() > 0.9
    assert mask[495:515, 890:920].mean() > 0.9


def test_films_in_which_letters_are_seen_have_a_suggestion() -> None:
    films = sorted((SHARED_DATA / "cxr_nih_320").glob("images/**/*.jpg"))[::36]
    if not films:
        pytest.skip("the development images are not here: ../shared/data")
    pictures = [images.decode(file.read_bytes(), name="a").pixels for file in films]

    seen = [pixels for pixels in pictures if burned_in.guess(pixels)]

    assert len(seen) >= 3
    assert all(text_boxes.suggest(pixels) for pixels in seen)
