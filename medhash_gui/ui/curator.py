"""Single pictures of the library: left out of searches, labelled by hand, undone."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from functools import partial
from itertools import count
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from medhash_gui.ui import curation_tasks
from medhash_gui.ui.curation_tasks import Done
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.library_tasks import OpenLibrary
from medhash_gui.ui.notices import Action, Notice

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.store import RowChange
    from medhash_gui.ui.session import Session

    Work = Callable[[OpenLibrary], Generator[None, None, Done]]


class HandEdit(QUndoCommand):
    """What a person changed in the library; it is done already when it is pushed."""

    def __init__(self, curator: Curator, done: Done) -> None:
        super().__init__()
        self._curator, self._done = curator, done
        self._is_new = True

    def redo(self) -> None:
        """Make the change again; the first time it is there."""
        if not self._is_new:
            self._curator.carry_out(self._done.changes)
        self._is_new = False

    def undo(self) -> None:
        """Bring back how it was."""
        self._curator.carry_out(self._done.undo)


class Curator(QObject):
    """Changes what the library says of single pictures, and asks again.

    Args:
        session: whose library it is.
        jobs: runs what uses the open library.
        edits: what was changed, to be undone.
        parent: Qt's owner.

    Signals:
        listed(object): the pictures that are left out, a list of ``LeftOut``.
    """

    listed = Signal(object)

    def __init__(
        self, session: Session, jobs: JobQueue, edits: QUndoStack, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._jobs = jobs
        self._edits = edits
        self._numbers = count()

    def leave_out(self, hit: SearchHit) -> None:
        """Let no search find a hit any more, nor its copies."""
        work = partial(curation_tasks.leave_out, rows=(hit.row,), take_back=False)
        name = PurePosixPath(hit.record.path).name
        text = self.tr("{name} is left out of searches from now on.").format(name=name)
        hint = self.tr("Its file, its code and its labels stay as they are.")
        notice = Notice(text, hint, action=Action("undo", self.tr("Undo")))
        self._start(work, partial(self._on_new, notice))

    def take_back(self, rows: Sequence[int]) -> None:
        """Let searches find pictures again."""
        work = partial(curation_tasks.leave_out, rows=tuple(rows), take_back=True)
        self._start(work, partial(self._on_new, None))

    def label(self, hit: SearchHit, labels: tuple[str, ...] | None) -> None:
        """Give a hit labels by hand; None for those of its source."""
        work = partial(curation_tasks.label, rows=(hit.row,), labels=labels)
        notice = None
        if labels is None:
            text = self.tr("{name} has the labels of its source.")
            notice = Notice(text.format(name=PurePosixPath(hit.record.path).name))
        self._start(work, partial(self._on_new, notice))

    def carry_out(self, changes: Sequence[RowChange]) -> None:
        """Make changes that were made, or undone, before."""
        work = partial(curation_tasks.carry_out, changes=changes)
        self._start(work, self._on_done)

    def ask_for_list(self) -> None:
        """Look up which pictures are left out."""
        library = self._session.library
        if library is not None:
            work = partial(curation_tasks.left_out, library)
            self._jobs.start("left out", work, self.listed.emit)

    def _start(self, work: Work, then: Callable[[Done], None]) -> None:
        library = self._session.library
        if library is None:
            return
        if self._session.indexer.is_running:
            text = self.tr("The library is being brought up to date.")
            hint = self.tr("Wait for the end of that, or cancel it first.")
            self._session.told.emit(Notice(text, hint, "warning"))
            return
        # Each has a kind of its own: none supersedes the one before.
        kind = f"curate {next(self._numbers)}"
        self._jobs.start(kind, partial(work, library), then)

    def _on_new(self, notice: Notice | None, done: Done) -> None:
        if done.changes:
            self._edits.push(HandEdit(self, done))
        self._on_done(done)
        if notice is not None:
            self._session.told.emit(notice)

    def _on_done(self, done: Done) -> None:
        self._session.take_facts(done.facts)
        self._session.inquiry.ask_again()
        self.ask_for_list()
