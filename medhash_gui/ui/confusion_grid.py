"""Which labels the pictures of each label find: a grid whose cells open pictures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QWidget

from medhash_gui.ui.training_page import table

if TYPE_CHECKING:
    from medhash_gui.judgement import Confusion

_DIGITS = 2
_MOST_SHADE = 150


class ConfusionGrid(QWidget):
    """The shares as numbers on shades of one colour.

    Args:
        parent: Qt's owner.

    Attributes:
        grid: rows ask, columns are found.
        confusion: what it shows, or None.

    Signals:
        chosen(str, str): label that asks and label that is found.
    """

    chosen = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        from PySide6.QtWidgets import QVBoxLayout

        self.confusion: Confusion | None = None
        self.grid = table((), self.tr("Labels that are found, by label that asks"))
        self.grid.setSelectionBehavior(self.grid.SelectionBehavior.SelectItems)
        self.grid.verticalHeader().show()
        self.grid.cellClicked.connect(self._on_cell)
        self.grid.cellActivated.connect(self._on_cell)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.grid)

    def show_confusion(self, confusion: Confusion) -> None:
        """Show another one."""
        self.confusion = confusion
        names = list(confusion.classes)
        self.grid.clear()
        self.grid.setRowCount(len(names))
        self.grid.setColumnCount(len(names))
        self.grid.setHorizontalHeaderLabels(names)
        self.grid.setVerticalHeaderLabels(
            [
                self.tr("{name} ({count})").format(name=name, count=count)
                for name, count in zip(names, confusion.queries.tolist(), strict=True)
            ]
        )
        header = self.grid.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        accent = self.palette().color(QPalette.ColorRole.Accent)
        for row in range(len(names)):
            for column in range(len(names)):
                self.grid.setItem(row, column, self._item(row, column, accent))

    def open_cell(self, asks: str, found: str) -> None:
        """Open a cell as a click on it does."""
        if self.confusion is not None:
            names = self.confusion.classes
            self.grid.setCurrentCell(names.index(asks), names.index(found))
            self.chosen.emit(asks, found)

    def _item(self, row: int, column: int, accent: QColor) -> QTableWidgetItem:
        assert self.confusion is not None
        share = float(self.confusion.shares[row, column])
        chance = float(self.confusion.chance[column])
        item = QTableWidgetItem("–" if math.isnan(share) else f"{share:.{_DIGITS}f}")
        item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
        if not math.isnan(share):
            shade = QColor(accent)
            shade.setAlpha(round(_MOST_SHADE * min(1.0, share)))
            item.setBackground(shade)
            text = self.tr(
                "Of the ten pictures that {asks} finds, this share is {found}; by "
                "chance it would be {chance:.2f}. Click for the pictures."
            )
            names = self.confusion.classes
            item.setToolTip(
                text.format(asks=names[row], found=names[column], chance=chance)
            )
        return item

    def _on_cell(self, row: int, column: int) -> None:
        if self.confusion is not None:
            names = self.confusion.classes
            self.chosen.emit(names[row], names[column])
