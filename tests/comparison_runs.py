"""Small comparisons for tests: drawn blobs, four convolutions, a second or so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
from training_runs import SIDE, quick, write_picture

from medhash_gui.comparison import comparison
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison.plan import Plan, Row
from medhash_gui.comparison.run import Event
from medhash_gui.datasets import Source

SMALL = {"backbone": "small", "frozen_blocks": 0}


def write_blobs(
    folder: Path, *, patients: int = 60, each: int = 2, noise: float = 12
) -> Path:
    """Write films with a blob at one of three places, or none ("No Finding")."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    places = {"upper": (8, 8), "lower": (24, 24), "side": (8, 24), "No Finding": None}
    rows = ["file,label,patient"]
    for n in range(patients * each):
        label = list(places)[n // each % len(places)]
        film = np.full((SIDE, SIDE), 80.0)
        place = places[label]
        if place is not None:
            cv2.circle(film, place, 7, 220.0, -1)
        film += rng.normal(0, noise, film.shape)
        write_picture(folder / f"{n}.png", film)
        rows.append(f"{n}.png,{label},person {n // each}")
    (folder / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return folder


def plan(folder: Path, **changes: Any) -> Plan:
    """Return a plan of two methods on frozen features, one seed and length."""
    of_run = {
        "sources": (Source("toy", folder, csv="labels.csv"),),
        "frozen": True,
        "test": 0.35,
        **changes.pop("run", {}),
    }
    values: dict[str, Any] = {
        "base": comparison_plan.base_of(quick(folder, **of_run)),
        "rows": tuple(Row(name, name, SMALL) for name in ("dpsh", "csq")),
        "bits": (8,),
        "seeds": (1,),
        "backbone": "small",
    }
    return Plan(**{**values, **changes})


def finish(folder: Path, wanted: Plan, **wishes: Any) -> tuple[list[Event], Plan]:
    """Run a comparison to its end; return all events and the plan as it stands."""
    steps = comparison.run(folder, wanted, **wishes)
    events = []
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def kinds(events: list[Event], *wanted: str) -> list[Event]:
    """Return the events of some kinds."""
    return [event for event in events if event["event"] in wanted]
