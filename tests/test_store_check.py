"""Damage is found, what can be read is saved, and what cannot is named."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import h5py
import library_v1
import library_v2
import library_v3
import numpy as np
import pytest
from crash_disk import CrashDisk, contents, restore
from small_library import BITS, fill, journal_name, make_store, state
from upkeep_runs import repair, verify

from medhash_gui.errors import LibraryBusyError, LibraryError, StoreFormatError
from medhash_gui.identities import Identity
from medhash_gui.library import durable, journal, sealing
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_check import CheckReport
from medhash_gui.store_purge import purging


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


ROWS = 31


@pytest.fixture
def sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Several segments, a journal of rows and changes, a removed and a hidden row."""
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 12)
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 12)
        library.seal()
        fill(library, 10)
        library.seal()
        gone = np.zeros(22, np.bool_)
        gone[5] = True
        list(purging(library, gone))
        fill(library, 4)
        library.change([RowChange(3, hidden=True), RowChange(14, path="moved.png")])
        fill(library, 5)
    return root


def rows_of(root: Path) -> list[object]:
    with CodeStore.open(root) as library:
        return state(library)


def kind_of(root: Path, kind: str, number: int = 0) -> Path:
    return sorted(root.glob(f"{kind}-*"))[number]


# -- verify --------------------------------------------------------------------------


def test_a_sound_library_is_found_sound_and_left_alone(sound):
    before = contents(sound)

    report = verify(sound)
    repaired = repair(sound)

    assert report.sound
    assert (report.rows, report.shown, report.lost) == (ROWS, ROWS - 2, 0)
    assert (report.again, report.doubled, report.unnamed) == ((), 0, ())
    assert repaired == report
    assert not repaired.repaired
    assert contents(sound) == before


@pytest.mark.parametrize(
    "root",
    [library_v1.ROOT, library_v2.ROOT, library_v3.ROOT],
    ids=["v1", "v2", "v3"],
)
def test_libraries_of_every_format_are_found_sound(root):
    assert verify(root).sound


def test_a_torn_write_and_files_of_a_dead_writer_are_no_damage(sound):
    with (sound / journal_name(sound)).open("ab") as file:
        file.write(b"MHJ1 and then the power went")
    (sound / "records-000900.h5").write_bytes(b"left behind")

    report = verify(sound)

    assert report.sound
    assert report.torn_bytes == 28
    assert report.unnamed == ("records-000900.h5",)


def test_a_picture_that_is_in_twice_is_counted(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 3)
        library.append([library.record(1)], library.codes([1]))
    assert verify(tmp_path / "a.medhash").doubled == 1


def test_what_is_no_library_is_not_verified_or_repaired(tmp_path):
    (tmp_path / "study").mkdir()
    for run in (verify, repair):
        with pytest.raises(LibraryError, match="There is no library"):
            run(tmp_path / "missing.medhash")
        with pytest.raises(LibraryError, match="is not a library"):
            run(tmp_path / "study")
    assert not any((tmp_path / "study").iterdir())


def test_a_newer_library_is_not_repaired(sound):
    document = json.loads((sound / "library.json").read_bytes())
    (sound / "library.json").write_text(json.dumps({**document, "format_version": 9}))
    before = contents(sound)
    for run in (verify, repair):
        with pytest.raises(StoreFormatError, match="newer MedHash"):
            run(sound)
    assert contents(sound) == before


def test_a_library_that_is_written_to_is_not_repaired(sound):
    with CodeStore.open(sound, writable=True), pytest.raises(LibraryBusyError):
        repair(sound)
    assert verify(sound).sound


# -- every byte ----------------------------------------------------------------------


