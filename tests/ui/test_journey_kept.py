"""Searches kept by name, and work that goes on at the next start: the real ``main``."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medhash_gui import paths
from medhash_gui.bundle import ModelBundle
from medhash_gui.indexing import index_folder
from medhash_gui.store import CodeStore
from medhash_gui.ui import search_file
from medhash_gui.ui.search_file import Kept, KeptSearch


def quiet(window):
    session = window.session
    return session.facts is not None and not session.is_busy


def answered(window):
    return window.session.answer is not None and quiet(window)


def shown(window):
    return [hit.record.path for hit in window.session.result.hits]


def keep(window, name):
    window.actions_by_id["kept_searches"].trigger()
    dialog = window.dialogs.shown()
    QTest.keyClicks(dialog.name, name)
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    return dialog


def grow(library, study):
    """Add a picture to the folder and its library."""
    pixels = np.full((48, 48), 30, np.uint8)
    pixels[10:20, 10:30] = 200
    Image.fromarray(pixels).save(study / "dark" / "a new one.png")
    with CodeStore.open(library, writable=True) as store:
        encoder = ModelBundle.open(paths.user_models() / "tiny")
        for _ in index_folder(store, study, encoder, workers=1):
            pass


@pytest.mark.row("C22")
def test_a_kept_search_is_made_again_after_a_restart_in_a_library_that_has_grown(
    flight, library, study
):
    kept = {}

    def first(window):
        session = window.session
        yield lambda: answered(window)
        marked = session.result.hits[3]
        session.marks.mark(session.result.hits[3], is_like=True)
        yield lambda: session.choice.marking.like and answered(window)
        window.results.filters.folder.setText("dark")
        window.results.filters.folder.editingFinished.emit()
        yield lambda: session.choice.narrowing.folder and answered(window)
        dialog = keep(window, "dark ones")
        yield lambda: session.searches.kept and quiet(window)
        assert dialog.names.item(0).text() == "dark ones"
        kept.update(hits=shown(window), marked=marked.record.path)

    def second(window):
        session = window.session
        yield lambda: answered(window)
        session.narrow(type(session.choice.narrowing)())
        session.marks.clear()
        yield lambda: not session.choice.narrowing.count and answered(window)
        window.actions_by_id["palette"].trigger()
        palette = window.dialogs.shown()
        QTest.keyClicks(palette.words, "kept dark ones")
        assert palette.found.topLevelItemCount() == 1
        QTest.keyClick(palette.words, Qt.Key.Key_Return)
        yield lambda: session.choice.narrowing.folder == "dark" and answered(window)
        assert window.results.filters.folder.text() == "dark"
        assert [mark.name for mark in session.marks.marks] == [
            kept["marked"].split("/")[-1]
        ]
        assert set(kept["hits"]) < set(shown(window))
        assert "dark/a new one.png" in shown(window)

    image = study / "dark/picture 00.png"
    assert flight.run(first, library, "--image", image) == 0
    grow(library, study)
    assert flight.run(second, library, "--image", image) == 0


def test_a_kept_search_is_removed_by_a_key(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        dialog = keep(window, "one")
        yield lambda: dialog.names.count() == 1 and quiet(window)
        # A shortcut counts in the window that is active only.
        dialog.activateWindow()
        dialog.names.setFocus()
        yield dialog.isActiveWindow
        QTest.keyClick(dialog.names, Qt.Key.Key_Delete)
        yield lambda: not session.searches.kept and quiet(window)
        assert not dialog.open_button.isEnabled()

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0
    assert search_file.load(str(library)).named == ()


@pytest.mark.row("C22")
def test_work_goes_on_where_the_last_run_ended(flight, library, study):
    left = {}

    def first(window):
        session = window.session
        yield lambda: answered(window)
        session.add_file(study / "light/picture 01.png")
        yield lambda: session.marks.added == 1 and answered(window)
        session.marks.mark(session.result.hits[0], is_like=False)
        yield lambda: session.choice.marking.unlike and answered(window)
        session.choose_label("light")
        yield lambda: session.choice.label == "light" and answered(window)
        window.actions_by_id["evidence"].trigger()
        window.actions_by_id["why"].trigger()
        yield lambda: answered(window)
        left.update(hits=shown(window), marks=session.marks.marks)

    def second(window):
        session = window.session
        yield lambda: answered(window)
        assert window.pair.query.view.picture.name == "picture 00.png"
        assert shown(window) == left["hits"]
        assert session.marks.marks == left["marks"]
        assert session.marks.added == 1
        assert window.results._labels.currentData() == "light"
        assert window.evidence.isVisible()
        assert window.pair.why.isVisible()

    assert flight.run(first, library, "--image", study / "dark/picture 00.png") == 0
    assert flight.run(second) == 0


def test_who_does_not_want_that_starts_with_the_library_alone(flight, library, study):
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(
        '{"restore_work": false, "accepted_research_notice": true}'
    )
    search_file.save(str(library), Kept(last=KeptSearch("", str(study / "a.png"))))

    def first(window):
        yield lambda: answered(window)
        window.actions_by_id["evidence"].trigger()

    def second(window):
        yield lambda: quiet(window)
        assert window.session.answer is None
        assert window.evidence.isHidden()

    assert flight.run(first, library, "--image", study / "dark/picture 00.png") == 0
    assert search_file.load(str(library)).last is None
    assert flight.run(second) == 0


def test_a_picture_that_is_gone_at_the_next_start_gets_a_sentence(
    flight, library, study, tmp_path
):
    query = tmp_path / "question.png"
    shutil.copy(study / "dark/picture 02.png", query)

    def first(window):
        yield lambda: answered(window)

    def second(window):
        yield lambda: window.bar.notice is not None and quiet(window)
        assert "question.png is not there any more" in window.bar.notice.text
        assert "ask with another" in window.bar.notice.hint
        assert window.session.facts is not None

    assert flight.run(first, library, "--image", query) == 0
    query.unlink()
    assert flight.run(second) == 0


def test_searches_that_cannot_be_read_are_told_and_left_as_they_are(flight, library):
    file = paths.searches_of(str(library))
    file.parent.mkdir(parents=True)
    file.write_text('{"format": 99}')

    def pilot(window):
        yield lambda: window.bar.notice is not None and quiet(window)
        assert "cannot be read" in window.bar.notice.text

    assert flight.run(pilot, library) == 0
    assert json.loads(file.read_text()) == {"format": 99}
