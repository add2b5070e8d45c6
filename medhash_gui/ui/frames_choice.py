"""Which frames of a file with several are indexed: three buttons and a sentence."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme

_LEAST, _MOST, _USUAL = 2, 1000, 5


class FramesChoice(QWidget):
    """The middle frame, all, or one in every few."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._middle = QRadioButton(self.tr("The &middle one"))
        self._all = QRadioButton(self.tr("&All frames"))
        self._every = QRadioButton(self.tr("&One in"))
        self._group = QButtonGroup(self)
        for button in (self._middle, self._all, self._every):
            self._group.addButton(button)
        self._number = QSpinBox()
        theme.inset(self._number)
        self._number.setRange(_LEAST, _MOST)
        self._number.setValue(_USUAL)
        self._number.setAccessibleName(self.tr("One in how many frames"))
        self._meaning = QLabel()
        self._meaning.setProperty("role", "dim")
        self._meaning.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self._middle)
        row.addSpacing(theme.GAP)
        row.addWidget(self._all)
        row.addSpacing(theme.GAP)
        row.addWidget(self._every)
        row.addWidget(self._number)
        row.addWidget(QLabel(self.tr("frames")))
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(row)
        column.addWidget(self._meaning)
        self.choose("middle")
        self._group.buttonClicked.connect(self._on_button)
        self._number.valueChanged.connect(self._on_number)

    @property
    def text(self) -> str:
        """The choice, as ``images.FrameChoice`` reads it."""
        if self._all.isChecked():
            return "all"
        return f"every {self._number.value()}" if self._every.isChecked() else "middle"

    @property
    def meaning(self) -> str:
        """What the choice comes to, in a sentence."""
        return self._meaning.text()

    def choose(self, text: str) -> None:
        """Show a choice."""
        number = text.removeprefix("every").strip()
        if text == "all":
            self._all.setChecked(True)
        elif number.isdecimal() and _LEAST <= int(number) <= _MOST:
            with QSignalBlocker(self._number):
                self._number.setValue(int(number))
            self._every.setChecked(True)
        else:
            self._middle.setChecked(True)
        self._tell()

    def _on_button(self, _: object) -> None:
        self._tell()

    def _on_number(self, _: int) -> None:
        self._every.setChecked(True)
        self._tell()

    def _tell(self) -> None:
        number = self._number.value()
        if self._all.isChecked():
            text = self.tr(
                "Each frame becomes a picture of its own and can be a hit; a file of "
                "100 frames takes as long as 100 pictures."
            )
        elif self._every.isChecked():
            text = self.tr(
                "Frames 1, {second}, {third} … become pictures of their own; the ones "
                "between cannot be hits."
            ).format(second=1 + number, third=1 + 2 * number)
        else:
            text = self.tr(
                "One picture a file, the frame in the middle (of a TIFF the first "
                "page); the other frames cannot be hits."
            )
        self._meaning.setText(text)
