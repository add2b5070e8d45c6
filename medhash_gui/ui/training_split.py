"""The wizard's page about the three parts, and what leaks between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QRadioButton,
    QSpinBox,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.finding_words import FindingWords
from medhash_gui.ui.training_page import (
    TrainingPage,
    fill,
    fit_height,
    table,
)
from medhash_gui.ui.training_tasks import Checked

if TYPE_CHECKING:
    from medhash_gui.training_plan import TrainingPlan

_ROWS = 24


class SplitPage(TrainingPage):
    """How the pictures are divided, and what leaks where patients are not.

    Args:
        parent: Qt's owner.

    Attributes:
        by_patient, by_image: how they are divided.
        validation, test: shares in percent.
        parts: label × part.

    Signals:
        divided(object): a ``TrainingPlan`` with another division.
    """

    divided = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("Three parts"),
            self.tr(
                "The model learns from one part. A second one, for validation, chooses "
                "when it has learned enough. The third, the test, is opened once, at "
                "the end: its figures are what to expect of new patients."
            ),
        )
        self._words = FindingWords(self)
        self._plan: TrainingPlan | None = None
        self._ways = QButtonGroup(self)
        self.by_patient = QRadioButton(
            self.tr("By &patient: all pictures of a patient are in one part")
        )
        self.by_image = QRadioButton(
            self.tr("Picture by p&icture: leaks, for comparison with old figures only")
        )
        for number, button in enumerate((self.by_patient, self.by_image)):
            self._ways.addButton(button, number)
            self.column.addWidget(button)
        self._ways.idClicked.connect(self._tell)
        self.validation, self.test = self._share(5, 40), self._share(5, 50)
        self._seed = QPushButton(self.tr("&Divide anew"))
        self._seed.setToolTip(self.tr("Other patients in each part, by chance"))
        self._seed.clicked.connect(self.divide_anew)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for text, box in (
            (self.tr("&Validation"), self.validation),
            (self.tr("&Test"), self.test),
        ):
            label = QLabel(text)
            label.setBuddy(box)
            row.addWidget(label)
            row.addWidget(box)
        row.addStretch(1)
        row.addWidget(self._seed)
        self._leak = QLabel()
        self._leak.setTextFormat(Qt.TextFormat.PlainText)
        self._leak.setWordWrap(True)
        self.parts = table(
            (
                self.tr("Label"),
                self.tr("Training"),
                self.tr("Validation"),
                self.tr("Test"),
            ),
            self.tr("Pictures of each label in each part"),
        )
        self.column.addLayout(row)
        self.column.addWidget(self._leak)
        self.column.addSpacing(theme.GAP)
        self.column.addWidget(self.parts, 9)
        self.column.addStretch(1)

    @property
    def leak(self) -> str:
        """What is said about leaks."""
        return self._leak.text()

    def divide_anew(self) -> None:
        """Draw another division."""
        if self._plan is not None:
            self.divided.emit(replace(self._plan, seed=self._plan.seed + 1))

    def show_check(self, plan: TrainingPlan, checked: Checked) -> None:
        """Show the parts of a plan."""
        self._plan = plan
        check = checked.check
        self.by_patient.setChecked(plan.by_patient)
        self.by_image.setChecked(not plan.by_patient)
        for box, value in ((self.validation, plan.validation), (self.test, plan.test)):
            with QSignalBlocker(box):
                box.setValue(round(100 * value))
        rows = [
            (name, *(f"{count:,}" for count in counts))
            for name, counts in check.classes.items()
        ]
        labels = len(rows)
        rows.append(self._sum(self.tr("Pictures"), check.parts))
        if check.known_patients:
            rows.append(self._sum(self.tr("Patients"), check.groups))
        fill(self.parts, rows if check.parts else [])
        self._set_apart(labels)
        fit_height(self.parts, most=_ROWS)
        self._leak.setText(self._about_leaks(checked))
        is_well = check.leaks == 0 and check.known_patients > 0
        self._leak.setProperty("role", "dim" if is_well else "warning")
        self._leak.style().unpolish(self._leak)
        self._leak.style().polish(self._leak)
        stops = [f for f in check.findings if f.severity == "stop"]
        self.allow(" ".join(self._words.of(stops[0])) if stops else "")

    def _about_leaks(self, checked: Checked) -> str:
        check = checked.check
        if check.leaks:
            text = self.tr(
                "{count:,} patients are in more than one part: the test then asks for "
                "patients whom the model has seen, and its figures will be too good."
            )
            return text.format(count=check.leaks)
        if not check.known_patients:
            return self.tr(
                "The patients are not known, so each picture counts as a patient of "
                "its own. Where a person has several pictures, they may be in several "
                "parts, and the figures are then too good."
            )
        text = self.tr("No patient is in two parts. Division number {seed}.")
        return text.format(seed=0 if self._plan is None else self._plan.seed)

    def _sum(self, name: str, counts: Mapping[str, int]) -> tuple[str, ...]:
        total = max(1, sum(counts.values()))
        return (
            name,
            *(f"{count:,} ({100 * count / total:.0f} %)" for count in counts.values()),
        )

    def _set_apart(self, first: int) -> None:
        """Show the sums below the labels in another weight."""
        for row in range(first, self.parts.rowCount()):
            for column in range(self.parts.columnCount()):
                item = self.parts.item(row, column)
                if item is not None:
                    font = item.font()
                    font.setBold(True)
                    item.setFont(font)

    def _share(self, least: int, most: int) -> QSpinBox:
        box = QSpinBox()
        theme.inset(box)
        box.setRange(least, most)
        box.setSuffix(" %")
        box.setFixedWidth(80)
        box.valueChanged.connect(self._tell)
        return box

    def _tell(self, _: int) -> None:
        if self._plan is not None:
            plan = replace(
                self._plan,
                by_patient=self.by_patient.isChecked(),
                validation=self.validation.value() / 100,
                test=self.test.value() / 100,
            )
            self.wait_for(self.tr("The pictures are being divided."))
            self.divided.emit(plan)
