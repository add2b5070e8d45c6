"""Every command of the window as data; menus, tool bar and shortcut table from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QMenuBar,
    QWidget,
)

from medhash_gui.ui.theme import Theme

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow


_MARK = re.compile(r"\(&.\)")


@dataclass(frozen=True, slots=True)
class Command:
    """One thing that the user can have done.

    Attributes:
        id: its name in code; also the action's object name.
        menu: title of the menu it stands in.
        text: what the menu says.
        shortcut: as Qt writes it.
        run: what it calls.
        icon: a shipped icon, or "".
        enabled_when: names out of ``Session.states()`` that must all be there, and
            "uncovered" where no sentence stands before the hits.
        tool: short text in the tool bar, or "" where it does not stand there.
        group: of commands of which one is chosen, or "".
        checkable: whether it is on or off.
        begins_section: whether a line stands above it.
    """

    id: str
    menu: str
    text: str
    shortcut: str
    run: Callable[[], object]
    icon: str = ""
    enabled_when: frozenset[str] = frozenset()
    tool: str = ""
    group: str = ""
    checkable: bool = False
    begins_section: bool = False

    @property
    def plain_text(self) -> str:
        """What the menu says, without the mark of its key: "&Quit" or "退出(&Q)"."""
        return _plain(self.text)

    @property
    def plain_menu(self) -> str:
        """The title of its menu, without the mark of its key."""
        return _plain(self.menu)


def _plain(text: str) -> str:
    return _MARK.sub("", text).replace("&", "").rstrip("…")


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)


def window_commands(window: MainWindow) -> tuple[Command, ...]:
    """Return the commands of the window, in the order of the menus."""
    file, search = _tr("&File"), _tr("&Search")
    view, help_ = _tr("&View"), _tr("&Help")
    shelf = _tr("&Library")
    session = window.session
    pair, hits = window.pair, window.results.hits
    local = frozenset({"library", "local"})
    library, hit = frozenset({"library"}), frozenset({"hit"})
    idle, query = frozenset({"idle"}), frozenset({"query"})
    hits_seen = query | {"uncovered"}
    frames, windows = frozenset({"frames"}), frozenset({"windows"})

    return (
        Command("open_folder", file, _tr("Index a &folder…"), "Ctrl+Shift+O",
                window.open_folder, "folder", idle, _tr("Folder")),
        Command("open_image", file, _tr("&Open an image…"), "Ctrl+O",
                window.open_image, "image", tool=_tr("Image")),
        Command("paste", file, _tr("&Paste an image"), "Ctrl+V",
                window.paste, "paste", tool=_tr("Paste")),
        Command("open_library", file, _tr("Open a &library…"), "Ctrl+L",
                window.open_library, "library", tool=_tr("Library")),
        Command("open_server", file, _tr("Open a library on a se&rver…"),
                "Ctrl+Shift+S", window.open_server),
        Command("try_sample", file, _tr("Try the &sample"), "Ctrl+Shift+T",
                session.try_sample, "sample", idle),
        Command("report", file, _tr("&Report of this query…"), "Ctrl+R",
                window.dialogs.show_report, "", hits_seen, begins_section=True),
        Command("export", file, _tr("&Export pictures…"), "Ctrl+Shift+E",
                window.dialogs.show_export, "", hits_seen),
        Command("quit", file, _tr("&Quit"), "Ctrl+Q", window.close,
                begins_section=True),
        Command("update_library", shelf, _tr("&Update from its folder"), "F5",
                session.update_library, "update", local | idle),
        Command("cancel_index", shelf, _tr("&Cancel indexing"), "Ctrl+.",
                window.index_panel.cancel, "close", frozenset({"indexing"})),
        Command("labels", shelf, _tr("&Labels and frames…"), "Ctrl+Shift+L",
                window.dialogs.show_labels, "", local, begins_section=True),
        Command("undo", shelf, _tr("&Undo the last change here"), "Ctrl+Z",
                session.upkeep.edits.undo, "", local | frozenset({"undo"})),
        Command("redo", shelf, _tr("R&edo it"), "Ctrl+Shift+Z",
                session.upkeep.edits.redo, "", local | frozenset({"redo"})),
        Command("left_out", shelf, _tr("Left-&out images…"), "Shift+H",
                window.dialogs.show_left_out, "", local),
        Command("privacy", shelf, _tr("What this library &keeps…"), "Ctrl+Shift+K",
                window.dialogs.show_privacy, "", local),
        Command("shortcut_audit", shelf, _tr("&Shortcut audit…"), "Ctrl+Shift+N",
                window.dialogs.show_shortcut_audit, "", local),
        Command("forget", shelf, _tr("&Forget a patient or a folder…"),
                "Ctrl+Shift+Delete", window.dialogs.show_forget, "", local | idle),
        Command("train", shelf, _tr("&Train a model…"), "Ctrl+Shift+M",
                window.training.show_wizard, begins_section=True),
        Command("models", shelf, _tr("&Models…"), "Ctrl+M",
                window.training.show_models),
        Command("search_hit", search, _tr("&Search with the chosen hit"),
                "Ctrl+Return", window.search_hit, "search", hit),
        Command("next_hit", search, _tr("&Next hit"), "N",
                partial(hits.step, 1), enabled_when=hits_seen),
        Command("previous_hit", search, _tr("&Previous hit"), "P",
                partial(hits.step, -1), enabled_when=hits_seen),
        Command("next_frame", search, _tr("Next &frame of the query"), "PgDown",
                partial(pair.step_frame, 1), "", frames, begins_section=True),
        Command("previous_frame", search, _tr("P&revious frame of the query"), "PgUp",
                partial(pair.step_frame, -1), "", frames),
        Command("next_window", search, _tr("Next &window of the query"), "W",
                pair.step_window, "", windows),
        Command("patients_exclude", search, _tr("Same patient: &left out"), "Alt+1",
                partial(session.choose_patients, "exclude"), "", library, "",
                "patients", checkable=True, begins_section=True),
        Command("patients_include", search, _tr("Same patient: &included"), "Alt+2",
                partial(session.choose_patients, "include"), "", library, "",
                "patients", checkable=True),
        Command("patients_group", search, _tr("&Each patient once"), "Alt+3",
                partial(session.choose_patients, "group"), "", library, "",
                "patients", checkable=True),
        Command("filters", search, _tr("&Filters"), "Ctrl+F",
                window.results.filters.toggle, "", library, begins_section=True),
        Command("blind_first", search, _tr("&Own impression first"), "Ctrl+B",
                session.weighing.toggle_blind_first, checkable=True),
        Command("evidence", view, _tr("&Evidence"), "E", window.evidence.toggle,
                "evidence", query, _tr("Evidence"), checkable=True),
        Command("contrast", view, _tr("&Contrast case"), "X",
                window.evidence.show_contrast, "", hits_seen),
        Command("overlay", view, _tr("Saliency &maps"), "O", window.toggle_overlay,
                "overlay", query, _tr("Map"), checkable=True),
        Command("stronger", view, _tr("Map &stronger"), "]",
                partial(pair.controls.change_opacity, 0.1)),
        Command("weaker", view, _tr("Map &weaker"), "[",
                partial(pair.controls.change_opacity, -0.1)),
        Command("colours", view, _tr("Next &colours of the map"), "M",
                pair.controls.step_colours),
        Command("theme", view, _tr("&Light or dark"), "Ctrl+T", window.toggle_theme,
                "theme", begins_section=True),
        Command("banner", view, _tr("Patient &banner"), "Ctrl+H",
                window.banner.toggle),
        Command("language_en", view, "English", "Ctrl+Alt+E",
                partial(window.dialogs.choose_language, "en"), group="language",
                checkable=True, begins_section=True),
        Command("language_zh_CN", view, "简体中文", "Ctrl+Alt+Z",
                partial(window.dialogs.choose_language, "zh_CN"), group="language",
                checkable=True),
        Command("full_screen", view, _tr("F&ull screen"), "F11",
                window.toggle_full_screen),
        Command("palette", help_, _tr("&Find a command…"), "Ctrl+K",
                window.dialogs.show_palette),
        Command("shortcuts", help_, _tr("&Keyboard shortcuts"), "F1",
                window.dialogs.show_shortcuts, "info"),
        Command("support", help_, _tr("&Support bundle…"), "Ctrl+Shift+B",
                window.dialogs.show_support),
        Command("about", help_, _tr("&About MedHash"), "Shift+F1",
                window.dialogs.show_about),
        Command("dismiss", help_, _tr("&Close message or report"), "Esc",
                window.dismiss, begins_section=True),
    )  # fmt: skip


def make_actions(commands: Sequence[Command], owner: QWidget) -> dict[str, QAction]:
    """Return an action for each command, by id, with shortcut and tool tip."""
    actions: dict[str, QAction] = {}
    groups: dict[str, QActionGroup] = {}
    for command in commands:
        action = QAction(command.text, owner)
        action.setObjectName(command.id)
        action.setShortcut(QKeySequence(command.shortcut))
        action.setCheckable(command.checkable)
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = _tr("{text} ({keys})").format(text=command.plain_text, keys=keys)
        action.setToolTip(tip)
        if command.tool:
            action.setIconText(command.tool)
        if command.group:
            group = groups.setdefault(command.group, QActionGroup(owner))
            group.addAction(action)
        # Not the command's own callable: Qt would hand it the checked state.
        action.triggered.connect(_caller(command.run))
        owner.addAction(action)
        actions[command.id] = action
    return actions


def fill_menus(
    bar: QMenuBar, commands: Iterable[Command], actions: dict[str, QAction]
) -> None:
    """Put every command into its menu, in order."""
    menus = {}
    for command in commands:
        if command.menu not in menus:
            menus[command.menu] = bar.addMenu(command.menu)
        menu = menus[command.menu]
        if command.begins_section:
            menu.addSeparator()
        menu.addAction(actions[command.id])


def tint(
    commands: Iterable[Command], actions: dict[str, QAction], chosen: Theme
) -> None:
    """Give the actions their icons in the theme's colours."""
    for command in commands:
        if command.icon:
            actions[command.id].setIcon(chosen.icon(command.icon))


def enable(
    commands: Iterable[Command], actions: dict[str, QAction], states: frozenset[str]
) -> None:
    """Enable the commands whose states are all there."""
    for command in commands:
        actions[command.id].setEnabled(command.enabled_when <= states)


def _caller(run: Callable[[], object]) -> Callable[[], None]:
    def call() -> None:
        run()

    return call
