"""Draws one synthetic chest film: torso, lungs, ribs, heart, vessels and one lesion.

Values are density: the brighter, the more the rays were held back. Coordinates are
shares of the square canvas, x to the right, y downwards; the heart lies on the right of
the picture, as on a film looked at from the front.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

CLASSES = ("clear", "nodule", "consolidation", "effusion")

CANVAS = 448
_Array = npt.NDArray[np.float32]
_Spot = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class _Side:
    """One lung: ``sign`` -1 is the left of the picture."""

    sign: int
    outline: npt.NDArray[np.float64]  # (n, 2)
    mask: _Array  # (CANVAS, CANVAS) in [0, 1], soft edge
    base: float  # y of the top of the diaphragm
    apex: float  # y of the top of the lung
    outer: float  # x of the outer edge


def draw_patient(
    label: str, generator: np.random.Generator
) -> tuple[_Array, _Spot | None]:
    """Draw the density of one patient.

    Args:
        label: one of ``CLASSES``.
        generator: the patient's own random numbers.

    Returns:
        float32 (448, 448) density, about [0, 1], and the lesion's centre x, centre y
        and radius in canvas pixels, or None for "clear".
    """
    sides = _lungs(generator)
    lungs = np.maximum(sides[0].mask, sides[1].mask)
    density = _torso(generator)
    density -= 0.43 * generator.uniform(0.92, 1.08) * lungs
    middle, heart = _middle(generator, sides)
    density += middle
    density += _vessels(generator, sides) * (1 - 0.7 * heart)
    density, spot = _lesion(label, density, sides, generator)
    density += _ribs(generator, sides)
    density += 0.02 * _cloud(generator, 40) + 0.012 * _cloud(generator, 9)
    return _blur(density, 0.8), spot


def expose(film: _Array, generator: np.random.Generator) -> _Array:
    """Return the film of a density: random exposure, contrast, grain; values [0, 1]."""
    film = np.clip(film, 0, 1)
    film = film ** np.float32(generator.uniform(0.85, 1.2))
    film = film - film.mean()
    film *= generator.uniform(0.85, 1.1)
    film += generator.uniform(0.4, 0.54)
    grain = generator.standard_normal(film.shape, dtype=np.float32)
    film += generator.uniform(0.015, 0.03) * _blur(grain, 0.6)
    return np.clip(film, 0, 1).astype(np.float32)


def _lungs(generator: np.random.Generator) -> tuple[_Side, _Side]:
    apex = generator.uniform(0.13, 0.18)
    base = generator.uniform(0.68, 0.76)
    width = generator.uniform(0.36, 0.41)
    sides = []
    for sign in (-1, 1):
        floor = base + (0.0 if sign < 0 else 0.025) + generator.uniform(-0.008, 0.008)
        out = 0.5 + sign * (width + generator.uniform(-0.012, 0.012))
        inner = 0.5 + sign * (0.075 if sign < 0 else 0.085)
        span = out - inner
        corner = (out + sign * 0.005, floor + 0.075)  # costophrenic angle, kept sharp
        points = np.array(
            [
                (inner + span * 0.42, apex),
                (inner + span * 0.72, apex + 0.035),
                (out - span * 0.08, apex + 0.2),
                (out, floor - 0.2),
                corner,
                corner,
                (inner + span * 0.72, floor + 0.014),
                (inner + span * 0.35, floor),
                (inner - span * 0.02, floor + 0.04),
                (inner + span * 0.02, floor - 0.2),
                (inner, apex + 0.22),
                (inner + span * 0.1, apex + 0.05),
            ]
        )
        outline = _smooth(points)
        sides.append(_Side(sign, outline, _fill(outline, 2.4), floor, apex, out))
    return sides[0], sides[1]


def _torso(generator: np.random.Generator) -> _Array:
    wide = generator.uniform(0.455, 0.49)
    half = np.array(
        [(0.09, -0.02), (0.1, 0.04), (0.17, 0.085), (0.4, 0.12), (wide + 0.03, 0.2),
         (wide, 0.36), (wide - 0.01, 0.6), (wide + 0.01, 0.85), (wide, 1.03)]
    )  # fmt: skip
    right = half + np.array([0.5, 0.0])
    left = (0.5 - half[:, 0], half[:, 1])
    outline = np.concatenate([right, np.stack(left, axis=1)[::-1]])
    body = _fill(_smooth(outline), 3.5)
    y, x = _grid()
    # The body is thickest in the middle and below the diaphragm.
    depth = 0.56 + 0.1 * np.exp(-(((x - 0.5) / 0.3) ** 2)) + 0.05 * (y - 0.4)
    return np.asarray(0.03 + body * depth, np.float32)


def _middle(
    generator: np.random.Generator, sides: tuple[_Side, _Side]
) -> tuple[_Array, _Array]:
    """Return spine, windpipe, great vessels, heart and stomach gas; and the heart."""
    y, x = _grid()
    spine = _blur((np.abs(x - 0.5) < 0.036).astype(np.float32), 5)
    discs = 0.5 + 0.5 * np.cos(2 * np.pi * y / generator.uniform(0.05, 0.058))
    out = spine * (0.1 + 0.035 * discs.astype(np.float32))
    windpipe = _blur((np.abs(x - 0.5) < 0.019).astype(np.float32), 3)
    out -= 0.15 * windpipe * _step((0.36 - y) / 0.015)
    floor = sides[1].base
    big = generator.uniform(0.88, 1.12)
    heart = _ellipse((0.555, floor - 0.1), (0.165 * big, 0.125 * big), 32, 4)
    bulge = _ellipse((0.46, floor - 0.11), (0.1 * big, 0.12 * big), 0, 4)
    arch = _ellipse((0.545, 0.31), (0.05, 0.05 * big), 0, 4)
    trunk = _ellipse((0.5, 0.44), (0.07, 0.2), 0, 8)
    lungs = np.maximum(sides[0].mask, sides[1].mask)
    # Where it covers lung the heart adds what the lung lacks; elsewhere it shows little
    heart = np.maximum(heart, bulge)
    out += (0.08 + 0.22 * lungs) * heart
    out += (0.03 + 0.17 * lungs) * np.maximum(arch, trunk) * (1 - heart)
    if generator.random() < 0.6:
        place = (
            0.5 + generator.uniform(0.15, 0.22),
            floor + generator.uniform(0.1, 0.13),
        )
        size = (generator.uniform(0.04, 0.07), generator.uniform(0.03, 0.05))
        out -= 0.16 * _ellipse(place, size, 0, 4) * (1 - lungs)
    return np.asarray(out, np.float32), heart


def _ribs(generator: np.random.Generator, sides: tuple[_Side, _Side]) -> _Array:
    """Nine pairs of back ribs, fainter front ribs, collar bones."""
    back, front, collar = (np.zeros((CANVAS, CANVAS), np.float32) for _ in range(3))
    gap = generator.uniform(0.066, 0.074)
    tilt = generator.uniform(0.05, 0.085)
    strength = generator.uniform(0.085, 0.12)
    t = np.linspace(0, 1, 60)
    for side in sides:
        reach = abs(side.outer - 0.5) + 0.015
        for rib in range(10):
            start = side.apex - 0.02 + rib * gap
            width = reach * min(1.0, 0.55 + 0.16 * rib)
            out = 0.035 + (width - 0.035) * np.sin(t * np.pi / 2) ** 0.9
            y = start - 0.03 * np.sin(t * np.pi) + tilt * t**2 + 0.05 * t**6
            _bone(back, 0.5 + side.sign * out, y, 9)
            if 1 < rib < 8:  # front ribs run down towards the breast bone
                y = start + tilt + 0.05 + 0.075 * np.sin(t * np.pi / 2)
                _bone(front, 0.5 + side.sign * (width - (width - 0.17) * t), y, 11)
        y = side.apex + 0.045 - 0.05 * np.sin(t * 2.6) * t - 0.01 * t
        _bone(collar, 0.5 + side.sign * (0.04 + 0.3 * t), y, 13)
    bones = back + 0.3 * front + 1.3 * collar
    return np.float32(strength) * _blur(bones, 1.2)


def _vessels(generator: np.random.Generator, sides: tuple[_Side, _Side]) -> _Array:
    """Branching lung vessels that thin out towards the edge."""
    out = np.zeros((CANVAS, CANVAS), np.float32)
    for side in sides:
        tree = np.zeros((CANVAS, CANVAS), np.float32)
        root = (0.5 + side.sign * 0.085, generator.uniform(0.43, 0.47))
        for angle in np.linspace(-1.25, 1.25, 6) + generator.uniform(-0.15, 0.15, 6):
            _branch(tree, generator, root, float(angle), side.sign, 0.11, 5.0)
        hilum = _ellipse((root[0] + side.sign * 0.012, root[1]), (0.035, 0.075), 0, 7)
        out += side.mask * (0.09 * _blur(tree, 1.2) + 0.13 * hilum)
    return out


def _branch(
    tree: _Array,
    generator: np.random.Generator,
    root: tuple[float, float],
    angle: float,
    sign: int,
    length: float,
    width: float,
) -> None:
    if width < 0.8:
        return
    x = root[0] + sign * length * np.cos(angle)
    y = root[1] + length * np.sin(angle)
    line = _fixed(np.array([root, (x, y)]))
    shade = min(1.0, 0.35 + width / 6)
    size = max(1, round(width))
    cv2.polylines(tree, [line], isClosed=False, color=shade, thickness=size, shift=4)
    for turn in (-1, 1):
        bend = angle + turn * generator.uniform(0.15, 0.5)
        _branch(tree, generator, (x, y), bend, sign, length * 0.8, width * 0.68)


def _lesion(
    label: str,
    density: _Array,
    sides: tuple[_Side, _Side],
    generator: np.random.Generator,
) -> tuple[_Array, _Spot | None]:
    if label == "clear":
        return density, None
    side = sides[int(generator.integers(2))]
    y, x = _grid()
    if label == "effusion":
        rise = generator.uniform(0.07, 0.2)
        # The surface climbs the chest wall: a meniscus, not a level.
        inward = np.abs(x - side.outer) / 0.3
        surface = side.base + 0.05 - rise * np.exp(-2.2 * inward)
        fluid = side.mask * _step((y - surface) / 0.008)
        return density + 0.36 * fluid, _spot_of(fluid)
    if label == "nodule":
        radius = generator.uniform(0.02, 0.034)
        centre = _place(side, radius * 1.4, generator)
        ragged = 1 + 0.08 * _cloud(generator, 12)
        away = np.hypot(x - centre[0], y - centre[1]) / (radius * ragged)
        nodule = _step((1 - away) / 0.1)
        strength = generator.uniform(0.19, 0.26)
        spot = (centre[0] * CANVAS, centre[1] * CANVAS, radius * CANVAS)
        return (density + strength * nodule).astype(np.float32), spot
    radius = generator.uniform(0.075, 0.115)
    centre = _place(side, radius * 0.6, generator)
    away = np.hypot(x - centre[0], (y - centre[1]) * generator.uniform(0.8, 1.2))
    patch = np.exp(-((away / radius) ** 4))
    patch *= np.clip(0.85 + 0.25 * _cloud(generator, 20), 0.3, 1.15) * side.mask
    patch = _blur(patch.astype(np.float32), 2.5)
    return density + generator.uniform(0.26, 0.33) * patch, _spot_of(patch)


def _place(
    side: _Side, margin: float, generator: np.random.Generator
) -> tuple[float, float]:
    """Return a place inside the lung, ``margin`` from its edge and off the heart."""
    contour = _fixed(side.outline, shift=0).astype(np.float32)
    for _ in range(200):
        x = 0.5 + side.sign * generator.uniform(0.12, abs(side.outer - 0.5))
        y = generator.uniform(side.apex + 0.06, side.base)
        inside = cv2.pointPolygonTest(
            contour, (x * CANVAS, y * CANVAS), measureDist=True
        )
        behind_heart = side.sign > 0 and x < 0.69 and y > side.base - 0.24
        if inside > margin * CANVAS and not behind_heart:
            return float(x), float(y)
    return 0.5 + side.sign * 0.25, 0.4


def _spot_of(mask: _Array) -> _Spot:
    """Return centre and equal-area radius of the lesion, in canvas pixels."""
    ys, xs = np.nonzero(mask > 0.4)
    return float(xs.mean()), float(ys.mean()), float(np.sqrt(len(xs) / np.pi))


def _grid() -> tuple[_Array, _Array]:
    line = np.linspace(0.5 / CANVAS, 1 - 0.5 / CANVAS, CANVAS, dtype=np.float32)
    return line[:, None], line[None, :]


def _bone(
    picture: _Array, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], width: int
) -> None:
    """Draw a band with brighter edges, as bone shows them."""
    line = _fixed(np.stack([x, y], axis=1))
    for shade, size in ((1.0, width), (0.62, max(1, width - 4))):
        cv2.polylines(
            picture, [line], isClosed=False, color=shade, thickness=size, shift=4
        )


def _ellipse(
    centre: tuple[float, float], axes: tuple[float, float], turn: float, edge: float
) -> _Array:
    mask = np.zeros((CANVAS, CANVAS), np.float32)
    middle = (round(centre[0] * CANVAS * 16), round(centre[1] * CANVAS * 16))
    sizes = (round(axes[0] * CANVAS * 16), round(axes[1] * CANVAS * 16))
    cv2.ellipse(mask, middle, sizes, turn, 0, 360, 1.0, -1, shift=4)
    return _blur(mask, edge)


def _fill(outline: npt.NDArray[np.float64], edge: float) -> _Array:
    mask = np.zeros((CANVAS, CANVAS), np.float32)
    cv2.fillPoly(mask, [_fixed(outline)], 1.0, shift=4)
    return _blur(mask, edge)


def _smooth(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Round a closed polygon by cutting its corners four times (Chaikin)."""
    for _ in range(4):
        following = np.roll(points, -1, axis=0)
        near = 0.75 * points + 0.25 * following
        far = 0.25 * points + 0.75 * following
        points = np.stack([near, far], axis=1).reshape(-1, 2)
    return points


def _fixed(points: npt.NDArray[np.float64], shift: int = 4) -> npt.NDArray[np.int32]:
    """Return canvas coordinates in OpenCV's fixed-point form, (n, 1, 2)."""
    scaled: npt.NDArray[np.int32] = np.round(points * CANVAS * 2**shift).astype(
        np.int32
    )
    return scaled.reshape(-1, 1, 2)


def _step(values: npt.NDArray[Any]) -> _Array:
    """Return a soft step from 0 to 1 (logistic), without overflow."""
    return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)


def _cloud(generator: np.random.Generator, grain: float) -> _Array:
    """Return smooth noise of mean 0 and deviation 1, ``grain`` canvas pixels wide."""
    cells = max(4, round(CANVAS / grain))
    noise = generator.standard_normal((cells, cells), dtype=np.float32)
    cloud = cv2.resize(noise, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    return np.asarray((cloud - cloud.mean()) / cloud.std(), np.float32)


def _blur(values: _Array, sigma: float) -> _Array:
    return cv2.GaussianBlur(values, (0, 0), sigma).astype(np.float32)
