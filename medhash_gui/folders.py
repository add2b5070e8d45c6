"""Find the files below a folder, read one, and tell a content by its digest.

Nothing that a drive, a network share or another program does to a file while it is
listed or read leaves ``read_bytes`` but as a sentence.
"""

from __future__ import annotations

import errno
import hashlib
import operator
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from medhash_gui.errors import DatasetError, UnreadableImageError

MAX_FILE_BYTES = 4 * 2**30
"""A larger file is refused: it is read into memory whole."""

MAX_PIXELS = 150_000_000
"""A picture of more pixels is refused: decoded, it would fill gigabytes."""

# A file of more, such as a film or an archive, is not read whole to find that it is no
# picture.
_LARGE_BYTES = 16 * 2**20
_HEAD_BYTES = 4096
_FETCH = "Fetch or export the file again."
_CONVERT = "Convert it to PNG, TIFF or DICOM."
_LIBRARY_SUFFIX = ".medhash"
_NAME = operator.attrgetter("name")
_SYSTEM_NAMES = {"thumbs.db", "ehthumbs.db", "desktop.ini"} | {
    *("__macosx", "$recycle.bin", "system volume information", "@eadir")
}
# FILE_ATTRIBUTE_HIDDEN | FILE_ATTRIBUTE_SYSTEM, on Windows only.
_HIDDEN = 0x6 if os.name == "nt" else 0


class FoundFile(NamedTuple):
    """A file under a scanned folder.

    Attributes:
        path: POSIX path relative to the scanned folder.
        size_bytes: size in bytes.
        modified_ns: time of the last change, in ns since 1970.
    """

    path: str
    size_bytes: int
    modified_ns: int


def is_gone(file: Path) -> bool:
    """Return whether a file is no longer there, not merely out of reach."""
    try:
        file.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        # No permission, a drive that answers with errors: nobody said it is gone.
        return False
    return False


def scan(root: Path, *, unreadable: list[str] | None = None) -> Iterator[FoundFile]:
    """Yield every file below a folder, sorted by name within each folder.

    Left out: hidden files and folders, files that the system puts there (Thumbs.db and
    the like), MedHash libraries, and whatever is not an ordinary file. Links are
    followed, each folder is entered once, so a loop of links ends.

    Args:
        root: the folder.
        unreadable: takes the relative path of each folder that cannot be listed, each
            file that may not be looked at, each link that leads nowhere, and each name
            that is no valid text; without it the first of them raises, but for links.

    Raises:
        DatasetError: the folder is missing or cannot be listed.
    """
    if not root.is_dir():
        message = f"The folder {root} is not there."
        raise DatasetError(
            message, hint="Check the name, or connect the drive it is on."
        )
    entered: set[tuple[int, int]] = set()
    waiting: list[tuple[Path, str]] = [(root, "")]
    while waiting:
        folder, prefix = waiting.pop()
        try:
            status = folder.stat()
            entries = sorted(os.scandir(folder), key=_NAME)
        except OSError as error:
            _report_unreadable(prefix or ".", unreadable, error)
            continue
        if (status.st_dev, status.st_ino) in entered:
            continue
        entered.add((status.st_dev, status.st_ino))
        below = []
        for entry in entries:
            name = entry.name
            path = prefix + name
            try:
                if not name.isascii():
                    name.encode()
                status = entry.stat()
            except UnicodeEncodeError as error:
                shown = path.encode(errors="replace").decode()
                _report_unreadable(shown, unreadable, error)
                continue
            except FileNotFoundError as error:
                # A link that leads nowhere is one of the user's pictures that is not
                # there; what is gone since the folder was listed is nothing.
                is_link = (folder / name).is_symlink()
                if is_link and unreadable is not None and name[0] != ".":
                    _report_unreadable(path, unreadable, error)
                continue
            except OSError as error:
                if error.errno != errno.ELOOP:  # a link to itself holds nothing
                    _report_unreadable(path, unreadable, error)
                continue
            if name[0] == "." or name.lower() in _SYSTEM_NAMES:
                continue
            if _HIDDEN and getattr(status, "st_file_attributes", 0) & _HIDDEN:
                continue
            if stat.S_ISDIR(status.st_mode):
                if not name.lower().endswith(_LIBRARY_SUFFIX):
                    below.append((folder / name, f"{path}/"))
            elif stat.S_ISREG(status.st_mode):
                yield FoundFile(path, status.st_size, status.st_mtime_ns)
        waiting.extend(reversed(below))


def _report_unreadable(
    path: str, unreadable: list[str] | None, error: Exception
) -> None:
    if unreadable is None:
        message = f"{path.rstrip('/')} cannot be listed."
        raise DatasetError(
            message, hint="Ask for permission to read it, or rename it."
        ) from error
    unreadable.append(path.rstrip("/"))


def read_bytes(
    path: Path, *, refuse: Callable[[bytes, str], None] | None = None
) -> bytes:
    """Return the content of a file.

    A file that another program changes meanwhile is read a second time.

    Args:
        path: the file.
        refuse: called with the first bytes of a large file and its name; raises where
            the rest need not be read.

    Raises:
        UnreadableImageError: it is missing, a folder, no ordinary file, empty, too
            large, may not be read, or does not keep still.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            message = f"{path.name} is a folder, not a picture."
            raise UnreadableImageError(message, state="not_an_image")
        if not stat.S_ISREG(status.st_mode):
            message = f"{path.name} is not an ordinary file."
            raise UnreadableImageError(message, state="not_an_image")
        if status.st_size > MAX_FILE_BYTES:
            message = f"{path.name} is larger than {MAX_FILE_BYTES // 2**30} GB."
            raise UnreadableImageError(message, state="unsupported", hint=_CONVERT)
        if refuse is not None and status.st_size > _LARGE_BYTES:
            with path.open("rb") as file:
                refuse(file.read(_HEAD_BYTES), path.name)
        data = _settled_bytes(path, status)
    except FileNotFoundError as error:
        message = f"{path.name} is not there."
        raise UnreadableImageError(
            message, state="damaged", hint="Check the name, or connect the drive."
        ) from error
    except PermissionError as error:
        message = f"{path.name} may not be read."
        raise UnreadableImageError(
            message, state="damaged", hint="Ask for permission to read it."
        ) from error
    except (OSError, MemoryError) as error:
        message = f"{path.name} cannot be read from its drive."
        raise UnreadableImageError(message, state="damaged", hint=_FETCH) from error
    if not data:
        raise empty_file(path.name)
    return data


def _settled_bytes(path: Path, before: os.stat_result) -> bytes:
    for _ in range(2):
        data = path.read_bytes()
        after = path.stat()
        if (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns):
            return data
        before = after
    message = f"{path.name} changed while it was read; the next run reads it again."
    raise UnreadableImageError(message, state="damaged")


def content_digest(data: bytes) -> bytes:
    """Return 16 bytes that identify a content: BLAKE2b of ``data``."""
    return hashlib.blake2b(data, digest_size=16).digest()


def empty_file(name: str) -> UnreadableImageError:
    """Return the failure of a file without content."""
    return UnreadableImageError(
        f"{name} is damaged: the file is empty.", state="damaged", hint=_FETCH
    )
