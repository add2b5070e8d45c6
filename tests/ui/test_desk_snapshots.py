"""Panels and dialogs that a journey opens look as they did, in both themes.

As ``test_snapshots``, in a library of patients and cases. With MEDHASH_SHOTS=DIR every
picture is also written there in full size, and MEDHASH_LANGUAGE chooses the language
of those pictures.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest
from cases import index_cases, path_of
from dicom_files import write_frames
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontInfo
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QMessageBox
from stillness import still
from test_privacy_dialog import FULL
from test_snapshots import FONT, assert_as_before
from tiny_bundle import make_tiny_bundle

from medhash_gui import paths
from medhash_gui.query_box import QueryBox
from medhash_gui.ui import app
from medhash_gui.ui.picture_panel import ElidedLabel
from medhash_gui.ui.privacy_dialog import PrivacyDialog

pytestmark = pytest.mark.snapshot

CALM = 4  # turns of the pilot

LANGUAGE = os.environ.get("MEDHASH_LANGUAGE", "en")


@pytest.fixture(params=["dark", "light"])
def look(request, qapp):
    font = QFontInfo(app.make_application().font()).family()
    if font != FONT and LANGUAGE == "en":
        pytest.skip(f"the pictures were made with {FONT}, this machine has {font!r}")
    return request.param


@pytest.fixture
def shoot(look, request, flight, built_translations):
    """Return what runs a journey and compares the pictures that it took."""

    def of(journey, *words, **chosen):
        values = {"theme": look, "accepted_research_notice": True, **chosen}
        if LANGUAGE != "en":
            values["language"] = LANGUAGE
        settings = paths.settings_file()
        settings.parent.mkdir(parents=True, exist_ok=True)
        settings.write_text(json.dumps(values))
        seen = {}

        def grab(name, widget):
            for label in widget.findChildren(ElidedLabel):
                if label.toolTip().startswith("/"):
                    label.show_text("/pictures/study")
            for field in widget.findChildren(QLineEdit):
                if field.text().startswith("/"):  # a folder of this run
                    field.blockSignals(True)
                    field.setText("/pictures/study")
                    field.blockSignals(False)
            seen[name] = widget.grab().toImage()

        def pilot(window):
            window.setFixedSize(1440, 900)
            return journey(window, grab)

        assert flight.run(pilot, *words) == 0
        for name, image in seen.items():
            if place := os.environ.get("MEDHASH_SHOTS"):
                image.save(str(Path(place) / f"{name}-{look}.png"))
            if LANGUAGE == "en":
                half = image.scaled(
                    image.size() / 2, mode=Qt.TransformationMode.SmoothTransformation
                )
                assert_as_before(half, f"{name}-{look}", request)

    return of


@pytest.fixture
def words(study, models, tmp_path):
    """Return how a window is started that asks about a picture with patients."""
    root = index_cases(study, tmp_path / "study.medhash", report="Large heart.")
    return root, "--image", study / path_of(0)


def settled(window) -> bool:
    """Return whether everything that a hit brings is on the screen."""
    session, hit = window.session, window.pair.hit
    return (
        session.shown_hit is not None
        and not session.is_busy
        and hit.map_sentence() in hit.caption
        and (session.answer is None or session.weighing.weighed is not None)
    )


def thumbnails_there(window) -> bool:
    """Return whether nothing has moved for some turns: what was posted is laid out."""
    is_there = settled(window) and not window.session.thumbnails.pending
    window.turns = getattr(window, "turns", 0) + 1 if is_there else 0
    if window.turns < CALM:
        return False
    window.turns = 0
    return True


def a_while():
    """Return a condition that holds after some turns, whatever is on the screen."""
    turns = iter(range(CALM))
    return lambda: next(turns, None) is None


def pressed(window, name):
    action = window.actions_by_id[name]
    assert action.isEnabled(), name
    action.trigger()


def test_patients_evidence_and_what_words_find(shoot, words):
    def journey(window, grab):
        session, results = window.session, window.results
        yield lambda: thumbnails_there(window)
        pressed(window, "evidence")
        results.prior.select(0)
        yield lambda: thumbnails_there(window)
        yield still(window)
        grab("window-patients", window)
        pressed(window, "banner")
        yield lambda: thumbnails_there(window)
        yield still(window.pair)
        grab("pair-nobody-named", window.pair)
        pressed(window, "banner")
        results.hits.select(0)
        yield lambda: thumbnails_there(window)
        pressed(window, "farthest")
        yield lambda: session.choice.farthest and thumbnails_there(window)
        yield still(results)
        grab("least-similar", results)
        pressed(window, "farthest")
        pressed(window, "hits_list")
        pressed(window, "patients_group")
        yield lambda: session.choice.patients == "group" and thumbnails_there(window)
        yield still(results)
        grab("each-patient-once", results)
        pressed(window, "hits_list")
        session.style_overlay(source="grad-cam")
        yield lambda: thumbnails_there(window)
        yield still(window.pair)
        grab("map-withheld", window.pair)

    shoot(journey, *words)


def test_words_of_reports_without_a_picture(shoot, words):
    def journey(window, grab):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        pressed(window, "words")
        yield lambda: not session.is_busy
        report = window.results.filters.report
        report.setText("heart")
        QTest.keyClick(report, Qt.Key.Key_Return)
        yield lambda: thumbnails_there(window)
        window.results.hits.setFocus()
        yield a_while()
        yield still(window)
        grab("words-found", window)

    shoot(journey, words[0])


def test_own_impression_first(shoot, words):
    def journey(window, grab):
        session = window.session
        yield lambda: session.weighing.weighed is not None and not session.is_busy
        window.results.cover.impression.clearFocus()
        yield a_while()
        yield still(window)
        grab("window-blind", window)

    shoot(journey, *words, blind_first=True)


def test_regions_lines_and_pictures_over_each_other(shoot, words):
    def journey(window, grab):
        session = window.session
        yield lambda: thumbnails_there(window)
        session.choose_box(QueryBox(6, 8, 28, 30))
        yield lambda: session.answer.box is not None and not session.is_busy
        window.results.cover.show_hits.click()  # the region is unlike its whole
        yield lambda: thumbnails_there(window)
        pressed(window, "measure")
        QTest.keyClick(window.pair.query.view, Qt.Key.Key_Return)
        pressed(window, "map_box")
        yield lambda: thumbnails_there(window)
        window.results.hits.setFocus()
        yield a_while()
        yield still(window.pair)
        grab("region-line-box", window.pair)
        pressed(window, "map_box")
        pressed(window, "whole")
        yield lambda: session.answer.box is None and thumbnails_there(window)
        pressed(window, "desk")
        desk = window.looking.desk
        desk.setFixedSize(1000, 640)
        yield lambda: thumbnails_there(window)
        yield lambda: all(panel.view.picture is not None for panel in desk.panels[:2])
        for mode in ("split", "blend", "difference"):
            pressed(window, mode)
            assert desk.mode == mode
            yield lambda: thumbnails_there(window)
            yield still(desk)
            grab(f"desk-{mode}", desk)
        pressed(window, "difference")
        pressed(window, "hits_4")
        yield lambda: thumbnails_there(window)
        yield lambda: all(panel.view.has_layer for panel in desk.panels)
        desk.link.toggle(desk.panels[1].view)
        view = desk.panels[0].view
        view.look(view.stance.turned(1))
        view.zoom_in()
        view.window_by(0.1, 0.5)
        yield a_while()
        yield still(desk)
        grab("desk-four-hits", desk)
        desk.close()

    shoot(journey, *words)


def test_frames_and_windows(shoot, words, tmp_path):
    file = tmp_path / "series.dcm"
    write_frames(file)

    def journey(window, grab):
        yield lambda: not window.results.cover.isHidden() and not window.session.is_busy
        yield lambda: window.results.cover.state == "unfamiliar"
        yield a_while()
        yield still(window)
        grab("window-frames", window)

    shoot(journey, words[0], "--image", file)


def test_what_the_local_branch_saw(shoot, models, clean_home, study, tmp_path):
    make_tiny_bundle(clean_home / "models" / "tiny", local=True)
    root = index_cases(study, tmp_path / "local.medhash")

    def journey(window, grab):
        yield lambda: thumbnails_there(window)
        yield still(window.pair)
        grab("local-branch", window.pair)

    shoot(journey, root, "--image", study / path_of(0))


def test_forgetting(shoot, words):
    def journey(window, grab):
        session = window.session
        yield lambda: thumbnails_there(window)
        own = session.answer.query.patient_key
        pressed(window, "forget")
        dialog = window.dialogs.shown()
        dialog.setFixedSize(680, 460)
        dialog.patient.setCurrentText("P-0123456789abcdef")
        yield a_while()
        yield still(dialog)
        grab("forget", dialog)
        dialog.patient.setCurrentText(own)
        dialog.look_button.click()
        yield dialog.forget_button.isEnabled
        dialog.setFocus()
        yield a_while()
        yield still(dialog)
        grab("forget-counted", dialog)
        dialog.forget_button.click()
        yield lambda: dialog._is_done
        yield a_while()
        yield still(dialog)
        grab("forget-done", dialog)
        dialog.reject()
        yield lambda: not session.is_busy

    shoot(journey, *words)


def test_dialogs_of_what_leaves_and_what_is_kept(shoot, words):
    def journey(window, grab):
        session = window.session
        yield lambda: thumbnails_there(window)
        pressed(window, "export")
        dialog = window.dialogs.shown()
        yield lambda: dialog.view.picture is not None and thumbnails_there(window)
        dialog.masks.add(QueryBox(4, 4, 20, 6))
        dialog.options.folder.setText("/export")
        dialog.setFixedSize(1000, 680)
        dialog.setFocus()
        yield a_while()
        yield still(dialog)
        grab("export", dialog)
        dialog.reject()
        pressed(window, "labels")
        yield lambda: window.dialogs.labels is not None
        dialog = window.dialogs.labels
        yield lambda: dialog.ok.isEnabled() and not session.is_busy
        dialog.setFixedSize(1000, 720)
        dialog.setFocus()
        yield a_while()
        yield still(dialog)
        grab("labels-and-frames", dialog)
        dialog.reject()
        pressed(window, "shortcuts")
        dialog = window.dialogs.shown()
        dialog.setFixedSize(720, 560)
        dialog.setFocus()
        yield a_while()
        yield still(dialog)
        grab("shortcuts", dialog)
        dialog.reject()
        dialog = PrivacyDialog(FULL, "films", window)
        dialog.setFixedSize(720, 640)
        dialog.show()
        dialog.setFocus()
        yield a_while()
        yield still(dialog)
        grab("privacy", dialog)
        dialog.reject()
        pressed(window, "about")
        box = window.findChild(QMessageBox)
        box.setFocus()
        yield a_while()
        yield still(box)
        grab("about", box)
        box.close()

    shoot(journey, *words)


def test_indexing_and_its_report(shoot, study, models):
    pixels = np.zeros((48, 48), np.uint8)
    Image.fromarray(pixels).save(study / "dark" / "black.png")

    def journey(window, grab):
        session = window.session
        session.index(study)
        yield lambda: session.facts is not None and session.facts.images == 13
        yield lambda: not session.is_busy
        panel = window.index_panel
        panel._files.click()
        yield lambda: not session.is_busy
        panel.stop_timers()
        yield a_while()
        yield still(panel)
        grab("index-report", panel)

    shoot(journey)
