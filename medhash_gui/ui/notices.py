"""The only place where a failure becomes visible.

A foreseeable failure (``MedHashError``) and a piece of news stand in a bar above the
pictures: one sentence, and the way out. Anything else is a bug: a dialog offers a
report that names program, versions and the place in the code, and neither a message
nor a path, because those may hold a patient's name.
"""

from __future__ import annotations

import logging
import platform
import sys
import traceback
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

import PySide6
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

import medhash_gui
from medhash_gui.errors import MedHashError
from medhash_gui.ui import theme
from medhash_gui.ui.theme import Theme

_log = logging.getLogger(__name__)

Kind = Literal["info", "warning", "failure"]


@dataclass(frozen=True, slots=True)
class Action:
    """A command that a notice offers, and what its button says."""

    command: str
    text: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell the user: a sentence, the way out, and how grave it is."""

    text: str
    hint: str = ""
    kind: Kind = "info"
    action: Action | None = None


class MessageBar(QFrame):
    """A bar that shows one notice until it is closed or replaced.

    Signals:
        chosen(str): the command of the notice's button.
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("bar")
        self.notice: Notice | None = None
        self._theme: Theme | None = None
        self._icon = QLabel()
        self._icon.setFixedWidth(24)
        self._text = QLabel()
        self._hint = QLabel()
        self._hint.setProperty("role", "dim")
        for label in (self._text, self._hint):
            label.setTextFormat(Qt.TextFormat.PlainText)  # paths are no markup
            label.setWordWrap(True)
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            label.setSizePolicy(
                QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred
            )
        self._text.setAccessibleName(self.tr("Message"))
        self._hint.setAccessibleName(self.tr("What to do"))
        self._offer = QPushButton()
        self._offer.setAccessibleName(self.tr("What the message offers"))
        self._offer.clicked.connect(self._on_offer)
        self._close = QToolButton()
        self._close.setAccessibleName(self.tr("Close the message"))
        self._close.setToolTip(self.tr("Close the message (Esc)"))
        self._close.clicked.connect(self.clear)

        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._text)
        words.addWidget(self._hint)
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, theme.GAP, theme.GAP, theme.GAP)
        row.setSpacing(theme.GAP)
        row.addWidget(self._icon)
        row.addLayout(words, 1)
        row.addWidget(self._offer)
        row.addWidget(self._close)
        self.hide()

    def show_notice(self, notice: Notice) -> None:
        """Show a notice in place of the one before."""
        self.notice = notice
        self._text.setText(notice.text)
        self._hint.setText(notice.hint)
        self._hint.setVisible(bool(notice.hint))
        if notice.action is not None:
            self._offer.setText(notice.action.text)
            self._offer.setAccessibleName(notice.action.text)
        self._offer.setVisible(notice.action is not None)
        self._draw_icon()
        self.show()

    def clear(self) -> None:
        """Take the notice away."""
        self.notice = None
        self.hide()

    def apply_theme(self, theme: Theme) -> None:
        """Tint the icons."""
        self._theme = theme
        self._close.setIcon(theme.icon("close"))
        self._draw_icon()

    def _on_offer(self) -> None:
        if self.notice is not None and self.notice.action is not None:
            self.chosen.emit(self.notice.action.command)

    def _draw_icon(self) -> None:
        if self._theme is None or self.notice is None:
            return
        kind = self.notice.kind
        token = {"info": "accent", "warning": "warning", "failure": "failure"}[kind]
        ratio = self.devicePixelRatioF()
        self._icon.setPixmap(self._theme.pixmap(kind, token, 20, ratio))


class BugDialog(QDialog):
    """Says that MedHash made a mistake and offers a report without patient data."""

    def __init__(self, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("A mistake in MedHash"))
        self.setMinimumWidth(560)
        said = QLabel(
            self.tr(
                "MedHash met a mistake of its own. Your library and your pictures are "
                "as they were; you can go on working."
            )
        )
        asked = QLabel(
            self.tr(
                "The report below names the place in the program. It holds no "
                "picture, no path and no patient data. Please send it along."
            )
        )
        asked.setProperty("role", "dim")
        for label in (said, asked):
            label.setWordWrap(True)
        self.report = QPlainTextEdit(report)
        self.report.setReadOnly(True)
        self.report.setAccessibleName(self.tr("Report"))
        self.report.setMinimumHeight(200)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(
            self.tr("Copy report"), QDialogButtonBox.ButtonRole.ActionRole
        )
        copy.clicked.connect(self.copy_report)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        for widget in (said, asked, self.report, buttons):
            column.addWidget(widget)

    def copy_report(self) -> None:
        """Put the report on the clipboard."""
        QGuiApplication.clipboard().setText(self.report.toPlainText())


class Notices:
    """Shows what happened: in the bar, or in a dialog when it is a bug.

    Args:
        bar: the window's message bar.
        window: owner of the dialog.
    """

    def __init__(self, bar: MessageBar, window: QWidget) -> None:
        self._bar = bar
        self._window = window
        self.dialog: BugDialog | None = None

    def tell(self, notice: Notice) -> None:
        """Show a sentence in the bar."""
        self._bar.show_notice(notice)

    def fail(self, error: BaseException) -> None:
        """Show a failure: a foreseeable one in the bar, a bug in a dialog."""
        if isinstance(error, MedHashError):
            self.tell(Notice(error.message, error.hint, "failure"))
            return
        report = bug_report(error)
        _log.error("a bug was met:\n%s", report)
        if self.dialog is not None and self.dialog.isVisible():
            return  # one dialog at a time: the first mistake is the cause
        self.dialog = BugDialog(report, self._window)
        self.dialog.open()


def bug_report(error: BaseException) -> str:
    """Return where the program failed, without messages, paths or patient data."""
    lines = [
        f"MedHash {medhash_gui.__version__}",
        f"Python {platform.python_version()}, PySide6 {PySide6.__version__}",
        f"{platform.system()} {platform.release()}, {platform.machine()}",
        "",
        *_frames(error),
    ]
    return "\n".join(lines)


def _frames(error: BaseException) -> list[str]:
    lines: list[str] = []
    cause = error.__cause__ or error.__context__
    if cause is not None:
        lines += [*_frames(cause), "which led to", ""]
    for frame in traceback.extract_tb(error.__traceback__):
        # The folders above the file name the user; the last two names do not.
        place = "/".join(PurePath(frame.filename).parts[-2:])
        lines.append(f"  {place}:{frame.lineno} in {frame.name}")
    lines.append(type(error).__qualname__)
    return lines


def install_hook(notices: Notices) -> None:
    """Bring every exception that nobody caught to ``notices``."""

    def hook(kind: type[BaseException], error: BaseException, _trace: object) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, error.__traceback__)
            return
        notices.fail(error)

    sys.excepthook = hook
