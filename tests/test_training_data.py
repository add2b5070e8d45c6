"""Frozen features give what the trunk gives, are computed once, and train a head."""

from __future__ import annotations

import pytest
import torch
from training_runs import finish, quick, reports_of, write_set

from medhash_gui import datasets, training
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import METHODS, plain
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess
from medhash_gui.training_data import Pictures
from medhash_gui.training_events import CheckpointSaved
from medhash_gui.training_network import build_network, validate
from medhash_gui.transforms import Augment

FROZEN = [
    name
    for name, method in METHODS.items()
    if len(method.stages) == 1 and "frozen_blocks" in method.defaults and name != "ash"
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"), patients=24)


def frozen(folder, **changes):
    return quick(folder, frozen=True, validation=0.3, **changes)


def test_there_are_methods_for_frozen_features():
    assert {"dpsh", "hashnet", "csq", "orthohash", "ssdh"} <= set(FROZEN)


@pytest.mark.parametrize("method", FROZEN)
def test_the_hash_layer_learns_and_the_trunk_stays(folder, method):
    settings = frozen(folder, method=method)
    sizes = Sizes(settings.bits, 2, 1)
    before = build_network(METHODS[method], sizes, settings)

    _, run = finish(settings)

    assert isinstance(run.network, plain.HashNetwork)
    trunk = run.network.trunk.state_dict()
    for name, tensor in before.get_submodule("trunk").state_dict().items():
        assert torch.equal(tensor, trunk[name])
    assert not torch.equal(run.network.head.weight, before.get_parameter("head.weight"))


def test_frozen_features_score_as_the_pictures_do(folder):
    settings = frozen(folder, augment=Augment(), epochs=3)
    events, run = finish(settings)
    pixels = datasets.pixels(run.data.take(run.split.validation), settings.preprocess)

    score = validate(
        run.network,
        Pictures(pixels, settings),
        run.data.take(run.split.validation),
        run.best_epoch,
    )

    assert score == reports_of(events)[run.best_epoch - 1].validation_map


def test_features_are_computed_once_for_a_folder(folder, tmp_path, monkeypatch):
    _, first = finish(frozen(folder), folder=tmp_path / "run")
    (tmp_path / "again").mkdir()
    for path in (tmp_path / "run").glob("*-features.safetensors"):
        path.rename(tmp_path / "again" / path.name)
    monkeypatch.setattr(Pictures, "__iter__", lambda self: pytest.fail("looked again"))

    _, second = finish(frozen(folder), folder=tmp_path / "again")

    assert torch.equal(first.network.head.weight, second.network.head.weight)


@pytest.mark.parametrize("changes", [{"seed": 2}, {"preprocess": Preprocess(size=48)}])
def test_features_of_another_trunk_or_size_are_not_used(
    folder, tmp_path, monkeypatch, changes
):
    finish(frozen(folder), folder=tmp_path)
    looked = []
    original = Pictures.__iter__

    def watched(self):
        looked.append(self)
        return original(self)

    monkeypatch.setattr(Pictures, "__iter__", watched)

    finish(frozen(folder, **changes), folder=tmp_path)

    assert len(looked) == 2


def test_a_frozen_run_resumes_to_the_same_numbers(folder, tmp_path):
    _, straight = finish(frozen(folder, epochs=4))
    steps = training.follow(frozen(folder, epochs=4), folder=tmp_path)
    while not (isinstance(event := next(steps), CheckpointSaved) and event.epoch == 2):
        pass
    steps.close()

    _, resumed = finish(frozen(folder, epochs=4), folder=tmp_path, resume=True)

    for name, tensor in straight.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name])


@pytest.mark.parametrize("method", ["ash", "zhu2022", "guan2022"])
def test_methods_on_other_networks_refuse_frozen_features(folder, method):
    options = {"backbone": "small"}

    with pytest.raises(SettingsError, match="plain network only"):
        finish(frozen(folder, method=method, options=options, epochs=3))
