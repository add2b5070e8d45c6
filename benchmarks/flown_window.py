"""The window of MedHash, steered by a benchmark instead of a hand."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer

from medhash_gui import paths

Steps = Generator[Callable[[], bool], None, None]
"""Yields what to wait for before it goes on."""


def fly(begin: Callable[[MainWindow], Steps], *words: str, every_ms: int = 20) -> None:
    """Run the window, as its command does, until the steps have ended.

    Args:
        begin: makes the steps of a window that has its parts.
        words: of the command line, after ``window``.
        every_ms: how often is looked whether it can go on.

    Raises:
        BaseException: whatever a step raised; the window is closed then.
    """
    from medhash_gui.__main__ import main
    from medhash_gui.ui import app

    made = app.build_window
    failures: list[BaseException] = []

    def build(*frame: MainWindow) -> MainWindow:
        window = made(*frame)
        steps = begin(window)
        timer = QTimer(window)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        awaited: list[Callable[[], bool]] = [lambda: True]

        def step() -> None:
            try:
                if awaited[0]():
                    awaited[0] = next(steps)
            except StopIteration:
                timer.stop()
                window.close()
            except BaseException as error:  # noqa: BLE001 (raised again below)
                failures.append(error)
                timer.stop()
                window.close()

        timer.timeout.connect(step)
        window.painted.connect(lambda: timer.start(every_ms))
        return window

    app.build_window = build
    file = paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text('{"accepted_research_notice": true}')
    try:
        main(["window", *words])
    finally:
        app.build_window = made
    if failures:
        raise failures[0]
