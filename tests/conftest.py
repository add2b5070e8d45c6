"""Rules that hold for every test: a clean home, nothing left running, no odd logs."""

from __future__ import annotations

import logging
import multiprocessing
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the pictures that snapshots are compared with be made anew."""
    parser.addoption(
        "--reseed", action="store_true", help="write tests/data/snapshots anew"
    )


@pytest.fixture(autouse=True)
def clean_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep everything a user owns inside the test's own folder."""
    home = tmp_path / "medhash-home"
    monkeypatch.setenv("MEDHASH_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def nothing_left_running() -> Iterator[None]:
    """Fail a test whose threads or child processes outlive it."""
    threads_before = set(threading.enumerate())
    yield
    # A joined thread may need a moment to leave the list.
    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline:
        threads = [
            thread
            for thread in threading.enumerate()
            if thread not in threads_before
            and thread.is_alive()
            # tqdm's monitor is one daemon for the life of the process.
            and type(thread).__name__ != "TMonitor"
        ]
        children = multiprocessing.active_children()
        if not threads and not children:
            return
        time.sleep(0.02)
    assert not threads, f"threads outlive the test: {threads}"
    assert not children, f"processes outlive the test: {children}"


class _Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def no_unexpected_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that makes MedHash log a warning, unless it is marked to expect it.

    ``@pytest.mark.expects_log`` is for tests about the log itself.
    """
    handler = _Records()
    logger = logging.getLogger("medhash_gui")
    logger.addHandler(handler)
    yield
    logger.removeHandler(handler)
    if request.node.get_closest_marker("expects_log") is None:
        messages = [record.getMessage() for record in handler.records]
        assert not messages, f"unexpected log records: {messages}"


@pytest.fixture
def shared_data() -> Path:
    """Return the folder of real development images, or skip the test."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real development images (../shared/data) are not here")
    return SHARED_DATA
