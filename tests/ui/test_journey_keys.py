"""From a question to a saved report by keys alone, through the real ``main``.

Keys go to the window that has the focus, as a keyboard's do; which widget takes them is
the program's own doing.
"""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QMimeData, QObject, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

CONTROL = Qt.KeyboardModifier.ControlModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
NONE = Qt.KeyboardModifier.NoModifier


class MouseWatch(QObject):
    """Counts the mouse events of the whole application."""

    def __init__(self):
        super().__init__()
        self.seen = []

    def eventFilter(self, watched, event):  # noqa: N802 (Qt’s)
        if event.type() in (
            QEvent.Type.MouseButtonPress,
            QEvent.Type.MouseButtonRelease,
            QEvent.Type.MouseButtonDblClick,
            QEvent.Type.MouseMove,
        ):
            self.seen.append(event.type())
        return False


@pytest.fixture
def mouse(qapp):
    watch = MouseWatch()
    qapp.installEventFilter(watch)
    yield watch
    qapp.removeEventFilter(watch)


def press(key, modifiers=NONE):
    focused = QGuiApplication.focusWindow()
    assert focused is not None
    QTest.keyClick(focused, key, modifiers)


def write(text):
    for letter in text:
        press(letter)


def quiet(window):
    session = window.session
    return session.answer is not None and not session.is_busy


def weighed(window):
    return quiet(window) and window.session.weighing.weighed is not None


@pytest.mark.row("I6")
def test_ask_compare_why_evidence_and_report_by_keys_alone(
    flight, library, study, tmp_path, mouse
):
    file = tmp_path / "by-keys.html"

    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(study / "dark" / "picture 00.png"))])
        QGuiApplication.clipboard().setMimeData(data)
        press(Qt.Key.Key_V, CONTROL)
        yield lambda: weighed(window)
        assert window.pair.query.view.picture.name == "picture 00.png"

        press(Qt.Key.Key_C)
        yield lambda: quiet(window) and window.looking.desk is not None
        yield lambda: window.looking.desk.isActiveWindow()
        desk = window.looking.desk
        press(Qt.Key.Key_F8)
        press(Qt.Key.Key_N)
        yield lambda: quiet(window) and window.results.current_hit().rank == 2
        shown = [panel.view.picture.name for panel in desk.panels[1:4]]
        assert shown == [hit.record.path for hit in session.result.hits[1:4]]
        press(Qt.Key.Key_B, SHIFT)
        assert desk.mode == "blend"
        press(Qt.Key.Key_C)
        assert window.looking.desk is None
        yield window.isActiveWindow

        press(Qt.Key.Key_Y)
        yield lambda: "bits turned" in window.pair.why.text and quiet(window)
        assert "of 16 agree" in window.pair.why.text

        press(Qt.Key.Key_E)
        yield lambda: window.evidence.isVisible() and weighed(window)
        press(Qt.Key.Key_X)
        contrast = session.weighing.weighed.evidence.contrast
        yield (
            lambda: (
                quiet(window)
                and window.pair.hit.view.picture.name == contrast.record.path
            )
        )

        press(Qt.Key.Key_K, CONTROL)
        yield lambda: window.dialogs.shown() is not None
        palette = window.dialogs.shown()
        write("report of")
        assert palette.found.topLevelItemCount() == 1
        press(Qt.Key.Key_Return)
        yield lambda: window.dialogs.shown() not in (None, palette)
        yield lambda: window.dialogs.shown().isActiveWindow()
        press(Qt.Key.Key_A, CONTROL)
        write(str(file))
        press(Qt.Key.Key_Return)
        yield lambda: file.exists() and quiet(window)
        window.activateWindow()  # as a window manager does behind a closed dialog
        yield window.isActiveWindow
        press(Qt.Key.Key_Q, CONTROL)
        yield lambda: False  # the key has closed the window

    assert flight.run(pilot, library) == 0

    assert "<html" in file.read_text("utf-8")
    assert mouse.seen == []
