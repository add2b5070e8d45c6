"""How long the window stands still while work is done, over an idle event loop.

A timer of 5 ms ticks in the real window; a delay is how much later than that a tick
came. Measured in one run: idle, indexing a folder, searching one picture after another,
explaining hits, and scrolling through many hits. The machine's own mood is in the idle
row, which is measured first and last. With ``--training`` it is the training wizard:
a look at the data, measuring the presets, and a run in its own process, whose page is
shown and beside which is searched.

    python benchmarks/bench_window.py [--hits 100000] [--seconds 8] [--training]

Prints p99 and longest delay in ms for each, both less those of the idle loop, and both
over those of the idle loop; and the longest time that the processor spent in the thread
of the window between two ticks, which a machine that does other work leaves as it is.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from flown_window import Steps, fly
from PySide6.QtCore import Qt, QTimer

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow


TICK_MS = 5


class Ticks:
    """Notes how late each tick of a timer is, by what is being done."""

    def __init__(self, window: MainWindow) -> None:
        self.delays: dict[str, list[float]] = {}
        self.worked: dict[str, float] = {}
        self._doing = ""
        self._last, self._worked = time.perf_counter(), time.thread_time()
        self._timer = QTimer(window)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK_MS)

    def do(self, what: str) -> None:
        """Count the ticks from now on as of this work; "" counts none."""
        if what:
            sys.stderr.write(f"{what}…\n")
        self._doing = what
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def stop(self) -> None:
        """Tick no more."""
        self._timer.stop()

    def _tick(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        late = max(0.0, (now - self._last) * 1000 - TICK_MS)
        own = (worked - self._worked) * 1000
        self._last, self._worked = now, worked
        if self._doing:
            self.worked[self._doing] = max(own, self.worked.get(self._doing, 0.0))
            self.delays.setdefault(self._doing, []).append(late)


def work(window: MainWindow, ticks: Ticks, hits: int, seconds: float) -> Steps:
    """Yield what to wait for while each kind of work is done."""
    session = window.session

    def quiet() -> bool:
        return not session.is_busy

    def pause() -> Callable[[], bool]:
        until = time.monotonic() + seconds
        return lambda: time.monotonic() > until

    yield quiet
    ticks.do("idle")
    yield pause()
    ticks.do("indexing")
    window.actions_by_id["try_sample"].trigger()
    yield lambda: session.facts is not None and not session.indexer.is_running
    ticks.do("")
    yield lambda: session.result is not None and quiet()
    result, facts = session.result, session.facts
    assert result is not None
    assert facts is not None
    ticks.do("searching")
    for hit in result.hits[:6]:
        session.search_hit(hit)
        yield quiet
    ticks.do("explaining")
    for hit in result.hits[:6]:
        session.show_hit(hit)
        yield quiet
    ticks.do("")
    many = [result.hits[number % len(result.hits)] for number in range(hits)]
    ticks.do(f"showing {hits:,} hits")
    window.results.hits.hits.show_hits(many, facts.indexed_root, facts.bits)
    yield quiet
    ticks.do(f"scrolling {hits:,} hits")
    bar = window.results.hits.verticalScrollBar()
    until = time.monotonic() + seconds
    step = 0

    def scrolled() -> bool:
        nonlocal step
        step += 1
        bar.setValue(int(bar.maximum() * (step % 400) / 400))
        return time.monotonic() > until

    yield scrolled
    ticks.do("idle")
    yield pause()
    ticks.do("")


def training(window: MainWindow, ticks: Ticks, seconds: float) -> Steps:
    """Yield what to wait for while the wizard checks, measures and trains."""
    session, trainer = window.session, window.session.trainer

    def quiet() -> bool:
        return not session.is_busy

    def pause() -> Callable[[], bool]:
        until = time.monotonic() + seconds
        return lambda: time.monotonic() > until

    window.actions_by_id["try_sample"].trigger()
    yield lambda: session.result is not None and quiet()
    ticks.do("idle")
    yield pause()
    ticks.do("opening the wizard")
    window.actions_by_id["train"].trigger()
    yield lambda: window.training.wizard is not None
    wizard = window.training.wizard
    assert wizard is not None
    yield lambda: not wizard.problem
    ticks.do("looking at the data")
    wizard.next_button.click()
    yield lambda: not wizard.problem and trainer.thumbnails.pending == 0
    wizard.next_button.click()
    ticks.do("measuring the presets")
    wizard.next_button.click()
    yield pause()
    ticks.do("starting the run")
    wizard.options.fields.set_value("epochs", 1000)
    wizard.next_button.click()
    yield lambda: trainer.is_running and bool(trainer.facts and trainer.facts.epochs)
    ticks.do("a run, its page shown")
    yield pause()
    result = session.result
    assert result is not None
    ticks.do("searching beside a run")
    until = time.monotonic() + seconds
    for hit in result.hits:
        session.search_hit(hit)
        yield quiet
        if time.monotonic() > until:
            break
    ticks.do("")
    wizard.monitor.pause_button.click()
    yield lambda: trainer.facts is not None and trainer.facts.state == "stopped"
    wizard.close()
    yield quiet
    ticks.do("idle")
    yield pause()
    ticks.do("")


def timed(begin: Callable[[MainWindow, Ticks], Steps]) -> Ticks:
    """Run the window through the work and return what was noted."""
    kept = []

    def steps(window: MainWindow) -> Steps:
        ticks = Ticks(window)
        kept.append(ticks)
        yield from begin(window, ticks)
        ticks.stop()

    fly(steps)
    return kept[0]


def figures(delays: list[float]) -> tuple[float, float]:
    """Return the 99th percentile and the longest delay in ms."""
    ordered = sorted(delays)
    return ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))], ordered[-1]


def report(ticks: Ticks) -> None:
    """Print a table, and the same as one line of JSON."""
    delays = ticks.delays
    idle = figures(delays["idle"])
    rows = {what: (*figures(late), len(late)) for what, late in delays.items()}
    titles = (
        f"{'p99':>9}{'longest':>9}{'more than idle':>20}{'times idle':>16}{'own':>8}"
    )
    print(f"{'':26}{titles}{'ticks':>8}   ms")
    for what, (p99, longest, count) in rows.items():
        more = f"{p99 - idle[0]:+.1f} / {longest - idle[1]:+.1f}"
        times = f"{p99 / max(idle[0], 0.1):.1f} / {longest / max(idle[1], 0.1):.1f}"
        own = f"{ticks.worked[what]:8.1f}"
        print(f"{what:26}{p99:9.1f}{longest:9.1f}{more:>20}{times:>16}{own}{count:8}")
    print(json.dumps({what: row[:2] for what, row in rows.items()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--hits", type=int, default=100_000)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--training", action="store_true", help="the wizard instead")
    given = parser.parse_args()

    def begin(window: MainWindow, ticks: Ticks) -> Steps:
        """Return the work that was asked for."""
        if given.training:
            return training(window, ticks, given.seconds)
        return work(window, ticks, given.hits, given.seconds)

    with tempfile.TemporaryDirectory() as home:
        os.environ["MEDHASH_HOME"] = home
        report(timed(begin))
    sys.exit(0)
