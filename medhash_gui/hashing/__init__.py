"""The registry of published methods: one line a method, read at a glance."""

from __future__ import annotations

from medhash_gui.hashing import ash
from medhash_gui.hashing.method import Method

METHODS: dict[str, Method] = {
    "ash": ash.METHOD,
}
