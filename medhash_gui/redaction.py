"""Texts for logs and support that name no path.

Messages of libraries and of the system quote files, and paths name patients. What looks
like a path is taken out together with the rest of its line, since nobody can tell where
a path with spaces ends; the places in MedHash's own code (``medhash_gui/store.py:12``)
stay.
"""

from __future__ import annotations

import logging
import re

REMOVED = "[path removed]"

_OWN_PLACE = r"(?:[\w.-]+/)+[\w.-]+\.py:\d+"
_PATH = re.compile(
    rf"(?<!\S)(?!{_OWN_PLACE}(?!\S))[^\s\"'(\[]*?[\"'(\[]*[^\s\"'(\[]*[/\\].*"
)


def without_paths(text: str) -> str:
    """Return a text whose lines end where a path begins."""
    return "\n".join(_PATH.sub(REMOVED, line) for line in text.split("\n"))


class Formatter(logging.Formatter):
    """Formats records of a log without the paths in them."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line or lines of a record."""
        return without_paths(super().format(record))
