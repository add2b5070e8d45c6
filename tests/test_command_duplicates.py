"""The command ``duplicates``, and ``search`` with several pictures."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from tiny_bundle import pictures

from medhash_gui import paths


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A library whose folder holds one copy, and one picture saved in another form."""
    folder = tmp_path_factory.mktemp("twice")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDHASH_HOME", str(folder / "home"))
        card = install_tiny()
        study = write_study(folder / "study", each=4)
        shutil.copy(study / "dark" / "p04.png", study / "light" / "=copy.png")
        pixels = cv2.imread(str(study / "dark" / "p05.png"), cv2.IMREAD_UNCHANGED)
        cv2.imwrite(str(study / "dark" / "p05.bmp"), pixels)
        table = folder / "labels.csv"
        rows = [
            f"{path.relative_to(study).as_posix()},{path.parent.name},{number // 2 + 1}"
            for number, path in enumerate(sorted(study.rglob("*.*")))
        ]
        table.write_text("\n".join(["file,label,patient", *rows]))
        made = folder / "lib.medhash"
        model = ("--model", paths.user_models() / card.name)
        ran = medhash("index", study, "--library", made, "--labels", table, *model)
        assert ran.code == 0, ran.err
        yield made


@pytest.fixture
def study(library: Path) -> Path:
    return library.parent / "study"


