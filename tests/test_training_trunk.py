"""A run whose trunk first learns without labels: its phase, its stops, its end."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from training_runs import SIDE, StopAfter, finish, quick, write_picture, write_set

from medhash_gui import run_files, training_estimate
from medhash_gui.errors import (
    CheckpointError,
    DeviceError,
    MedHashError,
    SettingsError,
    TrainingDivergedError,
)
from medhash_gui.hashing import backbone
from medhash_gui.preprocess import Preprocess
from medhash_gui.pretraining import epochs as pretraining_epochs
from medhash_gui.pretraining import files as pretraining_files
from medhash_gui.pretraining.config import PretrainingEpoch
from medhash_gui.pretraining.epochs import Run
from medhash_gui.training import checks as training_checks
from medhash_gui.training.events import Progress, References, Started, Warned
from medhash_gui.training.training import Stopped

CHECKPOINT = "checkpoints/pretraining.safetensors"


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=24)


def config(films, **changes):
    return quick(films, **{"pretraining": 3, **changes})


def same(one, other):
    mine, theirs = one.state_dict(), other.state_dict()
    return all(torch.equal(mine[name], theirs[name]) for name in mine)


def stop_at(films, folder, step, **changes):
    with pytest.raises(Stopped) as stopped:
        finish(config(films, **changes), folder=folder, stop=StopAfter(step))
    return stopped.value


def test_the_trunk_learns_first_and_training_starts_from_it(films, tmp_path):
    events, run = finish(config(films), folder=tmp_path, tells=True)

    kinds = [type(event) for event in events]
    epochs = [event for event in events if isinstance(event, PretrainingEpoch)]
    assert [(e.epoch, e.epochs) for e in epochs] == [(1, 3), (2, 3), (3, 3)]
    assert kinds.index(Started) > max(
        n for n, kind in enumerate(kinds) if kind is PretrainingEpoch
    )
    steps = [event.step for event in events if isinstance(event, Progress)]
    assert "pretraining" in steps
    assert References in kinds
    assert (tmp_path / run_files.TRUNK).is_file()
    assert not (tmp_path / CHECKPOINT).exists()
    learned = backbone.weights("small", tmp_path / run_files.TRUNK)
    assert set(learned) == set(run.network.trunk.state_dict())
    _, plain = finish(quick(films))
    assert not same(run.network, plain.network)


def test_it_is_said_that_few_pictures_and_random_numbers_are_a_poor_start(films):
    events, _ = finish(config(films, pretraining=1))

    said = " ".join(e.message for e in events if isinstance(e, Warned))
    assert "Pre-training starts from random numbers" in said
    assert "pictures are few to learn from without labels" in said


def test_pictures_of_the_other_parts_play_no_role(films, tmp_path):
    other = tmp_path / "films"
    shutil.copytree(films, other)
    _, before = finish(config(films), folder=tmp_path / "before")
    rng = np.random.default_rng(1)
    for part in ("validation", "test"):
        for row in getattr(before.split, part):
            name = before.data.items[row].file.name
            write_picture(other / name, rng.uniform(0, 255, (SIDE, SIDE)))

    finish(config(other), folder=tmp_path / "after")

    trunks = [tmp_path / name / run_files.TRUNK for name in ("before", "after")]
    one, two = (pretraining_files.read(path)[0] for path in trunks)
    assert all(torch.equal(one[name], two[name]) for name in one)


# An epoch of the phase has three steps.
@pytest.mark.parametrize(("step", "done"), [(1, 0), (3, 1), (5, 1), (8, 2)])
def test_a_run_stopped_in_the_phase_goes_on_to_the_same_numbers(
    films, tmp_path, step, done
):
    _, whole = finish(config(films))

    stop_at(films, tmp_path, step)
    events, resumed = finish(config(films), folder=tmp_path, resume=True)

    epochs = [e.epoch for e in events if isinstance(e, PretrainingEpoch)]
    assert epochs == list(range(done + 1, 4))
    assert [r.terms for r in resumed.reports] == [r.terms for r in whole.reports]
    assert same(resumed.network, whole.network)


def test_stopping_after_an_epoch_names_its_checkpoint(films, tmp_path):
    assert stop_at(films, tmp_path / "early", 1).checkpoint is None

    late = stop_at(films, tmp_path / "late", 6)

    assert late.checkpoint == tmp_path / "late" / CHECKPOINT


def test_a_trunk_that_is_there_is_not_learned_again(films, tmp_path):
    _, whole = finish(config(films), folder=tmp_path / "whole")
    folder = tmp_path / "run"
    shutil.copytree(tmp_path / "whole", folder)
    for file in (folder / "checkpoints").glob("epoch-*"):
        file.unlink()

    events, run = finish(config(films), folder=folder, resume=True)

    assert not [e for e in events if isinstance(e, PretrainingEpoch)]
    assert same(run.network, whole.network)


@pytest.mark.parametrize("name", [CHECKPOINT, run_files.TRUNK])
def test_a_damaged_file_is_passed_over_and_said(films, tmp_path, name):
    _, whole = finish(config(films), folder=tmp_path)
    (tmp_path / run_files.TRUNK).unlink()
    (tmp_path / name).write_bytes(b"not a checkpoint")

    events, run = finish(config(films), folder=tmp_path, resume=True)

    said = [
        e.message for e in events if isinstance(e, Warned) and "damaged" in e.message
    ]
    assert Path(name).name in said[0]
    assert same(run.network, whole.network)


def test_a_checkpoint_of_another_run_is_refused(films, tmp_path):
    stop_at(films, tmp_path, 6)

    with pytest.raises(CheckpointError, match="seed is 1 there and 2 here") as refused:
        finish(config(films, seed=2), folder=tmp_path, resume=True)

    assert refused.value.hint


def test_pictures_of_an_impossible_size_are_refused(films):
    with pytest.raises(SettingsError, match="Pictures of 8 px are not possible"):
        finish(config(films, preprocess=Preprocess(size=8)))


def test_a_place_that_cannot_be_written_to_is_a_sentence(films, tmp_path):
    (tmp_path / "checkpoints").write_text("a file")

    with pytest.raises(MedHashError, match="could not be written") as failed:
        finish(config(films), folder=tmp_path)

    assert failed.value.hint


def test_a_frozen_trunk_may_start_from_random_numbers_then(films):
    events, run = finish(config(films, frozen=True))

    assert run.reports
    assert not any(
        "frozen features" in e.message for e in events if isinstance(e, Warned)
    )


def test_a_network_without_a_trunk_is_refused_before_hours_are_spent(films):
    own = {"variant": "ashnet", "size": SIDE}

    with pytest.raises(SettingsError, match="no pretrained trunk") as refused:
        finish(config(films, method="ash", options=own))

    assert "pre-training" in refused.value.hint


def test_several_processes_are_refused(films):
    with pytest.raises(SettingsError, match="cannot share the pre-training") as refused:
        training_checks.check_shares(config(films), 2)

    assert "medhash pretrain" in refused.value.hint


def test_a_collapse_offers_what_a_run_can_do(films, monkeypatch):
    def collapse(self, epoch):
        yield from ()
        raise TrainingDivergedError("Pre-training collapsed in epoch 1.", hint="--rate")

    monkeypatch.setattr(Run, "learn", collapse)

    with pytest.raises(TrainingDivergedError, match="collapsed") as failed:
        finish(config(films))

    assert "without pre-training" in failed.value.hint


def test_too_little_memory_is_a_sentence(films, monkeypatch):
    def exhaust(self):
        raise torch.OutOfMemoryError

    monkeypatch.setattr(Run, "begin", exhaust)

    with pytest.raises(DeviceError, match="memory of cpu is too small for 8 pictures"):
        finish(config(films))


def test_checkpoints_of_before_the_phase_existed_still_fit(films):
    older = quick(films).as_json()
    del older["pretraining"]

    assert quick(films).differences(older) == []
    assert "pretraining" in config(films).differences(older)[0]


def test_the_estimate_counts_the_phase(films, monkeypatch):
    # Every look at the clock is a second, whatever the machine does meanwhile.
    looks = itertools.count(1.0)
    clock = SimpleNamespace(monotonic=lambda: next(looks))
    monkeypatch.setattr(training_estimate, "time", clock)
    monkeypatch.setattr(pretraining_epochs, "time", clock)

    *_, found = training_estimate.measure(config(films, pretraining=50))
    *_, twice = training_estimate.measure(config(films, pretraining=5000))

    assert found["parts"]["pretraining"] > 0
    # A hundred times as many epochs: the phase is counted by its length.
    assert twice["parts"]["pretraining"] > 10 * found["parts"]["pretraining"]
    assert twice["seconds"] == pytest.approx(sum(twice["parts"].values()), abs=0.3)
    *_, without = training_estimate.measure(quick(films))
    assert "pretraining" not in without["parts"]
