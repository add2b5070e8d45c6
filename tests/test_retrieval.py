"""Perfect codes, constant codes, patients, and the numbers that a reader gets."""

from __future__ import annotations

import json

import numpy as np
import pytest

from medhash_gui import retrieval
from medhash_gui.errors import DatasetError
from medhash_gui.retrieval import Coded

CLASSES = ("a", "b")


def coded(vectors, classes, patients=None):
    patients = patients or [str(n) for n in range(len(classes))]
    return Coded(
        np.array(vectors, np.float32), np.eye(2, dtype=np.float32)[classes], patients
    )


def one_bit(classes):
    return [[2 * c - 1] for c in classes]


def random_set(count, *, seed=0, bits=12, classes=5, patients=None):
    rng = np.random.default_rng(seed)
    patients = patients or count
    return Coded(
        np.float32(2 * rng.integers(0, 2, (count, bits)) - 1),
        np.float32(rng.random((count, classes)) < 0.35),
        [f"p{n}" for n in rng.integers(0, patients, count)],
    )


def values(report):
    return [(m.name, m.value, m.low, m.high, m.chance) for m in report.measures]


def test_a_code_that_is_the_class_finds_only_the_class():
    classes = [0, 1] * 20
    pictures = coded(one_bit(classes), classes)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=5)

    for name in ("MAP@5", "MAP@5 (retrieved)", "P@5", "nDCG@5", "MAP@all", "nDCG@all"):
        assert report[name].value == pytest.approx(1)
    assert report["MAP@5 (macro)"].value == pytest.approx(1)
    assert report["recall@5"].value == pytest.approx(5 / 19)
    assert report["MAP@5"].low == pytest.approx(report["MAP@5"].high)
    assert report["P@5"].chance == pytest.approx(19 / 39)
    assert report.queries == report.database == report.patients == 40
    assert report.tie_share == 1
    assert report.tie_size == 19


def test_constant_codes_score_exactly_chance():
    classes = [0, 0, 0, 1] * 10
    pictures = coded([[1]] * 40, classes)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=5)

    for measure in report.measures:
        assert measure.value == pytest.approx(measure.chance)


def test_random_codes_score_about_chance():
    pictures = random_set(900, bits=24)

    report = retrieval.evaluate(pictures, pictures, classes="abcde")

    for name in ("MAP@10", "MAP@10 (retrieved)", "P@10", "MAP@all", "nDCG@all"):
        assert report[name].value == pytest.approx(report[name].chance, abs=0.01)


def test_the_own_patient_never_counts():
    classes = [0, 0, 1, 1]
    pictures = coded(one_bit(classes), classes, ["p", "p", "q", "q"])

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=2)

    assert report["P@2"].value == 0
    assert report.nothing_to_find == 4


@pytest.mark.parametrize("change", ["shuffled", "all flipped", "one bit flipped"])
def test_what_keeps_the_distances_changes_no_value(change):
    query, database = random_set(40, seed=1), random_set(150, patients=50)
    flip = np.ones(12, np.float32)
    flip[{"shuffled": slice(0), "all flipped": slice(None)}.get(change, 3)] = -1
    order = np.arange(150)
    if change == "shuffled":
        order = np.random.default_rng(5).permutation(150)
    asked = Coded(query.vectors * flip, query.labels, query.patients)
    moved = database.take(order)
    moved = Coded(moved.vectors * flip, moved.labels, moved.patients)

    before = retrieval.evaluate(query, database, classes="abcde")
    after = retrieval.evaluate(asked, moved, classes="abcde")

    for old, new in zip(values(before), values(after), strict=True):
        assert old[0] == new[0]
        assert old[1:] == pytest.approx(new[1:], abs=1e-9)


def test_measures_are_given_for_each_class_and_their_mean():
    classes = [0] * 6 + [1] * 4
    pictures = coded([[1]] * 6 + [[-1]] * 4, classes)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=3)

    first, second = report.per_class["a"], report.per_class["b"]
    assert first.value == second.value == first.low == second.high == 1
    assert (first.queries, second.queries) == (6, 4)
    assert first.chance > second.chance
    macro = report["MAP@3 (macro)"]
    assert macro.chance == pytest.approx((first.chance + second.chance) / 2)


