"""Builds the application: log, exception hook, theme, window; and runs it."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from pathlib import Path

from PySide6.QtCore import (
    QMessageLogContext,
    QSettings,
    QtMsgType,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication

import medhash_gui
from medhash_gui import audit, paths, redaction, traces
from medhash_gui.milvus_uri import LibraryPlace
from medhash_gui.settings import Settings
from medhash_gui.ui import interpreter, notices, theme, translation
from medhash_gui.ui.main_window import MainWindow
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.screenshot import Screenshot
from medhash_gui.ui.session import Session

_qt_log = logging.getLogger("medhash_gui.qt")

_LOG_BYTES = 1_000_000
# What platforms say about themselves and nobody can act on.
_NOISE = ("This plugin does not support",)


def run(
    *,
    library: LibraryPlace | None = None,
    image: Path | None = None,
    screenshot: Path | None = None,
) -> int:
    """Open the window and return the exit code when it is closed.

    Args:
        library: opened once the window has painted; None for the last one.
        image: searched for in the library.
        screenshot: the window is painted into this PNG when all is there, and closed.
    """
    audit.work_with("window")
    application = make_application()
    log_handler = start_log()
    collector = interpreter.GarbageCollector()
    hook = sys.excepthook
    try:
        window = build_window()
        notices.install_hook(window.notices)
        start = Start(window, library, image)
        window.painted.connect(start.go)
        shot = None
        if screenshot is None:
            window.painted.connect(window.dialogs.show_research_notice)
        if screenshot is not None:
            shot = Screenshot(window, screenshot, wants_hits=image is not None)
            window.painted.connect(shot.begin)
        window.show()
        code = application.exec()
        window.deleteLater()
        return code if shot is None else shot.exit_code
    finally:
        sys.excepthook = hook
        collector.close()
        # Qt still talks while the process ends, when Python cannot be called any more.
        qInstallMessageHandler(None)
        logging.getLogger("medhash_gui").removeHandler(log_handler)
        log_handler.close()


def make_application() -> QApplication:
    """Return the application, which a test may have made already."""
    interpreter.keep_singletons_alive()
    # Where Qt's file dialogs remember places: with the rest, owner-only and purged.
    QSettings.setPath(
        QSettings.Format.NativeFormat,
        QSettings.Scope.UserScope,
        str(traces.dialogs_folder()),
    )
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["medhash"])
    application.setApplicationName("MedHash")
    application.setApplicationVersion(medhash_gui.__version__)
    # One drawing of every control on every platform, in the theme's colours.
    application.setStyle("Fusion")
    return application


def build_window(session: Session | None = None) -> MainWindow:
    """Return the window with what it remembers from the last run.

    Args:
        session: the state to show; None for a fresh one.
    """
    file = paths.user_data() / "window.ini"
    memory = QSettings(str(file), QSettings.Format.IniFormat)
    session = session or Session(Settings.load())
    application = QApplication.instance()
    if application is not None:
        language = translation.chosen(session.settings.text("language"))
        translation.install(application, language)
    theme.scale_text(session.settings.whole("text_scale"))
    return MainWindow(session, memory)


def start_log() -> logging.Handler:
    """Write the log to a file of the user's; warnings of Qt go there too."""
    handler: logging.Handler
    try:
        paths.logs().mkdir(parents=True, exist_ok=True)
        handler = logging.handlers.RotatingFileHandler(
            paths.logs() / "medhash.log",
            maxBytes=_LOG_BYTES,
            backupCount=2,
            encoding="utf-8",
            delay=True,
        )
    except OSError:
        handler = logging.StreamHandler()  # a full disk must not keep the window shut
    handler.setFormatter(
        redaction.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s")
    )
    logging.getLogger("medhash_gui").addHandler(handler)
    qInstallMessageHandler(_log_qt)
    return handler


class Start:
    """What the command line asked for, done once the window has painted.

    Args:
        window: the window.
        library: the library to open; None for the one of the last run.
        image: the picture to search with, or None.
    """

    def __init__(
        self, window: MainWindow, library: LibraryPlace | None, image: Path | None
    ) -> None:
        self._window = window
        self._library = library
        self._image = image

    def go(self) -> None:
        """Open the library, then search."""
        session = self._window.session
        problems = session.settings.problems
        if problems:
            self._window.notices.tell(Notice(" ".join(problems), kind="warning"))
        last = session.settings.text("last_library")
        if self._library is not None:
            session.open_library(self._library)
        elif last:
            if self._image is None:
                session.searches.resume_at_start()
            session.reopen(Path(last))
        if self._image is not None:
            session.search_file(self._image)
        session.trainer.find_runs()


def _log_qt(kind: QtMsgType, context: QMessageLogContext, message: str) -> None:
    del context
    if message.startswith(_NOISE):
        return
    levels = {
        QtMsgType.QtDebugMsg: logging.DEBUG,
        QtMsgType.QtInfoMsg: logging.INFO,
        QtMsgType.QtWarningMsg: logging.WARNING,
    }
    _qt_log.log(levels.get(kind, logging.ERROR), "%s", message)
