"""Takes answers out of the desk: reports and pictures that name nobody."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui import report_tasks
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.report_tasks import Asked, Wish

if TYPE_CHECKING:
    from medhash_gui.ui.session import Session


class Reporting(QObject):
    """Writes reports of the session's answer.

    Args:
        session: whose answer it is, and Qt's owner.
        jobs: uses the library and its model.
        pictures: reads the files of query and hits.

    Signals:
        written(object): the ``Path`` of a report or picture that is there now.
    """

    written = Signal(object)

    def __init__(
        self, session: Session, jobs: JobQueue, pictures: PictureProcess
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._pictures = pictures

    def write(self, wish: Wish) -> None:
        """Write a report of the answer that is there."""
        self._start("report", report_tasks.write, wish)

    def save_picture(self, wish: Wish) -> None:
        """Write the query's picture with its map."""
        self._start("picture", report_tasks.save_picture, wish)

    def _start(self, kind: str, task: object, wish: Wish) -> None:
        session, library = self._session, self._session.library
        answer, result, source = session.answer, session.result, session.source
        if library is None or answer is None or result is None or source is None:
            return
        weighed = session.weighing.weighed
        asked = Asked(
            source,
            answer,
            result,
            session.choice,
            None if weighed is None else weighed.evidence,
            session.overlay,
        )
        assert callable(task)
        work = partial(task, library, asked, wish, self._pictures)
        self._jobs.start(kind, work, self._on_written)

    def _on_written(self, file: Path) -> None:
        text = self.tr("Saved as {file}.").format(file=file)
        hint = self.tr("It names no patient and no file. For research and education.")
        self._session.told.emit(Notice(text, hint))
        self.written.emit(file)
