"""How long a run would take here, and how much memory, from a few measured steps.

The very steps of the run are made, on some of its pictures: they are decoded, go
through the frozen blocks, and are trained on for a few batches in every stage. What is
said is what was measured, times the number of pictures.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from medhash_gui import datasets, export
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.pretraining.config import PretrainingEpoch
from medhash_gui.training import checks as training_checks
from medhash_gui.training import events as training_events
from medhash_gui.training import fronts as training_fronts
from medhash_gui.training import training
from medhash_gui.training.config import EpochReport
from medhash_gui.training.data import Prepared
from medhash_gui.training.events import Progress, Started
from medhash_gui.training.training import TrainingConfig, TrainingRun

_BATCHES = 3
_CHECKED = 16
_DECODED = 32


def measure(config: TrainingConfig) -> Generator[dict[str, Any], None, None]:
    """Measure a few steps of a run.

    Yields:
        Events of the steps as JSON values, the last one an ``estimate``: ``seconds`` of
        the whole run, ``parts`` of them (``reading``, ``pretraining``, ``features``,
        ``training``, ``writing``), ``memory_bytes`` at its peak (None where the system
        does not tell), ``device`` and ``pictures``.

    Raises:
        MedHashError: as the run itself.
    """
    method = training_checks.method_of(config)
    data = datasets.gather(config.sources)
    divide = (
        datasets.split_by_patient
        if config.split_by == "patient"
        else datasets.split_by_image
    )
    split = divide(
        data, seed=config.seed, validation=config.validation, test=config.test
    )
    counts = {name: len(getattr(split, name)) for name in datasets.PARTS}
    yield {"event": "progress", "step": "reading", "done": 0, "total": 2, "epoch": 0}
    begun = time.monotonic()
    some = _some(data, split, config)
    reading = (time.monotonic() - begun) / max(1, min(_DECODED, len(data)))
    yield {"event": "progress", "step": "reading", "done": 1, "total": 2, "epoch": 0}

    first = min(1, config.pretraining)
    short = replace(config, epochs=len(method.stages), pretraining=first)
    begun = time.monotonic()
    until_start, reports = 0.0, []
    pretraining, before = 0.0, 0.0
    following = training.follow(short, prepared=some)
    while True:
        try:
            event = next(following)
        except StopIteration as end:
            run: TrainingRun = end.value
            break
        if isinstance(event, Progress) and event.step == "pretraining":
            before = before or time.monotonic()
        elif isinstance(event, PretrainingEpoch):
            # What comes before the first epoch is not repeated.
            spent = time.monotonic() - before
            pretraining = spent + event.seconds * (
                config.pretraining * counts["train"] / len(some.learn) - 1
            )
            begun += spent
        elif isinstance(event, Started):
            until_start = time.monotonic() - begun
        elif isinstance(event, EpochReport):
            reports.append(event)
        yield training_events.as_json(event)
    begun = time.monotonic()
    shown = config.preprocess(datasets.decode(data.items[int(split.train[0])]))
    export.export_network(run.network, shown[np.newaxis])
    writing = time.monotonic() - begun
    seen = len(some.learn) * max(1, config.views) + len(some.check)
    features, looked = 0.0, until_start / max(1, seen)
    if training_fronts.is_cached(config):
        features = looked * (
            counts["train"] * max(1, config.views) + counts["validation"]
        )
    rate = float(np.mean([report.images_per_second for report in reports]))
    batches = max(1, counts["train"] // config.batch)
    steps = config.epochs * batches * config.batch / max(rate, 1e-9)
    trained = sum(len(some.learn) / max(r.images_per_second, 1e-9) for r in reports)
    checked = max(0.0, sum(r.seconds for r in reports) - trained)
    checks = checked / len(reports) / max(1, len(some.check))
    parts = {
        "reading": reading * len(data),
        **({"pretraining": pretraining} if config.pretraining else {}),
        "features": features,
        "training": steps + config.epochs * checks * counts["validation"],
        # The exported graph sees all pictures once more, from their files.
        "writing": writing + (reading + looked) * len(data),
    }
    yield {
        "event": "estimate",
        "seconds": round(sum(parts.values()), 1),
        "parts": {name: round(value, 1) for name, value in parts.items()},
        "memory_bytes": _memory(config, counts),
        "device": config.device,
        "pictures": counts,
    }


def sentence(event: Mapping[str, Any]) -> str:
    """Return an ``estimate`` in words."""
    minutes = event["seconds"] / 60
    memory = event["memory_bytes"]
    needs = "" if memory is None else f", about {memory / 2**30:.1f} GB of memory"
    return f"about {minutes:.1f} minutes on {event['device']}{needs}"


def _some(data: LabelledImages, split: Split, config: TrainingConfig) -> Prepared:
    """Return a small set to measure with: decoded pictures, repeated to fill batches.

    What is in them does not matter for time; a few are decoded, to time that.
    """
    rows = np.concatenate([split.train, split.validation])
    decoded = datasets.pixels(data.take(rows[:_DECODED]), config.preprocess)
    wanted = min(len(split.train), _BATCHES * config.batch)
    learn = np.resize(split.train, wanted)
    check = np.resize(split.validation, min(len(split.validation), _CHECKED))

    def filled(count: int) -> Any:  # noqa: ANN401 (an array)
        return decoded[np.resize(np.arange(len(decoded)), count)]

    return Prepared(
        data=data,
        split=Split(learn, check, split.test[:0]),
        learn=data.take(learn),
        check=data.take(check),
        digests=tuple(row.to_bytes(16) for row in range(len(data))),
        identity="estimate",
        pictures=filled(len(learn)),
        check_pictures=filled(len(check)),
    )


def _memory(config: TrainingConfig, counts: Mapping[str, int]) -> int | None:
    """Return what the process has taken so far, and what all pictures need beside."""
    held = counts["train"] + counts["validation"]
    pictures = held * 3 * config.preprocess.size**2
    if config.device.startswith("cuda"):
        return torch.cuda.max_memory_allocated(config.device)
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    unit = 1 if sys.platform == "darwin" else 1024
    return peak * unit + pictures
