"""The command ``library shortcuts``."""

from __future__ import annotations

import json

import pytest
from command_runs import medhash
from test_shortcuts import draws, planted

from medhash_gui import shortcut_report


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    """A library whose codes follow the device, not the label."""
    label, device = draws(200, 3, 3)
    root = tmp_path_factory.mktemp("device") / "l.medhash"
    planted(
        root,
        200,
        lambda n: device[n],
        lambda n: {
            "labels": (f"l{label[n]}",),
            "device": f"Machine {device[n]}",
            "folder": f"Jane Doe {n % 2}",
        },
    ).close()
    return root


@pytest.mark.row("E9")
def test_the_table_and_the_sentences_name_the_device(library):
    ran = medhash("library", "shortcuts", library, "--sample", "150", "--top", "5")

    assert ran.code == 0, ran.err
    assert "150 of 200 patients, one picture each, against 200 pictures" in ran.out
    assert "Device: Neighbours share it more than labels, among pictures" in ran.out
    assert "First folder: No evidence that neighbours share it more" in ran.out
    assert "Neighbours share these more than labels" in ran.out
    assert "Not stated by any picture: View" in ran.out
    assert "not for diagnosis" in ran.err


def test_json_holds_what_the_table_says_and_no_value_of_a_property(library):
    ran = medhash("library", "shortcuts", library, "--json", "--seed", "3")

    answer = ran.answer
    by_key = {one["key"]: one for one in answer["properties"]}
    assert len(ran.out.splitlines()) == 1
    assert answer["named"] == ["device"]
    assert (answer["seed"], answer["neighbours"], answer["sampled"]) == (3, 10, 200)
    assert by_key["device"]["verdict"] == "shares_more"
    assert by_key["device"]["overall"]["lift"]["low"] > 0.8
    assert by_key["labels"]["same_label"] is None
    assert answer["model_id"] == "m1"
    assert "Jane" not in ran.out
    assert "Machine" not in ran.out


def test_the_same_seed_says_the_same(library):
    first, again = (
        medhash("library", "shortcuts", library, "--json", "--sample", "50").answer
        for _ in range(2)
    )

    assert first == again


def test_conditions_hold(library):
    words = ("library", "shortcuts", library, "--json", "--where")

    ran = medhash(*words, "device=Machine 1")
    none = medhash(*words, "device=Machine 9")

    assert 0 < ran.answer["searched"] < 200
    assert none.code != 0
    assert "pictures of 0 patients" in none.err
    assert "fewer conditions" in none.err


def test_two_folders_are_refused(library):
    folders = ("--where", "folder=a", "--where", "folder=b")

    ran = medhash("library", "shortcuts", library, *folders)

    assert ran.code != 0
    assert "--where names two folders" in ran.err


def test_too_many_neighbours_are_refused(library):
    ran = medhash("library", "shortcuts", library, "--top", "201")

    assert ran.code == 2
    assert "200 neighbours at most" in ran.err


def test_of_a_library_on_a_server_it_says_what_to_do(capsys):
    ran = medhash("library", "shortcuts", "milvus://localhost:1/lib")

    assert ran.code == 2
    assert "name the folder of the library that was pushed there" in ran.err


def test_every_reason_and_verdict_has_its_sentence():
    from typing import get_args

    from medhash_gui.shortcut_figures import Reason, Verdict

    assert {*shortcut_report._WITHHELD} == {*get_args(Reason)} - {""}
    assert {*shortcut_report._SENTENCES} == {*get_args(Verdict)} - {"withheld"}
    assert json.dumps(shortcut_report.MEANING)
