"""Means over seeds, intervals and paired differences, against a slow bootstrap."""

from __future__ import annotations

import csv
import dataclasses
import xml.etree.ElementTree as ET
from types import MappingProxyType

import numpy as np
import pytest

from medhash_gui import bootstrap
from medhash_gui.comparison import cells as comparison_cells
from medhash_gui.comparison import figures as comparison_figures
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison import table as comparison_table
from medhash_gui.comparison.cells import Known
from medhash_gui.comparison.figures import Difference
from medhash_gui.comparison.plan import Cell, Plan, Row
from medhash_gui.errors import ComparisonError

CLASSES = ("No Finding", "a", "b")
MEASURES = ["MAP@10", "P@10"]
ROUNDS = 200
HEAD = ("new", "all labels")


def plan(**changes):
    values = {
        "base": base(),
        "rows": (Row("good", "dpsh"), Row("poor", "csq")),
        "bits": (16,),
        "seeds": (1, 2),
        "backbone": "small",
        "against": "good",
    }
    return Plan(**{**values, **changes})


def base():
    from pathlib import Path

    from training_runs import quick

    return comparison_plan.base_of(quick(Path("films"), frozen=True))


def known(*, pictures=60, patients=20, seed=0):
    """Pictures whose test parts overlap in some patients, and only partly."""
    rng = np.random.default_rng(seed)
    patient = np.sort(rng.integers(0, patients, pictures))
    labels = np.zeros((pictures, len(CLASSES)), np.uint8)
    labels[np.arange(pictures), rng.integers(0, len(CLASSES), pictures)] = 1
    parts = {}
    for number in (1, 2):
        chosen = np.random.default_rng(number).random(patients) < 0.5
        parts[number] = np.where(chosen[patient], 2, 0).astype(np.int8)
    return Known(patient, labels, CLASSES, MappingProxyType(parts))


def measure(name, values):
    mean = float(values.mean())
    return {"name": name, "value": mean, "low": 0.0, "high": 1.0, "chance": 0.25}


def write_cell(folder, cell, of, *, better=0.0, seed=0):
    """Write a finished cell whose queries are numbers drawn at random."""
    rng = np.random.default_rng([seed, cell.seed])
    every = of.test(cell.seed)
    queries, reports = {}, {"new": {}, "train": {}}
    for view, keep in (("all labels", slice(None)), ("findings only", None)):
        bears = of.labels[every][:, 1:].any(axis=1)
        rows = every[keep] if keep is not None else every[bears]
        queries[f"rows/{view}"] = rows.astype(np.int32)
        for database in ("new", "train"):
            found = rng.random((2, len(rows))).astype(np.float32) / 2 + better
            queries[f"{database}/{view}"] = found.astype(np.float32)
            macro = np.mean(
                [
                    found[0][of.labels[rows][:, c] > 0].mean()
                    for c in range(0 if view == "all labels" else 1, 3)
                ]
            )
            reports[database][view] = {
                "measures": [
                    *map(measure, MEASURES, found.astype(np.float64)),
                    {**measure("MAP@10 (macro)", found), "value": float(macro)},
                ],
                "tie_size": 3.0,
                "tie_share": 0.5,
            }
    values = {
        "state": "finished",
        "reports": reports,
        "measures": MEASURES,
        "code_bits": 16,
        "health": {
            "imbalance": 0.1,
            "constant_bits": 1,
            "correlation": 0.4,
            "unique": 10,
            "pictures": 20,
        },
        "tie_order": {"expected": 0.5, "by file": 0.6, "by class": 0.3},
        "seconds_training": 2.0,
        "images_per_second": 50.0,
    }
    comparison_cells.save(folder, cell, values, queries)
    return queries


