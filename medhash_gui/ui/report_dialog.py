"""What a report shall hold, before it is written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.report_tasks import FORMATS, Wish


class ReportDialog(QDialog):
    """Asks where the report goes and what is in it.

    Args:
        place: the folder that is offered.
        hits: how many there are.
        parent: Qt's owner.

    Attributes:
        file: where the report goes.
        hits: how many of the nearest are in it.
        pictures: whether pictures are.
        cover: whether boxes are covered in which letters may stand.
        letters: whether pictures are in which letters may be written.
        replace: whether a file that is there is written over.

    Signals:
        wished(object): the ``Wish``.
    """

    wished = Signal(object)

    def __init__(self, place: Path, hits: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Report of this query"))
        self.file = QLineEdit(str(place / "similar-cases.html"))
        self.file.setAccessibleName(self.tr("File of the report"))
        self._choose = QPushButton(self.tr("Choose…"))
        self._choose.setAccessibleName(self.tr("Choose the file of the report"))
        self.hits = QSpinBox()
        theme.inset(self.hits)
        self.hits.setRange(0, hits)
        self.hits.setValue(min(hits, 8))
        self.hits.setAccessibleName(self.tr("How many of the nearest hits"))
        self.pictures = QCheckBox(self.tr("With pictures and maps"))
        self.pictures.setChecked(True)
        self.cover = QCheckBox(self.tr("Cover what seems to hold letters"))
        self.letters = QCheckBox(
            self.tr("Also pictures in which letters may be written")
        )
        self.replace = QCheckBox(self.tr("Write over a file that is there"))
        self._letters_note = QLabel(
            self.tr(
                "Only if you have looked, and they name nobody. Boxes that you masked "
                "in the export of pictures are covered in any case."
            )
        )
        self._note = QLabel(
            self.tr(
                "HTML, PDF, CSV or JSON, by the ending of the name. A report names no "
                "patient, no path and no file: patients by pseudonym, pictures by the "
                "first digits of their content's digest. For research and education "
                "only; it says so itself."
            )
        )
        for label in (self._letters_note, self._note):
            label.setProperty("role", "dim")
            label.setWordWrap(True)
        self._problem = QLabel()
        self._problem.setProperty("role", "warning")
        self._problem.setWordWrap(True)
        self._buttons = QDialogButtonBox()
        save = self._buttons.addButton(
            self.tr("Write the report"), QDialogButtonBox.ButtonRole.AcceptRole
        )
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self._lay_out()
        # Once it is the dialog's; before, the first button would be pressed by Return.
        save.setDefault(True)
        self._choose.clicked.connect(self._on_choose)
        self._buttons.accepted.connect(self.accept)
        self._buttons.rejected.connect(self.reject)
        for choice in (self.cover, self.letters):
            self.pictures.toggled.connect(choice.setEnabled)

    @property
    def problem(self) -> str:
        """What keeps the report from being written, or ""."""
        return self._problem.text()

    def accept(self) -> None:
        """Wish for the report, if its form is known."""
        file = Path(self.file.text().strip()).expanduser()
        if file.suffix.lower() not in FORMATS:
            text = self.tr("{name} does not end in .html, .pdf, .csv or .json.")
            self._problem.setText(text.format(name=file.name or self.tr("The name")))
            return
        file = file.with_suffix(file.suffix.lower())
        self.wished.emit(
            Wish(
                file,
                self.hits.value(),
                self.pictures.isChecked(),
                self.letters.isChecked(),
                self.cover.isChecked(),
                self.replace.isChecked(),
            )
        )
        super().accept()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.file, 1)
        row.addWidget(self._choose)
        form = QFormLayout()
        form.setSpacing(theme.GAP)
        form.addRow(self.tr("File"), row)
        form.addRow("", self.replace)
        form.addRow(self.tr("Nearest hits"), self.hits)
        form.addRow("", self.pictures)
        form.addRow("", self.cover)
        form.addRow("", self.letters)
        form.addRow("", self._letters_note)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(form)
        column.addWidget(self._note)
        column.addWidget(self._problem)
        column.addWidget(self._buttons)
        self.resize(560, 400)

    def _on_choose(self) -> None:
        name, _ = QFileDialog.getSaveFileName(
            self,
            self.tr("Write the report"),
            self.file.text(),
            self.tr("Reports (*.html *.pdf *.csv *.json)"),
        )
        if name:
            self.file.setText(name)
            # That dialog has asked already.
            self.replace.setChecked(True)
