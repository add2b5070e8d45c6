"""Attention blocks that weigh the channels or the cells of a feature map.

References:
    [1] Hu, Shen, Sun, "Squeeze-and-Excitation Networks", CVPR 2018.
    [2] Woo, Park, Lee, Kweon, "CBAM: Convolutional Block Attention Module", ECCV 2018.
"""

from __future__ import annotations

import torch
from torch import nn

_REDUCTION = 16


class ChannelAttention(nn.Module):
    """A weight a channel: SE [1], or with the maximum beside the mean, CBAM's half [2].

    Args:
        depth: D; the hidden layer has D / 16 units.
        maximum: add the same layers' opinion on the maximum over cells.

    Shape:
        input, output: (B, D, h, w) float.
    """

    def __init__(self, depth: int, *, maximum: bool) -> None:
        super().__init__()
        hidden = max(1, depth // _REDUCTION)
        self.layers = nn.Sequential(
            nn.Linear(depth, hidden), nn.ReLU(), nn.Linear(hidden, depth)
        )
        self.maximum = maximum

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x times the weight of its channels."""
        opinion = self.layers(x.mean(dim=(2, 3)))  # (B, D)
        if self.maximum:
            opinion = opinion + self.layers(x.amax(dim=(2, 3)))
        return x * torch.sigmoid(opinion)[:, :, None, None]


class CellAttention(nn.Module):
    """A weight a cell, the spatial half of CBAM [2]: 7 x 7, without its normalisation.

    Shape:
        input, output: (B, D, h, w) float.
    """

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2, 1, kernel_size=7, padding=3, bias=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return x times the weight of its cells."""
        mean, most = x.mean(dim=1, keepdim=True), x.amax(dim=1, keepdim=True)
        return x * torch.sigmoid(self.conv(torch.cat([mean, most], dim=1)))
