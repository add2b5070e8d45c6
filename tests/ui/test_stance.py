"""How pictures are looked at, alone and linked; what is drawn on them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget

from medhash_gui.grey_window import GreyWindow
from medhash_gui.pixel_spacing import PixelSpacing
from medhash_gui.ui import picture, stance, theme
from medhash_gui.ui.drawing import Drawing
from medhash_gui.ui.image_view import ImageView
from medhash_gui.ui.link import Link
from medhash_gui.ui.overlap_view import OverlapView
from medhash_gui.ui.picture import Picture
from medhash_gui.ui.stance import Stance

PICTURE, VIEW = QSizeF(200, 100), QSizeF(400, 300)


def shown(width: int, height: int, *, value: float | None = None) -> Picture:
    pixels = np.linspace(0, 1, width * height, dtype=np.float32)
    pixels = pixels.reshape(height, width)
    if value is not None:
        pixels = np.full_like(pixels, value)
    levels = picture.pyramid(picture.to_image(pixels))
    fine = picture.fine_levels(pixels, len(levels))
    return Picture(f"{width} x {height}", levels, fine=fine)


def placed(looked: Stance, x: float, y: float) -> tuple[float, float]:
    at = stance.to_view(looked, PICTURE, VIEW).map(QPointF(x, y))
    return round(at.x(), 6), round(at.y(), 6)


# ------------------------------------------------------------------------- geometry
def test_the_whole_picture_fits_however_it_is_turned():
    assert placed(Stance(), 0, 0) == (0, 50)
    assert placed(Stance(), 200, 100) == (400, 250)
    turned = Stance(turns=1)  # clockwise: the upper left goes to the upper right
    assert placed(turned, 0, 0) == (275, 0)
    assert placed(turned, 200, 100) == (125, 300)


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("is_flipped", [False, True])
def test_mirroring_exchanges_left_and_right_on_the_screen(turns, is_flipped):
    before = Stance(turns=turns, is_flipped=is_flipped)

    x, y = placed(before, 30, 70)

    assert placed(before.flipped(), 30, 70) == (pytest.approx(400 - x), y)
    assert before.flipped().flipped() == before


def test_four_quarter_turns_lead_back():
    looked = Stance()
    for _ in range(4):
        looked = looked.turned(1)

    assert looked == Stance()


def test_a_small_picture_is_centred_and_a_large_one_stops_at_its_edge():
    small = stance.kept(Stance(x=0.9, y=0.1), PICTURE, VIEW)
    large = stance.kept(Stance(zoom=4, x=0.99, y=0.5), PICTURE, VIEW)

    assert (small.x, small.y) == (0.5, 0.5)
    assert large.x == pytest.approx(0.875)
    assert placed(large, 200, 50)[0] == 400


def test_words_say_only_what_is_not_as_it_comes():
    assert Stance().words(2.0) == ""
    words = Stance(zoom=2, turns=1, is_flipped=True, window=GreyWindow(0.4, 0.5))
    said = words.words(1.5)
    assert said == "150 %  ·  mirrored  ·  turned 90°  ·  window 50 %, level 40 %"


# ------------------------------------------------------------------------- windows
@pytest.fixture
def view(qtbot):
    theme.apply(theme.load("dark"))
    view = ImageView()
    qtbot.addWidget(view)
    view.resize(400, 300)
    view.show_picture(shown(200, 100))
    view.show()
    return view


@pytest.mark.parametrize("turns", range(4))
@pytest.mark.parametrize("zoom", [1.0, 2.5])
@pytest.mark.row("C20")
def test_a_window_changes_the_greys_and_not_the_place(view, turns, zoom):
    view.take_stance(Stance(turns=turns, zoom=zoom, x=0.4, y=0.6))
    plain = view.grab().toImage()
    window = GreyWindow(0.5, 0.999)  # so nearly whole that it shows the same greys
    view.take_stance(replace(view.stance, window=window))

    through = view.grab().toImage()

    for x, y in ((60, 60), (200, 150), (310, 220)):
        before, after = plain.pixelColor(x, y), through.pixelColor(x, y)
        assert abs(before.red() - after.red()) <= 3


def test_a_narrow_window_shows_steps_that_8_bits_do_not_have(view):
    pixels = 0.5 + np.linspace(0, 0.004, 400 * 300, dtype=np.float32)
    levels = picture.pyramid(picture.to_image(pixels.reshape(300, 400)))
    fine = picture.fine_levels(pixels.reshape(300, 400), len(levels))
    view.show_picture(Picture("flat", levels, fine=fine))
    view.take_stance(Stance(window=GreyWindow(0.502, 0.01)))

    image = view.grab().toImage()

    greys = {image.pixelColor(200, y).red() for y in range(5, 295)}
    assert len(greys) > 20


@pytest.mark.row("C20")
def test_dragging_with_the_right_button_windows(qtbot, view):
    qtbot.mousePress(view, Qt.MouseButton.RightButton, pos=QPoint(100, 100))
    event = QPointF(160, 60)

    moved = QMouseEvent(
        QEvent.Type.MouseMove, event, view.mapToGlobal(event),
        Qt.MouseButton.NoButton, Qt.MouseButton.RightButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(view, moved)
    qtbot.mouseRelease(view, Qt.MouseButton.RightButton, pos=QPoint(160, 60))

    assert view.stance.window.width > 1
    assert view.stance.window.level < 0.5  # up is brighter
    assert view.is_fitting


def test_eight_bit_greys_and_colours_need_no_finer_levels():
    rng = np.random.default_rng(0)
    eight = (rng.integers(0, 256, (40, 30)) / 255).astype(np.float32)

    assert picture.fine_levels(eight, 1) == ()
    assert picture.fine_levels(rng.random((40, 30, 3), np.float32), 1) == ()
    (fine,) = picture.fine_levels(rng.random((40, 30), np.float32), 1)
    assert fine.dtype == np.uint16


# ---------------------------------------------------------------------------- links
@pytest.fixture
def pair(qtbot):
    room = QWidget()
    qtbot.addWidget(room)
    views = tuple(ImageView(room) for _ in range(3))
    for number, one in enumerate(views):
        one.resize(400, 300)
        one.keeps_stance = True
        one.show_picture(shown(200 + 100 * number, 100))
    yield views, Link(views, room)
    room.close()  # so long it is kept


@pytest.mark.row("C19")
def test_linked_views_follow_whatever_they_show(pair):
    views, link = pair

    views[1].look(Stance(zoom=3, x=0.4, y=0.5, turns=2))

    assert {one.stance.zoom for one in views} == {3}
    assert {one.stance.turns for one in views} == {2}
    assert link.stance.zoom == 3


@pytest.mark.row("C19", "C20")
def test_a_view_taken_out_looks_on_its_own_until_it_is_put_back(pair):
    views, link = pair
    link.toggle(views[2])
    views[0].look(Stance(zoom=2))
    views[2].look(Stance(zoom=5))

    assert [one.stance.zoom for one in views] == [2, 2, 5]
    assert not link.is_linked(views[2])
    link.toggle(views[2])
    assert views[2].stance.zoom == 2


def test_reset_links_all_and_shows_pictures_as_they_come(pair):
    views, link = pair
    link.toggle(views[0])
    views[0].look(Stance(zoom=4, turns=1, window=GreyWindow(0.2, 0.1)))

    link.reset()

    assert {one.stance for one in views} == {Stance()}
    assert all(link.is_linked(one) for one in views)


# ------------------------------------------------------------------------- drawings
def test_a_line_is_measured_in_mm_where_the_spacing_is_known():
    drawing = Drawing()
    drawing.begin("line", QRectF(0, 0, 100, 100), QSizeF(100, 100))
    drawing.start_at(QPointF(10, 10))
    drawing.end_at(QPointF(40, 50))

    assert drawing.length(None) == "50 px"
    assert drawing.length(PixelSpacing(0.2, 0.2)) == "10.0 mm"
    assert drawing.length(PixelSpacing(0.2, 0.2, True)) == "10.0 mm at the detector"


def test_what_is_drawn_stays_on_the_picture():
    drawing = Drawing()
    drawing.begin("box", QRectF(0, 0, 100, 100), QSizeF(100, 80))
    drawing.start_at(QPointF(-20, 10))
    drawing.end_at(QPointF(500, 500))

    assert drawing.box == QRectF(0, 10, 100, 70)
    drawing.move(QPointF(0, -30), end_only=True)
    assert drawing.finish() == QRectF(0, 10, 100, 40)
    assert drawing.tool == ""


# --------------------------------------------------------------- two pictures in one
@pytest.fixture
def overlap(qtbot):
    theme.apply(theme.load("dark"))
    view = OverlapView()
    qtbot.addWidget(view)
    view.resize(400, 200)
    view.show_picture(shown(200, 100, value=0.8))
    view.show_other(shown(200, 100, value=0.4))
    return view


def reds(view: OverlapView) -> tuple[int, int]:
    image = view.grab().toImage()
    return image.pixelColor(100, 100).red(), image.pixelColor(300, 100).red()


@pytest.mark.row("C21")
def test_split_shows_one_picture_on_each_side(overlap):
    overlap.show_mode("split")

    assert reds(overlap) == (204, 102)
    overlap.swap()
    assert reds(overlap) == (102, 204)
    overlap.set_share(0.9)
    assert reds(overlap) == (102, 102)


@pytest.mark.row("C21")
def test_blend_mixes_and_difference_subtracts(overlap):
    overlap.show_mode("blend")
    overlap.set_share(0.25)
    mixed = reds(overlap)[0]
    overlap.show_mode("difference")

    assert abs(mixed - (0.75 * 204 + 0.25 * 102)) <= 2
    assert reds(overlap) == (102, 102)


@pytest.mark.row("C21")
def test_pictures_take_turns_only_while_that_is_shown(overlap):
    overlap.show_mode("flicker")
    assert overlap.is_flickering

    overlap.show_mode("split")
    assert not overlap.is_flickering
    overlap.set_flickering(is_flickering=True)
    assert not overlap.is_flickering
