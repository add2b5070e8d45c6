"""Chrome colours from tokens, spacing from one style sheet, icons tinted to match.

The theme sets its own palette and style sheet instead of Qt's colour scheme: platforms
differ in what they make of that, and a reading room wants the same dark everywhere.
Colours of image data (saliency maps, boxes) never come from here.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import (
    QColor,
    QFontMetrics,
    QGuiApplication,
    QIcon,
    QImage,
    QPainter,
    QPalette,
    QPixmap,
)
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from medhash_gui import paths

Name = Literal["dark", "light"]

# One margin and one gap for the whole window, in device-independent pixels.
MARGIN = 16
GAP = 8
_INSET = 6  # of a number from the edge of its box
# Least height of a row of text in a table, and what it is more than its text.
_ROW, _ROW_GAP = 26, 10
_PLAIN_POINTS = "plain_points"

_TOKEN = re.compile(r"\{([a-z_]+)\}")
_ICON_SIZES = (16, 20, 24, 32, 48)


@dataclass(frozen=True, slots=True)
class Theme:
    """A named set of chrome colours (``#rrggbb``), by token."""

    name: Name
    tokens: dict[str, str]

    def colour(self, token: str) -> QColor:
        """Return the colour of a token."""
        return QColor(self.tokens[token])

    def icon(self, name: str) -> QIcon:
        """Return a shipped icon in the theme's text colour."""
        drawing = paths.resource(f"icons/{name}.svg").read_text(encoding="utf-8")
        icon = QIcon()
        for mode, token in (
            (QIcon.Mode.Normal, "text"),
            (QIcon.Mode.Disabled, "text_disabled"),
        ):
            tinted = drawing.replace("currentColor", self.tokens[token])
            for size in _ICON_SIZES:
                icon.addPixmap(_draw(tinted, size), mode)
        return icon

    def pixmap(self, name: str, token: str, size: int, ratio: float) -> QPixmap:
        """Return an icon in the colour of a token, ``size`` logical pixels wide."""
        drawing = paths.resource(f"icons/{name}.svg").read_text(encoding="utf-8")
        tinted = drawing.replace("currentColor", self.tokens[token])
        pixmap = _draw(tinted, round(size * ratio))
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def style_sheet(self) -> str:
        """Return the style sheet with every token filled in."""
        sheet = paths.resource("themes/base.qss").read_text(encoding="utf-8")
        chevron = paths.resource("icons/chevron.svg").as_posix()
        large = f"{1.5 * QGuiApplication.font().pointSizeF():g}pt"
        values = {**self.tokens, "chevron": chevron, "large_text": large}
        return _TOKEN.sub(lambda found: values[found[1]], sheet)

    def palette(self) -> QPalette:
        """Return the palette for everything that the style sheet does not name."""
        palette = QPalette()
        roles = QPalette.ColorRole
        for role, token in {
            roles.Window: "window",
            roles.WindowText: "text",
            roles.Base: "surface",
            roles.AlternateBase: "raised",
            roles.Text: "text",
            roles.PlaceholderText: "text_dim",
            roles.Button: "raised",
            roles.ButtonText: "text",
            roles.BrightText: "failure",
            roles.ToolTipBase: "raised",
            roles.ToolTipText: "text",
            roles.Highlight: "accent_dim",
            roles.HighlightedText: "text",
            roles.Link: "accent",
            roles.LinkVisited: "accent",
            roles.Accent: "accent",
            roles.Light: "raised",
            roles.Midlight: "line",
            roles.Mid: "line",
            roles.Dark: "line",
            roles.Shadow: "canvas",
        }.items():
            palette.setColor(role, self.colour(token))
        for role in (roles.WindowText, roles.Text, roles.ButtonText):
            disabled = self.colour("text_disabled")
            palette.setColor(QPalette.ColorGroup.Disabled, role, disabled)
        return palette


def load(name: Name) -> Theme:
    """Read the tokens of a theme from the shipped resources."""
    text = paths.resource(f"themes/{name}.json").read_text(encoding="utf-8")
    return Theme(name, json.loads(text))


def chosen(setting: str) -> Name:
    """Return the theme that the setting "dark", "light" or "system" stands for."""
    if setting == "system":
        from PySide6.QtCore import Qt  # late: its names take 15 ms of the first paint

        scheme = QGuiApplication.styleHints().colorScheme()
        return "light" if scheme == Qt.ColorScheme.Light else "dark"
    return "light" if setting == "light" else "dark"


def apply_colours(theme: Theme) -> None:
    """Give the running application the theme's palette, which is all of a bare frame.

    The style sheet takes long where widgets are there, and whenever one is added.
    """
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setPalette(theme.palette())


def apply(theme: Theme) -> None:
    """Give the running application the theme's palette and style sheet."""
    apply_colours(theme)
    application = QApplication.instance()
    if isinstance(application, QApplication):
        application.setStyleSheet(theme.style_sheet())


def scale_text(percent: int) -> None:
    """Write everything larger; widgets that are there already keep their places.

    Args:
        percent: of the size that the platform writes in, 100 … 200.
    """
    application = QApplication.instance()
    if not isinstance(application, QApplication):
        return
    font = application.font()
    if application.property(_PLAIN_POINTS) is None:
        application.setProperty(_PLAIN_POINTS, font.pointSizeF())
    font.setPointSizeF(application.property(_PLAIN_POINTS) * percent / 100)
    application.setFont(font)


def row_height() -> int:
    """Return the height of a row of text in a table, in px."""
    height = QFontMetrics(QGuiApplication.font()).height()
    return max(_ROW, height + _ROW_GAP)


def inset(box: QAbstractSpinBox) -> None:
    """Begin the text of a number box where that of other fields begins.

    A style sheet cannot: it gives no padding to the field inside the box.
    """
    box.lineEdit().setTextMargins(_INSET, 0, 0, 0)


def application_icon() -> QIcon:
    """Return the icon of the window, the same in every theme."""
    drawing = paths.resource("icons/medhash.svg").read_text(encoding="utf-8")
    icon = QIcon()
    for size in (16, 32, 48, 64, 128, 256):
        icon.addPixmap(_draw(drawing, size))
    return icon


def _draw(svg: str, size: int) -> QPixmap:
    """Draw an SVG on a transparent square, ``size`` device pixels wide."""
    image = QImage(QSize(size, size), QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)  # transparent
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer = QSvgRenderer(QByteArray(svg.encode("utf-8")))
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)
