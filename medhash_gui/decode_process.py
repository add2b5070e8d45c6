"""A process of its own for decoding, whose crash, hang or greed costs one file.

Both ends are here: ``DecodeProcess`` is what the parent holds; ``settle_in`` is what
the new process does first, so that it keeps quiet, stays within its memory, ignores
Ctrl-C and ends with its parent. Messages are JSON and raw numbers, so that nothing that
a broken codec writes can run code in the parent.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import json
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, cast

from medhash_gui.errors import FileState, MedHashError

MEMORY_LIMIT = 6 * 2**30
"""Memory that a worker may take beyond what it starts with, in bytes: what 150 million
pixels of colour need, with the file itself."""

START_LIMIT_S = 120.0
"""A worker that has not said within this time that it is there never will."""

# A killed process can hang on a dead network drive; waiting for it helps nobody.
_END_S = 0.3
# What a worker ends with when it finds that it has taken too much.
_TOO_GREEDY = 77
_WATCH_EVERY_S = 0.05

# Of malloc.h.
_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3


class DecodeProcess:
    """A worker process and the parent's end of its pipe.

    Args:
        module: name of the module of the function that serves; it is imported in the
            new process alone, so that a start need not wait for it here.
        function: its name; it takes the pipe, then the arguments.
        arguments: what it is given; must be picklable.
        name: of the process, for people who list them.

    Attributes:
        process: the process.
        pipe: sends tasks and receives answers.
        since: when it was started or last heard of, in s of ``time.monotonic``.
        is_ready: whether it has said that it is there.
    """

    def __init__(
        self,
        module: str,
        function: str,
        arguments: tuple[Any, ...],
        *,
        name: str = "medhash-decode",
    ) -> None:
        # Spawned on every system: a fork would copy locks that other threads hold.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(
            target=_run,
            args=(module, function, theirs, *arguments),
            daemon=True,
            name=name,
        )
        with _interrupts_held_back():
            self.process.start()
        # Closed here, so that the pipe ends when the worker does.
        theirs.close()
        self.since = time.monotonic()
        self.is_ready = False

    def send(self, message: dict[str, Any], raw: bytes | None = None) -> None:
        """Send a message; when the process has died, receiving says so."""
        with contextlib.suppress(OSError):
            self.pipe.send_bytes(json.dumps(message).encode("ascii"))
            if raw is not None:
                self.pipe.send_bytes(raw)

    def receive(self) -> dict[str, Any] | None:
        """Return the next message, or None for the greeting.

        Raises:
            EOFError, OSError: the process has died.
        """
        message: dict[str, Any] = json.loads(self.pipe.recv_bytes())
        self.since = time.monotonic()
        if "ready" in message:
            self.is_ready = True
            return None
        return message

    def rest(self) -> None:
        """Count the time limit from now: it was idle until here."""
        self.since = time.monotonic()

    def is_over(self, time_limit_s: float) -> bool:
        """Return whether it has been silent for longer than it may."""
        limit = time_limit_s if self.is_ready else START_LIMIT_S
        return time.monotonic() - self.since > limit

    def why_it_ended(self) -> tuple[FileState, str]:
        """Return the state of the file that it was busy with, and the reason.

        Raises:
            MedHashError: it never started.
        """
        self.process.join(_END_S)
        code = self.process.exitcode
        if not self.is_ready:
            raise cannot_start()
        if code == _TOO_GREEDY:
            return "unsupported", "decoding it takes more memory than is allowed"
        return "damaged", "the decoder crashed on it"

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self.process.kill()
        self.process.join(_END_S)
        if self.process.exitcode is not None:
            self.process.close()
        self.pipe.close()


def cannot_start() -> MedHashError:
    """Return the failure of a machine on which no worker starts."""
    message = "The processes that decode pictures cannot be started."
    return MedHashError(
        message, hint="Close other programs to free memory, then run it again."
    )


@contextlib.contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Start a process that Ctrl-C cannot hit before it has learnt to ignore it.

    The signal mask is inherited; Windows has none, and its workers print a traceback
    when they are interrupted in their first half second.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # The first spawn of a process starts this helper, which lets SIGINT through again
    # on its way; started beforehand it leaves the mask alone.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# -- in the worker -----------------------------------------------------------------


def _run(module: str, function: str, *arguments: object) -> None:
    getattr(importlib.import_module(module), function)(*arguments)


def settle_in(pipe: Connection, memory_limit_bytes: int | None) -> None:
    """Make this process a worker, and greet the parent.

    Args:
        pipe: to the parent.
        memory_limit_bytes: what it may take beyond what it has; None: no limit.
    """
    import cv2

    # The pool is the parallelism; and the parent decides what Ctrl-C means.
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mute()
    keep_freed_memory()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    if memory_limit_bytes is not None:
        limit_memory(memory_limit_bytes)
    pipe.send_bytes(b'{"ready": true}')


def _mute() -> None:
    """Discard what codecs print: it tears progress bars and may quote patient data."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    if sys.platform == "win32":
        # No dialog and no report of a crash, which would wait for a click.
        ctypes.windll.kernel32.SetErrorMode(0x0001 | 0x0002 | 0x8000)
    else:
        import resource

        # A core dump holds the picture and its header.
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _die_with_parent() -> None:
    """End this process with its parent, also in the middle of a codec that hangs."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def keep_freed_memory() -> None:
    """Let what one picture gave back serve the next one, where the C library is glibc.

    It returns every block of more than 128 KB to the system at once, which fills the
    next one with zeros, page by page: for a picture of 224 pixels that took longer than
    its preprocessing. Blocks of up to 64 MB are kept now, 256 MB of them at most.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt  # another C library has none
        mallopt(_M_MMAP_THRESHOLD, 64 * 2**20)
        mallopt(_M_TRIM_THRESHOLD, 256 * 2**20)


