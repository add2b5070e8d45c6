"""Keep a library up to date with a folder for as long as somebody watches it.

Promises: a file is taken when its size and time have stayed the same between two looks,
so not while it is being written; a folder that is gone, or empty as an unmounted drive
is, is waited for and nothing is hidden; at most a twentieth of the time goes into
looking, however large the folder is.

It looks again and again instead of waiting for word from the system: network drives
give no word, and what a system reports of a hundred thousand files is lost when a queue
overflows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from medhash_gui import images, indexing
from medhash_gui.errors import DatasetError, LibraryError
from medhash_gui.images import FoundFile
from medhash_gui.index_report import IndexReport
from medhash_gui.indexing import IndexProgress

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder
    from medhash_gui.import_choices import ImportChoices
    from medhash_gui.store import CodeStore

State = Literal["watching", "indexing", "waiting"]

EVERY_S = 2.0
"""Time between two looks, in seconds, where they are quick."""

_STEP_S = 0.25
_LOOKING_SHARE = 20  # a look of a second is followed by twenty of rest

# Size and time of every file by path.
_Stamps = Mapping[str, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class WatchStep:
    """What is going on.

    Attributes:
        state: "indexing" while a run is at work, "waiting" while the folder is not
            there, else "watching".
        reason: why it waits, as a sentence; else "".
        progress: of the run that is at work.
        report: of the run that has just ended.
    """

    state: State
    reason: str = ""
    progress: IndexProgress | None = None
    report: IndexReport | None = None


def watch_folder(
    store: CodeStore,
    root: Path,
    encoder: Encoder,
    *,
    choices: ImportChoices | None = None,
    workers: int | None = None,
    every_s: float = EVERY_S,
    sleep: Callable[[float], None] = time.sleep,
) -> Generator[WatchStep, None, None]:
    """Index a folder, and again whenever something in it has changed; never ends.

    A generator: it yields at least twice a second. Closing it ends the watch within a
    second; what was committed stays.

    Args:
        store: as for ``indexing.index_folder``, like the next four.
        root: the folder.
        encoder: makes the codes.
        choices: for the first run; the others go by what the library remembers.
        workers: processes that decode.
        every_s: seconds between two looks.
        sleep: waits for some seconds.

    Raises:
        MedHashError: as ``index_folder`` does, but for a folder that is not there.
    """
    settled: _Stamps | None = None
    before: _Stamps = {}
    while True:
        started = time.monotonic()
        stamps, reason = _look(store, root)
        rest = max(every_s, _LOOKING_SHARE * (time.monotonic() - started))
        if stamps is None:
            # All is looked at when it is back: what failed meanwhile, too.
            settled, before = None, {}
            yield from _rest(WatchStep("waiting", reason), every_s, sleep)
            continue
        if stamps != settled:
            rest = max(every_s, rest / _LOOKING_SHARE)
            steady = frozenset(p for p, s in stamps.items() if before.get(p) == s)
            if _is_worth_a_run(stamps, steady, settled):
                run = indexing.index_folder(
                    store,
                    root,
                    encoder,
                    choices=choices,
                    workers=workers,
                    only=steady.__contains__,
                )
                report = yield from _indexing(run, root)
                if report is not None:
                    choices = None
                    settled = {p: s for p, s in stamps.items() if p in steady}
                    yield WatchStep("watching", report=report)
        before = stamps
        yield from _rest(WatchStep("watching"), rest, sleep)


def _look(store: CodeStore, root: Path) -> tuple[_Stamps | None, str]:
    """Return what is in the folder, or None and why it cannot be seen."""
    try:
        found = {f.path: _stamp(f) for f in images.scan(root, unreadable=[])}
    except DatasetError as error:
        return None, error.message
    if not found and store.row_count:
        reason = f"The folder {root} is empty, but the library holds pictures of it."
        return None, reason
    return found, ""


def _is_there(root: Path) -> bool:
    try:
        return any(root.iterdir())
    except OSError:
        return False


def _stamp(file: FoundFile) -> tuple[int, int]:
    return file.size_bytes, file.modified_ns


def _is_worth_a_run(
    stamps: _Stamps, steady: frozenset[str], settled: _Stamps | None
) -> bool:
    """Return whether a steady file is new or other, or one is gone for good."""
    if settled is None:
        return bool(steady)
    if any(settled.get(path) != stamps[path] for path in steady):
        return True
    # While another file comes in, the one that is gone may be on its way there.
    return len(steady) == len(stamps) and any(path not in stamps for path in settled)


def _indexing(
    run: Generator[IndexProgress, None, IndexReport], root: Path
) -> Generator[WatchStep, None, IndexReport | None]:
    """Pass a run on; return its report, or None where the folder went away."""
    while True:
        try:
            progress = next(run)
        except StopIteration as end:
            report: IndexReport = end.value
            return report
        except (LibraryError, DatasetError):
            if _is_there(root):
                raise
            return None  # the next look says so, and waits
        try:
            yield WatchStep("indexing", progress=progress)
        except GeneratorExit:
            run.close()
            raise


def _rest(
    step: WatchStep, seconds: float, sleep: Callable[[float], None]
) -> Generator[WatchStep, None, None]:
    yield step
    left = seconds
    while left > 0:
        sleep(min(_STEP_S, left))
        left -= _STEP_S
        yield step
