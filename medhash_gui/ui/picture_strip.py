"""A row of small pictures with a few words below each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QPointF, QRect, QSize, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from medhash_gui.ui.thumbnails import ThumbnailKey, Thumbnails

CELL = 68
_GAP = 6
_TEXT = 18


@dataclass(frozen=True, slots=True)
class StripPicture:
    """One picture of a strip.

    Attributes:
        file: where it lies.
        caption: a few characters below it.
        note: what its tool tip says.
        marked: whether a frame sets it apart.
    """

    file: Path
    caption: str = ""
    note: str = ""
    marked: bool = False


class PictureStrip(QWidget):
    """Small pictures side by side; those that do not fit are cut off on the right.

    Args:
        thumbnails: gives the pictures.
        parent: Qt's owner.

    Attributes:
        pictures: what is shown.
    """

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self.pictures: Sequence[StripPicture] = ()
        thumbnails.ready.connect(self._on_ready)
        self.setFixedHeight(CELL + _TEXT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_pictures(self, pictures: Sequence[StripPicture]) -> None:
        """Show other pictures."""
        self.pictures = tuple(pictures)
        notes = [one.note or one.file.name for one in self.pictures]
        self.setAccessibleDescription(", ".join(notes))
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for room for ten pictures."""
        return QSize(10 * (CELL + _GAP), CELL + _TEXT)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint what is there by now; what is not is asked for."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        colours = self.palette()
        frame = QPen(colours.color(QPalette.ColorRole.Accent), 2)
        for number, one in enumerate(self.pictures):
            cell = self._cell(number)
            if cell.left() > self.width():
                break
            painter.fillRect(cell, colours.color(QPalette.ColorRole.Shadow))
            image = self._thumbnails.get(_key(one))
            if image is not None:
                size = image.size().scaled(
                    cell.size(), Qt.AspectRatioMode.KeepAspectRatio
                )
                place = QRect(cell.topLeft(), size)
                place.moveCenter(cell.center())
                painter.drawImage(place, image)
            if one.marked:
                painter.setPen(frame)
                painter.drawRect(cell.adjusted(1, 1, -1, -1))
            painter.setPen(colours.color(QPalette.ColorRole.PlaceholderText))
            below = QRect(cell.left(), cell.bottom() + 1, cell.width(), _TEXT)
            text = painter.fontMetrics().elidedText(
                one.caption, Qt.TextElideMode.ElideRight, below.width()
            )
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Say what the picture below the mouse is."""
        self._tell(event.position(), event.globalPosition())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Say the same on a click."""
        self._tell(event.position(), event.globalPosition())

    def _tell(self, at: QPointF, where: QPointF) -> None:
        for number, one in enumerate(self.pictures):
            if self._cell(number).contains(at.toPoint()):
                QToolTip.showText(where.toPoint(), one.note or one.file.name, self)

    def _cell(self, number: int) -> QRect:
        return QRect(number * (CELL + _GAP), 0, CELL, CELL)

    def _on_ready(self, key: ThumbnailKey) -> None:
        if any(_key(one) == key for one in self.pictures):
            self.update()


def _key(one: StripPicture) -> ThumbnailKey:
    return ThumbnailKey(one.file.parent, one.file.name, 0)
