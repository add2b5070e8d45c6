"""Decode the files of a folder in processes, so that a bad one costs only itself.

Promises: every task is answered, once for each of its frames; a codec that crashes,
hangs or asks for the memory of the machine costs its file and is replaced; no process
outlives the pool.

A worker reads, decodes and preprocesses, so that what reaches the parent is the
network's input and not a picture of a hundred megabytes; it lies in memory that both
share (``input_slots``) where the system has some.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import numpy as np
import numpy.typing as npt

from medhash_gui import decode_process
from medhash_gui.decode_process import MEMORY_LIMIT, DecodeProcess
from medhash_gui.details import Details
from medhash_gui.errors import FileState
from medhash_gui.identities import Identity
from medhash_gui.images import MAX_PIXELS, NOBODY, FoundFile, FrameChoice
from medhash_gui.input_slots import SLOTS, InputSlots
from medhash_gui.picture_reader import PictureReader, Reading

if TYPE_CHECKING:
    from medhash_gui.preprocess import Preprocess

__all__ = [
    "MEMORY_LIMIT",
    "DecodePool",
    "DecodeResult",
    "DecodeTask",
    "PictureReader",
    "Reading",
]

SERVER = "medhash_gui.decode_worker"
"""The module that answers in the worker."""

# One task at work and one that waits, so that a worker never waits for the parent.
_IN_FLIGHT = SLOTS
_POLL_S = 0.2
_MOST_WORKERS = 16
# Waiting for longer than the poll, or for the caller for so long, is standing still:
# stopped from the terminal, asleep with the machine, or paused.
_STANDSTILL_S = 1.0
# Sent to the worker, up to so many known digests save it the decoding. Of more (files
# of one camera or scanner are all of one size) the message would outgrow the pipe,
# which holds 8 KB on Windows: the parent, blocked on it, and a worker, blocked on its
# answer, would wait for ever.
_MOST_KNOWN = 100


@dataclass(frozen=True, slots=True)
class DecodeTask:
    """A file to decode.

    Attributes:
        file: the file, its path relative to the pool's root.
        known: digests whose pixels are not needed; the answer then has none.
        header_only: read the header again and decode no pixels.
    """

    file: FoundFile
    known: frozenset[bytes] = frozenset()
    header_only: bool = False


@dataclass(frozen=True, slots=True)
class DecodeResult:
    """An answer to a task: one frame of its file, or why there is none.

    Attributes:
        file: the task's file.
        digest: content digest, 16 bytes; None when the file could not be read.
        inputs: float32 (3, S, S), the network's input; None when the digest was known,
            only the header was asked for, or there is no picture.
        frame: index of this frame.
        frame_count: frames in the file.
        patient_id: PatientID in clear; in memory only.
        failure: state and reason when the file or this frame gave no picture.
        frames: the frames that the task is answered with.
        last: whether this is the last answer to the task.
        identity: patient, study and series in clear; in memory only.
        details: what a library may keep of the header.
        tag_labels: values of the DICOM element that holds labels.
        notes: what a user should know about how the picture was made.
    """

    file: FoundFile
    digest: bytes | None = None
    inputs: npt.NDArray[np.float32] | None = None
    frame: int = 0
    frame_count: int = 1
    patient_id: str | None = field(default=None, repr=False)
    failure: tuple[FileState, str] | None = None
    frames: tuple[int, ...] = (0,)
    last: bool = True
    identity: Identity = NOBODY
    details: Details = ()
    tag_labels: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class DecodePool:
    """Worker processes that decode files below one folder.

    Args:
        root: folder that the tasks' paths are relative to.
        preprocess: what to make of the pixels; must be picklable.
        workers: processes; None for as many as cores, at most 16.
        time_limit_s: a frame that takes longer is given up, in seconds.
        max_pixels: a picture of more is refused before it is decoded.
        memory_limit_bytes: memory that a worker may take beyond what it starts with.
        frames: which frames of a file with several are decoded.
        label_tag: a DICOM element whose values are labels (``dicom.check_tag``).
        lends: the inputs of a result may be overwritten when the next result is asked
            for; without it they are its own.
    """

    def __init__(
        self,
        root: Path,
        preprocess: Preprocess,
        *,
        workers: int | None = None,
        time_limit_s: float = 60.0,
        max_pixels: int = MAX_PIXELS,
        memory_limit_bytes: int = MEMORY_LIMIT,
        frames: FrameChoice = FrameChoice(),  # noqa: B008 - frozen
        label_tag: str | None = None,
        lends: bool = False,
    ) -> None:
        self._most = workers or min(_MOST_WORKERS, decode_process.usable_cores())
        # Of what has no size it is not known beforehand how much it gives.
        size: int = getattr(preprocess, "size", 0)
        self._slot_bytes = 4 * 3 * size * size
        self._slots: InputSlots | None = None
        self._lends = lends
        self._arguments = (
            memory_limit_bytes,
            str(root),
            preprocess,
            max_pixels,
            frames,
            label_tag,
        )
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
        """Yield the answers to every task, in the order of completion.

        The answers to one task come with its frames ascending; those to another may
        lie between them. Between answers it yields None, at least four times a second,
        so that the caller can report progress or stop. Tasks are taken a few ahead.

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
            before = time.monotonic()
            ready = connection.wait(list(busy), timeout=_POLL_S)
            self._do_not_count(time.monotonic() - before)
            for pipe in ready:
                worker = busy[cast("Connection", pipe)]
                try:
                    result = worker.receive()
                except (EOFError, OSError):
                    state, why = worker.process.why_it_ended()
                    yield from self._handed(self._give_up(worker, waiting, state, why))
                else:
                    if result is not None:
                        yield from self._handed(result)
            for worker in busy.values():
                if worker.pipe not in ready and worker.is_over(self._time_limit_s):
                    if worker.pipe.poll():
                        continue  # it has answered meanwhile
                    if not worker.process.is_ready:
                        raise decode_process.cannot_start()
                    limit = f"decoding took longer than {self._time_limit_s:g} s"
                    yield from self._handed(
                        self._give_up(worker, waiting, "damaged", limit)
                    )
            if not ready:
                yield from self._handed(None)

    def _handed(self, result: DecodeResult | None) -> Iterator[DecodeResult | None]:
        before = time.monotonic()
        yield result
        self._do_not_count(time.monotonic() - before)

    def _do_not_count(self, seconds: float) -> None:
        """Take a rest of this process out of the time that the workers have taken."""
        if seconds > _STANDSTILL_S:
            for worker in self._workers:
                worker.process.since += seconds

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        workers, self._workers = self._workers, []
        for worker in workers:
            worker.process.process.kill()
        for worker in workers:
            worker.process.end()
        slots, self._slots = self._slots, None
        if slots is not None:
            slots.close()

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
                    self._workers.append(self._started())
                self._workers[number].send(task)

    def _started(self) -> _Worker:
        """Return a new worker, with a place in the shared memory that is free."""
        if self._slots is None and self._slot_bytes:
            self._slots = InputSlots.make(self._most, self._slot_bytes)
            if self._slots is None:
                self._slot_bytes = 0  # not asked for again
        taken = {worker.place for worker in self._workers}
        place = next(place for place in range(self._most) if place not in taken)
        return _Worker(self._arguments, self._slots, place, lends=self._lends)

    def _give_up(
        self, worker: _Worker, waiting: deque[DecodeTask], state: FileState, why: str
    ) -> DecodeResult:
        """Replace a worker; its task has failed, the ones behind it wait again."""
        self._workers.remove(worker)
        worker.process.end()
        failed, *behind = worker.open
        waiting.extendleft(reversed(behind))
        name = PurePosixPath(failed.file.path).name
        frame = worker.frame_at_work()
        if frame is not None and worker.frames[1:]:
            name = f"{name}, frame {frame + 1}"
        return DecodeResult(
            failed.file,
            digest=worker.digest,
            frame=frame or 0,
            frames=worker.frames or (0,),
            failure=(state, f"{name}: {why}."),
        )


