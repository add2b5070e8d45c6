"""A small line chart in the theme's colours: curves, levels, a legend."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

Points = Sequence[tuple[float, float]]

# Told apart with any colour vision, on light and on dark; dashes tell them apart, too.
_COLOURS = ("#5fa9bd", "#cf9f58", "#9d8fd1", "#6fae7f", "#c77f97", "#8d959d")
_LEFT, _TOP, _RIGHT, _BOTTOM = 46, 26, 12, 22


@dataclass(frozen=True, slots=True)
class Chart:
    """What a plot shows.

    Attributes:
        title: above it.
        curves: name -> points.
        levels: name -> value of a horizontal line.
        top: the value axis ends here; None: where the values do.
        x_end: the other axis ends here; None: where the points do.
        x_name: below the axis.
    """

    title: str
    curves: Mapping[str, Points]
    levels: Mapping[str, float]
    top: float | None = None
    x_end: float | None = None
    x_name: str = ""


class CurvePlot(QWidget):
    """Draws a chart.

    Args:
        parent: Qt's owner.

    Attributes:
        chart: what is shown.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chart = Chart("", {}, {})
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 112)

    def sizeHint(self) -> QSize:
        """Ask for the room of a small chart."""
        return QSize(360, 112)

    def show_chart(self, chart: Chart) -> None:
        """Show another chart, and tell it to screen readers."""
        self.chart = chart
        self.setAccessibleName(chart.title)
        last = [
            f"{name} {points[-1][1]:.3f}"
            for name, points in chart.curves.items()
            if points
        ]
        levels = [f"{name} {value:.3f}" for name, value in chart.levels.items()]
        self.setAccessibleDescription(", ".join([*last, *levels]))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw axes, levels, curves and legend."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        text = self.palette().color(QPalette.ColorRole.Text)
        dim = self.palette().color(QPalette.ColorRole.PlaceholderText)
        line = self.palette().color(QPalette.ColorRole.Mid)
        small = painter.font()
        small.setPointSizeF(max(7.0, small.pointSizeF() * 0.85))
        painter.setPen(text)
        painter.drawText(QRectF(2, 2, self.width(), 18), self.chart.title)
        painter.setFont(small)
        area = QRectF(
            _LEFT, _TOP, self.width() - _LEFT - _RIGHT, self.height() - _TOP - _BOTTOM
        )
        low, high = self._range()
        end = self._end()
        painter.setPen(QPen(line, 1))
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(dim)
            box = QRectF(0, y - 8, _LEFT - 6, 16)
            shown = _short(low + share * (high - low))
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(right), shown)
            painter.setPen(QPen(line, 1))
        painter.setPen(dim)
        below = QRectF(area.left(), area.bottom() + 4, area.width(), 16)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), self.chart.x_name)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), _short(end))

        def place(x: float, y: float) -> QPointF:
            share = (y - low) / (high - low)
            return QPointF(
                area.left() + x / end * area.width(),
                area.bottom() - min(1.0, max(0.0, share)) * area.height(),
            )

        names: list[tuple[str, QPen]] = []
        levels: list[tuple[str, QPen]] = []
        # Before the curves, which would else hide behind a level that they reach.
        styles = (Qt.PenStyle.DotLine, Qt.PenStyle.DashLine, Qt.PenStyle.DashDotLine)
        for number, (name, value) in enumerate(self.chart.levels.items()):
            pen = QPen(dim, 1.4, styles[number % len(styles)])
            levels.append((name, pen))
            painter.setPen(pen)
            painter.drawLine(place(0, value), place(end, value))
        for number, (name, points) in enumerate(self.chart.curves.items()):
            pen = QPen(QColor(_COLOURS[number % len(_COLOURS)]), 2)
            if name:
                names.append((name, pen))
            painter.setPen(pen)
            sound = [(x, y) for x, y in points if math.isfinite(y)]
            painter.drawPolyline(QPolygonF([place(x, y) for x, y in sound]))
            if len(sound) == 1:
                painter.drawEllipse(place(*sound[0]), 2, 2)
        self._legend(painter, [*names, *levels], text)

    def _legend(
        self, painter: QPainter, names: list[tuple[str, QPen]], text: QColor
    ) -> None:
        x = self.width() - _RIGHT
        for name, pen in reversed(names):
            width = painter.fontMetrics().horizontalAdvance(name)
            x -= width
            painter.setPen(text)
            painter.drawText(QPointF(x, 15), name)
            painter.setPen(pen)
            painter.drawLine(QPointF(x - 22, 11), QPointF(x - 6, 11))
            x -= 34

    def _range(self) -> tuple[float, float]:
        values = [y for points in self.chart.curves.values() for _, y in points]
        values = [y for y in [*values, *self.chart.levels.values()] if math.isfinite(y)]
        low = min(0.0, *values) if values else 0.0
        high = self.chart.top if self.chart.top is not None else max(values, default=1)
        return low, high if high > low else low + 1.0

    def _end(self) -> float:
        if self.chart.x_end is not None:
            return max(self.chart.x_end, 1e-9)
        xs = [x for points in self.chart.curves.values() for x, _ in points]
        return max([*xs, 1e-9])


def _short(value: float) -> str:
    if value and abs(value) < 0.01:
        return f"{value:.0e}"
    return f"{value:.3g}"
