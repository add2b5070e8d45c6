"""What a header tells: whom a picture belongs to, what is kept, what may be a label."""

from __future__ import annotations

import datetime
import logging
import warnings

import numpy as np
import pytest

pytest.importorskip("pydicom")  # a machine may be without it

from dicom_objects import as_bytes, film, make, open_
from pydicom import datadict, uid
from pydicom.dataset import Dataset

from medhash_gui import details as kept
from medhash_gui import identities
from medhash_gui.dicom import dicom
from medhash_gui.dicom import header as dicom_header
from medhash_gui.dicom import identifying as dicom_identifying
from medhash_gui.errors import SettingsError

STUDY = "1.2.826.0.1.3680043.8.498.1234567890"
SERIES = "2.25.329800735698586629295641978511506172918"
SC = "1.2.840.10008.5.1.4.1.1.7"


def _identity(**elements):
    return open_(make(film(), **elements)).identity


def _details(**elements):
    return dict(open_(make(film(), **elements)).details)


# --- identity -----------------------------------------------------------------


def test_identity_is_read_in_full():
    found = _identity(
        PatientID=" MRN-0042 ",
        IssuerOfPatientID="St. Elsewhere",
        PatientBirthDate="19511203",
        StudyInstanceUID=STUDY,
        SeriesInstanceUID=SERIES,
    )

    assert found == identities.Identity(
        "MRN-0042", "St. Elsewhere", "19511203", STUDY, SERIES
    )


@pytest.mark.parametrize("stored", ["", "ANONYMOUS", "anonymized", "0", "N/A", "-"])
def test_placeholder_patient_ids_name_nobody(stored):
    assert _identity(PatientID=stored).patient == ""


def test_identity_stays_out_of_what_is_printed():
    opened = open_(make(film(), PatientID="SMITH-4711", PatientName="Smith^Anna"))
    picture = opened.picture()

    for thing in (opened, picture, opened.identity):
        assert "SMITH" not in repr(thing).upper()


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("19511203", "19511203"),
        ("1951.12.03", "19511203"),
        ("", ""),
        ("19510231", ""),
        ("1951", ""),
        ("00010101", ""),
        ("19000101", ""),
        ("99991231", ""),
        ("ANON", ""),
    ],
)
def test_birth_date_counts_only_when_it_is_one(written, read):
    placeholder = b"11111111"
    ds = make(film(), PatientID="4711", PatientBirthDate=placeholder.decode())
    value = written.encode()
    if len(value) > 8:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # pydicom on the old form
            ds.PatientBirthDate = written
        data = as_bytes(ds)
    else:
        data = as_bytes(ds).replace(placeholder, value.ljust(8))

    found = open_(data).identity

    assert found.birth_date == read
    assert found.patient == "4711"


def test_day_after_tomorrow_is_no_birth_date():
    today = datetime.datetime.now(tz=datetime.UTC).date()
    later = today + datetime.timedelta(2)

    assert _identity(PatientBirthDate=f"{today:%Y%m%d}").birth_date
    assert not _identity(PatientBirthDate=f"{later:%Y%m%d}").birth_date


@pytest.mark.parametrize(
    "written", ["", "1.2.3", "1.2.3.4.5.6.7", "2.25.7", "1.2.840.10008.1.03.5.77777"]
)
def test_uid_that_cannot_be_unique_names_no_study(written):
    placeholder = "1.2.826.0.1.3680043.8.498.77"
    ds = make(film(), StudyInstanceUID=placeholder, SeriesInstanceUID=placeholder)
    data = as_bytes(ds)
    value = written.encode().ljust(len(placeholder), b"\0")

    found = open_(data.replace(placeholder.encode(), value)).identity

    assert (found.study, found.series) == ("", "")


def test_broken_elements_never_cost_the_picture():
    ds = make(film(), PatientID="11111111", PatientAge="058Y", ImageType="DERIVED")
    ds.SpecificCharacterSet = "ISO_IR 192"
    data = as_bytes(ds)
    data = data.replace(b"11111111", b"\xff\xfe\xfd\x80\x81\x82\x83\x84")
    data = data.replace(b"ISO_IR 192", b"ISO_IR 999")

    opened = open_(data)

    assert opened.picture().pixels.shape == film().shape
    assert ("age_band", "50-59") in opened.details


# --- details ------------------------------------------------------------------


def test_details_hold_what_the_declared_list_names_and_nothing_else():
    found = _details(
        Modality="DX",
        BodyPartExamined="CHEST",
        ViewPosition="PA",
        ImageLaterality="R",
        PatientSex="F",
        PatientAge="061Y",
        Manufacturer="Maker",
        ManufacturerModelName="Model 5",
        BurnedInAnnotation="NO",
        PatientName="Smith^Anna",
        InstitutionName="St. Elsewhere",
        StudyDate="20200102",
    )

    assert found == {
        "modality": "DX",
        "body_part": "CHEST",
        "view": "PA",
        "laterality": "R",
        "sex": "F",
        "age_band": "60-69",
        "maker": "Maker",
        "device": "Model 5",
        "identifying": "InstitutionName PatientName StudyDate",
        "text": "declared absent",
    }
    assert set(found) <= kept.KEYS


def test_frames_and_the_older_side_are_kept():
    found = open_(make(np.stack([film()] * 3), frames=True, Laterality="L")).details

    assert dict(found) == {"frames": "3", "laterality": "L"}


def test_sex_that_is_none_of_three_is_left_out():
    assert "sex" not in _details(PatientSex="X")


