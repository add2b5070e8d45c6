"""Everything that changes while a network is trained, so that it can be put down.

``State.pack`` gives tensors and JSON values; ``State.unpack`` puts them into a state of
the same configuration, which then goes on with the very same numbers: weights,
optimiser, schedule, loss, scale of the gradient, place in the epoch, and every source
of chance.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from medhash_gui.training.config import EpochReport

Tensors = dict[str, torch.Tensor]


@dataclass
class Chance:
    """Where a run's chance comes from; nobody else's is touched.

    Attributes:
        batches: draws batches.
        changes: draws changes of pictures.
        torch_state: of torch's global generator, which networks and losses draw from;
            it is in place within ``used`` only.
        cuda_state: of the device's generator, likewise; None without CUDA.
        device: torch's name.
    """

    batches: np.random.Generator
    changes: torch.Generator
    torch_state: torch.Tensor
    cuda_state: torch.Tensor | None
    device: str

    @classmethod
    def seeded(cls, seed: int, device: str) -> Chance:
        """Return the chance that a run begins with."""
        on_cuda = device.startswith("cuda")
        generator = torch.Generator(device).manual_seed(seed) if on_cuda else None
        return cls(
            np.random.default_rng(seed),
            torch.Generator().manual_seed(seed),
            torch.Generator().manual_seed(seed + 1).get_state(),
            None if generator is None else generator.get_state(),
            device,
        )

    @contextlib.contextmanager
    def used(self) -> Iterator[None]:
        """Put torch's global generators into the run's state for a while."""
        devices = [] if self.cuda_state is None else [torch.device(self.device)]
        with torch.random.fork_rng(devices=devices):
            torch.set_rng_state(self.torch_state)
            if self.cuda_state is not None:
                torch.cuda.set_rng_state(self.cuda_state, self.device)
            yield
            self.torch_state = torch.get_rng_state()
            if self.cuda_state is not None:
                self.cuda_state = torch.cuda.get_rng_state(self.device)


@dataclass
class Learning:
    """What belongs to one stage: it is made anew when the next begins.

    Attributes:
        stage: number of the stage, from 0.
        loss, optimiser, schedule, scaler: of the stage.
        first: size of the first value of each term, to tell when one explodes.
    """

    stage: int
    loss: nn.Module
    optimiser: torch.optim.Optimizer
    schedule: torch.optim.lr_scheduler.LRScheduler
    scaler: torch.amp.GradScaler
    first: dict[str, float] = field(default_factory=dict)


@dataclass
class State:
    """A run between two steps.

    Attributes:
        network: as it is now.
        chance: where chance comes from.
        learning: of the stage under way; None before the first.
        epoch: epochs done; batch: batches done of the next one.
        sums: of each term over those batches; seconds: that they took.
        reports: of the epochs done.
        best: score of the best epoch so far; None: none has one yet.
        best_epoch: which it was.
        best_state: its network.
    """

    network: nn.Module
    chance: Chance
    learning: Learning | None = None
    epoch: int = 0
    batch: int = 0
    sums: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    reports: list[EpochReport] = field(default_factory=list)
    best: float | None = None
    best_epoch: int = 0
    best_state: Tensors = field(default_factory=dict)

    def keep_as_best(self, score: float) -> None:
        """Remember the network as it is now."""
        self.best, self.best_epoch = score, self.epoch
        self.best_state = {
            name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in self.network.state_dict().items()
        }

    def pack(self) -> tuple[Tensors, dict[str, Any]]:
        """Return the tensors and the JSON values of this state, without the best."""
        learning = self.learning
        assert learning is not None
        tensors = {"chance.torch": self.chance.torch_state}
        tensors["chance.changes"] = self.chance.changes.get_state()
        if self.chance.cuda_state is not None:
            tensors["chance.cuda"] = self.chance.cuda_state
        for part, module in (("network", self.network), ("loss", learning.loss)):
            for name, tensor in module.state_dict().items():
                tensors[f"{part}.{name}"] = tensor
        optimiser = learning.optimiser.state_dict()
        for number, values in optimiser["state"].items():
            for name, tensor in values.items():
                tensors[f"optimiser.{number}.{name}"] = tensor
        schedule = learning.schedule.state_dict()
        schedule.pop("lr_lambdas", None)  # functions; the configuration makes them
        values = {
            "stage": learning.stage,
            "first": learning.first,
            "groups": optimiser["param_groups"],
            "schedule": schedule,
            "scaler": learning.scaler.state_dict(),
            "batches": self.chance.batches.bit_generator.state,
            "epoch": self.epoch,
            "batch": self.batch,
            "sums": self.sums,
            "seconds": self.seconds,
            "reports": [dataclasses.asdict(report) for report in self.reports],
            "best": self.best,
            "best_epoch": self.best_epoch,
        }
        copies = {
            name: tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
            for name, tensor in tensors.items()
        }
        return copies, values

    def unpack(self, tensors: Tensors, values: Mapping[str, Any]) -> None:
        """Become what was packed; ``learning`` must be of the packed stage.

        Raises:
            KeyError, RuntimeError, TypeError, ValueError: it is of another run.
        """
        learning = self.learning
        assert learning is not None
        self.network.load_state_dict(_part(tensors, "network."))
        learning.loss.load_state_dict(_part(tensors, "loss."))
        _restore(learning.optimiser, _part(tensors, "optimiser."), values["groups"])
        learning.schedule.load_state_dict({**values["schedule"], "lr_lambdas": [None]})
        learning.scaler.load_state_dict(values["scaler"])
        learning.first = dict(values["first"])
        self.chance.batches.bit_generator.state = values["batches"]
        self.chance.changes.set_state(tensors["chance.changes"])
        self.chance.torch_state = tensors["chance.torch"]
        if self.chance.cuda_state is not None and "chance.cuda" in tensors:
            self.chance.cuda_state = tensors["chance.cuda"]
        self.epoch, self.batch = values["epoch"], values["batch"]
        self.sums, self.seconds = dict(values["sums"]), values["seconds"]
        self.reports = [EpochReport(**report) for report in values["reports"]]
        self.best, self.best_epoch = values["best"], values["best_epoch"]


def _restore(
    optimiser: torch.optim.Optimizer, tensors: Tensors, groups: list[dict[str, Any]]
) -> None:
    state: dict[int, dict[str, torch.Tensor]] = {}
    for key, tensor in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = tensor
    groups = [{**group, "betas": tuple(group["betas"])} for group in groups]
    optimiser.load_state_dict({"state": state, "param_groups": groups})
    # As the optimiser itself lays them out: another layout in memory is another order
    # of operations, and the last bit of a sum may differ.
    for parameter, values in optimiser.state.items():
        for name, tensor in values.items():
            if tensor.shape == parameter.shape:
                values[name] = torch.empty_like(parameter).copy_(tensor)


def _part(tensors: Tensors, prefix: str) -> Tensors:
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
