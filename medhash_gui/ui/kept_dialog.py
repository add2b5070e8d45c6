"""The searches that are kept: one more by a name, one of them again, one no longer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.search_file import MOST_CHARACTERS
from medhash_gui.ui.searches import Searches


class KeptDialog(QDialog):
    """Names the search that is shown, and opens or removes those that have a name.

    Args:
        searches: the session's.
        parent: Qt's owner.

    Attributes:
        name: what the search that is shown shall be called.
        names: the searches that are kept, the latest first.
        keep_button: keeps the one that is shown.
        open_button: makes the chosen one again.
        remove_button: keeps it no longer.
    """

    def __init__(self, searches: Searches, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Kept searches"))
        self._searches = searches
        self.name = QLineEdit()
        self.name.setMaxLength(MOST_CHARACTERS)
        self.name.setPlaceholderText(self.tr("Name for the search that is shown"))
        self.name.setAccessibleName(self.tr("Name for the search that is shown"))
        self.keep_button = QPushButton(self.tr("&Keep"))
        self.names = QListWidget()
        self.names.setSpacing(theme.GAP // 2)
        self.names.setAccessibleName(self.tr("Kept searches"))
        note = QLabel(
            self.tr(
                "Kept for this library, on this computer only: the picture by its "
                "path, filters, marks and order. The search is made anew when it is "
                "opened."
            )
        )
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.open_button = QPushButton(self.tr("&Search again"))
        self.remove_button = QPushButton(self.tr("&Remove"))
        for button in (self.open_button, self.remove_button):
            buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.name, 1)
        row.addWidget(self.keep_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(row)
        column.addWidget(self.names, 1)
        column.addWidget(note)
        column.addWidget(buttons)
        self.resize(480, 380)
        self.name.textChanged.connect(self._on_change)
        self.names.currentRowChanged.connect(self._on_change)
        self.names.itemActivated.connect(self._open)
        self.keep_button.clicked.connect(self._keep)
        self.open_button.clicked.connect(self._open)
        self.remove_button.clicked.connect(self._remove)
        buttons.rejected.connect(self.reject)
        delete = QShortcut(Qt.Key.Key_Delete, self.names)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        delete.activated.connect(self._remove)
        searches.changed.connect(self._fill)
        self._fill()

    def _fill(self) -> None:
        chosen = self.names.currentItem()
        name = "" if chosen is None else chosen.text()
        self.names.clear()
        self.names.addItems([search.name for search in self._searches.kept])
        same = self.names.findItems(name, Qt.MatchFlag.MatchExactly)
        if same:
            self.names.setCurrentItem(same[0])
        else:
            self.names.setCurrentRow(0)
        self._on_change()

    def _on_change(self, *_: object) -> None:
        can_keep = bool(self.name.text().strip())
        has_chosen = self.names.currentItem() is not None
        self.keep_button.setEnabled(can_keep)
        self.open_button.setEnabled(has_chosen)
        self.remove_button.setEnabled(has_chosen)
        # Return keeps what was named, else it searches again.
        self.keep_button.setDefault(can_keep)
        self.open_button.setDefault(has_chosen and not can_keep)

    def _keep(self) -> None:
        self._searches.keep(self.name.text())
        self.name.clear()

    def _open(self, *_: object) -> None:
        chosen = self.names.currentItem()
        if chosen is not None:
            self.accept()
            self._searches.open(chosen.text())

    def _remove(self) -> None:
        chosen = self.names.currentItem()
        if chosen is not None:
            self._searches.remove(chosen.text())
