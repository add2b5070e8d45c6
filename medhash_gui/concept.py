"""The direction from pictures without a finding to those with it; a query moved so.

SMILY refines a search by concept vectors (Cai et al., "Human-Centered Tools for Coping
with Imperfect Algorithms During Medical Decision-Making", CHI 2019). Here the vector is
the mean soft code of a library's pictures that bear a label, less that of pictures that
are known not to bear it; nothing is trained. A query's soft code is moved along it, cut
at zero as every code is, and searched for exactly as every query. Its distances are
those to the moved code; what distances between pictures meant tells nothing of them.

- Each patient counts once on a side, by the mean of the pictures; pictures without a
  patient count by themselves.
- Only pictures that bear some label are known not to bear this one.
- Pictures count that the search's filter lets through, without the query's own patient
  and content: nobody is moved towards himself.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui.answer import Answer, View
from medhash_gui.codes import HashCodes
from medhash_gui.errors import DatasetError
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search_result import Moved, SearchFilter

if TYPE_CHECKING:
    from medhash_gui.more_of import MoreOf
    from medhash_gui.searched_library import SearchedLibrary, Selection

LEAST_PATIENTS = 5
"""On each side: a mean of fewer follows what is peculiar to single patients."""

# Rows whose soft values are added up at a time: 8 MiB of 64-bit codes as float64.
_PART = 16_384
# Of each side: more would move a mean by thousandths, and
# a server would have to send them.
_MOST_ROWS = 32_768

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False, slots=True)
class ConceptDirection:
    """Where a label lies from the pictures without it.

    Attributes:
        label: the label.
        step: float64 (K,), from the mean soft code without it to the mean with it.
        patients_with: patients whose pictures bear it; pictures without a patient
            count as one each.
        patients_without: likewise, of pictures that bear other labels only.
    """

    label: str
    step: npt.NDArray[np.float64]
    patients_with: int
    patients_without: int

    def moved(self, query: QuerySet, strength: float) -> tuple[QuerySet, Moved]:
        """Return a query moved along the direction, and what became of it.

        Args:
            query: all its pictures to be like are moved; those to be unlike stay.
            strength: how many times ``step``.
        """
        like = tuple(self._moved(one, strength) for one in query.like)
        changed = tuple(
            int(np.bitwise_count(one.codes.packed[0] ^ before.codes.packed[0]).sum())
            for one, before in zip(like, query.like, strict=True)
        )
        return replace(query, like=like), Moved(
            self.label, strength, self.patients_with, self.patients_without, changed
        )

    def _moved(self, query: Query, strength: float) -> Query:
        soft = query.codes.soft_or_signs()[0].astype(np.float64)  # (K,)
        values = soft + strength * self.step  # (K,)
        return replace(query, codes=HashCodes.from_logits(values[None]))


def direction(
    library: SearchedLibrary, query: QuerySet, label: str, *, filter: SearchFilter
) -> ConceptDirection:
    """Return where a label lies in a library, seen without the query's own patient.

    Args:
        library: the library, in a folder or on a server.
        query: whose patients and contents do not count.
        label: the label.
        filter: which pictures count; its policy for patients and its distance are not
            looked at.

    Raises:
        DatasetError: the library does not know the label, or has too few patients with
            it or known to be without it.
        LibraryError: a server does not answer, or cannot look at all of the filter.
    """
    _check_label(library, label)
    view = View(library, replace(filter, patients="exclude"), 1, None)
    own = Answer(view, query).left_out
    bears = view.rows.bearing(label)
    sides = [
        _Side.of(view.rows, np.setdiff1d(rows, own, assume_unique=True))
        for rows in (bears, np.setdiff1d(view.rows.bearing(), bears))
    ]
    _check_patients(library, label, sides[0].patients, sides[1].patients)
    mean_with, mean_without = (side.mean(view.rows, library.bits) for side in sides)
    return ConceptDirection(
        label, mean_with - mean_without, sides[0].patients, sides[1].patients
    )


def moved(
    library: SearchedLibrary,
    query: Query | QuerySet,
    more_of: MoreOf,
    *,
    filter: SearchFilter,
) -> tuple[QuerySet, Moved]:
    """Return a query moved towards a label, and what became of it; see ``direction``.

    Raises:
        DatasetError: as ``direction``.
    """
    asked = QuerySet.of(query)
    found = direction(library, asked, more_of.label, filter=filter)
    return found.moved(asked, more_of.strength)


@dataclass(frozen=True, eq=False, slots=True)
class _Side:
    """Rows with the label, or without it, and what each counts.

    Attributes:
        rows: intp (n,).
        weights: float64 (n,), together 1: the same for each patient.
        patients: how many there are.
    """

    rows: Rows
    weights: npt.NDArray[np.float64]
    patients: int

    @classmethod
    def of(cls, selection: Selection, rows: Rows) -> _Side:
        """Return a side of some rows, or of so many of them, evenly among all."""
        if len(rows) > _MOST_ROWS:
            rows = rows[np.arange(_MOST_ROWS) * len(rows) // _MOST_ROWS]
        numbers = selection.patients(rows).astype(np.int64)  # (n,)
        alone = numbers < 0
        numbers[alone] = -1 - np.arange(np.count_nonzero(alone))
        keys, places, sizes = np.unique(
            numbers, return_inverse=True, return_counts=True
        )
        weights = 1.0 / (sizes[places] * max(1, len(keys)))  # (n,)
        return cls(rows, weights, len(keys))

    def mean(self, selection: Selection, bits: int) -> npt.NDArray[np.float64]:
        """Return the mean over patients of the mean soft code of each: float64 (K,)."""
        total = np.zeros(bits)
        for start in range(0, len(self.rows), _PART):
            part = slice(start, start + _PART)
            soft = selection.soft(self.rows[part]).astype(np.float64)  # (n, K)
            total += self.weights[part] @ soft
        return total


def _check_label(library: SearchedLibrary, label: str) -> None:
    known = sorted(library.label_names())
    if label in known:
        return
    by_folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(label.casefold(), by_folded, n=5)
    names = [by_folded[name] for name in near] or known[:20]
    msg = f"No picture in {library.name} is labelled {label!r}."
    title = "Labels like it" if near else "Labels in this library"
    raise DatasetError(msg, hint=f"{title}: {', '.join(names) or 'none'}.")


def _check_patients(library: SearchedLibrary, label: str, bear: int, lack: int) -> None:
    if bear < LEAST_PATIENTS:
        who = f"Only {bear} other patients are" if bear else "No other patient is"
        msg = f"{who} labelled {label!r} in what is searched of {library.name}."
    elif lack < LEAST_PATIENTS:
        who = f"Only {lack} labelled patients are" if lack else "No labelled patient is"
        msg = f"{who} without {label!r} in what is searched of {library.name}."
    else:
        return
    hint = (
        f"At least {LEAST_PATIENTS} must be on each side, as a mean of fewer follows "
        "single patients. Choose another label, or a wider filter."
    )
    raise DatasetError(msg, hint=hint)
