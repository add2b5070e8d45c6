"""Comparisons in a folder: what is run, what is kept, what is refused."""

from __future__ import annotations

import csv
import dataclasses
import json
import multiprocessing

import numpy as np
import pytest
import torch
from comparison_runs import SMALL, finish, kinds, plan, write_blobs

from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison import comparison
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison.plan import CONTROLS, Cell, Row
from medhash_gui.errors import ComparisonError, DatasetError, SettingsError
from medhash_gui.training.training import Stopped


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_blobs(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared")
    return *finish(out, plan(folder)), out


class Watched:
    """Looks at events on their way, and wishes to stop when it has seen one."""

    def __init__(self, sees):
        self.sees = sees
        self.asked = False

    def run(self, out, wanted, **wishes):
        for event in comparison.run(out, wanted, stop=lambda: self.asked, **wishes):
            self.asked = self.asked or bool(self.sees(event))


def saw(kind):
    return Watched(lambda event: event["event"] == kind)


def headline(out, cell, database="new", view="all labels"):
    report = comparison_cells.load(out, cell).values["reports"][database][view]
    return next(m for m in report["measures"] if m["name"] == "MAP@10")


def test_every_cell_has_a_result_and_nothing_large_stays(done):
    events, plan_there, out = done

    states = {c.name: comparison_cells.load(out, c).state for c in plan_there.cells()}

    assert set(states.values()) == {"finished"}
    assert len(states) == 2 + len(CONTROLS)
    assert len(kinds(events, "cell_finished")) == len(states)
    assert not (out / "runs").exists()
    assert not list((out / "cache").glob("pictures-*"))


def test_the_same_call_again_trains_nothing(folder, done):
    _, _, out = done
    before = {p: p.stat().st_mtime_ns for p in (out / "cells").iterdir()}

    events, _ = finish(out, plan(folder))

    assert kinds(events, "comparing")[0]["to_run"] == 0
    assert {p: p.stat().st_mtime_ns for p in (out / "cells").iterdir()} == before


def test_queries_are_the_test_part_and_patients_never_find_themselves(folder, done):
    _, _plan_there, out = done
    known = comparison_cells.load_splits(out)
    arrays = comparison_cells.load_queries(out, Cell("dpsh", 8, 1))

    patients = [
        set(known.patients[known.parts[1] == part].tolist()) for part in (0, 1, 2)
    ]

    assert np.array_equal(arrays["rows/all labels"], known.test(1))
    assert not patients[0] & patients[1]
    assert not patients[0] & patients[2]
    assert not patients[1] & patients[2]


def test_split_files_name_files_and_parts_and_no_patients(done):
    _, _, out = done

    text = (out / "splits" / "seed-1.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))

    assert {row["part"] for row in rows} == {"train", "validation", "test"}
    assert list(rows[0]) == ["file", "part"]
    everything = b"".join(p.read_bytes() for p in out.rglob("*") if p.is_file())
    assert b"person" not in everything


def test_all_labels_and_findings_only_against_new_and_training_pictures(done):
    _, _, out = done

    values = comparison_cells.load(out, Cell("dpsh", 8, 1)).values["reports"]

    assert {name: list(views) for name, views in values.items()} == {
        "new": ["all labels", "findings only"],
        "train": ["all labels", "findings only"],
    }
    whole, part = values["new"]["all labels"], values["new"]["findings only"]
    assert part["queries"] < whole["queries"]
    assert part["database"] == whole["database"]


def test_probabilities_against_true_labels_are_above_those_against_predictions(done):
    _, _, out = done

    upper = headline(out, Cell("probability-label", None, 1))["value"]
    ranked = headline(out, Cell("probability-probability", None, 1))["value"]

    assert upper >= ranked
    assert ranked > headline(out, Cell("lsh", 8, 1))["chance"] + 0.2


def test_a_run_that_is_stopped_goes_on_to_the_same_codes(folder, done, tmp_path):
    _, _plan_there, out = done
    wanted = plan(folder)

    for kind in ("comparing", "cell_finished", "epoch"):
        with pytest.raises(Stopped):
            saw(kind).run(tmp_path, wanted)
    left = [comparison_cells.load(tmp_path, c).state for c in wanted.cells()]
    assert "not run" in left
    assert "finished" in left
    assert list((tmp_path / "runs").glob("*/checkpoints/*"))
    finish(tmp_path, wanted)

    for cell in wanted.cells():
        one, two = (comparison_cells.load_queries(f, cell) for f in (out, tmp_path))
        for key in one:
            np.testing.assert_array_equal(one[key], two[key])


def test_methods_bits_and_seeds_can_be_added(folder, tmp_path):
    finish(tmp_path, plan(folder, rows=(Row("dpsh", "dpsh", SMALL),)))

    more = plan(folder, rows=(Row("csq", "csq", SMALL),), bits=(16,), seeds=(1, 2))
    events, whole = finish(tmp_path, more)

    assert [row.name for row in whole.rows] == ["dpsh", "csq"]
    assert (whole.bits, whole.seeds) == ((8, 16), (1, 2))
    names = {event["cell"] for event in kinds(events, "cell_started")}
    assert names == {"csq-16bit-seed-1", "csq-16bit-seed-2"}
    states = {c.name: comparison_cells.load(tmp_path, c).state for c in whole.cells()}
    assert states["dpsh-16bit-seed-1"] == "not run"
    assert states["dpsh-8bit-seed-1"] == "finished"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"run": {"epochs": 3}}, "epochs is 2 there and 3 here"),
        ({"rows": (Row("csq", "csq", {**SMALL, "several": "majority"}),)}, "csq is"),
        ({"backbone": "squeezenet1_1"}, "backbone is small there"),
    ],
)
def test_another_plan_for_cells_that_are_there_is_refused(folder, done, changes, words):
    _, _, out = done

    with pytest.raises(ComparisonError, match=words):
        finish(out, plan(folder, **changes))


