"""Why these two: bits, tests of both maps, and what small changes turn over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.bit_strip import BitStrip
from medhash_gui.ui.map_curves import MapCurves
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.pair_explanation import CheckedMap
    from medhash_gui.shared_bits import SharedBits
    from medhash_gui.stability import Change


class WhyPanel(QScrollArea):
    """Stands below the pair; nothing is computed while it is hidden.

    Where the pair is narrow it scrolls sideways, so that the window fits its screen
    with the evidence beside.

    Args:
        session: what to ask and listen to.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bits_text = _dim()
        self._strip = BitStrip()
        self._verdict = _dim()
        self._plots = (
            MapCurves(self.tr("map of the query")),
            MapCurves(self.tr("map of the hit")),
        )
        self._changes = QGridLayout()
        self._changes.setContentsMargins(0, 0, 0, 0)
        self._changes.setHorizontalSpacing(theme.GAP)
        self._changes.setVerticalSpacing(1)
        self._cells: list[QLabel] = []
        self._lay_out()
        why = session.why
        why.started.connect(self._on_started)
        why.compared.connect(self._on_compared)
        why.tested.connect(self._on_tested)
        why.tried.connect(self._on_tried)
        self._on_started()
        self.setVisible(False)

    @property
    def text(self) -> str:
        """Everything that the panel says."""
        parts = [self._bits_text.text(), self._verdict.text()]
        parts += [cell.text() for cell in self._cells]
        return "\n".join(part for part in parts if part)

    @property
    def wished_width(self) -> int:
        """The width in which nothing has to be scrolled, in px."""
        return self._inside.sizeHint().width()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to compare."""
        super().showEvent(event)
        if not event.spontaneous():
            self._session.why.want(wanted=True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Leave it."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._session.why.want(wanted=False)

    def _lay_out(self) -> None:
        bits = QVBoxLayout()
        bits.setSpacing(4)
        bits.addWidget(_heading(self.tr("Bits")))
        bits.addWidget(self._bits_text)
        bits.addWidget(self._strip, 1)
        tests = QVBoxLayout()
        tests.setSpacing(4)
        tests.addWidget(_heading(self.tr("Test of the maps of what both share")))
        tests.addWidget(self._verdict)
        plots = QHBoxLayout()
        plots.setSpacing(theme.GAP)
        for plot in self._plots:
            plots.addWidget(plot, 1)
        tests.addLayout(plots, 1)
        changes = QVBoxLayout()
        changes.setSpacing(4)
        changes.addWidget(_heading(self.tr("Small changes of the query")))
        changes.addLayout(self._changes)
        changes.addStretch(1)
        self._inside = QWidget()
        row = QHBoxLayout(self._inside)
        row.setContentsMargins(0, theme.GAP, 0, 0)
        row.setSpacing(theme.MARGIN)
        row.addLayout(bits, 2)
        row.addLayout(tests, 4)
        row.addLayout(changes, 0)
        self.setObjectName("why")
        self.setAccessibleName(self.tr("Why these two"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(self._inside)
        self.setFixedHeight(12 * self.fontMetrics().lineSpacing())

    def _on_started(self) -> None:
        self._strip.show_bits(None)
        for plot in self._plots:
            plot.show_check(None)
        has_hit = self._session.shown_hit is not None
        self._bits_text.setText("" if has_hit else self.tr("Choose a hit."))
        self._verdict.setText(self.tr("Testing…") if has_hit else "")

    def _on_compared(self, bits: SharedBits) -> None:
        count = len(bits.agree)
        text = self.tr("{shared} of {count} agree, {distance} differ.")
        if bits.close_differences:
            text = self.tr(
                "{shared} of {count} agree, {distance} differ; {close} of these are "
                "close to turning."
            )
        said = text.format(
            shared=count - bits.distance,
            count=count,
            distance=bits.distance,
            close=bits.close_differences,
        )
        result = self._session.result
        if result is not None and result.moved is not None:
            said = self.tr("Of the picture as it is: {said}").format(said=said)
        self._bits_text.setText(said)
        self._strip.show_bits(bits)

    def _on_tested(self, query: CheckedMap, hit: CheckedMap) -> None:
        for plot, found in zip(self._plots, (query, hit), strict=True):
            plot.show_check(found.check)
        of_query = {
            "passed": self.tr("The query: passed."),
            "failed": self.tr("The query: failed, the map is withheld."),
            "none": self.tr("The query: no map to test."),
        }
        of_hit = {
            "passed": self.tr("The hit: passed."),
            "failed": self.tr("The hit: failed, the map is withheld."),
            "none": self.tr("The hit: no map to test."),
        }
        text = self.tr("{query} {hit}")
        said = text.format(query=of_query[_how(query)], hit=of_hit[_how(hit)])
        self._verdict.setText(said)

    def _on_tried(self, changes: tuple[Change, ...]) -> None:
        while self._changes.count():
            item = self._changes.takeAt(0)
            widget = None if item is None else item.widget()
            if widget is not None:
                widget.deleteLater()
        self._cells = []
        rows = [("", self.tr("bits turned"), self.tr("hits kept"))]
        rows += [
            (
                self._name(change),
                self.tr("{some} of {all}").format(some=change.flipped, all=change.bits),
                self.tr("{some} of {all}").format(some=change.kept, all=change.hits),
            )
            for change in changes
        ]
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                cell = _dim(text)
                cell.setWordWrap(False)
                side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag(0)
                self._changes.addWidget(cell, row, column, side)
                self._cells.append(cell)

    def _name(self, change: Change) -> str:
        if change.kind == "rotation":
            return self.tr("turned {angle:+.0f}°").format(angle=change.amount)
        share = 100 * change.amount
        if change.kind == "crop":
            return self.tr("cropped {share:.0f} %").format(share=share)
        return self.tr("contrast {share:+.0f} %").format(share=share)


def _how(found: CheckedMap) -> str:
    """Return how a map fared in its test."""
    if found.check is None:
        return "none"
    return "passed" if found.check.has_passed else "failed"


def _heading(text: str) -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "heading")
    return label


def _dim(text: str = "") -> QLabel:
    label = QLabel(text)
    label.setProperty("role", "dim")
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
