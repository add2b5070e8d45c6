"""The bits of two codes as columns: how firmly each stands, and whether both agree.

The query's margins rise from the middle line, the hit's fall from it. Differing bits
stand first and are outlined as well as coloured, so that no colour vision is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QKeyEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

if TYPE_CHECKING:
    from medhash_gui.shared_bits import SharedBits

_PAD = 4


class BitStrip(QWidget):
    """One column a bit, the most separating first.

    Args:
        parent: Qt's owner.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bits: SharedBits | None = None
        self._order: list[int] = []
        self._current = 0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(120, 48)
        self.setAccessibleName(self.tr("Bits of both codes"))

    def sizeHint(self) -> QSize:
        """Return a size at which 64 bits can be told apart."""
        return QSize(360, 72)

    def show_bits(self, bits: SharedBits | None) -> None:
        """Show the bits of a pair, or nothing."""
        self._bits = bits
        self._order = [] if bits is None else bits.order().tolist()
        self._current = 0
        self._tell()
        self.update()

    def sentence(self, place: int) -> str:
        """Return what one column says, in words."""
        bits = self._bits
        if bits is None or not 0 <= place < len(self._order):
            return ""
        bit = self._order[place]
        text = self.tr("Bit {bit}: both agree. ")
        if not bits.agree[bit]:
            text = self.tr("Bit {bit}: they differ. ")
        if bits.close[bit]:
            text += self.tr("Close to turning. ")
        text += self.tr("Margin {query:+.2f} and {hit:+.2f}, adds {part:+.1f} %.")
        return text.format(
            bit=bit + 1,
            query=bits.query[bit],
            hit=bits.hit[bit],
            part=100 * float(bits.contribution[bit]),
        )

    def event(self, event: QEvent) -> bool:
        """Say under the cursor what a column means."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            text = self.sentence(int((event.pos().x() - _PAD) / self._step()))
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the bits with the arrows."""
        by = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if by is None or not self._order:
            super().keyPressEvent(event)
            return
        self._current = min(max(self._current + by, 0), len(self._order) - 1)
        self._tell()
        at = QPointF(_PAD + self._current * self._step(), self.height()).toPoint()
        QToolTip.showText(self.mapToGlobal(at), self.sentence(self._current), self)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the columns."""
        del event
        painter = QPainter(self)
        palette = self.palette()
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Base))
        middle = self.height() / 2
        painter.setPen(palette.color(QPalette.ColorRole.Mid))
        painter.drawLine(QPointF(_PAD, middle), QPointF(self.width() - _PAD, middle))
        if self._bits is not None:
            for place, bit in enumerate(self._order):
                self._paint_bit(painter, place, bit)
        painter.end()

    def _paint_bit(self, painter: QPainter, place: int, bit: int) -> None:
        bits, palette = self._bits, self.palette()
        assert bits is not None
        step, middle = self._step(), self.height() / 2
        room = middle - _PAD
        tallest = float(max(abs(bits.query).max(), abs(bits.hit).max(), 1e-6))
        up = abs(float(bits.query[bit])) / tallest * room
        down = abs(float(bits.hit[bit])) / tallest * room
        left, width = _PAD + place * step, max(step - 1.5, 1.0)
        box = QRectF(left, middle - up, width, up + down)
        if bits.agree[bit]:
            colour = palette.color(QPalette.ColorRole.PlaceholderText)
            colour.setAlpha(140)
            painter.fillRect(box, colour)
        else:
            colour = palette.color(QPalette.ColorRole.Accent)
            painter.fillRect(box, colour)
            outline = palette.color(QPalette.ColorRole.Text)
            painter.setPen(outline)
            painter.drawRect(box.adjusted(0, 0, -0.5, 0))
        if self.hasFocus() and place == self._current:
            painter.setPen(palette.color(QPalette.ColorRole.Accent))
            painter.drawRect(QRectF(left - 1, 0, width + 1, self.height() - 1))

    def _step(self) -> float:
        return (self.width() - 2 * _PAD) / max(len(self._order), 1)

    def _tell(self) -> None:
        self.setAccessibleDescription(self.sentence(self._current))
