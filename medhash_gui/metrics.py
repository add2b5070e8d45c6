"""Retrieval metrics that do not depend on how ties are ordered.

A K-bit code gives at most K + 1 distances, so most hits tie. Every value here is the
expectation over all orders inside the groups of equal distance (McSherry and Najork,
ECIR 2008): deterministic, and unchanged when the database is shuffled. A constant
distance therefore gives the chance level of the same queries exactly.

Average precision at k is divided by min(k, relevant in the database), the information
retrieval standard; ``normaliser="retrieved"`` divides by the relevant among the first k
instead, which many hashing papers report, and which is larger and not monotone. Never
compare the two.

A metric takes the groups of one ranking or of many at once and needs no more than one
step a group: sums of 1/i and 1/log2(i + 1) over the places of a group are differences
of prefix sums. NumPy only.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Normaliser = Literal["min", "retrieved"]


@dataclass(frozen=True, slots=True, eq=False)
class TieGroups:
    """Rankings up to ties: groups of equal distance, nearest first.

    The leading axes, none or one, number the queries. A group may be empty.

    Attributes:
        sizes: (..., G) int64, pictures in each group.
        relevant: (..., G) int64, relevant ones among them.
        gains: (..., G) float64, summed gains 2^shared labels - 1.
        shared: (..., S) int64, pictures of the database by the number of labels that
            they share with the query, 0 to S - 1: what the ideal ranking is made of.
    """

    sizes: Integers
    relevant: Integers
    gains: Floats
    shared: Integers

    @property
    def total(self) -> Integers:
        """Relevant pictures in the database, (...)."""
        return np.asarray(self.relevant.sum(axis=-1))

    def as_chance(self) -> TieGroups:
        """Return the same queries with the whole database tied."""
        return TieGroups(
            self.sizes.sum(axis=-1, keepdims=True),
            self.relevant.sum(axis=-1, keepdims=True),
            self.gains.sum(axis=-1, keepdims=True),
            self.shared,
        )


def tie_groups(
    distances: npt.NDArray[np.generic], shared: npt.NDArray[np.integer]
) -> TieGroups:
    """Group a database by its distance to one query.

    Args:
        distances: (N,) any ordered numbers; equal numbers tie.
        shared: (N,) integer >= 0, labels shared with the query.
    """
    _, group = np.unique(distances, return_inverse=True)
    count = int(group.max()) + 1 if len(group) else 0
    gains = np.exp2(shared.astype(np.float64)) - 1
    return TieGroups(
        np.bincount(group, minlength=count),
        np.bincount(group[shared > 0], minlength=count),
        np.bincount(group, weights=gains, minlength=count).astype(np.float64),
        np.bincount(shared.astype(np.int64)),
    )


def average_precision(
    groups: TieGroups, k: int | None = None, *, normaliser: Normaliser = "min"
) -> Floats:
    """Return the expected average precision among the first ``k``; 0 if none exists.

    Args:
        groups: the rankings.
        k: length of the list; None for the whole database.
        normaliser: what the sum is divided by, see the module.

    Returns:
        (...) in [0, 1].

    Raises:
        ValueError: k is not positive.
    """
    sizes, relevant, total = groups.sizes, groups.relevant, groups.total
    before, seen = _before(sizes), _before(relevant)
    k = _length(groups, k)
    slots = np.clip(k - before, 0, sizes)
    if normaliser == "min":
        summed = _expected_sum(seen, before, sizes, relevant, slots).sum(axis=-1)
        return np.asarray(summed / np.maximum(np.minimum(k, total), 1))
    whole = np.where(slots == sizes, slots, 0)
    summed = np.asarray(
        _expected_sum(seen, before, sizes, relevant, whole).sum(axis=-1)
    )
    hits = np.asarray(np.where(slots == sizes, relevant, 0).sum(axis=-1))
    value = np.asarray(summed / np.maximum(hits, 1))
    cut = (slots > 0) & (slots < sizes)  # one group at most crosses the end
    if not cut.any():
        return value
    rows = cut.any(axis=-1)
    value = value.reshape(rows.shape)
    value[rows] = _straddling(
        summed[rows], hits[rows], before[cut], sizes[cut], relevant[cut], slots[cut]
    )
    return value


def precision(groups: TieGroups, k: int) -> Floats:
    """Return the expected share of relevant pictures among the first ``k``, (...).

    Raises:
        ValueError: k is not positive.
    """
    return _hits(groups, k) / k


def recall(groups: TieGroups, k: int) -> Floats:
    """Return the expected share of the relevant that come first, (...); 0 if none.

    Raises:
        ValueError: k is not positive.
    """
    return _hits(groups, k) / np.maximum(groups.total, 1)


def ndcg(groups: TieGroups, k: int | None = None) -> Floats:
    """Return the expected normalised discounted cumulative gain; 0 if none is possible.

    The gain of a picture is 2^shared labels - 1, the discount 1 / log2(place + 1); the
    ideal list comes from the whole database and is cut at k, too.

    Args:
        groups: the rankings.
        k: length of the list; None for the whole database.

    Returns:
        (...) in [0, 1].

    Raises:
        ValueError: k is not positive.
    """
    k = _length(groups, k)
    mean = groups.gains / np.maximum(groups.sizes, 1)
    reached = (mean * _discounts(groups.sizes, k)).sum(axis=-1)
    best_first = groups.shared[..., ::-1]
    count = groups.shared.shape[-1]
    gain = np.exp2(np.arange(count - 1, -1, -1, dtype=np.float64)) - 1
    possible = (gain * _discounts(best_first, k)).sum(axis=-1)
    return np.asarray(reached / np.where(possible > 0, possible, 1))


def precision_within(groups: TieGroups, radius: int) -> tuple[Floats, Floats]:
    """Return the precision of hash lookup, and whether nothing lies so near.

    Args:
        groups: the rankings; group g must be the pictures at distance g.
        radius: largest distance that counts, in bits.

    Returns:
        The precision, (...), 0 for an empty ball; and 1.0 where the ball is empty.
    """
    size = groups.sizes[..., : radius + 1].sum(axis=-1)
    hits = groups.relevant[..., : radius + 1].sum(axis=-1)
    value = np.asarray(hits / np.maximum(size, 1))
    return value, np.asarray(size == 0).astype(np.float64)


def tied_share(groups: TieGroups, k: int) -> Floats:
    """Return the share of the first k whose distance also occurs behind them, (...).

    Raises:
        ValueError: k is not positive.
    """
    slots = np.clip(_length(groups, k) - _before(groups.sizes), 0, groups.sizes)
    return np.asarray(np.where(slots < groups.sizes, slots, 0).sum(axis=-1) / k)


def tie_size(groups: TieGroups, k: int) -> Integers:
    """Return how many pictures are as far away as the one at place k, (...).

    Of a database with fewer than k pictures the last place counts.

    Raises:
        ValueError: k is not positive.
    """
    ends = np.cumsum(groups.sizes, axis=-1)
    place = np.minimum(_length(groups, k), ends[..., -1:])
    holds = (ends >= place) & (ends - groups.sizes < place)
    return np.asarray(np.where(holds, groups.sizes, 0).sum(axis=-1))


def _length(groups: TieGroups, k: int | None) -> int:
    """Return the length of the list, checked; the database's where k is None."""
    if k is None:
        return max(1, int(groups.sizes.sum(axis=-1).max(initial=0)))
    if k < 1:
        message = f"k must be at least 1, not {k}"
        raise ValueError(message)
    return k


