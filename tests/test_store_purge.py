"""What is taken out of a library is in none of its files; every other row stays."""

from __future__ import annotations

import json
import zlib
from itertools import pairwise
from pathlib import Path

import h5py
import library_v1
import numpy as np
import pytest
from crash_disk import contents
from small_library import BITS, fill, make_codes, make_store, state
from upkeep_runs import finish

from medhash_gui import store_purge
from medhash_gui.codes import HashCodes
from medhash_gui.errors import LibraryError
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable, sealing
from medhash_gui.library.segments import codes_file
from medhash_gui.search import Query, search
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_purge import choose_rows, compacting, purging


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def mask(library: CodeStore, rows) -> np.ndarray:
    chosen = np.zeros(library.row_count, np.bool_)
    chosen[list(rows)] = True
    return chosen


def all_bytes(root: Path) -> bytes:
    """Return every byte of a library, and every array and page of it unpacked."""
    parts: list[bytes] = []
    for path in sorted(root.rglob("*")):
        if not path.is_file():
            continue
        parts.append(path.read_bytes())
        if path.suffix == ".h5":
            with h5py.File(path) as file:
                arrays = {name: dataset[()] for name, dataset in file.items()}
            parts += [array.tobytes() for array in arrays.values()]
            if "detail_pages" in arrays:
                packed = arrays["detail_bytes"].tobytes()
                ends = arrays["detail_pages"].tolist()
                parts += [zlib.decompress(packed[a:b]) for a, b in pairwise(ends)]
    return b"\n".join(parts)


SECRETS = ["secret-path", "secret-label", "P-5ec2e7", "C-5ec2e7", "secret report"]


def secret_row(library: CodeStore, name: str = "secret-path/1.png") -> bytes:
    """Append a row whose every text can be searched for; return its digest."""
    record = ImageRecord(
        name, 0, 77, 88, b"SECRET DIGEST 16", "P-5ec2e7", ("secret-label",),
        "C-5ec2e7", (("report", "secret report"),),
    )  # fmt: skip
    library.append([record], HashCodes.from_logits(np.full((1, BITS), 0.6152)))
    return record.digest


@pytest.mark.parametrize("place", ["journal", "segment", "old segment and journal"])
def test_nothing_of_a_purged_row_is_left_in_any_file(tmp_path, place):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 5)
        digest = secret_row(library)
        fill(library, 3)
        if place != "journal":
            library.seal()
        if place.startswith("old"):
            library.change([RowChange(5, path="secret-path/2.png", hidden=True)])
            fill(library, 1)
        soft = library.soft([5]).tobytes()
        before = state(library)
        needles = [*(s.encode() for s in SECRETS), digest, soft]
        held = all_bytes(root)
        assert all(needle in held for needle in needles)

        report = finish(purging(library, mask(library, [5])))

        held = all_bytes(root)
        assert [needle for needle in needles if needle in held] == []
        assert report.removed == 1
        assert report.left == ()
        after = state(library)
        assert after[:5] + after[6:] == before[:5] + before[6:]
        assert library.record(5) == ImageRecord("", 0, 0, 0, bytes(16), None, ())
        assert np.flatnonzero(library.removed).tolist() == [5]
        assert not library.visible[5]
        assert library.hidden == 0
        assert "" not in library.files()
        assert "secret-label" not in library.label_names()
        fill(library, 2)
    with CodeStore.open(root) as library:
        assert state(library)[:5] == before[:5]
        assert library.row_count == len(before) + 2


@pytest.mark.parametrize("sealed", [True, False])
def test_a_purged_row_is_no_hit_of_an_unfiltered_search(tmp_path, sealed):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 4)
        if sealed:
            library.seal()
        finish(purging(library, mask(library, [2])))
        assert library.hidden == 0

        # The query is what a removed row's emptied code would be nearest to.
        nothing = HashCodes(np.zeros((1, 2), np.uint8), BITS, None)
        found = search(library, Query(nothing), top=9)

    assert sorted(hit.row for hit in found.hits) == [0, 1, 3]
    assert found.searched == 3


