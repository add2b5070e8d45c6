"""Files with a reason each, and how a list of them is written down."""

from __future__ import annotations

import csv
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medhash_gui.errors import MedHashError

HEADER = ("path", "state", "reason")
"""The columns of a saved list, the same in every language."""


@dataclass(frozen=True, slots=True)
class FileList:
    """Files of one kind.

    Attributes:
        state: what is said of them in a saved list, one word.
        title: what the tab says; its count follows.
        rows: path and reason.
    """

    state: str
    title: str
    rows: Sequence[tuple[str, str]]


def table_of(lists: Sequence[FileList]) -> list[tuple[str, str, str]]:
    """Return all lists as rows of path, state and reason."""
    return [(path, one.state, reason) for one in lists for path, reason in one.rows]


def save(file: Path, lists: Sequence[FileList]) -> Generator[None, None, Path]:
    """Write all lists into one CSV file and return its place; for a pool thread.

    Raises:
        MedHashError: the file cannot be written.
    """
    yield
    try:
        # With a byte order mark, without which Excel takes UTF-8 for something else.
        with file.open("w", encoding="utf-8-sig", newline="") as opened:
            writer = csv.writer(opened)
            writer.writerow(HEADER)
            writer.writerows(table_of(lists))
    except OSError as error:
        message = f"The list cannot be written to {file}: {error.strerror}."
        hint = "Choose another folder, or free some space."
        raise MedHashError(message, hint=hint) from error
    return file
