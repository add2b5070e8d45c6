"""Zoom, pan and the saliency layer of one picture."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication

from medhash_gui import overlay
from medhash_gui.saliency import SaliencyMap
from medhash_gui.ui import picture, theme
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.picture import Picture


@pytest.fixture
def view(qtbot):
    theme.apply(theme.load("dark"))
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show_picture(shown(200, 100))
    view.show()
    return view


def shown(width: int, height: int) -> Picture:
    pixels = np.linspace(0, 1, width * height, dtype=np.float32)
    image = picture.to_image(pixels.reshape(height, width))
    return Picture("ramp", picture.pyramid(image))


def wheel(view: ImageView, at: QPointF, turned: int) -> None:
    event = QWheelEvent(
        at,
        view.mapToGlobal(at),
        QPoint(),
        QPoint(0, turned),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, event)


def test_a_picture_is_shown_whole_and_stays_whole_when_the_view_grows(view):
    assert view.scale == 2.0

    view.resize(800, 600)

    assert view.scale == 4.0


def test_the_place_under_the_cursor_stays_there_while_the_wheel_zooms(view):
    at = QPointF(120, 140)
    before = view.picture_point(at)

    wheel(view, at, 360)

    after = view.picture_point(at)
    assert view.scale > 2.0
    assert after.x() == pytest.approx(before.x(), abs=0.01)
    assert after.y() == pytest.approx(before.y(), abs=0.01)


def test_dragging_moves_the_picture_and_stops_at_its_edge(qtbot, view):
    wheel(view, QPointF(200, 150), 1200)
    before = view.picture_point(QPointF(200, 150))

    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseMove(view, QPoint(240, 150))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton, pos=QPoint(240, 150))

    moved = before.x() - view.picture_point(QPointF(200, 150)).x()
    assert moved == pytest.approx(40 / view.scale, abs=0.01)
    for _ in range(200):
        qtbot.keyClick(view, Qt.Key.Key_Left)
    assert view.picture_point(QPointF(0, 150)).x() == pytest.approx(0, abs=0.01)


def test_keys_zoom_fit_and_show_pixels(qtbot, view):
    qtbot.keyClick(view, Qt.Key.Key_1)
    assert view.scale == 1.0
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert view.scale == 1.25
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert view.is_fitting
    assert view.scale == 2.0


def test_the_picture_is_painted_as_it_is(view):
    view.show_picture(shown(400, 300))

    painted = view.grab().toImage()

    expected = view.picture.levels[0]
    for x, y in ((10, 10), (200, 150), (390, 290)):
        assert painted.pixelColor(x, y) == expected.pixelColor(x, y)


@pytest.mark.row("D3")
def test_the_layer_on_screen_equals_the_blend_of_the_core(view):
    rng = np.random.default_rng(3)
    pixels = rng.random((300, 400), dtype=np.float32)
    values = np.rint(rng.random((300, 400)) * 255).astype(np.uint8)
    levels = picture.pyramid(picture.to_image(pixels))
    view.show_picture(Picture("noise", levels))
    view.show_layer(picture.layer(values, overlay.colour_table("viridis")))
    view.set_opacity(0.6)

    painted = as_array(view.grab().toImage())

    saliency = SaliencyMap((values / 255).astype(np.float32), "attention", None, 0, 1)
    expected = overlay.blend(pixels, saliency, opacity=0.6, colour_map="viridis")
    inner = (slice(2, -2), slice(2, -2))  # the frame of the focus lies outside
    difference = painted[inner].astype(int) - expected[inner]
    assert np.abs(difference).max() <= 3  # three roundings to 8 bit


def test_a_map_of_zero_leaves_the_picture_as_it_is(view):
    view.show_picture(shown(400, 300))
    before = view.grab().toImage()
    nothing = np.zeros((10, 10), np.uint8)
    view.show_layer(picture.layer(nothing, overlay.colour_table("inferno")))
    view.set_opacity(1.0)

    assert view.grab().toImage() == before


def test_a_large_picture_gets_smaller_levels_and_a_large_map_is_shrunk():
    image = QImage(3000, 1000, QImage.Format.Format_RGB32)
    image.fill(0)

    widths = [level.width() for level in picture.pyramid(image)]
    small = picture.shrunk(np.ones((1000, 3000), np.float32))

    assert widths == [3000, 1500, 750]
    assert small.shape == (171, 512)
    assert small.min() == 255


def test_colour_pixels_keep_their_channels():
    pixels = np.zeros((2, 3, 3), np.float32)
    pixels[0, 1] = (1.0, 0.5, 0.0)

    colour = picture.to_image(pixels).pixelColor(1, 0)

    assert (colour.red(), colour.green(), colour.blue()) == (255, 128, 0)


def as_array(image: QImage) -> np.ndarray:
    rgb = image.convertToFormat(QImage.Format.Format_RGB888)
    data = np.frombuffer(rgb.constBits(), np.uint8)
    rows = data.reshape(rgb.height(), rgb.bytesPerLine())
    pixels = rows[:, : rgb.width() * 3].reshape(rgb.height(), rgb.width(), 3)
    return pixels.copy()  # the buffer goes with the image
