"""Views that look alike: zoom one, and the others follow, whatever they show.

A view can be taken out, and looks on its own until it is put back. The stance belongs
to the link, not to a picture, so it survives the next hit.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.stance import Stance


class Link(QObject):
    """A group of views with one stance.

    Args:
        views: those that may be linked.
        parent: Qt's owner.

    Attributes:
        stance: what the linked views look like.

    Signals:
        changed(): a view was taken out or put back.
    """

    changed = Signal()

    def __init__(self, views: tuple[ImageView, ...], parent: QObject) -> None:
        super().__init__(parent)
        self.stance = Stance()
        self._views = views
        self._alone: set[ImageView] = set()
        for view in views:
            view.stance_changed.connect(self._on_stance)

    def is_linked(self, view: ImageView) -> bool:
        """Whether a view follows the others."""
        return view not in self._alone

    def toggle(self, view: ImageView) -> None:
        """Take a view out, or put it back among the others."""
        if view in self._alone:
            self._alone.discard(view)
            view.take_stance(self.stance)
        else:
            self._alone.add(view)
        self.changed.emit()

    def look(self, stance: Stance) -> None:
        """Let all linked views look in a stance."""
        self.stance = stance
        for view in self._views:
            if self.is_linked(view):
                view.take_stance(stance)

    def reset(self) -> None:
        """Link every view again, and show every picture whole and as it is."""
        self._alone.clear()
        self.look(Stance())
        self.changed.emit()

    def _on_stance(self, stance: Stance) -> None:
        view = self.sender()
        if not isinstance(view, ImageView) or not self.is_linked(view):
            return
        self.stance = stance
        for other in self._views:
            if other is not view and self.is_linked(other):
                other.take_stance(stance)
