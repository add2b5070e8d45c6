"""The thread of the window decodes nothing, opens no library and no picture."""

from __future__ import annotations

import builtins
import io
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from medhash_gui import bundle, images
from medhash_gui.library import segments
from medhash_gui.ui.report_tasks import Wish


@pytest.fixture
def touched(monkeypatch, study, library):
    """Return what the UI thread touched of pictures, libraries and models."""
    main, seen = threading.main_thread(), []

    def watch(owner, name):
        real = getattr(owner, name)

        def called(*words, **more):
            if threading.current_thread() is main:
                seen.append(name)
            return real(*words, **more)

        monkeypatch.setattr(owner, name, called)

    for owner, name in (
        (images, "decode"),
        (images, "open_image"),
        (segments, "read_codes"),
        (segments, "read_records"),
        (bundle.ModelBundle, "look"),
        (bundle.ModelBundle, "explain"),
    ):
        watch(owner, name)

    places = (str(study), str(library))
    real_open, real_io = builtins.open, io.open

    def opened(real):
        def call(file, *words, **more):
            inside = isinstance(file, str | Path) and str(file).startswith(places)
            if inside and threading.current_thread() is main:
                seen.append(str(file))
            return real(file, *words, **more)

        return call

    monkeypatch.setattr(builtins, "open", opened(real_open))
    monkeypatch.setattr(io, "open", opened(real_io))
    return seen


def test_a_whole_session_touches_no_file_and_decodes_nothing_on_the_ui_thread(
    flight, library, study, tmp_path, touched
):
    file = tmp_path / "report.json"

    def quiet(window):
        session = window.session
        return session.answer is not None and not session.is_busy

    def pilot(window):
        yield lambda: quiet(window)
        window.results.hits.step(1)
        yield lambda: quiet(window)
        window.session.update_library()
        yield lambda: quiet(window) and not window.session.indexer.is_running
        window.actions_by_id["evidence"].trigger()
        window.actions_by_id["filters"].trigger()
        yield lambda: quiet(window)
        window.session.reporting.write(Wish(file, 3))
        yield lambda: quiet(window) and file.exists()
        assert touched == []

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_the_parts_beside_the_hits_load_neither_torch_nor_the_core(tmp_path):
    code = (
        "import sys\n"
        "from medhash_gui.ui import evidence_panel, filter_bar, cover, palette\n"
        "from medhash_gui.ui import report_dialog, shortcut_editor\n"
        "heavy = {'torch', 'h5py', 'onnxruntime', 'cv2', 'numpy'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stderr
