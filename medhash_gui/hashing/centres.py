"""Target codes of classes: far apart, and with bits that tell the classes apart.

For K a power of two and at most 2K classes, rows of a Hadamard matrix and of its
negative, any two of which differ in K / 2 or K bits. The first rows of Sylvester's
matrix would give few distinct bits (16 for 16 rows, whatever K), so the rows are chosen
at random until as many bits as possible are distinct and none is the same for all
classes. For any other K the best of many random sets.
"""

from __future__ import annotations

import torch

from medhash_gui.errors import SettingsError

_DRAWS = 200


def codewords(classes: int, bits: int, *, seed: int = 0) -> torch.Tensor:
    """Return the target code of each class, (C, K) float of +-1.

    Args:
        classes: C, at least 1.
        bits: K.
        seed: of the choice; the same seed gives the same codes on any machine.

    Raises:
        SettingsError: there are no classes to have targets.
    """
    if classes < 1:
        message = "This method needs labels: it aims at one code for each class."
        raise SettingsError(message, hint="Add labels, or choose another method.")
    generator = torch.Generator().manual_seed(seed)
    hadamard = bits & (bits - 1) == 0 and classes <= 2 * bits
    rows = _hadamard(bits) if hadamard else None
    best, best_score = torch.empty(0), (-1, -1, -1)
    for _ in range(_DRAWS):
        if rows is None:
            draw = torch.randint(0, 2, (classes, bits), generator=generator) * 2.0 - 1
        else:
            draw = rows[torch.randperm(len(rows), generator=generator)[:classes]]
        score = (least_distance(draw), *_telling(draw))
        if score > best_score:
            best, best_score = draw, score
    return best


def least_distance(codes: torch.Tensor) -> int:
    """Return the smallest number of bits in which two codes differ; K for one code.

    Args:
        codes: (C, K) float of +-1.
    """
    classes, bits = codes.shape
    distance = (bits - codes @ codes.T) / 2
    distance += torch.eye(classes) * bits
    return int(distance.min())


def _telling(codes: torch.Tensor) -> tuple[int, int]:
    """Return the numbers of bits that are not constant, and of distinct ones."""
    varying = codes[:, (codes != codes[0]).any(dim=0)]
    return varying.shape[1], len(torch.unique(varying.T, dim=0))


def _hadamard(bits: int) -> torch.Tensor:
    """Return the rows of Sylvester's matrix and of its negative, (2 K, K)."""
    rows = torch.ones(1, 1)
    while len(rows) < bits:
        rows = torch.cat([torch.cat([rows, rows], 1), torch.cat([rows, -rows], 1)])
    return torch.cat([rows, -rows])
