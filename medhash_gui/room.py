"""Whether this computer has room for a training run: memory and disk.

Asked before a run is started, because both are used up only after a while, when much of
the work has been done.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from medhash_gui.errors import SettingsError

# Checkpoints, codes and the model of a run; more where networks are large.
LEAST_DISK = 2**29

_MEMORY = Path("/proc/meminfo")


def check(folder: Path, *, memory: int | None = None) -> None:
    """Refuse a run that would not fit.

    Args:
        folder: where runs are kept; need not be there.
        memory: bytes that the run takes at its peak; None where nobody knows.

    Raises:
        SettingsError: the disk is nearly full, or the memory is too small.
    """
    there = next(one for one in (folder, *folder.parents) if one.exists())
    free = shutil.disk_usage(there).free
    if free < LEAST_DISK:
        message = (
            f"Only {free / 2**20:,.0f} MB are free in {there}, where runs are kept; a "
            f"run needs about {LEAST_DISK / 2**20:,.0f} MB."
        )
        raise SettingsError(message, hint="Make room there.")
    held = free_memory()
    if memory is not None and held is not None and memory > held:
        message = (
            f"It needs about {memory / 2**30:.1f} GB of memory, and "
            f"{held / 2**30:.1f} GB are free on this computer."
        )
        hint = "Close other programs, or choose smaller or fewer pictures a step."
        raise SettingsError(message, hint=hint)


def free_memory() -> int | None:
    """Return how many bytes programs may still take; None where nobody tells."""
    try:
        found = re.search(r"MemAvailable:\s*(\d+) kB", _MEMORY.read_text())
    except OSError:
        found = None
    if found is not None:
        return int(found[1]) * 1024
    if "SC_PHYS_PAGES" in getattr(os, "sysconf_names", {}):
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None
