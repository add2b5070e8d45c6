"""What follows the first paint: the log, and what the command line asked for."""

from __future__ import annotations

import logging
import logging.handlers
from pathlib import Path

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from medhash_gui import audit, paths, redaction
from medhash_gui.milvus_uri import LibraryPlace
from medhash_gui.ui import notices
from medhash_gui.ui.main_window import MainWindow
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.screenshot import Screenshot

_qt_log = logging.getLogger("medhash_gui.qt")

_LOG_BYTES = 1_000_000
# What platforms say about themselves and nobody can act on.
_NOISE = ("This plugin does not support",)


class Start:
    """Starts the log, and does what was asked for once the window is all there.

    Args:
        library: the library to open; None for the one of the last run.
        image: the picture to search with, or None.
        screenshot: the window is painted into this PNG when all is there, and closed.
    """

    def __init__(
        self,
        library: LibraryPlace | None,
        image: Path | None,
        screenshot: Path | None,
    ) -> None:
        self._library = library
        self._image = image
        self._screenshot = screenshot
        self._shot: Screenshot | None = None
        audit.work_with("window")
        self._log = _start_log()

    @property
    def exit_code(self) -> int:
        """0, or why there is no screenshot."""
        return 0 if self._shot is None else self._shot.exit_code

    def take(self, window: MainWindow) -> None:
        """Take the window, which has its parts and has not painted with them."""
        self._window = window
        notices.install_hook(window.notices)
        window.painted.connect(self.go)
        if self._screenshot is None:
            window.painted.connect(window.dialogs.show_research_notice)
            return
        wants_hits = self._image is not None
        self._shot = Screenshot(window, self._screenshot, wants_hits=wants_hits)
        window.painted.connect(self._shot.begin)

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

    def close(self) -> None:
        """End the log."""
        # Qt still talks while the process ends, when Python cannot be called any more.
        qInstallMessageHandler(None)
        logging.getLogger("medhash_gui").removeHandler(self._log)
        self._log.close()


def _start_log() -> logging.Handler:
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