def damage(root: Path, rng: np.random.Generator) -> str:
    """Damage one file in one way; return what was done."""
    names = sorted(n for n in contents(root) if n != "library-copy.json")
    name = names[int(rng.integers(len(names)))]
    path = root / name
    data = bytearray(path.read_bytes())
    way = ["flip", "zeros", "cut", "missing", "grow"][int(rng.integers(5))]
    place = int(rng.integers(len(data)))
    if way == "flip":
        data[place] ^= 1 << int(rng.integers(8))
    elif way == "zeros":
        data[place : place + 512] = bytes(len(data[place : place + 512]))
    elif way == "cut":
        data = data[:place]
    elif way == "grow":
        data += b"more"
    if way == "missing":
        path.unlink()
    else:
        path.write_bytes(data)
    return f"{way} at {place} of {name}"


def same_row(found, expected) -> bool:
    """Return whether a saved row is the row that it was, unless it says otherwise.

    What the next run of index finds out by itself may be unknown: a hidden row, a
    file that counts as changed, soft values that are the signs. Details may be lost,
    and labels may count as given by hand, which loses none.
    """
    record, visible, left_out, own_labels, code, soft = found
    known, was_visible, was_left_out, had_own, known_code, known_soft = expected
    assert left_out == was_left_out or not visible
    assert own_labels >= had_own
    if soft != known_soft:
        assert set(np.abs(np.frombuffer(soft, np.float16)).tolist()) == {1.0}
    if record.modified_ns == 0:
        record = replace(
            record, modified_ns=known.modified_ns, size_bytes=known.size_bytes,
            digest=known.digest,
        )  # fmt: skip
    if record.details == ():
        record = replace(record, details=known.details)
    return record == known and code == known_code and (visible <= was_visible)


@pytest.mark.parametrize("seed", range(60))
def test_whatever_is_damaged_what_is_saved_is_true_and_the_rest_is_named(
    sound, tmp_path, seed
):
    rng = np.random.default_rng(seed)
    expected = rows_of(sound)
    what = damage(sound, rng)
    damaged = contents(sound)

    before = verify(sound)
    assert contents(sound) == damaged
    report = repair(sound)

    if before.sound:  # in what nothing depends on, or at the journal's very end
        assert not report.repaired
        torn = rows_of(sound)
        assert torn == expected[: len(torn)]
        assert len(torn) == ROWS or before.torn_bytes
        return
    assert (report.lost, report.again) == (before.lost, before.again), what
    assert report.problems == before.problems
    after = verify(sound)
    assert after.sound, (what, after.problems)
    with CodeStore.open(sound) as library:
        found, removed = state(library), library.removed
    lost = []
    for row, was in enumerate(expected[: len(found)]):
        if removed[row]:
            lost.append(row)
        elif "journal" not in what:
            assert same_row(found[row], was), (what, row)
    lost += range(len(found), ROWS)
    unsaid = {5} | ({*range(22, ROWS)} if "journal" in what else set())
    named = {expected[row][0].path for row in lost if row not in unsaid}
    assert len(named - set(report.again)) <= report.unknown, what
    assert set(report.again) <= {record.path for record, *_ in expected}
    # The damaged files are kept as they were.
    aside = contents(sound / report.set_aside)
    assert aside
    assert all(damaged[name] == data for name, data in aside.items())
    # And the library can be written to and sealed as ever.
    with CodeStore.open(sound, writable=True) as library:
        fill(library, 2)
        library.seal()
        assert state(library)[: len(found)] == found


# -- kinds of damage -----------------------------------------------------------------


def overwrite(path: Path, name: str, start: int, data: bytes) -> None:
    """Overwrite bytes of an uncompressed dataset of a segment."""
    with h5py.File(path) as file:
        dataset = file[name]
        place = dataset.id.get_offset() or dataset.id.get_chunk_info(0).byte_offset
    whole = bytearray(path.read_bytes())
    whole[place + start : place + start + len(data)] = data
    path.write_bytes(whole)


