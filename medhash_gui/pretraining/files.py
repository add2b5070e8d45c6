"""What a pre-training run keeps on the disk: checkpoints, and the trunk at its end.

Every file is placed whole or not at all. A checkpoint is one safetensors file, numbers
only; what is not a tensor stands in its header as JSON.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from safetensors.torch import save

from medhash_gui.errors import BundleError, MedHashError
from medhash_gui.library import durable

State = dict[str, torch.Tensor]

RUN_SUFFIX = ".run"
"""What is added to the name of the result for the folder of an unfinished run."""

CHECKPOINT = "checkpoint.safetensors"
PIXELS = "pictures.u8"
LIST = "pictures.json"
"""What lies in that folder."""

_HEADER = "medhash"
_UNSAID = "not stated in the file; see where it is from"


@dataclass(frozen=True, slots=True)
class StartingWeights:
    """Where a run starts from.

    Attributes:
        name: file name, or "none".
        digest: of its content; empty for none.
        licence: what its own header says, or what the user said.
    """

    name: str = "none"
    digest: str = ""
    licence: str = "random start, no foreign weights"

    @classmethod
    def of(cls, path: Path | None, licence: str | None = None) -> StartingWeights:
        """Describe a file of weights.

        Raises:
            BundleError: it cannot be read.
        """
        if path is None:
            return cls()
        try:
            with path.open("rb") as file:
                digest = hashlib.file_digest(file, hashlib.sha256).hexdigest()
            said = licence or header(path).get("licence") or _UNSAID
        except (OSError, safetensors.SafetensorError) as error:
            message = f"The starting weights {path.name} cannot be read ({error})."
            hint = "Give a safetensors file, the folder of a model, or --weights none."
            raise BundleError(message, hint=hint) from error
        return cls(path.name, digest, str(said))


TORCHVISION = StartingWeights(
    name="torchvision's ImageNet weights",
    licence="BSD-3-Clause, from torchvision; learned from ImageNet",
)


def run_folder(result: Path) -> Path:
    """Return the folder of an unfinished run, beside its result."""
    return result.with_name(result.name + RUN_SUFFIX)


def header(path: Path) -> dict[str, Any]:
    """Return what the header of one of our safetensors files says, or {}.

    Raises:
        OSError, SafetensorError: it cannot be read.
    """
    # safetensors reports a missing file with an error of its own; a folder, too.
    path.open("rb").close()
    with safetensors.safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
    try:
        said = json.loads(metadata.get(_HEADER, "{}"))
    except ValueError:
        said = {}
    plain = {key: text for key, text in metadata.items() if key != _HEADER}
    return {**plain, **said} if isinstance(said, dict) else plain


def write(path: Path, state: Mapping[str, torch.Tensor], said: Any) -> None:  # noqa: ANN401 (any JSON value)
    """Place tensors and a JSON header as one file.

    Raises:
        MedHashError: the disk is full or cannot be written; the older file stands.
    """
    tensors = {name: tensor.detach().cpu().contiguous().clone()
               for name, tensor in state.items()}  # fmt: skip
    data = save(tensors, metadata={_HEADER: json.dumps(said), "format": "pt"})
    try:
        durable.place(path, data)
        durable.sync_folder(path.parent)
    except OSError as error:
        raise disk_failure(error, path) from error


def read(path: Path) -> tuple[State, dict[str, Any]]:
    """Return the tensors of a checkpoint and its header.

    Raises:
        BundleError: it is damaged.
    """
    try:
        said = header(path)
        with safetensors.safe_open(path, "pt") as file:
            names = list(file.keys())
            # Copies: Windows does not replace a file that is mapped.
            return {name: file.get_tensor(name).clone() for name in names}, said
    except (OSError, safetensors.SafetensorError) as error:
        message = f"The checkpoint {path} cannot be read ({error})."
        hint = f"Remove the folder {path.parent} and start again without --resume."
        raise BundleError(message, hint=hint) from error


def disk_failure(error: OSError, path: Path) -> MedHashError:
    """Return what a failed write means to the user."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        message = f"The disk is full: {path.name} could not be written."
        hint = (
            f"Make room on the drive of {path.parent}, then give the same command with "
            "--resume: it goes on after the last whole epoch."
        )
    elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        message = f"{path.parent} is a place that cannot be written to."
        hint = "Name another place with --out, or ask for write permission."
    else:
        message = f"{path} could not be written: {error.strerror or error}."
        hint = "Check the drive, or name another place with --out."
    return MedHashError(message, hint=hint)


def remove_run(folder: Path) -> None:
    """Remove the files of a finished run, and its folder if nothing else is in it."""
    for name in (CHECKPOINT, PIXELS, LIST):
        durable.remove(folder / name)
    with contextlib.suppress(OSError):
        folder.rmdir()
