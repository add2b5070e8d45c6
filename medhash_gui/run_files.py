"""The files of a training run, for whoever writes or watches one; no torch.

    FOLDER/config.json      what was asked for
    FOLDER/events.jsonl     what happened, one JSON object a line, the newest last
    FOLDER/checkpoints/     the newest two and the best network; a pre-trained trunk
    FOLDER/codes.npz        the codes of all pictures, once the run has finished
    FOLDER/NAME/            the model, once the run has finished
    FOLDER/run.lock         held by the process that trains
    FOLDER/stop             a wish: there while the run is asked to stop

A run is watched through these files alone, so it does not matter which process started
it, and whether that one is still there.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from medhash_gui.errors import CheckpointError

CONFIG = "config.json"
EVENTS = "events.jsonl"
CODES = "codes.npz"
TRUNK = "checkpoints/trunk.safetensors"
LOCK = "run.lock"
STOP = "stop"

Values = dict[str, Any]

# Whoever asks whether a run is going on holds its lock for a moment.
_LOCK_WAIT_S = 5.0


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold a run for as long as it is trained; a wish to stop it is forgotten.

    The system gives the lock back when the process dies. Of several processes that
    train together the first one holds it for all.

    Raises:
        CheckpointError: another process trains in the folder, or it cannot be written
            to.
    """
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    import filelock

    lock = filelock.FileLock(folder / LOCK, timeout=_LOCK_WAIT_S)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except filelock.Timeout as error:
        message = f"Another process is training in {folder}."
        hint = "Wait for its end or stop it there, or name another folder."
        raise CheckpointError(message, hint=hint) from error
    except (OSError, NotImplementedError) as error:
        reason = getattr(error, "strerror", None) or error
        message = f"The folder {folder} cannot be written to: {reason}."
        raise CheckpointError(message, hint="Name another folder.") from error
    try:
        forget_wish(folder)
        yield
    finally:
        lock.release()


def is_held(folder: Path) -> bool:
    """Return whether a process trains in the folder."""
    import filelock

    if not (folder / LOCK).exists():
        return False
    lock = filelock.FileLock(folder / LOCK, timeout=0)
    try:
        lock.acquire()
    except filelock.Timeout:
        return True
    except (OSError, NotImplementedError):
        return False  # a place that cannot be locked has no writer, either
    lock.release()
    return False


def ask_to_stop(folder: Path) -> None:
    """Ask the run in a folder to stop after the batch under way.

    Raises:
        CheckpointError: the folder cannot be written to.
    """
    try:
        (folder / STOP).touch()
    except OSError as error:
        message = f"The run in {folder} cannot be asked to stop: {error.strerror}."
        raise CheckpointError(message, hint="Check the folder's rights.") from error


def is_asked_to_stop(folder: Path) -> bool:
    """Return whether the run in a folder was asked to stop."""
    return (folder / STOP).exists()


def forget_wish(folder: Path) -> None:
    """Take the wish to stop back, where there is one."""
    with contextlib.suppress(OSError):
        (folder / STOP).unlink(missing_ok=True)


class EventReader:
    """Gives the events of a run as they come, each once.

    Args:
        folder: of the run; its events need not be there yet.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / EVENTS
        self._at = 0

    def new(self) -> list[Values]:
        """Return the events since the last call.

        A line that is being written is left for the next call. What is no event (a
        power cut may leave zeros) is passed over.
        """
        try:
            size = self._path.stat().st_size
            if size < self._at:
                self._at = 0  # a half line was cut off, or the run began anew
            with self._path.open("rb") as file:
                file.seek(self._at)
                data = file.read()
        except OSError:
            return []
        end = data.rfind(b"\n") + 1
        self._at += end
        return [event for line in data[:end].splitlines() if (event := _event(line))]


def events_of(folder: Path) -> Iterator[Values]:
    """Give the events of a run so far; a line that is being written is left out."""
    yield from EventReader(folder).new()


def _event(line: bytes) -> Values | None:
    try:
        values = json.loads(line)
    except ValueError:
        return None
    return values if isinstance(values, dict) else None