@pytest.fixture(autouse=True)
def home(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    monkeypatch.setenv("MEDHASH_HOME", str(library.parent / "home"))


def named(group: dict) -> list[str]:
    return [picture["path"] for picture in group["pictures"]]


# ----------------------------------------------------------------------- duplicates
def test_exact_and_near_duplicates_are_told_apart(library: Path) -> None:
    ran = medhash("duplicates", library, "--json")

    answer = ran.answer
    assert ran.code == 0
    assert len(ran.out.splitlines()) == 1
    assert [named(group) for group in answer["exact"]] == [
        ["dark/p04.png", "light/=copy.png"]
    ]
    assert answer["exact"][0]["labels_differ"] is True
    assert answer["exact"][0]["patients"] == 2
    together = [set(named(group)) for group in answer["near"]]
    assert any({"dark/p05.png", "dark/p05.bmp"} <= group for group in together)
    assert answer["library"]["within"] == 0


def test_groups_grow_with_the_distance_allowed(library: Path) -> None:
    sizes = [
        max(
            len(group["pictures"])
            for group in medhash(
                *("duplicates", library, "--within", within, "--json")
            ).answer["near"]
        )
        for within in ("0", "15")
    ]

    assert sizes[0] < sizes[1] == 10


def test_people_read_counts_groups_and_what_is_odd_about_them(library: Path) -> None:
    ran = medhash("duplicates", library)

    lines = ran.out.splitlines()
    assert lines[0] == "1 groups of the same bytes, 2 pictures"
    assert lines[1] == "  1: 2 pictures, of 2 patients, labels differ"
    assert "    light/=copy.png" in lines
    assert lines[-1] == "10 pictures, 16 bits"
    assert "only looking at them tells" in ran.err


def test_list_names_every_picture_and_holds_no_formula(
    library: Path, tmp_path: Path
) -> None:
    file = tmp_path / "groups.csv"

    ran = medhash("duplicates", library, "--list", file)

    rows = list(csv.reader(file.read_text("utf-8-sig").splitlines()))
    assert ran.code == 0
    assert rows[0] == ["kind", "group", "path", "frame", "patient", "labels"]
    assert [row[:4] for row in rows[1:3]] == [
        ["exact", "1", "dark/p04.png", "0"],
        ["exact", "1", "light/=copy.png", "0"],
    ]
    assert rows[1][4].startswith("P-")
    assert {row[0] for row in rows[1:]} == {"exact", "near"}


def test_list_that_cannot_be_written_is_a_sentence(
    library: Path, tmp_path: Path
) -> None:
    ran = medhash("duplicates", library, "--list", tmp_path / "no" / "list.csv")

    assert ran.code == 3
    assert "list.csv" in ran.err
    assert "--list" in ran.err


def test_a_distance_as_long_as_the_codes_is_refused(library: Path) -> None:
    ran = medhash("duplicates", library, "--within", "16")

    assert ran.code == 3
    assert "16 bits" in ran.err


def test_duplicates_of_what_is_no_library_is_a_sentence(tmp_path: Path) -> None:
    ran = medhash("duplicates", tmp_path / "nothing.medhash")

    assert ran.code == 3
    assert "nothing.medhash" in ran.err


# ------------------------------------------------------------------ several pictures
def test_several_pictures_and_unlike_ones_are_asked_together(
    library: Path, study: Path, tmp_path: Path
) -> None:
    stranger = write_png(tmp_path / "new.png", pictures(1, seed=77)[0])

    ran = medhash(
        *("search", library, study / "dark" / "p05.png", stranger, "--json"),
        *("--unlike", study / "light" / "p00.png", "--top", "4"),
    )

    answer = ran.answer
    assert ran.code == 0, ran.err
    assert answer["query"] == answer["queries"][0]
    assert [query["path"] for query in answer["queries"]] == ["dark/p05.png", "new.png"]
    assert [query["path"] for query in answer["unlike"]] == ["light/p00.png"]
    found = [hit["path"] for hit in answer["hits"]]
    assert not {"dark/p05.png", "light/p00.png"} & set(found)
    ranks = [hit["distance"] - hit["unlike_distance"] / 2 for hit in answer["hits"]]
    assert ranks == sorted(ranks)


def test_people_read_every_query_and_the_distance_to_what_is_unlike(
    library: Path, study: Path
) -> None:
    ran = medhash(
        *("search", library, study / "dark" / "p05.png", study / "dark" / "p06.png"),
        *("--unlike", study / "light" / "p00.png"),
    )

    lines = ran.out.splitlines()
    assert [line.split(" (")[0] for line in lines[:3]] == [
        "Query dark/p05.png", "Query dark/p06.png", "Unlike light/p00.png",
    ]  # fmt: skip
    assert lines[3].split()[:4] == ["rank", "bits", "unlike", "soft"]


def test_one_picture_has_no_distance_to_anything_unlike(
    library: Path, study: Path
) -> None:
    ran = medhash("search", library, study / "dark" / "p05.png", "--json")

    assert ran.answer["unlike"] == []
    assert all(hit["unlike_distance"] is None for hit in ran.answer["hits"])
    assert all(isinstance(hit["distance"], int) for hit in ran.answer["hits"])


def test_the_same_content_on_both_sides_is_refused(library: Path, study: Path) -> None:
    ran = medhash(
        *("search", library, study / "dark" / "p04.png"),
        *("--unlike", study / "light" / "=copy.png"),
    )

    assert ran.code == 3
    assert "=copy.png" in ran.err


def test_frame_and_view_are_of_one_picture(library: Path, study: Path) -> None:
    for option in ("--frame", "--view"):
        ran = medhash(
            *("search", library, study / "dark" / "p04.png", option, "2"),
            *("--unlike", study / "dark" / "p05.png"),
        )
        assert ran.code == 3
        assert "one picture" in ran.err


def test_unlike_file_that_is_missing_is_named(library: Path, study: Path) -> None:
    ran = medhash(
        *("search", library, study / "dark" / "p04.png"),
        *("--unlike", study / "gone.png"),
    )

    assert ran.code == 3
    assert "gone.png" in ran.err


def test_cases_that_a_library_does_not_know_are_said(
    library: Path, study: Path
) -> None:
    ran = medhash("search", library, study / "dark" / "p04.png", "--cases", "group")

    assert ran.code == 0
    assert "knows no cases" in ran.err


def test_all_queries_are_drawn(library: Path, study: Path, tmp_path: Path) -> None:
    ran = medhash(
        *("search", library, study / "dark" / "p04.png", study / "dark" / "p05.png"),
        *("--unlike", study / "light" / "p00.png", "--top", "1"),
        *("--overlay", tmp_path / "maps"),
    )

    assert ran.code == 0, ran.err
    drawn = sorted(path.stem for path in (tmp_path / "maps").glob("*.png"))
    roles = [name.rpartition("-")[0] for name in drawn]
    assert roles == ["hit-01", "query", "query", "unlike"]
