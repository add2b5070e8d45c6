"""Shows one picture and, over it, where the network looked.

The wheel zooms around the cursor, dragging pans, dragging with the right button changes
the grey window, a double click changes between the whole picture and its own pixels. By
keyboard: + and - zoom, 0 fits, 1 shows pixel for pixel, the arrows pan. With a tool,
dragging draws; the arrows move what is drawn, with Shift its end alone, Return takes it
and Escape gives it up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui import picture_paint
from medhash_gui.ui import stance as stances
from medhash_gui.ui.drawing import Drawing, Tool
from medhash_gui.ui.picture import Picture
from medhash_gui.ui.picture_paint import ON_CANVAS
from medhash_gui.ui.stance import LARGEST_SCALE, Stance

_STEP = 1.25
_PAN = 48
_ARROWS = {
    Qt.Key.Key_Left: QPointF(-1, 0),
    Qt.Key.Key_Right: QPointF(1, 0),
    Qt.Key.Key_Up: QPointF(0, -1),
    Qt.Key.Key_Down: QPointF(0, 1),
}


class ImageView(QWidget):
    """One picture on a dark canvas, whatever the theme.

    Args:
        parent: Qt's owner.

    Attributes:
        keeps_stance: whether another picture is looked at as the one before.
        drawing: what is drawn on the picture.
        outlines: of what a second branch was shown, in px of the picture.

    Signals:
        stance_changed(object): the user looks in another ``Stance``.
        box_drawn(object): the ``QRectF`` that was drawn, in px of the picture.
    """

    stance_changed = Signal(object)
    box_drawn = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.keeps_stance = False
        self.drawing = Drawing()
        self._picture: Picture | None = None
        self._layer: QImage | None = None
        self._area: QRectF | None = None  # of the layer, in px of the picture
        self._region: QRectF | None = None  # that the network found, likewise
        self.outlines: Sequence[QPolygonF] = ()
        self._opacity = 0.5
        self._stance = Stance()
        self._grip: QPointF | None = None
        self._empty_text = ""

    # -- what is shown -------------------------------------------------------------

    @property
    def picture(self) -> Picture | None:
        """The picture shown, or None."""
        return self._picture

    @property
    def has_layer(self) -> bool:
        """Whether a saliency map lies over the picture."""
        return self._layer is not None

    @property
    def stance(self) -> Stance:
        """How the picture is looked at."""
        return self._stance

    @property
    def is_fitting(self) -> bool:
        """Whether the whole picture is kept in view when the size changes."""
        return self._stance.is_fitting

    @property
    def scale(self) -> float:
        """Logical pixels of the screen per pixel of the picture."""
        return self._stance.zoom * self._fitting_scale()

    def show_picture(self, picture: Picture | None) -> None:
        """Show a picture whole, or the empty canvas; the old layer goes.

        Another frame of the same file, or another window of it, is shown where the
        one before was looked at, and so is every picture where ``keeps_stance``.
        """
        before, self._picture = self._picture, picture
        self._layer = self._area = self._region = None
        self.outlines = ()
        if picture is None or not picture.is_other_look_at(before):
            self.drawing.clear()
            if not self.keeps_stance:
                self._stance = Stance()
        self._settle(self._stance)

    def show_layer(self, layer: QImage | None, area: QRectF | None = None) -> None:
        """Lay a coloured saliency map over the picture, or take it away.

        Args:
            layer: the map, or None.
            area: where it lies, in px of the picture; None for all of it.
        """
        self._layer, self._area = layer, area
        self.update()

    def show_region(self, region: QRectF | None) -> None:
        """Draw the box that the network found on the picture, in its px, or none."""
        self._region = region
        self.update()

    def show_outlines(self, outlines: Sequence[QPolygonF]) -> None:
        """Draw what a second branch was shown, or nothing."""
        self.outlines = outlines
        self.update()

    def set_opacity(self, opacity: float) -> None:
        """Set how strongly the layer covers the picture, 0 … 1."""
        self._opacity = opacity
        self.update()

    def set_empty_text(self, text: str) -> None:
        """Say on the empty canvas what it is for."""
        self._empty_text = text
        self.update()

    # -- zoom and pan --------------------------------------------------------------

    def take_stance(self, stance: Stance) -> None:
        """Look as another view does; nothing is told."""
        self._settle(stance)

    def look(self, stance: Stance) -> None:
        """Look in another stance, and tell."""
        self._settle(stance)
        self.stance_changed.emit(self._stance)

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the view's size changes."""
        self.look(self._stance.fitting())

    def show_actual_size(self) -> None:
        """Show one pixel of the picture as one pixel of the screen."""
        self._zoom_to(1 / self.devicePixelRatioF(), self._middle())

    def zoom_in(self) -> None:
        """Enlarge around the middle by one step."""
        self._zoom_to(self.scale * _STEP, self._middle())

    def zoom_out(self) -> None:
        """Shrink around the middle by one step."""
        self._zoom_to(self.scale / _STEP, self._middle())

    def picture_point(self, point: QPointF) -> QPointF:
        """Return the place in the picture, in its pixels, under a point of the view."""
        size = QSizeF(self._picture.size) if self._picture else QSizeF(1, 1)
        back, _ = stances.to_view(self._stance, size, QSizeF(self.size())).inverted()
        return back.map(point)

    def use_tool(self, tool: Tool) -> None:
        """Begin to draw on the picture, or to look again."""
        if self._picture is None:
            return
        size = self._picture.size
        self.drawing.begin(tool, self.visible_part(), QSizeF(size))
        self.setCursor(
            Qt.CursorShape.CrossCursor if tool else Qt.CursorShape.ArrowCursor
        )
        self.setFocus()
        self.update()

    def visible_part(self) -> QRectF:
        """Return what of the picture is in view, in its pixels."""
        if self._picture is None:
            return QRectF()
        corners = QRectF(
            self.picture_point(QPointF(0, 0)),
            self.picture_point(QPointF(self.width(), self.height())),
        ).normalized()
        whole = QRectF(QPointF(), QSizeF(self._picture.size))
        return corners & whole

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _fitting_scale(self) -> float:
        size = QSizeF(self._picture.size) if self._picture else QSizeF()
        return stances.fitting_scale(size, QSizeF(self.size()), self._stance.turns)

    def _zoom_to(self, scale: float, around: QPointF) -> None:
        """Change the scale; the place under ``around`` stays where it is."""
        if self._picture is None:
            return
        fitting = self._fitting_scale()
        smallest = min(fitting, 1 / self.devicePixelRatioF())
        scale = min(max(scale, smallest), max(LARGEST_SCALE, fitting))
        pinned = self.picture_point(around)
        zoomed = replace(self._stance, zoom=scale / fitting)
        size = QSizeF(self._picture.size)
        self.look(stances.placed(zoomed, pinned, around, size, QSizeF(self.size())))

    def _pan(self, by: QPointF) -> None:
        """Move the picture by so much on the screen."""
        if self._picture is not None:
            size, view = QSizeF(self._picture.size), QSizeF(self.size())
            grip = self.picture_point(self._middle())
            to = self._middle() + by
            self.look(stances.placed(self._stance, grip, to, size, view))

    def _settle(self, stance: Stance) -> None:
        size = QSizeF(self._picture.size) if self._picture else QSizeF()
        self._stance = stances.kept(stance, size, QSizeF(self.size()))
        self.update()

    # -- events --------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Keep the keys of a tool from the window's commands."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.drawing.tool
            and event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
        ):
            event.accept()
            return True
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole picture, or the place that was looked at, in view."""
        super().resizeEvent(event)
        self._settle(self._stance)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the cursor."""
        turned = event.angleDelta().y() or event.pixelDelta().y()
        if self._picture is None or turned == 0:
            event.ignore()
            return
        self._zoom_to(self.scale * _STEP ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture, or begin to draw."""
        if self._picture is None:
            return
        self._grip = event.position()
        if event.button() == Qt.MouseButton.LeftButton and self.drawing.tool:
            self.drawing.start_at(self.picture_point(event.position()))
        elif event.button() != Qt.MouseButton.RightButton:
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture with the hand, change its window, or draw."""
        if self._grip is None:
            return
        moved = event.position() - self._grip
        left = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if event.buttons() & Qt.MouseButton.RightButton:
            self.window_by(-moved.y() / self.height(), 2 ** (moved.x() / 200))
        elif left and self.drawing.tool:
            self.drawing.end_at(self.picture_point(event.position()))
            self.update()
        else:
            self._pan(moved)
        self._grip = event.position()

    def window_by(self, level: float, width: float) -> None:
        """Move the grey window by ``level``, and make it ``width`` times as wide.

        A level that moves up darkens.
        """
        window = self._stance.window.changed(level=-level, width=width)
        self.look(replace(self._stance, window=window))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the picture, or take what was drawn."""
        self._grip = None
        is_drawn = event.button() == Qt.MouseButton.LeftButton and self.drawing.tool
        if is_drawn and self.drawing.has_size:
            self._take_drawing()
        elif self.drawing.tool:
            self.setCursor(Qt.CursorShape.CrossCursor)
        else:
            self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change between the whole picture and its own pixels."""
        if self.is_fitting:
            self._zoom_to(1 / self.devicePixelRatioF(), event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom, pan and draw by keyboard."""
        key = event.key()
        if key in _ARROWS and self.drawing.tool:
            far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            step = _ARROWS[Qt.Key(key)] * max(8 / self.scale, 1)
            self.drawing.move(step, end_only=far)
            self.update()
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.drawing.tool:
            self._take_drawing()
        elif key == Qt.Key.Key_Escape and self.drawing.tool:
            self.drawing.clear()
            self.unsetCursor()
            self.update()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.show_actual_size()
        elif key in _ARROWS:
            self._pan(-_ARROWS[Qt.Key(key)] * _PAN)
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def _take_drawing(self) -> None:
        """End drawing; a box is handed on, a line stays on the picture."""
        box = self.drawing.finish()
        self.unsetCursor()
        self.update()
        if box is not None:
            self.box_drawn.emit(box)

    # -- painting ------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint canvas, picture, layer, and a quiet frame while in focus."""
        del event
        palette = self.palette()
        painter = QPainter(self)
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Shadow))
        if self._picture is None:
            painter.setPen(ON_CANVAS)
            room = self.rect().adjusted(24, 24, -24, -24)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self._empty_text)
        else:
            self.paint_content(painter, self._picture)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def paint_content(self, painter: QPainter, picture: Picture) -> None:
        """Paint the picture, what lies over it, and how it is looked at."""
        ratio, room = self.devicePixelRatioF(), self.rect()
        picture_paint.paint_picture(painter, picture, self._stance, room, ratio)
        size = QSizeF(picture.size)
        way = stances.to_view(self._stance, size, QSizeF(self.size()))
        if self._layer is not None and self._opacity > 0:
            area = self._area or QRectF(QPointF(), size)
            picture_paint.paint_layer(painter, self._layer, area, way, self._opacity)
        if self._region is not None:
            picture_paint.paint_box(painter, self._region, way, is_found=True)
        picture_paint.paint_outlines(painter, self.outlines, way)
        self.drawing.paint(painter, way, picture.spacing)
        note = self.drawing.hint or self._stance.words(self.scale * ratio)
        if note:
            picture_paint.paint_note(painter, note, room)
