"""Checkpoints on disk: whole or not there, the newest two and the best network.

A checkpoint is one safetensors file with the JSON values in its header; nothing in it
can run. It is written under a temporary name, synced and renamed, so a kill or a full
disk leaves the older ones as they were. Each names the file of the best network so far,
which is written before it and removed after the last checkpoint that names it.
"""

from __future__ import annotations

import errno
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
from safetensors.torch import save as to_bytes

from medhash_gui.errors import CheckpointError
from medhash_gui.library import durable
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.state import State, Tensors

FORMAT = 1
KEPT = 2

_VALUES = "medhash"


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes:
        path: of the file.
        tensors: of the state; values: the rest of it, as ``State.pack`` gave them.
        best: the network of the best epoch; empty where there is none yet.
    """

    path: Path
    tensors: Tensors
    values: dict[str, Any]
    best: Tensors


def save(folder: Path, state: State, config: TrainingConfig, *, of: str) -> Path:
    """Write a checkpoint, then remove those that are no longer needed.

    Args:
        folder: of the checkpoints; made where it is not there.
        state: to be written.
        config: of the run.
        of: identity of the pictures, ``Prepared.identity``.

    Raises:
        CheckpointError: the disk is full or cannot be written to; older checkpoints
            are as they were.
    """
    tensors, values = state.pack()
    path = folder / f"epoch-{state.epoch:05d}-batch-{state.batch:06d}.safetensors"
    best = f"best-{state.best_epoch:05d}.safetensors" if state.best_state else None
    header = {
        "format": FORMAT,
        "config": config.as_json(),
        "pictures": of,
        "best_file": best,
        "state": values,
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made_now = state.best_epoch == state.epoch and state.batch == 0
        if best is not None and (made_now or not (folder / best).exists()):
            durable.place(folder / best, to_bytes(state.best_state))
        text = json.dumps(header)
        durable.place(path, to_bytes(tensors, metadata={_VALUES: text}))
        durable.sync_folder(folder)
    except OSError as error:
        raise _failure(error, folder) from error
    _clean(folder)
    return path


def newest(folder: Path) -> tuple[Checkpoint | None, list[str]]:
    """Return the newest checkpoint that can be read, and the names of damaged ones."""
    damaged: list[str] = []
    for path in reversed(_all(folder)):
        try:
            return _read(path), damaged
        except (OSError, ValueError, KeyError, safetensors.SafetensorError):
            damaged.append(path.name)
    return None, damaged


def check(values: Mapping[str, Any], config: TrainingConfig, *, of: str) -> None:
    """Refuse a checkpoint of another run.

    Args:
        values: ``Checkpoint.values``, or others with the same ``format``, ``config``
            and ``pictures``.
        config: of the run.
        of: identity of the pictures.

    Raises:
        CheckpointError: it names what differs.
    """
    if values["format"] > FORMAT:
        message = "The checkpoint was written by a newer version of MedHash."
        raise CheckpointError(message, hint="Update MedHash to go on with this run.")
    hint = "Go on with the old values, or start a new run in another folder."
    differences = config.differences(values["config"])
    if differences:
        message = f"The checkpoint is of another run: {'; '.join(differences)}."
        raise CheckpointError(message, hint=hint)
    if values["pictures"] != of:
        message = "The pictures or labels have changed since the checkpoint was made."
        raise CheckpointError(message, hint="Restore them, or start a new run.")


def _read(path: Path) -> Checkpoint:
    tensors, metadata = _load(path)
    values = json.loads(metadata[_VALUES])
    best: Tensors = {}
    if values["best_file"] is not None:
        best, _ = _load(path.parent / values["best_file"])
    return Checkpoint(path, tensors, values, best)


def _load(path: Path) -> tuple[Tensors, Mapping[str, str]]:
    with safetensors.safe_open(path, framework="pt") as opened:
        tensors = {name: opened.get_tensor(name).clone() for name in opened.keys()}  # noqa: SIM118
        return tensors, opened.metadata() or {}


def _all(folder: Path) -> list[Path]:
    return sorted(folder.glob("epoch-*.safetensors"))


def _clean(folder: Path) -> None:
    """Remove what the newest checkpoints do not need."""
    found = _all(folder)
    for path in found[:-KEPT]:
        durable.remove(path)
    needed = set()
    for path in found[-KEPT:]:
        try:
            with safetensors.safe_open(path, framework="pt") as opened:
                header = json.loads((opened.metadata() or {})[_VALUES])
        except (OSError, ValueError, KeyError, safetensors.SafetensorError):
            continue
        needed.add(header["best_file"])
    for path in folder.glob("best-*.safetensors"):
        if path.name not in needed:
            durable.remove(path)


def _failure(error: OSError, folder: Path) -> CheckpointError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        message = (
            "The disk is full: the checkpoint could not be written. "
            "The one before it is still there."
        )
        hint = f"Make room on the drive of {folder} and go on with --resume."
    else:
        message = f"The checkpoint could not be written: {error.strerror or error}."
        hint = f"Check the drive of {folder}, then go on with --resume."
    return CheckpointError(message, hint=hint)
