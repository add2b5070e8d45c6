"""A picture with the boxes that will be masked on it, and those that might be."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from medhash_gui.query_box import QueryBox
from medhash_gui.ui import picture_paint
from medhash_gui.ui import stance as stances
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.picture import Picture

_MASK = QColor(0, 0, 0)  # as it will be written; never of the theme


@dataclass(frozen=True, slots=True)
class Mark:
    """A box on a picture.

    Attributes:
        box: in px of the picture.
        is_on: whether it will be masked.
        is_suggested: whether the program, and no person, drew it.
    """

    box: QueryBox
    is_on: bool = True
    is_suggested: bool = False


class MaskView(ImageView):
    """Shows masks as they will be written, and lets them be drawn.

    Args:
        parent: Qt's owner.

    Signals:
        drawn(object): the ``QueryBox`` that was drawn, inside the picture.
    """

    drawn = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: tuple[Mark, ...] = ()
        self._current = -1
        self.box_drawn.connect(self._on_box)

    def show_marks(self, marks: Sequence[Mark], current: int = -1) -> None:
        """Show boxes; one of them as the one that is meant, or -1."""
        self._marks, self._current = tuple(marks), current
        self.update()

    def paint_content(self, painter: QPainter, picture: Picture) -> None:
        """Paint the picture, and the boxes over it."""
        super().paint_content(painter, picture)
        way = stances.to_view(
            self.stance, QSizeF(picture.size), QSizeF(self.rect().size())
        )
        for number, mark in enumerate(self._marks):
            box = mark.box
            area = QRectF(box.x, box.y, box.width, box.height)
            if mark.is_on:
                painter.fillRect(way.mapRect(area), _MASK)
            if not mark.is_on or number == self._current:
                is_found = mark.is_suggested and not mark.is_on
                picture_paint.paint_box(painter, area, way, is_found=is_found)

    def _on_box(self, area: QRectF) -> None:
        self.drawing.clear()
        self.setCursor(Qt.CursorShape.ArrowCursor)
        picture = self.picture
        if picture is None:
            return
        left, top = max(math.floor(area.left()), 0), max(math.floor(area.top()), 0)
        right = min(math.ceil(area.right()), picture.size.width())
        bottom = min(math.ceil(area.bottom()), picture.size.height())
        if right > left and bottom > top:
            self.drawn.emit(QueryBox(left, top, right - left, bottom - top))
