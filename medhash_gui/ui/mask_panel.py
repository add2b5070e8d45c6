"""The masks of one picture: drawn by hand, or suggested and taken one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.query_box import QueryBox
from medhash_gui.ui import theme
from medhash_gui.ui.mask_view import Mark


class MaskPanel(QWidget):
    """Lists the masks of a picture; a tick says that it will be masked.

    Args:
        parent: Qt's owner.

    Attributes:
        list: the masks.
        draw: the button that begins to draw one.

    Signals:
        changed(): other boxes will be masked, or another one is meant.
        draw_wished(): a box is to be drawn.
    """

    changed = Signal()
    draw_wished = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks: list[Mark] = []
        self._is_filling = False
        heading = QLabel(self.tr("Masks"))
        heading.setProperty("role", "heading")
        self.list = _MaskList()
        self.list.setAccessibleName(self.tr("Boxes of this picture to be masked"))
        self.list.setMinimumHeight(90)
        self._none = QLabel()
        self._none.setProperty("role", "dim")
        self._none.setWordWrap(True)
        self.draw = QPushButton(self.tr("&Draw a mask"))
        self._take = QPushButton(self.tr("&Take all suggested"))
        self._remove = QPushButton(self.tr("Re&move"))
        note = QLabel(
            self.tr(
                "Suggestions are a guess, and some letters are missed: look at every "
                "picture yourself."
            )
        )
        note.setProperty("role", "dim")
        note.setWordWrap(True)
        buttons = QGridLayout()
        buttons.setSpacing(theme.GAP)
        buttons.addWidget(self.draw, 0, 0)
        buttons.addWidget(self._remove, 0, 1)
        buttons.addWidget(self._take, 1, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(heading)
        column.addWidget(self.list, 1)
        column.addWidget(self._none)
        column.addLayout(buttons)
        column.addWidget(note)
        self.list.delete_pressed.connect(self.remove)
        self.draw.clicked.connect(self.draw_wished)
        self._take.clicked.connect(self.take_all)
        self._remove.clicked.connect(self.remove)
        self.list.itemChanged.connect(self._on_item)
        self.list.currentRowChanged.connect(self._on_current)
        self.show_marks(())

    @property
    def marks(self) -> tuple[Mark, ...]:
        """All boxes, whether they will be masked or not."""
        return tuple(self._marks)

    @property
    def current(self) -> int:
        """The box that is meant, or -1."""
        return self.list.currentRow()

    def show_marks(self, marks: Sequence[Mark]) -> None:
        """Show the boxes of another picture."""
        self._marks = list(marks)
        self._fill(-1)

    def add(self, box: QueryBox) -> None:
        """Add a box that was drawn."""
        self._marks.append(Mark(box))
        self._fill(len(self._marks) - 1)
        self.changed.emit()

    def take_all(self) -> None:
        """Mask every box that was suggested."""
        self._marks = [replace(mark, is_on=True) for mark in self._marks]
        self._fill(self.current)
        self.changed.emit()

    def remove(self) -> None:
        """Take the box away that is meant."""
        at = self.current
        if 0 <= at < len(self._marks):
            del self._marks[at]
            self._fill(min(at, len(self._marks) - 1))
            self.changed.emit()

    def _fill(self, current: int) -> None:
        self._is_filling = True
        self.list.clear()
        for mark in self._marks:
            box = mark.box
            text = self.tr("{width} × {height} px at {x}, {y}")
            if mark.is_suggested:
                text = self.tr("Suggested: {width} × {height} px at {x}, {y}")
            item = QListWidgetItem(
                text.format(width=box.width, height=box.height, x=box.x, y=box.y)
            )
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            is_on = Qt.CheckState.Checked if mark.is_on else Qt.CheckState.Unchecked
            item.setCheckState(is_on)
            self.list.addItem(item)
        self.list.setCurrentRow(current)
        self._none.setVisible(not self._marks)
        self._none.setText(self.tr("None drawn, and none suggested."))
        self._take.setEnabled(any(not mark.is_on for mark in self._marks))
        self._remove.setEnabled(current >= 0)
        self._is_filling = False

    def _on_item(self, item: QListWidgetItem) -> None:
        if self._is_filling:
            return
        at = self.list.row(item)
        is_on = item.checkState() == Qt.CheckState.Checked
        self._marks[at] = replace(self._marks[at], is_on=is_on)
        self._take.setEnabled(any(not mark.is_on for mark in self._marks))
        self.changed.emit()

    def _on_current(self, row: int) -> None:
        if not self._is_filling:
            self._remove.setEnabled(row >= 0)
            self.changed.emit()


class _MaskList(QListWidget):
    """A list that tells when its current item is to go.

    Signals:
        delete_pressed(): the key was pressed.
    """

    delete_pressed = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the key for deleting; leave the others to the list."""
        if event.key() == Qt.Key.Key_Delete:
            self.delete_pressed.emit()
        else:
            super().keyPressEvent(event)
