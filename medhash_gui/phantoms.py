"""Draws the synthetic sample pictures: schematic chest films and eye backgrounds.

Nothing here shows a person. The pictures exist so that a first run, a test and a check
of saliency have images whose class and whose lesion are known: every lesion's centre
and radius is written beside it. The same seed draws the same pixels.

Two kinds, four classes each, several patients a class and several pictures a patient. A
patient keeps its anatomy and its lesion; position, exposure and noise change from
picture to picture. The mean brightness of every picture is drawn at random,
independently of the class, so that it tells nothing about the class.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from medhash_gui import phantom_film, phantom_fundus
from medhash_gui.errors import LibraryError

SIZE = 320
SEED = 2026
PATIENTS_PER_CLASS = 12
PREFIX = "synthetic_"
CSV_COLUMNS = ("file", "label", "patient", "lesion_x", "lesion_y", "lesion_radius")

_README = "README.txt"
_FIRST_LINE = "Synthetic sample pictures, drawn by MedHash."
_README_TEXT = f"""{_FIRST_LINE}

No picture in this folder shows a person: all of them are drawings made by a program
(medhash_gui/phantoms.py) from random numbers. They look a little like chest films and
like photographs of the back of the eye, so that MedHash can be tried without patient
data. They are of no use for anything clinical.

  chest-film/<class>/synthetic_P003_2.png   patient P003, second picture
  fundus/<class>/synthetic_P003_2.png

Each of the two folders has a labels.csv: file, label, patient, and the centre and the
radius of the lesion in pixels (-1 where there is none). Delete this folder at will.
"""

_Drawing = tuple[npt.NDArray[np.float32], tuple[float, float, float] | None]


@dataclass(frozen=True, slots=True)
class Phantom:
    """One synthetic picture and the place of its lesion.

    Attributes:
        pixels: uint8, (320, 320) grey or (320, 320, 3) RGB.
        lesion: centre x, centre y and radius in pixels, or None where there is none.
    """

    pixels: npt.NDArray[np.uint8]
    lesion: tuple[float, float, float] | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of phantom: its classes and the function that draws a patient.

    Attributes:
        classes: class names; the first has no lesion.
        patient: takes a class and a generator, returns the drawing before exposure:
            float32, (C, C) or (C, C, 3) on the kind's own square canvas.
        field: the share of the canvas that a picture shows, about.
        turn: the largest turn of a picture against the canvas, in degrees.
        shift: the largest shift of a picture against the canvas, share of its side.
        expose: makes the film or photograph of a moved drawing: exposure and noise.
    """

    classes: tuple[str, ...]
    patient: Callable[[str, np.random.Generator], _Drawing]
    field: float
    turn: float
    shift: float
    expose: Callable[
        [npt.NDArray[np.float32], np.random.Generator], npt.NDArray[np.float32]
    ]


KINDS: Mapping[str, Kind] = {
    "chest-film": Kind(
        classes=phantom_film.CLASSES,
        patient=phantom_film.draw_patient,
        field=0.93,
        turn=3.0,
        shift=0.025,
        expose=phantom_film.expose,
    ),
    "fundus": Kind(
        classes=phantom_fundus.CLASSES,
        patient=phantom_fundus.draw_patient,
        field=1.0,
        turn=7.0,
        shift=0.012,
        expose=phantom_fundus.expose,
    ),
}


def draw(
    kind: str, label: str, *, patient: int = 0, picture: int = 0, seed: int = SEED
) -> Phantom:
    """Draw one picture of one synthetic patient.

    Args:
        kind: a key of ``KINDS``.
        label: one of the kind's classes.
        patient: number of the patient within its class.
        picture: number of the picture of that patient.
        seed: the same numbers and the same seed draw the same pixels.

    Returns:
        The picture and the place of its lesion.

    Raises:
        KeyError: there is no such kind.
        ValueError: the kind has no such class.
    """
    recipe = KINDS[kind]
    if label not in recipe.classes:
        msg = f"{kind} has no class {label!r}; there are {', '.join(recipe.classes)}"
        raise ValueError(msg)
    place = [seed, sorted(KINDS).index(kind), recipe.classes.index(label), patient]
    drawing, lesion = recipe.patient(label, np.random.default_rng(place))
    return _picture(recipe, drawing, lesion, np.random.default_rng([*place, picture]))


