"""What a training run says while it goes on, one plain value an event.

Each has a name and JSON values, which is what ``events.jsonl`` and ``--json`` hold;
``docs/training.md`` describes them.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from medhash_gui.pretraining.config import PretrainingEpoch
from medhash_gui.training.config import EpochReport


@dataclass(frozen=True, slots=True)
class Started:
    """What the run found, before the first step.

    Attributes:
        method, bits, precision, device: of the run.
        classes: label -> pictures in training, validation and test.
        parts: part -> pictures; groups: part -> patients (files, where unknown).
        epochs: of the run; stages: name -> epochs.
        leaks: pictures of one patient may lie in two parts.
        resumed: epochs that a checkpoint already holds; 0: from the beginning.
        processes: that train together.
    """

    method: str
    bits: int
    precision: str
    device: str
    classes: dict[str, tuple[int, int, int]]
    parts: dict[str, int]
    groups: dict[str, int]
    epochs: int
    stages: dict[str, int]
    leaks: bool
    resumed: int = 0
    processes: int = 1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step has come.

    Attributes:
        step: "checking", "reading", "pretraining", "features", "training", or "writing"
            (the model is exported and judged; only its beginning is told).
        done, total: files, or batches of the epoch.
        epoch: the one under way; 0 before the first.
    """

    step: str
    done: int
    total: int
    epoch: int = 0


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that does not stop the run but should be known before its end."""

    message: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CheckpointSaved:
    """A checkpoint is on the disk.

    Attributes:
        file: its name in the folder of checkpoints.
        epoch: epochs done; batch: batches done of the next one.
    """

    file: str
    epoch: int
    batch: int = 0


@dataclass(frozen=True, slots=True)
class References:
    """What the curve of the validation part is to be compared with, MAP@10 each.

    Attributes:
        chance: all pictures tied.
        controls: name -> value of a way to search that needs no training of a network:
            "features", cosine of the starting features; "class-probability", one bit a
            label from a logistic regression on those.
    """

    chance: float
    controls: dict[str, float]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What a few fixed validation pictures find after an epoch.

    Attributes:
        epoch: after which.
        queries: of each the file, its labels and its nearest ``hits`` within the
            validation part, own patient left out: file, labels, distance in bits.
    """

    epoch: int
    queries: tuple[dict[str, Any], ...]


Event = (
    Started
    | Progress
    | Warned
    | CheckpointSaved
    | PretrainingEpoch
    | EpochReport
    | References
    | Neighbours
)

_NAMES = {
    Started: "started",
    Progress: "progress",
    Warned: "warning",
    CheckpointSaved: "checkpoint",
    PretrainingEpoch: "pretraining",
    EpochReport: "epoch",
    References: "references",
    Neighbours: "neighbours",
}


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON values, its name under ``event``."""
    values = dataclasses.asdict(event)
    if isinstance(event, EpochReport | PretrainingEpoch):
        values["loss"] = event.loss
    return {"event": _NAMES[type(event)], **values}
