"""An indexing run: how far it is, how to end it, and its report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.import_tasks import LABELS_FILE
from medhash_gui.ui.index_report import IndexReportView
from medhash_gui.ui.indexer import Indexer
from medhash_gui.ui.library_tasks import IndexStart

if TYPE_CHECKING:
    from medhash_gui.index_report import IndexReport
    from medhash_gui.indexing import IndexProgress
    from medhash_gui.privacy import PrivacySummary

_FINISHED_CLEAN_MS = 12_000


class IndexPanel(QFrame):
    """A strip below the pictures while a folder is indexed, and its report after.

    Args:
        indexer: what to listen to.
        parent: Qt's owner.

    Attributes:
        report: what came of every file of the last run.
    """

    def __init__(self, indexer: Indexer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("index_panel")
        self._indexer = indexer
        self._folder = Path()
        self._progress: IndexProgress | None = None
        self._was_cancelled = False
        self._away = QTimer(self)
        self._away.setSingleShot(True)
        self._away.setInterval(_FINISHED_CLEAN_MS)
        self._away.timeout.connect(self.hide)
        self._make()

        indexer.started.connect(self._on_started)
        indexer.planned.connect(self._on_planned)
        indexer.progressed.connect(self._on_progressed)
        indexer.ended.connect(self._on_ended)
        self.hide()

    @property
    def headline(self) -> str:
        """What is going on, or what came of it."""
        return self._headline.text()

    @property
    def detail(self) -> str:
        """Counts, rate and time left, or the report."""
        return self._detail.text()

    def cancel(self) -> None:
        """End the run; what it has committed stays."""
        if self._indexer.is_running:
            self._was_cancelled = True
            self._headline.setText(self.tr("Cancelling…"))
            self._cancel.setEnabled(False)
            self._indexer.cancel()

    def dismiss(self) -> None:
        """Take the report away; a run in progress stays."""
        if not self._indexer.is_running:
            self._away.stop()
            self.hide()

    def show_privacy(self, summary: PrivacySummary) -> None:
        """Tell below the report what is to be minded about patients."""
        if not self._indexer.is_running:
            self.report.show_privacy(summary)
            if self.report.privacy:
                self._away.stop()
                self.show()

    def stop_timers(self) -> None:
        """Let nothing fire after the window."""
        self._away.stop()

    def _make(self) -> None:
        self._headline = QLabel()
        self._headline.setTextFormat(Qt.TextFormat.PlainText)
        self._headline.setProperty("role", "heading")
        self._detail = QLabel()
        self._detail.setTextFormat(Qt.TextFormat.PlainText)
        self._detail.setProperty("role", "dim")
        self._detail.setWordWrap(True)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of indexing"))
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.setAccessibleName(self.tr("Cancel indexing"))
        self._cancel.setToolTip(self.tr("What was done is kept (Ctrl+.)"))
        self._cancel.clicked.connect(self.cancel)
        self._files = QPushButton()
        self._files.setCheckable(True)
        self._files.setAccessibleName(self.tr("Show the lists of the report"))
        self._close = QPushButton(self.tr("Close"))
        self._close.setAccessibleName(self.tr("Close the report"))
        self._close.clicked.connect(self.dismiss)
        self.report = IndexReportView()
        self._files.toggled.connect(self.report.lists.setVisible)

        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._headline)
        words.addWidget(self._detail)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addLayout(words, 1)
        for button in (self._files, self._cancel, self._close):
            row.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.MARGIN, theme.GAP, theme.MARGIN, theme.GAP)
        column.setSpacing(theme.GAP)
        column.addLayout(row)
        column.addWidget(self._bar)
        column.addWidget(self.report)

    def _on_started(self, folder: Path) -> None:
        self._away.stop()
        self._folder, self._progress, self._was_cancelled = folder, None, False
        self.report.clear()
        self._headline.setText(
            self.tr("Looking at {folder}…").format(folder=folder.name)
        )
        self._detail.setText(str(folder))
        self._bar.setRange(0, 0)
        self._bar.show()
        self._cancel.setEnabled(True)
        self._cancel.show()
        self._files.setChecked(False)
        for widget in (self._files, self._close, self.report):
            widget.hide()
        self.show()

    def _on_planned(self, start: IndexStart) -> None:
        if start.is_new and start.fits:
            text = self.tr("Indexing {folder} with {model}, the model that fits best")
        elif start.is_new:
            text = self.tr("Indexing {folder} with {model}; no model here fits well")
        else:
            text = self.tr("Bringing {folder} up to date with {model}")
        if not self._was_cancelled:
            self._headline.setText(
                text.format(folder=self._folder.name, model=start.model)
            )

    def _on_progressed(self, progress: IndexProgress) -> None:
        self._progress = progress
        self._bar.setRange(0, max(progress.found, 1))
        self._bar.setValue(progress.done)
        parts = [
            self.tr("{done:,} of {found:,} files").format(
                done=progress.done, found=progress.found
            )
        ]
        if progress.skipped:
            parts.append(self.tr("{count:,} skipped").format(count=progress.skipped))
        if progress.images_per_second is not None:
            rate = self.tr("{rate:.1f} images a second")
            parts.append(rate.format(rate=progress.images_per_second))
        if progress.seconds_left is not None:
            parts.append(self._time_left(progress.seconds_left))
        self._detail.setText("  ·  ".join(parts))

    def _time_left(self, seconds: float) -> str:
        if seconds < 60:
            return self.tr("{seconds} s left").format(seconds=max(round(seconds), 1))
        minutes = round(seconds / 60)
        if minutes < 60:
            return self.tr("{minutes} min left").format(minutes=minutes)
        return self.tr("{hours} h {minutes} min left").format(
            hours=minutes // 60, minutes=minutes % 60
        )

    def _on_ended(self, report: IndexReport | None) -> None:
        self._cancel.hide()
        self._close.show()
        self._bar.hide()
        if report is not None:
            self._show_report(report)
            return
        if not self._was_cancelled:
            self.hide()  # a failure is told in the message bar
            return
        done = 0 if self._progress is None else self._progress.done
        self._headline.setText(
            self.tr("Indexing of {folder} was cancelled").format(
                folder=self._folder.name
            )
        )
        self._detail.setText(
            self.tr(
                "{done:,} files were looked at; what was indexed is kept. "
                "Drop the folder again to go on."
            ).format(done=done)
        )

    def _show_report(self, report: IndexReport) -> None:
        self._headline.setText(
            self.tr("{folder} is up to date").format(folder=self._folder.name)
        )
        totals, further = self.report.totals(report), self.report.further(report)
        self._detail.setText(f"{totals}  ·  {further}")
        self.report.show_report(report)
        self.report.show()
        self._files.setText(
            self.tr("Lists ({count:,})").format(count=self.report.count)
        )
        self._files.setVisible(self.report.count > 0)
        only_table = all(one.path == LABELS_FILE for one in report.skipped)
        nothing_else = self.report.count == len(report.skipped)
        if only_table and nothing_else:
            self._away.start()  # nothing that anyone needs to look at
