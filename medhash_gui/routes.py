"""Which engine, precision and device made each code: kept as runs of equal rows.

A model's identity says nothing of how it was run, and a bit whose value is close to
zero may differ between two ways. So the route is kept with each code, and a mixture is
shown.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Runs = tuple[tuple[int, str], ...]
"""How many rows in a row have a route, and which; "" where it is not known."""


def same(rows: int, route: str) -> Runs:
    """Return the runs of rows that all have one route."""
    return ((rows, route),) if rows and route else ()


def joined(parts: Sequence[tuple[int, Runs]]) -> Runs:
    """Return the runs of parts that follow each other, each with its number of rows."""
    if not any(runs for _, runs in parts):
        return ()
    return tuple(run for rows, runs in parts for run in runs or ((rows, ""),))


def taken(runs: Runs, rows: npt.NDArray[np.intp]) -> Runs:
    """Return the runs of some of the rows, in the order asked for."""
    if not runs:
        return ()
    routes = [route for _, route in runs]
    numbers = np.repeat(np.arange(len(runs)), [count for count, _ in runs])
    return of_numbers(numbers[rows], routes)


def of_numbers(numbers: npt.NDArray[np.integer], routes: Sequence[str]) -> Runs:
    """Return the runs of rows whose routes are given by their numbers, int (n,)."""
    starts = np.flatnonzero(np.diff(numbers, prepend=-1))
    counts = np.diff(starts, append=len(numbers)).tolist()
    runs = [
        (count, routes[number])
        for count, number in zip(counts, numbers[starts].tolist(), strict=True)
    ]
    return tuple(runs) if any(route for _, route in runs) else ()


def from_json(value: object, rows: int) -> Runs:
    """Return the runs of so many rows that a file names.

    Raises:
        ValueError: they are not runs, or of another number of rows.
    """
    message = "routes are not what they should be"
    if not isinstance(value, list):
        raise ValueError(message)
    runs: list[tuple[int, str]] = []
    for pair in value:
        match pair:
            case [int(count), str(route)] if count > 0 and count is not True:
                runs.append((count, route))
            case _:
                raise ValueError(message)
    if runs and sum(count for count, _ in runs) != rows:
        raise ValueError(message)
    return tuple(runs)
