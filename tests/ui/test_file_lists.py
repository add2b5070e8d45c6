"""Lists of files: nothing cut, copied and saved whole."""

from __future__ import annotations

import csv

import pytest
from PySide6.QtGui import QGuiApplication

from medhash_gui.errors import MedHashError
from medhash_gui.ui import file_list
from medhash_gui.ui.file_list import FileList
from medhash_gui.ui.file_lists import FileLists

LISTS = (
    FileList("damaged", "Damaged", [("Größe/a.png", "cut short")]),
    FileList("unsupported", "Unsupported", []),
    FileList("not_an_image", "Not an image", [("b.txt", 'a "text", no picture')]),
)


def save(file) -> None:
    for _ in file_list.save(file, LISTS):
        pass


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


def test_all_lists_are_saved_as_one_table(tmp_path):
    file = tmp_path / "skipped.csv"
    save(file)

    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))

    assert rows == [
        ["path", "state", "reason"],
        ["Größe/a.png", "damaged", "cut short"],
        ["b.txt", "not_an_image", 'a "text", no picture'],
    ]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    with pytest.raises(MedHashError, match="cannot be written") as caught:
        save(tmp_path / "none" / "skipped.csv")

    assert caught.value.hint


def test_saving_is_asked_for_and_not_done_by_the_widget(qtbot, lists, tmp_path):
    with qtbot.waitSignal(lists.save_wished) as wished:
        lists.save_to(tmp_path / "a.csv")

    assert wished.args == [tmp_path / "a.csv", (LISTS[0], LISTS[2])]
    assert not (tmp_path / "a.csv").exists()
