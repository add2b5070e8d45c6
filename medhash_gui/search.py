"""Search: filter, rank, break ties, name the hits.

The order is distance in bits, then cosine distance of the soft values, then content: it
never depends on the order of rows, which can follow the folders and so the classes. All
rows are compared, none is skipped by an index, so the answer is exact.

A patient's own pictures resemble each other without meaning anything; by default those
of the query's patient are left out and shown apart as ``prior``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from medhash_gui import codes
from medhash_gui.codes import HashCodes
from medhash_gui.errors import ModelMismatchError
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

Patients = Literal["exclude", "include", "group"]

_FARTHEST = np.iinfo(np.uint16).max
# Rows whose soft values are compared at a time: 8 MiB of 64-bit codes as float64.
_PART = 16_384


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which rows may be hits.

    Attributes:
        labels: a hit bears one of these; () for no condition.
        patients: what becomes of the query's own patient and of patients with several
            pictures: "exclude" leaves out the query's patient (never a record without
            one), "include" leaves nobody out, "group" leaves nobody out either but
            shows each patient once, by the nearest picture; records without a patient
            stand alone.
        within: greatest distance of a hit in bits, inclusive; None for no limit.
    """

    labels: tuple[str, ...] = ()
    patients: Patients = "exclude"
    within: int | None = None


@dataclass(frozen=True)
class Query:
    """What is searched for.

    Attributes:
        codes: one row.
        digest: content of the query picture, or None where it is not a file.
        frame: its frame.
        patient_key: pseudonym of its patient in the searched library, or None.
        in_library: whether the library shows this very picture.
    """

    codes: HashCodes
    digest: bytes | None = None
    frame: int = 0
    patient_key: str | None = None
    in_library: bool = False


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One picture of the library, and how near it is.

    Attributes:
        rank: 1 for the nearest; 0 for the query's own picture.
        row: its row.
        record: what the library knows of it.
        distance: differing bits.
        soft_distance: cosine distance of the soft values, [0, 2].
        tie_size: how many rows that passed the filter are at this distance; the order
            among them is the soft values' word, not the code's.
        identical: whether it is the query's own picture.
    """

    rank: int
    row: int
    record: ImageRecord
    distance: int
    soft_distance: float
    tie_size: int
    identical: bool


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: nearest first; under "include" after the query's own picture.
        searched: how many rows passed the conditions on labels and patients.
        prior: under "exclude", the nearest pictures of the query's own patient.
    """

    hits: tuple[SearchHit, ...]
    searched: int
    prior: tuple[SearchHit, ...] = ()


def query_patient(store: CodeStore, identity: Identity) -> str | None:
    """Return the key of a query's patient: the most precise one the library knows.

    Where it knows none of them it is the most precise one there is; None for nobody.
    """
    keys = store.patient_keys(identity)
    known = (key for key in keys if len(store.patient_rows(key)))
    return next(known, keys[0] if keys else None)


def library_query(
    store: CodeStore,
    digest: bytes,
    *,
    frame: int = 0,
    patient_id: str | None = None,
    identity: Identity | None = None,
) -> Query | None:
    """Return the query for a picture that the library holds, with its stored code.

    Args:
        store: the library.
        digest: the picture's content.
        frame: its frame.
        patient_id: the patient it names itself, used where the library knows none.
        identity: likewise, with all that it names; it goes before ``patient_id``.

    Returns:
        None where the library does not hold this frame of this content.
    """
    rows = store.rows_with_digest(digest)
    same = rows[store.frames[rows] == frame].tolist()
    if not same:
        return None
    visible = store.visible
    # A hidden picture is no hit, but its code holds, and its patient is still known.
    same.sort(key=lambda row: (not visible[row], row))
    named = (record.patient_key for record in store.records(same))
    patient_key = next((key for key in named if key), None)
    if patient_key is None:
        asked = identity or Identity(patient=patient_id or "")
        patient_key = query_patient(store, asked)
    return Query(
        codes=store.codes(same[:1]),
        digest=digest,
        frame=frame,
        patient_key=patient_key,
        in_library=bool(visible[same[0]]),
    )


