"""The labels of one hit, given by hand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme

if TYPE_CHECKING:
    from medhash_gui.images import ImageRecord


class HitLabelsDialog(QDialog):
    """Checks the labels that a picture bears, or asks for those of its source.

    Args:
        record: the picture.
        known: labels of the library.
        parent: Qt's owner.

    Attributes:
        labels: every label, those of the picture checked and first.
        other: a label that the library does not know yet.
        source_button: asks for the labels of the source.

    Signals:
        chosen(object): labels, a tuple; None for those of the source.
    """

    chosen = Signal(object)

    def __init__(
        self, record: ImageRecord, known: Iterable[str], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Labels of this hit"))
        heading = QLabel(PurePosixPath(record.path).name)
        heading.setProperty("role", "heading")
        self.labels = QListWidget()
        self.labels.setAccessibleName(self.tr("Labels of this hit"))
        self.labels.setSpacing(theme.GAP // 4)
        self._list(record.labels, is_checked=True)
        self._list(sorted(set(known) - set(record.labels)), is_checked=False)
        self.other = QLineEdit()
        self.other.setPlaceholderText(self.tr("Another label"))
        self.other.setAccessibleName(self.tr("Another label"))
        self._add = QPushButton(self.tr("&Add"))
        note = QLabel(
            self.tr(
                "Labels given here stand in place of those from folders, table or "
                "header, for copies of the picture, too, and stay whatever is indexed."
            )
        )
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.source_button = QPushButton(self.tr("As their &source has them"))
        buttons.addButton(self.source_button, QDialogButtonBox.ButtonRole.ActionRole)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.other, 1)
        row.addWidget(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(heading)
        column.addWidget(self.labels, 1)
        column.addLayout(row)
        column.addWidget(note)
        column.addWidget(buttons)
        self.resize(440, 420)
        self.other.textChanged.connect(self._on_text)
        self._add.clicked.connect(self._add_other)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(self._choose)
        self.source_button.clicked.connect(self._choose_source)
        self._on_text("")

    def checked(self) -> tuple[str, ...]:
        """Return the labels that are checked, in the order of the list."""
        items = (self.labels.item(row) for row in range(self.labels.count()))
        return tuple(
            item.text() for item in items if item.checkState() == Qt.CheckState.Checked
        )

    def accept(self) -> None:
        """Take what is checked, and what was written beside it."""
        self._add_other()
        super().accept()

    def _list(self, labels: Sequence[str], *, is_checked: bool) -> None:
        state = Qt.CheckState.Checked if is_checked else Qt.CheckState.Unchecked
        for name in labels:
            item = QListWidgetItem(name, self.labels)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(state)

    def _on_text(self, text: str) -> None:
        # Return adds what was written, else it takes what is checked.
        self._add.setEnabled(bool(text.strip()))
        self._add.setDefault(bool(text.strip()))
        self._ok.setDefault(not text.strip())

    def _add_other(self) -> None:
        name = self.other.text().strip()
        same = self.labels.findItems(name, Qt.MatchFlag.MatchExactly)
        if same:
            same[0].setCheckState(Qt.CheckState.Checked)
        elif name:
            self._list([name], is_checked=True)
        self.other.clear()

    def _choose(self) -> None:
        self.chosen.emit(self.checked())

    def _choose_source(self) -> None:
        self.reject()
        self.chosen.emit(None)
