"""What this process writes is its owner's alone.

Libraries, pictures, lists and logs of a hospital have no business with other users of
the computer. One rule for all files and folders that are made from now on, by child
processes too, is safer than a right for each. (Windows: folders of a user are theirs.)
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

_OTHERS = 0o077


def from_now_on() -> None:
    """Let files be made with the rights 0600 and folders with 0700, or fewer."""
    os.umask(os.umask(_OTHERS) | _OTHERS)


def readable_by_others(folder: Path) -> list[Path]:
    """Return what in a folder others may read or enter, the folder itself first.

    Where they may not enter the folder, nothing in it is within their reach.
    """
    if os.name != "posix" or not folder.exists() or not _is_open(folder):
        return []
    return [folder, *(path for path in sorted(folder.rglob("*")) if _is_open(path))]


def _is_open(path: Path) -> bool:
    try:
        return bool(stat.S_IMODE(path.lstat().st_mode) & _OTHERS) and (
            not path.is_symlink()
        )
    except OSError:
        return False
