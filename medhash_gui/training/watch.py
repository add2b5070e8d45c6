"""What whoever watches a run is shown beside its numbers, all of the validation part.

The levels that its curve is to be compared with, before the first step; and after each
epoch what a few fixed pictures find, so that one sees the network learn.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from torch import nn

from medhash_gui import evaluation
from medhash_gui.datasets import LabelledImages
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import controls
from medhash_gui.training import checks as training_checks
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.data import Inputs, Prepared
from medhash_gui.training.events import Neighbours, References
from medhash_gui.training.network import pooled_of, within

QUERIES = 4
HITS = 10


def references(
    network: nn.Module, learn: Inputs, check: Inputs, prepared: Prepared
) -> References:
    """Return what chance and untrained features find within the validation part.

    Args:
        network: as it starts.
        learn: what it is fed with, of the training part.
        check: the same of the validation part.
        prepared: the same two parts.
    """
    features = {
        "train": pooled_of(network, learn).numpy(),
        "validation": pooled_of(network, check).numpy(),
    }
    seen = within(evaluation.unit_length(features["validation"]), prepared.check)
    values = {"features": round(seen.value, 4)}
    try:
        fitted = controls.fit(
            "class-probability",
            features["train"],
            prepared.learn.multi_hot(),
            bits=1,
        )
    except SettingsError:
        pass  # too few pictures for it; the others still stand
    else:
        codes = fitted.encode(features["validation"])
        values["class-probability"] = round(within(codes, prepared.check).value, 4)
    return References(round(seen.chance, 4), values)


def neighbours(
    epoch: int,
    logits: npt.NDArray[np.float32],
    check: LabelledImages,
    config: TrainingConfig,
) -> Neighbours:
    """Return what the fixed pictures find after an epoch.

    Args:
        epoch: that has ended.
        logits: (N, K) float32, of the validation part.
        check: the part.
        config: of the run.
    """
    signs = evaluation.signs(logits)
    paths = training_checks.relative_paths(check, config)
    groups = np.array(check.groups())
    told = []
    for row in chosen(check):
        distances = ((signs.shape[1] - signs @ signs[row]) / 2).round().astype(int)
        # Ties are ordered by the real values, as in use.
        soft = np.abs(np.tanh(logits) - np.tanh(logits[row])).sum(axis=1)
        order = [
            other
            for other in np.lexsort((soft, distances)).tolist()
            if groups[other] != groups[row]
        ]
        hits = [
            {**_of(check, paths, other), "distance": int(distances[other])}
            for other in order[:HITS]
        ]
        told.append({**_of(check, paths, row), "hits": hits})
    return Neighbours(epoch, tuple(told))


def chosen(check: LabelledImages) -> list[int]:
    """Return the rows of the fixed pictures: of different labels, as far as may be."""
    counts = check.multi_hot().sum(axis=0)
    names = [check.classes[column] for column in np.argsort(-counts, kind="stable")]
    rows: list[int] = []
    for name in names:
        row = next(
            (
                n
                for n, item in enumerate(check.items)
                if name in item.labels and n not in rows
            ),
            None,
        )
        if row is not None:
            rows.append(row)
    rest = (n for n in range(len(check)) if n not in rows)
    return [*rows, *rest][:QUERIES]


def _of(check: LabelledImages, paths: list[str], row: int) -> dict[str, Any]:
    source, _, file = paths[row].partition("/")
    return {"source": source, "file": file, "labels": list(check.items[row].labels)}
