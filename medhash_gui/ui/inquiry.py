"""The query: which picture is asked about, under which choice, and what the answer is.

While another frame or window of the same file is being answered, the answer that is
there stays whole: its picture, its hits and its map are exchanged together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject

from medhash_gui.more_of import MoreOf
from medhash_gui.ui import answer_tasks, listing_tasks, rehearsal
from medhash_gui.ui.answer_tasks import Answer, Choice, Marking, Patients, Source
from medhash_gui.ui.job import JobQueue
from medhash_gui.ui.library_tasks import Facts, OpenLibrary
from medhash_gui.ui.narrowing import Narrowing
from medhash_gui.ui.picture import Picture
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.trail import Trail

if TYPE_CHECKING:
    from medhash_gui.query_box import QueryBox
    from medhash_gui.search import Query, SearchResult
    from medhash_gui.ui.session import Session


class Inquiry(QObject):
    """Asks the open library and keeps the answer.

    Args:
        session: tells the widgets, and is Qt's owner.
        jobs: uses the library and its model.
        pictures: reads the query's file.
        choice: policy, label and number of hits to begin with.

    Attributes:
        choice: policy, label, number of hits, and what was marked.
        added: the further pictures that are asked about.
        result: the last answer's hits, or None.
        answer: the query that was answered last, or None.
        picture: the query's picture that is shown, or None.
        trail: the queries so far, to go back to.
    """

    def __init__(
        self,
        session: Session,
        jobs: JobQueue,
        pictures: PictureProcess,
        choice: Choice,
    ) -> None:
        super().__init__(session)
        self._session = session
        self._jobs = jobs
        self._pictures = pictures
        self.choice = choice
        self.added: tuple[Source, ...] = ()
        self.result: SearchResult | None = None
        self.answer: Answer | None = None
        self.picture: Picture | None = None
        self._source: Source | None = None  # of the picture that is shown
        self._asked: Source | None = None  # of the one that is being answered
        self._asked_choice = choice
        self.trail = Trail(self)
        self.trail.wished.connect(self.ask)
        self._held: Picture | None = None  # shown when its hits are there

    @property
    def source(self) -> Source | None:
        """The picture that is shown, or None."""
        return self._source

    @property
    def file(self) -> Path | None:
        """The file whose picture is shown, or None."""
        content = None if self._source is None else self._source.content
        return content if isinstance(content, Path) else None

    @property
    def is_searching(self) -> bool:
        """Whether a query is being answered."""
        return self._jobs.has("query") or self._jobs.has("again")

    def ask(self, source: Source, more_of: MoreOf | None = None) -> None:
        """Ask the open library for the pictures most like this one.

        Args:
            source: the picture.
            more_of: of another picture than the one before: which finding the hits
                shall show more of, or None. What was chosen for this one stays.
        """
        library = self._session.library
        if library is None:
            return
        if source.content != (self._source and self._source.content):
            # What was marked, was marked around another picture.
            unmarked = replace(self.choice, marking=Marking(), more_of=more_of)
            self._keep_added(unmarked)
        self._ask(source, library)

    def resume(
        self, source: Source | None, choice: Choice, added: Sequence[Source]
    ) -> None:
        """Ask as it was asked before: with a picture, or for words alone.

        Args:
            source: the picture, or None.
            choice: which records count, and what was marked.
            added: the further pictures of the choice.
        """
        library = self._session.library
        self.choice, self.added = choice, tuple(added)
        self._session.state_changed.emit()
        if source is None:
            self._jobs.cancel("query")
            self._clear()
            self._session.query_shown.emit(None)
            self.ask_again()
        elif library is not None:
            self._ask(source, library)

    def _ask(self, source: Source, library: OpenLibrary) -> None:
        self._session.query_started.emit(source.name)
        self._start(source, library)

    def _start(self, source: Source, library: OpenLibrary) -> None:
        self._asked, self._asked_choice, self._held = source, self.choice, None
        work = partial(
            answer_tasks.answer,
            library,
            source,
            self._pictures,
            choice=self.choice,
            explain_by=self._session.overlay.source,
        )
        self._jobs.cancel("rehearsal")
        self._jobs.start("query", work, self._on_answer, progress=self._on_part)

    def choose_frame(self, frame: int, view: int) -> None:
        """Ask with another frame of the query's file, or through another window."""
        if self._source is not None:
            self.ask(replace(self._source, frame=frame, view=view))

    def choose_box(self, box: QueryBox | None) -> None:
        """Ask about a region of the query's picture, or about all of it."""
        if self._source is not None and box != self._source.box:
            self.ask(replace(self._source, box=box))

    def choose(self, patients: Patients, label: str | None) -> None:
        """Change which records count, and ask again."""
        self._choose(replace(self.choice, patients=patients, label=label))

    def narrow(self, narrowing: Narrowing) -> None:
        """Change which pictures may be hits at all, and ask again."""
        self._choose(replace(self.choice, narrowing=narrowing))

    def order(self, *, farthest: bool) -> None:
        """Show the least similar pictures first, or the most similar, and ask again."""
        self._choose(replace(self.choice, farthest=farthest))

    def show_more_of(self, more_of: MoreOf | None) -> None:
        """Move the query towards a finding, or take it as it is, and ask again."""
        self._choose(replace(self.choice, more_of=more_of))

    def mark(self, marking: Marking) -> None:
        """Change what the hits shall be like and unlike besides, and ask again."""
        self._choose(replace(self.choice, marking=marking))

    def add(self, source: Source) -> None:
        """Ask about one more picture together with the query's."""
        library = self._session.library
        if library is not None:
            work = partial(answer_tasks.look_at, library, source, self._pictures)
            then = partial(self._on_added, source)
            self._jobs.start(f"add {source.name}", work, then)

    def _on_added(self, source: Source, query: Query) -> None:
        marking = self.choice.marking
        self.added = (*self.added, source)
        self.mark(replace(marking, added=(*marking.added, query)))

    def _keep_added(self, choice: Choice) -> None:
        """Take another choice, and forget the files of pictures that it has not."""
        self.choice = choice
        if not choice.marking.added:
            self.added = ()

    def _choose(self, choice: Choice) -> None:
        if choice != self.choice:
            self._keep_added(choice)
            self._session.state_changed.emit()
            self.ask_again()

    def ask_again(self) -> None:
        """Answer the query anew, under the choice and from the library of now."""
        library = self._session.library
        if self._jobs.has("query"):
            return  # its answer is looked at when it comes
        if self.answer is not None and library is not None:
            self._asked_choice = self.choice
            query = self.answer.query
            work = partial(answer_tasks.ask_again, library, query, choice=self.choice)
        elif library is not None and self.picture is None:
            self._list(library)
            return
        else:
            return
        self._jobs.start(
            "again", work, self._set_result, progress=self._session.take_facts
        )

    def _list(self, library: OpenLibrary) -> None:
        """List the pictures whose reports have the words of the filter."""
        self._asked_choice = self.choice
        if not self.choice.narrowing.report:
            self._jobs.cancel("again")
            self._set_result(None)
            return
        work = partial(listing_tasks.list_reports, library, self.choice)
        self._jobs.start(
            "again", work, self._set_result, progress=self._session.take_facts
        )

    def begin(self, library: OpenLibrary, *, is_asked: bool) -> None:
        """Forget the query, as another library is open now, and rehearse an answer.

        Args:
            library: the library.
            is_asked: whether a question waits already, which needs no rehearsal.
        """
        self.forget()
        if not is_asked:
            work = partial(
                rehearsal.rehearse,
                library,
                self._pictures,
                self.choice,
                self._session.weighing.neighbours,
            )
            self._jobs.start("rehearsal", work)

    def forget(self) -> None:
        """Give up the query and its answer."""
        self._jobs.cancel("query")
        self._keep_added(
            replace(
                self.choice,
                label=None,
                narrowing=Narrowing(),
                marking=Marking(),
                more_of=None,
            )
        )
        self._clear()
        self._session.query_shown.emit(None)

    def settle(self) -> None:
        """See to it, after a failure, that what is shown is what was chosen."""
        self._held = None
        if self._asked_choice != self.choice:
            self.ask_again()
        elif not self.is_searching:
            self._settle_more_of()

    def _settle_more_of(self) -> None:
        """Forget a finding that nothing could be shown more of: the hits stay."""
        shown = None if self.result is None else _shown_more_of(self.result)
        if shown == self.choice.more_of:
            return
        self.choice = self._asked_choice = replace(self.choice, more_of=shown)
        self._session.state_changed.emit()
        library = self._session.library
        if self.result is None and self._source is not None and library is not None:
            self._start(self._source, library)  # what is said of the failure stays

    def _clear(self) -> None:
        self._jobs.cancel("again", "query map")
        self._source = self._held = self.answer = self.picture = None
        self._session.close_hit()
        self._set_result(None)

    def _on_part(self, part: object) -> None:
        if isinstance(part, Facts):
            self._session.take_facts(part)
        elif not isinstance(part, Picture):
            if self._held is not None:
                self._show(self._held)
            self._set_result(part)
        elif self.result is not None and self._is_same_file():
            self._held = part
        else:
            # Not before: a file that gives no picture leaves the last answer there.
            self._clear()
            self._show(part)

    def _is_same_file(self) -> bool:
        """Whether the query that is being answered is of the file that is shown."""
        asked, shown = self._asked, self._source
        return (
            asked is not None and shown is not None and asked.content == shown.content
        )

    def _show(self, shown: Picture) -> None:
        self._held, self.picture, self._source = None, shown, self._asked
        if self._source is not None:
            self.trail.arrive(self._source, self.choice.more_of)
        self._session.query_shown.emit(shown)
        self._session.state_changed.emit()

    def _set_result(self, result: Any) -> None:  # noqa: ANN401 (search loads late)
        self.result = result
        if result is not None and self._source is not None:
            self.trail.note(self._source, _shown_more_of(result))
        self._session.hits_ready.emit(result)

    def _on_answer(self, answer: Answer) -> None:
        self.answer = answer
        self._session.query_explained.emit(answer.explanation, answer.look.familiarity)
        self.settle()


def _shown_more_of(result: SearchResult) -> MoreOf | None:
    """Return the finding that the hits of an answer show more of, or None."""
    moved = result.moved
    return None if moved is None else MoreOf(moved.label, moved.strength)
