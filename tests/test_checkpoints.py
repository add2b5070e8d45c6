"""A stopped run goes on with the same numbers; a full disk spoils nothing."""

from __future__ import annotations

import errno
import random

import numpy as np
import pytest
import torch
from training_runs import PLAIN, SIDE, StopAfter, finish, quick, reports_of, write_set

from medhash_gui.errors import CheckpointError
from medhash_gui.library import durable
from medhash_gui.training import checkpoints, training
from medhash_gui.training import loop as training_loop
from medhash_gui.training.events import CheckpointSaved, Started, Warned
from medhash_gui.training.training import Stopped


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"), patients=24)


def config(folder, **changes):
    values = {"epochs": 4, "validation": 0.3, **changes}
    return quick(folder, **values)


def staged(folder):
    options = {**PLAIN, "global_size": SIDE, "hidden": 16}
    return config(folder, method="guan2022", options=options)


def assert_same(one, other):
    """Assert that two runs ended with the same numbers, to the last bit."""
    for left, right in zip(one.reports, other.reports, strict=True):
        assert (left.terms, left.validation_map) == (right.terms, right.validation_map)
        assert (left.rate, left.stage) == (right.rate, right.stage)
    assert one.best_epoch == other.best_epoch
    mine, theirs = one.network.state_dict(), other.network.state_dict()
    assert mine.keys() == theirs.keys()
    for name, tensor in mine.items():
        assert torch.equal(tensor, theirs[name]), name


def disturb():
    """Draw from everybody's generators, as another program between two runs would."""
    torch.rand(7)
    np.random.default_rng().random()
    random.random()


@pytest.mark.parametrize(
    "settings",
    [
        lambda folder: config(folder),
        # Standardised logits, a term that draws random directions: more state.
        lambda folder: config(
            folder, method="orthohash", options={**PLAIN, "sliced_wasserstein": 0.1}
        ),
        staged,
    ],
    ids=["dpsh", "orthohash", "guan2022"],
)
def test_stopped_and_resumed_equals_straight_through(folder, tmp_path, settings):
    _, straight = finish(settings(folder))
    steps = training.follow(settings(folder), folder=tmp_path)
    while not (isinstance(event := next(steps), CheckpointSaved) and event.epoch == 2):
        pass
    steps.close()
    disturb()

    events, resumed = finish(settings(folder), folder=tmp_path, resume=True)

    assert [e.resumed for e in events if isinstance(e, Started)] == [2]
    assert [report.epoch for report in reports_of(events)] == [3, 4]
    assert_same(straight, resumed)


def test_stopped_in_the_middle_of_an_epoch_goes_on_from_there(folder, tmp_path):
    _, straight = finish(config(folder))
    with pytest.raises(Stopped) as stopped:
        # Asked once an event before training, then after each batch.
        finish(config(folder), folder=tmp_path, stop=StopAfter(6))
    disturb()

    events, resumed = finish(config(folder), folder=tmp_path, resume=True)

    assert stopped.value.checkpoint is not None
    assert "batch-000000" not in stopped.value.checkpoint.name
    assert_same(straight, resumed)
    assert len(reports_of(events)) < 4


def test_killed_in_the_middle_of_an_epoch_repeats_that_epoch(folder, tmp_path):
    class Killed(BaseException):
        pass

    def kill():
        kill.asked += 1
        if kill.asked == 7:
            raise Killed
        return False

    kill.asked = 0
    _, straight = finish(config(folder))
    with pytest.raises(Killed):
        finish(config(folder), folder=tmp_path, stop=kill)
    disturb()

    events, resumed = finish(config(folder), folder=tmp_path, resume=True)

    assert reports_of(events)[0].epoch > 1
    assert_same(straight, resumed)


def test_a_finished_run_resumes_to_its_end(folder, tmp_path):
    _, once = finish(config(folder, epochs=2), folder=tmp_path)

    events, again = finish(config(folder, epochs=2), folder=tmp_path, resume=True)

    assert reports_of(events) == []
    assert_same(once, again)


