"""The compare desk's pictures: the chosen hit and those behind it, beside the query."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui import answer_tasks, explaining
from medhash_gui.ui.answer_tasks import ShownHit
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.picture import Explanation, Picture
from medhash_gui.ui.picture_process import PictureProcess

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit, SearchResult
    from medhash_gui.ui.session import Session

MOST_HITS = 4


class Desk(QObject):
    """Opens so many hits as lie on the desk, from the chosen one on.

    What was opened is kept while it lies there, so that one step on opens one hit.

    Args:
        session: whose hits, and Qt's owner.
        jobs: uses the library and its model.
        pictures: reads the files.

    Attributes:
        is_open: whether anybody looks.
        count: how many hits lie beside the query, 1 … ``MOST_HITS``.
        hits: those that do, in order.
        query: the query's picture, or None.
        query_explanation: its map as it is shown, or None.

    Signals:
        laid(): other hits lie on the desk.
        hit_shown(object): row of a hit whose picture has come.
        hit_explained(object): row of a hit whose map has come.
    """

    laid = Signal()
    hit_shown = Signal(object)
    hit_explained = Signal(object)

    def __init__(
        self, session: Session, jobs: JobQueue, pictures: PictureProcess
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._pictures = pictures
        self.is_open = False
        self.count = 1
        self.hits: tuple[SearchHit, ...] = ()
        self.query: Picture | None = None
        self.query_explanation: Explanation | None = None
        self._chosen: SearchHit | None = None
        self._shown: dict[int, Picture] = {}
        self._looks: dict[int, ShownHit] = {}
        self._explained: dict[int, Explanation] = {}
        session.hit_chosen.connect(self._on_chosen)
        session.hits_ready.connect(self._on_hits)
        session.overlay_changed.connect(self._on_style)
        session.query_shown.connect(self._on_query)
        session.query_explained.connect(self._on_query_explained)
        self._source = session.overlay.source

    def open(self, *, is_open: bool) -> None:
        """Begin to open hits, or leave it and give the memory back."""
        self.is_open = is_open
        self._lay()
        self._session.state_changed.emit()

    def show_count(self, count: int) -> None:
        """Lay so many hits beside the query."""
        self.count = min(max(count, 1), MOST_HITS)
        self._lay()

    def picture(self, hit: SearchHit) -> Picture | None:
        """Return a hit's picture, once it has come."""
        return self._shown.get(hit.row)

    def explanation(self, hit: SearchHit) -> Explanation | None:
        """Return a hit's map, once it has come."""
        return self._explained.get(hit.row)

    def _on_chosen(self, hit: SearchHit | None) -> None:
        self._chosen = hit
        self._lay()

    def _on_hits(self, _: SearchResult | None) -> None:
        self._forget(set())
        self._lay()

    def _on_query(self, shown: Picture | None) -> None:
        self.query, self.query_explanation = shown, None

    def _on_query_explained(self, explanation: Explanation, _: object) -> None:
        self.query_explanation = explanation

    def _on_style(self, _: object) -> None:
        if self._session.overlay.source != self._source:
            self._source = self._session.overlay.source
            for row in list(self._looks):
                self._explain(row)

    def _lay(self) -> None:
        result, chosen = self._session.result, self._chosen
        hits: tuple[SearchHit, ...] = ()
        if self.is_open and result is not None and chosen is not None:
            ranked = result.hits if chosen in result.hits else result.prior
            rows = [hit.row for hit in ranked]
            start = rows.index(chosen.row) if chosen.row in rows else 0
            hits = ranked[start : start + self.count]
        self._forget({hit.row for hit in hits})
        self.hits = hits
        self.laid.emit()
        library = self._session.library
        for hit in hits:
            if hit.row in self._shown or library is None:
                continue
            if self._jobs.has(_kind(hit.row)):
                continue
            work = partial(
                answer_tasks.show_hit, library, hit, self._pictures, self._source
            )
            self._jobs.start(
                _kind(hit.row),
                work,
                self._on_look,
                progress=partial(self._on_picture, hit.row),
            )

    def _forget(self, keep: set[int]) -> None:
        """Leave what does not lie on the desk any more."""
        for hit in self.hits:
            if hit.row not in keep:
                self._jobs.cancel(_kind(hit.row), f"{_kind(hit.row)} map")
        self._shown = {row: self._shown[row] for row in self._shown.keys() & keep}
        self._looks = {row: self._looks[row] for row in self._looks.keys() & keep}
        known = self._explained
        self._explained = {row: known[row] for row in known.keys() & keep}

    def _on_picture(self, row: int, shown: Picture) -> None:
        self._shown[row] = shown
        self.hit_shown.emit(row)

    def _on_look(self, look: ShownHit) -> None:
        self._looks[look.hit.row] = look
        self._explained[look.hit.row] = look.explanation
        self.hit_explained.emit(look.hit.row)
        if self._source == "pair":
            self._explain(look.hit.row)

    def _explain(self, row: int) -> None:
        library, answer = self._session.library, self._session.answer
        if library is None or answer is None:
            return
        work = partial(
            explaining.explain_again,
            library.model,
            self._looks[row].look,
            self._source,
            answer.look,
        )
        self._jobs.start(f"{_kind(row)} map", work, partial(self._on_map, row))

    def _on_map(self, row: int, explanation: Explanation) -> None:
        self._explained[row] = explanation
        self.hit_explained.emit(row)


def _kind(row: int) -> str:
    return f"desk {row}"
