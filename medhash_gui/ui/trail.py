"""The way from query to query, and back: "more like this" never loses its start."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from medhash_gui.more_of import MoreOf
from medhash_gui.ui.answer_tasks import Source

Stop = tuple[Source, MoreOf | None]

_LONGEST = 50


class Trail(QObject):
    """The queries that were shown, in order, and where the user stands among them.

    Signals:
        wished(object, object): the ``Source`` to go to, and the ``MoreOf`` with which
            it was asked about last, or None.
        changed(): there is another way back or on.
    """

    wished = Signal(object, object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stops: list[Stop] = []
        self._at = -1
        self._going: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the queries are called, the first one first."""
        return tuple(
            source.name if more_of is None else f"{source.name} + {more_of.label}"
            for source, more_of in self._stops
        )

    @property
    def at(self) -> int:
        """Which of them is shown; -1 before the first."""
        return self._at

    @property
    def has_back(self) -> bool:
        """Whether there is a query before this one."""
        return self._at > 0

    @property
    def has_forward(self) -> bool:
        """Whether there is one behind it."""
        return self._at < len(self._stops) - 1

    def arrive(self, source: Source, more_of: MoreOf | None = None) -> None:
        """Take note of the query that is shown.

        Another frame, window or region of the same picture takes its place; another
        picture ends what was ahead.
        """
        stop = (source, more_of)
        going, self._going = self._going, None
        if going is not None and self._stops[going][0] == source:
            self._at = going
            self._stops[going] = stop
        elif self._at >= 0 and self._stops[self._at][0].content == source.content:
            self._stops[self._at] = stop
        else:
            self._stops = [*self._stops[: self._at + 1], stop][-_LONGEST:]
            self._at = len(self._stops) - 1
        self.changed.emit()

    def note(self, source: Source, more_of: MoreOf | None) -> None:
        """Take note of the finding with which the query is answered that is shown."""
        if self._at >= 0 and self._stops[self._at][0] == source:
            self._stops[self._at] = (source, more_of)
            self.changed.emit()

    def clear(self) -> None:
        """Forget every query."""
        self._stops, self._at, self._going = [], -1, None
        self.changed.emit()

    def step(self, by: int) -> None:
        """Go back or on, if there is a query there."""
        place = self._at + by
        if 0 <= place < len(self._stops):
            self._going = place
            self.wished.emit(*self._stops[place])
