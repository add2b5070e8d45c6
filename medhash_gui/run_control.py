"""Training runs in processes of their own: started, asked to stop, found again.

A run is detached from whoever starts it and speaks through its folder alone
(``run_files``), so it outlives the window and the program, and any later start finds
it. No torch.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from medhash_gui import paths, room, run_files
from medhash_gui.errors import CheckpointError, SettingsError
from medhash_gui.run_files import EventReader, Values
from medhash_gui.training_plan import TrainingPlan

State = Literal["planned", "running", "stopped", "interrupted", "failed", "finished"]

LOG = "output.log"
_START_LIMIT_S = 60.0
_END_LIMIT_S = 30.0
_POLL_S = 0.3
_NICENESS = 10
_LOG_TAIL = 20_000
# Processes that this one has started: asked about their end now and then, or the system
# would keep an entry of each until this process ends.
_started: list[subprocess.Popen[bytes]] = []


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What is known of a run; plain values.

    Attributes:
        folder: of the run.
        plan: what was asked for; None where it was not the wizard.
        state: "running" while a process trains; "interrupted" where it ended without a
            word.
        pretraining: newest report of each epoch of pre-training, in order.
        started: the newest ``started`` event, or None; it comes after pre-training.
        epochs: newest report of each epoch, in order.
        references: the ``references`` event, or None.
        neighbours: the newest ``neighbours`` event, or None.
        progress: the newest ``progress`` event since the last epoch, or None.
        ended: the last ``finished``, ``failed`` or ``stopped`` event, or None.
        warnings: of the newest start.
    """

    folder: Path
    plan: TrainingPlan | None
    state: State = "planned"
    pretraining: tuple[Values, ...] = ()
    started: Values | None = None
    epochs: tuple[Values, ...] = ()
    references: Values | None = None
    neighbours: Values | None = None
    progress: Values | None = None
    ended: Values | None = None
    warnings: tuple[Values, ...] = field(default=())

    @property
    def title(self) -> str:
        """What to call it."""
        known = self.plan.title or self.plan.name if self.plan is not None else ""
        return known or self.folder.name

    @property
    def begun(self) -> str:
        """When it was planned: "2026-11-29 02:07", or "" where that is not known."""
        found = re.match(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)", self.folder.name)
        return "" if found is None else "{}-{}-{} {}:{}".format(*found.groups())

    @property
    def model(self) -> Path | None:
        """Folder of the finished model, or None."""
        if self.state != "finished" or self.ended is None:
            return None
        return self.folder / str(self.ended["model"])

    @property
    def best(self) -> Values | None:
        """The epoch with the best validation, or None."""
        scored = [e for e in self.epochs if e.get("validation_map") is not None]
        return max(scored, key=lambda e: float(e["validation_map"]), default=None)

    @property
    def is_pretraining(self) -> bool:
        """Whether the phase without labels is under way, or was when it ended."""
        return self.started is None and bool(self.pretraining)

    @property
    def seconds_left(self) -> float | None:
        """What the epochs that are left would take at the pace of the last ones.

        While a run is pre-trained: those of pre-training alone.
        """
        done = self.pretraining if self.is_pretraining else self.epochs
        if self.state != "running" or not done:
            return None
        seconds = sorted(float(e["seconds"]) for e in done[-5:])
        left = int(done[-1]["epochs"]) - int(done[-1]["epoch"])
        return left * seconds[len(seconds) // 2]


class Watcher:
    """Follows one run through its files.

    Args:
        folder: of the run.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._reader = EventReader(folder)
        self._plan: TrainingPlan | None = None
        self._newest: dict[str, Values] = {}
        self._pretraining: dict[int, Values] = {}
        self._epochs: dict[int, Values] = {}
        self._warnings: list[Values] = []
        self._ended: Values | None = None

    def look(self) -> RunFacts:
        """Return what is known by now; reads files."""
        # Before the events: a run that ends in between is then seen to its end.
        is_held = run_files.is_held(self.folder)
        for event in self._reader.new():
            self._take(event)
        if self._plan is None:
            try:
                self._plan = TrainingPlan.read(self.folder)
            except SettingsError:
                self._plan = None
        ended = self._ended
        if ended is None and not is_held:
            ended = last_word(self.folder)
        return RunFacts(
            folder=self.folder,
            plan=self._plan,
            state=self._state(ended, is_held=is_held),
            pretraining=tuple(self._pretraining[n] for n in sorted(self._pretraining)),
            started=self._newest.get("started"),
            epochs=tuple(self._epochs[n] for n in sorted(self._epochs)),
            references=self._newest.get("references"),
            neighbours=self._newest.get("neighbours"),
            progress=self._newest.get("progress"),
            ended=None if is_held else ended,
            warnings=tuple(self._warnings),
        )

    def _take(self, event: Values) -> None:
        kind = str(event.get("event"))
        self._newest[kind] = event
        if kind == "pretraining":
            self._pretraining[int(event["epoch"])] = event
        if kind == "epoch":
            self._epochs[int(event["epoch"])] = event
            # What went before the first step of this start is over.
            self._newest.pop("progress", None)
        if kind == "warning":
            texts = [one["message"] for one in self._warnings]
            if event.get("message") not in texts:
                self._warnings.append(event)
        self._ended = event if kind in ("finished", "failed", "stopped") else None

    def _state(self, ended: Values | None, *, is_held: bool) -> State:
        if is_held:
            return "running"
        if ended is not None:
            states: dict[str, State] = {
                "finished": "finished", "failed": "failed", "stopped": "stopped",
            }  # fmt: skip
            return states[ended["event"]]
        return "interrupted" if self._newest else "planned"


def watch(folder: Path) -> Generator[RunFacts, None, RunFacts]:
    """Follow a run until no process trains it any more.

    Where this process has started it, its end is waited for: the memory is free then,
    and no entry of it is left.

    Yields:
        What is known, several times a second.

    Returns:
        How it ended.
    """
    watcher = Watcher(folder)
    while True:
        facts = watcher.look()
        if facts.state != "running":
            break
        yield facts
        time.sleep(_POLL_S)
    until = time.monotonic() + _END_LIMIT_S
    while _lives(folder) and time.monotonic() < until:
        yield facts
        time.sleep(_POLL_S)
    return facts


def _lives(folder: Path) -> bool:
    """Return whether a process that this one has started for a run is still there."""
    _started[:] = [one for one in _started if one.poll() is None]
    return any(
        str(folder) in one.args for one in _started if isinstance(one.args, list)
    )


def all_runs() -> list[RunFacts]:
    """Return the runs of this user, the newest first."""
    place = paths.runs()
    folders = [f for f in place.iterdir() if f.is_dir()] if place.is_dir() else []
    found = [Watcher(folder).look() for folder in folders]
    known = [facts for facts in found if facts.plan is not None]
    return sorted(known, key=lambda facts: facts.folder.name, reverse=True)


def new_folder(plan: TrainingPlan) -> Path:
    """Return a place for a run, not used yet; its name begins with the time."""
    named = re.sub(r"[^A-Za-z0-9._-]+", "-", plan.name or plan.folder.name)
    stem = f"{time.strftime('%Y%m%d-%H%M%S')}-{named.strip('-.')[:40] or 'run'}"
    place, number = paths.runs() / stem, 2
    while place.exists():
        place, number = paths.runs() / f"{stem}-{number}", number + 1
    return place


def start(
    plan: TrainingPlan, folder: Path, *, resume: bool = False
) -> Generator[None, None, None]:
    """Train in a process of its own, which outlives this one.

    Returns when the process holds the run; yields while it waits for that.

    Raises:
        SettingsError: no run could start with the plan, or there is no room for it.
        CheckpointError: the folder cannot be written to, or the process did not start.
    """
    plan.check()
    room.check(folder)
    try:
        plan.write(folder)
        run_files.forget_wish(folder)
        log = (folder / LOG).open("wb")
    except OSError as error:
        message = f"The folder {folder} cannot be written to: {error.strerror}."
        raise CheckpointError(message, hint="Make room, or check its rights.") from None
    with log:
        process = spawn(plan.arguments(folder, resume=resume), log)
    until = time.monotonic() + _START_LIMIT_S
    while not run_files.is_held(folder):
        if process.poll() is not None:
            return  # it has said why, in its events or its log
        if time.monotonic() > until:
            process.kill()
            message = "The training process did not start in time."
            raise CheckpointError(message, hint="Try again.")
        yield
        time.sleep(_POLL_S)


def pause(folder: Path) -> None:
    """Ask a run to stop between two steps, with a checkpoint; memory is given back.

    Raises:
        CheckpointError: the folder cannot be written to.
    """
    run_files.ask_to_stop(folder)


def spawn(words: Sequence[str], log: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401
    """Start a command of ``medhash`` that outlives this process, at low priority."""
    options: dict[str, Any] = {}
    if sys.platform == "win32":
        options["creationflags"] = (
            subprocess.CREATE_NO_WINDOW
            | subprocess.CREATE_NEW_PROCESS_GROUP
            | subprocess.BELOW_NORMAL_PRIORITY_CLASS
        )
    else:
        options["start_new_session"] = True
    process = subprocess.Popen(
        program(words),
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        **options,
    )
    _started[:] = [*(one for one in _started if one.poll() is None), process]
    if sys.platform != "win32":
        try:
            os.setpriority(os.PRIO_PROCESS, process.pid, _NICENESS)
        except OSError:
            return process  # it has ended already; its log says why
    return process


def program(words: Sequence[str]) -> list[str]:
    """Return what starts a command of ``medhash``, in a frozen build, too."""
    if getattr(sys, "frozen", False):
        return [sys.executable, *words]
    return [sys.executable, "-m", "medhash_gui", *words]


def estimate(
    plan: TrainingPlan, scratch: Path
) -> Generator[None, None, Mapping[str, Any]]:
    """Measure a few steps of a plan in a process of its own.

    Closing the generator ends the process.

    Args:
        plan: what would be trained.
        scratch: a folder that may be made and left.

    Returns:
        The ``estimate`` event, or the ``error`` with which measuring ended.

    Raises:
        SettingsError: no run could start with the plan.
    """
    plan.check()
    plan.write(scratch)
    begun, starting = time.monotonic(), 0.0
    with (scratch / LOG).open("wb") as log:
        process = spawn([*plan.arguments(scratch), "--estimate"], log)
    try:
        while process.poll() is None:
            yield
            time.sleep(_POLL_S)
            if not starting and (scratch / LOG).stat().st_size:
                starting = time.monotonic() - begun
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
    for event in reversed(_lines(scratch)):
        if event.get("event") == "estimate":
            parts = {"starting": round(starting, 1), **event["parts"]}
            return {**event, "parts": parts, "seconds": sum(parts.values())}
        if "error" in event:
            return event
    message = "Measuring ended without a word."
    return {"error": {"type": "", "message": message, "hint": ""}}


def last_word(folder: Path) -> Values | None:
    """Return the failure with which a command ended, from its log, or None."""
    for event in reversed(_lines(folder)):
        error = event.get("error")
        if isinstance(error, dict) and error.get("type") != "Cancelled":
            return {"event": "failed", **error}
    return None


def _lines(folder: Path) -> list[Values]:
    try:
        data = (folder / LOG).read_bytes()[-_LOG_TAIL:]
    except OSError:
        return []
    found = []
    for line in data.splitlines():
        try:
            values = json.loads(line)
        except ValueError:
            continue
        if isinstance(values, dict):
            found.append(values)
    return found
