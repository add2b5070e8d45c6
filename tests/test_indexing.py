"""index_folder accounts for every file and never encodes a known content again."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from indexing_runs import FakeEncoder, draw, index, new_store, visible_paths
from tiny_bundle import make_tiny_bundle

from medhash_gui import images, indexing
from medhash_gui.bundle import ModelBundle
from medhash_gui.errors import DatasetError, LibraryError, ModelMismatchError
from medhash_gui.indexing import index_folder
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "Studie Ä 胸片"
    for seed in range(5):
        draw(root / f"picture {seed}.png", seed)
    return root


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def store(tmp_path: Path, study: Path) -> Generator[CodeStore, None, None]:
    with new_store(tmp_path / "lib.medhash", study) as library:
        yield library


def test_first_run_adds_every_picture(store, study, encoder) -> None:
    report = index(store, study, encoder)

    assert (report.found, report.added, report.frames) == (5, 5, 5)
    assert len(store) == 5
    assert report.images_per_second > 0
    assert report.seconds_start_up < report.seconds


def test_second_run_opens_nothing_and_encodes_nothing(store, study, encoder) -> None:
    index(store, study, encoder)

    report = index(store, study, encoder)

    assert (report.unchanged, report.added, encoder.encoded) == (5, 0, 5)
    assert report.images_per_second is None


def test_new_file_alone_is_encoded(store, study, encoder) -> None:
    index(store, study, encoder)
    draw(study / "new.png", 77)

    report = index(store, study, encoder)

    assert (report.added, report.unchanged, encoder.encoded) == (1, 5, 6)


def test_moved_file_keeps_its_code(store, study, encoder) -> None:
    index(store, study, encoder)
    (study / "elsewhere").mkdir()
    (study / "picture 2.png").rename(study / "elsewhere" / "renamed.png")

    report = index(store, study, encoder)

    assert (report.moved, report.added, report.hidden, encoder.encoded) == (1, 0, 0, 5)
    assert "elsewhere/renamed.png" in visible_paths(store)
    assert "picture 2.png" not in visible_paths(store)
    assert len(store) == 5


def test_copy_is_added_and_shares_the_code(store, study, encoder) -> None:
    index(store, study, encoder)
    shutil.copy(study / "picture 0.png", study / "copy.png")

    report = index(store, study, encoder)

    assert (report.added, report.moved, encoder.encoded) == (1, 0, 5)
    rows = store.rows_with_digest(store.files()["copy.png"].digest)
    assert len(rows) == 2
    np.testing.assert_array_equal(store.packed[rows[0]], store.packed[rows[1]])


def test_twins_in_one_run_are_encoded_once(store, study, encoder) -> None:
    for name in ("twin a.png", "twin b.png", "twin c.png"):
        draw(study / name, 99)

    report = index(store, study, encoder)

    assert (report.added, encoder.encoded) == (8, 6)


def test_one_of_two_copies_moves(store, study, encoder) -> None:
    shutil.copy(study / "picture 0.png", study / "copy.png")
    index(store, study, encoder)
    (study / "copy.png").rename(study / "moved copy.png")

    report = index(store, study, encoder)

    assert (report.moved, report.added, report.hidden) == (1, 0, 0)
    assert {"picture 0.png", "moved copy.png"} <= set(visible_paths(store))


def test_changed_file_is_added_and_its_old_content_hidden(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    draw(study / "picture 1.png", 1234)

    report = index(store, study, encoder)

    assert (report.added, report.unchanged, len(store)) == (1, 4, 5)
    assert visible_paths(store).count("picture 1.png") == 1


def test_old_content_that_comes_back_is_not_encoded_again(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    shutil.copy(study / "picture 1.png", study.parent / "kept.png")
    draw(study / "picture 1.png", 1234)
    index(store, study, encoder)
    shutil.copy(study.parent / "kept.png", study / "picture 1.png")

    report = index(store, study, encoder)

    assert (report.added, encoder.encoded, len(store)) == (1, 6, 5)
    assert visible_paths(store).count("picture 1.png") == 1


def test_touched_file_is_unchanged(store, study, encoder) -> None:
    index(store, study, encoder)
    (study / "picture 3.png").touch()

    report = index(store, study, encoder)

    assert (report.unchanged, encoder.encoded) == (5, 5)


def test_removed_file_is_hidden_and_comes_back_without_encoding(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    (study / "picture 4.png").rename(study.parent / "away.png")

    gone = index(store, study, encoder)

    assert (gone.hidden, len(store), store.hidden) == (1, 4, 1)
    (study.parent / "away.png").rename(study / "picture 4.png")
    back = index(store, study, encoder)
    assert (back.unchanged, len(store), encoder.encoded) == (5, 5, 5)


def test_damaged_and_foreign_files_are_skipped_with_state_and_reason(
    store, study, encoder
) -> None:
    whole = (study / "picture 0.png").read_bytes()
    (study / "torn.png").write_bytes(whole[: len(whole) // 2])
    (study / "empty.png").write_bytes(b"")
    (study / "notes.txt").write_text("words", encoding="utf-8")

    report = index(store, study, encoder)

    states = {skipped.path: skipped.state for skipped in report.skipped}
    assert states == {
        "torn.png": "damaged",
        "empty.png": "damaged",
        "notes.txt": "not_an_image",
    }
    assert all(skipped.reason for skipped in report.skipped)
    assert report.added == 5


def test_indexed_file_that_became_unreadable_keeps_its_code(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    (study / "picture 0.png").write_bytes(b"half a cop")

    report = index(store, study, encoder)

    assert len(report.skipped) == 1
    assert len(store) == 5


def test_class_folders_give_labels_and_a_move_between_them_relabels(
    tmp_path, encoder
) -> None:
    root = tmp_path / "classes"
    draw(root / "clear" / "a.png", 1)
    draw(root / "nodule" / "b.png", 2)
    with new_store(tmp_path / "c.medhash", root) as store:
        index(store, root, encoder)
        assert store.files()["clear/a.png"].labels == ("clear",)
        draw(root / "clear" / "keep.png", 3)
        (root / "clear" / "a.png").rename(root / "nodule" / "a.png")

        report = index(store, root, encoder)

        assert (report.moved, report.relabelled) == (1, 1)
        assert store.files()["nodule/a.png"].labels == ("nodule",)


def test_a_single_folder_is_no_class(tmp_path, encoder) -> None:
    root = tmp_path / "study"
    draw(root / "images" / "a.png", 1)
    with new_store(tmp_path / "c.medhash", root) as store:
        index(store, root, encoder)

        assert store.files()["images/a.png"].labels == ()


def test_a_single_folder_becomes_a_class_when_there_is_another(
    tmp_path, encoder
) -> None:
    root = tmp_path / "study"
    for n in range(3):
        draw(root / "clear" / f"{n}.png", n)
    with new_store(tmp_path / "c.medhash", root) as store:
        index(store, root, encoder)
        assert index(store, root, encoder).unchanged == 3
        store.change([RowChange(1, labels=("odd",), own_labels=True)])
        draw(root / "nodule" / "b.png", 9)

        report = index(store, root, encoder)

        labels = {path: file.labels for path, file in store.files().items()}
        assert labels == {
            "clear/0.png": ("clear",),
            "clear/1.png": ("odd",),
            "clear/2.png": ("clear",),
            "nodule/b.png": ("nodule",),
        }
        assert (report.added, report.relabelled) == (1, 2)
        assert index(store, root, encoder).relabelled == 0
        assert "one_class" not in store.choices


def test_cancel_keeps_what_is_committed_and_the_next_run_goes_on(
    store, study, encoder, monkeypatch
) -> None:
    # Reports after every file, so that the cancel comes where the test wants it.
    monkeypatch.setattr(indexing, "_REPORT_EVERY_S", 0.0)
    for seed in range(100, 160):
        draw(study / f"more {seed}.png", seed)
    run = index_folder(store, study, encoder, workers=1, batch=4)
    while len(store) < 8:
        next(run)

    run.close()

    kept = len(store)
    assert 8 <= kept < 16
    report = index(store, study, encoder)
    assert (report.unchanged, report.added) == (kept, 65 - kept)
    assert encoder.encoded == 65


def test_progress_never_goes_back_and_ends_complete(store, study, encoder) -> None:
    run = index_folder(store, study, encoder, workers=1)

    steps = list(run)

    done = [step.done for step in steps]
    assert done == sorted(done)
    assert (steps[-1].done, steps[-1].found, steps[-1].encoded) == (5, 5, 5)


def test_missing_folder_is_an_error_that_hides_nothing(store, study, encoder) -> None:
    index(store, study, encoder)
    study.rename(study.parent / "unmounted")

    with pytest.raises(LibraryError, match="is not there"):
        index(store, study, encoder)

    assert len(store) == 5


def test_empty_mount_point_is_an_error_that_hides_nothing(
    store, study, encoder
) -> None:
    index(store, study, encoder)
    study.rename(study.parent / "unmounted")
    study.mkdir()

    with pytest.raises(LibraryError, match="is empty, but the library holds"):
        index(store, study, encoder)

    assert len(store) == 5


def test_empty_folder_is_named(store, study, encoder) -> None:
    shutil.rmtree(study)
    study.mkdir()

    with pytest.raises(DatasetError, match="is empty"):
        index(store, study, encoder)


def test_encoder_of_another_model_is_refused(store, study) -> None:
    with pytest.raises(ModelMismatchError, match="another"):
        index(store, study, FakeEncoder(model_id="another"))


def test_file_that_cannot_be_reached_is_not_taken_for_gone(
    store, study, encoder, monkeypatch
) -> None:
    draw(study / "locked" / "inside.png", 50)
    index(store, study, encoder)
    hidden_from_scan = study / "locked"
    hidden_from_scan.rename(study / ".locked")
    real_lstat = Path.lstat

    def lstat(path: Path) -> Any:
        if "locked" in path.parts:
            raise PermissionError(13, "Permission denied")
        return real_lstat(path)

    monkeypatch.setattr(Path, "lstat", lstat)

    report = index(store, study, encoder)

    assert report.hidden == 0
    assert "locked/inside.png" in visible_paths(store)


def test_codes_are_the_models_own_whatever_is_done_at_once(tmp_path) -> None:
    study = tmp_path / "study"
    for seed in range(30):
        draw(study / f"{seed}.png", seed)
    card = make_tiny_bundle(tmp_path / "tiny")
    quick = ModelBundle.open(tmp_path / "tiny", threads=1)
    quick.lanes = 3
    with CodeStore.create(
        tmp_path / "l.medhash",
        indexed_root=study,
        model_id=card.model_id,
        model_name=card.name,
        bits=card.bits,
    ) as store:
        index(store, study, quick, batch=4)

        records = store.records(range(30))
        found = store.codes(range(30))
    inputs = [
        card.preprocess(images.decode((study / r.path).read_bytes(), name="").pixels)
        for r in records
    ]
    slow = ModelBundle.open(tmp_path / "tiny").encode(np.stack(inputs))
    np.testing.assert_array_equal(found.packed, slow.packed)
    np.testing.assert_array_equal(found.soft, slow.soft)


def test_twins_on_their_way_at_once_are_encoded_once(store, study, encoder) -> None:
    encoder.lanes = 2
    for number in range(12):
        draw(study / f"twin {number:02d}.png", 99 + number % 3)

    report = index(store, study, encoder, batch=2)

    assert (report.added, len(store), encoder.encoded) == (17, 17, 8)


def test_batches_that_do_not_fit_cost_no_picture_and_are_told(store, study) -> None:
    class Small(FakeEncoder):
        def encode(self, inputs: np.ndarray) -> Any:
            if len(inputs) > 1:
                raise MemoryError
            return super().encode(inputs)

    run = index_folder(store, study, Small(), workers=1, batch=4)
    steps = []
    try:
        while True:
            steps.append(next(run))
    except StopIteration as end:
        report = end.value

    assert report.added == len(store) == 5
    assert len(report.notices) == 2  # from 4 to 2, from 2 to 1
    assert steps[-1].notices == report.notices
    assert steps[-1].device == report.device == "cpu"
