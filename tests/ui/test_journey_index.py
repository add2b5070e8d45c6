"""Indexing in the window: report, cancel, update, bad folders; through ``main``."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from drops import drop
from PIL import Image
from PySide6.QtGui import QGuiApplication

from medhash_gui import encoders
from medhash_gui.codes import HashCodes
from medhash_gui.store import CodeStore
from medhash_gui.ui import library_tasks


class GatedEncoder:
    """The tiny model, but from the third batch on it waits for a gate."""

    def __init__(self, inner: encoders.Encoder, gate: threading.Event) -> None:
        self._inner = inner
        self._gate = gate
        self._batches = 0
        self.model_id, self.bits = inner.model_id, inner.bits
        self.device, self.preprocess = inner.device, inner.preprocess

    def encode(self, inputs: np.ndarray) -> HashCodes:
        self._batches += 1
        if self._batches > 2:
            self._gate.wait(30)
        return self._inner.encode(inputs)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Make encoding stop after two batches until the gate is set."""
    gate = threading.Event()
    usual = library_tasks.open_encoder

    def gated(found, device):
        return GatedEncoder(usual(found, device), gate)

    monkeypatch.setattr(library_tasks, "open_encoder", gated)
    return gate


@pytest.fixture
def large_study(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    rng = np.random.default_rng(5)
    for number in range(80):
        pixels = rng.integers(0, 255, (24, 24), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number:03d}.png")
    return folder


def rows(home: Path) -> int:
    (root,) = (home / "libraries").iterdir()
    with CodeStore.open(root) as store:
        return len(store)


def test_skipped_files_are_listed_with_reasons_and_can_be_copied(flight, study, models):
    def pilot(window):
        panel = window.index_panel
        drop(window, study)
        yield lambda: panel.headline == f"{study.name} is up to date"
        assert panel.detail.startswith("13 files = 12 added + 1 skipped")
        assert "1 damaged" in panel.detail
        lists = panel.report.lists
        assert lists.tabs.tabText(0) == "Damaged (1)"
        cells = [lists.table.model().index(0, column).data() for column in (0, 1)]
        assert cells[0] == "light/cut short.png"
        assert cells[1]
        lists.copy()
        copied = QGuiApplication.clipboard().text()
        assert copied == f"light/cut short.png\tdamaged\t{cells[1]}"
        window.actions_by_id["dismiss"].trigger()
        assert panel.isHidden()
        yield lambda: not window.session.is_busy

    assert flight.run(pilot) == 0


def test_a_cancelled_run_keeps_what_is_done_and_the_next_one_goes_on(
    flight, large_study, models, clean_home, gate
):
    def pilot(window):
        drop(window, large_study)
        yield lambda: window.session.facts is not None
        yield lambda: "of 80 files" in window.index_panel.detail
        window.actions_by_id["cancel_index"].trigger()
        assert window.index_panel.headline == "Cancelling…"
        gate.set()
        yield lambda: not window.session.indexer.is_running
        assert window.index_panel.headline == "Indexing of many was cancelled"
        assert "is kept" in window.index_panel.detail
        yield lambda: not window.session.is_busy
        kept = window.session.facts.images
        assert kept < 80
        window.actions_by_id["update_library"].trigger()
        yield lambda: "is up to date" in window.index_panel.headline
        assert f"{80 - kept} added" in window.index_panel.detail
        yield lambda: window.session.facts.images == 80

    assert flight.run(pilot) == 0

    assert rows(clean_home) == 80


def test_a_window_closed_while_it_indexes_ends_cleanly_and_keeps_what_is_done(
    flight, large_study, models, clean_home, gate
):
    def pilot(window):
        drop(window, large_study)
        yield lambda: "of 80 files" in window.index_panel.detail
        gate.set()
        window.close()

    assert flight.run(pilot) == 0

    assert rows(clean_home) <= 80  # the library opens: nothing is damaged


def test_searching_works_while_indexing_runs(flight, large_study, models, gate):
    def pilot(window):
        session = window.session
        drop(window, large_study)
        yield lambda: session.facts is not None
        yield lambda: "of 80 files" in window.index_panel.detail
        drop(window, large_study / "000.png")
        yield lambda: session.result is not None
        assert session.indexer.is_running
        gate.set()
        yield lambda: not session.is_busy

    assert flight.run(pilot) == 0


def test_a_second_folder_is_refused_while_one_is_indexed(
    flight, large_study, study, models, gate
):
    def pilot(window):
        drop(window, large_study)
        # What the window says of the model comes before the first progress; later, it
        # would take the place of the sentence that is waited for.
        yield lambda: "of 80 files" in window.index_panel.detail
        assert window.session.indexer.is_running
        drop(window, study)
        words = "A folder is being indexed already."
        yield lambda: window.bar.notice is not None and window.bar.notice.text == words
        gate.set()
        yield lambda: not window.session.is_busy

    assert flight.run(pilot) == 0


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "is empty"),
        ({"notes.txt": b"nothing to see", "a.csv": b"a,b\n1,2\n"}, "is a picture"),
    ],
)
def test_a_folder_without_pictures_gets_a_sentence_and_leaves_no_library(
    flight, tmp_path, models, clean_home, files, words
):
    folder = tmp_path / "odd"
    folder.mkdir()
    for name, data in files.items():
        (folder / name).write_bytes(data)

    def pilot(window):
        drop(window, folder)
        yield lambda: window.bar.notice is not None
        assert words in window.bar.notice.text
        assert window.bar.notice.hint
        assert window.pages.currentWidget() is window.welcome
        yield lambda: not window.session.is_busy
        assert window.index_panel.isHidden()

    assert flight.run(pilot) == 0

    assert not list((clean_home / "libraries").glob("*"))


