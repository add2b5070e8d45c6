"""Train a hashing network on labelled pictures: one readable loop.

``train`` is a generator: it yields an ``EpochReport`` after every epoch and returns the
``TrainingRun``, whose network is that of the best epoch on the validation part (MAP@10,
queries and database from the validation part, own patient left out). The test part is
never looked at here. Chance comes from the seed of the configuration alone.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medhash_gui import datasets, evaluation
from medhash_gui.datasets import LabelledImages, Source, Split
from medhash_gui.errors import SettingsError, TrainingDivergedError
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.hashing.method import Method, Sizes, Stage, Targets
from medhash_gui.preprocess import Preprocess
from medhash_gui.transforms import Augment

_WARM_UP_SHARE = 0.05
# How much faster the "fast" parts of a network learn than its "new" ones.
_FAST = 20.0


@dataclass(frozen=True, slots=True)
class TrainingConfig:
    """Everything a run depends on; JSON in, JSON out.

    Attributes:
        sources: where pictures and labels come from.
        method: key in ``METHODS``; options: of the method, overriding its defaults.
        bits: K.
        preprocess: as the bundle will apply it.
        augment: random changes in training.
        weights: ImageNet weights of the trunk (safetensors); None: random.
        epochs, batch: length of the run; pictures a step.
        rate_pretrained, rate_new: peak learning rates of pretrained and new parts.
        weight_decay: of AdamW.
        class_power: 1 draws labels as they occur, 0 all alike.
        validation, test: shares of the patients.
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
    epochs: int = 10
    batch: int = 48
    rate_pretrained: float = 1e-4
    rate_new: float = 1e-3
    weight_decay: float = 1e-4
    class_power: float = 0.5
    validation: float = 0.1
    test: float = 0.2
    seed: int = 1
    explains: Literal["attention", "grad-cam"] | None = None
    device: str = "cpu"

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


