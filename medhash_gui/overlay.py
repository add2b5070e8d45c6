"""Lay a saliency map over the picture it explains.

The opacity of the colour grows with the map: ``alpha = opacity * value``. Where the map
is 0, and where the network did not see the picture, the picture stays exactly as it
is; so a dark colour never hides what the network passed over. The four colour maps grow
evenly in lightness and can be told apart with any colour vision.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from medhash_gui.saliency import SaliencyMap

Colours = npt.NDArray[np.uint8]

_TABLES = {
    "viridis": cv2.COLORMAP_VIRIDIS,
    "inferno": cv2.COLORMAP_INFERNO,
    "cividis": cv2.COLORMAP_CIVIDIS,
    "magma": cv2.COLORMAP_MAGMA,
}
COLOUR_MAPS = tuple(_TABLES)


def blend(
    pixels: npt.NDArray[np.float32],
    saliency: SaliencyMap | None,
    *,
    opacity: float,
    colour_map: str,
) -> Colours:
    """Return the picture with the map over it, for a screen or a PNG file.

    Args:
        pixels: float32 (H, W) or (H, W, 3) RGB, in [0, 1]; values outside are clipped.
        saliency: of this picture; None leaves the picture as it is.
        opacity: of the colour where the map is 1, in [0, 1].
        colour_map: one of ``COLOUR_MAPS``.

    Returns:
        uint8 (H, W, 3), RGB.

    Raises:
        ValueError: the map is of another size, the opacity out of range, or the colour
            map unknown.
    """
    if not 0 <= opacity <= 1:
        msg = f"opacity must lie between 0 and 1, not {opacity}"
        raise ValueError(msg)
    table = colour_table(colour_map)
    grey = np.rint(np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB) if grey.ndim == 2 else grey
    if saliency is None:
        return np.asarray(picture, np.uint8)
    values = saliency.values
    if values.shape != picture.shape[:2]:
        msg = f"the map is {values.shape}, the picture {picture.shape[:2]}"
        raise ValueError(msg)
    colours = table[np.rint(values * 255).astype(np.uint8)]  # (H, W, 3)
    alpha = np.float32(opacity) * values
    mixed = cv2.blendLinear(picture, colours, 1 - alpha, alpha)
    return np.asarray(mixed, np.uint8)


@cache
def colour_table(name: str) -> Colours:
    """Return the colours of a map from 0 to 1: uint8 (256, 3), RGB, read-only.

    Raises:
        ValueError: there is no map of this name.
    """
    if name not in _TABLES:
        msg = f"colour_map must be one of {', '.join(COLOUR_MAPS)}, not {name!r}"
        raise ValueError(msg)
    steps = np.arange(256, dtype=np.uint8)[:, np.newaxis]
    bgr = cv2.applyColorMap(steps, _TABLES[name])  # (256, 1, 3)
    table = np.ascontiguousarray(np.asarray(bgr, np.uint8)[:, 0, ::-1])
    table.setflags(write=False)
    return table
