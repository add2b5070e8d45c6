"""Rules for tests of the window: no thread, process or timer outlives one."""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication


def lives(thread: threading.Thread) -> bool:
    """Return whether a thread runs; a pool's thread leaves a stale Python object."""
    if type(thread).__name__ != "_DummyThread":
        # tqdm's monitor is one daemon for the life of the process.
        return thread.is_alive() and type(thread).__name__ != "TMonitor"
    if sys.platform == "linux":
        return Path(f"/proc/self/task/{thread.native_id}").exists()
    return False


def running_timers() -> list[QTimer]:
    """Return the timers of the program that will still fire."""
    return [
        found
        for found in gc.get_objects()
        if type(found) is QTimer and shiboken6.isValid(found) and found.isActive()
    ]


@pytest.fixture(autouse=True)
def garbage_stays_on_the_ui_thread() -> Iterator[None]:
    """Keep the collector from destroying a test's Qt objects on a pool thread."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test whose threads, processes or timers outlive it."""
    before = set(threading.enumerate())
    yield
    if QApplication.instance() is not None:
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    deadline = time.monotonic() + 3.0
    while True:
        threads = [t for t in threading.enumerate() if t not in before and lives(t)]
        children = multiprocessing.active_children()
        timers = running_timers()
        pooled = QThreadPool.globalInstance().activeThreadCount()
        if not (threads or children or timers or pooled):
            return
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    assert not threads, f"threads outlive the test: {threads}"
    assert not children, f"processes outlive the test: {children}"
    assert not timers, f"timers outlive the test: {timers}"
    assert not pooled, "the global thread pool still works"


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["medhash"]
