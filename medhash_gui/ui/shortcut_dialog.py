"""What neighbours in the library share besides labels: counted, shown, saved."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.exporting import Exported
from medhash_gui.ui import theme
from medhash_gui.ui.lift_table import LiftTable
from medhash_gui.ui.shortcut_auditing import ShortcutAuditing
from medhash_gui.ui.shortcut_tasks import Audited, AuditWish
from medhash_gui.ui.shortcut_words import ShortcutWords

_MOST_PATIENTS, _MOST_NEIGHBOURS, _MOST_SEED = 100_000, 200, 999_999


class ShortcutDialog(QDialog):
    """Measures when it opens; what was found stays until it is measured again.

    Args:
        auditing: measures and saves.
        place: the folder that is offered for saving.
        parent: Qt's owner.

    Attributes:
        sample: how many patients are asked for.
        neighbours: how many of the nearest count.
        seed: of the sample.
        table: what was found.
        measure_button: measures, again.
        cancel_button: stops measuring.
        save_button: saves what was found.
        example_button: searches with the chosen row's example, and leaves.
        progress: how far measuring has come.
    """

    def __init__(
        self, auditing: ShortcutAuditing, place: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._auditing = auditing
        self._words = ShortcutWords()
        self._audited: Audited | None = None
        self.place = place
        self.setWindowTitle(self.tr("Shortcut audit"))
        usual = AuditWish()
        self.sample = self._number(
            self.tr("Patients that are asked for"), usual.sample, 1, _MOST_PATIENTS
        )
        self.neighbours = self._number(
            self.tr("Neighbours that count"), usual.neighbours, 1, _MOST_NEIGHBOURS
        )
        self.seed = self._number(
            self.tr("Seed of the sample"), usual.seed, 0, _MOST_SEED
        )
        self.measure_button = QPushButton(self.tr("&Measure"))
        self.cancel_button = QPushButton(self.tr("&Cancel"))
        self._conclusion, self._sampled, self._row_said = QLabel(), QLabel(), QLabel()
        self.table = LiftTable()
        self.progress = QProgressBar()
        self.progress.setAccessibleName(self.tr("How far measuring has come"))
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.save_button = QPushButton(self.tr("&Save…"))
        self.example_button = QPushButton(self.tr("Search with an e&xample"))
        self.example_button.setToolTip(
            self.tr(
                "The sampled picture most of whose neighbours share this, but no label"
            )
        )
        for button in (self.example_button, self.save_button):
            role = QDialogButtonBox.ButtonRole.ActionRole
            self._buttons.addButton(button, role)
        self._lay_out()
        self.measure_button.clicked.connect(self.measure)
        self.cancel_button.clicked.connect(self._cancel)
        self.save_button.clicked.connect(self._choose_file)
        self.example_button.clicked.connect(self._search_example)
        self._buttons.rejected.connect(self.reject)
        self.table.itemSelectionChanged.connect(self._on_row)
        auditing.progressed.connect(self._on_progress)
        auditing.done.connect(self._on_done)
        auditing.saved.connect(self._on_saved)
        self._set_running(is_running=False)

    @property
    def conclusion(self) -> str:
        """What the dialog says above its table."""
        return self._conclusion.text()

    @property
    def said(self) -> str:
        """What it says of the row that is chosen."""
        return self._row_said.text()

    def measure(self) -> None:
        """Measure with the numbers that are chosen."""
        self._set_running(is_running=True)
        self._say(self.tr("Looking at the neighbours of sampled pictures…"))
        wish = AuditWish(
            self.sample.value(), self.neighbours.value(), self.seed.value()
        )
        self._auditing.measure(wish)

    def save(self, file: Path) -> None:
        """Save what was found into a file."""
        if self._audited is not None:
            self.save_button.setEnabled(False)
            self.place = file.parent
            self._auditing.save(self._audited, file)

    def reject(self) -> None:
        """Leave; what is being measured is given up."""
        self._auditing.cancel()
        super().reject()

    # -- parts ---------------------------------------------------------------------

    def _number(self, name: str, value: int, least: int, most: int) -> QSpinBox:
        box = QSpinBox()
        theme.inset(box)
        box.setRange(least, most)
        box.setValue(value)
        box.setAccessibleName(name)
        box.setToolTip(name)
        return box

    def _lay_out(self) -> None:
        numbers = QHBoxLayout()
        numbers.setSpacing(theme.GAP)
        for text, box in (
            (self.tr("&Patients"), self.sample),
            (self.tr("&Neighbours"), self.neighbours),
            (self.tr("S&eed"), self.seed),
        ):
            label = QLabel(text)
            label.setBuddy(box)
            numbers.addWidget(label)
            numbers.addWidget(box)
            numbers.addSpacing(theme.GAP)
        numbers.addStretch(1)
        numbers.addWidget(self.cancel_button)
        numbers.addWidget(self.measure_button)
        self._conclusion.setProperty("role", "heading")
        reading = QLabel(
            self.tr(
                "Lift: 0 is what any pictures would share, 1 is all that can be; the "
                "line is the 95 % interval, the tick the lift of labels. It counts; it "
                "does not say why pictures are near. For research and education only, "
                "not for diagnosis."
            )
        )
        for label in (self._conclusion, self._sampled, self._row_said, reading):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
        for label in (self._sampled, reading):
            label.setProperty("role", "dim")
        self._row_said.setAccessibleName(self.tr("What is said of the chosen row"))
        self._row_said.setAlignment(Qt.AlignmentFlag.AlignTop)
        # Room for what is usual, so that the table does not jump from row to row.
        line = self.fontMetrics().lineSpacing()
        self._conclusion.setMinimumHeight(2 * line)
        self._row_said.setMinimumHeight(3 * line)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(numbers)
        column.addWidget(self._conclusion)
        column.addWidget(self.progress)
        column.addWidget(self.table, 1)
        column.addWidget(self._row_said)
        column.addWidget(self._sampled)
        column.addWidget(reading)
        column.addWidget(self._buttons)
        self.resize(940, 640)

    def _say(self, text: str, *, is_warning: bool = False) -> None:
        self._conclusion.setText(text)
        self._conclusion.setProperty("role", "warning" if is_warning else "heading")
        self._conclusion.style().polish(self._conclusion)

    def _set_running(self, *, is_running: bool) -> None:
        self.progress.setRange(0, 0)
        self.progress.setVisible(is_running)
        for widget in (self.sample, self.neighbours, self.seed, self.measure_button):
            widget.setEnabled(not is_running)
        self.cancel_button.setEnabled(is_running)
        self.save_button.setEnabled(self._audited is not None and not is_running)
        self._is_running = is_running
        self._on_row()
        self.measure_button.setDefault(not is_running)

    # -- what comes ----------------------------------------------------------------

    def _cancel(self) -> None:
        self._auditing.cancel()
        self._set_running(is_running=False)
        self.measure_button.setFocus()
        if self._audited is None:
            self._say(self.tr("Cancelled; nothing was measured."))
        else:
            self._say(self.tr("Cancelled; below stands what was measured before."))

    def _on_progress(self, step: object) -> None:
        self.progress.setRange(0, getattr(step, "found", 0))
        self.progress.setValue(getattr(step, "done", 0))

    def _on_done(self, done: Audited | MedHashError) -> None:
        if isinstance(done, MedHashError):
            self._set_running(is_running=False)
            self._say(f"{done.message} {done.hint}".strip(), is_warning=True)
            return
        self._audited = done
        self._set_running(is_running=False)
        self._say(self._words.conclusion(done.found))
        self._sampled.setText(self._words.sampled(done.found, done.day.isoformat()))
        self.table.show_audit(done.found)
        self.table.setFocus()

    def _on_row(self) -> None:
        one = self.table.chosen()
        has_example = one is not None and one.example is not None
        self.example_button.setEnabled(has_example and not self._is_running)
        if one is not None:
            said = self.tr("{name}: {sentence}").format(
                name=self._words.name(one.key), sentence=self._words.sentence(one)
            )
            self._row_said.setText(f"{said}\n{self._words.counted(one)}")

    def _search_example(self) -> None:
        one = self.table.chosen()
        if one is not None and one.example is not None:
            row = one.example
            self.reject()
            self._auditing.search_example(row)

    def _choose_file(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Save the shortcut audit"),
            str(self.place / "shortcut-audit.csv"),
            self.tr("CSV (*.csv);;JSON (*.json)"),
        )
        if name:
            self.save(Path(name))

    def _on_saved(self, done: Exported | MedHashError) -> None:
        self.save_button.setEnabled(True)
        if isinstance(done, MedHashError):
            self._say(f"{done.message} {done.hint}".strip(), is_warning=True)
            return
        text = self.tr("Saved as {file}. It names no patient, no path and no value.")
        self._say(text.format(file=done.files[0]))
