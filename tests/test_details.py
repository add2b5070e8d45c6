"""The declared list is what is kept, and nothing beside it."""

from __future__ import annotations

import pytest

from medhash_gui import details


def test_only_the_declared_list_is_kept() -> None:
    with pytest.raises(KeyError):
        details.collect({"patient_name": "Doe"})
    assert set(details.TABLE_KEYS) <= details.KEYS


def test_values_are_one_short_line_and_reports_keep_their_lines() -> None:
    made = details.collect(
        {"maker": "  A\n B ", "device": "x" * 100, "view": " ", "report": "a\n\nb "}
    )
    assert dict(made) == {"maker": "A B", "device": "x" * 64, "report": "a\n\nb"}
    assert list(made) == sorted(made)


def test_text_and_back() -> None:
    made = details.collect({"modality": "CR", "report": "Größe «ü»\n2"})
    assert details.from_text(details.as_text(made)) == made
    assert details.as_text(()) == ""
    assert details.from_text("") == ()
    assert details.from_text('{"modality":"CR","name":"Doe"}') == (("modality", "CR"),)


@pytest.mark.parametrize("text", ["[]", "{", '{"view": 1}', "1"])
def test_what_is_no_details_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"details|JSON|Expecting|property"):
        details.from_text(text)


def test_the_second_has_the_word() -> None:
    first = details.collect({"view": "PA", "sex": "M"})
    second = details.collect({"view": "AP"})
    assert dict(details.merge(first, second)) == {"view": "AP", "sex": "M"}


@pytest.mark.parametrize(
    ("age", "band"),
    [
        *(("058Y", "50-59"), ("000Y", "0-9"), ("018M", "0-9"), ("130M", "10-19")),
        *(("089Y", "80-89"), ("090Y", "90+"), ("104", "90+"), ("63.0", "60-69")),
        *(("7", "0-9"), ("412", ""), ("", ""), ("Y", ""), ("old", ""), ("-3", "")),
    ],
)
def test_ages_become_ten_year_bands(age: str, band: str) -> None:
    assert details.age_band(age) == band
