"""What a library holds about people is counted from what indexing stored."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from small_library import make_codes, make_records, make_store

from medhash_gui import details, privacy
from medhash_gui.privacy import PrivacySummary
from medhash_gui.store import CodeStore, RowChange

HEADERS: list[dict[str, str]] = [
    {"identifying": "PatientID PatientName", "text": "declared", "path_names": "id"},
    {"identifying": "PatientName", "text": "guess: letters seen", "report": "One."},
    {"identifying": "PatientName", "text": "guess: letters seen", "report": "Two."},
    {"text": "declared absent", "path_names": "id name"},
    {"text": "guess: ultrasound"},
    {},
]
WHO = [("P-1", "C-1"), ("P-1", "C-1"), ("P-1", "C-2"), ("P-2", "C-3"), (None, None),
       (None, "C-4")]  # fmt: skip


def make_library(root: Path) -> CodeStore:
    """Six rows with the headers and people above."""
    store = make_store(root)
    records = [
        dataclasses.replace(
            record,
            patient_key=patient,
            case_key=case,
            details=details.collect(header),
        )
        for record, header, (patient, case) in zip(
            make_records(len(WHO)), HEADERS, WHO, strict=True
        )
    ]
    store.append(records, make_codes(len(records)))
    return store


def test_everything_about_people_is_counted(tmp_path) -> None:
    with make_library(tmp_path / "lib.medhash") as store:
        found = privacy.summary(store)

    assert found == PrivacySummary(
        images=6,
        identifying={"PatientName": 3, "PatientID": 1},
        text={"guess: letters seen": 2, "declared": 1, "declared absent": 1,
              "guess: ultrasound": 1},
        path_names=2,
        kept=details.KEPT,
        reports=2,
        patients=2,
        cases=4,
        without_patient=2,
        unlinked=False,
    )  # fmt: skip
    assert next(iter(found.text)) == "guess: letters seen"
    assert found.text_likely == 4


def test_hidden_pictures_do_not_count(tmp_path) -> None:
    with make_library(tmp_path / "lib.medhash") as store:
        store.change([RowChange(row, hidden=True) for row in (0, 3)])
        found = privacy.summary(store)

    assert (found.images, found.patients, found.cases) == (4, 1, 3)
    assert found.identifying == {"PatientName": 2}
    assert found.path_names == 0


def test_library_says_that_its_patients_are_not_linked(tmp_path) -> None:
    with make_library(tmp_path / "lib.medhash") as store:
        store.mark_unlinked()

        assert privacy.summary(store).unlinked


def test_empty_library_holds_nobody(tmp_path) -> None:
    with make_store(tmp_path / "lib.medhash") as store:
        found = privacy.summary(store)

    assert (found.images, found.patients, found.text_likely) == (0, 0, 0)


def test_summary_can_be_written_as_json(tmp_path) -> None:
    with make_library(tmp_path / "lib.medhash") as store:
        found = privacy.summary(store)

    values = json.loads(json.dumps(found.as_json()))
    assert values["identifying"] == {"PatientName": 3, "PatientID": 1}
    assert values["kept"][0] == {
        "key": "modality", "label": "Modality", "source": "Modality (0008,0060)",
    }  # fmt: skip


@pytest.mark.parametrize("secret", ["One.", "Two."])
def test_reports_are_counted_and_not_repeated(tmp_path, secret) -> None:
    with make_library(tmp_path / "lib.medhash") as store:
        assert secret not in repr(privacy.summary(store))
