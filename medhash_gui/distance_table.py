"""Tell what a distance has meant: how many pairs so far apart shared a label.

A number of differing bits says nothing to a person. On pictures of patients that the
model was not trained on it can be counted how many of all pairs at each distance shared
a label, and how many would by chance. The table of these counts goes with the model's
card, so that a hit can say "of held-out pairs this close, 71 % shared a finding (chance
30 %)", with the interval that resampling patients gives.

Distances that few pairs have are joined with their neighbours: a share of ten pairs is
an anecdote. Beyond what was counted there is no answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import bootstrap
from medhash_gui.codes import HashCodes
from medhash_gui.errors import BundleError

MIN_PAIRS = 200
"""Pairs that a row of the table is of, at least."""

MAX_PICTURES = 2000
"""Pictures whose pairs are counted, at most: two million pairs tell enough."""

ROUNDS = 400


@dataclass(frozen=True, slots=True)
class DistanceRow:
    """What was counted of the pairs in a range of distances.

    Args:
        low_bits: smallest number of differing bits.
        high_bits: largest, at least ``low_bits``.
        pairs: how many were counted.
        share: of them that shared a label, in [0, 1].
        low: lower bound of the share's 95 % interval, patients drawn again.
        high: upper bound.
    """

    low_bits: int
    high_bits: int
    pairs: int
    share: float
    low: float
    high: float


@dataclass(frozen=True)
class DistanceTable:
    """Shares of held-out pairs with a common label, by differing bits.

    Args:
        rows: from the nearest on, without overlaps.
        chance: share of all pairs that had a common label, in [0, 1].
        pictures: that the pairs are of.
        of: where the pictures are from, in words.
    """

    rows: tuple[DistanceRow, ...]
    chance: float
    pictures: int
    of: str = ""

    def at(self, distance: int) -> DistanceRow | None:
        """Return what was counted at a number of differing bits, or None."""
        for row in self.rows:
            if row.low_bits <= distance <= row.high_bits:
                return row
        return None

    def as_json(self) -> dict[str, Any]:
        """Return the table as JSON values; ``from_json`` reads them back."""
        values = dataclasses.asdict(self)
        values["rows"] = [dataclasses.asdict(row) for row in self.rows]
        return values

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> DistanceTable:
        """Return the table in a model's card.

        Raises:
            BundleError: it lacks something, or its numbers cannot be true.
        """
        try:
            rows = tuple(
                DistanceRow(
                    low_bits=int(row["low_bits"]),
                    high_bits=int(row["high_bits"]),
                    pairs=int(row["pairs"]),
                    share=float(row["share"]),
                    low=float(row["low"]),
                    high=float(row["high"]),
                )
                for row in values["rows"]
            )
            table = cls(
                rows,
                chance=float(values["chance"]),
                pictures=int(values["pictures"]),
                of=str(values.get("of", "")),
            )
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise _damaged() from error
        ends = [end for row in rows for end in (row.low_bits, row.high_bits + 1)]
        shares = [table.chance, *(n for r in rows for n in (r.low, r.share, r.high))]
        if ends != sorted(ends) or not all(0 <= share <= 1 for share in shares):
            raise _damaged()
        return table


def _damaged() -> BundleError:
    return BundleError(
        "The model card's 'distances' is not a table of shares by differing bits.",
        hint="Get the model again, or correct its card.",
    )


def count(
    codes: HashCodes,
    labels: npt.NDArray[np.float32],
    patients: Sequence[str],
    *,
    seed: int = 0,
    of: str = "",
) -> DistanceTable | None:
    """Return the table of the pairs of some pictures, or None where too few are there.

    Pairs of one patient do not count. Where there are more than ``MAX_PICTURES``, some
    are drawn.

    Args:
        codes: (N,), of pictures that the model was not trained on.
        labels: float32 (N, C), 0/1; two pictures share a label if both have one.
        patients: (N,), whose picture it is.
        seed: of the draws.
        of: where the pictures are from, in words.
    """
    chosen = np.arange(len(codes))
    if len(chosen) > MAX_PICTURES:
        random = np.random.default_rng(seed)
        chosen = np.sort(random.choice(chosen, MAX_PICTURES, replace=False))
    signs = codes.signs()[chosen].astype(np.float32)  # (n, K), ±1
    tags = labels[chosen]  # (n, C)
    names, owner = np.unique(np.asarray(patients)[chosen], return_inverse=True)
    apart = np.rint((codes.bits - signs @ signs.T) / 2).astype(np.int64)  # (n, n) bits
    shared = tags @ tags.T > 0  # (n, n)
    # Each pair once, and none of one patient.
    first, second = np.nonzero(np.triu(owner[:, np.newaxis] != owner))
    if len(first) < MIN_PAIRS:
        return None
    bits, same = apart[first, second], shared[first, second]
    ranges = _ranges(np.bincount(bits, minlength=codes.bits + 1))
    which = np.searchsorted([high for _, high in ranges], bits)  # row of each pair

    times = np.concatenate(list(bootstrap.drawn(len(names), seed=seed, rounds=ROUNDS)))
    rows = []
    for number, (low_bits, high_bits) in enumerate(ranges):
        pairs = which == number
        cells = owner[first[pairs]] * len(names) + owner[second[pairs]]
        hits = same[pairs]
        drawn = _weights(times, cells)  # (R,) pairs, counted as often as both patients
        with np.errstate(invalid="ignore"):
            shares = _weights(times, cells[hits]) / drawn
        low, high = np.nanquantile(shares, [0.025, 0.975])
        share = float(hits.mean())
        rows.append(
            DistanceRow(
                low_bits=low_bits,
                high_bits=high_bits,
                pairs=int(pairs.sum()),
                share=round(share, 4),
                low=round(min(float(low), share), 4),
                high=round(max(float(high), share), 4),
            )
        )
    return DistanceTable(tuple(rows), round(float(same.mean()), 4), len(chosen), of)


def _ranges(pairs: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
    """Return ranges of distances, both ends in, of ``MIN_PAIRS`` pairs or more each.

    Args:
        pairs: (K + 1,), number of pairs at each distance.
    """
    ranges: list[tuple[int, int]] = []
    start, gathered = 0, 0
    for distance, number in enumerate(pairs.tolist()):
        gathered += number
        if gathered >= MIN_PAIRS:
            ranges.append((start, distance))
            start, gathered = distance + 1, 0
    if gathered:  # the few farthest pairs go with those before them
        ranges[-1] = (ranges[-1][0], int(np.flatnonzero(pairs)[-1]))
    return ranges


def _weights(
    times: npt.NDArray[np.float64], cells: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Return how many pairs each draw has: a pair counts as often as both its patients.

    Args:
        times: (R, P), how often each patient is in each draw.
        cells: (pairs,), first patient times P plus second patient.
    """
    count = times.shape[1]
    table = np.bincount(cells, minlength=count * count).reshape(count, count)
    return np.asarray(((times @ table) * times).sum(axis=1))  # (R,)
