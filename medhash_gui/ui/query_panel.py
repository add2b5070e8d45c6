"""The query: its picture, its map, and whether the model knows such pictures."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF
from PySide6.QtWidgets import QWidget

from medhash_gui.query_box import QueryBox
from medhash_gui.ui.picture import Explanation, Picture
from medhash_gui.ui.picture_panel import PicturePanel
from medhash_gui.ui.session import Session


class QueryPanel(PicturePanel):
    """Shows the session's query.

    Args:
        session: what to listen to.
        parent: Qt's owner.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__("", "", parent)
        self.head(self.tr("Query"))
        self.view.setAccessibleName(self.tr("Query picture"))
        self.view.set_empty_text(
            self.tr("Drop, paste or open an image\nto find the pictures most like it.")
        )
        self._session = session
        session.query_shown.connect(self.show_picture)
        session.query_explained.connect(self._on_explained)
        session.overlay_changed.connect(self.apply_style)
        self.frames.wished.connect(session.choose_frame)
        self.view.box_drawn.connect(self._on_box)
        session.failed.connect(self._on_failed)
        self.apply_style(session.overlay)

    def show_picture(self, shown: Picture | None) -> None:
        """Show a picture, and what is being done with it."""
        super().show_picture(shown)
        if shown is not None:
            self.say(self.tr("Searching…"))

    def _on_explained(self, explanation: Explanation, ratio: float | None) -> None:
        self.show_explanation(explanation)
        answer = self._session.answer
        size = self._size_text()
        if answer is not None and answer.query.in_library:
            here = self.tr("{size}  ·  in the library, its stored code was used")
            if answer.box is not None:
                here = self.tr("{size}  ·  in the library, asked about a region of it")
            elif not answer.has_stored_code:
                here = self.tr("{size}  ·  in the library through another window")
            size = here.format(size=size)
        elif answer is not None and answer.box is not None:
            size = self.tr("{size}  ·  asked about a region of it").format(size=size)
        if answer is not None:
            self._draw_region(answer.box)
        self.say(size, self.map_sentence())
        if ratio is not None and ratio > 1:
            self.warn(
                self.tr(
                    "The model was not trained on pictures like this one. "
                    "Its hits may mean little."
                )
            )

    def draw_region(self) -> None:
        """Let the user draw the region to ask about."""
        self.view.use_tool("box")

    def _on_box(self, drawn: QRectF) -> None:
        shown = self.view.picture
        if shown is None:
            return
        box = drawn.toRect().intersected(QRect(QPoint(), shown.size))
        asked = QueryBox(box.x(), box.y(), box.width(), box.height())
        self._session.choose_box(asked)

    def _draw_region(self, box: QueryBox | None) -> None:
        if box is None:
            self.view.drawing.clear()
        else:
            area = QRectF(box.x, box.y, box.width, box.height)
            self.view.drawing.show_box(area)
        self.view.update()

    def _on_failed(self, _: object) -> None:
        # Another frame could not be had: the controls tell of the one that is shown.
        self.frames.restore()
        if self._session.answer is None:
            self.say(self._size_text())  # it is not being searched for any more

    def _size_text(self) -> str:
        shown = self.view.picture
        if shown is None:
            return ""
        return self.tr("{width} × {height} px").format(
            width=shown.size.width(), height=shown.size.height()
        )
