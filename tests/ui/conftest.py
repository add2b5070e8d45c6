"""Rules for tests of the window: no thread, process or timer outlives one."""

from __future__ import annotations

import gc
import multiprocessing
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import build_translations
import numpy as np
import pytest
import shiboken6
from PIL import Image
from PySide6.QtCore import QEvent, QThreadPool, QTimer
from PySide6.QtWidgets import QApplication
from tiny_bundle import make_tiny_bundle
from tiny_bundle import pictures as tiny_pictures

from medhash_gui import paths
from medhash_gui.__main__ import main
from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.indexing import index_folder
from medhash_gui.store import CodeStore
from medhash_gui.ui import app, interpreter
from medhash_gui.ui.main_window import MainWindow


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


interpreter.keep_singletons_alive()


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    return ["medhash"]


@pytest.fixture
def models(
    clean_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> ModelCard:
    """Leave one tiny model on this computer, and return its card."""
    nothing = tmp_path / "no-packaged-models"
    nothing.mkdir()
    monkeypatch.setattr(paths, "packaged_models", lambda: nothing)
    return make_tiny_bundle(clean_home / "models" / "tiny")


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """Return a folder of two classes, twelve pictures, one damaged file, no patients.

    Its name has a space and letters that are not ASCII.
    """
    folder = tmp_path / "Studie Größe 研究"
    for number, pixels in enumerate(tiny_pictures(12)):
        label = "light" if number % 2 else "dark"
        file = folder / label / f"picture {number:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels * 255).astype(np.uint8)).save(file)
    (folder / "light" / "cut short.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    return folder


@pytest.fixture
def library(study: Path, models: ModelCard, tmp_path: Path) -> Path:
    """Return the library of ``study``, made without the window."""
    root = tmp_path / "study.medhash"
    store = CodeStore.create(
        root,
        indexed_root=study,
        model_id=models.model_id,
        model_name=models.name,
        bits=models.bits,
    )
    with store:
        encoder = ModelBundle.open(paths.user_models() / "tiny")
        for _ in index_folder(store, study, encoder, workers=1):
            pass
    return root


@pytest.fixture
def built_translations() -> None:
    """Build what the window speaks besides English from its sources."""
    assert build_translations.build() == 0


Pilot = Generator[Callable[[], bool], None, None]


class Flight:
    """Runs the real ``main`` and lets a test act as the user in it.

    A pilot is a generator that takes the window and yields conditions; it goes on when
    a condition holds. The window is closed when it ends, unless it has closed it.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        self._error: BaseException | None = None
        self.is_first_use = False  # where True, what MedHash is for is asked first

    def run(
        self, pilot: Callable[[MainWindow], Pilot], *words: object, seconds: float = 60
    ) -> int:
        made = app.build_window
        settings = paths.settings_file()
        if not settings.exists() and not self.is_first_use:
            settings.parent.mkdir(parents=True, exist_ok=True)
            settings.write_text('{"accepted_research_notice": true}')

        def build(*frame: MainWindow) -> MainWindow:
            window = made(*frame)
            self._steer(window, pilot(window), seconds)
            return window

        self._monkeypatch.setattr(app, "build_window", build)
        code = main(["window", *(str(word) for word in words)])
        self._monkeypatch.setattr(app, "build_window", made)
        if self._error is not None:
            raise self._error
        return code

    def _steer(self, window: MainWindow, pilot: Pilot, seconds: float) -> None:
        timer = QTimer(window)
        until = time.monotonic() + seconds
        awaited: list[Callable[[], bool]] = [lambda: True]

        def step() -> None:
            try:
                if not awaited[0]():
                    if time.monotonic() > until:
                        where = pilot.gi_frame.f_lineno if pilot.gi_frame else 0
                        notice = window.bar.notice
                        msg = f"still waiting at line {where}; the bar says {notice}"
                        raise TimeoutError(msg)
                    return
                awaited[0] = next(pilot)
            except StopIteration:
                timer.stop()
                window.close()
            except BaseException as error:  # noqa: BLE001 (raised again by run)
                self._error = error
                timer.stop()
                window.close()

        timer.timeout.connect(step)
        window.painted.connect(lambda: timer.start(20))


@pytest.fixture
def flight(qapp: object, monkeypatch: pytest.MonkeyPatch) -> Flight:
    """Return what runs the window through the real ``main``."""
    return Flight(monkeypatch)
