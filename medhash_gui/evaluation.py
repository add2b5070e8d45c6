"""How well codes find pictures with the same labels, beside what chance would find.

Queries are never compared with their own patient. Every value has the chance level of
the same queries against the same database (all pictures tied, exact) and a bootstrap
interval over patients. Ties are counted by expectation, see ``metrics``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medhash_gui import datasets, metrics
from medhash_gui.datasets import LabelledImages
from medhash_gui.engine import Engine
from medhash_gui.errors import DatasetError
from medhash_gui.preprocess import Preprocess

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Coded:
    """Pictures as vectors, with what is needed to judge a hit.

    Attributes:
        vectors: (N, K) float32, codes of +-1 or features of length 1; the larger the
            inner product, the nearer.
        labels: (N, C) float32, 0/1.
        patients: (N,) patient of each picture (or the picture itself, where unknown).
    """

    vectors: Vectors
    labels: npt.NDArray[np.float32]
    patients: Sequence[str]

    def take(self, rows: npt.NDArray[np.int64]) -> Coded:
        """Return some of the pictures."""
        patients = [self.patients[row] for row in rows]
        return Coded(self.vectors[rows], self.labels[rows], patients)


@dataclass(frozen=True, slots=True)
class Measure:
    """One value with its interval and what chance gives; all in [0, 1]."""

    name: str
    value: float
    low: float
    high: float
    chance: float


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What was measured on one pair of query and database sets.

    Attributes:
        measures: MAP@k (both normalisers), P@k, nDCG@k.
        per_class: label -> (MAP@k of the queries with it, its chance level, queries).
        tie_share: mean share of the first k places that are decided by tie order.
        queries, database: number of pictures; patients: of the queries.
        k: length of the list.
    """

    measures: tuple[Measure, ...]
    per_class: dict[str, tuple[float, float, int]]
    tie_share: float
    queries: int
    database: int
    patients: int
    k: int

    def __getitem__(self, name: str) -> Measure:
        return next(measure for measure in self.measures if measure.name == name)

    def as_json(self) -> dict[str, Any]:
        """Return the report as plain JSON values."""
        return asdict(self)


def evaluate(
    query: Coded,
    database: Coded,
    *,
    classes: Sequence[str],
    k: int = 10,
    seed: int = 0,
) -> EvaluationReport:
    """Let every query search the database and score what comes first.

    A picture of the query's own patient never counts, so the two sets may be the same.

    Args:
        query: the pictures that ask.
        database: the pictures that answer.
        classes: names of the label columns.
        k: length of the list.
        seed: of the bootstrap.

    Raises:
        DatasetError: one of the sets is empty.
    """
    if not len(query.labels) or not len(database.labels):
        message = "There is no picture to evaluate on."
        raise DatasetError(message, hint="Choose a split whose test part is not empty.")
    nearness = query.vectors @ database.vectors.T  # (Q, N)
    nothing = np.zeros(len(database.labels), dtype=np.float32)

    def scores(*, chance: bool) -> metrics.QueryScores:
        return metrics.score_queries(
            lambda q: nothing if chance else -nearness[q],
            query.labels,
            database.labels,
            k=k,
            query_patients=query.patients,
            database_patients=database.patients,
        )

    found, by_chance = scores(chance=False), scores(chance=True)
    names = {
        f"MAP@{k}": "average_precision",
        f"MAP@{k} (retrieved)": "average_precision_retrieved",
        f"P@{k}": "precision",
        f"nDCG@{k}": "ndcg",
    }
    measures = []
    for name, attribute in names.items():
        values = getattr(found, attribute)
        low, high = metrics.bootstrap_interval(values, query.patients, seed=seed)
        chance = float(getattr(by_chance, attribute).mean())
        measures.append(Measure(name, float(values.mean()), low, high, chance))
    per_class = {}
    for column, name in enumerate(classes):
        rows = query.labels[:, column] > 0
        if rows.any():
            per_class[name] = (
                float(found.average_precision[rows].mean()),
                float(by_chance.average_precision[rows].mean()),
                int(rows.sum()),
            )
    return EvaluationReport(
        measures=tuple(measures),
        per_class=per_class,
        tie_share=float(found.tied.mean()),
        queries=len(query.labels),
        database=len(database.labels),
        patients=len(set(query.patients)),
        k=k,
    )


def run_network(
    network: nn.Module,
    pictures: npt.NDArray[np.uint8],
    preprocess: Preprocess,
    *,
    device: str = "cpu",
    batch: int = 64,
) -> tuple[Vectors, Vectors]:
    """Return the logits (N, K) and the mean features (N, D) of cached pictures.

    Args:
        network: returns ``HashOutput``; its mode is put back afterwards.
        pictures: (N, 3, S, S) uint8, as ``datasets.pixels`` gives them.
        preprocess: whose mean and standard deviation are applied.
        device: torch's name.
        batch: pictures at a time.
    """
    training = network.training
    network.eval()
    mean = torch.tensor(preprocess.mean, device=device)[:, None, None]
    std = torch.tensor(preprocess.std, device=device)[:, None, None]
    logits, features = [], []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            part = torch.from_numpy(pictures[start : start + batch]).to(device)
            x = ((part.float() / 255 - mean) / std).contiguous(
                memory_format=torch.channels_last
            )
            output = network(x)
            logits.append(output.logits.float().cpu().numpy())
            features.append(output.features.float().mean(dim=(2, 3)).cpu().numpy())
    network.train(training)
    return np.concatenate(logits), np.concatenate(features)


def signs(logits: Vectors) -> Vectors:
    """Return +1 where a logit is >= 0 (-0.0 too), else -1, float32."""
    return np.where(logits >= 0, np.float32(1), np.float32(-1))


def unit_length(features: Vectors) -> Vectors:
    """Return features divided by their length, so that inner products are cosines."""
    length = np.linalg.norm(features, axis=1, keepdims=True)
    return np.asarray(features / np.maximum(length, 1e-30), np.float32)


def run_graph(
    engine: Engine, data: LabelledImages, preprocess: Preprocess, *, batch: int = 32
) -> tuple[Vectors, Vectors]:
    """Return the logits (N, K) and the mean features (N, D) as a reader gets them.

    The same steps as in use, from the file on: decode, preprocess, graph.

    Args:
        engine: an open graph.
        data: the pictures.
        preprocess: of the bundle.
        batch: pictures at a time.

    Raises:
        DatasetError: a picture cannot be read.
    """
    logits, features = [], []
    for start in range(0, len(data), batch):
        items = data.items[start : start + batch]
        inputs = np.stack([preprocess(datasets.decode(item)) for item in items])
        seen = engine.run(inputs, ["logits", "features"])
        logits.append(seen["logits"])
        features.append(seen["features"].mean(axis=(2, 3)))
    return np.concatenate(logits), np.concatenate(features)