@pytest.fixture
def made(tmp_path):
    """Two finished rows, and a control that failed with one seed."""
    pictures = known()
    comparison_cells.save_splits(tmp_path, pictures, [f"{n}.png" for n in range(60)])
    cells = {
        (name, seed): write_cell(
            tmp_path,
            Cell(name, 16, seed),
            pictures,
            better=0.2 if name == "good" else 0.0,
            seed=len(name) + (name == "good"),
        )
        for name in ("good", "poor", "lsh")
        for seed in (1, 2)
        if (name, seed) != ("lsh", 2)
    }
    failed = {"state": "failed", "type": "X", "message": "It | broke.", "hint": "Mend."}
    comparison_cells.save(tmp_path, Cell("lsh", 16, 2), failed, None)
    return pictures, cells, tmp_path


def line(compared, name):
    return next(one for one in compared.lines if one.name == name)


def slow_draws(pictures, cells, name, database, view):
    """Draw patients one by one and average what their queries found."""
    rows = {s: cells[name, s][f"rows/{view}"] for s in (1, 2)}
    both = sorted({p for s in (1, 2) for p in pictures.patients[rows[s]].tolist()})
    means = []
    for times in np.concatenate(
        list(bootstrap.drawn(len(both), seed=0, rounds=ROUNDS))
    ):
        of_seed = []
        for seed in (1, 2):
            total = count = 0.0
            for query, row in enumerate(rows[seed]):
                weight = times[both.index(pictures.patients[row])]
                value = cells[name, seed][f"{database}/{view}"][0, query]
                total += weight * float(value)
                count += weight
            of_seed.append(total / count)
        means.append(np.mean(of_seed))
    return np.array(means)


@pytest.mark.parametrize(
    ("database", "view"), [HEAD, ("train", "findings only")], ids=str
)
def test_intervals_and_paired_differences_equal_the_slow_ones(made, database, view):
    pictures, cells, folder = made

    compared = comparison_figures.gather(folder, plan(), rounds=ROUNDS)

    good = slow_draws(pictures, cells, "good", database, view)
    poor = slow_draws(pictures, cells, "poor", database, view)
    figure = line(compared, "poor").figures[database, view]["MAP@10"]
    assert (figure.low, figure.high) == pytest.approx(
        np.quantile(poor, [0.025, 0.975]), abs=1e-6
    )
    found = line(compared, "poor").differences[database, view]
    assert (found.low, found.high) == pytest.approx(
        np.quantile(good - poor, [0.025, 0.975]), abs=1e-6
    )
    means = [cells["poor", s][f"{database}/{view}"][0].mean() for s in (1, 2)]
    assert figure.value == pytest.approx(np.mean(means), abs=1e-6)
    assert (figure.least, figure.most) == pytest.approx(sorted(means), abs=1e-6)
    assert found.verdict == "ahead"


def test_a_row_is_no_different_from_itself_and_noise_is_undecided():
    assert Difference(0.0, 0.0, 0.0).verdict == "undecided"
    assert Difference(0.1, -0.01, 0.2).verdict == "undecided"
    assert Difference(0.1, 0.01, 0.2).verdict == "ahead"
    assert Difference(-0.1, -0.2, -0.01).verdict == "behind"


def test_a_failed_seed_is_said_and_the_others_count(made):
    _, cells, folder = made

    compared = comparison_figures.gather(folder, plan(), rounds=ROUNDS)
    found = line(compared, "lsh")

    assert found.state == "finished"
    assert found.seeds == (1,)
    assert found.note == "failed (seed 2): It | broke."
    value = cells["lsh", 1]["new/all labels"][0].mean()
    assert found.figures[HEAD]["MAP@10"].value == pytest.approx(value, abs=1e-6)
    assert line(compared, "itq").state == "not run"
    assert compared.counts == {"finished": 5, "failed": 1, "not run": 14}


def test_the_report_says_everything_and_keeps_its_tables_whole(made):
    _, _, folder = made
    wanted = plan(commands=("medhash compare films --out here",))

    comparison_table.write(folder, comparison_figures.gather(folder, wanted, rounds=50))
    text = (folder / "results.md").read_text(encoding="utf-8")

    assert "medhash compare films --out here" in text
    assert "seed 2: train" in text
    assert "ahead" in text
    assert "| iterative quantization (ITQ) | not run |" in text
    assert "lsh: failed (seed 2): It | broke." in text
    assert "Split by patient" in text
    assert "## What tie order alone can do" in text
    assert "| good | 16 | .500 | .600 | .300 | -.200 |" in text
    tables = [part for part in text.split("\n\n") if part.startswith("|")]
    for table in tables:
        assert len({row.count("|") for row in table.strip().splitlines()}) == 1


