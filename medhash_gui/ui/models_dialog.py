"""The models of this computer: their cards, in and out, and a folder's libraries."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.ui import model_tasks, theme
from medhash_gui.ui.model_tasks import KnownModel, OtherLibrary
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.training_page import dim, fill, heading, table

if TYPE_CHECKING:
    from medhash_gui.card import ModelCard

_SUFFIX = ".medhash-model"


class ModelsDialog(QDialog):
    """Lists models, shows the card of one, takes models in and hands them on.

    Args:
        trainer: runs the jobs.
        library: of the open library: its root, or None.
        parent: the main window.

    Attributes:
        models: the table.
        card: what the card of the chosen one says.
        libraries: the other libraries of the open one's folder.
        switch_button: uses the chosen one of them.
        take_button: takes in the model that was looked into.
    """

    def __init__(
        self, trainer: Trainer, library: Path | None, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._trainer = trainer
        self._found: list[KnownModel] = []
        self._others: Sequence[OtherLibrary] = ()
        self._looked: Path | None = None
        self.setWindowTitle(self.tr("Models"))
        self.resize(900, 680)
        self.models = table(
            (
                self.tr("Model"),
                self.tr("Pictures"),
                self.tr("Method"),
                self.tr("Bits"),
                self.tr("From"),
            ),
            self.tr("Models of this computer"),
        )
        self.models.itemSelectionChanged.connect(self._show_card)
        self.card = QTextBrowser()
        self.card.setOpenLinks(False)
        self.card.setAccessibleName(self.tr("Card of the model"))
        self.import_button = QPushButton(self.tr("&Import…"))
        self.import_button.setToolTip(
            self.tr("Checked before it is taken in; no code of its maker is run")
        )
        self.import_button.clicked.connect(self._choose_import)
        self.inspect_button = QPushButton(self.tr("&Look into a file…"))
        self.inspect_button.setToolTip(
            self.tr("Checks all of it and shows its card; nothing is taken in")
        )
        self.inspect_button.clicked.connect(self._choose_inspect)
        self.take_button = QPushButton(self.tr("&Take it in"))
        self.take_button.clicked.connect(self._take_looked)
        self.take_button.hide()
        self.export_button = QPushButton(self.tr("&Export…"))
        self.export_button.clicked.connect(self._choose_export)
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self.import_button)
        row.addWidget(self.inspect_button)
        row.addWidget(self.export_button)
        row.addStretch(1)
        told = QHBoxLayout()
        told.setSpacing(theme.GAP)
        told.addWidget(self._said, 1)
        told.addWidget(self.take_button)
        self.libraries = table(
            (self.tr("Model"), self.tr("Pictures"), self.tr("Place")),
            self.tr("Other libraries of the open folder"),
        )
        header = self.libraries.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        self.libraries.setTextElideMode(Qt.TextElideMode.ElideLeft)
        self.libraries.setWordWrap(False)
        self.switch_button = QPushButton(self.tr("&Use this library"))
        self.switch_button.clicked.connect(self._switch)
        self.switch_button.setEnabled(False)
        self.libraries.itemSelectionChanged.connect(self._on_library)
        below = QHBoxLayout()
        below.addWidget(self.switch_button)
        below.addWidget(
            dim(
                self.tr(
                    "A folder has a library for each model that it was indexed with; "
                    "none is changed by switching."
                )
            ),
            1,
        )
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self.models, 2)
        column.addWidget(self.card, 3)
        column.addLayout(told)
        column.addLayout(row)
        column.addSpacing(theme.GAP)
        column.addWidget(heading(self.tr("Other libraries of the open folder")))
        column.addWidget(self.libraries, 1)
        column.addLayout(below)
        column.addWidget(buttons)
        trainer.others_found.connect(self._on_others)
        trainer.failed.connect(self._on_failed)
        trainer.switched.connect(self._on_switched)
        self.refresh()
        if library is not None:
            trainer.find_others()

    @property
    def text(self) -> str:
        """What is said about what was done last."""
        return self._said.text()

    def refresh(self) -> None:
        """Look the models up anew."""
        self._trainer.do("models", model_tasks.models, self._on_models)

    def take_in(self, place: Path) -> None:
        """Add a model to those of this user."""
        self._said.setText(self.tr("The model is being checked…"))
        work = partial(model_tasks.take_in, place)
        self._trainer.do("take in", work, self._on_taken)

    def look_into(self, place: Path) -> None:
        """Check a model in a file or folder and show its card; nothing is taken in."""
        self._said.setText(self.tr("The model is being checked…"))
        work = partial(model_tasks.inspect, place)
        self._trainer.do("inspect", work, self._on_inspected)

    def export(self, file: Path) -> None:
        """Write the chosen model into one file."""
        chosen = self._chosen()
        if chosen is not None:
            work = partial(model_tasks.export, chosen.folder, file)
            self._trainer.do("export", work, self._on_exported)

    def _choose_import(self) -> None:
        name = self._ask_for_file(self.tr("Import a model"))
        if name:
            self.take_in(Path(name))

    def _choose_inspect(self) -> None:
        name = self._ask_for_file(self.tr("Look into a model"))
        if name:
            self.look_into(Path(name))

    def _ask_for_file(self, title: str) -> str:
        kind = self.tr("Models (*{suffix});;All files (*)").format(suffix=_SUFFIX)
        name, _ = QFileDialog.getOpenFileName(self, title, "", kind)
        return name

    def _take_looked(self) -> None:
        if self._looked is not None:
            self.take_in(self._looked)

    def _choose_export(self) -> None:
        chosen = self._chosen()
        if chosen is None:
            return
        title = self.tr("Export the model")
        start = chosen.card.name + _SUFFIX
        name, _ = QFileDialog.getSaveFileName(self, title, start)
        if name:
            self.export(Path(name))

    def _chosen(self) -> KnownModel | None:
        row = self.models.currentRow()
        return self._found[row] if 0 <= row < len(self._found) else None

    def _on_models(self, found: list[KnownModel]) -> None:
        self._found = found
        names = {"packaged": self.tr("MedHash"), "user": self.tr("you")}
        fill(
            self.models,
            [
                (
                    one.card.title,
                    one.card.modality,
                    one.card.method,
                    str(one.card.bits),
                    names.get(one.origin, one.origin),
                )
                for one in found
            ],
        )
        if found:
            self.models.selectRow(len(found) - 1)

    def _show_card(self) -> None:
        chosen = self._chosen()
        self._looked = None
        self.take_button.hide()
        self.export_button.setEnabled(chosen is not None)
        if chosen is not None:
            self.card.setMarkdown(chosen.page)

    def _on_inspected(self, found: KnownModel) -> None:
        with QSignalBlocker(self.models):
            self.models.clearSelection()
            self.models.setCurrentCell(-1, -1)
        self.export_button.setEnabled(False)
        self._looked = found.folder
        self.card.setMarkdown(found.page)
        text = self.tr(
            "“{name}” is sound: this is its card. It is not among your models, and no "
            "code of its maker was run."
        )
        self._said.setText(text.format(name=found.card.title))
        self.take_button.show()

    def _on_taken(self, card: ModelCard) -> None:
        text = self.tr("“{name}” was checked and is among your models.")
        self._said.setText(text.format(name=card.title))
        self.refresh()

    def _on_exported(self, file: Path) -> None:
        text = self.tr("The model was written to {file}.")
        self._said.setText(text.format(file=file))

    def _on_others(self, others: Sequence[OtherLibrary]) -> None:
        self._others = others
        fill(
            self.libraries,
            [(one.model, f"{one.pictures:,}", str(one.root)) for one in others],
        )

    def _on_library(self) -> None:
        self.switch_button.setEnabled(self.libraries.currentRow() >= 0)

    def _switch(self) -> None:
        row = self.libraries.currentRow()
        if 0 <= row < len(self._others):
            self._trainer.switch(self._others[row].root)

    def _on_switched(self, root: Path) -> None:
        text = self.tr("{name} is in use now.")
        self._said.setText(text.format(name=root.stem))
        self._trainer.find_others()

    def _on_failed(self, error: BaseException) -> None:
        if isinstance(error, MedHashError):
            self._said.setText(f"{error.message} {error.hint}".strip())
