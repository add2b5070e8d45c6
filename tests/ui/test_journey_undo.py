"""A change of labels is undone and done again by keys, through the real ``main``."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier


def test_labels_come_back_with_undo_and_go_again_with_redo(flight, library):
    def pilot(window):
        session = window.session

        def labelled():
            return session.facts is not None and not session.is_busy

        yield labelled
        assert dict(session.facts.labels) == {"dark": 6, "light": 6}
        assert not window.actions_by_id["undo"].isEnabled()
        window.actions_by_id["labels"].trigger()
        yield lambda: window.dialogs.labels is not None
        dialog = window.dialogs.labels
        yield dialog.ok.isEnabled
        dialog.choose_source("none")
        yield dialog.ok.isEnabled
        dialog.accept()
        yield lambda: not session.facts.labels and labelled()

        window.activateWindow()
        yield window.isActiveWindow
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: dict(session.facts.labels) == {"dark": 6, "light": 6}
        yield labelled
        assert not window.actions_by_id["undo"].isEnabled()
        QTest.keyClick(window, Qt.Key.Key_Z, CONTROL | SHIFT)
        yield lambda: not session.facts.labels and labelled()

    assert flight.run(pilot, library) == 0
