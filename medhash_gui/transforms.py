"""Random changes of training pictures that leave what they show unchanged.

Anatomy decides what is allowed: a chest film keeps its sides (a flip would move the
heart to the right), a fundus photograph may be turned and mirrored. Everything works on
a whole batch at once and takes its chance from one generator, so a run can be repeated.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import torch
from torch.nn import functional

from medhash_gui.errors import SettingsError


@dataclass(frozen=True, slots=True)
class Augment:
    """Random geometry and brightness for a batch; callable.

    Attributes:
        rotation_degrees: turned by at most this much to either side.
        shift: moved by at most this share of the side.
        zoom: magnified by a factor in [1 - zoom, 1 + zoom].
        flip_horizontal, flip_vertical: mirrored in half of the cases.
        brightness: added, at most, of the full range.
        contrast: multiplied by a factor in [1 - contrast, 1 + contrast].
        gamma: raised to a power in [1 / (1 + gamma), 1 + gamma].
    """

    rotation_degrees: float = 0.0
    shift: float = 0.0
    zoom: float = 0.0
    flip_horizontal: bool = False
    flip_vertical: bool = False
    brightness: float = 0.0
    contrast: float = 0.0
    gamma: float = 0.0

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Augment:
        """Return the augmentation whose fields these are."""
        return cls(**values)

    @classmethod
    def named(cls, name: str) -> Augment:
        """Return the changes that suit a kind of picture.

        Args:
            name: "film" (small turns and shifts, never mirrored), "fundus" (any turn,
                mirrored: both eyes and every rotation occur), "none".

        Raises:
            SettingsError: there is no such kind.
        """
        if name not in KINDS:
            message = f"There is no augmentation {name!r}."
            raise SettingsError(message, hint=f"Choose one of: {', '.join(KINDS)}.")
        return KINDS[name]

    def __call__(
        self,
        pictures: torch.Tensor,
        generator: torch.Generator,
        *,
        first: int = 0,
        of: int | None = None,
    ) -> torch.Tensor:
        """Return changed copies.

        Args:
            pictures: (B, 3, S, S) float in [0, 1].
            generator: on the CPU; where chance comes from.
            first: place of the first of them in a batch that is shared out.
            of: size of that batch, whose changes are all drawn; None: B.

        Returns:
            (B, 3, S, S) float in [0, 1]; black where the picture moved away from.
        """
        if self == Augment():
            return pictures
        count = len(pictures) if of is None else of
        mine = slice(first, first + len(pictures))

        def uniform(low: float, high: float) -> torch.Tensor:
            values = torch.rand(count, generator=generator) * (high - low) + low
            return values[mine].to(pictures)

        def signs(*, chosen: bool) -> torch.Tensor:
            return self._signs(count, generator, chosen=chosen)[mine].to(pictures)

        angle = uniform(-1, 1) * math.radians(self.rotation_degrees)
        scale = 1 / (1 + uniform(-1, 1) * self.zoom)
        across = scale * signs(chosen=self.flip_horizontal)
        down = scale * signs(chosen=self.flip_vertical)
        # The grid spans [-1, 1], so a share of the side is twice that in its units.
        x, y = uniform(-2, 2) * self.shift, uniform(-2, 2) * self.shift
        sine, cosine = angle.sin(), angle.cos()
        theta = torch.stack(
            [
                torch.stack([cosine * across, -sine * down, x], dim=1),
                torch.stack([sine * across, cosine * down, y], dim=1),
            ],
            dim=1,
        )  # (B, 2, 3)
        grid = functional.affine_grid(theta, list(pictures.shape), align_corners=False)
        moved = functional.grid_sample(pictures, grid, align_corners=False)
        power = (1 + uniform(0, 1) * self.gamma) ** uniform(-1, 1).sign()
        bright = moved.clamp(1e-6, 1) ** power[:, None, None, None]
        factor = (1 + uniform(-1, 1) * self.contrast)[:, None, None, None]
        offset = (uniform(-1, 1) * self.brightness)[:, None, None, None]
        return ((bright - 0.5) * factor + 0.5 + offset).clamp(0, 1)

    @staticmethod
    def _signs(count: int, generator: torch.Generator, *, chosen: bool) -> torch.Tensor:
        if not chosen:
            return torch.ones(count)
        return torch.randint(0, 2, (count,), generator=generator) * 2.0 - 1.0


KINDS: dict[str, Augment] = {
    "film": Augment(
        rotation_degrees=7,
        shift=0.04,
        zoom=0.08,
        brightness=0.08,
        contrast=0.15,
        gamma=0.2,
    ),
    "fundus": Augment(
        rotation_degrees=180,
        shift=0.03,
        zoom=0.08,
        flip_horizontal=True,
        flip_vertical=True,
        brightness=0.06,
        contrast=0.15,
        gamma=0.15,
    ),
    "none": Augment(),
}
"""Changes by kind of picture, as the packaged models were trained with them."""
