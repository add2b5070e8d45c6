"""Intervals draw patients, repeat with their seed, and widen when patients are few."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import bootstrap


def interval(values, patients, seed=0, **more):
    return bootstrap.intervals(np.array(values)[:, None], patients, seed=seed, **more)[
        0
    ]


def test_interval_is_wider_when_pictures_share_patients():
    values = np.repeat(np.random.default_rng(3).random(30), 4)

    narrow = interval(values, np.arange(120))
    wide = interval(values, np.arange(120) // 4)

    assert narrow[0] < values.mean() < narrow[1]
    assert wide[1] - wide[0] > 1.5 * (narrow[1] - narrow[0])


def test_interval_of_independent_values_is_that_of_the_normal_distribution():
    values = np.random.default_rng(0).normal(size=400)

    low, high = interval(values, np.arange(400), rounds=4000)

    half = 1.96 * values.std() / 20
    assert (high - low) / 2 == pytest.approx(half, rel=0.08)


def test_interval_repeats_with_its_seed():
    values, patients = np.linspace(0, 1, 20), [str(n) for n in range(20)]

    assert interval(values, patients, 5).tolist() == (
        interval(values, patients, 5).tolist()
    )
    assert interval(values, patients, 5).tolist() != (
        interval(values, patients, 6).tolist()
    )


def test_draws_are_means_of_drawn_patients_however_they_are_cut():
    rng = np.random.default_rng(0)
    values, patients = rng.random((50, 2)), rng.integers(0, 12, 50)

    whole = bootstrap.draws(values, patients, seed=1, rounds=40)

    # The same draws, one by one.
    drawn = np.random.default_rng(1).integers(0, 12, size=(40, 12))
    for row, patients_drawn in zip(whole, drawn, strict=True):
        queries = np.concatenate(
            [np.flatnonzero(patients == p) for p in patients_drawn]
        )
        assert row == pytest.approx(values[queries].mean(axis=0))


def test_memory_is_bounded_and_the_numbers_stay(monkeypatch):
    values, patients = np.random.default_rng(0).random((50, 2)), np.arange(50)
    whole = bootstrap.intervals(values, patients, seed=1)

    monkeypatch.setattr(bootstrap, "_CELLS", 150)

    assert bootstrap.intervals(values, patients, seed=1) == pytest.approx(whole)


def test_a_mean_is_of_its_members_and_skips_draws_without_one():
    values = np.array([[0.0], [1.0], [1.0], [5.0]])
    members = np.array([[True], [True], [True], [False]])

    found = bootstrap.draws(values, [0, 1, 2, 3], seed=0, members=members)

    assert np.isnan(found).any()
    assert np.nanmax(found) == 1
    bounds = bootstrap.intervals(values, [0, 1, 2, 3], seed=0, members=members)
    assert 0 <= bounds[0, 0] < bounds[0, 1] == 1