def test_damaged_soft_values_cost_the_order_of_their_rows_only(sound):
    expected = rows_of(sound)
    path = kind_of(sound, "codes")
    nan = np.full(2, np.nan, "<f2").tobytes()
    overwrite(path, "soft", 2 * BITS * 3, nan)

    report = repair(sound)

    assert (report.lost, len(report.problems)) == (0, 1)
    assert report.problems[0].lost == (
        "the order of 12 pictures among equally distant ones"
    )
    found = rows_of(sound)
    assert [row[:-1] for row in found] == [row[:-1] for row in expected]
    changed = [n for n in range(ROWS) if found[n][-1] != expected[n][-1]]
    assert changed == [row for row in range(12) if row != 5]  # 16 share a checksum
    signs = np.frombuffer(found[3][-1], np.float16)
    assert set(np.abs(signs).tolist()) == {1.0}


def test_damaged_bits_are_made_again_from_the_soft_values(sound):
    expected = rows_of(sound)
    overwrite(kind_of(sound, "codes"), "packed", 4, b"\xff\x00\x0f")

    report = repair(sound)

    assert (report.lost, report.problems[0].lost) == (0, "nothing")
    assert rows_of(sound) == expected


def test_a_missing_segment_of_codes_costs_its_rows_and_names_their_paths(sound):
    expected = rows_of(sound)
    kind_of(sound, "codes").unlink()

    report = repair(sound)

    lost = [row for row in range(12) if row != 5]
    assert report.lost == 12
    assert set(report.again) == {expected[row][0].path for row in lost}
    found = rows_of(sound)
    assert found[12:] == expected[12:]
    with CodeStore.open(sound) as library:
        assert library.removed[:12].all()
        assert not library.removed[12:].any()


def test_details_that_cannot_be_read_leave_the_rows(sound):
    expected = rows_of(sound)
    overwrite(kind_of(sound, "records"), "detail_bytes", 4, b"\0\0\0\0")

    report = repair(sound)

    assert report.lost == 0
    assert "details of" in report.problems[0].lost
    found = rows_of(sound)
    assert [r[0].path for r in found] == [r[0].path for r in expected]
    assert all(row[0].details == () for row in found[:12])


def test_rows_whose_digest_is_doubted_are_read_by_the_next_run_of_index(sound):
    overwrite(kind_of(sound, "records"), "digests", 16 * 2, b"\xee")

    report = repair(sound)

    assert report.lost == 0
    assert "changed, which the next run of index finds out" in report.problems[0].lost
    with CodeStore.open(sound) as library:
        assert library.record(2).modified_ns == 0
        assert library.record(20).modified_ns != 0


def test_a_journal_damaged_in_the_middle_keeps_the_commits_around_it(sound):
    expected = rows_of(sound)
    path = sound / journal_name(sound)
    data = bytearray(path.read_bytes())
    data[60] ^= 1  # in the first of three frames, which holds four rows
    path.write_bytes(data)
    with pytest.raises(StoreFormatError, match="damaged in the middle"):
        CodeStore.open(sound)

    report = repair(sound)

    assert (report.lost, report.unknown) == (4, 4)
    assert "1 damaged stretch" in report.problems[0].lost
    found = rows_of(sound)
    assert found[:22] == expected[:22]
    assert found[26:] == expected[26:]
    assert found[14][0].path == "moved.png"


def test_a_missing_journal_costs_what_came_after_the_segments(sound):
    (sound / journal_name(sound)).unlink()

    report = repair(sound)

    assert report.rows == 22
    assert report.problems[0].lost == "what came after the first 22 pictures"
    with CodeStore.open(sound) as library:
        assert library.row_count == 22
        assert library.record(14).path != "moved.png"


