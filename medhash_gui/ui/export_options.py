"""In which form pictures leave the desk, and where they go."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.export_tasks import Form


class ExportOptions(QWidget):
    """Form, what goes along, and folder.

    Args:
        place: the folder that is offered.
        parent: Qt's owner.

    Attributes:
        form: PNG pictures, DICOM, or a teaching file.
        folder: where the files go.
        with_map: whether maps lie over the pictures.
        beside: whether all stand side by side in one picture.
        keys: whether a Key Object Selection goes along.
        originals: whether it is of the source objects by their own UIDs.
        diagnosis: of the query, for a teaching file.
        notes: for a teaching file.
        replace: whether files are written over.

    Signals:
        map_toggled(bool): whether maps are wanted.
        changed(): something else was chosen.
    """

    map_toggled = Signal(bool)
    changed = Signal()

    def __init__(self, place: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.form = QComboBox()
        self.form.setAccessibleName(self.tr("Form of the export"))
        for form, text in (
            ("pictures", self.tr("PNG pictures")),
            ("dicom", self.tr("DICOM, a new series")),
            ("teaching", self.tr("Teaching file (HTML)")),
        ):
            self.form.addItem(text, form)
        self.with_map = QCheckBox(self.tr("With the saliency maps"))
        self.beside = QCheckBox(self.tr("Side by side, in one picture"))
        self.keys = QCheckBox(self.tr("With a Key Object Selection of them"))
        self.originals = QCheckBox(self.tr("…by the original UIDs (for the archive)"))
        self._originals_note = QLabel(
            self.tr("Original UIDs can name a patient to those who have them.")
        )
        self.diagnosis = QLineEdit()
        self.diagnosis.setPlaceholderText(
            self.tr("Diagnosis, hidden until asked (default: its labels)")
        )
        self.diagnosis.setAccessibleName(self.tr("Diagnosis of the query"))
        self.notes = QPlainTextEdit()
        self.notes.setPlaceholderText(self.tr("Notes, shown with the case; no names"))
        self.notes.setAccessibleName(self.tr("Notes of the teaching file"))
        self.notes.setTabChangesFocus(True)
        self.notes.setMaximumHeight(76)
        self.folder = QLineEdit(str(place))
        self.folder.setAccessibleName(self.tr("Folder of the export"))
        self._choose = QPushButton(self.tr("Choose…"))
        self._choose.setAccessibleName(self.tr("Choose the folder of the export"))
        self.replace = QCheckBox(self.tr("Write over files that are there"))
        self._lay_out()
        self.form.currentIndexChanged.connect(self._on_form)
        self.with_map.toggled.connect(self.map_toggled)
        self.keys.toggled.connect(self._on_form)
        self.originals.toggled.connect(self._on_form)
        self.beside.toggled.connect(self.changed)
        self._choose.clicked.connect(self._on_choose)
        self._on_form()

    @property
    def chosen_form(self) -> Form:
        """The form that is chosen."""
        form: Form = self.form.currentData()
        return form

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Export as"))
        heading.setProperty("role", "heading")
        self._originals_note.setProperty("role", "warning")
        self._originals_note.setWordWrap(True)
        where = QLabel(self.tr("Into the folder"))
        where.setProperty("role", "heading")
        row = QHBoxLayout()
        row.addWidget(self.folder, 1)
        row.addWidget(self._choose)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        for widget in (heading, self.form, self.with_map, self.beside, self.keys,
                       self.originals, self._originals_note, self.diagnosis,
                       self.notes, where):  # fmt: skip
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self.replace)

    def _on_form(self) -> None:
        form = self.chosen_form
        is_dicom, is_teaching = form == "dicom", form == "teaching"
        self.beside.setVisible(not is_teaching)
        self.keys.setVisible(is_dicom)
        self.originals.setVisible(is_dicom)
        self.originals.setEnabled(self.keys.isChecked())
        has_originals = self.keys.isChecked() and self.originals.isChecked()
        self._originals_note.setVisible(is_dicom and has_originals)
        self.diagnosis.setVisible(is_teaching)
        self.notes.setVisible(is_teaching)
        self.changed.emit()

    def _on_choose(self) -> None:
        title = self.tr("Folder of the export")
        name = QFileDialog.getExistingDirectory(self, title, self.folder.text())
        if name:
            self.folder.setText(name)
