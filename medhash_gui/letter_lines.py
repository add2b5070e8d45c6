"""Find small shapes that stand together like the letters of a line of text.

Shapes of about one height and one brightness, on one line, close to each other. With
the strict rules there are four or more of them, not all of the same size (marks of a
ruler are), and little else lies where they stand; they are for telling that a picture
bears text. The loose ones are for showing where it might: two shapes will do.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

Box = tuple[int, int, int, int]
"""x, y, width, height in px."""

_STRICT_LETTERS, _LOOSE_LETTERS = 4, 2
_MOST_SHAPES = 400
_LEAST_HEIGHT, _MOST_HEIGHT = 6, 64  # px
_LEAST_FILL = 0.15  # of its box: a frame or a long curve is no letter
_WIDEST, _THINNEST = 1.8, 0.08  # width / height
_HEIGHT_RATIO = 0.6  # of small letters to capitals
_OFF_LINE = 0.2  # of the height
_WIDEST_GAP, _MOST_OVERLAP = 1.0, 0.15  # of the height
_MOST_DIFFERENCE = 30  # in brightness, grey levels
_CLEAR = 0.25  # above and below a line, of the height
_SPECK = 4  # px
_ROOM_OF_A_SHAPE = 40  # px of the region: of noise there is one in every ten
_LEAST_VARIETY = 0.06  # standard deviation of the letters' areas / their mean

_Grey = npt.NDArray[np.uint8]


def lines(
    mask: cv2.typing.MatLike, grey: _Grey, *, is_strict: bool = True
) -> Iterator[Box]:
    """Yield the box of each line that shapes of a mask make together.

    Args:
        mask: uint8 (H, W), 1 where a shape is; at most half of 65536 shapes.
        grey: uint8 (H, W), the picture's brightness there.
        is_strict: whether they must be text for sure, or might be.
    """
    least = _STRICT_LETTERS if is_strict else _LOOSE_LETTERS
    # What is connected has at least a pixel a row. Then counted: that alone takes a
    # third of the time of measuring; and both rule most masks out.
    if cv2.countNonZero(mask) < least * _LEAST_HEIGHT:
        return
    count, _ = cv2.connectedComponents(mask, connectivity=4, ltype=cv2.CV_16U)
    if not least < count <= mask.size / _ROOM_OF_A_SHAPE:
        return
    _, named, boxes, _ = cv2.connectedComponentsWithStats(
        mask, connectivity=4, ltype=cv2.CV_16U
    )
    shapes = boxes[1:].astype(np.float64)  # (n, 5): x, y, width, height, area, in px
    x, y, w, h, area = shapes.T
    is_letter = (
        (h >= _LEAST_HEIGHT)
        & (h <= _MOST_HEIGHT)
        & (w <= _WIDEST * h)
        & (w >= _THINNEST * h)
        & (area >= _LEAST_FILL * w * h)
    )
    kept = np.flatnonzero(is_letter)[:_MOST_SHAPES]
    if len(kept) < least:
        return
    sums = np.bincount(named.ravel(), weights=grey.ravel(), minlength=count)
    shade = sums[1:][kept] / area[kept]
    x, y, w, h, area = x[kept], y[kept], w[kept], h[kept], area[kept]
    foot = y + h
    higher = np.maximum(h[:, None], h)  # (n, n)
    gap = x - (x + w)[:, None]  # from the end of the row's shape to the column's
    follows = (
        (np.minimum(h[:, None], h) >= _HEIGHT_RATIO * higher)
        & (np.abs(foot[:, None] - foot) <= np.maximum(_OFF_LINE * higher, 1.0))
        & (gap <= _WIDEST_GAP * higher)
        & (gap >= -_MOST_OVERLAP * higher)
        & (np.abs(shade[:, None] - shade) <= _MOST_DIFFERENCE)
    )
    for line in _together(follows):
        if len(line) < least:
            continue
        if is_strict:
            varies = float(np.std(area[line])) >= _LEAST_VARIETY * np.mean(area[line])
            if not varies:
                continue
        if not _is_alone(shapes, kept[line]):
            continue
        left, top = x[line].min(), y[line].min()
        right, bottom = (x + w)[line].max(), foot[line].max()
        yield int(left), int(top), int(right - left), int(bottom - top)


def _is_alone(shapes: npt.NDArray[np.float64], line: npt.NDArray[np.int64]) -> bool:
    """Return whether little else lies where a line stands: in a texture much does."""
    x, y, w, h, area = shapes.T
    room = _CLEAR * float(np.max(h[line]))
    inside = (
        (x + w > np.min(x[line]))
        & (x < np.max((x + w)[line]))
        & (y + h > np.min(y[line]) - room)
        & (y < np.max((y + h)[line]) + room)
        & (area >= _SPECK)
    )
    return int(np.count_nonzero(inside)) <= 2 * len(line)


def _together(linked: npt.NDArray[np.bool_]) -> Iterator[npt.NDArray[np.int64]]:
    """Yield the groups of what is linked, directly or through others."""
    either = linked | linked.T
    open_ones = set(range(len(linked)))
    while open_ones:
        group = [open_ones.pop()]
        for member in group:  # grows while it is walked
            new = open_ones.intersection(np.flatnonzero(either[member]).tolist())
            open_ones -= new
            group += new
        yield np.array(group)
