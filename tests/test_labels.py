"""Tables and class folders say what they say, and bad tables are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from medhash_gui import labels
from medhash_gui.errors import DatasetError


def table(tmp_path: Path, text: str, **columns: str) -> labels.LabelTable:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    return labels.read_csv(path, **columns)


def test_columns_are_guessed_by_their_names(tmp_path) -> None:
    read = table(tmp_path, "Image Index,Finding Labels,Patient ID\na.png,x|y,7\n")

    assert read.labels_of("a.png") == ("x", "y")
    assert read.patient_of("a.png") == "7"


def test_named_columns_win_over_guesses(tmp_path) -> None:
    text = "file,label,grade,who\na.png,x,3,7\n"

    read = table(tmp_path, text, label_column="grade", patient_column="who")

    assert read.labels_of("a.png") == ("3",)
    assert read.patient_of("a.png") == "7"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(tmp_path, delimiter) -> None:
    text = delimiter.join(("file", "label")) + "\n" + delimiter.join(("a.png", "x"))

    assert table(tmp_path, text).labels_of("a.png") == ("x",)


def test_byte_order_mark_and_line_breaks_in_cells_are_harmless(tmp_path) -> None:
    path = tmp_path / "t.csv"
    text = '\ufefffile,label,report\r\na.png,x,"two\nlines"\r\nb.png,y,\r\n'
    path.write_bytes(text.encode("utf-8"))

    read = labels.read_csv(path)

    assert (read.labels_of("a.png"), read.labels_of("b.png")) == (("x",), ("y",))


def test_another_separator_and_repeated_labels(tmp_path) -> None:
    read = table(tmp_path, "file,label\na.png,x/y/x\n", separator="/")

    assert read.labels_of("a.png") == ("x", "y")


def test_empty_label_is_no_label_and_empty_patient_no_patient(tmp_path) -> None:
    read = table(tmp_path, "file,label,patient\na.png,,\n")

    assert read.find("a.png") == "a.png"
    assert read.labels_of("a.png") == ()
    assert read.patient_of("a.png") is None


@pytest.mark.parametrize(
    ("path", "row"),
    [
        ("one/scan.png", "one/scan.png"),
        ("deeper/two/scan.png", "two/scan.png"),
        ("scan.png", None),  # two rows fit
        ("third.png", "folder/third.png"),
        ("any/bare.jpg", "bare"),
        ("any/third.jpg", None),  # another file, not the row's
        ("nowhere.png", None),
    ],
)
def test_row_belongs_to_a_path_only_when_it_is_the_only_one(
    tmp_path, path, row
) -> None:
    read = table(
        tmp_path,
        "file,label\none/scan.png,1\ntwo\\scan.png,2\nfolder/third.png,3\nbare,4\n",
    )

    found = read.find(path)

    assert found == (row.replace("two/", "two\\") if row else None)


def test_decomposed_file_names_meet_composed_ones(tmp_path) -> None:
    read = table(tmp_path, "file,label\nÄ.png,x\n")

    assert read.labels_of("A\u0308.png") == ("x",)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("file,label\na,x\n", {"label_column": "no"}, "no column 'no' for labels"),
        ("a,b\n1,2\n", {}, "looks like the files: 'a', 'b'"),
        ("file,b\n1,2\n", {}, "looks like the labels"),
        ("", {}, "is empty"),
        ("file,label\n", {}, "has a header but no rows"),
        ("file,label\na,x\na,y\n", {}, "names a twice"),
    ],
)
def test_bad_table_is_named(tmp_path, text, columns, message) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        table(tmp_path, text, **columns)

    assert raised.value.hint


def test_missing_table_and_wrong_encoding_are_named(tmp_path) -> None:
    with pytest.raises(DatasetError, match="could not be read"):
        labels.read_csv(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("file,label\nÄ,x\n".encode("latin-1"))
    with pytest.raises(DatasetError, match="not text in UTF-8"):
        labels.read_csv(tmp_path / "latin.csv")


@pytest.mark.parametrize(
    ("path", "label"),
    [("nodule/a.png", ("nodule",)), ("a.png", ()), ("x/nodule/a.png", ())],
)
def test_class_folder_is_exactly_one_deep(path, label) -> None:
    assert labels.from_folder(path) == label


def test_patients_are_not_shown_when_a_table_is_printed(tmp_path) -> None:
    read = table(tmp_path, "file,label,patient\na.png,x,Erika Mustermann\n")

    assert "Mustermann" not in repr(read)
