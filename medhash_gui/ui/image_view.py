"""Shows one picture and, over it, where the network looked.

The wheel zooms around the cursor, dragging pans, a double click changes between the
whole picture and its own pixels. By keyboard: + and - zoom, 0 fits, 1 shows pixel for
pixel, the arrows pan.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui.picture import Picture

_STEP = 1.25
_PAN = 48
_LARGEST_SCALE = 32.0
_ON_CANVAS = QColor(150, 156, 162)  # the canvas is dark in every theme


class ImageView(QWidget):
    """One picture on a dark canvas, whatever the theme.

    Attributes:
        is_fitting: whether the whole picture is kept in view when the size changes.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.is_fitting = True
        self._picture: Picture | None = None
        self._layer: QImage | None = None
        self._opacity = 0.5
        self._scale = 1.0  # logical pixels of the screen per pixel of the picture
        self._centre = QPointF()  # of the view, in pixels of the picture
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
    def scale(self) -> float:
        """Logical pixels of the screen per pixel of the picture."""
        return self._scale

    def show_picture(self, picture: Picture | None) -> None:
        """Show a picture whole, or the empty canvas; the old layer goes.

        Another frame of the same file, or another window of it, is shown where the
        one before was looked at.
        """
        before, self._picture = self._picture, picture
        self._layer = None
        if picture is not None and picture.is_other_look_at(before):
            self.update()
        else:
            self.fit()

    def show_layer(self, layer: QImage | None) -> None:
        """Lay a coloured saliency map over the picture, or take it away."""
        self._layer = layer
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

    def fit(self) -> None:
        """Show the whole picture, and keep it whole when the view's size changes."""
        self.is_fitting = True
        if self._picture is not None:
            size = self._picture.size
            self._scale = self._fitting_scale(size)
            self._centre = QPointF(size.width() / 2, size.height() / 2)
        self.update()

    def show_actual_size(self) -> None:
        """Show one pixel of the picture as one pixel of the screen."""
        middle = QPointF(self.rect().center())
        self._zoom_to(1 / self.devicePixelRatioF(), middle)

    def zoom_in(self) -> None:
        """Enlarge around the middle by one step."""
        self._zoom_to(self._scale * _STEP, QPointF(self.rect().center()))

    def zoom_out(self) -> None:
        """Shrink around the middle by one step."""
        self._zoom_to(self._scale / _STEP, QPointF(self.rect().center()))

    def picture_point(self, point: QPointF) -> QPointF:
        """Return the place in the picture, in its pixels, under a point of the view."""
        return self._centre + (point - self._middle()) / self._scale

    def _middle(self) -> QPointF:
        return QPointF(self.width() / 2, self.height() / 2)

    def _fitting_scale(self, size: QSize) -> float:
        if size.isEmpty() or self.width() == 0 or self.height() == 0:
            return 1.0
        return min(self.width() / size.width(), self.height() / size.height())

    def _zoom_to(self, scale: float, around: QPointF) -> None:
        """Change the scale; the place under ``around`` stays where it is."""
        if self._picture is None:
            return
        fitting = self._fitting_scale(self._picture.size)
        pinned = self.picture_point(around)
        smallest = min(fitting, 1 / self.devicePixelRatioF())
        self._scale = min(max(scale, smallest), _LARGEST_SCALE)
        self._centre = pinned - (around - self._middle()) / self._scale
        self.is_fitting = False
        self._keep_in_view()

    def _pan(self, by: QPointF) -> None:
        self._centre = self._centre - by / self._scale
        self.is_fitting = False
        self._keep_in_view()

    def _keep_in_view(self) -> None:
        """Centre a picture smaller than the view; stop a larger one at its edges."""
        if self._picture is None:
            return
        size = self._picture.size
        self._centre = QPointF(
            _kept(self._centre.x(), size.width(), self.width() / self._scale),
            _kept(self._centre.y(), size.height(), self.height() / self._scale),
        )
        self.update()

    # -- events --------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the whole picture, or the place that was looked at, in view."""
        super().resizeEvent(event)
        if self.is_fitting:
            self.fit()
        else:
            self._keep_in_view()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom around the cursor."""
        turned = event.angleDelta().y() or event.pixelDelta().y()
        if self._picture is None or turned == 0:
            event.ignore()
            return
        self._zoom_to(self._scale * _STEP ** (turned / 120), event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Take hold of the picture."""
        held = (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton)
        if self._picture is not None and event.button() in held:
            self._grip = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the picture with the hand."""
        if self._grip is not None:
            self._pan(event.position() - self._grip)
            self._grip = event.position()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go of the picture."""
        del event
        self._grip = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Change between the whole picture and its own pixels."""
        if self.is_fitting:
            self._zoom_to(1 / self.devicePixelRatioF(), event.position())
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Zoom and pan by keyboard."""
        key = event.key()
        arrows = {
            Qt.Key.Key_Left: QPointF(_PAN, 0),
            Qt.Key.Key_Right: QPointF(-_PAN, 0),
            Qt.Key.Key_Up: QPointF(0, _PAN),
            Qt.Key.Key_Down: QPointF(0, -_PAN),
        }
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_in()
        elif key == Qt.Key.Key_Minus:
            self.zoom_out()
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_1:
            self.show_actual_size()
        elif key in arrows:
            self._pan(arrows[Qt.Key(key)])
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        """Repaint in a new theme."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint canvas, picture, layer, and a quiet frame while in focus."""
        del event
        palette = self.palette()
        painter = QPainter(self)
        painter.fillRect(self.rect(), palette.color(QPalette.ColorRole.Shadow))
        if self._picture is None:
            painter.setPen(_ON_CANVAS)
            room = self.rect().adjusted(24, 24, -24, -24)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self._empty_text)
        else:
            self._paint_picture(painter, self._picture)
        if self.hasFocus():
            painter.setPen(QPen(palette.color(QPalette.ColorRole.Accent), 1))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: Picture) -> None:
        size = picture.size
        top_left = self._middle() - self._centre * self._scale
        target = QRectF(
            top_left.x(),
            top_left.y(),
            size.width() * self._scale,
            size.height() * self._scale,
        )
        device_scale = self._scale * self.devicePixelRatioF()
        # From 4 up, single pixels are what one wants to see.
        painter.setRenderHint(
            QPainter.RenderHint.SmoothPixmapTransform, on=device_scale < 4
        )
        wanted = size.width() * device_scale
        level = next(
            (one for one in reversed(picture.levels) if one.width() >= wanted),
            picture.levels[0],
        )
        painter.drawImage(target, level, QRectF(level.rect()))
        if self._layer is not None and self._opacity > 0:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=True)
            painter.setOpacity(self._opacity)
            painter.drawImage(target, self._layer, QRectF(self._layer.rect()))
            painter.setOpacity(1)
        if not self.is_fitting:
            self._paint_scale(painter, device_scale)

    def _paint_scale(self, painter: QPainter, device_scale: float) -> None:
        text = self.tr("{zoom:.0f} %").format(zoom=device_scale * 100)
        box = painter.fontMetrics().boundingRect(text).adjusted(-6, -3, 6, 3)
        box.moveBottomLeft(self.rect().bottomLeft())
        painter.fillRect(box, QColor(0, 0, 0, 160))
        painter.setPen(_ON_CANVAS)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _kept(centre: float, length: float, shown: float) -> float:
    """Return a centre for which the view shows as much of the picture as it can."""
    if length <= shown:
        return length / 2
    return min(max(centre, shown / 2), length - shown / 2)
