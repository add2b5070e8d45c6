"""How a search is answered: which rows count, which come near, in which order.

Rows that cannot be hits (the query's own picture and patient) are few, so that as many
more are looked for and they are taken out afterwards; whatever else does not count is
left out of the comparison.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import nearest, ranking
from medhash_gui.nearest import Near, Target
from medhash_gui.queries import Query, QuerySet
from medhash_gui.ranking import Ranked, Rows
from medhash_gui.search_result import SearchFilter, SearchHit, SearchResult

if TYPE_CHECKING:
    from medhash_gui.searched_library import SearchedLibrary

# So many rows' soft values are read together for the answers of a batch: 32 MiB of
# 64-bit codes.
_READ_AT_ONCE = 262_144


def answers(view: View, queries: Sequence[QuerySet]) -> list[SearchResult]:
    """Return the answer to each query."""
    asked = [Answer(view, query) for query in queries]
    return [
        one.named(*ranked)
        for one, ranked in zip(asked, in_order(view, asked), strict=True)
    ]


def in_order(view: View, asked: Sequence[Answer]) -> Iterator[tuple[Ranked, ...]]:
    """Yield the rows of each answer in their order, as ``Answer.ranked`` gives them."""
    for one, near in zip(asked, view.nearest(asked), strict=True):
        one.take(near)
    done = 0
    while done < len(asked):
        together: list[Rows] = []
        for one in asked[done:]:
            together.append(one.to_be_ordered)
            if sum(map(len, together)) > _READ_AT_ONCE:
                break
        soft, start = view.rows.soft(np.concatenate(together)), 0
        for rows in together:
            yield asked[done].ranked(soft[start : start + len(rows)])
            start += len(rows)
            done += 1


class View:
    """What one search asks of a library: which rows pass, how many hits, which groups.

    Attributes:
        rows: the library's rows.
        filter: which of them may be hits.
        top: how many hits at most.
    """

    def __init__(
        self,
        library: SearchedLibrary,
        condition: SearchFilter,
        top: int,
        threads: int | None,
    ) -> None:
        self.rows = library.select(condition.labels, threads=threads)
        self.filter = condition
        self.top = top

    @property
    def is_grouped(self) -> bool:
        """Whether each patient or case is shown once."""
        return "group" in (self.filter.patients, self.filter.cases)

    def groups(self, rows: Rows) -> npt.NDArray[np.int32]:
        """Return the number of each row's group, negative where it stands alone."""
        if self.filter.patients == "group":
            return self.rows.patients(rows)
        return self.rows.cases(rows)

    def nearest(self, answers: Sequence[Answer]) -> list[Near]:
        """Return what is near each answer's query, enough of it to fill the answer."""
        found: list[Near | None] = [None] * len(answers)
        wanted = [self.top + len(answer.left_out) for answer in answers]
        open_ones = list(range(len(answers)))
        while open_ones:
            near = self.rows.nearest(
                [answers[i].target for i in open_ones],
                top=[wanted[i] for i in open_ones],
                within=self.filter.within,
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


class Answer:
    """The answer to one query: which rows cannot be hits, and the order of the rest."""

    def __init__(self, view: View, query: QuerySet) -> None:
        self._view, self._rows, self._query = view, view.rows, query
        self.target = query.target()
        content, nothing = self._content(query.like), np.zeros(0, np.intp)
        self._own = self._patient = nothing
        if view.filter.patients == "include":
            self._own = self._rows.passed(self._content(query.like, own_frame=True))
            content = nothing
        self._same = ranking.union(content, self._content(query.unlike))
        if view.filter.patients == "exclude":
            self._patient = self._own_patient()
        self._gone = ranking.union(self._same, self._patient)
        # None of these is a hit: so many more rows have to be looked for.
        self.left_out = ranking.union(self._gone, self._own)

    def is_filled_by(self, near: Near) -> bool:
        """Return whether near rows give as many hits as are asked for."""
        if not self._view.is_grouped:
            return True
        hits = near.without(self.left_out)
        groups = self._view.groups(hits.rows)
        return len(ranking.best_of_groups(groups, hits.scores)[0]) >= self._view.top

    def take(self, near: Near) -> None:
        """Take the rows that are near, complete up to the last hit."""
        self._candidates = near.without(self._gone)
        hits = self._contenders(self._candidates.without(self._own))
        self._theirs = self._near_among(self._rows.passed(self._patient))
        prior = self._contenders(self._theirs)
        self._parts = (Near(self._own, self._scores(self._own)), hits, prior)

    @property
    def to_be_ordered(self) -> Rows:
        """The rows whose soft values are needed."""
        return np.concatenate([part.rows for part in self._parts])

    def ranked(self, soft: npt.NDArray[np.float16]) -> tuple[Ranked, Ranked, Ranked]:
        """Return the rows of the query itself, of the hits and of the prior, in order.

        Args:
            soft: soft values of ``to_be_ordered``, float16 (n, K).
        """
        ranked, start = [], 0
        for part in self._parts:
            stop = start + len(part.rows)
            values = soft[start:stop]
            ranked.append(ranking.ordered(self._rows, self._query, part, values))
            start = stop
        return ranked[0], self._first(ranked[1]), self._first(ranked[2])

    def named(self, own: Ranked, hits: Ranked, prior: Ranked) -> SearchResult:
        """Return what ``ranked`` gave with its records."""
        return SearchResult(
            hits=(
                *self._hits(own, self._candidates, identical=True),
                *self._hits(hits, self._candidates),
            ),
            searched=self._rows.count() - self._rows.count(self._gone),
            prior=tuple(self._hits(prior, self._theirs)),
        )

    # -- rows that are special -----------------------------------------------------

    def _content(self, of: Sequence[Query], *, own_frame: bool = False) -> Rows:
        """Return the rows with the content of some pictures, ascending."""
        found = np.zeros(0, np.intp)
        for query in of:
            if query.digest is not None:
                rows = self._rows.with_digest(query.digest)
                if own_frame:
                    rows = rows[self._rows.frames(rows) == query.frame]
                found = ranking.union(found, rows)
        return found

    def _own_patient(self) -> Rows:
        """Return the other rows of the query's patients, ascending."""
        found = np.zeros(0, np.intp)
        for key in {query.patient_key or "" for query in self._query.like} - {""}:
            found = ranking.union(found, self._rows.of_patient(key))
        return Near(found, found).without(self._same).rows

    # -- ranking -------------------------------------------------------------------

    def _scores(self, rows: Rows) -> npt.NDArray[np.int64]:
        return nearest.scores(self._rows.words(rows), self.target)

    def _near_among(self, rows: Rows) -> Near:
        if not len(rows):
            return Near(rows, np.zeros(0, np.int64))
        near = nearest.nearest(
            self._rows.words(rows),
            [self.target],
            top=[len(rows) if self._view.is_grouped else self._view.top],
            within=self._view.filter.within,
        )[0]
        return Near(rows[near.rows], near.scores)

    def _contenders(self, near: Near) -> Near:
        """Return those of some rows among which the hits are."""
        top = self._view.top
        if not self._view.is_grouped:
            return near.up_to(top)
        groups = self._view.groups(near.rows)
        firsts, leading = ranking.best_of_groups(groups, near.scores)
        if len(firsts) > top:
            last = np.partition(near.scores[firsts], top - 1)[top - 1]
            leading = leading[near.scores[leading] <= last]
        return near.at(leading)

    def _first(self, ranked: Ranked) -> Ranked:
        """Return the hits among contenders that are in order."""
        if self._view.is_grouped:
            ranked = ranked.once_each(self._view.groups(ranked.rows))
        return ranked.first(self._view.top)

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
        records = self._rows.records(ranked.rows)
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
        words = self._rows.words(ranked.rows)
        means: list[list[float]] = []
        for asked in (self.target.like, self.target.unlike):
            total = nearest.scores(words, Target(asked, asked[:0]))
            means.append((total / max(1, len(asked))).tolist())
        return means[0], means[1]

    def _tie_sizes(self, scores: npt.NDArray[np.int64], among: Near) -> list[int]:
        known = np.sort(among.scores)
        if len(scores) and (not len(known) or scores.max() > known[-1]):
            # The query's own picture, asked with another code than the stored one.
            farther = self._rows.up_to(self.target, int(scores.max()))
            known = np.sort(farther.without(self._gone).scores)
        before = np.searchsorted(known, scores, side="left")
        behind = np.searchsorted(known, scores, side="right")
        sizes: list[int] = (behind - before).tolist()
        return sizes
