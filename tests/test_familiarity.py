"""Familiarity: the distance, its limit, and features nobody can learn from."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui import familiarity
from medhash_gui.errors import BundleError
from medhash_gui.familiarity import Reference


def drawn(count: int, *, seed: int, dimensions: int = 30) -> np.ndarray:
    """Features of one kind: a few strong directions and a little of all others."""
    shape = np.random.default_rng(99)
    mixing = shape.normal(size=(4, dimensions)) * [[5], [3], [2], [1]]
    rng = np.random.default_rng(seed)
    strong = rng.normal(size=(count, 4)) @ mixing
    weak = rng.normal(size=(count, dimensions)) * 0.2
    return (7 + strong + weak).astype(np.float32)


@pytest.fixture
def reference() -> Reference:
    return familiarity.fit(drawn(800, seed=1), drawn(800, seed=2))


def test_distance_is_the_mahalanobis_distance_of_the_whole_covariance():
    """With every direction kept but one, the form is the textbook's, exactly."""
    features = drawn(400, seed=1, dimensions=6).astype(np.float64)
    features += np.random.default_rng(3).normal(size=features.shape)
    some = drawn(20, seed=5, dimensions=6)

    reference = familiarity.fit(features.astype(np.float32), some)

    centred = some - features.mean(axis=0)
    inverse = np.linalg.inv(np.cov(features.T))
    expected = np.sqrt(np.einsum("nd,de,ne->n", centred, inverse, centred))
    assert len(reference.variances) == 5
    np.testing.assert_allclose(reference.distance(some), expected, rtol=2e-3)


def test_stated_share_of_held_out_pictures_is_unfamiliar():
    held_out = drawn(800, seed=2)

    for rate in (0.02, 0.1):
        reference = familiarity.fit(drawn(800, seed=1), held_out, false_alarm_rate=rate)

        share = np.mean(reference.ratio(held_out) > 1)
        assert share == pytest.approx(rate, abs=0.002)


def test_fresh_pictures_of_the_kind_are_familiar(reference):
    ratio = reference.ratio(drawn(800, seed=3))

    assert np.mean(ratio > 1) < 0.05


def test_pictures_off_the_known_directions_are_unfamiliar(reference):
    # No stronger than what is known, but in other directions.
    rng = np.random.default_rng(4)
    other = reference.mean + rng.normal(size=(200, 30)).astype(np.float32)

    assert np.mean(reference.ratio(other) > 1) == 1


def test_pictures_far_along_a_known_direction_are_unfamiliar(reference):
    along = reference.basis[0] * 8 * np.sqrt(reference.variances[0])

    assert reference.ratio(reference.mean + along[np.newaxis])[0] > 1


def test_ratio_of_the_mean_is_zero(reference):
    assert reference.ratio(reference.mean[np.newaxis])[0] == pytest.approx(0, abs=1e-5)


def test_ratio_is_one_row_a_picture_in_float32(reference):
    ratio = reference.ratio(drawn(5, seed=6))

    assert ratio.shape == (5,)
    assert ratio.dtype == np.float32


def test_same_features_give_the_same_numbers():
    first, second = (
        familiarity.fit(drawn(100, seed=1), drawn(100, seed=2)) for _ in range(2)
    )

    for name, tensor in first.as_tensors().items():
        np.testing.assert_array_equal(tensor, second.as_tensors()[name])


def test_basis_is_orthonormal_strongest_first_and_of_fixed_sign(reference):
    basis = reference.basis

    np.testing.assert_allclose(basis @ basis.T, np.eye(len(basis)), atol=1e-5)
    assert (np.diff(reference.variances) <= 0).all()
    largest = np.abs(basis).argmax(axis=1)
    assert (basis[np.arange(len(basis)), largest] > 0).all()


def test_few_pictures_give_few_components():
    reference = familiarity.fit(drawn(8, seed=1), drawn(8, seed=2))

    assert len(reference.variances) == 2
    assert np.isfinite(reference.ratio(drawn(50, seed=3))).all()


def test_components_are_64_at_most():
    reference = familiarity.fit(
        drawn(600, seed=1, dimensions=100), drawn(50, seed=2, dimensions=100)
    )

    assert len(reference.variances) == familiarity.MAX_COMPONENTS


def test_dead_features_keep_the_distance_finite():
    features, held_out = drawn(100, seed=1), drawn(100, seed=2)
    features[:, 10:] = 0
    held_out[:, 10:] = 0

    reference = familiarity.fit(features, held_out)

    assert np.isfinite(reference.ratio(held_out)).all()
    assert (reference.variances > 0).all()


def test_one_feature_is_enough():
    reference = familiarity.fit(
        drawn(100, seed=1, dimensions=1), drawn(100, seed=2, dimensions=1)
    )

    assert np.isfinite(reference.ratio(drawn(10, seed=3, dimensions=1))).all()


def test_reference_survives_a_bundles_tensors(reference):
    read = Reference.from_tensors(reference.as_tensors())

    some = drawn(40, seed=9)
    np.testing.assert_allclose(read.ratio(some), reference.ratio(some), rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean", np.zeros((30, 1))),
        ("mean", np.full(30, np.nan)),
        ("basis", np.zeros((30, 30))),
        ("variances", np.zeros(30)),
        ("residual", np.array([-1.0])),
        ("residual", np.array([np.nan])),
        ("threshold", np.array([0.0])),
        ("threshold", np.array([1.0, 2.0])),
        ("threshold", np.array(1.0)),
    ],
)
def test_tensors_that_do_not_fit_are_refused(reference, name, value):
    tensors = {**reference.as_tensors(), f"familiarity.{name}": value}

    with pytest.raises(BundleError, match="does not fit together"):
        Reference.from_tensors(tensors)


def test_missing_tensor_is_named(reference):
    tensors = reference.as_tensors()
    del tensors["familiarity.threshold"]

    with pytest.raises(BundleError, match=r"lacks 'familiarity\.threshold'"):
        Reference.from_tensors(tensors)


@pytest.mark.parametrize(
    ("features", "held_out", "rate", "sentence"),
    [
        (drawn(7, seed=1), drawn(9, seed=2), 0.02, "8 held-out pictures, not 7 and 9"),
        (drawn(9, seed=1), drawn(7, seed=2), 0.02, "not 9 and 7"),
        (drawn(9, seed=1), drawn(9, seed=2, dimensions=5), 0.02, r"\(30,\), held_out"),
        (drawn(9, seed=1), drawn(9, seed=2), 0.0, "between 0 and 1, not 0.0"),
        (drawn(9, seed=1) * np.nan, drawn(9, seed=2), 0.02, "not numbers"),
        (drawn(9, seed=1), drawn(9, seed=2) * np.inf, 0.02, "not numbers"),
        (np.ones((9, 30), np.float32), drawn(9, seed=2), 0.02, "are alike"),
    ],
)
def test_features_nothing_can_be_learned_from_are_refused(
    features, held_out, rate, sentence
):
    with pytest.raises(ValueError, match=sentence):
        familiarity.fit(features, held_out, false_alarm_rate=rate)
