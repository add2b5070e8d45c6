"""Gives the window its parts, once its frame is on the screen.

Importing and making them takes some times as long as an empty window does: whoever
starts MedHash sees at once that it starts.
"""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QSize, Qt
from PySide6.QtWidgets import (
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import commands, layout_memory, looking_commands, theme
from medhash_gui.ui.dialogs import Dialogs
from medhash_gui.ui.evidence_panel import EvidencePanel
from medhash_gui.ui.index_panel import IndexPanel
from medhash_gui.ui.looking import Looking
from medhash_gui.ui.main_window import MainWindow
from medhash_gui.ui.notices import MessageBar, Notices
from medhash_gui.ui.pair_view import PairView
from medhash_gui.ui.patient_banner import PatientBanner
from medhash_gui.ui.results_grid import ResultsGrid
from medhash_gui.ui.session import Session
from medhash_gui.ui.status import StatusLine
from medhash_gui.ui.training_dialogs import TrainingDialogs
from medhash_gui.ui.welcome import Welcome

_RESULTS_WIDTH = 552


def furnish(window: MainWindow, session: Session) -> None:
    """Make the parts, lay them out, and connect them to the session.

    Args:
        window: the frame, without parts.
        session: the state that the parts show.
    """
    window.session = session
    window.bar = MessageBar()
    window.notices = Notices(window.bar, window)
    window.pair = PairView(session)
    window.results = ResultsGrid(session)
    window.evidence = EvidencePanel(session)
    window.banner = PatientBanner(session)
    window.index_panel = IndexPanel(session.indexer)
    window.dialogs = Dialogs(session, window)
    window.training = TrainingDialogs(session, window)
    window.looking = Looking(session, window.pair, window, window.memory)
    window.commands = looking_commands.all_commands(window)
    window.actions_by_id = commands.make_actions(window.commands, window)
    window.dialogs.take_commands(window.commands, window.actions_by_id, window.memory)
    window.welcome = Welcome(window.actions_by_id)
    _lay_out(window)
    _make_bars(window)
    looking_commands.fill_hit_menus(window)
    _connect(window)
    window.apply_theme(theme.load(theme.chosen(session.settings.text("theme"))))
    if session.settings.flag("restore_work"):
        layout_memory.restore(window.workspace, window.panels, window.memory)
    window.show_state()
    window.is_furnished = True
    window.update()


def _lay_out(window: MainWindow) -> None:
    window.workspace = QSplitter(Qt.Orientation.Horizontal)
    window.workspace.addWidget(window.pair)
    window.workspace.addWidget(window.results)
    window.workspace.addWidget(window.evidence)
    window.evidence.hide()
    window.workspace.setStretchFactor(0, 1)
    window.workspace.setStretchFactor(1, 0)
    window.workspace.setChildrenCollapsible(False)
    window.workspace.setHandleWidth(2)
    beside = max(window.width() - _RESULTS_WIDTH, _RESULTS_WIDTH)
    window.workspace.setSizes([beside, _RESULTS_WIDTH])
    window.pages = QStackedWidget()
    window.pages.addWidget(window.welcome)
    window.pages.addWidget(window.workspace)
    middle = QWidget()
    column = QVBoxLayout(middle)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    column.addWidget(window.bar)
    column.addWidget(window.banner)
    column.addWidget(window.pages, 1)
    column.addWidget(window.index_panel)
    window.setCentralWidget(middle)


def _make_bars(window: MainWindow) -> None:
    commands.fill_menus(window.menuBar(), window.commands, window.actions_by_id)
    tools = QToolBar(QCoreApplication.translate("MainWindow", "Tools"))
    tools.setObjectName("tools")
    tools.setMovable(False)
    side = max(20, window.fontMetrics().height())
    tools.setIconSize(QSize(side, side))
    tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
    tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
    for command in window.commands:
        if command.id == "overlay":
            gap = QWidget()
            gap.setSizePolicy(
                QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred
            )
            tools.addWidget(gap)
        if command.tool:
            tools.addAction(window.actions_by_id[command.id])
    window.addToolBar(tools)
    window.status = StatusLine(window.session)
    window.setStatusBar(window.status)


def _connect(window: MainWindow) -> None:
    session = window.session
    report = window.index_panel.report
    report.privacy_wished.connect(window.dialogs.show_privacy)
    report.save_wished.connect(session.upkeep.save_report)
    session.upkeep.privacy_counted.connect(window.index_panel.show_privacy)
    window.bar.chosen.connect(window.take_offer)
    session.told.connect(window.notices.tell)
    session.failed.connect(window.notices.fail)
    session.state_changed.connect(window.show_state)
    session.library_changed.connect(window.show_library)
    session.query_started.connect(window.forget_failure)
