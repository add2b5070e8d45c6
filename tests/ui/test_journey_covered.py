"""What stands before the hits hides all of them, whatever is pressed meanwhile."""

from __future__ import annotations

import numpy as np
import pytest
from cases import index_cases, path_of
from PIL import Image


@pytest.fixture
def words(study, models, tmp_path):
    return index_cases(study, tmp_path / "cases.medhash"), "--image", study / path_of(0)


@pytest.fixture
def stripes(tmp_path):
    pixels = np.zeros((48, 48), np.uint8)
    pixels[:, ::2] = 255
    Image.fromarray(pixels).save(tmp_path / "stripes.png")
    return tmp_path / "stripes.png"


def nothing_is_told(window) -> bool:
    """Return whether no hit is on the screen, and nothing that is known of them."""
    desk = window.looking.desk
    return (
        window.pair.hit.view.picture is None
        and window.results.hits.isHidden()
        and window.results.prior.isHidden()
        and (desk is None or desk.panels[1].view.picture is None)
        and "nearest cases" not in window.evidence.text
        and not window.evidence.chart.hits
        and not window.evidence.contrast.isEnabled()
        and "Hit:" not in window.banner.text.removesuffix("| ")
    )


def asked(window) -> bool:
    weighed = window.session.weighing.weighed
    return weighed is not None and not window.session.is_busy


@pytest.mark.row("E10")
def test_own_impression_comes_before_hits_evidence_and_desk(flight, words, study):
    def pilot(window):
        session, cover = window.session, window.results.cover
        yield lambda: session.shown_hit is not None and asked(window)
        window.actions_by_id["evidence"].trigger()
        window.actions_by_id["desk"].trigger()
        yield lambda: window.looking.desk.panels[1].view.picture is not None
        window.results.hits.setFocus()
        assert "nearest cases" in window.evidence.text
        window.actions_by_id["blind_first"].trigger()
        session.search_file(study / path_of(4))
        yield lambda: cover.state == "blind" and asked(window)
        assert nothing_is_told(window)
        for name in ("next_hit", "next_hit", "previous_hit", "contrast", "why"):
            window.actions_by_id[name].trigger()
            yield lambda: asked(window)
            assert nothing_is_told(window), name
        for name in ("report", "export"):
            window.actions_by_id[name].trigger()
            assert window.dialogs.shown() is None, name
        cover.impression.setPlainText("dark")
        cover.show_hits.click()
        yield lambda: session.shown_hit is not None and asked(window)
        assert session.shown_hit.hit.rank == 1
        assert window.results.hits.isVisible()
        assert window.results.prior.isVisible()
        assert "nearest cases" in window.evidence.text
        assert window.evidence.contrast.isEnabled()

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("E4")
@pytest.mark.parametrize("focus", ["hits", "prior"])
def test_a_warning_before_the_hits_hides_them_wherever_the_focus_was(
    flight, words, stripes, focus
):
    def pilot(window):
        session, cover = window.session, window.results.cover
        yield lambda: session.shown_hit is not None and asked(window)
        window.activateWindow()
        window.actions_by_id["evidence"].trigger()
        getattr(window.results, focus).setFocus()
        getattr(window.results, focus).select(1)
        yield lambda: session.shown_hit is not None and asked(window)
        session.search_file(stripes)
        yield lambda: cover.state == "unfamiliar" and asked(window)
        assert nothing_is_told(window)
        cover.show_hits.click()
        yield lambda: session.shown_hit is not None and asked(window)
        assert session.shown_hit.hit.rank == 1
        assert "nearest cases" in window.evidence.text

    assert flight.run(pilot, *words) == 0


def test_what_stood_before_an_answer_goes_with_it(
    flight, study, models, tmp_path, library
):
    cases = index_cases(study, tmp_path / "cases.medhash", report="Large heart.")

    def pilot(window):
        session, cover = window.session, window.results.cover
        window.actions_by_id["blind_first"].trigger()
        session.search_file(study / path_of(4))
        yield lambda: cover.state == "blind" and asked(window)
        session.open_library(cases)
        yield lambda: session.facts.root == cases and not session.is_busy
        assert not session.weighing.is_covered
        report = window.results.filters.report
        report.setText("heart")
        report.editingFinished.emit()
        yield lambda: session.shown_hit is not None and not session.is_busy
        assert window.results.hits.isVisible()

    assert flight.run(pilot, library) == 0
