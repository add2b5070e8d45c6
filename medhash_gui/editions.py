"""Whether this installation trains: with PyTorch it does, the reader edition has none.

Opening, indexing, searching and explaining need no torch, so an installation without it
is whole. What does need it asks here first, and says how to get it. Nothing is loaded
for the answer.
"""

from __future__ import annotations

import importlib.util
import sys

from medhash_gui.errors import MissingExtraError

_PACKAGES = ("torch", "torchvision", "onnx", "onnxscript")


def can_train() -> bool:
    """Return whether the packages that training needs are installed."""
    return all(importlib.util.find_spec(name) is not None for name in _PACKAGES)


def need_training(task: str) -> None:
    """See to it that training is possible here.

    Args:
        task: what is asked for, as the beginning of a sentence: "Training".

    Raises:
        MissingExtraError: this is the reader edition.
    """
    if can_train():
        return
    message = (
        f"{task} needs PyTorch, which this edition of MedHash does not bring; "
        "indexing, searching and explaining work without it."
    )
    raise MissingExtraError(message, hint=how_to_get_training())


def how_to_get_training() -> str:
    """Return how PyTorch comes to an installation of this kind, as a sentence."""
    if getattr(sys, "frozen", False):
        return "Install the full edition of MedHash; libraries and models stay."
    return "Install it: python -m pip install 'medhash[train]'"
