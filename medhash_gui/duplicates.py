"""Pictures that a library holds twice: the same bytes, or codes that are close.

Close codes are found without comparing every picture with every other one. Two codes
that differ in at most ``within`` bits agree in at least one of ``within + 1`` pieces of
them; so only codes that share a piece are compared, and where too many do, these are
divided further by the rest of their bits. What is linked by a chain of close codes is
one group: its ends may be farther apart than ``within``.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui.codes import words

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

Rows = npt.NDArray[np.intp]
Words = npt.NDArray[np.uint64]

# So many codes that share a piece are compared each with each other.
_FEW = 2048
# Links that are collected before they are drawn.
_LINKS_AT_ONCE = 500_000


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of visible rows, the largest first, rows in a group by path.

    Attributes:
        exact: each the rows of one content and frame, at least two.
        near: each rows whose codes are linked, of at least two contents; copies of one
            content are in it, too.
    """

    exact: tuple[tuple[int, ...], ...]
    near: tuple[tuple[int, ...], ...]


def find(store: CodeStore, *, within: int = 0) -> Generator[float, None, Duplicates]:
    """Yield the share that is done; return the duplicates of a library.

    Args:
        store: the library.
        within: how many bits the codes of near duplicates may differ in.

    Raises:
        ValueError: ``within`` is below 0, or not below the length of a code.
    """
    if not 0 <= within < store.bits:
        message = f"Codes of {store.bits} bits are not compared within {within}."
        raise ValueError(message)
    yield 0.0
    codes = store.words
    rows = np.flatnonzero(store.visible[: len(codes)])
    exact = _exact(store, rows)
    distinct, numbers = _distinct(codes[rows])
    groups = (yield from linked(distinct, store.bits, within))[numbers]
    near = [
        group
        for group in _runs(groups, rows)
        if len({store.digests[row].tobytes() for row in group.tolist()}) > 1
    ]
    return Duplicates(_sorted(store, exact), _sorted(store, near))


def linked(
    codes: Words, bits: int, within: int
) -> Generator[float, None, npt.NDArray[np.intp]]:
    """Yield the share that is done; return a number for the group of each code.

    Args:
        codes: uint64 (N, W), all different.
        bits: length K of a code.
        within: how many bits two codes that are linked may differ in, below K.

    Returns:
        intp (N,): the least row of each code's group.
    """
    links = _Links(codes, within)
    everything, free = np.arange(len(codes)), np.arange(bits)
    if within and len(codes):
        for done, piece in enumerate(np.array_split(free, within + 1), 1):
            links.by_piece(everything, free, piece)
            yield done / (within + 1)
    return links.groups()


def _exact(store: CodeStore, rows: Rows) -> list[Rows]:
    # Eight bytes first: hardly any two contents share those.
    heads = store.digests[rows].view(np.uint64)[:, 0]
    _, numbers = _distinct(heads[:, None])
    found = []
    for group in _runs(numbers, rows):
        by_content: dict[tuple[bytes, int], list[int]] = {}
        for row in group.tolist():
            content = store.digests[row].tobytes(), int(store.frames[row])
            by_content.setdefault(content, []).append(row)
        found += [np.array(same) for same in by_content.values() if len(same) > 1]
    return found


def _distinct(codes: Words) -> tuple[Words, npt.NDArray[np.intp]]:
    """Return the different codes, sorted, and which of them each one is."""
    order = np.lexsort(codes.T[::-1])
    in_order = codes[order]
    is_new = np.ones(len(codes), np.bool_)
    is_new[1:] = (in_order[1:] != in_order[:-1]).any(axis=1)
    numbers = np.empty(len(codes), np.intp)
    numbers[order] = np.cumsum(is_new) - 1
    return in_order[is_new], numbers


def _runs(numbers: npt.NDArray[np.intp], rows: Rows) -> list[Rows]:
    """Return the rows that share a number, where several do."""
    order = np.argsort(numbers, kind="stable")
    starts, sizes = _starts(numbers[order])
    several = sizes > 1
    cuts = zip(starts[several].tolist(), sizes[several].tolist(), strict=True)
    return [rows[order[start : start + size]] for start, size in cuts]


