"""Bootstrap intervals of means over queries, drawing patients, not pictures.

Pictures of one patient resemble each other; drawing them one by one would make an
interval too narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from medhash_gui.metrics import Floats, Integers

ROUNDS = 1000
CONFIDENCE = 0.95
_CELLS = 4_000_000


def intervals(
    values: Floats,
    patients: Integers | Sequence[str],
    *,
    seed: int,
    members: npt.NDArray[np.bool_] | None = None,
    rounds: int = ROUNDS,
    confidence: float = CONFIDENCE,
) -> Floats:
    """Return the intervals of several means that share their draws.

    Args:
        values: (Q, M).
        patients: (Q,), whose picture asked.
        seed: of the draws.
        members: (Q, M), the queries that a mean is of; None: all of them.
        rounds: number of draws.
        confidence: share of the draws inside an interval.

    Returns:
        (M, 2), lower and upper bounds. A draw in which a mean has no query is left out
        of its interval.
    """
    means = draws(values, patients, seed=seed, members=members, rounds=rounds)
    tail = (1 - confidence) / 2
    return np.nanquantile(means, [tail, 1 - tail], axis=0).T


def draws(
    values: Floats,
    patients: Integers | Sequence[str],
    *,
    seed: int,
    members: npt.NDArray[np.bool_] | None = None,
    rounds: int = ROUNDS,
) -> Floats:
    """Return the means of every draw, (rounds, M); NaN where a draw has no query.

    Args:
        values: (Q, M).
        patients: (Q,), whose picture asked.
        seed: of the draws.
        members: (Q, M), the queries that a mean is of; None: all of them.
        rounds: number of draws.
    """
    names, group = np.unique(np.asarray(patients), return_inverse=True)
    member = np.ones(values.shape) if members is None else members.astype(np.float64)
    sums = by_patient(values * member, group, len(names))
    sizes = by_patient(member, group, len(names))
    parts = []
    for times in drawn(len(names), seed=seed, rounds=rounds):
        queries = times @ sizes
        with np.errstate(invalid="ignore"):
            parts.append(np.where(queries > 0, times @ sums / queries, np.nan))
    return np.concatenate(parts)


def drawn(patients: int, *, seed: int, rounds: int = ROUNDS) -> Iterator[Floats]:
    """Draw patients with replacement, as many as there are, again and again.

    Args:
        patients: number P of them.
        seed: of the draws.
        rounds: number of draws.

    Yields:
        (R, P), how often each patient is in each of the next R draws.
    """
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // patients)
    for start in range(0, rounds, step):
        count = min(step, rounds - start)
        found = rng.integers(0, patients, size=(count, patients))
        cells = found + patients * np.arange(count)[:, None]
        times = np.bincount(cells.ravel(), minlength=count * patients)
        yield times.reshape(count, patients).astype(np.float64)


def by_patient(values: Floats, group: Integers, count: int) -> Floats:
    """Return the sums over each patient's queries, (P, M).

    Args:
        values: (Q, M).
        group: (Q,) number of the patient, below ``count``.
        count: number P of patients.
    """
    columns = [np.bincount(group, weights=v, minlength=count) for v in values.T]
    return np.stack(columns, axis=1)
