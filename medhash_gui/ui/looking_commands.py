"""The commands of asking further, looking and comparing, as data, among the others."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QFileDialog

from medhash_gui.ui import commands, translation
from medhash_gui.ui.commands import Command

if TYPE_CHECKING:
    from medhash_gui.ui.main_window import MainWindow


_OF_A_HIT = ("search_hit", "like", "unlike", "more_of", "why", "desk", "leave_out",
             "hit_labels")  # fmt: skip


def _tr(text: str) -> str:
    return QCoreApplication.translate("commands", text)


def all_commands(window: MainWindow) -> tuple[Command, ...]:
    """Return every command of the window, those of help last."""
    known = commands.window_commands(window)
    at = next(n for n, command in enumerate(known) if command.id == "palette")
    added = (*_staying(window), *_asking(window), *_looking(window),
             *_comparing(window))  # fmt: skip
    return (*known[:at], *added, *known[at:])


def fill_hit_menus(window: MainWindow) -> None:
    """Give the hits a menu of what can be done with the chosen one."""
    for hits in (window.results.hits, window.results.prior):
        hits.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        hits.addActions([window.actions_by_id[name] for name in _OF_A_HIT])


def show_choices(window: MainWindow) -> None:
    """Check the commands that are on."""
    session, settings = window.session, window.session.settings
    language = translation.chosen(settings.text("language"))
    are_on = {
        "overlay": session.overlay.visible,
        "evidence": not window.evidence.isHidden(),
        f"language_{language}": True,
        f"text_{settings.whole('text_scale')}": True,
        f"patients_{session.choice.patients}": True,
        "farthest": session.choice.farthest,
        "hits_list": settings.flag("hits_as_list"),
        "blind_first": session.weighing.is_blind_first,
        "resume": settings.flag("restore_work"),
    }
    for name, is_on in are_on.items():
        action = window.actions_by_id.get(name)  # none of a size set by hand
        if action is not None:
            action.setChecked(is_on)


def _staying(window: MainWindow) -> tuple[Command, ...]:
    """Return the commands of what stays from start to start."""
    menu, dialogs = _tr("&View"), window.dialogs
    sizes = tuple(
        Command(f"text_{percent}", menu,
                _tr("Text at {percent} %").format(percent=percent), f"Ctrl+Alt+{key}",
                partial(dialogs.choose_text_size, percent), group="text",
                checkable=True, begins_section=percent == 100)
        for key, percent in enumerate((100, 125, 150, 200), 1)
    )  # fmt: skip
    return (
        Command("hits_list", menu, _tr("Hits as a l&ist"), "V",
                window.results.toggle_rows, checkable=True),
        *sizes,
        Command("resume", menu, _tr("Go on at the next start"), "Ctrl+Shift+G",
                dialogs.toggle_resuming, checkable=True, begins_section=True),
    )  # fmt: skip


def _asking(window: MainWindow) -> tuple[Command, ...]:
    menu, session, pair = _tr("&Search"), window.session, window.pair
    query, hit = frozenset({"query"}), frozenset({"hit"})
    library, own_hit = frozenset({"library"}), frozenset({"hit", "local"})
    return (
        Command("farthest", menu, _tr("Least similar f&irst"), "Alt+4",
                partial(_turn_order, window), "", library, checkable=True,
                begins_section=True),
        Command("words", menu, _tr("Find wor&ds in reports…"), "Ctrl+Shift+F",
                window.results.filters.find_words, "", library),
        Command("kept_searches", menu, _tr("&Kept searches…"), "Ctrl+D",
                window.dialogs.show_kept_searches, "", library),
        Command("back", menu, _tr("&Back to the query before"), "Alt+Left",
                partial(session.trail.step, -1), "", frozenset({"back"}),
                begins_section=True),
        Command("forward", menu, _tr("F&orward to the query behind"), "Alt+Right",
                partial(session.trail.step, 1), "", frozenset({"forward"})),
        Command("region", menu, _tr("Ask about a re&gion…"), "R",
                pair.query.draw_region, "", query, begins_section=True),
        Command("whole", menu, _tr("Ask about the w&hole picture"), "Shift+R",
                partial(session.choose_box, None), "", frozenset({"region"})),
        Command("add_images", menu, _tr("&Add images to the query…"), "Ctrl+Shift+A",
                partial(_add_images, window), "", query),
        Command("like", menu, _tr("Hit is what I look for (&yes)"), "L",
                partial(_mark_hit, window, is_like=True), "", hit, begins_section=True),
        Command("unlike", menu, _tr("Hit is &not (no)"), "U",
                partial(_mark_hit, window, is_like=False), "", hit),
        Command("clear_marks", menu, _tr("&Take all marks back"), "Shift+U",
                session.marks.clear, "", frozenset({"marks"})),
        Command("more_of", menu, _tr("&More of a finding…"), "G", pair.more.choose, "",
                query),
        Command("leave_out", menu, _tr("Lea&ve hit out of searches"), "H",
                partial(_leave_out, window), "", own_hit, begins_section=True),
        Command("hit_labels", menu, _tr("La&bels of this hit…"), "Shift+L",
                partial(_label_hit, window), "", own_hit),
    )  # fmt: skip


def _looking(window: MainWindow) -> tuple[Command, ...]:
    menu, looking, query = _tr("&Picture"), window.looking, frozenset({"query"})
    return (
        Command("fit", menu, _tr("&Fit the pictures"), "Ctrl+0", looking.fit, "fit",
                query, _tr("Fit")),
        Command("actual", menu, _tr("Pixel for &pixel"), "Ctrl+1",
                looking.show_actual_size, "actual", query, _tr("100 %")),
        Command("zoom_in", menu, _tr("Zoom &in"), "Ctrl++", looking.zoom_in),
        Command("zoom_out", menu, _tr("Zoom &out"), "Ctrl+-", looking.zoom_out),
        Command("brighter", menu, _tr("&Brighter"), "Ctrl+Up", looking.brighter,
                begins_section=True),
        Command("darker", menu, _tr("&Darker"), "Ctrl+Down", looking.darker),
        Command("more_contrast", menu, _tr("&More contrast"), "Ctrl+Right",
                looking.more_contrast),
        Command("less_contrast", menu, _tr("&Less contrast"), "Ctrl+Left",
                looking.less_contrast),
        Command("turn", menu, _tr("&Turn by a quarter"), "T", looking.turn,
                begins_section=True),
        Command("mirror", menu, _tr("Mi&rror"), "F", looking.mirror),
        Command("measure", menu, _tr("Mea&sure"), "D", looking.measure, "", query),
        Command("link", menu, _tr("Lin&k this picture, or not"), "K",
                looking.toggle_link, "", query, begins_section=True),
        Command("reset", menu, _tr("Look at all as they c&ome"), "Ctrl+Backspace",
                looking.reset),
    )  # fmt: skip


def _comparing(window: MainWindow) -> tuple[Command, ...]:
    menu, looking, desk = _tr("&Compare"), window.looking, frozenset({"desk"})
    query = frozenset({"query"})
    counts = tuple(
        Command(f"hits_{count}", menu, text, keys,
                partial(looking.show_count, count), "", desk, begins_section=count == 1)
        for count, text, keys in (
            (1, _tr("&1 hit beside the query"), "F6"),
            (2, _tr("&2 hits"), "F7"),
            (3, _tr("&3 hits"), "F8"),
            (4, _tr("&4 hits"), "F9"),
        )
    )  # fmt: skip
    return (
        Command("why", menu, _tr("&Why these two"), "Y", window.pair.toggle_why, "",
                query),
        Command("map_box", menu, _tr("&Box of the map"), "B",
                partial(_toggle_box, window), "", query),
        Command("desk", menu, _tr("&Compare desk"), "C", looking.open_desk,
                "compare", query | {"uncovered"}, _tr("Compare"), begins_section=True),
        Command("desk_screen", menu, _tr("Desk on the &other screen"), "Shift+C",
                looking.move_to_next_screen, "", desk),
        *counts,
        Command("swap", menu, _tr("S&wap query and hits"), "S", looking.swap, "", desk,
                begins_section=True),
        Command("split", menu, _tr("&Split"), "Shift+S",
                partial(looking.compare, "split"), "", desk),
        Command("blend", menu, _tr("B&lend"), "Shift+B",
                partial(looking.compare, "blend"), "", desk),
        Command("difference", menu, _tr("&Difference"), "Shift+D",
                partial(looking.compare, "difference"), "", desk),
        Command("flicker", menu, _tr("&Flicker"), "Shift+F",
                partial(looking.compare, "flicker"), "", desk),
    )  # fmt: skip


def _add_images(window: MainWindow) -> None:
    """Ask for pictures and search with them and the query together."""
    names, _ = QFileDialog.getOpenFileNames(window, _tr("Add images to the query"))
    for name in names:
        window.session.add_file(Path(name))


def _turn_order(window: MainWindow) -> None:
    """Show the least similar pictures first, or the most similar again."""
    inquiry = window.session.inquiry
    inquiry.order(farthest=not inquiry.choice.farthest)


def _mark_hit(window: MainWindow, *, is_like: bool) -> None:
    """Ask for what is like the chosen hit besides the query, or unlike it."""
    hit = window.results.current_hit()
    if hit is not None:
        window.session.marks.mark(hit, is_like=is_like)


def _leave_out(window: MainWindow) -> None:
    """Let no search find the chosen hit any more."""
    hit = window.results.current_hit()
    if hit is not None:
        window.session.upkeep.curator.leave_out(hit)


def _label_hit(window: MainWindow) -> None:
    """Ask for the labels of the chosen hit."""
    hit = window.results.current_hit()
    if hit is not None:
        window.dialogs.show_hit_labels(hit)


def _toggle_box(window: MainWindow) -> None:
    """Draw a box around the strongest part of each map, or none."""
    session = window.session
    session.style_overlay(has_box=not session.overlay.has_box)
