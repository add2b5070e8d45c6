"""Which pairs are similar."""

from __future__ import annotations

import torch

from medhash_gui.hashing import similarity


def test_pictures_are_similar_when_they_share_any_label():
    labels = torch.tensor([[1.0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 0]])

    s = similarity.shared_label(labels)

    expected = [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 0]]
    assert s.tolist() == expected


def test_batch_pairs_are_each_pair_once_without_the_diagonal():
    i, j = similarity.batch_pairs(4, torch.device("cpu"))

    pairs = list(zip(i.tolist(), j.tolist(), strict=True))
    assert pairs == [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]


def test_a_batch_of_one_has_no_pair():
    i, _ = similarity.batch_pairs(1, torch.device("cpu"))

    assert len(i) == 0


def test_distance_from_signs_is_zero_only_at_one():
    codes = torch.tensor([1.0, -1, 0, 2.5])

    assert similarity.l1_from_signs(codes).tolist() == [0, 0, 1, 1.5]
