"""Window and level: which part of a picture's range is spread over the screen's.

Applied to what a view shows, after it was resampled, so that it costs as much as the
view is large, not as the film is: 16-bit greys keep their steps however narrow the
window is. Linear with saturation (DICOM PS3.3 C.11.2.1.2), on values in [0, 1].
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui.grey_window import GreyWindow

Values = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]


def resampled(
    values: Values,
    matrix: npt.NDArray[np.float64],
    size: tuple[int, int],
    *,
    smooth: bool,
) -> Values:
    """Return what a view shows of a picture, black where it shows none.

    Args:
        values: uint8 (h, w, 4) or uint16 (h, w).
        matrix: float64 (2, 3), from the picture's pixels to those of the view.
        size: width and height of the view in px.
        smooth: interpolate linearly, or show single pixels.
    """
    method = cv2.INTER_LINEAR if smooth else cv2.INTER_NEAREST
    shown: Any = cv2.warpAffine(values, matrix, size, flags=method)
    kept: Values = shown  # of the same type as its source
    return kept


def windowed(values: Values, window: GreyWindow) -> npt.NDArray[np.uint8]:
    """Return greys or colours as they appear through a window, uint8 of that shape.

    Args:
        values: uint8 or uint16, of any shape.
        window: which part of the type's range is spread.
    """
    top = float(np.iinfo(values.dtype).max)
    low = (window.level - window.width / 2) * top
    gain = 255 / (window.width * top)
    if low >= 0:
        # Both steps saturate, and need no memory but the result's.
        above = cv2.subtract(values, np.full(4, low))
        return np.asarray(cv2.convertScaleAbs(above, alpha=gain), np.uint8)
    return np.asarray(
        cv2.convertScaleAbs(values, alpha=gain, beta=-low * gain), np.uint8
    )
