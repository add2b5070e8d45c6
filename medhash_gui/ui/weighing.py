"""Weighs each answer once it is there, and keeps what was found behind it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui import impressions
from medhash_gui.ui import evidence_tasks
from medhash_gui.ui.evidence_tasks import Weighed
from medhash_gui.ui.job import JobQueue, once

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.session import Session


class Weighing(QObject):
    """What stands behind the session's answer.

    Args:
        session: whose answers are weighed, and Qt's owner.
        jobs: uses the library.

    Attributes:
        neighbours: how many cases are counted.
        weighed: what was found last, or None.
        is_covered: whether something is to be read before the hits; until then no hit
            is shown, and nothing that is known of them.
        values: the values of each detail in the open library, once asked for.

    Signals (all on the UI thread):
        changed(object): ``Weighed``, or None when it is of an answer no more, or
            there is something to be read before.
        values_seen(object): values of details, by key, and how frequent they are.
    """

    changed = Signal(object)
    values_seen = Signal(object)

    def __init__(self, session: Session, jobs: JobQueue) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self.neighbours = session.settings.whole("neighbours")
        self.weighed: Weighed | None = None
        self.is_covered = False
        session.hits_ready.connect(self._on_hits)
        session.query_explained.connect(self.weigh)

    def count(self, neighbours: int) -> None:
        """Count another number of cases."""
        if neighbours != self.neighbours:
            self.neighbours = neighbours
            self._session.settings.set("neighbours", neighbours)
            self.weigh()

    @property
    def is_blind_first(self) -> bool:
        """Whether the reader's own impression is asked for before any hit."""
        return self._session.settings.flag("blind_first")

    def toggle_blind_first(self) -> None:
        """Ask for the reader's own impression from the next query on, or not."""
        self._session.settings.set("blind_first", not self.is_blind_first)
        self._session.state_changed.emit()

    def cover(self, is_covered: bool) -> None:  # noqa: FBT001 (Qt's signal)
        """Show nothing of the hits for the time being, or all again."""
        if is_covered != self.is_covered:
            self.is_covered = is_covered
            self._tell()
            self._session.state_changed.emit()

    def is_contrast(self, hit: SearchHit) -> bool:
        """Whether a hit is the contrast case of the answer."""
        weighed = self.weighed
        return weighed is not None and weighed.evidence.contrast is hit

    def ask_for_values(self) -> None:
        """Look up which values the details of the open library have."""
        library = self._session.library
        if library is not None:
            work = partial(evidence_tasks.values, library)
            self._jobs.start("values", work, self.values_seen.emit)

    def write_down(self, impression: str) -> None:
        """Keep the reader's impression of the query, on this computer."""
        answer, library = self._session.answer, self._session.library
        if answer is None or library is None or not impression.strip():
            return
        digest, model_id = answer.query.digest, library.model.card.name
        work = partial(impressions.record, digest, impression, model_id=model_id)
        self._jobs.start("impression", once(work))

    def weigh(self, *_: object) -> None:
        """Weigh the answer that is there."""
        answer, library = self._session.answer, self._session.library
        if answer is None or library is None or self._session.result is None:
            return
        work = partial(
            evidence_tasks.weigh,
            library,
            answer.query,
            self._session.choice,
            self.neighbours,
        )
        self._jobs.start("weigh", work, self._set)

    def _on_hits(self, result: object) -> None:
        # While a query is being answered, what is known is of the one before; it is
        # weighed once the answer is whole.
        self._jobs.cancel("weigh")
        self._set(None)
        if result is not None and not self._session.inquiry.is_searching:
            self.weigh()

    def _set(self, weighed: Weighed | None) -> None:
        self.weighed = weighed
        self._tell()

    def _tell(self) -> None:
        self.changed.emit(None if self.is_covered else self.weighed)
