"""Writes that a kill, a power cut or a full disk cannot leave half done.

A file placed here is whole under its name or not there at all: it is written under a
temporary name, synced and renamed. The name itself survives a power cut once
``sync_folder`` has returned.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from pathlib import Path

from medhash_gui.errors import LibraryError

TEMPORARY = ".tmp"

_OWNER_ONLY = 0o600
_BINARY = getattr(os, "O_BINARY", 0)
# Windows refuses to rename over a file that a reader has open for a moment.
_RENAME_TRIES = 20 if sys.platform == "win32" else 1
_RENAME_PAUSE_S = 0.05


def write(descriptor: int, data: bytes) -> None:
    """Write all of ``data``; a raw write may stop short of it.

    Raises:
        OSError: the disk is full or the like; part of the data may be written.
    """
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def sync(descriptor: int) -> None:
    """Return once what was written to a file is on the disk itself.

    Raises:
        OSError: the disk would not take it.
    """
    if sys.platform == "darwin":
        # macOS: fsync only hands the data to the drive, which may keep it in memory.
        import fcntl

        fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
    else:
        os.fsync(descriptor)


def sync_folder(folder: Path) -> None:
    """Return once the names in a folder are on the disk (Windows: at once).

    Raises:
        OSError: the disk would not take it.
    """
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def place(path: Path, data: bytes) -> None:
    """Put a whole file under its name, over an older one if need be.

    On POSIX it is its owner's alone: a library holds paths, labels and the key of the
    pseudonyms.

    Args:
        path: the name.
        data: the content.

    Raises:
        OSError: nothing under that name has changed.
    """
    temporary = path.with_name(path.name + TEMPORARY)
    try:
        # A leftover would keep its own permissions.
        temporary.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY
        descriptor = os.open(temporary, flags, _OWNER_ONLY)
        try:
            write(descriptor, data)
            sync(descriptor)
        finally:
            os.close(descriptor)
        _rename(temporary, path)
    except OSError:
        remove(temporary)
        raise


def owner_only(path: str, flags: int) -> int:
    """Open a file for ``open(..., opener=owner_only)``: a new one is its owner's alone.

    Raises:
        OSError: it cannot be opened.
    """
    return os.open(path, flags | _BINARY, _OWNER_ONLY)


def open_to_append(path: Path, *, end: int) -> int:
    """Return a descriptor that writes at ``end``, with all behind it cut off.

    Raises:
        OSError: the file cannot be opened for writing or cut.
    """
    descriptor = os.open(path, os.O_RDWR | _BINARY)
    try:
        cut(descriptor, end=end)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def cut(descriptor: int, *, end: int) -> None:
    """Cut a file off at ``end`` bytes and go on writing there.

    Raises:
        OSError: the file could not be cut.
    """
    if os.fstat(descriptor).st_size > end:
        os.ftruncate(descriptor, end)
        sync(descriptor)
    os.lseek(descriptor, end, os.SEEK_SET)


def close(descriptor: int) -> None:
    """Close a file opened here; what was synced is on the disk whatever happens."""
    try:
        os.close(descriptor)
    except OSError:
        # Network drives report a lost connection here, too late to matter.
        return


def remove(path: Path) -> None:
    """Remove a file that nothing refers to, if it is there and can be removed."""
    try:
        path.unlink(missing_ok=True)
    except OSError:
        # Windows keeps a file that a reader has open; the next writer tries again.
        return


def failure(error: OSError, root: Path) -> LibraryError:
    """Return what a failed write to the library at ``root`` means to its user."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        message = (
            f"The disk is full: the library {root.name} could not be added to. "
            "Everything saved before is still there."
        )
        hint = (
            f"Make room on the drive of {root} and run again, "
            "or name another place with --library."
        )
    elif error.errno in {errno.EROFS, errno.EACCES, errno.EPERM}:
        message = f"The library {root} is in a place that cannot be written to."
        hint = "Name another place with --library, or ask for write permission."
    else:
        reason = error.strerror or str(error)
        message = f"The library {root} could not be written to: {reason}."
        hint = "Check the drive, or name another place with --library."
    return LibraryError(message, hint=hint)


def _rename(source: Path, target: Path) -> None:
    for attempt in range(1, _RENAME_TRIES + 1):
        try:
            source.replace(target)
        except PermissionError:
            if attempt == _RENAME_TRIES:
                raise
            time.sleep(_RENAME_PAUSE_S)
        else:
            return
