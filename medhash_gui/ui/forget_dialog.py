"""Forgets a patient or a folder: says first what will go, then what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.ui import theme
from medhash_gui.ui.forget_tasks import Counted, ForgetWish, Forgotten
from medhash_gui.ui.forget_words import ForgetWords
from medhash_gui.ui.forgetting import Forgetting


class ForgetDialog(QDialog):
    """Nothing is removed that was not counted and told before.

    Args:
        forgetting: counts and removes.
        folder: of the library's pictures.
        parent: Qt's owner.

    Attributes:
        choices: the buttons, by what they choose.
        patient: the key of the patient to be forgotten.
        folder: the folder to be forgotten.
        look_button: counts what would go.
        forget_button: removes what was counted.
        progress: how far removing has come.
    """

    def __init__(
        self, forgetting: Forgetting, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._forgetting = forgetting
        self._root = folder
        self._words = ForgetWords()
        self._told: ForgetWish | None = None  # what was counted and said
        self._is_removing = self._is_done = False
        self.setWindowTitle(self.tr("Forget a patient or a folder"))
        self.choices = {
            "patient": QRadioButton(self.tr("A &patient, by number (P-…)")),
            "folder": QRadioButton(self.tr("A &folder of pictures")),
            "gone": QRadioButton(self.tr("Pictures whose files are &gone")),
            "hidden": QRadioButton(self.tr("All that is &hidden in this library")),
        }
        self.patient = QComboBox()
        self.patient.setEditable(True)
        self.patient.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.patient.setAccessibleName(self.tr("Number of the patient"))
        self.patient.addItems(forgetting.patients())
        self.folder = QLineEdit(str(folder))
        self.folder.setAccessibleName(self.tr("Folder to be forgotten"))
        self._choose = QPushButton(self.tr("Choose…"))
        self._choose.setAccessibleName(self.tr("Choose the folder to be forgotten"))
        self._said = QLabel()
        self.progress = QProgressBar()
        self._buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.look_button = QPushButton(self.tr("What would &go?"))
        self.forget_button = QPushButton(self.tr("&Remove for good"))
        for button in (self.look_button, self.forget_button):
            self._buttons.addButton(button, QDialogButtonBox.ButtonRole.ActionRole)
        self._lay_out()
        for choice in self.choices.values():
            choice.toggled.connect(self._on_choice)
        self.patient.editTextChanged.connect(self._on_choice)
        self.folder.textChanged.connect(self._on_choice)
        self._choose.clicked.connect(self._on_choose)
        self.look_button.clicked.connect(self._look)
        self.forget_button.clicked.connect(self._forget)
        self._buttons.rejected.connect(self.reject)
        forgetting.counted.connect(self._on_counted)
        forgetting.progressed.connect(self._on_progress)
        forgetting.done.connect(self._on_forgotten)
        self.choices["patient"].setChecked(True)
        self._on_choice()

    @property
    def said(self) -> str:
        """What the dialog says: what would go, what is gone, or what is wrong."""
        return self._said.text()

    def reject(self) -> None:
        """Leave; what is being removed is not, unless it is done by now."""
        self._forgetting.cancel()
        super().reject()

    # -- parts ---------------------------------------------------------------------

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("What shall be removed from this library?"))
        heading.setProperty("role", "heading")
        note = QLabel(
            self.tr(
                "Your picture files stay as they are. What is removed cannot be "
                "brought back."
            )
        )
        note.setProperty("role", "dim")
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop)
        for label in (note, self._said):
            label.setWordWrap(True)
        self.progress.hide()
        group = QButtonGroup(self)
        grid = QGridLayout()
        grid.setSpacing(theme.GAP)
        for row, choice in enumerate(self.choices.values()):
            group.addButton(choice)
            grid.addWidget(choice, row, 0)
        grid.addWidget(self.patient, 0, 1, 1, 2)
        grid.addWidget(self.folder, 1, 1)
        grid.addWidget(self._choose, 1, 2)
        grid.setColumnStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(heading)
        column.addWidget(note)
        column.addLayout(grid)
        column.addWidget(self._said, 1)
        column.addWidget(self.progress)
        column.addWidget(self._buttons)
        self.resize(680, 460)

    def _wish(self) -> ForgetWish:
        chosen = next(name for name, one in self.choices.items() if one.isChecked())
        return ForgetWish(
            patient=self.patient.currentText().strip() if chosen == "patient" else "",
            folder=self.folder.text().strip() if chosen == "folder" else "",
            is_gone=chosen == "gone",
            is_hidden=chosen == "hidden",
        )

    def _say(self, lines: Sequence[str], *, is_warning: bool = False) -> None:
        self._said.setText("\n".join(lines))
        self._said.setProperty("role", "warning" if is_warning else "")
        self._said.style().polish(self._said)

    # -- what comes ----------------------------------------------------------------

    def _on_choice(self, *_: object) -> None:
        """Ask to look anew: what is removed is what was counted and told."""
        if self._is_removing or self._is_done:
            return
        self._told = None
        self._forgetting.cancel()
        self._say(())
        self.patient.setEnabled(self.choices["patient"].isChecked())
        for widget in (self.folder, self._choose):
            widget.setEnabled(self.choices["folder"].isChecked())
        self.look_button.setEnabled(self._wish() != ForgetWish())
        self.look_button.setDefault(True)
        self.forget_button.setEnabled(False)

    def _on_choose(self) -> None:
        title = self.tr("Folder to be forgotten")
        name = QFileDialog.getExistingDirectory(self, title, self.folder.text())
        if name:
            self.folder.setText(name)

    def _look(self) -> None:
        self.look_button.setEnabled(False)
        self._forgetting.count(self._wish())

    def _on_counted(self, counted: Counted | MedHashError) -> None:
        self.look_button.setEnabled(True)
        if isinstance(counted, MedHashError):
            self._say((counted.message, counted.hint), is_warning=True)
            return
        lines = self._words.before(counted)
        if not counted.rows:
            self._say(lines)
            return
        heading = self.tr("This goes, and cannot be brought back:")
        self._say((heading, *(f"•  {line}" for line in lines)))
        self._told = self._wish()
        self.forget_button.setEnabled(True)

    def _forget(self) -> None:
        wish = self._wish()
        if wish != self._told:
            return
        self._is_removing = True
        for widget in (*self.choices.values(), self.patient, self.folder, self._choose,
                       self.look_button, self.forget_button):  # fmt: skip
            widget.setEnabled(False)
        self.progress.setRange(0, 0)
        self.progress.show()
        self._forgetting.forget(wish)

    def _on_progress(self, step: object) -> None:
        self.progress.setRange(0, getattr(step, "found", 0))
        self.progress.setValue(getattr(step, "done", 0))

    def _on_forgotten(self, done: Forgotten | MedHashError) -> None:
        self.progress.hide()
        self._is_removing, self._is_done = False, isinstance(done, Forgotten)
        if isinstance(done, MedHashError):
            for button in self.choices.values():
                button.setEnabled(True)
            self._on_choice()
            self._say((done.message, done.hint), is_warning=True)
            return
        self._say([f"•  {line}" for line in self._words.after(done)])
