"""What the frozen first blocks of a trunk make of each picture, computed once.

Blocks that do not learn give the same features in every epoch. ``Fronts`` computes them
once, of each picture as it is and of some changed views of it, and feeds what learns
with those. ``take`` takes the frozen blocks out of a network for as long as it trains,
``give_back`` puts them back.

A network with a second look (``second`` makes its picture) has second features, too,
computed when the stage that needs them begins: from then on what decides where to look
is frozen (``looking``), or the features would be those of other pictures.
"""

from __future__ import annotations

import copy
import dataclasses
import hashlib
import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors
import torch
from safetensors.torch import save
from torch import nn

from medhash_gui.hashing import METHODS, backbone
from medhash_gui.library import durable
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.data import Pictures
from medhash_gui.training.events import Progress

_EVERY_S = 0.5
_AT_ONCE = 64

Digests = Sequence[bytes]


@dataclass(frozen=True)
class Part:
    """Pictures whose features are wanted.

    Attributes:
        pictures: in memory.
        digests: of the content of the file of each.
        views: how many views of each, the first one unchanged.
    """

    pictures: Pictures
    digests: Digests
    views: int


def is_cached(config: TrainingConfig) -> bool:
    """Return whether the frozen blocks are computed once."""
    return config.frozen or config.views > 0


def take(network: nn.Module, config: TrainingConfig) -> nn.Sequential:
    """Take the frozen first blocks out of a network's trunks and return them.

    Their places are held by blocks that change nothing, so all others keep their
    names. Blocks behind an attention stay. Nothing is taken, and an empty sequence
    returned, where the network has no trunk or none of its blocks is frozen.
    """
    if getattr(network, "trunk", None) is None:
        return nn.Sequential()
    trunk = _trunk(network)
    count = len(trunk)
    if config.frozen and getattr(network, "pools", False):
        # Taken whole, it gives what it gives: the maps of several blocks, it may be.
        front = copy.copy(trunk)
        front._modules = dict(trunk._modules)
    else:
        if not config.frozen:
            options = METHODS[config.method].options(config.options)
            count = options["frozen_blocks"]
            if count is None:
                count = backbone.BACKBONES[options["backbone"]].frozen
        count = min(count, getattr(network, "plain_blocks", len(trunk)))
        front = nn.Sequential(*(trunk[n] for n in range(count)))
    for one in _trunks(network):
        for n in range(count):
            one[n] = nn.Identity()
    return front.requires_grad_(requires_grad=False)


def give_back(network: nn.Module, front: nn.Sequential) -> None:
    """Put the blocks that ``take`` took back into every trunk."""
    for number, trunk in enumerate(_trunks(network)):
        own = front if number == 0 else copy.deepcopy(front)
        for n, block in enumerate(own):
            trunk[n] = block


def looking(network: nn.Module) -> list[nn.Parameter]:
    """Return the parameters that decide where the second look goes; [] without one."""
    named = getattr(network, "looking", None)
    return [] if named is None else list(named())


class Fronts:
    """Features of the frozen blocks instead of pictures, to feed what learns.

    Args:
        first: (N, V, D, h, w), the views of each picture.
        part: the pictures themselves, for the second look.
        device: torch's name.
    """

    def __init__(self, first: torch.Tensor, part: Part, device: str) -> None:
        self._first = first
        self._second: torch.Tensor | None = None
        self._part = part
        self._device = device

    @property
    def looked_again(self) -> bool:
        """Whether there are second features."""
        return self._second is not None

    def batch(
        self,
        rows: npt.NDArray[np.int64],
        generator: torch.Generator,
        *,
        mine: slice,
    ) -> tuple[torch.Tensor, ...]:
        """Return features of one view of each picture, (B, D, h, w) float; see class.

        With several views the generator draws them.
        """
        views = self._first.shape[1]
        view = torch.zeros(len(rows), dtype=torch.long)
        if views > 1:
            view = torch.randint(views, (len(rows),), generator=generator)
        at = torch.from_numpy(rows[mine])
        return self._of(at, view[mine])

    def __iter__(self) -> Iterator[tuple[torch.Tensor, ...]]:
        """Give the unchanged view of all pictures in order."""
        for rows in torch.split(torch.arange(len(self._first)), 256):
            yield self._of(rows, torch.zeros_like(rows))

    def look_again(
        self, network: nn.Module, front: nn.Sequential
    ) -> Generator[Progress, None, None]:
        """Compute what the frozen blocks make of the second look at each view.

        Args:
            network: without its front; ``second`` makes the pictures.
            front: what ``take`` took.
        """
        second: Callable[..., torch.Tensor] = network.second  # type: ignore[assignment]
        count, training = len(self._first), network.training
        network.eval()
        views = []
        for number in range(self._first.shape[1]):
            parts = []
            last = time.monotonic()
            for rows in _slices(np.arange(count)):
                names = [self._part.digests[row] for row in rows]
                pictures = self._part.pictures.view(rows, names, number)
                first = self._first[torch.from_numpy(rows), number]
                with torch.inference_mode():
                    seen = second(pictures, first.to(self._device).float())
                    parts.append(front(seen).half().cpu())
                if time.monotonic() - last > _EVERY_S:
                    last = time.monotonic()
                    yield Progress("features", int(rows[-1]) + 1, count)
            views.append(torch.cat(parts).clone())
        self._second = torch.stack(views, dim=1)
        network.train(training)

    def _of(self, rows: torch.Tensor, view: torch.Tensor) -> tuple[torch.Tensor, ...]:
        both = (self._first, self._second)
        return tuple(
            features[rows, view].to(self._device).float()
            for features in both
            if features is not None
        )


