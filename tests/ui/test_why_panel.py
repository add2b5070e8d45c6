"""What the bit strip and the curves say, in words and on the screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt

from medhash_gui import shared_bits
from medhash_gui.codes import HashCodes
from medhash_gui.map_check import STEPS, MapCheck
from medhash_gui.ui import theme
from medhash_gui.ui.bit_strip import BitStrip
from medhash_gui.ui.map_curves import MapCurves


def codes(*values: float) -> HashCodes:
    return HashCodes.from_logits(np.array([values], np.float32))


@pytest.fixture
def strip(qtbot):
    theme.apply(theme.load("dark"))
    strip = BitStrip()
    qtbot.addWidget(strip)
    strip.resize(300, 80)
    strip.show_bits(shared_bits.compare(codes(2, -1, 0.1, 4), codes(1, 3, 2, 4)))
    strip.show()
    return strip


@pytest.mark.row("D4")
def test_a_column_says_whether_both_agree_and_how_firmly(strip):
    assert strip.sentence(0).startswith("Bit 2: they differ. Margin -1.00 and +3.00")
    assert "Close to turning" in strip.sentence(1)
    assert strip.sentence(3).startswith("Bit 4: both agree.")
    assert strip.sentence(4) == strip.sentence(-1) == ""


@pytest.mark.row("D4")
def test_the_arrows_walk_the_bits_and_a_screen_reader_hears_them(qtbot, strip):
    assert strip.accessibleDescription() == strip.sentence(0)

    qtbot.keyClick(strip, Qt.Key.Key_Right)

    assert strip.accessibleDescription() == strip.sentence(1)
    for _ in range(9):
        qtbot.keyClick(strip, Qt.Key.Key_Right)
    assert strip.accessibleDescription() == strip.sentence(3)


def test_a_strip_without_bits_is_empty(strip):
    filled = strip.grab().toImage()

    strip.show_bits(None)

    assert strip.grab().toImage() != filled
    assert strip.accessibleDescription() == ""


@pytest.mark.row("D6")
def test_curves_are_told_in_words(qtbot):
    theme.apply(theme.load("light"))
    plot = MapCurves("map of the query")
    qtbot.addWidget(plot)
    steps = np.array(STEPS)
    check = MapCheck(
        steps, 1 - steps, 0.9 * np.ones(5), 0.8 * np.ones((4, 5)), 0.3 * np.ones((4, 5))
    )

    before = plot.grab().toImage()
    plot.show_check(check)

    assert plot.grab().toImage() != before
    said = plot.accessibleDescription()
    assert "50 % of the shared margin is left (80 % when covered at random)" in said
    assert "with half of it alone, 90 % (30 %)" in said
