"""What the views paint: pixels and saliency maps as Qt images.

Made on a pool thread and painted on the UI thread; both only read them. NumPy and
OpenCV load when the first picture comes, so that the first paint waits for neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypedDict

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from medhash_gui.pixel_spacing import PixelSpacing

MapSource = Literal["attention", "grad-cam", "pair"]

# The smallest step of the pyramid; below this, Qt's own smoothing is good enough.
_SMALLEST = 512
# A saliency map comes from a grid of a few cells: more pixels than this show nothing
# more, and recolouring stays instant while a slider moves.
MAP_SIDE = 512


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded picture, ready to paint.

    Attributes:
        name: what to call it: a file name, or "Pasted image".
        levels: the picture and its halvings, largest first, RGB32.
        note: what the reader should know of it, or "".
        frame: which frame of its file, from 0.
        frame_count: how many there are.
        views: names of the windows and tables that can be chosen.
        view: which of them was applied.
        fine: the same levels as uint16 greys, where the file has more than 8 bits, for
            narrow windows; else ().
        spacing: of the pixels of the largest level, or None where nothing tells it.
    """

    name: str
    levels: tuple[QImage, ...]
    note: str = ""
    frame: int = 0
    frame_count: int = 1
    views: tuple[str, ...] = ()
    view: int = 0
    fine: tuple[npt.NDArray[np.uint16], ...] = ()
    spacing: PixelSpacing | None = None

    @property
    def size(self) -> QSize:
        """Size in pixels of the decoded picture."""
        return self.levels[0].size()

    @property
    def has_choice(self) -> bool:
        """Whether its file has other frames, or its greys another window."""
        return self.frame_count > 1 or len(self.views) > 1

    def is_other_look_at(self, other: Picture | None) -> bool:
        """Return whether both are of one file that has several frames or windows."""
        if other is None or not self.has_choice:
            return False
        return (self.name, self.size, self.frame_count, self.views) == (
            other.name,
            other.size,
            other.frame_count,
            other.views,
        )


@dataclass(frozen=True, slots=True)
class OverlayStyle:
    """How saliency maps are laid over pictures; the same for query and hit.

    Attributes:
        visible: whether they are.
        opacity: 0 … 1.
        colour_map: one of ``overlay.COLOUR_MAPS``.
        source: which map; None for the one that the model shows first.
        has_box: whether the strongest part of the map is boxed.
    """

    visible: bool = True
    opacity: float = 0.45
    colour_map: str = "viridis"
    source: MapSource | None = None
    has_box: bool = False


class OverlayChanges(TypedDict, total=False):
    """Some of the values of an ``OverlayStyle``."""

    visible: bool
    opacity: float
    colour_map: str
    source: MapSource
    has_box: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where the network looked, or why that cannot be shown.

    Attributes:
        values: uint8 (h, w), 0 … 255 for saliency 0 … 1, over the whole picture; or
            None when there is nothing to show.
        source: "attention", "grad-cam" or "pair".
        reason: why there is no map, or "".
        area: x, y, width, height of what was looked at, in px of the picture; None for
            all of it.
        box: of the map's strongest part, in px of what was looked at, or None.
        local: outlines of what a second branch of the network was shown, points in px
            of what was looked at; () where there is no such branch.
    """

    values: npt.NDArray[np.uint8] | None
    source: str
    reason: str = ""
    area: tuple[int, int, int, int] | None = None
    box: tuple[int, int, int, int] | None = None
    local: tuple[tuple[tuple[int, int], ...], ...] = ()


def to_image(pixels: npt.NDArray[np.float32]) -> QImage:
    """Return pixels as an RGB32 image that owns its memory.

    Args:
        pixels: float32, (H, W) or (H, W, 3) RGB, in [0, 1].
    """
    import numpy as np

    values = np.ascontiguousarray(np.rint(np.clip(pixels, 0, 1) * 255), dtype=np.uint8)
    height, width = values.shape[:2]
    colour = values.ndim == 3
    kind = QImage.Format.Format_RGB888 if colour else QImage.Format.Format_Grayscale8
    image = QImage(values.data, width, height, values.strides[0], kind)
    return image.convertToFormat(QImage.Format.Format_RGB32)  # a deep copy


def pyramid(image: QImage) -> tuple[QImage, ...]:
    """Return the image and its halvings, so that shrinking never drops pixels."""
    levels = [image]
    while max(levels[-1].width(), levels[-1].height()) >= 2 * _SMALLEST:
        last = levels[-1]
        levels.append(
            last.scaled(
                max(last.width() // 2, 1),
                max(last.height() // 2, 1),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
        )
    return tuple(levels)


def fine_levels(
    pixels: npt.NDArray[np.float32], count: int
) -> tuple[npt.NDArray[np.uint16], ...]:
    """Return greys and their halvings as uint16; () where 8 bits hold them.

    Args:
        pixels: float32, (H, W) or (H, W, 3), in [0, 1].
        count: how many levels.
    """
    import cv2
    import numpy as np

    steps = pixels * 255
    if pixels.ndim == 3 or np.abs(steps - np.rint(steps)).max(initial=0) < 1e-3:
        return ()
    levels = [np.rint(np.clip(pixels, 0, 1) * 65_535).astype(np.uint16)]
    while len(levels) < count:
        height, width = (max(edge // 2, 1) for edge in levels[-1].shape)
        half = cv2.resize(levels[-1], (width, height), interpolation=cv2.INTER_AREA)
        levels.append(np.asarray(half, np.uint16))
    return tuple(levels)


def shrunk(
    values: npt.NDArray[np.float32], side: int = MAP_SIDE
) -> npt.NDArray[np.uint8]:
    """Return a saliency map of at most ``side`` pixels a side as uint8.

    Args:
        values: float32 (H, W) in [0, 1].
        side: the longest side of the result in pixels.
    """
    import cv2
    import numpy as np

    grey = np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
    longest = max(grey.shape)
    if longest <= side:
        return grey
    height, width = (max(round(edge * side / longest), 1) for edge in grey.shape)
    small = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.uint8)


def layer(values: npt.NDArray[np.uint8], table: npt.NDArray[np.uint8]) -> QImage:
    """Return a saliency map as a colour layer to be painted over its picture.

    It fades out where the map is low, as in ``overlay.blend``: painted at an opacity,
    its alpha is opacity times value.

    Args:
        values: uint8 (h, w).
        table: uint8 (256, 3) RGB, the colour map.
    """
    import numpy as np

    height, width = values.shape
    argb = np.empty((height, width, 4), dtype=np.uint8)
    argb[..., :3] = table[values]
    argb[..., 3] = values
    image = QImage(
        argb.data, width, height, argb.strides[0], QImage.Format.Format_RGBA8888
    )
    return image.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied)
