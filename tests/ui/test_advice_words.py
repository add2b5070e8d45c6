"""Advice is said in the window as the core says it, and in its language."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from medhash_gui import training_advice
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.ui import translation
from medhash_gui.ui.advice_words import AdviceWords

MEMORY = {"type": "DeviceError", "message": "The memory of cuda is too small."}
DIVERGED = {"type": "TrainingDivergedError", "message": "The term pairs became nan."}
FULL = {"type": "CheckpointError", "message": "The disk is full.", "hint": "Make room."}


def plan(**changes):
    return TrainingPlan(Path("films"), **changes)


ENDS = {
    "cut off": (None, plan()),
    "memory": (MEMORY, plan(batch=32)),
    "small batches": (MEMORY, plan(batch=6)),
    "nothing to shrink": (MEMORY, plan(batch=4, size=96)),
    "diverged": (DIVERGED, plan()),
    "no plan": (DIVERGED, None),
    "a full disk": (FULL, plan()),
}


@pytest.mark.parametrize("end", ENDS)
def test_advice_is_said_in_english_as_the_core_says_it(end, qapp):
    advice, words = training_advice.explain(*ENDS[end]), AdviceWords()

    assert words.text(advice) == advice.text
    assert words.hint(advice) == advice.hint
    assert words.change(advice) == advice.change


@pytest.mark.parametrize("end", ["cut off", "memory", "small batches", "diverged"])
def test_advice_has_its_chinese_words(end, qapp, built_translations):
    advice = training_advice.explain(*ENDS[end])
    translation.install(qapp, "zh_CN")
    try:
        words = AdviceWords()
        said = [words.text(advice), words.hint(advice)]
        said += [words.change(advice)] if advice.change else []
    finally:
        translation.install(qapp, "en")

    assert all(re.search("[\u4e00-\u9fff]", one) for one in said), said