def _before(amounts: Integers) -> Integers:
    """Return the sums over nearer groups, (..., G)."""
    return np.asarray(np.cumsum(amounts, axis=-1) - amounts)


def _hits(groups: TieGroups, k: int) -> Floats:
    """Return the expected number of relevant pictures among the first k, (...)."""
    slots = np.clip(_length(groups, k) - _before(groups.sizes), 0, groups.sizes)
    share = slots / np.maximum(groups.sizes, 1)
    return np.asarray((groups.relevant * share).sum(axis=-1))


def _discounts(sizes: Integers, k: int) -> Floats:
    """Return the summed discounts of each group's places up to k, (..., G)."""
    ends = np.cumsum(sizes, axis=-1)
    sums = _prefix_sums("discount", int(ends.max(initial=0)))
    starts = np.minimum(ends - sizes, k)
    return np.asarray(sums[np.minimum(ends, k)] - sums[starts])


def _expected_sum(
    seen: Integers,
    before: Integers,
    sizes: Integers,
    relevant: Integers,
    slots: Integers,
) -> Floats:
    """Return the expected sum of relevance times precision over each group's slots.

    Of the j-th of n pictures, r relevant, the sum's term is r/n times (seen + 1 +
    (j - 1)(r - 1)/(n - 1)) / (before + j).

    Args:
        seen: relevant pictures in nearer groups; all arrays have one shape.
        before: pictures in nearer groups.
        sizes: pictures in this group.
        relevant: relevant ones among them.
        slots: places of the group that count.
    """
    sums = _prefix_sums("harmonic", int((before + slots).max(initial=0)))
    inverse = sums[before + slots] - sums[before]  # of the places
    rising = slots - (before + 1) * inverse  # sum of (j - 1) / (before + j)
    slope = np.where(sizes > 1, (relevant - 1) / np.maximum(sizes - 1, 1), 0)
    share = relevant / np.maximum(sizes, 1)
    return np.asarray(share * ((seen + 1) * inverse + slope * rising))