def test_rare_class_counts_as_much_as_a_frequent_one_in_the_macro_mean():
    # The frequent class is found, the rare one never.
    classes = [0] * 30 + [1] * 3
    rng = np.random.default_rng(0)
    vectors = np.ones((33, 8), np.float32)
    vectors[30:] = [[-1] * 4 + [1] * 4, [1] * 4 + [-1] * 4, [-1, 1] * 4]
    order = rng.permutation(33)
    pictures = coded(vectors, classes).take(order)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=3)

    assert report["MAP@3"].value > 0.85
    assert report["MAP@3 (macro)"].value < 0.6


def test_interval_of_a_class_whose_pictures_are_of_one_patient_is_a_point():
    classes = [0] * 20 + [1] * 5
    patients = [str(n) for n in range(20)] + ["one"] * 5
    pictures = coded(random_set(25).vectors, classes, patients)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=3)

    assert report.per_class["b"].low == report.per_class["b"].high
    assert report.per_class["a"].low < report.per_class["a"].high


def test_lookup_within_two_bits_is_for_codes_alone():
    pictures = random_set(60)
    real = Coded(pictures.vectors * 0.5, pictures.labels, pictures.patients)

    by_code = retrieval.evaluate(pictures, pictures, classes="abcde")
    by_feature = retrieval.evaluate(real, real, classes="abcde")

    assert 0 < by_code.empty_balls < 1
    assert by_code.curve.empty[2] == pytest.approx(by_code.empty_balls)
    assert by_code.curve.precision[2] == pytest.approx(by_code["P@r≤2"].value)
    assert by_feature.empty_balls is None
    assert by_feature.curve is None
    # The same inner products, so the same ranking: all other values are equal.
    for old, new in zip(
        [v for v in values(by_code) if v[0] != "P@r≤2"], values(by_feature), strict=True
    ):
        assert old[0] == new[0]
        assert old[1:] == pytest.approx(new[1:], abs=1e-12)


def test_features_rank_by_cosine():
    rng = np.random.default_rng(0)
    features = rng.random((30, 8)).astype(np.float32)
    classes = list(np.arange(30) % 2)
    direct = features @ features.T / np.outer(*[np.linalg.norm(features, axis=1)] * 2)
    pictures = coded(retrieval.unit_length(features), classes)

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES, k=1)

    np.fill_diagonal(direct, -1)
    expected = np.mean([classes[n] == classes[direct[n].argmax()] for n in range(30)])
    assert report["P@1"].value == pytest.approx(expected)


def test_nothing_to_evaluate_is_refused():
    nothing = coded(np.zeros((0, 1)), np.zeros(0, int), [])

    with pytest.raises(DatasetError, match="no picture to evaluate on"):
        retrieval.evaluate(nothing, nothing, classes=CLASSES)


def test_values_that_are_no_numbers_are_refused():
    pictures = coded([[1.0], [np.nan]], [0, 1])

    with pytest.raises(DatasetError, match="not a number"):
        retrieval.evaluate(pictures, pictures, classes=CLASSES)


def test_report_can_be_written_as_json():
    pictures = coded(one_bit([0, 1, 0]), [0, 1, 0])

    report = retrieval.evaluate(pictures, pictures, classes=CLASSES)
    answer = json.loads(json.dumps(report.as_json(), allow_nan=False))

    assert answer["measures"][0]["name"] == "MAP@10"
    assert answer["queries"] == 3
    assert answer["per_class"]["a"]["queries"] == 2
    assert len(answer["curve"]["precision"]) == 2


def test_signs_of_zero_are_plus_one():
    logits = np.array([[0.0, -0.0, -1e-30, 3]], np.float32)

    assert retrieval.signs(logits).tolist() == [[1, 1, -1, 1]]
