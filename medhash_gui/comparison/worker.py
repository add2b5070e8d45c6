"""Several cells at a time, each in a process of its own with one thread.

Networks that are trained on features are so small that threads spend their time waiting
for each other; processes do not. A process that dies (a system that is short of memory
kills the largest) costs the cell it was busy with. Messages are JSON.
"""

from __future__ import annotations

import contextlib
import json
import os
import traceback
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from multiprocessing import connection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison import run as comparison_run
from medhash_gui.comparison.plan import Cell
from medhash_gui.comparison.run import Event
from medhash_gui.decode_process import DecodeProcess, settle_in
from medhash_gui.errors import ComparisonError, DeviceError, MedHashError
from medhash_gui.training.training import Stopped

_ASK_EVERY_S = 0.2
_THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")

Job = Sequence[Cell]


def run_jobs(
    folder: Path, jobs: Sequence[Job], count: int, *, stop: Callable[[], bool]
) -> Generator[Event, None, None]:
    """Do jobs in several processes; closing the generator ends them.

    Args:
        folder: of the comparison, whose plan and decoded pictures are there.
        jobs: cells of methods, or the controls of a seed.
        count: of processes.
        stop: asked several times a second.

    Yields:
        Events as JSON values, as the processes tell them.

    Raises:
        Stopped: ``stop`` said so; all processes have left a checkpoint.
        ComparisonError: the folder cannot be written to.
        RuntimeError: there is a mistake in the program.
    """
    waiting = deque(jobs)
    busy: dict[DecodeProcess, Job] = {}
    idle: list[DecodeProcess] = []
    stopping = False
    unfinished = 0
    try:
        while waiting or busy:
            while waiting and not stopping and len(busy) < count:
                worker = idle.pop() if idle else _started(folder)
                busy[worker] = waiting.popleft()
                worker.send({"job": [_as_json(cell) for cell in busy[worker]]})
            if stop() and not stopping:
                stopping = True
                for worker in busy:
                    worker.send({"stop": True})
            if stopping and not busy:
                break
            pipes = {worker.pipe: worker for worker in busy}
            for pipe in connection.wait(list(pipes), timeout=_ASK_EVERY_S):
                worker = pipes[pipe]  # type: ignore[index]
                try:
                    message = worker.receive()
                except (EOFError, OSError):
                    yield from _lost(folder, worker, busy.pop(worker))
                    continue
                if message is None:
                    continue
                if "event" in message:
                    yield message["event"]
                    continue
                _check(message)
                unfinished += "stopped" in message
                busy.pop(worker)
                idle.append(worker)
        if waiting or unfinished:
            raise Stopped(None)
    finally:
        for worker in [*busy, *idle]:
            worker.end()


def _started(folder: Path) -> DecodeProcess:
    with _one_thread():
        return DecodeProcess(
            "medhash_gui.comparison.worker",
            "serve",
            (str(folder),),
            name="medhash-compare",
        )


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Let a process that is started here compute in one thread."""
    before = {name: os.environ.get(name) for name in _THREADS}
    os.environ.update(dict.fromkeys(_THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _lost(folder: Path, worker: DecodeProcess, job: Job) -> Iterator[Event]:
    """Say that a process has died, and that its cell has failed."""
    worker.process.join(1)
    code = worker.process.exitcode
    worker.end()
    message = f"The process that worked on it ended before it was done (code {code})."
    hint = "Memory may have been too short: try fewer processes, and --again."
    for cell in job:
        if comparison_cells.load(folder, cell).state == "not run":
            yield comparison_run.fail(folder, cell, DeviceError(message, hint=hint))


def _check(message: dict[str, Any]) -> None:
    """Raise what a process could not go on after."""
    if "bug" in message:
        raise RuntimeError(message["bug"])
    if "error" in message:
        error = message["error"]
        kind = ComparisonError if error["type"] == "ComparisonError" else MedHashError
        raise kind(error["message"], hint=error["hint"])


def _as_json(cell: Cell) -> list[Any]:
    return [cell.row, cell.bits, cell.seed]


# -- in the worker -----------------------------------------------------------------


def serve(pipe: Connection, folder: str) -> None:
    """Do the jobs that come through the pipe, until it is closed."""
    settle_in(pipe, None)
    import torch

    torch.set_num_threads(1)
    wishes = _Wishes(pipe)
    bench: comparison_run.Bench | None = None
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            job = [Cell(*cell) for cell in wishes.next_job()]
            try:
                if bench is None:
                    bench = comparison_run.opened(Path(folder))
                for event in comparison_run.do(bench, job, stop=wishes.stop):
                    _send(pipe, {"event": event})
                _send(pipe, {"done": True})
            except Stopped:
                _send(pipe, {"stopped": True})
            except MedHashError as error:
                values = {"message": error.message, "hint": error.hint}
                _send(pipe, {"error": {"type": type(error).__name__, **values}})
            except (EOFError, BrokenPipeError):
                raise
            except Exception:  # noqa: BLE001 - told in the parent, where it can be seen
                _send(pipe, {"bug": traceback.format_exc()})


class _Wishes:
    """What the parent asks for, in the middle of a job, too."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._stopping = False

    def next_job(self) -> list[list[Any]]:
        while True:
            message = json.loads(self._pipe.recv_bytes())
            if "job" in message:
                job: list[list[Any]] = message["job"]
                return job
            self._stopping = True

    def stop(self) -> bool:
        while not self._stopping and self._pipe.poll():
            self._stopping = "stop" in json.loads(self._pipe.recv_bytes())
        return self._stopping


def _send(pipe: Connection, message: dict[str, Any]) -> None:
    pipe.send_bytes(json.dumps(message).encode("ascii"))
