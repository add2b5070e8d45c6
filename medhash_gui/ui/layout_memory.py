"""How the window was laid out, from run to run: size, dividers, which panels show."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget


def restore_place(window: QMainWindow, memory: QSettings) -> None:
    """Put a window where it was, as large as it was, at the end of the last run."""
    geometry = memory.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)


def restore(
    divided: QSplitter, panels: Mapping[str, QWidget], memory: QSettings
) -> None:
    """Lay the parts of a window out as they were at the end of the last run.

    Args:
        divided: takes its dividers.
        panels: shown or hidden, by a name that stays.
        memory: what ``keep`` kept.
    """
    state = memory.value("dividers")
    if isinstance(state, QByteArray):
        divided.restoreState(state)
    for name, panel in panels.items():
        if memory.contains(f"panels/{name}"):
            panel.setVisible(memory.value(f"panels/{name}") in ("true", True))


def keep(
    window: QMainWindow,
    divided: QSplitter,
    panels: Mapping[str, QWidget],
    memory: QSettings,
) -> None:
    """Write down how a window is laid out."""
    memory.setValue("geometry", window.saveGeometry())
    memory.setValue("dividers", divided.saveState())
    for name, panel in panels.items():
        memory.setValue(f"panels/{name}", not panel.isHidden())
    memory.sync()
