"""Whether neighbours share what has nothing to do with findings, over a whole library.

A seeded sample of pictures, one of each patient, is searched for in the library, just
as a search does it: the own patient and copies of the picture are no neighbours, nor is
what was left out. Of each thing that is known of rows (labels, view, device, folder …)
it is counted how many of the k nearest have the same as the query. Beside it stands
chance: how many of *all* rows that could have been neighbours have the same, counted
exactly, query by query. No table of all pairs is made.

Among neighbours that share a label with the query the same is counted once more: what
merely follows the labels is no nearer there than chance among rows of that label.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import answer, queries, row_values, shortcut_figures
from medhash_gui.answer import Answer, View
from medhash_gui.conditions import Flags
from medhash_gui.errors import DatasetError
from medhash_gui.queries import QuerySet
from medhash_gui.row_values import RowValues
from medhash_gui.search_result import NO_FILTER, SearchFilter
from medhash_gui.shortcut_figures import Counted, Property, Shares

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

Rows = npt.NDArray[np.intp]
Integers = npt.NDArray[np.int64]

NEIGHBOURS = 10
MOST_NEIGHBOURS = 200
SAMPLE = 500
_QUERIES_AT_ONCE = 4  # so that progress comes twice a second from a million rows


@dataclass(frozen=True, slots=True)
class AuditStep:
    """How far an audit has come.

    Attributes:
        done: queries that are searched and counted, each counts for half.
        found: twice the queries that there are.
    """

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class ShortcutAudit:
    """What neighbours in a library have in common.

    Attributes:
        properties: the labels first; then what some row states.
        not_stated: keys of what no row states.
        sampled: pictures that were searched for, each of another patient.
        unknown_patients: how many of them are of no known patient; each content counts
            as a patient of its own.
        patients: how many there were to draw from.
        searched: pictures that could be queries and neighbours.
        neighbours: how many were looked at for each.
        seed: of the sample.
    """

    properties: tuple[Property, ...]
    not_stated: tuple[str, ...]
    sampled: int
    unknown_patients: int
    patients: int
    searched: int
    neighbours: int
    seed: int

    @property
    def named(self) -> tuple[Property, ...]:
        """What neighbours share more than labels, among those of one label, too."""
        return tuple(one for one in self.properties if one.verdict == "shares_more")


def measure(
    store: CodeStore,
    *,
    filter: SearchFilter = NO_FILTER,
    neighbours: int = NEIGHBOURS,
    sample: int = SAMPLE,
    seed: int = 0,
) -> Generator[AuditStep, None, ShortcutAudit]:
    """Yield how far it has come; return what neighbours in a library have in common.

    Args:
        store: the library.
        filter: which rows may be queries and neighbours; patients, cases and the
            distance are not looked at.
        neighbours: how many of the nearest count, 1 to ``MOST_NEIGHBOURS``.
        sample: how many patients are asked for, 1 or more; all where there are fewer.
        seed: of the sample.

    Raises:
        DatasetError: the filter leaves less than two patients.
        StoreFormatError: the library is damaged.
        ValueError: ``neighbours`` or ``sample`` is out of its range.
    """
    if not 1 <= neighbours <= MOST_NEIGHBOURS or sample < 1:
        msg = f"{neighbours} neighbours of {sample} patients cannot be counted."
        raise ValueError(msg)
    asked = replace(filter, patients="exclude", cases="all", within=None)
    view = View(store, asked, neighbours, None)
    passed = view.rows.passed(np.arange(store.row_count))
    patients, known = _patients(store, passed)
    chosen, there = _chosen(patients, passed, sample, seed)
    if there < 2:
        msg = f"{store.name} has pictures of {there} patients here, not of two."
        raise DatasetError(msg, hint="Choose fewer conditions, or index more pictures.")
    yield AuditStep(0, 2 * len(chosen))
    near, out = yield from _searched(store, view, chosen)
    tally = _Tally(store, passed, chosen, near, out)
    counted = yield from tally.counted()
    stated = {one.key for one in counted}
    return ShortcutAudit(
        properties=shortcut_figures.judged(
            counted, chosen, patients[chosen], np.where(near < 0, -1, patients[near])
        ),
        not_stated=tuple(key for key in row_values.COMPARED if key not in stated),
        sampled=len(chosen),
        unknown_patients=int(np.count_nonzero(patients[chosen] >= known)),
        patients=there,
        searched=len(passed),
        neighbours=neighbours,
        seed=seed,
    )


def _patients(store: CodeStore, passed: Rows) -> tuple[Integers, int]:
    """Return a number for each row's patient, and from which on nobody is known.

    Returns:
        int64 (N,), -1 where a row does not pass; contents of no known patient are
        patients of their own, and have the greatest numbers.
    """
    unit = store.patients[passed].astype(np.int64)
    _, content = np.unique(store.digests[passed], axis=0, return_inverse=True)
    content = content.ravel()
    # A copy is of the patient that any of its copies names, as it is for a search.
    named = np.full(content.max(initial=-1) + 1, -1)
    np.maximum.at(named, content, unit)
    unit = np.where(unit < 0, named[content], unit)
    known = int(unit.max(initial=-1)) + 1
    numbers = np.full(store.row_count, -1, np.int64)
    numbers[passed] = np.where(unit < 0, known + content, unit)
    return numbers, known


def _chosen(
    patients: Integers, passed: Rows, sample: int, seed: int
) -> tuple[Rows, int]:
    """Return one row of each of some patients, ascending, and how many there are."""
    unit = patients[passed]
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(passed)), unit))
    first = np.ones(len(order), np.bool_)
    first[1:] = unit[order[1:]] != unit[order[:-1]]
    one_each = passed[order[first]]
    return np.sort(rng.permutation(one_each)[:sample]), len(one_each)


def _searched(
    store: CodeStore, view: View, chosen: Rows
) -> Generator[AuditStep, None, tuple[Rows, list[Rows]]]:
    """Yield how far it has come; return the neighbours, and what could be none.

    Returns:
        intp (S, k), -1 where there are fewer than k, and of each query the rows that
        pass the filter and are of its content or patient.
    """
    near = np.full((len(chosen), view.top), -1, np.intp)
    out: list[Rows] = []
    for start in range(0, len(chosen), _QUERIES_AT_ONCE):
        rows = chosen[start : start + _QUERIES_AT_ONCE]
        asked = [Answer(view, _query(store, row)) for row in rows.tolist()]
        for place, (_, hits, _) in enumerate(answer.in_order(view, asked), start):
            near[place, : len(hits.rows)] = hits.rows
        out += [view.rows.passed(one.left_out) for one in asked]
        yield AuditStep(start + len(rows), 2 * len(chosen))
    return near, out


def _query(store: CodeStore, row: int) -> QuerySet:
    digest, frame = store.digests[row].tobytes(), int(store.frames[row])
    query = queries.library_query(store, digest, frame=frame)
    return QuerySet(() if query is None else (query,))


class _Tally:
    """Counts what neighbours share with their queries, and what any rows would."""

    def __init__(
        self, store: CodeStore, passed: Rows, chosen: Rows, near: Rows, out: list[Rows]
    ) -> None:
        self._store = store
        self._chosen, self._near, self._out = chosen, near, out
        self._may = np.zeros(store.row_count, np.bool_)  # (N,)
        self._may[passed] = True
        self._known = [store.labels(row) for row in chosen.tolist()]

    def counted(self) -> Generator[AuditStep, None, list[Counted]]:
        """Yield how far it has come; return the labels, then what some row states."""
        size, done = len(self._chosen), 0
        values = [
            one
            for one in row_values.each(self._store)
            if (one.numbers[self._may] >= 0).any()
        ]
        stated = [one.numbers[self._may] for one in values]
        totals = [np.bincount(numbers[numbers >= 0]) for numbers in stated]
        shared = Shares.nothing(self._near.shape)
        anywhere = [Shares.nothing(self._near.shape) for _ in values]
        within = [Shares.nothing(self._near.shape) for _ in values]
        labelled = self._bearing(tuple(self._store.label_names()))
        for places, same in self._by_labels():
            for place in places:
                self._take(shared, place, same, labelled)
            for one, total, wide, narrow in zip(
                values, totals, anywhere, within, strict=True
            ):
                inside = one.numbers[same]
                of_label = np.bincount(inside[inside >= 0], minlength=len(total))
                for place in places:
                    self._compare(one, place, total, wide, None)
                    self._compare(one, place, of_label, narrow, same)
            done += len(places)
            yield AuditStep(size + done, 2 * size)
        names = self._store.label_names()
        found = [Counted("labels", len(names), shared, None)] if names else []
        for one, total, wide, narrow in zip(
            values, totals, anywhere, within, strict=True
        ):
            kinds = int(np.count_nonzero(total))
            found.append(Counted(one.key, kinds, wide, narrow))
        return found

    def _by_labels(self) -> Iterator[tuple[list[int], Flags]]:
        """Yield queries of the same labels, and which rows share a label with them."""
        together: dict[frozenset[str], list[int]] = {}
        for place, names in enumerate(self._known):
            together.setdefault(frozenset(names), []).append(place)
        for key in sorted(together, key=sorted):
            yield together[key], self._bearing(tuple(key))

    def _bearing(self, names: tuple[str, ...]) -> Flags:
        """Return which rows may be hits and bear one of some labels: bool (N,)."""
        found = np.zeros(len(self._may), np.bool_)
        for name in names:
            found |= self._store.label_mask(name)[: len(found)]
        return found & self._may

    def _take(self, shares: Shares, place: int, same: Flags, labelled: Flags) -> None:
        """Count how many neighbours share a label with one query, and any rows."""
        if not labelled[self._chosen[place]]:
            return
        near, out = self._near[place], self._out[place]
        counts = (near >= 0) & labelled[near]  # (k,)
        total = np.count_nonzero(labelled) - np.count_nonzero(labelled[out])
        equal = np.count_nonzero(same) - np.count_nonzero(same[out])
        shares.put(place, _marks(counts, same[near]), int(equal), int(total))

    def _compare(
        self,
        values: RowValues,
        place: int,
        counts_of: npt.NDArray[np.int64],
        shares: Shares,
        among: Flags | None,
    ) -> None:
        """Count how many neighbours have the same as one query, and how many any rows.

        Args:
            values: of what.
            place: the query's.
            counts_of: int64 (V,), rows of each value that may be hits and are
                ``among``.
            shares: where it is put.
            among: bool (N,), rows that count; None for all.
        """
        own = values.numbers[self._chosen[place]]
        if own < 0:
            return
        near, out = self._near[place], self._out[place]
        theirs = values.numbers[near]
        counts = (near >= 0) & (theirs >= 0)  # (k,)
        if among is not None:
            counts, out = counts & among[near], out[among[out]]
        others = values.numbers[out]
        total = int(counts_of.sum()) - int(np.count_nonzero(others >= 0))
        equal = int(counts_of[own]) - int(np.count_nonzero(others == own))
        shares.put(place, _marks(counts, theirs == own), equal, total)


def _marks(counts: Flags, same: Flags) -> npt.NDArray[np.int8]:
    """Return 1 where the same is there, 0 where not, -1 where it does not count."""
    return np.where(counts, same, -1).astype(np.int8)