def draw_samples(
    folder: Path, *, seed: int = SEED, patients_per_class: int = PATIENTS_PER_CLASS
) -> None:
    """Write both sample sets: ``FOLDER/<kind>/<class>/synthetic_P003_2.png``.

    Beside each set stands ``labels.csv`` (columns ``CSV_COLUMNS``, lengths in pixels,
    -1 where there is no lesion), written last: a set without it is incomplete.

    Args:
        folder: made when missing; must be empty or an earlier sample folder.
        seed: the same seed writes the same bytes.
        patients_per_class: how many patients each class has, 2 or 3 pictures each.

    Raises:
        LibraryError: the folder holds something else, or cannot be written.
    """
    if folder.exists() and not is_sample_folder(folder):
        if not folder.is_dir():
            msg = f"{folder} is a file, so no sample pictures can be put there."
            raise LibraryError(msg, hint="Name a folder that is new or empty.")
        if any(folder.iterdir()):
            msg = f"{folder} holds other files; no sample pictures were drawn there."
            raise LibraryError(msg, hint="Name a folder that is new or empty.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _README).write_text(_README_TEXT, encoding="utf-8", newline="\n")
        for kind in KINDS:
            _draw_set(folder / kind, kind, seed, patients_per_class)
    except OSError as error:
        msg = f"The sample pictures could not be written to {folder}: {error.strerror}."
        hint = "Name a folder on a disk with free space where you may write."
        raise LibraryError(msg, hint=hint) from error


def is_sample_folder(folder: Path) -> bool:
    """Return whether ``draw_samples`` made this folder."""
    try:
        text = (folder / _README).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return text.startswith(_FIRST_LINE)


def is_complete(folder: Path) -> bool:
    """Return whether ``draw_samples`` once ran to its end in this folder."""
    return is_sample_folder(folder) and all(
        (folder / kind / "labels.csv").is_file() for kind in KINDS
    )


def _draw_set(folder: Path, kind: str, seed: int, patients_per_class: int) -> None:
    recipe = KINDS[kind]
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for number, label in enumerate(recipe.classes):
        (folder / label).mkdir(parents=True, exist_ok=True)
        for patient in range(patients_per_class):
            place = [seed, sorted(KINDS).index(kind), number, patient]
            drawing, lesion = recipe.patient(label, np.random.default_rng(place))
            name = f"P{number * patients_per_class + patient + 1:03d}"
            for picture in range(2 + patient % 2):
                generator = np.random.default_rng([*place, picture])
                phantom = _picture(recipe, drawing, lesion, generator)
                file = f"{label}/{PREFIX}{name}_{picture + 1}.png"
                (folder / file).write_bytes(png(phantom.pixels))
                spot = phantom.lesion or (-1.0, -1.0, -1.0)
                writer.writerow([file, label, name, *(f"{v:.1f}" for v in spot)])
    (folder / "labels.csv").write_text(table.getvalue(), encoding="utf-8", newline="\n")


def _picture(
    recipe: Kind,
    drawing: npt.NDArray[np.float32],
    lesion: tuple[float, float, float] | None,
    generator: np.random.Generator,
) -> Phantom:
    """Move the patient before the camera, then expose."""
    canvas = drawing.shape[0]
    scale = SIZE / (canvas * recipe.field * generator.uniform(0.97, 1.03))
    turn = generator.uniform(-recipe.turn, recipe.turn)
    matrix = cv2.getRotationMatrix2D((canvas / 2, canvas / 2), turn, scale)
    shift = generator.uniform(-recipe.shift, recipe.shift, 2) * SIZE
    matrix[:, 2] += shift + (SIZE - canvas) / 2
    moved = cv2.warpAffine(
        drawing, matrix, (SIZE, SIZE), flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).astype(np.float32)  # fmt: skip
    exposed = recipe.expose(moved, generator)
    pixels = np.round(np.clip(exposed, 0, 1) * 255).astype(np.uint8)
    if lesion is None:
        return Phantom(pixels, None)
    x, y = matrix @ np.array([lesion[0], lesion[1], 1.0])
    return Phantom(pixels, (float(x), float(y), lesion[2] * scale))


def png(pixels: npt.NDArray[np.uint8]) -> bytes:
    """Return a picture as the bytes of a PNG file.

    Args:
        pixels: uint8, (H, W) grey or (H, W, 3) RGB.
    """
    # imencode, not imwrite: OpenCV opens no path with non-ASCII letters on Windows.
    flipped = pixels[..., ::-1] if pixels.ndim == 3 else pixels  # OpenCV wants BGR
    _, data = cv2.imencode(".png", np.ascontiguousarray(flipped))
    return data.tobytes()