def test_changed_labels_are_refused(folder, tmp_path):
    films = write_blobs(tmp_path / "films")
    finish(tmp_path / "out", plan(films, rows=()))
    table = films / "labels.csv"
    table.write_text(table.read_text().replace("0.png,upper", "0.png,side", 1))

    with pytest.raises(ComparisonError, match="labels or patients have changed"):
        finish(tmp_path / "out", plan(films, rows=()))


def test_a_cell_that_fails_is_kept_as_failed_and_the_others_go_on(folder, tmp_path):
    rows = (Row("wild", "dpsh", SMALL), Row("csq", "csq", SMALL))
    wanted = plan(folder, rows=rows, run={"rate_new": 1e30})

    events, _ = finish(tmp_path, wanted)
    failed = comparison_cells.load(tmp_path, Cell("wild", 8, 1))

    assert failed.state == "failed"
    assert "Training failed in epoch" in failed.message
    assert {e["cell"] for e in kinds(events, "cell_failed")} >= {"wild-8bit-seed-1"}
    again, _ = finish(tmp_path, wanted)
    assert kinds(again, "comparing")[0]["to_run"] == 0
    again, _ = finish(tmp_path, wanted, again=True)
    assert kinds(again, "cell_started")[0]["cell"] == "wild-8bit-seed-1"


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["cuda", "python", "torch"],
)
def test_too_little_memory_is_a_failed_cell(folder, tmp_path, monkeypatch, error):
    def greedy(*_args, **_wishes):
        yield from ()
        raise error

    monkeypatch.setattr("medhash_gui.training.training.follow", greedy)

    finish(tmp_path, plan(folder))

    found = comparison_cells.load(tmp_path, Cell("csq", 8, 1))
    assert found.state == "failed"
    assert "too little memory for csq" in found.message
    assert headline(tmp_path, Cell("itq", 8, 1))["value"] > 0


def test_a_control_that_cannot_be_fitted_is_failed_with_its_sentence(folder, tmp_path):
    finish(tmp_path, plan(folder, rows=(), bits=(128,)))

    found = comparison_cells.load(tmp_path, Cell("itq", 128, 1))

    assert found.state == "failed"
    assert "directions only" in found.message