def compute(
    network: nn.Module,
    front: nn.Sequential,
    parts: Sequence[Part],
    config: TrainingConfig,
    *,
    cache: Path | None,
) -> Generator[Progress, None, list[Fronts]]:
    """Compute the features of the frozen blocks, or read those of earlier runs.

    Args:
        network: whose front it is. One that ``pools`` needs nothing but their mean
            where the whole trunk is frozen, and that is all that is kept.
        front: what ``take`` took, on the device of the configuration.
        parts: of the set.
        config: its preprocessing and changes are part of the key.
        cache: folder of the features of earlier runs; None: none.
    """
    pooled = getattr(network, "pools", False) and len(front) == len(_trunk(network))
    fronts = []
    for part in parts:
        views = []
        for number in range(part.views):
            key = _key(front, config, number, pooled=pooled)
            file = None if cache is None else cache / f"{key[:24]}.safetensors"
            known = _read(file, key)
            missing = [
                row for row, name in enumerate(part.digests) if name not in known
            ]
            found = yield from _computed(front, part, missing, number, pooled=pooled)
            known |= {
                part.digests[row]: one for row, one in zip(missing, found, strict=True)
            }
            if file is not None and missing:
                _write(file, key, known)
            views.append(torch.stack([known[name] for name in part.digests]))
        fronts.append(Fronts(torch.stack(views, dim=1), part, config.device))
    return fronts


def _computed(
    front: nn.Sequential, part: Part, rows: list[int], number: int, *, pooled: bool
) -> Generator[Progress, None, list[torch.Tensor]]:
    found: list[torch.Tensor] = []
    last = time.monotonic()
    front.eval()
    for some in _slices(np.array(rows, dtype=np.int64)):
        x = part.pictures.view(some, [part.digests[row] for row in some], number)
        with torch.inference_mode():
            y = front(x)  # (B, D, h, w)
            if pooled:
                # A cell of 1 x 1 stands for the map, whose mean is all that is used.
                y = y.mean(dim=(2, 3), keepdim=True)
            y = y.float().cpu() if pooled else y.half().cpu()
        found += list(y.clone(memory_format=torch.contiguous_format))
        if time.monotonic() - last > _EVERY_S:
            last = time.monotonic()
            yield Progress("features", len(found), len(rows))
    return found


def _slices(rows: npt.NDArray[np.int64]) -> Iterator[npt.NDArray[np.int64]]:
    for start in range(0, len(rows), _AT_ONCE):
        yield rows[start : start + _AT_ONCE]


def _trunk(network: nn.Module) -> nn.Sequential:
    trunk = network.get_submodule("trunk")
    assert isinstance(trunk, nn.Sequential)
    return trunk


def _trunks(network: nn.Module) -> list[nn.Sequential]:
    trunks = [_trunk(network)]
    local = getattr(network, "local_trunk", None)
    if isinstance(local, nn.Sequential):
        trunks.append(local)
    return trunks


# --------------------------------------------------------------------------- on disk
def _key(front: nn.Module, config: TrainingConfig, number: int, *, pooled: bool) -> str:
    depths = getattr(front, "depths", ())
    what = {
        "preprocess": config.preprocess.as_json(),
        "view": number,
        "changes": dataclasses.asdict(config.augment) if number else None,
        "pooled": pooled,
        "depths": depths if len(depths) > 1 else None,
    }
    sha = hashlib.sha256(json.dumps(what, sort_keys=True).encode())
    for name, tensor in sorted(front.state_dict().items()):
        sha.update(name.encode())
        sha.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return sha.hexdigest()


def _read(file: Path | None, key: str) -> dict[bytes, torch.Tensor]:
    if file is None or not file.is_file():
        return {}
    try:
        with safetensors.safe_open(file, framework="pt") as opened:
            if (opened.metadata() or {}).get("key") != key:
                return {}
            digests = opened.get_tensor("digests").numpy()
            features = opened.get_tensor("features")
    except (OSError, safetensors.SafetensorError):
        return {}
    return {row.tobytes(): one for row, one in zip(digests, features, strict=True)}


def _write(file: Path, key: str, known: dict[bytes, torch.Tensor]) -> None:
    names = np.frombuffer(b"".join(known), np.uint8).reshape(len(known), -1)
    tensors = {
        "features": torch.stack(list(known.values())),
        "digests": torch.from_numpy(names.copy()),
    }
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        durable.place(file, save(tensors, metadata={"key": key}))
    except OSError:
        # It only saves time; a full disk is met again at the first checkpoint.
        return
