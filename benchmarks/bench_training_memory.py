"""What the window takes while a model is trained in it, and what it gives back.

One run of the real window: the sample library is opened and searched, the wizard takes
its folder through check, quick training, report and a second library, goes back to the
first one, and is closed; the same a second time, which tells what is kept once (loaded
code) from what is lost each time.

    python benchmarks/bench_training_memory.py [--epochs 2] [--runs 2]

Prints resident memory of the window and of its processes, their number and their files
in shared memory: before, the most meanwhile, and after. Linux only.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flown_window import Steps, fly

from medhash_gui.ui.training_wizard import CHECK, OPTIONS, RUN

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow


_SETTLE_S = 5.0
_MIB = 2**20


@dataclass(frozen=True)
class Usage:
    """What is taken at a moment: bytes, and how many."""

    window: int
    others: int
    processes: int
    shared_files: int


def usage() -> Usage:
    """Return what the window and the processes below it take now."""
    children: dict[int, list[int]] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(place.name))
    found, waiting = [], [os.getpid()]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    names = list(Path("/dev/shm").iterdir())
    own = [name for name in names if name.stat().st_uid == os.getuid()]
    others = sum(resident(child) for child in found)
    return Usage(resident(os.getpid()), others, len(found), len(own))


def resident(process: int) -> int:
    """Return the resident memory of a process in bytes; 0 where it has ended."""
    try:
        pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    except OSError:
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def train(window: MainWindow, epochs: int) -> Steps:
    """Take the open library's folder through the wizard, and close it."""
    session, trainer = window.session, window.session.trainer
    before = session.facts
    assert before is not None
    trainer.forget()
    window.actions_by_id["train"].trigger()
    yield lambda: window.training.wizard is not None
    wizard = window.training.wizard
    assert wizard is not None
    yield lambda: not wizard.problem
    wizard.next_button.click()
    yield lambda: wizard.page == CHECK and not wizard.problem
    wizard.next_button.click()
    wizard.next_button.click()
    yield lambda: wizard.page == OPTIONS and not wizard.problem
    wizard.options.fields.set_value("epochs", epochs)
    wizard.next_button.click()
    yield lambda: trainer.facts is not None and trainer.facts.state != "running"
    assert wizard.page == RUN
    assert trainer.facts is not None
    assert trainer.facts.state == "finished", trainer.facts.ended
    wizard.next_button.click()
    yield lambda: "MAP@10" in wizard.judge.text
    wizard.judge.confusion.open_cell("nodule", "nodule")
    yield lambda: bool(wizard.judge.strips[0].pictures)
    yield lambda: trainer.thumbnails.pending == 0
    wizard.next_button.click()
    wizard.use.index_button.click()
    yield lambda: wizard.use.new is not None
    wizard.use.ask(next((before.indexed_root / "nodule").iterdir()))
    yield lambda: bool(wizard.use.after.pictures)
    wizard.use.switch_button.click()
    new = wizard.use.new
    assert new is not None
    yield lambda: session.facts is not None and session.facts.root == new.root
    wizard.use.back_button.click()
    yield lambda: session.facts is not None and session.facts.root == before.root
    yield lambda: not session.is_busy
    wizard.close()


def work(window: MainWindow, epochs: int, runs: int, kept: dict[str, Usage]) -> Steps:
    """Yield what to wait for; note what is taken in between."""
    session = window.session
    most = {"window": 0, "others": 0, "processes": 0, "shared_files": 0}
    looked = 0.0

    def settled() -> Callable[[], bool]:
        until = time.monotonic() + _SETTLE_S
        return lambda: time.monotonic() > until and not session.is_busy

    def watched(condition: Callable[[], bool]) -> Callable[[], bool]:
        def look() -> bool:
            nonlocal looked
            if time.monotonic() > looked + 0.5:
                looked = time.monotonic()
                for name, value in vars(usage()).items():
                    most[name] = max(most[name], value)
            return condition()

        return look

    window.actions_by_id["try_sample"].trigger()
    yield lambda: session.result is not None and not session.is_busy
    session.search_hit(session.result.hits[0])  # type: ignore[union-attr]
    yield settled()
    gc.collect()
    kept["before"] = usage()
    for number in range(1, runs + 1):
        most.update(dict.fromkeys(most, 0))
        for condition in train(window, epochs):
            yield watched(condition)
        yield settled()
        gc.collect()
        kept[f"run {number}, most"] = Usage(**most)
        kept[f"run {number}, after"] = usage()


def report(kept: dict[str, Usage]) -> None:
    """Print a table, and the same as one line of JSON."""
    before = kept["before"]
    print(f"{'':22}{'window':>8}{'over':>7}{'others':>8}{'over':>7}   MiB", end="")
    print(f"{'processes':>12}{'in /dev/shm':>13}")
    for name, one in kept.items():
        own = (one.window / _MIB, (one.window - before.window) / _MIB)
        others = (one.others / _MIB, (one.others - before.others) / _MIB)
        print(f"{name:22}{own[0]:8.0f}{own[1]:+7.0f}", end="")
        print(f"{others[0]:8.0f}{others[1]:+7.0f}", end="")
        print(f"{one.processes:18}{one.shared_files:13}")
    print(json.dumps({name: vars(one) for name, one in kept.items()}))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--runs", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["MEDHASH_HOME"] = home
        kept: dict[str, Usage] = {}
        fly(lambda window: work(window, given.epochs, given.runs, kept))
        report(kept)
    sys.exit(0)