def test_a_bug_is_no_failed_cell(folder, tmp_path, monkeypatch):
    def broken(*_args, **_wishes):
        raise ZeroDivisionError

    monkeypatch.setattr("medhash_gui.comparison.run.judge", broken)

    with pytest.raises(ZeroDivisionError):
        finish(tmp_path, plan(folder, run={"test": 0.3}))


def test_an_unknown_method_is_refused_before_anything_is_written(folder, tmp_path):
    out = tmp_path / "out"

    with pytest.raises(SettingsError, match="no hashing method 'dspn'"):
        finish(out, plan(folder, rows=(Row("dspn", "dspn", SMALL),)))

    assert not out.exists()


def test_one_class_is_refused_before_anything_is_written(tmp_path):
    films = write_blobs(tmp_path / "films")
    table = films / "labels.csv"
    lines = [line.split(",") for line in table.read_text().splitlines()]
    lines[1:] = [[file, "upper", patient] for file, _, patient in lines[1:]]
    table.write_text("\n".join(",".join(line) for line in lines))

    with pytest.raises(DatasetError, match="at least two labels"):
        finish(tmp_path / "out", plan(films))

    assert not (tmp_path / "out").exists()


def test_rows_with_one_name_or_nearly_are_refused(folder):
    for name in ("csq", "CSQ", "lsh"):
        with pytest.raises(SettingsError, match="rows"):
            plan(folder, rows=(Row("csq", "csq", SMALL), Row(name, "dpsh", SMALL)))


def test_a_plan_survives_the_disk_and_a_newer_one_is_refused(folder, tmp_path):
    wanted = dataclasses.replace(plan(folder), against="csq", commands=("medhash x",))
    comparison_plan.write(tmp_path, wanted)

    assert comparison_plan.read(tmp_path) == wanted
    path = tmp_path / "plan.json"
    values = json.loads(path.read_text())
    path.write_text(json.dumps({**values, "format": 99}))
    with pytest.raises(ComparisonError, match="newer version"):
        comparison_plan.read(tmp_path)
    path.write_text("{")
    with pytest.raises(ComparisonError, match="not the plan"):
        comparison_plan.read(tmp_path)


def test_two_processes_come_to_the_numbers_of_one(folder, done, tmp_path):
    _, plan_there, out = done

    events, _ = finish(tmp_path, plan(folder), processes=2)

    assert len(kinds(events, "cell_finished")) == len(plan_there.cells())
    for cell in plan_there.cells():
        one, two = (comparison_cells.load_queries(f, cell) for f in (out, tmp_path))
        for key in one:
            np.testing.assert_allclose(one[key], two[key], atol=1e-6)


def test_processes_stop_with_checkpoints(folder, tmp_path):
    wanted = plan(folder, run={"epochs": 2000})

    with pytest.raises(Stopped):
        saw("epoch").run(tmp_path, wanted, processes=2)

    assert list((tmp_path / "runs").glob("*/checkpoints/epoch-*"))
    assert comparison_cells.load(tmp_path, Cell("dpsh", 8, 1)).state == "not run"


@pytest.mark.slow
def test_a_process_that_dies_costs_its_cell(folder, tmp_path):
    wanted = plan(folder, run={"epochs": 2000})

    def kill_all(event):
        if event["event"] == "epoch":
            for process in multiprocessing.active_children():
                process.kill()
        return event["event"] == "cell_failed"

    with pytest.raises(Stopped):
        Watched(kill_all).run(tmp_path, wanted, processes=2)

    cells = [Cell("dpsh", 8, 1), Cell("csq", 8, 1)]
    found = [comparison_cells.load(tmp_path, cell) for cell in cells]
    assert any("ended before it was done" in cell.message for cell in found)


@pytest.mark.slow
def test_a_bug_in_a_process_is_a_bug_here(folder, tmp_path):
    def spoil(event):
        if event["event"] == "comparing":
            path = tmp_path / "plan.json"
            values = json.loads(path.read_text())
            for row in values["rows"]:
                row["options"]["backbone"] = ["small"]
            path.write_text(json.dumps(values))

    with pytest.raises(RuntimeError, match="Traceback"):
        Watched(spoil).run(tmp_path, plan(folder), processes=2)
