"""Count how often held-out pictures bore what their nearest cases bore.

Each held-out picture asks the others, as a reader's query asks a library: ordered by
differing bits, then by the soft distance; the query's own patient left out; every other
patient once, by the nearest picture. That is how ``evidence`` counts, but here it is
known what the query bears.

Shares come with the interval that drawing patients again gives, or Wilson's for as many
patients where that is wider: a row in which all bore it would else seem certain. The
calibration error of finite numbers is never 0; what right counts would show is beside.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medhash_gui import bootstrap, codes
from medhash_gui.codes import HashCodes
from medhash_gui.metrics import Floats, Integers
from medhash_gui.reliability import (
    MIN_PATIENTS,
    Figure,
    Reliability,
    ReliabilityCurve,
    ReliabilityRow,
)
from medhash_gui.share import wilson

NEIGHBOURS = (5, 10, 16, 20, 50)
"""Numbers of neighbours that are measured; the window asks for 16 at first."""

PATIENTS_PER_NEIGHBOUR = 5
"""So many patients are there for each neighbour, or k is no near part of them."""

MAX_PICTURES = 2000
"""Pictures that ask each other, at most."""

ROUNDS = 400
_BANDS = 5
_DIGITS = 4


def measure(
    held_out: HashCodes,
    labels: npt.NDArray[np.float32],
    patients: Sequence[str],
    classes: Sequence[str],
    *,
    by_patient: bool,
    seed: int = 0,
    of: str = "",
) -> Reliability | None:
    """Return the curves of some pictures, or None where there are too few patients.

    Where there are more than ``MAX_PICTURES``, some are drawn.

    Args:
        held_out: (N,), of pictures that the model was not trained on.
        labels: float32 (N, C), 0/1.
        patients: (N,), whose picture it is.
        classes: (C,) names of the labels.
        by_patient: whether patients are known; else each picture stands for one.
        seed: of the draws.
        of: where the pictures are from, in words.
    """
    chosen = np.arange(len(held_out))
    if len(chosen) > MAX_PICTURES:
        random = np.random.default_rng(seed)
        chosen = np.sort(random.choice(chosen, MAX_PICTURES, replace=False))
    names, owner = np.unique(np.asarray(patients)[chosen], return_inverse=True)
    truth = labels[chosen].astype(np.float64)  # (n, C)
    known = np.flatnonzero(truth.any(axis=0))
    ks = [k for k in NEIGHBOURS if k * PATIENTS_PER_NEIGHBOUR < len(names)]
    if not ks or not len(known):
        return None
    near = _nearest(held_out.take(chosen), owner, ks[-1])  # (n, k)
    times = np.concatenate(list(bootstrap.drawn(len(names), seed=seed, rounds=ROUNDS)))
    base = _shares_elsewhere(truth, owner, len(names))  # (n, C)
    curves = []
    for k in ks:
        counts = truth[near[:, :k]].sum(axis=1)  # (n, C) neighbours that bear it
        drawn = _Drawn(k, owner, times, seed)
        curves.append(drawn.curve(counts, truth, base, known, None))
        for column in known.tolist():
            one = np.array([column])
            curves.append(drawn.curve(counts, truth, base, one, classes[column]))
    return Reliability(tuple(curves), len(chosen), len(names), by_patient, of)


def bands(neighbours: int) -> list[tuple[int, int]]:
    """Return the ranges of counts that are joined, both ends in: 0, then fifths."""
    edges = [band * neighbours // _BANDS for band in range(_BANDS + 1)]
    fifths = itertools.pairwise(edges)
    return [(0, 0), *((low + 1, high) for low, high in fifths if high > low)]


def _nearest(held_out: HashCodes, owner: Integers, count: int) -> Integers:
    """Return of each picture the nearest ones of other patients, a patient once.

    Args:
        held_out: (n,).
        owner: (n,), number of the patient.
        count: how many; there are as many other patients.

    Returns:
        (n, count) rows, nearest first.
    """
    soft = held_out.soft_or_signs()
    near = np.empty((len(held_out), count), np.int64)
    for row in range(len(held_out)):
        apart = codes.hamming_distances(held_out.packed, held_out.packed[row])
        angles = codes.soft_distances(soft, soft[row])
        order = np.lexsort((angles, apart))
        order = order[owner[order] != owner[row]]
        _, first = np.unique(owner[order], return_index=True)
        near[row] = order[np.sort(first)[:count]]
    return near


def _shares_elsewhere(truth: Floats, owner: Integers, patients: int) -> Floats:
    """Return how frequent each label is among the pictures of all other patients."""
    own = bootstrap.by_patient(truth, owner, patients)[owner]  # (n, C)
    sizes = np.bincount(owner, minlength=patients)[owner]  # (n,)
    rest = (truth.sum(axis=0) - own) / (len(truth) - sizes)[:, np.newaxis]
    return np.asarray(rest)


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Makes curves of one k, all from the same draws of patients.

    Attributes:
        neighbours: k.
        owner: (n,), number of each picture's patient.
        times: (R, P), how often each patient is in each draw.
        seed: of what right counts would show.
    """

    neighbours: int
    owner: Integers
    times: Floats
    seed: int

    def curve(
        self,
        counts: Floats,
        truth: Floats,
        base: Floats,
        columns: Integers,
        label: str | None,
    ) -> ReliabilityCurve:
        """Return the curve of some labels.

        Args:
            counts: (n, C) neighbours that bear each label.
            truth: (n, C), 0/1.
            base: (n, C), share among the other patients' pictures.
            columns: the labels.
            label: the curve's.
        """
        near, bear = counts[:, columns], truth[:, columns]  # (n, c)
        told = near / self.neighbours
        wrong = ((told - bear) ** 2).mean(axis=1)  # (n,)
        wrong_base = ((base[:, columns] - bear) ** 2).mean(axis=1)
        ranges = bands(self.neighbours)
        which = np.searchsorted([high for _, high in ranges], near)  # (n, c) band
        member = which == np.arange(len(ranges))[:, np.newaxis, np.newaxis]
        sizes = self._sums(member)  # (P, B)
        bearing = self._sums(member * bear)
        said = self._sums(member * told)
        errors = _error(self.times @ sizes, self.times @ bearing, self.times @ said)
        error = _error(sizes.sum(axis=0), bearing.sum(axis=0), said.sum(axis=0))
        return ReliabilityCurve(
            neighbours=self.neighbours,
            label=label,
            base=round(float(bear.mean()), _DIGITS),
            rows=self._rows(ranges, sizes, bearing, said),
            brier=self._mean(wrong),
            brier_base=round(float(wrong_base.mean()), _DIGITS),
            gain=self._mean(wrong_base - wrong),
            error=_figure(float(error), errors),
            error_chance=round(self._chance(near.astype(np.int64), ranges), _DIGITS),
        )

    def _sums(self, values: npt.NDArray[np.generic]) -> Floats:
        """Return the sums over a patient's pictures and labels, (B, n, c) -> (P, B)."""
        each = values.sum(axis=2, dtype=np.float64).T  # (n, B)
        return bootstrap.by_patient(each, self.owner, self.times.shape[1])

    def _rows(
        self,
        ranges: Sequence[tuple[int, int]],
        sizes: Floats,
        bearing: Floats,
        said: Floats,
    ) -> tuple[ReliabilityRow, ...]:
        rows = []
        for band, (low_count, high_count) in enumerate(ranges):
            patients = int(np.count_nonzero(sizes[:, band]))
            if patients < MIN_PATIENTS:
                continue
            counted, bore = float(sizes[:, band].sum()), float(bearing[:, band].sum())
            with np.errstate(invalid="ignore"):
                shares = (self.times @ bearing[:, band]) / (self.times @ sizes[:, band])
            drawn = np.nanquantile(shares, [0.025, 0.975])
            share = bore / counted
            widest = wilson(share * patients, patients)
            mean = float(said[:, band].sum()) * self.neighbours / counted
            rows.append(
                ReliabilityRow(
                    low_count=low_count,
                    high_count=high_count,
                    counted=round(counted),
                    patients=patients,
                    bearing=round(bore),
                    mean_count=round(float(min(max(mean, low_count), high_count)), 2),
                    low=round(min(float(drawn[0]), widest[0]), _DIGITS),
                    high=round(max(float(drawn[1]), widest[1]), _DIGITS),
                )
            )
        return tuple(rows)

    def _mean(self, values: Floats) -> Figure:
        """Return the mean over pictures, (n,), with its interval."""
        count = self.times.shape[1]
        sums = np.bincount(self.owner, weights=values, minlength=count)
        sizes = np.bincount(self.owner, minlength=count)
        return _figure(float(values.mean()), (self.times @ sums) / (self.times @ sizes))

    def _chance(self, near: Integers, ranges: Sequence[tuple[int, int]]) -> float:
        """Return the mean calibration error if each share were the chance of bearing.

        Args:
            near: (n, c) neighbours that bear each label.
            ranges: of the rows.
        """
        random = np.random.default_rng(self.seed)
        often = np.bincount(near.ravel(), minlength=self.neighbours + 1)  # (k + 1,)
        shares = np.arange(self.neighbours + 1) / self.neighbours
        bore = random.binomial(often, shares, size=(ROUNDS, len(often)))
        starts = [low for low, _ in ranges]
        sizes = np.add.reduceat(often, starts)
        said = np.add.reduceat(often * shares, starts)
        return float(_error(sizes, np.add.reduceat(bore, starts, axis=1), said).mean())


def _error(
    sizes: npt.NDArray[np.generic],
    bearing: npt.NDArray[np.generic],
    said: npt.NDArray[np.generic],
) -> Floats:
    """Return the expected calibration error over the last axis, (..., B) -> (...)."""
    off = np.abs(np.asarray(bearing, np.float64) - np.asarray(said, np.float64))
    return np.asarray(off.sum(axis=-1) / np.asarray(sizes, np.float64).sum(axis=-1))


def _figure(value: float, draws: Floats) -> Figure:
    low, high = np.quantile(draws, [0.025, 0.975])
    return Figure(
        round(value, _DIGITS),
        round(min(float(low), value), _DIGITS),
        round(max(float(high), value), _DIGITS),
    )
