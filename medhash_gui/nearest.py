"""The rows nearest to a query, and all rows that tie with the last of them: exactly.

Every allowed row is compared by XOR and bit count, in blocks that stay in the cache.
What is kept of a block are the rows no farther than the ``top``-th best so far, found
by one comparison and a search for the few bytes that are set. Nothing is sorted and no
table of all distances is made, so a search costs little more than the bit count.

The rows up to the distance of the last hit are complete: whoever orders them by
anything else (``search``) sees whole groups of ties, and how many there are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from medhash_gui import codes
from medhash_gui.bit_count import BitCount, Flags

Words = npt.NDArray[np.uint64]
Rows = npt.NDArray[np.intp]
Scores = npt.NDArray[np.signedinteger[Any] | np.unsignedinteger[Any]]

# 1 MiB of 64-bit codes: large enough that NumPy's calls do not count, small enough
# that a block answers all queries of a batch before it leaves the cache.
_BLOCK_ROWS = 131_072
# The first blocks are small: all of their rows are kept until there is a bound.
_FIRST_ROWS = 2048
_GROWTH = 8
# So many times as many rows as wanted are collected before the bound is made lower.
_CUT = 4
# Below so many comparisons another thread costs more than it saves.
_ROWS_A_THREAD = 400_000
_MOST_THREADS = 8


@dataclass(frozen=True, eq=False, slots=True)
class Target:
    """What rows are compared with.

    One code, or several: then a row's score is a weighted sum of its distances, whole
    numbers all of it (``docs/search.md``).

    Attributes:
        like: uint64 (P, W) codes to be near to, P >= 1.
        unlike: uint64 (M, W) codes to be far from, M >= 0.
    """

    like: Words
    unlike: Words

    @classmethod
    def of(
        cls, like: npt.NDArray[np.uint8], unlike: npt.NDArray[np.uint8] | None = None
    ) -> Target:
        """Return a target of packed codes, uint8 (n, bytes) each."""
        none = like[:0]
        return cls(codes.words(like), codes.words(none if unlike is None else unlike))

    @property
    def is_single(self) -> bool:
        """Whether it is one code and nothing else."""
        return len(self.like) == 1 and not len(self.unlike)

    @property
    def weights(self) -> tuple[int, int]:
        """What a bit from ``like`` and a bit from ``unlike`` weigh in a score.

        Of means: with P and M codes, the mean over ``like`` minus half the mean over
        ``unlike``, times 2 P M.
        """
        count, against = len(self.like), len(self.unlike)
        return (2 * against, -count) if against else (1, 0)


@dataclass(frozen=True, eq=False, slots=True)
class Near:
    """Rows near a target.

    Attributes:
        rows: intp (n,), ascending: all whose score is at most the ``top``-th best one.
        scores: their scores, int64 (n,): distances in bits where the target is one
            code.
    """

    rows: Rows
    scores: npt.NDArray[np.int64]

    def without(self, rows: Rows) -> Near:
        """Return the others, when some rows (ascending) are not meant."""
        stays = np.ones(len(self.rows), np.bool_)
        places = np.searchsorted(self.rows, rows)
        inside = places < len(stays)
        places, rows = places[inside], rows[inside]
        stays[places[self.rows[places] == rows]] = False
        return Near(self.rows[stays], self.scores[stays])

    def at(self, places: Rows) -> Near:
        """Return what stands at some places."""
        return Near(self.rows[places], self.scores[places])

    def up_to(self, top: int) -> Near:
        """Return the ``top`` best rows, with all that tie with the last one."""
        return _up_to(self.rows, self.scores, top)


def nearest(
    words: Words,
    targets: Sequence[Target],
    *,
    top: Sequence[int],
    within: int | None = None,
    allowed: npt.NDArray[np.bool_] | None = None,
    threads: int | None = None,
) -> list[Near]:
    """Return the rows nearest to each target, with all that tie with the last one.

    Args:
        words: uint64 (N, W) codes, as ``codes.words`` gives them.
        targets: what to compare with, as many as there are queries.
        top: for each target, how many rows are wanted, >= 1.
        within: greatest mean distance in bits from ``like``, inclusive; None for any.
        allowed: bool (N,) which rows count; None for all.
        threads: how many to use; None for what the machine and the work suggest.
    """
    if threads is None:
        work = len(words) * max(1, len(targets))
        threads = max(1, min(cores(), _MOST_THREADS, work // _ROWS_A_THREAD))
    cuts = np.linspace(0, len(words), threads + 1).astype(int).tolist()

    def part(start: int, stop: int) -> list[_Best]:
        best = [
            _Best(target, k, within) for target, k in zip(targets, top, strict=True)
        ]
        _scan(words, start, stop, best, allowed)
        return best

    if threads == 1:
        parts = [part(0, len(words))]
    else:
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(threads) as pool:
            parts = list(pool.map(part, cuts[:-1], cuts[1:]))
    return [_joined(found) for found in zip(*parts, strict=True)]


def cores() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def scores(words: Words, target: Target) -> npt.NDArray[np.int64]:
    """Return the score of each row: int64 (N,)."""
    if not len(words):
        return np.zeros(0, np.int64)
    space = _Space(len(words), target.like.shape[1])
    return space.scores(words, target, None)[0].astype(np.int64)


# -- one block at a time ------------------------------------------------------------


class _Space:
    """Memory for the passes over a block, used again for the next one."""

    # Those of searches that are over: new memory costs a tenth of a search.
    _spare: ClassVar[list[_Space]] = []

    @classmethod
    @contextmanager
    def lent(cls, rows: int, width: int) -> Iterator[_Space]:
        """Lend a space for blocks of so many rows; nobody else has it meanwhile."""
        size = min(rows, _BLOCK_ROWS)
        try:
            space = cls._spare.pop()
        except IndexError:
            space = None
        if space is None or space.rows < size or space.width != width:
            space = cls(size, width)
        yield space
        if len(cls._spare) < _MOST_THREADS:
            cls._spare.append(space)

    def __init__(self, rows: int, width: int) -> None:
        self.rows, self.width = rows, width
        self._count = BitCount(rows, width)
        self._sums: npt.NDArray[np.int32] | None = None

    def near(
        self, block: Words, one: _Best, mask: npt.NDArray[np.bool_] | None
    ) -> tuple[Rows, Scores]:
        """Return where a block comes as near as the best so far, and the scores."""
        target, bound = one.target, one.bound
        found: Scores
        if target.is_single and bound is not None:
            places, found = self._count.near(block, target.like[0], bound)
        else:
            scores, is_near = self.scores(block, target, one.within)
            if bound is None:
                places = np.arange(len(block))
            else:
                places = self._flags.at_most(scores, bound)
            if is_near is not None:
                places = places[is_near[places]]
            found = scores[places]
        if mask is not None:
            passed = mask[places]
            places, found = places[passed], found[passed]
        return places, found

    def scores(
        self, block: Words, target: Target, within: int | None
    ) -> tuple[Scores, npt.NDArray[np.bool_] | None]:
        """Return the scores of a block, and which are near enough where that counts.

        Valid until the next call.
        """
        if target.is_single:
            return self._count.distances(block, target.like[0]), None
        if self._sums is None:
            self._sums = np.empty((2, self.rows), np.int32)
            self._flags = Flags(self.rows)
        like, unlike = self._sums[:, : len(block)]
        like[:] = 0
        for code in target.like:
            like += self._count.distances(block, code)
        is_near = None if within is None else like <= within * len(target.like)
        if len(target.unlike):
            unlike[:] = 0
            for code in target.unlike:
                unlike += self._count.distances(block, code)
            weight, against = target.weights
            like *= weight
            unlike *= against
            like += unlike
        return like, is_near


class _Best:
    """The best rows of one target so far, with all that tie with the last one."""

    def __init__(self, target: Target, top: int, within: int | None) -> None:
        self.target = target
        self.top = top
        self.within = within
        # No row with a higher score can be a hit any more; None while any can.
        self.bound: int | None = None
        if within is not None and not len(target.unlike):
            self.bound = min(within, codes.MAX_BITS) * len(target.like)
        self._rows: list[Rows] = []
        self._scores: list[Scores] = []
        self._held = 0
        self._cut_at = _CUT * top

    def add(self, rows: Rows, found: Scores) -> None:
        """Keep rows that are no farther than the bound."""
        self._rows.append(rows)
        self._scores.append(found)
        self._held += len(rows)
        if self._held >= self._cut_at:
            scores = np.concatenate(self._scores)
            last = np.partition(scores, self.top - 1)[self.top - 1]
            stays = scores <= last
            self._rows = [np.concatenate(self._rows)[stays]]
            self._scores = [scores[stays]]
            self._held = len(self._rows[0])
            self.bound = int(last)
            # Of many ties none can go, so the next look is later.
            self._cut_at = _CUT * max(self.top, self._held)

    def kept(self) -> Near:
        """Return the rows up to the ``top``-th best."""
        if not self._rows:
            return Near(np.zeros(0, np.intp), np.zeros(0, np.int64))
        scores = np.concatenate(self._scores, dtype=np.int64)
        return _up_to(np.concatenate(self._rows), scores, self.top)


def _scan(
    words: Words,
    first: int,
    stop: int,
    best: Sequence[_Best],
    allowed: npt.NDArray[np.bool_] | None,
) -> None:
    """Show the rows ``first`` to ``stop`` to each target."""
    with _Space.lent(max(stop - first, 1), words.shape[1]) as space:
        for start, end in _blocks(first, stop):
            block, rows, mask = words[start:end], None, None
            if allowed is not None:
                mask = allowed[start:end]
                count = np.count_nonzero(mask)
                if count == 0:
                    continue
                if count == len(mask):
                    mask = None
                elif count * 4 < len(mask):
                    # Copying a quarter is cheaper than comparing four quarters.
                    rows = np.flatnonzero(mask)
                    block, mask = block[rows], None
            for one in best:
                places, found = space.near(block, one, mask)
                if len(places):
                    places = places if rows is None else rows[places]
                    one.add(places + start, found)


def _blocks(first: int, stop: int) -> Iterator[tuple[int, int]]:
    size = _FIRST_ROWS
    while first < stop:
        end = min(first + size, stop)
        yield first, end
        first = end
        size = min(_GROWTH * size, _BLOCK_ROWS)


def _up_to(rows: Rows, found: npt.NDArray[np.int64], top: int) -> Near:
    """Return the rows whose score is at most the ``top``-th best one."""
    if len(found) <= top:
        return Near(rows, found)
    last = np.partition(found, top - 1)[top - 1]
    stays = found <= last
    return Near(rows[stays], found[stays])


def _joined(parts: Sequence[_Best]) -> Near:
    kept = [part.kept() for part in parts]
    return _up_to(
        np.concatenate([near.rows for near in kept]),
        np.concatenate([near.scores for near in kept]),
        parts[0].top,
    )
