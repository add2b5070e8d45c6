"""A region of a picture that is asked about instead of the whole.

The network sees the region as if it were the picture, so its hits are pictures that as
wholes look like the region. The region keeps the picture's identity: its own file and
its own patient are left out as usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from medhash_gui.errors import DatasetError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

LEAST_SIDE = 16
"""A side of fewer pixels shows nothing that a network could tell from noise."""


@dataclass(frozen=True, slots=True)
class QueryBox:
    """A rectangle in the pixels of the decoded picture.

    Attributes:
        x: of the left edge, in px from the left.
        y: of the upper edge, in px from the top.
        width: in px.
        height: in px.
    """

    x: int
    y: int
    width: int
    height: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the box that a text of the form x,y,width,height names.

        Raises:
            DatasetError: it names none.
        """
        try:
            x, y, width, height = (int(part) for part in text.split(","))
        except ValueError as error:
            message = f"{text!r} is not a box."
            hint = "Give x,y,width,height in whole pixels, such as 120,80,256,256."
            raise DatasetError(message, hint=hint) from error
        return cls(x, y, width, height)

    def cut(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return what the box shows of a picture.

        Args:
            pixels: float32 (H, W) or (H, W, 3).

        Raises:
            DatasetError: the box does not lie in the picture, or is too small.
        """
        rows, columns = pixels.shape[:2]
        inside = (
            self.x >= 0
            and self.y >= 0
            and self.x + self.width <= columns
            and self.y + self.height <= rows
        )
        if not inside:
            message = f"The box {self} reaches beyond the picture."
            hint = f"The picture has {columns} × {rows} px."
            raise DatasetError(message, hint=hint)
        if min(self.width, self.height) < LEAST_SIDE:
            message = f"The box {self} is too small to be searched with."
            hint = f"Both sides need at least {LEAST_SIDE} px."
            raise DatasetError(message, hint=hint)
        cut = pixels[self.y : self.y + self.height, self.x : self.x + self.width]
        return cut.copy()

    def __str__(self) -> str:
        return f"{self.x},{self.y},{self.width},{self.height}"
