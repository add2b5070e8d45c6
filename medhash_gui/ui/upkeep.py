"""Keeps the open library in step with its folder, and tells what it keeps of it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from medhash_gui.ui import library_tasks
from medhash_gui.ui.curator import Curator
from medhash_gui.ui.forgetting import Forgetting
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.indexer import Indexer
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.library_tasks import IndexStart
from medhash_gui.ui.notices import Action, Notice
from medhash_gui.ui.shortcut_auditing import ShortcutAuditing

if TYPE_CHECKING:
    from medhash_gui.index_report import IndexReport
    from medhash_gui.ui.session import Session


class PlanChange(QUndoCommand):
    """How a folder is understood, changed; undone by indexing it as before."""

    def __init__(
        self, upkeep: Upkeep, folder: Path, before: ImportPlan, after: ImportPlan
    ) -> None:
        super().__init__()
        self._upkeep, self._folder = upkeep, folder
        self._before, self._after = before, after

    def redo(self) -> None:
        """Index as it was chosen."""
        self._upkeep.index(self._folder, self._after)

    def undo(self) -> None:
        """Index as it was before."""
        self._upkeep.index(self._folder, self._before)


class Upkeep(QObject):
    """Indexes folders and looks at what a library keeps.

    Args:
        session: what is kept up, and Qt's owner.
        jobs: runs what reads the open library.
        indexer: runs the indexing.

    Attributes:
        edits: what was changed in the open library, to be undone.
        curator: leaves single pictures out, and labels them.
        forgetting: takes patients and folders out of it for good.
        shortcuts: looks at what neighbours in it share besides labels.

    Signals (all on the UI thread):
        refreshed(object): ``Facts`` of the open library, after a run.
        privacy_counted(object): a ``PrivacySummary``, after a run.
        privacy_seen(object): a ``PrivacySummary`` that was asked for.
        plan_seen(object): the ``ImportPlan`` that the open library remembers.
        support_seen(object): the texts of a support bundle, by name.
    """

    refreshed = Signal(object)
    privacy_counted = Signal(object)
    privacy_seen = Signal(object)
    plan_seen = Signal(object)
    support_seen = Signal(object)

    def __init__(self, session: Session, jobs: JobQueue, indexer: Indexer) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._indexer = indexer
        self.edits = QUndoStack(self)
        self.forgetting = Forgetting(session, jobs, self)
        self.shortcuts = ShortcutAuditing(session, jobs, self)
        self.edits.indexChanged.connect(session.state_changed)
        self.curator = Curator(session, jobs, self.edits, self)
        session.library_changed.connect(self._on_library)
        self._root: object = None
        self._next: tuple[Path, ImportPlan] | None = None  # when the run has ended
        indexer.planned.connect(self._on_planned)
        indexer.ended.connect(self._on_ended)

    def index(self, folder: Path, plan: ImportPlan | None = None) -> None:
        """Bring the library of a folder up to date, and open it.

        That is the open library where it is of this folder, else the one in the user's
        data folder.

        Args:
            folder: the pictures.
            plan: how they are to be understood from now on; None for what the library
                remembers, or the usual.
        """
        if self._indexer.is_running and plan is not None:
            # What is committed stays; the run begins anew with the plan.
            self._next = (folder, plan)
            self._indexer.cancel()
            return
        if self._indexer.is_running:
            text = self.tr("A folder is being indexed already.")
            hint = self.tr("Wait for its end, or cancel it first.")
            self._session.told.emit(Notice(text, hint, "warning"))
            return
        facts = self._session.facts
        root = library_tasks.library_for(folder)
        if facts is not None and facts.indexed_root == folder.absolute():
            root = facts.root if isinstance(facts.root, Path) else root
        self._indexer.start(folder, root, plan)
        self._session.state_changed.emit()

    def change_plan(self, folder: Path, before: ImportPlan, after: ImportPlan) -> None:
        """Index a folder under another plan; what is undone indexes as before."""
        self.edits.push(PlanChange(self, folder, before, after))

    def ask_for_plan(self) -> None:
        """Look up how the open library understands its folder."""
        library = self._session.library
        if library is not None:
            work = partial(library_tasks.remembered_plan, library)
            self._jobs.start("plan", work, self.plan_seen.emit)

    def ask_for_privacy(self) -> None:
        """Look up what the open library keeps of patients."""
        library = self._session.library
        if library is not None:
            work = partial(library_tasks.look_at_privacy, library)
            self._jobs.start("privacy", work, self.privacy_seen.emit)

    def ask_for_support(self) -> None:
        """Look up what support needs to know."""
        self._jobs.start("support", library_tasks.support_texts, self.support_seen.emit)

    def save_support(self, texts: Mapping[str, str], file: Path) -> None:
        """Write the texts of a support bundle into one file."""
        work = partial(library_tasks.save_support, texts, file)
        self._jobs.start("save support", work, self._on_bundled)

    def save_report(self, report: IndexReport, file: Path) -> None:
        """Write the lists of a report into a CSV file."""
        work = partial(library_tasks.save_report, report, file)
        self._jobs.start("save", work, self._on_saved)

    def _on_library(self, _: object) -> None:
        facts = self._session.facts
        root = None if facts is None else facts.root
        if root != self._root:  # what was done in another library stays there
            self._root = root
            self.edits.clear()

    def _on_saved(self, file: Path) -> None:
        text = self.tr("The list was saved as {file}.").format(file=file)
        self._session.told.emit(Notice(text))

    def _on_bundled(self, file: Path) -> None:
        text = self.tr("The support bundle was saved as {file}.").format(file=file)
        hint = self.tr("Nothing was sent; pass it on yourself.")
        self._session.told.emit(Notice(text, hint))

    def _on_planned(self, start: IndexStart) -> None:
        if not start.fits:
            text = self.tr(
                "No model on this computer was trained on pictures like these; "
                "{model} comes closest and was taken."
            )
            hint = self.tr("Hits may mean little. Look at the pictures, not the ranks.")
            notice = Notice(text.format(model=start.model), hint, "warning")
            self._session.told.emit(notice)
        elif start.warning:
            hint = self.tr("Labels were taken from the folders instead.")
            offer = Action("labels", self.tr("Labels and frames…"))
            self._session.told.emit(Notice(start.warning, hint, "warning", offer))
        facts = self._session.facts
        if facts is None or facts.root != start.root:
            # Searching works while indexing runs.
            self._session.open_library(start.root)

    def _on_ended(self, report: IndexReport | None) -> None:
        library = self._session.library
        if library is not None:
            work = partial(library_tasks.refresh, library)
            self._jobs.start("refresh", work, self.refreshed.emit)
        facts = self._session.facts
        is_local = facts is not None and facts.is_local
        if library is not None and report is not None and is_local:
            look = partial(library_tasks.look_at_privacy, library)
            self._jobs.start("count", look, self.privacy_counted.emit)
        if self._next is not None:
            (folder, plan), self._next = self._next, None
            self.index(folder, plan)
        self._session.state_changed.emit()
