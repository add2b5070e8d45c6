"""Paths that repeat the identifier or name of the patient, and not by chance."""

from __future__ import annotations

import unicodedata

import pytest
from pydicom.dataset import Dataset

from medhash_gui.dicom import header as dicom_header


def names(path: str, patient: str = "", name: str = "") -> str:
    data = Dataset()
    data.SpecificCharacterSet = "ISO_IR 192"
    data.PatientID, data.PatientName = patient, name
    return dicom_header.names_in_path(data, path)


@pytest.mark.parametrize(
    ("path", "patient", "name", "expected"),
    [
        ("a/pat-4711/1.dcm", "PAT-4711", "", "id"),
        ("a/xPAT4711y.dcm", "pat4711", "", "id"),
        ("a/47/1.dcm", "47", "", ""),
        ("a/anonymous/1.dcm", "ANONYMOUS", "", ""),
        ("Müller_Anna/1.dcm", "", "Müller^Anna", "name"),
        ("MUELLER/MÜLLER.dcm", "", "müller^Anna", "name"),
        ("muellers/1.dcm", "", "Mueller^Anna", ""),
        ("2021 anna 3.dcm", "", "Mueller^Anna Maria", "name"),
        ("li/1.dcm", "", "Li^Bo", ""),
        ("王小明/1.dcm", "", "Wang^XiaoMing=王小明", "name"),
        ("P123_Mueller.dcm", "P123", "Mueller^Anna", "id name"),
        ("anonymous/patient/1.dcm", "", "Anonymous^Patient", ""),
        ("a/1.dcm", "", "", ""),
    ],
)
def test_path_repeats_patient(path, patient, name, expected):
    assert names(path, patient, name) == expected
    assert names(unicodedata.normalize("NFD", path), patient, name) == expected
