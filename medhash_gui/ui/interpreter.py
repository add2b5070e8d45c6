"""Guards that keep Qt and the Python interpreter from killing each other, and in step.

Cyclic garbage. The collector runs on whichever thread happens to allocate. If that is a
pool thread and the garbage holds Qt objects, they are destroyed there, and the process
dies (seen with PySide6 6.12: a segmentation fault under "Garbage-collecting"). So
automatic collection is off while a window lives, and a timer on the UI thread asks.

Singletons. PySide6 6.12.0 returns ``None``, ``True`` and ``False`` without counting the
reference, as one may from Python 3.12 on, where they are immortal. Its wheel installs
on 3.11 too, and there a process dies after some hundred signals or some thousand calls:
"bool_dealloc: deallocating True or False". PySide6 6.8 to 6.11 count.

Turns. Every call into Qt lets go of the interpreter, and a thread that computes in
Python gives it back after 5 ms only: twenty milliseconds of work became eighty.
"""

from __future__ import annotations

import ctypes
import gc
import sys

from PySide6.QtCore import QObject, QTimer

# Often, so that there is little to walk: after half a second of indexing it took 20 ms.
_EVERY_MS = 100
_TURN_S = 0.001
# More than any session's calls, far from overflow.
_REFERENCES = 1 << 40


def keep_singletons_alive() -> None:
    """Give the singletons so many references that no session can use them up."""
    # Known before mypy runs, so a plain condition would hide one branch from it.
    mortal: bool = sys.version_info[:2] < (3, 12)
    if not mortal or sys.implementation.name != "cpython":
        return
    for singleton in (None, True, False, NotImplemented):
        # The count is the first field of an object.
        count = ctypes.c_ssize_t.from_address(id(singleton))
        if count.value < _REFERENCES:
            count.value += _REFERENCES


class GarbageCollector(QObject):
    """Collects cyclic garbage on the thread that made it, until ``close``.

    Meanwhile threads take turns of a millisecond.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._was_enabled = gc.isenabled()
        gc.disable()
        self._turn_s = sys.getswitchinterval()
        sys.setswitchinterval(_TURN_S)
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._check)
        self._timer.start(_EVERY_MS)

    def close(self) -> None:
        """Give the interpreter its automatic collection, and its long turns, back."""
        self._timer.stop()
        sys.setswitchinterval(self._turn_s)
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
