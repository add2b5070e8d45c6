"""It learns, it repeats, it stops with a reason, it never reads the test part."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest
import torch
from torch import nn

from medhash_gui import hashing
from medhash_gui.datasets import Source
from medhash_gui.errors import DatasetError, SettingsError, TrainingDivergedError
from medhash_gui.hashing.method import Method, Stage
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import training
from medhash_gui.training.training import TrainingConfig
from medhash_gui.transforms import Augment

SIDE = 32


@pytest.fixture
def folder(tmp_path):
    """Two classes that differ in brightness, forty patients."""
    rng = np.random.default_rng(0)
    rows = ["file,label,patient"]
    for n in range(80):
        label = ("dark", "bright")[n % 2]
        level = (60, 190)[n % 2]
        pixels = rng.normal(level, 20, size=(SIDE, SIDE)).clip(0, 255).astype(np.uint8)
        (tmp_path / f"{n}.png").write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
        rows.append(f"{n}.png,{label},p{n // 4}{label}")
    (tmp_path / "labels.csv").write_text("\n".join(rows), encoding="utf-8")
    return tmp_path


def config(folder, **changes):
    values = {
        "sources": (Source("toy", folder, csv="labels.csv"),),
        "options": {"variant": "ashnet", "size": SIDE},
        "bits": 8,
        "preprocess": Preprocess(size=SIDE),
        "augment": Augment(brightness=0.02),
        "epochs": 2,
        "batch": 8,
        "rate_new": 3e-3,
    }
    return TrainingConfig(**{**values, **changes})


def run(settings):
    steps = training.train(settings)
    reports = []
    while True:
        try:
            reports.append(next(steps))
        except StopIteration as end:
            return reports, end.value


def test_training_learns_classes_that_are_easy_to_tell_apart(folder):
    reports, finished = run(config(folder, epochs=4))

    assert reports[-1].loss < reports[0].loss
    assert max(r.validation_map for r in reports) > 0.9
    assert finished.reports == tuple(reports)
    best = max(reports, key=lambda r: r.validation_map)
    assert finished.best_epoch == best.epoch
    assert not finished.network.training


def test_reports_name_the_terms_of_the_loss(folder):
    reports, _ = run(config(folder, epochs=1))

    assert set(reports[0].terms) == {"similar", "dissimilar", "quantisation"}
    assert reports[0].loss == pytest.approx(sum(reports[0].terms.values()))
    assert (reports[0].epoch, reports[0].epochs, reports[0].stage) == (1, 1, "hash")
    assert reports[0].seconds > 0


def test_the_same_seed_gives_the_same_network(folder):
    _, one = run(config(folder, epochs=1))
    _, two = run(config(folder, epochs=1))

    for name, tensor in one.network.state_dict().items():
        torch.testing.assert_close(two.network.state_dict()[name], tensor)


def test_another_seed_gives_another_network(folder):
    _, one = run(config(folder, epochs=1))
    _, two = run(config(folder, epochs=1, seed=2))

    assert not torch.equal(
        one.network.state_dict()["fc.3.weight"], two.network.state_dict()["fc.3.weight"]
    )


def test_training_leaves_the_random_state_of_others_alone(folder):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)

    run(config(folder, epochs=1))

    assert torch.equal(torch.rand(3), expected)


def test_the_test_part_is_not_read(folder):
    _, finished = run(config(folder, epochs=1))
    for row in finished.split.test:
        finished.data.items[row].file.write_bytes(b"not a picture any more")

    reports, _ = run(config(folder, epochs=1))

    assert len(reports) == 1


def test_closing_the_generator_stops_the_run(folder):
    steps = training.train(config(folder, epochs=50))

    next(steps)
    steps.close()

    with pytest.raises(StopIteration):
        next(steps)


def test_configuration_survives_json(folder):
    settings = config(folder, weights=folder / "weights.safetensors", seed=3)

    again = TrainingConfig.from_json(json.loads(json.dumps(settings.as_json())))

    assert again == settings


@pytest.mark.parametrize("change", [{"colour": 1}, {"augment": {"colour": 1}}])
def test_a_configuration_with_unknown_values_is_refused(folder, change):
    values = {**config(folder).as_json(), **change}

    with pytest.raises(SettingsError, match="configuration cannot be read"):
        TrainingConfig.from_json(values)


def test_an_unknown_method_is_refused(folder):
    with pytest.raises(SettingsError, match="no hashing method 'magic'"):
        next(training.train(config(folder, method="magic")))


def test_starting_weights_for_a_network_without_a_trunk_are_refused(folder):
    with pytest.raises(SettingsError, match="has no pretrained trunk"):
        next(training.train(config(folder, weights=folder / "w.safetensors")))


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="folder of toy is not there"):
        next(training.train(config(tmp_path / "none")))


class Poisoned(nn.Module):
    """A loss that stops being a number."""

    def forward(self, output, targets):
        fine = output.logits.square().mean()
        return {"fine": fine, "broken": fine * float("nan")}


def test_a_loss_that_is_no_number_names_epoch_and_term(folder, monkeypatch):
    ash = hashing.METHODS["ash"]
    stage = Stage("hash", lambda _sizes, _options: Poisoned(), ash.stages[0].parameters)
    poisoned = Method(
        name="poisoned",
        title="Poisoned",
        paper="none",
        network=ash.network,
        stages=(stage,),
        explains="attention",
        defaults=ash.defaults,
    )
    monkeypatch.setitem(hashing.METHODS, "poisoned", poisoned)

    with pytest.raises(
        TrainingDivergedError, match="epoch 1: the term broken became nan"
    ):
        next(training.train(config(folder, method="poisoned")))
