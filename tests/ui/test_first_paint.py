"""What the window loads, and when: seen in a fresh interpreter."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

_SCRIPT = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer

from medhash_gui.__main__ import main
from medhash_gui.ui import app

study, picture = map(Path, sys.argv[1:])
loaded = {}
built = app.build_window

def build(*frame):
    window = built(*frame)
    timer = QTimer(window)

    def painted():
        loaded["painted"] = sorted(sys.modules)
        window.session.receive([study])
        timer.start(50)

    def look():
        session = window.session
        if session.is_busy or session.facts is None:
            return
        if session.result is None:
            session.search_file(picture)
            return
        timer.stop()
        loaded["answered"] = sorted(sys.modules)
        loaded["hits"] = len(session.result.hits)
        window.close()

    timer.timeout.connect(look)
    window.painted.connect(painted)
    return window

app.build_window = build
code = main(["window"])
print(json.dumps(loaded))
sys.exit(code)
"""


def test_first_paint_loads_no_engine_and_indexing_and_searching_never_load_torch(
    study: Path, models: object, clean_home: Path
):
    environment = {**os.environ, "MEDHASH_HOME": str(clean_home)}
    done = subprocess.run(
        [
            *(sys.executable, "-c", _SCRIPT),
            *(str(study), str(study / "dark" / "picture 00.png")),
        ],
        capture_output=True,
        check=False,
        env=environment,
        timeout=150,
    )

    assert done.returncode == 0, done.stderr.decode()
    loaded = json.loads(done.stdout.splitlines()[-1])
    heavy = {"torch", "torchvision", "onnxruntime", "cv2", "h5py", "pydicom"}
    assert not heavy & set(loaded["painted"])
    assert not {"torch", "torchvision"} & set(loaded["answered"])
    assert loaded["hits"] == 11


_FRAME = """
import json, sys
from medhash_gui.__main__ import main
from medhash_gui.ui import app

seen, made, built = {}, app.make_frame, app.build_window

def frame():
    window = made()
    window.framed.connect(lambda: seen.setdefault("framed", sorted(sys.modules)))
    window.framed.connect(lambda: seen.setdefault("parts", window.is_furnished))
    window.painted.connect(lambda: seen.setdefault("shown", window.pages.isVisible()))
    window.painted.connect(window.close)
    return window

def build(*frame):
    if sys.argv[1:] == ["fail"]:
        raise ValueError("no parts")
    return built(*frame)

app.make_frame, app.build_window = frame, build
code = main([])
print(json.dumps(seen))
sys.exit(code)
"""


def _start(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    settings = home / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('{"accepted_research_notice": true}')
    return subprocess.run(
        [sys.executable, "-c", _FRAME, *words],
        capture_output=True,
        check=False,
        env={**os.environ, "MEDHASH_HOME": str(home)},
        text=True,
        timeout=150,
    )


def test_the_frame_paints_before_anything_of_its_parts_is_loaded(clean_home: Path):
    done = _start(clean_home)

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    late = {
        "numpy",
        "medhash_gui.audit",
        "medhash_gui.ui.furnishing",
        "medhash_gui.ui.session",
        "medhash_gui.ui.start",
    }
    assert not late & set(seen["framed"])
    assert not seen["parts"]
    assert seen["shown"]


def test_a_failure_while_the_parts_are_made_is_not_an_empty_window(clean_home: Path):
    done = _start(clean_home, "fail")

    assert done.returncode != 0
    assert "no parts" in done.stderr
