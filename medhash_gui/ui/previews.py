"""Previews of import plans, made beside everything else that the window does."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui import import_tasks
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.import_tasks import PlanPreview
from medhash_gui.ui.job import JobQueue


class Previews(QObject):
    """Looks at folders and tables on a thread of its own; only the latest counts.

    Signals (all on the UI thread):
        seen(object): a ``PlanPreview``.
        failed(object): an exception that is no matter of the plan.
    """

    seen = Signal(object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = JobQueue(self)
        self._jobs.failed.connect(self.failed)
        self._folder: Path | None = None
        self._files: Sequence[str] | None = None  # the folder is listed once a dialog

    @property
    def is_busy(self) -> bool:
        """Whether a plan is being looked at."""
        return self._jobs.is_busy

    def look(self, folder: Path, plan: ImportPlan) -> None:
        """Look at what a plan would make of a folder."""
        files = self._files if folder == self._folder else None
        self._folder = folder
        work = partial(import_tasks.preview, folder, plan, files)
        self._jobs.start("preview", work, self._on_seen)

    def forget(self) -> None:
        """Give up, and list the folder anew the next time."""
        self._jobs.cancel("preview")
        self._folder = self._files = None

    def close(self) -> None:
        """Give up and wait for the thread."""
        self._jobs.close()

    def _on_seen(self, seen: PlanPreview) -> None:
        self._files = seen.files
        self.seen.emit(seen)
