"""Codes by torch, for indexing many pictures where torch sees an accelerator.

The network is rebuilt from the bundle's card and safetensors weights, so no code of
the bundle's maker runs. The reference codes are those of the graph in ONNX Runtime;
these differ in bits whose logits are nearly zero, at most ``export.MAX_FLIPPED_BITS``
of them. A number format of fewer bits is used only where the card allows it.

A graphics card is given two batches at once, each from a thread with a stream of its
own and from pinned memory, so that one is copied while the other is computed; and so
many pictures that they take half of its free memory at most.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from safetensors.torch import load_file

from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.catalogue import WEIGHTS
from medhash_gui.codes import HashCodes
from medhash_gui.errors import BundleError, DeviceError, SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess

_FEWEST, _MOST = 16, 256


class TorchEncoder:
    """An ``Encoder`` that runs a bundle's network in torch.

    Args:
        folder: of the bundle; its files are checked against its card.
        device: torch's name: "cuda", "cuda:1" (beyond the last one it begins anew),
            "mps", "cpu".

    Attributes:
        device: the device in use, and the number format where it is not float32.
        precision: the number format of the network.
        route: engine, precision and kind of device, which are kept with the codes.
        lanes: how many batches it can work on at once.
        batch: how many pictures of a batch suit the device.

    Raises:
        BundleError: the bundle cannot be opened, or its network cannot be rebuilt.
        DeviceError: torch does not see the device.
    """

    def __init__(self, folder: Path, device: str = "cuda") -> None:
        kind, _, number = device.partition(":")
        if not is_available(kind):
            message = f"torch sees no device {device!r} on this computer."
            hint = (
                "Use the processor (--device cpu), or install a torch for the device."
            )
            raise DeviceError(message, hint=hint)
        if number:
            device = f"{kind}:{int(number) % max(1, device_count(kind))}"
        self._folder = folder
        self._kind, self._place = kind, torch.device(device)
        # Opening it checks every hash, and the graph against the card.
        self._card = ModelBundle.open(folder, threads=1).card
        self.precision = _precision(self._card, kind)
        self.route = f"torch, {self.precision}, {kind}"
        short = self.precision != "float32"
        self.device = f"{device}, {self.precision}" if short else device
        self.lanes = 1 if kind == "cpu" else 2
        self._streams = threading.local()
        # TensorFloat-32 keeps 10 bits of the fraction: enough to flip codes. For good,
        # because one thread's end of a "with" would switch it on under another.
        torch.backends.cudnn.allow_tf32 = False
        self._network = _rebuilt(self._card, folder).to(self._place)
        self.batch = self._suitable_batch()

    @property
    def model_id(self) -> str:
        """Identity of the codes, the same as the bundle's."""
        return self._card.model_id

    @property
    def bits(self) -> int:
        """K, the length of the code."""
        return self._card.bits

    @property
    def preprocess(self) -> Preprocess:
        """How pixels become the input of ``encode``."""
        return self._card.preprocess

    def encode(self, inputs: npt.NDArray[np.float32]) -> HashCodes:
        """Return the codes of a batch.

        Args:
            inputs: float32 (B, 3, S, S), made by ``preprocess``.

        Raises:
            MemoryError: the batch does not fit into the device's memory.
            DeviceError: the device has failed.
        """
        try:
            logits = self._logits(torch.from_numpy(inputs))
        except torch.OutOfMemoryError as error:
            if self._kind == "cuda":
                torch.cuda.empty_cache()
            message = f"{len(inputs)} pictures do not fit into the memory of the device"
            raise MemoryError(message) from error
        except RuntimeError as error:
            if self._kind == "cpu":
                raise
            reason = str(error).partition("\n")[0]
            message = f"The device {self.device} has failed: {reason}"
            raise DeviceError(message, hint="Use --device cpu.") from error
        return HashCodes.from_logits(logits)

    def new_batch(self, count: int) -> npt.NDArray[np.float32]:
        """Return memory for a batch, float32 (count, 3, S, S): pinned, for CUDA."""
        shape = (count, 3, self.preprocess.size, self.preprocess.size)
        if self._kind == "cuda":
            # There may be too little that can be pinned.
            with contextlib.suppress(RuntimeError):
                pinned: npt.NDArray[np.float32]
                pinned = torch.empty(shape, pin_memory=True).numpy()
                return pinned
        return np.empty(shape, np.float32)

    def on_processor(self) -> ModelBundle:
        """Return the same model on the processor."""
        return ModelBundle.open(self._folder, threads=1)

    def _logits(self, inputs: torch.Tensor) -> npt.NDArray[np.float32]:
        with torch.inference_mode(), self._stream(), self._autocast():
            images = inputs.to(self._place, non_blocking=True)  # (B, 3, S, S)
            logits = self._network(images).logits  # (B, K)
        # Waits for the stream.
        values: npt.NDArray[np.float32] = logits.float().cpu().numpy()
        return values

    def _autocast(self) -> contextlib.AbstractContextManager[object]:
        if self.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self._kind, getattr(torch, self.precision))

    @contextlib.contextmanager
    def _stream(self) -> Iterator[None]:
        """Let a thread have a stream of its own, so that copies overlap with work."""
        if self._kind != "cuda":
            yield
            return
        if not hasattr(self._streams, "mine"):
            self._streams.mine = torch.cuda.Stream(self._place)  # type: ignore[no-untyped-call]
        with torch.cuda.stream(self._streams.mine):
            yield
            self._streams.mine.synchronize()

    def _suitable_batch(self) -> int:
        if self._kind != "cuda":
            return _FEWEST
        trial = torch.zeros(_FEWEST, 3, *(self.preprocess.size,) * 2)
        try:
            torch.cuda.reset_peak_memory_stats(self._place)
            before = torch.cuda.memory_allocated(self._place)
            self._logits(trial)
            taken = torch.cuda.max_memory_allocated(self._place) - before
            free, _ = torch.cuda.mem_get_info(self._place)
        except RuntimeError:
            return _FEWEST  # the first batch will say what is the matter
        return batch_for(free // self.lanes, taken / _FEWEST)


def batch_for(free_bytes: int, picture_bytes: float) -> int:
    """Return how many pictures suit so much free memory: a power of two.

    Args:
        free_bytes: memory of the device that a batch may count on; half of it is used.
        picture_bytes: what one picture takes on its way through the network.
    """
    most = free_bytes / 2 / max(picture_bytes, 1.0)
    batch = _FEWEST
    while batch * 2 <= min(most, _MOST):
        batch *= 2
    return batch


def device_count(kind: str) -> int:
    """Return how many devices of a kind torch sees."""
    return torch.cuda.device_count() if kind == "cuda" else 1


def is_available(device: str) -> bool:
    """Return whether torch can use a device: "cpu", "cuda" or "mps"."""
    if device == "cuda":
        return torch.cuda.is_available()
    if device == "mps":
        return torch.backends.mps.is_available()
    return device == "cpu"


def _precision(card: ModelCard, kind: str) -> str:
    """Return the first of the card's number formats that the device computes with."""
    for name in card.precisions:
        if name == "bfloat16" and (
            kind == "cpu" or (kind == "cuda" and torch.cuda.is_bf16_supported())
        ):
            return name
        if name == "float16" and kind == "cuda":
            return name
    return "float32"


def _rebuilt(card: ModelCard, folder: Path) -> torch.nn.Module:
    hint = "Index with the processor (--device cpu), which needs the graph only."
    if card.method not in METHODS:
        message = f"This version of MedHash does not know the method {card.method!r}."
        raise BundleError(message, hint=hint)
    method = METHODS[card.method]
    state = {
        name: tensor
        for name, tensor in load_file(folder / WEIGHTS).items()
        if not name.startswith("familiarity.")
    }
    try:
        options = method.options(card.training.get("options", {}))
        sizes = Sizes(card.bits, len(card.classes), images=0)
        network = method.network(sizes, options)
        # Numbers are float16 in the file; copying makes them float32 again.
        network.load_state_dict(state)
    except (RuntimeError, SettingsError) as error:
        message = f"The network of {card.name} cannot be rebuilt from its weights."
        raise BundleError(message, hint=hint) from error
    return network.eval()