def test_a_split_of_unknown_patients_is_not_called_one_by_patient(made):
    _, _, folder = made
    compared = comparison_figures.gather(folder, plan(), rounds=50)
    alone = np.arange(len(compared.known.patients))
    known = dataclasses.replace(compared.known, patients=alone)

    text = comparison_table.markdown(dataclasses.replace(compared, known=known))

    assert "Split by picture" in text
    assert "Split by patient" not in text


def test_a_leaking_split_is_called_that(made):
    _, _, folder = made
    wanted = plan(base={**base(), "split_by": "image"})

    compared = comparison_figures.gather(folder, wanted, rounds=50)

    assert "leaks" in comparison_table.markdown(compared)


def test_every_figure_is_a_line_of_the_csv_file(made):
    _, _, folder = made

    comparison_table.write(folder, comparison_figures.gather(folder, plan(), rounds=50))
    text = (folder / "results.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(text.splitlines()))

    good = [r for r in rows if r["row"] == "good"]
    assert len(good) == 2 * 2 * 3
    assert {r["state"] for r in rows if r["row"] == "itq"} == {"not run"}
    poor = next(r for r in rows if r["row"] == "poor" and r["measure"] == "MAP@10")
    assert float(poor["difference"]) > 0
    assert poor["verdict"] == "ahead"
    assert float(poor["low"]) <= float(poor["value"]) <= float(poor["high"])


def test_names_that_a_spreadsheet_would_run_are_made_harmless(made):
    _, _, folder = made
    wanted = plan(rows=(Row("=cmd()", "dpsh"), Row("good", "dpsh")))

    compared = comparison_figures.gather(folder, wanted, rounds=50)
    data = comparison_table.to_csv(compared).decode("utf-8-sig")

    assert "\n'=cmd()," in data.replace("\r", "")


def test_the_plot_is_sound_xml_with_a_dot_a_finished_row_and_the_chance_line(made):
    _, _, folder = made
    wanted = plan(rows=(*plan().rows, Row("<b> & co", "dpsh")), bits=(16, 32))

    comparison_table.write(folder, comparison_figures.gather(folder, wanted, rounds=50))
    root = ET.fromstring((folder / "results.svg").read_text(encoding="utf-8"))
    space = "{http://www.w3.org/2000/svg}"
    texts = ["".join(t.itertext()) for t in root.iter(f"{space}text")]

    assert len(list(root.iter(f"{space}circle"))) == 3
    assert [g.get("class") for g in root.iter(f"{space}g")] == [
        *("against", "method", "control"),
    ]
    assert {"16 bits", "32 bits", "<b> & co", "chance .250", "not run"} <= set(texts)
    chance = [r for r in root.iter(f"{space}line") if r.get("class") == "chance"]
    assert len(chance) == 1
    style = "".join(root.find(f"{space}style").itertext())
    assert "prefers-color-scheme: dark" in style
    assert "@import" not in style


def test_an_empty_comparison_still_has_its_tables(tmp_path):
    comparison_cells.save_splits(tmp_path, known(), [f"{n}.png" for n in range(60)])

    compared = comparison_figures.gather(tmp_path, plan(), rounds=50)
    paths = comparison_table.write(tmp_path, compared)

    assert compared.counts["not run"] == len(plan().cells())
    assert all(path.stat().st_size for path in paths)


def test_a_damaged_file_of_values_is_named(made):
    _, _, folder = made
    path = folder / "cells" / "good-16bit-seed-1.npz"
    path.write_bytes(path.read_bytes()[:40])

    with pytest.raises(ComparisonError, match=r"good-16bit-seed-1.npz is missing"):
        comparison_figures.gather(folder, plan(), rounds=50)
