"""One writer a library: a lock that the system gives back when its holder dies."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

from medhash_gui.errors import LibraryBusyError
from medhash_gui.library import durable

LOCK_FILE = "writer.lock"
HOLDER_FILE = "writer.json"
LOCK_FILES = frozenset({LOCK_FILE, HOLDER_FILE})


class WriterLock:
    """The right to write to a library, held from construction to ``release``."""

    def __init__(self, root: Path) -> None:
        """Take the lock.

        Raises:
            LibraryBusyError: another writer holds it.
            LibraryError: the library's place cannot be written to.
        """
        # Readers take no lock and answer a query 40 ms sooner without this import.
        import filelock

        self._holder = root / HOLDER_FILE
        # A library may be opened on one thread and closed on another.
        self._lock = filelock.FileLock(root / LOCK_FILE, timeout=0, thread_local=False)
        try:
            self._lock.acquire()
        except filelock.Timeout as error:
            raise _busy(root) from error
        except (OSError, NotImplementedError) as error:
            raise durable.failure(_as_os_error(error), root) from error
        holder = {"pid": os.getpid(), "host": socket.gethostname()}
        try:
            self._holder.write_text(json.dumps(holder), encoding="ascii")
        except OSError:
            # It only tells others who writes; a full disk must not hinder opening.
            durable.remove(self._holder)

    def release(self) -> None:
        """Let the next writer in."""
        durable.remove(self._holder)
        self._lock.release()


def _busy(root: Path) -> LibraryBusyError:
    who = "another process"
    try:
        holder = json.loads((root / HOLDER_FILE).read_bytes())
        who = f"process {int(holder['pid'])} on {holder['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        # The holder is about to write it, or could not.
        pass
    message = f"The library {root} is being written to by {who}."
    hint = "Wait until that is done or close it there. Searching works meanwhile."
    return LibraryBusyError(message, hint=hint)


def _as_os_error(error: OSError | NotImplementedError) -> OSError:
    if isinstance(error, OSError):
        return error
    return OSError(None, "its drive cannot lock files")
