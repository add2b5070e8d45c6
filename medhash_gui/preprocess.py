"""Pixels of any size become the network's input, the same way in training and in use.

The settings travel with the model (they are part of its identity), so that a picture
is cut, resized and normalised by one function wherever it is met: in a training batch,
in a decoding worker, in a query. Order of operations: cut the black surround where the
model asks for it, resize (by area where the picture shrinks, linearly where it grows),
centre on black where the shape is kept, repeat grey into three channels, subtract the
mean and divide by the standard deviation. NumPy and OpenCV only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui.errors import BundleError

Fit = Literal["pad", "stretch"]
Pixels = npt.NDArray[np.float32]

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

MAX_SIZE = 4096

# The surround of a fundus photograph is not quite black: noise and JPEG ringing reach
# 6.3 % of the brightest pixels in 99 of 100 IDRiD photographs (median 2.5 %), while the
# dimmest hundredth of the retina lies above 10 % in all of them.
_SURROUND_SHARE = 0.07
# Bright patches count as picture from this share of the largest one's area; a date
# stamp or a hot pixel does not reach it.
_PATCH_SHARE = 0.05
# The surround is looked for on a copy of this size at most: quick, free of speckle, and
# nearly the same for the full photograph and for a reduced copy of it.
_LOOK_SIDE = 256
_LEAST_SIDE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Region:
    """The rectangle of a decoded image that the network's input shows, in pixels.

    Real numbers: the corners need not fall on pixel borders. With ``fit="pad"`` the
    rectangle reaches outside the image, where the input is black.
    """

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Placement:
    """Where a picture lands: the cut out of it (px) and its place in the input."""

    left: int
    top: int
    width: int
    height: int
    x: int
    y: int
    columns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Preprocess:
    """How pixels become the input of one model; callable, immutable, picklable.

    Args:
        size: side S of the square input, in pixels.
        fit: "pad" keeps the shape of the picture and fills up with black, "stretch"
            fills the square.
        trim_border: cut the black surround (fundus photographs) before resizing.
        mean: subtracted from the red, green and blue values in [0, 1].
        std: what the difference is divided by, for red, green and blue.

    Raises:
        ValueError: a value is out of its range.
    """

    size: int = 224
    fit: Fit = "pad"
    trim_border: bool = False
    mean: tuple[float, float, float] = IMAGENET_MEAN
    std: tuple[float, float, float] = IMAGENET_STD

    def __post_init__(self) -> None:
        if not 1 <= self.size <= MAX_SIZE:
            msg = f"size must be between 1 and {MAX_SIZE}, not {self.size}"
            raise ValueError(msg)
        if self.fit not in get_args(Fit):
            msg = f"fit must be one of {', '.join(get_args(Fit))}, not {self.fit!r}"
            raise ValueError(msg)
        for name, values in (("mean", self.mean), ("std", self.std)):
            if len(values) != 3 or not all(map(math.isfinite, values)):
                msg = f"{name} must be three numbers, not {values}"
                raise ValueError(msg)
        if min(self.std) <= 0:
            msg = f"std must be above zero, not {self.std}"
            raise ValueError(msg)

    def __call__(self, pixels: Pixels) -> npt.NDArray[np.float32]:
        """Return the network's input for one picture.

        Args:
            pixels: float32 (H, W) or (H, W, 3), in [0, 1], as ``images.decode`` gives
                them.

        Returns:
            float32 (3, S, S), contiguous, normalised; black before normalising where
            the picture does not reach.
        """
        at = self._placement(pixels)
        cut = pixels[at.top : at.top + at.height, at.left : at.left + at.width]
        shown = _resize(cut, at.columns, at.rows)
        if shown.ndim == 2:
            shown = shown[:, :, np.newaxis]  # (rows, columns, 1), repeated below

        inputs = np.zeros((3, self.size, self.size), np.float32)
        inputs[:, at.y : at.y + at.rows, at.x : at.x + at.columns] = np.moveaxis(
            shown, 2, 0
        )
        inputs -= np.array(self.mean, np.float32)[:, np.newaxis, np.newaxis]
        inputs /= np.array(self.std, np.float32)[:, np.newaxis, np.newaxis]
        return inputs

    def region(self, pixels: Pixels) -> Region:
        """Return the rectangle of the decoded image that the input shows.

        Args:
            pixels: float32 (H, W) or (H, W, 3), in [0, 1].
        """
        at = self._placement(pixels)
        across, down = at.width / at.columns, at.height / at.rows
        return Region(
            x=at.left - at.x * across,
            y=at.top - at.y * down,
            width=self.size * across,
            height=self.size * down,
        )

    def to_image(
        self, values: Pixels, pixels_shape: tuple[int, ...], region: Region
    ) -> npt.NDArray[np.float32]:
        """Bring a map on the network's grid onto the decoded image.

        The cells of the map divide the region evenly. Between their centres the map is
        interpolated linearly, which never leaves the range of the values.

        Args:
            values: float32 (h, w), a map over the whole input, of any resolution.
            pixels_shape: shape of the decoded image, (H, W) or (H, W, 3).
            region: what ``region`` returned for that image.

        Returns:
            float32 (H, W); 0 where the input does not show the image.
        """
        rows, columns = pixels_shape[:2]
        down = _interpolation(rows, region.y, region.height, values.shape[0])
        across = _interpolation(columns, region.x, region.width, values.shape[1])
        # Two small products instead of a warp: cv2.warpAffine interpolates in steps of
        # 1/32 cell, which shows as bands where a 7 x 7 map covers thousands of pixels.
        return (down @ values.astype(np.float32, copy=False)) @ across.T  # (H, W)

    def as_json(self) -> dict[str, Any]:
        """Return the settings as JSON values; ``from_json`` reads them back."""
        return {
            "size": self.size,
            "fit": self.fit,
            "trim_border": self.trim_border,
            "mean": list(self.mean),
            "std": list(self.std),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Preprocess:
        """Return the settings that ``as_json`` wrote.

        Raises:
            BundleError: a value is missing, of the wrong kind or out of its range.
        """
        try:
            size, fit, trim = values["size"], values["fit"], values["trim_border"]
            red, green, blue = map(float, values["mean"])
            std_red, std_green, std_blue = map(float, values["std"])
            if type(size) is not int or type(trim) is not bool:
                msg = "size must be a whole number and trim_border true or false"
                raise TypeError(msg)
            return cls(
                size=size,
                fit=fit,
                trim_border=trim,
                mean=(red, green, blue),
                std=(std_red, std_green, std_blue),
            )
        except KeyError as error:
            msg = f"The preprocessing in the model card lacks {error.args[0]!r}."
            raise BundleError(msg, hint="Get the model again.") from error
        except (TypeError, ValueError) as error:
            msg = f"The preprocessing in the model card is not valid: {error}."
            raise BundleError(msg, hint="Get the model again.") from error

    def _placement(self, pixels: Pixels) -> _Placement:
        height, width = pixels.shape[:2]
        left, top = 0, 0
        if self.trim_border:
            left, top, width, height = _inside_border(pixels)
        rows = columns = self.size
        if self.fit == "pad":
            scale = self.size / max(width, height)
            # A picture of 1 x 10,000 pixels still gets one row.
            columns = max(1, round(width * scale))
            rows = max(1, round(height * scale))
        x, y = (self.size - columns) // 2, (self.size - rows) // 2
        return _Placement(left, top, width, height, x, y, columns, rows)


def _resize(pixels: Pixels, columns: int, rows: int) -> Pixels:
    height, width = pixels.shape[:2]
    pixels = np.ascontiguousarray(pixels, np.float32)
    # One axis at a time where one shrinks and the other grows: INTER_AREA averages only
    # if both shrink, and silently becomes linear (it skips pixels) otherwise.
    if (columns < width) != (rows < height):
        first = (columns, height) if columns < width else (width, rows)
        pixels = np.asarray(cv2.resize(pixels, first, interpolation=cv2.INTER_AREA))
        width = first[0]
        shrinks = False
    else:
        shrinks = columns <= width
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized = cv2.resize(pixels, (columns, rows), interpolation=method)
    return np.asarray(resized, np.float32)


def _inside_border(pixels: Pixels) -> tuple[int, int, int, int]:
    """Return left, top, width, height of what the black surround encloses."""
    height, width = pixels.shape[:2]
    whole = (0, 0, width, height)
    scale = min(1.0, _LOOK_SIDE / max(width, height))
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    light = _resize(pixels, columns, rows)
    if light.ndim == 3:
        light = light.max(axis=2)  # (rows, columns): the retina is dark but for red
    # Not the maximum: one blown-out reflex must not raise the threshold.
    bright = light > _SURROUND_SHARE * float(np.quantile(light, 0.995))
    _, _, patches, _ = cv2.connectedComponentsWithStats(bright.astype(np.uint8))
    patches = patches[1:]  # (patches, left top width height area); 0 is the surround
    if not len(patches):
        return whole
    area = patches[:, cv2.CC_STAT_AREA]
    patches = patches[area >= _PATCH_SHARE * area.max()]
    start = patches[:, [cv2.CC_STAT_LEFT, cv2.CC_STAT_TOP]]
    end = start + patches[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]]
    left, right = _span(start[:, 0].min(), end[:, 0].max(), columns, width)
    top, bottom = _span(start[:, 1].min(), end[:, 1].max(), rows, height)
    return left, top, right - left, bottom - top


def _span(first: int, last: int, cells: int, side: int) -> tuple[int, int]:
    """Return start and end in pixels of some cells, at least a quarter of the side.

    The least width keeps a nearly dark photograph from being blown up to a patch.
    """
    start = math.floor(first * side / cells)
    end = math.ceil(last * side / cells)
    least = math.ceil(side * _LEAST_SIDE_SHARE)
    if end - start < least:
        start = min(max(0, (start + end - least) // 2), side - least)
        end = start + least
    return start, end


def _interpolation(
    pixels: int, start: float, extent: float, cells: int
) -> npt.NDArray[np.float32]:
    """Return (pixels, cells) weights that interpolate cell values at pixel centres.

    Every row sums to 1 inside [start, start + extent] and is zero outside it.
    """
    centres = (np.arange(pixels) + 0.5 - start) / extent  # in [0, 1] inside
    inside = (centres >= 0) & (centres <= 1)
    at = np.clip(centres * cells - 0.5, 0, cells - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, cells - 1)
    share = at - low
    weights = np.zeros((pixels, cells), np.float32)
    row = np.arange(pixels)
    weights[row, low] += 1 - share
    weights[row, high] += share
    weights[~inside] = 0
    return weights
