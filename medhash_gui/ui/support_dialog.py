"""Shows what a bundle for support holds, before it is saved."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QPlainTextEdit,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme

_NAME = "medhash-support.zip"


class SupportDialog(QDialog):
    """Every text of a bundle, to be read.

    Args:
        texts: by the names of their files.
        parent: owner of the dialog.

    Signals:
        wished(object): the ``Path`` that the bundle shall be saved as.
    """

    wished = Signal(object)

    def __init__(self, texts: Mapping[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Support bundle"))
        said = QLabel(
            self.tr(
                "This is all that goes into the file: what MedHash found on this "
                "computer and the end of its log. It holds no picture, no path and no "
                "name of a patient. Read it; nothing is sent anywhere."
            )
        )
        said.setWordWrap(True)
        self.pages = QTabWidget()
        self.pages.setAccessibleName(self.tr("Files of the bundle"))
        for name, text in texts.items():
            page = QPlainTextEdit(text)
            page.setReadOnly(True)
            page.setAccessibleName(name)
            page.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
            self.pages.addTab(page, name)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        save = buttons.addButton(
            self.tr("Save…"), QDialogButtonBox.ButtonRole.ActionRole
        )
        save.clicked.connect(self.ask_where)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(said)
        column.addWidget(self.pages, 1)
        column.addWidget(buttons)
        self.resize(760, 640)

    def ask_where(self) -> None:
        """Ask where the bundle goes."""
        title = self.tr("Save the support bundle")
        place = str(Path.home() / _NAME)
        name, _ = QFileDialog.getSaveFileName(self, title, place, "ZIP (*.zip)")
        if name:
            self.wished.emit(Path(name).with_suffix(".zip"))
            self.accept()
