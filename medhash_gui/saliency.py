"""Saliency maps: where the network looked, on the picture it looked at.

Three maps, all from the forward pass that made the code. *Attention* is what the
network itself multiplied its features with. The *code map* tells how much each cell
spoke for the bits as they came out: with global average pooling and a linear head,
``z_k = b_k + mean_p W_k f(p)``, it is a closed form and equals Grad-CAM of the sum of
``sign_k z_k`` (Selvaraju et al., ICCV 2017). The *pair map* is the code map of the bits
that two pictures share. NumPy and OpenCV; no network is known.

Scale: a shown map runs from 0 (its lowest cell) to 1 (its highest), and carries the
absolute values of both ends, so that maps of different pictures can be compared. A map
that says nothing (flat, or not numbers) is withheld with a reason: stretched to full
range, it would show noise as if it were a finding. Pair maps are never stretched: they
have one scale for all pictures (``PAIR_TOP``), so that a hit that shares little with
the query looks paler than one that shares much.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui.preprocess import Preprocess, Region

Source = Literal["attention", "grad-cam", "pair"]
Array = npt.NDArray[np.float32]

# Attention lies in [0, 1] by construction: a range below this is called flat.
FLAT_ATTENTION = 0.02
# The code map has no natural unit: flat is a range below this share of its highest.
FLAT_CODE_MAP = 0.02
# A pair map's full colour: a cell with so many times its even part of all margins.
PAIR_TOP = 4.0


@dataclass(frozen=True, eq=False)
class SaliencyMap:
    """A map on the decoded image that it explains.

    Args:
        values: float32 (H, W), in [0, 1]; 0 where the network did not see the image.
        source: how the map was made.
        box: x, y, width, height in px of the largest part above Otsu's threshold.
        low: absolute value that is shown as 0.
        high: absolute value that is shown as 1; attention is absolute in [0, 1], the
            code map is a part of the summed margins of all bits, the pair map is
            absolute: 1 is a cell's even part of them.
    """

    values: Array
    source: Source
    box: tuple[int, int, int, int] | None
    low: float
    high: float


@dataclass(frozen=True)
class Withheld:
    """No map, and the reason in a sentence."""

    reason: str


@dataclass(frozen=True, eq=False)
class GridMap:
    """A map on the network's own grid: float32 (h, w) in [0, 1], and its ends."""

    values: Array
    source: Source
    low: float
    high: float


def attention_map(attention: Array) -> GridMap | Withheld:
    """Return the attention of one picture, stretched to [0, 1].

    Args:
        attention: float32 (h, w), in [0, 1], the output of the network's sigmoid.
    """
    return _stretched(attention, "attention", least=FLAT_ATTENTION)


def code_map(features: Array, head_weight: Array, signs: npt.NDArray[np.int8]) -> Array:
    """Return how much each cell spoke for the code.

    Args:
        features: float32 (D, h, w), the feature map that is averaged before the head.
        head_weight: float32 (K, D), W of the linear head.
        signs: int8 (K,), ±1, the code. Zeros leave bits out, so that one bit, or the
            bits in which two pictures agree, can be asked for.

    Returns:
        float32 (h, w), ``ReLU(sum_k sign_k W_k f(p)) / (h w)``, at least 0, the
        cell's part of ``sum_k sign_k z_k`` where it is positive.
    """
    towards = signs.astype(np.float32) @ head_weight  # (D,)
    spoken = np.tensordot(towards, features, axes=1)  # (h, w)
    cells = features.shape[1] * features.shape[2]
    return np.asarray(np.maximum(spoken / cells, 0), np.float32)


def shown_code_map(spoken: Array) -> GridMap | Withheld:
    """Return what ``code_map`` gave, float32 (h, w), stretched to [0, 1]."""
    high = float(np.max(spoken, initial=0.0))
    if high == 0:
        return Withheld("No part of the picture speaks for its code.")
    return _stretched(spoken, "grad-cam", least=FLAT_CODE_MAP * high)


def pair_map(
    features: Array,
    head_weight: Array,
    logits: Array,
    shared: npt.NDArray[np.bool_],
) -> GridMap | Withheld:
    """Return which cells of a picture carry the bits that it shares with another.

    Args:
        features: float32 (D, h, w), the feature map that is averaged before the head.
        head_weight: float32 (K, D), W of the linear head.
        logits: float (K,), z of this picture.
        shared: bool (K,), the bits in which both codes agree.

    Returns:
        ``code_map`` of the shared bits over ``sum_k |z_k|``, times the number of cells,
        so that 1 is a cell's even part of all margins; shown from 0 to ``PAIR_TOP``.
    """
    if not shared.any():
        return Withheld("The two codes have no bit in common.")
    signs = np.where(logits >= 0, 1, -1) * shared
    spoken = code_map(features, head_weight, signs.astype(np.int8))
    total = float(np.abs(logits.astype(np.float32)).sum())
    absolute = (spoken * spoken.size / total if total else spoken).astype(np.float32)
    high = float(np.max(absolute, initial=0.0))
    if high == 0:
        return Withheld("No part of the picture speaks for the bits that both share.")
    stretched = _stretched(absolute, "pair", least=FLAT_CODE_MAP * high)
    if isinstance(stretched, Withheld):
        return stretched
    shown = np.minimum(absolute / PAIR_TOP, 1).astype(np.float32)
    return GridMap(shown, "pair", 0.0, PAIR_TOP)


def on_image(
    shown: GridMap, preprocess: Preprocess, shape: tuple[int, ...], region: Region
) -> SaliencyMap:
    """Return the map in the frame of the decoded image.

    Args:
        shown: the map on the network's grid, which covers the whole input.
        preprocess: what made the input.
        shape: of the decoded image, (H, W) or (H, W, 3).
        region: what the input shows of it.
    """
    values = np.clip(preprocess.to_image(shown.values, shape, region), 0, 1)
    return SaliencyMap(
        values=values,
        source=shown.source,
        box=region_box(values),
        low=shown.low,
        high=shown.high,
    )


def region_box(values: Array) -> tuple[int, int, int, int] | None:
    """Return x, y, width, height of the largest part above Otsu's threshold.

    Parts are 8-connected; of equal ones the topmost counts. None for a constant map,
    for which the threshold is undefined.

    Args:
        values: float32 (H, W), in [0, 1].
    """
    grey = np.rint(values * 255).astype(np.uint8)
    if grey.min() == grey.max():
        return None
    _, mask = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
    _, _, parts, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    largest = parts[1 + int(parts[1:, cv2.CC_STAT_AREA].argmax())]
    x, y, width, height = (int(value) for value in largest[: cv2.CC_STAT_AREA])
    return x, y, width, height


def outlines(mask: Array) -> tuple[npt.NDArray[np.int32], ...]:
    """Return the outer outlines of the parts of a mask, int32 (n, 2) each, x and y.

    Args:
        mask: float32 (H, W) in [0, 1]; what is above .5 counts.
    """
    inside = (mask > 0.5).astype(np.uint8)
    found, _ = cv2.findContours(inside, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return tuple(np.asarray(one, np.int32).reshape(-1, 2) for one in found)


def _stretched(values: Array, source: Source, *, least: float) -> GridMap | Withheld:
    if not np.isfinite(values).all():
        return Withheld("The map holds values that are not numbers.")
    low, high = float(values.min()), float(values.max())
    if high - low < least:
        return Withheld(
            f"The map is nearly the same everywhere ({low:.3g} to {high:.3g}): it "
            "does not single out any part of the picture."
        )
    stretched = ((values - low) / (high - low)).astype(np.float32)
    return GridMap(stretched, source, low, high)