def test_a_lost_manifest_comes_back_from_its_copy(sound):
    expected = rows_of(sound)
    before = contents(sound)
    for damage in ("missing", "damaged"):
        if damage == "missing":
            (sound / "library.json").unlink()
        else:
            (sound / "library.json").write_bytes(before["library.json"][:-40])
        with pytest.raises(LibraryError) as caught:
            CodeStore.open(sound, writable=True)
        assert "repair" in caught.value.hint
        with pytest.raises(LibraryError, match=r"already|is gone"):
            make_store(sound)
        assert verify(sound).problems[0].lost == "nothing: its copy is whole"

        assert repair(sound).lost == 0

        assert rows_of(sound) == expected
        assert (sound / "library.json").read_bytes() == before["library.json"]


def test_an_older_copy_still_gives_the_key(sound):
    expected = rows_of(sound)
    copy = (sound / "library-copy.json").read_bytes()
    with CodeStore.open(sound, writable=True) as library:
        library.seal()
        key = library.key_id
    (sound / "library.json").unlink()
    (sound / "library-copy.json").write_bytes(copy)

    report = repair(sound)

    assert report.problems[0].lost == "nothing but its list"
    assert rows_of(sound) == expected
    with CodeStore.open(sound) as library:
        assert library.key_id == key
        assert not library.unlinked


JANE = Identity(patient="Jane Roe 1")


def test_without_manifest_and_copy_the_segments_say_what_they_hold(sound, tmp_path):
    expected = rows_of(sound)
    with CodeStore.open(sound) as library:
        library.write_key(tmp_path / "key.json")
        jane = library.patient_keys(JANE)
    for name in ("library.json", "library-copy.json"):
        (sound / name).unlink()
    before = contents(sound)
    with pytest.raises(LibraryError, match="is gone"):
        make_store(sound)
    assert "the key of the patients" in verify(sound).problems[0].lost

    with pytest.raises(LibraryError, match="Where the pictures") as caught:
        repair(sound)
    assert "--root" in caught.value.hint
    with pytest.raises(LibraryError, match=r"The key of .* was lost") as caught:
        repair(sound, indexed_root=tmp_path / "images")
    assert "--unlinked" in caught.value.hint
    assert contents(sound) == before
    other = shutil.copytree(sound, tmp_path / "other.medhash")

    repair(sound, indexed_root=tmp_path / "images", key_of=tmp_path / "key.json")
    repair(other, indexed_root=tmp_path / "images", unlinked=True)

    assert rows_of(sound) == rows_of(other) == expected
    with CodeStore.open(sound) as one, CodeStore.open(other) as two:
        assert one.patient_keys(JANE) == jane != two.patient_keys(JANE)
        assert (one.unlinked, two.unlinked) == (False, True)
        assert one.indexed_root == two.indexed_root == tmp_path / "images"
        assert (one.model_id, one.bits) == ("m1", BITS)


def test_a_rebuilt_manifest_names_no_file_twice_after_a_killed_seal(
    tmp_path, monkeypatch
):
    """Whatever a kill leaves, with manifest and copy lost on top: all rows, once."""
    disk = CrashDisk(tmp_path / "live.medhash", monkeypatch)
    library = make_store(tmp_path / "live.medhash")
    fill(library, 9)
    library.seal()
    fill(library, 4)
    library.change([RowChange(2, hidden=True)])
    expected = state(library)
    disk.moments.clear()
    disk.is_tearing = False
    library.seal()
    disk.is_recording = False
    library.close()
    assert len(disk.moments) > 8
    for number, moment in enumerate(disk.moments):
        files = {n: d for n, d in moment.after_kill.items() if "library" not in n}
        root = restore(tmp_path / f"{number}.medhash", files)
        report = repair(root, indexed_root=tmp_path, unlinked=True)
        assert report.lost == 0, (moment.call, report)
        assert rows_of(root) == expected, moment.call
        shutil.rmtree(root)


def test_rows_that_no_segment_holds_any_more_are_named_as_lost(sound, tmp_path):
    expected = rows_of(sound)
    for name in ("library.json", "library-copy.json"):
        (sound / name).unlink()
    kind_of(sound, "records").unlink()

    report = repair(sound, indexed_root=tmp_path, unlinked=True)

    assert (report.lost, report.unknown) == (12, 12)
    assert rows_of(sound)[12:] == expected[12:]


