"""The training wizard: from a labelled folder to a model in use, page by page.

It is a window of its own beside the main one, so that searching goes on; closing it
leaves a run as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.errors import MedHashError
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.ui import theme
from medhash_gui.ui.judge_page import JudgePage
from medhash_gui.ui.session import Session
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.training_check import CheckPage
from medhash_gui.ui.training_choose import ChoosePage
from medhash_gui.ui.training_monitor import MonitorPage
from medhash_gui.ui.training_options import OptionsPage
from medhash_gui.ui.training_page import TrainingPage, dim
from medhash_gui.ui.training_split import SplitPage
from medhash_gui.ui.training_tasks import Beginnings, Checked
from medhash_gui.ui.use_page import UsePage

if TYPE_CHECKING:
    from medhash_gui.run_control import RunFacts

CHOOSE, CHECK, SPLIT, OPTIONS, RUN, JUDGE, USE = range(7)
_WIDTH, _HEIGHT = 1100, 800


class TrainingWizard(QDialog):
    """Seven pages, and which of them can be reached.

    Args:
        session: the open library, which a new model may be used for.
        trainer: does the work.
        beginnings: models and runs of this computer.
        parent: the main window.

    Attributes:
        choose, check, split, options, monitor, judge, use: the pages.
        runs: earlier runs; a click shows one.
        plan: what has been chosen so far; None before a folder.
    """

    def __init__(
        self,
        session: Session,
        trainer: Trainer,
        beginnings: Beginnings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._trainer = session, trainer
        self.plan: TrainingPlan | None = None
        self._checked: Checked | None = None
        self._known_runs: tuple[RunFacts, ...] = ()
        self._measured: TrainingPlan | None = None
        self.setWindowTitle(self.tr("Train a model"))
        self.setWindowFlag(Qt.WindowType.Window)
        self.resize(_WIDTH, _HEIGHT)
        facts = session.facts
        self.choose = ChoosePage(None if facts is None else facts.indexed_root)
        self.check = CheckPage(trainer.thumbnails)
        self.split = SplitPage()
        self.options = OptionsPage(beginnings.models)
        self.monitor = MonitorPage(trainer)
        self.judge = JudgePage(trainer)
        self.use = UsePage(trainer)
        self._pages: tuple[TrainingPage, ...] = (
            self.choose,
            self.check,
            self.split,
            self.options,
            self.monitor,
            self.judge,
            self.use,
        )
        self._lay_out()
        self._connect()
        self.show_runs(beginnings.runs)
        if trainer.facts is not None:
            self.show_run(trainer.facts)
        else:
            self.go_to(CHOOSE)

    @property
    def page(self) -> int:
        """Which page is shown."""
        return self._stack.currentIndex()

    @property
    def problem(self) -> str:
        """Why one cannot go on from the page that is shown; "" where one can."""
        return self._pages[self.page].problem

    def go_to(self, page: int) -> None:
        """Show a page."""
        self._stack.setCurrentIndex(page)
        for number, label in enumerate(self._steps):
            label.setProperty("role", "heading" if number == page else "dim")
            label.style().unpolish(label)
            label.style().polish(label)
        self._show_problem()

    def next(self) -> None:
        """Go on to the next page, where the one that is shown allows it."""
        if self.problem:
            return
        page = self.page
        if page == CHOOSE:
            self._begin_check()
        elif page == SPLIT:
            self._begin_options()
        elif page == OPTIONS:
            self._begin_run()
            return
        elif page == RUN:
            self.judge.begin()
        elif page == JUDGE:
            self._begin_use()
        elif page == USE:
            self.close()
            return
        self.go_to(page + 1)

    def back(self) -> None:
        """Go back a page; a run that has begun stays."""
        if self.page == RUN:
            self._trainer.forget()
            self._trainer.compare_runs()
            self.go_to(CHOOSE if self._checked is None else OPTIONS)
        elif self.page > CHOOSE:
            self.go_to(self.page - 1)

    def show_run(self, facts: RunFacts) -> None:
        """Show a run that is there already."""
        self.plan = facts.plan
        self.monitor.begin()
        self.monitor.show_run(facts)
        self.go_to(RUN)

    def show_runs(self, runs: Sequence[RunFacts]) -> None:
        """List the runs of this computer."""
        words = {
            "planned": self.tr("not begun"),
            "running": self.tr("is being trained"),
            "stopped": self.tr("paused"),
            "interrupted": self.tr("cut off"),
            "failed": self.tr("failed"),
            "finished": self.tr("finished"),
        }
        self._known_runs = tuple(runs)
        self.runs.clear()
        for facts in runs:
            item = QListWidgetItem(f"{facts.title}\n{words[facts.state]}")
            item.setToolTip(facts.begun)
            self.runs.addItem(item)
        for widget in (self._runs_title, self.runs):
            widget.setVisible(bool(runs))

    def open_run(self, number: int) -> None:
        """Show one of the listed runs."""
        facts = self._known_runs[number]
        self._trainer.follow(facts)
        self.show_run(facts)

    def fail(self, error: BaseException) -> None:
        """Say what went wrong, where it went wrong."""
        if not isinstance(error, MedHashError):
            self._session.failed.emit(error)
            return
        said = f"{error.message} {error.hint}".strip()
        if self.page == CHECK:
            self.check.fail(said)
        elif self.page == RUN:
            self.monitor.allow(said)
        elif self.page == USE:
            self.use.fail()
        self._say(said, is_calm=False)

    def done(self, result: int) -> None:
        """Close the window; a run goes on."""
        self.choose.close_previews()
        self._trainer.leave()
        super().done(result)

    def _lay_out(self) -> None:
        # From the outside in: what is moved below another widget is styled once more.
        row = QHBoxLayout(self)
        row.setContentsMargins(*(theme.MARGIN,) * 4)
        row.setSpacing(2 * theme.MARGIN)
        steps, right = QVBoxLayout(), QVBoxLayout()
        row.addLayout(steps)
        row.addLayout(right, 1)
        steps.setSpacing(theme.GAP)
        self._steps = []
        for number, page in enumerate(self._pages, start=1):
            label = QLabel(f"{number}   {page.title}")
            label.setMinimumWidth(190)
            self._steps.append(label)
            steps.addWidget(label)
        steps.addSpacing(2 * theme.MARGIN)
        self._runs_title = dim(self.tr("Runs of this computer"))
        self.runs = QListWidget()
        self.runs.setAccessibleName(self.tr("Runs of this computer"))
        self.runs.setMaximumWidth(210)
        self.runs.setWordWrap(True)
        self.runs.setSizeAdjustPolicy(QListWidget.SizeAdjustPolicy.AdjustToContents)
        self.runs.setSizePolicy(
            QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum
        )
        self.runs.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        steps.addWidget(self._runs_title)
        steps.addWidget(self.runs)
        steps.addStretch(1)
        self._stack = QStackedWidget(self)
        right.setSpacing(theme.MARGIN)
        right.addWidget(self._stack, 1)
        self._stack.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        for page in self._pages:
            # A page that is higher than a small screen is scrolled.
            scroll = QScrollArea(self._stack)
            scroll.setWidgetResizable(True)
            scroll.setFrameShape(QFrame.Shape.NoFrame)
            self._stack.addWidget(scroll)
            scroll.setWidget(page)
        self._why = QLabel()
        self._why.setTextFormat(Qt.TextFormat.PlainText)
        self._why.setWordWrap(True)
        self._why.setAccessibleName(self.tr("Why it cannot go on"))
        self.back_button = QPushButton(self.tr("&Back"))
        self.next_button = QPushButton()
        self.next_button.setDefault(True)
        self.back_button.setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.setSpacing(theme.GAP)
        bottom.addWidget(self._why, 1)
        bottom.addWidget(self.back_button)
        bottom.addWidget(self.next_button)
        right.addLayout(bottom)

    def _connect(self) -> None:
        self.back_button.clicked.connect(self.back)
        self.next_button.clicked.connect(self.next)
        for page in self._pages:
            page.changed.connect(self._show_problem)
        self.choose.changed.connect(self._forget_check)
        self.check.leave_out.connect(self._leave_out)
        self.split.divided.connect(self._divide)
        self.options.measuring_wished.connect(self._measure)
        trainer = self._trainer
        trainer.check_progressed.connect(self.check.show_progress)
        trainer.checked.connect(self._on_checked)
        trainer.estimated.connect(self.options.show_estimate)
        trainer.run_changed.connect(self._on_run)
        trainer.failed.connect(self.fail)
        trainer.runs_found.connect(self.show_runs)
        self.runs.itemClicked.connect(self._on_listed)
        self._session.library_changed.connect(self._on_library)

    def _on_listed(self, _: object) -> None:
        self.open_run(self.runs.currentRow())

    def _show_problem(self) -> None:
        problem = self.problem
        self._say(problem, is_calm=self._pages[self.page].is_calm)
        # Qt hands the focus of a button that is switched off to its neighbour, and the
        # space bar would then go back.
        if self.next_button.hasFocus() and problem:
            self._stack.setFocus()
        self.next_button.setEnabled(not problem)
        if self._stack.hasFocus() and not problem:
            self.next_button.setFocus()
        self.back_button.setEnabled(self.page > CHOOSE)
        words = {
            OPTIONS: self.tr("&Start training"),
            RUN: self.tr("&Judge it"),
            JUDGE: self.tr("&Use it"),
            USE: self.tr("&Close"),
        }
        self.next_button.setText(words.get(self.page, self.tr("&Next")))

    def _say(self, text: str, *, is_calm: bool) -> None:
        self._why.setText(text)
        self._why.setProperty("role", "dim" if is_calm else "warning")
        self._why.style().unpolish(self._why)
        self._why.style().polish(self._why)

    # -- data ------------------------------------------------------------------------

    def _forget_check(self) -> None:
        self._checked = None

    def _begin_check(self) -> None:
        if self._checked is not None:
            return
        folder = self.choose.folder
        assert folder is not None
        base = TrainingPlan(folder=folder)
        device = self._session.settings.text("device")
        self.plan = self.choose.apply(replace(base, device=device, batch=4))
        self.check.wait()
        self._trainer.check(self.plan)

    def _on_checked(self, checked: Checked) -> None:
        first = self._checked is None
        self._checked = checked
        if self.plan is None:
            return
        if first:
            self.plan = replace(
                self.plan,
                seed=checked.seed,
                weights=checked.weights,
                modality=checked.modality,
            )
        self.check.show_check(self.plan, checked)
        self.split.show_check(self.plan, checked)

    def _leave_out(self, files: tuple[str, ...]) -> None:
        if self.plan is not None:
            left = dict.fromkeys([*self.plan.left_out, *files])
            self._divide(replace(self.plan, left_out=tuple(left)))

    def _divide(self, plan: TrainingPlan) -> None:
        self.plan = plan
        if self._checked is not None:
            self._trainer.judge_data(plan, self._checked)

    # -- run -------------------------------------------------------------------------

    def _begin_options(self) -> None:
        assert self.plan is not None
        assert self._checked is not None
        pictures = self._checked.check.parts["train"]
        self.plan = self.options.begin(self.plan, pictures)
        if self._measured != self.plan:
            self._measured = self.plan
            self._measure()

    def _measure(self) -> None:
        self._trainer.estimate(self.options.measure())

    def _begin_run(self) -> None:
        plan = self.options.plan
        assert plan is not None
        self.plan = plan
        self.monitor.begin()
        self.go_to(RUN)
        self._trainer.start(plan)

    def _on_run(self, facts: RunFacts) -> None:
        if self.page == RUN or facts.state == "finished":
            self._show_problem()

    # -- use -------------------------------------------------------------------------

    def _begin_use(self) -> None:
        self.use.begin(self._session.facts, self._query())

    def _on_library(self, _: object) -> None:
        if self.page == USE and self.use.new is None:
            self._begin_use()

    def _query(self) -> Path | None:
        """Return the file that was asked with last, if it was one."""
        return self._session.query_file
