"""An append-only file of lines in which nothing can be changed without being found.

Each line is a JSON object that holds its number, the hash of the line before it and its
own: SHA-256 over the object without ``hash``, as JSON in ASCII with sorted keys and no
white space. ``head.json`` beside it repeats number and hash of the last line, so that
lines cut off at the end are missed, too. Whoever can write here can make all of it
anew; that is found only by comparing with a head that was noted elsewhere (``verify``).

Any number of processes append: one at a time, each line synced. One that is killed
half-way through a line leaves a fragment; the next one ends that line and says so.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LOG, HEAD, LOCK = "audit.jsonl", "head.json", "audit.lock"
FRAGMENT = "line-unfinished"
"""The event that says which fragment a killed process has left."""

_OWNER_ONLY = 0o600
_FOLDER = 0o700
_BINARY = getattr(os, "O_BINARY", 0)
_BLOCK = 1 << 16
_LOCK_WAIT_S = 10.0
_LOCK_PAUSE_S = 0.005
_MOST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Head:
    """The last line of a log: its number, 0 for none, and its hash in hexadecimal."""

    number: int = 0
    hash: str = "0" * 64

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"

    @classmethod
    def parse(cls, text: str) -> Head:
        """Return the head that a text ``NUMBER:HASH`` spells.

        Raises:
            ValueError: it spells none.
        """
        number, colon, digest = text.strip().partition(":")
        if not (colon and number.isdecimal() and len(digest) == len(cls().hash)):
            message = f"{text!r} is not of the form NUMBER:HASH"
            raise ValueError(message)
        return cls(int(number), digest.lower())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a log.

    Attributes:
        head: its last line that can be read.
        problems: what is wrong, a sentence each; () for a sound log.
        notes: what is worth knowing and no sign of a change.
    """

    head: Head
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()


def append(folder: Path, values: Mapping[str, Any]) -> Head:
    """Add a line and return the new head, once the line is on the disk.

    Where lines were cut off, the new one still follows the last that was written, so
    that the gap stays.

    Args:
        folder: of the log; made where it is not there.
        values: JSON values; the keys ``n``, ``prev`` and ``hash`` are taken.

    Raises:
        OSError: nothing was added: the disk is full, or the log cannot be written to.
    """
    folder.mkdir(mode=_FOLDER, parents=True, exist_ok=True)
    with _locked(folder / LOCK):
        flags = os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY
        log = os.open(folder / LOG, flags, _OWNER_ONLY)
        try:
            last, fragment = _end(log)
            head = _before(last, _read_head(folder))
            data = b"\n" if fragment else b""
            if fragment and _entry(fragment) is None:
                digest = hashlib.sha256(fragment).hexdigest()
                at = values.get("at")  # found now; when it was begun nobody knows
                told = {"at": at, "event": FRAGMENT, "fragment": digest}
                line, head = _line(head, told)
                data += line
            line, head = _line(head, values)
            _write_whole(log, data + line)
        finally:
            os.close(log)
        _write_head(folder, head)
    return head


