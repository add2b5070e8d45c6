"""Walk docs/tour.md as a new user would, by keys in the real window, to a saved report.

    python benchmarks/walk_tour.py [--out REPORT.html]

Begins where ``python3 dev.py run`` begins once .venv is there: samples are drawn and
indexed, the window opens on them. Every step presses the key that the tour names, waits
until the window rests, and checks that what the tour promises is there. Prints how long
each step took; a person reads besides. Nothing of the user is touched: the home folder
is a new one.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow

Steps = Generator[tuple[str, Callable[[], bool]], None, None]
CONTROL = Qt.KeyboardModifier.ControlModifier


def walk(window: MainWindow, report: Path) -> Steps:
    """Yield the name of each step and when it is over."""
    session, results = window.session, window.results

    def press(key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        QTest.keyClick(window, key, *modifiers)

    def dialog_is_open() -> bool:
        return window.dialogs.shown() is not None and not session.is_busy

    def looked_at() -> bool:
        return (
            session.shown_hit is not None
            and not session.is_busy
            and session.weighing.weighed is not None
            and results.hits.isVisible()
            and window.dialogs.shown() is None
            and window.isActiveWindow()
        )

    yield "1  what MedHash is for", dialog_is_open
    QTest.keyClick(window.dialogs.shown(), Qt.Key.Key_Return)
    yield "2  hits, nearest first", looked_at
    distances = [hit.distance for hit in session.result.hits]
    assert distances == sorted(distances)
    press(Qt.Key.Key_E)
    yield "3  E: evidence", lambda: window.evidence.isVisible() and looked_at()
    assert " of " in window.evidence.text
    nearest = session.shown_hit.hit.record.labels
    press(Qt.Key.Key_X)
    yield (
        "4  X: contrast case",
        lambda: looked_at() and session.shown_hit.hit.record.labels != nearest,
    )
    press(Qt.Key.Key_F, CONTROL)
    yield "5  Ctrl+F: filters", lambda: results.filters.isVisible() and looked_at()
    folder, everything = nearest[0], session.result.searched
    QTest.keyClicks(results.filters.folder, folder)
    QTest.keyClick(results.filters.folder, Qt.Key.Key_Return)
    yield (
        f"   the folder {folder}",
        lambda: looked_at() and session.result.searched < everything,
    )
    assert {hit.record.path.split("/")[0] for hit in session.result.hits} == {folder}
    press(Qt.Key.Key_R, CONTROL)
    yield "6  Ctrl+R: report", dialog_is_open
    dialog = window.dialogs.shown()
    dialog.file.setText(str(report))
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    yield "   saved", lambda: report.is_file() and not session.is_busy


def main() -> int:
    """Walk, and print the seconds of each step."""
    wishes = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    wishes.add_argument("--out", type=Path, help="where the report shall stay")
    asked = wishes.parse_args()
    with tempfile.TemporaryDirectory() as home:
        os.environ["MEDHASH_HOME"] = home
        report = asked.out or Path(home) / "similar-cases.html"
        report.unlink(missing_ok=True)
        return fly(report)


def fly(report: Path) -> int:
    """Draw the samples, open the window on them, and walk."""
    from medhash_gui.__main__ import main as medhash
    from medhash_gui.command import demo as command_demo
    from medhash_gui.command.output import Output
    from medhash_gui.ui import app

    began = last = time.perf_counter()

    def say(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        print(f"{name:28} {now - last:6.1f} s", flush=True)
        last = now

    library, picture = command_demo.prepare(Output(as_json=False))
    say("0  samples drawn, indexed")
    made, failed = app.build_window, []

    def build(*frame: MainWindow) -> MainWindow:
        window = made(*frame)
        steps = walk(window, report)
        timer = QTimer(window)
        awaited: list[tuple[str, Callable[[], bool]]] = [next(steps)]

        def step() -> None:
            name, is_over = awaited[0]
            if window.dialogs.shown() is None:
                window.activateWindow()  # as a window manager would, behind a dialog
            if not is_over():
                if time.perf_counter() - last > 120:
                    failed.append(name)
                    window.close()
                return
            say(name)
            try:
                awaited[0] = next(steps)
            except StopIteration:
                timer.stop()
                window.close()
            except BaseException:
                timer.stop()
                failed.append(name)
                window.close()
                raise

        timer.timeout.connect(step)
        window.painted.connect(lambda: timer.start(20))
        return window

    app.build_window = build
    code = medhash(["window", str(library), "--image", str(picture)])
    if failed:
        print(f"It did not go as the tour says: {failed[0].strip()}")
        return 1
    size = report.stat().st_size / 1000
    print(f"{'from the start':28} {time.perf_counter() - began:6.1f} s")
    print(f"{report.name}: {size:.0f} kB")
    return code


if __name__ == "__main__":
    sys.exit(main())
