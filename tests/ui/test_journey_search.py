"""From a study folder to hits with their maps, through the real ``main``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from drops import drop
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QComboBox

from medhash_gui.ui.hit_list import HIT
from medhash_gui.ui.main_window import MainWindow


def answered(window: MainWindow) -> bool:
    session = window.session
    return session.result is not None and not session.is_busy


def ranked(window: MainWindow) -> list[str]:
    model = window.results.hits.hits
    rows = range(model.rowCount())
    return [model.index(row).data(HIT).record.path for row in rows]


@pytest.mark.row("C1")
def test_a_dropped_folder_is_indexed_and_a_dropped_picture_finds_its_like(
    flight, study, models, clean_home, tmp_path
):
    query = tmp_path / "question.png"
    shutil.copy(study / "dark" / "picture 02.png", query)
    before = sorted(study.rglob("*"))

    def pilot(window):
        assert window.pages.currentWidget() is window.welcome
        drop(window, study)
        yield lambda: "12 added" in window.index_panel.detail
        assert "A tiny model for tests" in window.status.text
        yield lambda: not window.session.is_busy
        assert "12 images" in window.status.text
        drop(window, query)
        yield lambda: answered(window)
        assert len(ranked(window)) == 11  # its own content is left out
        assert "dark/picture 02.png" not in ranked(window)
        assert window.pair.query.view.has_layer
        assert window.pair.hit.view.has_layer
        assert window.pair.query.caption.startswith("48 × 48 px  ·  in the library")
        first = window.session.result.hits[0]
        assert window.pair.hit.view.picture.name == first.record.path

    assert flight.run(pilot) == 0

    assert sorted(study.rglob("*")) == before  # nothing is written into a study
    made = list((clean_home / "libraries").iterdir())
    assert len(made) == 1
    assert made[0].name.startswith("Studie_Größe_研究-")


def test_a_library_and_an_image_on_the_command_line_are_opened(flight, library, study):
    def pilot(window):
        yield lambda: answered(window)
        assert len(ranked(window)) == 11
        assert window.results.summary == "nearest of 11 pictures compared"

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


@pytest.mark.row("C2")
def test_a_pasted_picture_is_searched_for(flight, library, study):
    def pilot(window):
        yield lambda: window.session.facts is not None
        clipboard = QGuiApplication.clipboard()
        clipboard.setImage(QImage(str(study / "light" / "picture 03.png")))
        window.actions_by_id["paste"].trigger()
        yield lambda: answered(window)
        # Other bytes than the file's, so it is no picture of the library.
        assert len(ranked(window)) == 12
        assert window.session.result.hits[0].record.path == "light/picture 03.png"
        assert window.session.result.hits[0].distance == 0
        assert window.pair.query.view.picture.name == "Pasted image"

    assert flight.run(pilot, library) == 0


@pytest.mark.row("C2")
def test_a_pasted_file_is_searched_for(flight, library, study):
    def pilot(window):
        yield lambda: window.session.facts is not None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(study / "light" / "picture 03.png"))])
        QGuiApplication.clipboard().setMimeData(data)
        window.paste()
        yield lambda: answered(window)
        assert len(ranked(window)) == 11

    assert flight.run(pilot, library) == 0


def test_an_empty_clipboard_is_told_and_nothing_else_happens(flight, models):
    def pilot(window):
        QGuiApplication.clipboard().setText("a word")
        window.paste()
        assert window.bar.notice.text == "There is no picture on the clipboard."
        yield lambda: not window.session.is_busy

    assert flight.run(pilot) == 0


def test_a_picture_that_comes_before_its_library_waits_for_it(flight, library, study):
    def pilot(window):
        drop(window, study / "dark" / "picture 00.png")
        yield lambda: window.bar.notice is not None
        assert "No library is open yet" in window.bar.notice.text
        drop(window, library)
        yield lambda: answered(window)
        assert len(ranked(window)) == 11

    assert flight.run(pilot) == 0


@pytest.mark.row("C5")
def test_several_dropped_files_are_asked_about_together(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None
        drop(window, study / "dark/picture 00.png", study / "light/picture 01.png")
        yield lambda: answered(window) and session.marks.added == 1
        assert window.pair.query.view.picture.name == "picture 00.png"
        assert "light/picture 01.png" not in ranked(window)
        assert window.bar.notice is None

    assert flight.run(pilot, library) == 0


def test_of_two_dropped_libraries_the_first_is_taken_and_that_is_said(flight, library):
    def pilot(window):
        yield lambda: window.session.facts is not None
        drop(window, library, library)
        yield lambda: window.bar.notice is not None
        assert "2 things were dropped" in window.bar.notice.text
        yield lambda: not window.session.is_busy

    assert flight.run(pilot, library) == 0


def test_label_and_policy_ask_again(flight, library, study):
    def pilot(window):
        yield lambda: answered(window)
        labels = window.results.findChild(QComboBox, "labels")
        assert labels.itemText(1) in ("dark (6)", "light (6)")
        index = labels.findData("light")
        labels.setCurrentIndex(index)
        labels.activated.emit(index)
        yield lambda: window.session.choice.label == "light" and answered(window)
        assert {path.split("/")[0] for path in ranked(window)} == {"light"}
        window.actions_by_id["patients_include"].trigger()
        window.session.choose_label(None)
        yield lambda: len(ranked(window)) == 12
        assert window.session.result.hits[0].identical
        yield lambda: answered(window)
        assert window.session.choice.patients == "include"

    image = study / "dark/picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


@pytest.mark.row("D1")
def test_the_map_follows_source_and_visibility(flight, library, study):
    def pilot(window):
        yield lambda: answered(window)
        assert "attention" in window.pair.query.caption
        window.session.style_overlay(source="grad-cam")
        yield lambda: "speaks for" in window.pair.query.caption
        yield lambda: "speaks for" in window.pair.hit.caption
        window.actions_by_id["overlay"].trigger()
        assert not window.pair.query.view.has_layer
        assert not window.pair.hit.view.has_layer

    image = study / "dark/picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


@pytest.mark.row("C3")
def test_an_activated_hit_becomes_the_query(flight, library, study):
    def pilot(window):
        yield lambda: answered(window)
        second = window.session.result.hits[1]
        window.results.hits.select(1)
        yield lambda: window.pair.hit.view.picture is not None
        window.actions_by_id["search_hit"].setEnabled(True)
        window.actions_by_id["search_hit"].trigger()
        name = Path(second.record.path).name
        yield lambda: answered(window) and window.pair.query.view.picture.name == name

    image = study / "dark/picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


def test_a_file_that_is_no_picture_gets_a_sentence_and_the_window_stays_usable(
    flight, library, study
):
    def pilot(window):
        yield lambda: window.session.facts is not None
        drop(window, study / "dark" / "picture 04.png")
        yield lambda: answered(window)
        drop(window, study / "light" / "cut short.png")
        yield lambda: window.bar.notice is not None
        assert window.pair.query.view.picture.name == "picture 04.png"
        assert len(ranked(window)) == 11  # the last answer is still there
        assert window.bar.notice.kind == "failure"
        assert "cut short.png" in window.bar.notice.text
        drop(window, study / "dark" / "picture 00.png")
        yield (
            lambda: (
                answered(window)
                and window.pair.query.view.picture.name == "picture 00.png"
            )
        )
        assert window.bar.notice is None

    assert flight.run(pilot, library) == 0


def test_a_hit_whose_file_is_gone_is_told_and_its_cell_says_so(flight, library, study):
    (study / "light" / "picture 01.png").unlink()

    def pilot(window):
        yield lambda: answered(window)
        row = ranked(window).index("light/picture 01.png")
        window.results.hits.select(row)
        yield lambda: window.bar.notice is not None
        assert "picture 01.png" in window.bar.notice.text

    image = study / "dark/picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0


def test_a_screenshot_is_written_when_everything_is_there(qapp, library, study):
    from medhash_gui.__main__ import main

    file = study.parent / "a folder not made yet" / "window.png"
    words = ["window", str(library), "--image", str(study / "dark/picture 00.png")]
    assert main([*words, "--screenshot", str(file)]) == 0

    image = QImage(str(file))
    # Wider where the only font there is wider than the tool bar expects.
    assert image.width() >= 1440
    assert image.height() == 900


def test_a_screenshot_of_a_query_that_fails_ends_with_three(
    qapp, library, study, capfd
):
    from medhash_gui.__main__ import main

    file = study.parent / "window.png"
    words = ["window", str(library), "--image", str(study / "none.png")]
    assert main([*words, "--screenshot", str(file)]) == 3

    assert "none.png" in capfd.readouterr().err
    assert file.exists()


def test_the_last_library_is_opened_again(flight, library):
    def wait(window):
        yield lambda: window.session.facts is not None

    assert flight.run(wait, library) == 0
    assert flight.run(wait) == 0
