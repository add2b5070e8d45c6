"""What only some models have is shown: a second branch, a table of distances."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bundle import make_tiny_bundle

from medhash_gui import paths
from medhash_gui.distance_table import DistanceRow, DistanceTable

# The first row holds more than chance by far, the second no more than chance.
TABLE = DistanceTable(
    (
        DistanceRow(0, 4, 300, 0.71, 0.6, 0.8),
        DistanceRow(5, 7, 300, 0.31, 0.25, 0.36),
    ),
    chance=0.3,
    pictures=40,
)


@pytest.fixture
def models(clean_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Leave a model of two branches, whose distances were counted."""
    nothing = tmp_path / "no-packaged-models"
    nothing.mkdir()
    monkeypatch.setattr(paths, "packaged_models", lambda: nothing)
    folder = clean_home / "models" / "tiny"
    return make_tiny_bundle(folder, local=True, distances=TABLE)


def shown(window):
    session = window.session
    return lambda: (
        session.shown_hit is not None
        and not session.is_busy
        and session.weighing.weighed is not None
    )


def open_hits(window):
    """Return a condition that opens the hits behind a sentence, if they are."""

    def opened() -> bool:
        cover = window.results.cover
        if not cover.isHidden() and cover.state in ("few", "unfamiliar"):
            cover.show_hits.click()
        return window.results.hits.isVisible() and shown(window)()

    return opened


def test_what_so_many_bits_meant_on_held_out_patients_is_told_of_each_hit(
    flight, library, study
):
    def pilot(window):
        yield open_hits(window)
        window.actions_by_id["evidence"].trigger()
        yield shown(window)
        said = {}
        for row in range(window.results.hits.hits.rowCount()):
            window.results.hits.select(row)
            yield shown(window)
            bits = round(window.results.current_hit().distance)
            said[bits] = window.evidence.text
        near = [text for bits, text in said.items() if bits <= 4]
        between = [text for bits, text in said.items() if 5 <= bits <= 7]
        far = [text for bits, text in said.items() if bits > 7]
        close = "Of held-out pairs this close, 71% shared a finding (60% to 80%; "
        assert near
        assert all(close + "chance 30%)." in text for text in near)
        assert all("31% shared a finding" in text for text in between)
        assert far
        assert all("No held-out pair was counted" in text for text in far)

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_what_the_local_branch_was_shown_is_outlined_on_both_pictures(
    flight, library, study
):
    def pilot(window):
        session, pair = window.session, window.pair
        yield open_hits(window)
        for panel in (pair.query, pair.hit):
            assert panel.view.outlines
            size = panel.view.picture.size
            for outline in panel.view.outlines:
                box = outline.boundingRect()
                assert 0 <= box.left() <= box.right() <= size.width()
                assert 0 <= box.top() <= box.bottom() <= size.height()
            assert "Dotted: what its local branch was shown." in panel.caption
        window.actions_by_id["overlay"].trigger()
        yield lambda: not session.overlay.visible
        assert not pair.query.view.outlines
        window.actions_by_id["overlay"].trigger()
        yield lambda: session.overlay.visible
        assert pair.query.view.outlines

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0
