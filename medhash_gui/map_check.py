"""Does a map name the places that matter? Cover them, and watch the code.

Deletion: the highest cells of the map are covered first, with a blurred copy of the
picture; the shared bits should fade early. Insertion: they are uncovered first on the
blurred copy; the shared bits should come back early (Petsiuk et al., RISE, BMVC 2018).
Both curves stand beside those of random orders of the same cells. A map that does no
better than chance is withheld: it would lead the eye without a reason.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui.saliency import GridMap

Array = npt.NDArray[np.float32]
Scores = Callable[[Array], npt.NDArray[np.floating]]

STEPS = (0.05, 0.1, 0.2, 0.35, 0.5)
"""Shares of the cells that are covered, or uncovered."""

RANDOM_ORDERS = 4
LEAST_LEAD = 0.05
"""How much better than the best random order a map must be, on a scale where the whole
picture is 1 and a code without the shared bits is 0."""

_BLUR = 1 / 12  # of the input's side
_SEED = 20


@dataclass(frozen=True, eq=False)
class MapCheck:
    """How a map fared.

    Attributes:
        steps: float64 (n,), shares of the cells, ``STEPS``.
        deletion: float64 (n,), what is left of the shared bits when the highest cells
            are covered; 1 is the whole picture.
        insertion: float64 (n,), the same when they alone are uncovered.
        random_deletion: float64 (r, n), of random orders.
        random_insertion: float64 (r, n), of random orders.
    """

    steps: npt.NDArray[np.float64]
    deletion: npt.NDArray[np.float64]
    insertion: npt.NDArray[np.float64]
    random_deletion: npt.NDArray[np.float64]
    random_insertion: npt.NDArray[np.float64]

    @property
    def lead(self) -> float:
        """By how much insertion minus deletion beats that of the best random order."""
        own = float((self.insertion - self.deletion).mean())
        chance = (self.random_insertion - self.random_deletion).mean(axis=1)
        return own - float(chance.max())

    @property
    def has_passed(self) -> bool:
        """Whether the map names what matters better than chance."""
        return self.lead >= LEAST_LEAD

    @property
    def reason(self) -> str:
        """Why the map is withheld, or ""."""
        if self.has_passed:
            return ""
        return (
            "The map failed its test: covering the places that it names changes the "
            "shared bits no more than covering places at random."
        )


def check(shown: GridMap, inputs: Array, scores: Scores) -> MapCheck:
    """Return how a map fares against random orders of its cells.

    Args:
        shown: the map.
        inputs: float32 (3, S, S), what the network was given of the picture.
        scores: returns float (B,) for float32 (B, 3, S, S): what is left of the shared
            bits, 1 for ``inputs`` itself.
    """
    generator = np.random.default_rng(_SEED)  # the same picture, the same answer
    cells = shown.values.size
    orders = [np.argsort(-shown.values.ravel(), kind="stable")]
    orders += [generator.permutation(cells) for _ in range(RANDOM_ORDERS)]
    blurred = _blurred(inputs)
    curves = np.array(
        [
            _curves(order, shown.values.shape, inputs, blurred, scores)
            for order in orders
        ]
    )  # (1 + r, 2, n)
    return MapCheck(
        steps=np.array(STEPS),
        deletion=curves[0, 0],
        insertion=curves[0, 1],
        random_deletion=curves[1:, 0],
        random_insertion=curves[1:, 1],
    )


def _curves(
    order: npt.NDArray[np.intp],
    grid: tuple[int, ...],
    inputs: Array,
    blurred: Array,
    scores: Scores,
) -> npt.NDArray[np.float64]:
    """Return deletion and insertion, float64 (2, n), of one order of the cells."""
    side = (inputs.shape[2], inputs.shape[1])
    masks = []
    for step in STEPS:
        mask = np.zeros(len(order), np.float32)
        mask[order[: max(1, round(step * len(order)))]] = 1
        cell = mask.reshape(grid)
        masks.append(cv2.resize(cell, side, interpolation=cv2.INTER_NEAREST))
    chosen = np.stack(masks)[:, np.newaxis]  # (n, 1, S, S)
    deleted = inputs * (1 - chosen) + blurred * chosen  # (n, 3, S, S)
    inserted = blurred * (1 - chosen) + inputs * chosen
    both = np.concatenate([deleted, inserted]).astype(np.float32)
    return np.asarray(scores(both), np.float64).reshape(2, len(STEPS))


def _blurred(inputs: Array) -> Array:
    width = inputs.shape[2] * _BLUR
    planes = [cv2.GaussianBlur(plane, (0, 0), width) for plane in inputs]
    return np.stack(planes).astype(np.float32)
