"""``medhash export``: pictures for others."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from command_runs import install_tiny, medhash, write_png
from test_burned_in import film, write

from medhash_gui.exporting import RESEARCH_USE


@pytest.fixture
def named(tmp_path: Path) -> Path:
    """A film with a name in its pixels and in its path."""
    pixels = write(film(), "DOE, JANE 1961", (20, 60))
    return write_png(tmp_path / "Doe Jane" / "doe.png", pixels)


def read(file: str | Path) -> np.ndarray:
    data = np.frombuffer(Path(file).read_bytes(), np.uint8)
    return cv2.imdecode(data, cv2.IMREAD_UNCHANGED)


def test_a_picture_with_letters_is_refused_until_it_is_masked(named, tmp_path) -> None:
    out = tmp_path / "out"

    refused = medhash("export", "picture", named, "--out", out)
    masked = medhash(
        "export", "picture", named, "--out", out, "--mask", "0,30,400,50", "--json"
    )

    assert refused.code == 3
    assert "letters were seen in it" in refused.err
    assert "doe" not in refused.err.lower()
    assert masked.code == 0
    file = masked.answer["files"][0]
    assert (read(file)[30:80, :400] == 0).all()
    assert (read(file)[100:] > 0).all()
    assert masked.answer["intended_use"] == RESEARCH_USE


def test_who_has_looked_may_export_letters(named, tmp_path) -> None:
    ran = medhash("export", "picture", named, "--out", tmp_path / "o", "--looked-at")

    assert ran.code == 0
    assert RESEARCH_USE in ran.out


def test_no_file_of_an_export_holds_the_name_of_the_source(named, tmp_path) -> None:
    out = tmp_path / "out"
    medhash("export", "picture", named, "--out", out, "--mask", "0,30,400,50")

    files = list(out.iterdir())

    assert len(files) == 2
    for file in files:
        assert "doe" not in file.name.lower()
        assert b"doe" not in file.read_bytes().lower()
    (said,) = [file for file in files if file.suffix == ".json"]
    told = json.loads(said.read_bytes())
    assert told["intended_use"] == RESEARCH_USE
    assert told["pictures"][0]["masks"] == ["0,30,400,50"]
    assert told["looked_at"] is False


def test_suggestions_are_said_and_nothing_is_written(named, tmp_path) -> None:
    ran = medhash("export", "picture", named, "--suggest", "--json")

    (picture,) = ran.answer["pictures"]
    assert ran.answer["complete"] is False
    assert picture["boxes"]
    masks = [word for box in picture["boxes"] for word in ("--mask", box)]
    out = tmp_path / "out"
    assert medhash("export", "picture", named, "--out", out, *masks).code == 0
    text = medhash("export", "picture", named, "--suggest").out
    assert "never complete" in text


def test_a_mask_may_be_for_one_picture_alone(named, tmp_path) -> None:
    other = write_png(tmp_path / "b.png", film(seed=4))
    both = medhash("export", "picture", named, other, "--suggest", "--json").answer
    number = both["pictures"][0]["picture"]

    ran = medhash(
        "export", "picture", named, other, "--out", tmp_path / "o",
        "--mask", f"{number}:0,30,400,50", "--json",
    )  # fmt: skip

    first, second, _ = (
        read(f) if f.endswith("png") else f for f in ran.answer["files"]
    )
    assert (first[30:80, :400] == 0).all()
    assert (second > 0).all()


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (("--mask", "beef:0,0,9,9"), "is for no picture"),
        (("--mask", "0,0,9"), "is not a box"),
        (("--mask", "0,0,9999,9"), "does not lie in the picture"),
        (("--window", "narrow"), "is no window of greys|is not a window of greys"),
        (("--window", "50,0"), "is not a window of greys"),
        (("--map-of", "nothing"), "nothing"),
    ],
)
def test_wrong_input_gets_a_sentence(named, tmp_path, more, sentence) -> None:
    ran = medhash("export", "picture", named, "--out", tmp_path / "o", *more)

    assert ran.code == 3
    assert any(part in ran.err for part in sentence.split("|"))
    assert not (tmp_path / "o").exists()


def test_a_place_is_needed(named) -> None:
    ran = medhash("export", "picture", named)

    assert ran.code == 3
    assert "--out" in ran.err


def test_maps_lie_over_pictures_on_request_and_are_named(tmp_path) -> None:
    card = install_tiny()
    plain = write_png(tmp_path / "a.png", film(48, 40))

    without = medhash("export", "picture", plain, "--out", tmp_path / "1", "--json")
    with_map = medhash(
        "export", "picture", plain, "--out", tmp_path / "2", "--map-of", card.name,
        "--json",
    )  # fmt: skip

    assert with_map.code == 0, with_map.err
    first, second = (read(ran.answer["files"][0]) for ran in (without, with_map))
    assert first.ndim == 2
    told = json.loads(Path(with_map.answer["files"][1]).read_bytes())
    assert told["model_id"] == card.model_id
    assert told["pictures"][0]["with_map"] is (second.ndim == 3)
    assert second.ndim == 3


def test_what_was_exported_before_is_not_written_over(tmp_path) -> None:
    plain = write_png(tmp_path / "a.png", film())
    words = ("export", "picture", plain, "--out", tmp_path / "o")

    assert medhash(*words).code == 0
    again = medhash(*words)
    assert again.code == 3
    assert "is there already" in again.err
    assert medhash(*words, "--replace").code == 0
