"""Searches that are kept by name, and the work of the last run."""

from __future__ import annotations

import logging
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import MedHashError
from medhash_gui.ui import search_file
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.search_file import Kept, KeptSearch, Resumed

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session

_log = logging.getLogger(__name__)


class Searches(QObject):
    """Keeps searches of the open library, and makes them again.

    Args:
        session: asks, knows what is marked, and is Qt's owner.
        jobs: reads and writes the file.
        pictures: reads further pictures of a query.

    Attributes:
        kept: the searches that have a name, the latest first.

    Signals:
        changed(): other searches are kept.
    """

    changed = Signal()

    def __init__(
        self, session: Session, jobs: JobQueue, pictures: PictureProcess
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._inquiry = session.inquiry
        self._marks = session.marks
        self._pictures = pictures
        self._of = ""  # the library whose searches are known
        self._is_start = False
        self.kept: tuple[KeptSearch, ...] = ()
        session.library_changed.connect(self._on_library)

    def resume_at_start(self) -> None:
        """Go on with the work of the last run, once its library is open."""
        self._is_start = self._session.settings.flag("restore_work")

    def keep(self, name: str) -> None:
        """Keep the search that is shown, by a name that it takes over from another."""
        name = name.strip()[: search_file.MOST_CHARACTERS]
        search = self._shown(name)
        if search is None or not name:
            text = self.tr("There is no search to keep: a pasted picture has no file.")
            hint = self.tr("Ask with a file, or with words of reports.")
            self._session.told.emit(Notice(text, hint))
            return
        self._change(keep=(search,))
        text = self.tr("The search is kept as {name}.").format(name=name)
        hint = self.tr("Find it under Search, Kept searches, or by its name.")
        self._session.told.emit(Notice(text, hint))

    def remove(self, name: str) -> None:
        """Keep a search no longer."""
        self._change(remove=(name,))

    def read_again(self) -> None:
        """Take what is kept from the disk, as somebody else has changed it."""
        self._change()

    def open(self, name: str) -> None:
        """Make a kept search again, in the library of now."""
        for search in self.kept:
            if search.name == name:
                self._resume(search)
                return

    def remember(self) -> None:
        """Keep the work for the next run; as the window closes, when no job runs."""
        if not self._of:
            return
        wished = self._session.settings.flag("restore_work")
        try:
            search_file.remember(self._of, self._shown("") if wished else None)
        except MedHashError as error:
            # The window is gone; the next run starts without it.
            _log.info("%s", error.message)

    def _shown(self, name: str) -> KeptSearch | None:
        """Return the search that is shown; None where there is none to keep."""
        choice, source = self._inquiry.choice, self._inquiry.source
        if source is not None and not isinstance(source.content, Path):
            return None
        if source is None and not choice.narrowing.report:
            return None
        added = [one.content for one in self._inquiry.added]
        return KeptSearch(
            name,
            picture="" if source is None else str(source.content),
            frame=None if source is None else source.frame,
            view=0 if source is None else source.view,
            box="" if source is None or source.box is None else str(source.box),
            patients=choice.patients,
            label=choice.label,
            narrowing=choice.narrowing,
            farthest=choice.farthest,
            added=tuple(str(one) for one in added if isinstance(one, Path)),
            like=self._marks.contents(is_like=True),
            unlike=self._marks.contents(is_like=False),
            more_of="" if choice.more_of is None else str(choice.more_of),
        )

    def _on_library(self, _: object) -> None:
        facts = self._session.facts
        library = "" if facts is None else str(facts.root)
        if library != self._of:
            self._of, self.kept = library, ()
            self._change()

    def _change(
        self, *, keep: tuple[KeptSearch, ...] = (), remove: tuple[str, ...] = ()
    ) -> None:
        if self._of:
            work = partial(search_file.change, self._of, keep=keep, remove=remove)
            self._jobs.start("searches", work, self._on_kept)

    def _on_kept(self, kept: Kept) -> None:
        self.kept = kept.named
        self.changed.emit()
        if self._is_start and kept.last is not None and self._inquiry.source is None:
            self._resume(kept.last)
        self._is_start = False

    def _resume(self, search: KeptSearch) -> None:
        library = self._session.library
        if library is not None:
            top = self._session.settings.whole("top")
            args = (library, search, self._pictures)
            work = partial(search_file.resume, *args, top=top)
            self._jobs.start("resume", work, self._on_resumed)

    def _on_resumed(self, found: Resumed) -> None:
        self._marks.know(found.marked)
        self._inquiry.resume(found.source, found.choice, found.added)
        if found.lost:
            text = self.tr("{count} marked hits are not in the library any more.")
            self._session.told.emit(Notice(text.format(count=found.lost)))
