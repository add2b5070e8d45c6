"""The commands of looking, whichever views are in front of the reader.

The main window's pair and the compare desk answer to the same keys; the window in
front is the one that is meant.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QByteArray, QSettings
from PySide6.QtWidgets import QWidget

from medhash_gui.grey_window import GreyWindow
from medhash_gui.ui.compare_desk import CompareDesk
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.link import Link
from medhash_gui.ui.session import Session

_LEVEL = 0.05
_WIDTH = 0.8


class Place(Protocol):
    """Where pictures are looked at: linked views, one of which leads."""

    @property
    def link(self) -> Link:
        """What links the views."""

    @property
    def lead(self) -> ImageView:
        """The view that a command is for."""

    @property
    def views(self) -> tuple[ImageView, ...]:
        """All views."""


class Looking:
    """Does what the commands say to the place in front; opens the compare desk.

    Args:
        session: what the desk shows.
        pair: the main window's pictures.
        window: the main window; its commands work on the desk, too.
        memory: keeps where the desk stood, from run to run.
    """

    def __init__(
        self, session: Session, pair: Place, window: QWidget, memory: QSettings
    ) -> None:
        self._memory = memory
        self._session = session
        self._pair = pair
        self._window = window
        self._desk: CompareDesk | None = None
        session.reporting.greys = self._greys

    @property
    def desk(self) -> CompareDesk | None:
        """The compare desk while it is open."""
        desk = self._desk
        return desk if desk is not None and desk.isVisible() else None

    @property
    def place(self) -> Place:
        """The place in front."""
        desk = self.desk
        return desk if desk is not None and desk.isActiveWindow() else self._pair

    def open_desk(self) -> None:
        """Open the compare desk or bring it to the front; from there, close it."""
        desk = self.desk
        if desk is not None and desk.isActiveWindow():
            desk.close()
            self._window.activateWindow()
            return
        if self._desk is None:
            self._desk = CompareDesk(self._session)
            self._desk.addActions(self._window.actions())
            place = self._memory.value("desk")
            if isinstance(place, QByteArray):
                # On its own screen, or where there is one if that is gone.
                self._desk.restoreGeometry(place)
        self._desk.show()
        self._desk.raise_()
        self._desk.activateWindow()

    def close(self) -> None:
        """Close the desk with the main window."""
        if self._desk is not None:
            self._memory.setValue("desk", self._desk.saveGeometry())
            self._desk.close()
            self._desk.deleteLater()
            self._desk = None

    def compare(self, mode: str) -> None:
        """Compare query and hit in another way, or side by side again."""
        if self.desk is not None:
            self.desk.show_mode(mode)

    def show_count(self, count: int) -> None:
        """Lay so many hits beside the query."""
        if self.desk is not None:
            self.desk.show_count(count)

    def swap(self) -> None:
        """Exchange the places of query and hits."""
        if self.desk is not None:
            self.desk.swap()

    def move_to_next_screen(self) -> None:
        """Let the desk stand on another screen."""
        if self.desk is not None:
            self.desk.move_to_next_screen()

    def fit(self) -> None:
        """Show the pictures whole."""
        self.place.lead.fit()

    def show_actual_size(self) -> None:
        """Show the leading picture pixel for pixel, the others as large."""
        self.place.lead.show_actual_size()

    def zoom_in(self) -> None:
        """Enlarge by one step."""
        self.place.lead.zoom_in()

    def zoom_out(self) -> None:
        """Shrink by one step."""
        self.place.lead.zoom_out()

    def brighter(self) -> None:
        """Show the greys brighter."""
        self.place.lead.window_by(_LEVEL, 1)

    def darker(self) -> None:
        """Show the greys darker."""
        self.place.lead.window_by(-_LEVEL, 1)

    def more_contrast(self) -> None:
        """Narrow the window."""
        self.place.lead.window_by(0, _WIDTH)

    def less_contrast(self) -> None:
        """Widen the window."""
        self.place.lead.window_by(0, 1 / _WIDTH)

    def turn(self) -> None:
        """Turn the pictures by a quarter, clockwise."""
        lead = self.place.lead
        lead.look(lead.stance.turned(1))

    def mirror(self) -> None:
        """Exchange left and right."""
        lead = self.place.lead
        lead.look(lead.stance.flipped())

    def toggle_link(self) -> None:
        """Take the leading view out of the link, or put it back."""
        place = self.place
        place.link.toggle(place.lead)

    def reset(self) -> None:
        """Look at every picture whole, upright and as it is."""
        place = self.place
        for view in place.views:
            view.drawing.clear()
            view.unsetCursor()
        place.link.reset()

    def measure(self) -> None:
        """Draw a line on the leading picture, and tell its length."""
        self.place.lead.use_tool("line")

    def reset_window(self) -> None:
        """Show the greys as they come."""
        lead = self.place.lead
        lead.look(replace(lead.stance, window=GreyWindow()))

    def _greys(self) -> tuple[GreyWindow, GreyWindow]:
        """Return the greys of query and hits in the place in front."""
        query, hit = self.place.views[:2]
        return query.stance.window, hit.stance.window
