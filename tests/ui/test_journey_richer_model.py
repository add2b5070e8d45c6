"""What only some models have is shown: a second branch, tables of held-out pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from tiny_bundle import make_tiny_bundle

from medhash_gui import paths
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.reliability import (
    Figure,
    Reliability,
    ReliabilityCurve,
    ReliabilityRow,
)

# The first row holds more than chance by far, the second no more than chance.
TABLE = DistanceTable(
    (
        DistanceRow(0, 4, 300, 0.71, 0.6, 0.8),
        DistanceRow(5, 7, 300, 0.31, 0.25, 0.36),
    ),
    chance=0.3,
    pictures=40,
)


def curve(neighbours: int, label: str | None, base: float, *rows: ReliabilityRow):
    """Return a curve whose figures do not matter."""
    some = Figure(0.1, 0.05, 0.2)
    return ReliabilityCurve(neighbours, label, base, rows, some, 0.2, some, some, 0.01)


# The library has eleven pictures besides the query; k of 10 stands for it.
COUNTS = Reliability(
    (
        curve(
            10, "light", 0.9, *(
                ReliabilityRow(low, low + 1, 60, 44, 40, low + 0.5, 0.53, 0.78)
                for low in (1, 3, 5, 7, 9)
            )
        ),
        curve(10, "dark", 0.45),
        curve(
            10, None, 0.5, *(
                ReliabilityRow(low, low + 1, 200, 90, 30, low + 0.5, 0.1, 0.2)
                for low in (1, 3, 5, 7, 9)
            )
        ),
        curve(5, "light", 0.9, ReliabilityRow(0, 5, 60, 19, 40, 2.5, 0.53, 0.78)),
        curve(5, "dark", 0.45),
    ),
    pictures=120,
    patients=90,
)  # fmt: skip


@pytest.fixture
def models(clean_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Leave a model of two branches, whose distances were counted."""
    nothing = tmp_path / "no-packaged-models"
    nothing.mkdir()
    monkeypatch.setattr(paths, "packaged_models", lambda: nothing)
    folder = clean_home / "models" / "tiny"
    return make_tiny_bundle(folder, local=True, distances=TABLE, reliability=COUNTS)


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


@pytest.mark.row("C14")
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


@pytest.mark.row("D9")
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


@pytest.mark.row("E3")
def test_what_a_count_meant_on_held_out_patients_is_told_of_each_label(
    flight, library, study
):
    def pilot(window):
        yield open_hits(window)
        window.actions_by_id["evidence"].trigger()
        yield shown(window)
        view = window.evidence.reliability
        labels = [view.label.itemText(n) for n in range(view.label.count())]
        shares = window.session.weighing.weighed.evidence.labels
        assert labels == [share.label for share in shares]
        assert set(labels) == {"light", "dark"}
        view.label.setCurrentText("light")
        told = view.text
        assert told.startswith("light: of 60 held-out pictures of 44 patients for ")
        assert "of 10 nearest cases bore it, 40 bore it (67%; 95 % interval " in told
        assert "(67%; 95 % interval 53% to 78%)." in told
        assert "Of all held-out pictures 90% bore it, of this library 55%." in told
        assert "It is rarer here, so such a count means less." in told
        assert told in window.evidence.text
        assert view.plot.isVisible()
        points = view.plot.accessibleDescription().splitlines()
        assert len(points) == 5
        assert points[0] == "1–2 of 10 neighbours: 40 of 60 bore it (53% to 78%)"
        view.label.setCurrentText("dark")
        assert view.text.startswith("Too few held-out patients had such a count of ")
        assert "the picture bore the label in 30 (15%; 95 % interval " in view.text
        assert "of this library 45%" in view.text
        assert "rarer" not in view.text

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_counts_among_filtered_or_marked_hits_are_not_told_as_held_out(
    flight, library, study
):
    def pilot(window):
        session, view = window.session, window.evidence.reliability
        yield open_hits(window)
        window.actions_by_id["evidence"].trigger()
        yield shown(window)
        assert "held-out pictures" in view.text
        session.choose_label("dark")
        yield (
            lambda: (
                shown(window)() and len(session.weighing.weighed.evidence.labels) == 1
            )
        )
        assert "Here are filters, marks, more pictures" in view.text
        assert not view.plot.isVisible()
        assert "; of all that pass the filters 100%." in window.evidence.text
        assert "in the library" not in window.evidence.text
        assert "whole library" not in window.evidence.text
        session.choose_label(None)
        yield lambda: shown(window)() and view.plot.isVisible()
        window.actions_by_id["like"].trigger()
        yield lambda: shown(window)() and not view.plot.isVisible()
        assert "measured between two whole pictures" in window.evidence.text
        assert "pairs this close" not in window.evidence.text
        assert "Here are filters, marks, more pictures" in view.text

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_another_number_of_cases_has_its_own_curve_or_none(flight, library, study):
    def pilot(window):
        yield open_hits(window)
        window.actions_by_id["evidence"].trigger()
        yield shown(window)
        view = window.evidence.reliability
        for count, said in (
            (5, "Fewer than 20 held-out patients had such a count of "),
            (7, "was measured for 5, 10 nearest cases, not for 7."),
        ):
            window.evidence.neighbours.setValue(count)
            yield (
                lambda count=count: (
                    shown(window)()
                    and window.session.weighing.weighed.evidence.asked == count
                )
            )
            assert said in view.text
            assert not view.plot.isVisible()
        window.evidence.neighbours.setValue(9)
        yield (
            lambda: (
                shown(window)() and window.session.weighing.weighed.evidence.asked == 9
            )
        )
        assert "of 10 nearest cases" in view.text
        assert view.plot.isVisible()

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


def test_the_window_fits_a_small_screen_with_all_panels_open(flight, library, study):
    def pilot(window):
        yield open_hits(window)
        window.resize(1366, 768)
        for panel in ("evidence", "why", "more_of"):
            window.actions_by_id[panel].trigger()
            yield shown(window)
        assert window.pair.why.isVisible()
        assert (window.width(), window.height()) == (1366, 768)
        assert window.pair.why.text

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0
