"""The main window: a frame that paints at once, and the parts that it gets then.

What is imported here is there before the first paint, so it is little: the parts, and
what they need, come with ``furnishing``.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSettings, QSize, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QPaintEvent,
)
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMainWindow, QSplitter, QWidget

from medhash_gui import paths
from medhash_gui.ui import layout_memory, theme

if TYPE_CHECKING:
    from PySide6.QtGui import QAction
    from PySide6.QtWidgets import QStackedWidget

    from medhash_gui.ui.commands import Command
    from medhash_gui.ui.dialogs import Dialogs
    from medhash_gui.ui.evidence_panel import EvidencePanel
    from medhash_gui.ui.index_panel import IndexPanel
    from medhash_gui.ui.looking import Looking
    from medhash_gui.ui.notices import MessageBar, Notices
    from medhash_gui.ui.pair_view import PairView
    from medhash_gui.ui.patient_banner import PatientBanner
    from medhash_gui.ui.results_grid import ResultsGrid
    from medhash_gui.ui.session import Session
    from medhash_gui.ui.status import StatusLine
    from medhash_gui.ui.training_dialogs import TrainingDialogs
    from medhash_gui.ui.welcome import Welcome

_SIZE = QSize(1280, 800)


class MainWindow(QMainWindow):
    """The one window: empty until ``furnishing.furnish`` gives it its parts.

    Args:
        memory: keeps the geometry from run to run.

    Signals:
        framed(): the window has painted for the first time, with or without parts.
        painted(): it has painted with its parts.
    """

    framed = Signal()
    painted = Signal()

    # All that ``furnishing`` gives.
    session: Session
    bar: MessageBar
    notices: Notices
    pair: PairView
    results: ResultsGrid
    evidence: EvidencePanel
    banner: PatientBanner
    index_panel: IndexPanel
    dialogs: Dialogs
    training: TrainingDialogs
    looking: Looking
    commands: tuple[Command, ...]
    actions_by_id: dict[str, QAction]
    welcome: Welcome
    pages: QStackedWidget
    workspace: QSplitter
    status: StatusLine

    def __init__(self, memory: QSettings) -> None:
        super().__init__()
        self.memory = memory
        self.is_furnished = False
        self._was_framed = self._was_painted = False
        self.setWindowTitle(self.tr("MedHash"))
        self.setWindowIcon(theme.application_icon())
        # Before it is shown: X11 tells other programs then whether it takes drops.
        self.setAcceptDrops(True)
        self.resize(_SIZE)
        layout_memory.restore_place(self, memory)

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
            from medhash_gui.ui.notices import Notice

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
        from PySide6.QtCore import Qt

        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def dismiss(self) -> None:
        """Close the message and the report."""
        self.bar.clear()
        self.index_panel.dismiss()

    def apply_theme(self, chosen: theme.Theme) -> None:
        """Take another theme for the chrome; pictures and maps stay as they are."""
        from medhash_gui.ui import commands

        self.theme = chosen
        theme.apply(chosen)
        commands.tint(self.commands, self.actions_by_id, chosen)
        self.bar.apply_theme(chosen)

    # -- what the session tells ------------------------------------------------------

    def show_state(self) -> None:
        """Enable the commands that can be given now, and check those that are on.

        As long as hits are not to be seen yet, nothing else tells of them either.
        """
        from medhash_gui.ui import commands, looking_commands

        states = self.session.states()
        if not self.session.weighing.is_covered:
            states |= {"uncovered"}
        commands.enable(self.commands, self.actions_by_id, states)
        looking_commands.show_choices(self)

    def show_library(self) -> None:
        """Show the library that has been opened."""
        facts = self.session.facts
        if facts is not None:
            self.pages.setCurrentWidget(self.workspace)
            title = self.tr("{name} – MedHash").format(name=facts.indexed_root.name)
            self.setWindowTitle(title)

    def take_offer(self, command: str) -> None:
        """Do what a message offers."""
        self.bar.clear()
        self.actions_by_id[command].trigger()

    def forget_failure(self) -> None:
        """Close a failure: a new question is asked. Warnings stay."""
        if self.bar.notice is not None and self.bar.notice.kind == "failure":
            self.bar.clear()

    # -- events ----------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take files, folders and pictures."""
        from medhash_gui.ui import incoming

        if self.is_furnished and incoming.can_be_taken(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Index, open or search what was dropped."""
        if self._take(event.mimeData()):
            event.acceptProposedAction()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Tell once that the window is on the screen, and once that its parts are."""
        super().paintEvent(event)
        if not self._was_framed:
            self._was_framed = True
            QTimer.singleShot(0, self.framed.emit)
        if self.is_furnished and not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def closeEvent(self, event: QCloseEvent) -> None:
        """End every job, then the window."""
        if self.is_furnished:
            self.index_panel.stop_timers()
            self.pair.stop_timers()
            self.looking.close()
            layout_memory.keep(self, self.workspace, self.panels, self.memory)
            self.dialogs.close()
            self.training.close()
            self.session.close()
        event.accept()

    # -- inside ----------------------------------------------------------------------

    @property
    def panels(self) -> dict[str, QWidget]:
        """The panels that can be hidden, by a name that stays."""
        return {"evidence": self.evidence, "why": self.pair.why}

    def _take(self, data: object) -> bool:
        """Hand over what was dropped or pasted; return whether there was anything."""
        from medhash_gui.ui import incoming

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
