"""The networks of C2L and what one epoch does to them.

A student and a teacher that follows it slowly see two crops of each picture. Our trunks
have no batch normalisation left, so the teacher has none whose statistics could leak
(the paper shuffles batches against that). All chance comes from the seed and the number
of the epoch, so that between two epochs there is nothing to keep but tensors.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import time
from collections.abc import Generator, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import nn
from torch.nn import functional

from medhash_gui import contrast
from medhash_gui.contrast import Health, KeyQueue, Views
from medhash_gui.crops import KINDS
from medhash_gui.errors import SettingsError, TrainingDivergedError
from medhash_gui.hashing import backbone
from medhash_gui.preprocess import IMAGENET_MEAN, IMAGENET_STD
from medhash_gui.pretraining.config import PretrainingConfig, PretrainingEpoch, Progress

DEPTH = 128
"""Numbers of the features that are contrasted; they are thrown away at the end."""

LEAST_SPREAD = 0.05
"""Features of less spread have collapsed (a mean cosine above 0.9975)."""

RATE_PRETRAINED, RATE_RANDOM = 2e-4, 1e-3
"""Peak learning rates of a trunk with and without starting weights."""

_HIDDEN = 512
_WARM_UP_SHARE = 0.05
_JUDGED = 1024
_CENTRED_ON = 512
_LEAST_DEVIATION = 0.1


class SmallPictures(Protocol):
    """Pictures from which crops are taken."""

    def __len__(self) -> int:
        """Return how many there are."""

    def take(
        self, rows: Sequence[int] | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        """Return some of them as (B, 3, T, T) uint8, 0-255."""


class Projected(nn.Module):
    """A trunk, the mean over the picture, and a projection to the contrasted features.

    Pooled features are never negative, so a random projection of them starts with
    nearly the same features for every picture. Before the run they are therefore
    centred and scaled once, by what the trunk says of the pictures at its start
    (``centre_on``); the numbers then stay as they are, so nothing depends on the batch.

    Args:
        name: key in ``BACKBONES``.

    Shape:
        input: (B, 3, H, W) float, normalised like ImageNet pictures.
        output: (B, 128) float, length 1.
    """

    centre: torch.Tensor
    scale: torch.Tensor

    def __init__(self, name: str) -> None:
        super().__init__()
        self.trunk = backbone.trunk(name)
        depth = backbone.BACKBONES[name].depth
        hidden = min(depth, _HIDDEN)
        self.head = nn.Sequential(
            nn.Linear(depth, hidden), nn.ReLU(), nn.Linear(hidden, DEPTH)
        )
        self.register_buffer("centre", torch.zeros(depth))
        self.register_buffer("scale", torch.ones(depth))

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        """Return the features of a batch."""
        features = (self.pooled(images) - self.centre) * self.scale  # (B, depth)
        return functional.normalize(self.head(features).float(), dim=1)

    def pooled(self, images: torch.Tensor) -> torch.Tensor:
        """Return what the trunk says of each picture, (B, depth) float."""
        features: torch.Tensor = self.trunk(images).mean(dim=(2, 3))
        return features

    def centre_on(self, pooled: torch.Tensor) -> None:
        """Centre and scale the pooled features from now on.

        Args:
            pooled: (N, depth) float, of some of the pictures.
        """
        deviation = pooled.std(dim=0)
        # A channel that says the same of every picture is not blown up.
        floor = deviation.mean().clamp_min(1e-6) * _LEAST_DEVIATION
        self.centre = pooled.mean(dim=0)
        self.scale = 1 / deviation.clamp_min(floor)


def make_student(
    config: PretrainingConfig, weights: backbone.State | None
) -> Projected:
    """Return the network that learns, at its start.

    Args:
        config: of the run.
        weights: of its trunk; None: random.

    Raises:
        SettingsError: there is no such backbone, or nothing of it would learn.
    """
    if config.backbone not in backbone.BACKBONES:
        message = f"There is no backbone {config.backbone!r}."
        hint = f"Choose one of: {', '.join(backbone.BACKBONES)}."
        raise SettingsError(message, hint=hint)
    blocks = backbone.BACKBONES[config.backbone].blocks
    if config.frozen >= blocks:
        message = f"All {blocks} blocks of {config.backbone} would be frozen."
        raise SettingsError(message, hint="Freeze fewer: something has to learn.")
    # Initial weights draw from torch's global generator; it is put back afterwards.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(config.seed)
        student = Projected(config.backbone)
        if weights is not None:
            student.trunk.load_state_dict(weights)
    for block in list(student.trunk)[: config.frozen]:
        block.requires_grad_(requires_grad=False)
    # Channels last: about half as fast again on a processor, the same numbers.
    return student.to(config.device).to(memory_format=torch.channels_last)


class Run:
    """The state of a run: two networks, the queue, the optimiser.

    Args:
        config: of the run.
        student: as ``make_student`` made it.
        pictures: to learn from, at least one batch.
        pretrained: whether the trunk had starting weights.
    """

    def __init__(
        self,
        config: PretrainingConfig,
        student: Projected,
        pictures: SmallPictures,
        *,
        pretrained: bool,
    ) -> None:
        self.config, self.pictures = config, pictures
        self.student = student
        self.teacher = copy.deepcopy(student).eval().requires_grad_(requires_grad=False)
        size = config.queue_for(len(pictures))
        self.queue = KeyQueue(size, DEPTH, config.device)
        self.steps = len(pictures) // config.batch
        usual = RATE_PRETRAINED if pretrained else RATE_RANDOM
        self.rates = {"trunk": config.rate or usual, "head": config.rate_head}
        parts = [
            [p for p in part.parameters() if p.requires_grad]
            for part in (student.trunk, student.head)
        ]
        self.optimiser = torch.optim.AdamW(
            [{"params": part} for part in parts], weight_decay=config.weight_decay
        )
        self._mean, self._std = (
            torch.tensor(values, device=config.device)[:, None, None]
            for values in (IMAGENET_MEAN, IMAGENET_STD)
        )

    def learn(self, epoch: int) -> Generator[Progress, None, PretrainingEpoch]:
        """Show every picture once; return what came of it.

        Yields:
            How far it has come, after every step.

        Raises:
            TrainingDivergedError: the loss is not finite, or the features collapsed.
        """
        config = self.config
        rng, generator = _chance(config.seed, epoch)
        order = rng.permutation(len(self.pictures))
        sums: dict[str, torch.Tensor] = {}
        judged: list[Views] = []
        started = time.monotonic()
        for step in range(self.steps):
            rows = order[step * config.batch : (step + 1) * config.batch]
            views = self._look(rows, rng, generator)
            terms = contrast.c2l_terms(
                views, self.queue, temperature=config.temperature
            )
            loss = torch.stack(list(terms.values())).sum()
            if not torch.isfinite(loss):
                raise _diverged(epoch, step + 1, loss.item())
            rate = self._set_rates((epoch - 1) * self.steps + step)
            self.optimiser.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]  # no types in torch
            self.optimiser.step()
            contrast.follow(self.teacher, self.student, config.momentum)
            self.queue.write(views.key, views.rows)
            for name, term in terms.items():
                sums[name] = sums.get(name, torch.zeros(())) + term.detach().cpu()
            judged = [*judged, views][-max(1, _JUDGED // config.batch) :]
            yield Progress("training", step + 1, self.steps, epoch)
        query = torch.cat([views.query.detach() for views in judged])
        health = Health.of(query, torch.cat([views.key for views in judged]))
        if health.spread < LEAST_SPREAD:
            raise _collapsed(epoch, health)
        seconds = time.monotonic() - started
        return PretrainingEpoch(
            epoch=epoch,
            epochs=config.epochs,
            terms={name: float(total) / self.steps for name, total in sums.items()},
            **dataclasses.asdict(health),
            of=len(query),
            rate=rate,
            seconds=seconds,
            images_per_second=self.steps * config.batch / max(seconds, 1e-9),
        )

    def _look(
        self,
        rows: npt.NDArray[np.int64],
        rng: np.random.Generator,
        generator: torch.Generator,
    ) -> Views:
        """Let both networks look at a batch, plain and mixed."""
        config = self.config
        x = self._load(rows)
        first, second = self._crop(x, generator), self._crop(x, generator)
        # λ ~ Beta(1, 1), folded, so that the picture itself weighs more.
        share = float(rng.uniform(0.5, 1.0))
        order = torch.from_numpy(rng.permutation(len(rows))).to(x.device)
        # Nothing in the networks looks across a batch, so one pass does for both.
        both = torch.cat([first, contrast.mix(first, share, order)])
        query, mixed_query = self._features(self.student, both).chunk(2)
        both = torch.cat([second, contrast.mix(second, share, order)])
        with torch.no_grad():
            key, mixed_key = self._features(self.teacher, both).chunk(2)
        which = torch.from_numpy(rows).to(config.device)
        return Views(query, key, mixed_query, mixed_key, share, order, which)

    @torch.no_grad()
    def begin(self) -> None:
        """Centre the features, then fill the queue with the keys of real pictures."""
        rng, generator = _chance(self.config.seed, 0)
        order = rng.permutation(len(self.pictures))
        pooled = [
            self.student.pooled(self._crop(self._load(rows), generator))
            for rows in np.split(
                order[:_CENTRED_ON],
                range(
                    self.config.batch, min(len(order), _CENTRED_ON), self.config.batch
                ),
            )
        ]
        self.student.centre_on(torch.cat(pooled))
        self.teacher.load_state_dict(self.student.state_dict())
        order = order[: self.config.queue_for(len(self.pictures))]
        for begin in range(0, len(order), self.config.batch):
            rows = order[begin : begin + self.config.batch]
            keys = self._features(self.teacher, self._crop(self._load(rows), generator))
            self.queue.write(keys, torch.from_numpy(rows))

    def state(self) -> dict[str, torch.Tensor]:
        """Return every tensor that the next epoch depends on."""
        state = {
            **_named("student.", self.student.state_dict()),
            **_named("teacher.", self.teacher.state_dict()),
            **_named("queue.", self.queue.state()),
        }
        for number, moments in self.optimiser.state_dict()["state"].items():
            state |= _named(f"optimiser.{number}.", moments)
        return state

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Take back what ``state`` returned."""
        self.student.load_state_dict(_part(state, "student."))
        self.teacher.load_state_dict(_part(state, "teacher."))
        self.queue.load(_part(state, "queue."))
        moments: dict[int, dict[str, torch.Tensor]] = {}
        for name, tensor in _part(state, "optimiser.").items():
            number, key = name.split(".", 1)
            moments.setdefault(int(number), {})[key] = tensor
        groups = self.optimiser.state_dict()["param_groups"]
        self.optimiser.load_state_dict({"state": moments, "param_groups": groups})

    def _load(self, rows: npt.NDArray[np.int64]) -> torch.Tensor:
        taken = torch.from_numpy(self.pictures.take(rows))
        return taken.to(self.config.device).float() / 255  # (B, 3, T, T)

    def _crop(self, x: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
        seen = KINDS[self.config.kind](x, generator, size=self.config.size)
        normal = (seen - self._mean) / self._std
        return normal.contiguous(memory_format=torch.channels_last)

    def _features(self, network: nn.Module, x: torch.Tensor) -> torch.Tensor:
        kind = torch.device(self.config.device).type
        low = self.config.precision == "bfloat16"
        with torch.autocast(kind, dtype=torch.bfloat16, enabled=low):
            features: torch.Tensor = network(x)
        return features

    def _set_rates(self, step: int) -> float:
        """Set the rates of a step (warm-up, then a cosine); return the trunk's."""
        total = self.steps * self.config.epochs
        warm_up = max(1, round(_WARM_UP_SHARE * total))
        factor = (step + 1) / warm_up
        if step >= warm_up:
            done = (step - warm_up) / max(1, total - warm_up)
            factor = 0.5 * (1 + math.cos(math.pi * done))
        for group, rate in zip(
            self.optimiser.param_groups, self.rates.values(), strict=True
        ):
            group["lr"] = rate * factor
        return factor * self.rates["trunk"]


def _chance(seed: int, epoch: int) -> tuple[np.random.Generator, torch.Generator]:
    """Return where the chance of an epoch comes from; epoch 0 fills the queue."""
    sequence = np.random.SeedSequence([seed, epoch])
    state = int(sequence.generate_state(1, np.uint64)[0]) % 2**63
    return np.random.default_rng(sequence), torch.Generator().manual_seed(state)


def _diverged(epoch: int, step: int, loss: float) -> TrainingDivergedError:
    message = f"Pre-training failed in epoch {epoch}, step {step}: the loss is {loss}."
    hint = "Remove the run's folder and start again with a lower --rate."
    return TrainingDivergedError(message, hint=hint)


def _collapsed(epoch: int, health: Health) -> TrainingDivergedError:
    message = (
        f"Pre-training collapsed in epoch {epoch}: all pictures get nearly the same "
        f"features (spread {health.spread:.3f}, bound {LEAST_SPREAD}; mean cosine "
        f"{health.mean_cosine:.4f})."
    )
    hint = "Start again with a lower --rate, a larger --queue, or more varied pictures."
    return TrainingDivergedError(message, hint=hint)


def _named(prefix: str, state: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {prefix + name: tensor for name, tensor in state.items()}


def _part(state: dict[str, torch.Tensor], prefix: str) -> dict[str, torch.Tensor]:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in state.items()
        if name.startswith(prefix)
    }
