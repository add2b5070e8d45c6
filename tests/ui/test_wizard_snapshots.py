"""The wizard's pages look as they did, in both themes.

Compared with pictures as the panels are (``test_snapshots``). The folder is a real one
with several findings; runs and judgements are values, and none is trained. With
MEDHASH_SHOTS=DIR every page is also written there in full size, and MEDHASH_LANGUAGE
chooses the language of those pictures.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo
from test_snapshots import FONT, assert_as_before
from training_states import judged, run_of, write

from medhash_gui.settings import Settings
from medhash_gui.ui import app, theme, training_tasks, translation
from medhash_gui.ui.library_tasks import Facts
from medhash_gui.ui.model_tasks import Found, NewLibrary
from medhash_gui.ui.models_dialog import ModelsDialog
from medhash_gui.ui.picture_panel import ElidedLabel
from medhash_gui.ui.session import Session
from medhash_gui.ui.training_wizard import (
    CHECK,
    JUDGE,
    OPTIONS,
    SPLIT,
    USE,
    TrainingWizard,
)

pytestmark = pytest.mark.snapshot

ROW = {
    "measure": "MAP@10",
    "set": "test queries (all) in test pictures of other patients",
    "queries": 8,
    **{"value": 0.5, "low": 0.4, "high": 0.6, "chance": 0.2},
}


@pytest.fixture
def session(qapp, models):
    made = Session(Settings.load())
    yield made
    made.close()


@pytest.fixture(params=["dark", "light"])
def look(request, qapp):
    font = QFontInfo(app.make_application().font()).family()
    language = os.environ.get("MEDHASH_LANGUAGE", "en")
    if font != FONT and language == "en":
        pytest.skip(f"the pictures were made with {FONT}, this machine has {font!r}")
    translation.install(qapp, language)
    theme.apply(theme.load(request.param))
    yield request.param
    translation.install(qapp, "en")


@pytest.fixture
def compare(look, request, qapp):
    """Return what compares a widget with its picture of before."""

    def of(widget, name):
        for label in widget.findChildren(ElidedLabel):
            label.show_text("/pictures/films")
        qapp.processEvents()  # what was posted is laid out
        image = widget.grab().toImage()
        if place := os.environ.get("MEDHASH_SHOTS"):
            image.save(str(Path(place) / f"{name}-{look}.png"))
        half = image.scaled(
            image.size() / 2, mode=Qt.TransformationMode.SmoothTransformation
        )
        if os.environ.get("MEDHASH_LANGUAGE", "en") == "en":
            assert_as_before(half, f"wizard-{name}-{look}", request)

    return of


@pytest.fixture
def films(tmp_path):
    """Return a folder with a cut file, a copy, and labels in a table."""
    folder = write(tmp_path / "films", each=14)
    files = sorted(folder.glob("*/*.png"))
    shutil.copy(files[0], folder / "light" / "copy.png")
    (folder / "light" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    rows = [f"{f.parent.name}/{f.name},{f.parent.name}" for f in files]
    rows += ["light/copy.png,light", "light/cut.png,light"]
    text = "file,finding\n" + "".join(f"{row}\n" for row in rows)
    (folder / "labels.csv").write_text(text)
    return folder


def opened(session, qtbot, runs=()):
    beginnings = training_tasks.Beginnings(training_tasks.starting_models(), runs)
    wizard = TrainingWizard(session, session.trainer, beginnings)
    qtbot.addWidget(wizard)
    wizard.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    wizard.setFixedSize(1100, 800)
    wizard.show()
    return wizard


def painted(session, qtbot, wizard):
    """Wait until every small picture is there."""
    wizard.grab()
    qtbot.waitUntil(lambda: session.trainer.thumbnails.pending == 0, timeout=60_000)


def test_the_pages_before_a_run(session, qtbot, films, compare, monkeypatch):
    monkeypatch.setattr(session.trainer, "estimate", lambda plans: None)
    wizard = opened(session, qtbot)
    compare(wizard, "choose-none")
    wizard.choose.take_folder(films)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=60_000)
    compare(wizard, "choose")
    wizard.next()
    qtbot.waitUntil(lambda: "cut.png" in wizard.problem, timeout=60_000)
    painted(session, qtbot, wizard)
    assert wizard.page == CHECK
    compare(wizard, "check-findings")
    for kind in ("unreadable", "conflict"):
        wizard.check.buttons[kind].click()
        qtbot.waitUntil(lambda k=kind: k not in wizard.check.buttons, timeout=60_000)
    painted(session, qtbot, wizard)
    compare(wizard, "check")
    wizard.next()
    assert wizard.page == SPLIT
    compare(wizard, "split")
    wizard.next()
    assert wizard.page == OPTIONS
    compare(wizard, "train-measuring")
    for name, seconds in (("quick", 42.0), ("thorough", 400.0), ("full", 8000.0)):
        found = {"seconds": seconds, "memory_bytes": 1.1 * 2**30}
        wizard.options.show_estimate(name, found)
    compare(wizard, "train")
    wizard.options.expert.click()
    compare(wizard, "train-expert")
    wizard.done(0)


def test_the_pages_of_a_run(session, qtbot, films, compare, tmp_path):
    pictures = sorted(films.glob("dark/*.png"))
    hits = [
        {"file": f"dark/{one.name}", "labels": ["dark"], "distance": 2 * n}
        for n, one in enumerate(pictures[1:11])
    ]
    query = {"file": f"dark/{pictures[0].name}", "labels": ["dark"], "hits": hits}
    finds = {"epoch": 2, "queries": [query] * 3}
    plan = run_of("running", films).plan
    going_on = run_of("running", films, neighbours=finds)
    runs = (going_on, run_of("stopped", films), run_of("failed", films))
    wizard = opened(session, qtbot, runs)
    wizard.show_run(going_on)
    painted(session, qtbot, wizard)
    compare(wizard, "running")
    wizard.show_run(run_of("stopped", films, neighbours=finds))
    compare(wizard, "paused")
    message = "The memory of cuda is too small for 32 pictures of 224 px at a time."
    ended = {"event": "failed", "type": "DeviceError", "message": message, "hint": ""}
    wizard.show_run(run_of("failed", films, ended=ended, plan=plan))
    compare(wizard, "failed")
    wizard.done(0)


def test_the_pages_after_a_run(session, qtbot, films, compare, tmp_path, monkeypatch):
    light, dark = (sorted(films.glob(f"{n}/[0-9]*"))[:8] for n in ("light", "dark"))
    pictures = [file for pair in zip(light, dark, strict=True) for file in pair]
    wizard = opened(session, qtbot)
    wizard.go_to(JUDGE)
    wizard.judge.allow()
    found = judged(films, right=True, pictures=pictures)
    session.trainer.judged.emit(found)
    finished = run_of("finished", tmp_path, ended={"metrics": [ROW], "model": "model"})
    session.trainer.runs_found.emit((finished, finished))
    compare(wizard, "judge")
    wizard.judge.tabs.setCurrentIndex(1)
    wizard.judge.confusion.open_cell("dark", "dark")
    qtbot.waitUntil(lambda: bool(wizard.judge.strips[0].pictures), timeout=60_000)
    painted(session, qtbot, wizard)
    compare(wizard, "finds")
    wizard.judge.tabs.setCurrentIndex(2)
    compare(wizard, "labels")
    wizard.judge.tabs.setCurrentIndex(3)
    compare(wizard, "runs")

    session.trainer.facts = finished
    facts = Facts(
        root=tmp_path / "old.medhash",
        indexed_root=films,
        images=29,
        bits=64,
        model="Chest films",
        modality="chest film",
        device="cpu",
        explains="grad-cam",
        labels={},
    )
    wizard.use.begin(facts, None)
    wizard.go_to(USE)
    compare(wizard, "use-begun")
    report = type("Report", (), {"added": 29, "unchanged": 0})()
    new = NewLibrary(tmp_path / "new.medhash", tmp_path / "old.medhash", report)
    monkeypatch.setattr(session.trainer, "keep_model", lambda then: None)
    session.trainer.reindexed.emit(new)
    near = tuple((file, float(n)) for n, file in enumerate(pictures[1:11]))
    session.trainer.found_in_both.emit(Found(pictures[0], near, near[::-1]))
    painted(session, qtbot, wizard)
    compare(wizard, "use")
    wizard.done(0)
    session.trainer.facts = None


def test_the_models(session, qtbot, compare):
    dialog = ModelsDialog(session.trainer, None)
    qtbot.addWidget(dialog)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    dialog.setFixedSize(900, 680)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.models.rowCount() == 1, timeout=60_000)
    compare(dialog, "models")
