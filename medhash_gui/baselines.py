"""Other methods and controls trained on the split of a finished run, on request.

They are cells of a comparison (``medhash compare``) in the folder of the run, of its
seed and its length of code, so the table that comes out stands beside the run's own
figures. The process is of its own and goes on where it was stopped. No torch.
"""

from __future__ import annotations

import csv
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medhash_gui import run_control, run_files
from medhash_gui.errors import ComparisonError
from medhash_gui.training_plan import TrainingPlan

FOLDER = "baselines"
METHODS = ("dpsh", "dch", "orthohash")
"""Trained where nobody chooses others."""

_RESULTS = "results.csv"
_HEADLINE = ("new", "all labels", "MAP@10")
_NO_FIGURES = ("", "", "")
_POLL_S = 0.5


@dataclass(frozen=True, slots=True)
class Baseline:
    """One row of the table: the test pictures among themselves.

    Attributes:
        name: method or control.
        value: MAP@10; low and high: its 95 % interval, where there is one.
        state: "finished", or why there is no value.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    state: str


def arguments(plan: TrainingPlan, folder: Path, methods: Sequence[str]) -> list[str]:
    """Return the words of ``medhash`` that train baselines beside a run.

    Methods learn on frozen features, whatever the run did: that is quick, and what a
    baseline is for. Where the run's trunk was pre-trained they begin with that trunk.

    Args:
        plan: of the run.
        folder: of the run.
        methods: to be trained; controls are always in the table.
    """
    words = plan.arguments(folder)[1:]
    own = ("method", "option", "seed", "name", "title", "modality", "licence", "views")
    dropped = [f"--{name}=" for name in (*own, "pretraining")]
    more = ["--seeds=1", f"--first-seed={plan.seed}"]
    trunk = folder / run_files.TRUNK
    if plan.pretraining and trunk.is_file():
        dropped.append("--weights=")
        more.append(f"--weights={trunk}")
    kept = [word for word in words if not word.startswith(tuple(dropped))]
    kept[kept.index("--out") + 1] = str(folder / FOLDER)
    if "--frozen" not in kept:
        kept.append("--frozen")
    chosen = ",".join(methods) or "none"
    return ["compare", *kept, f"--methods={chosen}", *more]


def train(
    plan: TrainingPlan, folder: Path, methods: Sequence[str]
) -> Generator[list[Baseline], None, list[Baseline]]:
    """Train baselines, or go on with them; closing the generator ends the process.

    Those that were trained before stay in the table.

    Args:
        plan: of the run.
        folder: of the run.
        methods: to be trained, names in ``METHODS`` of the registry.

    Yields:
        The rows that are there.

    Returns:
        All rows.

    Raises:
        ComparisonError: the command refused.
    """
    words = arguments(plan, folder, methods)
    place = folder / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    with (place / run_control.LOG).open("wb") as log:
        process = run_control.spawn(words, log)
    try:
        while process.poll() is None:
            yield read(folder)
            time.sleep(_POLL_S)
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait()
    error = run_control.last_word(place)
    if error is not None:
        raise ComparisonError(error["message"], hint=error.get("hint", ""))
    return read(folder)


def read(folder: Path) -> list[Baseline]:
    """Return the rows of the baselines of a run; [] where there are none."""
    try:
        text = (folder / FOLDER / _RESULTS).read_text(encoding="utf-8-sig")
    except OSError:
        return []
    found = {}
    for row in csv.DictReader(text.splitlines()):
        shown = (row.get("database"), row.get("view"), row.get("measure"))
        if shown in (_HEADLINE, _NO_FIGURES):
            state = row.get("state") or ""
            found[row["row"]] = Baseline(
                row["row"],
                _number(row.get("value")),
                _number(row.get("low")),
                _number(row.get("high")),
                state if state == "finished" else row.get("note") or state,
            )
    return list(found.values())


def _number(text: str | None) -> float | None:
    try:
        return float(text or "")
    except ValueError:
        return None
