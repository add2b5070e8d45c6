"""Draws one synthetic eye background: disc on black, optic disc, vessels, one lesion.

Coordinates are shares of the square canvas. The optic disc lies left or right, the
yellow spot near the middle, and the large vessels arch around it.
"""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

CLASSES = ("clear", "haemorrhages", "exudates", "drusen")

CANVAS = 448
_RADIUS = 0.465  # of the round field, in canvas sides
_Array = npt.NDArray[np.float32]
_Spot = tuple[float, float, float]
_Point = tuple[float, float]


def draw_patient(
    label: str, generator: np.random.Generator
) -> tuple[_Array, _Spot | None]:
    """Draw one eye.

    Args:
        label: one of ``CLASSES``.
        generator: the patient's own random numbers.

    Returns:
        float32 (448, 448, 3) RGB, about [0, 1], black outside the round field; and the
        centre x, centre y and radius in canvas pixels of the circle that holds the
        lesions, or None for "clear".
    """
    side = 1 if generator.random() < 0.5 else -1
    disc = (0.5 + side * generator.uniform(0.21, 0.26), generator.uniform(0.47, 0.52))
    macula = (0.5 - side * generator.uniform(0.06, 0.1), generator.uniform(0.5, 0.55))
    eye = _ground(generator, macula)
    eye = _optic_disc(eye, disc, generator)
    vessels = _vessels(generator, disc, side)
    vessels *= 1 - _ellipse(macula, (0.05, 0.05), 10)  # none cross the yellow spot
    eye *= 1 - vessels[..., None] * _rgb(0.38, 0.72, 0.6)
    eye, spot = _lesions(label, eye, macula, disc, generator)
    field = _dot((0.5, 0.5), _RADIUS, 1.2)
    return (eye * field[..., None]).astype(np.float32), spot


def expose(photograph: _Array, generator: np.random.Generator) -> _Array:
    """Return the photograph: random brightness, colour, shading, noise; in [0, 1]."""
    inside = photograph.max(axis=2) > 0.03
    photograph = photograph * generator.uniform(0.94, 1.06, 3).astype(np.float32)
    photograph *= generator.uniform(0.3, 0.42) / photograph[inside].mean()
    lean = generator.uniform(-0.12, 0.12, 2)
    ramp = np.linspace(-0.5, 0.5, photograph.shape[0], dtype=np.float32)
    photograph *= (1 + lean[0] * ramp[:, None] + lean[1] * ramp)[..., None]
    noise = generator.standard_normal(photograph.shape, dtype=np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), 0.6) * generator.uniform(0.012, 0.025)
    photograph += noise * inside[..., None]  # the black surround of a file is clean
    return np.clip(photograph, 0, 1).astype(np.float32)


def _ground(generator: np.random.Generator, macula: _Point) -> _Array:
    y, x = _grid()
    red = generator.uniform(0.68, 0.8)
    colour = _rgb(red, red * generator.uniform(0.42, 0.54), generator.uniform(0.1, 0.2))
    shade = 1.08 - 0.9 * ((x - 0.5) ** 2 + (y - 0.5) ** 2)
    shade = shade + 0.03 * _cloud(generator, 45)
    streaks = np.abs(_cloud(generator, 16))  # the choroid shows between the pigment
    shade = shade + generator.uniform(0.01, 0.035) * (streaks - 0.8)
    away = np.hypot(x - macula[0], y - macula[1])
    dark = generator.uniform(0.25, 0.36) * np.exp(-((away / 0.075) ** 2))
    return np.asarray((shade - dark)[..., None] * colour, np.float32)


def _optic_disc(eye: _Array, disc: _Point, generator: np.random.Generator) -> _Array:
    size = generator.uniform(0.05, 0.062)
    plate = _ellipse(disc, (size * 0.9, size), 2.2)
    cup = _ellipse(disc, (size * 0.42, size * generator.uniform(0.38, 0.55)), 3)
    halo = _ellipse(disc, (size * 1.7, size * 1.8), 12)
    eye = eye * (1 + 0.15 * halo[..., None])
    eye = _mix(eye, plate * 0.9, _rgb(0.95, 0.76, 0.45))
    return _mix(eye, cup * 0.8, _rgb(1.0, 0.92, 0.7))


def _vessels(generator: np.random.Generator, disc: _Point, side: int) -> _Array:
    """Return how much light the vessels take, (CANVAS, CANVAS) in [0, 1]."""
    tree = np.zeros((CANVAS, CANVAS), np.float32)
    arch = generator.uniform(0.9, 1.1)
    for shade, shift, width in ((0.62, 0.0, 5.2), (0.42, 0.1, 3.6)):  # veins, arteries
        for up in (-1, 1):
            start = np.pi / 2 * up + shift * generator.choice([-1, 1])
            for kind, bend in (("temporal", 0.115), ("nasal", 0.03)):
                toward = -side if kind == "temporal" else side
                angle = start - up * toward * (0.25 if kind == "temporal" else 0.6)
                size = width * (1.0 if kind == "temporal" else 0.62)
                turn = bend * arch * up * -toward
                _vessel(tree, generator, disc, (angle, turn), size, shade)
    return _blur(tree, 0.9)


