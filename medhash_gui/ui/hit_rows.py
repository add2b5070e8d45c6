"""The hits as rows of a list: more of them at once, for who reads rather than looks."""

from __future__ import annotations

from pathlib import PurePosixPath

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QGuiApplication, QPainter, QPalette
from PySide6.QtWidgets import QStyleOptionViewItem

from medhash_gui.ui import text_line
from medhash_gui.ui.hit_list import HIT, MISSING, HitDelegate, HitModel, Index

_SIDE = 44  # of a row's picture
_GAP = 8


class HitRowDelegate(HitDelegate):
    """Paints one hit in two lines beside a small picture."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """Return the height of every row; the view gives it its width."""
        del index
        lines = 2 * QFontMetrics(option.font).height() + 4
        return QSize(4 * _SIDE, max(_SIDE, lines) + _GAP)

    def _paint_hit(
        self,
        painter: QPainter,
        palette: QPalette,
        rect: QRect,
        index: Index,
        *,
        is_chosen: bool,
    ) -> None:
        """Paint picture, rank, distance and tie, and below them labels and name."""
        model, hit = index.model(), index.data(HIT)
        assert isinstance(model, HitModel)
        top = rect.top() + (rect.height() - _SIDE) // 2
        box = QRect(rect.left() + _GAP, top, _SIDE, _SIDE)
        is_missing = bool(index.data(MISSING))
        if is_missing:
            painter.fillRect(box, palette.color(QPalette.ColorRole.Shadow))
        else:
            self._paint_picture(painter, palette, box, index)
        text = palette.color(QPalette.ColorRole.Text)
        # As in the grid: the application's, and legible on the accent.
        shared = QGuiApplication.palette()
        dim = text if is_chosen else shared.color(QPalette.ColorRole.PlaceholderText)
        metrics, plain = painter.fontMetrics(), painter.font()
        line = metrics.height()
        first = box.right() + 1 + _GAP
        row = QRect(first, rect.center().y() - line - 1, 0, line)
        row.setRight(rect.right() - _GAP)
        left, right = text_line.LEFT, text_line.RIGHT
        bold = QFont(plain)
        bold.setWeight(QFont.Weight.DemiBold)
        painter.setPen(text)
        if model.is_ranked:
            painter.setFont(bold)
            painter.drawText(row, left, str(hit.rank))
            painter.setFont(plain)
        words = row.adjusted(metrics.horizontalAdvance("0000 "), 0, 0, 0)
        painter.drawText(words, left, model.distance_text(hit))
        painter.setPen(dim)
        painter.drawText(words, right, model.tie_text(hit))
        words.translate(0, line + 2)
        half = words.width() // 2 - _GAP
        name = PurePosixPath(hit.record.path).name
        if is_missing:
            name = self.tr("not there, or cannot be read")
        middle = Qt.TextElideMode.ElideMiddle
        painter.drawText(words, right, metrics.elidedText(name, middle, half))
        painter.setPen(text)
        labels = metrics.elidedText(
            ", ".join(hit.record.labels), Qt.TextElideMode.ElideRight, half
        )
        painter.drawText(words, left, labels)
