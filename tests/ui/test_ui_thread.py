"""The thread of the window decodes nothing, opens no library and no picture."""

from __future__ import annotations

import builtins
import io
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import cv2
import h5py
import pydicom
import pytest

from medhash_gui import bundle, engine, images
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
        (bundle.ModelBundle, "pair_map"),
        (engine.Engine, "run"),
        (h5py, "File"),
        (cv2, "imdecode"),
        (cv2, "imencode"),
        (pydicom, "dcmread"),
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


def test_nothing_that_is_done_with_hits_and_folders_touches_them_on_the_ui_thread(
    flight, library, study, tmp_path, touched
):
    other = tmp_path / "another study"
    shutil.copytree(study / "dark", other)
    page, out = tmp_path / "report.html", tmp_path / "out"

    def pilot(window):
        session, press = window.session, window.actions_by_id

        def quiet():
            return session.shown_hit is not None and not session.is_busy

        def undisturbed(what):
            assert touched == [], what

        yield quiet
        undisturbed("opening, searching and explaining")
        for command in ("why", "desk", "like"):
            press[command].trigger()
            yield quiet
            undisturbed(command)
        yield lambda: "bits turned" in window.pair.why.text and quiet()
        for source in ("grad-cam", "pair"):
            session.style_overlay(source=source)
            yield quiet
            undisturbed(source)
        press["farthest"].trigger()
        yield lambda: session.choice.farthest and quiet()
        press["forget"].trigger()
        dialog = window.dialogs.shown()
        dialog.choices["folder"].setChecked(True)
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        dialog.reject()
        undisturbed("counting what would be forgotten")
        press["leave_out"].trigger()
        yield lambda: session.facts.images == 11 and quiet()
        undisturbed("leaving out")
        session.reporting.write(Wish(page, 3, has_text=True))
        yield lambda: page.exists() and quiet()
        undisturbed("writing a report")
        press["export"].trigger()
        dialog = window.dialogs.shown()
        yield lambda: dialog.view.picture is not None and quiet()
        dialog.options.folder.setText(str(out))
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: out.is_dir() and any(out.iterdir()) and quiet()
        undisturbed("exporting pictures")
        session.index(other)
        yield lambda: session.facts.indexed_root == other
        yield lambda: session.facts.images == 6 and not session.is_busy
        undisturbed("indexing another folder")
        session.open_library(library)
        yield lambda: session.facts.root == library and not session.is_busy
        undisturbed("opening a library in place of another")

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0
    assert touched == []  # nor while the window closes


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
