"""Which finding the hits shall show more of than the query does, and how much more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from medhash_gui.errors import DatasetError

LEAST_STRENGTH = 0.25
MOST_STRENGTH = 4.0
"""Farther than this from its query, a search has little to do with the picture."""


@dataclass(frozen=True, slots=True)
class MoreOf:
    """A label, and how far the query is moved towards it.

    Attributes:
        label: of the library.
        strength: 1 for the distance between the mean code of pictures that bear the
            label and that of pictures that do not; ``LEAST_STRENGTH`` to
            ``MOST_STRENGTH``.

    Raises:
        DatasetError: the strength is out of its range.
    """

    label: str
    strength: float = 1.0

    def __post_init__(self) -> None:
        if not LEAST_STRENGTH <= self.strength <= MOST_STRENGTH:
            msg = f"A query cannot be moved by a strength of {self.strength:g}."
            hint = f"Give {LEAST_STRENGTH:g} to {MOST_STRENGTH:g}; 1 is usual."
            raise DatasetError(msg, hint=hint)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a text of the form LABEL or LABEL:STRENGTH asks for.

        What stands behind the last colon is a strength where it is a number; of a label
        that ends so, give the strength too.

        Raises:
            DatasetError: it names no label, or the strength is out of its range.
        """
        label, colon, number = text.rpartition(":")
        try:
            made = (label, float(number)) if colon else (text, 1.0)
        except ValueError:
            made = (text, 1.0)
        if not made[0]:
            msg = f"{text!r} names no label to show more of."
            raise DatasetError(msg, hint="Give LABEL or LABEL:STRENGTH.")
        return cls(*made)

    def __str__(self) -> str:
        """Return the text that ``parse`` reads."""
        return f"{self.label}:{self.strength:g}"
