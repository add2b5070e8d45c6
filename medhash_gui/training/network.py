"""What one run makes of a method: its network, its optimiser, its score.

Starting weights, the balanced start of a linear hash layer, AdamW with a warm-up and a
cosine, MAP@10 on the validation part, and when a loss has run away.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medhash_gui import retrieval
from medhash_gui.catalogue import WEIGHTS
from medhash_gui.datasets import LabelledImages
from medhash_gui.errors import SettingsError, TrainingDivergedError
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.hashing.method import HashOutput, Method, Sizes, Stage
from medhash_gui.training import fronts as training_fronts
from medhash_gui.training import precision as training_precision
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.data import Inputs
from medhash_gui.training.state import Chance, Learning

_WARM_UP_SHARE = 0.05
# How much faster the "fast" parts of a network learn than its "new" ones.
_FAST = 20.0
# A term that has grown this much since the stage began will not come back.
_EXPLODED = 1e4


class Within(NamedTuple):
    """MAP@10 within a part, and the same with all pictures tied."""

    value: float
    chance: float


def build_network(method: Method, sizes: Sizes, config: TrainingConfig) -> nn.Module:
    """Return a network with its starting weights, on its device.

    Raises:
        SettingsError: starting weights are named for a network that takes none.
        BundleError: they cannot be read or fetched.
    """
    options = method.options(config.options)
    # Initial weights draw from torch's global generator; it is put back afterwards.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        network = method.network(sizes, options)
    if config.is_pretrained:
        trunk = getattr(network, "trunk", None)
        if trunk is None:
            message = f"{method.title} as configured has no pretrained trunk."
            hint = "Leave starting weights and pre-training out."
            raise SettingsError(message, hint=hint)
        state = starting_weights(config, options["backbone"])
        if state is not None:
            trunk.load_state_dict(state)
    # Channels last: about half as fast again on a processor, the same numbers.
    return network.to(config.device).to(memory_format=torch.channels_last)


def starting_weights(config: TrainingConfig, name: str) -> backbone.State | None:
    """Return what a trunk starts from; None: random numbers.

    Args:
        config: of the run.
        name: of the trunk, key in ``BACKBONES``.

    Raises:
        BundleError: the weights cannot be read or fetched.
    """
    if config.weights is None:
        return backbone.download(name) if config.download else None
    file = config.weights / WEIGHTS if config.weights.is_dir() else config.weights
    return backbone.weights(name, file)


def start_head(network: nn.Module, learn: Inputs, config: TrainingConfig) -> None:
    """Fit a linear hash layer to the pretrained features before it learns."""
    head = getattr(network, "head", None)
    if not config.is_pretrained or not isinstance(head, nn.Linear):
        return
    if not head.weight.requires_grad:
        return  # made of what is learned elsewhere
    backbone.start_balanced(head, pooled_of(network, learn), seed=config.seed)


def learning_of(
    stage: Stage,
    number: int,
    network: nn.Module,
    sizes: Sizes,
    config: TrainingConfig,
    *,
    epochs: int,
    chance: Chance,
) -> Learning:
    """Return loss, optimiser and schedule of a stage; freeze what it does not train.

    Args:
        stage: the stage.
        number: its place, from 0.
        network: whose parameters learn.
        sizes: for the loss.
        config: rates and so on.
        epochs: of the stage.
        chance: what the loss draws its first numbers from.
    """
    options = METHODS[config.method].options(config.options)
    with chance.used():
        loss = stage.loss(sizes, options).to(config.device)
    groups = stage.parameters(network, options)
    if config.frozen:
        groups = {**groups, "pretrained": []}
    if stage.second and training_fronts.is_cached(config):
        # The second look was taken once; what decides where it goes has to stay.
        fixed = {id(parameter) for parameter in training_fronts.looking(network)}
        groups = {
            name: [parameter for parameter in group if id(parameter) not in fixed]
            for name, group in groups.items()
        }
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
    steps = epochs * max(1, sizes.images // config.batch)
    warm_up = max(1, round(_WARM_UP_SHARE * steps))

    def factor(step: int) -> float:
        if step < warm_up:
            return (step + 1) / warm_up
        done = (step - warm_up) / max(1, steps - warm_up)
        return 0.5 * (1 + math.cos(math.pi * min(1.0, done)))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, factor)
    scaler = training_precision.scaler(config.precision, config.device)
    return Learning(number, loss, optimiser, schedule, scaler)


def pooled_of(network: nn.Module, inputs: Inputs) -> torch.Tensor:
    """Return the mean features of all inputs, (N, D) float32; the network evaluates."""
    network.eval()
    with torch.inference_mode():
        pooled = [network(*x).features.mean(dim=(2, 3)).float().cpu() for x in inputs]
    # Inference tensors take part in no gradient, so this is a copy.
    return torch.cat(pooled).clone()


def logits_of(network: nn.Module, inputs: Inputs) -> npt.NDArray[np.float32]:
    """Return the logits of all inputs, (N, K) float32; the network then evaluates."""
    network.eval()
    with torch.inference_mode():
        parts = [network(*x).logits.float().cpu().numpy() for x in inputs]
    return np.concatenate(parts)


def validate(
    logits: npt.NDArray[np.float32], check: LabelledImages, epoch: int
) -> float:
    """Return MAP@10 within the validation part, each source counted alike.

    Args:
        logits: (N, K) float32, of the part.
        check: the part.
        epoch: after which.

    Raises:
        TrainingDivergedError: the network no longer gives numbers.
    """
    if not np.isfinite(logits).all():
        message = f"Training failed in epoch {epoch}: codes became no numbers."
        raise _diverged(message)
    return within(retrieval.signs(logits), check).value


def within(vectors: npt.NDArray[np.float32], check: LabelledImages) -> Within:
    """Return MAP@10 within a part, and what chance gives, each source counted alike.

    Sources differ in size and in how hard they are; without equal weights the largest
    and easiest one would choose the epoch.

    Args:
        vectors: (N, K) float32, codes of +-1 or features of length 1.
        check: the part.
    """
    coded = retrieval.Coded(vectors, check.multi_hot(), check.groups())
    found, chance = [], []
    for name in {item.source: None for item in check.items}:
        rows = np.array([n for n, i in enumerate(check.items) if i.source == name])
        scores = retrieval.score_all(coded.take(rows), coded)
        found.append(scores.found["MAP@10"].mean())
        chance.append(scores.chance["MAP@10"].mean())
    return Within(float(np.mean(found)), float(np.mean(chance)))


def float32(output: HashOutput) -> HashOutput:
    """Return an output whose tensors are float32, for a loss to work with."""
    classes, attention = output.class_logits, output.attention
    return HashOutput(
        output.logits.float(),
        output.features.float(),
        None if classes is None else classes.float(),
        None if attention is None else attention.float(),
        tuple(logits.float() for logits in output.branch_logits),
    )


def check_term(epoch: int, name: str, value: float, first: dict[str, float]) -> None:
    """Refuse a term that is no number, or has exploded since the stage began.

    Args:
        epoch: the one under way.
        name: of the term.
        value: mean over the batch.
        first: size of the first value of each term; a new one is added.

    Raises:
        TrainingDivergedError: it names epoch and term.
    """
    if not math.isfinite(value):
        message = f"Training failed in epoch {epoch}: the term {name} became {value}."
        raise _diverged(message)
    start = first.setdefault(name, max(1.0, abs(value)))
    if abs(value) > _EXPLODED * start:
        message = (
            f"Training failed in epoch {epoch}: the term {name} exploded to "
            f"{value:.3g}; it began at {start:.3g}."
        )
        raise _diverged(message)


def _diverged(message: str) -> TrainingDivergedError:
    hint = "Lower the learning rates, or check the pictures and labels."
    return TrainingDivergedError(message, hint=hint)
