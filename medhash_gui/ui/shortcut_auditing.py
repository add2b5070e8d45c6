"""Looks at what neighbours in the open library share, where searches run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import MedHashError
from medhash_gui.ui import shortcut_tasks
from medhash_gui.ui.answer_tasks import Source
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.shortcut_tasks import Audited, AuditWish

if TYPE_CHECKING:
    from medhash_gui.images import ImageRecord
    from medhash_gui.ui.session import Session

_MEASURE, _SAVE = "shortcut audit", "save shortcut audit"
_EXAMPLE = "shortcut example"


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

    def search_example(self, row: int) -> None:
        """Search with a picture of the library, so that its neighbours are seen."""
        library = self._session.library
        if library is not None:
            work = partial(shortcut_tasks.example, library, row)
            self._jobs.start(_EXAMPLE, work, self._on_example)

    def _on_example(self, found: ImageRecord | MedHashError) -> None:
        facts = self._session.facts
        if isinstance(found, MedHashError):
            self._session.told.emit(Notice(found.message, found.hint, "warning"))
        elif facts is not None:
            file = facts.indexed_root / found.path
            self._session.search(Source(file.name, file, found.frame))

    def save(self, audited: Audited, file: Path) -> None:
        """Write what was found into a file, over one that is there."""
        library = self._session.library
        if library is not None:
            work = partial(shortcut_tasks.save, library, audited, file)
            self._jobs.start(_SAVE, work, self.saved.emit)
