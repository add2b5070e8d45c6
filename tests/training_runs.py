"""Small sets of pictures, quick configurations and plans for tests of training."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from medhash_gui.datasets import Source
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import training
from medhash_gui.training.events import Event
from medhash_gui.training.training import EpochReport, TrainingConfig, TrainingRun
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.transforms import Augment

Result = TypeVar("Result")

SIDE = 32
PLAIN = {"backbone": "small", "frozen_blocks": 0}


def write_set(folder: Path, *, patients: int = 40, each: int = 2) -> Path:
    """Write pictures of two classes that differ in brightness, and their table."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    rows = ["file,label,patient"]
    for n in range(patients * each):
        patient = n // each
        level = (60, 190)[patient % 2]
        write_picture(folder / f"{n}.png", rng.normal(level, 20, size=(SIDE, SIDE)))
        rows.append(f"{n}.png,{('dark', 'bright')[patient % 2]},p{patient}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def write_picture(path: Path, values: Any) -> Path:
    """Write grey values in [0, 255] as a PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.asarray(values).clip(0, 255).astype(np.uint8)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return path


def quick(folder: Path, **changes: Any) -> TrainingConfig:
    """Return a configuration of a second or so, on a trunk of four convolutions."""
    values: dict[str, Any] = {
        "sources": (Source("toy", folder, csv="labels.csv"),),
        "method": "dpsh",
        "options": PLAIN,
        "bits": 8,
        "preprocess": Preprocess(size=SIDE),
        "augment": Augment(rotation_degrees=5, brightness=0.02),
        "epochs": 2,
        "batch": 8,
        "rate_new": 3e-3,
        "validation": 0.2,
    }
    return TrainingConfig(**{**values, **changes})


def plan_of(folder: Path, **changes: Any) -> TrainingPlan:
    """Return what the wizard would plan for such a run, in a process of its own."""
    values: dict[str, Any] = {
        "folder": folder,
        "table": folder / "labels.csv",
        "method": "dpsh",
        "bits": 8,
        "backbone": "small",
        "options": {"frozen_blocks": 0},
        "frozen": False,
        "epochs": 3,
        "batch": 8,
        "size": SIDE,
        "validation": 0.2,
        "device": "cpu",
        "name": "toy",
        "title": "Toy films",
    }
    return TrainingPlan(**{**values, **changes})


def drained(steps: Generator[Any, None, Result]) -> Result:
    """Let a generator run to its end; return what it returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def finish(settings: TrainingConfig, **wishes: Any) -> tuple[list[Event], TrainingRun]:
    """Follow a run to its end; return all events and the run."""
    steps = training.follow(settings, **wishes)
    events = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def reports_of(events: list[Event]) -> list[EpochReport]:
    """Return the reports among some events."""
    return [event for event in events if isinstance(event, EpochReport)]


class StopAfter:
    """A wish to stop that comes true when it has been asked a number of times."""

    def __init__(self, times: int) -> None:
        self.left = times

    def __call__(self) -> bool:
        self.left -= 1
        return self.left < 0
