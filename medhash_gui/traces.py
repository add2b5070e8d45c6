"""What MedHash keeps outside of libraries that can tell what was looked at.

That is the memory of what was opened and asked last, the places that file dialogs
remember, and what training runs have kept of pictures to save time: decoded pictures
and features. All of it is made again when it is needed.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from medhash_gui import paths, run_files
from medhash_gui.library import durable
from medhash_gui.settings import Settings

DIALOGS = "qt"
"""Folder of the user's data in which the window's toolkit remembers places."""

SEARCHES = "searches"
"""Folder in which the window keeps searches, the last of each library among them."""

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
    last, named = _forget_last_work()
    if last:
        said.append(f"the work of the last run ({last})")
    if named:
        said.append(f"not: searches with a name ({named}), which name files by path")
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


def _forget_last_work() -> tuple[int, int]:
    """Forget the searches that the window would take up again.

    Returns:
        Of how many libraries, and how many searches stay that the user gave a name.
    """
    last = named = 0
    for file in sorted((paths.user_data() / SEARCHES).glob("*.json")):
        try:
            values = json.loads(file.read_bytes())
            named += len(values["named"])
            if values["last"] is not None:
                text = json.dumps({**values, "last": None}, indent=1)
                durable.place(file, text.encode("ascii") + b"\n")
                last += 1
        except (OSError, ValueError, TypeError, KeyError):
            continue  # the window says that it cannot be read, and leaves it as it is
    return last, named


def _caches() -> Iterator[Path]:
    for name in _CACHES:
        yield from sorted(paths.runs().rglob(name))
