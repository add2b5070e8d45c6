"""A disk that remembers every moment at which a writer could have died.

``CrashDisk`` watches the system calls of ``medhash_gui.library.durable``. Before each
of them it keeps two pictures of a folder: what a killed process leaves (all calls so
far), and what a power cut may leave (only what was synced: file contents by ``fsync``
of the file, names by ``fsync`` of the folder). Writes are cut in two, so that torn ones
are among them.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from medhash_gui.library import durable


@dataclass(frozen=True)
class Moment:
    """What the disk held before one system call, by file name."""

    call: str
    acknowledged: int
    after_kill: dict[str, bytes]
    after_power_cut: dict[str, bytes]


class CrashDisk:
    """Records the moments of a folder while it is watched.

    Attributes:
        moments: one before each system call.
        acknowledged: set by the test: how many commits have returned.
        fail_at: number of the call that raises ``OSError``, or None.
        calls: how many calls there were.
        is_tearing: whether each write is cut in two, the half of it again, and so on.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.moments: list[Moment] = []
        self.acknowledged = 0
        self.calls = 0
        self.fail_at: int | None = None
        self.fails_on = False
        self.error = errno.ENOSPC
        self.is_recording = True
        self.is_tearing = True
        self._synced: dict[int, list[bytes]] = {}
        self._names: dict[str, list[bytes]] = {}
        for name in ("write", "fsync", "replace", "unlink", "ftruncate"):
            self._watch(name, monkeypatch)

    def settle(self) -> None:
        """Count what is in the folder now as on the disk, names and contents."""
        for path in self.folder.iterdir():
            if path.is_file():
                self._synced[path.stat().st_ino] = [path.read_bytes()]
                self._names[path.name] = self._synced[path.stat().st_ino]

    def _watch(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        real: Callable[..., object] = getattr(os, name)

        def call(*arguments: object, **options: object) -> object:
            self._before(name)
            if name == "write" and self.is_tearing:
                descriptor, data = arguments
                half = max(1, len(data) // 2)  # type: ignore[arg-type]
                return real(descriptor, bytes(data)[:half])  # type: ignore[call-overload]
            if name in {"replace", "unlink"}:
                self._forget(Path(str(arguments[-1])))
            if name == "fsync":
                # The real one would only make the test wait.
                return self._sync(int(str(arguments[0])))
            return real(*arguments, **options)

        monkeypatch.setattr(durable.os, name, call)

    def _before(self, name: str) -> None:
        self.calls += 1
        if self.fail_at is not None and (
            self.calls == self.fail_at or (self.fails_on and self.calls > self.fail_at)
        ):
            raise OSError(self.error, os.strerror(self.error))
        if self.is_recording:
            names = {name: held[0] for name, held in self._names.items()}
            self.moments.append(
                Moment(name, self.acknowledged, contents(self.folder), names)
            )

    def _sync(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            if self.folder.exists() and status.st_ino == self.folder.stat().st_ino:
                self._names = {
                    path.name: self._synced.setdefault(path.stat().st_ino, [b""])
                    for path in self.folder.iterdir()
                    if path.is_file()
                }
            return
        for path in self.folder.iterdir():
            if path.stat().st_ino == status.st_ino and path.is_file():
                self._synced.setdefault(status.st_ino, [b""])[0] = path.read_bytes()

    def _forget(self, path: Path) -> None:
        """Let a removed file's number be another file's, and keep its content."""
        if path.exists():
            self._synced.pop(path.stat().st_ino, None)


def contents(folder: Path) -> dict[str, bytes]:
    """Return all files of a folder, the lock's and those of inner folders apart."""
    if not folder.exists():
        return {}
    return {
        path.name: path.read_bytes()
        for path in folder.iterdir()
        if not path.name.startswith("writer.") and path.is_file()
    }


def restore(folder: Path, files: dict[str, bytes]) -> Path:
    """Make a folder with some files."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder
