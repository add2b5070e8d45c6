"""Perfect codes, constant codes, patients, and the numbers that a reader gets."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from medhash_gui import datasets, evaluation, export
from medhash_gui.datasets import Source
from medhash_gui.engine import Engine
from medhash_gui.errors import DatasetError
from medhash_gui.evaluation import Coded
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess

CLASSES = ("a", "b")


def coded(vectors, classes, patients=None):
    patients = patients or [str(n) for n in range(len(classes))]
    return Coded(
        np.array(vectors, np.float32), np.eye(2, dtype=np.float32)[classes], patients
    )


def one_bit(classes):
    return [[2 * c - 1] for c in classes]


def test_a_code_that_is_the_class_finds_only_the_class():
    classes = [0, 1] * 20
    pictures = coded(one_bit(classes), classes)

    report = evaluation.evaluate(pictures, pictures, classes=CLASSES, k=5)

    assert report["MAP@5"].value == 1
    assert report["P@5"].value == 1
    assert report["MAP@5"].low == report["MAP@5"].high == 1
    assert report["P@5"].chance == pytest.approx(19 / 39)
    assert report.queries == report.database == report.patients == 40
    assert report.tie_share == 1


def test_constant_codes_score_exactly_chance():
    classes = [0, 0, 0, 1] * 10
    pictures = coded([[1]] * 40, classes)

    report = evaluation.evaluate(pictures, pictures, classes=CLASSES, k=5)

    for measure in report.measures:
        assert measure.value == pytest.approx(measure.chance)


def test_the_own_patient_never_counts():
    classes = [0, 0, 1, 1]
    pictures = coded(one_bit(classes), classes, ["p", "p", "q", "q"])

    report = evaluation.evaluate(pictures, pictures, classes=CLASSES, k=2)

    assert report["P@2"].value == 0


def test_measures_are_given_for_each_class():
    classes = [0] * 6 + [1] * 4
    pictures = coded([[1]] * 6 + [[-1]] * 4, classes)

    report = evaluation.evaluate(pictures, pictures, classes=CLASSES, k=3)

    assert report.per_class["a"][0] == report.per_class["b"][0] == 1
    assert report.per_class["a"][2] == 6
    assert report.per_class["a"][1] > report.per_class["b"][1]


def test_features_rank_by_cosine():
    rng = np.random.default_rng(0)
    features = rng.random((30, 8)).astype(np.float32)
    classes = list(np.arange(30) % 2)
    direct = features @ features.T / np.outer(*[np.linalg.norm(features, axis=1)] * 2)

    report = evaluation.evaluate(
        coded(evaluation.unit_length(features), classes),
        coded(evaluation.unit_length(features), classes),
        classes=CLASSES,
        k=1,
    )

    np.fill_diagonal(direct, -1)
    expected = np.mean([classes[n] == classes[direct[n].argmax()] for n in range(30)])
    assert report["P@1"].value == pytest.approx(expected)


def test_nothing_to_evaluate_is_refused():
    nothing = coded(np.zeros((0, 1)), np.zeros(0, int), [])

    with pytest.raises(DatasetError, match="no picture to evaluate on"):
        evaluation.evaluate(nothing, nothing, classes=CLASSES)


def test_report_can_be_written_as_json():
    pictures = coded(one_bit([0, 1, 0]), [0, 1, 0])

    values = evaluation.evaluate(pictures, pictures, classes=CLASSES).as_json()

    assert values["measures"][0]["name"] == "MAP@10"
    assert values["queries"] == 3


def test_signs_of_zero_are_plus_one():
    logits = np.array([[0.0, -0.0, -1e-30, 3]], np.float32)

    assert evaluation.signs(logits).tolist() == [[1, 1, -1, 1]]


def test_cached_pictures_and_the_graph_give_nearly_the_same_logits(tmp_path):
    rng = np.random.default_rng(0)
    for name in CLASSES:
        (tmp_path / name).mkdir()
        pixels = rng.integers(0, 256, (40, 40), np.uint8)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        (tmp_path / name / "1.png").write_bytes(data)
    pictures = datasets.gather([Source("s", tmp_path)])
    preprocess = Preprocess(size=32)
    method = METHODS["ash"]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = method.network(
            Sizes(8, 2, 2), method.options({"variant": "ash-resnet", "size": 32})
        )
    inputs = np.stack([preprocess(datasets.decode(item)) for item in pictures.items])
    exported = export.export_network(network, inputs)

    cached = evaluation.run_network(
        network, datasets.pixels(pictures, preprocess), preprocess
    )
    used = evaluation.run_graph(Engine(exported.graph), pictures, preprocess, batch=1)

    np.testing.assert_allclose(cached[0], used[0], atol=0.05)
    np.testing.assert_allclose(cached[1], used[1], atol=0.05)
    assert cached[0].shape == (2, 8)
