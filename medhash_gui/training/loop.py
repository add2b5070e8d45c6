"""The training loop: stages, epochs, batches, and a checkpoint after each epoch.

A state goes in at any place of a run and is carried to the end of it, or to where it is
asked to stop: between two batches, with a checkpoint of exactly that place.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn

from medhash_gui import datasets
from medhash_gui.data_parallel import Forward, Team
from medhash_gui.errors import DeviceError
from medhash_gui.hashing.method import Method, Sizes, Stage, Targets
from medhash_gui.training import checkpoints
from medhash_gui.training import precision as training_precision
from medhash_gui.training import watch as training_watch
from medhash_gui.training.config import EpochReport, TrainingConfig
from medhash_gui.training.data import Inputs, Prepared
from medhash_gui.training.events import CheckpointSaved, Event, Progress
from medhash_gui.training.fronts import Fronts
from medhash_gui.training.network import (
    check_term,
    float32,
    learning_of,
    logits_of,
    validate,
)
from medhash_gui.training.state import State

CHECKPOINTS = "checkpoints"
_EVERY_S = 0.5


class Stopped(Exception):  # noqa: N818 (no error: the user wished it)
    """The run was asked to stop, and did, between two batches.

    Attributes:
        checkpoint: what it can be taken up from; None: there is none yet.
    """

    def __init__(self, checkpoint: Path | None) -> None:
        super().__init__("stopped")
        self.checkpoint = checkpoint


@dataclass(frozen=True)
class Setting:
    """What stays the same throughout a run."""

    config: TrainingConfig
    method: Method
    stages: tuple[tuple[Stage, int], ...]
    sizes: Sizes
    prepared: Prepared
    team: Team
    folder: Path | None
    stop: Callable[[], bool]
    front: nn.Sequential | None = None
    tells: bool = False


def train_epochs(
    setting: Setting, state: State, learn: Inputs, check: Inputs
) -> Generator[Event, None, None]:
    """Train epoch by epoch, from where the state is to the end."""
    config = setting.config
    plan = [n for n, (_, epochs) in enumerate(setting.stages) for _ in range(epochs)]
    forward: Forward | None = None
    for number in range(state.epoch + 1, len(plan) + 1):
        stage, _ = setting.stages[plan[number - 1]]
        if state.learning is None or state.learning.stage != plan[number - 1]:
            if stage.begin is not None:
                stage.begin(state.network)
            begin_learning(setting, state, plan[number - 1])
            forward = None
        if forward is None:
            forward = setting.team.wrap(state.network, stage.part)
        assert state.learning is not None
        if stage.second and setting.front is not None:
            yield from look_again(setting.front, state.network, learn, check)
        started = time.monotonic() - state.seconds
        yield from _epoch(setting, state, learn, forward, number)
        trained = time.monotonic() - started
        count = state.batch
        score, logits = None, None
        if stage.codes:
            setting.team.equalise(state.network)
            logits = logits_of(state.network, check)
            score = validate(logits, setting.prepared.check, number)
        terms = {name: value / count for name, value in state.sums.items()}
        rate = float(state.learning.schedule.get_last_lr()[-1])
        state.epoch, state.batch = number, 0
        state.sums, state.seconds = {}, 0.0
        if score is not None and (state.best is None or score > state.best):
            state.best = score
            state.keep_as_best(score)
        state.reports.append(
            EpochReport(
                epoch=number,
                epochs=config.epochs,
                stage=stage.name,
                terms=terms,
                validation_map=score,
                rate=rate,
                seconds=time.monotonic() - started,
                images_per_second=count * config.batch / trained,
            )
        )
        saved = _save(setting, state)
        yield state.reports[-1]
        if saved is not None:
            yield CheckpointSaved(saved.name, state.epoch)
        if setting.tells and logits is not None:
            yield training_watch.neighbours(
                number, logits, setting.prepared.check, config
            )
        if number < len(plan) and setting.team.agree(wish=setting.stop()):
            raise Stopped(saved)


def look_again(
    front: nn.Sequential, network: nn.Module, *inputs: Inputs
) -> Generator[Event, None, None]:
    """Compute the second features of inputs that have none yet."""
    for one in inputs:
        if isinstance(one, Fronts) and not one.looked_again:
            yield from one.look_again(network, front)


def _epoch(
    setting: Setting, state: State, learn: Inputs, forward: Forward, number: int
) -> Generator[Event, None, None]:
    """Train the batches of an epoch that are not done yet."""
    config, team = setting.config, setting.team
    labels = setting.prepared.learn.multi_hot()
    batches = max(1, len(labels) // config.batch)
    begun = time.monotonic() - state.seconds
    told = time.monotonic()
    state.network.train()
    drawn = datasets.class_aware_batches(
        labels, config.batch, state.chance.batches, power=config.class_power
    )
    for rows in itertools.islice(drawn, batches - state.batch):
        mine = team.share(len(rows))
        images = learn.batch(rows, state.chance.changes, mine=mine)
        targets = Targets(
            torch.from_numpy(labels[rows]).to(config.device),
            torch.from_numpy(rows).to(config.device),
            progress=(number - 1) / config.epochs,
        )
        try:
            values = _step(setting, state, forward, images, targets)
        except torch.OutOfMemoryError as error:
            raise out_of_memory(config) from error
        assert state.learning is not None
        for name, value in values.items():
            check_term(number, name, value, state.learning.first)
            state.sums[name] = state.sums.get(name, 0.0) + value
        state.batch += 1
        now = time.monotonic()
        if now - told > _EVERY_S:
            told = now
            yield Progress("training", state.batch, batches, number)
        if state.batch < batches and team.agree(wish=setting.stop()):
            state.seconds = now - begun
            raise Stopped(_save(setting, state))


def _step(
    setting: Setting,
    state: State,
    forward: Forward,
    images: tuple[torch.Tensor, ...],
    targets: Targets,
) -> Mapping[str, float]:
    """Take one step; return the terms of the loss."""
    config, learning = setting.config, state.learning
    assert learning is not None
    with state.chance.used():
        with training_precision.autocast(config.precision, config.device):
            output = forward(*images)
        terms = learning.loss(setting.team.gather(float32(output)), targets)
    together = torch.stack(list(terms.values()))
    values = dict(zip(terms, together.tolist(), strict=True))
    if not np.isfinite(list(values.values())).all():
        return values  # which ends the run; the network is left as it was
    learning.optimiser.zero_grad(set_to_none=True)
    learning.scaler.scale(together.sum()).backward()  # type: ignore[no-untyped-call]
    scale = learning.scaler.get_scale()
    learning.scaler.step(learning.optimiser)
    learning.scaler.update()
    # A step that was left out because the scale was too large does not count.
    if learning.scaler.get_scale() >= scale:
        learning.schedule.step()
    return values


def begin_learning(setting: Setting, state: State, number: int) -> None:
    """Make loss and optimiser of a stage."""
    stage, epochs = setting.stages[number]
    state.learning = learning_of(
        stage,
        number,
        state.network,
        setting.sizes,
        setting.config,
        epochs=epochs,
        chance=state.chance,
    )


def _save(setting: Setting, state: State) -> Path | None:
    if setting.folder is None or not setting.team.leads:
        return None
    folder = setting.folder / CHECKPOINTS
    return checkpoints.save(folder, state, setting.config, of=setting.prepared.identity)


def out_of_memory(config: TrainingConfig) -> DeviceError:
    """Return what it means that a device has no memory left for a batch."""
    message = (
        f"The memory of {config.device} is too small for {config.batch} pictures of "
        f"{config.preprocess.size} px at a time."
    )
    half = max(2, config.batch // 2)
    hint = f"Try a batch of {half}, smaller pictures, or --precision bfloat16."
    return DeviceError(message, hint=hint)
