"""Paints the window into a file once everything that was asked for is there."""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path

from PySide6.QtCore import QObject, QSize, QTimer
from PySide6.QtGui import QImage

from medhash_gui.ui.main_window import MainWindow

SIZE = QSize(1440, 900)

_EVERY_MS = 100
_AT_MOST_S = 120
# Quiet for two looks in a row: a job that ends may start the next.
_QUIET_LOOKS = 2


class Screenshot(QObject):
    """Waits for hits, thumbnails and maps, then writes a PNG and closes the window.

    Args:
        window: the window to paint.
        file: where the PNG goes.
        wants_hits: whether a query was asked that must be answered first.

    Attributes:
        exit_code: 0 when the PNG shows what was asked for, else 3.
    """

    def __init__(self, window: MainWindow, file: Path, *, wants_hits: bool) -> None:
        super().__init__(window)
        self.exit_code = 3
        self._window = window
        self._file = file
        self._wants_hits = wants_hits
        self._quiet = 0
        self._until = time.monotonic() + _AT_MOST_S
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._look)
        window.resize(SIZE)

    def begin(self) -> None:
        """Start to wait; called when the window has painted."""
        self._timer.start(_EVERY_MS)

    def _look(self) -> None:
        session, notice = self._window.session, self._window.bar.notice
        self._quiet = 0 if session.is_busy else self._quiet + 1
        if self._quiet >= _QUIET_LOOKS:
            there = session.result is not None or not self._wants_hits
            failed = notice is not None and notice.kind == "failure"
            self._end("" if there and not failed else self._sentence())
        elif time.monotonic() > self._until:
            self._end("The window was not ready in time.")

    def _sentence(self) -> str:
        notice = self._window.bar.notice
        return "The query was not answered." if notice is None else notice.text

    def _end(self, problem: str) -> None:
        self._timer.stop()
        image = QImage(self._window.grab().toImage())
        with contextlib.suppress(OSError):
            # What cannot be made is reported by the save below, in the same sentence.
            self._file.parent.mkdir(parents=True, exist_ok=True)
        if not image.save(str(self._file)):
            problem = problem or f"The picture cannot be written to {self._file}."
        if problem:
            sys.stderr.write(f"medhash: {problem}\n")
        self.exit_code = 3 if problem else 0
        self._window.close()
