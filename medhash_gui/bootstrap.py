"""Bootstrap intervals of means over queries, drawing patients, not pictures.

Pictures of one patient resemble each other; drawing them one by one would make an
interval too narrow.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    sums = _by_patient(values * member, group, len(names))
    sizes = _by_patient(member, group, len(names))
    rng = np.random.default_rng(seed)
    step = max(1, _CELLS // len(names))
    parts = []
    for start in range(0, rounds, step):
        count = min(step, rounds - start)
        drawn = rng.integers(0, len(names), size=(count, len(names)))
        cells = drawn + len(names) * np.arange(count)[:, None]
        times = np.bincount(cells.ravel(), minlength=count * len(names))
        times = times.reshape(count, len(names)).astype(np.float64)
        queries = times @ sizes
        with np.errstate(invalid="ignore"):
            parts.append(np.where(queries > 0, times @ sums / queries, np.nan))
    return np.concatenate(parts)


def _by_patient(values: Floats, group: Integers, count: int) -> Floats:
    """Return the sums over each patient's queries, (P, M)."""
    columns = [np.bincount(group, weights=v, minlength=count) for v in values.T]
    return np.stack(columns, axis=1)
