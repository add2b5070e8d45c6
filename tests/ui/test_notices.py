"""Failures and bugs: what the user sees, and what a report does not hold."""

from __future__ import annotations

import logging

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from medhash_gui.errors import LibraryError
from medhash_gui.ui.notices import MessageBar, Notice, Notices, bug_report


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def notices(window):
    return Notices(MessageBar(window), window)


def test_a_failure_stands_in_the_bar_with_its_way_out(notices, window):
    bar = window.findChild(MessageBar)

    notices.fail(LibraryError("The disk is full.", hint="Free some space."))

    assert bar.notice == Notice("The disk is full.", "Free some space.", "failure")
    bar.clear()
    assert bar.notice is None


def test_a_path_with_markup_is_shown_as_it_is(notices, window, qtbot):
    notices.tell(Notice("<b>odd</b> name.png is damaged."))

    bar = window.findChild(MessageBar)
    assert bar._text.text() == "<b>odd</b> name.png is damaged."
    assert bar._text.textFormat().name == "PlainText"


@pytest.mark.expects_log
def test_a_bug_opens_a_dialog_whose_report_can_be_copied(notices, window, caplog):
    with caplog.at_level(logging.ERROR):
        notices.fail(bug())

    assert notices.dialog is not None
    notices.dialog.copy_report()
    copied = QGuiApplication.clipboard().text()
    assert "ZeroDivisionError" in copied
    assert "test_notices.py" in copied
    assert "DOE^JANE" not in caplog.text
    notices.dialog.close()


def test_a_report_names_the_place_and_neither_message_nor_folders():
    report = bug_report(bug())

    assert "ZeroDivisionError" in report
    assert "KeyError" in report  # the cause
    assert "which led to" in report
    assert "DOE^JANE" not in report
    assert "/home/" not in report
    frames = [line for line in report.splitlines() if line.startswith("  ")]
    assert frames
    assert all(line.count("/") <= 1 for line in frames)


def bug() -> BaseException:
    try:
        try:
            {}["/home/doe/DOE^JANE.dcm"]
        except KeyError as error:
            msg = "DOE^JANE cannot be divided"
            raise ZeroDivisionError(msg) from error
    except ZeroDivisionError as error:
        return error
