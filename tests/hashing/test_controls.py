"""What every entry of CONTROLS must do, and what each of them promises."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import controls
from medhash_gui.hashing.controls import CONTROLS

BITS, CLASSES, DEPTH = 8, 3, 20


def toy(count=240, seed=0):
    """Return features never negative, of three classes, and labels."""
    rng = np.random.default_rng(seed)
    means = np.random.default_rng(9).normal(size=(CLASSES, DEPTH)) * 1.5
    classes = np.arange(count) % CLASSES
    features = np.maximum(means[classes] + rng.normal(size=(count, DEPTH)) + 1, 0)
    return features.astype(np.float32), np.eye(CLASSES, dtype=np.float32)[classes]


@pytest.fixture(params=CONTROLS, ids=list(CONTROLS))
def control(request):
    return CONTROLS[request.param]


def fitted(name, *, bits=BITS, seed=0):
    return controls.fit(name, *toy(), bits=bits, seed=seed)


def test_registry_key_is_the_name(control):
    assert CONTROLS[control.name] is control
    assert control.title
    assert control.paper


def test_codes_are_plus_and_minus_one_of_the_promised_length(control):
    code = fitted(control.name)
    features, _ = toy(50, seed=1)

    found = code.encode(features)

    bits = CLASSES if control.own_bits else BITS
    assert code.bits == bits
    assert found.shape == (50, bits)
    assert found.dtype == np.float32
    assert set(np.unique(found)) == {-1, 1}
    np.testing.assert_array_equal(found > 0, code.logits(features) >= 0)


def test_a_picture_has_the_same_code_alone_and_in_company(control):
    code = fitted(control.name)
    features, _ = toy(50, seed=1)

    together, alone = code.encode(features), code.encode(features[3:4])

    np.testing.assert_array_equal(together[3:4], alone)


def test_the_same_seed_gives_the_same_codes(control):
    features, _ = toy(50, seed=1)

    first, again = fitted(control.name, seed=5), fitted(control.name, seed=5)

    np.testing.assert_array_equal(first.logits(features), again.logits(features))


def test_codes_bring_pictures_of_a_class_together(control):
    features, labels = toy(120, seed=1)
    codes = fitted(control.name).encode(features)

    alike = labels @ labels.T > 0
    agreement = codes @ codes.T / codes.shape[1]

    assert agreement[alike].mean() > agreement[~alike].mean() + 0.15


def test_every_bit_divides_the_pictures(control):
    features, _ = toy()

    share = (fitted(control.name).encode(features) > 0).mean(axis=0)

    assert share.min() > 0.05
    assert share.max() < 0.95


def test_several_labels_and_none_are_taken(control):
    features, labels = toy()
    labels[::7] = 1
    labels[3::7] = 0

    code = controls.fit(control.name, features, labels, bits=BITS)

    assert np.isfinite(code.logits(features)).all()


def test_features_that_are_not_numbers_are_refused(control):
    features, labels = toy()
    features[2, 3] = np.nan

    with pytest.raises(SettingsError, match="not numbers"):
        controls.fit(control.name, features, labels, bits=BITS)


def test_an_unknown_control_is_refused():
    with pytest.raises(SettingsError, match="no control 'sklsh'"):
        controls.fit("sklsh", *toy(), bits=BITS)


def test_lsh_takes_more_bits_than_there_are_directions():
    assert fitted("lsh", bits=64).bits == 64


@pytest.mark.parametrize("name", ["pcah", "itq"])
def test_components_that_are_not_there_are_named(name):
    features, labels = toy(6)

    with pytest.raises(SettingsError, match="5 directions only, not in 8"):
        controls.fit(name, features, labels, bits=BITS)


def test_pcah_projects_on_the_directions_of_the_largest_variance():
    features, _ = toy()
    centred = features - features.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred.T))

    found = fitted("pcah").logits(features)

    np.testing.assert_allclose(
        found.var(axis=0, ddof=1), values[::-1][:BITS], rtol=1e-3
    )
    expected = np.abs(centred @ vectors[:, ::-1][:, :BITS])
    np.testing.assert_allclose(np.abs(found), expected, atol=1e-3)


def test_itq_is_a_rotation_of_pcah_that_loses_less_by_rounding():
    features, _ = toy()
    turned, straight = fitted("itq").logits(features), fitted("pcah").logits(features)

    def lost(v):
        return np.square(np.where(v >= 0, 1, -1) - v).sum()

    np.testing.assert_allclose(
        np.linalg.norm(turned, axis=1), np.linalg.norm(straight, axis=1), rtol=1e-3
    )
    assert lost(turned) < lost(straight)


def test_class_probabilities_predict_the_labels():
    features, labels = toy(120, seed=1)
    code = fitted("class-probability")

    probabilities = controls.class_probabilities(code, features)

    assert (probabilities.argmax(axis=1) == labels.argmax(axis=1)).mean() > 0.95
    assert probabilities.min() >= 0
    assert probabilities.max() <= 1


def test_class_probability_regression_is_at_its_optimum():
    features, labels = toy()
    weight, bias = controls._logistic(features, labels)
    x = (features - features.mean(axis=0)) / features.std(axis=0)
    w = weight * features.std(axis=0, dtype=np.float64)
    b = bias + weight @ features.mean(axis=0, dtype=np.float64)

    p = 1 / (1 + np.exp(-(x @ w.T + b)))
    slope = (p - labels).T @ x / len(x) + 2 * controls._RIDGE * w

    assert np.abs(slope).max() < 1e-4


def test_class_bits_are_right_for_rare_labels_too():
    # Where one in twenty has a label, no probability may reach a half.
    rng = np.random.default_rng(0)
    labels = np.zeros((400, 1), np.float32)
    labels[::20] = 1
    features = (labels * 1.5 + rng.normal(size=(400, 5))).astype(np.float32)

    bit = controls.fit("class-probability", features, labels, bits=1).encode(features)

    sensitivity = (bit[labels > 0] > 0).mean()
    specificity = (bit[labels == 0] < 0).mean()
    assert (sensitivity + specificity) / 2 > 0.85
    assert sensitivity > 0.75


@pytest.mark.parametrize("value", [0, 1])
def test_a_label_that_all_or_none_have_has_the_threshold_one_half(value):
    features, labels = toy()
    labels[:, 0] = value

    code = controls.fit("class-probability", features, labels, bits=1)

    assert code.offset[0] == 0
    assert ((code.encode(features)[:, 0] > 0) == bool(value)).all()


def test_class_probabilities_need_labels():
    features, _ = toy()

    with pytest.raises(SettingsError, match="need labels"):
        controls.fit("class-probability", features, np.empty((240, 0)), bits=4)