def test_of_nothing_no_library_is_made(tmp_path):
    root = tmp_path / "a.medhash"
    root.mkdir()
    (root / "journal-000001.log").write_bytes(journal.HEADER)
    with pytest.raises(StoreFormatError, match="Nothing is left"):
        repair(root)


def test_codes_of_another_model_that_are_damaged_are_taken_out(sound):
    document = json.loads((sound / "library.json").read_bytes())
    segment = {**document["codes"]["m1"]["segments"][0], "file": "codes-000900.h5"}
    document["codes"]["m2"] = {"bits": 64, "segments": [segment]}
    del document["crc32"]
    (sound / "library.json").write_text(json.dumps(document))
    (sound / "codes-000900.h5").write_bytes(bytes(segment["size_bytes"]))
    expected = rows_of(sound)

    report = repair(sound)

    assert "no search uses" in report.problems[0].lost
    assert rows_of(sound) == expected
    assert verify(sound).sound
    assert (sound / report.set_aside / "codes-000900.h5").exists()


@pytest.fixture
def damaged(tmp_path: Path) -> tuple[Path, CheckReport, list[object]]:
    """Return a damaged library, the report of its repair, and the rows of that."""
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 6)
        library.seal()
        fill(library, 2)
        library.change([RowChange(1, hidden=True)])
    overwrite(kind_of(root, "records"), "digests", 0, b"\xee" * 40)
    overwrite(kind_of(root, "codes"), "packed", 0, b"\xff\xff")
    overwrite(kind_of(root, "codes"), "soft", 0, bytes(BITS))
    shutil.copytree(root, tmp_path / "whole.medhash")
    report = repair(tmp_path / "whole.medhash")
    assert report.lost == 1
    return root, report, rows_of(tmp_path / "whole.medhash")


@pytest.mark.parametrize(
    "is_tearing", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_a_kill_or_a_power_cut_during_a_repair_makes_nothing_worse(
    damaged, tmp_path, monkeypatch, is_tearing
):
    root, report, expected = damaged
    disk = CrashDisk(root, monkeypatch)
    disk.settle()
    disk.is_tearing = is_tearing
    repair(root)
    disk.is_recording = False
    assert len(disk.moments) > 12
    tried = set()
    for number, moment in enumerate(disk.moments):
        for files in (moment.after_kill, moment.after_power_cut):
            state_of_disk = frozenset(files.items())
            if state_of_disk in tried:
                continue
            tried.add(state_of_disk)
            left = restore(tmp_path / f"{number}.medhash", files)
            again = repair(left)
            assert again.lost == (report.lost if again.repaired else 0)
            assert rows_of(left) == expected, (number, moment.call)
            shutil.rmtree(left)
    assert len(tried) > 12


def test_a_full_disk_during_a_repair_makes_nothing_worse(
    damaged, tmp_path, monkeypatch
):
    root, _, expected = damaged
    before = contents(root)
    disk = CrashDisk(tmp_path, monkeypatch)
    disk.is_recording = disk.is_tearing = False
    refused, fail_at, reached = 0, 0, True
    while reached:
        fail_at += 1
        root = restore(tmp_path / f"{fail_at}.medhash", before)
        disk.calls, disk.fail_at = 0, fail_at
        said = ""
        try:
            repair(root)
        except LibraryError as error:
            said = error.message
        refused += "The disk is full" in said
        assert said == "" or "The disk is full" in said
        reached = disk.calls >= fail_at
        disk.fail_at = None
        kept = contents(root)
        if kept["library.json"] == before["library.json"]:
            assert {name: kept.get(name) for name in before} == before
        repair(root)
        assert rows_of(root) == expected
        shutil.rmtree(root)
    assert refused > 8
