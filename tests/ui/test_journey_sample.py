"""The first run without pictures of one's own, with the packaged models."""

from __future__ import annotations

import pytest

from medhash_gui import bundle, paths, phantoms


def test_the_sample_is_drawn_indexed_and_asked(flight, monkeypatch):
    if not any(paths.packaged_models().glob("*/card.json")):
        pytest.skip("no packaged model is in this tree")
    drawn = phantoms.draw_samples
    monkeypatch.setattr(
        phantoms, "draw_samples", lambda folder: drawn(folder, patients_per_class=3)
    )

    def pilot(window):
        window.actions_by_id["try_sample"].trigger()
        yield lambda: window.session.result is not None and not window.session.is_busy
        assert "synthetic" in window.bar.notice.text
        assert "of your own" in window.bar.notice.hint
        assert len(window.session.result.hits) > 0
        assert window.session.facts.modality == "synthetic"
        assert window.pair.query.view.has_layer

    assert flight.run(pilot) == 0
    assert any(found.origin == "packaged" for found in bundle.find_bundles()[0])


def test_samples_that_are_simply_opened_are_called_synthetic(flight, study, models):
    folder = paths.samples() / "chest-film"
    folder.parent.mkdir(parents=True)
    study.rename(folder)

    def pilot(window):
        window.session.index(folder)
        yield lambda: window.session.facts is not None and not window.session.is_busy
        assert "synthetic" in window.bar.notice.text

    assert flight.run(pilot) == 0
