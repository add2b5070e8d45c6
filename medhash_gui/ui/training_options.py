"""The wizard's page about what to train: three presets, and everything for experts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.training_fields import ExpertFields
from medhash_gui.ui.training_page import TrainingPage, dim
from medhash_gui.ui.training_tasks import StartingModel

if TYPE_CHECKING:
    from medhash_gui.training_plan import Preset, TrainingPlan


class OptionsPage(TrainingPage):
    """What to train, how long that takes here, and what to call it.

    Args:
        models: on this computer, to start from.
        parent: Qt's owner.

    Attributes:
        presets: button of each.
        times: what each would take, of each preset a label.
        weights: what to start from.
        name: of the model; licence: of its weights; modality: of its pictures.
        expert: shows everything else.
        fields: everything else.
        measure_button: measures what was changed.

    Signals:
        measuring_wished(): the plans are to be measured anew.
    """

    measuring_wished = Signal()

    def __init__(
        self, models: tuple[StartingModel, ...], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.head(
            self.tr("What to train"),
            self.tr(
                "More time gives the network more freedom to learn. Start with the "
                "quick one: it shows within minutes whether these labels can be found."
            ),
        )
        self._plan: TrainingPlan | None = None
        self._pictures = 0
        self._measured: dict[Preset, TrainingPlan] = {}
        self._told: dict[str, str] = {}
        self._refused: dict[str, str] = {}
        self._make_presets()
        self.weights = QComboBox()
        self.weights.setAccessibleName(self.tr("What the network starts from"))
        for model in models:
            self.weights.addItem(model.title, model.folder)
        self.weights.addItem(self.tr("Random numbers (far more pictures and time)"))
        choose = QPushButton(self.tr("A &file…"))
        choose.setToolTip(self.tr("Weights of a backbone, or the folder of a model"))
        choose.clicked.connect(self._choose_weights)
        beside = QHBoxLayout()
        beside.setSpacing(theme.GAP)
        beside.addWidget(self.weights, 1)
        beside.addWidget(choose)
        seen = self.tr(
            "A model that was itself trained on these pictures has seen the test: its "
            "figures will be too good."
        )
        weights = QVBoxLayout()
        weights.setSpacing(2)
        weights.addLayout(beside)
        weights.addWidget(dim(seen))
        self.name = QLineEdit()
        self.name.setMaxLength(80)
        self.modality = QLineEdit()
        self.modality.setPlaceholderText(self.tr("chest film, fundus, …"))
        self.licence = QComboBox()
        self.licence.setEditable(True)
        self.licence.addItems(
            [
                self.tr("Not stated: for this institution only"),
                "CC BY 4.0",
                "CC BY-SA 4.0",
                "CC BY-NC 4.0",
                "Apache-2.0",
            ]
        )
        self.licence.setToolTip(
            self.tr("It stands on the model's card. Data and starting weights decide.")
        )
        form = QFormLayout()
        form.setSpacing(theme.GAP)
        start = QLabel(self.tr("&Start from"))
        start.setBuddy(self.weights)
        form.addRow(start, weights)
        form.addRow(self.tr("&Name of the model"), self.name)
        form.addRow(self.tr("&Kind of pictures"), self.modality)
        form.addRow(self.tr("&Who may use it"), self.licence)
        self.column.addSpacing(theme.GAP)
        self.column.addLayout(form)
        self.column.addSpacing(theme.GAP)
        self.expert = QCheckBox(self.tr("&Everything, for experts"))
        self.expert.toggled.connect(self._on_expert)
        self.measure_button = QPushButton(self.tr("&Measure again"))
        self.measure_button.clicked.connect(self.measuring_wished)
        self.measure_button.hide()
        row = QHBoxLayout()
        row.addWidget(self.expert, 1)
        row.addWidget(self.measure_button)
        self.column.addLayout(row)
        self.fields = ExpertFields()
        self.fields.hide()
        self.fields.changed.connect(self._tell)
        self.column.addWidget(self.fields)
        self.column.addStretch(1)
        self.weights.currentIndexChanged.connect(self._tell)
        for edit in (self.name, self.modality):
            edit.textEdited.connect(self._tell)
        self.licence.currentTextChanged.connect(self._tell)

    @property
    def plan(self) -> TrainingPlan | None:
        """What was chosen."""
        return self._plan

    def begin(self, plan: TrainingPlan, pictures: int) -> TrainingPlan:
        """Begin with a plan.

        Args:
            plan: of the pages before.
            pictures: in the training part.

        Returns:
            The plan with the values of its preset.
        """
        from medhash_gui import training_plan

        self._pictures = pictures
        title = plan.title or self.tr("{folder}, trained here").format(
            folder=plan.folder.name
        )
        plan = training_plan.preset(plan, plan.preset, pictures=pictures)
        with QSignalBlocker(self.weights):
            # Qt compares paths by identity.
            known_ones = [
                self.weights.itemData(n) for n in range(self.weights.count() - 1)
            ]
            at = known_ones.index(plan.weights) if plan.weights in known_ones else -1
            if at < 0 and plan.weights is not None:
                self.weights.insertItem(0, plan.weights.name, plan.weights)
                at = 0
            self.weights.setCurrentIndex(at if at >= 0 else self.weights.count() - 1)
        self.name.setText(title)
        known = plan.modality != "unknown"
        self.modality.setText(plan.modality if known else "")
        self.presets[plan.preset].setChecked(True)
        self._plan = plan
        self.fields.show_plan(plan)
        self._tell()
        return self._plan

    def choose(self, name: Preset) -> None:
        """Take a preset, as a click on it does."""
        self.presets[name].setChecked(True)
        self._on_preset()

    def take_weights(self, file: Path) -> None:
        """Start from a file of weights, or from the folder of a model."""
        self.weights.insertItem(0, file.name, file)
        self.weights.setCurrentIndex(0)

    def show_estimate(self, name: str, found: Mapping[str, Any]) -> None:
        """Show what a preset would take; what cannot be measured cannot be run."""
        if "error" in found:
            error = found["error"]
            said = f"{error['message']} {error.get('hint', '')}".strip()
            self._refused[name] = said
            self._told[name] = self.tr("not possible here")
            self.times[name].setToolTip(said)
        else:
            self._refused.pop(name, None)
            self._told[name] = self._taking(found)
            self.times[name].setToolTip("")
        self.times[name].setText(self._told[name])
        self._tell()

    def measure(self) -> dict[Preset, TrainingPlan]:
        """Return the plans to be measured, the chosen one first, and say that it is."""
        from medhash_gui import training_plan

        assert self._plan is not None
        chosen = self._plan.preset
        plans = {chosen: self._plan}
        for name in training_plan.PRESETS:
            if name != chosen:
                plans[name] = training_plan.preset(
                    self._plan, name, pictures=self._pictures
                )
        self._measured, self._refused = plans, {}
        words = self.tr("measuring a few steps on this computer…")
        for shown, label in self.times.items():
            self._told[shown] = words
            label.setText(words)
        self._tell()
        return plans

    def _make_presets(self) -> None:
        words: dict[Preset, tuple[str, str]] = {
            "quick": (
                self.tr("&Quick: only the last layer, minutes on this computer"),
                self.tr(
                    "The network sees as it did before; what it sees is put into bits "
                    "anew, so that your labels are found."
                ),
            ),
            "thorough": (
                self.tr("&Thorough: its last blocks, too"),
                self.tr(
                    "It also learns to see what sets your pictures apart. Better where "
                    "they differ from those that it knows."
                ),
            ),
            "full": (
                self.tr("&Full: nearly everything, for a computer with a GPU"),
                self.tr(
                    "From ever new views of each picture. Worth it with thousands of "
                    "pictures and a graphics card."
                ),
            ),
        }
        group = QButtonGroup(self)
        self.presets: dict[str, QRadioButton] = {}
        self.times: dict[str, QLabel] = {}
        for name, (title, sentence) in words.items():
            card = QFrame()
            card.setObjectName("card")
            button = QRadioButton(title)
            group.addButton(button)
            button.clicked.connect(self._on_preset)
            self.presets[name] = button
            self.times[name] = dim()
            time = self.times[name]
            time.setAlignment(Qt.AlignmentFlag.AlignRight)
            time.setMinimumWidth(260)
            time.setAccessibleName(self.tr("What it takes"))
            top = QHBoxLayout()
            top.addWidget(button)
            top.addWidget(time, 1)
            inside = QVBoxLayout(card)
            inside.setContentsMargins(theme.GAP, theme.GAP, theme.GAP, theme.GAP)
            inside.setSpacing(2)
            inside.addLayout(top)
            inside.addWidget(dim(sentence))
            self.column.addWidget(card)

    def _on_expert(self, shown: bool) -> None:  # noqa: FBT001 (Qt's signal)
        self.fields.setVisible(shown)

    def _on_preset(self) -> None:
        from medhash_gui import training_plan

        if self._plan is None:
            return
        for name in training_plan.PRESETS:
            if self.presets[name].isChecked():
                self._plan = training_plan.preset(
                    self._plan, name, pictures=self._pictures
                )
        self.fields.show_plan(self._plan)
        self._tell()

    def _tell(self, _: object = None) -> None:
        """Take what the fields say, and say whether a run could start with it."""
        from medhash_gui.errors import SettingsError

        if self._plan is None:
            return
        title = self.name.text().strip()
        licence = self.licence.currentText().strip()
        if self.licence.currentIndex() == 0:
            licence = "not stated; for use within the institution that trained it"
        self._plan = replace(
            self._plan,
            **self.fields.values(),
            weights=self.weights.currentData(),
            title=title,
            modality=self.modality.text().strip() or "unknown",
            licence=licence,
        )
        is_measured = _same(self._plan, self._measured.get(self._plan.preset))
        refused = self._refused.get(self._plan.preset, "")
        self.measure_button.setVisible(bool(refused) or not is_measured)
        told = self._told.get(self._plan.preset, "")
        said = told if is_measured else self.tr("changed, not measured")
        self.times[self._plan.preset].setText(said)
        if not title:
            self.allow(self.tr("Give the model a name, so that you find it again."))
            return
        try:
            self._plan.check()
        except SettingsError as error:
            self.allow(f"{error.message} {error.hint}")
            return
        self.allow(refused if is_measured else "")

    def _choose_weights(self) -> None:
        title = self.tr("Choose weights to start from")
        kind = self.tr("Weights (*.safetensors)")
        name, _ = QFileDialog.getOpenFileName(self, title, "", kind)
        if name:
            self.take_weights(Path(name))

    def _taking(self, found: Mapping[str, Any]) -> str:
        seconds = float(found["seconds"])
        if seconds < 90:
            time = self.tr("about {n} s").format(n=round(seconds))
        elif seconds < 5400:
            time = self.tr("about {n} minutes").format(n=round(seconds / 60))
        else:
            time = self.tr("about {n:.1f} hours").format(n=seconds / 3600)
        memory = found.get("memory_bytes")
        if memory is None:
            return time
        needs = self.tr("{time}, {memory:.1f} GB of memory")
        return needs.format(time=time, memory=float(memory) / 2**30)


def _same(plan: TrainingPlan, measured: TrainingPlan | None) -> bool:
    """Return whether what was measured is what would be trained."""
    if measured is None:
        return False
    named = replace(measured, title=plan.title, modality=plan.modality)
    return replace(named, licence=plan.licence) == plan
