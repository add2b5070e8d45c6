"""The dialog of labels and frames, and the widgets that it is made of."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QSpinBox,
    QTableWidget,
)

from medhash_gui import details
from medhash_gui.labels import TableColumns
from medhash_gui.ui.column_table import ColumnTable
from medhash_gui.ui.frames_choice import FramesChoice
from medhash_gui.ui.import_dialog import ImportDialog
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.import_tasks import PlanPreview
from medhash_gui.ui.previews import Previews

_TABLE = """name,finding,who,kind of film
a.png,Mass;Nodule,7001,frontal
b.png,Mass,7001,frontal
z.png,,7002,lateral
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "films"
    for name in ("p1/a.png", "p1/b.png", "p2/c.png"):
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    (root / "films.csv").write_text(_TABLE, encoding="utf-8")
    return root


@pytest.fixture
def previews(qapp):
    previews = Previews()
    yield previews
    previews.close()


@pytest.fixture
def dialog(qtbot, previews, folder):
    dialog = ImportDialog(previews, folder, ImportPlan())
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=30_000)
    return dialog


def settle(qtbot, dialog, words: str) -> None:
    qtbot.waitUntil(lambda: words in dialog.summary.text, timeout=30_000)


def test_a_table_is_understood_changed_and_handed_over(qtbot, dialog, folder):
    dialog.take_table(folder / "films.csv")
    settle(qtbot, dialog, "2 of 3 files have a row. 1 row matches no file.")
    assert dialog.table.rows.item(0, 1).text() == "Mass · Nodule"
    assert dialog.table.rows.item(0, 2).text() == ""

    dialog.table.column_table.take_for("who", "patient")
    dialog.table.column_table.take_for("kind of film", "view")
    assert not dialog.ok.isEnabled()  # nothing is taken that was not looked at
    qtbot.waitUntil(dialog.ok.isEnabled, timeout=30_000)
    assert dialog.table.rows.item(0, 2).text() == "7001"
    assert dialog.table.rows.item(0, 4).text() == "frontal"
    dialog.pattern.setText("{patient}/*")
    dialog.frames.choose("every 5")

    with qtbot.waitSignal(dialog.chosen) as chosen:
        dialog.ok.click()

    where, plan = chosen.args
    assert where == folder
    assert plan == ImportPlan(
        labels="table",
        table=folder / "films.csv",
        columns=TableColumns(
            "name", ("finding",), "who", None, (("view", "kind of film"),)
        ),
        pattern="{patient}/*",
        frames="every 5",
    )


def test_what_fits_nothing_is_listed(qtbot, dialog, folder):
    dialog.take_table(folder / "films.csv")
    settle(qtbot, dialog, "1 row matches no file")

    states = {one.state: [path for path, _ in one.rows] for one in dialog.summary.lists}

    assert states["file_without_row"] == ["p2/c.png"]
    assert states["row_without_file"] == ["z.png"]
    dialog.summary.show_lists()
    assert dialog.summary.dialog.isVisible()
    dialog.summary.dialog.reject()


def test_a_separator_that_is_chosen_is_used(qtbot, dialog, folder):
    dialog.take_table(folder / "films.csv")
    settle(qtbot, dialog, "2 of 3")

    separator = dialog.table.findChild(QComboBox)
    separator.setCurrentIndex(separator.findData(""))
    settle(qtbot, dialog, "Mass;Nodule (1)")

    assert dialog.plan.separator == ""


def test_a_pattern_shows_what_it_takes_from_a_path(qtbot, dialog):
    qtbot.keyClicks(dialog.pattern, "{patient}/*")

    def told() -> bool:
        return "p1/a.png: patient p1. 3 of 3 files fit." in dialog._example.text()

    qtbot.waitUntil(told, timeout=30_000)


def test_a_pattern_that_is_none_is_told_and_cannot_be_taken(qtbot, dialog):
    qtbot.keyClicks(dialog.pattern, "{patient")

    settle(qtbot, dialog, "brace")

    assert not dialog.ok.isEnabled()


def test_an_identifying_element_cannot_be_a_label(qtbot, dialog):
    dialog.choose_source("tag")
    qtbot.keyClicks(dialog.tag, "PatientName")

    settle(qtbot, dialog, "PatientName")

    assert not dialog.ok.isEnabled()


def test_a_dialog_that_is_left_hands_nothing_over(qtbot, previews, folder):
    dialog = ImportDialog(previews, folder, ImportPlan())
    qtbot.addWidget(dialog)

    with qtbot.assertNotEmitted(dialog.chosen):
        dialog.reject()

    qtbot.waitUntil(lambda: not previews.is_busy, timeout=30_000)


def test_everything_that_takes_the_focus_has_a_name(qtbot, dialog, folder):
    dialog.take_table(folder / "films.csv")
    settle(qtbot, dialog, "2 of 3")

    kinds = (QAbstractButton, QComboBox, QLineEdit, QSpinBox, QTableWidget)
    nameless = [
        widget
        for kind in kinds
        for widget in dialog.findChildren(kind)
        if widget.focusPolicy().value
        and not widget.accessibleName()
        and not getattr(widget, "text", str)()
        and not isinstance(widget.parent(), QComboBox | QSpinBox)
        and not widget.parent().inherits("QComboBoxPrivateContainer")
    ]

    assert nameless == []


def test_a_column_can_be_taken_for_everything_that_a_table_can_tell(qtbot):
    table = ColumnTable()
    qtbot.addWidget(table)

    roles = {key for key, _ in table.roles()}

    assert roles == {"", "file", "labels", "patient", "case", *details.TABLE_KEYS}


def test_a_picture_has_one_patient_but_labels_from_several_columns(qtbot):
    table = ColumnTable()
    qtbot.addWidget(table)
    columns = TableColumns("f", ("x",), "p")
    seen = PlanPreview([], header=("f", "x", "y", "p", "q"), columns=columns)
    table.show_columns(seen)

    table.take_for("y", "labels")
    table.take_for("q", "patient")

    assert table.columns() == TableColumns("f", ("x", "y"), "q")


def test_each_choice_of_frames_says_what_it_comes_to(qtbot):
    frames = FramesChoice()
    qtbot.addWidget(frames)
    meanings = []
    for text in ("middle", "all", "every 4"):
        frames.choose(text)
        assert frames.text == text
        meanings.append(frames.meaning)

    assert "Frames 1, 5, 9 …" in meanings[2]
    assert len(set(meanings)) == 3
