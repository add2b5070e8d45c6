"""Frozen features give what the trunk gives, are computed once, and train a head."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from training_runs import finish, quick, reports_of, write_set

from medhash_gui import datasets
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import data as training_data
from medhash_gui.training import training
from medhash_gui.training.data import Pictures
from medhash_gui.training.events import CheckpointSaved
from medhash_gui.training.network import build_network, logits_of, validate
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
    return quick(folder, **{"frozen": True, "validation": 0.3, **changes})


def test_there_are_methods_for_frozen_features():
    assert {"dpsh", "hashnet", "csq", "orthohash", "ssdh"} <= set(FROZEN)


@pytest.mark.parametrize("method", FROZEN)
def test_the_hash_layer_learns_and_the_trunk_stays(folder, method):
    settings = frozen(folder, method=method)
    sizes = Sizes(settings.bits, 2, 1)
    before = build_network(METHODS[method], sizes, settings)

    _, run = finish(settings)

    assert run.network.pools
    trunk = run.network.trunk.state_dict()
    for name, tensor in before.get_submodule("trunk").state_dict().items():
        assert torch.equal(tensor, trunk[name])
    assert not torch.equal(run.network.head.weight, before.get_parameter("head.weight"))


def test_frozen_features_score_as_the_pictures_do(folder):
    settings = frozen(folder, augment=Augment(), epochs=3)
    events, run = finish(settings)
    pixels = datasets.pixels(run.data.take(run.split.validation), settings.preprocess)

    score = validate(
        logits_of(run.network, Pictures(pixels, settings)),
        run.data.take(run.split.validation),
        run.best_epoch,
    )

    assert score == reports_of(events)[run.best_epoch - 1].validation_map


@pytest.fixture
def looked(monkeypatch):
    """Collect how many pictures the frozen blocks are shown."""
    counts = []
    original = Pictures.view

    def watched(self, rows, digests, number):
        counts.append(len(rows))
        return original(self, rows, digests, number)

    monkeypatch.setattr(Pictures, "view", watched)
    return counts


def test_features_are_computed_once_for_a_folder(folder, tmp_path, looked):
    _, first = finish(frozen(folder), folder=tmp_path / "run")
    seen = sum(looked)
    (tmp_path / "run" / "features").rename(tmp_path / "shared")

    _, second = finish(frozen(folder), features=tmp_path / "shared")

    assert seen == len(first.split.train) + len(first.split.validation)
    assert sum(looked) == seen
    assert torch.equal(first.network.head.weight, second.network.head.weight)


def test_features_of_another_split_are_used_and_completed(folder, tmp_path, looked):
    finish(frozen(folder, weights=None), features=tmp_path)
    seen = sum(looked)
    # The same trunk (of the same first numbers), but other parts.
    settings = frozen(folder, validation=0.5)

    _, run = finish(settings, features=tmp_path)

    assert sum(looked) - seen < len(run.split.train) + len(run.split.validation)


@pytest.mark.parametrize("changes", [{"seed": 2}, {"preprocess": Preprocess(size=48)}])
def test_features_of_another_trunk_or_size_are_not_used(
    folder, tmp_path, looked, changes
):
    finish(frozen(folder), folder=tmp_path)
    looked.clear()

    _, run = finish(frozen(folder, **changes), folder=tmp_path)

    assert sum(looked) == len(run.split.train) + len(run.split.validation)


@pytest.mark.parametrize("damage", [b"", b"no features", None])
def test_a_damaged_cache_is_made_anew(folder, tmp_path, damage):
    finish(frozen(folder), folder=tmp_path / "run")
    [file] = (tmp_path / "run" / "features").iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-8] if damage is None else damage)

    finish(frozen(folder), features=tmp_path / "run" / "features")

    assert file.read_bytes() == whole


def test_a_frozen_run_resumes_to_the_same_numbers(folder, tmp_path):
    _, straight = finish(frozen(folder, epochs=4))
    steps = training.follow(frozen(folder, epochs=4), folder=tmp_path)
    while not (isinstance(event := next(steps), CheckpointSaved) and event.epoch == 2):
        pass
    steps.close()

    _, resumed = finish(frozen(folder, epochs=4), folder=tmp_path, resume=True)

    for name, tensor in straight.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[name])


# ----------------------------------------------- networks of their own, views, blocks
OWN = {
    "ash": {},
    "ash in the middle": {"stage": 3},
    "zhu2022": {},
    "zhu2022 se": {"attention": "se"},
    "guan2022": {"hidden": 16},
    "ecoc": {"dropout": 0.0},
    "ecoc of one depth": {"depths": "last"},
}


def own(folder, name, **changes):
    options = {"backbone": "small", "frozen_blocks": 4, **OWN[name]}
    values = {"views": 3, "epochs": 3, "validation": 0.3, "augment": Augment()}
    values |= changes
    return quick(folder, method=name.split()[0], options=options, **values)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("name", OWN)
def test_what_learns_on_features_is_the_network_on_pictures(folder, name, frozen):
    settings = own(folder, name, frozen=frozen)
    with_test = _prepared(settings)

    _, run = finish(settings, prepared=with_test)

    pixels = {"train": with_test.pictures, "test": with_test.test_pictures}
    for part, pictures in pixels.items():
        asked = logits_of(run.network, Pictures(pictures, settings))
        # Maps kept as float16 can move a threshold, and so a mask, by a pixel.
        apart = np.abs(run.logits[part] - asked)
        assert np.median(apart) < 1e-3
        assert apart.max() < 0.1
    assert run.encoded_per_second > 0


@pytest.mark.parametrize("name", OWN)
def test_frozen_blocks_stay_as_they_were(folder, name):
    settings = own(folder, name)
    sizes = Sizes(settings.bits, 2, 1)
    before = build_network(METHODS[settings.method], sizes, settings)

    _, run = finish(settings)

    old, new = before.get_submodule("trunk"), run.network.get_submodule("trunk")
    for n in range(8):
        numbers = list(zip(old[n].parameters(), new[n].parameters(), strict=True))
        stayed = all(torch.equal(a, b) for a, b in numbers)
        assert stayed or n >= 4
    local = getattr(run.network, "local_trunk", None)
    if local is not None:
        assert torch.equal(local[0].weight, old[0].weight)


def test_changed_views_are_seen_by_what_learns(folder):
    plain_views = own(folder, "ash", views=1)
    changed = own(folder, "ash", augment=Augment(brightness=0.4))

    first, second = finish(plain_views)[1], finish(changed)[1]

    weights = [run.network.head.weight for run in (first, second)]
    assert not torch.allclose(*weights)


def test_views_are_the_same_in_every_split(folder):
    settings = own(folder, "ash", augment=Augment(brightness=0.4, rotation_degrees=9))
    prepared = _prepared(settings)
    pictures = Pictures(prepared.pictures, settings)
    names = [prepared.digests[row] for row in prepared.split.train]

    together = pictures.view(np.arange(6), names[:6], 2)
    alone = pictures.view(np.array([4]), names[4:5], 2)

    assert torch.equal(together[4:5], alone)
    assert not torch.equal(together[:1], pictures.view(np.array([0]), names[:1], 0))


@pytest.mark.parametrize("name", ["zhu2022", "guan2022"])
def test_a_second_look_resumes_to_the_same_numbers(folder, tmp_path, name):
    settings = own(folder, name, epochs=5)
    _, straight = finish(settings)
    steps = training.follow(settings, folder=tmp_path)
    while not (isinstance(event := next(steps), CheckpointSaved) and event.epoch == 4):
        pass
    steps.close()

    _, resumed = finish(settings, folder=tmp_path, resume=True)

    for key, tensor in straight.network.state_dict().items():
        assert torch.equal(tensor, resumed.network.state_dict()[key])


@pytest.mark.parametrize(
    ("method", "options"),
    [
        ("dpsh", {"backbone": "small", "frozen_blocks": 0}),
        ("ash", {"variant": "ashnet", "size": 32}),
    ],
)
def test_nothing_frozen_is_refused(folder, method, options):
    with pytest.raises(SettingsError, match="No block of this network is frozen"):
        finish(quick(folder, method=method, options=options, views=2))


def _prepared(settings):
    steps = training_data.prepare(settings, test=True)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value
