"""Which library of a folder is in use, where there are several: one a model.

A small file beside the libraries names the one for each folder. What it does not name
has the usual place. A library is never changed or removed by switching to another.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Mapping
from pathlib import Path

from medhash_gui import paths
from medhash_gui.library import durable

SUFFIX = ".medhash"
_FILE = "in-use.json"


def usual(folder: Path) -> Path:
    """Return the usual place of the library of a folder, in the user's data folder.

    The samples' libraries have plain names, which the command line knows too.
    """
    absolute = folder.absolute()
    if absolute.parent == paths.samples().absolute():
        return paths.libraries() / f"synthetic-{absolute.name}{SUFFIX}"
    return paths.libraries() / f"{_stem(absolute)}{SUFFIX}"


def for_model(folder: Path, model_id: str) -> Path:
    """Return the place of another library of a folder, for the codes of a model."""
    return paths.libraries() / f"{_stem(folder.absolute())}-{model_id}{SUFFIX}"


def in_use(folder: Path) -> Path:
    """Return the library of a folder that is in use, which need not be there yet."""
    named = _read().get(_key(folder))
    if named is not None and (Path(named) / "library.json").is_file():
        return Path(named)
    return usual(folder)


def use(folder: Path, root: Path) -> None:
    """Let a library be the one of its folder from now on.

    Raises:
        LibraryError: that cannot be written down.
    """
    chosen = {**_read(), _key(folder): str(root.absolute())}
    if root.absolute() == usual(folder).absolute():
        del chosen[_key(folder)]
    text = json.dumps(chosen, indent=2, ensure_ascii=True) + "\n"
    try:
        paths.libraries().mkdir(parents=True, exist_ok=True)
        durable.place(paths.libraries() / _FILE, text.encode())
    except OSError as error:
        raise durable.failure(error, paths.libraries()) from error


def others(folder: Path, current: Path) -> list[Path]:
    """Return the other libraries of a folder in the user's data folder, by name."""
    stem = _stem(folder.absolute())
    found = [usual(folder), *sorted(paths.libraries().glob(f"{stem}-*{SUFFIX}"))]
    known = dict.fromkeys(root.absolute() for root in found)
    return [
        root
        for root in known
        if (root / "library.json").is_file() and root != current.absolute()
    ]


def _stem(absolute: Path) -> str:
    digest = hashlib.blake2b(str(absolute).encode(errors="surrogatepass")).hexdigest()
    name = re.sub(r"[^\w.-]+", "_", absolute.name).strip("._")[:60] or "library"
    return f"{name}-{digest[:8]}"


def _key(folder: Path) -> str:
    return os.path.normcase(folder.absolute())


def _read() -> Mapping[str, str]:
    try:
        values = json.loads((paths.libraries() / _FILE).read_bytes())
    except (OSError, ValueError):
        return {}
    if not isinstance(values, dict):
        return {}
    return {str(k): str(v) for k, v in values.items()}
