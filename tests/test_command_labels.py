"""The command ``labels`` shows what a table would mean and keeps identities quiet."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_runs import medhash

TEXT = (
    "Image Index,Finding Labels,Patient ID,Accession,Name,Patient Age,Report\n"
    "a.png,Mass|Edema,Mustermann-7,ACC-9,Erika M.,93,Erika coughs\n"
    "one/b.png,Mass,Mustermann-7,ACC-9,Erika M.,41,\n"
    "c.png,,,,,,\n"
    "gone.png,Edema,,,,,\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "films"
    for name in ("a.png", "one/b.png", "two/c.png", "three/c.png", "d.png"):
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_bytes(b"-")
    (made / "labels.csv").write_text(TEXT, encoding="utf-8")
    return made


def test_table_is_shown_as_it_would_be_read(folder: Path) -> None:
    ran = medhash("labels", folder / "labels.csv", "--json")

    assert ran.code == 0
    assert ran.answer == {
        "source": "labels.csv", "encoding": "UTF-8", "delimiter": ",",
        "separator": "|", "rows": 4, "files": 4,
        "columns": {
            "file": "Image Index", "labels": ["Finding Labels"],
            "patient": "Patient ID", "case": "Accession",
            "details": {"age_band": "Patient Age", "report": "Report"},
        },
        "not_read": ["Name"], "yes_or_no": [],
        "labels": {"Edema": 2, "Mass": 2},
        "first_rows": [
            {"Image Index": "a.png", "Finding Labels": "Mass|Edema",
             "Patient Age": "90+"},
            {"Image Index": "one/b.png", "Finding Labels": "Mass",
             "Patient Age": "40-49"},
            {"Image Index": "c.png", "Finding Labels": "", "Patient Age": ""},
        ],
        "notes": [], "folder": None,
    }  # fmt: skip


def test_folder_shows_which_rows_and_files_find_each_other(folder: Path) -> None:
    ran = medhash("labels", folder / "labels.csv", "--folder", folder, "--json")

    assert ran.answer["folder"] == {
        "path": str(folder), "files": 5, "files_with_row": 2,
        "found_by": {"path": 2},
        "rows_without_file": ["gone.png"],
        "files_without_row": ["d.png"],
        "ambiguous": ["three/c.png", "two/c.png"],
    }  # fmt: skip


def test_people_read_the_same_as_programs(folder: Path) -> None:
    ran = medhash("labels", folder / "labels.csv", "--folder", folder)

    lines = [" ".join(line.split()) for line in ran.out.splitlines()]
    assert lines[0] == 'labels.csv: 4 rows for 4 files, UTF-8, cells apart by ","'
    assert "Patient ID patient (only as a keyed hash)" in lines
    assert "Name not read" in lines
    assert 'between several labels: "|"' in lines
    assert "labels: Edema 2, Mass 2" in lines
    assert f"2 of 5 files in {folder} have a row" in lines
    assert lines[-7:] == [
        "rows that match no file: 1", "gone.png",
        "files without a row (pictures or not): 1", "d.png",
        "files for which several rows, or a row for several: 2",
        "three/c.png", "two/c.png",
    ]  # fmt: skip


@pytest.mark.parametrize("words", [(), ("--json",)])
def test_no_identity_is_printed(folder: Path, words: tuple[str, ...]) -> None:
    ran = medhash("labels", folder / "labels.csv", "--folder", folder, *words)

    for identity in ("Mustermann", "ACC-9", "Erika", "93"):
        assert identity not in ran.out + ran.err


def test_columns_and_separator_can_be_named(folder: Path) -> None:
    words = ("--file-column", "Image Index", "--label-column", "Accession",
             "--label-column", "Finding Labels", "--label-separator", "",
             "--patient-column", "Name", "--case-column", "Patient ID",
             "--detail", "confirmed_by=Report")  # fmt: skip

    ran = medhash("labels", folder / "labels.csv", *words, "--json")

    assert ran.answer["columns"] == {
        "file": "Image Index", "labels": ["Accession", "Finding Labels"],
        "patient": "Name", "case": "Patient ID",
        "details": {"age_band": "Patient Age", "confirmed_by": "Report"},
    }  # fmt: skip
    assert ran.answer["labels"] == {"ACC-9": 2, "Edema": 1, "Mass": 1, "Mass|Edema": 1}


def test_line_break_can_be_named_as_a_separator(folder: Path) -> None:
    table = folder / "t.csv"
    table.write_text('file,label\na,"x\ny"\n', encoding="utf-8")

    ran = medhash("labels", table, "--label-separator", "\\n")

    assert "between several labels: line break" in ran.out
    assert "labels: x 1, y 1" in ran.out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--label-column", "no"), "no column 'no' for labels"),
        (("--detail", "report"), "'report' does not name a detail"),
        (("--detail", "name=Name"), "'name=Name' does not name a detail"),
        (("--folder", "nowhere"), "The folder nowhere is not there"),
    ],
)
def test_what_cannot_be_is_named(folder: Path, words, message) -> None:
    ran = medhash("labels", folder / "labels.csv", *words)

    assert ran.code == 3
    assert message in ran.err
    assert ran.out == ""


def test_long_lists_are_cut_for_people_only(folder: Path) -> None:
    table = folder / "many.csv"
    rows = "".join(f"f{n}.png,l{n:02d}\n" for n in range(30))
    table.write_text("file,label\n" + rows, encoding="utf-8")

    ran = medhash("labels", table, "--folder", folder)
    answer = medhash("labels", table, "--folder", folder, "--json").answer

    assert "l19 1 and 10 more" in ran.out
    assert "and 20 more; --json lists them all" in ran.out
    assert len(answer["folder"]["rows_without_file"]) == 30


def test_table_without_files_is_shown_so_that_a_column_can_be_named(
    folder: Path,
) -> None:
    table = folder / "odd.csv"
    table.write_text("what,which\n1,2\n", encoding="utf-8")

    ran = medhash("labels", table)

    assert ran.code == 0
    assert "what    not read" in ran.out
    assert "note: No column of odd.csv looks like the files." in ran.out
