"""The wizard's page that judges a finished run, beside what it is to be measured by."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QTableWidget,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
    QWidgetAction,
)

from medhash_gui.training_plan import METHOD_NAMES
from medhash_gui.ui import theme
from medhash_gui.ui.confusion_grid import ConfusionGrid
from medhash_gui.ui.judge_figures import FiguresTab
from medhash_gui.ui.picture_strip import PictureStrip, StripPicture
from medhash_gui.ui.trainer import Trainer
from medhash_gui.ui.training_page import (
    TrainingPage,
    dim,
    fill,
    heading,
    in_bits,
    table,
)
from medhash_gui.ui.training_tasks import Judged

if TYPE_CHECKING:
    from medhash_gui.baselines import Baseline
    from medhash_gui.judgement import Database, Pair
    from medhash_gui.run_control import RunFacts

_PAIRS = 3


class JudgePage(TrainingPage):
    """Figures with intervals, chance and controls; what finds what; other runs.

    Args:
        trainer: judges.
        parent: Qt's owner.

    Attributes:
        database: which pictures answer.
        tabs: the parts of the report.
        figures: measures, curve, health of the code.
        labels, runs, baselines: tables.
        confusion: which labels find which.
        strips: pictures of the chosen cell: one that asks, and what it finds.
        methods: box of each method that can be trained beside the run.
        methods_button, baselines_button: choose them; train them and all controls.
    """

    def __init__(self, trainer: Trainer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.head(
            self.tr("What it is worth"),
            self.tr(
                "Measured on the test part, whose pictures the model has never seen. "
                "MAP@10 is 1 where all of the ten nearest have the label that was "
                "asked for; compare it with chance, never with 1 alone."
            ),
        )
        self._trainer = trainer
        self._judged: Judged | None = None
        self.methods: dict[str, QCheckBox] = {}
        self._said = QLabel()
        self._said.setWordWrap(True)
        self._said.setProperty("role", "heading")
        self.database = QComboBox()
        self.database.addItem(self.tr("both sides new: test finds test"), "test")
        self.database.addItem(self.tr("test finds training pictures"), "train")
        self.database.setAccessibleName(self.tr("Which pictures answer"))
        self.database.currentIndexChanged.connect(self._show_figures)
        top = QHBoxLayout()
        top.setSpacing(theme.GAP)
        top.addWidget(self._said, 1)
        top.addWidget(self.database)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.figures = FiguresTab()
        self.tabs.addTab(self.figures, self.tr("&Figures"))
        self._make_confusion()
        self._make_labels()
        self._make_runs()
        self.column.addLayout(top)
        self.column.addWidget(self.tabs, 1)
        trainer.judged.connect(self._on_judged)
        trainer.pairs_found.connect(self._on_pairs)
        trainer.runs_found.connect(self._on_runs)
        trainer.baselines_found.connect(self._on_baselines)

    @property
    def text(self) -> str:
        """The headline."""
        return self._said.text()

    @property
    def health(self) -> str:
        """What is said about the codes."""
        return self.figures.text

    def begin(self) -> None:
        """Judge the run that is followed, and look up what it is compared with."""
        self._said.setText(self.tr("The run is being judged…"))
        self.allow()
        self._trainer.judge()
        self._trainer.compare_runs()
        self._trainer.find_baselines()

    def _make_confusion(self) -> None:
        self.confusion = ConfusionGrid()
        self.confusion.chosen.connect(self._on_cell)
        self._cell = dim(
            self.tr("Each row asks, each column is found. Click a cell for pictures.")
        )
        self.strips = [PictureStrip(self._trainer.thumbnails) for _ in range(_PAIRS)]
        page, column = self._tab(self.tr("&What finds what"))
        column.addWidget(self.confusion, 1)
        column.addWidget(self._cell)
        for strip in self.strips:
            strip.setAccessibleName(self.tr("A picture that asks, and what it finds"))
            column.addWidget(strip)
        self.tabs.addTab(page, self.tr("&What finds what"))

    def _make_labels(self) -> None:
        self.labels = self._table(
            (
                self.tr("Label"),
                self.tr("MAP@10"),
                self.tr("95 %"),
                self.tr("Chance"),
                self.tr("Asked"),
                self.tr("Different codes"),
            ),
            self.tr("Figures of each label"),
        )
        page, column = self._tab(self.tr("&Each label"))
        column.addWidget(self.labels, 1)
        self.tabs.addTab(page, self.tr("&Each label"))

    def _make_runs(self) -> None:
        self.runs = self._table(
            (
                self.tr("Run"),
                self.tr("Begun"),
                self.tr("Method"),
                self.tr("Bits"),
                self.tr("Test"),
                self.tr("MAP@10"),
                self.tr("95 %"),
                self.tr("Chance"),
            ),
            self.tr("Runs side by side"),
        )
        self.baselines = self._table(
            (self.tr("Baseline or control"), self.tr("MAP@10"), self.tr("95 %")),
            self.tr("Baselines on the same split"),
        )
        self.baselines_button = QPushButton(self.tr("&Train baselines"))
        self.baselines_button.setToolTip(
            self.tr("The chosen methods and all controls, on the same split")
        )
        self._make_methods()
        self.baselines_button.clicked.connect(self._train_baselines)
        page, column = self._tab(self.tr("&Side by side"))
        column.addWidget(heading(self.tr("Runs of this computer")))
        column.addWidget(self.runs, 1)
        row = QHBoxLayout()
        row.addWidget(heading(self.tr("Baselines on the same split")), 1)
        row.addWidget(self.methods_button)
        row.addWidget(self.baselines_button)
        column.addLayout(row)
        self._no_baselines = dim(
            self.tr(
                "None are trained yet. They say whether the method is worth its time: "
                "the same pictures and the same division, by other methods and by "
                "controls that learn nothing."
            )
        )
        column.addWidget(self._no_baselines)
        self.baselines.hide()
        column.addWidget(self.baselines, 1)
        column.addStretch(0)
        self.tabs.addTab(page, self.tr("&Side by side"))

    def _make_methods(self) -> None:
        """Make the list of methods to choose from; it stays open while one chooses."""
        from medhash_gui import baselines

        self.methods_button = QToolButton()
        self.methods_button.setText(self.tr("&Methods"))
        self.methods_button.setToolTip(
            self.tr("Which methods are trained; each takes minutes")
        )
        self.methods_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(self.methods_button)
        for name in METHOD_NAMES:
            box = QCheckBox(name)
            box.setChecked(name in baselines.METHODS)
            entry = QWidgetAction(menu)
            entry.setDefaultWidget(box)
            menu.addAction(entry)
            self.methods[name] = box
        self.methods_button.setMenu(menu)

    def _tab(self, name: str) -> tuple[QWidget, QVBoxLayout]:
        page = QWidget()
        page.setAccessibleName(name.replace("&", ""))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.setSpacing(theme.GAP)
        return page, column

    def _table(self, titles: Sequence[str], name: str) -> QTableWidget:
        return table(titles, name)

    def _on_judged(self, judged: Judged) -> None:
        self._judged = judged
        self._show_figures()

    def _show_figures(self, _: int = 0) -> None:
        if self._judged is None:
            return
        chosen: Database = self.database.currentData()
        judgement = self._judged.judgement
        report = judgement.reports[chosen]
        headline = report["MAP@10"]
        text = self.tr(
            "MAP@10 {value:.3f} ({low:.3f} to {high:.3f}); chance {chance:.3f}. "
            "{queries} pictures of {patients} patients asked."
        )
        if report.queries == report.patients:
            text = self.tr(
                "MAP@10 {value:.3f} ({low:.3f} to {high:.3f}); chance {chance:.3f}. "
                "{queries} pictures asked, each as a patient of its own."
            )
        said = text.format(
            value=headline.value,
            low=headline.low,
            high=headline.high,
            chance=headline.chance,
            queries=report.queries,
            patients=report.patients,
        )
        if headline.low <= headline.chance:
            said += " " + self.tr("That is not clearly above chance.")
        started = self._judged.facts.started
        if started is not None and started.get("leaks"):
            said += " " + self.tr(
                "Pictures of one patient may be in two parts: that flatters."
            )
        self._said.setText(said)
        self.figures.show_figures(report, judgement.health)
        unique = judgement.health.unique_per_class
        fill(
            self.labels,
            [
                (
                    name,
                    f"{score.value:.3f}",
                    f"{score.low:.3f} – {score.high:.3f}",
                    f"{score.chance:.3f}",
                    f"{score.queries}",
                    "{} / {}".format(*unique.get(name, (0, 0))),
                )
                for name, score in report.per_class.items()
            ],
        )
        self.confusion.show_confusion(judgement.confusions[chosen])
        self._cell.setText(
            self.tr("Each row asks, each column is found. Click a cell for pictures.")
        )
        for strip in self.strips:
            strip.show_pictures(())

    def _on_cell(self, asks: str, found: str) -> None:
        if self._judged is not None:
            text = self.tr("“{asks}” finds “{found}”: looking up the pictures…")
            self._cell.setText(text.format(asks=asks, found=found))
            chosen: Database = self.database.currentData()
            self._trainer.find_pairs(self._judged, chosen, asks, found)

    def _on_pairs(self, pairs: Sequence[Pair]) -> None:
        by_query: dict[str, list[Pair]] = {}
        for pair in pairs:
            by_query.setdefault(pair.query, []).append(pair)
        text = self.tr(
            "{pairs:,} finds of {queries:,} pictures; the first of each row asks."
        )
        self._cell.setText(text.format(pairs=len(pairs), queries=len(by_query)))
        rows = list(by_query.items())[:_PAIRS]
        for number, strip in enumerate(self.strips):
            if number >= len(rows):
                strip.show_pictures(())
                continue
            query, found = rows[number]
            asks = StripPicture(Path(query), self.tr("asks"), marked=True)
            hits = [
                StripPicture(Path(pair.hit), in_bits(pair.distance)) for pair in found
            ]
            strip.show_pictures([asks, *hits])

    def _on_runs(self, runs: Sequence[RunFacts]) -> None:
        rows = []
        for facts in runs:
            if facts.state != "finished" or facts.ended is None or facts.plan is None:
                continue
            found = [
                row
                for row in facts.ended["metrics"]
                if row["measure"] == "MAP@10" and "in test pictures" in row["set"]
            ]
            rows += [
                (
                    facts.title,
                    facts.begun,
                    facts.plan.method,
                    str(facts.plan.bits),
                    str(row["queries"]),
                    f"{row['value']:.3f}",
                    f"{row['low']:.3f} – {row['high']:.3f}",
                    f"{row['chance']:.3f}",
                )
                for row in found[:1]
            ]
        fill(self.runs, rows)

    def _on_baselines(self, found: Sequence[Baseline]) -> None:
        fill(
            self.baselines,
            [
                (
                    one.name,
                    "–" if one.value is None else f"{one.value:.3f}",
                    one.state
                    if one.low is None or one.high is None
                    else f"{one.low:.3f} – {one.high:.3f}",
                )
                for one in found
            ],
        )
        self.baselines.setVisible(bool(found))
        self._no_baselines.setVisible(not found)
        working = self._trainer.trains_baselines
        self.baselines_button.setEnabled(not working)
        words = (self.tr("&Train baselines"), self.tr("Training…"))
        self.baselines_button.setText(words[working])

    def _train_baselines(self) -> None:
        self.baselines_button.setEnabled(False)
        self.baselines_button.setText(self.tr("Training…"))
        chosen = [name for name, box in self.methods.items() if box.isChecked()]
        self._trainer.train_baselines(chosen)
