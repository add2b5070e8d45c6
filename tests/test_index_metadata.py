"""Labels, patients and cases come from where the user said, and are remembered."""

from __future__ import annotations

import csv
from collections.abc import Generator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from grey_series import grey_object, write_object
from indexing_runs import FakeEncoder, draw, index, new_store

from medhash_gui.errors import DatasetError, SettingsError
from medhash_gui.identities import Identity
from medhash_gui.import_choices import ImportChoices
from medhash_gui.labels import TableColumns
from medhash_gui.store import CodeStore

HEADER = ("file", "label", "patient", "case", "report", "confirmed by")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "Studie Ä 胸片"
    for seed in range(5):
        draw(root / f"picture {seed}.png", seed)
    return root


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def store(tmp_path: Path, study: Path) -> Generator[CodeStore, None, None]:
    with new_store(tmp_path / "lib.medhash", study) as library:
        yield library


def table(path: Path, *rows: tuple[str, ...]) -> ImportChoices:
    with path.open("w", newline="", encoding="utf-8") as file:
        width = max(len(row) for row in rows)
        csv.writer(file).writerows([HEADER[:width], *rows])
    return ImportChoices(table=path)


def record_of(store: CodeStore, path: str) -> Any:
    return store.record(store.files()[path].rows[0])


@pytest.mark.row("E7")
def test_a_table_gives_labels_patient_case_report_and_provenance(
    store, study, encoder, tmp_path
) -> None:
    row = ("picture 3.png", "nodule|mass", "Müller 17", "A-1", "Two foci.", "biopsy")
    choices = table(tmp_path / "t.csv", row)

    index(store, study, encoder, choices=choices)

    record = record_of(store, "picture 3.png")
    assert set(record.labels) == {"nodule", "mass"}
    assert record.patient_key == store.pseudonym("Müller 17")
    assert record.case_key == store.case_key(Identity(patient="Müller 17", study="A-1"))
    details = dict(record.details)
    assert (details["report"], details["confirmed_by"]) == ("Two foci.", "biopsy")
    for file in store.root.rglob("*"):
        assert "Müller".encode() not in (file.read_bytes() if file.is_file() else b"")


def test_a_changed_row_relabels_without_encoding(
    store, study, encoder, tmp_path
) -> None:
    index(store, study, encoder)
    choices = table(tmp_path / "t.csv", ("picture 0.png", "nodule", ""))

    report = index(store, study, encoder, choices=choices)

    assert (report.relabelled, report.unchanged, encoder.encoded) == (1, 5, 5)
    assert index(store, study, encoder, choices=choices).relabelled == 0
    table(tmp_path / "t.csv", ("picture 0.png", "mass", ""))
    assert index(store, study, encoder).relabelled == 1
    assert record_of(store, "picture 0.png").labels == ("mass",)
    assert encoder.encoded == 5


def test_what_a_table_no_longer_says_is_taken_out(
    store, study, encoder, tmp_path
) -> None:
    full = ("picture 0.png", "nodule", "Müller 17", "A-1", "SECRET words", "biopsy")
    index(store, study, encoder, choices=table(tmp_path / "t.csv", full))
    assert record_of(store, "picture 0.png").patient_key

    table(tmp_path / "t.csv", ("picture 0.png", "nodule", "", "", "", ""))
    report = index(store, study, encoder)

    record = record_of(store, "picture 0.png")
    assert (record.patient_key, record.case_key) == (None, None)
    assert not {"report", "confirmed_by"} & set(dict(record.details))
    assert (report.relabelled, report.unchanged, encoder.encoded) == (1, 5, 5)
    for file in store.root.rglob("*"):
        assert b"SECRET" not in (file.read_bytes() if file.is_file() else b"")

    table(tmp_path / "t.csv", ("picture 1.png", "mass", "", "", "", ""))
    index(store, study, encoder)

    assert record_of(store, "picture 0.png").labels == ()
    assert index(store, study, encoder).relabelled == 0


