"""The wizard's page of the run: curves, what it finds, how to pause and to go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.advice_words import AdviceWords
from medhash_gui.ui.curve_plot import Chart, CurvePlot
from medhash_gui.ui.picture_strip import PictureStrip, StripPicture
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.training_page import TrainingPage, dim, heading, in_bits

if TYPE_CHECKING:
    from medhash_gui.run_control import RunFacts
    from medhash_gui.run_files import Values
    from medhash_gui.training_advice import Advice

_SHOWN_QUERIES = 3


class MonitorPage(TrainingPage):
    """Follows one run.

    Args:
        trainer: follows it.
        parent: Qt's owner.

    Attributes:
        loss, score, rate: the curves.
        strips: what the fixed pictures find.
        pause_button, resume_button, change_button: what can be done.
        keeps_on: whether the run goes on when MedHash is closed.
        advice: about a run that failed, or None.
    """

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("Training"),
            self.tr(
                "This window can be closed and searching goes on; the run is a process "
                "of its own and is found again."
            ),
        )
        self._trainer = trainer
        self.advice: Advice | None = None
        self._words = AdviceWords(self)
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        self._said.setProperty("role", "heading")
        self._detail = dim()
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName(self.tr("Progress of the run"))
        self.pause_button = QPushButton(self.tr("&Pause"))
        self.pause_button.setToolTip(
            self.tr("Stops after this step; nothing is lost, memory is given back")
        )
        self.pause_button.clicked.connect(self._pause)
        self.resume_button = QPushButton(self.tr("&Go on"))
        self.resume_button.clicked.connect(trainer.resume)
        self.change_button = QPushButton()
        self.change_button.clicked.connect(self._change)
        self.keeps_on = QCheckBox(self.tr("Goes on when &MedHash is closed"))
        self.keeps_on.setChecked(trainer.keeps_on)
        self.keeps_on.toggled.connect(self._on_keeps_on)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.GAP)
        for button in (self.pause_button, self.resume_button, self.change_button):
            buttons.addWidget(button)
        buttons.addWidget(self.keeps_on)
        buttons.addStretch(1)
        self.loss, self.score, self.rate = CurvePlot(), CurvePlot(), CurvePlot()
        plots = QGridLayout()
        plots.setSpacing(theme.GAP)
        plots.addWidget(self.score, 0, 0, 2, 1)
        plots.addWidget(self.loss, 0, 1)
        plots.addWidget(self.rate, 1, 1)
        plots.setColumnStretch(0, 3)
        plots.setColumnStretch(1, 2)
        self._finds = heading("")
        below = QVBoxLayout()
        below.setSpacing(2)
        self.strips = [PictureStrip(trainer.thumbnails) for _ in range(_SHOWN_QUERIES)]
        for strip in self.strips:
            strip.setAccessibleName(self.tr("What a validation picture finds"))
            below.addWidget(strip)
        self.column.addWidget(self._said)
        self.column.addWidget(self._detail)
        self.column.addWidget(self._bar)
        self.column.addLayout(buttons)
        self.column.addLayout(plots, 1)
        self.column.addWidget(self._finds)
        self.column.addLayout(below)
        trainer.run_changed.connect(self.show_run)
        self.begin()

    @property
    def text(self) -> str:
        """What is said about the run."""
        return f"{self._said.text()} {self._detail.text()}".strip()

    def begin(self) -> None:
        """Say that the process is starting."""
        self.advice = None
        self._said.setText(self.tr("The training process is starting…"))
        self._detail.setText(self.tr("It loads what it needs; that takes a moment."))
        self._bar.setRange(0, 0)
        self._bar.show()
        for button in (self.pause_button, self.resume_button, self.change_button):
            button.hide()
        self.wait_for(self.tr("The model is there when the run has finished."))

    def show_run(self, facts: RunFacts) -> None:
        """Show what is known of the run."""
        from medhash_gui import training_advice

        state = facts.state
        is_broken = state in ("failed", "interrupted")
        last = facts.ended if state == "failed" else None
        self.advice = training_advice.explain(last, facts.plan) if is_broken else None
        self._said.setText(self._sentence(facts))
        self._detail.setText(self._details(facts))
        self._show_bar(facts)
        can_go_on = state == "stopped" or (
            self.advice is not None and self.advice.can_go_on
        )
        change = "" if self.advice is None else self._words.change(self.advice)
        step = "" if facts.progress is None else facts.progress["step"]
        # Writing the model is the end of the run; there is nothing left to pause.
        self.pause_button.setVisible(state == "running" and step != "writing")
        self.resume_button.setVisible(can_go_on and facts.plan is not None)
        self.keeps_on.setVisible(state == "running")
        self.change_button.setVisible(bool(change))
        self.change_button.setText(
            self.tr("Start anew: {change}").format(change=change)
        )
        self._show_curves(facts)
        self._show_finds(facts)
        if state == "finished":
            self.allow()
        else:
            self.wait_for(self.tr("The model is there when the run has finished."))

    def _sentence(self, facts: RunFacts) -> str:
        if self.advice is not None:
            return self._words.text(self.advice)
        if facts.state == "finished":
            text = self.tr("“{title}” is ready, as it was after epoch {epoch}.")
            best = 0 if facts.ended is None else facts.ended["best_epoch"]
            return text.format(title=facts.title, epoch=best)
        if facts.state == "stopped":
            if facts.started is None:
                return self.tr("Paused. It goes on after the last whole epoch.")
            return self.tr("Paused. It goes on exactly where it was.")
        if facts.is_pretraining:
            text = self.tr(
                "“{title}”: epoch {done} of {epochs} of the pre-training without "
                "labels is done; then it trains."
            )
            last = facts.pretraining[-1]
            return text.format(
                title=facts.title, done=last["epoch"], epochs=last["epochs"]
            )
        if facts.started is None:
            return self.tr("The training process is getting ready…")
        text = self.tr("“{title}”: epoch {done} of {epochs} is done.")
        done = facts.epochs[-1]["epoch"] if facts.epochs else 0
        return text.format(title=facts.title, done=done, epochs=facts.started["epochs"])

    def _details(self, facts: RunFacts) -> str:
        if self.advice is not None:
            return self._words.hint(self.advice)
        parts = []
        if facts.state == "running" and (facts.progress or facts.epochs):
            progress = facts.progress or {"step": "training"}
            steps = {
                "checking": self.tr("comparing files"),
                "reading": self.tr("opening pictures"),
                "pretraining": self.tr("telling pictures apart without labels"),
                "features": self.tr("looking at each picture once"),
                "training": self.tr("learning"),
                "writing": self.tr("writing the model and opening the test"),
            }
            step = steps.get(str(progress["step"]), "")
            parts.append(step)
        done = facts.epochs or (facts.pretraining if facts.is_pretraining else ())
        if done:
            rate = self.tr("{rate:.0f} pictures a second")
            parts.append(rate.format(rate=done[-1]["images_per_second"]))
        left = facts.seconds_left
        if left is not None and left > 0:
            time = self._time(left)
            phase = self.tr("{time} in this phase").format(time=time)
            parts.append(phase if facts.is_pretraining else time)
        if facts.best is not None:
            best = self.tr("best validation MAP@10 {value:.3f} after epoch {epoch}")
            parts.append(
                best.format(
                    value=facts.best["validation_map"], epoch=facts.best["epoch"]
                )
            )
        return "  ·  ".join(part for part in parts if part)

    def _time(self, seconds: float) -> str:
        if seconds < 90:
            return self.tr("{n} s left").format(n=max(1, round(seconds)))
        if seconds < 5400:
            return self.tr("{n} min left").format(n=round(seconds / 60))
        return self.tr("{n:.1f} h left").format(n=seconds / 3600)

    def _show_bar(self, facts: RunFacts) -> None:
        self._bar.setVisible(facts.state == "running")
        step = None if facts.progress is None else facts.progress["step"]
        if facts.is_pretraining:
            last = facts.pretraining[-1]
            self._bar.setRange(0, int(last["epochs"]))
            self._bar.setValue(int(last["epoch"]))
            return
        if facts.started is None or step == "writing":
            done, total = 0, 0
            if facts.started is None and facts.progress is not None:
                done, total = facts.progress["done"], facts.progress["total"]
            self._bar.setRange(0, total)
            self._bar.setValue(done)
            return
        self._bar.setRange(0, int(facts.started["epochs"]))
        self._bar.setValue(int(facts.epochs[-1]["epoch"]) if facts.epochs else 0)

    def _show_pretraining(self, facts: RunFacts) -> None:
        """Show the phase without labels: nothing is validated in it."""
        last = facts.pretraining[-1]
        end, epochs = float(last["epochs"]), self.tr("epoch")
        found = [(float(e["epoch"]), float(e["found"])) for e in facts.pretraining]
        title = self.tr("Pre-training: pictures that find their own second view")
        levels = {self.tr("chance"): 1 / max(1, int(last["of"]))}
        self.score.show_chart(
            Chart(title, {self.tr("this run"): found}, levels, 1.0, end, epochs)
        )
        self._show_losses(facts.pretraining, end)

    def _show_curves(self, facts: RunFacts) -> None:
        if facts.is_pretraining:
            self._show_pretraining(facts)
            return
        end = None if facts.started is None else float(facts.started["epochs"])
        epochs = self.tr("epoch")
        score = [
            (float(e["epoch"]), float(e["validation_map"]))
            for e in facts.epochs
            if e["validation_map"] is not None
        ]
        levels: dict[str, float] = {}
        if facts.references is not None:
            names = {
                "features": self.tr("untrained"),
                "class-probability": self.tr("one bit a label"),
            }
            levels[self.tr("chance")] = float(facts.references["chance"])
            for key, value in facts.references["controls"].items():
                levels[names.get(key, key)] = float(value)
        title = self.tr("Validation: MAP@10")
        curves = {self.tr("this run"): score}
        self.score.show_chart(Chart(title, curves, levels, 1.0, end, epochs))
        self._show_losses(facts.epochs, end)

    def _show_losses(self, reports: Sequence[Values], end: float | None) -> None:
        epochs = self.tr("epoch")
        terms: dict[str, list[tuple[float, float]]] = {}
        for epoch in reports:
            for name, value in epoch["terms"].items():
                terms.setdefault(name, []).append((float(epoch["epoch"]), value))
        self.loss.show_chart(
            Chart(self.tr("Loss by term"), terms, {}, None, end, epochs)
        )
        rate = [(float(e["epoch"]), float(e["rate"])) for e in reports]
        title = self.tr("Learning rate")
        self.rate.show_chart(Chart(title, {"": rate}, {}, None, end, epochs))

    def _show_finds(self, facts: RunFacts) -> None:
        told, plan = facts.neighbours, facts.plan
        if told is None or plan is None:
            self._finds.setText("")
            for strip in self.strips:
                strip.show_pictures(())
                strip.hide()
            return
        text = self.tr(
            "What three validation pictures find after epoch {epoch}; a frame marks "
            "the same label"
        )
        self._finds.setText(text.format(epoch=told["epoch"]))
        for strip, query in zip(self.strips, told["queries"], strict=False):
            own = set(query["labels"])
            asks = self._picture(plan.folder, query, self.tr("asks"))
            hits = [
                self._picture(
                    plan.folder,
                    hit,
                    in_bits(hit["distance"]),
                    marked=bool(own & set(hit["labels"])),
                )
                for hit in query["hits"]
            ]
            strip.show_pictures([asks, *hits])
            strip.show()

    def _picture(
        self, folder: Path, one: dict[str, object], text: str, *, marked: bool = False
    ) -> StripPicture:
        labels = one["labels"]
        assert isinstance(labels, list)
        note = f"{one['file']}: {', '.join(labels)}"
        return StripPicture(folder / str(one["file"]), text, note, marked)

    def _pause(self) -> None:
        self.pause_button.hide()
        self._said.setText(self.tr("Stopping after this step…"))
        self._trainer.pause()

    def _change(self) -> None:
        if self.advice is not None and self.advice.plan is not None:
            plan = self.advice.plan
            self.begin()
            self._trainer.start(plan)

    def _on_keeps_on(self, wished: bool) -> None:  # noqa: FBT001 (Qt's signal)
        self._trainer.keeps_on = wished
