"""A region that is asked about."""

from __future__ import annotations

import numpy as np
import pytest

from medhash_gui.errors import DatasetError
from medhash_gui.query_box import QueryBox


def test_a_box_is_written_and_read_alike():
    assert QueryBox.parse("3,4,20,30") == QueryBox(3, 4, 20, 30)
    assert str(QueryBox(3, 4, 20, 30)) == "3,4,20,30"


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "1,2,3,4,5", "1.5,0,20,20"])
def test_what_is_no_box_gets_a_sentence(text):
    with pytest.raises(DatasetError, match="is not a box") as caught:
        QueryBox.parse(text)

    assert "120,80,256,256" in caught.value.hint


@pytest.mark.parametrize("shape", [(60, 50), (60, 50, 3)])
def test_a_box_cuts_its_pixels(shape):
    pixels = np.random.default_rng(0).random(shape, np.float32)

    cut = QueryBox(5, 10, 20, 16).cut(pixels)

    assert np.array_equal(cut, pixels[10:26, 5:25])


@pytest.mark.parametrize(
    "text", ["-1,0,20,20", "0,-1,20,20", "31,0,20,20", "0,41,20,20"]
)
def test_a_box_beyond_the_picture_is_refused_and_its_size_is_told(text):
    pixels = np.zeros((60, 50), np.float32)

    with pytest.raises(DatasetError, match="beyond the picture") as caught:
        QueryBox.parse(text).cut(pixels)

    assert "50 × 60 px" in caught.value.hint


@pytest.mark.parametrize("text", ["0,0,15,20", "0,0,20,15", "0,0,0,0", "4,4,-3,20"])
def test_a_box_that_is_too_small_is_refused(text):
    pixels = np.zeros((60, 50), np.float32)

    with pytest.raises(DatasetError, match="too small") as caught:
        QueryBox.parse(text).cut(pixels)

    assert "16 px" in caught.value.hint
