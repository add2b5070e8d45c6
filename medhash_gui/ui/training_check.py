"""The wizard's page about the data: what was found, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.finding_words import FindingWords
from medhash_gui.ui.picture_strip import PictureStrip, StripPicture
from medhash_gui.ui.thumbnails import Thumbnails
from medhash_gui.ui.training_page import (
    TrainingPage,
    dim,
    fill,
    fit_height,
    heading,
    table,
)
from medhash_gui.ui.training_tasks import Checked

if TYPE_CHECKING:
    from medhash_gui.data_findings import Finding
    from medhash_gui.training_plan import TrainingPlan

_ROWS = 12


class CheckPage(TrainingPage):
    """What was found, each with what to do, and pictures of each class to look at.

    Args:
        thumbnails: gives the pictures.
        parent: Qt's owner.

    Attributes:
        classes: label, pictures, patients; choosing one shows some of its pictures.
        strip: those pictures.
        buttons: of the findings that leaving files out settles, by kind.

    Signals:
        leave_out(object): files that are not to be used.
    """

    leave_out = Signal(object)

    def __init__(self, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("A look at the data"),
            self.tr(
                "Every picture was opened once. What would spoil a model is said here, "
                "before hours are spent on it."
            ),
        )
        self._words = FindingWords(self)
        self._plan: TrainingPlan | None = None
        self._checked: Checked | None = None
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the check"))
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        self._findings = QVBoxLayout()
        self._findings.setSpacing(theme.GAP)
        self.buttons: dict[str, QPushButton] = {}
        self.classes = table(
            (
                self.tr("Label"),
                self.tr("Pictures"),
                self.tr("Patients"),
                self.tr("Balance"),
            ),
            self.tr("Labels"),
        )
        self.classes.itemSelectionChanged.connect(self._show_class)
        self.strip = PictureStrip(thumbnails)
        self.strip.setAccessibleName(self.tr("Pictures of the chosen label"))
        self.column.addWidget(self._bar)
        self.column.addWidget(self._said)
        self.column.addLayout(self._findings)
        self.column.addSpacing(theme.GAP)
        self.column.addWidget(heading(self.tr("Labels and some of their pictures")))
        self.column.addWidget(self.classes, 3)
        self.column.addWidget(self.strip)
        self.column.addStretch(1)
        self.wait()

    @property
    def text(self) -> str:
        """The summary of what was found."""
        return self._said.text()

    def wait(self) -> None:
        """Say that the pictures are being opened."""
        self._said.setText(self.tr("Opening every picture…"))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._clear()
        self.classes.setRowCount(0)
        self.strip.show_pictures(())
        self.wait_for(self.tr("The pictures are being opened."))

    def show_progress(self, done: int, total: int) -> None:
        """Show how far the check is."""
        self._bar.setRange(0, max(1, total))
        self._bar.setValue(done)
        text = self.tr("{done:,} of {total:,} pictures opened")
        self._said.setText(text.format(done=done, total=total))

    def fail(self, message: str) -> None:
        """Say why the data cannot be looked at."""
        self._bar.hide()
        self._said.setText(message)
        self.allow(message)

    def show_check(self, plan: TrainingPlan, checked: Checked) -> None:
        """Show what was found."""
        self._plan, self._checked = plan, checked
        check = checked.check
        self._bar.hide()
        total = sum(check.parts.values())
        text = self.tr("{total:,} pictures, {labels} labels, {patients}.")
        patients = self.tr("patients not known")
        if check.known_patients:
            patients = self.tr("{count:,} patients").format(count=check.known_patients)
        said = text.format(total=total, labels=len(check.examples), patients=patients)
        if not check.findings:
            said += " " + self.tr("Nothing was found that would spoil a model.")
        if plan.left_out:
            left = self.tr("{count:,} files are left out.")
            said += " " + left.format(count=len(plan.left_out))
        self._said.setText(said)
        self._clear()
        for finding in check.findings:
            self._findings.addWidget(self._finding(finding))
        most = max((sum(counts) for counts in check.classes.values()), default=1)
        fill(
            self.classes,
            [
                (
                    name,
                    f"{sum(counts):,}",
                    f"{check.patients[name]:,}" if check.known_patients else "–",
                    "▬" * max(1, round(16 * sum(counts) / most)),
                )
                for name, counts in check.classes.items()
            ],
        )
        fit_height(self.classes, most=_ROWS)
        quiet = self.palette().color(QPalette.ColorRole.PlaceholderText)
        for row in range(self.classes.rowCount()):
            bar = self.classes.item(row, 3)
            if bar is not None:
                bar.setForeground(quiet)
        if self.classes.rowCount():
            self.classes.selectRow(0)
        stops = [f for f in check.findings if f.severity == "stop"]
        self.allow(" ".join(self._words.of(stops[0])) if stops else "")

    def _clear(self) -> None:
        self.buttons = {}
        while (item := self._findings.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _finding(self, finding: Finding) -> QWidget:
        words = {
            "stop": self.tr("Must be settled"),
            "warning": self.tr("Should be known"),
            "note": self.tr("Good to know"),
        }
        kind = QLabel(words[finding.severity])
        if finding.severity == "note":
            kind.setProperty("role", "dim")
        else:
            kind.setProperty("role", "warning")
        kind.setFixedWidth(130)
        said, hint = self._words.of(finding)
        text = QLabel(said)
        text.setTextFormat(Qt.TextFormat.PlainText)
        text.setWordWrap(True)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(text)
        lines.addWidget(dim(hint))
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(kind, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(lines, 1)
        if finding.files:
            button = QPushButton(
                self.tr("Leave out {count:,}").format(count=len(finding.files))
            )
            button.setToolTip("\n".join(finding.files[:20]))
            button.setAccessibleName(f"{button.text()}: {said}")
            files = finding.files
            button.clicked.connect(lambda: self.leave_out.emit(files))
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self.buttons[finding.kind] = button
        return made

    def _show_class(self) -> None:
        chosen = self.classes.currentRow()
        item = self.classes.item(chosen, 0)
        if item is None or self._checked is None or self._plan is None:
            return
        folder = self._plan.folder
        files = self._checked.check.examples.get(item.text(), ())
        self.strip.show_pictures(
            [StripPicture(folder / file, note=file) for file in files]
        )
