"""What support needs to know, in one file that names nobody and no place.

It holds what ``doctor`` finds without folders, and the end of the log. Nothing of a
library goes in but counts. The texts can be read before they are saved.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medhash_gui import doctor, installation, paths
from medhash_gui.errors import MedHashError
from medhash_gui.library import durable
from medhash_gui.redaction import without_paths

SUFFIX = ".zip"

_MOST_LOG_BYTES = 200_000
_README = """What MedHash found on this computer, for whoever helps.

doctor.json     versions, devices, decoders, what is missing, and counts
medhash.log     the end of the log; paths were taken out of it

No picture, no path, no name of a file or a patient, no row of a library is in it.
"""


def contents() -> dict[str, str]:
    """Return the texts that a bundle holds, by the names of their files."""
    return {"README.txt": _README, "doctor.json": _examined(), "medhash.log": _log()}


def save(texts: Mapping[str, str], file: Path) -> Path:
    """Write a bundle, over an older one; return its file.

    Args:
        texts: as ``contents`` gave them.
        file: ends in ``.zip``.

    Raises:
        MedHashError: the name ends in something else, or it cannot be written.
    """
    if file.suffix.lower() != SUFFIX:
        message = f"{file.name} does not end in {SUFFIX}."
        raise MedHashError(message, hint="Name a file such as support.zip.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    try:
        durable.place(file, packed.getvalue())
    except OSError as error:
        message = f"The bundle cannot be written to {file}: {error.strerror or error}."
        raise MedHashError(message, hint="Choose another place for it.") from error
    return file


def _examined() -> str:
    found = doctor.examine().as_json()
    del found["folders"], found["models"]  # names that the user gave
    found["installation"] = installation.facts()
    return json.dumps(_without_paths(found), indent=1, ensure_ascii=False)


def _without_paths(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, str):
        return without_paths(value)
    if isinstance(value, Mapping):
        return {key: _without_paths(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_paths(one) for one in value]
    return value


def _log() -> str:
    try:
        with (paths.logs() / "medhash.log").open("rb") as file:
            file.seek(0, io.SEEK_END)
            file.seek(max(0, file.tell() - _MOST_LOG_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    return without_paths(text)
