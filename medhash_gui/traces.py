"""What MedHash keeps outside of libraries that can tell what was looked at.

That is the memory of what was opened last, the places that file dialogs remember,
searches that were kept, and what training runs have kept of pictures to save time:
decoded pictures and features.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from medhash_gui import paths, run_files
from medhash_gui.library import durable
from medhash_gui.settings import Settings

DIALOGS = "qt"
"""Folder of the user's data in which the window's toolkit remembers places."""

_CACHES = ("features", "pictures.u8", "pictures.json")
_LAST = "last_library"

Kind = Literal[
    "last library", "damaged settings", "dialogs", "searches", "caches", "busy caches"
]
_WORDS: dict[Kind, str] = {
    "last library": "the library opened last",
    "damaged settings": "damaged settings of before",
    "dialogs": "places of file dialogs",
    "searches": "searches kept of the library",
    "caches": "caches of training runs ({count})",
    "busy caches": "not: caches of runs that are going on ({count})",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """One kind of what was kept, and is gone; "busy caches" alone stay.

    Attributes:
        kind: of what.
        count: how many of it.
    """

    kind: Kind
    count: int = 1

    @property
    def words(self) -> str:
        """What it is, in English."""
        return _WORDS[self.kind].format(count=self.count)


def dialogs_folder() -> Path:
    """Return the folder in which file dialogs remember places."""
    return paths.user_data() / DIALOGS


def forget(library: Path) -> tuple[Trace, ...]:
    """Remove all of it, and return what was removed.

    Caches of a run that is going on stay, and are named; so do searches of other
    libraries than ``library``.
    """
    gone: list[Trace] = []
    settings = Settings.load()
    if settings.text(_LAST):
        settings.reset(_LAST)
        settings.save()
        gone.append(Trace("last library"))
    damaged = settings.file.with_name(f"{settings.file.name}.damaged")
    if damaged.exists():
        durable.remove(damaged)
        gone.append(Trace("damaged settings"))
    if dialogs_folder().exists():
        shutil.rmtree(dialogs_folder(), ignore_errors=True)
        gone.append(Trace("dialogs"))
    searches = paths.searches_of(str(library.absolute()))
    if searches.exists():
        durable.remove(searches)
        gone.append(Trace("searches"))
    kept = removed = 0
    for cache in _caches():
        if any(map(run_files.is_held, (cache.parent, cache.parent.parent))):
            kept += 1
            continue
        if cache.is_dir():
            shutil.rmtree(cache, ignore_errors=True)
        else:
            durable.remove(cache)
        removed += 1
    if removed:
        gone.append(Trace("caches", removed))
    if kept:
        gone.append(Trace("busy caches", kept))
    return tuple(gone)


def _caches() -> Iterator[Path]:
    for name in _CACHES:
        yield from sorted(paths.runs().rglob(name))
