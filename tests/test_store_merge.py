"""Two libraries become one: every row as it was, and no patient mixed up."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import library_v1
import numpy as np
import pytest
from crash_disk import CrashDisk, contents, restore
from small_library import BITS, fill, make_codes, make_records, state

from medhash_gui import store_merge
from medhash_gui.errors import LibraryError, ModelMismatchError
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_merge import MergeProgress, MergeReport, merge, merging

JANE = Identity(patient="Jane Roe 1", birth_date="19700101", study="1.2.3")


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def make(
    root: Path,
    *,
    key_of: Path | None = None,
    images: Path | None = None,
    model: str = "m1",
    bits: int = BITS,
) -> CodeStore:
    return CodeStore.create(
        root,
        indexed_root=images or root.parent / f"{root.stem} images",
        model_id=model,
        model_name=f"fake {model}",
        bits=bits,
        key_of=key_of,
    )


def make_source(root: Path, *, rows: int = 40, key_of: Path | None = None) -> Path:
    """Make a library of segments and a journal, some of its rows hidden."""
    with make(root, key_of=key_of) as source:
        fill(source, rows // 2)
        source.seal()
        fill(source, rows - rows // 2)
        source.change([RowChange(row, hidden=True) for row in range(0, rows, 7)])
        source.change([RowChange(3, path="moved/é.png", labels=("late",))])
    return root


def comparable(library: CodeStore, *, prefix: str = "") -> list[object]:
    """Return the rows as they should arrive, in an order of their own."""
    rows = [
        (replace(record, path=prefix + record.path), *rest)
        for record, *rest in state(library)
    ]
    return sorted(rows, key=lambda row: row[0].digest)


def record_of(library: CodeStore, number: int) -> ImageRecord:
    return ImageRecord(
        f"{number}.dcm", 0, 1, 1, bytes([number] * 16), library.patient_keys(JANE)[0],
        (), library.case_key(JANE),
    )  # fmt: skip


# -- what arrives --------------------------------------------------------------------


def test_every_row_arrives_as_it_was(tmp_path):
    root = make_source(tmp_path / "b.medhash")
    before = contents(root)
    with make(tmp_path / "a.medhash", key_of=root) as target:
        fill(target, 1)
        own = state(target)
        with CodeStore.open(root) as source:
            report = merge(target, source)

            assert report == MergeReport(40, 40, 0, 6, unlinked=False)
            assert state(target)[:1] == own
            merged = state(target)[1:]
            assert sorted(merged, key=lambda row: row[0].digest) == comparable(
                source, prefix="../b images/"
            )
            assert len(target) == 1 + 34
    assert contents(root) == before
    with CodeStore.open(tmp_path / "a.medhash") as target:
        assert state(target) == [*own, *merged]


def test_soft_values_and_codes_are_the_same_bits(tmp_path):
    root = make_source(tmp_path / "b.medhash")
    with (
        CodeStore.open(root) as source,
        make(tmp_path / "a.medhash", key_of=root) as target,
    ):
        merge(target, source)
        for row in range(40):
            (other,) = source.rows_with_digest(target.digests[row].tobytes())
            assert np.array_equal(target.packed[row], source.packed[other])
            assert target.soft([row]).tobytes() == source.soft([other]).tobytes()


def test_merging_again_adds_nothing(tmp_path):
    root = make_source(tmp_path / "b.medhash")
    with (
        CodeStore.open(root) as source,
        make(tmp_path / "a.medhash", key_of=root) as target,
    ):
        merge(target, source)
        before = state(target)

        assert merge(target, source) == MergeReport(40, 0, 40, 0, unlinked=False)

        assert state(target) == before


def test_copies_and_frames_are_not_taken_for_each_other(tmp_path, monkeypatch):
    monkeypatch.setattr(store_merge, "_BATCH", 3)
    first = make_records(1)[0]
    records = [
        first,
        replace(first, path="copy.png"),
        replace(first, frame=1),
        replace(first, path="copy.png", frame=1),
        first,
        replace(first, path="copy.png"),
    ]
    with make(tmp_path / "b.medhash") as source:
        source.append(records, make_codes(6))
        source.change([RowChange(0, hidden=True)])
        with make(
            tmp_path / "a.medhash",
            key_of=tmp_path / "b.medhash",
            images=tmp_path / "b images",
        ) as target:
            report = merge(target, source)

            assert (report.added, report.present, report.hidden) == (4, 2, 0)
            found = {(r.path, r.frame) for r in target.records(range(4))}
            assert found == {(r.path, r.frame) for r in records}
            # Of a picture that is there twice the one that is shown counts.
            assert len(target) == 4


def test_a_source_of_format_1_is_merged(tmp_path):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "old.medhash")
    with (
        CodeStore.open(root) as source,
        CodeStore.create(
            tmp_path / "a.medhash",
            indexed_root=Path("/images"),
            model_id=source.model_id,
            model_name=source.model_name,
            bits=source.bits,
            key_of=root,
        ) as target,
    ):
        merge(target, source)

        assert comparable(target) == comparable(source, prefix="synthetic/")
        assert target.format_version == 3
    assert contents(root) == contents(library_v1.ROOT)


def test_progress_is_told_after_each_commit(tmp_path, monkeypatch):
    monkeypatch.setattr(store_merge, "_BATCH", 15)
    root = make_source(tmp_path / "b.medhash")
    with (
        CodeStore.open(root) as source,
        make(tmp_path / "a.medhash", key_of=root) as target,
    ):
        rows = []
        steps = []
        for step in merging(target, source):
            steps.append(step)
            rows.append(target.row_count)

    assert steps == [MergeProgress(done, 40) for done in (15, 30, 40)]
    assert rows == [15, 30, 40]


# -- interrupted ---------------------------------------------------------------------


@pytest.mark.parametrize("unlinked", [False, True])
def test_a_merge_that_was_killed_anywhere_is_finished_by_the_next(
    tmp_path, monkeypatch, unlinked
):
    monkeypatch.setattr(store_merge, "_BATCH", 4)
    root = make_source(tmp_path / "b.medhash", rows=12)
    key_of = None if unlinked else root
    images = tmp_path / "a images"
    disk = CrashDisk(tmp_path / "live.medhash", monkeypatch)
    with CodeStore.open(root) as source:
        with make(tmp_path / "live.medhash", key_of=key_of, images=images) as target:
            fill(target, 2)
            disk.moments.clear()
            merge(target, source, unlinked=unlinked)
            whole = state(target)
        disk.is_recording = False
        assert len(disk.moments) > 10

        for number, moment in enumerate(disk.moments):
            for files in (moment.after_kill, moment.after_power_cut):
                left = restore(tmp_path / f"{number}.medhash", files)
                with CodeStore.open(left, writable=True) as target:
                    # Rows of others never stand there without a word.
                    assert target.unlinked or not unlinked or target.row_count == 2
                    merge(target, source, unlinked=unlinked)
                    assert state(target) == whole
                    assert target.unlinked == unlinked
                shutil.rmtree(left)


def test_a_full_disk_stops_a_merge_and_the_next_one_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(store_merge, "_BATCH", 4)
    root = make_source(tmp_path / "b.medhash", rows=12)
    with CodeStore.open(root) as source:
        with make(tmp_path / "a.medhash", key_of=root) as target:
            disk = CrashDisk(tmp_path / "a.medhash", monkeypatch)
            disk.is_recording = False
            disk.fail_at, disk.fails_on = 20, True
            with pytest.raises(LibraryError, match="disk is full"):
                merge(target, source)
            disk.fail_at = None
        with CodeStore.open(tmp_path / "a.medhash", writable=True) as target:
            assert 0 < target.row_count < 12
            report = merge(target, source)
            assert 0 < report.present < 12
            assert comparable(target) == comparable(source, prefix="../b images/")


# -- patients ------------------------------------------------------------------------


def test_one_key_links_a_patient_of_both_libraries(tmp_path):
    with make(tmp_path / "a.medhash") as target:
        target.write_key(tmp_path / "shared.key")
        target.append([record_of(target, 1)], make_codes(1))
        with make(tmp_path / "b.medhash", key_of=tmp_path / "shared.key") as source:
            source.append([record_of(source, 2)], make_codes(1))
            merge(target, source)

        (key, _) = target.patient_keys(JANE)
        assert target.patient_rows(key).tolist() == [0, 1]
        assert target.case_rows(target.case_key(JANE)).tolist() == [0, 1]
        assert target.patients[0] == target.patients[1]
        assert target.cases[0] == target.cases[1]
        assert not target.unlinked


def test_different_keys_link_nothing_silently(tmp_path):
    with make(tmp_path / "a.medhash") as target, make(tmp_path / "b.medhash") as source:
        target.append([record_of(target, 1)], make_codes(1))
        source.append([record_of(source, 2)], make_codes(1))
        before = contents(target.root)

        with pytest.raises(LibraryError) as caught:
            merge(target, source)

        for name in ("a.medhash", "b.medhash", target.key_id, source.key_id):
            assert name in caught.value.message
        assert "--unlinked" in caught.value.hint
        assert "--share-patients-with" in caught.value.hint
        assert contents(target.root) == before

        key_id = target.key_id
        report = merge(target, source, unlinked=True)

        assert report.unlinked
        assert target.key_id == key_id
        assert target.patient_rows(target.patient_keys(JANE)[0]).tolist() == [0]
        assert target.patient_rows(source.patient_keys(JANE)[0]).tolist() == [1]
        assert target.patients[0] != target.patients[1]
        assert target.cases[0] != target.cases[1]


def test_unlinked_stays_so_and_is_handed_on(tmp_path):
    for name in "abc":
        make(tmp_path / f"{name}.medhash").close()
    with (
        CodeStore.open(tmp_path / "a.medhash", writable=True) as target,
        CodeStore.open(tmp_path / "b.medhash") as source,
    ):
        merge(target, source, unlinked=True)
        target.choose({"frames": "all"})
        fill(target, 2)
        target.seal()
    document = json.loads((tmp_path / "a.medhash" / "library.json").read_bytes())
    assert document["unlinked"] is True
    with (
        CodeStore.open(tmp_path / "a.medhash") as source,
        make(tmp_path / "d.medhash", key_of=tmp_path / "a.medhash") as target,
    ):
        assert source.unlinked
        with pytest.raises(LibraryError, match="merged from libraries") as caught:
            merge(target, source)
        assert "--unlinked" in caught.value.hint
        assert not target.unlinked
        assert merge(target, source, unlinked=True).unlinked


def test_asking_for_unlinked_without_need_changes_nothing(tmp_path):
    root = make_source(tmp_path / "b.medhash")
    with (
        CodeStore.open(root) as source,
        make(tmp_path / "a.medhash", key_of=root) as target,
    ):
        assert not merge(target, source, unlinked=True).unlinked
        assert not target.unlinked


# -- what does not fit ---------------------------------------------------------------


@pytest.mark.parametrize(("model", "bits"), [("m2", BITS), ("m1", 16)])
def test_codes_of_another_model_are_refused(tmp_path, model, bits):
    with (
        make(tmp_path / "a.medhash") as target,
        make(tmp_path / "b.medhash", model=model, bits=bits) as source,
    ):
        before = contents(target.root)
        with pytest.raises(ModelMismatchError) as caught:
            merge(target, source, unlinked=True)

        assert "fake m1 (m1, 12 bits)" in caught.value.message
        assert f"fake {model} ({model}, {bits} bits)" in caught.value.message
        assert "--model fake m1" in caught.value.hint
        assert contents(target.root) == before


def test_a_library_is_not_merged_into_itself(tmp_path):
    with make(tmp_path / "a.medhash") as target:
        fill(target, 2)
        (tmp_path / "link").symlink_to(target.root, target_is_directory=True)
        for root in (target.root, tmp_path / "link"):
            with (
                CodeStore.open(root) as source,
                pytest.raises(LibraryError, match="into itself") as caught,
            ):
                merge(target, source)
            assert caught.value.hint
        assert target.row_count == 2


def test_a_target_opened_for_reading_is_refused(tmp_path):
    root = make_source(tmp_path / "b.medhash")
    make(tmp_path / "a.medhash", key_of=root).close()
    with (
        CodeStore.open(root) as source,
        CodeStore.open(tmp_path / "a.medhash") as target,
        pytest.raises(LibraryError, match="for reading only"),
    ):
        merge(target, source)
