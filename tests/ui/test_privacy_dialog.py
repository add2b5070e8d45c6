"""What a library keeps, in words: counts right, a guess called a guess."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication

from medhash_gui import details
from medhash_gui.privacy import PrivacySummary
from medhash_gui.ui import translation
from medhash_gui.ui.privacy_dialog import PrivacyDialog
from medhash_gui.ui.privacy_words import PrivacyWords


def Summary(**counts) -> PrivacySummary:  # noqa: N802 - stands for the class
    """A summary of 1200 pictures in which all that is not said is nothing."""
    usual = {
        "images": 1200,
        "identifying": {},
        "text": {"no sign": 1200},
        "path_names": 0,
        "kept": details.KEPT,
        "reports": 0,
        "patients": 430,
        "cases": 500,
        "without_patient": 0,
        "unlinked": False,
    }
    return PrivacySummary(**{**usual, **counts})


FULL = Summary(
    identifying={"PatientName": 1100, "PatientBirthDate": 900, "StudyDate": 1200},
    text={
        "declared": 2,
        "declared absent": 40,
        "guess: letters seen": 5,
        "guess: ultrasound": 30,
        "no sign": 1123,
    },
    path_names=7,
    reports=12,
    without_patient=100,
    unlinked=True,
)


@pytest.fixture
def dialog(qtbot):
    dialog = PrivacyDialog(FULL, "films")
    qtbot.addWidget(dialog)
    return dialog


def test_nothing_to_mind_is_no_line(qapp):
    assert PrivacyWords(Summary()).line() == ""


def test_the_line_tells_what_is_to_be_minded_and_calls_the_guess_one(qapp):
    assert PrivacyWords(FULL).line() == (
        "The files carry names or numbers of patients  ·  "
        "text may be burned into 35 pictures (a guess)  ·  "
        "2 pictures declare text burned in  ·  7 paths name a patient"
    )


def test_the_dialog_gives_every_count(dialog):
    text = dialog.text

    for words in (
        "1,200 pictures of 430 patients and 500 cases",
        "Of 100 pictures the patient is not known",
        "one patient may count as several",
        "StudyDate (1,200), PatientName (1,100), PatientBirthDate (900)",
        "2 pictures declare text burned in",
        "In 35 pictures text may be burned in. That is a guess, from: "
        "ultrasound (30), letters seen (5)",
        "40 pictures declare that none is burned in",
        "7 paths hold the name or the number",
        "Report texts of 12 pictures",
    ):
        assert words in text


def test_the_whole_declared_list_is_shown_and_copied(dialog):
    dialog.copy()
    copied = QGuiApplication.clipboard().text()

    assert dialog.table.rowCount() == len(details.KEPT)
    for kept in details.KEPT:
        assert f"{kept.label}: {kept.source}" in copied


def test_no_sign_of_text_is_no_proof(qapp):
    words = PrivacyWords(Summary())

    assert "no proof" in words.text_in_pictures()
    assert words.reports() == ""


def test_the_declared_list_is_told_in_chinese_too(qapp, built_translations):
    english = [(one.label, one.source) for one in details.KEPT]
    assert [PrivacyWords(FULL).kept(one) for one in details.KEPT] == english

    translation.install(qapp, "zh_CN")
    chinese = [PrivacyWords(FULL).kept(one) for one in details.KEPT]
    translation.install(qapp, "en")

    for (label, source), said in zip(english, chinese, strict=True):
        assert said[0] != label
        assert said[1] != source or "(00" in source or "Number of Frames" in source
