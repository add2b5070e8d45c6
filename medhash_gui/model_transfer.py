"""Models on their way from computer to computer, without running any code of theirs.

A model travels as one file, ``NAME.medhash-model``: a ZIP of card, graph and weights as
they are. What comes in is unpacked under limits, into nothing but those three names,
and opened once: every file against the hashes in the card, and the graph without
operators of its maker (``bundle``, ``engine``).
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from medhash_gui import catalogue, paths
from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.catalogue import CARD, GRAPH, WEIGHTS
from medhash_gui.errors import BundleError

SUFFIX = ".medhash-model"

_FILES = (CARD, GRAPH, WEIGHTS)
_MOST_BYTES = 4 * 2**30
_AT_ONCE = 2**20
_NAME_ROOM = 90


def export(folder: Path, file: Path) -> Path:
    """Write a model into one file.

    Args:
        folder: of the model.
        file: to be written; replaced where it is there.

    Raises:
        BundleError: the model is damaged, or the file cannot be written.
    """
    ModelBundle.open(folder, threads=1)  # nothing damaged is handed on
    scratch = file.with_name(f".{file.name}.tmp")
    try:
        with zipfile.ZipFile(scratch, "w", zipfile.ZIP_DEFLATED) as packed:
            for name in _FILES:
                packed.write(folder / name, name)
        scratch.replace(file)
    except OSError as error:
        scratch.unlink(missing_ok=True)
        message = f"The model cannot be written to {file}: {error.strerror or error}."
        raise BundleError(message, hint="Choose another place.") from error
    return file


def inspect(place: Path) -> ModelCard:
    """Return the card of a model in a file or a folder, after checking all of it.

    Raises:
        BundleError: it is no model, or damaged, or not to be trusted.
    """
    with _unpacked(place) as folder:
        return ModelBundle.open(folder, threads=1).card


def take_in(place: Path) -> ModelCard:
    """Add the model in a file or a folder to the models of this user.

    Raises:
        BundleError: as ``inspect``; or it cannot be written.
    """
    with _unpacked(place) as folder:
        card = ModelBundle.open(folder, threads=1).card
        return put(folder, card)


def put(folder: Path, card: ModelCard) -> ModelCard:
    """Copy a checked model to the models of this user, all of it or nothing.

    One that is there already stays as it is. Where another model has its name, as after
    a second training on the same folder, it gets a number behind it.

    Returns:
        The card as it is among the models of this user.

    Raises:
        BundleError: it cannot be written.
    """
    known, _ = catalogue.find_bundles()
    for one in known:
        if one.card.model_id == card.model_id:
            return one.card
    name = _free(card.name, {one.card.name for one in known})
    target = paths.user_models() / name
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".", dir=target.parent) as scratch:
            new = Path(scratch) / "new"
            new.mkdir()
            for part in _FILES:
                shutil.copyfile(folder / part, new / part)
            if name != card.name:
                values = {**json.loads((new / CARD).read_bytes()), "name": name}
                text = json.dumps(values, indent=2, ensure_ascii=False)
                (new / CARD).write_text(text + "\n", encoding="utf-8")
            for part in _FILES:
                with (new / part).open("rb+") as file:
                    os.fsync(file.fileno())
            new.rename(target)
    except OSError as error:
        message = f"The model cannot be written to {target}: {error.strerror or error}."
        raise BundleError(message, hint="Make room, or check the folder.") from error
    return dataclasses.replace(card, name=name)


def _free(name: str, taken: set[str]) -> str:
    """Return a name that no model has, the wished one if it can be."""
    free, number = name, 1
    while free in taken or (paths.user_models() / free).exists():
        number += 1
        free = f"{name[:_NAME_ROOM]}-{number}"
    return free


@contextlib.contextmanager
def _unpacked(place: Path) -> Iterator[Path]:
    """Give the folder of a model, a file of one unpacked for a while."""
    if place.is_dir():
        yield place
        return
    with tempfile.TemporaryDirectory(prefix="medhash-model-") as scratch:
        folder = Path(scratch)
        try:
            with zipfile.ZipFile(place) as packed:
                _unpack(packed, folder, place)
        except FileNotFoundError as error:
            message = f"The file {place} is not there."
            raise BundleError(message, hint="Choose a model's file.") from error
        except (
            OSError,
            zipfile.BadZipFile,
            NotImplementedError,
            RuntimeError,
        ) as error:
            message = f"{place.name} is not a model, or it is damaged."
            hint = f"Choose a file NAME{SUFFIX}, or the folder of a model."
            raise BundleError(message, hint=hint) from error
        yield folder


def _unpack(packed: zipfile.ZipFile, folder: Path, place: Path) -> None:
    """Unpack the three files under their own names, and nothing else."""
    names = packed.namelist()
    if sorted(names) != sorted(_FILES):
        message = f"{place.name} holds other files than those of a model."
        hint = f"A model is {', '.join(_FILES)} and nothing else."
        raise BundleError(message, hint=hint)
    taken = 0
    for name in _FILES:
        with packed.open(name) as source, (folder / name).open("wb") as target:
            while data := source.read(_AT_ONCE):
                taken += len(data)
                # The sizes that the file states are its maker's; these are counted.
                if taken > _MOST_BYTES:
                    message = f"{place.name} is larger than any model."
                    raise BundleError(message, hint="Get the model again.")
                target.write(data)
