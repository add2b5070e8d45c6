"""Yes and no: hits that the user says are, or are not, what was looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui.ui.answer_tasks import Marking
from medhash_gui.ui.inquiry import Inquiry

if TYPE_CHECKING:
    from medhash_gui.images import ImageRecord
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
    """Knows the records of what is marked, and has the inquiry ask around it.

    Args:
        session: Qt's owner.
        inquiry: asks.
    """

    def __init__(self, session: Session, inquiry: Inquiry) -> None:
        super().__init__(session)
        self._inquiry = inquiry
        self._records: dict[int, ImageRecord] = {}

    @property
    def marks(self) -> tuple[Mark, ...]:
        """What is marked: first what the hits shall be like."""
        marking = self._inquiry.choice.marking
        return tuple(
            Mark(row, PurePosixPath(self._records[row].path).name, is_like)
            for rows, is_like in ((marking.like, True), (marking.unlike, False))
            for row in rows
        )

    @property
    def added(self) -> int:
        """How many further pictures are asked about."""
        return len(self._inquiry.choice.marking.added)

    def mark(self, hit: SearchHit, *, is_like: bool) -> None:
        """Ask for what is like a hit besides the query, or unlike it."""
        self._records[hit.row] = hit.record
        marking = self._without(hit.row)
        if is_like:
            marked = replace(marking, like=(*marking.like, hit.row))
        else:
            marked = replace(marking, unlike=(*marking.unlike, hit.row))
        self._inquiry.mark(marked)

    def contents(self, *, is_like: bool) -> tuple[tuple[str, int], ...]:
        """Return content, as hexadecimal digits, and frame of what is marked so."""
        marking = self._inquiry.choice.marking
        records = (
            self._records[row] for row in (marking.like if is_like else marking.unlike)
        )
        return tuple((record.digest.hex(), record.frame) for record in records)

    def know(self, records: Mapping[int, ImageRecord]) -> None:
        """Take the records of rows that will be marked by other means."""
        self._records.update(records)

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
