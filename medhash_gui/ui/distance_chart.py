"""How far the whole library is from the query, with the hits marked on it."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui import text_line

_CHART_HEIGHT = 72


class DistanceChart(QWidget):
    """A histogram over differing bits; its bars grow with the logarithm of the count.

    The hits' distances are marked in the accent colour below the axis, the chosen hit's
    by a line through the chart.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._counts: Sequence[int] = ()
        self._hits: Sequence[float] = ()
        self._chosen: float | None = None
        self._limit: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.tr("Distances of the whole library"))

    @property
    def hits(self) -> Sequence[float]:
        """The distances that are marked."""
        return self._hits

    def show_counts(
        self, counts: Sequence[int], hits: Sequence[float], limit: int | None
    ) -> None:
        """Show how many pictures there are at each distance.

        Args:
            counts: from 0 differing bits on; () for nothing.
            hits: distances of the hits, in bits.
            limit: greatest distance that means anything, or None.
        """
        self._counts, self._hits, self._limit = counts, hits, limit
        self.update()

    def choose(self, distance: float | None) -> None:
        """Mark the distance of the chosen hit."""
        self._chosen = distance
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size that it likes to have."""
        return QSize(240, _CHART_HEIGHT + self.fontMetrics().height() + 4)

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(120, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint bars, marks and the ends of the axis."""
        del event
        painter = QPainter(self)
        palette = self.palette()
        line = palette.color(QPalette.ColorRole.Mid)
        bar = palette.color(QPalette.ColorRole.PlaceholderText)
        accent = palette.color(QPalette.ColorRole.Accent)
        top, axis = 2.0, float(_CHART_HEIGHT - 8)
        painter.fillRect(QRectF(0, axis, self.width(), 1), line)
        if not self._counts:
            return
        step = self.width() / len(self._counts)
        tallest = math.log1p(max(self._counts)) or 1.0
        for bits, count in enumerate(self._counts):
            if count:
                height = max(2.0, (axis - top) * math.log1p(count) / tallest)
                width = max(1.0, step - 1)
                box = QRectF(bits * step, axis - height, width, height)
                near = self._limit is not None and bits <= self._limit
                painter.fillRect(box, bar if near or self._limit is None else line)
        for distance in self._hits:
            box = QRectF(distance * step, axis + 2, max(2.0, step - 1), 5)
            painter.fillRect(box, accent)
        if self._chosen is not None:
            middle = (self._chosen + 0.5) * step
            painter.fillRect(QRectF(middle - 0.5, top, 1.5, axis - top + 7), accent)
        painter.setPen(bar)
        row = self.rect().adjusted(0, _CHART_HEIGHT, 0, 0)
        ends = (text_line.LEFT, text_line.RIGHT)
        painter.drawText(row, ends[0], self.tr("0 bits: same code"))
        text = self.tr("{bits} bits").format(bits=len(self._counts) - 1)
        painter.drawText(row, ends[1], text)