# --- identifying elements -----------------------------------------------------


def test_listed_keywords_are_the_dictionary_s():
    listed = dicom_identifying.LISTED

    assert [word for word in listed if datadict.tag_for_keyword(word) is None] == []


def test_identifying_elements_are_found_in_sequences_and_private_groups():
    ds = make(film(), PatientID="4711", OperatorsName="", StudyDescription="thorax")
    inner, outer = Dataset(), Dataset()
    inner.PersonName = "Smith^Anna"
    outer.PersonIdentificationCodeSequence = [inner]
    ds.ReferencedPatientSequence = [outer]
    ds.add_new(0x00290010, "LO", "ACME")
    ds.add_new(0x00291010, "LO", "anything")

    found = dict(open_(ds).details)["identifying"].split()

    assert found == sorted(
        [
            "PatientID", "PersonIdentificationCodeSequence", "PersonName",
            "PrivateElements", "StudyDescription",
        ]
    )  # fmt: skip


def test_sequences_of_implicit_objects_are_looked_into():
    item = Dataset()
    item.ReferringPhysicianName = "Smith^Anna"
    ds = make(film(), syntax=uid.ImplicitVRLittleEndian)
    ds.RequestAttributesSequence = [item]

    assert dict(open_(ds).details)["identifying"] == "ReferringPhysicianName"


def test_every_name_and_date_counts_whether_listed_or_not():
    ds = make(film(), LastMenstrualDate="20200101", PatientMotherBirthName="A^B")

    assert dict(open_(ds).details)["identifying"] == (
        "LastMenstrualDate PatientMotherBirthName"
    )


def test_private_creator_alone_is_nothing_private():
    ds = make(film())
    ds.add_new(0x00290010, "LO", "ACME")

    assert "identifying" not in dict(open_(ds).details)


def test_look_into_an_endless_header_ends(monkeypatch):
    monkeypatch.setattr(dicom_identifying, "MOST_ELEMENTS", 40)
    items = []
    for _ in range(50):
        item = Dataset()
        item.Rows, item.Columns = 1, 1
        items.append(item)
    ds = make(film(), PatientID="4711", SourceImageSequence=items)
    ds.PatientName = "Smith^Anna"

    found = dict(open_(ds).details).get("identifying", "")

    assert "PatientID" not in found  # the look ended in the sequence before it


# --- text in the picture ------------------------------------------------------


@pytest.mark.parametrize(
    ("elements", "told"),
    [
        ({"BurnedInAnnotation": "YES", "Modality": "US"}, "declared"),
        ({"BurnedInAnnotation": "NO", "Modality": "US"}, "declared absent"),
        ({"sop_class": SC}, "guess: secondary capture"),
        ({"sop_class": f"{SC}.2"}, "guess: secondary capture"),
        ({"ConversionType": "SD"}, "guess: scanned document"),
        ({"Modality": "US"}, "guess: ultrasound"),
        ({"Modality": "ES"}, "guess: endoscopy"),
        ({"Modality": "OT"}, "guess: other modality"),
        ({"ImageType": ["DERIVED", "SECONDARY", "SCREEN SAVE"]}, "guess: screen shot"),
        ({"Modality": "DX"}, ""),
    ],
)
def test_text_is_declared_or_a_guess_that_is_called_one(elements, told):
    assert _details(**elements).get("text", "") == told


# --- labels -------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["BodyPartExamined", "(0018,0015)", "0018,0015", " ( 0018 , 0015 ) "]
)
def test_tag_is_named_by_keyword_or_number(text):
    assert dicom.check_tag(text) == "BodyPartExamined"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "There is no DICOM element"),
        ("Diagnosis", "There is no DICOM element Diagnosis"),
        ("0018,FFFF", "There is no DICOM element"),
        ("PatientName", "may identify"),
        ("0010,0020", "may identify"),
        ("StudyDate", "may identify"),
        ("PatientComments", "may identify"),
        ("PatientAge", "may identify"),
        ("0029,1010", "private"),
        ("Rows", "no text"),
        ("PixelData", "no text"),
        ("StudyInstanceUID", "no text"),
    ],
)
def test_tag_that_cannot_be_a_label_is_refused(text, reason):
    with pytest.raises(SettingsError, match=reason) as caught:
        dicom.check_tag(text)

    assert caught.value.hint


def test_description_of_the_examination_may_be_a_label():
    assert dicom.check_tag("SeriesDescription") == "SeriesDescription"


@pytest.mark.parametrize(
    ("value", "labels"),
    [
        ("CHEST", ("CHEST",)),
        (["CHEST", "ABDOMEN", "CHEST", ""], ("CHEST", "ABDOMEN")),
        ("", ()),
        (None, ()),
    ],
)
def test_values_of_the_tag_are_labels(value, labels):
    ds = make(film())
    ds.BodyPartExamined = value

    assert open_(ds, label_tag="0018,0015").tag_labels == labels
    assert open_(ds).tag_labels == ()


def test_tag_that_identifies_is_refused_on_opening():
    with pytest.raises(SettingsError, match="may identify"):
        open_(make(film(), PatientID="4711"), label_tag="PatientID")


def test_nothing_is_logged(caplog):
    with caplog.at_level(logging.DEBUG):
        open_(make(film(), PatientID="4711", PatientBirthDate="19511203")).picture()

    assert "4711" not in caplog.text
    assert dicom_header.LEAST_UID_COMPONENTS == 6
