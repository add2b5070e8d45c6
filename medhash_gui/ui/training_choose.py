"""The wizard's first page: which pictures, and where their labels are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QHBoxLayout,
    QPushButton,
    QRadioButton,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.ui import theme
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.import_tasks import LABELS_FILE, PlanPreview
from medhash_gui.ui.picture_panel import ElidedLabel
from medhash_gui.ui.plan_summary import PlanSummary
from medhash_gui.ui.previews import Previews
from medhash_gui.ui.table_page import TablePage
from medhash_gui.ui.training_page import TrainingPage, heading

if TYPE_CHECKING:
    from medhash_gui.training_plan import TrainingPlan

_CALM_MS = 300


class ChoosePage(TrainingPage):
    """Folder and labels; the columns of a table are guessed, previewed, changeable.

    Args:
        folder: to begin with, or None.
        parent: Qt's owner.

    Attributes:
        folder: of the pictures, or None.
        table: everything about the table.
        summary: what the choices come to.
    """

    def __init__(self, folder: Path | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("Pictures and labels"),
            self.tr(
                "A model learns from pictures whose labels are known. Nothing is "
                "written into their folder, and nothing leaves this computer."
            ),
        )
        self.folder: Path | None = None
        self._previews = Previews(self)
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._look)
        self._name = ElidedLabel()
        choose = QPushButton(self.tr("Choose a &folder…"))
        choose.clicked.connect(self.choose_folder)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(choose)
        row.addWidget(self._name, 1)
        self._sources = QButtonGroup(self)
        self._by_folders = QRadioButton(
            self.tr("Each &class lies in a folder of its own")
        )
        self._by_table = QRadioButton(self.tr("A &table says what each picture shows"))
        sources = QHBoxLayout()
        sources.setSpacing(theme.MARGIN)
        for number, button in enumerate((self._by_folders, self._by_table)):
            self._sources.addButton(button, number)
            sources.addWidget(button)
        sources.addStretch(1)
        self.table = TablePage()
        self.summary = PlanSummary()
        self.column.addLayout(row)
        self.column.addSpacing(theme.GAP)
        self.column.addWidget(heading(self.tr("Where labels come from")))
        self.column.addLayout(sources)
        self.column.addWidget(self.table, 1)
        self.column.addWidget(self.summary)
        self.column.addStretch(0)
        self._sources.idClicked.connect(self._on_source)
        self.table.changed.connect(self._begin)
        self.table.choose_wished.connect(self.choose_table)
        self._previews.seen.connect(self._on_seen)
        self._previews.failed.connect(self._on_failed)
        self._seen: PlanPreview | None = None
        self._by_folders.setChecked(True)
        if folder is not None:
            self.take_folder(folder)
        else:
            self._turn()
            self.summary.hide()
            self.wait_for(self.tr("Choose the folder that holds the pictures."))

    @property
    def previews(self) -> Previews:
        """Looks at folder and table."""
        return self._previews

    def take_folder(self, folder: Path) -> None:
        """Take the pictures of a folder, and its table of labels if it has one."""
        self.folder = folder
        self._name.show_text(str(folder))
        table = folder / LABELS_FILE
        self._by_table.setChecked(table.is_file())
        self._by_folders.setChecked(not table.is_file())
        self.table.take(table if table.is_file() else None, None, None)
        self._previews.forget()
        self._turn()
        self._look()

    def take_table(self, file: Path) -> None:
        """Take the labels from a table, its columns guessed anew."""
        self._by_table.setChecked(True)
        self.table.take(file, None, None)
        self._turn()
        self._begin()

    def take_class_folders(self) -> None:
        """Take the labels from the folders."""
        self._by_folders.setChecked(True)
        self._on_source(0)

    def choose_folder(self) -> None:
        """Ask for a folder."""
        title = self.tr("Choose the folder of the pictures")
        name = QFileDialog.getExistingDirectory(self, title)
        if name:
            self.take_folder(Path(name))

    def choose_table(self) -> None:
        """Ask for a table."""
        title = self.tr("Choose a table of labels")
        kind = self.tr("Tables (*.csv *.tsv *.txt);;All files (*)")
        start = str(self.table.file or self.folder or "")
        name, _ = QFileDialog.getOpenFileName(self, title, start, kind)
        if name:
            self.take_table(Path(name))

    def apply(self, plan: TrainingPlan) -> TrainingPlan:
        """Return a plan with these pictures and labels."""
        assert self.folder is not None
        if not self._by_table.isChecked():
            return replace(
                plan,
                folder=self.folder,
                table=None,
                file_column=None,
                label_columns=(),
                patient_column=None,
                separator=None,
            )
        columns = self._seen.columns if self._seen is not None else None
        return replace(
            plan,
            folder=self.folder,
            table=self.table.file,
            file_column=None if columns is None else columns.file,
            label_columns=() if columns is None else columns.labels,
            patient_column=None if columns is None else columns.patient,
            separator=self.table.separator,
        )

    def close_previews(self) -> None:
        """End the previews: they hold identities in clear."""
        self._calm.stop()
        self._previews.forget()
        self._previews.close()

    def _on_source(self, _: int) -> None:
        self._turn()
        self._begin()

    def _turn(self) -> None:
        is_table = self._by_table.isChecked()
        self.table.setVisible(is_table)
        last = self.column.count() - 1
        self.column.setStretch(last, 0 if is_table else 1)

    def _begin(self) -> None:
        self.wait_for(self.tr("The folder is being looked at."))
        self._calm.start()

    def _look(self) -> None:
        if self.folder is None:
            return
        self.wait_for(self.tr("The folder is being looked at."))
        self.summary.show()
        self.summary.wait()
        is_table = self._by_table.isChecked()
        plan = ImportPlan(
            labels="table" if is_table else "folders",
            table=self.table.file if is_table else None,
            columns=self.table.columns if is_table else None,
            separator=self.table.separator if is_table else None,
        )
        self._previews.look(self.folder, plan)

    def _on_seen(self, seen: PlanPreview) -> None:
        if self._calm.isActive():
            return
        self._seen = seen
        source = "table" if self._by_table.isChecked() else "folders"
        if source == "table":
            self.table.show_preview(seen)
            self.summary.show_preview(seen, "table")
        else:
            self.summary.show_preview(seen, "folders")
        self.allow(self._problem_of(seen))

    def _on_failed(self, error: BaseException) -> None:
        self.summary.hide()
        if isinstance(error, MedHashError):
            self.allow(f"{error.message} {error.hint}".strip())
        else:
            self.allow(self.tr("The folder cannot be looked at. Choose another one."))

    def _problem_of(self, seen: PlanPreview) -> str:
        if seen.problem:
            return f"{seen.problem} {seen.hint}".strip()
        if not seen.files:
            return self.tr("There is no picture in this folder. Choose another one.")
        if self._by_table.isChecked() and seen.row_count and not seen.matched:
            return self.tr(
                "No row of the table names a picture of this folder. Choose the "
                "folder that belongs to it, or another column for the file."
            )
        if len(seen.labels) < 2:
            return self.tr(
                "A model needs two labels at least to tell apart. Sort the pictures "
                "into a folder for each class, or choose a table."
            )
        return ""
