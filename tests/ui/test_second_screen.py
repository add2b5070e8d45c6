"""The compare desk comes back on the screen where it stood: two screens, two runs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

SCRIPT = """
import sys
from PySide6.QtWidgets import QApplication
from medhash_gui.ui import app

app.make_application()
window = app.build_window()
window.show()
window.looking.open_desk()
desk = window.looking.desk
if sys.argv[1] == "move":
    window.looking.move_to_next_screen()
QApplication.processEvents()
print(len(QApplication.screens()), desk.screen().name(), window.screen().name())
window.close()
window.deleteLater()
"""


@pytest.fixture
def run(tmp_path, clean_home):
    def start(*words, screens):
        made = [
            {"name": f"screen {n}", "x": 1920 * n, "y": 0, "width": 1920,
             "height": 1080, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
            for n in range(screens)
        ]  # fmt: skip
        (tmp_path / "screens.json").write_text(json.dumps({"screens": made}))
        ran = subprocess.run(
            [sys.executable, "-c", SCRIPT, *words],
            env={
                "MEDHASH_HOME": str(clean_home),
                # The path may hold no colon, so it is given relative to the folder.
                "QT_QPA_PLATFORM": "offscreen:configfile=screens.json",
                "PATH": "",
            },
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.split("\n")[0]

    return start


@pytest.mark.row("I8")
def test_the_desk_comes_back_on_the_screen_where_it_stood(run):
    assert run("move", screens=2) == "2 screen 1 screen 0"
    assert run("stay", screens=2) == "2 screen 1 screen 0"
    # A screen that is gone keeps the desk from nowhere.
    assert run("stay", screens=1) == "1 screen 0 screen 0"
