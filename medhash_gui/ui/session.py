"""The state of the window, and the only way from a widget to the core.

Widgets ask the session and listen to its signals; every request becomes a ``Job``.
Opening, searching and explaining run one after another on one thread, which alone uses
the open library and its model; indexing has a thread and a store of its own, thumbnails
have theirs, and pictures are decoded in processes.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import LibraryError, SettingsError
from medhash_gui.milvus_uri import LibraryPlace, MilvusUri
from medhash_gui.settings import Settings
from medhash_gui.ui import answer_tasks, library_tasks
from medhash_gui.ui.answer_tasks import (
    Answer,
    Choice,
    Marking,
    Patients,
    ShownHit,
    Source,
)
from medhash_gui.ui.arrivals import Arrivals
from medhash_gui.ui.desk import Desk
from medhash_gui.ui.hit_beside import HitBeside
from medhash_gui.ui.import_plan import ImportPlan
from medhash_gui.ui.indexer import Indexer
from medhash_gui.ui.inquiry import Inquiry
from medhash_gui.ui.job import JobQueue, once
from medhash_gui.ui.library_tasks import Facts, Opened, OpenLibrary
from medhash_gui.ui.marks import Marks
from medhash_gui.ui.narrowing import Narrowing
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.picture import OverlayChanges, OverlayStyle
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.previews import Previews
from medhash_gui.ui.reporting import Reporting
from medhash_gui.ui.sample_tour import SampleTour
from medhash_gui.ui.searches import Searches
from medhash_gui.ui.thumbnails import Thumbnails
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.upkeep import Upkeep
from medhash_gui.ui.weighing import Weighing
from medhash_gui.ui.why import Why

if TYPE_CHECKING:
    from medhash_gui.query_box import QueryBox
    from medhash_gui.search import SearchHit, SearchResult

_log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 148  # of a hit's cell, in the pixels of a plain screen


class Session(QObject):
    """Open library and model, current query, results, and the jobs that make them.

    Args:
        settings: device, number of hits, first policy and overlay.
        parent: Qt's owner.

    Attributes:
        facts: what is known of the open library, or None.
        choice: policy, label and number of hits.
        overlay: how saliency maps are shown.
        result: the last answer, or None.
        indexer: runs the one indexing job.
        inquiry: the query, and how it is asked.
        weighing: what stands behind the answer.
        reporting: writes reports of it.
        upkeep: what the library is told of its folder, and keeps of it.
        previews: looks at what import plans would make of a folder.
        trainer: trains models and follows the run.
        thumbnails: small pictures of the hits.
        trail: the way from query to query.
        searches: those that are kept, and the work of the last run.
        marks: what the hits shall be like and unlike besides.
        why: what query and hit share, bit by bit and place by place.
        beside: the hit that stands beside the query.
        desk: the hits that lie beside the query to be compared.

    Signals (all on the UI thread):
        library_changed(object): ``Facts`` of the open library.
        query_started(str): name of a query that is being answered.
        query_shown(object): the query's ``Picture``, or None.
        hits_ready(object): a ``SearchResult``, or None.
        query_explained(object, object): ``Explanation`` and familiarity ratio or None.
        hit_chosen(object): the ``SearchHit`` that is being opened, or None.
        hit_shown(object): its ``Picture``.
        hit_explained(object): its ``Explanation``.
        overlay_changed(object): the new ``OverlayStyle``.
        table_dropped(object): the ``Path`` of a table of labels.
        state_changed(): what can be done may have changed.
        told(object): a ``Notice``.
        failed(object): an exception.
    """

    library_changed = Signal(object)
    query_started = Signal(str)
    query_shown = Signal(object)
    hits_ready = Signal(object)
    query_explained = Signal(object, object)
    hit_chosen = Signal(object)
    hit_shown = Signal(object)
    hit_explained = Signal(object)
    overlay_changed = Signal(object)
    table_dropped = Signal(object)
    state_changed = Signal()
    told = Signal(object)
    failed = Signal(object)

    def __init__(self, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.facts: Facts | None = None
        self.settings = settings
        self.overlay = OverlayStyle(
            opacity=settings.number("overlay_opacity"),
            colour_map=settings.text("colour_map"),
        )
        self._pictures = PictureProcess()
        self._small_pictures = PictureProcess()
        self.thumbnails = Thumbnails(THUMBNAIL_SIDE, self._small_pictures, self)
        self._device = library_tasks.device_of(settings)
        self._library: OpenLibrary | None = None
        self._waiting: Source | None = None  # a query that came before its library

        self._jobs = JobQueue(self)
        self._jobs.failed.connect(self._on_failed)
        self._jobs.changed.connect(self.state_changed)
        choice = answer_tasks.first_choice(settings)
        self.inquiry = Inquiry(self, self._jobs, self._pictures, choice)
        self.weighing = Weighing(self, self._jobs)
        self.reporting = Reporting(self, self._jobs, self._pictures)
        self.beside = HitBeside(self, self._jobs, self._pictures)
        self.trail = self.inquiry.trail
        self.trail.changed.connect(self.state_changed)
        self.marks = Marks(self, self.inquiry)
        self.searches = Searches(self, self._jobs, self._pictures)
        self.why = Why(self, self._jobs)
        self.desk = Desk(self, self._jobs, self._pictures)
        self.indexer = Indexer(settings, self)
        self.indexer.failed.connect(self.failed)
        self.upkeep = Upkeep(self, self._jobs, self.indexer)
        self.upkeep.refreshed.connect(self._on_refreshed)
        self.previews = Previews(self)
        self.previews.failed.connect(self.failed)
        self.trainer = Trainer(self)
        self._arrivals = Arrivals(self, self._jobs)
        self._sample_tour = SampleTour(self, self._jobs)

    # -- what can be done ------------------------------------------------------------

    def states(self) -> frozenset[str]:
        """Return what is there.

        That is "library", "local" (it can be changed here), "query", "frames" (the
        query's file has several), "windows" (its greys, too), "region" (it is asked
        about one), "hit", "back" and "forward" on the trail, "marks", "desk" (it is
        open), "undo", "redo", and either "indexing" or "idle".
        """
        shown = self.inquiry.picture
        there = (
            (self.facts is not None, "library"),
            (self.facts is not None and self.facts.is_local, "local"),
            (self.answer is not None, "query"),
            (shown is not None and shown.frame_count > 1, "frames"),
            (shown is not None and len(shown.views) > 1, "windows"),
            (self.answer is not None and self.answer.box is not None, "region"),
            (self.shown_hit is not None, "hit"),
            (self.trail.has_back, "back"),
            (self.trail.has_forward, "forward"),
            (self.choice.marking != Marking(), "marks"),
            (self.desk.is_open, "desk"),
            (self.upkeep.edits.canUndo(), "undo"),
            (self.upkeep.edits.canRedo(), "redo"),
            (True, "indexing" if self.indexer.is_running else "idle"),
        )
        return frozenset(name for is_there, name in there if is_there)

    @property
    def library(self) -> OpenLibrary | None:
        """The open library, to be used by jobs only."""
        return self._library

    @property
    def choice(self) -> Choice:
        """Policy, label and number of hits."""
        return self.inquiry.choice

    @property
    def answer(self) -> Answer | None:
        """The query that was answered last, or None."""
        return self.inquiry.answer

    @property
    def result(self) -> SearchResult | None:
        """The last answer's hits, or None."""
        return self.inquiry.result

    @property
    def source(self) -> Source | None:
        """The picture that was asked about and is shown, or None."""
        return self.inquiry.source

    @property
    def shown_hit(self) -> ShownHit | None:
        """The hit beside the query, once it was looked at."""
        return self.beside.shown

    @property
    def query_file(self) -> Path | None:
        """The file that was asked with last, or None."""
        return self.inquiry.file

    @property
    def is_busy(self) -> bool:
        """Whether any job runs or waits, thumbnails included."""
        busy = self._jobs.is_busy or self.trainer.is_busy or self.indexer.is_running
        return busy or self.thumbnails.pending > 0

    # -- coming in -------------------------------------------------------------------

    def receive(self, places: Sequence[Path]) -> None:
        """Take what was dropped: open a library, index a folder, or ask a picture."""
        self._arrivals.receive(places)

    def search_file(self, path: Path) -> None:
        """Ask for the pictures most like a file."""
        self.search(Source(path.name, path))

    def search(self, source: Source) -> None:
        """Ask for the pictures most like this one; a query waits for a library."""
        if self._library is None:
            self._wait_for_library(source)
            return
        self.inquiry.ask(source)

    def add_file(self, path: Path) -> None:
        """Ask about one more file, together with the query's."""
        self.inquiry.add(Source(path.name, path))

    def search_hit(self, hit: SearchHit) -> None:
        """Ask for the pictures most like a hit."""
        if self.facts is not None:
            file = self.facts.indexed_root / hit.record.path
            self.search(Source(file.name, file, hit.record.frame))

    def show_hit(self, hit: SearchHit) -> None:
        """Open a hit beside the query."""
        self.beside.show(hit)

    def view_hit(self, view: int) -> None:
        """Look at the hit through another window; its code and its map stay."""
        self.beside.view(view)

    def close_hit(self) -> None:
        """Take the hit away that stands beside the query."""
        self.beside.close()

    # -- choices ---------------------------------------------------------------------

    def choose_patients(self, patients: Patients) -> None:
        """Change what happens to the query's own patient, and ask again."""
        self.inquiry.choose(patients, self.choice.label)

    def choose_frame(self, frame: int, view: int) -> None:
        """Ask with another frame of the query's file, or through another window.

        The answer that is there stays until the new one is.
        """
        self.inquiry.choose_frame(frame, view)

    def choose_box(self, box: QueryBox | None) -> None:
        """Ask about a region of the query's picture, or about all of it."""
        self.inquiry.choose_box(box)

    def choose_label(self, label: str | None) -> None:
        """Let only records of one label count, or all, and ask again."""
        self.inquiry.choose(self.choice.patients, label)

    def narrow(self, narrowing: Narrowing) -> None:
        """Change which pictures may be hits at all, and ask again."""
        self.inquiry.narrow(narrowing)

    def style_overlay(self, **changes: Unpack[OverlayChanges]) -> None:
        """Change how saliency maps are shown; what is not named stays."""
        before = self.overlay
        self.overlay = replace(before, **changes)
        if self.overlay == before:
            return
        self.overlay_changed.emit(self.overlay)
        self.state_changed.emit()
        if self.overlay.source != before.source:
            self.beside.explain_again()

    # -- libraries and folders -------------------------------------------------------

    def open_library(self, root: LibraryPlace) -> None:
        """Open a library and its model in place of the open one."""
        processes = (self._pictures, self._small_pictures)
        work = partial(library_tasks.open_library, root, self._device, processes)
        self._jobs.start("open", work, self._on_opened)

    def open_address(self, text: str) -> None:
        """Open the library on a server that a text spells."""
        try:
            self.open_library(MilvusUri.parse(text))
        except LibraryError as error:
            self.failed.emit(error)

    def reopen(self, root: Path) -> None:
        """Open the library of the last run, if it is still there."""
        self._arrivals.reopen(root)

    def index(self, folder: Path, plan: ImportPlan | None = None) -> None:
        """Bring the library of a folder up to date, and open it (``Upkeep.index``)."""
        self.upkeep.index(folder, plan)

    def update_library(self) -> None:
        """Bring the open library up to date with its folder."""
        if self.facts is not None:
            self.index(self.facts.indexed_root)

    def try_sample(self) -> None:
        """Draw the synthetic samples if need be, index them, and ask with one."""
        self._sample_tour.start()

    def close(self) -> None:
        """Cancel every job, wait for the threads, and close the library."""
        self.indexer.cancel()
        self._pictures.close()  # first: a file that hangs must not keep the window
        self._jobs.close()
        self.thumbnails.close()
        self.previews.close()
        self.trainer.close()
        self.indexer.close()
        if self._library is not None:
            self._library.store.close()
            self._library = None
        self.searches.remember()
        self._remember()

    # -- what comes back -------------------------------------------------------------

    def _wait_for_library(self, source: Source) -> None:
        self._waiting = source
        if not self._jobs.has("open") and not self.indexer.is_running:
            text = self.tr("No library is open yet to compare {name} with.")
            hint = self.tr("Drop a study folder or open a library; the search follows.")
            self.told.emit(Notice(text.format(name=source.name), hint))

    def _remember(self) -> None:
        """Keep for the next run what the user changed in this one."""
        self.settings.set("overlay_opacity", self.overlay.opacity)
        self.settings.set("colour_map", self.overlay.colour_map)
        # A server is asked when its address is given, not at every start.
        if self.facts is not None and self.facts.is_local:
            self.settings.set("last_library", str(self.facts.root))
        try:
            self.settings.save()
        except SettingsError as error:
            # The window is gone; the next run starts with the settings before.
            _log.info("%s", error.message)

    def _on_opened(self, opened: Opened) -> None:
        if self._library is not None:
            self._jobs.start("close", once(self._library.store.close))
        self._library = opened.library
        self.inquiry.begin(opened.library, is_asked=self._waiting is not None)
        self.take_facts(opened.facts)
        if opened.warning:
            self.told.emit(Notice(opened.warning, kind="warning"))
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.search(waiting)

    def take_facts(self, facts: Facts) -> None:
        """Tell what is known of the open library by now."""
        self.facts = facts
        self.library_changed.emit(facts)
        self.state_changed.emit()

    def _on_failed(self, error: BaseException) -> None:
        self.failed.emit(error)
        self.inquiry.settle()

    def _on_refreshed(self, facts: Facts) -> None:
        before = self.facts
        self.take_facts(facts)
        if before is None or before.images != facts.images:
            self.inquiry.ask_again()
