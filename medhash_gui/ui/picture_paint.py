"""Paints a picture as a stance shows it; the same for one view and for two in one.

A picture shown through its own window goes straight from its pyramid to the screen.
Through another window, what the view shows is resampled first and windowed then, so
that dragging a window costs as much on a 12-megapixel photograph as on a thumbnail.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF, QTransform

from medhash_gui.ui import stance as stances
from medhash_gui.ui.picture import Picture
from medhash_gui.ui.stance import Stance

ON_CANVAS = QColor(150, 156, 162)  # the canvas is dark in every theme
# Drawings lie on pictures, not on the chrome: one colour that stands out from greys and
# retinas, with a dark line beside it for those that are bright.
_DRAWN = QColor(255, 214, 120)
_UNDER = QColor(0, 0, 0, 170)
_SINGLE_PIXELS = 4.0


def paint_picture(
    painter: QPainter, picture: Picture, stance: Stance, room: QRect, ratio: float
) -> None:
    """Paint a picture into a view.

    Args:
        painter: of the view.
        picture: what is shown.
        stance: how.
        room: the view, from (0, 0), in logical pixels.
        ratio: device pixels per logical pixel.
    """
    size = QSizeF(picture.size)
    way = stances.to_view(stance, size, QSizeF(room.size()))
    scale = _scale(way) * ratio
    number = next(
        (
            number
            for number in reversed(range(len(picture.levels)))
            if picture.levels[number].width() >= size.width() * scale
        ),
        0,
    )
    # From here up, single pixels are what one wants to see.
    smooth = scale < _SINGLE_PIXELS
    if not stance.window.is_whole:
        painter.save()
        painter.setClipRect(way.mapRect(QRectF(QPointF(), size)))
        painter.drawImage(room, _windowed(picture, number, stance, way, room, ratio))
        painter.restore()
        return
    level = picture.levels[number]
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=smooth)
    painter.setTransform(way, combine=True)
    painter.drawImage(QRectF(QPointF(), size), level, QRectF(level.rect()))
    painter.restore()


def paint_layer(
    painter: QPainter, layer: QImage, area: QRectF, way: QTransform, opacity: float
) -> None:
    """Paint a coloured saliency map over a part of the picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, on=True)
    painter.setTransform(way, combine=True)
    painter.setOpacity(opacity)
    painter.drawImage(area, layer, QRectF(layer.rect()))
    painter.restore()


def paint_box(
    painter: QPainter, box: QRectF, way: QTransform, *, is_found: bool = False
) -> None:
    """Paint a box that lies on the picture, in its pixels.

    Args:
        painter: of the view.
        box: in pixels of the picture.
        way: from there to the view.
        is_found: whether a network found it: dashed, unlike what a reader drew.
    """
    shown = way.mapRect(box)
    line = Qt.PenStyle.DashLine if is_found else Qt.PenStyle.SolidLine
    for pen in (QPen(_UNDER, 3), QPen(_DRAWN, 1.5, line)):
        painter.setPen(pen)
        painter.drawRect(shown)


def paint_outlines(
    painter: QPainter, outlines: Sequence[QPolygonF], way: QTransform
) -> None:
    """Paint outlines that a network found, dotted, unlike a box."""
    for outline in outlines:
        shown = way.map(outline)
        for pen in (QPen(_UNDER, 3), QPen(_DRAWN, 1.5, Qt.PenStyle.DotLine)):
            painter.setPen(pen)
            painter.drawPolygon(shown)


def paint_line(
    painter: QPainter, start: QPointF, end: QPointF, way: QTransform, text: str
) -> None:
    """Paint a measured line with its length beside its end."""
    first, last = way.map(start), way.map(end)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=True)
    for pen in (QPen(_UNDER, 3.5), QPen(_DRAWN, 1.5)):
        painter.setPen(pen)
        painter.drawLine(first, last)
        for point in (first, last):
            painter.drawEllipse(point, 3, 3)
    metrics = painter.fontMetrics()
    box = metrics.boundingRect(text).adjusted(-6, -3, 6, 3)
    box.moveTopLeft((last + QPointF(10, 6)).toPoint())
    painter.fillRect(box, _UNDER)
    painter.setPen(_DRAWN)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def paint_note(painter: QPainter, text: str, room: QRect) -> None:
    """Paint a note into the lower left corner of a view."""
    box = painter.fontMetrics().boundingRect(text).adjusted(-6, -3, 6, 3)
    box.moveBottomLeft(room.bottomLeft())
    painter.fillRect(box, QColor(0, 0, 0, 160))
    painter.setPen(ON_CANVAS)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)


def _scale(way: QTransform) -> float:
    return abs(way.m11()) + abs(way.m12())  # quarter turns: one of them is zero


def _windowed(
    picture: Picture,
    number: int,
    stance: Stance,
    way: QTransform,
    room: QRect,
    ratio: float,
) -> QImage:
    """Return what the view shows, through the stance's window."""
    # Loaded with the picture, so this costs nothing here.
    import numpy as np

    from medhash_gui import windowing

    level = picture.levels[number]
    values: windowing.Values
    if picture.fine:
        values = picture.fine[number]
    else:
        rows = np.frombuffer(level.constBits(), np.uint8)
        values = rows.reshape(level.height(), level.bytesPerLine() // 4, 4)
    shrink = (
        picture.size.width() / level.width(),
        picture.size.height() / level.height(),
    )
    whole = QTransform.fromScale(*shrink) * way * QTransform.fromScale(ratio, ratio)
    # OpenCV counts from the middle of a pixel, Qt from its corner.
    centred = (
        QTransform.fromTranslate(0.5, 0.5)
        * whole
        * QTransform.fromTranslate(-0.5, -0.5)
    )
    matrix = np.array(
        [
            [centred.m11(), centred.m21(), centred.dx()],
            [centred.m12(), centred.m22(), centred.dy()],
        ]
    )
    size = (round(room.width() * ratio), round(room.height() * ratio))
    smooth = _scale(whole) < _SINGLE_PIXELS
    seen = windowing.resampled(values, matrix, size, smooth=smooth)
    shown = np.ascontiguousarray(windowing.windowed(seen, stance.window))
    grey = shown.ndim == 2
    kind = QImage.Format.Format_Grayscale8 if grey else QImage.Format.Format_RGB32
    image = QImage(shown.data, size[0], size[1], shown.strides[0], kind)
    return image.copy()  # the array goes, the image stays
