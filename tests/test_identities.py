"""Patients are never merged, and nothing in clear leaves an identity by accident."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from medhash_gui.identities import (
    DIGITS,
    Identity,
    case_key,
    is_placeholder,
    patient_keys,
    series_key,
)

SECRET = bytes(range(32))


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "ANONYMOUS", "Anonymized", "anonymous patient", "unknown", "NONE"),
        *("n/a", "0", "0000", "xxxx", "***", "patient", "TEST", "No_ID", "removed"),
        *("PatientID", "Anonymous^Patient", "UNKNOWN^UNKNOWN", "[anonymized]", "N.A."),
        *(
            "匿名",
            "<none>",
            "(null)",
            "not specified",
            "###",
            "xxx-xx-xxxx",
            "REDACTED",
        ),
        *("Anonymisiert", "no patient id", "NaN", "M\ufffd1"),
    ],
)
def test_placeholders_are_no_identity(text: str) -> None:
    assert is_placeholder(text)
    assert patient_keys(Identity(patient=text, birth_date="19500101"), SECRET) == ()


@pytest.mark.parametrize(
    "text", ["1", "A17", "P-0001", "Anon-4711", "test 3", "x1", "A", "Ä1", "李"]
)
def test_a_number_or_a_name_is_an_identity(text: str) -> None:
    assert not is_placeholder(text)
    assert len(patient_keys(Identity(patient=text), SECRET)) == 1


def test_the_plain_key_is_the_hmac_of_the_identifier() -> None:
    expected = hmac.new(SECRET, b"4711", hashlib.sha256).hexdigest()[:DIGITS]
    assert patient_keys(Identity(patient=" 4711 "), SECRET) == (f"P-{expected}",)


def test_one_number_from_two_places_or_of_two_people_gives_two_patients() -> None:
    people = [
        Identity(patient="1"),
        Identity(patient="1", issuer="North"),
        Identity(patient="1", issuer="South"),
        Identity(patient="1", birth_date="19500101"),
        Identity(patient="1", birth_date="19600101"),
        Identity(patient="1", issuer="North", birth_date="19600101"),
    ]
    assert len({patient_keys(one, SECRET)[0] for one in people}) == len(people)
    assert len({patient_keys(one, SECRET)[-1] for one in people}) == 1


def test_parts_cannot_be_shifted_into_each_other() -> None:
    one = Identity(patient="2", issuer="1", birth_date="3")
    other = Identity(patient="3", issuer="1", birth_date="2")
    assert patient_keys(one, SECRET)[0] != patient_keys(other, SECRET)[0]


def test_a_study_that_two_patients_share_is_two_cases() -> None:
    first = Identity(patient="A", study="1.2.3.4", series="1.2.3.4.5")
    second = Identity(patient="B", study="1.2.3.4", series="1.2.3.4.5")
    assert case_key(first, SECRET) != case_key(second, SECRET)
    assert series_key(first, SECRET) != series_key(second, SECRET)
    assert case_key(first, SECRET) == case_key(
        Identity(patient="A", study="1.2.3.4", series="9"), SECRET
    )


def test_a_missing_study_or_series_is_no_case() -> None:
    assert case_key(Identity(patient="A"), SECRET) is None
    assert series_key(Identity(patient="A", study="1.2"), SECRET) is None
    assert case_key(Identity(study="1.2.3.4"), SECRET) is not None


def test_keys_need_the_secret() -> None:
    one = Identity(patient="4711", study="1.2.3.4")
    assert patient_keys(one, SECRET) != patient_keys(one, bytes(32))
    assert case_key(one, SECRET) != case_key(one, bytes(32))


def test_nothing_in_clear_is_shown() -> None:
    one = Identity(patient="Doe^Jane", birth_date="19500101")
    assert "Doe" not in f"{one} {one!r}"
    assert Identity.from_json(one.as_json()) == one
