"""Masks as the command line writes them: X,Y,WIDTH,HEIGHT, or ID:X,Y,WIDTH,HEIGHT."""

from __future__ import annotations

from collections.abc import Sequence

from medhash_gui.errors import ExportError
from medhash_gui.query_box import QueryBox


def of_picture(number: str, asked: Sequence[str]) -> tuple[QueryBox, ...]:
    """Return the masks of a picture, of texts such as 3f2a:10,10,90,20 or 10,10,90,20.

    Args:
        number: of the picture.
        asked: the texts; one without a number is for every picture.

    Raises:
        DatasetError: one is no box.
    """
    masks = []
    for text in asked:
        whose, colon, box = text.rpartition(":")
        mask = QueryBox.parse(box)
        if not colon or number.startswith(whose):
            masks.append(mask)
    return tuple(masks)


def check(numbers: Sequence[str], asked: Sequence[str]) -> None:
    """Check that every mask is for a picture that there is.

    Raises:
        ExportError: one is not.
    """
    for text in asked:
        whose, colon, _ = text.rpartition(":")
        if colon and not any(number.startswith(whose) for number in numbers):
            msg = f"The mask {text} is for no picture of this export."
            hint = f"Pictures of it: {', '.join(numbers)}."
            raise ExportError(msg, hint=hint)
