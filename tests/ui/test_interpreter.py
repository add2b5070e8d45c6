"""The guards between Qt and the interpreter."""

from __future__ import annotations

import gc
import os
import subprocess
import sys

from medhash_gui.ui.interpreter import GarbageCollector


def test_a_hundred_thousand_signals_and_calls_do_not_kill_the_process():
    # In a process of its own: without the guard this one ends with an abort.
    script = (
        "from PySide6.QtCore import QObject, Signal\n"
        "from medhash_gui.ui import interpreter\n"
        "interpreter.keep_singletons_alive()\n"
        "class Bell(QObject):\n"
        "    rang = Signal(object)\n"
        "bell = Bell()\n"
        "for number in range(100_000):\n"
        "    bell.rang.emit(number)\n"
        "    bell.setObjectName('bell')\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stderr


def test_what_qt_says_while_the_process_ends_does_not_crash_it(tmp_path):
    # Support asks for this variable; Qt then talks until its last library is unloaded.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "medhash_gui", "window"),
            *("--screenshot", str(tmp_path / "window.png")),
        ],
        env={**os.environ, "QT_DEBUG_PLUGINS": "1"},
        capture_output=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr[-2000:]


def test_garbage_is_collected_on_the_ui_thread_while_a_window_lives(qtbot):
    gc.enable()
    try:
        collector = GarbageCollector()
        assert not gc.isenabled()
        rounds = gc.get_stats()[0]["collections"]
        pairs = [[] for _ in range(gc.get_threshold()[0] + 100)]
        for pair in pairs:
            pair.append(pair)
        del pairs, pair
        qtbot.waitUntil(lambda: gc.get_stats()[0]["collections"] > rounds)
        collector.close()
        assert gc.isenabled()
    finally:
        gc.disable()


def test_threads_take_short_turns_while_the_window_lives(qapp):
    before = sys.getswitchinterval()
    collector = GarbageCollector()

    assert sys.getswitchinterval() < before

    collector.close()
    assert sys.getswitchinterval() == before
