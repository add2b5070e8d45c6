"""Lists of files with a reason each, one tab a list; to read, to copy, to save.

Nothing is cut: a model hands a view only the rows that it paints.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTabBar,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.file_list import FileList, table_of

_PATH_WIDTH = 360


class ListModel(QAbstractTableModel):
    """The rows of one list.

    Args:
        titles: of the two columns.
        parent: Qt's owner.
    """

    def __init__(self, titles: tuple[str, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles = titles
        self._rows: Sequence[tuple[str, str]] = ()

    def show_rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def rowCount(
        self, parent: QModelIndex | QPersistentModelIndex | None = None
    ) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(
        self, parent: QModelIndex | QPersistentModelIndex | None = None
    ) -> int:
        """Return two: path and reason."""
        return 0 if parent is not None and parent.isValid() else 2

    def data(
        self,
        index: QModelIndex | QPersistentModelIndex,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        """Return a cell's text."""
        texts = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)
        if not index.isValid() or role not in texts:
            return None
        return self._rows[index.row()][index.column()]

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> str | None:
        """Return the title of a column."""
        if (
            role != Qt.ItemDataRole.DisplayRole
            or orientation != Qt.Orientation.Horizontal
        ):
            return None
        return self._titles[section]


class FileLists(QWidget):
    """One tab a list, the chosen list below, and what can be done with all of them.

    Args:
        parent: Qt's owner.

    Attributes:
        tabs: one for each list.
        table: shows the chosen list.

    Signals:
        save_wished(object): the ``Path`` where all lists are to be saved.
    """

    save_wished = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.lists: Sequence[FileList] = ()
        self.tabs = QTabBar()
        self.tabs.setExpanding(False)
        self.tabs.setDrawBase(False)
        self.tabs.setAccessibleName(self.tr("Lists of files"))
        self._model = ListModel((self.tr("File"), self.tr("Reason")), self)
        self.table = QTableView()
        self.table.setModel(self._model)
        self.table.setAccessibleName(self.tr("Files of the list"))
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().setDefaultSectionSize(theme.row_height())
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.setColumnWidth(0, _PATH_WIDTH)
        self.copy_button = QPushButton(self.tr("Copy list"))
        self.copy_button.setToolTip(self.tr("All lists, with tabs between the columns"))
        self.save_button = QPushButton(self.tr("Save list as CSV…"))
        self.save_button.setToolTip(self.tr("All lists in one file"))

        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(self.tabs, 1)
        top.addWidget(self.copy_button)
        top.addWidget(self.save_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addLayout(top)
        column.addWidget(self.table, 1)
        self.tabs.currentChanged.connect(self._on_tab)
        self.copy_button.clicked.connect(self.copy)
        self.save_button.clicked.connect(self.ask_and_save)

    def show_lists(self, lists: Sequence[FileList]) -> None:
        """Show lists, those without a file left out."""
        self.lists = [one for one in lists if one.rows]
        while self.tabs.count():
            self.tabs.removeTab(0)
        for one in self.lists:
            text = self.tr("{title} ({count:,})")
            self.tabs.addTab(text.format(title=one.title, count=len(one.rows)))
        self._on_tab(self.tabs.currentIndex())

    def copy(self) -> None:
        """Put all lists on the clipboard: path, state and reason with tabs between."""
        lines = ["\t".join(row) for row in table_of(self.lists)]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def ask_and_save(self) -> None:
        """Ask for a place, and have all lists saved there as CSV."""
        title = self.tr("Save the list as CSV")
        kind = self.tr("Table (*.csv)")
        name, _ = QFileDialog.getSaveFileName(self, title, "files.csv", kind)
        if name:
            self.save_wished.emit(Path(name))

    def _on_tab(self, index: int) -> None:
        there = 0 <= index < len(self.lists)
        self._model.show_rows(self.lists[index].rows if there else ())
