"""The state of the window, and the only way from a widget to the core.

Widgets ask the session and listen to its signals; every request becomes a ``Job``.
Opening, searching and explaining run one after another on one thread, so that the open
library and its model are used by one thread only; indexing has a thread and a store of
its own (a library allows one writer beside its readers); thumbnails have theirs.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from medhash_gui.errors import SettingsError
from medhash_gui.settings import Settings
from medhash_gui.ui import answer_tasks, library_tasks
from medhash_gui.ui.answer_tasks import Answer, Patients, ShownHit, Source
from medhash_gui.ui.arrivals import Arrivals
from medhash_gui.ui.indexer import Indexer
from medhash_gui.ui.job import JobQueue, once
from medhash_gui.ui.library_tasks import Facts, IndexStart, Opened, OpenLibrary
from medhash_gui.ui.notices import Notice
from medhash_gui.ui.picture import Explanation, MapSource, OverlayStyle, Picture
from medhash_gui.ui.sample_tour import SampleTour
from medhash_gui.ui.thumbnails import Thumbnails

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit, SearchResult

_log = logging.getLogger(__name__)

THUMBNAIL_SIDE = 296  # twice the cell, for dense screens


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
        thumbnails: small pictures of the hits.

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
    state_changed = Signal()
    told = Signal(object)
    failed = Signal(object)

    def __init__(
        self,
        settings: Settings,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.facts: Facts | None = None
        self.settings = settings
        self.choice = answer_tasks.first_choice(settings)
        self.overlay = OverlayStyle(
            opacity=settings.number("overlay_opacity"),
            colour_map=settings.text("colour_map"),
        )
        self.result: SearchResult | None = None
        self.thumbnails = Thumbnails(THUMBNAIL_SIDE, self)
        self._device = library_tasks.device_of(settings)
        self._library: OpenLibrary | None = None
        self._answer: Answer | None = None
        self._shown_hit: ShownHit | None = None
        self._waiting: Source | None = None  # a query that came before its library

        self._jobs = JobQueue(self)
        self._jobs.failed.connect(self.failed)
        self._jobs.changed.connect(self.state_changed)
        self.indexer = Indexer(settings, self)
        self.indexer.planned.connect(self._on_index_planned)
        self.indexer.ended.connect(self._on_index_ended)
        self.indexer.failed.connect(self.failed)
        self._arrivals = Arrivals(self, self._jobs)
        self._sample_tour = SampleTour(self, self._jobs)

    # -- what can be done ------------------------------------------------------------

    def states(self) -> frozenset[str]:
        """Return what is there: "library", "query", "hit", "indexing" or "idle"."""
        there = (
            (self.facts is not None, "library"),
            (self._answer is not None, "query"),
            (self._shown_hit is not None, "hit"),
            (True, "indexing" if self.indexer.is_running else "idle"),
        )
        return frozenset(name for is_there, name in there if is_there)

    @property
    def answer(self) -> Answer | None:
        """The query that was answered last, or None."""
        return self._answer

    @property
    def is_busy(self) -> bool:
        """Whether any job runs or waits, thumbnails included."""
        working = self._jobs.is_busy or self.indexer.is_running
        return working or self.thumbnails.pending > 0

    @property
    def is_searching(self) -> bool:
        """Whether a query is being answered."""
        return self._jobs.has("query") or self._jobs.has("again")

    # -- coming in -------------------------------------------------------------------

    def receive(self, places: Sequence[Path]) -> None:
        """Take what was dropped: open a library, index a folder, or ask a picture."""
        self._arrivals.receive(places)

    def search_file(self, path: Path) -> None:
        """Ask for the pictures most like a file."""
        self.search(answer_tasks.file_source(path))

    def search(self, source: Source) -> None:
        """Ask for the pictures most like this one; a query waits for a library."""
        if self._library is None:
            self._wait_for_library(source)
            return
        self.query_started.emit(source.name)
        work = partial(
            answer_tasks.answer,
            self._library,
            source,
            choice=self.choice,
            explain_by=self.overlay.source,
        )
        self._jobs.start("query", work, self._on_answer, progress=self._on_answer_part)

    def search_hit(self, hit: SearchHit) -> None:
        """Ask for the pictures most like a hit."""
        if self.facts is not None:
            self.search_file(self.facts.indexed_root / hit.record.path)

    def show_hit(self, hit: SearchHit) -> None:
        """Open a hit beside the query."""
        if self._library is None:
            return
        self._shown_hit = None
        self.hit_chosen.emit(hit)
        work = partial(answer_tasks.show_hit, self._library, hit, self.overlay.source)
        self._jobs.start("hit", work, self._on_hit, progress=self.hit_shown.emit)

    # -- choices ---------------------------------------------------------------------

    def choose_patients(self, patients: Patients) -> None:
        """Change what happens to the query's own patient, and ask again."""
        self._choose(patients, self.choice.label)

    def choose_label(self, label: str | None) -> None:
        """Let only records of one label count, or all, and ask again."""
        self._choose(self.choice.patients, label)

    def style_overlay(
        self,
        *,
        visible: bool | None = None,
        opacity: float | None = None,
        colour_map: str | None = None,
        source: MapSource | None = None,
    ) -> None:
        """Change how saliency maps are shown; None leaves a part as it is."""
        before = self.overlay
        self.overlay = OverlayStyle(
            visible=before.visible if visible is None else visible,
            opacity=before.opacity if opacity is None else opacity,
            colour_map=colour_map or before.colour_map,
            source=source or before.source,
        )
        if self.overlay == before:
            return
        self.overlay_changed.emit(self.overlay)
        self.state_changed.emit()
        if self.overlay.source != before.source:
            self._explain_again()

    # -- libraries and folders -------------------------------------------------------

    def open_library(self, root: Path) -> None:
        """Open a library and its model in place of the open one."""
        work = partial(library_tasks.open_library, root, self._device)
        self._jobs.start("open", work, self._on_opened)

    def reopen(self, root: Path) -> None:
        """Open the library of the last run, if it is still there."""
        self._arrivals.reopen(root)

    def index(self, folder: Path) -> None:
        """Bring the library of a folder up to date, and open it.

        That is the open library where it is of this folder, else the one in the user's
        data folder.
        """
        if self.indexer.is_running:
            text = self.tr("A folder is being indexed already.")
            hint = self.tr("Wait for its end, or cancel it first.")
            self.told.emit(Notice(text, hint, "warning"))
            return
        if self.facts is not None and self.facts.indexed_root == folder.absolute():
            root = self.facts.root
        else:
            root = library_tasks.library_for(folder)
        self.indexer.start(folder, root)
        self.state_changed.emit()

    def update_library(self) -> None:
        """Bring the open library up to date with its folder."""
        if self.facts is not None:
            self.index(self.facts.indexed_root)

    def try_sample(self) -> None:
        """Draw the synthetic samples if need be, index them, and ask with one."""
        self._sample_tour.start()

    # -- the end ---------------------------------------------------------------------

    def close(self) -> None:
        """Cancel every job, wait for the threads, and close the library."""
        self.indexer.cancel()
        self._jobs.close()
        self.thumbnails.close()
        self.indexer.close()
        if self._library is not None:
            self._library.store.close()
            self._library = None
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
        if self.facts is not None:
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
        self._jobs.cancel("query")
        self._clear_answer()
        self.query_shown.emit(None)
        self.choice = replace(self.choice, label=None)
        self._on_facts(opened.facts)
        if self._waiting is not None:
            waiting, self._waiting = self._waiting, None
            self.search(waiting)

    def _on_facts(self, facts: Facts) -> None:
        self.facts = facts
        self.library_changed.emit(facts)
        self.state_changed.emit()

    def _clear_answer(self) -> None:
        self._jobs.cancel("again", "hit", "query map", "hit map")
        self._answer = self._shown_hit = None
        self._set_result(None)
        self.hit_chosen.emit(None)

    def _choose(self, patients: Patients, label: str | None) -> None:
        choice = replace(self.choice, patients=patients, label=label)
        if choice != self.choice:
            self.choice = choice
            self.state_changed.emit()
            self._ask_again()

    def _ask_again(self) -> None:
        """Answer the query anew, under the choice and from the library of now."""
        if self._answer is not None and self._library is not None:
            query = self._answer.query
            work = partial(
                answer_tasks.ask_again, self._library, query, choice=self.choice
            )
            self._jobs.start("again", work, self._set_result, progress=self._on_facts)

    def _on_answer_part(self, part: object) -> None:
        if isinstance(part, Picture):
            # Not before: a file that gives no picture leaves the last answer there.
            self._clear_answer()
            self.query_shown.emit(part)
        elif isinstance(part, Facts):
            self._on_facts(part)
        else:
            self._set_result(part)

    def _set_result(self, result: Any) -> None:  # noqa: ANN401 (search loads late)
        self.result = result
        self.hits_ready.emit(result)

    def _on_answer(self, answer: Answer) -> None:
        self._answer = answer
        self.query_explained.emit(answer.explanation, answer.look.familiarity)

    def _on_hit(self, shown: ShownHit) -> None:
        self._shown_hit = shown
        self.hit_explained.emit(shown.explanation)

    def _explain_again(self) -> None:
        """Make the maps of both pictures anew, from another source."""
        if self._library is None:
            return
        model, source = self._library.model, self.overlay.source
        if self._answer is not None:
            look = self._answer.look

            def show(explanation: Explanation) -> None:
                self.query_explained.emit(explanation, look.familiarity)

            work = partial(answer_tasks.explain_again, model, look, source)
            self._jobs.start("query map", work, show)
        if self._shown_hit is not None:
            look_of_hit = self._shown_hit.look
            work = partial(answer_tasks.explain_again, model, look_of_hit, source)
            self._jobs.start("hit map", work, self.hit_explained.emit)

    def _on_index_planned(self, start: IndexStart) -> None:
        if not start.fits:
            text = self.tr(
                "No model on this computer was trained on pictures like these; "
                "{model} comes closest and was taken."
            )
            hint = self.tr("Hits may mean little. Look at the pictures, not the ranks.")
            self.told.emit(Notice(text.format(model=start.model), hint, "warning"))
        elif start.warning:
            hint = self.tr("Labels were taken from the folders instead.")
            self.told.emit(Notice(start.warning, hint, "warning"))
        if self.facts is None or self.facts.root != start.root:
            self.open_library(start.root)  # searching works while indexing runs

    def _on_index_ended(self, report: object) -> None:
        del report
        if self._library is not None:
            work = partial(library_tasks.refresh, self._library)
            self._jobs.start("refresh", work, self._on_refreshed)
        self.state_changed.emit()

    def _on_refreshed(self, facts: Facts) -> None:
        before = self.facts
        self._on_facts(facts)
        if before is None or before.images != facts.images:
            self._ask_again()
