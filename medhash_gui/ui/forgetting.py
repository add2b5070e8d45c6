"""Takes a patient or a folder out of the open library for good, and out of the window.

Removing runs where searches run, so that none is answered meanwhile; afterwards the
window forgets its query, the way to it and all small pictures, and opens the library
anew.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import MedHashError
from medhash_gui.ui import forget_tasks
from medhash_gui.ui.forget_tasks import ForgetWish, Forgotten
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.notices import Notice

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session

_COUNT, _FORGET = "forget count", "forget"


class Forgetting(QObject):
    """Counts what would be removed, and removes it.

    Args:
        session: whose library it is.
        jobs: uses the library.
        parent: Qt's owner.

    Signals (all on the UI thread):
        counted(object): what would be removed, ``Counted``, or the error that says why
            that cannot be told.
        progressed(object): an ``UpkeepProgress``.
        done(object): what was ``Forgotten``, or the error that says why nothing was.
    """

    counted = Signal(object)
    progressed = Signal(object)
    done = Signal(object)

    def __init__(self, session: Session, jobs: JobQueue, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs

    def patients(self) -> tuple[str, ...]:
        """Return the keys of the patients on the screen: hit, query, other hits."""
        session, found = self._session, []
        if session.shown_hit is not None:
            found.append(session.shown_hit.hit.record.patient_key)
        if session.answer is not None:
            found.append(session.answer.query.patient_key)
        if session.result is not None:
            found += [hit.record.patient_key for hit in session.result.hits]
        return tuple(dict.fromkeys(key for key in found if key))

    def count(self, wish: ForgetWish) -> None:
        """Count what a wish would remove."""
        library = self._session.library
        if library is not None:
            work = partial(forget_tasks.count, library, wish)
            self._jobs.start(_COUNT, work, self.counted.emit)

    def forget(self, wish: ForgetWish) -> None:
        """Remove for good what a wish names."""
        facts = self._session.facts
        if facts is not None and facts.folder is not None:
            self._jobs.start(
                _FORGET,
                partial(forget_tasks.forget, facts.folder, wish),
                self._on_done,
                progress=self.progressed.emit,
            )

    def cancel(self) -> None:
        """Count or remove no further; a library that is not done yet stays whole."""
        self._jobs.cancel(_COUNT, _FORGET)

    def _on_done(self, done: Forgotten | MedHashError) -> None:
        session, facts = self._session, self._session.facts
        if isinstance(done, Forgotten) and facts is not None:
            session.inquiry.forget()
            session.trail.clear()
            session.thumbnails.forget()
            session.upkeep.edits.clear()
            session.searches.read_again()
            session.open_library(facts.root)
            if done.warning:
                session.told.emit(Notice(done.warning, kind="warning"))
        self.done.emit(done)
