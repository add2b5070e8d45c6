"""The strip above the query that says towards which finding it is moved."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.more_of import LEAST_STRENGTH, MOST_STRENGTH, MoreOf
from medhash_gui.ui import theme
from medhash_gui.ui.session import Session

_MOST_LABELS = 200
_STEP = 0.25


class MoreBar(QWidget):
    """A finding, how strong, and what became of the query; hidden until asked for.

    Args:
        session: whose query is moved.
        parent: Qt's owner.

    Attributes:
        labels: the findings of the library; the first entry is the picture as it is.
        strength: how far the query is moved.
        back: takes the picture as it is again.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        title = QLabel(self.tr("More of"))
        title.setProperty("role", "dim")
        self.labels = QComboBox()
        self.labels.setAccessibleName(self.tr("Finding to show more of"))
        self.labels.setToolTip(
            self.tr("The query's code is moved towards pictures with this label")
        )
        self.labels.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.labels.setMinimumContentsLength(16)
        self.strength = QDoubleSpinBox()
        theme.inset(self.strength)
        self.strength.setRange(LEAST_STRENGTH, MOST_STRENGTH)
        self.strength.setSingleStep(_STEP)
        self.strength.setValue(1)
        self.strength.setPrefix(self.tr("strength "))
        self.strength.setKeyboardTracking(False)
        self.strength.setAccessibleName(self.tr("How far the query is moved"))
        self.strength.setToolTip(
            self.tr("1 is the distance between pictures with the label and without")
        )
        self.back = QPushButton(self.tr("Take back"))
        self.back.setToolTip(self.tr("Ask about the picture as it is again"))
        self._said = QLabel()
        self._said.setTextFormat(Qt.TextFormat.PlainText)  # labels are no markup
        self._said.setProperty("role", "dim")
        self._said.setWordWrap(True)
        row = QHBoxLayout()
        row.setSpacing(theme.GAP)
        for part in (title, self.labels, self.strength, self.back):
            row.addWidget(part)
        row.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GAP)
        column.addLayout(row)
        column.addWidget(self._said)
        self.hide()
        self.labels.activated.connect(self._on_choice)
        self.strength.valueChanged.connect(self._on_strength)
        self.back.clicked.connect(self._take_back)
        session.state_changed.connect(self._show)
        session.hits_ready.connect(self._show)
        session.query_shown.connect(self._on_query)

    def choose(self) -> None:
        """Show the strip, with the findings of the hit that is looked at first."""
        self._fill()
        self.show()
        self.labels.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @property
    def text(self) -> str:
        """What it says became of the query."""
        return self._said.text()

    def _fill(self) -> None:
        facts, hit = self._session.facts, self._session.shown_hit
        first = () if hit is None else hit.hit.record.labels
        known = {} if facts is None else dict(facts.labels)
        ranked = sorted(known, key=lambda name: (name not in first, -known[name], name))
        more_of = self._session.choice.more_of
        names = ranked[:_MOST_LABELS]
        if more_of is not None and more_of.label not in names:
            names.insert(0, more_of.label)
        self.labels.clear()
        self.labels.addItem(self.tr("nothing"), None)
        for name in names:
            self.labels.addItem(name, name)
        self._point()

    def _point(self) -> None:
        """Let the controls stand at what is chosen."""
        more_of = self._session.choice.more_of
        label = None if more_of is None else more_of.label
        self.labels.setCurrentIndex(max(0, self.labels.findData(label)))
        if more_of is not None:
            self.strength.blockSignals(True)  # noqa: FBT003 (Qt's)
            self.strength.setValue(more_of.strength)
            self.strength.blockSignals(False)  # noqa: FBT003 (Qt's)
        for part in (self.strength, self.back):
            part.setEnabled(more_of is not None)

    def _show(self, *_: object) -> None:
        more_of = self._session.choice.more_of
        if more_of is None and self.isHidden():
            return
        if more_of is not None and self.labels.findData(more_of.label) < 0:
            self._fill()
        self._point()
        self._said.setText(self._sentence())
        self._said.setVisible(bool(self._said.text()))
        if more_of is not None:
            self.show()

    def _sentence(self) -> str:
        facts, result = self._session.facts, self._session.result
        moved = None if result is None else result.moved
        if moved is None or facts is None:
            return ""
        return self.tr(
            "{changed} of {bits} bits were turned over, as {with_it} patients with it "
            "differ from {without} without. Distances are to the moved code."
        ).format(
            changed=" + ".join(map(str, moved.bits_changed)),
            bits=facts.bits,
            with_it=moved.patients_with,
            without=moved.patients_without,
        )

    def _on_choice(self, index: int) -> None:
        label = self.labels.itemData(index)
        strength = self.strength.value()
        more_of = None if label is None else MoreOf(label, strength)
        self._session.inquiry.show_more_of(more_of)

    def _on_strength(self, strength: float) -> None:
        more_of = self._session.choice.more_of
        if more_of is not None:
            self._session.inquiry.show_more_of(MoreOf(more_of.label, strength))

    def _take_back(self) -> None:
        self._session.inquiry.show_more_of(None)
        self.hide()

    def _on_query(self, _: object) -> None:
        if self._session.choice.more_of is None:
            self.hide()  # it was asked for around another picture
