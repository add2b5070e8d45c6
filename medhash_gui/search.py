"""Search: filter, rank, break ties, name the hits.

The order is distance in bits, then cosine distance of the soft values, then content: it
never depends on the order of rows, which can follow the folders and so the classes. All
rows are compared, none is skipped by an index, so the answer is exact
(``docs/search.md``).

A patient's own pictures resemble each other without meaning anything; by default those
of the query's patient are left out and shown apart as ``prior``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from medhash_gui import nearest, ranking
from medhash_gui.errors import ModelMismatchError
from medhash_gui.images import ImageRecord
from medhash_gui.nearest import Near, Target
from medhash_gui.queries import Query, QuerySet, library_query, query_patient
from medhash_gui.ranking import Ranked, Rows

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

__all__ = [
    "Cases",
    "Patients",
    "Query",
    "QuerySet",
    "SearchFilter",
    "SearchHit",
    "SearchResult",
    "library_query",
    "query_patient",
    "search",
    "search_many",
]

Patients = Literal["exclude", "include", "group"]
Cases = Literal["all", "group"]


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which rows may be hits.

    Attributes:
        labels: a hit bears one of these; () for no condition.
        patients: what becomes of the query's own patient and of patients with several
            pictures: "exclude" leaves out the query's patient (never a record without
            one), "include" leaves nobody out, "group" leaves nobody out either but
            shows each patient once, by the nearest picture; records without a patient
            stand alone.
        within: greatest distance of a hit in bits, inclusive; None for no limit. Of
            several query pictures it is the mean distance to those to be like.
        cases: "group" shows each case once, by the nearest picture; records without a
            case stand alone. Where patients are grouped, their cases are with them.
    """

    labels: tuple[str, ...] = ()
    patients: Patients = "exclude"
    within: int | None = None
    cases: Cases = "all"


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One picture of the library, and how near it is.

    Attributes:
        rank: 1 for the nearest; 0 for the query's own picture.
        row: its row.
        record: what the library knows of it.
        distance: differing bits, a whole number; of several query pictures the mean
            over those to be like.
        soft_distance: cosine distance of the soft values, [0, 2]; of several query
            pictures combined like the bits, [-1, 2].
        tie_size: how many rows that passed the filter are ranked equally by their bits;
            the order among them is the soft values' word, not the code's.
        identical: whether it is the query's own picture.
        unlike_distance: mean of differing bits over the pictures to be unlike, or None.
    """

    rank: int
    row: int
    record: ImageRecord
    distance: float
    soft_distance: float
    tie_size: int
    identical: bool
    unlike_distance: float | None = None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: nearest first; under "include" after the query's own picture.
        searched: how many rows passed the conditions on labels and patients.
        prior: under "exclude", the nearest pictures of the query's own patient.
    """

    hits: tuple[SearchHit, ...]
    searched: int
    prior: tuple[SearchHit, ...] = ()


def search(
    store: CodeStore,
    query: Query | QuerySet,
    *,
    filter: SearchFilter = SearchFilter(),
    top: int = 12,
) -> SearchResult:
    """Return the pictures of a library nearest to a query.

    Under "include" the query's own picture comes first where the library holds it,
    flagged and not counted in ``top``; otherwise it is left out, as pictures to be
    unlike always are. Other pictures with the same code stay.

    Args:
        store: the library.
        query: what to search for.
        filter: which rows may be hits; applied before ranking.
        top: how many hits at most.

    Raises:
        ModelMismatchError: the query's code is not as long as the library's.
        ValueError: ``top`` is below 1.
    """
    return search_many(store, [query], filter=filter, top=top)[0]


def search_many(
    store: CodeStore,
    queries: Sequence[Query | QuerySet],
    *,
    filter: SearchFilter = SearchFilter(),
    top: int = 12,
    threads: int | None = None,
) -> list[SearchResult]:
    """Return what ``search`` returns for each query, in less time than one by one.

    Args:
        store: the library.
        queries: what to search for.
        filter: as for ``search``, the same for all.
        top: as for ``search``.
        threads: how many to use; None for what the machine and the work suggest.

    Raises:
        As ``search``.
    """
    if top < 1:
        message = f"A search shows at least one hit, not {top}."
        raise ValueError(message)
    sets = [QuerySet.of(query) for query in queries]
    for picture in (picture for one in sets for picture in one.pictures):
        _check_length(store, picture)
    view = _View(store, filter, top, threads)
    answers = [_Answer(view, one) for one in sets]
    found = view.nearest(answers)
    return [one.result(near) for one, near in zip(answers, found, strict=True)]


