"""The main window: lays the parts out and connects them to the session."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QSettings, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QFileDialog,
    QInputDialog,
    QMainWindow,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from medhash_gui import paths
from medhash_gui.ui import commands, incoming, layout_memory, looking_commands, theme
from medhash_gui.ui.dialogs import Dialogs
from medhash_gui.ui.evidence_panel import EvidencePanel
from medhash_gui.ui.index_panel import IndexPanel
from medhash_gui.ui.looking import Looking
from medhash_gui.ui.notices import MessageBar, Notice, Notices
from medhash_gui.ui.pair_view import PairView
from medhash_gui.ui.patient_banner import PatientBanner
from medhash_gui.ui.results_grid import ResultsGrid
from medhash_gui.ui.session import Session
from medhash_gui.ui.status import StatusLine
from medhash_gui.ui.training_dialogs import TrainingDialogs
from medhash_gui.ui.welcome import Welcome

_SIZE = QSize(1280, 800)
_RESULTS_WIDTH = 552


class MainWindow(QMainWindow):
    """The one window.

    Args:
        session: the state that the parts show.
        memory: keeps the geometry from run to run.

    Signals:
        painted(): the window has painted for the first time.
    """

    painted = Signal()

    def __init__(self, session: Session, memory: QSettings) -> None:
        super().__init__()
        self.session = session
        self._memory = memory
        self._was_painted = False
        self.setWindowTitle(self.tr("MedHash"))
        self.setWindowIcon(theme.application_icon())
        self.setAcceptDrops(True)
        self.resize(_SIZE)

        self.bar = MessageBar()
        self.notices = Notices(self.bar, self)
        self.pair = PairView(session)
        self.results = ResultsGrid(session)
        self.evidence = EvidencePanel(session)
        self.banner = PatientBanner(session)
        self.index_panel = IndexPanel(session.indexer)
        self.dialogs = Dialogs(session, self)
        self.training = TrainingDialogs(session, self)
        self.looking = Looking(session, self.pair, self, memory)
        self.commands = looking_commands.all_commands(self)
        self.actions_by_id = commands.make_actions(self.commands, self)
        self.dialogs.take_commands(self.commands, self.actions_by_id, memory)
        self.welcome = Welcome(self.actions_by_id)
        self._lay_out()
        self._make_bars()
        looking_commands.fill_hit_menus(self)

        report = self.index_panel.report
        report.privacy_wished.connect(self.dialogs.show_privacy)
        report.save_wished.connect(session.upkeep.save_report)
        session.upkeep.privacy_counted.connect(self.index_panel.show_privacy)
        self.bar.chosen.connect(self._on_offer)
        session.told.connect(self.notices.tell)
        session.failed.connect(self.notices.fail)
        session.state_changed.connect(self._on_state)
        session.library_changed.connect(self._on_library)
        session.query_started.connect(self._on_query)
        self.apply_theme(theme.load(theme.chosen(session.settings.text("theme"))))
        layout_memory.restore(*self._laid_out, settings=session.settings)
        self._on_state()

    # -- commands --------------------------------------------------------------------

    def open_folder(self) -> None:
        """Ask for a folder and index it."""
        title = self.tr("Index a folder of pictures")
        name = QFileDialog.getExistingDirectory(self, title)
        if name:
            self.session.receive([Path(name)])

    def open_library(self) -> None:
        """Ask for a library and open it."""
        title = self.tr("Open a library (a folder NAME.medhash)")
        place = str(paths.libraries())
        name = QFileDialog.getExistingDirectory(self, title, place)
        if name:
            self.session.open_library(Path(name))

    def open_server(self) -> None:
        """Ask for the address of a library on a server and open it."""
        text, is_given = QInputDialog.getText(
            self,
            self.tr("Open a library on a server"),
            self.tr("Its address, such as milvus://HOST:19530/NAME"),
        )
        if is_given and text.strip():
            self.session.open_address(text.strip())

    def open_image(self) -> None:
        """Ask for a picture and search with it."""
        title = self.tr("Search with an image")
        name, _ = QFileDialog.getOpenFileName(self, title)
        if name:
            self.session.search_file(Path(name))

    def paste(self) -> None:
        """Search with what is on the clipboard: a picture, or a file."""
        data = QGuiApplication.clipboard().mimeData()
        if data is None or not self._take(data):
            text = self.tr("There is no picture on the clipboard.")
            hint = self.tr("Copy a picture, or a file in the file manager, and paste.")
            self.notices.tell(Notice(text, hint))

    def search_hit(self) -> None:
        """Search with the hit that is chosen."""
        hit = self.results.current_hit()
        if hit is not None:
            self.session.search_hit(hit)

    def toggle_overlay(self) -> None:
        """Show the saliency maps, or hide them."""
        self.session.style_overlay(visible=not self.session.overlay.visible)

    def toggle_theme(self) -> None:
        """Change between dark and light."""
        name: theme.Name = "light" if self.theme.name == "dark" else "dark"
        self.session.settings.set("theme", name)
        self.apply_theme(theme.load(name))

    def toggle_full_screen(self) -> None:
        """Change between the window and the whole screen."""
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def dismiss(self) -> None:
        """Close the message and the report."""
        self.bar.clear()
        self.index_panel.dismiss()

    def apply_theme(self, chosen: theme.Theme) -> None:
        """Take another theme for the chrome; pictures and maps stay as they are."""
        self.theme = chosen
        theme.apply(chosen)
        commands.tint(self.commands, self.actions_by_id, chosen)
        self.bar.apply_theme(chosen)

    # -- events ----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, folders and pictures."""
        if incoming.can_be_taken(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Index, open or search what was dropped."""
        if self._take(event.mimeData()):
            event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is on the screen."""
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End every job, then the window."""
        self.index_panel.stop_timers()
        self.pair.stop_timers()
        self.looking.close()
        layout_memory.keep(*self._laid_out)
        self.dialogs.close()
        self.training.close()
        self.session.close()
        event.accept()

    # -- parts -----------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._workspace = QSplitter(Qt.Orientation.Horizontal)
        self._workspace.addWidget(self.pair)
        self._workspace.addWidget(self.results)
        self._workspace.addWidget(self.evidence)
        self.evidence.hide()
        self._workspace.setStretchFactor(0, 1)
        self._workspace.setStretchFactor(1, 0)
        self._workspace.setChildrenCollapsible(False)
        self._workspace.setHandleWidth(2)
        self._workspace.setSizes([_SIZE.width() - _RESULTS_WIDTH, _RESULTS_WIDTH])
        panels = {"evidence": self.evidence, "why": self.pair.why}
        self._laid_out = (self, self._workspace, panels, self._memory)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.welcome)
        self.pages.addWidget(self._workspace)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.banner)
        column.addWidget(self.pages, 1)
        column.addWidget(self.index_panel)
        self.setCentralWidget(middle)

    def _make_bars(self) -> None:
        commands.fill_menus(self.menuBar(), self.commands, self.actions_by_id)
        tools = QToolBar(self.tr("Tools"))
        tools.setObjectName("tools")
        tools.setMovable(False)
        side = max(20, self.fontMetrics().height())
        tools.setIconSize(QSize(side, side))
        tools.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        tools.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for command in self.commands:
            if command.id == "overlay":
                gap = QWidget()
                gap.setSizePolicy(
                    QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred
                )
                tools.addWidget(gap)
            if command.tool:
                tools.addAction(self.actions_by_id[command.id])
        self.addToolBar(tools)
        self.status = StatusLine(self.session)
        self.setStatusBar(self.status)

    def _take(self, data: object) -> bool:
        """Hand over what was dropped or pasted; return whether there was anything."""
        if not isinstance(data, QMimeData):
            return False
        files = incoming.local_files(data)
        if files:
            self.session.receive(files)
            return True
        picture = incoming.bare_picture(data, self.tr("Pasted image"))
        if picture is not None:
            self.session.search(picture)
        return picture is not None

    def _on_state(self) -> None:
        commands.enable(self.commands, self.actions_by_id, self.session.states())
        looking_commands.show_choices(self)

    def _on_library(self) -> None:
        facts = self.session.facts
        if facts is not None:
            self.pages.setCurrentWidget(self._workspace)
            title = self.tr("{name} – MedHash").format(name=facts.indexed_root.name)
            self.setWindowTitle(title)

    def _on_offer(self, command: str) -> None:
        """Do what a message offers."""
        self.bar.clear()
        self.actions_by_id[command].trigger()

    def _on_query(self) -> None:
        # The message before was about something else, unless it is a warning.
        if self.bar.notice is not None and self.bar.notice.kind == "failure":
            self.bar.clear()
