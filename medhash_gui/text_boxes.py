"""Suggest where letters may be written into a picture: a help for whoever masks them.

A suggestion is no finding: some boxes hold no letters, and letters are missed, above
all handwriting, upright lines, and single marks. A person looks at the picture and
decides; nothing is masked by a suggestion alone. Looser than ``burned_in``, which tells
of a whole picture whether it bears text: here a box too many costs a glance, one too
few a name.

Thin bright and thin dark shapes are set free by top-hat and black-hat at three sizes of
the picture, and grouped by ``letter_lines``; groups that touch become one box.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui import letter_lines
from medhash_gui.query_box import QueryBox

MOST_BOXES = 40
"""More suggestions than this help nobody: the picture is a texture, or all text."""

_SIDES = (600, 1200, 2400)  # px of the longer side, each looked at
_LARGEST_GROWTH = 3.0
_TILE, _TILE_OVERLAP = 512, 128  # px
_CONTRASTS = (30, 60, 110)  # grey levels of 255 by which a letter stands out
_MOST_SHAPES = 30_000  # of one tile: 16 bits count them
_MARGIN = 0.35  # around a line, of its height
_LEAST_MARGIN = 3  # px


def suggest(pixels: npt.NDArray[np.float32]) -> tuple[QueryBox, ...]:
    """Return boxes in which letters may stand, from above; () where none were seen.

    Args:
        pixels: float32 (H, W) or (H, W, 3) RGB, in [0, 1].

    Returns:
        At most ``MOST_BOXES``, the largest; all inside the picture.
    """
    height, width = pixels.shape[:2]
    if min(height, width) < 16:
        return ()
    marked = np.zeros((height, width), np.uint8)
    # Of colours each is looked at: yellow letters show in red and green, not in blue.
    channels = [pixels] if pixels.ndim == 2 else [pixels[:, :, n] for n in range(3)]
    for channel in channels:
        grey = np.rint(np.clip(channel, 0, 1) * 255).astype(np.uint8)
        for box in _lines(grey):
            x, y, w, h = box
            cv2.rectangle(marked, (x, y), (x + w - 1, y + h - 1), 1, -1)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    found = [QueryBox(*box[:4]) for box in boxes[1:].tolist()]
    found.sort(key=lambda box: -box.width * box.height)
    return tuple(sorted(found[:MOST_BOXES], key=lambda box: (box.y, box.x)))


def _lines(grey: npt.NDArray[np.uint8]) -> Iterator[letter_lines.Box]:
    """Yield the lines of one channel with a margin, in its pixels."""
    height, width = grey.shape
    longest = max(height, width)
    for side in _SIDES:
        scale = side / longest
        if scale > _LARGEST_GROWTH or (scale > 1 and side != _SIDES[0]):
            continue
        method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        seen = np.asarray(
            cv2.resize(grey, None, fx=scale, fy=scale, interpolation=method), np.uint8
        )
        for x, y, w, h in _lines_at(seen):
            margin = max(_MARGIN * h, _LEAST_MARGIN)
            left = max(int((x - margin) / scale), 0)
            top = max(int((y - margin) / scale), 0)
            right = min(int(np.ceil((x + w + margin) / scale)), width)
            bottom = min(int(np.ceil((y + h + margin) / scale)), height)
            yield left, top, right - left, bottom - top


def _lines_at(grey: npt.NDArray[np.uint8]) -> Iterator[letter_lines.Box]:
    size = int(np.clip(max(grey.shape) // 60, 9, 21)) | 1
    kernel = np.ones((size, size), np.uint8)
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        relief = cv2.morphologyEx(grey, operation, kernel)
        for contrast in _CONTRASTS:
            _, shapes = cv2.threshold(relief, contrast, 1, cv2.THRESH_BINARY)
            for top, left in _tiles(grey.shape):
                part = np.s_[top : top + _TILE, left : left + _TILE]
                mask = np.ascontiguousarray(shapes[part])
                found = letter_lines.lines(mask, grey[part], is_strict=False)
                for x, y, w, h in found:
                    yield x + left, y + top, w, h


def _tiles(shape: tuple[int, ...]) -> Iterator[tuple[int, int]]:
    step = _TILE - _TILE_OVERLAP
    for top in range(0, max(shape[0] - _TILE_OVERLAP, 1), step):
        for left in range(0, max(shape[1] - _TILE_OVERLAP, 1), step):
            yield top, left