def _starts(
    in_order: npt.NDArray[np.intp],
) -> tuple[Rows, Rows]:
    """Return where runs of equal numbers begin, and how long they are."""
    is_new = np.ones(len(in_order), np.bool_)
    is_new[1:] = in_order[1:] != in_order[:-1]
    starts = np.flatnonzero(is_new)
    return starts, np.diff(np.append(starts, len(in_order)))


def _sorted(store: CodeStore, groups: list[Rows]) -> tuple[tuple[int, ...], ...]:
    def key(row: int) -> tuple[str, int]:
        return store.path(row), row

    named = [sorted(group.tolist(), key=key) for group in groups]
    named.sort(key=lambda group: (-len(group), key(group[0])))
    return tuple(map(tuple, named))


class _Links:
    """Groups of codes that grow together as links between them are found."""

    def __init__(self, codes: Words, within: int) -> None:
        self._codes = codes
        self._within = within
        # Each code's group, named by its least row.
        self._group = np.arange(len(codes))
        self._found: list[tuple[Rows, Rows]] = []
        self._count = 0

    def groups(self) -> npt.NDArray[np.intp]:
        """Return the group of each code."""
        self._draw()
        return self._group

    def by_piece(self, members: Rows, free: Rows, piece: Rows) -> None:
        """Link those of some codes that agree in a piece and are close.

        Args:
            members: rows of codes, all equal outside ``free``.
            free: bits.
            piece: some of those bits.
        """
        _, keys = _distinct(self._codes[members] & self._mask(piece))
        order = np.argsort(keys, kind="stable")
        starts, sizes = _starts(keys[order])
        in_order = members[order]
        few = (sizes > 1) & (sizes <= _FEW)
        chosen = np.repeat(few, sizes)
        self._compare(in_order[chosen], sizes[few])
        rest = np.setdiff1d(free, piece)
        many = sizes > _FEW
        for start, size in zip(
            starts[many].tolist(), sizes[many].tolist(), strict=True
        ):
            self._divide(in_order[start : start + size], rest)

    def _divide(self, members: Rows, free: Rows) -> None:
        """Link those of many codes that are close, which are equal outside ``free``."""
        self._draw()
        if (self._group[members] == self._group[members[0]]).all():
            return
        if len(free) <= self._within:
            self._link(members[1:], members[:-1])
            return
        for piece in np.array_split(free, self._within + 1):
            self.by_piece(members, free, piece)

    def _compare(self, members: Rows, sizes: Rows) -> None:
        """Compare each with each other in runs of few codes, one behind the other."""
        ends = np.repeat(np.cumsum(sizes), sizes)
        codes = self._codes[members]
        first = np.arange(len(members))
        step = 0
        while len(first):
            step += 1
            first = first[first + step < ends[first]]
            differ = codes[first] ^ codes[first + step]
            bits = np.bitwise_count(differ).sum(axis=1, dtype=np.uint16)
            close = first[bits <= self._within]
            self._link(members[close], members[close + step])

    def _link(self, some: Rows, others: Rows) -> None:
        new = self._group[some] != self._group[others]
        self._found.append((some[new], others[new]))
        self._count += int(np.count_nonzero(new))
        if self._count > _LINKS_AT_ONCE:
            self._draw()

    def _draw(self) -> None:
        """Put together the groups that links were found between."""
        if self._found:
            some, others = (
                np.concatenate(ends) for ends in zip(*self._found, strict=True)
            )
            self._found, self._count = [], 0
            group = self._group
            while len(some):
                ours, theirs = group[some], group[others]
                np.minimum.at(group, np.maximum(ours, theirs), np.minimum(ours, theirs))
                while not np.array_equal(group, above := group[group]):
                    group = above
                apart = group[some] != group[others]
                some, others = some[apart], others[apart]
            self._group = group

    def _mask(self, bits: Rows) -> Words:
        length = self._codes.shape[1] * 64
        chosen = np.zeros(length, np.bool_)
        chosen[bits] = True
        return words(np.packbits(chosen)[None])