def limit_memory(most_bytes: int) -> None:
    """Let this process take only so much memory beyond what it has now.

    On Linux the system refuses more address space, which codecs report as an error. No
    other system can be asked for that: there a thread looks twenty times a second at
    the memory in use, and ends the process when it is too much.
    """
    if sys.platform == "linux":
        import resource

        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        most = pages * os.sysconf("SC_PAGE_SIZE") + most_bytes
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    else:
        watch_memory(most_bytes)


def watch_memory(most_bytes: int) -> None:
    """End this process when it uses so much memory beyond what it uses now."""
    limit = peak_memory() + most_bytes

    def watch() -> None:
        while peak_memory() <= limit:
            time.sleep(_WATCH_EVERY_S)
        os._exit(_TOO_GREEDY)

    threading.Thread(target=watch, daemon=True).start()


def peak_memory() -> int:
    """Return the most memory that this process has had resident so far, in bytes."""
    if sys.platform == "win32":
        return _peak_working_set()
    elif sys.platform == "linux":  # noqa: RET505 - as mypy follows it
        # Not ru_maxrss, which a process inherits from the one that started it.
        status = Path("/proc/self/status").read_bytes()
        return int(status.partition(b"VmHWM:")[2].split()[0]) * 1024
    else:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024  # bytes on macOS


def _peak_working_set() -> int:
    # PROCESS_MEMORY_COUNTERS of psapi.h: two DWORDs, then sizes, the peak first.
    class Counters(ctypes.Structure):
        _fields_ = (
            ("size", ctypes.c_uint32),
            ("faults", ctypes.c_uint32),
            ("peak", ctypes.c_size_t),
            ("others", ctypes.c_size_t * 7),
        )

    counters = Counters(size=ctypes.sizeof(Counters))
    kernel = cast("Any", ctypes).windll.kernel32
    kernel.GetCurrentProcess.restype = ctypes.c_void_p
    found = kernel.K32GetProcessMemoryInfo(
        ctypes.c_void_p(kernel.GetCurrentProcess()),
        ctypes.byref(counters),
        counters.size,
    )
    return int(counters.peak) if found else 0
