"""First paint of the window over that of a bare PySide6 window.

Both are timed from the start of a fresh process to the end of the first paint event,
in turn, so that the machine's mood meets both; of MedHash's window also until it has
painted with all of its parts. Modules are compiled beforehand, as they are where
programs are installed:

    python benchmarks/bench_first_paint.py [--runs 7]

Prints the medians, and what they are over that of the bare window.
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
import os, time
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            QTimer.singleShot(0, self.leave)
        return False
    def leave(self):
        print(time.time() - float(os.environ["MEDHASH_STARTED"]), flush=True)
        os._exit(0)
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
import os, sys, time
from medhash_gui.__main__ import main
from medhash_gui.ui import app
def tell():
    print(time.time() - float(os.environ["MEDHASH_STARTED"]), flush=True)
def leave():
    tell()
    print(sorted(set(sys.modules) & {"torch", "onnxruntime", "cv2"}), flush=True)
    os._exit(0)
made = app.make_frame
def make_frame():
    frame = made()
    frame.framed.connect(tell)
    frame.painted.connect(leave)
    return frame
app.make_frame = make_frame
main([])
"""


def paints(code: str, home: str) -> list[str]:
    """Return what a window told: seconds from the start of its process, and modules."""
    environment = {
        **os.environ,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "MEDHASH_HOME": home,
        "PYTHONPYCACHEPREFIX": f"{home}/compiled",
        "PYTHONDONTWRITEBYTECODE": "",
        "MEDHASH_STARTED": repr(time.time()),
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return done.stdout.splitlines()


def main() -> None:
    """Run both in turn and print medians and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    runs = parser.parse_args().runs
    bare: list[float] = []
    first: list[float] = []
    whole: list[float] = []
    imported = ""
    with tempfile.TemporaryDirectory() as home:
        for number in range(runs + 1):
            one, other = paints(_BARE, home), paints(_OURS, home)
            imported = other[2]
            if number:  # the first pair compiles, and warms the file cache
                bare.append(float(one[0]))
                first.append(float(other[0]))
                whole.append(float(other[1]))
    unit = statistics.median(bare)
    print(f"bare PySide6 window            {unit:.3f} s")
    for name, seconds in (("first paint", first), ("with all parts", whole)):
        median = statistics.median(seconds)
        print(f"MedHash's, {name:19} {median:.3f} s, {median / unit:.2f} times")
    print(f"heavy modules by then: {imported}")


if __name__ == "__main__":
    main()
