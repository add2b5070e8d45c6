"""Who did what with which library, kept in a log on this computer and sent nowhere.

An entry names libraries by the id of their key, models by theirs, pictures by row and
content digest, patients by their pseudonyms; never a path, a file's name or an identity
of a patient. The user and the computer are named: that is what such a log is for. What
can be recorded, and what it is to DICOM PS3.15, is in ``EVENTS``; how a change of the
log is found, in ``audit_chain``.

A log that cannot be written to hinders nobody: the functions return a sentence about
it, "" where all is well or the log is switched off.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

import medhash_gui
from medhash_gui import audit_chain, paths
from medhash_gui.audit_chain import Head
from medhash_gui.errors import AuditError

if TYPE_CHECKING:
    from medhash_gui.queries import Query, QuerySet
    from medhash_gui.search_result import SearchResult

MOST_HITS = 1000
"""How many hits an entry names; their whole number is always there."""

_OFF = "switched-off"


@dataclass(frozen=True, slots=True)
class EventKind:
    """What an event is to DICOM PS3.15: codes of its terms (PS3.16), and the action."""

    code: str
    meaning: str
    action: Literal["C", "R", "U", "D", "E"]
    kind: tuple[str, str] | None = None


_SECURITY = ("110113", "Security Alert")
EVENTS: Mapping[str, EventKind] = {
    "library-opened": EventKind("110103", "DICOM Instances Accessed", "R"),
    "query": EventKind("110112", "Query", "E"),
    "library-changed": EventKind("110107", "Import", "U"),
    "pictures-marked": EventKind("110103", "DICOM Instances Accessed", "U"),
    "export": EventKind("110106", "Export", "R"),
    "deletion": EventKind("110105", "DICOM Study Deleted", "D"),
    "model-changed": EventKind(*_SECURITY, "E", ("110131", "Software Configuration")),
    "log-read": EventKind("110101", "Audit Log Used", "R"),
    "log-started": EventKind(*_SECURITY, "E", ("110134", "Audit Recording Started")),
    "log-stopped": EventKind(*_SECURITY, "E", ("110133", "Audit Recording Stopped")),
    audit_chain.FRAGMENT: EventKind("110100", "Application Activity", "E"),
}
"""Every event that a log can hold."""


class Recorded(Protocol):
    """What an entry says of a library."""

    @property
    def key_id(self) -> str:
        """Which secret key its pseudonyms were made with."""
        ...

    @property
    def model_id(self) -> str:
        """The model of its codes."""
        ...


class _Caller:
    """What in MedHash the user works with."""

    name = "python"


def work_with(name: Literal["command line", "window"]) -> None:
    """Say what in MedHash the user works with, for the entries of this process."""
    _Caller.name = name


def folder() -> Path:
    """Return the folder of the log."""
    return paths.user_data() / "audit"


def is_on() -> bool:
    """Return whether what is done is recorded: yes, unless it was switched off."""
    return not (folder() / _OFF).exists()


def switch(*, on: bool) -> None:
    """Start or stop recording; either is the log's own entry.

    Raises:
        AuditError: it cannot be written down.
    """
    mark = folder() / _OFF
    try:
        if on and mark.exists():
            mark.unlink()
            _append("log-started", {})
        elif not on and not mark.exists():
            _append("log-stopped", {})
            mark.touch(mode=0o600)
    except OSError as error:
        raise AuditError(_failure(error), hint=_HINT) from error


def opened(library: Recorded) -> str:
    """Record that a library was opened by somebody who can see what is in it."""
    return _record("library-opened", library)


def asked(library: Recorded, query: Query | QuerySet, result: SearchResult) -> str:
    """Record a query and the hits that it showed."""
    # The parts of a set, or the one picture: whichever it is, they look alike.
    like = getattr(query, "like", (query,))
    return _shown(
        library,
        result,
        [
            {
                "picture": None if one.digest is None else one.digest.hex(),
                "frame": one.frame,
                "patient": one.patient_key,
            }
            for one in (*like, *getattr(query, "unlike", ()))
        ],
    )


def listed(library: Recorded, result: SearchResult) -> str:
    """Record pictures that were shown without a query, as by words of reports."""
    return _shown(library, result, [])


def _shown(library: Recorded, result: SearchResult, query: list[dict[str, Any]]) -> str:
    shown = (*result.hits, *result.prior)
    return _record(
        "query",
        library,
        query=query,
        hits=[
            {"row": hit.row, "patient": hit.record.patient_key}
            for hit in shown[:MOST_HITS]
        ],
        shown=len(shown),
    )


def changed(library: Recorded, what: str, *, rows: int) -> str:
    """Record that rows came into a library: it was indexed, or another one added."""
    return _record("library-changed", library, what=what, rows=rows)


def marked(library: Recorded, what: str, *, rows: int) -> str:
    """Record that a person left pictures out, took them back, or labelled them."""
    return _record("pictures-marked", library, what=what, rows=rows)


def exported(library: Recorded | None, what: str, *, rows: int) -> str:
    """Record that something left MedHash.

    Args:
        library: it is from; None for a model.
        what: a report, a list, a picture, a key, a copy on a server.
        rows: of how many pictures.
    """
    return _record("export", library, what=what, rows=rows)


def deleted(library: Recorded | None, what: str, *, rows: int) -> str:
    """Record that something was removed for good."""
    return _record("deletion", library, what=what, rows=rows)


def model_changed(model_id: str, what: str) -> str:
    """Record that a model came, or that a library is another model's from now on."""
    return _record("model-changed", None, what=what, model=model_id)


def read_by_user(what: str) -> str:
    """Record that the log was exported."""
    return _record("log-read", None, what=what)


def _record(event: str, library: Recorded | None, **facts: object) -> str:
    if not is_on():
        return ""
    if library is not None:
        facts = {"library": library.key_id, "model": library.model_id, **facts}
    try:
        _append(event, facts)
    except OSError as error:
        return f"{_failure(error)} {_HINT}"
    return ""


def _append(event: str, facts: Mapping[str, Any]) -> Head:
    now = datetime.datetime.now(datetime.UTC)
    entry = {
        "at": now.isoformat(timespec="milliseconds"),
        "event": event,
        "user": _user(),
        "computer": platform.node(),
        "with": f"{_Caller.name}, medhash {medhash_gui.__version__}",
        "process": os.getpid(),
        **facts,
    }
    return audit_chain.append(folder(), entry)


_HINT = 'Make room or give it rights, or stop recording with "medhash audit off".'


def _failure(error: OSError) -> str:
    reason = error.strerror or error
    return f"What is done cannot be recorded in the audit log: {reason}."


def _user() -> str:
    """Return the name under which the user is known to the system."""
    if sys.platform == "win32":
        return os.environ.get("USERNAME", "unknown")
    else:  # noqa: RET505 (mypy knows a platform's own modules by it)
        import pwd

        try:
            return pwd.getpwuid(os.getuid()).pw_name
        except KeyError:  # a container may run under a number without a name
            return str(os.getuid())
