"""A folder looked over before training: what is found, and what to do."""

from __future__ import annotations

import shutil
from dataclasses import replace

import numpy as np
import pytest
from training_runs import SIDE, write_picture, write_set

from medhash_gui import data_check, datasets
from medhash_gui.data_check import DataCheck
from medhash_gui.data_findings import Looked
from medhash_gui.errors import DatasetError
from medhash_gui.training_plan import TrainingPlan


def drained(steps):
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def looked_at(plan):
    return drained(data_check.look(plan, workers=1))


def kinds(check: DataCheck):
    return {finding.kind: finding for finding in check.findings}


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=40)


def plan_of(folder, **changes):
    values = {"folder": folder, "table": folder / "labels.csv", "batch": 8}
    return TrainingPlan(**{**values, **changes})


def test_a_sound_folder_has_no_findings_and_its_parts_are_those_of_the_run(films):
    plan = plan_of(films)

    check = data_check.judge(plan, looked_at(plan))

    assert check.findings == ()
    assert check.can_train
    data = datasets.gather([plan.source()])
    split = data_check.split_of(data, plan)
    assert check.parts == {n: len(getattr(split, n)) for n in datasets.PARTS}
    assert sum(check.groups.values()) == check.known_patients == 40
    assert sum(sum(counts) for counts in check.classes.values()) == 80
    assert check.patients == {"bright": 20, "dark": 20}
    assert check.leaks == 0
    assert all(len(files) == 8 for files in check.examples.values())


def test_an_unreadable_file_stops_a_run_until_it_is_left_out(films, tmp_path):
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    (folder / "3.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    plan = plan_of(folder)
    looked = looked_at(plan)

    check = data_check.judge(plan, looked)
    finding = kinds(check)["unreadable"]

    assert not check.can_train
    assert finding.files == ("3.png",)
    assert "3.png" in finding.text
    assert data_check.judge(replace(plan, left_out=finding.files), looked).can_train


def test_copies_are_found_by_their_pixels_wherever_they_lie(films, tmp_path):
    folder = tmp_path / "films"
    shutil.copytree(films, folder)
    lines = (folder / "labels.csv").read_text().splitlines()
    for n in range(0, 40, 4):  # copies of dark pictures, under patients of their own
        shutil.copy(folder / f"{n}.png", folder / f"copy{n}.png")
        lines.append(f"copy{n}.png,dark,q{n}")
    shutil.copy(folder / "2.png", folder / "wrong.png")
    lines.append("wrong.png,dark,r")
    (folder / "labels.csv").write_text("\n".join(lines))
    plan = plan_of(folder)
    looked = looked_at(plan)

    check = data_check.judge(plan, looked)
    found = kinds(check)

    assert found["conflict"].severity == "stop"
    assert set(found["conflict"].files) == {"2.png", "wrong.png"}
    across = found["leaking copies"]
    assert across.severity == "warning"
    assert all(file.startswith("copy") for file in across.files)
    left = replace(plan, left_out=(*found["conflict"].files, *across.files))
    again = kinds(data_check.judge(left, looked))
    assert "conflict" not in again
    assert "leaking copies" not in again


def test_unknown_patients_are_said_with_what_that_means(films):
    plan = plan_of(films, patient_column="label")  # any column that is no patient
    plan = replace(plan, table=None)
    folder = films.parent / "by class"
    for n in range(40):
        name = ("dark", "bright")[n % 2]
        level = np.full((SIDE, SIDE), 60 + 130 * (n % 2) + n)
        write_picture(folder / name / f"{n}.png", level)

    check = data_check.judge(replace(plan, folder=folder), Looked())

    finding = kinds(check)["unknown patients"]
    assert "flatters" in finding.text
    assert check.known_patients == 0
    assert check.can_train


def test_one_patient_alone_cannot_be_divided(tmp_path):
    folder = write_set(tmp_path, patients=6)
    text = (folder / "labels.csv").read_text()
    lines = [line.rpartition(",")[0] + ",p" for line in text.splitlines()[1:]]
    (folder / "labels.csv").write_text("\n".join(["file,label,patient", *lines]))

    check = data_check.judge(plan_of(folder), Looked())

    assert not check.can_train
    assert {"one patient", "parts"} <= set(kinds(check))


def test_one_label_alone_is_a_finding_and_no_failure(tmp_path):
    write_picture(tmp_path / "one" / "1.png", np.zeros((SIDE, SIDE)))
    plan = TrainingPlan(folder=tmp_path)

    check = data_check.judge(plan, Looked())

    assert [f.kind for f in check.findings] == ["labels"]
    assert check.findings[0].hint
    with pytest.raises(DatasetError):
        drained(data_check.look(plan))


def test_labels_that_are_rare_or_uneven_are_named(tmp_path):
    folder = write_set(tmp_path, patients=40)
    lines = (folder / "labels.csv").read_text().splitlines()
    for n, line in enumerate(lines[1:6]):
        name = "odd" if n == 0 else "few"
        file, _, patient = line.split(",")
        lines[n + 1] = f"{file},{name},{patient}"
    (folder / "labels.csv").write_text("\n".join(lines))

    found = kinds(data_check.judge(plan_of(folder), Looked()))

    assert "odd" in found["tiny"].text
    assert "few" in found["small"].text
    assert "odd" in found["missing"].text


def test_dividing_picture_by_picture_is_said_to_leak(films):
    check = data_check.judge(plan_of(films, by_patient=False), Looked())

    assert check.leaks > 0
    assert {"image-wise", "leak"} <= set(kinds(check))


def test_fewer_pictures_than_a_step_takes_stop_a_run(films):
    check = data_check.judge(plan_of(films, batch=500), Looked())

    assert kinds(check)["few"].severity == "stop"
    assert not check.can_train


def test_a_division_about_as_large_as_was_asked_for_is_preferred(films):
    plan = plan_of(films)

    seed = data_check.good_seed(plan)
    check = data_check.judge(replace(plan, seed=seed), Looked())

    assert abs(check.groups["validation"] - 40 * plan.validation) <= 2
    assert abs(check.groups["test"] - 40 * plan.test) <= 2


def test_the_first_division_is_one_whose_parts_have_every_label(tmp_path):
    folder = write_set(tmp_path, patients=24)
    poor = next(
        seed
        for seed in range(1, 200)
        if "missing" in kinds(data_check.judge(plan_of(folder, seed=seed), Looked()))
    )
    plan = plan_of(folder, seed=poor)

    seed = data_check.good_seed(plan)

    assert seed > poor
    found = kinds(data_check.judge(replace(plan, seed=seed), Looked()))
    assert "missing" not in found
