"""Which files in a library's folder are its own, and which count for nothing."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from medhash_gui.errors import LibraryError
from medhash_gui.library.durable import TEMPORARY
from medhash_gui.library.manifest import COPY_NAME, FILE_NAME, Manifest, is_own_file

SET_ASIDE = "set-aside-"
"""How the folders begin in which repairing keeps what was damaged."""

_SEGMENTS = ("records-", "codes-")
_EMPTY_JOURNAL_BYTES = 8


def orphans(root: Path, manifest: Manifest) -> list[Path]:
    """Return the files that a writer that died has left, which count for nothing.

    Raises:
        OSError: the folder cannot be read.
    """
    named = manifest.files()
    return [
        path
        for path in root.iterdir()
        if is_own_file(path.name) and path.name not in named
    ]


def set_aside(root: Path) -> list[Path]:
    """Return the folders in which repairing has kept damaged files, by name.

    Raises:
        OSError: the folder cannot be read.
    """
    return sorted(
        path
        for path in root.iterdir()
        if path.name.startswith(SET_ASIDE) and path.is_dir() and not path.is_symlink()
    )


def check_free(root: Path, *, besides: Collection[str]) -> None:
    """Raise where no library can be made.

    What a failed attempt left may be there; what may hold rows may not.

    Args:
        root: where it is to be.
        besides: names of files that may be there, too.

    Raises:
        LibraryError: there is a library already, or something else.
        OSError: the folder cannot be read.
    """
    if (root / FILE_NAME).exists():
        message = f"There is a library at {root} already."
        raise LibraryError(message, hint="Open it, or choose another name.")
    if not root.exists():
        return
    paths = list(root.iterdir()) if root.is_dir() else [Path()]
    names = {path.name for path in paths}
    if any(map(_may_hold_rows, paths)):
        message = f"There is a library at {root}, but its {FILE_NAME} is gone."
        hint = f'"medhash library repair {root}" makes that file again.'
        raise LibraryError(message, hint=hint)
    if any(name not in besides and not is_own_file(name) for name in names):
        message = f"{root} is there already, and it is not a library."
        raise LibraryError(message, hint="Choose a name that is not taken.")


def _may_hold_rows(path: Path) -> bool:
    if path.name == COPY_NAME or path.name.startswith(_SEGMENTS):
        return is_own_file(path.name) and path.suffix != TEMPORARY
    is_journal = path.name.startswith("journal-") and is_own_file(path.name)
    return is_journal and path.stat().st_size > _EMPTY_JOURNAL_BYTES
