"""Memory that a worker and its parent share, so that inputs need not cross a pipe.

A worker has two slots and fills them in turn, one for the first picture of each task.
It needs no word that a slot is free again: at most two tasks of a worker are open, so
when the next but one arrives, the parent is done with the answer of the first. Whatever
a slot cannot hold (further frames of a file, other shapes) goes through the pipe.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

SLOTS = 2
"""Slots of a worker: as many as it may have open tasks."""

# Where Linux keeps shared memory; containers often have 64 MB of it.
_LINUX = Path("/dev/shm")


class InputSlots:
    """The slots of all workers, in one piece of shared memory.

    Args:
        memory: the shared memory.
        size_bytes: of a slot.

    Attributes:
        name: by which a worker finds the memory.
        size_bytes: as given.
    """

    def __init__(self, memory: _Memory, size_bytes: int) -> None:
        self._memory = memory
        self.size_bytes = size_bytes
        self.name = memory.name

    @classmethod
    def make(cls, workers: int, size_bytes: int) -> InputSlots | None:
        """Return slots for so many workers, or None where there is no such memory."""
        total = workers * SLOTS * size_bytes
        if not total:
            return None
        try:
            memory = _Memory(create=True, size=total)
        except (OSError, ValueError):
            return None
        try:
            _reserve(memory.name, total)
        except OSError:
            # Not enough of it: writing to what is not there would end the process.
            _let_go(memory)
            return None
        return cls(memory, size_bytes)

    @classmethod
    def attach(cls, name: str, size_bytes: int) -> InputSlots | None:
        """Return the slots that another process has made, or None."""
        try:
            return cls(_Memory(name=name), size_bytes)
        except (OSError, ValueError):
            return None

    def write(self, worker: int, slot: int, inputs: Floats) -> bool:
        """Put inputs into a slot and return whether they fit."""
        if inputs.nbytes > self.size_bytes:
            return False
        self._view(worker, slot, inputs.shape)[...] = inputs
        return True

    def read(self, worker: int, slot: int, shape: tuple[int, ...]) -> Floats:
        """Return what is in a slot; it changes when the worker goes on.

        Raises:
            ValueError: no slot holds so much.
        """
        view = self._view(worker, slot, shape)
        view.flags.writeable = False
        return view

    def close(self) -> None:
        """Give the memory back when the last array that lies in it is gone."""
        _let_go(self._memory)

    def _view(self, worker: int, slot: int, shape: tuple[int, ...]) -> Floats:
        if int(np.prod(shape)) * 4 > self.size_bytes:
            message = f"A slot of {self.size_bytes} bytes cannot hold {shape}."
            raise ValueError(message)
        start = (worker * SLOTS + slot) * self.size_bytes
        return np.ndarray(shape, np.float32, self._memory.buf, start)


class _Memory(SharedMemory):
    """Shared memory that does not complain when an array outlives it."""

    def __del__(self) -> None:
        with contextlib.suppress(BufferError, OSError):
            self.close()


def _reserve(name: str, size_bytes: int) -> None:
    """Take the memory now, where a lack of it would show only in a signal later.

    Raises:
        OSError: there is not so much.
    """
    file = _LINUX / name.lstrip("/")
    if hasattr(os, "posix_fallocate") and file.exists():
        with _opened(file) as descriptor:
            os.posix_fallocate(descriptor, 0, size_bytes)


@contextlib.contextmanager
def _opened(file: Path) -> Iterator[int]:
    descriptor = os.open(file, os.O_RDWR)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _let_go(memory: _Memory) -> None:
    with contextlib.suppress(BufferError, OSError):
        memory.close()
    with contextlib.suppress(OSError):
        memory.unlink()
