"""The one place where an export is carried out: files that are meant to leave the desk.

Every picture, DICOM series, teaching file and report goes through ``carry_out``. What
is there already stays unless the caller says so; a file is whole under its name or not
there; and what was written comes back as one ``Exported``, by which it can be recorded:
kind, place, digest, and the pseudonyms of the pictures in it, never a name or a path of
theirs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import medhash_gui
from medhash_gui import audit
from medhash_gui.errors import ExportError

Kind = Literal["pictures", "dicom", "teaching", "report"]

RESEARCH_USE = (
    "For research and education only. Not a medical device; not for diagnosis or "
    "treatment."
)
PICTURE_DIGITS = 12
"""Hexadecimal digits of a content's digest by which an export names a picture."""

_TEMPORARY = ".part"


@dataclass(frozen=True, slots=True)
class Origin:
    """What an export is made with; "" where there was none.

    Attributes:
        model_id: fingerprint of the model.
        library: fingerprint of the library.
        program: name and version of the program.
        intended_use: ``RESEARCH_USE``.
    """

    model_id: str = ""
    library: str = ""
    program: str = f"MedHash {medhash_gui.__version__}"
    intended_use: str = RESEARCH_USE


@dataclass(frozen=True, slots=True)
class Exported:
    """An export that was carried out.

    Attributes:
        kind: what was written.
        files: the files that are there now, in order.
        digest: hexadecimal BLAKE2b-128 of their names and contents.
        pictures: pseudonyms of the pictures in it.
        origin: what it was made with.
        note: why it could not be written to the log of what was done, or "".
    """

    kind: Kind
    files: tuple[Path, ...]
    digest: str
    pictures: tuple[str, ...]
    origin: Origin
    note: str = ""


def carry_out(
    kind: Kind,
    folder: Path,
    contents: Mapping[str, bytes],
    *,
    pictures: Sequence[str],
    origin: Origin,
    library: audit.Recorded | None = None,
    replace: bool = False,
) -> Exported:
    """Write files into a folder, all of them or none, and say what was written.

    Args:
        kind: what is exported.
        folder: where; made if it is not there.
        contents: of the files, by their names.
        pictures: pseudonyms of the pictures in them.
        origin: what the export is made with.
        library: where the pictures are from, for the log of what was done; None for
            pictures of none.
        replace: whether files of these names are written over.

    Raises:
        ExportError: a file is there already, or the folder cannot be written to.
    """
    check_free(folder, tuple(contents), replace=replace)
    written: list[tuple[Path, Path]] = []
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in contents.items():
            place = folder / name
            part = place.with_name(name + _TEMPORARY)
            written.append((part, place))
            _write(part, data)
        for part, place in written:
            part.replace(place)
    except OSError as error:
        for part, _ in written:
            part.unlink(missing_ok=True)
        reason = error.strerror or str(error)
        msg = f"The export cannot be written to {folder}: {reason}."
        raise ExportError(msg, hint="Choose another place for it.") from error
    digest = hashlib.blake2b(digest_size=16)
    for name, data in contents.items():
        digest.update(name.encode() + b"\0" + hashlib.blake2b(data).digest())
    files = tuple(place for _, place in written)
    note = audit.exported(library, kind, rows=len(pictures))
    return Exported(kind, files, digest.hexdigest(), tuple(pictures), origin, note)


def check_free(folder: Path, names: Sequence[str], *, replace: bool) -> None:
    """Check that nothing is written over by mistake, before work is done.

    Raises:
        ExportError: a file of one of the names is there and is not to be replaced, or
            the folder is a file.
    """
    if folder.exists() and not folder.is_dir():
        msg = f"{folder} is a file, not a folder."
        raise ExportError(msg, hint="Name a folder for the export.")
    for name in names:
        place = folder / name
        if place.is_dir():
            msg = f"{place} is a folder."
            raise ExportError(msg, hint="Choose another name for the file.")
        if place.exists() and not replace:
            msg = f"{place} is there already."
            hint = "Choose another place or name, or ask for it to be replaced."
            raise ExportError(msg, hint=hint)


def _write(part: Path, data: bytes) -> None:
    with part.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
