"""The figures of a judged run: each measure in words, beside interval and chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QHeaderView, QVBoxLayout, QWidget

from medhash_gui.ui import theme
from medhash_gui.ui.curve_plot import Chart, CurvePlot
from medhash_gui.ui.training_page import dim, fill, fit_height, heading, table

if TYPE_CHECKING:
    from medhash_gui.code_health import CodeHealth
    from medhash_gui.retrieval import EvaluationReport


class FiguresTab(QWidget):
    """Measures in a table, precision against recall, health of the code.

    Args:
        parent: Qt's owner.

    Attributes:
        measures: the table.
        curve: precision against recall.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Figures"))
        self.measures = table(
            (
                self.tr("Measure"),
                self.tr("What it says"),
                self.tr("Value"),
                self.tr("95 %"),
                self.tr("Chance"),
            ),
            self.tr("Figures"),
        )
        header = self.measures.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self.curve = CurvePlot()
        self._health = dim()
        words = QVBoxLayout()
        words.setSpacing(theme.GAP)
        words.addWidget(heading(self.tr("Health of the code")))
        words.addWidget(self._health)
        words.addSpacing(theme.GAP)
        words.addWidget(heading(self.tr("How sure that is")))
        words.addWidget(
            dim(
                self.tr(
                    "Intervals: bootstrap over the patients of the test. They do not "
                    "contain what another division of the patients would change."
                )
            )
        )
        words.addStretch(1)
        row = QHBoxLayout()
        row.setSpacing(theme.MARGIN)
        row.addWidget(self.curve, 1)
        row.addLayout(words, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, theme.GAP, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(self.measures)
        column.addLayout(row, 1)

    @property
    def text(self) -> str:
        """What is said about the codes."""
        return self._health.text()

    def show_figures(self, report: EvaluationReport, health: CodeHealth) -> None:
        """Show what the test pictures of a run find, and what its codes are like."""
        says = self._meanings()
        fill(
            self.measures,
            [
                (
                    one.name,
                    says[one.name],
                    f"{one.value:.3f}",
                    f"{one.low:.3f} – {one.high:.3f}",
                    f"{one.chance:.3f}",
                )
                for name in says
                for one in report.measures
                if one.name == name
            ],
        )
        fit_height(self.measures, most=len(says))
        if report.curve is not None:
            points = [
                (at / 100, float(value))
                for at, value in enumerate(report.curve.interpolated)
            ]
            title = self.tr("Precision against recall")
            curves = {self.tr("this model"): points}
            self.curve.show_chart(Chart(title, curves, {}, 1.0, 1.0, self.tr("recall")))
        text = self.tr(
            "{unique} different codes of {pictures} pictures; {constant} of {bits} "
            "bits never change; bits are {imbalance:.2f} off balance on average (0 is "
            "best, 0.5 worst); the two most alike go together with {correlation:.2f}."
        )
        self._health.setText(
            text.format(
                unique=health.unique,
                pictures=health.pictures,
                constant=health.constant_bits,
                bits=health.bits,
                imbalance=health.imbalance,
                correlation=health.correlation,
            )
        )

    def _meanings(self) -> dict[str, str]:
        """Return what each measure says, in the order in which they are shown."""
        return {
            "MAP@10": self.tr("right ones come first among the ten nearest"),
            "MAP@10 (macro)": self.tr("the same, each label counting alike"),
            "nDCG@10": self.tr("the same, nearer ones counting more"),
            "P@10": self.tr("share of right ones among the ten nearest"),
            "P@r≤2": self.tr("share of right ones within two bits"),
            "MAP@all": self.tr("right ones come first among all pictures"),
        }
