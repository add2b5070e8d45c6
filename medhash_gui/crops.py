"""Two different looks at the same picture, for learning without labels.

Stronger than the changes of training with labels, and still within what anatomy allows:
a chest film is cropped, slightly turned, made brighter or flatter and partly covered,
but never mirrored, since that would move the heart to the right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch.nn import functional

_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Crops:
    """Random crops of a batch; callable.

    Attributes:
        area: least share of the picture's area that a crop shows.
        aspect: a crop is at most this many times as wide as high, or as high as wide.
        rotation_degrees: turned by at most this much to either side.
        flip_horizontal, flip_vertical: mirrored in half of the cases.
        brightness: added, at most, of the full range.
        contrast: multiplied by a factor in [1 - contrast, 1 + contrast].
        gamma: raised to a power in [1 / (1 + gamma), 1 + gamma].
        holes: squares covered with the picture's mean (Cutout).
        hole: their side as a share of the picture's.
    """

    area: float = 0.3
    aspect: float = 4 / 3
    rotation_degrees: float = 10.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    brightness: float = 0.1
    contrast: float = 0.4
    gamma: float = 0.3
    holes: int = 3
    hole: float = 1 / 7

    def __call__(
        self, pictures: torch.Tensor, generator: torch.Generator, *, size: int
    ) -> torch.Tensor:
        """Return one random crop of each picture.

        Args:
            pictures: (B, 3, T, T) float in [0, 1].
            generator: on the CPU; where chance comes from.
            size: side S of the crops, in pixels.

        Returns:
            (B, 3, S, S) float in [0, 1]; black where a turned crop leaves the picture.
        """
        count = len(pictures)

        def uniform(low: float, high: float, *shape: int) -> torch.Tensor:
            values = torch.rand(count, *shape, generator=generator)
            return (values * (high - low) + low).to(pictures)

        area = uniform(self.area, 1)
        ratio = (uniform(-1, 1) * math.log(self.aspect) / 2).exp()
        # Half sides of the crop; the picture spans [-1, 1].
        across = (area.sqrt() * ratio).clamp(max=1)
        down = (area.sqrt() / ratio).clamp(max=1)
        x, y = uniform(-1, 1) * (1 - across), uniform(-1, 1) * (1 - down)
        angle = uniform(-1, 1) * math.radians(self.rotation_degrees)
        sine, cosine = angle.sin(), angle.cos()
        # Drawn in any case, so that a flip changes nothing else of a run.
        mirror_x, mirror_y = uniform(-1, 1).sign(), uniform(-1, 1).sign()
        if self.flip_horizontal:
            across = across * mirror_x
        if self.flip_vertical:
            down = down * mirror_y
        theta = torch.stack(
            [
                torch.stack([cosine * across, -sine * down, x], dim=1),
                torch.stack([sine * across, cosine * down, y], dim=1),
            ],
            dim=1,
        )  # (B, 2, 3)
        shape = [count, pictures.shape[1], size, size]
        grid = functional.affine_grid(theta, shape, align_corners=False)
        seen = functional.grid_sample(pictures, grid, align_corners=False)
        power = (uniform(-1, 1) * math.log1p(self.gamma)).exp()
        bright = seen.clamp(_LEAST, 1) ** power[:, None, None, None]
        factor = (1 + uniform(-1, 1) * self.contrast)[:, None, None, None]
        offset = (uniform(-1, 1) * self.brightness)[:, None, None, None]
        changed = ((bright - 0.5) * factor + 0.5 + offset).clamp(0, 1)
        return self._covered(changed, uniform(0, 1, self.holes, 2))

    def _covered(self, pictures: torch.Tensor, centres: torch.Tensor) -> torch.Tensor:
        """Cover squares around (B, holes, 2) centres, in shares of the side."""
        size = pictures.shape[-1]
        place = (torch.arange(size, device=pictures.device) + 0.5) / size
        near = (place - centres[..., None]).abs() < self.hole / 2  # (B, holes, 2, S)
        inside = near[:, :, 0, :, None] & near[:, :, 1, None, :]  # (B, holes, S, S)
        mean = pictures.mean(dim=(2, 3), keepdim=True)
        return torch.where(inside.any(dim=1, keepdim=True), mean, pictures)


KINDS: dict[str, Crops] = {
    "film": Crops(),
    "fundus": Crops(rotation_degrees=180, flip_horizontal=True, flip_vertical=True),
}
"""Crops by kind of picture: of a fundus any turn occurs, and both eyes do."""
