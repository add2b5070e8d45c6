"""What MedHash keeps outside of libraries that can tell what was looked at.

That is the memory of what was opened last, the places that file dialogs remember, and
what training runs have kept of pictures to save time: decoded pictures and features.
All of it is made again when it is needed.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from medhash_gui import paths, run_files
from medhash_gui.library import durable
from medhash_gui.settings import Settings

DIALOGS = "qt"
"""Folder of the user's data in which the window's toolkit remembers places."""

_CACHES = ("features", "pictures.u8", "pictures.json")
_LAST = "last_library"


def dialogs_folder() -> Path:
    """Return the folder in which file dialogs remember places."""
    return paths.user_data() / DIALOGS


def forget() -> tuple[str, ...]:
    """Remove all of it, and return what was removed, in words.

    Caches of a run that is going on stay, and are named.
    """
    said = []
    settings = Settings.load()
    if settings.text(_LAST):
        settings.reset(_LAST)
        settings.save()
        said.append("the library opened last")
    damaged = settings.file.with_name(f"{settings.file.name}.damaged")
    if damaged.exists():
        durable.remove(damaged)
        said.append("damaged settings of before")
    if dialogs_folder().exists():
        shutil.rmtree(dialogs_folder(), ignore_errors=True)
        said.append("places of file dialogs")
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
        said.append(f"caches of training runs ({removed})")
    if kept:
        said.append(f"not: caches of runs that are going on ({kept})")
    return tuple(said)


def _caches() -> Iterator[Path]:
    for name in _CACHES:
        yield from sorted(paths.runs().rglob(name))
