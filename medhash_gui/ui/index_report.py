"""What came of every file of a run: totals that add up, and a list of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from medhash_gui.ui import theme
from medhash_gui.ui.file_list import FileList
from medhash_gui.ui.file_lists import FileLists
from medhash_gui.ui.privacy_words import PrivacyWords

if TYPE_CHECKING:
    from medhash_gui.errors import FileState
    from medhash_gui.index_report import IndexReport
    from medhash_gui.privacy import PrivacySummary

_LISTS_HEIGHT = 220


class IndexReportView(QWidget):
    """The lists of a report, and one line about patients where there is one to say.

    Args:
        parent: Qt's owner.

    Attributes:
        lists: one of each kind.

    Signals:
        privacy_wished(): the user wants to see what the library keeps.
        save_wished(object, object): the ``IndexReport`` and the ``Path`` to save it at.
    """

    privacy_wished = Signal()
    save_wished = Signal(object, object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._report: IndexReport | None = None
        self._privacy = QLabel()
        self._privacy.setTextFormat(Qt.TextFormat.PlainText)
        self._privacy.setWordWrap(True)
        self._privacy.setAccessibleName(self.tr("About patients"))
        self._show_privacy = QPushButton(self.tr("What this library keeps…"))
        self._show_privacy.clicked.connect(self.privacy_wished)
        self.lists = FileLists()
        self.lists.setFixedHeight(_LISTS_HEIGHT)
        self.lists.save_wished.connect(self._on_save)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        row.addWidget(self._privacy, 1)
        row.addWidget(self._show_privacy)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addLayout(row)
        column.addWidget(self.lists)
        self.clear()

    @property
    def privacy(self) -> str:
        """The line about patients, or ""."""
        return self._privacy.text()

    @property
    def count(self) -> int:
        """How many entries the lists have together."""
        return sum(len(one.rows) for one in self.lists.lists)

    def clear(self) -> None:
        """Take the report away."""
        self._report = None
        self.lists.show_lists(())
        self._tell_privacy("")
        self.lists.hide()

    def show_report(self, report: IndexReport) -> None:
        """Show what came of every file; the lists stay folded."""
        skipped = [self._skipped(report, state) for state in self._states()]
        self.lists.show_lists([*skipped, *self._further(report)])
        self._report = report

    def show_privacy(self, summary: PrivacySummary) -> None:
        """Show in one line what is to be minded about patients, if anything is."""
        self._tell_privacy(PrivacyWords(summary).line())

    def totals(self, report: IndexReport) -> str:
        """Return how the files add up."""
        parts = [self.tr("{count:,} added").format(count=report.added)]
        for text, count in (
            (self.tr("{count:,} unchanged"), report.unchanged),
            (self.tr("{count:,} moved"), report.moved),
            (self.tr("{count:,} skipped"), len(report.skipped)),
        ):
            if count:
                parts.append(text.format(count=count))
        text = self.tr("{found:,} files = {parts}")
        return text.format(found=report.found, parts=" + ".join(parts))

    def further(self, report: IndexReport) -> str:
        """Return the rest of the counts, rate and time."""
        names = self._states()
        counts = [
            (f"{{count:,}} {names[state]}", report.states[state]) for state in names
        ]
        counts += [
            (self.tr("{count:,} relabelled"), report.relabelled),
            (self.tr("{count:,} gone"), report.hidden),
        ]
        parts = [text.format(count=count) for text, count in counts if count]
        if report.frames > report.added:
            text = self.tr("{count:,} frames as pictures")
            parts.append(text.format(count=report.frames))
        parts.append(self.tr("{seconds:.0f} s").format(seconds=report.seconds))
        if report.images_per_second is not None:
            rate = self.tr("{rate:.1f} images a second")
            parts.append(rate.format(rate=report.images_per_second))
        return "  ·  ".join(parts)

    def _states(self) -> dict[FileState, str]:
        return {
            "damaged": self.tr("damaged"),
            "unsupported": self.tr("unsupported"),
            "not_an_image": self.tr("not an image"),
        }

    def _skipped(self, report: IndexReport, state: FileState) -> FileList:
        titles = {
            "damaged": self.tr("Damaged"),
            "unsupported": self.tr("Unsupported"),
            "not_an_image": self.tr("Not an image"),
        }
        found = [(s.path, s.reason) for s in report.skipped if s.state == state]
        return FileList(state, titles[state], found)

    def _further(self, report: IndexReport) -> list[FileList]:
        no_row = self.tr("No row of the table names this file.")
        no_file = self.tr("No file of the folder fits this row.")
        several = self.tr("More than one row, or file, could be meant.")
        remarks = [
            (
                one.first_path,
                self.tr("{text} ({count:,} files, this one first)").format(
                    text=one.text, count=one.count
                )
                if one.count > 1
                else one.text,
            )
            for one in report.remarks
        ]
        return [
            FileList("remark", self.tr("Remarks"), remarks),
            FileList(
                "file_without_row",
                self.tr("Files without a row"),
                [(path, no_row) for path in report.files_without_row],
            ),
            FileList(
                "row_without_file",
                self.tr("Rows without a file"),
                [(path, no_file) for path in report.rows_without_file],
            ),
            FileList(
                "ambiguous",
                self.tr("Row not clear"),
                [(path, several) for path in report.ambiguous],
            ),
        ]

    def _on_save(self, file: Path) -> None:
        if self._report is not None:
            self.save_wished.emit(self._report, file)

    def _tell_privacy(self, text: str) -> None:
        self._privacy.setText(text)
        self._privacy.setVisible(bool(text))
        self._show_privacy.setVisible(bool(text))