def test_codes_of_other_models_are_emptied_too(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 6)
        library.seal()
    other = HashCodes.from_logits(np.linspace(0.9, 3, 6 * 70).reshape(6, 70))
    data = codes_file(other, first_row=0, model_id="m2")
    (root / "codes-000900.h5").write_bytes(data)
    document = json.loads((root / "library.json").read_bytes())
    segment = {**document["records"][0], "file": "codes-000900.h5"}
    segment["size_bytes"] = len(data)
    document["codes"]["m2"] = {"bits": 70, "segments": [segment]}
    del document["crc32"]
    (root / "library.json").write_text(json.dumps(document))

    with CodeStore.open(root, writable=True) as library:
        finish(purging(library, mask(library, [2])))

    held = all_bytes(root)
    assert other.soft is not None
    assert other.soft[2].tobytes() not in held
    assert all(other.soft[row].tobytes() in held for row in (0, 1, 3, 4, 5))
    assert not (root / "codes-000900.h5").exists()


def test_compacting_takes_out_what_is_superseded_and_changes_no_row(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 4)
        secret_row(library)
        library.seal()
        fill(library, 40)
        library.seal()
        library.change(
            [RowChange(4, path="p", labels=(), patient_key="", case_key="", details=())]
        )
        library.change([RowChange(7, hidden=True)])
        before = state(library)
        held = all_bytes(root)
        assert all(secret.encode() in held for secret in SECRETS)

        report = finish(compacting(library))

        held = all_bytes(root)
        assert [secret for secret in SECRETS if secret.encode() in held] == []
        assert state(library) == before
        assert report.rewritten == 45
        assert report.removed == 0
        assert report.bytes_after < report.bytes_before
        again = contents(root)
        assert finish(compacting(library)).rewritten == 0
        assert contents(root) == again
    assert sum(name.startswith("records") for name in contents(root)) == 1
    with CodeStore.open(root) as library:
        assert state(library) == before


def test_compacting_leaves_full_segments_alone_that_have_nothing_to_lose(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 8)
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        for rows in (8, 8, 3, 2, 8, 4):
            fill(library, rows)
            library.seal()
        library.change([RowChange(9, hidden=True)])
        names = {s.file for s in library._contents.manifest.records}
        before = state(library)

        steps = list(compacting(library))

        kept = {s.file for s in library._contents.manifest.records} & names
        assert state(library) == before
        first = library._contents.manifest.records[0]
        assert (first.file in kept, first.rows) == (True, 8)
        assert steps[-1].done == steps[-1].found < len(before)
        assert all(s.rows <= 8 for s in library._contents.manifest.records)
    with CodeStore.open(root) as library:
        assert state(library) == before


def test_a_compaction_that_is_stopped_leaves_the_library_as_it_was(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 4)
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 11)
        before, files = state(library), contents(root)
        run = purging(library, mask(library, [1, 2]))
        next(run)
        assert set(contents(root)) > set(files)

        run.close()

        assert contents(root) == files
        assert state(library) == before
        fill(library, 1)
        finish(compacting(library))
        assert state(library)[:11] == before


def test_an_open_reader_sees_the_same_rows_before_and_after(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 20)
        library.seal()
        reader, untouched = CodeStore.open(root), CodeStore.open(root)
        before = state(reader)
        finish(purging(library, mask(library, [3, 4])))

        # Its segment is gone; the soft values and details of its rows are not.
        assert np.array_equal(untouched.soft([1, 7]), library.soft([1, 7]))
        assert untouched.record(8) == before[8][0]
        assert reader.refresh()

    after = state(reader)
    assert after[:3] + after[5:] == before[:3] + before[5:]
    assert np.flatnonzero(reader.removed).tolist() == [3, 4]


