"""The way from query to query, and back: "more like this" never loses its start."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui.answer_tasks import Source

_LONGEST = 50


class Trail(QObject):
    """The queries that were shown, in order, and where the user stands among them.

    Signals:
        wished(object): the ``Source`` to go to.
        changed(): there is another way back or on.
    """

    wished = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stops: list[Source] = []
        self._at = -1
        self._going: int | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What the queries are called, the first one first."""
        return tuple(stop.name for stop in self._stops)

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

    def arrive(self, source: Source) -> None:
        """Take note of the query that is shown.

        Another frame, window or region of the same picture takes its place; another
        picture ends what was ahead.
        """
        going, self._going = self._going, None
        if going is not None and self._stops[going] == source:
            self._at = going
        elif self._at >= 0 and self._stops[self._at].content == source.content:
            self._stops[self._at] = source
        else:
            self._stops = [*self._stops[: self._at + 1], source][-_LONGEST:]
            self._at = len(self._stops) - 1
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
            self.wished.emit(self._stops[place])
