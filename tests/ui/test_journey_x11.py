"""A real drag with a real mouse, from another process, in a real X server."""

from __future__ import annotations

import ctypes.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("Xvfb") and shutil.which("xdotool")),
        reason="needs Xvfb and xdotool (Debian: apt-get install xvfb xdotool)",
    ),
    pytest.mark.skipif(
        ctypes.util.find_library("xcb-cursor") is None,
        reason="Qt's xcb platform needs libxcb-cursor0 (python3 dev.py run names all)",
    ),
]

# A file manager in miniature: pressing the mouse and moving starts a drag of a file.
_SOURCE = """
import sys
from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QApplication, QWidget

class Source(QWidget):
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)

application = QApplication(["source"])
source = Source()
source.setWindowFlag(Qt.WindowType.FramelessWindowHint)
source.setGeometry(1000, 100, 200, 200)
source.show()
# Once it is on the screen: a press before that goes to whatever lies below.
QTimer.singleShot(500, lambda: print("ready", flush=True))
application.exec()
"""

_WINDOW = """
import json, sys
from PySide6.QtCore import QTimer

from medhash_gui.__main__ import main
from medhash_gui.ui import app

built = app.build_window

def build(*frame):
    window = built(*frame)
    window.setGeometry(0, 0, 960, 760)
    timer = QTimer(window)

    def look():
        session = window.session
        if session.facts is not None and "said" not in vars(window):
            window.said = True
            print("ready", flush=True)
        if session.result is not None and not session.is_busy:
            timer.stop()
            hits = [hit.record.path for hit in session.result.hits]
            shown = window.pair.query.view.picture.name
            print(json.dumps({"hits": hits, "query": shown}), flush=True)
            if len(sys.argv) > 2:
                window.grab().save(sys.argv[2])
            window.close()

    timer.timeout.connect(look)
    window.painted.connect(lambda: timer.start(50))
    return window

app.build_window = build
sys.exit(main(["window", sys.argv[1]]))
"""


@pytest.fixture
def screen() -> Iterator[dict[str, str]]:
    """Run an X server of its own and return the environment of its programs."""
    reading, writing = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", "1280x800x24"],
        pass_fds=[writing],
        stderr=subprocess.DEVNULL,
    )
    os.close(writing)
    with os.fdopen(reading) as display:
        number = display.readline().strip()
    yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
    server.terminate()
    server.wait(10)


def start(
    script: str, *words: object, environment: dict[str, str]
) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", script, *map(str, words)],
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    )
    assert process.stdout is not None
    first = process.stdout.readline()
    if first != "ready\n":
        process.kill()
        process.wait(10)
        process.stdout.close()
    assert first == "ready\n"
    return process


def drag(environment: dict[str, str], begin: tuple[int, int], end: tuple[int, int]):
    """Press, move in small steps as a hand does, let go."""

    def xdotool(*words: object) -> None:
        command = ["xdotool", *map(str, words)]
        subprocess.run(command, env=environment, check=True)
        time.sleep(0.06)  # the mouse is real: the server must see it move

    xdotool("mousemove", *begin)
    xdotool("mousedown", 1)
    for step in range(1, 13):
        x, y = (a + (b - a) * step // 12 for a, b in zip(begin, end, strict=True))
        xdotool("mousemove", x, y)
    xdotool("mouseup", 1)


@pytest.mark.row("C1")
def test_a_file_dragged_from_another_program_is_searched_for(
    screen, library, study, clean_home
):
    environment = {**screen, "MEDHASH_HOME": str(clean_home)}
    picture = study / "dark" / "picture 02.png"
    clean_home.mkdir(parents=True, exist_ok=True)
    # Else the notice of the first start stands before the window.
    (clean_home / "settings.json").write_text('{"accepted_research_notice": true}')
    window = start(_WINDOW, library, environment=environment)
    source = start(_SOURCE, picture, environment=environment)
    try:
        drag(environment, (1100, 200), (300, 400))
        answer = json.loads(window.stdout.readline())
        window.wait(30)
    finally:
        for process in (source, window):
            process.kill()
            process.wait(10)
            process.stdout.close()

    assert answer["query"] == "picture 02.png"
    assert len(answer["hits"]) == 11
    assert window.returncode == 0
