"""What a pre-training run depends on, and what it says while it goes on.

A ``PretrainingConfig`` together with the pictures and the starting weights decides
every number of a run on one machine; a checkpoint may only be continued by its own.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Literal, get_args

from medhash_gui.crops import KINDS
from medhash_gui.errors import SettingsError
from medhash_gui.preprocess import MAX_SIZE

Precision = Literal["float32", "bfloat16"]

MOST_KEYS = 16_384
"""Keys in the queue of the paper, for 700,000 pictures."""

# A quarter more than the input, so that crops are seldom blown up.
_STORED = 1.25


@dataclass(frozen=True, slots=True)
class PretrainingConfig:
    """Everything a run depends on; JSON in, JSON out.

    Attributes:
        backbone: key in ``hashing.backbone.BACKBONES``.
        size: side of the network's input, in px.
        epochs, batch: length of the run; pictures a step.
        queue: keys in the queue; None: half of the pictures, at most ``MOST_KEYS``.
        seed: of the new weights, the order, the crops and the mixtures.
        kind: of pictures, key in ``crops.KINDS``: decides what may be changed.
        trim_border: cut the black surround of fundus photographs.
        precision: of the networks; the loss is float32.
        rate: peak learning rate of the trunk; None: by whether it has weights.
        rate_head: peak learning rate of the projection.
        weight_decay: of AdamW.
        momentum: of the teacher, m; the paper's 0.999 is for runs of 100,000 steps.
        temperature: of the contrast, τ.
        frozen: how many of the trunk's first blocks keep their numbers.
        device: torch's name; not part of what makes two runs the same.
    """

    backbone: str
    size: int = 224
    epochs: int = 50
    batch: int = 64
    queue: int | None = None
    seed: int = 1
    kind: str = "film"
    trim_border: bool = False
    precision: Precision = "float32"
    rate: float | None = None
    rate_head: float = 1e-3
    weight_decay: float = 1e-4
    momentum: float = 0.996
    temperature: float = 0.07
    frozen: int = 0
    device: str = "cpu"

    @property
    def stored_size(self) -> int:
        """Return the side of the pictures that crops are taken from, in px."""
        return min(MAX_SIZE, round(_STORED * self.size))

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        return dataclasses.asdict(self)

    def check(self) -> None:
        """Refuse numbers with which no run could start.

        Raises:
            SettingsError: it names the value and its range.
        """
        rates = [r for r in (self.rate, self.rate_head) if r is not None]
        rules = (
            (
                16 <= self.size <= MAX_SIZE,
                f"Pictures of {self.size} px are not possible: 16 to {MAX_SIZE} are.",
            ),
            (self.epochs >= 1, f"A run of {self.epochs} epochs is not possible."),
            (self.batch >= 2, f"A batch of {self.batch} has nothing to mix."),
            (
                self.queue is None or self.queue >= 1,
                f"A queue of {self.queue} keys has nothing to tell pictures from.",
            ),
            (self.kind in KINDS, f"There is no kind of pictures {self.kind!r}."),
            (
                self.precision in get_args(Precision),
                f"There is no precision {self.precision!r}.",
            ),
            (all(rate > 0 for rate in rates), "Learning rates must be above 0."),
            (0 <= self.momentum < 1, "The momentum must be in 0 ... 1, 1 excluded."),
            (self.temperature > 0, "The temperature must be above 0."),
            (self.frozen >= 0, "The number of frozen blocks must be 0 or more."),
        )
        for holds, message in rules:
            if not holds:
                hint = "Correct this value and start again."
                raise SettingsError(message, hint=hint)

    def queue_for(self, pictures: int) -> int:
        """Return how many keys the queue holds.

        Args:
            pictures: in the set.

        Raises:
            SettingsError: it was asked for, and is not smaller than the set.
        """
        if self.queue is None:
            return max(1, min(MOST_KEYS, pictures // 2))
        if self.queue >= pictures:
            message = (
                f"A queue of {self.queue} keys is not smaller than the set of "
                f"{pictures} pictures: it would hold some of them twice."
            )
            raise SettingsError(
                message, hint="Give a smaller --queue, or leave it out."
            )
        return self.queue


@dataclass(frozen=True, slots=True)
class Started:
    """What the run found, before the first step.

    Attributes:
        backbone, device, precision: of the run.
        pictures: that it learns from; skipped: files that gave none; copies: files
            with the same content as another one.
        epochs, steps: of the run, and of one epoch; queue: keys.
        resumed: epochs that a checkpoint already holds; 0: from the beginning.
        start: file of the starting weights, or "none".
    """

    backbone: str
    device: str
    precision: str
    pictures: int
    skipped: int
    copies: int
    epochs: int
    steps: int
    queue: int
    resumed: int
    start: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long step has come.

    Attributes:
        step: "reading" or "training".
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
class Skipped:
    """A file that gave no picture: its path below the folder, and why."""

    path: str
    why: str


@dataclass(frozen=True, slots=True)
class PretrainingEpoch:
    """What one epoch did, and whether the features still tell pictures apart.

    Attributes:
        epoch: 1 and up; epochs: of the run.
        terms: mean of each term of the loss; their sum is the loss.
        spread, mean_cosine, alignment, uniformity, found: see ``contrast.Health``, of
            the last pictures of the epoch (``of`` many).
        of: pictures that these were measured on.
        rate: learning rate of the trunk at the end.
        seconds: wall clock.
        images_per_second: pictures learned from, a second.
    """

    epoch: int
    epochs: int
    terms: dict[str, float]
    spread: float
    mean_cosine: float
    alignment: float
    uniformity: float
    found: float
    of: int
    rate: float
    seconds: float
    images_per_second: float

    @property
    def loss(self) -> float:
        """Return the sum of the terms."""
        return sum(self.terms.values())


Event = Started | Progress | Warned | Skipped | PretrainingEpoch

_NAMES = {
    Started: "started",
    Progress: "progress",
    Warned: "warning",
    Skipped: "skipped",
    PretrainingEpoch: "epoch",
}


def as_json(event: Event) -> dict[str, Any]:
    """Return an event as JSON values, its name under ``event``."""
    values = dataclasses.asdict(event)
    if isinstance(event, PretrainingEpoch):
        values["loss"] = event.loss
    return {"event": _NAMES[type(event)], **values}
