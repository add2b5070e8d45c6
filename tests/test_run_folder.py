"""A run in a folder: what is written there, and read while it is written."""

from __future__ import annotations

import json

import pytest
from training_runs import quick

from medhash_gui import run_folder
from medhash_gui.errors import CheckpointError
from medhash_gui.training.training import TrainingConfig


def test_the_configuration_can_be_read_back(tmp_path):
    config = quick(tmp_path)

    run_folder.begin(tmp_path / "run", config, resume=False)

    text = (tmp_path / "run" / run_folder.CONFIG).read_text(encoding="utf-8")
    assert TrainingConfig.from_json(json.loads(text)) == config


def test_a_place_that_cannot_be_written_to_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("no folder")

    with pytest.raises(CheckpointError, match="cannot be written to") as failed:
        run_folder.begin(tmp_path / "file" / "run", quick(tmp_path), resume=False)

    assert failed.value.hint


def test_a_line_that_a_kill_cut_short_is_removed_before_the_next(tmp_path):
    folder = tmp_path / "run"
    run_folder.begin(folder, quick(tmp_path), resume=False)
    events = folder / run_folder.EVENTS
    events.write_text('{"event": "one"}\n{"event": "tw', encoding="utf-8")

    seen = list(run_folder.events_of(folder))
    run_folder.begin(folder, quick(tmp_path), resume=True)

    assert seen == [{"event": "one"}]
    assert events.read_text(encoding="utf-8") == '{"event": "one"}\n'


def test_there_are_no_events_before_a_run(tmp_path):
    assert list(run_folder.events_of(tmp_path)) == []


def test_a_name_for_a_model_is_fit_for_a_folder(tmp_path):
    config = quick(tmp_path / "films of Müller & co")

    assert run_folder.name_of(config) == "toy-dpsh-small-8bit"
