"""Every command with its keys, and keys of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.commands import Command

_GROUP = "shortcuts"
_NATIVE = QKeySequence.SequenceFormat.NativeText
_PORTABLE = QKeySequence.SequenceFormat.PortableText


def restore(actions: Mapping[str, QAction], memory: QSettings) -> None:
    """Give actions the keys that the user chose for them."""
    memory.beginGroup(_GROUP)
    for name in memory.childKeys():
        if name in actions:
            actions[name].setShortcut(QKeySequence(str(memory.value(name))))
    memory.endGroup()


class ShortcutEditor(QDialog):
    """Lists the commands; the keys of the chosen one can be changed.

    Args:
        commands: every command.
        actions: their actions, by id.
        memory: keeps what was changed from run to run.
        parent: Qt's owner.

    Attributes:
        table: a command a row, then the keys of pictures and hits.
        keys: the keys of the chosen command.
        reset: goes back to the keys it came with.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        actions: Mapping[str, QAction],
        memory: QSettings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        self._commands = commands
        self._actions = actions
        self._memory = memory
        fixed = [
            (self.tr("In a picture: zoom"), self.tr("+  −  or the wheel")),
            (self.tr("In a picture: whole, pixel for pixel"), self.tr("0  1")),
            (self.tr("In a picture: move"), self.tr("arrows or drag")),
            (self.tr("In the hits: search with the hit"), self.tr("Return")),
        ]
        self.table = QTableWidget(len(commands) + len(fixed), 2)
        self.table.setAccessibleName(self.tr("Keyboard shortcuts"))
        self.table.setHorizontalHeaderLabels([self.tr("Command"), self.tr("Keys")])
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.setShowGrid(False)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        for row, command in enumerate(commands):
            self.table.setItem(row, 0, QTableWidgetItem(command.plain_text))
            self._show_keys(row)
        for row, texts in enumerate(fixed, len(commands)):
            for column, text in enumerate(texts):
                self.table.setItem(row, column, QTableWidgetItem(text))
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(self.tr("New keys of the chosen command"))
        self.reset = QPushButton(self.tr("As it came"))
        self._problem = QLabel()
        self._problem.setProperty("role", "warning")
        self._problem.setWordWrap(True)
        self._lay_out()
        self.table.currentCellChanged.connect(self._on_row)
        self.keys.editingFinished.connect(self._on_keys)
        self.reset.clicked.connect(self._on_reset)
        self.table.setCurrentCell(0, 0)

    @property
    def problem(self) -> str:
        """Why the keys cannot be taken, or ""."""
        return self._problem.text()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(QLabel(self.tr("Keys")))
        row.addWidget(self.keys, 1)
        row.addWidget(self.reset)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        for button in (*buttons.buttons(), self.reset):
            if isinstance(button, QPushButton):
                button.setAutoDefault(False)  # Return belongs to the keys
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self.table)
        column.addLayout(row)
        column.addWidget(self._problem)
        column.addWidget(buttons)
        self.resize(560, 640)

    def _chosen(self) -> Command | None:
        row = self.table.currentRow()
        return self._commands[row] if 0 <= row < len(self._commands) else None

    def _show_keys(self, row: int) -> None:
        action = self._actions[self._commands[row].id]
        keys = action.shortcut().toString(_NATIVE)
        self.table.setItem(row, 1, QTableWidgetItem(keys))

    def _on_row(self, *_: int) -> None:
        command = self._chosen()
        self.keys.setEnabled(command is not None)
        self.reset.setEnabled(command is not None)
        self._problem.clear()
        if command is not None:
            self.keys.setKeySequence(self._actions[command.id].shortcut())

    def _on_keys(self) -> None:
        self._give(self.keys.keySequence())

    def _on_reset(self) -> None:
        command = self._chosen()
        if command is not None:
            self._give(QKeySequence(command.shortcut))

    def _give(self, keys: QKeySequence) -> None:
        command = self._chosen()
        if command is None or keys == self._actions[command.id].shortcut():
            return
        for other in self._commands:
            same = self._actions[other.id].shortcut() == keys and not keys.isEmpty()
            if same and other.id != command.id:
                text = self.tr("{keys} belong to “{command}” already.")
                self._problem.setText(
                    text.format(keys=keys.toString(_NATIVE), command=other.plain_text)
                )
                return
        self._problem.clear()
        self._actions[command.id].setShortcut(keys)
        self._show_keys(self.table.currentRow())
        self.keys.setKeySequence(keys)
        self._memory.beginGroup(_GROUP)
        if keys == QKeySequence(command.shortcut):
            self._memory.remove(command.id)
        else:
            self._memory.setValue(command.id, keys.toString(_PORTABLE))
        self._memory.endGroup()
