"""What a library keeps of patients and what its files carry, to read before sharing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.privacy_words import PrivacyWords

if TYPE_CHECKING:
    from medhash_gui.privacy import PrivacySummary


class PrivacyDialog(QDialog):
    """The declared list of what is kept, and the counts of what is to be minded.

    Args:
        summary: of the open library.
        name: of the library, for the heading.
        parent: Qt's owner.

    Attributes:
        table: the declared list.
    """

    def __init__(
        self, summary: PrivacySummary, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._words = PrivacyWords(summary)
        self.setWindowTitle(
            self.tr("What this library keeps: {name}").format(name=name)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        self._texts: list[str] = []
        for heading, sentences in (
            (self.tr("Patients"), (self._words.patients(),)),
            (self.tr("Identifying elements"), (self._words.identifying(),)),
            (self.tr("Text in the pictures"), (self._words.text_in_pictures(),)),
            (
                self.tr("Paths and reports"),
                (self._words.paths(), self._words.reports()),
            ),
        ):
            column.addWidget(self._label(heading, "heading"))
            for sentence in sentences:
                if sentence:
                    self._texts.append(f"{heading}: {sentence}")
                    column.addWidget(self._label(sentence))
            column.addSpacing(4)
        column.addWidget(
            self._label(
                self.tr("The whole list of what is kept of a header or a table row"),
                "heading",
            )
        )
        column.addWidget(
            self._label(
                self.tr(
                    "Beside it: code, path, size and time of the file, a digest of its "
                    "content, and labels. No name, date of birth or number in clear, "
                    "and no pixels."
                ),
                "dim",
            )
        )
        kept = [self._words.kept(one) for one in summary.kept]
        self._rows = [f"{label}: {source}" for label, source in kept]
        self.table = self._list(kept)
        column.addWidget(self.table, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        copy = buttons.addButton(
            self.tr("Copy as text"), QDialogButtonBox.ButtonRole.ActionRole
        )
        copy.clicked.connect(self.copy)
        buttons.rejected.connect(self.reject)
        column.addWidget(buttons)
        self.resize(760, 720)

    @property
    def text(self) -> str:
        """Everything that the dialog says, as lines."""
        return "\n".join((*self._texts, *self._rows))

    def copy(self) -> None:
        """Put everything on the clipboard."""
        QGuiApplication.clipboard().setText(self.text)

    def _label(self, text: str, role: str = "") -> QLabel:
        label = QLabel(text)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setWordWrap(True)
        if role:
            label.setProperty("role", role)
        else:
            label.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse
                | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
        return label

    def _list(self, kept: list[tuple[str, str]]) -> QTableWidget:
        table = QTableWidget(len(kept), 2)
        table.setAccessibleName(self.tr("What is kept of headers and tables"))
        table.setHorizontalHeaderLabels([self.tr("Kept"), self.tr("Taken from")])
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.setShowGrid(False)
        table.verticalHeader().setDefaultSectionSize(theme.row_height())
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for row, texts in enumerate(kept):
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))
        return table
