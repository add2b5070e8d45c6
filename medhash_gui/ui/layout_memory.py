"""How the window was laid out, from run to run: size, dividers, which panels show."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget

from medhash_gui.settings import Settings


def restore(
    window: QMainWindow,
    divided: QSplitter,
    panels: Mapping[str, QWidget],
    memory: QSettings,
    *,
    settings: Settings,
) -> None:
    """Lay a window out as it was at the end of the last run.

    Args:
        window: takes its place and size.
        divided: takes its dividers.
        panels: shown or hidden, by a name that stays.
        memory: what ``keep`` kept.
        settings: say whether dividers and panels are as they were, or the place only.
    """
    geometry = memory.value("geometry")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    if not settings.flag("restore_work"):
        return
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
