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

def build():
    window = built()
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
