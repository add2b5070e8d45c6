"""Keeps Python's cyclic garbage collector on the UI thread.

The collector runs on whichever thread happens to allocate. If that is a pool thread and
the garbage holds Qt objects, they are destroyed there, and the process dies: seen with
PySide6 6.12 as a segmentation fault under "Garbage-collecting". So automatic collection
is off while a window lives, and a timer on the UI thread asks instead.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500


class GarbageCollector(QObject):
    """Collects cyclic garbage on the thread that made it, until ``close``."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._check)
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Give the interpreter its automatic collection back."""
        self._timer.stop()
        if self._was_enabled:
            gc.enable()

    def _check(self) -> None:
        """Collect the generations whose thresholds are passed, as Python would."""
        due = [
            generation
            for generation, (count, most) in enumerate(
                zip(gc.get_count(), gc.get_threshold(), strict=True)
            )
            if count > most
        ]
        if due:
            gc.collect(max(due))
