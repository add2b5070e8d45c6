"""Frames and windows of the query and the hit, through the real ``main``."""

from __future__ import annotations

import numpy as np
import pytest
from dicom_files import write_frames
from drops import drop

from medhash_gui import paths
from medhash_gui.bundle import ModelBundle
from medhash_gui.indexing import index_folder
from medhash_gui.store import CodeStore


def answered(window) -> bool:
    return window.session.result is not None and not window.session.is_busy


@pytest.fixture
def frames_library(study, models, tmp_path):
    """Return the library of ``study`` with one DICOM file of six frames in it."""
    write_frames(study / "dark" / "series.dcm")
    root = tmp_path / "frames.medhash"
    store = CodeStore.create(
        root,
        indexed_root=study,
        model_id=models.model_id,
        model_name=models.name,
        bits=models.bits,
    )
    with store:
        encoder = ModelBundle.open(paths.user_models() / "tiny")
        for _ in index_folder(store, study, encoder, workers=1):
            pass
    return root


def test_another_frame_of_the_query_is_asked_and_picture_and_hits_change_together(
    flight, library, tmp_path
):
    file = tmp_path / "angio.dcm"
    write_frames(file)
    seen = []

    def pilot(window):
        query = window.pair.query
        yield lambda: answered(window)
        assert query.frames.text == "Frame 4 of 6  ·  Window: WIDE"
        before = window.session.answer.query.codes.packed
        window.session.query_shown.connect(lambda p: seen.append(("picture", p.frame)))
        window.session.hits_ready.connect(lambda r: seen.append(("hits", bool(r))))
        assert window.actions_by_id["next_frame"].isEnabled()
        window.actions_by_id["next_frame"].trigger()
        window.actions_by_id["next_frame"].trigger()
        yield lambda: seen and answered(window)
        assert seen == [("picture", 5), ("hits", True)]  # never a window without hits
        assert query.frames.text == "Frame 6 of 6  ·  Window: WIDE"
        assert window.session.answer.query.frame == 5
        after = window.session.answer.query.codes.packed
        assert not np.array_equal(before, after)

    assert flight.run(pilot, library, "--image", file) == 0


def test_another_window_changes_the_picture_and_the_code(flight, library, tmp_path):
    file = tmp_path / "chest.dcm"
    write_frames(file)

    def pilot(window):
        query = window.pair.query
        yield lambda: answered(window)
        before = query.view.picture.levels[0]
        window.actions_by_id["next_window"].trigger()
        yield lambda: query.view.picture.view == 1 and answered(window)
        assert query.frames.text == "Frame 4 of 6  ·  Window: NARROW"
        assert query.view.picture.levels[0] != before

    assert flight.run(pilot, library, "--image", file) == 0


def test_the_frame_that_the_library_holds_has_its_stored_code(
    flight, frames_library, study
):
    def pilot(window):
        query, session = window.pair.query, window.session
        yield lambda: answered(window)
        assert "its stored code was used" in query.caption
        assert session.answer.has_stored_code
        window.actions_by_id["previous_frame"].trigger()
        yield lambda: query.view.picture.frame == 2 and answered(window)
        assert not session.answer.has_stored_code
        assert "in the library" not in query.caption
        query.frames.step(1)
        yield lambda: query.view.picture.frame == 3 and answered(window)
        assert session.answer.has_stored_code
        query.frames.step_window()
        yield lambda: query.view.picture.view == 1 and answered(window)
        assert not session.answer.has_stored_code
        assert "in the library through another window" in query.caption

    image = study / "dark" / "series.dcm"
    assert flight.run(pilot, frames_library, "--image", image) == 0


def test_a_hit_is_seen_through_another_window_with_its_map_and_nothing_is_asked(
    flight, frames_library, study
):
    def pilot(window):
        session, panel = window.session, window.pair.hit
        yield lambda: answered(window)
        paths = [hit.record.path for hit in session.result.hits]
        window.results.hits.select(paths.index("dark/series.dcm"))
        yield (
            lambda: (
                panel.view.picture is not None
                and panel.view.picture.name == "dark/series.dcm"
                and not session.is_busy
            )
        )
        assert panel.frames.text == "Frame 4 of 6  ·  Window: WIDE"
        assert window.pair.query.frames.isHidden()
        result = session.result
        panel.frames.step_window()
        yield lambda: panel.view.picture.view == 1 and not session.is_busy
        assert panel.view.has_layer
        assert session.result is result

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, frames_library, "--image", image) == 0


def test_a_hit_is_asked_for_with_its_own_frame(flight, frames_library, study):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        paths = [hit.record.path for hit in session.result.hits]
        window.results.hits.select(paths.index("dark/series.dcm"))
        yield lambda: "hit" in session.states() and not session.is_busy
        window.actions_by_id["search_hit"].trigger()
        yield lambda: window.pair.query.frames.text != "" and answered(window)
        assert session.answer.query.frame == 3
        assert session.answer.has_stored_code

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, frames_library, "--image", image) == 0


def test_a_choice_made_while_a_query_runs_is_kept_to(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: answered(window)
        # Between the picture and the hits of the next query.
        session.query_shown.connect(lambda _: session.choose_label("dark"))
        drop(window, study / "light" / "picture 03.png")
        yield lambda: session.choice.label == "dark" and answered(window)
        labels = {label for hit in session.result.hits for label in hit.record.labels}
        assert labels == {"dark"}

    image = study / "dark" / "picture 00.png"
    assert flight.run(pilot, library, "--image", image) == 0
