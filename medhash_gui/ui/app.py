"""Runs the application: the frame first, then its parts, then what was asked for.

Only what the first paint needs is imported before it.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication

import medhash_gui
from medhash_gui import paths
from medhash_gui.settings import Settings
from medhash_gui.ui import interpreter, theme, translation
from medhash_gui.ui.main_window import MainWindow

if TYPE_CHECKING:
    from medhash_gui.milvus_uri import LibraryPlace
    from medhash_gui.ui.session import Session
    from medhash_gui.ui.start import Start


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
    application = make_application()
    collector = interpreter.GarbageCollector()
    hook = sys.excepthook
    frame = make_frame()
    opening = _Opening(frame, library, image, screenshot)
    frame.framed.connect(opening.furnish)
    try:
        frame.show()
        code = application.exec()
        if opening.failure is not None:
            raise opening.failure
        frame.deleteLater()
        return code or opening.exit_code
    finally:
        sys.excepthook = hook
        collector.close()
        opening.close()


class _Opening:
    """Gives the frame its parts once it has painted, and keeps what went wrong.

    No closure: Qt would hold it, and it the window, past the end of the run.
    """

    def __init__(
        self,
        frame: MainWindow,
        library: LibraryPlace | None,
        image: Path | None,
        screenshot: Path | None,
    ) -> None:
        self._frame = frame
        self._asked = (library, image, screenshot)
        self._start: Start | None = None
        self.failure: BaseException | None = None

    def furnish(self) -> None:
        """Start the log, make the parts, and do then what was asked for."""
        from medhash_gui.ui.start import Start

        try:
            self._start = Start(*self._asked)
            self._start.take(build_window(self._frame))
        except BaseException as error:  # noqa: BLE001 - raised again by run
            self.failure = error  # Qt would print it, and go on without a window
            QApplication.exit(1)

    @property
    def exit_code(self) -> int:
        """0, or why there is no screenshot."""
        return 0 if self._start is None else self._start.exit_code

    def close(self) -> None:
        """End the log."""
        if self._start is not None:
            self._start.close()


def make_application() -> QApplication:
    """Return the application, which a test may have made already."""
    interpreter.keep_singletons_alive()
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        application = QApplication(["medhash"])
    application.setApplicationName("MedHash")
    application.setApplicationVersion(medhash_gui.__version__)
    # One drawing of every control on every platform, in the theme's colours.
    application.setStyle("Fusion")
    return application


def make_frame() -> MainWindow:
    """Return the window without its parts, in its colours and at its place."""
    settings = Settings.load()
    theme.scale_text(settings.whole("text_scale"))
    theme.apply_colours(theme.load(theme.chosen(settings.text("theme"))))
    file = paths.user_data() / "window.ini"
    return MainWindow(QSettings(str(file), QSettings.Format.IniFormat))


def build_window(
    frame: MainWindow | None = None, session: Session | None = None
) -> MainWindow:
    """Return the window with its parts, and what it remembers from the last run.

    Args:
        frame: what ``make_frame`` gave; None for a new one.
        session: the state to show; None for a fresh one.
    """
    from medhash_gui import traces
    from medhash_gui.ui import furnishing
    from medhash_gui.ui.session import Session

    # Where Qt's file dialogs remember places: with the rest, owner-only and purged.
    QSettings.setPath(
        QSettings.Format.NativeFormat,
        QSettings.Scope.UserScope,
        str(traces.dialogs_folder()),
    )
    session = session or Session(Settings.load())
    application = QApplication.instance()
    if application is not None:
        language = translation.chosen(session.settings.text("language"))
        translation.install(application, language)
    window = make_frame() if frame is None else frame
    furnishing.furnish(window, session)
    return window
