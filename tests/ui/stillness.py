"""When a widget may be pictured: what fades in or is laid out late stands still."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget

_LOOKS = 5  # one every 20 ms; Qt fades for a fifth of a second, in steps each time


def still(widget: QWidget) -> Callable[[], bool]:
    """Return a condition for a pilot: the widget looked the same several times."""
    seen: list[QImage] = []

    def is_still() -> bool:
        image = widget.grab().toImage()
        if seen and image != seen[-1]:
            seen.clear()
        seen.append(image)
        return len(seen) >= _LOOKS

    return is_still
