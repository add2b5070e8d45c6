"""What may be a hit, what a hit says, and what a search returns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from medhash_gui.images import ImageRecord

Patients = Literal["exclude", "include", "group"]
Cases = Literal["all", "group"]


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
        within: greatest distance of a hit in bits, inclusive; None for no limit. Of
            several query pictures it is the mean distance to those to be like.
        cases: "group" shows each case once, by the nearest picture; records without a
            case stand alone. Where patients are grouped, their cases are with them.
        details: pairs of a key of ``details.KEPT`` and a value; of each key that is
            named, a hit has one of the values.
        folder: a hit lies in this folder or below it; POSIX, relative to the indexed
            folder, "" for anywhere.
        since_ns: a hit's file was last changed at this time or later, in ns since 1970;
            None for any time. A library keeps no other date.
        before_ns: it was last changed before this time; None for any.
        report: a hit has a report text in which all these words stand, in any case and
            order; "" for no condition.
        other_than: a hit bears a label, but none of these; () for no condition.
    """

    labels: tuple[str, ...] = ()
    patients: Patients = "exclude"
    within: int | None = None
    cases: Cases = "all"
    details: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    since_ns: int | None = None
    before_ns: int | None = None
    report: str = ""
    other_than: tuple[str, ...] = ()

    @property
    def needs_details(self) -> bool:
        """Whether more than labels has to be looked up to tell which rows pass."""
        asked = (self.details, self.folder, self.report, self.other_than)
        times = (self.since_ns, self.before_ns)
        return any(asked) or any(time is not None for time in times)


NO_FILTER = SearchFilter()
"""Every visible picture may be a hit, but the query's own patient's."""


@dataclass(frozen=True, slots=True)
class SearchHit:
    """One picture of the library, and how near it is.

    Attributes:
        rank: 1 for the nearest; 0 for the query's own picture.
        row: its row.
        record: what the library knows of it.
        distance: differing bits, a whole number; of several query pictures the mean
            over those to be like; NaN where no picture was asked about.
        soft_distance: cosine distance of the soft values, [0, 2]; of several query
            pictures combined like the bits, [-1, 2]; NaN as above.
        tie_size: how many rows that passed the filter are ranked equally by their bits;
            the order among them is the soft values' word, not the code's.
        identical: whether it is the query's own picture.
        unlike_distance: mean of differing bits over the pictures to be unlike, or None.
        is_moved: whether distances are to a query that was moved, and so tell of no
            pair of pictures.
    """

    rank: int
    row: int
    record: ImageRecord
    distance: float
    soft_distance: float
    tie_size: int
    identical: bool
    unlike_distance: float | None = None
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """How a query was moved towards a finding before it was searched for.

    Attributes:
        label: the finding.
        strength: how far, 1 for the distance between the means with and without it.
        patients_with: patients from whose pictures with the label it was learnt;
            pictures without a patient count as one each.
        patients_without: likewise, of pictures that are known not to bear it.
        bits_changed: how many bits of the code were turned over, of each picture to be
            like.
    """

    label: str
    strength: float
    patients_with: int
    patients_without: int
    bits_changed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search found.

    Attributes:
        hits: nearest first, or farthest; under "include" after the query's own picture.
        searched: how many rows passed the conditions on labels and patients.
        prior: under "exclude", the nearest pictures of the query's own patient.
        moved: how the query was moved; all distances are to the moved code then. None
            where it was searched for as it is.
    """

    hits: tuple[SearchHit, ...]
    searched: int
    prior: tuple[SearchHit, ...] = ()
    moved: Moved | None = None

    def of_moved(self, how: Moved) -> SearchResult:
        """Return the same hits, marked as those of a query that was moved."""
        hits, prior = (
            tuple(replace(hit, is_moved=True) for hit in side)
            for side in (self.hits, self.prior)
        )
        return replace(self, hits=hits, prior=prior, moved=how)

    def seen_from_the_opposite(self, bits: int) -> SearchResult:
        """Return the same hits with their distances from the opposite of the query."""

        def turned(hits: tuple[SearchHit, ...]) -> tuple[SearchHit, ...]:
            return tuple(_opposite(hit, bits) for hit in hits)

        return replace(self, hits=turned(self.hits), prior=turned(self.prior))


def _opposite(hit: SearchHit, bits: int) -> SearchHit:
    unlike = hit.unlike_distance
    return replace(
        hit,
        distance=bits - hit.distance,
        # A cosine distance of single pictures; of several it is less that of those to
        # be unlike, which is halved.
        soft_distance=(2 if unlike is None else 1) - hit.soft_distance,
        unlike_distance=None if unlike is None else bits - unlike,
    )
