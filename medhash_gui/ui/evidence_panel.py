"""What stands behind the hits: how near they are, and what the nearest cases bear.

It counts cases and says how many; it never says what the query shows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.answer_tasks import Marking
from medhash_gui.ui.distance_chart import DistanceChart
from medhash_gui.ui.evidence_tasks import Weighed
from medhash_gui.ui.label_bars import LabelBar
from medhash_gui.ui.reliability_view import ReliabilityView
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.evidence import Agreement, Evidence
    from medhash_gui.search import SearchHit

_MOST_LABELS = 12
_MOST_NEIGHBOURS = 200


class EvidencePanel(QScrollArea):
    """Distances, labels of the nearest cases, the contrast case, what else they share.

    Args:
        session: what to ask and listen to.
        parent: Qt's owner.

    Attributes:
        chart: the distances of the whole library.
        neighbours: how many cases are counted.
        reliability: what such counts meant on held-out patients.
        contrast: opens the nearest case with another label.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._contrast: SearchHit | None = None
        self._moved = ""
        self._shown_bars: list[LabelBar] = []
        self.setObjectName("evidence")
        self.setAccessibleName(self.tr("Evidence"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # Of Latin letters: those of a Chinese font are twice as wide on average.
        self.setMinimumWidth(max(280, self.fontMetrics().horizontalAdvance("x" * 38)))
        self.chart = DistanceChart()
        self._distance = _dim()
        self._held_out = _plain()
        self.neighbours = QSpinBox()
        theme.inset(self.neighbours)
        self.neighbours.setRange(1, _MOST_NEIGHBOURS)
        self.neighbours.setValue(session.weighing.neighbours)
        self.neighbours.setKeyboardTracking(False)
        self.neighbours.setMaximumWidth(self.fontMetrics().horizontalAdvance("0" * 7))
        self.neighbours.setAccessibleName(self.tr("Nearest cases that are counted"))
        self._bars = QVBoxLayout()
        self._bars.setSpacing(theme.GAP)
        self._counted = _dim()
        self.reliability = ReliabilityView()
        self.contrast = QPushButton(self.tr("Show the contrast case"))
        self._contrast_text = _dim()
        self._shared = _dim()
        self._withheld = _plain()  # why nothing of the others is told
        self._withheld.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._lay_out()
        self._show(None)

        self.neighbours.valueChanged.connect(session.weighing.count)
        self.contrast.clicked.connect(self.show_contrast)
        session.weighing.changed.connect(self._show)
        session.hit_chosen.connect(self._on_hit)

    def toggle(self) -> None:
        """Show the panel, or hide it."""
        self.setVisible(self.isHidden())
        self._session.state_changed.emit()

    def show_contrast(self) -> None:
        """Open the nearest case with another label beside the query."""
        if self._contrast is not None:
            self._session.show_hit(self._contrast)

    @property
    def text(self) -> str:
        """Everything that the panel says, in words."""
        if self._told.isHidden():
            return self._withheld.text()
        said = [self._distance.text(), self._held_out.text()]
        said += [bar.sentence() for bar in self._label_bars()]
        said += [self._counted.text(), self.reliability.text]
        said += [self._contrast_text.text(), self._shared.text()]
        return "\n".join(part for part in said if part)

    def _lay_out(self) -> None:
        inside, self._told = QWidget(), QWidget()
        whole = QVBoxLayout(inside)
        whole.setContentsMargins(*(theme.MARGIN,) * 4)
        whole.addWidget(self._withheld)
        whole.addWidget(self._told, 1)
        column = QVBoxLayout(self._told)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addWidget(_heading(self.tr("How near")))
        column.addWidget(self.chart)
        column.addWidget(self._distance)
        column.addWidget(self._held_out)
        column.addSpacing(theme.GAP)
        row = QHBoxLayout()
        labels = _heading(self.tr("Labels of the nearest cases"))
        labels.setWordWrap(True)
        row.addWidget(labels, 1)
        row.addWidget(self.neighbours)
        column.addLayout(row)
        column.addLayout(self._bars)
        column.addWidget(self._counted)
        column.addSpacing(theme.GAP)
        column.addWidget(_heading(self.tr("Such counts on held-out patients")))
        column.addWidget(self.reliability)
        column.addSpacing(theme.GAP)
        column.addWidget(_heading(self.tr("Contrast case")))
        column.addWidget(self._contrast_text)
        column.addWidget(self.contrast)
        column.addSpacing(theme.GAP)
        column.addWidget(_heading(self.tr("What else they have in common")))
        column.addWidget(self._shared)
        column.addStretch(1)
        self.setWidget(inside)

    def _label_bars(self) -> list[LabelBar]:
        return list(self._shown_bars)

    def _show(self, weighed: Weighed | None) -> None:
        for bar in self._label_bars():
            self._bars.removeWidget(bar)
            bar.hide()
            bar.deleteLater()
        self._shown_bars = []
        self._contrast = None
        facts, result = self._session.facts, self._session.result
        moved = None if result is None else result.moved
        self._moved = "" if moved is None else self._moved_text(moved.label)
        self._show_parts()
        if weighed is None or facts is None or result is None:
            self.chart.show_counts((), (), None)
            for label in (self._distance, self._counted, self._contrast_text):
                label.setText("")
            self._shared.setText("")
            self.reliability.show_shares((), None, None)
            self.contrast.setEnabled(False)
            return
        hits = [hit.distance for hit in result.hits if not hit.identical]
        self.chart.show_counts(weighed.counts, hits, facts.limit)
        self._distance.setText(self._distance_text(weighed, hits))
        self._show_evidence(weighed.evidence)

    def _show_parts(self) -> None:
        """Show what is told, or why nothing is."""
        why = self._moved
        if self._session.weighing.is_covered:
            why = self.tr("What stands behind the hits is told once they are shown.")
        self._withheld.setText(why)
        self._withheld.setVisible(bool(why))
        self._told.setVisible(not why)

    def _moved_text(self, label: str) -> str:
        return self.tr(
            "The query was moved towards more of {label}, and distances are to the "
            "moved code. What distances and nearest cases tell was measured on "
            "pictures as they are, so it is not told here."
        ).format(label=label)

    def _distance_text(self, weighed: Weighed, hits: list[float]) -> str:
        if not hits or weighed.median is None:
            return ""
        return self.tr(
            "The hits differ in {low:g} to {high:g} bits; half of the {count:,} "
            "pictures compared differ in {median} or fewer."
        ).format(
            low=min(hits),
            high=max(hits),
            count=sum(weighed.counts),
            median=weighed.median,
        )

    def _show_evidence(self, evidence: Evidence) -> None:
        for share in evidence.labels[:_MOST_LABELS]:
            self._shown_bars.append(LabelBar(share, of_all=evidence.of_all))
            self._bars.addWidget(self._shown_bars[-1])
        said = [
            self.tr(
                "Counts of cases, a patient once; the tick is the whole library. They "
                "are no statement about the query."
            )
            if evidence.of_all
            else self.tr(
                "Counts of cases, a patient once; the tick is all that pass the "
                "filters. They are no statement about the query."
            )
        ]
        if evidence.unlabelled:
            text = self.tr("{count} of the nearest cases bear no label.")
            said.insert(0, text.format(count=evidence.unlabelled))
        if evidence.tied_out:
            text = self.tr("{count:,} more pictures are as near as the last of them.")
            said.insert(0, text.format(count=evidence.tied_out))
        if len(evidence.labels) > _MOST_LABELS:
            text = self.tr("{count} rarer labels are not shown.")
            said.append(text.format(count=len(evidence.labels) - _MOST_LABELS))
        self._counted.setText(" ".join(said))
        facts = self._session.facts
        known = None if facts is None else facts.reliability
        answer = self._session.answer
        ratio = None if answer is None else answer.look.familiarity
        is_region = answer is not None and answer.box is not None
        self.reliability.show_shares(
            evidence.labels[:_MOST_LABELS],
            known,
            ratio,
            is_plain=evidence.is_plain and not is_region,
        )
        self._contrast = evidence.contrast
        self.contrast.setEnabled(evidence.contrast is not None)
        text = self.tr("No case bears a label that the nearest one does not.")
        if evidence.contrast is not None:
            text = self.tr(
                "The nearest case with another label bears {labels}; it differs in "
                "{distance:g} bits."
            ).format(
                labels=", ".join(evidence.contrast.record.labels),
                distance=evidence.contrast.distance,
            )
        self._contrast_text.setText(text)
        shared = [
            self._agreement_text(one, of_all=evidence.of_all)
            for one in evidence.agreements
        ]
        nothing = self.tr("The library keeps nothing else that could be compared.")
        self._shared.setText("\n".join(shared) or nothing)

    def _agreement_text(self, one: Agreement, *, of_all: bool) -> str:
        text = self.tr("{what} {value}: {count} of {of}, in the library {base:.0%}")
        more = self.tr(" – more than in the library; may be why they are near")
        if not of_all:
            text = self.tr(
                "{what} {value}: {count} of {of}, of all that pass the filters "
                "{base:.0%}"
            )
            more = self.tr(" – more than of those; may be why they are near")
        told = text.format(
            what=self._key_text(one.key),
            value=one.value,
            count=one.near.count,
            of=one.near.of,
            base=one.base.value,
        )
        if one.is_suspicious:
            told += more
        return told

    def _key_text(self, key: str) -> str:
        names = {
            "view": self.tr("View"),
            "modality": self.tr("Modality"),
            "device": self.tr("Device"),
            "maker": self.tr("Maker"),
            "sex": self.tr("Sex"),
            "age_band": self.tr("Age"),
        }
        return names[key]

    def _on_hit(self, hit: SearchHit | None) -> None:
        self.chart.choose(None if hit is None else hit.distance)
        self._held_out.setText("" if hit is None else self._held_out_text(hit))

    def _held_out_text(self, hit: SearchHit) -> str:
        if hit.is_moved:
            return ""  # no pair of pictures was that far apart
        facts = self._session.facts
        table = None if facts is None else facts.distances
        if table is None:
            return self.tr(
                "What a distance means was not measured for this model: a small one is "
                "no proof of anything."
            )
        marking, answer = self._session.choice.marking, self._session.answer
        is_region = answer is not None and answer.box is not None
        if is_region or marking != Marking():
            return self.tr(
                "What a distance means was measured between two whole pictures, not "
                "of a region, marks or more pictures."
            )
        row = table.at(round(hit.distance))
        if row is None:
            return self.tr("No held-out pair was counted at this distance.")
        return self.tr(
            "Of held-out pairs this close, {share:.0%} shared a finding "
            "({low:.0%} to {high:.0%}; chance {chance:.0%})."
        ).format(share=row.share, low=row.low, high=row.high, chance=table.chance)


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _plain() -> QLabel:
    label = QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)  # labels are no markup
    label.setWordWrap(True)
    return label


def _dim() -> QLabel:
    label = _plain()
    label.setProperty("role", "dim")
    return label
