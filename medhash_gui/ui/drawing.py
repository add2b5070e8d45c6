"""What a reader draws: a box to ask about or to mask, or a line to measure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, QSizeF
from PySide6.QtGui import QPainter, QTransform

from medhash_gui.ui import picture_paint

if TYPE_CHECKING:
    from medhash_gui.pixel_spacing import PixelSpacing

Tool = Literal["", "box", "line", "mask"]


class Drawing:
    """One box or one line, in pixels of its picture.

    Attributes:
        tool: what is being drawn, or "".
    """

    def __init__(self) -> None:
        self.tool: Tool = ""
        self._kind: Tool = ""
        self._start = QPointF()
        self._end = QPointF()
        self._picture = QSizeF()

    @property
    def has_size(self) -> bool:
        """Whether it is more than a point."""
        return (self._end - self._start).manhattanLength() > 3

    @property
    def box(self) -> QRectF | None:
        """The box that is drawn, or None."""
        if self._kind not in ("box", "mask"):
            return None
        return QRectF(self._start, self._end).normalized()

    @property
    def line(self) -> tuple[QPointF, QPointF] | None:
        """Both ends of the line that is drawn, or None."""
        return (self._start, self._end) if self._kind == "line" else None

    @property
    def hint(self) -> str:
        """Return what to do while drawing, else ""."""
        if self.tool == "box":
            return _tr("Drag a box, or arrows and Shift; Return asks, Esc leaves")
        if self.tool == "mask":
            return _tr("Drag a box, or arrows and Shift; Return masks, Esc leaves")
        if self.tool == "line":
            return _tr("Drag a line, or arrows and Shift; Return keeps it")
        return ""

    def begin(self, tool: Tool, seen: QRectF, picture: QSizeF) -> None:
        """Begin with half of what is in view, for the keys to move."""
        self.tool = self._kind = tool
        self._picture = picture
        half = QPointF(seen.width() / 4, seen.height() / 4)
        self._start, self._end = seen.center() - half, seen.center() + half
        if tool == "line":
            self._start.setY(seen.center().y())
            self._end.setY(seen.center().y())

    def show_box(self, box: QRectF) -> None:
        """Show a box that was asked about."""
        self.tool, self._kind = "", "box"
        self._start, self._end = box.topLeft(), box.bottomRight()

    def clear(self) -> None:
        """Draw nothing."""
        self.tool = self._kind = ""

    def start_at(self, point: QPointF) -> None:
        """Begin anew at a place of the picture."""
        self._start = self._end = self._inside(point)

    def end_at(self, point: QPointF) -> None:
        """Reach to a place of the picture."""
        self._end = self._inside(point)

    def move(self, by: QPointF, *, end_only: bool) -> None:
        """Move it, or its end alone."""
        self._end = self._inside(self._end + by)
        if not end_only:
            self._start = self._inside(self._start + by)

    def finish(self) -> QRectF | None:
        """Stop drawing; return the box, or None for a line."""
        self.tool = ""
        return self.box

    def length(self, spacing: PixelSpacing | None) -> str:
        """Return the length of the line: in mm where they are known, else in px."""
        across, down = (self._end - self._start).x(), (self._end - self._start).y()
        if spacing is None:
            return _tr("{length:.0f} px").format(length=math.hypot(across, down))
        text = _tr("{length:.1f} mm")
        if spacing.at_detector:
            text = _tr("{length:.1f} mm at the detector")
        return text.format(length=spacing.length_mm(across, down))

    def paint(
        self, painter: QPainter, way: QTransform, spacing: PixelSpacing | None
    ) -> None:
        """Paint it over its picture."""
        box = self.box
        if box is not None:
            picture_paint.paint_box(painter, box, way)
        elif self._kind == "line":
            text = self.length(spacing)
            picture_paint.paint_line(painter, self._start, self._end, way, text)

    def _inside(self, point: QPointF) -> QPointF:
        return QPointF(
            min(max(point.x(), 0.0), self._picture.width()),
            min(max(point.y(), 0.0), self._picture.height()),
        )


def _tr(text: str) -> str:
    return QCoreApplication.translate("drawing", text)
