"""What a training run depends on, and what it says while it goes on and at its end.

A ``TrainingConfig`` together with the pictures decides every number of a run on one
machine: two runs of equal configurations are the same run, and a checkpoint may only
be continued by its own (``differences``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import numpy.typing as npt
from torch import nn

from medhash_gui.datasets import LabelledImages, Source, Split
from medhash_gui.errors import SettingsError
from medhash_gui.preprocess import Preprocess
from medhash_gui.transforms import Augment

Precision = Literal["float32", "bfloat16", "float16"]
SplitBy = Literal["patient", "image"]

# Where a run is made does not make it another run.
_FREE = ("device",)
_FREE_OF_SOURCE = ("root",)


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything a run depends on; JSON in, JSON out.

    Attributes:
        sources: where pictures and labels come from.
        method: key in ``METHODS``; options: of the method, overriding its defaults.
        bits: K.
        preprocess: as the bundle will apply it.
        augment: random changes in training.
        weights: starting weights of the trunk: a safetensors file, or the folder of a
            model; None: random.
        download: let torchvision fetch its ImageNet weights, where ``weights`` is None.
        pretraining: epochs in which the trunk first learns from the training part
            without its labels (C2L); 0: none.
        frozen: train what follows the trunk only, on features computed once.
        views: how many views of a picture (the first unchanged, the others changed at
            random) the frozen blocks see, once; what learns is trained on those. 0:
            every picture is changed and computed anew each time; with ``frozen`` its
            one unchanged view.
        precision: of the network in training; validation and use are float32.
        epochs, batch: length of the run; pictures a step.
        rate_pretrained, rate_new: peak learning rates of pretrained and new parts.
        weight_decay: of AdamW.
        class_power: 1 draws labels as they occur, 0 all alike.
        split_by: "patient", or "image", which lets patients leak into the test.
        validation, test: shares of the patients (or pictures).
        seed: of the split, the initial weights, the order and the changes.
        explains: the map that the viewer shows first; None: the method's own.
        device: torch's name.
    """

    sources: tuple[Source, ...]
    method: str = "ash"
    options: Mapping[str, Any] = field(default_factory=dict)
    bits: int = 64
    preprocess: Preprocess = field(default_factory=Preprocess)
    augment: Augment = field(default_factory=Augment)
    weights: Path | None = None
    download: bool = False
    pretraining: int = 0
    frozen: bool = False
    views: int = 0
    precision: Precision = "float32"
    epochs: int = 10
    batch: int = 48
    rate_pretrained: float = 1e-4
    rate_new: float = 1e-3
    weight_decay: float = 1e-4
    class_power: float = 0.5
    split_by: SplitBy = "patient"
    validation: float = 0.1
    test: float = 0.2
    seed: int = 1
    explains: Literal["attention", "grad-cam"] | None = None
    device: str = "cpu"

    @property
    def is_pretrained(self) -> bool:
        """Whether the trunk begins with numbers that were learned."""
        return self.weights is not None or self.download or self.pretraining > 0

    def as_json(self) -> dict[str, Any]:
        """Return the configuration as plain JSON values."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            **values,
            "sources": [source.as_json() for source in self.sources],
            "options": dict(self.options),
            "preprocess": self.preprocess.as_json(),
            "augment": dataclasses.asdict(self.augment),
            "weights": None if self.weights is None else self.weights.as_posix(),
        }

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> TrainingConfig:
        """Return the configuration that ``as_json`` described.

        Raises:
            SettingsError: a value is unknown or of the wrong kind.
        """
        try:
            weights = values.get("weights")
            return cls(
                **{
                    **values,
                    "sources": tuple(Source.from_json(s) for s in values["sources"]),
                    "preprocess": Preprocess.from_json(values["preprocess"]),
                    "augment": Augment.from_json(values["augment"]),
                    "weights": None if weights is None else Path(weights),
                }
            )
        except (KeyError, TypeError) as error:
            message = f"The training configuration cannot be read ({error})."
            hint = "Make it with TrainingConfig.as_json, or start from a model's card."
            raise SettingsError(message, hint=hint) from error

    def check(self) -> None:
        """Refuse numbers with which no run could start.

        Raises:
            SettingsError: it names the value and its range.
        """
        shares = f"{self.validation:g} and {self.test:g}"
        rules = (
            (self.bits >= 1, f"A code of {self.bits} bits is not possible."),
            (self.epochs >= 1, f"A run of {self.epochs} epochs is not possible."),
            (self.batch >= 2, f"A batch of {self.batch} pictures has no pairs."),
            (
                self.pretraining >= 0,
                f"Pre-training of {self.pretraining} epochs is not possible.",
            ),
            (self.views >= 0, f"There are no {self.views} views of a picture."),
            (
                self.validation > 0 and self.test >= 0,
                f"The shares of validation and test, {shares}, must be above 0.",
            ),
            (
                self.validation + self.test < 1,
                f"The shares of validation and test, {shares}, leave nothing to learn.",
            ),
            (
                self.rate_new > 0 and self.rate_pretrained >= 0,
                "Learning rates must be above 0.",
            ),
            (
                self.precision in get_args(Precision),
                f"There is no precision {self.precision!r}.",
            ),
            (
                self.split_by in get_args(SplitBy),
                f"There is no split by {self.split_by!r}.",
            ),
        )
        for holds, message in rules:
            if not holds:
                hint = "Correct this value of the configuration and start again."
                raise SettingsError(message, hint=hint)

    def differences(self, other: Mapping[str, Any]) -> list[str]:
        """Return what another configuration, as JSON, has otherwise, in words.

        The device and the folders of the sources are free: they are where a run is
        made, not what it is. What an earlier version did not know was at its default.
        """
        fields = dataclasses.fields(self)
        usual = {f.name: f.default for f in fields if _has_default(f)}
        mine, theirs = _comparable(self.as_json()), _comparable({**usual, **other})
        return [
            f"{name} is {_short(theirs.get(name))} there and {_short(mine.get(name))} "
            "here"
            for name in dict.fromkeys([*mine, *theirs])
            if mine.get(name) != theirs.get(name)
        ]


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one epoch did.

    Attributes:
        epoch: 1 and up; epochs: of the run.
        stage: name of the method's stage.
        terms: mean of each weighted term of the loss; their sum is the loss.
        validation_map: MAP@10 on the validation part, mean over the sources; None in a
            stage that trains no codes.
        rate: learning rate of the new parts at the end.
        seconds: wall clock, validation included.
        images_per_second: of the training steps alone.
    """

    epoch: int
    epochs: int
    stage: str
    terms: dict[str, float]
    validation_map: float | None
    rate: float
    seconds: float
    images_per_second: float = 0.0

    @property
    def loss(self) -> float:
        """Return the sum of the terms."""
        return sum(self.terms.values())


@dataclass(frozen=True, slots=True)
class TrainingRun:
    """A finished run.

    Attributes:
        config: what it was told.
        reports: of every epoch.
        best_epoch: whose network this is.
        network: on the CPU, in evaluation mode.
        data, split: what it learned from, and what it never saw.
        logits: by name of the part, (N, K) float32, where they were asked for.
        encoded_per_second: pictures, while those were computed; 0 otherwise.
    """

    config: TrainingConfig
    reports: tuple[EpochReport, ...]
    best_epoch: int
    network: nn.Module = field(repr=False)
    data: LabelledImages = field(repr=False)
    split: Split = field(repr=False)
    logits: Mapping[str, npt.NDArray[np.float32]] = field(
        default_factory=dict, repr=False
    )
    encoded_per_second: float = 0.0


def _has_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is not dataclasses.MISSING


def _comparable(values: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in values.items() if name not in _FREE}
    kept["sources"] = [
        {name: value for name, value in source.items() if name not in _FREE_OF_SOURCE}
        for source in values.get("sources", ())
    ]
    # Tuples become lists in JSON; what is equal must not differ for that.
    return {name: _plain(value) for name, value in kept.items()}


def _plain(value: Any) -> Any:  # noqa: ANN401 (any JSON value)
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
