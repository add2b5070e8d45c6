"""Asks how a folder is to be understood, and shows beforehand what that would mean."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QRadioButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.frames_choice import FramesChoice
from medhash_gui.ui.import_plan import ImportPlan, LabelSource
from medhash_gui.ui.import_tasks import PlanPreview
from medhash_gui.ui.plan_summary import PlanSummary
from medhash_gui.ui.previews import Previews
from medhash_gui.ui.table_page import TablePage

_CALM_MS = 300
_WIDTH, _TABLE_HEIGHT = 940, 760
_ENDLESS = 16_777_215  # as high as Qt allows


class ImportDialog(QDialog):
    """Labels, patients, cases and frames of one folder.

    Args:
        previews: looks at folder and table.
        folder: the folder.
        plan: what the dialog begins with.
        parent: Qt's owner.

    Signals:
        chosen(object, object): the folder and the ``ImportPlan`` to index it with.
    """

    chosen = Signal(object, object)

    def __init__(
        self,
        previews: Previews,
        folder: Path,
        plan: ImportPlan,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._previews = previews
        self._folder = folder
        self._is_done = False
        self._calm = QTimer(self)
        self._calm.setSingleShot(True)
        self._calm.setInterval(_CALM_MS)
        self._calm.timeout.connect(self._look)
        self.setWindowTitle(
            self.tr("Labels and frames of {folder}").format(folder=folder.name)
        )
        self.table = TablePage()
        self.summary = PlanSummary()
        self.frames = FramesChoice()
        self._make()
        self._show(plan)

        self.table.changed.connect(self._begin)
        self.table.choose_wished.connect(self.choose_table)
        self._sources.idClicked.connect(self._on_source)
        for edit in (self.tag, self.pattern):
            edit.textEdited.connect(self._begin)
        previews.seen.connect(self._on_seen)
        self._look()

    @property
    def plan(self) -> ImportPlan:
        """What the controls say."""
        source = get_args(LabelSource)[self._sources.checkedId()]
        is_table = source == "table"
        return ImportPlan(
            labels=source,
            table=self.table.file if is_table else None,
            columns=self.table.columns if is_table else None,
            separator=self.table.separator if is_table else None,
            tag=self.tag.text().strip() if source == "tag" else "",
            pattern=self.pattern.text().strip(),
            frames=self.frames.text,
        )

    def take_table(self, file: Path) -> None:
        """Take the labels from a table, its columns guessed anew."""
        self._sources.button(get_args(LabelSource).index("table")).setChecked(True)
        self.table.take(file, None, None)
        self._on_source()

    def choose_source(self, source: LabelSource) -> None:
        """Take the labels from somewhere else."""
        self._sources.button(get_args(LabelSource).index(source)).setChecked(True)
        self._on_source()

    def choose_table(self) -> None:
        """Ask for a table."""
        title = self.tr("Choose a table of labels")
        kind = self.tr("Tables (*.csv *.tsv *.txt);;All files (*)")
        start = self.table.file or self._folder
        name, _ = QFileDialog.getOpenFileName(self, title, str(start), kind)
        if name:
            self.take_table(Path(name))

    def showEvent(self, event: QShowEvent) -> None:
        """Take the height that the style, known by now, asks for."""
        super().showEvent(event)
        self._turn()

    def accept(self) -> None:
        """Hand the plan over."""
        plan = self.plan
        super().accept()
        self.chosen.emit(self._folder, plan)

    def done(self, result: int) -> None:
        """End the previews with the dialog: they hold identities in clear."""
        self._calm.stop()
        self._is_done = True
        self._previews.forget()
        super().done(result)

    def _make(self) -> None:
        names = (
            self.tr("&Class folders"),
            self.tr("A &table"),
            self.tr("A &DICOM element"),
            self.tr("&Nowhere"),
        )
        self._sources = QButtonGroup(self)
        sources = QHBoxLayout()
        sources.setSpacing(theme.MARGIN)
        for number, name in enumerate(names):
            button = QRadioButton(name)
            self._sources.addButton(button, number)
            sources.addWidget(button)
        sources.addStretch(1)
        self.tag = QLineEdit()
        self.tag.setPlaceholderText(self.tr("BodyPartExamined, or (0018,0015)"))
        self.tag.setAccessibleName(self.tr("DICOM element of the labels"))
        self.pattern = QLineEdit()
        self.pattern.setPlaceholderText(self.tr("{patient}/{case}/*"))
        self.pattern.setAccessibleName(self.tr("Pattern of folders and names"))
        self.pages = QStackedWidget()
        self._pages = (
            self._page(
                self.tr(
                    "The folder that a picture lies in is its label, where the folder "
                    "is sorted into at least two: light/1.png is “light”."
                )
            ),
            self.table,
            self._page(
                self.tr(
                    "The value of this element is the label. It is read from each "
                    "file; files without it, and files that are no DICOM, get none."
                ),
                self.tag,
            ),
            self._page(self.tr("Pictures that are new get no label.")),
        )
        for page in self._pages:
            self.pages.addWidget(page)
        self._example = QLabel()
        self._example.setProperty("role", "dim")
        self._example.setWordWrap(True)
        self.buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self.ok = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.ok.setText(self.tr("&Index with these choices"))
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

        column = self._column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self._heading(self.tr("Where labels come from")))
        column.addLayout(sources)
        column.addWidget(self.pages, 1)
        column.addWidget(self.summary)
        column.addSpacing(theme.GAP)
        column.addWidget(self._heading(self.tr("Patients and cases from the path")))
        column.addWidget(self.pattern)
        column.addWidget(self._example)
        column.addSpacing(theme.GAP)
        column.addWidget(self._heading(self.tr("Files with several frames: index")))
        column.addWidget(self.frames)
        column.addStretch(1)
        column.addWidget(self.buttons)
        self.resize(_WIDTH, self.minimumSizeHint().height())

    def _heading(self, text: str) -> QLabel:
        label = QLabel(text)
        label.setProperty("role", "heading")
        return label

    def _page(self, text: str, control: QWidget | None = None) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        if control is not None:
            column.addWidget(control)
        label = QLabel(text)
        label.setProperty("role", "dim")
        label.setWordWrap(True)
        column.addWidget(label)
        column.addStretch(1)
        return page

    def _show(self, plan: ImportPlan) -> None:
        number = get_args(LabelSource).index(plan.labels)
        self._sources.button(number).setChecked(True)
        self.table.take(plan.table, plan.columns, plan.separator)
        self.tag.setText(plan.tag)
        self.pattern.setText(plan.pattern)
        self.frames.choose(plan.frames)
        self._turn()

    def _on_source(self, _: int = 0) -> None:
        self._turn()
        self._begin()

    def _turn(self) -> None:
        """Show the page of the source, and no more of the dialog than that needs."""
        self.pages.setCurrentIndex(self._sources.checkedId())
        is_table = self.pages.currentWidget() is self.table
        self.table.setVisible(is_table)
        ignored, fixed = QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred
        for page in self._pages:
            is_shown = page is self.pages.currentWidget()
            page.setSizePolicy(fixed, fixed if is_shown else ignored)
        most = _ENDLESS if is_table else self.pages.sizeHint().height()
        self.pages.setMaximumHeight(most)
        # What is too high for the lines goes to the table, or to the end.
        self._column.setStretchFactor(self.pages, 1 if is_table else 0)
        self._column.setStretch(self._column.count() - 2, 0 if is_table else 1)
        self.resize(max(self.width(), _WIDTH), _TABLE_HEIGHT if is_table else 1)
        self._grow()

    def _grow(self) -> None:
        """Leave room for every line: sentences get longer and shorter."""
        needed = self._column.totalHeightForWidth(self.width())
        if self.height() < needed:
            self.resize(self.width(), needed)

    def _begin(self) -> None:
        """Look at the plan once the user rests."""
        self.ok.setEnabled(False)
        self._calm.start()

    def _look(self) -> None:
        self.ok.setEnabled(False)
        self.summary.wait()
        self._previews.look(self._folder, self.plan)

    def _on_seen(self, seen: PlanPreview) -> None:
        if self._calm.isActive() or self._is_done:
            return  # another look follows, or nobody looks any more
        source = self.plan.labels
        if source == "table":
            self.table.show_preview(seen)
        self.summary.show_preview(seen, source)
        self._example.setText(self._examples(seen))
        self.ok.setEnabled(not seen.problem)
        self._grow()

    def _examples(self, seen: PlanPreview) -> str:
        if not self.pattern.text().strip():
            return self.tr(
                "Without a pattern, DICOM headers and the table tell patients and "
                "cases. {patient}, {case} and {label} stand for parts of the path."
            )
        if not seen.examples:
            return self.tr("No file fits this pattern.")
        words = {
            "patient": self.tr("patient {name}"),
            "case": self.tr("case {name}"),
            "label": self.tr("label {name}"),
        }
        path, parts = seen.examples[0]
        told = ", ".join(words[key].format(name=name) for key, name in parts.items())
        text = self.tr("{path}: {told}. {fits:,} of {files:,} files fit.")
        return text.format(
            path=path, told=told, fits=seen.pattern_fits, files=len(seen.files)
        )
