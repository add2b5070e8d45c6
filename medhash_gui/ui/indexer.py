"""The one indexing run that a window may have at a time."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, QThreadPool, Signal

from medhash_gui.settings import Settings
from medhash_gui.ui import library_tasks
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.job import Job
from medhash_gui.ui.library_tasks import IndexStart

_PROGRESS_EVERY_MS = 100


class Indexer(QObject):
    """Runs ``index_folder`` on a thread of its own, with a store of its own.

    Args:
        settings: device, and how many processes decode.
        parent: Qt's owner.

    Signals (all on the UI thread):
        started(object): the folder.
        planned(object): an ``IndexStart``: library and model are known.
        progressed(object): an ``IndexProgress``.
        ended(object): an ``IndexReport``; None when it was cancelled or failed.
        failed(object): the exception, after ``ended``.
    """

    started = Signal(object)
    planned = Signal(object)
    progressed = Signal(object)
    ended = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._device = library_tasks.device_of(settings)
        self._workers = settings.whole("decode_workers") or None
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(1)
        self._job: Job | None = None

    @property
    def is_running(self) -> bool:
        """Whether a folder is being indexed."""
        return self._job is not None

    def start(self, folder: Path, root: Path, plan: ImportPlan | None = None) -> None:
        """Bring a library up to date with its folder; only while none is running."""
        work = partial(
            library_tasks.index, folder, root, self._device, self._workers, plan
        )
        job = Job(work, least_ms=_PROGRESS_EVERY_MS, parent=self)
        self._job = job
        job.reported.connect(self._on_report)
        self.started.emit(folder)
        job.run_on(self._pool)

    def cancel(self) -> None:
        """End the run; what it has committed stays."""
        if self._job is not None:
            self._job.cancel()

    def close(self) -> None:
        """Cancel the run and wait for its thread."""
        self.cancel()
        self._pool.waitForDone()

    def _on_report(self, job: Job, event: str, value: object) -> None:
        if event == "progressed":
            if isinstance(value, IndexStart):
                self.planned.emit(value)
            elif value is not None:
                self.progressed.emit(value)
            return
        self._job = None
        job.deleteLater()
        self.ended.emit(value if event == "finished" else None)
        if event == "failed":
            self.failed.emit(value)