def test_a_corrected_table_gives_the_patient_back_to_the_header(
    tmp_path, encoder
) -> None:
    root = tmp_path / "dicom"
    write_object(root / "a.dcm", grey_object(PatientID="p1"))
    with new_store(tmp_path / "l.medhash", root) as store:
        wrong = table(tmp_path / "t.csv", ("a.dcm", "x", "somebody else"))
        index(store, root, encoder, choices=wrong)

        table(tmp_path / "t.csv", ("a.dcm", "x", ""))
        index(store, root, encoder)

        assert record_of(store, "a.dcm").patient_key == store.pseudonym("p1")
        assert encoder.encoded == 1


def test_the_table_is_remembered_and_may_be_gone(
    store, study, encoder, tmp_path
) -> None:
    choices = table(tmp_path / "t.csv", ("picture 0.png", "nodule", "p1"))
    index(store, study, encoder, choices=choices)
    (tmp_path / "t.csv").unlink()

    report = index(store, study, encoder)

    assert record_of(store, "picture 0.png").labels == ("nodule",)
    assert record_of(store, "picture 0.png").patient_key == store.pseudonym("p1")
    assert "stay as they are" in report.remarks[0].text
    with pytest.raises(DatasetError):
        index(store, study, encoder, choices=choices)


def test_rows_without_a_file_and_files_without_a_row_are_listed(
    store, study, encoder, tmp_path
) -> None:
    (study / "readme.txt").write_text("not a picture")
    rows = [(f"picture {n}.png", "a", "") for n in range(3)]
    choices = table(tmp_path / "t.csv", *rows, ("gone.png", "b", ""))

    report = index(store, study, encoder, choices=choices)

    assert report.rows_without_file == ("gone.png",)
    assert report.files_without_row == ("picture 3.png", "picture 4.png")


def test_one_bare_name_never_labels_two_files(tmp_path, encoder) -> None:
    root = tmp_path / "two patients"
    draw(root / "A" / "image 1.png", 1)
    draw(root / "B" / "image 1.png", 2)
    choices = table(tmp_path / "t.csv", ("image 1.png", "nodule", "A"))
    with new_store(tmp_path / "l.medhash", root) as store:
        report = index(store, root, encoder, choices=choices)

        assert set(report.ambiguous) == {"A/image 1.png", "B/image 1.png"}
        assert record_of(store, "A/image 1.png").labels == ()
        assert (store.patients == -1).all()


def test_folders_name_patient_and_case_by_a_pattern(tmp_path, encoder) -> None:
    root = tmp_path / "by patient"
    for patient, visit, seed in (("A", "v1", 1), ("A", "v2", 2), ("B", "v1", 3)):
        draw(root / patient / visit / "image.png", seed)
    choices = ImportChoices(pattern="{patient}/{case}/*")
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder, choices=choices)

        records = store.records(range(3))
        assert len({record.patient_key for record in records}) == 2
        assert len({record.case_key for record in records}) == 3
        # Without the pattern nobody is known any more, and nothing is encoded again.
        report = index(store, root, encoder, choices=ImportChoices())
        assert (report.relabelled, encoder.encoded) == (3, 3)
        assert (store.patients == -1).all()


def test_a_dicom_element_gives_the_label(tmp_path, encoder) -> None:
    root = tmp_path / "dicom"
    for part, number in (("CHEST", 1), ("HAND", 2)):
        made = grey_object(seed=number, BodyPartExamined=part, PatientID=f"p{number}")
        write_object(root / f"{number}.dcm", made)
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder)
        assert set(store.label_names()) == set()

        report = index(
            store, root, encoder, choices=ImportChoices(label_tag="BodyPartExamined")
        )

        assert store.label_names() == {"CHEST": 1, "HAND": 1}
        assert (report.relabelled, report.unchanged, encoder.encoded) == (2, 2, 2)


