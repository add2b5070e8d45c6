"""Codes of a folder with labels and patients, whichever worker was faster."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from indexing_runs import FakeEncoder, draw

from medhash_gui import labelled_codes
from medhash_gui.errors import DatasetError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.labelled_codes import LabelledCodes
from medhash_gui.library.keys import LibraryKey


def encoded(root: Path, choices: ImportChoices | None = None, **more) -> LabelledCodes:
    run = labelled_codes.encode_folder(
        root, FakeEncoder(), choices or ImportChoices(), LibraryKey.new(), **more
    )
    while True:
        try:
            next(run)
        except StopIteration as end:
            return end.value


@pytest.fixture
def study(tmp_path: Path) -> Path:
    for number in range(20):
        draw(tmp_path / "study" / "ab"[number % 2] / f"{number:02d}.png", number)
    return tmp_path / "study"


def test_pictures_come_by_path_with_their_labels_and_codes(study: Path) -> None:
    (study / "notes.txt").write_text("no picture")

    found = encoded(study, workers=2)

    assert list(found.paths) == sorted(found.paths)
    assert len(found) == 20
    assert found.files == 21
    assert found.labels == (("a",),) * 10 + (("b",),) * 10
    assert found.multi_hot(("a", "b", "c")).sum(axis=0).tolist() == [10, 10, 0]
    assert [s.path for s in found.skipped] == ["notes.txt"]
    alone = encoded(study / "a", workers=1)
    assert np.array_equal(found.codes.packed[:10], alone.codes.packed)


def test_copies_are_one_group_and_join_the_patients_they_are_said_to_be_of(
    study: Path,
) -> None:
    shutil.copy(study / "a" / "00.png", study / "b" / "copy.png")
    table = study.parent / "t.csv"
    rows = ["a/00.png,x,P1", "b/copy.png,y,P2", "a/02.png,x,P2", "b/01.png,y,P3"]
    table.write_text("file,label,patient\n" + "\n".join(rows), encoding="utf-8")

    found = encoded(study, ImportChoices(table=table), workers=1)

    group = dict(zip(found.paths, found.groups, strict=True))
    assert group["a/00.png"] == group["b/copy.png"] == group["a/02.png"]
    assert len(set(found.groups)) == len(found) - 2
    assert (found.copies, found.contradicted) == (1, 1)
    assert found.known.sum() == 4
    assert found.labelled().paths == ("a/00.png", "a/02.png", "b/01.png", "b/copy.png")
    assert "P2" not in repr(found) + "".join(found.groups)


@pytest.mark.parametrize(
    "text",
    ["a/00.png\nb/01.png\n", "file\na/00\nb/01\n", "n,file\n1,a/00.png\n2,b/01.png\n"],
)
def test_rows_are_named_by_a_list_or_a_table(study: Path, text: str) -> None:
    found = encoded(study)
    table = study.parent / "queries.csv"
    table.write_text(text, encoding="utf-8")

    rows = labelled_codes.rows_of_table(table, found)

    assert [found.paths[row] for row in rows] == ["a/00.png", "b/01.png"]


def test_a_table_without_files_is_refused(study: Path) -> None:
    table = study.parent / "queries.csv"
    table.write_text("age,sex\n60,f\n70,m\n", encoding="utf-8")

    with pytest.raises(DatasetError, match="looks like the files"):
        labelled_codes.rows_of_table(table, encoded(study))


def test_closing_early_leaves_no_process(study: Path) -> None:
    run = labelled_codes.encode_folder(
        study, FakeEncoder(), ImportChoices(), LibraryKey.new(), workers=1
    )
    next(run)
    next(run)
    run.close()  # conftest fails the test where a process is left
