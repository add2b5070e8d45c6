"""Guess whether letters are written into a picture. A guess, and called one everywhere.

What it looks for is what burned-in text has and anatomy has not: four or more small
shapes of about one height and one brightness, standing on one line close to each other,
each set off sharply from what is around it, and not all of the same width (marks of a
ruler are). One or two letters, such as the side marks L and R, are not text. Upright
lines only: text written upwards, handwriting, and letters smaller than about eight
pixels or larger than about a twentieth of the picture are mostly missed.

Thin bright and thin dark shapes are set free by top-hat and black-hat (Meyer 1979; see
Serra, "Image Analysis and Mathematical Morphology", 1982); shapes are searched for only
where a coarse map has enough of them, because naming the connected shapes of a whole
picture would take longer than reading it. Of a small picture only those places are
enlarged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui import details as kept
from medhash_gui import letter_lines
from medhash_gui.details import Details

LETTERS_SEEN = "letters seen"

_Grey = npt.NDArray[np.uint8]

# A picture of up to this size is looked at whole and as it is.
_WHOLE_SIDE = 1024
# Places of smaller ones are enlarged: at 224 pixels letters of a line touch each other.
_SMALL_SIDE = 600
_MARGIN = 2  # px around such a place, which the kernel reaches beyond
# The outer part of a large picture is looked at more closely: text is mostly there.
_BAND = 0.1

# Grey levels of 255 by which a letter stands out; the second parts touching ones.
_CONTRASTS = (48, 100)
_CELL, _SMALL_CELL = 8, 4  # of the coarse map, px; of a picture that is enlarged
_CELL_FILLED = 4  # px: the least of a cell that belongs to a line of text
_MOST_REGIONS = 24
_MOST_SHAPES = 400
# Of all regions together, in px as enlarged: bounds the time, and the number of shapes
# in one region, which is at most half of it, to what 16 bits can count.
_MOST_AREA = 130_000
_STRIP = 128  # px as enlarged
_LEAST_SIDE = 6  # px: of letters that can be seen


def guess(pixels: npt.NDArray[np.float32]) -> str:
    """Return "letters seen" where a picture seems to hold text, else "".

    Args:
        pixels: float32 ``(H, W)`` or ``(H, W, 3)`` RGB, [0, 1]; of colours, green is
            looked at.
    """
    grey = pixels if pixels.ndim == 2 else pixels[:, :, 1]
    side = max(grey.shape)
    times = -(-_SMALL_SIDE // side) if 0 < side < _SMALL_SIDE else 1
    if any(_has_text(view, times) for view in _views(grey)):
        return LETTERS_SEEN
    return ""


NO_SIGN = "no sign"
"""What ``text`` says of a picture in which no letters were seen; it is no proof."""


def with_guess(details: Details, pixels: npt.NDArray[np.float32]) -> Details:
    """Return details of a picture with the guess in ``text``, where there is one.

    A header that declares text has the word. One that declares none, or from which text
    was only guessed, has not: what is seen says more (headers are often wrong here).

    Args:
        details: what the header tells.
        pixels: as for ``guess``.
    """
    told = dict(details)
    if told.get("text") == "declared":
        return details
    seen = guess(pixels)
    if seen:
        told["text"] = f"guess: {seen}"
    # Said too where nothing was seen: a library knows then that it was looked for.
    return kept.collect({"text": NO_SIGN, **told})


def _views(grey: npt.NDArray[np.float32]) -> Iterator[_Grey]:
    """Yield the parts to look at as 8-bit grey, each small enough for its time.

    Every n-th pixel is taken, not a mean: that would mean reading all of a picture of
    12 megapixels, which takes longer than everything else here.
    """
    height, width = grey.shape
    side = max(height, width)
    if min(height, width) < _LEAST_SIDE:
        return
    step = -(-side // _WHOLE_SIDE)
    yield _to_bytes(grey[::step, ::step])
    if step == 1:
        return
    near = -(-step // 2)
    rows, columns = round(height * _BAND), round(width * _BAND)
    yield _to_bytes(grey[:rows:near, ::near])
    yield _to_bytes(grey[height - rows :: near, ::near])
    yield _to_bytes(grey[rows : height - rows : near, :columns:near])
    yield _to_bytes(grey[rows : height - rows : near, width - columns :: near])


def _to_bytes(grey: npt.NDArray[np.float32]) -> _Grey:
    scaled = cv2.convertScaleAbs(np.ascontiguousarray(grey), alpha=255)
    return scaled.astype(np.uint8, copy=False)


def _has_text(grey: _Grey, times: int) -> bool:
    size = int(np.clip(times * max(grey.shape) // 100, 9, 13)) | 1
    kernel = np.ones((size, size), np.uint8)
    reach = max(3, (size // times) | 1)  # before the enlargement
    first = np.ones((reach, reach), np.uint8)
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        relief = cv2.morphologyEx(grey, operation, first)
        _, shapes = cv2.threshold(relief, _CONTRASTS[0], 1, cv2.THRESH_BINARY)
        for top, bottom, left, right in _regions(shapes, times):
            part = np.s_[top:bottom, left:right]
            seen, closer = grey[part], relief[part]
            if times > 1:
                seen = _enlarged(grey, (top, bottom, left, right), times)
                closer = cv2.morphologyEx(seen, operation, kernel)
            for contrast in _CONTRASTS:
                _, mask = cv2.threshold(closer, contrast, 1, cv2.THRESH_BINARY)
                if any(True for _ in letter_lines.lines(mask, seen)):
                    return True
    return False


def _enlarged(grey: _Grey, place: tuple[int, int, int, int], times: int) -> _Grey:
    top, bottom, left, right = place
    rows = slice(max(top - _MARGIN, 0), bottom + _MARGIN)
    columns = slice(max(left - _MARGIN, 0), right + _MARGIN)
    larger = cv2.resize(
        grey[rows, columns],
        None,
        fx=times,
        fy=times,
        interpolation=cv2.INTER_CUBIC,
    )
    return larger.astype(np.uint8, copy=False)


def _regions(shapes: cv2.typing.MatLike, times: int) -> list[tuple[int, int, int, int]]:
    """Return where enough shapes lie side by side: top, bottom, left, right in px."""
    height, width = shapes.shape
    cell = _CELL if times == 1 else _SMALL_CELL
    cells = (width // cell, height // cell)
    if min(cells) == 0:
        return []
    filled = (_set_in_cells(shapes, *cells, cell) >= _CELL_FILLED).astype(np.uint8)
    if cv2.countNonZero(filled) < 2:
        return []
    joined = cv2.dilate(filled, np.ones((1, 3), np.uint8))
    _, _, boxes, _ = cv2.connectedComponentsWithStats(
        joined, connectivity=8, ltype=cv2.CV_16U
    )
    # Four letters are wider than high; a region may hold several lines.
    wide = [box for box in boxes[1:].tolist() if box[2] >= 4]
    # Text lies mostly near a border, and is looked for there first.
    wide.sort(
        key=lambda b: min(b[0], b[1], cells[0] - b[0] - b[2], cells[1] - b[1] - b[3])
    )
    found = []
    left_over = _MOST_AREA // times**2
    strip = _STRIP // times
    for x, y, w, h, _ in wide[:_MOST_REGIONS]:
        top, bottom = max(y - 1, 0) * cell, min((y + h + 2) * cell, height)
        left, right = max(x - 1, 0) * cell, min((x + w + 2) * cell, width)
        parts = [(top, bottom)]
        if (bottom - top) * (right - left) > left_over:
            # All of a busy picture hangs together: look at its upper and lower end.
            parts = [(top, top + strip), (bottom - strip, bottom)]
        for first, last in parts:
            area = (last - first) * (right - left)
            if 0 < area <= left_over and first >= 0:
                left_over -= area
                found.append((first, last, left, right))
    return found


def _set_in_cells(
    shapes: cv2.typing.MatLike, across: int, down: int, cell: int
) -> npt.NDArray[np.unsignedinteger[Any]]:
    """Return how many pixels of each cell are set, of pixels that are 0 or 1.

    The bytes of a cell's row are added as one word, ten times as fast as a mean by
    ``cv2.resize``; no byte of a sum overflows.
    """
    word: type[np.unsignedinteger[Any]] = np.uint64 if cell == _CELL else np.uint32
    whole = np.ascontiguousarray(shapes[: down * cell, : across * cell])
    rows = whole.view(word).reshape(down, cell, across)
    columns = rows.sum(axis=1, dtype=word)  # (down, across), a count a byte
    ones = word(int.from_bytes(b"\1" * cell, "little"))
    # Each byte of the product is the sum of those up to it; the highest is all of them.
    filled: npt.NDArray[np.unsignedinteger[Any]] = columns * ones >> word(8 * cell - 8)
    return filled