def test_the_newest_two_and_the_best_network_are_kept(folder, tmp_path):
    _, run = finish(config(folder), folder=tmp_path)

    names = sorted(p.name for p in (tmp_path / training_loop.CHECKPOINTS).iterdir())

    assert names[-2:] == [
        "epoch-00003-batch-000000.safetensors",
        "epoch-00004-batch-000000.safetensors",
    ]
    best = {name for name in names if name.startswith("best")}
    assert f"best-{run.best_epoch:05d}.safetensors" in best
    assert len(names) - len(best) == 2


def test_a_damaged_checkpoint_is_passed_over_with_a_warning(folder, tmp_path):
    _, straight = finish(config(folder, epochs=2), folder=tmp_path)
    newest = sorted((tmp_path / training_loop.CHECKPOINTS).glob("epoch-*"))[-1]
    newest.write_bytes(newest.read_bytes()[:200])

    events, resumed = finish(config(folder, epochs=2), folder=tmp_path, resume=True)

    warnings = [event.message for event in events if isinstance(event, Warned)]
    assert any(f"{newest.name} is damaged" in message for message in warnings)
    assert [report.epoch for report in reports_of(events)] == [2]
    assert_same(straight, resumed)


def test_a_full_disk_is_a_sentence_and_the_older_checkpoint_stays(
    folder, tmp_path, monkeypatch
):
    steps = training.follow(config(folder), folder=tmp_path)
    while not isinstance(next(steps), CheckpointSaved):
        pass
    original = durable.write

    def full(descriptor, data):
        original(descriptor, data[: len(data) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "write", full)
    with pytest.raises(CheckpointError, match="disk is full") as failed:
        list(steps)
    monkeypatch.undo()

    assert "--resume" in failed.value.hint
    found, damaged = checkpoints.newest(tmp_path / training_loop.CHECKPOINTS)
    assert found is not None
    assert found.values["state"]["epoch"] == 1
    assert damaged == []


def test_a_read_only_place_is_a_sentence(folder, tmp_path, monkeypatch):
    def refused(path, data):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(durable, "place", refused)

    with pytest.raises(CheckpointError, match="could not be written: Permission"):
        finish(config(folder), folder=tmp_path)


@pytest.fixture(scope="module")
def half_done(folder, tmp_path_factory):
    target = tmp_path_factory.mktemp("run")
    steps = training.follow(config(folder), folder=target)
    while not isinstance(next(steps), CheckpointSaved):
        pass
    steps.close()
    return target


@pytest.mark.parametrize(
    ("changes", "match"),
    [
        ({"bits": 16}, "bits is 8 there and 16 here"),
        ({"epochs": 5}, "epochs is 4 there and 5 here"),
        ({"seed": 2}, "seed is 1 there and 2 here"),
        ({"method": "dch"}, "method is dpsh there and dch here"),
    ],
)
def test_a_checkpoint_of_another_configuration_is_refused(
    folder, half_done, changes, match
):
    with pytest.raises(CheckpointError, match=match):
        finish(config(folder, **changes), folder=half_done, resume=True)


def test_a_checkpoint_of_other_labels_is_refused(half_done, tmp_path):
    other = write_set(tmp_path / "other", patients=24)
    table = other / "labels.csv"
    text = table.read_text(encoding="utf-8").replace("1.png,dark", "1.png,bright", 1)
    table.write_text(text, encoding="utf-8")

    with pytest.raises(CheckpointError, match="pictures or labels have changed"):
        finish(config(other), folder=half_done, resume=True)


def test_pictures_that_have_moved_are_the_same_run(half_done, tmp_path):
    moved = write_set(tmp_path / "elsewhere", patients=24)

    events, _ = finish(config(moved), folder=half_done, resume=True)

    assert [e.resumed for e in events if isinstance(e, Started)] == [1]


def test_a_checkpoint_of_a_newer_format_is_refused(folder, half_done):
    found, _ = checkpoints.newest(half_done / training_loop.CHECKPOINTS)
    assert found is not None
    newer = {**found.values, "format": 99}

    with pytest.raises(CheckpointError, match="newer version"):
        checkpoints.check(newer, config(folder), of=found.values["pictures"])
