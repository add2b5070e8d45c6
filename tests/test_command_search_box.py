"""``medhash search --box``: a region is asked about instead of the whole picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from tiny_bundle import pictures

from medhash_gui import paths


@pytest.fixture
def study(tmp_path: Path) -> Path:
    install_tiny()
    return write_study(tmp_path / "study", each=3)


@pytest.fixture
def library(study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    library = tmp_path / "lib.medhash"
    assert medhash("index", study, "--library", library).code == 0
    return library


@pytest.mark.row("C4")
def test_a_region_is_asked_about_as_if_it_were_the_picture(
    library: Path, tmp_path: Path
) -> None:
    pixels = pictures(1, seed=8)[0]
    around = np.zeros((90, 100), np.float32)
    around[30:78, 40:88] = pixels
    alone = write_png(tmp_path / "alone.png", pixels)
    within = write_png(tmp_path / "within.png", around)

    ran = medhash("search", library, within, "--box", "40,30,48,48", "--json")

    expected = medhash("search", library, alone, "--json")
    assert ran.answer["query"]["code"] == expected.answer["query"]["code"]
    assert ran.answer["hits"] == expected.answer["hits"]
    assert ran.answer["query"]["box"] == "40,30,48,48"
    assert expected.answer["query"]["box"] is None


def test_a_region_of_a_picture_in_the_library_leaves_that_picture_out(
    library: Path, study: Path
) -> None:
    known = sorted(study.rglob("*.png"))[0]

    ran = medhash("search", library, known, "--box", "4,4,30,30", "--json")

    paths_found = [hit["path"] for hit in ran.answer["hits"]]
    assert known.relative_to(study).as_posix() not in paths_found
    assert len(paths_found) == 5
    whole = medhash("search", library, known, "--json").answer["query"]
    assert ran.answer["query"]["code"] != whole["code"]


@pytest.mark.parametrize(
    ("box", "words"),
    [
        ("1,2,3", "is not a box"),
        ("40,0,20,20", "reaches beyond the picture"),
        ("0,0,8,20", "too small"),
    ],
)
def test_a_box_that_cannot_be_asked_about_is_a_sentence(
    library: Path, study: Path, box: str, words: str
) -> None:
    known = next(study.rglob("*.png"))

    ran = medhash("search", library, known, "--box", box)

    assert ran.code == 3
    assert words in ran.err


def test_a_box_is_for_one_picture(library: Path, study: Path) -> None:
    known = sorted(study.rglob("*.png"))[:2]

    ran = medhash("search", library, *known, "--box", "0,0,20,20")

    assert ran.code == 3
    assert "--box" in ran.err
