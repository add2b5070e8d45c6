"""The report accounts for every file, also as a table for a spreadsheet."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from indexing_runs import FakeEncoder, draw, index, new_store

from medhash_gui import index_report
from medhash_gui.errors import MedHashError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.index_report import IndexReport


@pytest.fixture
def report(tmp_path: Path) -> IndexReport:
    root = tmp_path / "study"
    for name in ("a.png", "b.png"):
        draw(root / name, len(name))
    (root / "cut.png").write_bytes((root / "a.png").read_bytes()[:60])
    (root / "empty.jpg").touch()
    (root / "notes.txt").write_text("no picture")
    (root / "=1+2.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(20))
    table = tmp_path / "t.csv"
    table.write_text("file,label\na.png,x\nlost.png,y\n")
    with new_store(tmp_path / "l.medhash", root) as store:
        made: IndexReport = index(
            store, root, FakeEncoder(), choices=ImportChoices(table=table)
        )
        return made


def test_the_three_states_are_counted_apart(report: IndexReport) -> None:
    assert report.states == {"damaged": 2, "unsupported": 1, "not_an_image": 1}
    assert report.found == 6
    assert "6 found = 2 added + 0 unchanged + 0 moved + 4 skipped" in (
        index_report.totals(report)
    )


def test_the_list_has_every_skipped_file_and_what_did_not_fit(
    report: IndexReport, tmp_path: Path
) -> None:
    index_report.write_csv(report, tmp_path / "list.csv")

    data = (tmp_path / "list.csv").read_bytes()
    rows = list(csv.DictReader(data.decode("utf-8-sig").splitlines()))
    assert data.startswith(b"\xef\xbb\xbf")  # spreadsheets take it for UTF-8 then
    skipped = {row["path"]: row["state"] for row in rows if row["what"] == "skipped"}
    assert skipped == {
        "cut.png": "damaged",
        "empty.jpg": "damaged",
        "notes.txt": "not_an_image",
        "'=1+2.heic": "unsupported",
    }
    assert all(row["reason"] for row in rows)
    others = {row["what"]: row["path"] for row in rows if row["what"] != "skipped"}
    assert others == {"row without file": "lost.png", "file without row": "b.png"} | {
        "totals": ""
    }


def test_a_place_that_cannot_be_written_is_named(
    report: IndexReport, tmp_path: Path
) -> None:
    with pytest.raises(MedHashError, match="cannot be written") as failure:
        index_report.write_csv(report, tmp_path / "no" / "list.csv")
    assert failure.value.hint
