"""A window of grey values: which part of a picture's range fills the screen's."""

from __future__ import annotations

from dataclasses import dataclass

LEAST_WIDTH = 0.01
MOST_WIDTH = 4.0


@dataclass(frozen=True, slots=True)
class GreyWindow:
    """A window of grey values.

    Attributes:
        level: its middle, 0 … 1 of the picture's range.
        width: 1 for the whole range, at least ``LEAST_WIDTH``.
    """

    level: float = 0.5
    width: float = 1.0

    @property
    def is_whole(self) -> bool:
        """Whether the picture is shown as it is."""
        return self == _WHOLE

    def changed(self, *, level: float = 0.0, width: float = 1.0) -> GreyWindow:
        """Return the window moved by ``level`` and made ``width`` times as wide."""
        return GreyWindow(
            min(max(self.level + level, 0.0), 1.0),
            min(max(self.width * width, LEAST_WIDTH), MOST_WIDTH),
        )


_WHOLE = GreyWindow()
