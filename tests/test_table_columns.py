"""Columns are recognised by name in the forms that people use, and by their cells."""

from __future__ import annotations

import json

import pytest

from medhash_gui.table_columns import TableColumns, guess


def of(header: str, *rows: str, files: tuple[str, ...] = ()) -> TableColumns:
    cells = [row.split(",") for row in rows]
    return guess(header.split(","), cells, files=files)


@pytest.mark.parametrize(
    "name",
    ["file", "File Name", "filename", "IMAGE_INDEX", "Image Index", "image", "path",
     "ImagePath", "DICOM", "dicom_file", "SOPInstanceUID", "Image ID"],
)  # fmt: skip
def test_column_of_files_is_known_by_its_name(name) -> None:
    assert of(f"x,{name}", "1,2").file == name


@pytest.mark.parametrize(
    "name",
    ["label", "Labels", "Finding Labels", "finding", "diagnosis", "Dx", "class",
     "Class Name", "category", "grade", "DR_grade", "severity", "condition"],
)  # fmt: skip
def test_column_of_labels_is_known_by_its_name(name) -> None:
    assert of(f"file,{name}", "a,x").labels == (name,)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("Patient ID", TableColumns("file", patient="Patient ID")),
        ("subject_id", TableColumns("file", patient="subject_id")),
        ("MRN", TableColumns("file", patient="MRN")),
        ("case", TableColumns("file", case="case")),
        ("Accession Number", TableColumns("file", case="Accession Number")),
        ("StudyInstanceUID", TableColumns("file", case="StudyInstanceUID")),
    ],
)
def test_patients_and_cases_are_known_by_their_name(name, columns) -> None:
    assert of(f"file,{name}", "a,7") == columns


@pytest.mark.parametrize(
    ("key", "name"),
    [
        ("report", "Report"), ("report", "impression"),
        ("confirmed_by", "Confirmed by"), ("confirmed_by", "source of truth"),
        ("confirmed_by", "provenance"), ("confirmed_by", "dx_type"),
        ("sex", "Patient Gender"), ("sex", "sex"), ("age_band", "Patient's Age"),
        ("view", "ViewPosition"), ("modality", "Modality"), ("laterality", "Side"),
        ("body_part", "Body Part Examined"), ("maker", "manufacturer"),
        ("device", "Manufacturer's Model Name"),
    ],
)  # fmt: skip
def test_details_are_known_by_their_name(key, name) -> None:
    assert of(f"file,{name}", "a,b").details == ((key, name),)


def test_pathology_is_the_label_or_how_another_was_confirmed() -> None:
    assert of("file,pathology", "a,benign").labels == ("pathology",)
    both = of("file,label,pathology", "a,mass,benign")
    assert (both.labels, both.details) == (
        ("label",), (("confirmed_by", "pathology"),)
    )  # fmt: skip


def test_findings_in_sentences_are_a_report() -> None:
    text = "The heart is of normal size and the lungs are clear of infiltrates " * 2

    columns = of("image,findings,diagnosis", f"a.png,{text},normal")

    assert columns.labels == ("diagnosis",)
    assert columns.details == (("report", "findings"),)


def test_numbered_labels_are_several_columns() -> None:
    assert of("file,label_1,label_2", "a,x,y").labels == ("label_1", "label_2")


def test_columns_of_yes_and_no_are_labels_where_no_other_column_is() -> None:
    rows = ("p/a.jpg,Male,0,1,0,", "p/b.jpg,Female,1,,-1,", "p/c.jpg,,0,0.0,1.0,")

    columns = of("Path,Sex,fold,Edema,Mass,empty", *rows)

    assert columns.labels == ("Edema", "Mass")
    named = of("Path,label,Edema,Mass", "a.png,x,1,0", "b.png,y,0,1")
    assert named.labels == ("label",)


def test_one_column_of_yes_and_no_says_nothing_of_itself() -> None:
    assert of("file,Edema,other", "a,1,text", "b,0,more").labels == ()


def test_column_of_files_is_found_by_cells_that_look_like_pictures() -> None:
    assert of("what,where", "x,one/a.PNG", "y,two\\b.dcm").file == "where"


def test_column_of_files_is_found_by_the_files_of_the_folder() -> None:
    header, row = "study,image,key", "1,000a,00f1"

    columns = of(header, row, files=("deep/00f1.dcm",))

    assert (columns.file, columns.case) == ("key", "study")


def test_nothing_is_guessed_of_unknown_columns() -> None:
    assert of("a,b,c", "1,2,3") == TableColumns()


def test_columns_survive_json() -> None:
    columns = TableColumns("f", ("a", "b"), "p", "c", (("sex", "s"), ("view", "v")))

    assert TableColumns.from_json(json.loads(json.dumps(columns.as_json()))) == columns
    assert TableColumns.from_json({}) == TableColumns()
    assert columns.names == ("f", "a", "b", "p", "c", "s", "v")
