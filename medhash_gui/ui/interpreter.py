"""Two guards that keep Qt and the Python interpreter from killing each other.

Cyclic garbage. The collector runs on whichever thread happens to allocate. If that is a
pool thread and the garbage holds Qt objects, they are destroyed there, and the process
dies (seen with PySide6 6.12: a segmentation fault under "Garbage-collecting"). So
automatic collection is off while a window lives, and a timer on the UI thread asks.

The reference count of ``True``. ``emit`` of PySide6 6.12.0 returns ``True`` without
counting the reference. Before Python 3.12, which made such objects immortal, a process
dies after some hundred signals: "bool_dealloc: deallocating True or False".
"""

from __future__ import annotations

import ctypes
import gc
import sys

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
# More signals than any session emits, far from overflow.
_REFERENCES = 1 << 40


def keep_true_alive() -> None:
    """Give ``True`` so many references that no session can use them up."""
    # Known before mypy runs, so a plain condition would hide one branch from it.
    mortal: bool = sys.version_info[:2] < (3, 12)
    if mortal and sys.implementation.name == "cpython":
        count = ctypes.c_ssize_t.from_address(id(True))  # noqa: FBT003
        if count.value < _REFERENCES:
            count.value += _REFERENCES


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