def _check_length(store: CodeStore, query: Query) -> None:
    if query.codes.bits != store.bits:
        message = (
            f"The library was indexed with model {store.model_name}, codes of "
            f"{store.bits} bits, but the query has {query.codes.bits}."
        )
        hint = f"Load {store.model_name}, or index the folder with the model loaded."
        raise ModelMismatchError(message, hint=hint)


class _View:
    """The rows that there are now, and which of them pass the filter."""

    def __init__(
        self, store: CodeStore, condition: SearchFilter, top: int, threads: int | None
    ) -> None:
        self.store = store
        self.filter = condition
        self.top = top
        self._threads = threads
        # A writer on another thread may add rows meanwhile; they come next time.
        self.words = store.words
        self.rows = len(self.words)
        self.allowed = self._allowed()
        self.groups: npt.NDArray[np.int32] | None = None
        if condition.patients == "group":
            self.groups = store.patients[: self.rows]
        elif condition.cases == "group":
            self.groups = store.cases[: self.rows]

    def count(self, rows: Rows | None = None) -> int:
        """Return how many of some rows, or of all, pass the filter."""
        if self.allowed is None:
            return self.rows if rows is None else len(rows)
        passed = self.allowed if rows is None else self.allowed[rows]
        return int(np.count_nonzero(passed))

    def passed(self, rows: Rows) -> Rows:
        """Return which of some rows there are and pass the filter."""
        rows = rows[rows < self.rows]
        return rows if self.allowed is None else rows[self.allowed[rows]]

    def nearest(self, answers: Sequence[_Answer]) -> list[Near]:
        """Return what is near each answer's query, enough of it to fill the answer."""
        found: list[Near | None] = [None] * len(answers)
        wanted = [self.top + len(answer.left_out) for answer in answers]
        open_ones = list(range(len(answers)))
        while open_ones:
            near = nearest.nearest(
                self.words,
                [answers[i].target for i in open_ones],
                top=[wanted[i] for i in open_ones],
                within=self.filter.within,
                allowed=self.allowed,
                threads=self._threads,
            )
            for i, one in zip(open_ones, near, strict=True):
                found[i] = one
                # Groups may need more rows; when fewer came than wanted, that is all.
                if len(one.rows) < wanted[i] or answers[i].is_filled_by(one):
                    wanted[i] = 0
            open_ones = [i for i in open_ones if wanted[i]]
            for i in open_ones:
                wanted[i] *= 4
        return [one for one in found if one is not None]

    def _allowed(self) -> npt.NDArray[np.bool_] | None:
        """Return which rows are visible and bear one of the labels; None for all."""
        allowed = self.store.visible[: self.rows]
        if self.filter.labels:
            masks = [self.store.label_mask(name) for name in self.filter.labels]
            allowed = allowed & np.logical_or.reduce([m[: self.rows] for m in masks])
        return None if allowed.all() else allowed


