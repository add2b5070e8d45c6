"""The results of a comparison on disk: a JSON file a cell, values of queries beside it.

    FOLDER/cells/NAME.json     what a cell came to, or the sentence with which it failed
    FOLDER/cells/NAME.npz      (M, Q) float32, the values of each query by measure
    FOLDER/splits/seed-N.csv   which file is in which part
    FOLDER/splits/pictures.npz numbers of the patients, labels and parts of all pictures

The JSON file is written last and in one piece, so a cell is there as a whole or not at
all. Patients are numbers in the order of the files; nothing names them.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from medhash_gui.comparison.plan import Cell, unwritable
from medhash_gui.datasets import PARTS, Split
from medhash_gui.errors import ComparisonError
from medhash_gui.library import durable
from medhash_gui.spreadsheet import to_csv

CELLS, SPLITS, RUNS = "cells", "splits", "runs"
NEW, TRAIN = "new", "train"
DATABASES = {
    NEW: "test pictures among the other test pictures",
    TRAIN: "test pictures among the training pictures",
}
"""Where test queries search, by name; ``NEW``, both sides unseen, is the headline."""

State = Literal["finished", "failed", "not run"]
Values = Mapping[str, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Result:
    """What a cell came to.

    Attributes:
        state: "finished", "failed" or "not run".
        values: of a finished cell as JSON: ``reports`` (database -> view ->
            ``EvaluationReport.as_json``), ``measures``, ``health``, ``tie_order``,
            ``seconds`` and so on.
        message, hint: of a failed cell.
    """

    state: State
    values: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""
    hint: str = ""


@dataclass(frozen=True, eq=False)
class Known:
    """What the values of queries are to be grouped by.

    Attributes:
        patients: (N,) int64, number of the patient of each picture.
        labels: (N, C) uint8.
        classes: names of the columns.
        parts: seed -> (N,) int8, place in ``PARTS``; -1 for pictures in none.
    """

    patients: npt.NDArray[np.int64]
    labels: npt.NDArray[np.uint8]
    classes: tuple[str, ...]
    parts: Mapping[int, npt.NDArray[np.int8]]

    def test(self, seed: int) -> npt.NDArray[np.int64]:
        """Return the rows of the test part."""
        return np.flatnonzero(self.parts[seed] == PARTS.index("test"))


def save(
    folder: Path, cell: Cell, values: Mapping[str, Any], queries: Values | None
) -> None:
    """Write what a cell came to.

    Args:
        folder: of the comparison.
        cell: which one.
        values: JSON, with its ``state``.
        queries: key -> (M, Q) float32; None for a failed cell.

    Raises:
        ComparisonError: the folder cannot be written to.
    """
    path = folder / CELLS / f"{cell.name}.json"
    whole = {"cell": {"row": cell.row, "bits": cell.bits, "seed": cell.seed}, **values}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if queries is not None:
            durable.place(path.with_suffix(".npz"), packed(queries))
        text = json.dumps(whole, indent=1, allow_nan=False) + "\n"
        durable.place(path, text.encode())
    except OSError as error:
        raise unwritable(folder, error) from error


def load(folder: Path, cell: Cell) -> Result:
    """Return what a cell came to; "not run" where nothing whole is there."""
    try:
        text = (folder / CELLS / f"{cell.name}.json").read_text(encoding="utf-8")
        values = json.loads(text)
        if values["state"] == "failed":
            return Result("failed", values, values["message"], values["hint"])
        return Result("finished", values)
    except (OSError, ValueError, KeyError, TypeError):
        return Result("not run")


def load_queries(folder: Path, cell: Cell) -> Values:
    """Return the values of the queries of a finished cell, key -> (M, Q) float32.

    Raises:
        ComparisonError: the file is not there or damaged.
    """
    path = folder / CELLS / f"{cell.name}.npz"
    return unpacked(path)


def save_splits(folder: Path, known: Known, files: list[str]) -> None:
    """Write the parts of all seeds, for people and for the table.

    Args:
        folder: of the comparison.
        known: of all pictures.
        files: path of each picture below its folder.

    Raises:
        ComparisonError: the folder cannot be written to.
    """
    arrays: dict[str, npt.NDArray[Any]] = {
        "patients": known.patients,
        "labels": known.labels,
        "classes": np.frombuffer(json.dumps(known.classes).encode(), np.uint8),
    }
    try:
        (folder / SPLITS).mkdir(parents=True, exist_ok=True)
        for seed, part in known.parts.items():
            arrays[f"seed-{seed}"] = part
            names = ["not used" if number < 0 else PARTS[number] for number in part]
            data = to_csv(("file", "part"), zip(files, names, strict=True))
            durable.place(folder / SPLITS / f"seed-{seed}.csv", data)
        durable.place(folder / SPLITS / "pictures.npz", packed(arrays))
    except OSError as error:
        raise unwritable(folder, error) from error


def load_splits(folder: Path) -> Known:
    """Return what ``save_splits`` wrote.

    Raises:
        ComparisonError: it is not there or damaged.
    """
    arrays = unpacked(folder / SPLITS / "pictures.npz")
    seeds = {
        int(name.removeprefix("seed-")): np.asarray(part, np.int8)
        for name, part in arrays.items()
        if name.startswith("seed-")
    }
    return Known(
        np.asarray(arrays["patients"], np.int64),
        np.asarray(arrays["labels"], np.uint8),
        tuple(json.loads(arrays["classes"].tobytes())),
        seeds,
    )


def parts_of(split: Split, count: int) -> npt.NDArray[np.int8]:
    """Return the part of each of ``count`` pictures, see ``Known``."""
    part = np.full(count, -1, np.int8)
    for number, name in enumerate(PARTS):
        part[getattr(split, name)] = number
    return part


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """Return arrays as the bytes of an npz file."""
    data = io.BytesIO()
    np.savez_compressed(data, allow_pickle=False, **dict(arrays))
    return data.getvalue()


def unpacked(path: Path) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of an npz file.

    Raises:
        ComparisonError: it is not there or damaged.
    """
    try:
        # Read as a whole first: NumPy leaves a file that is no archive open.
        data = io.BytesIO(path.read_bytes())
        with np.load(data, allow_pickle=False) as opened:
            return {name: opened[name] for name in opened.files}
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        message = f"{path} is missing or damaged."
        hint = (
            "Remove the cell's files from the folder cells and run the command again."
        )
        raise ComparisonError(message, hint=hint) from error