def test_rows_are_chosen_by_what_they_are(tmp_path):
    (tmp_path / "images" / "ward 0").mkdir(parents=True)
    (tmp_path / "images" / "ward 0" / "00003.png").write_bytes(b"x")
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 9)
        library.change([RowChange(row, hidden=True) for row in (0, 3, 4)])

        def chosen(**more) -> list[int]:
            return np.flatnonzero(choose_rows(library, **more)).tolist()

        assert chosen(hidden=True) == [0, 3, 4]
        assert chosen(gone=True) == [0, 4]
        assert chosen(folders=["ward 1"]) == [1, 4, 7]
        assert chosen(folders=[str(tmp_path / "images" / "ward 1")]) == [1, 4, 7]
        assert chosen(folders=["."]) == list(range(9))
        key = library.patient(2)
        assert chosen(patients=[key]) == library.patient_rows(key).tolist() != []
        assert chosen(hidden=True, folders=["ward 2/"]) == [0, 2, 3, 4, 5, 8]
        finish(purging(library, choose_rows(library, hidden=True)))
        assert chosen(hidden=True) == []
        assert 4 not in chosen(folders=["ward 1"])
        for wrong in ("ward", str(tmp_path), "ward 9"):
            with pytest.raises(LibraryError, match="No picture"):
                chosen(folders=[wrong])
        with pytest.raises(LibraryError, match="patient key P-x"):
            chosen(patients=["P-x"])


def test_without_its_folder_nothing_counts_as_gone(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 3)
        library.change([RowChange(0, hidden=True)])
        with pytest.raises(LibraryError, match="is not there") as caught:
            choose_rows(library, gone=True)
        (tmp_path / "images").mkdir()
        with pytest.raises(LibraryError, match="is empty"):
            choose_rows(library, gone=True)

    assert "relink" in caught.value.hint


def test_what_repairing_set_aside_goes_with_the_rows(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        secret_row(library)
        aside = root / "set-aside-000004"
        aside.mkdir()
        (aside / "records-000001.h5").write_bytes(b"secret-path")
        (root / "set-aside-notes").write_bytes(b"a file of somebody else")

        finish(compacting(library))
        assert aside.exists()
        report = finish(purging(library, mask(library, [0])))

    assert report.set_aside == ("set-aside-000004",)
    assert not aside.exists()
    assert (root / "set-aside-notes").exists()


def test_an_old_file_that_cannot_be_removed_is_named(tmp_path, monkeypatch):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
        name = library._contents.manifest.records[0].file
        real = durable.remove
        monkeypatch.setattr(
            durable, "remove", lambda path: None if path.name == name else real(path)
        )
        report = finish(purging(library, mask(library, [1])))
        assert report.left == (name,)
        again = finish(purging(library, mask(library, [])))
        assert again.left == (name,)
        monkeypatch.setattr(durable, "remove", real)
    with CodeStore.open(root, writable=True) as library:
        assert finish(purging(library, mask(library, []))).left == ()
    assert name not in contents(root)


def test_a_library_of_format_1_can_be_purged(tmp_path):
    import shutil

    root = shutil.copytree(library_v1.ROOT, tmp_path / "v1.medhash")
    with CodeStore.open(root, writable=True) as library:
        before = state(library)
        finish(purging(library, mask(library, [1])))
        assert library.format_version == 3
        assert state(library)[2:] == before[2:]
    with CodeStore.open(root) as library:
        assert library.removed.tolist()[:3] == [False, True, False]


def test_merging_brings_no_removed_rows_over(tmp_path):
    from medhash_gui.store_merge import merge

    with make_store(tmp_path / "a.medhash") as source:
        fill(source, 6)
        finish(purging(source, mask(source, [0, 5])))
        with CodeStore.create(
            tmp_path / "b.medhash",
            indexed_root=tmp_path / "images",
            model_id="m1",
            model_name="fake",
            bits=BITS,
            key_of=source.root,
        ) as target:
            report = merge(target, source)
            assert (report.found, report.added) == (4, 4)
            assert target.row_count == 4
            assert len(target) == 4


def test_bytes_are_counted_and_codes_stay(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 300)
        finish(purging(library, mask(library, range(0, 300, 2))))
        kept = np.arange(1, 300, 2)
        expected = HashCodes.join([make_codes(1, seed=n) for n in kept.tolist()])
        assert np.array_equal(library.packed[kept], expected.packed)
        assert store_purge._size(library.root) == sum(
            path.stat().st_size for path in library.root.iterdir()
        )
