"""All commands in one list that is found by typing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QHeaderView,
    QLineEdit,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.commands import Command

_ID = int(Qt.ItemDataRole.UserRole)
_KEPT = _ID + 1
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class Palette(QDialog):
    """Finds a command by the words of its name, and does it.

    Args:
        commands: every command.
        actions: their actions, by id; only those that are enabled are listed.
        kept: what makes a kept search again, by its name.
        parent: Qt's owner.

    Attributes:
        words: what to look for.
        found: the commands that have all the words.
    """

    def __init__(
        self,
        commands: Sequence[Command],
        actions: Mapping[str, QAction],
        kept: Mapping[str, Callable[[], None]],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Commands"))
        self._commands = commands
        self._actions = actions
        self._kept = kept
        self.words = QLineEdit()
        self.words.setPlaceholderText(self.tr("What to do"))
        self.words.setAccessibleName(self.tr("Words of a command"))
        self.found = QTreeWidget()
        self.found.setColumnCount(2)
        self.found.setHeaderHidden(True)
        self.found.setRootIsDecorated(False)
        self.found.setUniformRowHeights(True)
        header = self.found.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.found.setAccessibleName(self.tr("Commands"))
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.GAP,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self.words)
        column.addWidget(self.found)
        self.words.textChanged.connect(self._fill)
        self.words.returnPressed.connect(self._do)
        self.found.itemActivated.connect(self._do)
        self.words.installEventFilter(self)
        self._fill("")
        self.resize(480, 420)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Let the arrows walk the list while words are typed."""
        is_press = event.type() == QEvent.Type.KeyPress
        if is_press and isinstance(event, QKeyEvent) and event.key() in _LIST_KEYS:
            self.found.event(event)
            return True
        return super().eventFilter(watched, event)

    def _fill(self, text: str) -> None:
        words = text.casefold().split()
        self.found.clear()
        for command in self._commands:
            action = self._actions[command.id]
            menu = command.plain_menu
            name = self.tr("{menu}: {command}").format(
                menu=menu, command=command.plain_text
            )
            if not action.isEnabled() or command.id == "palette":
                continue
            if all(word in name.casefold() for word in words):
                native = QKeySequence.SequenceFormat.NativeText
                keys = action.shortcut().toString(native)
                item = QTreeWidgetItem([name, keys])
                item.setData(0, _ID, command.id)
                self.found.addTopLevelItem(item)
        for search in self._kept:
            name = self.tr("Kept search: {name}").format(name=search)
            if all(word in name.casefold() for word in words):
                item = QTreeWidgetItem([name, ""])
                item.setData(0, _KEPT, search)
                self.found.addTopLevelItem(item)
        first = self.found.topLevelItem(0)
        if first is not None:
            self.found.setCurrentItem(first)

    def _do(self, *_: object) -> None:
        chosen = self.found.selectedItems()
        if not chosen:
            return
        kept, command = chosen[0].data(0, _KEPT), chosen[0].data(0, _ID)
        self.accept()
        if kept is not None:
            self._kept[kept]()
        else:
            self._actions[command].trigger()
