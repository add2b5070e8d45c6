"""The hit that stands beside the query, and the maps of both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui.ui import answer_tasks, explaining
from medhash_gui.ui.answer_tasks import ShownHit
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.picture import Explanation, Picture
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.session import Session


class HitBeside(QObject):
    """Opens one hit at a time; explains it, and the query anew where it depends on it.

    Args:
        session: tells the widgets, and is Qt's owner.
        jobs: uses the library and its model.
        pictures: reads the hit's file.

    Attributes:
        shown: the hit, once it was looked at, or None.
        views: through which window of its header each hit was looked at last, by row,
            where that was not the first.
    """

    def __init__(
        self, session: Session, jobs: JobQueue, pictures: PictureProcess
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._pictures = pictures
        self.shown: ShownHit | None = None
        self.views: dict[int, int] = {}

    def show(self, hit: SearchHit) -> None:
        """Open a hit, unless something is to be read before."""
        session = self._session
        if session.library is None or session.weighing.is_covered:
            return
        self.shown = None
        self.views.pop(hit.row, None)
        session.hit_chosen.emit(hit)
        self._jobs.cancel("hit window")
        source = session.overlay.source
        args = (session.library, hit, self._pictures, source)
        work = partial(answer_tasks.show_hit, *args)
        self._jobs.start("hit", work, self._on_hit, progress=session.hit_shown.emit)

    def view(self, view: int) -> None:
        """Look at it through another window; its code and its map stay."""
        library, shown = self._session.library, self.shown
        if library is not None and shown is not None:
            args = (library, shown.hit, self._pictures, view)
            work = partial(answer_tasks.view_hit, *args)
            self._jobs.start("hit window", work, self._on_window)

    def close(self) -> None:
        """Take it away."""
        self._jobs.cancel("hit", "hit window", "hit map")
        self.shown = None
        self._session.hit_chosen.emit(None)

    def explain_again(self) -> None:
        """Make the maps of both pictures anew, from another source."""
        session, hit = self._session, self.shown
        if session.library is None:
            return
        model, source, answer = session.library.model, session.overlay.source, None
        if session.answer is not None:
            answer = session.answer
            look, box = answer.look, answer.box

            def show(explanation: Explanation) -> None:
                session.query_explained.emit(explanation, look.familiarity)

            beside = None if hit is None else hit.look
            args = (model, look, source, beside, box)
            work = partial(explaining.explain_again, *args)
            self._jobs.start("query map", work, show)
        if hit is not None:
            other = None if answer is None else answer.look
            work = partial(explaining.explain_again, model, hit.look, source, other)
            self._jobs.start("hit map", work, session.hit_explained.emit)

    def _on_hit(self, shown: ShownHit) -> None:
        self.shown = shown
        self._session.hit_explained.emit(shown.explanation)
        if self._session.overlay.source == "pair":
            self.explain_again()  # both: what the query shares depends on the hit
        self._session.state_changed.emit()

    def _on_window(self, shown: Picture) -> None:
        self._session.hit_shown.emit(shown)
        if self.shown is not None:
            self.views[self.shown.hit.row] = shown.view
            self._session.hit_explained.emit(self.shown.explanation)
