"""How exported pictures are drawn, as the command line says it.

A mask is X,Y,WIDTH,HEIGHT, greys are LEVEL,WIDTH, a window of a header is a number from
1; ``ID:`` before any of them says for which picture, by its number or the first digits
of it. Without one a mask and greys are for every picture, a header's window for the
query: other files have other windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from medhash_gui.errors import ExportError
from medhash_gui.grey_window import LEAST_WIDTH, MOST_WIDTH, GreyWindow
from medhash_gui.query_box import QueryBox


@dataclass(frozen=True, slots=True)
class AskedDrawing:
    """What the words of a command ask of the pictures.

    Attributes:
        masks: each for one picture or all.
        greys: the same; the last one that fits a picture counts.
        views: windows or tables of headers; the same.
    """

    masks: Sequence[str] = ()
    greys: Sequence[str] = ()
    views: Sequence[str] = ()

    def check(self, numbers: Sequence[str]) -> None:
        """Check that each is for a picture that there is.

        Args:
            numbers: of all pictures of the export.

        Raises:
            ExportError: one is not.
        """
        for what, texts in (("mask", self.masks), ("window of greys", self.greys),
                            ("window", self.views)):  # fmt: skip
            for text in texts:
                whose, colon, _ = text.rpartition(":")
                if colon and not any(number.startswith(whose) for number in numbers):
                    msg = f"The {what} {text} is for no picture of this export."
                    hint = f"Pictures of it: {', '.join(numbers)}."
                    raise ExportError(msg, hint=hint)

    def masks_of(self, number: str) -> tuple[QueryBox, ...]:
        """Return the masks of a picture.

        Raises:
            DatasetError: one is no box.
        """
        return tuple(QueryBox.parse(text) for text in _fitting(self.masks, number))

    def greys_of(self, number: str) -> GreyWindow | None:
        """Return the greys of a picture; None for all.

        Raises:
            ExportError: they are none.
        """
        found = _fitting(self.greys, number)
        return _greys(found[-1]) if found else None

    def view_of(self, number: str, *, is_query: bool = False) -> int:
        """Return which window of its header a picture is seen through, from 0.

        Raises:
            ExportError: it is no number from 1.
        """
        texts = [text for text in self.views if is_query or ":" in text]
        found = _fitting(texts, number)
        if not found:
            return 0
        if not found[-1].isdecimal() or int(found[-1]) < 1:
            msg = f"{found[-1]!r} is no window of a header."
            raise ExportError(msg, hint="Count them from 1, as the window does.")
        return int(found[-1]) - 1


def _fitting(texts: Sequence[str], number: str) -> list[str]:
    """Return those of texts that are for a picture, without its number."""
    parts = (text.rpartition(":") for text in texts)
    return [
        said for whose, colon, said in parts if not colon or number.startswith(whose)
    ]


def _greys(text: str) -> GreyWindow:
    try:
        level, width = (float(part) / 100 for part in text.split(","))
    except ValueError:
        level = width = -1.0
    if not (0 <= level <= 1 and LEAST_WIDTH <= width <= MOST_WIDTH):
        msg = f"{text!r} is not a window of greys."
        hint = (
            "Give level,width in percent: a level of 0 to 100, a width of 1 to 400, "
            "such as 50,100."
        )
        raise ExportError(msg, hint=hint)
    return GreyWindow(level, width)
