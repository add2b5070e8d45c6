"""A graphics card is shared: the window searches with it, and so do other programs.

Training takes all the memory that it can get and keeps what it has used once. Here it
is held back: a part of the card is never taken, and what a phase has left is given back
before the next. On a processor there is nothing to do; its priority is low
(``run_control``).
"""

from __future__ import annotations

import torch

SHARE = 0.85
"""Most of a card's memory that a run takes."""


def share(device: str) -> None:
    """Leave a part of a device's memory to others for as long as this process lives.

    A run that needs more is out of memory, as on a smaller card.

    Args:
        device: torch's name.
    """
    if _is_card(device):
        # Torch wants to be told which card; None is the usual one.
        torch.cuda.set_per_process_memory_fraction(SHARE, torch.device(device).index)


def give_back(device: str) -> None:
    """Give back the memory that is kept for later and not in use."""
    if _is_card(device):
        torch.cuda.empty_cache()


def _is_card(device: str) -> bool:
    return device.startswith("cuda")
