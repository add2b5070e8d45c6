"""Walks through the training wizard's window, page by page, for ``make_screenshots``.

The run is a real one, on the synthetic samples: quick preset, minutes on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from medhash_gui.ui.main_window import MainWindow
    from medhash_gui.ui.training_wizard import TrainingWizard

Steps = Generator[Callable[[], bool], None, None]
Grab = Callable[["QWidget", str], None]


def tour(window: MainWindow, grab: Grab) -> Steps:
    """Yield what to wait for, between one picture and the next.

    Args:
        window: the real one, just painted.
        grab: draws a widget into a picture of a name.
    """
    session, trainer = window.session, window.session.trainer
    window.actions_by_id["try_sample"].trigger()
    yield lambda: session.answer is not None and not session.is_busy
    window.actions_by_id["train"].trigger()
    yield lambda: window.training.wizard is not None
    wizard = window.training.wizard
    assert wizard is not None

    def allowed() -> bool:
        return not wizard.problem and trainer.thumbnails.pending == 0

    for name in ("choose", "check", "split"):
        yield allowed
        grab(wizard, name)
        wizard.next_button.click()
    times = wizard.options.times.values()
    yield lambda: all("GB" in time.text() for time in times)
    grab(wizard, "train")
    wizard.options.expert.click()
    yield lambda: True
    grab(wizard, "experts")
    wizard.options.expert.click()
    wizard.next_button.click()
    yield lambda: trainer.facts is not None and len(trainer.facts.epochs) > 2
    yield lambda: trainer.thumbnails.pending == 0
    grab(wizard, "running")
    yield lambda: trainer.facts is not None and trainer.facts.state == "finished"
    yield allowed
    grab(wizard, "run")
    wizard.next_button.click()
    yield from _judge(wizard, allowed, grab)
    wizard.next_button.click()
    yield allowed
    wizard.use.index_button.click()
    facts = session.facts
    assert facts is not None
    yield lambda: wizard.use.new is not None
    wizard.use.ask(next((facts.indexed_root / "nodule").iterdir()))
    yield lambda: bool(wizard.use.after.pictures) and allowed()
    wizard.use.switch_button.click()
    yield lambda: not session.is_busy and allowed()
    grab(wizard, "use")
    window.actions_by_id["models"].trigger()
    models = window.training.models
    assert models is not None
    yield lambda: models.models.rowCount() > 1 and not session.is_busy
    grab(models, "models")


def _judge(wizard: TrainingWizard, allowed: Callable[[], bool], grab: Grab) -> Steps:
    judge = wizard.judge
    yield lambda: "MAP@10" in judge.text and allowed()
    grab(wizard, "judge")
    judge.tabs.setCurrentIndex(1)
    confusion = judge.confusion.confusion
    assert confusion is not None
    row, column = divmod(int(np.nanargmax(confusion.shares)), len(confusion.classes))
    judge.confusion.open_cell(confusion.classes[row], confusion.classes[column])
    yield lambda: bool(judge.strips[0].pictures) and allowed()
    grab(wizard, "finds")
    for tab, name in ((2, "labels"), (3, "runs")):
        judge.tabs.setCurrentIndex(tab)
        yield allowed
        grab(wizard, name)
