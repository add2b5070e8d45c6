"""Codes by torch, for indexing many pictures where torch sees an accelerator.

The network is rebuilt from the bundle's card and safetensors weights, so no code of
the bundle's maker runs. The reference codes are those of the graph in ONNX Runtime;
these differ in bits whose logits are nearly zero, at most ``export.MAX_FLIPPED_BITS``
of them.
"""

from __future__ import annotations

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


class TorchEncoder:
    """An ``Encoder`` that runs a bundle's network in torch.

    Args:
        folder: of the bundle; its files are checked against its card.
        device: torch's name: "cuda", "mps", "cpu".

    Attributes:
        device: as given.

    Raises:
        BundleError: the bundle cannot be opened, or its network cannot be rebuilt.
        DeviceError: torch does not see the device.
    """

    def __init__(self, folder: Path, device: str = "cuda") -> None:
        if not is_available(device):
            message = f"torch sees no device {device!r} on this computer."
            hint = (
                "Use the processor (--device cpu), or install a torch for the device."
            )
            raise DeviceError(message, hint=hint)
        self.device = device
        # Opening it checks every hash, and the graph against the card.
        self._card = ModelBundle.open(folder, threads=1).card
        self._network = _rebuilt(self._card, folder).to(device)

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
        """
        try:
            # TensorFloat-32 keeps 10 bits of the fraction: enough to flip codes.
            with torch.inference_mode(), torch.backends.cudnn.flags(allow_tf32=False):
                images = torch.from_numpy(inputs).to(self.device)
                logits = self._network(images).logits.cpu().numpy()
        except torch.OutOfMemoryError as error:
            message = f"{len(inputs)} pictures do not fit into the memory of the device"
            raise MemoryError(message) from error
        return HashCodes.from_logits(logits)


def is_available(device: str) -> bool:
    """Return whether torch can use a device: "cpu", "cuda" or "mps"."""
    if device == "cuda":
        return torch.cuda.is_available()
    if device == "mps":
        return torch.backends.mps.is_available()
    return device == "cpu"


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
