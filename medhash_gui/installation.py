"""How this computer and what the user keeps stand: plain values, for support.

Nothing here names a folder, a library or a model of the user's by a name that they gave
it, since such names are often those of patients: libraries are known by the ids of
their keys, models of the user's by their own ids. Qt and torch are not loaded.
"""

from __future__ import annotations

import locale
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from medhash_gui import (
    audit,
    audit_chain,
    catalogue,
    decode_process,
    folders,
    owner_only,
    paths,
)
from medhash_gui.errors import MedHashError
from medhash_gui.settings import Settings
from medhash_gui.store import CodeStore

Facts = dict[str, Any]

_MOST_LIBRARIES = 50
_FONTS_WAIT_S = 10.0
_GB = 1e9


def facts() -> dict[str, Facts | list[Facts]]:
    """Return everything, by topic."""
    return {
        "computer": computer(),
        "screen": screen(),
        "models": models(),
        "libraries": libraries(),
        "space": space(),
        "rights": rights(),
        "limits": limits(),
        "audit log": audit_log(),
        "settings": settings(),
    }


def computer() -> Facts:
    """Return processors, memory and language."""
    memory = None
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GB
    return {
        "processors": os.cpu_count(),
        "memory_gb": None if memory is None else round(memory, 1),
        "language": locale.getlocale()[0] or "unknown",
        "encoding": sys.getfilesystemencoding(),
    }


def screen() -> Facts:
    """Return what the window would be drawn with, as far as that is known unopened."""
    environment = os.environ
    fonts = _fonts()
    return {
        "platform": environment.get("QT_QPA_PLATFORM", "chosen by Qt"),
        "session": environment.get("XDG_SESSION_TYPE", "unknown"),
        "x11": bool(environment.get("DISPLAY")),
        "wayland": bool(environment.get("WAYLAND_DISPLAY")),
        "scale": environment.get("QT_SCALE_FACTOR", "1"),
        "fonts": fonts.get(""),
        "chinese_fonts": fonts.get(":lang=zh"),
    }


def models() -> list[Facts]:
    """Return the models, by name where MedHash ships them, else by id alone."""
    found, problems = catalogue.find_bundles()
    out: list[Facts] = [
        {
            "model_id": one.card.model_id,
            "name": one.card.name if one.origin == "packaged" else "the user's",
            "method": one.card.method,
            "bits": one.card.bits,
        }
        for one in found
    ]
    return out + [{"problem": type(problem).__name__} for problem in problems]


def libraries() -> list[Facts]:
    """Return how the libraries in the user's data folder stand, and the last one."""
    roots = set(paths.libraries().glob("*.medhash"))
    last = Settings.load().text("last_library")
    if last and Path(last).is_dir():
        roots.add(Path(last))
    return [_library(root) for root in sorted(roots)[:_MOST_LIBRARIES]]


def space() -> Facts:
    """Return how much room there is, in GB."""
    there = paths.user_data()
    there = next(one for one in (there, *there.parents) if one.exists())
    return {
        "user_data_free_gb": round(shutil.disk_usage(there).free / _GB, 1),
        "temporary_free_gb": round(
            shutil.disk_usage(tempfile.gettempdir()).free / _GB, 1
        ),
    }


def rights() -> Facts:
    """Return whether the user's data can be written to, and what others may read."""
    data = paths.user_data()
    there = next(one for one in (data, *data.parents) if one.exists())
    return {
        "writable": os.access(there, os.W_OK),
        "readable_by_others": len(owner_only.readable_by_others(data)),
    }


def limits() -> Facts:
    """Return what is refused, and how much a process may use."""
    found = {
        "pixels_of_a_picture": folders.MAX_PIXELS,
        "memory_of_a_reader_gb": round(decode_process.MEMORY_LIMIT / _GB, 1),
        "seconds_to_read_a_picture": 60,
    }
    if sys.platform != "win32":
        import resource

        found["open_files"] = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    return found


def audit_log() -> Facts:
    """Return whether the audit log is on and whole."""
    try:
        verdict = audit_chain.verify(audit.folder())
    except OSError as error:
        return {"on": audit.is_on(), "problem": error.strerror or "unreadable"}
    return {
        "on": audit.is_on(),
        "entries": verdict.head.number,
        "problems": len(verdict.problems),
    }


def settings() -> Facts:
    """Return what differs from the defaults, without places."""
    loaded = Settings.load()
    return {**loaded.changed(), "problems": len(loaded.problems)}


def _library(root: Path) -> Facts:
    try:
        with CodeStore.open(root) as store:
            known = {found.card.model_id for found in catalogue.find_bundles()[0]}
            return {
                "library": store.key_id,
                "images": len(store),
                "hidden": store.hidden,
                "format": store.format_version,
                "bits": store.bits,
                "model_id": store.model_id,
                "model_here": store.model_id in known,
                "folder_here": store.indexed_root.is_dir(),
            }
    except MedHashError as error:
        return {"problem": type(error).__name__}


def _fonts() -> Mapping[str, int]:
    """Return how many fonts there are, all and Chinese; {} where nobody can tell."""
    program = shutil.which("fc-list")
    found: dict[str, int] = {}
    for pattern in ("", ":lang=zh") if program else ():
        try:
            told = subprocess.run(
                [str(program), *([pattern] if pattern else [])],
                capture_output=True,
                timeout=_FONTS_WAIT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return {}
        found[pattern] = len(told.stdout.splitlines())
    return found
