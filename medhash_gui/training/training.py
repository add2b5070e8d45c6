"""Train a hashing network on labelled pictures: one readable loop.

``train`` is a generator: it yields an ``EpochReport`` after every epoch and returns the
``TrainingRun``, whose network is that of the best epoch on the validation part (MAP@10,
queries and database from the validation part, own patient left out). The test part is
never decoded here. Chance comes from the seed of the configuration alone.

``follow`` is the same run with everything that it says, in a folder where it can be
stopped, killed and taken up again with the same numbers (``docs/training.md``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
from torch import nn

from medhash_gui import data_parallel, datasets
from medhash_gui.errors import CheckpointError
from medhash_gui.hashing.method import Method, Sizes, Stage
from medhash_gui.training import checkpoints
from medhash_gui.training import checks as training_checks
from medhash_gui.training import data as training_data
from medhash_gui.training import device as training_device
from medhash_gui.training import fronts as training_fronts
from medhash_gui.training import precision as training_precision
from medhash_gui.training import trunk as training_trunk
from medhash_gui.training import watch as training_watch
from medhash_gui.training.config import EpochReport, TrainingConfig, TrainingRun
from medhash_gui.training.data import Inputs, Prepared
from medhash_gui.training.events import (
    Event,
    Progress,
    References,
    Started,
    Warned,
)
from medhash_gui.training.fronts import Part
from medhash_gui.training.loop import (
    CHECKPOINTS,
    Setting,
    Stopped,
    begin_learning,
    look_again,
    train_epochs,
)
from medhash_gui.training.network import build_network, logits_of, start_head
from medhash_gui.training.state import Chance, State

__all__ = ["EpochReport", "Stopped", "TrainingConfig", "TrainingRun", "follow", "train"]

FEATURES = "features"

_Result = TypeVar("_Result")


def train(config: TrainingConfig) -> Generator[EpochReport, None, TrainingRun]:
    """Train as configured; closing the generator stops the run.

    Yields:
        A report after every epoch.

    Returns:
        The run with the network of its best epoch.

    Raises:
        SettingsError: an unknown method or option, or an impossible number.
        DatasetError: too few labels, pictures or patients, or an unreadable picture.
        BundleError: the starting weights cannot be read.
        DeviceError: the device lacks the precision, or has too little memory.
        TrainingDivergedError: a term of the loss is no longer a finite number.
    """
    steps = follow(config)
    try:
        while True:
            try:
                event = next(steps)
            except StopIteration as end:
                run: TrainingRun = end.value
                return run
            if isinstance(event, EpochReport):
                yield event
    finally:
        steps.close()


def follow(
    config: TrainingConfig,
    *,
    folder: Path | None = None,
    resume: bool = False,
    stop: Callable[[], bool] = lambda: False,
    prepared: Prepared | None = None,
    features: Path | None = None,
    tells: bool = False,
) -> Generator[Event, None, TrainingRun]:
    """Train as configured, and say everything on the way.

    Args:
        config: of the run.
        folder: for checkpoints and cached features; None: none are kept.
        resume: take up the newest checkpoint of the folder, if there is one.
        stop: asked after each batch.
        prepared: what ``training.data.prepare`` made of the same sources, split,
            preprocessing and seed, where runs share it; None: it is made here. With
            its test part the run also returns the logits of all parts.
        features: folder of cached features that runs share; None: in ``folder``.
        tells: say also what validation is to be compared with, and what some of its
            pictures find after each epoch.

    Yields:
        Events; at least twice a second but for single batches, validation and what a
        single file takes.

    Returns:
        The run with the network of its best epoch.

    Raises:
        Stopped: ``stop`` said so.
        CheckpointError: a checkpoint cannot be written, or is of another run.
        MedHashError: as ``train``.
    """
    team = data_parallel.current()
    method = training_checks.method_of(config)
    training_precision.check(config.precision, config.device)
    training_device.share(config.device)
    training_checks.check_shares(config, team.size)
    if prepared is None:
        prepared = yield from _until(stop, training_data.prepare(config))
    found = None
    if resume and folder is not None:
        found, damaged = checkpoints.newest(folder / CHECKPOINTS)
        for name in damaged:
            yield Warned(f"The checkpoint {name} is damaged and was passed over.")
        if found is not None:
            checkpoints.check(found.values, config, of=prepared.identity)
    network_sizes = Sizes(config.bits, len(prepared.data.classes), len(prepared.learn))
    network = build_network(method, network_sizes, config)
    yield from training_checks.check_start(network, config)
    if config.pretraining:
        learned = yield from training_trunk.learn(
            config, prepared, folder=folder, resume=resume, stop=stop
        )
        network.get_submodule("trunk").load_state_dict(learned)
        training_device.give_back(config.device)
    front: nn.Sequential | None = None
    if training_fronts.is_cached(config):
        front = training_fronts.take(network, config)
        training_checks.check_cached(len(front))
    setting = Setting(
        config=config,
        method=method,
        stages=tuple(_stages(method, config.epochs)),
        sizes=network_sizes,
        prepared=prepared,
        team=team,
        folder=folder,
        stop=stop,
        front=front,
        tells=tells and team.leads,
    )
    cache = features
    if cache is None and folder is not None:
        cache = folder / FEATURES
    inputs = yield from _until(stop, _inputs(setting, network, cache))
    training_device.give_back(config.device)
    learn, check = inputs["train"], inputs["validation"]
    compared: References | None = None
    if found is None:
        start_head(network, learn, config)
        if setting.tells:
            compared = training_watch.references(network, learn, check, prepared)
    state = State(network, Chance.seeded(config.seed, config.device))
    if found is not None:
        _take_up(setting, state, found)
    yield _started(setting, resumed=state.epoch)
    if compared is not None:
        yield compared
    yield from train_epochs(setting, state, learn, check)
    network.load_state_dict(state.best_state)
    logits, rate = {}, 0.0
    if "test" in inputs:
        if front is not None and setting.stages[-1][0].second:
            yield from look_again(front, network, inputs["test"])
        begun = time.perf_counter()
        logits = {name: logits_of(network, one) for name, one in inputs.items()}
        rate = len(prepared.data) / (time.perf_counter() - begun)
    if front is not None:
        training_fronts.give_back(network, front)
    return TrainingRun(
        config,
        tuple(state.reports),
        state.best_epoch,
        network.cpu().eval(),
        prepared.data,
        prepared.split,
        logits,
        rate,
    )


def _inputs(
    setting: Setting, network: nn.Module, cache: Path | None
) -> Generator[Progress, None, dict[str, Inputs]]:
    """Return what the network is fed with, by name of the part."""
    config, prepared = setting.config, setting.prepared
    held = {
        "train": (prepared.pictures, prepared.split.train),
        "validation": (prepared.check_pictures, prepared.split.validation),
    }
    if prepared.test_pictures is not None:
        held["test"] = (prepared.test_pictures, prepared.split.test)
    pictures = {name: training_data.Pictures(held[name][0], config) for name in held}
    if setting.front is None:
        return dict(pictures)
    parts = [
        Part(
            pictures[name],
            [prepared.digests[row] for row in rows],
            max(1, config.views) if name == "train" else 1,
        )
        for name, (_, rows) in held.items()
    ]
    fronts = yield from training_fronts.compute(
        network, setting.front, parts, config, cache=cache
    )
    return dict(zip(held, fronts, strict=True))


def _take_up(setting: Setting, state: State, found: checkpoints.Checkpoint) -> None:
    """Become what a checkpoint holds."""
    try:
        begin_learning(setting, state, found.values["state"]["stage"])
        state.unpack(found.tensors, found.values["state"])
    except (LookupError, RuntimeError, TypeError, ValueError) as error:
        message = f"The checkpoint {found.path.name} does not fit this network."
        hint = "Go on with the version of MedHash that wrote it, or start a new run."
        raise CheckpointError(message, hint=hint) from error
    state.best_state = found.best


def _started(setting: Setting, *, resumed: int) -> Started:
    prepared, config = setting.prepared, setting.config
    parts = {
        name: prepared.data.take(getattr(prepared.split, name))
        for name in datasets.PARTS
    }
    counts = [part.multi_hot().sum(axis=0).astype(int) for part in parts.values()]
    return Started(
        method=config.method,
        bits=config.bits,
        precision=config.precision,
        device=config.device,
        classes={
            name: (int(counts[0][n]), int(counts[1][n]), int(counts[2][n]))
            for n, name in enumerate(prepared.data.classes)
        },
        parts={name: len(part) for name, part in parts.items()},
        groups={name: len(set(part.groups())) for name, part in parts.items()},
        epochs=config.epochs,
        stages={stage.name: epochs for stage, epochs in setting.stages},
        leaks=training_checks.leaking_patients(prepared.data, prepared.split) > 0,
        resumed=resumed,
        processes=setting.team.size,
    )


def _stages(method: Method, epochs: int) -> list[tuple[Stage, int]]:
    """Divide the epochs among the stages: one each at least, the rest by share."""
    ends = np.cumsum([stage.share for stage in method.stages])
    ends = np.round(ends / ends[-1] * epochs).astype(int)
    counts = np.diff(ends, prepend=0)
    while counts.min() < 1:
        counts[counts.argmax()] -= 1
        counts[counts.argmin()] += 1
    return list(zip(method.stages, counts.tolist(), strict=True))


def _until(
    stop: Callable[[], bool], steps: Generator[Event, None, _Result]
) -> Generator[Event, None, _Result]:
    """Pass on what a step before training says, and stop it when asked."""
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            result: _Result = end.value
            return result
        yield event
        if stop():
            steps.close()
            raise Stopped(None)