class _Answer:
    """The answer to one query: which rows cannot be hits, and the order of the rest."""

    def __init__(self, view: _View, query: QuerySet) -> None:
        self._view, self._store, self._query = view, view.store, query
        self.target = query.target()
        content, nothing = self._content(query.like), np.zeros(0, np.intp)
        self._own = self._patient = nothing
        if view.filter.patients == "include":
            self._own = view.passed(self._content(query.like, own_frame=True))
            content = nothing
        self._same = ranking.union(content, self._content(query.unlike))
        if view.filter.patients == "exclude":
            self._patient = self._own_patient()
        self._gone = ranking.union(self._same, self._patient)
        # None of these is a hit: so many more rows have to be looked for.
        self.left_out = ranking.union(self._gone, self._own)

    def is_filled_by(self, near: Near) -> bool:
        """Return whether near rows give as many hits as are asked for."""
        groups = self._view.groups
        if groups is None:
            return True
        hits = near.without(self.left_out)
        return (
            len(ranking.best_of_groups(groups[hits.rows], hits.scores)[0])
            >= self._view.top
        )

    def result(self, near: Near) -> SearchResult:
        """Return the answer, from rows that are complete up to the last hit."""
        candidates = near.without(self._gone)
        hits: list[SearchHit] = []
        if len(self._own):
            own = Near(self._own, self._scores(self._own))
            hits = self._hits(self._order(own), candidates, identical=True)
        hits += self._hits(self._ranked(candidates.without(self._own)), candidates)
        prior: list[SearchHit] = []
        if len(self._patient):
            theirs = self._near_among(self._view.passed(self._patient))
            prior = self._hits(self._ranked(theirs), theirs)
        searched = self._view.count() - self._view.count(self._gone)
        return SearchResult(tuple(hits), searched, tuple(prior))

    # -- rows that are special -----------------------------------------------------

    def _content(self, of: Sequence[Query], *, own_frame: bool = False) -> Rows:
        """Return the rows with the content of some pictures, ascending."""
        found = np.zeros(0, np.intp)
        for query in of:
            if query.digest is not None:
                rows = self._store.rows_with_digest(query.digest)
                if own_frame:
                    rows = rows[self._store.frames[rows] == query.frame]
                found = ranking.union(found, rows[rows < self._view.rows])
        return found

    def _own_patient(self) -> Rows:
        """Return the other rows of the query's patients, ascending."""
        found = np.zeros(0, np.intp)
        for key in {query.patient_key or "" for query in self._query.like} - {""}:
            rows = self._store.patient_rows(key)
            found = ranking.union(found, rows[rows < self._view.rows])
        return Near(found, found).without(self._same).rows

    # -- ranking -------------------------------------------------------------------

    def _scores(self, rows: Rows) -> npt.NDArray[np.int64]:
        return nearest.scores(self._view.words[rows], self.target)

    def _near_among(self, rows: Rows) -> Near:
        near = nearest.nearest(
            self._view.words[rows],
            [self.target],
            top=[self._view.top if self._view.groups is None else max(1, len(rows))],
            within=self._view.filter.within,
        )[0]
        return Near(rows[near.rows], near.scores)

    def _ranked(self, near: Near) -> Ranked:
        """Return the hits among rows that are complete up to the last one, in order."""
        groups, top = self._view.groups, self._view.top
        if groups is None:
            return self._order(near.up_to(top)).first(top)
        firsts, leading = ranking.best_of_groups(groups[near.rows], near.scores)
        if len(firsts) > top:
            last = np.partition(near.scores[firsts], top - 1)[top - 1]
            leading = leading[near.scores[leading] <= last]
        ranked = self._order(near.at(leading))
        return ranked.once_each(groups[ranked.rows]).first(top)

    def _order(self, near: Near) -> Ranked:
        return ranking.ordered(self._store, self._query, near)

    # -- naming --------------------------------------------------------------------

    def _hits(
        self, ranked: Ranked, among: Near, *, identical: bool = False
    ) -> list[SearchHit]:
        """Return hits with their records.

        Args:
            ranked: the hits.
            among: rows that count as ties, complete as far as they go.
            identical: whether it is the query's own picture.
        """
        like, unlike = self._means(ranked)
        ties = self._tie_sizes(ranked.scores, among)
        records = self._store.records(ranked.rows)
        return [
            SearchHit(
                rank=0 if identical else place + 1,
                row=int(row),
                record=records[place],
                distance=like[place],
                soft_distance=float(ranked.soft[place]),
                tie_size=ties[place],
                identical=identical,
                unlike_distance=unlike[place] if len(self.target.unlike) else None,
            )
            for place, row in enumerate(ranked.rows)
        ]

    def _means(self, ranked: Ranked) -> tuple[list[float], list[float]]:
        """Return the mean distances of hits to what is like and unlike the query."""
        if self._query.is_single:
            return ranked.scores.tolist(), []
        words = self._view.words[ranked.rows]
        means: list[list[float]] = []
        for asked in (self.target.like, self.target.unlike):
            total = nearest.scores(words, Target(asked, asked[:0]))
            means.append((total / max(1, len(asked))).tolist())
        return means[0], means[1]

    def _tie_sizes(self, scores: npt.NDArray[np.int64], among: Near) -> list[int]:
        known = np.sort(among.scores)
        if len(scores) and (not len(known) or scores.max() > known[-1]):
            # The query's own picture, asked with another code than the stored one.
            every = np.arange(self._view.rows)
            passed = self._view.passed(every)
            known = np.sort(self._scores(Near(passed, passed).without(self._gone).rows))
        before = np.searchsorted(known, scores, side="left")
        behind = np.searchsorted(known, scores, side="right")
        sizes: list[int] = (behind - before).tolist()
        return sizes
