"""Maps on the screen: which, how strongly, in which colours, and why there is none."""

from __future__ import annotations

import numpy as np
import pytest
from cases import path_of
from PySide6.QtWidgets import QComboBox, QSlider

from medhash_gui import map_check, pair_explanation, saliency
from medhash_gui.ui import picture
from medhash_gui.ui.bit_strip import BitStrip
from medhash_gui.ui.map_curves import MapCurves


def looked_at(window) -> bool:
    session = window.session
    return session.shown_hit is not None and not session.is_busy


@pytest.fixture
def words(library, study):
    return library, "--image", study / path_of(0)


def _even(model, look, agree) -> float:
    """Return the highest cell of what is shared, in parts of an even share."""
    logits = look.codes.soft_or_signs()[0].astype(np.float32)
    signs = np.where(logits >= 0, 1, -1) * agree
    cells = saliency.code_map(look.features, model._head, signs.astype(np.int8))
    return float(cells.max() * cells.size / np.abs(logits).sum())


def painted(view) -> bytes:
    return bytes(view.grab().toImage().constBits())


@pytest.mark.row("D1", "D3")
def test_opacity_and_colours_hold_for_query_and_hit_alike(flight, words):
    def pilot(window):
        session, pair = window.session, window.pair
        slider = pair.controls.findChild(QSlider)
        colours = next(
            box
            for box in pair.controls.findChildren(QComboBox)
            if box.findData("inferno") >= 0
        )
        yield lambda: looked_at(window)
        assert session.answer.explanation.source == "attention"
        views = (pair.query.view, pair.hit.view)
        assert all(view.has_layer for view in views)
        slider.setValue(60)
        assert session.overlay.opacity == pytest.approx(0.6)
        shown = [painted(view) for view in views]
        slider.setValue(0)
        bare = [painted(view) for view in views]
        assert all(one != other for one, other in zip(shown, bare, strict=True))
        window.actions_by_id["overlay"].trigger()
        assert [painted(view) for view in views] == bare  # nothing of the map is left
        window.actions_by_id["overlay"].trigger()
        slider.setValue(60)
        assert [painted(view) for view in views] == shown
        colours.setCurrentIndex(colours.findData("inferno"))
        other = [painted(view) for view in views]
        assert all(one != two for one, two in zip(shown, other, strict=True))
        window.results.hits.select(3)
        yield lambda: looked_at(window) and session.shown_hit.hit.rank == 4
        assert session.overlay.colour_map == "inferno"
        assert session.overlay.opacity == pytest.approx(0.6)
        assert pair.hit.view.has_layer

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("D2", "D3")
def test_maps_of_what_is_shared_have_one_scale_for_all_hits(
    flight, library, study, monkeypatch
):
    monkeypatch.setattr(map_check, "LEAST_LEAD", -9)  # every map passes its test
    last, tops = [], []

    def pilot(window):
        session = window.session
        session.hit_explained.connect(last.append)
        yield lambda: looked_at(window)
        session.style_overlay(source="pair")
        for row in range(8):
            last.clear()
            window.results.hits.select(row)
            yield (
                lambda: (
                    looked_at(window)
                    and last
                    and "both pictures" not in last[-1].reason
                )
            )
            if last[-1].values is None:
                continue
            look, model = session.shown_hit.look, session.library.model
            bits = pair_explanation.bits(session.answer.look, look)
            grid = model.pair_map(look, bits.agree)
            assert grid.values.max() == pytest.approx(
                min(1.0, _even(model, look, bits.agree) / saliency.PAIR_TOP)
            )
            on_image = picture.shrunk(model.on_image(grid, look).values)
            assert (last[-1].values == on_image).all()  # as it is, not stretched
            assert "one scale for all hits" in window.pair.hit.caption
            tops.append(int(last[-1].values.max()))

    assert flight.run(pilot, library, "--image", study / path_of(1)) == 0
    assert len(tops) >= 3
    assert min(tops) < 240  # none is stretched to the full colour


@pytest.mark.row("D4")
def test_bits_that_differ_are_as_many_as_the_distance_says(flight, words):
    def pilot(window):
        session = window.session
        yield lambda: looked_at(window)
        window.actions_by_id["why"].trigger()
        strip = window.pair.why.findChild(BitStrip)
        for row in range(4):
            window.results.hits.select(row)
            yield (
                lambda place=row: (
                    looked_at(window)
                    and session.shown_hit.hit.rank == place + 1
                    and strip.sentence(15) != ""
                )
            )
            said = [strip.sentence(place) for place in range(17)]
            assert said[16] == ""
            differ = sum("they differ" in one for one in said)
            assert differ == session.shown_hit.hit.distance
            assert sum("both agree" in one for one in said) == 16 - differ
            words = f"{16 - differ} of 16 agree, {differ} differ"
            assert words in window.pair.why.text
            query, hit = session.answer.look.codes, session.shown_hit.look.codes
            first = int(said[0].split()[1].rstrip(":")) - 1
            margins = (query.soft[0, first], hit.soft[0, first])
            assert f"Margin {margins[0]:+.2f} and {margins[1]:+.2f}" in said[0]

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("D8")
def test_a_flat_map_is_withheld_and_the_reason_stands_in_its_place(
    flight, library, study, monkeypatch
):
    monkeypatch.setattr(saliency, "FLAT_ATTENTION", 2.0)

    def pilot(window):
        yield lambda: looked_at(window)
        for panel in (window.pair.query, window.pair.hit):
            assert not panel.view.has_layer
            assert "nearly the same everywhere" in panel.caption
            assert "scaled to this picture" not in panel.caption
            assert panel.map_sentence() in panel.caption
        window.session.style_overlay(source="grad-cam")
        yield lambda: window.pair.query.view.has_layer and looked_at(window)

    assert flight.run(pilot, library, "--image", study / path_of(1)) == 0


@pytest.mark.row("D6", "D8")
def test_a_map_that_fails_its_test_is_withheld_beside_its_curves(
    flight, library, study, monkeypatch
):
    monkeypatch.setattr(map_check, "LEAST_LEAD", 9)
    found = []

    def pilot(window):
        session, pair = window.session, window.pair
        yield lambda: looked_at(window)
        window.actions_by_id["why"].trigger()
        session.style_overlay(source="pair")
        for row in range(8):
            window.results.hits.select(row)
            yield lambda: looked_at(window) and "Testing" not in pair.why.text
            if "The hit: failed, the map is withheld." not in pair.why.text:
                continue  # there was no map to test
            assert "The query: failed, the map is withheld." in pair.why.text
            panels = (pair.query, pair.hit)
            for plot, panel in zip(
                pair.why.findChildren(MapCurves), panels, strict=True
            ):
                said = plot.accessibleDescription()
                assert "of the shared margin is left" in said
                assert not panel.view.has_layer
                assert "The map failed its test" in panel.caption
            found.append(row)

    assert flight.run(pilot, library, "--image", study / path_of(1)) == 0
    assert found
