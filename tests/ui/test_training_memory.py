"""What the wizard has used is given back: processes, pictures, codes and engines."""

from __future__ import annotations

import gc
import weakref

import pytest
from PySide6.QtWidgets import QWidget
from test_judge_page import judged
from tiny_bundle import make_tiny_bundle
from training_runs import drained

from medhash_gui import freed_memory, run_control
from medhash_gui.settings import Settings
from medhash_gui.ui import library_tasks, model_tasks, training_tasks
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.session import Session
from medhash_gui.ui.thumbnails import ThumbnailKey
from medhash_gui.ui.training_dialogs import TrainingDialogs


@pytest.fixture
def session(qapp, models):
    made = Session(Settings.load())
    yield made
    made.close()


@pytest.fixture
def dialogs(session, qtbot):
    owner = QWidget()
    qtbot.addWidget(owner)
    made = TrainingDialogs(session, owner)
    yield made
    made.close()


def open_wizard(dialogs, qtbot):
    dialogs.show_wizard()
    qtbot.waitUntil(lambda: dialogs.wizard is not None, timeout=60_000)
    return dialogs.wizard


def test_closing_the_wizard_ends_its_process_until_it_is_needed_again(
    session, dialogs, qtbot, study, monkeypatch
):
    trainer = session.trainer
    wizard = open_wizard(dialogs, qtbot)
    file = next((study / "light").iterdir())
    key = ThumbnailKey(file.parent, file.name, 0)
    trainer.thumbnails.get(key)
    qtbot.waitUntil(lambda: trainer.thumbnails.pending == 0, timeout=60_000)
    reader = trainer._pictures._reader
    assert reader is not None
    process = reader._process
    assert process is not None
    assert process.process.is_alive()

    given = []
    monkeypatch.setattr(freed_memory, "give_back", lambda: given.append(reader))

    wizard.done(0)

    qtbot.waitUntil(lambda: not session.trainer.is_busy, timeout=60_000)
    assert given == [reader]
    assert trainer._pictures._reader is None
    assert reader._process is None
    assert trainer.thumbnails.get(key) is None  # it is asked for anew
    qtbot.waitUntil(lambda: trainer.thumbnails.pending == 0, timeout=60_000)
    assert trainer.thumbnails.get(key) is not None


def test_closing_the_wizard_lets_go_of_what_was_judged(
    session, dialogs, qtbot, tmp_path
):
    wizard = open_wizard(dialogs, qtbot)
    made = judged(tmp_path, right=True)
    kept = [weakref.ref(part.logits) for part in made.coded.parts.values()]
    kept.append(weakref.ref(made.judgement.confusions["test"].shares))
    session.trainer.judged.emit(made)
    assert "MAP@10" in wizard.judge.text
    del made

    wizard.done(0)
    del wizard

    qtbot.waitUntil(lambda: dialogs.wizard is None and not session.trainer.is_busy)

    def is_free():
        gc.collect()
        return all(one() is None for one in kept)

    qtbot.waitUntil(is_free, timeout=30_000)


def test_indexing_anew_and_asking_both_lets_go_of_every_engine(
    library, study, tmp_path, monkeypatch
):
    engines = []

    def noted(make):
        def wrapped(*arguments, **options):
            made = make(*arguments, **options)
            engines.append(weakref.ref(made))
            return made

        return wrapped

    for name in ("open_encoder", "open_model"):
        monkeypatch.setattr(library_tasks, name, noted(getattr(library_tasks, name)))
    make_tiny_bundle(tmp_path / "new", seed=7)
    device = library_tasks.device_of(Settings.load())
    new = drained(model_tasks.reindex(tmp_path / "new", library, device, 1))
    pictures = PictureProcess()
    query = tmp_path / "query.png"
    query.write_bytes(next((study / "dark").iterdir()).read_bytes() + b" ")
    try:
        drained(model_tasks.find_in_both(query, library, new.root, device, pictures))
    finally:
        pictures.close()

    gc.collect()
    assert len(engines) == 3
    assert [one() for one in engines] == [None, None, None]


def test_nothing_is_left_of_measuring(tmp_path, monkeypatch):
    def measured(plan, scratch):
        scratch.mkdir(parents=True)
        (scratch / "features").write_bytes(b"large")
        yield
        return {"event": "estimate"}

    monkeypatch.setattr(run_control, "estimate", measured)

    list(training_tasks.estimate({"quick": None}, tmp_path / "measuring"))

    assert not list((tmp_path / "measuring").iterdir())
