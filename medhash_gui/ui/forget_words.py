"""What will be removed for good, and what was, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from medhash_gui.ui.forget_tasks import Counted

if TYPE_CHECKING:
    from medhash_gui.traces import Kind
    from medhash_gui.ui.forget_tasks import Forgotten


class ForgetWords(QObject):
    """Writes the sentences of removing rows for good."""

    def before(self, counted: Counted) -> tuple[str, ...]:
        """Return what will be removed, a sentence each."""
        if not counted.rows:
            return (
                self.tr("Nothing in this library fits: there is nothing to remove."),
            )
        rows = self.tr(
            "{rows:,} rows of this library, {shown:,} of which a search can find now: "
            "paths, codes, labels, details and keyed hashes, in every file of it, "
            "damaged files that were set aside included."
        )
        return (
            rows.format(rows=counted.rows, shown=counted.shown),
            self.tr("The small pictures in this window, its query and the way to it."),
            self.tr(
                "What training runs keep of pictures to save time (it is made again "
                "when it is needed); that of runs that are going on stays."
            ),
            self.tr("Lists of what was opened last, and the places of file dialogs."),
            self.tr("All searches that were kept of this library."),
        )

    def after(self, done: Forgotten) -> tuple[str, ...]:
        """Return what was removed, a sentence each."""
        report = done.report
        removed = self.tr("{rows:,} rows are gone for good.")
        lines = [removed.format(rows=report.removed)]
        for folder in report.set_aside:
            text = self.tr("Damaged files that were set aside are gone: {folder}.")
            lines.append(text.format(folder=folder))
        lines += [self._trace(one.kind).format(count=one.count) for one in done.traces]
        if report.left:
            text = self.tr(
                "Old files could not be removed yet and may hold what was taken out: "
                "{files}. Close what has the library open, and remove once more."
            )
            lines.append(text.format(files=", ".join(report.left)))
        if report.shown:
            text = self.tr(
                "{count:,} of the pictures could be found until now: where their files "
                "are still in the folder, the next update takes them in again."
            )
            lines.append(text.format(count=report.shown))
        lines.append(
            self.tr(
                "Backups, snapshots, lists and reports that you saved, and what a "
                "drive keeps of removed files are out of MedHash's reach."
            )
        )
        return tuple(lines)

    def _trace(self, kind: Kind) -> str:
        texts: dict[Kind, str] = {
            "last library": self.tr("The note of the library opened last is gone."),
            "damaged settings": self.tr("Damaged settings of before are gone."),
            "dialogs": self.tr("The places of file dialogs are gone."),
            "searches": self.tr("The searches kept of this library are gone."),
            "caches": self.tr("Caches of training runs are gone ({count})."),
            "busy caches": self.tr(
                "Caches of runs that are going on stayed ({count}); remove once more "
                "when they have ended."
            ),
        }
        return texts[kind]
