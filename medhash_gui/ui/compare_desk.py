"""The compare desk: the query beside up to four hits, in a window of its own.

It may stand on the second screen. It shows the hit that is chosen in the main window
and those behind it, so one key goes on to the next; how the pictures are looked at
stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent, QGuiApplication, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from medhash_gui.ui import theme
from medhash_gui.ui.desk import MOST_HITS
from medhash_gui.ui.hit_words import HitWords
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.link import Link
from medhash_gui.ui.overlap_view import Mode, OverlapView
from medhash_gui.ui.picture import OverlayStyle, Picture
from medhash_gui.ui.picture_panel import PicturePanel
from medhash_gui.ui.session import Session

if TYPE_CHECKING:
    from medhash_gui.search import SearchHit
    from medhash_gui.ui.picture import Explanation

_MODES = ("side", *get_args(Mode))


class CompareDesk(QWidget):
    """A window with the query and the hits beside it.

    Args:
        session: what to ask and listen to.

    Attributes:
        panels: the query's, then those of the hits.
        overlap: query and first hit in one place.
        link: makes all pictures look alike.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._desk = session.desk
        self._words = HitWords()
        self.setWindowTitle(self.tr("Compare desk – MedHash"))
        self.setWindowIcon(theme.application_icon())
        self.resize(1280, 800)
        # Before the panels: they say what they are, not what they wait for.
        self.panels = tuple(self._panel(place) for place in range(MOST_HITS + 1))
        self.overlap = OverlapView()
        self.overlap.setAccessibleName(self.tr("Query and hit in one place"))
        self.overlap.set_empty_text(self.tr("Query and hit lie over each other here."))
        views = (*(panel.view for panel in self.panels), self.overlap)
        self.link = Link(views, self)
        self._mode = QComboBox()
        self._mode.setAccessibleName(self.tr("How query and hit are compared"))
        for mode, text in (
            ("side", self.tr("Side by side")),
            ("split", self.tr("Split")),
            ("blend", self.tr("Blend")),
            ("difference", self.tr("Difference")),
            ("flicker", self.tr("Flicker")),
        ):
            self._mode.addItem(text, mode)
        self._count = QComboBox()
        self._count.setAccessibleName(self.tr("How many hits lie beside the query"))
        for count in range(1, MOST_HITS + 1):
            text = self.tr("1 hit") if count == 1 else self.tr("{count} hits")
            self._count.addItem(text.format(count=count), count)
        self._share = QSlider(Qt.Orientation.Horizontal)
        self._share.setRange(0, 100)
        self._share.setValue(50)
        self._share.setMaximumWidth(280)
        self._share.setAccessibleName(self.tr("Place of the split, or blend"))
        self._says = QLabel()
        self._says.setProperty("role", "dim")
        self._lay_out()
        self._mode.currentIndexChanged.connect(self._on_mode)
        self._count.currentIndexChanged.connect(self._on_count)
        self._share.valueChanged.connect(self._on_share)
        self.link.changed.connect(self._head)
        session.query_shown.connect(self._on_query)
        session.query_explained.connect(self._on_query_explained)
        session.overlay_changed.connect(self._on_style)
        session.state_changed.connect(self._head)
        self._desk.laid.connect(self._on_laid)
        self._desk.hit_shown.connect(self._on_hit)
        self._desk.hit_explained.connect(self._on_hit)
        self._on_style(session.overlay)
        self._on_mode()

    @property
    def lead(self) -> ImageView:
        """The view that commands are for: the one in focus, else the query's."""
        if self.mode != "side":
            return self.overlap
        focused = (panel.view for panel in self.panels if panel.view.hasFocus())
        return next(focused, self.panels[0].view)

    @property
    def views(self) -> tuple[ImageView, ...]:
        """All views."""
        return (*(panel.view for panel in self.panels), self.overlap)

    @property
    def mode(self) -> str:
        """How query and hit are compared."""
        return str(self._mode.currentData())

    def show_mode(self, mode: str) -> None:
        """Compare in another way; the one that is on changes back to side by side."""
        wanted = "side" if mode == self.mode else mode
        self._mode.setCurrentIndex(self._mode.findData(wanted))

    def show_count(self, count: int) -> None:
        """Lay so many hits beside the query."""
        self._count.setCurrentIndex(self._count.findData(count))

    def swap(self) -> None:
        """Exchange the places of query and hits."""
        self.overlap.swap()
        self._place()
        self._head()

    def move_to_next_screen(self) -> None:
        """Stand on another screen, where there is one, and fill it."""
        screens = QGuiApplication.screens()
        here = self.screen()
        if len(screens) < 2 or here not in screens:
            return
        following = screens[(screens.index(here) + 1) % len(screens)]
        self.showNormal()
        self.setGeometry(following.availableGeometry())
        self.showMaximized()

    def showEvent(self, event: QShowEvent) -> None:
        """Begin to open hits."""
        super().showEvent(event)
        if not event.spontaneous():
            # The answer that is there was told before this window was.
            self._on_query(self._desk.query)
            self._desk.open(is_open=True)
            self._on_mode()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the pictures, and give their memory back."""
        self.stop_timers()
        self._desk.open(is_open=False)
        super().closeEvent(event)

    def stop_timers(self) -> None:
        """Let nothing fire after the window."""
        self.overlap.set_flickering(is_flickering=False)
        for panel in self.panels:
            panel.frames.stop_timers()

    # -- parts ---------------------------------------------------------------------

    def _panel(self, place: int) -> PicturePanel:
        panel = PicturePanel("", "", has_frames=False, caption_lines=4)
        panel.view.keeps_stance = True
        names = (self.tr("Query picture"), self.tr("Picture of a hit"))
        panel.view.setAccessibleName(names[place > 0])
        return panel

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setSpacing(theme.GAP)
        bar.addWidget(self._mode)
        bar.addWidget(self._count)
        bar.addWidget(self._share, 1)
        bar.addStretch(1)
        bar.addWidget(self._says)
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(theme.GAP)
        side = QWidget()
        side.setLayout(self._grid)
        for panel in self.panels:
            # One that is shown before it lies in the grid would be a window of its own.
            panel.setParent(side)
        self._pages = QStackedWidget()
        self._pages.addWidget(side)
        self._pages.addWidget(self.overlap)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(theme.MARGIN,) * 4)
        column.setSpacing(theme.GAP)
        column.addLayout(bar)
        column.addWidget(self._pages, 1)

    def _place(self) -> None:
        """Put the panels into rows: up to three side by side, more in two rows."""
        used = list(self.panels[: 1 + max(len(self._desk.hits), 1)])
        if self.overlap.is_swapped:
            used.append(used.pop(0))
        columns = len(used) if len(used) <= 3 else (len(used) + 1) // 2
        for panel in self.panels:
            self._grid.removeWidget(panel)
            panel.setVisible(panel in used)
        for number, panel in enumerate(used):
            self._grid.addWidget(panel, number // columns, number % columns)
        for row in range(2):
            self._grid.setRowStretch(row, 1 if row * columns < len(used) else 0)
        for column in range(MOST_HITS + 1):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)

    # -- what comes ----------------------------------------------------------------

    def _on_query(self, shown: Picture | None) -> None:
        self._show(self.panels[0], shown)
        self.overlap.show_picture(shown)
        self.overlap.take_stance(self.link.stance)
        self._explain(self.panels[0], self._desk.query_explanation)
        self._head()

    def _on_query_explained(self, explanation: Explanation, _: object) -> None:
        self._explain(self.panels[0], explanation)
        self._head()

    def _on_laid(self) -> None:
        self._place()
        for panel, hit in zip(self.panels[1:], self._desk.hits, strict=False):
            shown = self._desk.picture(hit)
            if panel.view.picture is not shown:
                self._show(panel, shown)
            self._explain(panel, self._desk.explanation(hit))
        for panel in self.panels[1 + len(self._desk.hits) :]:
            self._show(panel, None)
        self._show_other()
        self._head()

    def _on_hit(self, row: int) -> None:
        for panel, hit in zip(self.panels[1:], self._desk.hits, strict=False):
            if hit.row == row:
                shown = self._desk.picture(hit)
                if panel.view.picture is not shown:
                    self._show(panel, shown)
                self._explain(panel, self._desk.explanation(hit))
        self._show_other()
        self._head()

    def _show(self, panel: PicturePanel, shown: Picture | None) -> None:
        panel.show_picture(shown)
        if self.link.is_linked(panel.view):
            panel.view.take_stance(self.link.stance)

    def _explain(self, panel: PicturePanel, explanation: Explanation | None) -> None:
        if explanation is not None and panel.view.picture is not None:
            panel.show_explanation(explanation)

    def _show_other(self) -> None:
        hits = self._desk.hits
        self.overlap.show_other(self._desk.picture(hits[0]) if hits else None)

    def _head(self) -> None:
        """Say over each picture what it is, and below what its map is."""
        texts = [self.tr("Query"), *(self._heading(hit) for hit in self._desk.hits)]
        texts += [self.tr("Hit")] * (len(self.panels) - len(texts))
        for panel, text in zip(self.panels, texts, strict=True):
            if not self.link.is_linked(panel.view):
                text = self.tr("{heading}  ·  looks on its own").format(heading=text)
            panel.head(text)
        for panel, hit in zip(self.panels[1:], self._desk.hits, strict=False):
            known = self._words.line(self._session, hit.record)
            panel.say(known, panel.map_sentence())
        answer = self._session.answer
        whose = "" if answer is None else answer.query.patient_key
        own = "" if answer is None else self._words.patient(self._session, whose)
        self.panels[0].say(own, self.panels[0].map_sentence())
        both = texts[1::-1] if self.overlap.is_swapped else texts[:2]
        self._says.setText("  |  ".join(both) if self.mode != "side" else "")

    def _heading(self, hit: SearchHit) -> str:
        facts = self._session.facts
        bits = 0 if facts is None else facts.bits
        if hit.identical:
            return self.tr("The query's own file")
        text = self.tr("Hit {rank}: {distance:.3g} of {bits} bits differ")
        if hit.is_moved:
            text = self.tr(
                "Hit {rank}: {distance:.3g} of {bits} bits from the moved query"
            )
        return text.format(rank=hit.rank, distance=hit.distance, bits=bits)

    def _on_style(self, style: OverlayStyle) -> None:
        for panel in self.panels:
            panel.apply_style(style)

    # -- choices -------------------------------------------------------------------

    def _on_mode(self) -> None:
        mode = self.mode
        self._pages.setCurrentIndex(0 if mode == "side" else 1)
        self._share.setVisible(mode in ("split", "blend"))
        for one in get_args(Mode):
            if one == mode:
                self.overlap.show_mode(one)
        if mode == "side":
            self.overlap.set_flickering(is_flickering=False)
        self.overlap.take_stance(self.link.stance)
        self._head()

    def _on_count(self) -> None:
        self._desk.show_count(int(self._count.currentData()))

    def _on_share(self, value: int) -> None:
        self.overlap.set_share(value / 100)
