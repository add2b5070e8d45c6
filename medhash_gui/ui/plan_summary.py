"""What an import plan would come to, in two lines, with the lists behind it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.file_list import FileList
from medhash_gui.ui.file_lists import FileLists
from medhash_gui.ui.import_plan import LabelSource
from medhash_gui.ui.import_tasks import PlanPreview

_LABELS_TOLD = 6


class PlanSummary(QWidget):
    """Tells how many files have a row, which labels there are, and what is wrong.

    Args:
        parent: Qt's owner.

    Attributes:
        lists: files without row, rows without file, in a dialog of their own.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = QLabel()
        self._labels = QLabel()
        self._labels.setProperty("role", "dim")
        self._problem = QLabel()
        self._problem.setProperty("role", "warning")
        for label in (self._text, self._labels, self._problem):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        self._text.setAccessibleName(self.tr("What the choices come to"))
        self._button = QPushButton(self.tr("Show the &lists…"))
        self._button.clicked.connect(self.show_lists)
        self.lists: tuple[FileList, ...] = ()
        self.dialog: QDialog | None = None
        words = QVBoxLayout()
        words.setSpacing(2)
        for label in (self._text, self._labels, self._problem):
            words.addWidget(label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addLayout(words, 1)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)
        self.wait()

    @property
    def text(self) -> str:
        """Everything that is told."""
        labels = (self._text, self._labels, self._problem)
        return "\n".join(label.text() for label in labels if label.text())

    def wait(self) -> None:
        """Say that the plan is being looked at."""
        self._text.setText(self.tr("Looking at the folder…"))
        for label in (self._labels, self._problem):
            label.setText("")
            label.hide()
        self._button.hide()

    def show_preview(self, seen: PlanPreview, source: LabelSource) -> None:
        """Tell what a plan would come to."""
        self._text.setText(self._sentence(seen, source))
        labels = self._labels_told(seen)
        self._labels.setText(labels)
        self._labels.setVisible(bool(labels))
        problem = " ".join(text for text in (seen.problem, seen.hint) if text)
        if not problem and seen.row_count and seen.files and not seen.matched:
            problem = self.tr("Is this the table of another folder?")
        problem = problem or " ".join(seen.notes)
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.lists = self._lists(seen)
        self._button.setVisible(any(one.rows for one in self.lists))

    def show_lists(self) -> None:
        """Show what fits nothing, in a dialog of its own."""
        self.dialog = QDialog(self)
        self.dialog.setWindowTitle(self.tr("What fits nothing"))
        lists = FileLists()
        lists.save_button.hide()  # nothing is settled yet; the report can be saved
        lists.show_lists(self.lists)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.dialog.reject)
        column = QVBoxLayout(self.dialog)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(lists)
        column.addWidget(buttons)
        self.dialog.resize(760, 480)
        self.dialog.open()

    def _sentence(self, seen: PlanPreview, source: LabelSource) -> str:
        count = len(seen.files)
        if source != "table":
            return self.tr("{count:,} files of the folder can be pictures.").format(
                count=count
            )
        if not seen.row_count:
            return ""
        parts = [
            self.tr("{matched:,} of {count:,} files have a row.").format(
                matched=seen.matched, count=count
            )
        ]
        if len(seen.without_file) == 1:
            parts.append(self.tr("1 row matches no file."))
        elif seen.without_file:
            text = self.tr("{count:,} rows match no file.")
            parts.append(text.format(count=len(seen.without_file)))
        if len(seen.ambiguous) == 1:
            parts.append(self.tr("1 file could belong to several rows."))
        elif seen.ambiguous:
            text = self.tr("{count:,} files could belong to several rows.")
            parts.append(text.format(count=len(seen.ambiguous)))
        return " ".join(parts)

    def _labels_told(self, seen: PlanPreview) -> str:
        labels = list(seen.labels.items())
        if not labels:
            return ""
        each = self.tr("{label} ({count:,})")
        told = ", ".join(
            each.format(label=name, count=count)
            for name, count in labels[:_LABELS_TOLD]
        )
        if len(labels) > _LABELS_TOLD:
            more = self.tr("{told} and {count:,} more")
            told = more.format(told=told, count=len(labels) - _LABELS_TOLD)
        return self.tr("Labels: {told}").format(told=told)

    def _lists(self, seen: PlanPreview) -> tuple[FileList, ...]:
        no_row = self.tr("No row of the table names this file.")
        no_file = self.tr("No file of the folder fits this row.")
        several = self.tr("More than one row, or file, could be meant.")
        return (
            FileList(
                "file_without_row",
                self.tr("Files without a row"),
                [(path, no_row) for path in seen.without_row],
            ),
            FileList(
                "row_without_file",
                self.tr("Rows without a file"),
                [(path, no_file) for path in seen.without_file],
            ),
            FileList(
                "ambiguous",
                self.tr("Not clear"),
                [(path, several) for path in seen.ambiguous],
            ),
        )
