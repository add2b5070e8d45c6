"""Metrics against torchmetrics, on rankings without ties."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medhash_gui import metrics

functional = pytest.importorskip(
    "torchmetrics.functional.retrieval",
    reason="torchmetrics (development only) is not installed",
    exc_type=ImportError,
)


def task(seed):
    """Distances without ties, and shared labels of about a third of the pictures."""
    rng = np.random.default_rng(seed)
    distances = rng.permutation(40)
    shared = np.maximum(rng.integers(-3, 4, 40), 0)
    groups = metrics.tie_groups(distances, shared)
    nearness = torch.from_numpy(100 - distances.astype(np.float32))
    return groups, nearness, torch.from_numpy(shared)


@pytest.mark.parametrize("k", [1, 3, 10, 40])
@pytest.mark.parametrize("seed", range(5))
def test_values_at_k_agree(seed, k):
    groups, nearness, shared = task(seed)
    gains = (2.0**shared - 1).round().long()
    found = (
        metrics.average_precision(groups, k, normaliser="retrieved"),
        metrics.precision(groups, k),
        metrics.recall(groups, k),
        metrics.ndcg(groups, k),
    )

    expected = (
        functional.retrieval_average_precision(nearness, shared > 0, top_k=k),
        functional.retrieval_precision(nearness, shared > 0, top_k=k),
        functional.retrieval_recall(nearness, shared > 0, top_k=k),
        functional.retrieval_normalized_dcg(nearness, gains, top_k=k),
    )
    assert found == pytest.approx([float(v) for v in expected], abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_values_of_the_whole_ranking_agree(seed):
    groups, nearness, shared = task(seed)

    expected = functional.retrieval_average_precision(nearness, shared > 0)

    assert metrics.average_precision(groups) == pytest.approx(float(expected), abs=1e-6)


@pytest.mark.parametrize("seed", range(5))
def test_curve_agrees_at_every_radius_of_an_untied_ranking(seed):
    groups, nearness, shared = task(seed)
    precision, recall, _ = functional.retrieval_precision_recall_curve(
        nearness, shared > 0, max_k=40
    )

    hits = np.cumsum(groups.relevant)

    assert hits / np.arange(1, 41) == pytest.approx(precision.numpy(), abs=1e-6)
    assert hits / hits[-1] == pytest.approx(recall.numpy(), abs=1e-6)
