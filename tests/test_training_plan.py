"""A plan becomes a command, and the command the configuration that was meant."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from training_runs import write_set

from medhash_gui import training_plan
from medhash_gui.command import grammar as command_grammar
from medhash_gui.command import train as command_train
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.backbone import BACKBONES
from medhash_gui.training_plan import PRESETS, TrainingPlan


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=4)


def plan_of(folder, **changes):
    weights = folder / "0.png"  # only has to be there
    return TrainingPlan(
        **{"folder": folder, "weights": weights, "device": "cpu", **changes}
    )


def config_of(plan, out):
    plan.write(out)
    arguments = command_grammar.parse(plan.arguments(out))
    return command_train.config_of(arguments, device="cpu")


def test_the_command_trains_on_the_pictures_that_the_plan_means(folder, tmp_path):
    plan = plan_of(
        folder,
        table=folder / "labels.csv",
        file_column="file",
        label_columns=("label",),
        patient_column="patient",
        separator="",
        left_out=("1.png", "2.png"),
    )

    config = config_of(plan, tmp_path / "run")

    assert config.sources == (plan.source(),)


@pytest.mark.parametrize("name", PRESETS)
def test_the_command_of_a_preset_has_its_values(folder, tmp_path, name):
    plan = training_plan.preset(plan_of(folder, seed=7), name, pictures=40)

    config = config_of(plan, tmp_path / "run")

    for key in ("method", "bits", "epochs", "views", "frozen", "seed", "test"):
        assert getattr(config, key) == getattr(plan, key)
    assert (config.rate_new, config.batch, config.weights) == (
        *(plan.rate, 10, plan.weights),
    )
    assert config.split_by == "patient"


def test_experts_can_have_the_backbone_pre_trained(folder, tmp_path):
    plan = plan_of(folder, pretraining=12, weights=None)

    assert config_of(plan, tmp_path / "run").pretraining == 12
    assert training_plan.preset(plan, "full", pictures=40).pretraining == 12
    plan.check()  # what is fixed afterwards has been learned


def test_a_split_that_leaks_has_to_be_said(folder, tmp_path):
    config = config_of(plan_of(folder, by_patient=False), tmp_path / "run")

    assert config.split_by == "image"


def test_the_names_for_experts_are_those_that_there_are():
    assert tuple(METHODS) == training_plan.METHOD_NAMES
    assert tuple(BACKBONES) == training_plan.BACKBONE_NAMES


def test_a_plan_can_be_read_back(folder, tmp_path):
    plan = plan_of(folder, left_out=("a\udcff.png",), options={"share": 0.5})

    plan.write(tmp_path)

    assert TrainingPlan.read(tmp_path) == plan


def test_a_folder_without_a_plan_is_a_sentence(tmp_path):
    with pytest.raises(SettingsError, match="no plan") as failed:
        TrainingPlan.read(tmp_path)

    assert failed.value.hint


def test_a_plan_of_another_version_is_a_sentence(folder, tmp_path):
    values = {**plan_of(folder).as_json(), "wings": 2}
    (tmp_path / training_plan.FILE).write_text(json.dumps(values))

    with pytest.raises(SettingsError, match="cannot be read"):
        TrainingPlan.read(tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"bits": 0},
        {"epochs": 0},
        {"batch": 1},
        {"rate": 0.0},
        {"test": 0.9, "validation": 0.2},
        {"validation": 0.0},
        {"weights": None, "frozen": True},
        {"pretraining": -1},
    ],
)
def test_what_no_run_could_start_with_is_refused_with_a_way_out(folder, change):
    with pytest.raises(SettingsError) as refused:
        replace(plan_of(folder), **change).check()

    assert refused.value.hint


def test_weights_that_are_gone_are_named(folder):
    with pytest.raises(SettingsError, match=r"gone\.safetensors"):
        replace(plan_of(folder), weights=folder / "gone.safetensors").check()


def test_fundus_photographs_may_be_turned_and_films_may_not(folder):
    eyes = plan_of(folder, modality="fundus photograph")

    assert training_plan.preset(eyes, "full", pictures=99).augment == "fundus"
    assert training_plan.preset(plan_of(folder), "full", pictures=99).augment == "film"
