"""Looks at what neighbours in the open library share, where searches run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui import shortcut_tasks
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.shortcut_tasks import Audited, AuditWish

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session

_MEASURE, _SAVE = "shortcut audit", "save shortcut audit"


class ShortcutAuditing(QObject):
    """Measures, and saves what was found.

    Args:
        session: whose library it is.
        jobs: uses the library.
        parent: Qt's owner.

    Signals (all on the UI thread):
        progressed(object): an ``AuditStep``.
        done(object): what was ``Audited``, or the error that says why nothing was.
        saved(object): what was ``Exported``, or the error that says why nothing was.
    """

    progressed = Signal(object)
    done = Signal(object)
    saved = Signal(object)

    def __init__(self, session: Session, jobs: JobQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs

    def measure(self, wish: AuditWish) -> None:
        """Look at what neighbours share, in place of what is being looked at."""
        library = self._session.library
        if library is not None:
            work = partial(shortcut_tasks.measure, library, wish)
            self._jobs.start(
                _MEASURE, work, self.done.emit, progress=self.progressed.emit
            )

    def cancel(self) -> None:
        """Look no further; nothing is told."""
        self._jobs.cancel(_MEASURE)

    def save(self, audited: Audited, file: Path) -> None:
        """Write what was found into a file, over one that is there."""
        library = self._session.library
        if library is not None:
            work = partial(shortcut_tasks.save, library, audited, file)
            self._jobs.start(_SAVE, work, self.saved.emit)
