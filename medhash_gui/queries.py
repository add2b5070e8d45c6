"""What is searched for: one picture, or several to be like and unlike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import codes
from medhash_gui.codes import HashCodes
from medhash_gui.identities import Identity
from medhash_gui.nearest import Near, Target

if TYPE_CHECKING:
    from medhash_gui.searched_library import SearchedLibrary


@dataclass(frozen=True)
class Query:
    """A picture that is asked about.

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


@dataclass(frozen=True)
class QuerySet:
    """Several pictures that are asked about together.

    A row is ranked by its mean distance to the pictures of ``like``, less half of its
    mean distance to those of ``unlike``; equally ranked rows by the same combination
    of the cosine distances of the soft values.

    Attributes:
        like: what hits shall be like, at least one.
        unlike: what they shall not be like.
    """

    like: tuple[Query, ...]
    unlike: tuple[Query, ...] = ()

    def __post_init__(self) -> None:
        if not self.like:
            message = "A search needs a picture that the hits shall be like."
            raise ValueError(message)

    @classmethod
    def of(cls, query: Query | QuerySet) -> QuerySet:
        """Return a query as a set, one picture as a set of one."""
        return query if isinstance(query, QuerySet) else cls((query,))

    @property
    def is_single(self) -> bool:
        """Whether it is one picture and nothing else."""
        return len(self.like) == 1 and not self.unlike

    @property
    def pictures(self) -> tuple[Query, ...]:
        """All pictures of the set."""
        return self.like + self.unlike

    def opposite(self) -> QuerySet:
        """Return the set whose nearest rows are the farthest from this one."""

        def turned(pictures: tuple[Query, ...]) -> tuple[Query, ...]:
            return tuple(replace(one, codes=one.codes.opposite()) for one in pictures)

        return QuerySet(turned(self.like), turned(self.unlike))

    def target(self) -> Target:
        """Return the codes to compare with."""
        like = np.concatenate([query.codes.packed[:1] for query in self.like])
        unlike = [query.codes.packed[:1] for query in self.unlike]
        return Target.of(like, np.concatenate([like[:0], *unlike]))

    def soft_distances(self, soft: npt.NDArray[np.float16]) -> npt.NDArray[np.float64]:
        """Return how far rows of soft values are, combined like the bits.

        Args:
            soft: float16 (n, K).

        Returns:
            float64 (n,) in [-1, 2], of single pictures in [0, 2].
        """

        def mean(of: tuple[Query, ...]) -> npt.NDArray[np.float64]:
            total = np.zeros(len(soft))
            for query in of:
                asked = query.codes.soft_or_signs()[0]
                total += codes.soft_distances(soft, asked)
            return total / max(1, len(of))

        return mean(self.like) - mean(self.unlike) / 2


def query_patient(library: SearchedLibrary, identity: Identity) -> str | None:
    """Return the key of a query's patient: the most precise one the library knows.

    Where it knows none of them it is the most precise one there is; None for nobody.
    """
    keys = library.patient_keys(identity)
    if len(keys) < 2:
        return next(iter(keys), None)
    rows = library.select()
    known = (key for key in keys if len(rows.of_patient(key)))
    return next(known, keys[0])


def library_query(
    library: SearchedLibrary,
    digest: bytes,
    *,
    frame: int = 0,
    patient_id: str | None = None,
    identity: Identity | None = None,
) -> Query | None:
    """Return the query for a picture that the library holds, with its stored code.

    Args:
        library: the library.
        digest: the picture's content.
        frame: its frame.
        patient_id: the patient it names itself, used where the library knows none.
        identity: likewise, with all that it names; it goes before ``patient_id``.

    Returns:
        None where the library does not hold this frame of this content.
    """
    rows = library.select()
    same = rows.with_digest(digest)
    same = same[rows.frames(same) == frame]
    if not len(same):
        return None
    # A hidden picture is no hit, but its code holds, and its patient is still known.
    shown = rows.passed(same)
    same = np.concatenate([shown, Near(same, same).without(shown).rows])
    named = (record.patient_key for record in rows.records(same))
    patient_key = next((key for key in named if key), None)
    if patient_key is None:
        asked = identity or Identity(patient=patient_id or "")
        patient_key = query_patient(library, asked)
    return Query(
        codes=library.codes(same[:1]),
        digest=digest,
        frame=frame,
        patient_key=patient_key,
        in_library=len(shown) > 0,
    )


def new_query(
    library: SearchedLibrary,
    codes: HashCodes,
    digest: bytes,
    frame: int,
    identity: Identity,
) -> Query:
    """Return the query for a picture whose code was made now.

    That is a picture that the library does not hold, or a region of one, or one seen
    through another window than the library's: of those the library knows the patient.

    Args:
        library: the library.
        codes: one row.
        digest: the picture's content.
        frame: its frame.
        identity: the patient it names itself.
    """
    held = library_query(library, digest, frame=frame, identity=identity)
    if held is not None:
        return replace(held, codes=codes, in_library=False)
    patient = query_patient(library, identity)
    return Query(codes, digest, frame, patient, in_library=False)
