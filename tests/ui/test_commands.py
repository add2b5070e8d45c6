"""Commands, shortcuts, names for screen readers."""

from __future__ import annotations

import re
from collections import Counter

import pytest
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QAbstractSlider,
    QComboBox,
    QPushButton,
    QToolButton,
)

from medhash_gui import overlay, paths, settings
from medhash_gui.ui import app, theme
from medhash_gui.ui.image_view import ImageView


@pytest.fixture
def window(qtbot, qapp):
    app.make_application()
    window = app.build_window()
    qtbot.addWidget(window)
    yield window
    window.close()


@pytest.mark.row("I6")
def test_every_command_has_a_shortcut_of_its_own(window):
    keys = [QKeySequence(one.shortcut).toString() for one in window.commands]

    assert all(keys)
    assert [key for key, count in Counter(keys).items() if count > 1] == []


def window_table(window):
    window.dialogs.show_shortcuts()
    return window.dialogs.shown().table


def test_every_command_stands_in_a_menu_and_in_the_shortcut_table(window):
    in_menus = {
        action.objectName()
        for menu in window.menuBar().actions()
        for action in menu.menu().actions()
    }
    table = window_table(window)
    in_table = {table.item(row, 0).text() for row in range(table.rowCount())}

    for command in window.commands:
        assert command.id in in_menus
        assert command.text.replace("&", "").rstrip("…") in in_table


def test_commands_that_need_something_are_off_without_it(window):
    enabled = {name for name, a in window.actions_by_id.items() if a.isEnabled()}

    assert {"open_folder", "open_image", "paste", "try_sample"} <= enabled
    assert not {"search_hit", "cancel_index", "update_library", "fit"} & enabled


@pytest.mark.row("I7")
def test_everything_that_takes_the_focus_has_a_name(window):
    kinds = (
        *(QPushButton, QToolButton, QComboBox, QAbstractSlider, QAbstractItemView),
        ImageView,
    )
    nameless = [
        widget
        for kind in kinds
        for widget in window.findChildren(kind)
        if widget.focusPolicy().value
        and not widget.accessibleName()
        and not getattr(widget, "text", str)()
        and not widget.parent().inherits("QComboBoxPrivateContainer")
        and not widget.parent().inherits("QAbstractScrollArea")
    ]

    assert nameless == []


def test_the_window_says_what_it_is_for_and_claims_nothing(window):
    assert "Research and education only. Not for diagnosis." in window.status.text
    words = " ".join(
        label.text() for label in window.findChildren(type(window.status._use))
    )
    assert not re.search(r"diagnos(is|ed) of|probab|confidence|%", words)


def test_the_colour_maps_on_offer_are_those_of_the_core():
    assert settings.BY_KEY["colour_map"].choices == overlay.COLOUR_MAPS


@pytest.mark.row("I5")
def test_light_and_dark_change_the_chrome_and_are_remembered(window):
    before = window.palette().color(window.backgroundRole())

    window.actions_by_id["theme"].trigger()

    assert window.palette().color(window.backgroundRole()) != before
    assert window.session.settings.text("theme") == "light"


def test_help_is_the_last_menu(window):
    titles = [action.text().replace("&", "") for action in window.menuBar().actions()]

    assert titles[-1] == "Help"
    assert titles.index("Picture") < titles.index("Compare") < len(titles) - 1


@pytest.mark.parametrize("percent", [150, 200])
@pytest.mark.row("I7")
def test_larger_text_fits_its_rows_and_lines(qtbot, qapp, clean_home, percent):
    file = paths.settings_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f'{{"text_scale": {percent}}}')
    app.make_application()
    window = app.build_window()
    qtbot.addWidget(window)
    window.show()
    try:
        line = window.fontMetrics().height()
        rows = window_table(window).verticalHeader().defaultSectionSize()
        cut = [
            type(one).__name__
            for kind in (QPushButton, QComboBox, QToolButton)
            for one in window.findChildren(kind)
            if one.isVisible() and one.height() < line
        ]
        assert window.actions_by_id[f"text_{percent}"].isChecked()
        assert rows >= line
        assert cut == []
        assert window.minimumSizeHint().width() <= 1920
        assert window.minimumSizeHint().height() <= 1080
    finally:
        window.close()
        theme.scale_text(100)
