"""Drops files on a window as a file manager does."""

from __future__ import annotations

import warnings
from pathlib import Path

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from medhash_gui.ui.main_window import MainWindow


def drop(window: MainWindow, *places: Path) -> None:
    """Drop files on the middle of the window."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(place)) for place in places])
    middle = QPointF(window.rect().center())
    shared = (
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    with warnings.catch_warnings():
        # PySide6 6.12 deprecates this constructor and has no other yet.
        warnings.simplefilter("ignore", DeprecationWarning)
        enter = QDragEnterEvent(middle.toPoint(), *shared)
    QApplication.sendEvent(window, enter)
    assert enter.isAccepted()
    event = QDropEvent(middle, *shared)
    QApplication.sendEvent(window, event)
    assert event.isAccepted()
