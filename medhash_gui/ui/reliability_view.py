"""What counts of the nearest cases meant on held-out patients, a label at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QLabel, QVBoxLayout, QWidget

from medhash_gui import reliability
from medhash_gui.reliability import MIN_PATIENTS, Told, Untold
from medhash_gui.ui.reliability_plot import ReliabilityPlot, count_of

if TYPE_CHECKING:
    from medhash_gui.evidence import LabelShare
    from medhash_gui.reliability import Reliability

_DIFFERENT = 1.5  # times rarer, or more frequent, that is worth a word


class ReliabilityView(QWidget):
    """One label's count in words, and its curve.

    Args:
        parent: Qt's owner.

    Attributes:
        label: whose count is told; the first of the list until another is chosen.
        plot: the curve.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: Reliability | None = None
        self._familiarity: float | None = None
        self._is_plain = True
        self._shares: dict[str, LabelShare] = {}
        self.label = QComboBox()
        self.label.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.label.setAccessibleName(self.tr("Label whose count is told"))
        self.plot = ReliabilityPlot()
        self._words = QLabel()
        self._words.setTextFormat(Qt.TextFormat.PlainText)  # labels are no markup
        self._words.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.label)
        column.addWidget(self._words)
        column.addWidget(self.plot)
        self.label.currentTextChanged.connect(self._tell)
        self.show_shares((), None, None)

    @property
    def text(self) -> str:
        """What is said, in words."""
        return self._words.text()

    def show_shares(
        self,
        shares: Sequence[LabelShare],
        known: Reliability | None,
        familiarity: float | None,
        *,
        is_plain: bool = True,
    ) -> None:
        """Show what some labels' counts meant.

        Args:
            shares: labels among the neighbours, most frequent first.
            known: the curves of the library's model, or None.
            familiarity: the query's ratio to the model's limit, or None.
            is_plain: whether it was asked as the held-out pictures were.
        """
        self._known, self._familiarity = known, familiarity
        self._is_plain = is_plain
        self._shares = {share.label: share for share in shares}
        chosen = self.label.currentText()
        with QSignalBlocker(self.label):  # only what is chosen in the end is told
            self.label.clear()
            self.label.addItems(list(self._shares))
            self.label.setCurrentIndex(max(0, self.label.findText(chosen)))
        self.label.setVisible(known is not None and len(shares) > 1)
        self._tell(self.label.currentText())

    def _tell(self, label: str) -> None:
        share = self._shares.get(label)
        if share is None:
            self._words.setText("")
            self.plot.show_curve(None, None)
            return
        found = reliability.look_up(
            self._known,
            label,
            share.near,
            familiarity=self._familiarity,
            is_plain=self._is_plain,
        )
        if isinstance(found, Untold):
            self._words.setText(self._untold(found, share))
            self.plot.show_curve(None, None)
            return
        self._words.setText(" ".join((self._told(found, share), self._base(found))))
        self.plot.show_curve(found.curve, found.row)

    def _told(self, told: Told, share: LabelShare) -> str:
        curve, row = told.curve, told.row
        if curve.label is None:
            text = self.tr(
                "Too few held-out patients had such a count of {label} alone. Over all "
                "labels, of {counted:,} counts of {which} among {k} nearest cases, the "
                "picture bore the label in {bearing:,} ({value:.0%}; 95 % interval "
                "{low:.0%} to {high:.0%})."
            )
        elif self._known is not None and self._known.by_patient:
            text = self.tr(
                "{label}: of {counted:,} held-out pictures of {patients:,} patients "
                "for which {which} of {k} nearest cases bore it, {bearing:,} bore it "
                "({value:.0%}; 95 % interval {low:.0%} to {high:.0%})."
            )
        else:
            text = self.tr(
                "{label}: of {counted:,} held-out pictures for which {which} of {k} "
                "nearest cases bore it, {bearing:,} bore it ({value:.0%}; 95 % "
                "interval {low:.0%} to {high:.0%}). Whose they are is not known."
            )
        which = count_of(row)
        if row.high_count > row.low_count:
            which = self.tr("{low} to {high}").format(
                low=row.low_count, high=row.high_count
            )
        return text.format(
            label=share.label,
            counted=row.counted,
            patients=row.patients,
            which=which,
            k=curve.neighbours,
            bearing=row.bearing,
            value=row.share,
            low=row.low,
            high=row.high,
        )

    def _base(self, told: Told) -> str:
        share = self._shares[self.label.currentText()]
        own = self._known and self._known.curve(told.curve.neighbours, share.label)
        if not own:
            return ""
        there, here = own.base, share.base.value
        said = self.tr(
            "Of all held-out pictures {there:.0%} bore it, of this library {here:.0%}."
        ).format(there=there, here=here)
        if there > _DIFFERENT * here:
            said += " " + self.tr("It is rarer here, so such a count means less.")
        elif here > _DIFFERENT * there:
            said += " " + self.tr("It is more frequent here than there.")
        return said

    def _untold(self, untold: Untold, share: LabelShare) -> str:
        if untold.reason == "model":
            return self.tr(
                "What such counts mean was not measured for this model: they are no "
                "probability."
            )
        if untold.reason == "query":
            return self.tr(
                "The query is unlike the held-out pictures of this model: what such "
                "counts meant on them does not hold for it."
            )
        if untold.reason == "asked":
            return self.tr(
                "What such counts mean was measured with single whole pictures, asked "
                "of all others. Here are filters, marks, more pictures, a region or "
                "the own patient, so it does not hold."
            )
        if untold.reason == "label":
            return self.tr(
                "No held-out picture of this model bore {label}: what such a count "
                "means was not measured."
            ).format(label=share.label)
        if untold.reason == "neighbours":
            return self.tr(
                "What such counts mean was measured for {measured} nearest cases, not "
                "for {count}."
            ).format(measured=", ".join(map(str, untold.measured)), count=share.near.of)
        return self.tr(
            "Fewer than {least} held-out patients had such a count of {label}: too few "
            "to tell what it means."
        ).format(least=MIN_PATIENTS, label=share.label)
