"""Baselines beside a run: the same pictures, division and length of code."""

from __future__ import annotations

from dataclasses import replace

import pytest
from training_runs import SIDE, drained, write_set

from medhash_gui import baselines, paths, run_files
from medhash_gui.baselines import Baseline
from medhash_gui.command import compare as command_compare
from medhash_gui.command import grammar as command_grammar
from medhash_gui.errors import ComparisonError
from medhash_gui.training_plan import TrainingPlan


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("films"), patients=40)


@pytest.fixture
def plan(films):
    return TrainingPlan(
        folder=films,
        table=films / "labels.csv",
        weights=paths.packaged_models() / "synthetic-ash-mobilenetv2-64bit",
        left_out=("1.png",),
        size=SIDE,
        bits=16,
        batch=8,
        epochs=1,
        seed=3,
        validation=0.2,
        device="cpu",
        frozen=False,
        views=4,
        name="a name",
        licence="CC BY 4.0",
    )


def test_the_command_compares_on_the_very_division_of_the_run(plan, tmp_path):
    plan.write(tmp_path)
    words = baselines.arguments(plan, tmp_path, ("dpsh", "dch"))

    compared = command_compare.plan_of(command_grammar.parse(words))

    assert compared.seeds == (3,)
    assert compared.bits == (16,)
    assert [row.name for row in compared.rows] == ["dpsh", "dch"]
    config = compared.config(compared.cells()[0])
    assert config.sources == (plan.source(),)
    assert (config.seed, config.validation, config.test, config.split_by) == (
        *(plan.seed, plan.validation, plan.test),
        "patient",
    )


def test_baselines_start_from_the_backbone_and_the_trunk_of_the_run(plan, tmp_path):
    own = replace(plan, pretraining=3, backbone="small", method="dch")
    own.write(tmp_path)
    trunk = tmp_path / run_files.TRUNK

    def compared():
        words = baselines.arguments(own, tmp_path, ("dpsh",))
        return command_compare.plan_of(command_grammar.parse(words))

    before = compared()
    trunk.parent.mkdir()
    trunk.write_bytes(b"learned")
    after = compared()

    assert before.rows[0].options["backbone"] == "small"
    assert before.config(before.cells()[0]).weights == own.weights
    assert after.config(after.cells()[0]).weights == trunk


def test_there_are_no_baselines_before_they_are_trained(tmp_path):
    assert baselines.read(tmp_path) == []


def test_a_method_that_failed_is_a_row_that_says_why(tmp_path):
    (tmp_path / baselines.FOLDER).mkdir()
    (tmp_path / baselines.FOLDER / "results.csv").write_text(
        "row,database,view,measure,value,low,high,state,note\n"
        "dch,new,all labels,MAP@10,0.5,0.4,0.6,finished,\n"
        "dch,train,all labels,MAP@10,0.9,0.8,1.0,finished,\n"
        "dsh,,,,,,,failed,the loss ran away\n",
        encoding="utf-8-sig",
    )

    assert baselines.read(tmp_path) == [
        Baseline("dch", 0.5, 0.4, 0.6, "finished"),
        Baseline("dsh", None, None, None, "the loss ran away"),
    ]


def test_a_command_that_refuses_says_why(plan, tmp_path):
    plan.write(tmp_path)

    with pytest.raises(ComparisonError, match="no such"):
        drained(baselines.train(plan, tmp_path, ("no such",)))


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_methods_and_controls_stand_beside_the_run(plan, tmp_path):
    plan.write(tmp_path)

    # The papers' methods learn in up to three stages.
    own = replace(plan, epochs=3)
    first = drained(baselines.train(own, tmp_path, ("dpsh",)))
    chosen = ("ash", "guan2022", "zhu2022")
    found = drained(baselines.train(own, tmp_path, chosen))

    assert {"dpsh", "one bit"} <= {row.name for row in first}
    names = {row.name for row in found}
    assert {"dpsh", *chosen, "one bit", "features", "lsh", "itq"} <= names
    assert [row for row in found if row.name == "dpsh"] == [
        row for row in first if row.name == "dpsh"
    ]
    assert {row.state for row in found if row.name in chosen} == {"finished"}
    values = [row for row in found if row.value is not None]
    assert values
    assert all(0 <= row.low <= row.value <= row.high <= 1 for row in values)
    assert baselines.read(tmp_path) == found
