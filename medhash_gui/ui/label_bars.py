"""Labels of the nearest cases as bars: count, interval, and the library's share.

Painted, not named in colours: the bar is the share, the thin line its interval, and the
tick where the whole library stands.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from medhash_gui.ui import text_line
from medhash_gui.ui.hit_words import HitWords

if TYPE_CHECKING:
    from medhash_gui.evidence import LabelShare


class LabelBar(QWidget):
    """One label among the nearest cases.

    Args:
        share: what was counted.
        parent: Qt's owner.
        of_all: whether the whole library was compared; else the share beside is of
            what a filter let through.
    """

    def __init__(
        self, share: LabelShare, parent: QWidget | None = None, *, of_all: bool = True
    ) -> None:
        super().__init__(parent)
        self.share = share
        words = HitWords()
        self._sources = {
            words.source(stated): count
            for stated, count in share.sources.items()
            if stated
        }
        self._of_all = of_all
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(self.sentence())
        self.setToolTip(self.sentence())

    def sentence(self) -> str:
        """Return what the bar shows, in words."""
        share = self.share
        low, high = share.near.interval
        text = self.tr(
            "{label}: {count} of {of} nearest cases (95 % interval {low:.0%} to "
            "{high:.0%}); {where} {base:.0%}."
        ).format(
            label=share.label,
            count=share.near.count,
            of=share.near.of,
            low=low,
            high=high,
            where=self._where(),
            base=share.base.value,
        )
        return f"{text} {self.source_text()}"

    def _where(self) -> str:
        if self._of_all:
            return self.tr("in the library")
        return self.tr("of all that pass the filters")

    def source_text(self) -> str:
        """Return how the label was confirmed."""
        stated = [
            self.tr("{source} {count}").format(source=source, count=count)
            for source, count in self._sources.items()
        ]
        if not stated:
            return self.tr("How it was confirmed is not stated.")
        return self.tr("Confirmed by: {sources}.").format(sources=", ".join(stated))

    def sizeHint(self) -> QSize:
        """Return the size that it likes to have: a line more where sources are told."""
        lines = 3 if self._sources else 2
        return QSize(240, lines * self.fontMetrics().height() + 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint label and counts, and the bar below."""
        del event
        painter = QPainter(self)
        palette = self.palette()
        text = palette.color(QPalette.ColorRole.WindowText)
        dim = palette.color(QPalette.ColorRole.PlaceholderText)
        line = painter.fontMetrics().height()
        share, width = self.share, float(self.width())
        low, high = share.near.interval

        counts = self.tr("{count} of {of}").format(
            count=share.near.count, of=share.near.of
        )
        row = QRectF(0, 0, width, line)
        painter.setPen(text)
        painter.drawText(row, text_line.RIGHT, counts)
        room = round(width - painter.fontMetrics().horizontalAdvance(counts + "  "))
        elide = Qt.TextElideMode.ElideRight
        label = painter.fontMetrics().elidedText(share.label, elide, room)
        painter.drawText(row, text_line.LEFT, label)

        track = QRectF(0, line + 3, width, 6)
        painter.fillRect(track, palette.color(QPalette.ColorRole.AlternateBase))
        bar = QRectF(0, line + 3, width * share.near.value, 6)
        painter.fillRect(bar, palette.color(QPalette.ColorRole.Accent))
        painter.fillRect(QRectF(width * low, line + 5.5, width * (high - low), 1), text)
        tick = min(width - 2, width * share.base.value)
        painter.fillRect(QRectF(tick, line + 1, 2, 10), text)

        painter.setPen(dim)
        below = QRectF(0, line + 11, width, line)
        words = self.tr("{low:.0%} to {high:.0%}; {where} {base:.0%}").format(
            low=low, high=high, where=self._where(), base=share.base.value
        )
        painter.drawText(below, text_line.LEFT, words)
        if self._sources:
            below.translate(0, line)
            metrics = painter.fontMetrics()
            shown = metrics.elidedText(self.source_text(), elide, round(width))
            painter.drawText(below, text_line.LEFT, shown)
