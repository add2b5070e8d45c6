"""What went wrong with a run, in plain words, and one change that is likely to help.

No torch: the window reads this from the run's last event.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from medhash_gui.training_plan import TrainingPlan

Kind = Literal["cut off", "memory", "diverged", "other"]

_LEAST_BATCH = 4
_LEAST_SIZE = 96


@dataclass(frozen=True, slots=True)
class Advice:
    """What happened, why, and what to do.

    Attributes:
        text: what happened, for people.
        hint: what to do.
        change: what the suggested change is, in a few words; "" where there is none.
        plan: with that change; None where going on or a person is what it takes.
        can_go_on: whether the run can be taken up as it is.
        kind: "cut off", "memory", "diverged" or "other".
        message: what the run itself said.
        before: the plan without the change, where it is known.
    """

    text: str
    hint: str
    change: str = ""
    plan: TrainingPlan | None = None
    can_go_on: bool = False
    kind: Kind = "other"
    message: str = ""
    before: TrainingPlan | None = None


def explain(event: Mapping[str, Any] | None, plan: TrainingPlan | None) -> Advice:
    """Explain how a run ended.

    Args:
        event: its last word, ``failed`` or the like; None where a run ended without
            one.
        plan: of the run, where it is known.
    """
    if event is None:
        return Advice(
            "The training process ended without a word. The computer was switched "
            "off, the process was ended from outside, or memory ran out.",
            "Go on: nothing before the last checkpoint is lost. If it happens again, "
            "start anew with fewer pictures a step.",
            can_go_on=True,
            kind="cut off",
        )
    kind, message = str(event.get("type", "")), str(event.get("message", ""))
    hint = str(event.get("hint", ""))
    if kind == "DeviceError" and "memory" in message:
        advice = _out_of_memory(message, hint, plan)
        return replace(advice, kind="memory", message=message, before=plan)
    if kind == "TrainingDivergedError":
        advice = _diverged(message, hint, plan)
        return replace(advice, kind="diverged", message=message, before=plan)
    return Advice(message or "Training failed.", hint, can_go_on=True)


def _out_of_memory(message: str, hint: str, plan: TrainingPlan | None) -> Advice:
    text = (
        f"{message} Each step works on a batch of pictures at once, and all of them "
        "must fit into memory together."
    )
    if plan is None:
        return Advice(text, hint)
    if plan.batch // 2 >= _LEAST_BATCH:
        batch = plan.batch // 2
        change = f"{batch} pictures a step instead of {plan.batch}"
        return Advice(text, "Start anew with less.", change, replace(plan, batch=batch))
    if plan.size // 2 >= _LEAST_SIZE:
        size = plan.size // 2
        change = f"pictures of {size} pixels instead of {plan.size}"
        return Advice(text, "Start anew with less.", change, replace(plan, size=size))
    return Advice(text, "Close other programs, or use a computer with more memory.")


def _diverged(message: str, hint: str, plan: TrainingPlan | None) -> Advice:
    text = (
        f"{message} The steps were too large: instead of settling, the network ran "
        "away. What it learned before is kept, but going on would end the same way."
    )
    if plan is None:
        return Advice(text, hint)
    if message.startswith("Pre-training"):
        without = replace(plan, pretraining=0)
        if without.frozen and without.weights is None:
            return Advice(text, hint)
        return Advice(text, "Start anew.", "without pre-training", without)
    rate, slow = plan.rate / 4, plan.rate_pretrained / 4
    change = f"steps a quarter as large (learning rate {rate:g})"
    lower = replace(plan, rate=rate, rate_pretrained=slow)
    return Advice(text, "Start anew with smaller steps.", change, lower)
