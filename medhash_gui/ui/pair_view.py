"""The query and the chosen hit side by side, and the controls of both maps."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QSlider,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from medhash_gui import settings
from medhash_gui.ui import theme
from medhash_gui.ui.hit_words import HitWords
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.link import Link
from medhash_gui.ui.more_bar import MoreBar
from medhash_gui.ui.picture import Explanation, OverlayStyle, Picture
from medhash_gui.ui.picture_panel import PicturePanel
from medhash_gui.ui.query_bars import MarksBar, TrailBar
from medhash_gui.ui.query_panel import QueryPanel
from medhash_gui.ui.session import Session
from medhash_gui.ui.why_panel import WhyPanel

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit


class HitPanel(PicturePanel):
    """Shows the hit that is chosen.

    Args:
        session: what to listen to.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent, has_frames=False)
        self._session = session
        self._hit: SearchHit | None = None
        self._words = HitWords()
        self.head(self.tr("Hit"))
        self.view.setAccessibleName(self.tr("Picture of the hit"))
        self.view.set_empty_text(self.tr("The chosen hit stands here."))
        session.hit_chosen.connect(self._on_chosen)
        session.hit_shown.connect(self.show_picture)
        session.hit_explained.connect(self._on_explained)
        session.overlay_changed.connect(self.apply_style)
        self.frames.wished.connect(self._on_window)
        session.failed.connect(self._on_failed)
        session.state_changed.connect(self._say)
        self.apply_style(session.overlay)

    def show_picture(self, shown: Picture | None) -> None:
        """Show a picture and the facts of its record."""
        super().show_picture(shown)
        self._say()

    def _on_chosen(self, hit: SearchHit | None) -> None:
        self._hit = hit
        self.show_picture(None)
        if hit is None:
            self.head(self.tr("Hit"))
            return
        self._name.show_text(hit.record.path)
        bits = self._session.facts.bits if self._session.facts is not None else 0
        if math.isnan(hit.distance):
            self.head(self.tr("Picture {rank}").format(rank=hit.rank))
        elif hit.identical:
            self.head(self.tr("Hit: the query's own file"))
        else:
            heading = self.tr("Hit {rank}: {distance:.3g} of {bits} bits differ")
            if hit.is_moved:
                heading = self.tr(
                    "Hit {rank}: {distance:.3g} of {bits} bits from the moved query"
                )
            if self._is_prior(hit):
                heading = self.tr("Same patient: {distance:.3g} of {bits} bits differ")
                if hit.is_moved:
                    heading = self.tr(
                        "Same patient: {distance:.3g} of {bits} bits from the moved "
                        "query"
                    )
            if self._session.weighing.is_contrast(hit):
                heading = self.tr("Contrast case: {distance:.3g} of {bits} bits differ")
            self.head(heading.format(rank=hit.rank, distance=hit.distance, bits=bits))

    def _on_explained(self, explanation: Explanation) -> None:
        self.show_explanation(explanation)
        self._say()

    def _say(self) -> None:
        self.say(*self._facts(), self.map_sentence())

    def _on_window(self, _: int, window: int) -> None:
        self._session.view_hit(window)

    def _on_failed(self, _: object) -> None:
        self.frames.restore()

    def _is_prior(self, hit: SearchHit) -> bool:
        result = self._session.result
        return result is not None and hit in result.prior

    def _facts(self) -> tuple[str, ...]:
        hit = self._hit
        if hit is None:
            return ()
        return (self._words.line(self._session, hit.record),)