class _Worker:
    """One process, and the tasks that it has not answered to the end."""

    def __init__(
        self,
        arguments: tuple[Any, ...],
        slots: InputSlots | None,
        place: int,
        *,
        lends: bool,
    ) -> None:
        self.place = place
        self._slots = slots
        self._lends = lends
        shared = None if slots is None else (slots.name, slots.size_bytes, place)
        self.process = DecodeProcess(SERVER, "serve_folder", (*arguments, shared))
        self.pipe = self.process.pipe
        self.open = deque[DecodeTask]()
        # Of the oldest open task: its frames, how many are answered, and its digest.
        self.frames: tuple[int, ...] = ()
        self.answered = 0
        self.digest: bytes | None = None

    def send(self, task: DecodeTask) -> None:
        if not self.open:
            self.process.rest()
        self.open.append(task)
        sent = task.known if len(task.known) <= _MOST_KNOWN else ()
        known = [digest.hex() for digest in sent]
        self.process.send(
            {
                "path": task.file.path,
                "known": known,
                "header_only": task.header_only,
            }
        )

    def receive(self) -> DecodeResult | None:
        """Return an answer to the oldest task, or None for the greeting."""
        head = self.process.receive()
        if head is None:
            return None
        inputs = None
        if head.get("shape"):
            inputs = self._inputs(tuple(head["shape"]), head.get("slot"))  # (3, S, S)
        task, failure = self.open[0], head.get("failure")
        digest = bytes.fromhex(head["digest"]) if head.get("digest") else None
        if digest in task.known and not task.header_only:
            # Decoded all the same where there were too many known ones to send.
            inputs, failure = None, None
            if not head["last"]:
                return None
        identity = Identity.from_json(head.get("identity") or {})
        result = DecodeResult(
            task.file,
            digest=digest,
            inputs=inputs,
            frame=head.get("frame", 0),
            frame_count=head.get("frame_count", 1),
            patient_id=identity.patient or None,
            failure=(failure[0], failure[1]) if failure else None,
            frames=tuple(head.get("frames") or (0,)),
            last=head["last"],
            identity=identity,
            details=tuple((key, text) for key, text in head.get("details", ())),
            tag_labels=tuple(head.get("tag_labels", ())),
            notes=tuple(head.get("notes", ())),
        )
        self._count(result)
        return result

    def _inputs(
        self, shape: tuple[int, ...], slot: int | None
    ) -> npt.NDArray[np.float32]:
        if slot is None or self._slots is None:
            raw = self.pipe.recv_bytes()
            return np.frombuffer(raw, np.float32, math.prod(shape)).reshape(shape)
        lent = self._slots.read(self.place, slot % SLOTS, shape)
        return lent if self._lends else lent.copy()

    def _count(self, result: DecodeResult) -> None:
        if result.last:
            self.open.popleft()
            self.frames, self.answered, self.digest = (), 0, None
        else:
            self.answered += 1
            self.frames, self.digest = result.frames, result.digest

    def frame_at_work(self) -> int | None:
        """Return the frame of the oldest task that is being decoded, if it is known."""
        if self.answered < len(self.frames):
            return self.frames[self.answered]
        return None

    def is_over(self, time_limit_s: float) -> bool:
        return self.process.is_over(time_limit_s)
