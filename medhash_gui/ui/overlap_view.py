"""Two pictures in one place: split, blend, difference, flicker."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QTimer
from PySide6.QtGui import QImage, QPainter, QPen
from PySide6.QtWidgets import QWidget

from medhash_gui.ui import picture_paint
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.picture import Picture

Mode = Literal["split", "blend", "difference", "flicker"]

# Slow enough to be no danger to anybody with photosensitive epilepsy: WCAG 2.3.1 allows
# three flashes a second.
_FLICKER_MS = 600


class OverlapView(ImageView):
    """The query below, a hit above it, both fitted into the view.

    Args:
        parent: Qt's owner.

    Attributes:
        share: where the split is, or how much of the upper picture is blended in.
        is_swapped: whether the query lies above.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.keeps_stance = True
        self.share = 0.5
        self.is_swapped = False
        self._mode: Mode = "split"
        self._other: Picture | None = None
        self._is_upper_shown = True
        self._flicker = QTimer(self)
        self._flicker.setInterval(_FLICKER_MS)
        self._flicker.timeout.connect(self._on_flicker)

    @property
    def is_flickering(self) -> bool:
        """Whether the pictures take turns."""
        return self._flicker.isActive()

    def show_other(self, other: Picture | None) -> None:
        """Show another picture over the first one."""
        self._other = other
        self.update()

    def show_mode(self, mode: Mode) -> None:
        """Lay the pictures over each other in another way."""
        self._mode = mode
        self._is_upper_shown = True
        self.set_flickering(is_flickering=mode == "flicker")
        self.update()

    def set_flickering(self, *, is_flickering: bool) -> None:
        """Let the pictures take turns, or stop; what is hidden shall not tick."""
        if is_flickering and self._mode == "flicker":
            self._flicker.start()
        else:
            self._flicker.stop()

    def set_share(self, share: float) -> None:
        """Move the split, or blend more of the upper picture in, 0 … 1."""
        self.share = share
        self.update()

    def swap(self) -> None:
        """Exchange what lies above and what below."""
        self.is_swapped = not self.is_swapped
        self.update()

    def paint_content(self, painter: QPainter, picture: Picture) -> None:
        """Paint both pictures."""
        below, above = picture, self._other
        if above is None:
            super().paint_content(painter, picture)
            return
        if self.is_swapped:
            below, above = above, below
        ratio, room = self.devicePixelRatioF(), self.rect()
        if self._mode == "flicker":
            shown = above if self._is_upper_shown else below
            picture_paint.paint_picture(painter, shown, self.stance, room, ratio)
        else:
            picture_paint.paint_picture(painter, below, self.stance, room, ratio)
            self._paint_above(painter, above, ratio)
        note = self.stance.words(self.scale * ratio)
        if note:
            picture_paint.paint_note(painter, note, room)

    def _paint_above(self, painter: QPainter, above: Picture, ratio: float) -> None:
        room = self.rect()
        painter.save()
        if self._mode == "split":
            at = room.width() * self.share
            painter.setClipRect(QRectF(at, 0, room.width() - at, room.height()))
            # What lies below must not show where the upper picture is narrower.
            painter.fillRect(room, self.palette().shadow())
            picture_paint.paint_picture(painter, above, self.stance, room, ratio)
            painter.setClipping(False)
            painter.setPen(QPen(picture_paint.ON_CANVAS, 1))
            painter.drawLine(QPointF(at, 0), QPointF(at, room.height()))
        else:
            # Painted apart first: a difference is one of whole views.
            layer = QImage(room.size() * ratio, QImage.Format.Format_RGB32)
            layer.setDevicePixelRatio(ratio)
            layer.fill(0)
            inner = QPainter(layer)
            picture_paint.paint_picture(inner, above, self.stance, room, ratio)
            inner.end()
            if self._mode == "difference":
                mode = QPainter.CompositionMode.CompositionMode_Difference
                painter.setCompositionMode(mode)
            else:
                painter.setOpacity(self.share)
            painter.drawImage(0, 0, layer)
        painter.restore()

    def _on_flicker(self) -> None:
        self._is_upper_shown = not self._is_upper_shown
        self.update()
