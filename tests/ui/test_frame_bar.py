"""The strip that tells frame and window, and lets them be chosen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QComboBox, QSlider, QSpinBox

from medhash_gui.ui.frame_bar import FrameBar
from medhash_gui.ui.picture import Picture

LOOK = Picture(
    "angio.dcm",
    (QImage(8, 8, QImage.Format.Format_RGB32),),
    frame=4,
    frame_count=30,
    views=("LUNG", "BONE"),
)


@pytest.fixture
def bar(qtbot):
    bar = FrameBar()
    qtbot.addWidget(bar)
    bar.show_choice(LOOK)
    return bar


def test_a_picture_without_a_choice_has_no_strip(bar):
    bar.show_choice(replace(LOOK, frame_count=1, views=("LUNG",)))
    assert bar.isHidden()
    assert bar.text == ""

    bar.show_choice(None)
    assert bar.isHidden()


def test_frame_and_window_are_told_from_one_on(bar):
    assert not bar.isHidden()
    assert bar.text == "Frame 5 of 30  ·  Window: LUNG"
    assert bar.findChild(QSpinBox).value() == 5
    assert bar.findChild(QSlider).maximum() == 30


def test_steps_are_asked_together_once_the_user_rests(qtbot, bar):
    wishes = []
    bar.wished.connect(lambda frame, view: wishes.append((frame, view)))

    with qtbot.waitSignal(bar.wished):
        for _ in range(3):
            bar.step(1)

    assert wishes == [(7, 0)]


def test_a_typed_number_is_asked(qtbot, bar):
    number = bar.findChild(QSpinBox)
    number.selectAll()

    with qtbot.waitSignal(bar.wished) as wished:
        qtbot.keyClicks(number, "12")

    assert wished.args == [11, 0]
    assert bar.findChild(QSlider).value() == 12


def test_the_next_window_is_asked_at_the_same_frame(qtbot, bar):
    with qtbot.waitSignal(bar.wished) as wished:
        bar.step_window()

    assert wished.args == [4, 1]
    assert bar.findChild(QComboBox).currentText() == "BONE"


def test_going_there_and_back_asks_nothing(qtbot, bar):
    with qtbot.assertNotEmitted(bar.wished, wait=400):
        bar.step(1)
        bar.step(-1)


def test_an_answer_that_comes_late_does_not_take_the_user_back(qtbot, bar):
    bar.step(3)

    with qtbot.waitSignal(bar.wished) as wished:
        bar.show_choice(replace(LOOK, frame=5))

    assert wished.args == [7, 0]


def test_steps_end_at_the_first_and_the_last_frame(bar):
    bar.step(100)
    assert bar.frame == 29
    bar.step(-100)
    assert bar.frame == 0
    bar.stop_timers()


def test_a_frame_that_cannot_be_had_leaves_the_controls_at_the_one_shown(qtbot, bar):
    with qtbot.waitSignal(bar.wished):
        bar.step(2)

    bar.restore()

    assert bar.frame == 4


def test_of_a_hit_the_frame_is_told_and_only_the_window_can_be_chosen(qtbot):
    bar = FrameBar(has_frames=False)
    qtbot.addWidget(bar)
    bar.show_choice(LOOK)

    bar.step(1)

    assert bar.frame == 4
    assert bar.findChild(QSpinBox).isHidden()
    assert bar.findChild(QSlider).isHidden()
    assert not bar.findChild(QComboBox).isHidden()


def test_everything_in_it_has_a_name(bar):
    for kind in (QSpinBox, QSlider, QComboBox):
        assert bar.findChild(kind).accessibleName()
        assert bar.findChild(kind).focusPolicy() & Qt.FocusPolicy.TabFocus
