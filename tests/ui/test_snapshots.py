"""The panels look as they did: compared with pictures in tests/data/snapshots.

Fixed sizes, Linux offscreen only. Both pictures are shrunk six times before they are
compared, so that another version of a font does not count and a part that moved, or
lost its colour, does: the mean difference may be 3 grey levels of 255, and of any cell
48. ``pytest tests/ui/test_snapshots.py --reseed`` writes the pictures anew.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QFontInfo, QImage, QKeySequence
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from shortcut_audits import Auditing, audited
from stillness import still

from medhash_gui import paths
from medhash_gui.evidence import LabelShare
from medhash_gui.images import ImageRecord
from medhash_gui.more_of import MoreOf
from medhash_gui.reliability import (
    Figure,
    Reliability,
    ReliabilityCurve,
    ReliabilityRow,
)
from medhash_gui.share import Share
from medhash_gui.ui import app, theme
from medhash_gui.ui.commands import Command
from medhash_gui.ui.cover import Cover
from medhash_gui.ui.distance_chart import DistanceChart
from medhash_gui.ui.hit_labels_dialog import HitLabelsDialog
from medhash_gui.ui.label_bars import LabelBar
from medhash_gui.ui.notices import Action, BugDialog, MessageBar, Notice
from medhash_gui.ui.palette import Palette
from medhash_gui.ui.reliability_view import ReliabilityView
from medhash_gui.ui.report_dialog import ReportDialog
from medhash_gui.ui.research_notice import ResearchNotice
from medhash_gui.ui.shortcut_dialog import ShortcutDialog
from medhash_gui.ui.support_dialog import SupportDialog

FOLDER = Path(__file__).resolve().parents[1] / "data" / "snapshots"
FONT = "DejaVu Sans"
SHRINK = 6
MEAN, WORST = 3, 48

pytestmark = [
    pytest.mark.snapshot,
    pytest.mark.skipif(sys.platform != "linux", reason="fonts differ elsewhere"),
]


def cover(state):
    made = Cover()
    made.judge(
        blind=state == "blind",
        unfamiliar=state == "unfamiliar",
        few=state == "few",
        explanation="2 of the hits differ in 9 bits or fewer.",
    )
    return made


def chart():
    made = DistanceChart()
    counts = [0, 1, 3, 0, 8, 20, 80, 300, 900, 1500, 900, 200, 30, 2, 0, 0, 0]
    made.show_counts(counts, [1, 2, 2, 2, 4], 5)
    made.choose(4)
    return made


def labels():
    made = QWidget()
    column = QVBoxLayout(made)
    for name, near, base in (("consolidation", 11, 240), ("clear", 4, 700)):
        share = LabelShare(name, Share(near, 16), Share(base, 1000), {"CT": near})
        column.addWidget(LabelBar(share))
    return made


def palette():
    owner = QWidget()
    names = (("Search", "&Next hit", "N"), ("View", "&Evidence", "E"))
    commands = [
        Command(text, menu, text, keys, lambda: None) for menu, text, keys in names
    ]
    actions = {one.id: QAction(one.text, owner) for one in commands}
    for one in commands:
        actions[one.id].setShortcut(QKeySequence(one.shortcut))
    made = Palette(commands, actions, {})
    made.owner = owner
    return made


def support():
    lines = "\n".join(f"check {n:02d}  passed" for n in range(12))
    return SupportDialog({"doctor.txt": lines, "log.txt": "nothing"})


def notices():
    made = QWidget()
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    action = Action("update_library", "Update")
    for notice in (
        Notice("3 files are in the folder of exports."),
        Notice("The folder has changed.", "Update the library.", "warning", action),
        Notice("cut.png is damaged.", "Fetch the file again.", "failure"),
    ):
        bar = MessageBar(made)
        column.addWidget(bar)
        bar.show_notice(notice)
    return made


def bug():
    lines = "\n".join(f"medhash_gui/part_{n}.py, line {n}" for n in range(9))
    return BugDialog(f"MedHash 0.1\nZeroDivisionError\n{lines}")


def hit_labels():
    record = ImageRecord("dark/picture 04.png", 0, 1, 1, bytes(16), None, ("dark",))
    return HitLabelsDialog(record, ["light", "dark", "consolidation"])


def shortcut_audit():
    auditing = Auditing()
    made = ShortcutDialog(auditing, Path("/reports"))
    made.auditing = auditing  # Python's hold on it
    auditing.done.emit(audited())
    made.table.selectRow(1)
    return made


def held_out():
    rows = [
        (0, 0, 1310, 900, 39, 0.0, 0.01, 0.06),
        (1, 3, 92, 80, 15, 1.7, 0.09, 0.26),
        (4, 6, 60, 51, 22, 5.0, 0.24, 0.51),
        (7, 9, 44, 40, 17, 8.1, 0.25, 0.55),
        (10, 12, 60, 44, 40, 11.1, 0.53, 0.78),
    ]
    some = Figure(0.1, 0.08, 0.12)
    points = tuple(ReliabilityRow(*row) for row in rows)
    curve = ReliabilityCurve(16, "nodule", 0.2, points, some, 0.2, some, some, 0.01)
    share = LabelShare("nodule", Share(11, 16), Share(110, 1000), {})
    made = ReliabilityView()
    made.show_shares([share], Reliability((curve,), 566, 480), None)
    return made


PANELS = {
    "held-out": (held_out, (320, 276)),
    "cover-blind": (lambda: cover("blind"), (420, 300)),
    "cover-unfamiliar": (lambda: cover("unfamiliar"), (420, 240)),
    "cover-few": (lambda: cover("few"), (420, 240)),
    "distances": (chart, (300, 96)),
    "labels": (labels, (300, 132)),
    "palette": (palette, (420, 240)),
    "report": (lambda: ReportDialog(Path("/reports"), 24), (560, 400)),
    "research": (ResearchNotice, (480, 240)),
    "support": (support, (560, 360)),
    "hit-labels": (hit_labels, (420, 340)),
    "shortcut-audit": (shortcut_audit, (940, 560)),
    "notices": (notices, (720, 180)),
    "bug": (bug, (560, 400)),
}


def cells(image):
    """Return a picture shrunk to cells: float (h, w, 3), 0 … 255."""
    small = image.convertToFormat(QImage.Format.Format_RGB888).scaled(
        image.width() // SHRINK,
        image.height() // SHRINK,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    rows = np.frombuffer(small.constBits(), np.uint8)
    rows = rows.reshape(small.height(), small.bytesPerLine())
    rows = rows[:, : small.width() * 3]
    return rows.reshape(small.height(), small.width(), 3).astype(float)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("panel", PANELS)
def test_a_panel_looks_as_it_did(panel, name, qtbot, request):
    font = QFontInfo(app.make_application().font()).family()
    if font != FONT:
        pytest.skip(f"the pictures were made with {FONT}, this machine has {font!r}")
    theme.apply(theme.load(name))
    make, size = PANELS[panel]
    widget = make()
    for bar in widget.findChildren(MessageBar):
        bar.apply_theme(theme.load(name))
    qtbot.addWidget(widget)
    widget.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
    widget.setFixedSize(*size)
    widget.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    widget.show()
    QApplication.processEvents()  # what was posted is laid out

    image = widget.grab().toImage()

    assert_as_before(image, f"{panel}-{name}", request)


def assert_as_before(image, name, request):
    """Compare a picture with the one that is kept, or keep it."""
    file = FOLDER / f"{name}.png"
    if request.config.getoption("--reseed"):
        FOLDER.mkdir(parents=True, exist_ok=True)
        assert image.save(str(file))
    kept = QImage(str(file))
    assert not kept.isNull(), "no snapshot yet; run with --reseed"
    assert kept.size() == image.size(), name
    apart = np.abs(cells(image) - cells(kept))
    assert apart.mean() <= MEAN, name
    assert apart.max() <= WORST, name


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_whole_window_and_the_desk_look_as_they_did(
    name, flight, library, study, request
):
    font = QFontInfo(app.make_application().font()).family()
    if font != FONT:
        pytest.skip(f"the pictures were made with {FONT}, this machine has {font!r}")
    settings = paths.settings_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f'{{"theme": "{name}", "accepted_research_notice": true}}')
    seen = {}

    def pilot(window):
        session = window.session
        window.setFixedSize(1440, 900)
        assert window.pages.currentWidget() is window.welcome
        yield still(window)
        seen["welcome"] = window.grab().toImage()
        session.open_library(library)
        session.search_file(study / "dark/picture 00.png")
        yield lambda: session.answer is not None and not session.is_busy
        yield still(window)
        seen["window"] = window.grab().toImage()
        for command in ("evidence", "why"):
            window.actions_by_id[command].trigger()
        yield lambda: "bits turned" in window.pair.why.text and not session.is_busy
        yield lambda: session.weighing.weighed is not None
        yield still(window)
        seen["window-why-evidence"] = window.grab().toImage()
        session.searches.keep("dark ones")
        window.actions_by_id["dismiss"].trigger()
        yield lambda: session.searches.kept and not session.is_busy
        window.actions_by_id["kept_searches"].trigger()
        dialog = window.dialogs.shown()
        dialog.setFixedSize(480, 320)
        yield still(dialog)
        seen["kept"] = dialog.grab().toImage()
        dialog.reject()
        window.actions_by_id["desk"].trigger()
        window.actions_by_id["hits_3"].trigger()
        window.looking.desk.setFixedSize(1280, 800)
        window.looking.desk.panels[0].view.setFocus()
        yield (
            lambda: (
                not session.is_busy
                and all(
                    panel.view.picture is not None and panel.view.has_layer
                    for panel in window.looking.desk.panels[:4]
                )
            )
        )
        yield still(window.looking.desk)
        seen["desk"] = window.looking.desk.grab().toImage()

    assert flight.run(pilot) == 0
    for part, image in seen.items():
        half = image.scaled(
            image.size() / 2, mode=Qt.TransformationMode.SmoothTransformation
        )
        assert_as_before(half, f"{part}-{name}", request)


def bars_and_states(window, seen, library, study):
    """Steer the window past its bars and plain states, and look at each."""
    session, results = window.session, window.results
    press = lambda name: window.actions_by_id[name].trigger()  # noqa: E731

    def looked_at():
        return (
            session.shown_hit is not None
            and not session.is_busy
            and window.pair.hit.view.has_layer
            and window.pair.hit.map_sentence() in window.pair.hit.caption
            and session.weighing.weighed is not None
        )

    def grab(name, widget=window):
        seen[name] = widget.grab().toImage()

    window.setFixedSize(1440, 900)
    session.open_library(library)
    session.search_file(study / "dark/picture 00.png")
    yield looked_at
    press("filters")
    yield looked_at
    results.filters.folder.setText("light")
    results.filters.folder.editingFinished.emit()
    yield lambda: looked_at() and session.result.searched == 6
    yield still(results)
    grab("filters", results)
    results.filters.clear.click()
    press("hits_list")
    yield lambda: looked_at() and session.result.searched == 11
    yield still(results)
    grab("hits-list", results)
    press("hits_list")
    press("filters")
    yield lambda: looked_at() and session.result.searched == 11
    session.inquiry.show_more_of(MoreOf("light", 2))
    yield (
        lambda: (
            session.result.moved is not None
            and session.shown_hit is not None
            and not session.is_busy
            and window.pair.hit.view.has_layer
            and window.pair.hit.map_sentence() in window.pair.hit.caption
        )
    )
    yield still(window.pair)
    grab("more-of", window.pair)
    window.pair.more.back.click()
    yield looked_at
    press("like")
    yield looked_at
    press("unlike")
    yield looked_at
    press("search_hit")
    yield lambda: session.source.name != "picture 00.png" and looked_at()
    results.hits.select(1)
    yield looked_at
    press("like")
    yield lambda: looked_at() and session.marks.marks
    yield still(window.pair)
    grab("trail-marks", window.pair)
    for _ in range(2):
        facts = session.facts.images
        press("leave_out")
        yield lambda before=facts: session.facts.images < before and looked_at()
    press("left_out")
    yield lambda: window.dialogs.shown() is not None and not session.is_busy
    dialog = window.dialogs.shown()
    dialog.setFixedSize(480, 360)
    yield (
        lambda: (
            dialog.model.rowCount() == 2
            and all(
                dialog.model.index(row).data(Qt.ItemDataRole.DecorationRole) is not None
                for row in range(2)
            )
        )
    )
    dialog.setFocus()
    yield still(dialog)
    grab("left-out", dialog)
    dialog.reject()
    hits = session.result.hits
    many = [
        replace(hits[n % len(hits)], rank=n + 1, distance=n // 40) for n in range(2000)
    ]
    results.hits.hits.show_hits(many, session.facts.indexed_root, session.facts.bits)
    yield lambda: not session.is_busy
    # The cells are laid out in batches.
    yield lambda: results.hits.verticalScrollBar().maximum() > 100_000
    results.hits.select(700)
    yield looked_at
    yield lambda: not session.is_busy
    yield still(results)
    grab("many-hits", results)
    press("dismiss")
    results.hits.select(0)
    session.search_file(study / "light/cut short.png")
    yield lambda: window.bar.notice is not None and not session.is_busy
    yield still(window)
    grab("unreadable-query")
    press("dismiss")
    library.rename(library.with_name("away.medhash"))
    session.search_file(study / "dark/picture 02.png")
    yield lambda: window.bar.notice is not None and not session.is_busy
    assert "There is no library at" in window.bar.notice.text
    assert "Connect the drive it was on" in window.bar.notice.hint
    assert window.pair.query.caption == "48 × 48 px"  # not "Searching…" for ever
    yield still(window.pages)
    grab("library-gone", window.pages)  # the message names a folder of this run
    press("dismiss")
    library.with_name("away.medhash").rename(library)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_the_bars_and_the_plain_states_look_as_they_did(
    name, flight, library, study, request
):
    font = QFontInfo(app.make_application().font()).family()
    if font != FONT:
        pytest.skip(f"the pictures were made with {FONT}, this machine has {font!r}")
    settings = paths.settings_file()
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text(f'{{"theme": "{name}", "accepted_research_notice": true}}')
    seen = {}

    def pilot(window):
        return bars_and_states(window, seen, library, study)

    assert flight.run(pilot) == 0
    for part, image in seen.items():
        half = image.scaled(
            image.size() / 2, mode=Qt.TransformationMode.SmoothTransformation
        )
        assert_as_before(half, f"{part}-{name}", request)


def test_a_panel_of_another_theme_is_no_match():
    dark = QImage(str(FOLDER / "labels-dark.png"))
    light = QImage(str(FOLDER / "labels-light.png"))

    assert np.abs(cells(dark) - cells(light)).mean() > MEAN