def entries(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines that can be read, oldest first; none where there is no log.

    Raises:
        OSError: the log cannot be read.
    """
    try:
        file = (folder / LOG).open("rb")
    except FileNotFoundError:
        return
    with file:
        for raw in file:
            entry = _entry(raw)
            if entry is not None:
                yield entry


def verify(folder: Path, *, expected: Head | None = None) -> Verdict:
    """Read all of a log and say what was changed, removed or put in another order.

    Args:
        folder: of the log.
        expected: a head that was noted elsewhere, whose line must be there as it was.

    Raises:
        OSError: the log cannot be read.
    """
    problems: list[str] = []
    notes: list[str] = []
    noted = _read_head(folder)  # before the log, which may grow meanwhile
    wanted = [head for head in (noted, expected) if head is not None and head.number]
    found: set[Head] = set()
    head, fragment = Head(), b""
    for place, raw in enumerate(_lines(folder), 1):
        entry = _entry(raw)
        if entry is None:
            if fragment:
                problems.append(f"Line {place - 1} cannot be read.")
            fragment = raw
            continue
        if fragment and entry.get("fragment") != _digest_of_line(fragment):
            problems.append(f"Line {place - 1} cannot be read.")
        elif fragment:
            notes.append(f"Line {place - 1} was being written when its program ended.")
        fragment = b""
        problems += _problems_of(entry, head, place)
        head = Head(int(entry["n"]), str(entry["hash"]))
        found |= {head} & set(wanted)
    if fragment.endswith(b"\n"):
        problems.append("The last line cannot be read.")
    elif fragment:
        notes.append("The last line was being written when its program ended.")
    if noted is None and head.number:
        problems.append(f"{HEAD}, which repeats the last line, is gone or damaged.")
    for one in wanted:
        if one.number > head.number:
            problems.append(
                f"Lines are missing at the end: number {one.number} was written, the "
                f"last one is number {head.number}."
            )
        elif one not in found:
            problems.append(f"The line of number {one.number} is not what it was.")
    if len(problems) > _MOST_PROBLEMS:
        more = len(problems) - _MOST_PROBLEMS
        problems[_MOST_PROBLEMS:] = [f"And {more} more."]
    return Verdict(head, tuple(dict.fromkeys(problems)), tuple(notes))


# ----------------------------------------------------------------------- one line
def _line(before: Head, values: Mapping[str, Any]) -> tuple[bytes, Head]:
    entry = {"n": before.number + 1, **values, "prev": before.hash}
    entry["hash"] = _hash(entry)
    text = json.dumps(entry, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    return text.encode("ascii") + b"\n", Head(entry["n"], entry["hash"])


def _hash(entry: Mapping[str, Any]) -> str:
    content = {key: value for key, value in entry.items() if key != "hash"}
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _entry(raw: bytes) -> dict[str, Any] | None:
    """Return what a line holds, or None where it is no line of a log."""
    try:
        entry = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    kinds = {"n": int, "prev": str, "hash": str}
    if not isinstance(entry, dict) or any(
        type(entry.get(key)) is not kind for key, kind in kinds.items()
    ):
        return None
    return entry


def _problems_of(entry: Mapping[str, Any], before: Head, place: int) -> list[str]:
    problems = []
    if entry["hash"] != _hash(entry):
        problems.append(f"Line {place} was changed: it and its hash differ.")
    if (entry["n"], entry["prev"]) == (before.number + 1, before.hash):
        return problems
    where = f"before line {place}" if place > 1 else "at the beginning"
    problems.append(f"Lines are missing, changed or in another order {where}.")
    return problems


def _digest_of_line(raw: bytes) -> str:
    return hashlib.sha256(raw.removesuffix(b"\n")).hexdigest()


# --------------------------------------------------------------------- whole files
def _lines(folder: Path) -> Iterator[bytes]:
    try:
        file = (folder / LOG).open("rb")
    except FileNotFoundError:
        return
    with file:
        yield from file


def _end(log: int) -> tuple[Head | None, bytes]:
    """Return the last line's head, None for none, and what stands without an end.

    A line that lacks only its end is whole, and both.
    """
    size = os.fstat(log).st_size
    block = _BLOCK
    while True:
        start = max(0, size - block)
        os.lseek(log, start, os.SEEK_SET)
        data = b""
        while piece := os.read(log, size - start - len(data)):
            data += piece
        whole, newline, fragment = data.rpartition(b"\n")
        if newline and (start == 0 or b"\n" in whole):
            break
        if start == 0:
            break
        block *= 2
    entry = _entry(fragment) or _entry(whole.rpartition(b"\n")[2])
    head = None if entry is None else Head(entry["n"], entry["hash"])
    return head, fragment


def _before(last: Head | None, noted: Head | None) -> Head:
    """Return what a new line follows: the last one written, even if it is gone.

    The log may be ahead of the noted head, after a kill or a power cut; it is behind
    only where somebody cut it.
    """
    if last is not None and (noted is None or last.number > noted.number):
        return last
    return noted or Head()


def _write_whole(log: int, data: bytes) -> None:
    """Write and sync all of it, or leave the file as it was."""
    size = os.fstat(log).st_size
    try:
        view = memoryview(data)
        while view:
            view = view[os.write(log, view) :]
        os.fsync(log)
    except OSError:
        with contextlib.suppress(OSError):
            os.ftruncate(log, size)
        raise


def _read_head(folder: Path) -> Head | None:
    try:
        values = json.loads((folder / HEAD).read_bytes())
        return Head.parse(f"{int(values['n'])}:{values['hash']}")
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _write_head(folder: Path, head: Head) -> None:
    # Not synced: after a power cut it may be older than the log, never newer.
    temporary = folder / f"{HEAD}.tmp"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | _BINARY
    descriptor = os.open(temporary, flags, _OWNER_ONLY)
    try:
        text = json.dumps({"n": head.number, "hash": head.hash})
        os.write(descriptor, text.encode("ascii"))
    finally:
        os.close(descriptor)
    temporary.replace(folder / HEAD)


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock that the system gives back when its holder dies.

    Not ``filelock``: its import alone takes longer than a query.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | _BINARY, _OWNER_ONLY)
    try:
        deadline = time.monotonic() + _LOCK_WAIT_S
        while not _take(descriptor):
            if time.monotonic() > deadline:
                raise TimeoutError(None, "another program does not let go of it")
            time.sleep(_LOCK_PAUSE_S)
        yield
    finally:
        os.close(descriptor)


if sys.platform == "win32":
    import msvcrt

    def _take(descriptor: int) -> bool:
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _take(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
