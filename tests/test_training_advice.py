"""How a run ended, in plain words, with one change that helps."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from medhash_gui import training_advice
from medhash_gui.training_plan import TrainingPlan

PLAN = TrainingPlan(Path("films"), batch=32)
MEMORY = {
    "event": "failed",
    "type": "DeviceError",
    "message": "The memory of cuda is too small for 32 pictures of 224 px at a time.",
    "hint": "Try a batch of 16.",
}
DIVERGED = {
    "event": "failed",
    "type": "TrainingDivergedError",
    "message": "Training failed in epoch 3: the term pairs became nan.",
    "hint": "Lower the learning rates.",
}


def test_too_little_memory_suggests_half_a_batch():
    advice = training_advice.explain(MEMORY, PLAN)

    assert advice.plan is not None
    assert advice.plan.batch == 16
    assert "16 pictures a step" in advice.change
    assert not advice.can_go_on


def test_where_the_batch_is_small_the_pictures_get_smaller():
    small = TrainingPlan(Path("films"), batch=6, size=224)

    advice = training_advice.explain(MEMORY, small)

    assert advice.plan is not None
    assert (advice.plan.size, advice.plan.batch) == (112, 6)


def test_where_nothing_is_left_to_shrink_a_person_has_to_help():
    least = TrainingPlan(Path("films"), batch=4, size=96)

    advice = training_advice.explain(MEMORY, least)

    assert advice.plan is None
    assert advice.hint


def test_a_run_that_diverged_gets_smaller_steps_and_cannot_just_go_on():
    advice = training_advice.explain(DIVERGED, PLAN)

    assert advice.plan is not None
    assert advice.plan.rate == PLAN.rate / 4
    assert "epoch 3" in advice.text
    assert not advice.can_go_on


def test_pre_training_that_failed_can_be_left_out():
    failed = {**DIVERGED, "message": "Pre-training collapsed in epoch 2: all alike."}
    plan = replace(PLAN, pretraining=10, weights=Path("weights"))

    advice = training_advice.explain(failed, plan)

    assert advice.plan == replace(plan, pretraining=0)
    assert "without pre-training" in advice.change
    # Nothing would be left to keep fixed.
    random = replace(plan, weights=None)
    assert training_advice.explain(failed, random).plan is None


def test_a_process_that_vanished_can_go_on():
    advice = training_advice.explain(None, PLAN)

    assert advice.can_go_on
    assert "checkpoint" in advice.hint


def test_any_other_failure_says_its_own_sentence():
    event = {"type": "CheckpointError", "message": "The disk is full.", "hint": "Room."}

    advice = training_advice.explain(event, None)

    assert (advice.text, advice.hint) == ("The disk is full.", "Room.")
    assert advice.can_go_on
