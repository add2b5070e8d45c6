"""What the pages of the training wizard have in common."""

from __future__ import annotations

import re
from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme

_TEXT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
_NUMBERS = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
# Figures, shares, intervals, "8 / 8", and the dash of what is not known.
_NUMBER = re.compile(r"[\d.,/%()–\s-]*")


class TrainingPage(QWidget):
    """A page: a heading, a sentence, and whether one can go on.

    Args:
        parent: Qt's owner.

    Attributes:
        title: of the page, also in the list of steps.
        problem: why one cannot go on, a sentence; "" where one can.
        is_calm: whether that is only what comes first, so that nobody is warned.
        column: of the page's widgets.

    Signals:
        changed(): what was chosen, or whether one can go on, has changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.title = ""
        self.problem = ""
        self.is_calm = False
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.GAP)
        self._head = QLabel()
        self._head.setProperty("role", "invitation")
        self._lead = dim()
        self.column.addWidget(self._head)
        self.column.addWidget(self._lead)
        self.column.addSpacing(theme.GAP)

    def head(self, title: str, sentence: str) -> None:
        """Say what the page is about."""
        self.title = title
        self._head.setText(title)
        self._lead.setText(sentence)

    def allow(self, problem: str = "") -> None:
        """Say that one can go on, or why not."""
        self.problem, self.is_calm = problem, False
        self.changed.emit()

    def wait_for(self, what: str) -> None:
        """Say what comes first, after which one can go on."""
        self.problem, self.is_calm = what, True
        self.changed.emit()


def dim(text: str = "") -> QLabel:
    """Return a label of a second voice."""
    label = QLabel(text)
    label.setProperty("role", "dim")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label


def heading(text: str) -> QLabel:
    """Return a label above a part of a page."""
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def in_bits(distance: float) -> str:
    """Return a distance for the line below a small picture."""
    bits = round(distance)
    return _tr("1 bit") if bits == 1 else _tr("{n} bits").format(n=bits)


def table(titles: Sequence[str], name: str) -> QTableWidget:
    """Return a table to read.

    Args:
        titles: of the columns; the first one takes the room that is left.
        name: for screen readers.
    """
    made = QTableWidget(0, len(titles))
    made.setAccessibleName(name)
    made.setHorizontalHeaderLabels(list(titles))
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    made.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    made.setShowGrid(False)
    made.setTabKeyNavigation(False)
    made.verticalHeader().hide()
    made.verticalHeader().setDefaultSectionSize(theme.row_height())
    header = made.horizontalHeader()
    header.setDefaultAlignment(_TEXT)
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
    return made


def fill(made: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Show other rows; columns of numbers, and their titles, to the right."""
    made.setRowCount(len(rows))
    for column in range(made.columnCount()):
        texts = [row[column] for row in rows]
        is_number = any(texts) and all(_NUMBER.fullmatch(text) for text in texts)
        side = _NUMBERS if is_number else _TEXT
        title = made.horizontalHeaderItem(column)
        if title is not None:
            title.setTextAlignment(side)
        for row, text in enumerate(texts):
            item = QTableWidgetItem(text)
            item.setToolTip(text)
            item.setTextAlignment(side)
            made.setItem(row, column, item)


def fit_height(made: QTableWidget, *, most: int) -> None:
    """Let a table be no higher than its rows, up to some."""
    rows = min(most, max(1, made.rowCount()))
    header = made.horizontalHeader().sizeHint().height()
    made.setMaximumHeight(header + rows * theme.row_height() + 4)


def _tr(text: str) -> str:
    return QCoreApplication.translate("training_page", text)
