"""Jobs that count what would be removed from a library for good, and remove it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medhash_gui.errors import MedHashError
from medhash_gui.ui.library_tasks import OpenLibrary

if TYPE_CHECKING:
    from medhash_gui.store_purge import PurgeReport, UpkeepProgress
    from medhash_gui.traces import Trace


@dataclass(frozen=True, slots=True)
class ForgetWish:
    """What shall be removed; exactly one of the four is chosen.

    Attributes:
        patient: key of a patient, or "".
        folder: a folder of the pictures, or "".
        is_gone: hidden rows whose file is not there any more.
        is_hidden: all hidden rows.
    """

    patient: str = ""
    folder: str = ""
    is_gone: bool = False
    is_hidden: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What a wish would remove.

    Attributes:
        rows: of the library.
        shown: how many of them a search can find now.
    """

    rows: int
    shown: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was removed.

    Attributes:
        report: of the library.
        traces: what was kept outside of it.
        warning: what did not go well besides, or "".
    """

    report: PurgeReport
    traces: tuple[Trace, ...]
    warning: str = ""


def count(
    library: OpenLibrary, wish: ForgetWish
) -> Generator[None, None, Counted | MedHashError]:
    """Return how much a wish would remove, or why that cannot be told."""
    import numpy as np

    from medhash_gui import store_purge

    yield
    try:
        store = library.kept_here
        store.refresh()
        rows = store_purge.choose_rows(store, **_conditions(wish))
    except MedHashError as error:
        return error
    shown = rows & store.visible
    return Counted(int(np.count_nonzero(rows)), int(np.count_nonzero(shown)))


def forget(
    root: Path, wish: ForgetWish
) -> Generator[UpkeepProgress, None, Forgotten | MedHashError]:
    """Remove what a wish names, from the library and around it.

    Returns:
        What was removed, or why nothing was.
    """
    from medhash_gui import audit, store_purge, traces
    from medhash_gui.store import CodeStore

    try:
        with CodeStore.open(root, writable=True) as store:
            rows = store_purge.choose_rows(store, **_conditions(wish))
            report = yield from store_purge.purging(store, rows)
            warning = audit.deleted(store, "rows", rows=report.removed)
    except MedHashError as error:
        return error
    try:
        return Forgotten(report, traces.forget(root), warning)
    except OSError as error:
        reason = error.strerror or error
        told = f"What was kept outside of the library could not be removed: {reason}."
        return Forgotten(report, (), f"{told} Remove once more. {warning}".strip())


def _conditions(wish: ForgetWish) -> dict[str, Any]:
    return {
        "hidden": wish.is_hidden,
        "gone": wish.is_gone,
        "folders": (wish.folder,) if wish.folder else (),
        "patients": (wish.patient,) if wish.patient else (),
    }
