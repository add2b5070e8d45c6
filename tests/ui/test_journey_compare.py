"""Ask, compare, ask why; a region; marks; the trail: through the real ``main``."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtTest import QTest

from medhash_gui.query_box import QueryBox


def answered(window) -> bool:
    session = window.session
    return session.result is not None and not session.is_busy


def trigger(window, name: str) -> None:
    action = window.actions_by_id[name]
    assert action.isEnabled(), name
    action.trigger()


@pytest.fixture
def words(library, study):
    return library, "--image", study / "dark/picture 00.png"


@pytest.mark.row("C18", "D4", "D5")
def test_ask_compare_and_why(flight, words):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        trigger(window, "desk")
        desk = window.looking.desk
        assert desk is not None
        trigger(window, "hits_3")
        yield lambda: answered(window)
        assert [panel.isVisible() for panel in desk.panels] == [True] * 4 + [False]
        shown = [panel.view.picture.name for panel in desk.panels[1:4]]
        assert shown == [hit.record.path for hit in session.result.hits[:3]]

        trigger(window, "next_hit")  # one key to the next hit
        yield lambda: answered(window)
        shown = [panel.view.picture.name for panel in desk.panels[1:4]]
        assert shown == [hit.record.path for hit in session.result.hits[1:4]]

        trigger(window, "why")
        yield lambda: "of 16 agree" in window.pair.why.text
        yield lambda: "Testing" not in window.pair.why.text
        yield lambda: "bits turned" in window.pair.why.text
        assert any(w in window.pair.why.text for w in ("passed", "withheld", "no map"))
        session.style_overlay(source="pair")
        yield lambda: answered(window)
        hit = session.shown_hit.explanation
        assert hit.source in ("attention", "pair")
        said = window.pair.hit.caption
        assert "one scale for all hits" in said or "failed its test" in said
        desk.close()
        assert window.looking.desk is None
        assert "desk" not in session.states()

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C19", "C20")
def test_how_the_pictures_are_looked_at_survives_the_next_hit(flight, words):
    def pilot(window):
        yield lambda: answered(window)
        trigger(window, "desk")
        desk = window.looking.desk
        yield lambda: answered(window)
        first = desk.panels[0].view
        first.look(first.stance.turned(1).flipped())
        first.zoom_in()
        first.window_by(0.1, 0.5)
        stance = first.stance
        assert desk.panels[1].view.stance == stance

        trigger(window, "next_hit")
        yield lambda: answered(window)

        assert desk.panels[1].view.picture is not None
        assert desk.panels[1].view.stance == stance
        assert first.stance == stance

        desk.link.toggle(desk.panels[1].view)
        first.fit()
        assert desk.panels[1].view.stance == stance  # it looks on its own
        desk.link.reset()
        assert {view.stance.zoom for view in desk.views} == {1.0}
        assert desk.panels[1].view.stance.window.is_whole

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C21")
def test_every_way_to_lay_query_and_hit_over_each_other_paints(flight, words):
    def pilot(window):
        yield lambda: answered(window)
        trigger(window, "desk")
        desk = window.looking.desk
        yield lambda: answered(window)
        seen = set()
        for mode in ("split", "blend", "difference", "flicker"):
            trigger(window, mode)
            assert desk.mode == mode
            assert desk.overlap.isVisible()
            image = desk.overlap.grab().toImage()
            seen.add(bytes(image.constBits()))
        assert desk.overlap.is_flickering
        trigger(window, "swap")
        trigger(window, "flicker")  # the same again goes back to side by side
        assert desk.mode == "side"
        assert not desk.overlap.is_flickering
        assert len(seen) >= 3

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C4")
def test_a_region_is_drawn_with_the_mouse_and_asked_about(flight, words):
    def pilot(window):
        session, view = window.session, window.pair.query.view
        yield lambda: answered(window)
        before = session.answer.query.codes.hex(0)
        trigger(window, "region")
        size = view.picture.size
        scale, middle = view.scale, QPointF(view.width() / 2, view.height() / 2)
        corner = QPointF(size.width() / 2, size.height() / 2)
        start = (middle + (QPointF(4, 6) - corner) * scale).toPoint()
        end = (middle + (QPointF(34, 40) - corner) * scale).toPoint()
        QTest.mousePress(view, Qt.MouseButton.LeftButton, pos=start)
        QTest.mouseMove(view, end)
        QTest.mouseRelease(view, Qt.MouseButton.LeftButton, pos=end)
        yield lambda: session.answer.box is not None and answered(window)

        box = session.answer.box
        assert abs(box.x - 4) <= 1
        assert abs(box.y - 6) <= 1
        assert abs(box.width - 30) <= 2
        assert abs(box.height - 34) <= 2
        assert session.answer.query.codes.hex(0) != before
        assert view.drawing.box == QRectF(box.x, box.y, box.width, box.height)
        assert "asked about a region" in window.pair.query.caption

        trigger(window, "whole")
        yield lambda: session.answer.box is None and answered(window)
        assert session.answer.query.codes.hex(0) == before
        assert view.drawing.box is None

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C4")
def test_a_region_is_drawn_with_the_keys_alone(flight, words):
    def pilot(window):
        session, view = window.session, window.pair.query.view
        yield lambda: answered(window)
        trigger(window, "region")
        QTest.keyClick(view, Qt.Key.Key_Right)
        QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
        QTest.keyClick(view, Qt.Key.Key_Return)
        yield lambda: session.answer.box is not None and answered(window)
        assert isinstance(session.answer.box, QueryBox)
        trigger(window, "region")
        QTest.keyClick(view, Qt.Key.Key_Escape)
        assert view.drawing.tool == ""

    assert flight.run(pilot, *words) == 0


def test_a_region_too_small_to_ask_about_gets_a_sentence(flight, words):
    def pilot(window):
        yield lambda: answered(window)
        window.session.choose_box(QueryBox(0, 0, 5, 5))
        yield lambda: window.bar.notice is not None
        assert "too small" in window.bar.notice.text
        assert "16 px" in window.bar.notice.hint
        yield lambda: answered(window)

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C6", "C7")
def test_marks_rank_anew_and_can_be_taken_back(flight, words):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        before = [hit.row for hit in session.result.hits]
        window.results.hits.select(1)
        yield lambda: answered(window)
        trigger(window, "like")
        yield lambda: answered(window) and session.choice.marking.like
        window.results.hits.select(3)
        yield lambda: answered(window)
        trigger(window, "unlike")
        yield lambda: answered(window) and session.choice.marking.unlike
        marked = {mark.row for mark in session.marks.marks}
        found = {hit.row for hit in session.result.hits}
        assert len(marked) == 2
        assert not marked & found  # what was said of a hit is not asked again
        assert found < set(before)
        assert "like picture" in window.pair.marks.text
        assert "unlike picture" in window.pair.marks.text

        trigger(window, "clear_marks")
        yield lambda: answered(window) and not session.marks.marks
        assert [hit.row for hit in session.result.hits] == before
        assert not window.pair.marks.isVisible()

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C3")
def test_more_like_this_leaves_a_trail_back(flight, words):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        name = window.pair.query.view.picture.name
        trigger(window, "search_hit")
        yield (lambda: answered(window) and window.pair.query.view.picture.name != name)
        assert window.pair.trail.isVisible()
        assert "back" in session.states()
        trigger(window, "back")
        yield lambda: answered(window) and window.pair.query.view.picture.name == name
        assert "back" not in session.states()
        trigger(window, "forward")
        yield (lambda: answered(window) and window.pair.query.view.picture.name != name)

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C5")
def test_several_pictures_are_asked_about_together(flight, words, study, tmp_path):
    other = tmp_path / "other.png"
    pixels = np.random.default_rng(0).integers(0, 255, (48, 48), np.uint8)
    Image.fromarray(pixels).save(other)

    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        session.add_file(other)
        session.add_file(study / "light" / "picture 01.png")
        yield lambda: answered(window) and session.marks.added == 2
        paths = [hit.record.path for hit in session.result.hits]
        assert "light/picture 01.png" not in paths
        assert any(hit.distance % 1 for hit in session.result.hits)
        assert "2 more pictures" in window.pair.marks.text

    assert flight.run(pilot, *words) == 0


def test_a_line_tells_its_length_in_px_where_no_spacing_is_known(flight, words):
    def pilot(window):
        yield lambda: answered(window)
        trigger(window, "measure")
        view = window.looking.place.lead
        assert view.drawing.line is not None
        assert view.drawing.length(view.picture.spacing).endswith(" px")
        QTest.keyClick(view, Qt.Key.Key_Return)
        assert view.drawing.tool == ""
        assert view.drawing.line is not None  # it stays on the picture
        trigger(window, "reset")
        assert view.drawing.line is None

    assert flight.run(pilot, *words) == 0
