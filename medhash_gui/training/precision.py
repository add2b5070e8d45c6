"""How precisely a network computes in training, and on which machine that helps.

float32 is the reference. bfloat16 has the range of float32 and needs nothing else;
float16 has not, so its loss is scaled up before the gradient is taken. Weights stay
float32 in all of them, and so do loss, validation and use.
"""

from __future__ import annotations

import torch

from medhash_gui.errors import DeviceError
from medhash_gui.training.config import Precision

_TYPES = {"bfloat16": torch.bfloat16, "float16": torch.float16}


def best(device: str) -> Precision:
    """Return bfloat16 where the device computes with it, else float32."""
    return "bfloat16" if has_bfloat16(device) else "float32"


def has_bfloat16(device: str) -> bool:
    """Return whether a device has instructions for bfloat16 (others emulate it)."""
    if device.startswith("cuda"):
        return torch.cuda.is_available() and torch.cuda.is_bf16_supported(
            including_emulation=False
        )
    if device != "cpu":
        return False
    if not torch.backends.mkldnn.is_available():  # type: ignore[no-untyped-call]
        return False
    supported: bool = torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return supported


def check(precision: Precision, device: str) -> None:
    """Refuse a precision that the device does not have.

    Raises:
        DeviceError: it names both, and the way out.
    """
    hint = "Train with --precision float32."
    if precision == "float16" and not device.startswith("cuda"):
        message = f"float16 is for CUDA devices; this run is on {device}."
        raise DeviceError(message, hint=hint)
    if precision == "bfloat16" and not has_bfloat16(device):
        message = f"The device {device} of this computer does not compute in bfloat16."
        raise DeviceError(message, hint=hint)


def autocast(precision: Precision, device: str) -> torch.autocast:
    """Return the context in which a forward pass has a precision."""
    kind = torch.device(device).type
    if precision == "float32":
        return torch.autocast(kind, enabled=False)
    return torch.autocast(kind, dtype=_TYPES[precision])


def scaler(precision: Precision, device: str) -> torch.amp.GradScaler:
    """Return what scales the loss; it does nothing but for float16."""
    kind = torch.device(device).type
    return torch.amp.GradScaler(kind, enabled=precision == "float16")
