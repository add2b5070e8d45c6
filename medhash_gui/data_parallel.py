"""Several processes that train one network together, each on its share of a batch.

``torchrun`` starts them and says in the environment who is who. Outputs are gathered
before the loss, so that every process compares all pictures of the batch with each
other, as one process would: pairs and triplets do not depend on the number of
processes. Gradients are averaged by torch's ``DistributedDataParallel``.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import distributed, nn
from torch.distributed.nn import functional
from torch.nn.parallel import DistributedDataParallel

from medhash_gui.hashing.method import HashOutput

_PATIENCE = timedelta(hours=2)  # the first process measures while others wait

Forward = Callable[[torch.Tensor], HashOutput]


@dataclass(frozen=True, slots=True)
class Team:
    """Which process of how many this is.

    Attributes:
        rank: from 0; size: number of processes.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Return whether this process writes files and speaks."""
        return self.rank == 0

    def share(self, count: int) -> slice:
        """Return this process's share of ``count`` pictures, which size divides."""
        each = count // self.size
        return slice(self.rank * each, (self.rank + 1) * each)

    def agree(self, *, wish: bool) -> bool:
        """Return whether any process wishes something; all get the same answer."""
        if self.size == 1:
            return wish
        flag = torch.tensor(float(wish), device=_device())
        distributed.all_reduce(flag, distributed.ReduceOp.MAX)
        return bool(flag.item())

    def gather(self, output: HashOutput) -> HashOutput:
        """Return the outputs of all processes for one batch, in order of their shares.

        Feature maps and attention maps stay this process's own.
        """
        if self.size == 1:
            return output
        classes = output.class_logits
        return HashOutput(
            _all(output.logits),
            output.features,
            None if classes is None else _all(classes),
            output.attention,
            tuple(_all(logits) for logits in output.branch_logits),
        )

    def equalise(self, network: nn.Module) -> None:
        """Give all processes the running statistics of the first."""
        if self.size > 1:
            for buffer in network.buffers():
                distributed.broadcast(buffer, 0)

    def wrap(self, network: nn.Module, part: str | None) -> Forward:
        """Return the forward pass of a network or of one of its parts.

        With several processes, its gradients are averaged over them: each process has
        the gradient of the whole batch's loss through its own share times ``size``, as
        gathering adds up, and their mean is that of one process.
        """
        if self.size == 1:
            forward: Forward = network if part is None else getattr(network, part)
            return forward
        wrapped: Forward = DistributedDataParallel(_Part(network, part))
        return wrapped


class _Part(nn.Module):
    """A network seen through one of its methods, which is what can be wrapped."""

    def __init__(self, network: nn.Module, part: str | None) -> None:
        super().__init__()
        self.network = network
        self.part = part

    def forward(self, *inputs: torch.Tensor) -> HashOutput:
        of = self.network if self.part is None else getattr(self.network, self.part)
        output: HashOutput = of(*inputs)
        return output


@contextlib.contextmanager
def joined(device: str) -> Iterator[tuple[Team, str]]:
    """Join the processes that ``torchrun`` started, if it did.

    Args:
        device: torch's name; "cuda" becomes this process's own.

    Yields:
        The team, and the device of this process.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield Team(), device
        return
    on_gpu = device.startswith("cuda")
    if on_gpu:
        device = f"cuda:{os.environ.get('LOCAL_RANK', '0')}"
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if on_gpu else "gloo", timeout=_PATIENCE)
    try:
        yield Team(distributed.get_rank(), distributed.get_world_size()), device
    finally:
        distributed.destroy_process_group()


def current() -> Team:
    """Return the team that this process has joined; alone: of one."""
    if distributed.is_available() and distributed.is_initialized():
        return Team(distributed.get_rank(), distributed.get_world_size())
    return Team()


def _all(x: torch.Tensor) -> torch.Tensor:
    gathered = functional.all_gather(x)  # type: ignore[no-untyped-call]
    return torch.cat(list(gathered))


def _device() -> torch.device:
    if distributed.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")
