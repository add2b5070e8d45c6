"""The dialog of the shortcut audit measures, is cancelled, and saves."""

from __future__ import annotations

import csv
import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from shortcut_audits import Auditing, audited

from medhash_gui import row_values, shortcut_report
from medhash_gui.errors import ExportError
from medhash_gui.exporting import Exported, Origin
from medhash_gui.shortcuts import AuditStep
from medhash_gui.ui import app
from medhash_gui.ui.shortcut_dialog import ShortcutDialog
from medhash_gui.ui.shortcut_tasks import AuditWish
from medhash_gui.ui.shortcut_words import ShortcutWords

CONTROL_SHIFT = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier


@pytest.fixture
def auditing():
    return Auditing()


@pytest.fixture
def dialog(qtbot, auditing, tmp_path):
    app.make_application()
    made = ShortcutDialog(auditing, tmp_path)
    qtbot.addWidget(made)
    made.show()
    return made


def cells(dialog, row):
    table = dialog.table
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_what_was_found_stands_in_rows_with_intervals(dialog, auditing):
    dialog.measure()
    auditing.done.emit(audited())

    assert "Device. Look at what such hits have in common" in dialog.conclusion
    assert [cells(dialog, row)[0] for row in range(4)] == [
        "Labels", "Device", "Sex", "First folder",
    ]  # fmt: skip
    assert cells(dialog, 1)[1:] == [
        "90%, by chance 30%",
        "0.86 (0.82 to 0.89)",
        "+0.44 (+0.38 to +0.50)",
        "0.83 (0.77 to 0.87)",
    ]
    assert cells(dialog, 3)[2:] == ["–", "–", "–"]
    assert dialog.table.item(1, 0).font().bold()
    assert not dialog.table.item(2, 0).font().bold()


def test_rows_are_walked_by_keys_and_say_what_they_mean(dialog, auditing):
    dialog.measure()
    auditing.done.emit(audited())

    assert dialog.said.startswith("Labels: Neighbours share labels more often")
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)

    assert dialog.said.startswith("Sex: No evidence that neighbours share it more")
    assert "Of 40 sampled patients it is not known." in dialog.said
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    assert "Nothing is said: every picture has the same." in dialog.said


def test_progress_is_shown_and_cancelling_tells_nothing(dialog, auditing):
    dialog.measure()
    auditing.progressed.emit(AuditStep(30, 120))

    assert (dialog.progress.value(), dialog.progress.maximum()) == (30, 120)
    assert not dialog.measure_button.isEnabled()
    dialog.cancel_button.click()

    assert auditing.cancelled == 1
    assert dialog.progress.isHidden()
    assert dialog.conclusion == "Cancelled; nothing was measured."
    assert not dialog.save_button.isEnabled()
    assert dialog.measure_button.isEnabled()


def test_other_numbers_are_measured_anew(dialog, auditing):
    dialog.sample.setValue(80)
    dialog.neighbours.setValue(5)
    dialog.seed.setValue(7)

    dialog.measure_button.click()

    assert auditing.wishes == [AuditWish(80, 5, 7)]


def test_why_nothing_was_measured_is_said(dialog, auditing):
    dialog.measure()
    auditing.done.emit(ExportError("It is too small.", hint="Index more."))

    assert dialog.conclusion == "It is too small. Index more."
    assert not dialog.save_button.isEnabled()


def test_saving_says_where_and_what_went_wrong(dialog, auditing, tmp_path):
    dialog.measure()
    auditing.done.emit(audited())
    file = tmp_path / "a.csv"

    dialog.save(file)
    done = Exported("report", (file,), "", (), Origin())
    auditing.saved.emit(done)

    assert auditing.files == [file]
    assert f"Saved as {file}" in dialog.conclusion
    auditing.saved.emit(ExportError("The disk is full."))
    assert dialog.conclusion == "The disk is full."
    assert dialog.save_button.isEnabled()


def test_everything_is_named_for_screen_readers_and_reached_by_keys(dialog):
    for widget in (dialog.sample, dialog.neighbours, dialog.seed, dialog.table):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_the_example_of_a_row_is_searched_for_and_the_dialog_left(dialog, auditing):
    dialog.measure()
    auditing.done.emit(audited())

    assert not dialog.example_button.isEnabled()
    QTest.keyClick(dialog.table, Qt.Key.Key_Down)
    assert dialog.example_button.isEnabled()
    dialog.example_button.click()

    assert auditing.rows == [17]
    assert not dialog.isVisible()


def test_leaving_gives_up_what_is_being_measured(dialog, auditing):
    dialog.measure()

    QTest.keyClick(dialog, Qt.Key.Key_Escape)

    assert auditing.cancelled == 1
    assert not dialog.isVisible()


def test_the_window_says_what_files_say():
    words = ShortcutWords()
    found = audited().found

    for key in ("labels", *row_values.COMPARED):
        assert words.name(key) == shortcut_report.NAMES[key]
    assert words._sentences() == shortcut_report._SENTENCES
    assert words._reasons() == shortcut_report._WITHHELD
    assert words.conclusion(found) == shortcut_report.conclusion(found)


@pytest.mark.row("E9")
def test_a_library_is_audited_by_keys_cancelled_and_saved(flight, library, tmp_path):
    saved = tmp_path / "out"

    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_N, CONTROL_SHIFT)
        yield lambda: window.dialogs.shown() is not None
        dialog = window.dialogs.shown()
        assert isinstance(dialog, ShortcutDialog)
        yield lambda: dialog.table.rowCount() > 0
        assert dialog.conclusion == "Nothing here can be compared with labels."
        assert "Nothing is said" in dialog.said

        dialog.save(saved / "audit.json")
        yield (saved / "audit.json").exists
        yield lambda: "Saved as" in dialog.conclusion
        dialog.save(saved / "audit.csv")
        yield lambda: str(saved / "audit.csv") in dialog.conclusion

        dialog.measure()
        dialog.cancel_button.click()
        yield lambda: not session.is_busy
        assert "below stands what was measured before" in dialog.conclusion
        dialog.reject()
        yield lambda: window.dialogs.shown() is None

        session.upkeep.shortcuts.search_example(3)
        yield lambda: session.result is not None and not session.is_busy
        assert session.answer.query.in_library

    assert flight.run(pilot, library) == 0
    values = json.loads((saved / "audit.json").read_text())
    lines = list(
        csv.DictReader((saved / "audit.csv").read_text("utf-8-sig").splitlines())
    )
    assert (values["sampled"], values["searched"]) == (12, 12)
    assert values["program"].startswith("MedHash")
    assert [line["property"] for line in lines] == [
        one["key"] for one in values["properties"]
    ]
    assert "not for diagnosis" in lines[0]["intended_use"]
    written = (saved / "audit.csv").read_text() + (saved / "audit.json").read_text()
    assert "dark" not in written  # a label, and the folder it is from
