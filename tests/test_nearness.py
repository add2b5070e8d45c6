"""Hits are near enough where held-out pairs so close shared a label beyond chance."""

from __future__ import annotations

import pytest
from labelled_library import QUERY, make_library, row

from medhash_gui import nearness
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.search import search

TABLE = DistanceTable(
    (
        DistanceRow(0, 2, 300, 0.8, 0.7, 0.9),
        DistanceRow(3, 5, 300, 0.5, 0.4, 0.6),
        DistanceRow(6, 16, 300, 0.3, 0.2, 0.4),
    ),
    chance=0.3,
    pictures=100,
)


def hits_at(tmp_path, *distances):
    with make_library(tmp_path / "l.medhash", *map(row, distances)) as store:
        return search(store, QUERY).hits


def test_hits_within_the_limit_are_counted(tmp_path):
    near = nearness.judge(hits_at(tmp_path, 1, 4, 5, 7), TABLE)

    assert (near.limit, near.near, near.is_enough) == (5, 3, True)


@pytest.mark.row("E5")
def test_hits_as_far_as_any_two_pictures_are_not_enough(tmp_path):
    near = nearness.judge(hits_at(tmp_path, 5, 7, 8, 9), TABLE)

    assert (near.near, near.is_enough) == (1, False)


def test_a_model_whose_distances_never_beat_chance_has_no_similar_cases(tmp_path):
    useless = DistanceTable((DistanceRow(0, 16, 300, 0.31, 0.25, 0.4),), 0.3, 100)

    near = nearness.judge(hits_at(tmp_path, 0, 0, 0, 0), useless)

    assert (near.limit, near.is_enough) == (-1, False)


@pytest.mark.row("E5")
def test_without_a_table_every_hit_counts_and_nothing_is_said(tmp_path):
    near = nearness.judge(hits_at(tmp_path, 5, 7), None)

    assert (near.limit, near.near, near.is_enough) == (None, 2, True)
