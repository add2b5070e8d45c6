"""A run that is killed, or whose computer loses its power, ends in the same numbers.

Fifty times each, at random moments; bit for bit on the processor.
"""

from __future__ import annotations

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
from training_runs import SIDE, finish, quick, reports_of, write_set

from medhash_gui import command_line, run_files
from medhash_gui.run_control import Watcher
from medhash_gui.training_plan import TrainingPlan

TIMES = 50
EPOCHS = 6


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=30)


def plan_of(films, **changes):
    values = {
        "folder": films,
        "table": films / "labels.csv",
        "method": "dpsh",
        "bits": 8,
        "backbone": "small",
        "options": {"frozen_blocks": 0},
        "frozen": False,
        "epochs": EPOCHS,
        "batch": 8,
        "size": SIDE,
        "validation": 0.2,
        "device": "cpu",
        "name": "toy",
        "title": "Toy",
        "augment": "film",
    }
    return TrainingPlan(**{**values, **changes})


def scores(folder):
    """Return what a finished run came to, but for time."""
    facts = Watcher(folder).look()
    assert facts.state == "finished", facts
    epochs = [
        (e["epoch"], e["terms"], e["validation_map"], e["rate"]) for e in facts.epochs
    ]
    ended = facts.ended
    return epochs, ended["model_id"], ended["best_epoch"], ended["metrics"]


def train_here(words, out):
    """Do what the program does, in a forked process, quietly."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)
    code = command_line.main(words, open_window=lambda request: 0)
    os._exit(code)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.skipif(sys.platform == "win32", reason="forks and kills")
def test_a_run_killed_at_fifty_moments_ends_as_an_undisturbed_one(films, tmp_path):
    chance = random.Random(1)
    plan = plan_of(films)
    fork = multiprocessing.get_context("fork")

    def begin(folder):
        plan.write(folder)
        words = plan.arguments(folder, resume=True)
        process = fork.Process(target=train_here, args=(words, folder))
        process.start()
        return process

    begun = time.monotonic()
    process = begin(tmp_path / "undisturbed")
    process.join()
    whole = time.monotonic() - begun
    expected = scores(tmp_path / "undisturbed")

    kills = runs = 0
    while kills < TIMES:
        runs += 1
        folder = tmp_path / f"run {runs}"
        for _ in range(100):
            process = begin(folder)
            process.join(chance.uniform(0.02, 1.05) * whole)
            if process.exitcode is None:
                os.kill(process.pid, signal.SIGKILL)
                process.join()
                kills += 1
            else:
                assert process.exitcode == 0
                break
        assert scores(folder) == expected
    print(f"{kills} kills in {runs} runs of {whole:.1f} s")  # noqa: T201


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_power_cut_at_any_write_ends_as_an_undisturbed_run(
    films, tmp_path, monkeypatch
):
    config = quick(films, epochs=4)
    events, undisturbed = finish(config)
    expected = (
        [(r.terms, r.validation_map, r.rate) for r in reports_of(events)],
        undisturbed.best_epoch,
    )
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
        found = [(r.terms, r.validation_map, r.rate) for r in run.reports]
        assert (found, run.best_epoch) == expected, moment.call
        for name, tensor in undisturbed.network.state_dict().items():
            assert tensor.equal(run.network.state_dict()[name]), moment.call


STARTER = """
import json, sys, time
from pathlib import Path
from medhash_gui import run_control
from medhash_gui.training_plan import TrainingPlan

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
    words = [sys.executable, "-c", STARTER, json.dumps(plan_of(films).as_json())]
    with subprocess.Popen([*words, str(folder)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"started\n"
        assert run_files.is_held(folder)
        program.kill()

    while Watcher(folder).look().state == "running":
        time.sleep(0.2)
    assert Watcher(folder).look().state == "finished"
