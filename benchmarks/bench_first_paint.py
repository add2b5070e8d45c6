"""First paint of the window over that of a bare PySide6 window.

Both are timed from the start of a fresh process to the end of the first paint event,
in turn, so that the machine's mood meets both:

    python benchmarks/bench_first_paint.py [--runs 7]

Prints the median of each, the ratio of the medians, and the parts of ours.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time

_BARE = """
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
{painted}
app = QApplication([])
window = QMainWindow()
window.setCentralWidget(QLabel("bare"))
window.resize(1280, 800)
watch = Painted()
window.installEventFilter(watch)
window.show()
app.exec()
"""

_OURS = """
from PySide6.QtCore import QEvent, QObject, QTimer
{painted}
from medhash_gui.ui import app as medhash
application = medhash.make_application()
log = medhash.start_log()
window = medhash.build_window()
watch = Painted()
window.installEventFilter(watch)
window.show()
application.exec()
"""

# Both children print the seconds from the parent's clock at their first paint.
_PAINTED = """
import os, sys, time
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self.leave)
        return False
    def leave(self):
        elapsed = time.time() - float(os.environ["MEDHASH_STARTED"])
        print(elapsed, sorted(set(sys.modules) & {"torch", "onnxruntime", "cv2"}))
        sys.stdout.flush()
        os._exit(0)
"""


def first_paint(code: str, home: str) -> tuple[float, str]:
    """Return the seconds from process start to first paint, and what was imported."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "MEDHASH_HOME": home,
        "MEDHASH_STARTED": repr(time.time()),
    }
    done = subprocess.run(
        [sys.executable, "-c", code.replace("{painted}", _PAINTED)],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    seconds, _, imported = done.stdout.strip().partition(" ")
    return float(seconds), imported


def main() -> None:
    """Run both in turn and print medians and ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    bare: list[float] = []
    ours: list[float] = []
    imported = ""
    with tempfile.TemporaryDirectory() as home:
        for number in range(runs + 1):
            one, _ = first_paint(_BARE, home)
            other, imported = first_paint(_OURS, home)
            if number:  # the first pair warms the file cache
                bare.append(one)
                ours.append(other)
    ratio = statistics.median(ours) / statistics.median(bare)
    print(f"bare PySide6 window  median {statistics.median(bare):.3f} s")
    print(f"MedHash window       median {statistics.median(ours):.3f} s")
    print(f"ratio                {ratio:.2f}")
    print(f"heavy modules at first paint: {imported}")


if __name__ == "__main__":
    main()
