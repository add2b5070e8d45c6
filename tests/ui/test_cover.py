"""The hits stand behind what has to be said first."""

from __future__ import annotations

import pytest

from medhash_gui.ui.cover import Cover


@pytest.fixture
def cover(qtbot):
    made = Cover()
    qtbot.addWidget(made)
    made.wait()
    return made


def judged(cover, **what):
    opened = []
    cover.opened.connect(lambda: opened.append(1))
    cover.judge(**{"blind": False, "unfamiliar": False, "few": False, **what})
    return opened


def test_hits_that_need_no_word_are_shown_at_once(cover):
    assert judged(cover) == [1]
    assert cover.isHidden()


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        ("unfamiliar", "This is unlike anything this model knows."),
        ("few", "There are not enough similar cases."),
        ("blind", "What is your own impression?"),
    ],
)
@pytest.mark.row("E4", "E5")
def test_what_has_to_be_said_stands_before_the_hits(cover, what, sentence):
    opened = judged(cover, **{what: True})

    assert cover.sentence == sentence
    assert opened == []
    cover.show_hits.click()
    assert opened == [1]


@pytest.mark.row("E10")
def test_the_impression_comes_before_the_models_doubts(cover):
    opened = judged(cover, blind=True, unfamiliar=True)
    written = []
    cover.written.connect(written.append)
    cover.impression.setPlainText("mine")

    cover.show_hits.click()

    assert written == ["mine"]
    assert cover.state == "unfamiliar"
    cover.show_hits.click()
    assert opened == [1]
