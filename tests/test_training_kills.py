"""A run that is killed, or whose computer loses its power, ends in the same numbers.

Fifty times each, at random moments; bit for bit on the processor.
"""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time

import pytest
from crash_disk import CrashDisk, restore
from training_runs import finish, plan_of, quick, write_set

from medhash_gui import run_files
from medhash_gui.run_control import Watcher
from medhash_gui.transforms import Augment

TIMES = 50
EPOCHS = 6
PRETRAINING = [0, 4]  # epochs of learning without labels before


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=30)


def outcome(run):
    """Return what a run came to, but for time: reports, best epoch, every number."""
    digest = hashlib.sha256()
    for name, tensor in sorted(run.network.state_dict().items()):
        digest.update(name.encode() + tensor.contiguous().numpy().tobytes())
    reports = [[r.terms, r.validation_map, r.rate] for r in run.reports]
    return [reports, run.best_epoch, digest.hexdigest()]


def train_here(config, folder):
    """Train, or go on, in a forked process; leave what it came to in a file."""
    _, run = finish(config, folder=folder, resume=True, tells=True)
    (folder / "outcome.json").write_text(json.dumps(outcome(run)))


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills")
@pytest.mark.parametrize("first", PRETRAINING)
def test_a_run_killed_at_fifty_moments_ends_as_an_undisturbed_one(
    films, tmp_path, first
):
    chance = random.Random(1)
    film = Augment.named("film")
    config = quick(films, epochs=EPOCHS, augment=film, pretraining=first)
    fork = multiprocessing.get_context("fork")

    def begin(folder):
        process = fork.Process(target=train_here, args=(config, folder))
        process.start()
        return process

    begun = time.monotonic()
    process = begin(tmp_path / "undisturbed")
    process.join()
    whole = time.monotonic() - begun
    expected = (tmp_path / "undisturbed" / "outcome.json").read_text()

    kills = runs = 0
    while kills < TIMES:
        runs += 1
        folder = tmp_path / f"run {runs}"
        for _ in range(100):
            process = begin(folder)
            process.join(chance.uniform(0.05, 1.0) * whole)
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
                process.join()
                kills += 1
            else:
                assert process.exitcode == 0
                break
        assert (folder / "outcome.json").read_text() == expected
    print(f"{kills} kills in {runs} runs of {whole:.1f} s")  # noqa: T201


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("first", PRETRAINING)
def test_a_power_cut_at_any_write_ends_as_an_undisturbed_run(
    films, tmp_path, monkeypatch, first
):
    config = quick(films, epochs=4, pretraining=first)
    expected = outcome(finish(config)[1])
    place = tmp_path / "first" / "checkpoints"
    place.mkdir(parents=True)
    with monkeypatch.context() as patch:
        disk = CrashDisk(place, patch)
        finish(config, folder=tmp_path / "first")
    moments = disk.moments
    assert len(moments) > TIMES
    chance = random.Random(2)

    for number, moment in enumerate(chance.sample(moments, TIMES)):
        left = (moment.after_kill, moment.after_power_cut)[number % 2]
        folder = tmp_path / f"cut {number}"
        restore(folder / "checkpoints", left)
        _, run = finish(config, folder=folder, resume=True)
        assert outcome(run) == expected, moment.call


STARTER = """
import json, sys, time
from pathlib import Path
from medhash_gui import run_control
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.transforms import Augment

plan = TrainingPlan.from_json(json.loads(sys.argv[1]))
for _ in run_control.start(plan, Path(sys.argv[2])):
    pass
print("started", flush=True)
time.sleep(600)
"""


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(sys.platform == "win32", reason="kills")
def test_a_run_outlives_the_program_that_started_it(films, tmp_path):
    folder = tmp_path / "run"
    plan = plan_of(films, epochs=EPOCHS, augment="film")
    words = [sys.executable, "-c", STARTER, json.dumps(plan.as_json())]
    with subprocess.Popen([*words, str(folder)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"started\n"
        assert run_files.is_held(folder)
        program.kill()

    while Watcher(folder).look().state == "running":
        time.sleep(0.2)
    assert Watcher(folder).look().state == "finished"