def test_pictures_that_no_model_knows_are_indexed_with_a_warning(
    flight, tmp_path, models
):
    folder = tmp_path / "noise"
    folder.mkdir()
    for number in range(4):
        pixels = np.zeros((40, 40, 3), np.uint8)
        pixels[:, :, number % 3] = 255
        Image.fromarray(pixels).save(folder / f"{number}.png")

    def pilot(window):
        drop(window, folder)
        yield lambda: window.bar.notice is not None
        assert window.bar.notice.kind == "warning"
        assert "No model on this computer" in window.bar.notice.text
        yield lambda: "4 added" in window.index_panel.detail
        yield lambda: not window.session.is_busy

    assert flight.run(pilot) == 0


def test_a_library_of_another_model_gets_a_sentence(flight, library, clean_home):
    (clean_home / "models" / "tiny").rename(clean_home / "elsewhere")

    def pilot(window):
        yield lambda: window.bar.notice is not None
        assert "not on this computer" in window.bar.notice.text
        assert window.bar.notice.hint

    assert flight.run(pilot, library) == 0


def test_a_place_that_holds_no_library_gets_a_sentence(flight, tmp_path, models):
    def pilot(window):
        yield lambda: window.bar.notice is not None
        assert window.bar.notice.kind == "failure"
        assert "gone.medhash" in window.bar.notice.text

    assert flight.run(pilot, tmp_path / "gone.medhash") == 0


def test_labels_and_patients_beside_the_pictures_are_used(flight, study, models):
    lines = ["file,label,patient"]
    lines += [
        f"{path.name},{path.parent.name} film,P{number // 4}"
        for number, path in enumerate(sorted(study.rglob("picture*.png")))
    ]
    (study / "labels.csv").write_text("\n".join(lines), encoding="utf-8")

    def pilot(window):
        drop(window, study)
        yield lambda: "12 added" in window.index_panel.detail
        yield lambda: not window.session.is_busy
        assert set(window.session.facts.labels) == {"dark film", "light film"}
        drop(window, study / "dark" / "picture 00.png")
        yield lambda: window.session.result is not None and not window.session.is_busy
        assert window.results.prior.isVisible()
        priors = [hit.record.path for hit in window.session.result.prior]
        assert "dark/picture 02.png" in priors
        assert len(window.session.result.hits) == 8

    assert flight.run(pilot) == 0
