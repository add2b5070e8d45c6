"""How a run ended and what helps, in the language of the window.

The core says it in English (``training_advice``); here the same sentences are said
again. What the run itself said stays as it is in its files.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from medhash_gui.training_advice import Advice


class AdviceWords(QObject):
    """Says advice."""

    def text(self, advice: Advice) -> str:
        """Return what happened."""
        if advice.kind == "cut off":
            return self.tr(
                "The training process ended without a word. The computer was switched "
                "off, the process was ended from outside, or memory ran out."
            )
        if advice.kind == "memory":
            why = self.tr(
                "Each step works on a batch of pictures at once, and all of them must "
                "fit into memory together."
            )
            return f"{advice.message} {why}"
        if advice.kind == "diverged":
            why = self.tr(
                "The steps were too large: instead of settling, the network ran away. "
                "What it learned before is kept, but going on would end the same way."
            )
            return f"{advice.message} {why}"
        return advice.text

    def hint(self, advice: Advice) -> str:
        """Return what to do."""
        if advice.kind == "cut off":
            return self.tr(
                "Go on: nothing before the last checkpoint is lost. If it happens "
                "again, start anew with fewer pictures a step."
            )
        if advice.plan is None:
            return advice.hint
        if advice.kind == "memory":
            return self.tr("Start anew with less.")
        return self.tr("Start anew with smaller steps.")

    def change(self, advice: Advice) -> str:
        """Return the suggested change in a few words; "" where there is none."""
        before, plan = advice.before, advice.plan
        if before is None or plan is None:
            return advice.change
        if plan.batch != before.batch:
            text = self.tr("{now} pictures a step instead of {before}")
            return text.format(now=plan.batch, before=before.batch)
        if plan.size != before.size:
            text = self.tr("pictures of {now} pixels instead of {before}")
            return text.format(now=plan.size, before=before.size)
        text = self.tr("steps a quarter as large (learning rate {rate:g})")
        return text.format(rate=plan.rate)
