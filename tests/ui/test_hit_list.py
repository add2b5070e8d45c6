"""Cells of hits: what they say, how they are walked, when they are decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from medhash_gui.images import ImageRecord
from medhash_gui.search import SearchHit
from medhash_gui.ui.hit_list import MISSING, HitList, HitModel
from medhash_gui.ui.picture_process import PictureProcess
from medhash_gui.ui.thumbnails import ThumbnailKey, Thumbnails

# A process starts before the first picture; on a busy machine that takes its time.
_START_MS = 60_000


@pytest.fixture
def thumbnails(qapp):
    thumbnails = Thumbnails(64, PictureProcess())
    yield thumbnails
    thumbnails.close()


def hit(rank: int, path: str, **changes: object) -> SearchHit:
    record = ImageRecord(path, 0, 1, 1, b"0" * 16, None, ("mass", "nodule"))
    values = {
        "rank": rank,
        "row": rank,
        "record": record,
        "distance": 7,
        "soft_distance": 0.1,
        "tie_size": 1,
        "identical": False,
    }
    return SearchHit(**{**values, **changes})


def test_the_model_keeps_qts_rules(qtmodeltester, thumbnails, study):
    model = HitModel(thumbnails)
    model.show_hits([hit(1, "dark/picture 00.png")], study, 64)

    qtmodeltester.check(model)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Rank 1; 7 / 64 bits differ; mass, nodule; a.png"),
        (
            {"tie_size": 3},
            "Rank 1; 7 / 64 bits differ; tie of 3; mass, nodule; a.png",
        ),
        ({"identical": True}, "Rank 1; identical file; mass, nodule; a.png"),
    ],
)
@pytest.mark.row("C13", "C16")
def test_a_screen_reader_hears_what_a_cell_shows(thumbnails, changes, words):
    model = HitModel(thumbnails)
    model.show_hits([hit(1, "x/a.png", **changes)], Path("nowhere"), 64)

    said = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)

    assert said == words


def test_thumbnails_are_decoded_when_a_cell_asks_and_fit_their_side(
    qtbot, thumbnails, study
):
    key = ThumbnailKey(study, "dark/picture 00.png", 0)
    assert thumbnails.pending == 0
    assert thumbnails.get(key) is None

    with qtbot.waitSignal(thumbnails.ready, timeout=_START_MS) as ready:
        assert thumbnails.pending == 1

    assert ready.args == [key]
    image = thumbnails.get(key)
    assert isinstance(image, QImage)
    assert max(image.width(), image.height()) == 48


def test_a_file_that_gives_no_picture_is_marked_as_missing(qtbot, thumbnails, study):
    model = HitModel(thumbnails)
    model.show_hits([hit(1, "light/cut short.png")], study, 64)
    with qtbot.waitSignal(thumbnails.ready, timeout=_START_MS):
        model.index(0).data(Qt.ItemDataRole.DecorationRole)

    assert model.index(0).data(MISSING)
    assert model.index(0).data(Qt.ItemDataRole.DecorationRole) is None


def test_pictures_that_nobody_shows_any_more_are_given_up(qtbot, thumbnails, study):
    keys = [ThumbnailKey(study, f"dark/picture {n:02d}.png", 0) for n in range(12)]
    for key in keys:
        thumbnails.get(key)

    thumbnails.give_up()
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)

    assert thumbnails.get(keys[-1]) is None
    assert not thumbnails.is_missing(keys[-1])
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)


def test_a_cell_that_still_wants_its_picture_gets_it(qtbot, thumbnails, study):
    hits = [hit(n + 1, f"dark/picture {2 * n:02d}.png") for n in range(6)]
    view = HitList(thumbnails)
    qtbot.addWidget(view)
    view.resize(560, 500)
    view.hits.show_hits(hits, study, 64)
    view.show()
    view.grab()

    thumbnails.give_up()
    view.grab()
    last = ThumbnailKey(study, hits[-1].record.path, 0)
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)
    view.grab()
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)

    assert isinstance(thumbnails.get(last), QImage)


class Uncounted(Sequence):
    """So many hits that to look at each of them would be felt."""

    def __init__(self, count):
        self.count, self.looked_at = count, set()

    def __len__(self):
        return self.count

    def __getitem__(self, row):
        self.looked_at.add(row)
        return hit(row + 1, f"{row}.png")


def test_only_hits_that_are_seen_are_looked_at(qtbot, thumbnails, study):
    hits = Uncounted(100_000)
    view = HitList(thumbnails)
    qtbot.addWidget(view)
    view.resize(560, 500)
    view.hits.show_hits(hits, study, 64)
    view.show()
    view.grab()

    assert 0 < len(hits.looked_at) < 1000
    thumbnails.give_up()
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)


def test_arrows_walk_the_hits_and_return_activates(qtbot, thumbnails, study):
    hits = [hit(n + 1, f"dark/picture {n:02d}.png") for n in range(6)]
    view = HitList(thumbnails)
    qtbot.addWidget(view)
    view.resize(560, 500)
    view.hits.show_hits(hits, study, 64)
    view.show()
    chosen, activated = [], []
    view.hit_selected.connect(chosen.append)
    view.hit_activated.connect(activated.append)

    view.select(0)
    qtbot.keyClick(view, Qt.Key.Key_Right)
    qtbot.keyClick(view, Qt.Key.Key_Return)
    view.step(1)

    assert [one.rank for one in chosen] == [1, 2, 3]
    assert [one.rank for one in activated] == [2]
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)


def test_a_very_long_list_opens_without_decoding_all_of_it(qtbot, thumbnails, study):
    hits = [hit(n + 1, f"{n}.png") for n in range(20_000)]
    view = HitList(thumbnails)
    qtbot.addWidget(view)
    view.resize(560, 500)
    view.hits.show_hits(hits, study, 64)
    view.show()
    qtbot.waitExposed(view)
    view.grab()

    assert thumbnails.pending < 60
    thumbnails.give_up()
    qtbot.waitUntil(lambda: thumbnails.pending == 0, timeout=_START_MS)


@pytest.mark.row("E7")
@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("pathology", "mass, nodule; confirmed by pathology; a.png"),
        ("by hand", "mass, nodule; labelled by hand; a.png"),
    ],
)
def test_a_cell_tells_how_its_labels_were_confirmed(thumbnails, source, words):
    model = HitModel(thumbnails)
    record = replace(hit(1, "a.png").record, details=(("confirmed_by", source),))
    model.show_hits([hit(1, "a.png", record=record)], Path("nowhere"), 64)

    for role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
        assert model.index(0).data(role) == f"Rank 1; 7 / 64 bits differ; {words}"
