"""Text drawn into pictures is seen, what anatomy and devices show is not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from test_decoding import Means, answers, tasks

from medhash_gui import burned_in, details, phantoms
from medhash_gui.decoding import DecodePool

SEEN = burned_in.LETTERS_SEEN


def film(height: int = 700, width: int = 600, *, seed: int = 0) -> np.ndarray:
    """A soft background without any sharp edge, in about [0.35, 0.75]."""
    noise = np.random.default_rng(seed).random((7, 7))
    soft = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(0.35 + 0.4 * soft, 0, 1).astype(np.float32)


def write(
    pixels: np.ndarray,
    text: str,
    at: tuple[int, int],
    *,
    capitals: float = 14,
    shade: float = 1.0,
    face: int = cv2.FONT_HERSHEY_SIMPLEX,
) -> np.ndarray:
    """Write a line whose capitals are so many pixels high; ``at`` is its lower left."""
    drawn = np.round(pixels * 255).astype(np.uint8)
    colour = (round(shade * 255),) * 3
    thickness = max(1, round(capitals / 10))
    size = capitals / 21
    cv2.putText(drawn, text, at, face, size, colour, thickness, cv2.LINE_AA)
    return (drawn / 255).astype(np.float32)


@pytest.mark.parametrize("capitals", [10, 14, 21, 30])
@pytest.mark.parametrize("shade", [0.0, 1.0])
@pytest.mark.parametrize("at", [(10, 40), (150, 350), (120, 690)])
def test_names_are_seen_in_several_sizes_shades_and_places(capitals, shade, at) -> None:
    pixels = write(film(), "MUELLER, Anna 1961", at, capitals=capitals, shade=shade)

    assert burned_in.guess(film()) == ""
    assert burned_in.guess(pixels) == SEEN


@pytest.mark.parametrize(
    "text", ["12.03.1998 14:55", "ID 0012345", "DOE^JOHN", "PORTABLE"]
)
def test_dates_numbers_and_words_are_seen(text) -> None:
    assert burned_in.guess(write(film(), text, (20, 60))) == SEEN


def test_text_in_colour_is_seen_where_green_shows_it() -> None:
    grey = film()
    written = write(grey, "SMITH 1955-02-03", (30, 60))

    yellow = np.dstack([written, written, grey])
    assert burned_in.guess(yellow) == SEEN
    assert burned_in.guess(np.dstack([grey, grey, written])) == ""


@pytest.mark.parametrize("marker", ["L", "R", "AP", "PA"])
def test_side_markers_are_no_text(marker) -> None:
    pixels = write(film(), marker, (500, 80), capitals=30)

    assert burned_in.guess(pixels) == ""


def test_small_pictures_are_looked_at_enlarged() -> None:
    pixels = film(224, 224)

    assert burned_in.guess(pixels) == ""
    assert burned_in.guess(write(pixels, "KIM 1990", (10, 20), capitals=10)) == SEEN


@pytest.mark.parametrize("at", [(60, 80), (1500, 2060), (700, 1000)])
def test_large_pictures_are_looked_at_closely_near_their_borders(at) -> None:
    pixels = film(2100, 2600)

    # In the middle only what is left of it at a third of the size.
    capitals = 45 if at == (700, 1000) else 20
    assert burned_in.guess(pixels) == ""
    assert burned_in.guess(write(pixels, "GARCIA 1948", at, capitals=capitals)) == SEEN


def test_screen_of_an_ultrasound_device_is_seen() -> None:
    screen = np.zeros((480, 640), np.float32)
    fan = np.random.default_rng(1).random((480, 640)).astype(np.float32)
    mask = np.zeros((480, 640), np.uint8)
    cv2.ellipse(mask, (320, 60), (330, 330), 0, 50, 130, 1, -1)
    screen = np.where(mask > 0, cv2.GaussianBlur(fan, (0, 0), 1.2), screen)
    for line, text in enumerate(["CLINIC A", "L12-3", "MI 1.1", "36Hz", "D 4.0 cm"]):
        screen = write(screen, text, (8, 30 + 20 * line), capitals=9)

    assert burned_in.guess(screen) == SEEN


@pytest.mark.parametrize(
    ("kind", "label"),
    [(kind, name) for kind, made in phantoms.KINDS.items() for name in made.classes],
)
def test_synthetic_samples_bear_no_text(kind, label) -> None:
    assert (
        burned_in.guess(phantoms.draw(kind, label, patient=1, picture=1).pixels) == ""
    )


@pytest.mark.parametrize("size", [0.5, 1.5, 3.0, 6.0])
def test_textures_are_no_text(size) -> None:
    rng = np.random.default_rng(2)
    for _ in range(5):
        noise = cv2.GaussianBlur(rng.standard_normal((512, 512)), (0, 0), size)
        texture = np.clip(0.5 + 0.3 * noise / noise.std(), 0, 1).astype(np.float32)

        assert burned_in.guess(texture) == ""


def test_marks_of_a_ruler_and_frames_are_no_text() -> None:
    ruled = film()
    for place in range(20, 680, 20):
        ruled[place : place + 2, 10:22] = 1.0
        ruled[10:22, min(place, 590) : min(place, 590) + 2] = 1.0
    cv2.rectangle(ruled, (100, 100), (500, 600), (1.0,), 2)

    assert burned_in.guess(ruled) == ""


@pytest.mark.parametrize(
    "shape",
    [(1, 1), (1, 3000), (3000, 1), (5, 7), (8, 8), (0, 4), (7, 1024), (1025, 9)],
)
@pytest.mark.parametrize("channels", [(), (3,)])
def test_pictures_of_every_shape_are_taken(shape, channels) -> None:
    assert burned_in.guess(np.zeros((*shape, *channels), np.float32)) == ""


def test_white_noise_has_more_shapes_than_could_be_counted() -> None:
    noise = np.random.default_rng(0).random((1024, 1024)).astype(np.float32)

    assert burned_in.guess(noise) == ""


def test_picture_is_left_as_it_is() -> None:
    pixels = write(film(), "MUELLER, Anna", (20, 40))
    before = pixels.copy()

    burned_in.guess(pixels)

    assert np.array_equal(pixels, before)


@pytest.mark.parametrize(
    ("told", "seen", "text"),
    [
        ({}, False, "no sign"),
        ({}, True, "guess: letters seen"),
        ({"text": "declared"}, True, "declared"),
        ({"text": "declared absent"}, True, "guess: letters seen"),
        ({"text": "declared absent"}, False, "declared absent"),
        ({"text": "guess: ultrasound"}, True, "guess: letters seen"),
        ({"text": "guess: ultrasound"}, False, "guess: ultrasound"),
    ],
)
def test_what_is_seen_says_more_than_a_header_that_declares_none(
    told, seen, text
) -> None:
    pixels = write(film(), "MUELLER, Anna", (20, 40)) if seen else film()
    header = details.collect({"modality": "CR", **told})

    kept = dict(burned_in.with_guess(header, pixels))

    assert kept.get("text") == text
    assert kept["modality"] == "CR"


def test_worker_adds_the_guess_to_what_is_kept(tmp_path) -> None:
    for name, pixels in (
        ("text.png", write(film(), "MUELLER, Anna", (20, 40))),
        ("plain.png", film()),
    ):
        cv2.imwrite(str(tmp_path / name), np.round(pixels * 255).astype(np.uint8))

    with DecodePool(tmp_path, Means(), workers=1) as pool:
        found = answers(pool, tasks(tmp_path))

    assert dict(found["text.png"].details) == {"text": "guess: letters seen"}
    assert dict(found["plain.png"].details) == {"text": "no sign"}


@pytest.mark.parametrize("cell", [4, 8])
@pytest.mark.parametrize("share", [0.07, 1.0])
@pytest.mark.parametrize("size", [(8, 8), (64, 90), (101, 67), (5, 300)])
def test_pixels_of_a_cell_are_counted_as_by_the_mean_of_it(size, share, cell) -> None:
    rng = np.random.default_rng(7)
    mask = (rng.random(size) < share).astype(np.uint8)
    down, across = size[0] // cell, size[1] // cell
    means = [
        [
            mask[cell * y : cell * (y + 1), cell * x : cell * (x + 1)].sum()
            for x in range(across)
        ]
        for y in range(down)
    ]

    counts = burned_in._set_in_cells(mask, across, down, cell)

    assert counts.tolist() == means
