"""What one cell comes to: databases, views, ties, controls."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medhash_gui import retrieval
from medhash_gui.comparison import controls as comparison_controls
from medhash_gui.comparison import judge as comparison_judge
from medhash_gui.comparison.judge import Sides
from medhash_gui.comparison.pictures import Pictures
from medhash_gui.comparison.plan import CONTROLS, Cell
from medhash_gui.datasets import LabelledImage, LabelledImages, Split

CLASSES = ("No Finding", "a", "b", "c")


def labelled(count=120, *, classes=CLASSES, seed=0, each=2):
    rng = np.random.default_rng(seed)
    items = tuple(
        LabelledImage(
            Path(f"{n}.png"),
            (classes[rng.integers(0, len(classes))],),
            f"toy:{n // each}",
            "toy",
        )
        for n in range(count)
    )
    return LabelledImages(items, tuple(sorted(classes)))


def halves(count=120):
    rows = np.arange(count)
    return Split(rows[: count // 2], rows[:0], rows[count // 2 :])


def codes(count, bits=12, seed=0):
    rng = np.random.default_rng(seed)
    return np.float32(2 * rng.integers(0, 2, (count, bits)) - 1)


def value(values, name="MAP@10", database="new", view="all labels"):
    measures = values["reports"][database][view]["measures"]
    return next(m for m in measures if m["name"] == name)


def test_codes_that_say_nothing_are_at_chance_exactly_and_random_ones_nearly():
    data, split = labelled(400), halves(400)
    constant = np.ones((200, 8), np.float32)
    drawn = codes(200, bits=32)

    same, _ = comparison_judge.judge(Sides.of(constant, constant), data, split)
    random, _ = comparison_judge.judge(Sides.of(drawn, codes(200, 32, 1)), data, split)

    for database in ("new", "train"):
        for view in ("all labels", "findings only"):
            found = value(same, database=database, view=view)
            assert found["value"] == pytest.approx(found["chance"])
            found = value(random, database=database, view=view)
            assert found["value"] == pytest.approx(found["chance"], abs=0.05)


def test_values_of_queries_average_to_the_report_and_are_in_the_order_of_the_rows():
    data, split = labelled(), halves()
    made = codes(60)

    values, queries = comparison_judge.judge(Sides.of(made, made), data, split)

    assert queries["rows/all labels"].tolist() == split.test.tolist()
    findings = [n for n in split.test if data.items[n].labels != ("No Finding",)]
    assert queries["rows/findings only"].tolist() == findings
    for at, name in enumerate(values["measures"]):
        mean = queries["train/findings only"][at].mean()
        found = value(values, name, "train", "findings only")["value"]
        assert mean == pytest.approx(found, abs=1e-6)


def test_one_label_beside_no_finding_has_no_second_view():
    data = labelled(classes=("No Finding", "a"))

    assert list(comparison_judge.views_of(data)) == ["all labels"]


def test_ties_broken_by_an_order_equal_a_stable_sort():
    data, split = labelled(), halves()
    test = data.take(split.test)
    made = codes(60, bits=3)
    asks = retrieval.Coded(made, test.multi_hot(), test.groups())

    found = comparison_judge.tie_order(asks, asks)

    by_class = sorted(range(60), key=lambda n: -test.multi_hot()[n] @ [8, 4, 2, 1])
    assert found["by file"] == pytest.approx(sorted_map(asks, list(range(60))))
    assert found["by class"] == pytest.approx(sorted_map(asks, by_class))
    assert found["by file"] != pytest.approx(found["expected"], abs=1e-4)


def sorted_map(asks, order):
    """MAP@10 of a stable sort by distance, one query after the other."""
    scores = []
    for query in range(len(asks.labels)):
        near = [n for n in order if asks.patients[n] != asks.patients[query]]
        near.sort(key=lambda n: -int(asks.vectors[query] @ asks.vectors[n]))
        hits = [bool(asks.labels[query] @ asks.labels[n]) for n in near]
        total, found = 0.0, 0
        for place, hit in enumerate(hits[:10], 1):
            found += hit
            total += hit * found / place
        scores.append(total / max(1, min(10, sum(hits))))
    return float(np.mean(scores))


def fitted(data, split, features, bits=8):
    pictures = Pictures(data, {1: split}, "id", (), ())
    cells = [
        Cell(name, bits if name in ("lsh", "pcah", "itq") else None, 1)
        for name in CONTROLS
    ]
    found = comparison_controls.fit_all(cells, pictures, features, rate=100.0)
    return {cell.row: values for cell, values, _ in found}


def test_true_labels_answer_better_than_predictions_and_one_bit_knows_least():
    data, split = labelled(400), halves(400)
    rng = np.random.default_rng(0)
    directions = rng.normal(size=(len(CLASSES), 24))
    features = data.multi_hot() @ directions + rng.normal(0, 1.6, (400, 24))

    found = fitted(data, split, np.float32(features))

    upper = value(found["probability-label"])["value"]
    assert upper > value(found["probability-probability"])["value"]
    assert value(found["class-probability"])["value"] > value(found["one bit"])["value"]
    assert value(found["one bit"])["value"] > value(found["one bit"])["chance"]
    assert found["one bit"]["note"] == "the bit predicts 'No Finding'"
    assert found["one bit"]["code_bits"] == 1
    assert found["class-probability"]["code_bits"] == len(CLASSES)
    assert found["features"]["code_bits"] is None
    assert found["features"]["health"] is None
    assert found["itq"]["tie_order"] is not None


def test_without_no_finding_the_bit_is_about_the_largest_class():
    data = labelled(classes=("mild", "severe"))

    found = fitted(
        data, halves(), np.float32(np.random.default_rng(0).random((120, 9)))
    )

    assert "no label means normal" in found["one bit"]["note"]


def test_a_control_that_cannot_be_fitted_fails_alone():
    data = labelled()
    flat = np.zeros((120, 9), np.float32)
    flat[:, 0] = np.random.default_rng(0).random(120)

    found = fitted(data, halves(), flat)

    assert found["pcah"]["state"] == "failed"
    assert "directions only" in found["pcah"]["message"]
    assert found["lsh"]["state"] == "finished"
