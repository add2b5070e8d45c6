"""Takes answers out of the desk: reports and pictures that name nobody."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import MedHashError
from medhash_gui.grey_window import GreyWindow
from medhash_gui.query_box import QueryBox
from medhash_gui.ui import export_tasks, report_tasks
from medhash_gui.ui.export_tasks import ExportWish, OpenedPicture
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.library_tasks import Facts
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.report_tasks import QUERY, Asked, Seen, Wish

if TYPE_CHECKING:
    from medhash_gui.exporting import Exported
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.session import Session


class Reporting(QObject):
    """Writes reports of the session's answer.

    Args:
        session: whose answer it is, and Qt's owner.
        jobs: uses the library and its model.
        pictures: reads the files of query and hits.

    Attributes:
        greys: tells the greys of query and hits in the place that is in front.
        masks: boxes that were drawn or taken, by row of a hit, or ``QUERY``.

    Signals:
        written(object): the ``Path`` of a report that is there now.
        opened(object, object): a hit, or None for the query, and its
            ``OpenedPicture`` or the error that says why there is none.
        exported(object): what was ``Exported``, or the error that says why nothing was.
    """

    written = Signal(object)
    opened = Signal(object, object)
    exported = Signal(object)

    def __init__(
        self, session: Session, jobs: JobQueue, pictures: PictureProcess
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._pictures = pictures
        self.greys: Callable[[], tuple[GreyWindow, GreyWindow]] = _whole
        self.masks: dict[int, tuple[QueryBox, ...]] = {}
        self._seen = _whole()
        self._root: object = None
        session.library_changed.connect(self._on_library)
        session.query_shown.connect(self._on_query)

    def look(self) -> tuple[GreyWindow, GreyWindow]:
        """Note in which greys query and hits are seen, before a dialog covers them."""
        self._seen = self.greys()
        return self._seen

    def write(self, wish: Wish) -> None:
        """Write a report of the answer that is there."""
        asked, library = self._asked(), self._session.library
        if asked is None or library is None:
            return
        work = partial(report_tasks.write, library, asked, wish, self._pictures)
        self._jobs.start("report", work, self._on_written)

    def open_picture(self, hit: SearchHit | None) -> None:
        """Open a hit, or the query, to be looked at before it leaves."""
        asked, library = self._asked(), self._session.library
        if asked is None or library is None:
            return
        kind = "export query" if hit is None else f"export hit {hit.row}"
        work = partial(export_tasks.open_one, library, asked, hit, self._pictures)
        self._jobs.start(kind, work, partial(self._on_opened, hit))

    def export(self, wish: ExportWish) -> None:
        """Let pictures leave that were looked at."""
        asked, library = self._asked(), self._session.library
        if asked is None or library is None:
            return
        work = partial(export_tasks.write, library, asked, wish, self._pictures)
        self._jobs.start("export", work, self._on_exported)

    def _asked(self) -> Asked | None:
        """Return the answer that is there, as it is now; None where there is none."""
        session = self._session
        answer, result, source = session.answer, session.result, session.source
        if answer is None or result is None or source is None:
            return None
        weighed = session.weighing.weighed
        return Asked(
            source,
            answer,
            result,
            session.choice,
            None if weighed is None else weighed.evidence,
            session.overlay,
            Seen(*self._seen, dict(session.beside.views), dict(self.masks)),
        )

    def _on_library(self, facts: Facts) -> None:
        if facts.root != self._root:  # rows of one library keep their numbers
            self._root = facts.root
            self.masks.clear()
            self._session.beside.views.clear()

    def _on_query(self, _: object) -> None:
        self.masks.pop(QUERY, None)

    def _on_opened(
        self, hit: SearchHit | None, opened: OpenedPicture | MedHashError
    ) -> None:
        self.opened.emit(hit, opened)

    def _on_exported(self, done: Exported | MedHashError) -> None:
        self.exported.emit(done)
        if not isinstance(done, MedHashError):
            text = self.tr("{count} files are in {folder} now.")
            folder = done.files[0].parent
            hint = self.tr("They name no patient. For research and education.")
            told = text.format(count=len(done.files), folder=folder)
            self._session.told.emit(Notice(told, hint))

    def _on_written(self, file: Path) -> None:
        text = self.tr("Saved as {file}.").format(file=file)
        hint = self.tr("It names no patient and no file. For research and education.")
        self._session.told.emit(Notice(text, hint))
        self.written.emit(file)


def _whole() -> tuple[GreyWindow, GreyWindow]:
    return GreyWindow(), GreyWindow()
