"""Runs in processes of their own: started, paused, killed, found again."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from dataclasses import replace

import pytest
from training_runs import drained, plan_of, write_set

from medhash_gui import paths, run_control, run_files
from medhash_gui.bundle import ModelBundle
from medhash_gui.errors import CheckpointError, SettingsError
from medhash_gui.run_control import Watcher


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=40)


def started(plan, *, resume=False, folder=None):
    folder = folder or run_control.new_folder(plan)
    drained(run_control.start(plan, folder, resume=resume))
    return folder


def wait_for_epoch(folder, number):
    watcher, until = Watcher(folder), time.monotonic() + 300
    while len(watcher.look().epochs) < number:
        assert time.monotonic() < until
        assert watcher.look().state == "running", watcher.look()
        time.sleep(0.02)


def say(folder, *events):
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / run_files.EVENTS).open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(event) + "\n" for event in events)


def test_pre_training_is_a_phase_of_a_run_that_can_be_paused(films):
    plan = plan_of(films, pretraining=400, epochs=2)
    folder = started(plan)
    watcher, until = Watcher(folder), time.monotonic() + 300
    while len(watcher.look().pretraining) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    assert watcher.look().is_pretraining
    assert watcher.look().seconds_left is not None

    run_control.pause(folder)
    facts = drained(run_control.watch(folder))

    assert facts.state == "stopped"
    assert facts.started is None
    assert facts.ended is not None
    assert facts.ended["checkpoint"] == "pretraining.safetensors"
    assert facts.pretraining[0]["epoch"] == 1


def test_a_run_is_found_by_whoever_comes_later_and_ends_in_a_model(films):
    folder = started(plan_of(films))
    process = run_control._started[-1].pid
    assert Watcher(folder).look().state == "running"

    facts = drained(run_control.watch(folder))

    assert facts.state == "finished"
    # Its memory is free: the process has ended, and no entry of it is left.
    assert not run_control._lives(folder)
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    assert facts.model is not None
    assert ModelBundle.open(facts.model).card.title == "Toy films"
    assert [epoch["epoch"] for epoch in facts.epochs] == [1, 2, 3]
    assert facts.references is not None
    assert facts.neighbours is not None
    assert [found.folder for found in run_control.all_runs()] == [folder]
    assert run_control.all_runs()[0].plan == plan_of(films)
    assert (folder / run_files.CODES).is_file()


def test_a_run_that_is_paused_goes_on_where_it_was(films):
    plan = plan_of(films, epochs=400)
    folder = started(plan)
    wait_for_epoch(folder, 2)

    run_control.pause(folder)
    facts = drained(run_control.watch(folder))
    before = len(facts.epochs)

    assert facts.state == "stopped"
    assert before < 400
    started(plan, resume=True, folder=folder)
    wait_for_epoch(folder, before + 1)
    assert Watcher(folder).look().started["resumed"] == before
    run_control.pause(folder)
    assert drained(run_control.watch(folder)).state == "stopped"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows kills otherwise")
def test_a_run_that_was_killed_is_seen_as_interrupted(films):
    folder = started(plan_of(films, epochs=400))
    wait_for_epoch(folder, 1)

    os.kill(run_control._started[-1].pid, signal.SIGKILL)
    facts = drained(run_control.watch(folder))

    assert facts.state == "interrupted"
    assert facts.ended is None


def test_a_run_that_cannot_begin_says_why(films, tmp_path):
    plan = plan_of(films, method="no such method")

    folder = started(plan, folder=tmp_path / "run")
    facts = drained(run_control.watch(folder))

    assert facts.state == "failed"
    assert facts.ended is not None
    assert "no such method" in facts.ended["message"]
    assert facts.ended["hint"]


def test_a_plan_that_cannot_be_starts_no_process(films, tmp_path):
    count = len(run_control._started)

    with pytest.raises(SettingsError):
        started(replace(plan_of(films), epochs=0), folder=tmp_path / "run")

    assert len(run_control._started) == count


def test_a_place_that_cannot_be_written_to_is_a_sentence(films, tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(CheckpointError, match="cannot be written to") as failed:
        started(plan_of(films), folder=tmp_path / "file" / "run")

    assert failed.value.hint


def test_time_and_memory_are_measured_and_nothing_is_left_of_it(films, tmp_path):
    found = drained(run_control.estimate(plan_of(films), tmp_path / "scratch"))

    assert found["event"] == "estimate"
    assert found["seconds"] == pytest.approx(sum(found["parts"].values()))
    assert all(value >= 0 for value in found["parts"].values())
    assert {"starting", "reading", "training", "writing"} <= set(found["parts"])
    assert found["memory_bytes"] is None or found["memory_bytes"] > 0
    assert not list((tmp_path / "scratch").glob("*/card.json"))


def test_measuring_what_cannot_be_says_why(films, tmp_path):
    plan = plan_of(films, method="no such method")

    found = drained(run_control.estimate(plan, tmp_path / "scratch"))

    assert "no such method" in found["error"]["message"]


def test_an_epoch_that_was_repeated_counts_once_and_the_later_one(tmp_path):
    epoch = {"event": "epoch", "epochs": 2, "seconds": 1.0}
    say(
        tmp_path,
        {**epoch, "epoch": 1, "validation_map": 0.5},
        {**epoch, "epoch": 1, "validation_map": 0.7},
        {**epoch, "epoch": 2, "validation_map": None},
    )

    facts = Watcher(tmp_path).look()

    assert [e["validation_map"] for e in facts.epochs] == [0.7, None]
    assert facts.best is not None
    assert facts.best["epoch"] == 1


def test_a_run_that_goes_on_after_a_failure_is_no_failure(tmp_path):
    failed = {"event": "failed", "type": "X", "message": "m", "hint": "h"}
    say(tmp_path, failed)
    watcher = Watcher(tmp_path)
    assert watcher.look().state == "failed"

    say(tmp_path, {"event": "started", "epochs": 3})

    assert watcher.look().state == "interrupted"


def test_two_runs_of_one_second_have_two_folders(films):
    plan = plan_of(films)
    first = run_control.new_folder(plan)
    first.mkdir(parents=True)

    assert run_control.new_folder(plan) != first
    assert first.parent == paths.runs()
