"""Options of ``index`` say where labels, patients and frames are from."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from command_runs import install_tiny, medhash, write_study
from grey_series import grey_object, write_object


@pytest.fixture(autouse=True)
def _card() -> Any:
    return install_tiny()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    return write_study(tmp_path / "study", each=2)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "lib.medhash"


def table(path: Path, *rows: tuple[str, ...]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    return path


def info(library: Path) -> Any:
    return medhash("info", library, "--json").answer


def test_choices_are_remembered_until_they_are_taken_back(
    study: Path, library: Path, tmp_path: Path
) -> None:
    rows = [("img", "dx", "who", "visit", "text")]
    rows += [(f"p{n:02d}.png", "a;b", f"q{n % 2}", "v", "calm") for n in range(4)]
    made = table(tmp_path / "t.csv", *rows)
    columns = ("--file-column", "img", "--label-column", "dx", "--patient-column")
    more = ("who", "--case-column", "visit", "--detail", "report=text")

    ran = medhash(
        "index", study, "--library", library, "--labels", made, *columns, *more,
        "--label-separator", ";",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    answer = info(library)
    assert answer["labels"] == {"a": 4, "b": 4}
    assert (answer["patients"], answer["cases"]) == (2, 2)
    assert answer["choices"]["table"] == str(made)

    assert medhash("index", study, "--library", library).code == 0
    assert info(library)["labels"] == {"a": 4, "b": 4}

    again = medhash("index", study, "--library", library, "--labels", "none")
    assert again.code == 0
    answer = info(library)
    assert answer["labels"] == {"dark": 2, "light": 2}
    assert (answer["patients"], answer["choices"]) == (0, {"class_folders": True})


def test_folders_elements_and_frames_are_chosen_by_options(
    library: Path, tmp_path: Path
) -> None:
    root = tmp_path / "dicom"
    for name in ("A", "B"):
        made = grey_object(seed=ord(name), frames=4, BodyPartExamined="CHEST")
        write_object(root / name / "x.dcm", made)

    ran = medhash(
        "index", root, "--library", library, "--json", "--frames", "all",
        "--path-pattern", "{patient}/*", "--label-tag", "BodyPartExamined",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    assert (ran.answer["added"], ran.answer["frames"]) == (2, 8)
    answer = info(library)
    assert (answer["labels"], answer["patients"]) == ({"CHEST": 8}, 2)
    again = medhash("index", root, "--library", library, "--frames", "2", "--json")
    assert again.answer["frames"] == 0
    assert info(library)["images"] == 4


def test_class_folders_can_be_left_out(study: Path, library: Path) -> None:
    medhash("index", study, "--library", library, "--no-class-folders")

    assert info(library)["labels"] == {}


def test_the_list_is_written(study: Path, library: Path, tmp_path: Path) -> None:
    (study / "notes.txt").write_text("no picture")

    ran = medhash("index", study, "--library", library, "--list", tmp_path / "l.csv")

    assert ran.code == 0
    assert "notes.txt" in (tmp_path / "l.csv").read_text("utf-8-sig")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--frames", "often"), "often"),
        (("--path-pattern", "{who}/*"), "who"),
        (("--label-tag", "NoSuchElement"), "NoSuchElement"),
        (("--label-tag", "PatientName"), "PatientName"),
        (("--labels", "nowhere.csv"), "nowhere.csv"),
    ],
)
def test_a_wish_that_cannot_be_met_makes_no_library(
    study: Path, library: Path, options: tuple[str, ...], sentence: str
) -> None:
    ran = medhash("index", study, "--library", library, *options)

    assert ran.code == 3
    assert sentence in ran.err
    assert "Traceback" not in ran.err
    assert not library.exists()
