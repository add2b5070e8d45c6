"""The first query after the start of the window over the tenth.

The window opens the sample library; as soon as it and its model are open, ten pictures
are asked about, one after the other, each timed from the question to its hits and to
all of its answer (maps and evidence too). Each run is a process of its own:

    python benchmarks/bench_first_query.py [--runs 5]

Prints the medians over the runs of the first, second and tenth, and the ratio of the
first to the tenth.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from flown_window import Steps, fly

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow

_QUERIES = 10
_LOOK_MS = 2
_PAUSE_S = 2.0


def ask(window: MainWindow, times: list[list[float]]) -> Steps:
    """Yield what to wait for, and note seconds to the hits and to the whole answer."""
    session = window.session
    yield lambda: session.facts is not None and not session.is_busy
    facts = session.facts
    assert facts is not None
    # As long as somebody takes at least who looks for a file, or drags one here.
    until = time.monotonic() + _PAUSE_S
    yield lambda: time.monotonic() > until
    pictures = sorted(facts.indexed_root.rglob("*.png"))[::5]
    for picture in pictures[:_QUERIES]:
        before = session.result

        def is_found(before: object = before) -> bool:
            return session.result is not None and session.result is not before

        started = time.perf_counter()
        session.search_file(picture)
        yield is_found
        hits = time.perf_counter() - started
        yield lambda: not session.is_busy
        times.append([hits, time.perf_counter() - started])


def one_run() -> list[list[float]]:
    """Return the seconds of each query of one window."""
    from medhash_gui.command import demo
    from medhash_gui.command.output import Output

    library, _ = demo.prepare(Output(as_json=False))
    times: list[list[float]] = []
    fly(lambda window: ask(window, times), str(library), every_ms=_LOOK_MS)
    return times


def main() -> None:
    """Run windows one after the other and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        print(json.dumps(one_run()))
        return
    runs = []
    with tempfile.TemporaryDirectory() as home:
        for _ in range(asked.runs):
            ran = subprocess.run(
                [sys.executable, str(Path(__file__)), "--one"],
                env={**os.environ, "MEDHASH_HOME": home},
                capture_output=True,
                check=True,
                text=True,
            )
            runs.append(json.loads(ran.stdout.splitlines()[-1]))
    print(f"{'':16}{'first':>8}{'second':>8}{'tenth':>8}{'first / tenth':>16}   ms")
    for place, name in enumerate(("to the hits", "to all of it")):
        first, second, tenth = (
            1000 * statistics.median(run[number][place] for run in runs)
            for number in (0, 1, _QUERIES - 1)
        )
        print(f"{name:16}{first:8.0f}{second:8.0f}{tenth:8.0f}{first / tenth:16.2f}")


if __name__ == "__main__":
    main()
