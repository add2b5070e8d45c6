"""Jobs: where they run, where they report, how they end."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator

import pytest
from PySide6.QtCore import QThreadPool

from medhash_gui.errors import DatasetError
from medhash_gui.ui.job import Job, once


@pytest.fixture
def pool(qapp: object) -> Iterator[QThreadPool]:
    pool = QThreadPool()
    pool.setMaxThreadCount(1)
    yield pool
    pool.waitForDone()


def count_to(last: int) -> Generator[int, None, str]:
    yield from range(last)
    return "counted"


def test_a_job_reports_what_the_generator_yields_and_returns(qtbot, pool):
    job, seen = Job(lambda: count_to(3)), []
    job.progressed.connect(seen.append)

    with qtbot.waitSignal(job.finished) as finished:
        job.run_on(pool)

    assert seen == [0, 1, 2]
    assert finished.args == ["counted"]


def test_work_runs_off_the_thread_that_every_report_arrives_on(qtbot, pool):
    worked, told = [], []

    def work() -> Generator[int, None, None]:
        worked.append(threading.get_ident())
        yield 1

    job = Job(work)
    job.progressed.connect(lambda _: told.append(threading.get_ident()))
    job.finished.connect(lambda _: told.append(threading.get_ident()))

    with qtbot.waitSignal(job.ended):
        job.run_on(pool)

    assert told == [threading.get_ident()] * 2
    assert worked[0] != threading.get_ident()


def test_a_cancelled_job_closes_its_generator_and_says_so_once(qtbot, pool):
    closed, outcomes = threading.Event(), []

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            closed.set()

    job = Job(endless)
    for signal, name in [(job.finished, "finished"), (job.failed, "failed")]:
        signal.connect(lambda _, name=name: outcomes.append(name))
    job.cancelled.connect(lambda: outcomes.append("cancelled"))
    job.progressed.connect(lambda _: job.cancel())

    with qtbot.waitSignal(job.ended):
        job.run_on(pool)

    assert outcomes == ["cancelled"]
    assert closed.is_set()
    assert not job.is_running


def test_a_job_cancelled_while_it_waits_never_starts(qtbot, pool):
    started, gate = [], threading.Event()
    first = Job(once(lambda: gate.wait(5)))
    second = Job(once(lambda: started.append(1)))
    first.run_on(pool)
    second.run_on(pool)

    second.cancel()
    with qtbot.waitSignal(second.cancelled):
        gate.set()

    assert started == []


def test_a_failure_arrives_as_the_exception_itself(qtbot, pool):
    error = DatasetError("The folder is empty.", hint="Choose another.")

    def fail() -> None:
        raise error

    job = Job(once(fail))
    with qtbot.waitSignal(job.failed) as failed:
        job.run_on(pool)

    assert failed.args == [error]


def test_a_failure_while_closing_is_reported_and_not_lost(qtbot, pool):
    def stubborn() -> Generator[int, None, None]:
        try:
            while True:
                yield 1
        finally:
            msg = "the disk is full"
            raise OSError(msg)

    job = Job(stubborn)
    job.progressed.connect(lambda _: job.cancel())
    with qtbot.waitSignal(job.failed) as failed:
        job.run_on(pool)

    assert "the disk is full" in str(failed.args[0])


def test_progress_is_thinned_out_but_the_end_is_not(qtbot, pool):
    job, seen = Job(lambda: count_to(5000), least_ms=10_000), []
    job.progressed.connect(seen.append)

    with qtbot.waitSignal(job.finished):
        job.run_on(pool)

    assert seen == [0]
