"""Which pictures may be hits, besides patient and label; plain values."""

from __future__ import annotations

import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What the filters of the window say.

    Attributes:
        details: pairs of a key that the library keeps and a value, one a key.
        folder: only this folder and below, relative to the indexed one; "" for all.
        report: words that the report must have; "" for none.
        since: ISO day on which the file was changed, or later; "" for any.
        before: ISO day before which it was changed; "" for any.
        within: greatest number of differing bits; None for any.
        once_a_case: whether a case is shown by its nearest picture only.
    """

    details: tuple[tuple[str, str], ...] = ()
    folder: str = ""
    report: str = ""
    since: str = ""
    before: str = ""
    within: int | None = None
    once_a_case: bool = False

    @property
    def count(self) -> int:
        """How many filters are set."""
        others = (self.folder, self.report, self.since, self.before, self.once_a_case)
        is_near = self.within is not None
        return len(self.details) + sum(map(bool, others)) + int(is_near)


def start_of(day: str) -> int | None:
    """Return when a day begins here, in ns since 1970; None for "" and for no day."""
    try:
        date = datetime.date.fromisoformat(day)
    except ValueError:
        return None
    midnight = datetime.datetime.combine(date, datetime.time()).astimezone()
    return int(midnight.timestamp()) * 10**9
