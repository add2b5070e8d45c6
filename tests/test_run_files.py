"""The files of a run: who holds it, what was wished, what happened."""

from __future__ import annotations

import pytest

from medhash_gui import run_files
from medhash_gui.errors import CheckpointError


def test_a_run_is_held_while_it_is_trained_and_no_longer(tmp_path):
    folder = tmp_path / "run"
    assert not run_files.is_held(folder)

    with run_files.held(folder):
        assert run_files.is_held(folder)

    assert not run_files.is_held(folder)


def test_two_processes_cannot_train_in_one_folder(tmp_path, monkeypatch):
    monkeypatch.setattr(run_files, "_LOCK_WAIT_S", 0.1)

    with (
        run_files.held(tmp_path),
        pytest.raises(CheckpointError, match="Another process") as refused,
        run_files.held(tmp_path),
    ):
        pass

    assert refused.value.hint


def test_of_processes_that_train_together_only_the_first_holds_the_run(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("RANK", "1")

    with run_files.held(tmp_path):
        assert not run_files.is_held(tmp_path)


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with (
        pytest.raises(CheckpointError, match="cannot be written to") as failed,
        run_files.held(tmp_path / "file" / "run"),
    ):
        pass

    assert failed.value.hint


def test_a_wish_to_stop_lasts_until_the_next_run(tmp_path):
    assert not run_files.is_asked_to_stop(tmp_path)
    run_files.ask_to_stop(tmp_path)
    assert run_files.is_asked_to_stop(tmp_path)

    with run_files.held(tmp_path):
        assert not run_files.is_asked_to_stop(tmp_path)


def test_a_run_that_is_gone_cannot_be_asked(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be asked to stop"):
        run_files.ask_to_stop(tmp_path / "nowhere")


def test_events_are_given_once_and_only_when_they_are_whole(tmp_path):
    reader = run_files.EventReader(tmp_path)
    events = tmp_path / run_files.EVENTS
    assert reader.new() == []

    events.write_text('{"event": "one"}\n{"event": "tw', encoding="utf-8")
    assert reader.new() == [{"event": "one"}]
    assert reader.new() == []

    with events.open("a", encoding="utf-8") as file:
        file.write('o"}\n')
    assert reader.new() == [{"event": "two"}]


def test_what_a_power_cut_left_among_the_events_is_passed_over(tmp_path):
    events = tmp_path / run_files.EVENTS
    events.write_bytes(b'{"event": "one"}\n\0\0\0\0\n{"event": "two"}\n')

    found = [event["event"] for event in run_files.events_of(tmp_path)]

    assert found == ["one", "two"]
