"""Yes and no: hits that the user says are, or are not, what was looked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui.ui.answer_tasks import Marking
from medhash_gui.ui.inquiry import Inquiry

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.session import Session


@dataclass(frozen=True, slots=True)
class Mark:
    """One marked hit.

    Attributes:
        row: of the library.
        name: of its file.
        is_like: whether further hits shall be like it.
    """

    row: int
    name: str
    is_like: bool


class Marks(QObject):
    """Keeps the names of what is marked, and has the inquiry ask around it.

    Args:
        session: Qt's owner.
        inquiry: asks.
    """

    def __init__(self, session: Session, inquiry: Inquiry) -> None:
        super().__init__(session)
        self._inquiry = inquiry
        self._names: dict[int, str] = {}

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is marked: first what the hits shall be like."""
        marking = self._inquiry.choice.marking
        return tuple(
            Mark(row, self._names[row], is_like)
            for rows, is_like in ((marking.like, True), (marking.unlike, False))
            for row in rows
        )

    @property
    def added(self) -> int:
        """How many further pictures are asked about."""
        return len(self._inquiry.choice.marking.added)

    def mark(self, hit: SearchHit, *, is_like: bool) -> None:
        """Ask for what is like a hit besides the query, or unlike it."""
        self._names[hit.row] = PurePosixPath(hit.record.path).name
        marking = self._without(hit.row)
        if is_like:
            marked = replace(marking, like=(*marking.like, hit.row))
        else:
            marked = replace(marking, unlike=(*marking.unlike, hit.row))
        self._inquiry.mark(marked)

    def remove(self, row: int) -> None:
        """Take a mark back."""
        self._inquiry.mark(self._without(row))

    def clear(self) -> None:
        """Ask about the query alone again."""
        self._inquiry.mark(Marking())

    def _without(self, row: int) -> Marking:
        marking = self._inquiry.choice.marking
        return replace(
            marking,
            like=tuple(one for one in marking.like if one != row),
            unlike=tuple(one for one in marking.unlike if one != row),
        )
