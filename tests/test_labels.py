"""Tables and class folders say what they say, and bad tables are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from medhash_gui import labels
from medhash_gui.errors import DatasetError
from medhash_gui.labels import TableColumns


def table(
    tmp_path: Path,
    text: str,
    *,
    separator: str | None = None,
    label_column: str | None = None,
    patient_column: str | None = None,
) -> labels.LabelTable:
    path = tmp_path / "labels.csv"
    path.write_text(text, encoding="utf-8")
    named = (label_column,) if label_column else ()
    columns = labels.columns_of(path, TableColumns(None, named, patient_column))
    return labels.read_table(path, columns=columns, separator=separator)


def test_columns_are_guessed_by_their_names(tmp_path) -> None:
    read = table(tmp_path, "Image Index,Finding Labels,Patient ID\na.png,x|y,7\n")

    assert read.rows["a.png"].labels == ("x", "y")
    assert read.rows["a.png"].patient == "7"


def test_named_columns_win_over_guesses(tmp_path) -> None:
    text = "file,label,grade,who\na.png,x,3,7\n"

    read = table(tmp_path, text, label_column="grade", patient_column="who")

    assert read.rows["a.png"].labels == ("3",)
    assert read.rows["a.png"].patient == "7"


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_delimiter_is_found(tmp_path, delimiter) -> None:
    text = delimiter.join(("file", "label")) + "\n" + delimiter.join(("a.png", "x"))

    assert table(tmp_path, text).rows["a.png"].labels == ("x",)


def test_byte_order_mark_and_line_breaks_in_cells_are_harmless(tmp_path) -> None:
    path = tmp_path / "t.csv"
    text = '\ufefffile,label,report\r\na.png,x,"two\nlines"\r\nb.png,y,\r\n'
    path.write_bytes(text.encode("utf-8"))

    read = labels.read_table(path)

    found = [read.rows[name].labels for name in ("a.png", "b.png")]
    assert found == [("x",), ("y",)]


def test_another_separator_and_repeated_labels(tmp_path) -> None:
    read = table(tmp_path, "file,label\na.png,x/y/x\n", separator="/")

    assert read.rows["a.png"].labels == ("x", "y")


def test_empty_label_is_no_label_and_empty_patient_no_patient(tmp_path) -> None:
    read = table(tmp_path, "file,label,patient\na.png,,\n")

    assert read.rows["a.png"].labels == ()
    assert read.rows["a.png"].patient == ""


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

    found = read.match([path]).rows.get(path)

    name = found.file.replace("\\", "/") if found is not None else None
    assert name == row


def test_decomposed_file_names_meet_composed_ones(tmp_path) -> None:
    read = table(tmp_path, "file,label\nÄ.png,x\n")

    assert read.match(["A\u0308.png"]).rows["A\u0308.png"].labels == ("x",)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("file,label\na,x\n", {"label_column": "no"}, "no column 'no' for labels"),
        ("a,b\n1,2\n", {}, "looks like the files: 'a', 'b'"),
        ("file,b\n1,2\n", {}, "looks like the labels"),
        ("", {}, "is empty"),
        ("file,label\n", {}, "has a header but no rows"),
        (
            "file,label,patient\na,x,1\na,y,2\n",
            {},
            "names a twice, with different patients",
        ),
    ],
)
def test_bad_table_is_named(tmp_path, text, columns, message) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        table(tmp_path, text, **columns)

    assert raised.value.hint


@pytest.mark.parametrize(
    ("path", "label"),
    [("nodule/a.png", ("nodule",)), ("a.png", ()), ("x/nodule/a.png", ())],
)
def test_class_folder_is_exactly_one_deep(path, label) -> None:
    assert labels.from_folder(path) == label


def test_patients_are_not_shown_when_a_table_is_printed(tmp_path) -> None:
    read = table(tmp_path, "file,label,patient\na.png,x,Erika Mustermann\n")

    assert "Mustermann" not in repr(read)


# --------------------------------------------------------------- tables as a whole
def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "table.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_table_says_labels_patient_case_and_details_of_each_file(tmp_path) -> None:
    text = (
        "Image Index,Finding Labels,Patient ID,Accession No,Patient Age,"
        "Patient Gender,View Position,Confirmed by,Report\n"
        'a.png,Mass|Edema,7,A1,058Y,female,PA,CT,"First line.\nSecond."\n'
    )

    row = labels.read_table(written(tmp_path, text)).rows["a.png"]

    assert row.labels == ("Mass", "Edema")
    assert (row.patient, row.case) == ("7", "A1")
    assert dict(row.details) == {
        "age_band": "50-59", "sex": "F", "view": "PA", "confirmed_by": "CT",
        "report": "First line.\nSecond.",
    }  # fmt: skip


def test_columns_that_are_given_are_the_ones_that_are_read(tmp_path) -> None:
    path = written(tmp_path, "file,label,patient,kind\na.png,x,7,mass\n")
    columns = TableColumns(labels=("kind",), details=(("view", "label"),))

    read = labels.read_table(path, columns=columns)

    row = read.rows["a.png"]  # the column of files alone is guessed
    assert (row.labels, row.patient) == (("mass",), "")
    assert row.details == (("view", "x"),)
    assert read.columns == TableColumns("file", ("kind",), details=columns.details)


def test_columns_named_one_by_one_leave_the_others_to_the_guess(tmp_path) -> None:
    path = written(tmp_path, "file,label,grade,patient,sex\na.png,x,3,7,F\n")

    columns = labels.columns_of(path, TableColumns(labels=("grade",)))

    assert columns == TableColumns(
        "file", ("grade",), "patient", details=(("sex", "sex"),)
    )


def test_column_given_another_meaning_loses_the_guessed_one(tmp_path) -> None:
    path = written(tmp_path, "file,label,sex,study\na.png,x,F,1\n")

    columns = labels.columns_of(path, TableColumns(labels=("sex",), patient="study"))

    assert columns == TableColumns("file", ("sex",), "study")


def test_table_without_labels_may_name_patients(tmp_path) -> None:
    read = labels.read_table(written(tmp_path, "file,subject\na.png,7\n"))

    assert read.rows["a.png"].labels == ()
    assert read.rows["a.png"].patient == "7"


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("file,label\na,x\n", TableColumns(patient="p"), "no column 'p' for patients; "
         "it has 'file', 'label'"),
        ("file,label\na,x\n", TableColumns(case="c"), "no column 'c' for cases"),
        ("file,label\na,x\n", TableColumns(details=(("body_part", "d"),)),
         "no column 'd' for body part"),
        ("file,label,label\na,x,y\n", None, "2 columns named 'label'"),
        ("one,two\n1,2\n", None, "No column of table.csv looks like the files"),
        ("file,two\na,2\n", None, "looks like the labels"),
        ("file,label\n,x\n", None, "No row of table.csv names a file"),
    ],
)  # fmt: skip
def test_table_that_says_nothing_is_refused(tmp_path, text, columns, message) -> None:
    with pytest.raises(DatasetError, match=message) as raised:
        labels.read_table(written(tmp_path, text), columns=columns)

    assert raised.value.hint


def test_long_lists_of_columns_are_cut_in_messages(tmp_path) -> None:
    header = ",".join(f"c{number}" for number in range(50))

    with pytest.raises(DatasetError, match="'c29' and 20 more") as raised:
        labels.read_table(written(tmp_path, f"{header}\n{header}\n"))

    assert "c30" not in raised.value.message


def test_match_gives_the_rows_by_path(tmp_path) -> None:
    read = labels.read_table(
        written(tmp_path, "file,label\na.png,x\nb.png,y\ngone.png,z\n")
    )

    match = read.match(["one/a.png", "one/b.png", "two/b.png", "c.png"])

    assert {path: row.labels for path, row in match.rows.items()} == {
        "one/a.png": ("x",)
    }
    assert match.without_file == ("gone.png",)
    assert match.without_row == ("c.png",)
    assert match.ambiguous == ("one/b.png", "two/b.png")


# --------------------------------------------------------------------- the preview
def test_preview_shows_what_a_table_would_mean(tmp_path) -> None:
    text = "file;findings;mrn\n" + "".join(f"{n}.png;a+b;7\n{n}.dcm;a;\n" for n in
                                          range(15)) + "z.png;b;\n"  # fmt: skip

    seen = labels.preview(written(tmp_path, text))

    assert seen.header == ("file", "findings", "mrn")
    assert (seen.delimiter, seen.encoding, seen.separator) == (";", "UTF-8", "+")
    assert (len(seen.rows), seen.row_count, seen.file_count) == (20, 31, 31)
    assert seen.guess == seen.columns == TableColumns("file", ("findings",), "mrn")
    assert dict(seen.labels) == {"a": 30, "b": 16}


def test_preview_of_other_columns_keeps_the_guess(tmp_path) -> None:
    path = written(tmp_path, "file,label,edema,mass\na.png,x,1,0\n")
    chosen = TableColumns("file", ("edema", "mass"))

    seen = labels.preview(path, columns=chosen)

    assert (seen.guess.labels, seen.columns) == (("label",), chosen)
    assert seen.yes_or_no == ("edema", "mass")
    assert dict(seen.labels) == {"edema": 1}


def test_preview_of_a_table_that_is_not_understood_shows_its_columns(tmp_path) -> None:
    seen = labels.preview(written(tmp_path, "one,two\n1,2\n"))

    assert seen.header == ("one", "two")
    assert seen.guess == TableColumns()
    assert seen.notes == ("No column of table.csv looks like the files.",)


def test_folder_tells_the_column_of_files_where_its_name_does_not(tmp_path) -> None:
    path = written(tmp_path, "patientId,target\n0004cfab,1\n000924cf,0\n")

    alone = labels.preview(path)
    beside = labels.preview(path, files=["stage/0004cfab.dcm", "stage/000924cf.dcm"])

    assert alone.guess.file is None
    assert (beside.guess.file, beside.guess.patient) == ("patientId", "patientId")


def test_nothing_prints_identities_of_a_table(tmp_path) -> None:
    text = "file,label,patient,case,report\na.png,x,Mustermann,Fall 9,Erika hustet\n"
    path = written(tmp_path, text)

    read = labels.read_table(path)
    shown = repr(
        (read, read.match(["a.png"]), read.rows["a.png"], labels.preview(path))
    )

    for identity in ("Mustermann", "Fall 9", "Erika"):
        assert identity not in shown
    assert "a.png" in shown
