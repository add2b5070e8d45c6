"""A picture with its saliency map, a heading above and what is known of it below."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QPolygonF, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from medhash_gui.ui import picture, theme
from medhash_gui.ui.frame_bar import FrameBar
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.picture import Explanation, OverlayStyle, Picture

# Both pictures of a pair stand at the same height, however much there is to say.
_CAPTION_LINES = 6


class ElidedLabel(QLabel):
    """A label of one line that shortens its middle instead of pushing the layout."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._full = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a text, shortened as the width demands; all of it as the tool tip."""
        self._full = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Shorten anew."""
        super().resizeEvent(event)
        self._elide()

    def changeEvent(self, event: QEvent) -> None:
        """Shorten anew in another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._elide()

    def _elide(self) -> None:
        metrics = self.fontMetrics()
        middle = Qt.TextElideMode.ElideMiddle
        self.setText(metrics.elidedText(self._full, middle, self.width()))


class PicturePanel(QWidget):
    """One picture of the pair.

    Args:
        heading: what the picture is.
        empty: what the empty canvas says.
        parent: Qt's owner.
        has_frames: whether another frame of the file can be chosen.
        caption_lines: for how many lines below the picture there is room.

    Attributes:
        view: shows picture and map.
        frames: tells frame and window, and lets them be chosen.
    """

    def __init__(
        self,
        heading: str,
        empty: str,
        parent: QWidget | None = None,
        *,
        has_frames: bool = True,
        caption_lines: int = _CAPTION_LINES,
    ) -> None:
        super().__init__(parent)
        self._style = OverlayStyle()
        self._explanation: Explanation | None = None
        self._heading = ElidedLabel()
        self._heading.setProperty("role", "heading")
        self._heading.show_text(heading)
        self.view = ImageView()
        self.view.setAccessibleName(heading)
        self.view.set_empty_text(empty)
        self.frames = FrameBar(has_frames=has_frames)
        self._name = ElidedLabel()
        self._caption = QLabel()
        self._caption.setTextFormat(Qt.TextFormat.PlainText)
        self._caption.setWordWrap(True)
        self._caption.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._caption.setProperty("role", "dim")
        self._warning = QLabel()
        self._warning.setWordWrap(True)
        self._warning.setProperty("role", "warning")
        self._warning.hide()

        words = QWidget()
        column = QVBoxLayout(words)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self._name)
        column.addWidget(self._warning)
        column.addWidget(self._caption)
        column.addStretch(1)
        line = self.fontMetrics().lineSpacing() + 2
        words.setFixedHeight(caption_lines * line)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GAP)
        layout.addWidget(self._heading)
        layout.addWidget(self.frames)
        layout.addWidget(self.view, 1)
        layout.addWidget(words)

    @property
    def caption(self) -> str:
        """The words below the picture."""
        return self._caption.text()

    @property
    def warning(self) -> str:
        """The warning below the picture, or ""."""
        return self._warning.text()

    def show_picture(self, shown: Picture | None) -> None:
        """Show a picture without a map, or the empty canvas."""
        self._explanation = None
        self.view.show_picture(shown)
        self.frames.show_choice(shown)
        self._name.show_text("" if shown is None else shown.name)
        self.say()
        self.warn("" if shown is None else shown.note)

    def show_explanation(self, explanation: Explanation) -> None:
        """Lay the map over the picture."""
        self._explanation = explanation
        self._lay()

    def apply_style(self, style: OverlayStyle) -> None:
        """Show the map in another way."""
        recolour = replace(style, opacity=0) != replace(self._style, opacity=0)
        self._style = style
        self.view.set_opacity(style.opacity)
        if recolour:
            self._lay()

    def head(self, heading: str) -> None:
        """Change the heading."""
        self._heading.show_text(heading)

    def say(self, *lines: str) -> None:
        """Say below the picture what is known of it."""
        self._caption.setText("\n".join(line for line in lines if line))

    def warn(self, text: str) -> None:
        """Say below the picture what to be careful about."""
        self._warning.setText(text)
        self._warning.setVisible(bool(text))

    def map_sentence(self) -> str:
        """Return what the map shows, or why there is none."""
        explanation = self._explanation
        if explanation is None:
            return ""
        local = ""
        if explanation.local and self._style.visible:
            local = " " + self.tr("Dotted: what its local branch was shown.")
        if explanation.values is None:
            return explanation.reason + local
        sentences = {
            "pair": self.tr(
                "Map: what carries the shared bits, one scale for all hits."
            ),
            "attention": self.tr(
                "Map: the network's attention, scaled to this picture."
            ),
            "grad-cam": self.tr(
                "Map: what speaks for the code, scaled to this picture."
            ),
        }
        said = sentences[explanation.source]
        if self._style.has_box and explanation.box is not None:
            said += " " + self.tr("Dashed: its strongest part.")
        return said + local

    def _lay(self) -> None:
        explanation = self._explanation
        self.view.show_outlines(self._outlines())
        if explanation is None or explanation.values is None or not self._style.visible:
            self.view.show_layer(None)
            self.view.show_region(None)
            return
        # Loaded by the job that made the map, so this costs nothing here.
        from medhash_gui import overlay

        table = overlay.colour_table(self._style.colour_map)
        area = None if explanation.area is None else QRectF(*explanation.area)
        self.view.show_layer(picture.layer(explanation.values, table), area)
        box = explanation.box if self._style.has_box else None
        if box is not None:
            origin = QPointF() if area is None else area.topLeft()
            self.view.show_region(QRectF(*box).translated(origin))
        else:
            self.view.show_region(None)

    def _outlines(self) -> list[QPolygonF]:
        """Return what a second branch was shown, on the picture."""
        explanation = self._explanation
        if explanation is None or not self._style.visible:
            return []
        x, y = (0, 0) if explanation.area is None else explanation.area[:2]
        return [
            QPolygonF([QPointF(left + x, top + y) for left, top in outline])
            for outline in explanation.local
        ]