class OverlayBar(QWidget):
    """The controls of both saliency maps.

    Args:
        session: keeps the style.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._visible = QCheckBox(self.tr("Map"))
        self._visible.setToolTip(self.tr("Show where the network looked (O)"))
        self._visible.setAccessibleName(self.tr("Show the saliency maps"))
        self._opacity = QSlider(Qt.Orientation.Horizontal)
        self._opacity.setRange(0, 100)
        self._opacity.setSingleStep(5)
        self._opacity.setMinimumWidth(96)
        self._opacity.setAccessibleName(self.tr("Opacity of the saliency maps"))
        self._opacity.setToolTip(self.tr("How strongly the map covers the picture"))
        self._colours = QComboBox()
        self._colours.setAccessibleName(self.tr("Colours of the saliency maps"))
        for name in settings.BY_KEY["colour_map"].choices:
            self._colours.addItem(name.capitalize(), name)
        self._source = QComboBox()
        self._source.setAccessibleName(self.tr("What the saliency maps show"))
        self._source.addItem(self.tr("Attention"), "attention")
        self._source.addItem(self.tr("Code contribution"), "grad-cam")
        self._source.addItem(self.tr("What both share"), "pair")

        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.GAP)
        row.addWidget(self._visible)
        row.addWidget(self._source)
        row.addSpacing(theme.GAP)
        for text, control in (
            (self.tr("Opacity"), self._opacity),
            (self.tr("Colours"), self._colours),
        ):
            label = QLabel(text)
            label.setBuddy(control)
            label.setProperty("role", "dim")
            row.addWidget(label)
            row.addWidget(control, 1 if control is self._opacity else 0)
            row.addSpacing(theme.GAP)

        self._show(session.overlay)
        self._visible.toggled.connect(self._on_visible)
        self._opacity.valueChanged.connect(self._on_opacity)
        self._colours.currentIndexChanged.connect(self._on_colours)
        self._source.activated.connect(self._on_source)
        session.overlay_changed.connect(self._show)
        session.library_changed.connect(self._on_library)

    def step_colours(self) -> None:
        """Take the next colour map."""
        count = self._colours.count()
        self._colours.setCurrentIndex((self._colours.currentIndex() + 1) % count)

    def change_opacity(self, by: float) -> None:
        """Let the maps cover more or less of the pictures."""
        opacity = min(max(self._session.overlay.opacity + by, 0), 1)
        self._session.style_overlay(opacity=opacity)

    def _show(self, style: OverlayStyle) -> None:
        self._visible.setChecked(style.visible)
        self._opacity.setValue(round(style.opacity * 100))
        self._colours.setCurrentIndex(self._colours.findData(style.colour_map))
        if style.source is not None:
            self._source.setCurrentIndex(self._source.findData(style.source))
        for control in (self._opacity, self._colours, self._source):
            control.setEnabled(style.visible)

    def _on_library(self, _: object) -> None:
        facts = self._session.facts
        if facts is not None and self._session.overlay.source is None:
            self._source.setCurrentIndex(self._source.findData(facts.explains))

    def _on_visible(self, checked: bool) -> None:  # noqa: FBT001 (Qt's signal)
        self._session.style_overlay(visible=checked)

    def _on_opacity(self, value: int) -> None:
        self._session.style_overlay(opacity=value / 100)

    def _on_colours(self, _: int) -> None:
        self._session.style_overlay(colour_map=self._colours.currentData())

    def _on_source(self, _: int) -> None:
        self._session.style_overlay(source=self._source.currentData())


class PairView(QWidget):
    """Query and hit at the same height, the controls of their maps below.

    Args:
        session: what to listen to.
        parent: Qt's owner.

    Attributes:
        query: the left picture.
        hit: the right picture.
        controls: the bar below.
        link: makes both pictures look alike.
        why: what both share; hidden until it is asked for.
        more: towards which finding the query is moved; hidden until it is asked for.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.query = QueryPanel(session)
        self.hit = HitPanel(session)
        self.controls = OverlayBar(session)
        self.trail = TrailBar(session)
        self.marks = MarksBar(session)
        self.more = MoreBar(session)
        self.why = WhyPanel(session)
        self.link = Link((self.query.view, self.hit.view), self)
        self.hit.view.keeps_stance = True
        pair = QHBoxLayout()
        pair.setSpacing(theme.MARGIN)
        pair.addWidget(self.query, 1)
        pair.addWidget(self.hit, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addWidget(self.trail)
        column.addWidget(self.marks)
        column.addWidget(self.more)
        column.addLayout(pair, 1)
        column.addWidget(self.controls)
        column.addWidget(self.why)
        for panel in (self.query, self.hit):
            panel.frames.needed.connect(self._align)

    def step_frame(self, by: int) -> None:
        """Ask with another frame of the query's file."""
        self.query.frames.step(by)

    def step_window(self) -> None:
        """See the query through its next window."""
        self.query.frames.step_window()

    def stop_timers(self) -> None:
        """Let nothing fire after the window."""
        for panel in (self.query, self.hit):
            panel.frames.stop_timers()

    def toggle_why(self) -> None:
        """Show what query and hit share, or hide it."""
        if self.why.isHidden():
            self._make_room()
        self.why.setVisible(self.why.isHidden())

    @property
    def lead(self) -> ImageView:
        """The view that commands are for: the one in focus, else the query's."""
        return self.hit.view if self.hit.view.hasFocus() else self.query.view

    @property
    def views(self) -> tuple[ImageView, ...]:
        """Both views."""
        return self.query.view, self.hit.view

    def _make_room(self) -> None:
        """Take from the hits beside what the panel below lacks in width."""
        divided = self.parentWidget()
        beside = divided.widget(1) if isinstance(divided, QSplitter) else None
        if isinstance(divided, QSplitter) and beside is not None:
            own, hits, *rest = divided.sizes()
            lacks = self.why.wished_width + 2 * theme.MARGIN - own
            spare = hits - beside.minimumSizeHint().width()
            given = max(0, min(lacks, spare))
            divided.setSizes([own + given, hits - given, *rest])

    def _align(self) -> None:
        """Leave the room of the strip on both sides: the pictures stay level."""
        strips = (self.query.frames, self.hit.frames)
        needed = any(strip.is_needed for strip in strips)
        for strip in strips:
            policy = strip.sizePolicy()
            policy.setRetainSizeWhenHidden(needed)
            strip.setSizePolicy(policy)
