"""Of a file with several frames those are indexed that the user chose, each once."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest
from grey_series import grey_object, write_object
from indexing_runs import FakeEncoder, index, new_store
from PIL import Image

from medhash_gui import indexing
from medhash_gui.images import FrameChoice
from medhash_gui.import_choices import ImportChoices
from medhash_gui.indexing import index_folder
from medhash_gui.store import CodeStore

ALL = ImportChoices(frames=FrameChoice.parse("all"))
THIRD = ImportChoices(frames=FrameChoice.parse("every 3"))
MIDDLE = ImportChoices()


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "study"
    write_object(root / "series.dcm", grey_object(frames=7, PatientID="p1"))
    write_object(root / "single.dcm", grey_object(seed=9))
    return root


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def store(tmp_path: Path, study: Path) -> Generator[CodeStore, None, None]:
    with new_store(tmp_path / "lib.medhash", study) as library:
        yield library


def shown(store: CodeStore, path: str = "series.dcm") -> list[int]:
    rows = np.flatnonzero(store.visible).tolist()
    return sorted(r.frame for r in store.records(rows) if r.path == path)


def test_the_middle_frame_is_what_is_indexed_unless_chosen_otherwise(
    store, study, encoder
) -> None:
    report = index(store, study, encoder)

    assert (report.found, report.added, report.frames) == (2, 2, 2)
    assert shown(store) == [3]


def test_all_frames_are_records_of_one_file(store, study, encoder) -> None:
    report = index(store, study, encoder, choices=ALL)

    assert (report.found, report.added, report.frames) == (2, 2, 8)
    assert shown(store) == list(range(7))
    assert len({record.case_key for record in store.records(range(8))}) == 1
    again = index(store, study, encoder)
    assert (again.unchanged, again.added, encoder.encoded) == (2, 0, 8)


def test_another_choice_encodes_only_what_is_new_and_hides_the_rest(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    index(store, study, encoder, choices=THIRD)
    assert (shown(store), encoder.encoded) == ([0, 3, 6], 4)

    index(store, study, encoder, choices=ALL)
    assert (shown(store), encoder.encoded) == (list(range(7)), 8)

    report = index(store, study, encoder, choices=MIDDLE)
    assert (shown(store), encoder.encoded) == ([3], 8)
    assert (report.unchanged, report.added) == (2, 0)

    report = index(store, study, encoder, choices=ALL)
    assert (shown(store), encoder.encoded) == (list(range(7)), 8)
    assert report.unchanged == 2
    assert index(store, study, encoder).relabelled == 0


@pytest.mark.parametrize(
    ("first", "second", "frames"),
    [("middle", "9", [0]), ("6", "5", [0, 5]), ("4", "3", [0, 3, 6])],
)
def test_as_many_frames_as_before_are_not_taken_for_the_same(
    store, study, encoder, first, second, frames
) -> None:
    index(store, study, encoder, choices=ImportChoices(frames=FrameChoice.parse(first)))

    index(
        store, study, encoder, choices=ImportChoices(frames=FrameChoice.parse(second))
    )

    assert shown(store) == frames
    assert index(store, study, encoder).unchanged == 2


def test_a_moved_series_keeps_all_its_codes(store, study, encoder) -> None:
    index(store, study, encoder, choices=ALL)
    (study / "series.dcm").rename(study / "moved.dcm")

    report = index(store, study, encoder)

    assert (report.moved, report.unchanged, encoder.encoded) == (1, 1, 8)
    assert shown(store, "moved.dcm") == list(range(7))
    assert shown(store) == []


def test_a_copied_series_shares_all_its_codes(store, study, encoder) -> None:
    index(store, study, encoder, choices=ALL)
    shutil.copy(study / "series.dcm", study / "copy.dcm")

    report = index(store, study, encoder)

    assert (report.added, report.frames, encoder.encoded) == (1, 7, 8)
    assert shown(store, "copy.dcm") == list(range(7))


def test_twins_of_one_run_are_encoded_once(store, study, encoder) -> None:
    shutil.copy(study / "series.dcm", study / "twin.dcm")

    report = index(store, study, encoder, choices=ALL)

    assert (report.added, report.frames, encoder.encoded) == (3, 15, 8)
    assert shown(store, "twin.dcm") == list(range(7))


def test_a_series_that_was_changed_is_replaced_as_a_whole(
    store, study, encoder
) -> None:
    index(store, study, encoder, choices=ALL)
    write_object(study / "series.dcm", grey_object(seed=4, frames=5))

    report = index(store, study, encoder)

    assert (report.added, report.frames) == (1, 5)
    assert shown(store) == list(range(5))


@pytest.mark.parametrize(
    ("before", "again"),
    [(None, {"choices": ALL}), (ALL, {})],
    ids=["new", "remembered"],
)
def test_a_run_cut_off_in_the_middle_of_a_file_is_finished_by_the_next(
    store, study, encoder, monkeypatch, before, again
) -> None:
    if before is not None:  # the choice itself is an old one then
        (study / "series.dcm").rename(study.parent / "later.dcm")
        index(store, study, encoder, choices=before)
        (study.parent / "later.dcm").rename(study / "series.dcm")
    monkeypatch.setattr(indexing, "_REPORT_EVERY_S", 0.0)
    # The batches after the first one wait until that is committed.
    encode, goes_on = encoder.encode, threading.Event()
    begun: list[int] = []

    def encode_one_batch(inputs):
        begun.append(len(inputs))
        if len(begun) > 1:
            goes_on.wait(60)
        return encode(inputs)

    monkeypatch.setattr(encoder, "encode", encode_one_batch)
    run = index_folder(store, study, encoder, choices=ALL, workers=1, batch=2)
    while not shown(store):
        next(run)
    monkeypatch.setattr(encoder, "encode", encode)
    goes_on.set()
    run.close()
    assert len(shown(store)) < 7
    assert "unfinished" in store.choices

    index(store, study, encoder, **again)

    assert shown(store) == list(range(7))
    assert encoder.encoded <= 9
    assert "unfinished" not in store.choices


def test_pages_of_a_tiff_are_frames(tmp_path, encoder) -> None:
    root = tmp_path / "tiff"
    root.mkdir()
    drawn = np.random.default_rng(0).integers(0, 255, (3, 12, 12), np.uint8)
    pages = [Image.fromarray(page) for page in drawn]
    pages[0].save(root / "pages.tif", save_all=True, append_images=pages[1:])
    with new_store(tmp_path / "l.medhash", root) as store:
        index(store, root, encoder)
        assert shown(store, "pages.tif") == [0]

        index(store, root, encoder, choices=ALL)

        assert shown(store, "pages.tif") == [0, 1, 2]
        assert encoder.encoded == 3


def test_a_broken_frame_costs_that_frame(store, study, encoder) -> None:
    made = grey_object(frames=7)
    made.PixelData = made.PixelData[: 5 * 144] + b"\0" * 10
    write_object(study / "series.dcm", made)

    report = index(store, study, encoder, choices=ALL)

    assert report.added + len(report.skipped) == 2
    if report.added == 2:  # the frames before the cut were read
        assert set(shown(store)) <= set(range(5))
        assert any("could not be decoded" in remark.text for remark in report.remarks)