def test_headers_give_patient_case_series_and_the_declared_details(
    tmp_path, encoder
) -> None:
    root = tmp_path / "dicom"
    shared = {"StudyInstanceUID": "1.2.826.0.1.3680043.8.498.1", "Modality": "DX"}
    who = {"PatientName": "Muster^Max", "PatientBirthDate": "19500101"}
    for number, patient in enumerate(("1", "1", "2", "", "ANONYMOUS")):
        made = grey_object(
            seed=number,
            PatientID=patient,
            SeriesInstanceUID=f"1.2.826.0.1.3680043.8.498.1.{number + 1}",
            **shared,
            **who,
        )
        write_object(root / f"{number}.dcm", made)
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder)

        records = {record.path: record for record in store.records(range(5))}
        keys = [records[f"{n}.dcm"].patient_key for n in range(5)]
        assert keys[0] == keys[1] != keys[2]
        assert keys[3] is None
        assert keys[4] is None
        cases = [records[f"{n}.dcm"].case_key for n in range(5)]
        assert cases[0] == cases[1] != cases[2]  # one UID, but two patients
        details = dict(records["0.dcm"].details)
        assert details["modality"] == "DX"
        assert "PatientName" in details["identifying"]
        for file in store.root.rglob("*"):
            data = file.read_bytes() if file.is_file() else b""
            assert b"Muster" not in data
            assert b"19500101" not in data
            assert b"498.1" not in data


def test_reading_headers_again_keeps_what_was_seen_in_the_pixels(
    tmp_path, encoder
) -> None:
    root = tmp_path / "dicom"
    pixels = np.zeros((200, 400), np.uint8)
    cv2.putText(pixels, "MUSTER MAX 01.02.50", (20, 40), 0, 0.9, 255, 2)
    made = grey_object(BodyPartExamined="CHEST")
    made.Rows, made.Columns, made.PixelData = 200, 400, pixels.tobytes()
    write_object(root / "a.dcm", made)
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder)
        before = dict(record_of(store, "a.dcm").details)
        assert before["text"] == "guess: letters seen"

        index(store, root, encoder, choices=ImportChoices(label_tag="BodyPartExamined"))

        assert dict(record_of(store, "a.dcm").details) == before
        assert store.label_names() == {"CHEST": 1}


def test_a_copy_of_a_known_file_keeps_its_patient(tmp_path, encoder) -> None:
    root = tmp_path / "dicom"
    write_object(root / "a.dcm", grey_object(PatientID="p1"))
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder)
        (root / "b.dcm").write_bytes((root / "a.dcm").read_bytes())

        index(store, root, encoder)

        assert record_of(store, "b.dcm").patient_key == store.pseudonym("p1")
        assert encoder.encoded == 1


def test_a_table_names_other_patients_than_the_headers(tmp_path, encoder) -> None:
    root = tmp_path / "dicom"
    write_object(root / "a.dcm", grey_object(PatientID="p1"))
    with new_store(tmp_path / "l.medhash", root) as store:
        index(
            store,
            root,
            encoder,
            choices=table(tmp_path / "t.csv", ("a.dcm", "x", "other")),
        )
        assert record_of(store, "a.dcm").patient_key == store.pseudonym("other")

        index(store, root, encoder, choices=ImportChoices())

        assert record_of(store, "a.dcm").patient_key == store.pseudonym("p1")
        assert encoder.encoded == 1


def test_choices_survive_json() -> None:
    choices = ImportChoices(
        table=Path("t.csv").absolute(),
        columns=TableColumns(file="f", labels=("a", "b")),
        separator=";",
        pattern="{patient}/*",
        label_tag="Modality",
        class_folders=False,
    )
    assert ImportChoices.from_json(choices.as_json()) == choices
    assert ImportChoices.from_json(ImportChoices().as_json()) == ImportChoices()
    assert ImportChoices.from_json({}) == ImportChoices()


@pytest.mark.parametrize(
    "values", [{"columns": 3}, {"frames": "often"}, {"pattern": "{who}"}]
)
def test_choices_that_cannot_be_read_are_named(values: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        ImportChoices.from_json(values)
