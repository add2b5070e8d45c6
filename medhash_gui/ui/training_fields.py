"""Everything that experts may set of a training run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.training_plan import BACKBONE_NAMES, METHOD_NAMES
from medhash_gui.ui import theme
from medhash_gui.ui.training_page import dim

if TYPE_CHECKING:
    from medhash_gui.training_plan import TrainingPlan


class ExpertFields(QWidget):
    """Method, backbone, bits, rates, options.

    Args:
        parent: Qt's owner.

    Attributes:
        boxes: by name in ``TrainingPlan``.

    Signals:
        changed(): a value was changed.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.boxes: dict[str, QWidget] = {
            "method": self._one_of(METHOD_NAMES),
            "backbone": self._one_of(BACKBONE_NAMES, none=self.tr("of the method")),
            "bits": self._whole(4, 512),
            "epochs": self._whole(1, 1000),
            "batch": self._whole(2, 1024),
            "size": self._whole(32, 1024),
            "views": self._whole(0, 64),
            "rate": self._real(),
            "rate_pretrained": self._real(),
            "augment": self._one_of(("none", "film", "fundus")),
            "pretraining": self._whole(0, 1000),
            "frozen": self._flag(self.tr("The backbone keeps its numbers")),
            "options": self._text("share=0.5, frozen_blocks=14"),
        }
        names = {
            "method": self.tr("Method"),
            "backbone": self.tr("Backbone"),
            "bits": self.tr("Bits"),
            "epochs": self.tr("Epochs"),
            "batch": self.tr("Pictures a step"),
            "size": self.tr("Size in pixels"),
            "views": self.tr("Views, computed once"),
            "rate": self.tr("Learning rate"),
            "rate_pretrained": self.tr("… of the backbone"),
            "augment": self.tr("Random changes"),
            "pretraining": self.tr("C2L pre-training, epochs"),
            "frozen": "",
            "options": self.tr("Options and loss terms"),
        }
        without = self.boxes["pretraining"]
        assert isinstance(without, QSpinBox)
        without.setSpecialValueText(self.tr("none"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.MARGIN)
        grid.setVerticalSpacing(theme.GAP)
        half = -(-len(self.boxes) // 2)
        for number, (name, box) in enumerate(self.boxes.items()):
            box.setAccessibleName(names[name] or self.tr("Frozen backbone"))
            side, row = divmod(number, half)
            grid.addWidget(QLabel(names[name]), row, 2 * side)
            grid.addWidget(box, row, 2 * side + 1)
        for side in (1, 3):
            grid.setColumnStretch(side, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addLayout(grid)
        column.addWidget(
            dim(
                self.tr(
                    "C2L pre-training: the backbone first learns to tell the pictures "
                    "of the training part apart, without their labels. Of more "
                    "pictures, which need no labels, medhash pretrain makes a file "
                    "to start from."
                )
            )
        )

    def show_plan(self, plan: TrainingPlan) -> None:
        """Show the values of a plan."""
        told = ", ".join(f"{n}={json.dumps(v)}" for n, v in plan.options.items())
        for name, box in self.boxes.items():
            value = getattr(plan, name)
            with QSignalBlocker(box):
                if isinstance(box, QSpinBox | QDoubleSpinBox):
                    box.setValue(value)
                elif isinstance(box, QComboBox):
                    box.setCurrentIndex(box.findData(value or ""))
                elif isinstance(box, QCheckBox):
                    box.setChecked(value)
                elif isinstance(box, QLineEdit):
                    box.setText(told)

    def values(self) -> dict[str, Any]:
        """Return what the boxes say, by name in ``TrainingPlan``."""
        found: dict[str, Any] = {}
        for name, box in self.boxes.items():
            if isinstance(box, QSpinBox | QDoubleSpinBox):
                found[name] = box.value()
            elif isinstance(box, QComboBox):
                found[name] = box.currentData() or None
            elif isinstance(box, QCheckBox):
                found[name] = box.isChecked()
            elif isinstance(box, QLineEdit):
                found[name] = _options(box.text())
        return found

    def set_value(self, name: str, value: Any) -> None:  # noqa: ANN401 (any box's)
        """Change a value as the user does in its box."""
        box = self.boxes[name]
        if isinstance(box, QSpinBox | QDoubleSpinBox):
            box.setValue(value)
        elif isinstance(box, QComboBox):
            box.setCurrentIndex(box.findData(value or ""))
        elif isinstance(box, QCheckBox):
            box.setChecked(value)
        elif isinstance(box, QLineEdit):
            box.setText(value)
            box.textEdited.emit(value)

    def _whole(self, least: int, most: int) -> QSpinBox:
        box = QSpinBox()
        theme.inset(box)
        box.setRange(least, most)
        box.valueChanged.connect(self._tell)
        return box

    def _real(self) -> QDoubleSpinBox:
        box = QDoubleSpinBox()
        theme.inset(box)
        box.setRange(0, 1)
        box.setDecimals(6)
        box.setSingleStep(0.0001)
        box.valueChanged.connect(self._tell)
        return box

    def _one_of(self, names: tuple[str, ...], none: str = "") -> QComboBox:
        box = QComboBox()
        if none:
            box.addItem(none, "")
        for name in names:
            box.addItem(name, name)
        box.currentTextChanged.connect(self._tell)
        return box

    def _flag(self, words: str) -> QCheckBox:
        box = QCheckBox(words)
        box.toggled.connect(self._tell)
        return box

    def _text(self, example: str) -> QLineEdit:
        box = QLineEdit()
        box.setPlaceholderText(example)
        box.textEdited.connect(self._tell)
        return box

    def _tell(self, _: object = None) -> None:
        self.changed.emit()


def _options(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if equals and name:
            try:
                found[name.strip()] = json.loads(value)
            except ValueError:
                found[name.strip()] = value.strip()
    return found
