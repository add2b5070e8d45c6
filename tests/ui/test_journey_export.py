"""Pictures are looked at, masked by hand and exported from the window."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from dicom_files import write_frames
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from medhash_gui.exporting import RESEARCH_USE
from medhash_gui.query_box import QueryBox
from medhash_gui.ui.export_dialog import ExportDialog


def quiet(window) -> bool:
    return window.session.answer is not None and not window.session.is_busy


def opened(window) -> ExportDialog:
    window.actions_by_id["export"].trigger()
    dialog = window.dialogs.shown()
    assert isinstance(dialog, ExportDialog)
    return dialog


def tick(dialog: ExportDialog, *rows: int) -> None:
    for row in rows:
        dialog.pictures.item(row).setCheckState(Qt.CheckState.Checked)


def choose(dialog: ExportDialog, form: str, folder: Path) -> None:
    options = dialog.options
    options.form.setCurrentIndex(options.form.findData(form))
    options.folder.setText(str(folder))


def files(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def test_several_pictures_are_masked_by_hand_and_saved(
    flight, library, study, tmp_path
):
    out = tmp_path / "out"

    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        dialog.masks.add(QueryBox(2, 3, 10, 6))
        tick(dialog, 1)
        yield lambda: quiet(window) and dialog.view.picture is not None
        dialog.masks.add(QueryBox(0, 0, 5, 5))
        choose(dialog, "pictures", out)
        dialog.accept()
        assert "tick that you have" in dialog.problem
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and window.dialogs.shown() is None
        assert "3 files are in" in window.bar.notice.text

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0

    written = files(out)
    pictures = [name for name in written if name.endswith(".png")]
    assert [name.split("-")[0] for name in pictures] == ["hit", "query"]
    for name, (x, y, w, h) in zip(pictures, [(0, 0, 5, 5), (2, 3, 10, 6)], strict=True):
        shown = cv2.imdecode(np.frombuffer(written[name], np.uint8), -1)
        assert (shown[y : y + h, x : x + w] == 0).all()
        assert shown.ndim == 2
    for data in written.values():
        assert b"picture 0" not in data
    told = json.loads(written[next(n for n in written if n.endswith(".json"))])
    assert told["intended_use"] == RESEARCH_USE
    assert told["model_id"]
    assert told["library"]


def test_a_mask_is_drawn_with_the_mouse_and_by_keys(flight, library, study):
    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        view = dialog.view
        dialog.masks.draw.click()
        centre = view.rect().center()
        button = Qt.MouseButton.LeftButton
        QTest.mousePress(view, button, pos=centre - QPoint(60, 40))
        QTest.mouseMove(view, centre)
        QTest.mouseRelease(view, button, pos=centre)
        dialog.masks.draw.click()
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_Return)
        marks = dialog.masks.marks
        drawn = [mark for mark in marks if not mark.is_suggested]
        assert len(drawn) == 2
        size = view.picture.size
        for mark in drawn:
            assert mark.is_on
            assert mark.box.x + mark.box.width <= size.width()
        dialog.masks.list.setCurrentRow(len(marks) - 1)
        QTest.keyClick(dialog.masks.list, Qt.Key.Key_Delete)
        assert len(dialog.masks.marks) == len(marks) - 1
        dialog.reject()
        yield lambda: quiet(window)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_having_looked_is_to_be_said_again_after_a_change(flight, library, study):
    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        dialog.looked.setChecked(True)
        dialog.masks.add(QueryBox(0, 0, 5, 5))
        assert not dialog.looked.isChecked()
        dialog.looked.setChecked(True)
        tick(dialog, 2)
        assert not dialog.looked.isChecked()
        dialog.looked.setChecked(True)
        dialog.accept()
        assert "not there yet" in dialog.problem
        yield lambda: quiet(window)
        for row in range(dialog.pictures.count()):
            dialog.pictures.item(row).setCheckState(Qt.CheckState.Unchecked)
        dialog.accept()
        assert dialog.problem == "No picture is ticked."
        dialog.reject()
        yield lambda: quiet(window)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


@pytest.mark.parametrize("form", ["dicom", "teaching"])
def test_other_forms_are_written_from_the_same_dialog(
    flight, library, study, tmp_path, form
):
    out = tmp_path / "out"

    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        tick(dialog, 1, 2)
        yield lambda: quiet(window)
        choose(dialog, form, out)
        dialog.options.with_map.setChecked(True)
        dialog.options.keys.setChecked(True)
        dialog.options.notes.setPlainText("Something to think about.")
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and window.dialogs.shown() is None

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0

    written = files(out)
    if form == "dicom":
        assert len(written) == 4
        assert all(name.endswith(".dcm") for name in written)
        assert all(RESEARCH_USE.encode() in data for data in written.values())
    else:
        page = next(data for name, data in written.items() if name.endswith("html"))
        assert page.count(b'class="card"') == 2
        assert b"Something to think about." in page


def test_what_cannot_be_exported_is_said_in_the_dialog(
    flight, library, study, tmp_path
):
    (tmp_path / "file").write_bytes(b"")

    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        dialog.masks.add(QueryBox(0, 0, 5, 5))
        choose(dialog, "pictures", tmp_path / "file")
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: dialog.problem
        assert "is a file, not a folder" in dialog.problem
        choose(dialog, "dicom", tmp_path / "o")
        dialog.options.keys.setChecked(True)
        dialog.options.originals.setChecked(True)
        dialog.accept()
        yield lambda: dialog.problem
        assert "is from no DICOM object" in dialog.problem
        assert [mark.is_on for mark in dialog.masks.marks][-1]
        dialog.reject()
        yield lambda: quiet(window)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_a_hit_whose_file_is_gone_is_said_and_left(flight, library, study):
    def pilot(window):
        yield lambda: quiet(window)
        hit = window.session.result.hits[3]
        (study / hit.record.path).unlink()
        dialog = opened(window)
        tick(dialog, 4)
        yield lambda: quiet(window)
        item = dialog.pictures.item(4)
        assert item.checkState() == Qt.CheckState.Unchecked
        assert dialog.view.picture is None
        dialog.reject()
        yield lambda: quiet(window)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_greys_are_exported_as_they_are_seen_in_the_dialog(
    flight, library, study, tmp_path
):
    def pilot(window):
        yield lambda: quiet(window)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        choose(dialog, "pictures", tmp_path / "as it is")
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and window.dialogs.shown() is None
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        dialog.view.window_by(0.1, 0.5)
        choose(dialog, "pictures", tmp_path / "as seen")
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and window.dialogs.shown() is None

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0

    first, second = (
        cv2.imdecode(np.frombuffer(data, np.uint8), -1).astype(float)
        for folder in ("as it is", "as seen")
        for name, data in files(tmp_path / folder).items()
        if name.endswith(".png")
    )
    # Level 0.4, width 0.5: from 0.15 to 0.65 of the range.
    expected = np.clip((first / 255 - 0.15) / 0.5, 0, 1) * 255
    assert np.abs(second - expected).max() <= 1.5


def test_an_export_begins_in_the_greys_of_the_desk_and_with_the_boxes_of_before(
    flight, library, study
):
    def pilot(window):
        yield lambda: quiet(window)
        yield lambda: window.pair.query.view.picture is not None
        window.pair.query.view.window_by(0.1, 0.5)
        seen = window.pair.query.view.stance.window
        assert not seen.is_whole
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        assert dialog.view.stance.window == seen
        tick(dialog, 1)
        yield lambda: quiet(window) and dialog.view.picture is not None
        assert dialog.view.stance.window == window.pair.hit.view.stance.window
        dialog.masks.add(QueryBox(0, 0, 5, 5))
        dialog.reject()
        yield lambda: quiet(window)
        window.session.take_facts(window.session.facts)  # as indexing goes on
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        assert QueryBox(0, 0, 5, 5) not in [mark.box for mark in dialog.masks.marks]
        tick(dialog, 1)
        yield lambda: quiet(window) and dialog.view.picture is not None
        drawn = [mark.box for mark in dialog.masks.marks if mark.is_on]
        assert drawn == [QueryBox(0, 0, 5, 5)]
        assert not dialog.looked.isChecked()
        dialog.reject()
        yield lambda: quiet(window)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def pictures_of(page: Path) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page.read_text())
    raw = [np.frombuffer(base64.b64decode(one), np.uint8) for one in found]
    return [cv2.imdecode(one, -1) for one in raw]


def test_a_report_covers_what_was_masked_by_hand_and_what_is_suggested(
    flight, library, study, tmp_path
):
    pixels = np.full((400, 400), 60, np.uint8)
    cv2.putText(pixels, "DOE JANE 1960", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2)
    cv2.imwrite(str(tmp_path / "query.png"), pixels)

    def report(window, name: str, *, cover: bool = False):
        window.actions_by_id["report"].trigger()
        dialog = window.dialogs.shown()
        dialog.file.setText(str(tmp_path / name))
        dialog.hits.setValue(1)
        dialog.cover.setChecked(cover)
        dialog.accept()
        yield lambda: quiet(window) and (tmp_path / name).exists()

    def pilot(window):
        yield lambda: quiet(window)
        window.results.cover.show_hits.click()  # it is unlike anything the model knows
        yield lambda: quiet(window)
        yield from report(window, "left-out.html")
        yield from report(window, "suggested.html", cover=True)
        dialog = opened(window)
        yield lambda: dialog.view.picture is not None
        dialog.masks.add(QueryBox(0, 0, 400, 90))
        dialog.reject()
        yield lambda: quiet(window)
        yield from report(window, "drawn.html")
        yield from report(window, "drawn.pdf")

    assert flight.run(pilot, library, "--image", tmp_path / "query.png") == 0

    assert len(pictures_of(tmp_path / "left-out.html")) == 1
    assert "letters were seen in it" in (tmp_path / "left-out.html").read_text()
    suggested = pictures_of(tmp_path / "suggested.html")
    # Letters are white; nothing that stands where they stood is.
    assert len(suggested) == 2
    assert suggested[0][35:65, 15:270].max() < 140
    drawn = pictures_of(tmp_path / "drawn.html")
    assert len(drawn) == 2
    assert (drawn[0][:90] == 0).all()
    assert (tmp_path / "drawn.pdf").read_bytes().startswith(b"%PDF")


def test_a_hit_leaves_through_the_window_of_its_header_that_was_chosen(
    flight, models, tmp_path
):
    for number in range(3):
        write_frames(tmp_path / "ct" / f"{number}.dcm", frames=1)
    values = {}

    def export(window, name: str):
        dialog = opened(window)
        tick(dialog, 1)
        yield lambda: quiet(window) and dialog.view.picture is not None
        choose(dialog, "pictures", tmp_path / name)
        dialog.looked.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and window.dialogs.shown() is None
        values[name] = {
            file.split("-")[0]: cv2.imdecode(np.frombuffer(data, np.uint8), -1)
            for file, data in files(tmp_path / name).items()
            if file.endswith(".png")
        }

    def pilot(window):
        session = window.session
        session.index(tmp_path / "ct")
        yield lambda: session.facts is not None and session.facts.images == 3
        session.choose_patients("include")
        session.search_file(tmp_path / "ct" / "0.dcm")
        yield lambda: quiet(window) and session.result.hits
        session.show_hit(session.result.hits[0])
        yield lambda: quiet(window) and session.shown_hit is not None
        yield from export(window, "first")
        session.view_hit(1)
        yield lambda: quiet(window)
        yield from export(window, "second")

    assert flight.run(pilot) == 0

    first, second = values["first"], values["second"]
    assert (first["query"] == second["query"]).all()
    # 900 is bright in the narrow window of 300 ± 200 and grey in that of 1000 ± 1000.
    assert second["hit"].max() == 255
    assert first["hit"].max() < 255