def _vessel(
    tree: _Array,
    generator: np.random.Generator,
    start: _Point,
    course: tuple[float, float],
    width: float,
    shade: float,
) -> None:
    """Draw one vessel step by step; it thins, wanders and sends off branches.

    ``course`` is its first direction and its bend per step, in radians.
    """
    angle, bend = course
    x, y = start
    for step in range(70):
        if width < 0.9 or (x - 0.5) ** 2 + (y - 0.5) ** 2 > (_RADIUS + 0.01) ** 2:
            return
        last = (x, y)
        x += 0.0155 * float(np.cos(angle))
        y += 0.0155 * float(np.sin(angle))
        line = np.round(np.array([last, (x, y)]) * CANVAS * 16).astype(np.int32)
        cv2.polylines(
            tree, [line.reshape(-1, 1, 2)], isClosed=False, color=shade,
            thickness=max(1, round(width)), shift=4,
        )  # fmt: skip
        angle += bend + generator.normal(0, 0.055)
        bend *= 0.93
        width *= 0.981
        if step > 3 and generator.random() < 0.12:
            turn = generator.choice([-1, 1]) * generator.uniform(0.45, 0.8)
            back = -0.04 * turn  # a branch turns back beside its trunk
            _vessel(tree, generator, (x, y), (angle + turn, back), width * 0.58, shade)


def _lesions(
    label: str,
    eye: _Array,
    macula: _Point,
    disc: _Point,
    generator: np.random.Generator,
) -> tuple[_Array, _Spot | None]:
    if label == "clear":
        return eye, None
    if label == "drusen":
        centre, radius, count = macula, generator.uniform(0.085, 0.12), 34
    else:
        radius = generator.uniform(0.06, 0.095)
        centre, count = _place(macula, disc, radius, generator), 12
    colour, share, size, edge = {
        "haemorrhages": (_rgb(0.34, 0.05, 0.05), 0.8, (0.006, 0.019), 1.6),
        "exudates": (_rgb(1.0, 0.9, 0.45), 0.9, (0.004, 0.011), 0.8),
        "drusen": (_rgb(0.93, 0.75, 0.4), 0.75, (0.004, 0.009), 2.2),  # deep: soft
    }[label]
    marks = np.zeros((CANVAS, CANVAS), np.float32)
    for _ in range(int(count * generator.uniform(0.8, 1.3))):
        turn = generator.uniform(0, 2 * np.pi)
        if label == "exudates":  # a broken ring of hard, bright deposits
            away = radius * generator.uniform(0.55, 1.0)
        else:
            away = radius * np.sqrt(generator.random())
        x = centre[0] + away * float(np.cos(turn))
        y = centre[1] + away * float(np.sin(turn))
        length = generator.uniform(*size)
        axes = (length, length * generator.uniform(0.55, 1.0))
        _draw_ellipse(marks, (x, y), axes, turn=generator.uniform(0, 180))
    eye = _mix(eye, share * _blur(marks, edge), colour)
    return eye, (centre[0] * CANVAS, centre[1] * CANVAS, radius * CANVAS)


def _place(
    macula: _Point, disc: _Point, radius: float, generator: np.random.Generator
) -> _Point:
    """Return a place in the field, away from the optic disc and the yellow spot."""
    for _ in range(200):
        turn, away = generator.uniform(0, 2 * np.pi), generator.uniform(0.08, 0.34)
        x, y = 0.5 + away * np.cos(turn), 0.5 + away * np.sin(turn)
        off_disc = np.hypot(x - disc[0], y - disc[1]) > radius + 0.09
        off_macula = np.hypot(x - macula[0], y - macula[1]) > radius
        if off_disc and off_macula:
            return float(x), float(y)
    return macula[0], macula[1] - 0.2


def _mix(eye: _Array, amount: _Array, colour: _Array) -> _Array:
    share = amount[..., None]
    return (eye * (1 - share) + colour * share).astype(np.float32)


def _rgb(red: float, green: float, blue: float) -> _Array:
    return np.array([red, green, blue], np.float32)


def _grid() -> tuple[_Array, _Array]:
    line = np.linspace(0.5 / CANVAS, 1 - 0.5 / CANVAS, CANVAS, dtype=np.float32)
    return line[:, None], line[None, :]


def _dot(centre: _Point, radius: float, edge: float) -> _Array:
    return _ellipse(centre, (radius, radius), edge)


def _ellipse(centre: _Point, axes: _Point, edge: float) -> _Array:
    mask = np.zeros((CANVAS, CANVAS), np.float32)
    _draw_ellipse(mask, centre, axes)
    return _blur(mask, edge)


def _draw_ellipse(
    mask: _Array, centre: _Point, axes: _Point, *, turn: float = 0.0
) -> None:
    middle = (round(centre[0] * CANVAS * 16), round(centre[1] * CANVAS * 16))
    sizes = (round(axes[0] * CANVAS * 16), round(axes[1] * CANVAS * 16))
    cv2.ellipse(mask, middle, sizes, turn, 0, 360, 1.0, -1, shift=4)


def _cloud(generator: np.random.Generator, grain: float) -> _Array:
    """Return smooth noise of mean 0 and deviation 1, ``grain`` canvas pixels wide."""
    cells = max(4, round(CANVAS / grain))
    noise = generator.standard_normal((cells, cells), dtype=np.float32)
    cloud = cv2.resize(noise, (CANVAS, CANVAS), interpolation=cv2.INTER_CUBIC)
    return np.asarray((cloud - cloud.mean()) / cloud.std(), np.float32)


def _blur(values: _Array, sigma: float) -> _Array:
    return cv2.GaussianBlur(values, (0, 0), sigma).astype(np.float32)
