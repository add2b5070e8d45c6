"""Lists of files: nothing cut, copied whole, saving asked for."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog

from medhash_gui.ui.file_list import FileList
from medhash_gui.ui.file_lists import FileLists

LISTS = (
    FileList("damaged", "Damaged", [("Größe/a.png", "cut short")]),
    FileList("unsupported", "Unsupported", []),
    FileList("not_an_image", "Not an image", [("b.txt", 'a "text", no picture')]),
)


@pytest.fixture
def lists(qtbot):
    lists = FileLists()
    qtbot.addWidget(lists)
    lists.show_lists(LISTS)
    return lists


def shown(lists: FileLists) -> list[tuple[str, str]]:
    model = lists.table.model()
    return [
        (model.index(row, 0).data(), model.index(row, 1).data())
        for row in range(model.rowCount())
    ]


def test_each_kind_has_a_tab_with_its_count_and_empty_ones_have_none(lists):
    titles = [lists.tabs.tabText(number) for number in range(lists.tabs.count())]

    assert titles == ["Damaged (1)", "Not an image (1)"]
    assert shown(lists) == [("Größe/a.png", "cut short")]
    lists.tabs.setCurrentIndex(1)
    assert shown(lists) == [("b.txt", 'a "text", no picture')]


def test_a_hundred_thousand_files_are_all_there(lists):
    lists.show_lists([FileList("x", "X", [(f"{n}.png", "") for n in range(100_000)])])

    assert lists.table.model().rowCount() == 100_000


def test_all_lists_are_copied(lists):
    lists.copy()

    assert QGuiApplication.clipboard().text().splitlines() == [
        "Größe/a.png\tdamaged\tcut short",
        'b.txt\tnot_an_image\ta "text", no picture',
    ]


def test_saving_is_asked_for_and_not_done_by_the_widget(
    qtbot, lists, tmp_path, monkeypatch
):
    file = tmp_path / "a.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(file), ""))

    with qtbot.waitSignal(lists.save_wished) as wished:
        lists.save_button.click()

    assert wished.args == [file]
    assert not file.exists()


def test_a_save_that_is_called_off_saves_nothing(qtbot, lists, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))

    with qtbot.assertNotEmitted(lists.save_wished):
        lists.save_button.click()
