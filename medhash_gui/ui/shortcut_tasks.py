"""Jobs that look at what neighbours in the open library share, and save what was found.

What goes wrong is returned, so that the dialog says it and not the window behind it.
"""

from __future__ import annotations

import datetime
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.errors import MedHashError
from medhash_gui.ui.library_tasks import OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.exporting import Exported, Origin
    from medhash_gui.images import ImageRecord
    from medhash_gui.shortcuts import AuditStep, ShortcutAudit


@dataclass(frozen=True, slots=True)
class AuditWish:
    """What shall be looked at.

    Attributes:
        sample: how many patients are asked for.
        neighbours: how many of the nearest count.
        seed: of the sample.
    """

    sample: int = 500
    neighbours: int = 10
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Audited:
    """What was found, with what, and when."""

    found: ShortcutAudit
    origin: Origin
    day: datetime.date


def measure(
    library: OpenLibrary, wish: AuditWish
) -> Generator[AuditStep, None, Audited | MedHashError]:
    """Yield how far it has come; return what neighbours share, or why it is not known.

    Returns:
        What was found, or the error that says why nothing was.
    """
    from medhash_gui import shortcut_report, shortcuts

    try:
        store = library.kept_here
        store.refresh()
        found = yield from shortcuts.measure(
            store, neighbours=wish.neighbours, sample=wish.sample, seed=wish.seed
        )
    except MedHashError as error:
        return error
    today = datetime.datetime.now().astimezone().date()
    return Audited(found, shortcut_report.origin_of(store), today)


def example(
    library: OpenLibrary, row: int
) -> Generator[None, None, ImageRecord | MedHashError]:
    """Return what the library knows of an example, or why that cannot be told."""
    yield
    try:
        return library.kept_here.record(row)
    except MedHashError as error:
        return error


def save(
    library: OpenLibrary, audited: Audited, file: Path
) -> Generator[None, None, Exported | MedHashError]:
    """Write what was found; CSV or, where the name ends in .json, JSON.

    A file that is there is written over: the dialog that named it has asked.

    Returns:
        What was written, or the error that says why nothing was.
    """
    from medhash_gui import exporting, shortcut_report

    yield
    found, origin, day = audited.found, audited.origin, audited.day
    if file.suffix.lower() == ".json":
        data = shortcut_report.as_json(found, origin=origin, day=day)
    else:
        data = shortcut_report.as_csv(found)
    try:
        return exporting.carry_out(
            "report",
            file.parent,
            {file.name: data},
            pictures=(),
            origin=origin,
            library=library.store,
            replace=True,
        )
    except MedHashError as error:
        return error
