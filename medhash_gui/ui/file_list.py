"""Files with a reason each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


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
