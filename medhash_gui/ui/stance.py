"""How a picture is looked at: zoom, place, turn, flip and grey window, in one value.

Nothing in it depends on the picture's size or the view's: zoom counts from the whole
picture, the place is a share of its sides. So one stance serves pictures that have
nothing in common but the reader, and survives the next hit.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from PySide6.QtCore import QCoreApplication, QPointF, QSizeF
from PySide6.QtGui import QTransform

from medhash_gui.grey_window import GreyWindow

LARGEST_SCALE = 32.0


@dataclass(frozen=True, slots=True)
class Stance:
    """How a picture is looked at.

    Attributes:
        zoom: 1 where the whole picture just fits.
        x: of the place in the view's middle, share of the picture's width.
        y: share of its height.
        turns: quarter turns clockwise, 0 … 3.
        is_flipped: whether left and right are exchanged, before turning.
        window: which greys are shown.
    """

    zoom: float = 1.0
    x: float = 0.5
    y: float = 0.5
    turns: int = 0
    is_flipped: bool = False
    window: GreyWindow = field(default_factory=GreyWindow)

    @property
    def is_fitting(self) -> bool:
        """Whether the whole picture is in view."""
        return self.zoom == 1.0

    def fitting(self) -> Stance:
        """Return the stance that shows the whole picture."""
        return replace(self, zoom=1.0, x=0.5, y=0.5)

    def turned(self, by: int) -> Stance:
        """Return it turned by quarter turns, clockwise."""
        return replace(self, turns=(self.turns + by) % 4)

    def flipped(self) -> Stance:
        """Return it with left and right, as they are on the screen, exchanged."""
        # Across the screen: a flip before the turn needs the turn the other way round.
        return replace(self, is_flipped=not self.is_flipped, turns=(4 - self.turns) % 4)

    def words(self, scale: float) -> str:
        """Return how the picture is looked at, "" where it is as it comes.

        Args:
            scale: device pixels per pixel of the picture.
        """
        parts = []
        if not self.is_fitting:
            parts.append(_tr("{zoom:.0f} %").format(zoom=scale * 100))
        if self.is_flipped:
            parts.append(_tr("mirrored"))
        if self.turns:
            parts.append(_tr("turned {angle}°").format(angle=90 * self.turns))
        if not self.window.is_whole:
            width, level = 100 * self.window.width, 100 * self.window.level
            text = _tr("window {width:.0f} %, level {level:.0f} %")
            parts.append(text.format(width=width, level=level))
        return "  ·  ".join(parts)


def fitting_scale(picture: QSizeF, view: QSizeF, turns: int) -> float:
    """Return the scale at which a turned picture just fits into a view."""
    size = picture.transposed() if turns % 2 else picture
    if size.isEmpty() or view.isEmpty():
        return 1.0
    return min(view.width() / size.width(), view.height() / size.height())


def to_view(stance: Stance, picture: QSizeF, view: QSizeF) -> QTransform:
    """Return the way from a picture's pixels to a view's logical pixels."""
    scale = stance.zoom * fitting_scale(picture, view, stance.turns)
    made = QTransform()
    made.translate(view.width() / 2, view.height() / 2)
    made.rotate(90 * stance.turns)
    made.scale(-scale if stance.is_flipped else scale, scale)
    made.translate(-stance.x * picture.width(), -stance.y * picture.height())
    return made


def kept(stance: Stance, picture: QSizeF, view: QSizeF) -> Stance:
    """Return a stance that shows as much of the picture as it can.

    A picture smaller than the view is centred, a larger one stops at its edges.
    """
    if picture.isEmpty() or view.isEmpty():
        return stance
    scale = stance.zoom * fitting_scale(picture, view, stance.turns)
    shown = view.transposed() if stance.turns % 2 else view
    return replace(
        stance,
        x=_within(stance.x, shown.width() / scale / picture.width()),
        y=_within(stance.y, shown.height() / scale / picture.height()),
    )


def placed(
    stance: Stance, place: QPointF, at: QPointF, picture: QSizeF, view: QSizeF
) -> Stance:
    """Return the stance moved so that a place of the picture is at a point of the view.

    Args:
        stance: with the zoom that is wanted.
        place: in pixels of the picture.
        at: in logical pixels of the view.
        picture: its size.
        view: its size.
    """
    back, _ = to_view(stance, picture, view).inverted()
    off = place - back.map(at)
    return kept(
        replace(
            stance,
            x=stance.x + off.x() / picture.width(),
            y=stance.y + off.y() / picture.height(),
        ),
        picture,
        view,
    )


def _within(centre: float, shown: float) -> float:
    """Return a centre at which a view of this share of a side shows all it can."""
    if shown >= 1:
        return 0.5
    return min(max(centre, shown / 2), 1 - shown / 2)


def _tr(text: str) -> str:
    return QCoreApplication.translate("stance", text)