def search(
    store: CodeStore,
    query: Query,
    *,
    filter: SearchFilter = SearchFilter(),
    top: int = 12,
) -> SearchResult:
    """Return the pictures of a library nearest to a query.

    Under "include" the query's own picture comes first where the library holds it,
    flagged and not counted in ``top``; otherwise it is left out. Other pictures with
    the same code stay.

    Args:
        store: the library.
        query: what to search for.
        filter: which rows may be hits; applied before ranking.
        top: how many hits at most.

    Raises:
        ModelMismatchError: the query's code is not as long as the library's.
        ValueError: ``top`` is below 1.
    """
    if top < 1:
        message = f"A search shows at least one hit, not {top}."
        raise ValueError(message)
    if query.codes.bits != store.bits:
        message = (
            f"The library was indexed with model {store.model_name}, codes of "
            f"{store.bits} bits, but the query has {query.codes.bits}."
        )
        hint = f"Load {store.model_name}, or index the folder with the model loaded."
        raise ModelMismatchError(message, hint=hint)
    return _Search(store, query, filter, top).result()


class _Search:
    """One search: the distances of all rows, and ways to rank a part of them."""

    def __init__(
        self, store: CodeStore, query: Query, condition: SearchFilter, top: int
    ) -> None:
        self._store = store
        self._query = query
        self._filter = condition
        self._top = top
        # A writer on another thread may add rows meanwhile; they come next time.
        packed = store.packed
        self._rows = len(packed)
        self._patients = store.patients[: self._rows]
        self._distances = codes.hamming_distances(packed, query.codes.packed[0])

    def result(self) -> SearchResult:
        query, policy = self._query, self._filter.patients
        allowed = self._allowed()
        same_content = self._same_content()
        own_patient = self._own_patient()
        hits: list[SearchHit] = []
        if policy == "include":
            ties = self._ties(allowed)
            shown = same_content[allowed[same_content]]
            own = self._sorted(shown[self._store.frames[shown] == query.frame])
            hits = self._hits(own, ties, identical=True)
            candidates = allowed.copy()
            candidates[own] = False
            counts = self._ties(candidates)
        else:
            allowed[same_content] = False
            candidates = allowed
            if policy == "exclude" and own_patient is not None:
                candidates = allowed & ~own_patient
            ties = counts = self._ties(candidates)
        hits += self._hits(self._nearest(candidates, counts), ties)
        prior: list[SearchHit] = []
        if policy == "exclude" and own_patient is not None:
            theirs = allowed & own_patient
            prior_ties = self._ties(theirs)
            prior = self._hits(self._nearest(theirs, prior_ties), prior_ties)
        searched = allowed if policy == "include" else candidates
        return SearchResult(tuple(hits), int(np.count_nonzero(searched)), tuple(prior))

    # -- conditions ----------------------------------------------------------------

    def _allowed(self) -> npt.NDArray[np.bool_]:
        """Return which rows are visible and bear one of the labels: bool (N,)."""
        allowed = self._store.visible[: self._rows]
        if self._filter.labels:
            labelled = np.zeros(self._rows, np.bool_)
            for name in self._filter.labels:
                labelled |= self._store.label_mask(name)[: self._rows]
            allowed = allowed & labelled
        return allowed

    def _same_content(self) -> npt.NDArray[np.intp]:
        if self._query.digest is None:
            return np.zeros(0, np.intp)
        rows = self._store.rows_with_digest(self._query.digest)
        return rows[rows < self._rows]

    def _own_patient(self) -> npt.NDArray[np.bool_] | None:
        """Return which rows are the query's patient's, or None where none can be."""
        if self._query.patient_key is None:
            return None
        rows = self._store.patient_rows(self._query.patient_key)
        mask = np.zeros(self._rows, np.bool_)
        mask[rows[rows < self._rows]] = True
        return mask

    # -- ranking -------------------------------------------------------------------

    def _ties(self, mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.intp]:
        """Return how many rows of a mask are at each distance: (bits + 1,)."""
        return np.bincount(self._distances[mask], minlength=self._store.bits + 1)

    def _nearest(
        self, mask: npt.NDArray[np.bool_], counts: npt.NDArray[np.intp]
    ) -> npt.NDArray[np.intp]:
        """Return the rows of the nearest hits among a mask's, in their order."""
        # Counting finds the distance of the last hit; only rows up to it are sorted.
        if self._filter.patients == "group":
            mask, counts = self._nearest_of_patients(mask)
        last = int(np.searchsorted(np.cumsum(counts), self._top))
        if self._filter.within is not None:
            last = min(last, self._filter.within)
        ordered = self._sorted(np.flatnonzero(mask & (self._distances <= last)))
        if self._filter.patients == "group":
            ordered = self._first_of_patients(ordered)
        return ordered[: self._top]

    def _sorted(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Sort rows by distance, soft distance and content; copies by path."""
        soft = self._soft_distances(rows)
        digests = self._store.digests[rows]
        words = digests.view(">u8").astype(np.uint64)  # (n, 2)
        keys = np.stack(
            [words[:, 1], words[:, 0], soft.view(np.uint32), self._distances[rows]]
        )  # least significant first; floats >= 0 sort like their bits
        order = np.lexsort(keys)
        rows, keys = rows[order], keys[:, order]
        is_same = np.all(keys[:, 1:] == keys[:, :-1], axis=0)
        if is_same.any():
            starts = np.flatnonzero(np.concatenate([[True], ~is_same]))
            for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True):
                rows[start:stop] = sorted(rows[start:stop], key=self._copy_key)
        return rows

    def _copy_key(self, row: int) -> tuple[int, str]:
        return int(self._store.frames[row]), self._store.path(row)

    def _soft_distances(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float32]:
        query = self._query.codes.soft_or_signs()[0]
        parts = [
            codes.soft_distances(self._store.soft(rows[start : start + _PART]), query)
            for start in range(0, len(rows), _PART)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, np.float32)

    def _hits(
        self,
        rows: npt.NDArray[np.intp],
        ties: npt.NDArray[np.intp],
        *,
        identical: bool = False,
    ) -> list[SearchHit]:
        soft = self._soft_distances(rows)
        records = self._store.records(rows)
        return [
            SearchHit(
                rank=0 if identical else place,
                row=int(row),
                record=record,
                distance=int(self._distances[row]),
                soft_distance=float(soft[place - 1]),
                tie_size=int(ties[self._distances[row]]),
                identical=identical,
            )
            for place, (row, record) in enumerate(zip(rows, records, strict=True), 1)
        ]

    # -- each patient once ---------------------------------------------------------

    def _nearest_of_patients(
        self, mask: npt.NDArray[np.bool_]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.intp]]:
        """Return the rows that can stand for their patient, or have none.

        Returns:
            Which rows of the mask are at their patient's least distance or have no
            patient, bool (N,); how many patients, or rows without one, begin at each
            distance, (bits + 1,).
        """
        patients, distances = self._patients, self._distances
        alone = mask & (patients < 0)
        named = mask & (patients >= 0)
        least = np.full(int(patients.max(initial=-1)) + 1, _FARTHEST, np.uint16)
        np.minimum.at(least, patients[named], distances[named])
        counts = self._ties(alone)
        counts += np.bincount(least[least < _FARTHEST], minlength=len(counts))
        nearest = alone.copy()
        nearest[named] = distances[named] == least[patients[named]]
        return nearest, counts

    def _first_of_patients(self, ordered: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
        """Return the first row of each patient, and all rows without one."""
        patients = self._patients[ordered]
        _, firsts = np.unique(patients, return_index=True)
        keep = patients < 0
        keep[firsts] = True
        return ordered[keep]
