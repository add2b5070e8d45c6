"""Training as the window sees it: what is planned, the run, and what came of it.

The run itself is another process (``run_control``); this follows its folder. Looking
over data, measuring, judging and re-indexing have threads of their own, so that
searching goes on beside all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from medhash_gui import paths
from medhash_gui.errors import MedHashError
from medhash_gui.ui import library_tasks, model_tasks, training_tasks
from medhash_gui.ui.job import JobQueue, once
from medhash_gui.ui.model_tasks import NewLibrary
from medhash_gui.ui.notices import Action, Notice
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.thumbnails import Thumbnails
from medhash_gui.ui.training_tasks import Checked, Judged

if TYPE_CHECKING:
    from medhash_gui.judgement import Database
    from medhash_gui.run_control import RunFacts
    from medhash_gui.training_plan import Preset, TrainingPlan
    from medhash_gui.ui.session import Session

_SIDE = 160  # of small pictures, twice the cell


class Trainer(QObject):
    """Plans, starts, follows and judges training runs.

    Args:
        session: whose library is indexed anew, and Qt's owner.

    Attributes:
        facts: of the run that is followed, or None.
        thumbnails: small pictures of the wizard's pages.
        keeps_on: whether a run goes on when the program is closed.

    Signals (all on the UI thread):
        prepared(object): ``Beginnings``: the wizard can be opened.
        check_progressed(int, int): files done, and in all.
        checked(object): a ``Checked``.
        estimated(str, object): a preset and its ``estimate`` event, or ``error``.
        run_changed(object): ``RunFacts`` of the run that is followed.
        judged(object): a ``Judged``.
        runs_found(object): ``RunFacts`` of all runs, the newest first.
        baselines_found(object): ``Baseline``, as they come.
        pairs_found(object): the ``Pair`` of a cell.
        reindex_progressed(object): an ``IndexProgress``.
        reindexed(object): a ``NewLibrary``.
        found_in_both(object): a ``Found``.
        others_found(object): each ``OtherLibrary`` of the open one's folder.
        switched(object): the library that is in use now.
        failed(object): an exception.
    """

    prepared = Signal(object)
    check_progressed = Signal(int, int)
    checked = Signal(object)
    estimated = Signal(str, object)
    run_changed = Signal(object)
    judged = Signal(object)
    runs_found = Signal(object)
    baselines_found = Signal(object)
    pairs_found = Signal(object)
    reindex_progressed = Signal(object)
    reindexed = Signal(object)
    found_in_both = Signal(object)
    others_found = Signal(object)
    switched = Signal(object)
    failed = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self._device = library_tasks.device_of(session.settings)
        self.facts: RunFacts | None = None
        self.keeps_on = True
        self._pictures = PictureProcess()
        self.thumbnails = Thumbnails(_SIDE, self._pictures, self)
        self._looking = self._queue()
        self._measuring = self._queue()
        self._following = self._queue()
        self._indexing = self._queue()

    @property
    def is_busy(self) -> bool:
        """Whether anything but a run is under way."""
        queues = (self._looking, self._measuring, self._indexing)
        return any(queue.is_busy for queue in queues) or self.thumbnails.pending > 0

    @property
    def is_running(self) -> bool:
        """Whether the run that is followed is going on."""
        return self.facts is not None and self.facts.state == "running"

    @property
    def is_starting(self) -> bool:
        """Whether a run is being started or followed."""
        return self._following.is_busy

    # -- before the run --------------------------------------------------------------

    def prepare(self) -> None:
        """Look up what the wizard begins with."""
        self._looking.start("prepare", training_tasks.prepare, self.prepared.emit)

    def find_runs(self) -> None:
        """Look for a run that is going on, or was broken off, and tell of it."""
        self._looking.start("runs", training_tasks.find_runs, self._on_runs)

    def check(self, plan: TrainingPlan) -> None:
        """Look a folder over."""
        work = partial(training_tasks.check, plan)
        self._looking.start(
            "check", work, self.checked.emit, progress=self._on_check_progress
        )

    def judge_data(self, plan: TrainingPlan, checked: Checked) -> None:
        """Say anew what a folder is, under a changed plan."""
        work = partial(training_tasks.judge_data, plan, checked)
        self._looking.start("check", work, self.checked.emit)

    def estimate(self, plans: Mapping[Preset, TrainingPlan]) -> None:
        """Measure how long each preset would take."""
        scratch = paths.user_data() / "measuring"
        work = partial(training_tasks.estimate, dict(plans), scratch)
        self._measuring.start("estimate", work, progress=self._on_estimate)

    def stop_measuring(self) -> None:
        """Give up measuring: the machine is for the run."""
        self._measuring.cancel("estimate")

    def leave(self) -> None:
        """Give up what only the wizard's pages wait for; its memory is given back."""
        self._measuring.cancel("estimate")
        self._looking.cancel("check", "judge", "pairs", "both")
        self.thumbnails.forget()
        self._looking.start("rest", once(partial(training_tasks.rest, self._pictures)))

    # -- the run ---------------------------------------------------------------------

    def start(self, plan: TrainingPlan) -> None:
        """Train as planned, in a folder of its own."""
        from medhash_gui import run_control

        self.stop_measuring()
        folder = run_control.new_folder(replace(plan, name=""))
        # The model is called as its run: two models of one name cannot both be kept,
        # and one of a folder's name may be packaged.
        self._follow(replace(plan, name=folder.name), folder, resume=False)

    def resume(self) -> None:
        """Go on with the run that is followed."""
        facts = self.facts
        if facts is not None and facts.plan is not None:
            self.stop_measuring()
            self._follow(facts.plan, facts.folder, resume=True)

    def pause(self) -> None:
        """Let the run stop after the step under way; its memory is given back."""
        if self.facts is not None:
            from medhash_gui import run_control

            work = once(partial(run_control.pause, self.facts.folder))
            # Not behind a look at a large folder: a pause is wished now.
            self._indexing.start("pause", work)

    def follow(self, facts: RunFacts) -> None:
        """Show a run that is there already."""
        self._following.cancel("run")
        self.facts = facts
        self.run_changed.emit(facts)
        if facts.state == "running":
            work = partial(training_tasks.watch, facts.folder)
            self._following.start("run", work, self._on_run, progress=self._on_run)

    def forget(self) -> None:
        """Follow the run no longer; it goes on."""
        self._following.cancel("run")
        self.facts = None

    # -- after the run ---------------------------------------------------------------

    def judge(self) -> None:
        """Judge the run that is followed."""
        if self.facts is not None:
            work = partial(training_tasks.judge, self.facts)
            self._looking.start("judge", work, self.judged.emit)

    def compare_runs(self) -> None:
        """Look up all runs."""
        self._looking.start("all runs", training_tasks.find_runs, self.runs_found.emit)

    def find_baselines(self) -> None:
        """Look up the baselines that were trained before."""
        if self.facts is not None:
            work = partial(training_tasks.known_baselines, self.facts)
            self._looking.start("baselines", work, self.baselines_found.emit)

    def train_baselines(self, methods: Sequence[str]) -> None:
        """Train methods of the registry, and all controls, on the split of the run."""
        if self.facts is not None:
            work = partial(training_tasks.baselines, self.facts, tuple(methods))
            found = self.baselines_found.emit
            self._measuring.start("baselines", work, found, progress=found)

    @property
    def trains_baselines(self) -> bool:
        """Whether baselines are being trained."""
        return self._measuring.has("baselines")

    def find_pairs(
        self, judged: Judged, database: Database, label: str, found: str
    ) -> None:
        """Look up the pictures behind a cell of the confusion."""
        work = partial(training_tasks.pairs, judged, database, label, found)
        self._looking.start("pairs", work, self.pairs_found.emit)

    def reindex(self) -> None:
        """Index the open library's folder anew with the finished model, beside it."""
        facts, library = self.facts, self._session.facts
        folder = None if library is None else library.folder
        if facts is None or facts.model is None or folder is None:
            return
        workers = self._session.settings.whole("decode_workers") or None
        work = partial(model_tasks.reindex, facts.model, folder, self._device, workers)
        self._indexing.start(
            "reindex", work, self.reindexed.emit, progress=self._on_reindex
        )

    @property
    def is_indexing(self) -> bool:
        """Whether a library is being indexed anew."""
        return self._indexing.has("reindex")

    def cancel_reindex(self) -> None:
        """Break off; what was indexed is kept, and gone on with the next time."""
        self._indexing.cancel("reindex")

    def keep_model(self, then: Callable[[Any], None]) -> None:
        """Add the finished model to the models of this user."""
        if self.facts is not None and self.facts.model is not None:
            work = partial(model_tasks.take_in, self.facts.model)
            self._looking.start("keep", work, then)

    def find_in_both(self, query: Path, new: NewLibrary) -> None:
        """Ask the library of before and the new one with the same picture."""
        work = partial(
            model_tasks.find_in_both,
            query,
            new.before,
            new.root,
            self._device,
            self._pictures,
        )
        self._looking.start("both", work, self.found_in_both.emit)

    def find_others(self) -> None:
        """Look up the other libraries of the open one's folder."""
        library = self._session.facts
        if library is not None and library.folder is not None:
            work = partial(model_tasks.libraries_of, library.folder)
            self._looking.start("others", work, self.others_found.emit)

    def switch(self, root: Path) -> None:
        """Use a library for its folder from now on, and open it."""
        work = partial(model_tasks.switch, root)
        self._looking.start("switch", work, self._on_switched)

    def do(
        self, kind: str, work: Callable[[], Any], then: Callable[[Any], None]
    ) -> None:
        """Run a job about models; the latest of a kind counts."""
        self._looking.start(kind, work, then)

    def close(self) -> None:
        """End every job; a run goes on, or is paused where the user wished that."""
        if self.is_running and not self.keeps_on and self.facts is not None:
            from medhash_gui import run_files

            try:
                run_files.ask_to_stop(self.facts.folder)
            except MedHashError:
                # Its folder is gone, and the run with it.
                self.facts = None
        self._pictures.close()
        for queue in (
            self._looking,
            self._measuring,
            self._following,
            self._indexing,
        ):
            queue.close()
        self.thumbnails.close()

    def _queue(self) -> JobQueue:
        queue = JobQueue(self)
        queue.failed.connect(self.failed)
        return queue

    def _follow(self, plan: TrainingPlan, folder: Path, *, resume: bool) -> None:
        work = partial(training_tasks.start, plan, folder, resume=resume)
        self._following.start("run", work, self._on_run, progress=self._on_run)

    def _on_run(self, facts: RunFacts | None) -> None:
        if facts is not None and facts != self.facts:
            self.facts = facts
            self.run_changed.emit(facts)

    def _on_check_progress(self, done: tuple[int, int]) -> None:
        self.check_progressed.emit(*done)

    def _on_estimate(self, found: tuple[str, Any] | None) -> None:
        if found is not None:
            self.estimated.emit(*found)

    def _on_reindex(self, step: object) -> None:
        if step is not None:
            self.reindex_progressed.emit(step)

    def _on_switched(self, root: Path) -> None:
        self._session.open_library(root)
        self.switched.emit(root)

    def _on_runs(self, runs: Sequence[RunFacts]) -> None:
        """Tell of the newest run where it is going on or waits to be taken up."""
        if not runs or self.facts is not None:
            return
        newest = runs[0]
        if newest.state == "running":
            text = self.tr("“{title}” is being trained.")
        elif newest.state in ("interrupted", "stopped"):
            text = self.tr("The training of “{title}” was stopped on its way.")
        else:
            return
        self.follow(newest)
        hint = self.tr("Nothing before its last checkpoint is lost.")
        if newest.state == "running":
            hint = self.tr("Searching goes on meanwhile.")
        offer = Action("train", self.tr("Show the training…"))
        notice = Notice(text.format(title=newest.title), hint, action=offer)
        self._session.told.emit(notice)
