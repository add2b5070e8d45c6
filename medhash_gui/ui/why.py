"""Why these two: asks what query and hit share, as long as somebody wants to see it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui import why_tasks
from medhash_gui.ui.job import JobQueue

if TYPE_CHECKING:
    from medhash_gui.pair_explanation import CheckedMap
    from medhash_gui.shared_bits import SharedBits
    from medhash_gui.stability import Change
    from medhash_gui.ui.answer_tasks import Answer
    from medhash_gui.ui.session import Session


class Why(QObject):
    """Compares the query with the hit beside it.

    Args:
        session: whose query and hit, and Qt's owner.
        jobs: uses the library and its model.

    Signals:
        started(): another pair is compared; what is known of the last one is over.
        compared(object): ``SharedBits`` of the pair.
        tested(object, object): ``CheckedMap`` of the query and of the hit.
        tried(object): tuple of ``Change``, small changes of the query.
    """

    started = Signal()
    compared = Signal(object)
    tested = Signal(object, object)
    tried = Signal(object)

    def __init__(self, session: Session, jobs: JobQueue) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._is_wanted = False
        self._tried_for: Answer | None = None
        session.hit_explained.connect(self._on_pair)
        session.hit_chosen.connect(self._on_chosen)

    def want(self, *, wanted: bool) -> None:
        """Begin to compare, or leave it."""
        self._is_wanted = wanted
        if wanted:
            self._tried_for = None
            self._compare()
        else:
            self._jobs.cancel("why", "changes")

    def _on_chosen(self, _: object) -> None:
        self._jobs.cancel("why")
        self.started.emit()

    def _on_pair(self, _: object) -> None:
        self._compare()

    def _compare(self) -> None:
        session = self._session
        library, answer, hit = session.library, session.answer, session.shown_hit
        if not self._is_wanted or library is None or answer is None or hit is None:
            return
        self.started.emit()
        work = partial(why_tasks.compare, library.model, answer.look, hit.look)
        self._jobs.start("why", work, self._on_tested, progress=self._on_compared)
        if self._tried_for is not answer:
            self._tried_for = answer
            choice = session.choice
            tries = partial(why_tasks.try_changes, library, answer, choice)
            self._jobs.start("changes", tries, self._on_tried)

    def _on_compared(self, bits: SharedBits) -> None:
        self.compared.emit(bits)

    def _on_tested(self, maps: tuple[CheckedMap, CheckedMap]) -> None:
        self.tested.emit(*maps)

    def _on_tried(self, changes: tuple[Change, ...]) -> None:
        self.tried.emit(changes)
