"""Decode pictures in worker processes, so that a bad file costs only itself.

Promises: every task is answered exactly once; a codec that crashes, hangs or asks for
the memory of the machine costs its file and is replaced; no process outlives the pool.

A worker reads, decodes and preprocesses, so that what crosses the pipe is the network's
input and not a picture of a hundred megabytes. Messages are JSON and raw numbers.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection, resource_tracker
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import numpy.typing as npt

from medhash_gui import images
from medhash_gui.errors import FileState, MedHashError, UnreadableImageError
from medhash_gui.images import MAX_PIXELS, FoundFile

if TYPE_CHECKING:
    from medhash_gui.preprocess import Preprocess

# One task at work and one that waits, so that a worker never waits for the parent.
_IN_FLIGHT = 2
_POLL_S = 0.2
_MOST_WORKERS = 8
# Sent to the worker, up to so many known digests save it the decoding. Of more (files
# of one camera or scanner are all of one size) the message would outgrow the pipe: the
# parent, blocked on it, and a worker, blocked on its answer, would wait for ever.
_MOST_KNOWN = 1000
# A killed process can hang on a dead network drive; waiting for it helps nobody.
_END_S = 0.3


@dataclass(frozen=True, slots=True)
class DecodeTask:
    """A file to decode.

    Attributes:
        file: the file, its path relative to the pool's root.
        known: digests whose pixels are not needed; the answer then has none.
    """

    file: FoundFile
    known: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """The answer to one task.

    Attributes:
        file: the task's file.
        digest: content digest, 16 bytes; None when the file could not be read.
        inputs: float32 (3, S, S), the network's input; None when the digest was known
            or the file gave no picture.
        frame: index of the decoded frame.
        frame_count: frames in the file.
        patient_id: PatientID in clear; in memory only.
        failure: state and reason when the file gave no picture.
    """

    file: FoundFile
    digest: bytes | None = None
    inputs: npt.NDArray[np.float32] | None = None
    frame: int = 0
    frame_count: int = 1
    patient_id: str | None = field(default=None, repr=False)
    failure: tuple[FileState, str] | None = None


class DecodePool:
    """Worker processes that decode files below one folder.

    Args:
        root: folder that the tasks' paths are relative to.
        preprocess: what to make of the pixels; must be picklable.
        workers: processes; None for one fewer than the cores, at most 8.
        time_limit_s: a file that takes longer is given up, in seconds.
        max_pixels: a picture of more is refused before it is decoded.
    """

    def __init__(
        self,
        root: Path,
        preprocess: Preprocess,
        *,
        workers: int | None = None,
        time_limit_s: float = 60.0,
        max_pixels: int = MAX_PIXELS,
    ) -> None:
        cores = os.cpu_count() or 1
        self._most = workers or max(1, min(_MOST_WORKERS, cores - 1))
        self._arguments = (str(root), preprocess, max_pixels)
        self._time_limit_s = time_limit_s
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def map(self, tasks: Iterable[DecodeTask]) -> Iterator[DecodeResult | None]:
        """Yield the answer to every task, in the order of completion.

        Between answers it yields None, at least four times a second, so that the
        caller can report progress or stop. Tasks are taken only a few ahead.

        Raises:
            MedHashError: worker processes cannot be started on this machine.
        """
        try:
            yield from self._map(iter(tasks))
        finally:
            # Left early: the answers still to come belong to nobody.
            if any(worker.open for worker in self._workers):
                self.close()

    def _map(self, source: Iterator[DecodeTask]) -> Iterator[DecodeResult | None]:
        waiting = deque[DecodeTask]()
        while True:
            self._hand_out(source, waiting)
            busy = {worker.pipe: worker for worker in self._workers if worker.open}
            if not busy:
                return
            ready = connection.wait(list(busy), timeout=_POLL_S)
            for pipe in ready:
                worker = busy[cast("Connection", pipe)]
                try:
                    result = worker.receive()
                except (EOFError, OSError):
                    yield self._give_up(worker, waiting, "the decoder crashed on it")
                else:
                    if result is not None:
                        yield result
            for worker in busy.values():
                if worker.pipe not in ready and worker.is_over(self._time_limit_s):
                    limit = f"decoding took longer than {self._time_limit_s:g} s"
                    yield self._give_up(worker, waiting, limit)
            if not ready:
                yield None

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.process.kill()
        for worker in workers:
            worker.end()

    def _hand_out(
        self, source: Iterator[DecodeTask], waiting: deque[DecodeTask]
    ) -> None:
        """Give every worker its tasks, and start workers while there are tasks."""
        for ahead in range(_IN_FLIGHT):
            for number in range(self._most):
                if number < len(self._workers) and (
                    len(self._workers[number].open) > ahead
                ):
                    continue
                task = waiting.popleft() if waiting else next(source, None)
                if task is None:
                    return
                if number >= len(self._workers):
                    self._workers.append(_Worker.start(self._arguments))
                self._workers[number].send(task)

    def _give_up(
        self, worker: _Worker, waiting: deque[DecodeTask], why: str
    ) -> DecodeResult:
        """Replace a worker; its task has failed, the ones behind it wait again."""
        self._workers.remove(worker)
        worker.process.kill()
        worker.end()
        if not worker.is_ready:
            message = "The processes that decode pictures cannot be started."
            raise MedHashError(
                message,
                hint="Close other programs to free memory, then run it again.",
            )
        failed, *behind = worker.open
        waiting.extendleft(reversed(behind))
        name = PurePosixPath(failed.file.path).name
        return DecodeResult(failed.file, failure=("damaged", f"{name}: {why}."))


@dataclass(eq=False)
class _Worker:
    """One process, its pipe, and the tasks that it has not answered yet."""

    process: BaseProcess
    pipe: Connection
    open: deque[DecodeTask] = field(default_factory=deque)
    since: float = 0.0
    is_ready: bool = False

    @classmethod
    def start(cls, arguments: tuple[str, Preprocess, int]) -> _Worker:
        # Spawned on every system: a fork would copy locks that other threads hold.
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=_serve, args=(theirs, *arguments), daemon=True, name="medhash-decode"
        )
        with _interrupts_held_back():
            process.start()
        # Closed here, so that the pipe ends when the worker does.
        theirs.close()
        return cls(process, ours, since=time.monotonic())

    def send(self, task: DecodeTask) -> None:
        if not self.open:
            self.since = time.monotonic()
        self.open.append(task)
        sent = task.known if len(task.known) <= _MOST_KNOWN else ()
        known = [digest.hex() for digest in sent]
        message = json.dumps({"path": task.file.path, "known": known})
        try:
            self.pipe.send_bytes(message.encode("ascii"))
        except OSError:
            # It has died; receiving says so, and the task is dealt with there.
            return

    def receive(self) -> DecodeResult | None:
        """Return the answer to the oldest task, or None for the greeting."""
        head: dict[str, Any] = json.loads(self.pipe.recv_bytes())
        self.since = time.monotonic()
        if "ready" in head:
            self.is_ready = True
            return None
        inputs = None
        if head["shape"]:
            raw = np.frombuffer(self.pipe.recv_bytes(), np.float32)
            inputs = raw.reshape(head["shape"])  # (3, S, S)
        task, failure = self.open.popleft(), head["failure"]
        digest = bytes.fromhex(head["digest"]) if head["digest"] else None
        if digest in task.known:
            inputs, failure = None, None
        return DecodeResult(
            task.file,
            digest=digest,
            inputs=inputs,
            frame=head["frame"],
            frame_count=head["frame_count"],
            patient_id=head["patient_id"],
            failure=(failure[0], failure[1]) if failure else None,
        )

    def is_over(self, time_limit_s: float) -> bool:
        return self.is_ready and time.monotonic() - self.since > time_limit_s

    def end(self) -> None:
        self.process.join(_END_S)
        if self.process.exitcode is not None:
            self.process.close()
        self.pipe.close()


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


# -- in the worker -----------------------------------------------------------------


def _serve(
    pipe: Connection, root: str, preprocess: Preprocess, max_pixels: int
) -> None:
    """Answer tasks until the pipe ends."""
    import cv2

    # The pool is the parallelism; and the parent decides what Ctrl-C means.
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _mute()
    threading.Thread(target=_die_with_parent, daemon=True).start()
    try:
        pipe.send_bytes(b'{"ready": true}')
        while True:
            task = json.loads(pipe.recv_bytes())
            head, inputs = _answer(Path(root), task, preprocess, max_pixels)
            pipe.send_bytes(json.dumps(head).encode("ascii"))
            if inputs is not None:
                pipe.send_bytes(inputs.data.cast("B"))
    except (EOFError, OSError):
        # The parent has gone.
        return


def _mute() -> None:
    """Discard what codecs print: it tears progress bars and may quote patient data."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _die_with_parent() -> None:
    """End this process with its parent, also in the middle of a codec that hangs."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)


def _answer(
    root: Path, task: dict[str, Any], preprocess: Preprocess, max_pixels: int
) -> tuple[dict[str, Any], npt.NDArray[np.float32] | None]:
    path = task["path"]
    name = PurePosixPath(path).name
    head: dict[str, Any] = {
        "digest": None,
        "failure": None,
        "frame": 0,
        "frame_count": 1,
        "patient_id": None,
        "shape": None,
    }
    try:
        data = images.read_bytes(root / path)
        head["digest"] = images.content_digest(data).hex()
        if head["digest"] in task["known"]:
            return head, None
        decoded = images.decode(data, name=name, max_pixels=max_pixels)
        inputs = np.ascontiguousarray(preprocess(decoded.pixels), np.float32)
    except UnreadableImageError as error:
        # In a folder, what is no picture needs no way out, only its reason.
        hint = "" if error.state == "not_an_image" else error.hint
        reason = f"{error.message} {hint}".strip()
        return {**head, "failure": (error.state, reason)}, None
    except MemoryError:
        reason = f"{name} needs more memory than there is. Close other programs."
        return {**head, "failure": ("unsupported", reason)}, None
    # Whatever a reader stumbles over must cost this file and not the run.
    except Exception as error:  # noqa: BLE001
        reason = f"{name} could not be decoded ({type(error).__name__})."
        return {**head, "failure": ("damaged", reason)}, None
    head |= {
        "frame": decoded.frame,
        "frame_count": decoded.frame_count,
        "patient_id": decoded.patient_id,
        "shape": inputs.shape,
    }
    return head, inputs
