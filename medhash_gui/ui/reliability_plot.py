"""What so many neighbours meant on held-out patients: points with intervals.

To the right the share of the neighbours that bore a label, upwards the share of the
pictures that did. On the dashed line both are equal; below it neighbours promised more.
Painted in the window's own colours; n is how many pictures each point is of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui import text_line

if TYPE_CHECKING:
    from medhash_gui.reliability import ReliabilityCurve, ReliabilityRow

_PLOT_HEIGHT = 128
_GAP, _TOP, _DOT = 6, 6, 3.5


class ReliabilityPlot(QWidget):
    """Draws a curve, one of its rows in the accent colour.

    Args:
        parent: Qt's owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._curve: ReliabilityCurve | None = None
        self._row: ReliabilityRow | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(
            self.tr("How often held-out pictures bore what their neighbours bore")
        )

    def show_curve(
        self, curve: ReliabilityCurve | None, row: ReliabilityRow | None
    ) -> None:
        """Show a curve and mark one of its rows, and tell it to screen readers."""
        self._curve, self._row = curve, row
        self.setAccessibleDescription(self.sentence())
        self.setToolTip(self.sentence())
        self.setVisible(curve is not None)
        self.update()

    def sentence(self) -> str:
        """Return what the points are, in words."""
        if self._curve is None:
            return ""
        text = self.tr(
            "{count} of {k} neighbours: {bearing:,} of {counted:,} bore it "
            "({low:.0%} to {high:.0%})"
        )
        return "\n".join(
            text.format(
                count=count_of(row),
                k=self._curve.neighbours,
                bearing=row.bearing,
                counted=row.counted,
                low=row.low,
                high=row.high,
            )
            for row in self._curve.rows
        )

    def sizeHint(self) -> QSize:
        """Return the size that it likes to have."""
        return QSize(240, _PLOT_HEIGHT + 3 * self.fontMetrics().height() + _GAP)

    def minimumSizeHint(self) -> QSize:
        """Return the least size."""
        return QSize(160, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint axes, the line of equal shares, points, intervals and counts."""
        del event
        if self._curve is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = self._area()
        self._paint_axes(painter, area)
        dim = self.palette().color(QPalette.ColorRole.PlaceholderText)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        for row in self._curve.rows:
            self._paint_row(painter, area, row, accent if row == self._row else dim)

    def _area(self) -> QRectF:
        left = self.fontMetrics().horizontalAdvance("100 %") + _GAP
        # A dot at the very end of an axis is whole, and so is the number below it.
        right = self.fontMetrics().horizontalAdvance("0000") / 2 + _GAP
        return QRectF(left, _TOP, self.width() - left - right, _PLOT_HEIGHT - 2 * _TOP)

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        palette = self.palette()
        line = palette.color(QPalette.ColorRole.Mid)
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        height = self.fontMetrics().height()
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for share in (0.0, 0.5, 1.0):
            y = area.bottom() - share * area.height()
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(dim)
            box = QRectF(0, y - height / 2, area.left() - _GAP, height)
            painter.drawText(box, int(right), f"{share:.0%}")
        painter.setPen(QPen(dim, 1, Qt.PenStyle.DashLine))
        painter.drawLine(area.bottomLeft(), area.topRight())
        painter.setPen(dim)
        inside = QRectF(area.left() + _GAP, area.top() + 1, area.width(), height)
        painter.drawText(inside, text_line.LEFT, self.tr("pictures that bore it"))
        box = QRectF(0, _PLOT_HEIGHT + height, area.left(), height)
        painter.drawText(box, text_line.LEFT, "n")
        below = QRectF(0, _PLOT_HEIGHT + 2 * height, self.width(), height)
        name = self.tr("how many of {k} neighbours bore it").format(
            k=self._curve.neighbours if self._curve else 0
        )
        painter.drawText(below, text_line.CENTRE, name)

    def _paint_row(
        self, painter: QPainter, area: QRectF, row: ReliabilityRow, colour: QColor
    ) -> None:
        assert self._curve is not None

        def height(share: float) -> float:
            return area.bottom() - share * area.height()

        x = area.left() + row.mean_count / self._curve.neighbours * area.width()
        painter.setPen(QPen(colour, 1.6))
        painter.drawLine(QPointF(x, height(row.low)), QPointF(x, height(row.high)))
        for end in (row.low, row.high):
            painter.drawLine(QPointF(x - 3, height(end)), QPointF(x + 3, height(end)))
        painter.setBrush(colour)
        painter.drawEllipse(QPointF(x, height(row.share)), _DOT, _DOT)
        painter.setPen(colour)
        line = self.fontMetrics().height()
        box = QRectF(x - 40, _PLOT_HEIGHT, 80, line)
        painter.drawText(box, text_line.CENTRE, count_of(row))
        box.translate(0, line)
        painter.drawText(box, text_line.CENTRE, _short(row.counted))


def count_of(row: ReliabilityRow) -> str:
    """Return a row's range of neighbours, such as ``7–8``."""
    if row.high_count > row.low_count:
        return f"{row.low_count}–{row.high_count}"
    return str(row.low_count)


def _short(count: int) -> str:
    """Return a count that fits below a point, such as ``1.8k``."""
    if count < 1000:
        return str(count)
    return f"{count / 1000:.1f}k" if count < 9950 else f"{count / 1000:.0f}k"
