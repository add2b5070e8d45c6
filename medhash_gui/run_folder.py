"""A training run in a folder: configuration, events, checkpoints, and the model.

Whoever wants to watch a run reads ``events.jsonl``; the process that trains owes it
nothing. ``run_files`` names the files, ``docs/training.md`` describes the events.
"""

from __future__ import annotations

import dataclasses
import datetime
import json
import re
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from typing import Any

from medhash_gui import bundling, data_parallel
from medhash_gui.bundling import About
from medhash_gui.card import ModelCard
from medhash_gui.errors import CheckpointError, MedHashError
from medhash_gui.hashing import METHODS
from medhash_gui.library import durable
from medhash_gui.run_files import CODES, CONFIG, EVENTS, Values
from medhash_gui.run_files import events_of as events_of
from medhash_gui.training import events as training_events
from medhash_gui.training import training
from medhash_gui.training.events import Progress, Started
from medhash_gui.training.training import Stopped, TrainingConfig, TrainingRun

_USE = (
    "Research and education: finding pictures that look alike, and seeing where the "
    "network looked. Not a medical device, not for diagnosis or treatment."
)
_SPLIT = {
    "patient": "By patient: a hash of patient and seed puts each patient into one part "
    "(training, validation, which chooses the epoch, or test, used once).",
    "image": "By image: pictures of one patient lie in several parts, so the split "
    "leaks and the figures are too good. For comparison with published figures only.",
}


def begin(folder: Path, config: TrainingConfig, *, resume: bool) -> None:
    """Make the folder of a run and write down what was asked for.

    Raises:
        CheckpointError: there is another run in it, or it cannot be written to.
    """
    if (folder / CONFIG).exists() and not resume:
        message = f"There is a run in {folder} already."
        hint = "Go on with it (--resume), or name another folder."
        raise CheckpointError(message, hint=hint)
    text = json.dumps(config.as_json(), indent=2) + "\n"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / CONFIG).exists():
            durable.place(folder / CONFIG, text.encode())
        _cut_half_line(folder / EVENTS)
    except OSError as error:
        reason = error.strerror or str(error)
        message = f"The folder {folder} cannot be written to: {reason}."
        raise CheckpointError(message, hint="Name another folder.") from error


def run(
    folder: Path,
    config: TrainingConfig,
    about: About,
    *,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
) -> Generator[Values, None, ModelCard | None]:
    """Train in a folder, from the first step or from the newest checkpoint.

    With several processes each of them calls this; the first one writes and speaks.

    Args:
        folder: of the run.
        config: of the run.
        about: the words of the model's card; ``split`` is filled in where empty.
        resume: take up what is there.
        stop: asked after each batch.

    Yields:
        Events as JSON values, as they stand in ``events.jsonl``.

    Returns:
        The card of the model; None in all processes but the first.

    Raises:
        Stopped: ``stop`` said so.
        MedHashError: the run cannot begin or go on; the last event says so, too.
    """
    leads = data_parallel.current().leads
    if leads:
        begin(folder, config, resume=resume)
    steps = training.follow(config, folder=folder, resume=resume, stop=stop, tells=True)
    try:
        finished: TrainingRun
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                finished = end.value
                break
            if leads:
                yield from _noted(folder, training_events.as_json(event))
        if not leads:
            return None
        epochs = len(finished.reports)
        writing = Progress("writing", 0, 1, epochs)
        yield from _noted(folder, training_events.as_json(writing))
        card = _save(finished, folder, about)
    except Stopped as stopped:
        name = None if stopped.checkpoint is None else stopped.checkpoint.name
        if leads:
            yield from _noted(folder, {"event": "stopped", "checkpoint": name})
        raise
    except MedHashError as error:
        failed = {"type": type(error).__name__, "message": error.message}
        if leads:
            values = {"event": "failed", **failed, "hint": error.hint}
            yield from _noted(folder, values)
        raise
    finally:
        steps.close()
    yield from _noted(
        folder,
        {
            "event": "finished",
            "model": card.name,
            "model_id": card.model_id,
            "best_epoch": finished.best_epoch,
            "metrics": [dict(row) for row in card.metrics],
        },
    )
    return card


def name_of(config: TrainingConfig) -> str:
    """Return a model's name where nobody gave one: data, method, trunk, bits."""
    options = METHODS[config.method].options(config.options)
    parts = [
        config.sources[0].name,
        config.method,
        str(options.get("backbone", "own")).replace("_", ""),
        f"{config.bits}bit",
    ]
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", "-".join(parts)).strip("-._")
    return name[-100:].lstrip("-._")


def _cut_half_line(path: Path) -> None:
    """Remove what a kill left of a line, so that the next one begins its own."""
    if not path.exists():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        with path.open("r+b") as file:
            file.truncate(whole)


def _noted(folder: Path, values: Mapping[str, Any]) -> Iterator[Values]:
    """Write an event to the folder's list and pass it on."""
    now = datetime.datetime.now(tz=datetime.UTC).isoformat(timespec="milliseconds")
    event = {**values, "time": now}
    try:
        with (folder / EVENTS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(event) + "\n")
    except OSError:
        # A full disk is told of by the checkpoint, which matters; this only reports.
        event["unwritten"] = True
    yield event


def _save(run: TrainingRun, folder: Path, about: About) -> ModelCard:
    config = run.config
    data = [
        {
            "name": source.name,
            "licence": "not stated",
            "images": sum(item.source == source.name for item in run.data.items),
        }
        for source in config.sources
    ]
    words = dataclasses.replace(
        about,
        data=about.data or tuple(data),
        split=about.split or _SPLIT[config.split_by],
        intended_use=about.intended_use or _USE,
        limits=about.limits or "Never tested on pictures of another place.",
        licence=about.licence or "not stated",
        starting_weights=about.starting_weights or _weights(config),
    )
    today = datetime.datetime.now(tz=datetime.UTC).date().isoformat()
    return bundling.save_bundle(
        run, folder / words.name, words, created=today, codes=folder / CODES
    )


def _weights(config: TrainingConfig) -> str:
    start = "torchvision, ImageNet" if config.download else "none (random numbers)"
    if config.weights is not None:
        start = config.weights.name
    if not config.pretraining:
        return start
    return (
        f"{start}; then {config.pretraining} epochs without labels (C2L) on the "
        "training part"
    )


def summary(started: Mapping[str, Any]) -> str:
    """Return one line about what a run found; see ``Started``."""
    known = Started(**{k: v for k, v in started.items() if k not in ("event", "time")})
    parts = ", ".join(f"{name} {count}" for name, count in known.parts.items())
    leaks = "; the split leaks" if known.leaks else ""
    return (
        f"{known.method}, {known.bits} bits, {len(known.classes)} labels; pictures: "
        f"{parts}{leaks}"
    )
