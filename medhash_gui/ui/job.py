"""Runs a core generator on a pool thread and reports on the UI thread.

Whatever a slot is connected to, it is called on the thread that made the ``Job``: the
worker hands each event to the job through one queued signal, and only the job's own
thread emits the public ones. Exactly one of ``finished``, ``failed`` and ``cancelled``
is emitted, then ``ended``. ``JobQueue`` runs jobs one after another, and only the
latest of each kind is answered.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, Qt, QThreadPool, Signal, Slot

Work = Callable[[], Generator[Any, None, Any]]


class Job(QObject):
    """One run of a generator: progress is what it yields, the result what it returns.

    The generator is made, iterated and closed on the pool thread, so heavy imports may
    stand at its start. ``cancel`` closes it at its next yield.

    Args:
        work: makes the generator; called once, on the pool thread.
        least_ms: a value is dropped when one of its type was reported less than this
            many milliseconds ago; 0 reports everything.
        parent: Qt's owner, on the thread that makes the job.

    Signals:
        progressed(object): a value that the generator yielded.
        finished(object): the value that the generator returned.
        failed(object): the exception that it raised.
        cancelled(): it was closed before its end.
        ended(): after any of the three; nothing of the job runs any more.
        reported(object, str, object): all of the above but ``ended`` in one, for the
            owner of many jobs: the job, the signal's name, its value.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()
    reported = Signal(object, str, object)

    _arrived = Signal(str, object)

    def __init__(
        self, work: Work, *, least_ms: int = 0, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._work = work
        self._least_seconds = least_ms / 1000
        self._stop = threading.Event()
        self.is_running = False
        self._arrived.connect(self._report, Qt.ConnectionType.QueuedConnection)

    def run_on(self, pool: QThreadPool) -> None:
        """Start, or queue until a thread of the pool is free."""
        self.is_running = True
        pool.start(self._iterate)

    def cancel(self) -> None:
        """Ask the job to end; progress that has not been reported yet is dropped."""
        self._stop.set()

    @property
    def is_cancelling(self) -> bool:
        """Whether ``cancel`` was called."""
        return self._stop.is_set()

    def _iterate(self) -> None:
        """Run the generator to its end; on the pool thread."""
        try:
            kind, value = self._outcome()
        # A job carries every failure to the UI thread; there it is shown or reported.
        except BaseException as error:  # noqa: BLE001
            kind, value = "failed", error
        self._arrived.emit(kind, value)

    def _outcome(self) -> tuple[str, object]:
        if self._stop.is_set():
            return "cancelled", None
        generator = self._work()
        reported: dict[type, float] = {}
        try:
            while not self._stop.is_set():
                try:
                    value = next(generator)
                except StopIteration as end:
                    return "finished", end.value
                now = time.monotonic()
                before = reported.get(type(value))
                if before is None or now - before >= self._least_seconds:
                    reported[type(value)] = now
                    self._arrived.emit("progressed", value)
        finally:
            generator.close()
        return "cancelled", None

    @Slot(str, object)
    def _report(self, kind: str, value: object) -> None:
        """Emit what the worker handed over; on the job's own thread."""
        if kind == "progressed":
            if not self._stop.is_set():
                self.progressed.emit(value)
                self.reported.emit(self, kind, value)
            return
        self.is_running = False
        if kind == "cancelled":
            self.cancelled.emit()
        else:
            getattr(self, kind).emit(value)
        self.reported.emit(self, kind, value)
        self.ended.emit()


@dataclass(frozen=True, slots=True)
class _Order:
    """What a queued job is, and who takes what it gives."""

    kind: str
    then: Callable[[Any], None] | None
    progress: Callable[[Any], None] | None


class JobQueue(QObject):
    """Runs jobs one after another on one thread; the latest of a kind counts.

    Whatever the jobs share is used by one thread at a time, without a lock.

    Signals:
        failed(object): the exception of a job that was still the latest of its kind.
        changed(): a job began or ended.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._latest: dict[str, Job] = {}
        self._orders: dict[Job, _Order] = {}

    @property
    def is_busy(self) -> bool:
        """Whether any job runs or waits, superseded ones included."""
        return bool(self._orders)

    def has(self, kind: str) -> bool:
        """Whether a job of this kind runs or waits."""
        return kind in self._latest

    def start(
        self,
        kind: str,
        work: Work,
        then: Callable[[Any], None] | None = None,
        *,
        progress: Callable[[Any], None] | None = None,
    ) -> None:
        """Queue a job in place of the one of its kind, which is cancelled.

        Args:
            kind: jobs of one kind supersede each other.
            work: makes the generator.
            then: takes its result, on the UI thread.
            progress: takes what it yields, on the UI thread.
        """
        self.cancel(kind)
        job = Job(work, parent=self)
        self._latest[kind] = job
        self._orders[job] = _Order(kind, then, progress)
        # One bound method, which Qt holds weakly. A closure over job or queue would be
        # a cycle through Qt, and the job could be deleted in its own signal.
        job.reported.connect(self._on_report)
        job.run_on(self._pool)
        self.changed.emit()

    def cancel(self, *kinds: str) -> None:
        """Give up the jobs of these kinds; nothing of them is handed on any more."""
        for kind in kinds:
            job = self._latest.pop(kind, None)
            if job is not None:
                job.cancel()

    def close(self) -> None:
        """Cancel every job and wait for the thread."""
        self._latest.clear()
        for job in self._orders:
            job.cancel()
        self._pool.waitForDone()

    def _on_report(self, job: Job, event: str, value: object) -> None:
        order = self._orders[job]
        is_latest = self._latest.get(order.kind) is job
        takers = {
            "progressed": order.progress,
            "finished": order.then,
            "failed": self.failed.emit,
        }
        taker = takers.get(event)
        has_ended = event != "progressed"
        if has_ended:
            # Before it is told: whoever hears of the end may start the next.
            if is_latest:
                del self._latest[order.kind]
            del self._orders[job]
            job.deleteLater()
        if is_latest and taker is not None:
            taker(value)
        if has_ended:
            self.changed.emit()


def once(call: Callable[[], Any]) -> Work:
    """Return work for a ``Job`` that makes one call and has no progress."""

    def work() -> Generator[Any, None, Any]:
        yield from ()
        return call()

    return work
