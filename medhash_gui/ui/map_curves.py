"""Deletion and insertion beside chance: whether a map names what matters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui import text_line

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.map_check import MapCheck

_GAP, _TOP = 6, 8
_LEAST_WIDTH, _LEAST_HEIGHT = 180, 84


class MapCurves(QWidget):
    """What is left of the shared bits, over how much was covered or uncovered.

    Args:
        name: whose map it is.
        parent: Qt's owner.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._check: MapCheck | None = None
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        metrics = self.fontMetrics()
        self._line = metrics.height()
        self._left = metrics.horizontalAdvance("100 %") + _GAP
        self._ends = {
            "alone": self.tr("alone"),
            "covered": self.tr("covered"),
            "random": self.tr("random"),
        }
        widest = max(map(metrics.horizontalAdvance, self._ends.values()))
        self._right = widest + 2 * _GAP
        self.setMinimumSize(
            max(_LEAST_WIDTH, self._left + self._right + 80),
            max(_LEAST_HEIGHT, 4 * self._line + 20),
        )
        self.setAccessibleName(name)

    def sizeHint(self) -> QSize:
        """Return a size at which the curves can be told apart."""
        return QSize(240, 110)

    def show_check(self, check: MapCheck | None) -> None:
        """Show how a map fared, or nothing."""
        self._check = check
        self.setAccessibleDescription(self.sentence())
        self.setToolTip(self.sentence())
        self.update()

    def sentence(self) -> str:
        """Return what the curves say, in words."""
        check = self._check
        if check is None:
            return ""
        text = self.tr(
            "With half of the map covered, {deleted:.0f} % of the shared margin is "
            "left ({chance:.0f} % when covered at random); with half of it alone, "
            "{inserted:.0f} % ({chance_alone:.0f} %)."
        )
        return text.format(
            deleted=100 * check.deletion[-1],
            chance=100 * check.random_deletion[:, -1].mean(),
            inserted=100 * check.insertion[-1],
            chance_alone=100 * check.random_insertion[:, -1].mean(),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, chance and curves, each named at its end."""
        del event
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
        palette = self.palette()
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        text = palette.color(QPalette.ColorRole.Text)
        accent = palette.color(QPalette.ColorRole.Accent)
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        plot = QRectF(self.rect()).adjusted(
            self._left, _TOP, -self._right, -self._line - _GAP
        )
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        for level in (0.0, 0.5, 1.0):
            y = self._y(plot, level)
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
        painter.setPen(dim)
        for level, label in ((0.0, "0"), (1.0, "100 %")):
            top = max(0.0, self._y(plot, level) - self._line / 2)
            box = QRectF(0, top, self._left - _GAP, self._line)
            painter.drawText(box, text_line.RIGHT, label)
        below = QRectF(4, plot.bottom() + 4, self.width() - 8, self._line)
        painter.drawText(below, text_line.LEFT, self._name)
        if self._check is not None:
            self._paint_curves(painter, plot, (text, accent, dim))
        painter.end()

    def _paint_curves(
        self, painter: QPainter, plot: QRectF, colours: tuple[QColor, QColor, QColor]
    ) -> None:
        check = self._check
        assert check is not None
        text, accent, dim = colours
        for many in (check.random_deletion, check.random_insertion):
            pen = QPen(dim, 1, Qt.PenStyle.DotLine)
            self._paint_curve(painter, plot, check.steps, many.mean(axis=0), pen)
        ends: list[tuple[float, QColor, str]] = []
        for values, colour, name in (
            (check.insertion, accent, self._ends["alone"]),
            (check.deletion, text, self._ends["covered"]),
            (check.random_deletion.mean(axis=0), dim, self._ends["random"]),
        ):
            if colour is not dim:
                self._paint_curve(painter, plot, check.steps, values, QPen(colour, 2))
            ends.append((self._y(plot, float(values[-1])), colour, name))
        free = 0.0  # so that no name lies over another
        for y, colour, name in sorted(ends, key=lambda end: end[0]):
            painter.setPen(colour)
            top = max(y - self._line / 2, free)
            free = top + self._line
            box = QRectF(plot.right() + _GAP, top, self._right - _GAP, self._line)
            painter.drawText(box, text_line.LEFT, name)

    def _paint_curve(
        self,
        painter: QPainter,
        plot: QRectF,
        steps: npt.NDArray[np.float64],
        values: npt.NDArray[np.float64],
        pen: QPen,
    ) -> None:
        last = float(steps[-1])
        points = QPolygonF(
            [
                QPointF(
                    plot.left() + plot.width() * float(step) / last,
                    self._y(plot, float(value)),
                )
                for step, value in zip(steps, values, strict=True)
            ]
        )
        painter.setPen(pen)
        painter.drawPolyline(points)

    @staticmethod
    def _y(plot: QRectF, level: float) -> float:
        shown = min(max(level, -0.1), 1.1)
        return plot.bottom() - plot.height() * shown
