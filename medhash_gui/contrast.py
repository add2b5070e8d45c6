"""The contrast that C2L learns from: mixed pictures, mixed keys, a queue of others.

Letters as in the paper: q and k are what student and teacher make of two views of a
picture, a tilde marks those of mixed pictures. Three faults of the published code are
left out: the queue is written once a step, after the loss; it never holds invented
keys; and a picture is never contrasted with an earlier view of itself.

References:
    Zhou et al., "Comparing to Learn: Surpassing ImageNet Pretraining on Radiographs by
    Comparing Image Representations", MICCAI 2020.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional

Rows = torch.Tensor
"""(B,) int64: which picture of the set each one is."""


class KeyQueue:
    """The latest keys of other pictures, oldest replaced first.

    Args:
        size: Q, most keys held.
        depth: D, numbers of a key.
        device: where they are held.
    """

    def __init__(
        self, size: int, depth: int, device: torch.device | str = "cpu"
    ) -> None:
        self._keys = torch.zeros(size, depth, device=device)
        self._rows = torch.full((size,), -1, dtype=torch.int64, device=device)
        self._written = 0

    def __len__(self) -> int:
        return min(self._written, len(self._keys))

    @property
    def keys(self) -> torch.Tensor:
        """Return the keys that were written so far, (n, D) float, length 1."""
        return self._keys[: len(self)]

    @property
    def rows(self) -> Rows:
        """Return whose keys they are, (n,) int64."""
        return self._rows[: len(self)]

    def write(self, keys: torch.Tensor, rows: Rows) -> None:
        """Take in the keys of a step, after its loss.

        Args:
            keys: (B, D) float, length 1; of more than Q the last ones stay.
            rows: (B,) int64, whose they are.
        """
        size = len(self._keys)
        keys, rows = keys[-size:].detach(), rows[-size:]
        places = (self._written + torch.arange(len(keys))) % size
        places = places.to(self._keys.device)
        self._keys[places] = keys.to(self._keys)
        self._rows[places] = rows.to(self._rows)
        self._written += len(keys)

    def state(self) -> dict[str, torch.Tensor]:
        """Return everything it holds; ``load`` takes it back."""
        written = torch.tensor(self._written)
        return {"keys": self._keys, "rows": self._rows, "written": written}

    def load(self, state: dict[str, torch.Tensor]) -> None:
        """Take back what ``state`` returned."""
        self._keys.copy_(state["keys"])
        self._rows.copy_(state["rows"])
        self._written = int(state["written"])


def mix(x: torch.Tensor, share: float, order: Rows) -> torch.Tensor:
    """Return share · x + (1 - share) · x[order], for pictures and for keys alike.

    Args:
        x: (B, ...) float.
        share: λ, in [0.5, 1].
        order: (B,) int64, the permutation π.
    """
    return share * x + (1 - share) * x[order]


def info_nce(
    query: torch.Tensor,
    key: torch.Tensor,
    others: torch.Tensor,
    *,
    temperature: float,
    own: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return how badly each query tells its key from the others, averaged.

    -log( exp(q·k / τ) / (exp(q·k / τ) + Σ_j exp(q·n_j / τ)) ), the softmax form.

    Args:
        query: (B, D) float, length 1.
        key: (B, D) float, length 1.
        others: (Q, D) float, length 1.
        temperature: τ, above 0.
        own: (B, Q) bool, others that show the query's own picture and do not count.

    Returns:
        () float, 0 or more.
    """
    right = (query * key).sum(dim=1, keepdim=True)  # (B, 1)
    wrong = query @ others.T  # (B, Q)
    if own is not None:
        wrong = wrong.masked_fill(own, -torch.inf)
    logits = torch.cat([right, wrong], dim=1) / temperature  # (B, 1 + Q)
    target = torch.zeros(len(query), dtype=torch.int64, device=query.device)
    return functional.cross_entropy(logits, target)


@dataclass(frozen=True, slots=True, eq=False)
class Views:
    """What student and teacher made of one batch, (B, D) float each, length 1.

    Attributes:
        query, key: of the pictures: q and k.
        mixed_query, mixed_key: of the mixed pictures: q̃ and k̃.
        share, order: how they were mixed: λ and π.
        rows: which pictures these are.
    """

    query: torch.Tensor
    key: torch.Tensor
    mixed_query: torch.Tensor
    mixed_key: torch.Tensor
    share: float
    order: Rows
    rows: Rows


def c2l_terms(
    views: Views, queue: KeyQueue, *, temperature: float
) -> dict[str, torch.Tensor]:
    """Return the three terms of the C2L loss; their sum is the loss.

    L = 1/3 · [NCE(q, k) + NCE(q̃, k̃) + NCE(q̃, k_mix)], where k_mix is the mixture of
    the unmixed pictures' keys, brought to length 1. Deviation: keys in the queue that
    show a query's own picture (for a mixed one: either of the two) are passed over.

    Args:
        views: of one batch.
        queue: keys of steps before this one.
        temperature: τ.
    """
    key, mixed_key = views.key.detach(), views.mixed_key.detach()
    k_mix = functional.normalize(mix(key, views.share, views.order), dim=1)
    same = views.rows[:, None] == queue.rows[None, :]  # (B, Q)
    either = same | same[views.order]
    plain = info_nce(views.query, key, queue.keys, temperature=temperature, own=same)
    mixed, between = (
        info_nce(views.mixed_query, k, queue.keys, temperature=temperature, own=either)
        for k in (mixed_key, k_mix)
    )
    return {"plain": plain / 3, "mixed": mixed / 3, "mixed keys": between / 3}


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, momentum: float) -> None:
    """Move the teacher towards the student: θ_k ← m θ_k + (1 - m) θ_q, in place."""
    for mine, theirs in zip(teacher.parameters(), student.parameters(), strict=True):
        mine.lerp_(theirs, 1 - momentum)


@dataclass(frozen=True, slots=True)
class Health:
    """Whether features tell pictures apart.

    Attributes:
        spread: standard deviation of the features over the pictures, all dimensions
            together, in [0, 1]; 0: every picture has the same features (collapse).
        mean_cosine: between features of different pictures, in [-1, 1].
        alignment: mean squared distance of the two views of a picture, in [0, 4].
        uniformity: log of the mean of exp(-2 d²) over pairs of pictures, 0 or less;
            lower is more even (Wang and Isola, ICML 2020).
        found: share of pictures whose nearest key is that of their own other view.
    """

    spread: float
    mean_cosine: float
    alignment: float
    uniformity: float
    found: float

    @classmethod
    @torch.no_grad()
    def of(cls, query: torch.Tensor, key: torch.Tensor) -> Health:
        """Judge the features of at least two pictures.

        Args:
            query: (N, D) float, length 1, of one view of N different pictures.
            key: (N, D) float, length 1, of the other view.
        """
        query, key = query.double(), key.double()
        count = len(query)
        apart = ~torch.eye(count, dtype=torch.bool, device=query.device)
        cosine = (query @ query.T)[apart]
        nearest = (query @ key.T).argmax(dim=1)
        here = torch.arange(count, device=query.device)
        return cls(
            spread=float(query.var(dim=0, unbiased=False).sum().sqrt()),
            mean_cosine=float(cosine.mean()),
            alignment=float((query - key).square().sum(dim=1).mean()),
            # d² = 2 - 2 cos for features of length 1.
            uniformity=float((-4 * (1 - cosine)).exp().mean().log()),
            found=float((nearest == here).double().mean()),
        )
