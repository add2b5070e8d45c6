"""Read every whole frame of a journal, those behind a damaged one included."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from medhash_gui.library import journal
from medhash_gui.library.journal import HEADER, Entry
from medhash_gui.library.removed_rows import removed_block, removed_codes


@dataclass(frozen=True, slots=True)
class RescuedJournal:
    """What could be read of a journal.

    Attributes:
        entries: its commits, in order; rows that are lost hold nothing.
        lost: numbers of those rows.
        gaps: damaged stretches between whole frames; each was one commit or more.
        torn_bytes: behind the last whole frame: a write that was cut off, or damage.
        problem: what is wrong with the file, or "" where it is sound.
    """

    entries: tuple[Entry, ...]
    lost: tuple[int, ...] = ()
    gaps: int = 0
    torn_bytes: int = 0
    problem: str = ""


def rescue_journal(path: Path, *, next_row: int, bits: int) -> RescuedJournal:
    """Return the commits of a journal as far as they can be read.

    Args:
        path: the journal.
        next_row: number of its first new row.
        bits: length of a code.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return RescuedJournal((), problem="is missing")
    except OSError:
        return RescuedJournal((), problem="cannot be read at all")
    has_header = data.startswith(HEADER)
    place: int | None = len(HEADER) if has_header else journal.next_frame(data, -1)
    gaps = 0 if has_header else 1
    entries: list[Entry] = []
    lost: list[int] = []
    end = len(HEADER) if has_header else 0
    while place is not None:
        found = _fitting(data, place, next_row, bits)
        if found is None:
            place = journal.next_frame(data, place)
            gaps += place is not None
            continue
        entry, end = found
        missing = entry.first_row - next_row
        if missing:
            codes = removed_codes(missing, bits)
            entries.append(Entry(next_row, removed_block(missing), codes))
            lost += range(next_row, entry.first_row)
        entries.append(entry)
        next_row = entry.first_row + entry.rows
        place = end if end < len(data) else None
    torn = len(data) - end
    problem = "is damaged" if gaps or not has_header else ""
    if not has_header and not entries:
        problem = "cannot be read at all"
    return RescuedJournal(tuple(entries), tuple(lost), gaps, torn, problem)


def _fitting(
    data: bytes, place: int, next_row: int, bits: int
) -> tuple[Entry, int] | None:
    """Return the frame at a place and its end, or None where it cannot be used."""
    try:
        found = journal.frame_at(data, place)
    except ValueError:
        return None
    if found is None:
        return None
    entry, end = found
    # A row takes more than a byte: so many cannot have been lost in between.
    if not next_row <= entry.first_row <= next_row + len(data) or (
        entry.codes is not None and entry.codes.bits != bits
    ):
        return None
    stop = entry.first_row + entry.rows
    changes = tuple(c for c in entry.changes if 0 <= c.row < stop)
    return replace(entry, changes=changes), end