@dataclass(frozen=True, slots=True)
class EpochReport:
    """What one epoch did.

    Attributes:
        epoch: 1 and up; epochs: of the run.
        stage: name of the method's stage.
        terms: mean of each weighted term of the loss; their sum is the loss.
        validation_map: MAP@10 on the validation part, mean over the sources.
        rate: learning rate of the new parts at the end.
        seconds: wall clock, validation included.
    """

    epoch: int
    epochs: int
    stage: str
    terms: dict[str, float]
    validation_map: float
    rate: float
    seconds: float

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
    """

    config: TrainingConfig
    reports: tuple[EpochReport, ...]
    best_epoch: int
    network: nn.Module = field(repr=False)
    data: LabelledImages = field(repr=False)
    split: Split = field(repr=False)


def train(config: TrainingConfig) -> Generator[EpochReport, None, TrainingRun]:
    """Train as configured; closing the generator stops the run.

    Yields:
        A report after every epoch.

    Returns:
        The run with the network of its best epoch.

    Raises:
        SettingsError: an unknown method or option.
        DatasetError: too few labels, pictures or patients, or an unreadable picture.
        BundleError: the starting weights cannot be read.
        TrainingDivergedError: a term of the loss is no longer a finite number.
    """
    method = _method(config)
    options = method.options(config.options)
    data = datasets.gather(config.sources)
    whole = datasets.split_by_patient(
        data, seed=config.seed, validation=config.validation, test=config.test
    )
    split = datasets.cap(data, whole, config.sources, seed=config.seed)
    learn, check = data.take(split.train), data.take(split.validation)
    pictures = datasets.pixels(learn, config.preprocess)
    check_pictures = datasets.pixels(check, config.preprocess)
    labels = learn.multi_hot()
    sizes = Sizes(config.bits, len(data.classes), len(learn))
    network = _network(method, sizes, config)
    _start_head(network, pictures, config)
    batches_rng = np.random.default_rng(config.seed)
    augment_rng = torch.Generator().manual_seed(config.seed)
    reports: list[EpochReport] = []
    best_state: dict[str, torch.Tensor] = {}
    best = -math.inf
    for stage, epochs in _stages(method, config.epochs):
        loss = stage.loss(sizes, options).to(config.device)
        optimiser, schedule = _optimiser(
            stage,
            network,
            loss,
            config,
            steps=epochs * max(1, len(learn) // config.batch),
        )
        for _ in range(epochs):
            started = time.monotonic()
            sums: dict[str, float] = {}
            count = 0
            number = len(reports) + 1
            network.train()
            for rows in datasets.class_aware_batches(
                labels, config.batch, batches_rng, power=config.class_power
            ):
                images = _batch(pictures[rows], config, augment_rng)
                targets = Targets(
                    torch.from_numpy(labels[rows]).to(config.device),
                    torch.from_numpy(rows).to(config.device),
                    progress=(number - 1) / config.epochs,
                )
                terms = loss(network(images), targets)
                for name, term in terms.items():
                    if not torch.isfinite(term):
                        raise _diverged(number, name, term)
                    sums[name] = sums.get(name, 0.0) + term.item()
                optimiser.zero_grad(set_to_none=True)
                torch.autograd.backward(torch.stack(list(terms.values())).sum())
                optimiser.step()
                schedule.step()
                count += 1
            score = validation_map(network, check, check_pictures, config)
            if score > best:
                best = score
                best_state = {
                    name: tensor.detach().cpu().clone()
                    for name, tensor in network.state_dict().items()
                }
            reports.append(
                EpochReport(
                    epoch=number,
                    epochs=config.epochs,
                    stage=stage.name,
                    terms={name: value / count for name, value in sums.items()},
                    validation_map=score,
                    rate=float(schedule.get_last_lr()[-1]),
                    seconds=time.monotonic() - started,
                )
            )
            yield reports[-1]
    network.cpu().load_state_dict(best_state)
    best_epoch = max(reports, key=lambda report: report.validation_map).epoch
    return TrainingRun(config, tuple(reports), best_epoch, network.eval(), data, split)


def validation_map(
    network: nn.Module,
    check: LabelledImages,
    pictures: npt.NDArray[np.uint8],
    config: TrainingConfig,
) -> float:
    """Return MAP@10 within the validation part, each source counted alike.

    Sources differ in size and in how hard they are; without equal weights the largest
    and easiest one would choose the epoch.
    """
    logits, _ = evaluation.run_network(
        network, pictures, config.preprocess, device=config.device
    )
    coded = evaluation.Coded(
        evaluation.signs(logits), check.multi_hot(), check.groups()
    )
    scores = []
    for name in {item.source: None for item in check.items}:
        rows = np.array([n for n, i in enumerate(check.items) if i.source == name])
        report = evaluation.evaluate(coded.take(rows), coded, classes=check.classes)
        scores.append(report["MAP@10"].value)
    return float(np.mean(scores))


def _method(config: TrainingConfig) -> Method:
    if config.method not in METHODS:
        message = f"There is no hashing method {config.method!r}."
        raise SettingsError(message, hint=f"Choose one of: {', '.join(METHODS)}.")
    return METHODS[config.method]


def _network(method: Method, sizes: Sizes, config: TrainingConfig) -> nn.Module:
    # Initial weights draw from torch's global generator; it is put back afterwards.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = method.network(sizes, method.options(config.options))
    if config.weights is not None:
        trunk = getattr(network, "trunk", None)
        if trunk is None:
            message = f"{method.title} as configured has no pretrained trunk."
            raise SettingsError(message, hint="Leave the starting weights out.")
        trunk.load_state_dict(backbone.mobilenet_v2_weights(config.weights))
    # Channels last: about half as fast again on a processor, the same numbers.
    return network.to(config.device).to(memory_format=torch.channels_last)


def _start_head(
    network: nn.Module, pictures: npt.NDArray[np.uint8], config: TrainingConfig
) -> None:
    """Fit a linear hash layer to the pretrained features before it learns."""
    head = getattr(network, "head", None)
    if config.weights is None or not isinstance(head, nn.Linear):
        return
    _, features = evaluation.run_network(
        network, pictures, config.preprocess, device=config.device
    )
    backbone.start_balanced(head, torch.from_numpy(features), seed=config.seed)


def _stages(method: Method, epochs: int) -> list[tuple[Stage, int]]:
    """Divide the epochs among the stages; the last takes what rounding leaves."""
    counts = [max(1, round(stage.share * epochs)) for stage in method.stages]
    counts[-1] = max(1, epochs - sum(counts[:-1]))
    return list(zip(method.stages, counts, strict=True))


def _optimiser(
    stage: Stage,
    network: nn.Module,
    loss: nn.Module,
    config: TrainingConfig,
    *,
    steps: int,
) -> tuple[torch.optim.Optimizer, torch.optim.lr_scheduler.LRScheduler]:
    groups = stage.parameters(
        network, {**METHODS[config.method].options(config.options)}
    )
    network.requires_grad_(requires_grad=False)
    for group in groups.values():
        for parameter in group:
            parameter.requires_grad_()
    rates = {
        "pretrained": config.rate_pretrained,
        "fast": _FAST * config.rate_new,
        "new": config.rate_new,
    }
    learn = {name: list(groups.get(name, ())) for name in rates}
    learn["new"] += loss.parameters()
    optimiser = torch.optim.AdamW(
        [{"params": learn[name], "lr": rate} for name, rate in rates.items()],
        weight_decay=config.weight_decay,
    )
    warm_up = max(1, round(_WARM_UP_SHARE * steps))

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        done = (step - warm_up) / max(1, steps - warm_up)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    return optimiser, torch.optim.lr_scheduler.LambdaLR(optimiser, factor)


def _batch(
    pictures: npt.NDArray[np.uint8], config: TrainingConfig, generator: torch.Generator
) -> torch.Tensor:
    """Return changed and normalised pictures, (B, 3, S, S) float, on the device."""
    x = torch.from_numpy(pictures).to(config.device).float() / 255
    x = config.augment(x, generator)
    mean = torch.tensor(config.preprocess.mean, device=config.device)[:, None, None]
    std = torch.tensor(config.preprocess.std, device=config.device)[:, None, None]
    return ((x - mean) / std).contiguous(memory_format=torch.channels_last)


def _diverged(epoch: int, name: str, term: torch.Tensor) -> TrainingDivergedError:
    message = f"Training failed in epoch {epoch}: the term {name} became {term.item()}."
    hint = "Lower the learning rates, or check the pictures and labels."
    return TrainingDivergedError(message, hint=hint)