def _straddling(
    summed: Floats,
    seen: Integers,
    before: Integers,
    sizes: Integers,
    relevant: Integers,
    slots: Integers,
) -> Floats:
    """Return retrieved-normalised values where a group crosses the end of the list.

    How many of its relevant pictures come in is hypergeometric; each case has its own
    denominator. All arrays are (B,).
    """
    most = int(np.minimum(slots, relevant).max())
    hits = np.arange(most + 1)[None]  # (1, H)
    n, r, m = (a[:, None] for a in (sizes, relevant, slots))
    log = _prefix_sums("log", int(sizes.max()))
    possible = (hits <= r) & (hits <= m) & (m - hits <= n - r)
    h = np.where(possible, hits, np.maximum(0, m - (n - r)))  # any that is possible
    ways = log[r] - log[h] - log[r - h]
    ways = ways + log[n - r] - log[m - h] - log[n - r - m + h]
    chance = np.where(possible, np.exp(ways - ways.max(axis=1, keepdims=True)), 0)
    chance /= chance.sum(axis=1, keepdims=True)
    start = np.broadcast_to(before[:, None], h.shape)
    inside = _expected_sum(seen[:, None], start, m, h, m)
    each = (summed[:, None] + inside) / np.maximum(seen[:, None] + h, 1)
    return np.asarray((chance * each).sum(axis=1))


def _prefix_sums(what: Literal["harmonic", "discount", "log"], most: int) -> Floats:
    """Return sums over the first 0, 1, ... numbers of 1/i, 1/log2(i + 1) or log i.

    At least for ``most`` numbers; lengths are powers of two, so that few are made.
    """
    return _made_sums(what, max(10, most.bit_length()))


@functools.lru_cache(maxsize=8)
def _made_sums(what: str, bits: int) -> Floats:
    numbers = np.arange(1, 2**bits + 1, dtype=np.longdouble)
    if what == "harmonic":
        terms = 1 / numbers
    elif what == "discount":
        terms = 1 / np.log2(numbers + 1)
    else:
        terms = np.log(numbers)
    # Differences of large sums are taken: their error should be that of one rounding.
    return np.concatenate([[0], np.cumsum(terms)]).astype(np.float64)
