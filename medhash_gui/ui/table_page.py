"""A table of labels: which file, what its columns are, and its first rows as taken."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.column_table import ColumnTable
from medhash_gui.ui.import_tasks import PlanPreview
from medhash_gui.ui.picture_panel import ElidedLabel

if TYPE_CHECKING:
    from medhash_gui.labels import TableColumns


class TablePage(QWidget):
    """Everything about a table of labels.

    Args:
        parent: Qt's owner.

    Attributes:
        file: the table, or None.
        column_table: what its columns are taken for.
        rows: its first rows as they are taken.

    Signals:
        changed(): columns or separator were changed.
        choose_wished(): another table is wished.
    """

    changed = Signal()
    choose_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.file: Path | None = None
        self._columns: TableColumns | None = None
        self._name = ElidedLabel()
        self._choose = QPushButton(self.tr("Choose a table…"))
        self._separator = QComboBox()
        self._separator.setEditable(True)
        self._separator.setAccessibleName(self.tr("Separator between several labels"))
        self._separator.setToolTip(self.tr("What stands between several labels"))
        self._separator.addItem(self.tr("guessed"), None)
        for sign in ("|", ";", ",", "/", "+"):
            self._separator.addItem(sign, sign)
        self._separator.addItem(self.tr("none: one label a cell"), "")
        label = QLabel(self.tr("Separator"))
        label.setBuddy(self._separator)
        self.column_table = ColumnTable()
        self.rows = QTableWidget(0, 5)
        self.rows.setAccessibleName(self.tr("First rows, as they are taken"))
        self.rows.setHorizontalHeaderLabels(
            [
                self.tr("Picture"),
                self.tr("Labels"),
                self.tr("Patient"),
                self.tr("Case"),
                self.tr("Further"),
            ]
        )
        self.rows.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.rows.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.rows.setShowGrid(False)
        self.rows.setWordWrap(False)
        self.rows.setTabKeyNavigation(False)
        self.rows.verticalHeader().setDefaultSectionSize(theme.row_height())
        self.rows.verticalHeader().hide()
        header = self.rows.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for column, width in enumerate((240, 220, 110, 110)):
            self.rows.setColumnWidth(column, width)

        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(self._choose)
        top.addWidget(self._name, 1)
        top.addWidget(label)
        top.addWidget(self._separator)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(0, 0, 0, 0)
        column_layout.setSpacing(theme.GAP)
        column_layout.addLayout(top)
        column_layout.addWidget(self.column_table, 3)
        column_layout.addWidget(self.rows, 2)
        self._choose.clicked.connect(self.choose_wished)
        self.column_table.changed.connect(self._on_columns)
        self._separator.currentTextChanged.connect(self._on_separator)

    @property
    def columns(self) -> TableColumns | None:
        """What the columns are taken for; None to guess."""
        return self._columns

    @property
    def separator(self) -> str | None:
        """What stands between several labels; "" for nothing, None to guess."""
        text = self._separator.currentText()
        index = self._separator.findText(text)
        if index >= 0:
            found: str | None = self._separator.itemData(index)
            return found
        return text.strip() or None

    def take(
        self, file: Path | None, columns: TableColumns | None, separator: str | None
    ) -> None:
        """Take a table."""
        self.file, self._columns = file, columns
        self._name.show_text(self.tr("No table yet") if file is None else str(file))
        with QSignalBlocker(self._separator):
            index = self._separator.findData(separator)
            if separator is None:
                self._separator.setCurrentIndex(0)
            elif index >= 0:
                self._separator.setCurrentIndex(index)
            else:
                self._separator.setEditText(separator)

    def show_preview(self, seen: PlanPreview) -> None:
        """Show the table's columns and its first rows as they are taken."""
        if seen.header:
            self.column_table.show_columns(seen)
        self.rows.setRowCount(len(seen.understood))
        for row, one in enumerate(seen.understood):
            texts = (one.file, one.labels, one.patient, one.case, one.details)
            for column, text in enumerate(texts):
                item = QTableWidgetItem(text)
                item.setToolTip(text)
                self.rows.setItem(row, column, item)

    def _on_columns(self) -> None:
        self._columns = self.column_table.columns()
        self.changed.emit()

    def _on_separator(self, _: str) -> None:
        self.changed.emit()
