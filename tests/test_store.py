"""A library keeps what it has committed, through kills, power cuts and full disks."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import filelock
import library_v1
import numpy as np
import pytest
from crash_disk import CrashDisk, contents, restore

from medhash_gui import durable, sealing, store
from medhash_gui.codes import HashCodes
from medhash_gui.errors import (
    LibraryBusyError,
    LibraryError,
    ModelMismatchError,
    StoreFormatError,
)
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore, RowChange

BITS = 12
ODD_NAMES = [
    "plain.png",
    "with space/ü.png",
    "胸片/片 1.dcm",
    "emoji 🫁.jpg",
    "not utf-8 \udcff\udc80.png",
    "half a pair \ud83e.png",
    "l/" * 400 + "ong.png",
    "",
]


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def make_store(root: Path) -> CodeStore:
    return CodeStore.create(
        root,
        indexed_root=root.parent / "images",
        model_id="m1",
        model_name="fake",
        bits=BITS,
    )


def make_records(count: int, *, start: int = 0) -> list[ImageRecord]:
    return [
        ImageRecord(
            path=f"ward {n % 3}/{n:05}.png",
            frame=n % 2,
            size_bytes=1000 + n,
            modified_ns=10**18 + n,
            digest=n.to_bytes(16, "big"),
            patient_key=None if n % 5 == 0 else f"P-{n // 2:012x}",
            labels=("normal", "left")[: n % 3],
        )
        for n in range(start, start + count)
    ]


def make_codes(count: int, *, seed: int = 0) -> HashCodes:
    rng = np.random.default_rng(seed)
    return HashCodes.from_logits(rng.normal(size=(count, BITS)).astype(np.float32))


def fill(library: CodeStore, count: int) -> None:
    """Append numbered rows whose codes belong to their numbers."""
    first = library.row_count
    parts = [make_codes(1, seed=n) for n in range(first, first + count)]
    library.append(make_records(count, start=first), HashCodes.join(parts))


def state(library: CodeStore) -> list[object]:
    """Return everything a library says about its rows."""
    rows = range(library.row_count)
    codes = library.codes(rows)
    assert codes.soft is not None
    visible = library.visible
    return [
        (
            library.record(row),
            bool(visible[row]),
            codes.hex(row),
            codes.soft[row].tobytes(),
        )
        for row in rows
    ]


# -- reading back what was written --------------------------------------------------


def test_a_new_library_is_empty_and_knows_its_model(tmp_path):
    with make_store(tmp_path / "new.medhash") as library:
        assert (len(library), library.row_count, library.hidden) == (0, 0, 0)

    with CodeStore.open(tmp_path / "new.medhash") as library:
        assert library.model_id == "m1"
        assert library.model_name == "fake"
        assert library.bits == BITS
        assert library.format_version == store.FORMAT_VERSION == 1
        assert library.indexed_root == tmp_path / "images"
        assert not library.writable
        assert library.packed.shape == (0, 2)
        assert library.visible.shape == (0,)
        assert library.files() == {}
        assert library.label_names() == {}


@pytest.mark.parametrize("sealed", [False, True])
def test_rows_come_back_as_they_were(tmp_path, sealed):
    records = make_records(20)
    codes = make_codes(20)

    with make_store(tmp_path / "a.medhash") as library:
        library.append(records[:7], codes.take(range(7)))
        library.append(records[7:], codes.take(range(7, 20)))
        if sealed:
            library.seal()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.records(range(20)) == records
        assert library.record(3) == records[3]
        assert np.array_equal(library.packed, codes.packed)
        assert library.packed.flags.c_contiguous
        assert np.array_equal(library.soft([19, 0, 7, 7]), codes.soft[[19, 0, 7, 7]])
        assert library.soft([]).shape == (0, BITS)
        assert library.codes([5]).hex(0) == codes.hex(5)
        assert library.digests[6].tobytes() == records[6].digest


@pytest.mark.parametrize("sealed", [False, True])
def test_any_file_name_comes_back_as_it_was(tmp_path, sealed):
    records = [
        ImageRecord(name, 0, 1, 2, bytes([n] * 16), None, (name[:9],))
        for n, name in enumerate(ODD_NAMES)
    ]

    with make_store(tmp_path / "a.medhash") as library:
        library.append(records, make_codes(len(records)))
        library.change([RowChange(0, path="moved \udcfe.png")])
        if sealed:
            library.seal()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        paths = [record.path for record in library.records(range(len(records)))]
        assert paths == ["moved \udcfe.png", *ODD_NAMES[1:]]
        assert library.record(4).labels == (ODD_NAMES[4][:9],)
        assert set(library.files()) == set(paths)


def test_codes_without_soft_values_are_kept_as_signs(tmp_path):
    codes = make_codes(3)

    with make_store(tmp_path / "a.medhash") as library:
        library.append(make_records(3), HashCodes(codes.packed, BITS))

        assert np.array_equal(library.soft(range(3)), codes.signs())


def test_changes_override_rows_and_survive_every_seal(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 6)
    library.change([RowChange(0, hidden=True), RowChange(1, labels=("odd", "new"))])
    library.seal()
    library.change([RowChange(2, path="moved/2.png", size_bytes=5, modified_ns=6)])
    fill(library, 1)
    library.change([RowChange(0, labels=()), RowChange(3, patient_key="P-new")])
    library.change([RowChange(4, patient_key=""), RowChange(6, hidden=True)])
    library.seal()
    library.change([RowChange(0, hidden=False), RowChange(0, hidden=True)])
    before = state(library)
    library.close()

    with CodeStore.open(tmp_path / "a.medhash", writable=True) as library:
        assert state(library) == before
        assert library.visible.tolist() == [False, *[True] * 5, False]
        assert (len(library), library.hidden) == (5, 2)
        assert library.record(0).labels == ()
        assert library.record(1).labels == ("odd", "new")
        assert library.record(2).path == "moved/2.png"
        assert (library.record(2).size_bytes, library.record(2).modified_ns) == (5, 6)
        assert library.record(3).patient_key == "P-new"
        assert library.record(4).patient_key is None


def test_rows_and_changes_are_one_commit(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)

    library.append(
        make_records(1, start=2),
        make_codes(1),
        changes=[RowChange(0, hidden=True), RowChange(2, labels=("replaced",))],
    )
    library.close()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.visible.tolist() == [False, True, True]
        assert library.record(2).labels == ("replaced",)


def test_questions_about_labels_patients_and_contents(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 10)
    records = library.records(range(10))
    library.append(records[3:4], make_codes(1))
    library.change([RowChange(1, hidden=True)])

    shown = [r for n, r in enumerate([*records, records[3]]) if n != 1]
    assert library.label_names() == {
        "left": sum("left" in r.labels for r in shown),
        "normal": sum("normal" in r.labels for r in shown),
    }
    assert library.label_mask("left").tolist() == [
        "left" in r.labels for r in [*records, records[3]]
    ]
    assert not library.label_mask("nowhere").any()
    assert library.rows_with_digest(records[3].digest).tolist() == [3, 10]
    assert library.rows_with_digest(bytes(15) + b"x").tolist() == []
    assert library.patient_rows("P-000000000001").tolist() == [2, 3, 10]
    assert library.patient_rows("P-nobody").tolist() == []
    assert library.patients[0] == -1
    assert library.patients[2] == library.patients[3]
    library.close()


def test_many_questions_about_contents_are_answered_alike(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    count = 6000
    records = [
        ImageRecord(f"{n}", 0, 1, 1, (n % 5000).to_bytes(16, "little"), None, ())
        for n in range(count)
    ]
    library.append(records, make_codes(count))

    for n in [*range(40), 4999]:
        expected = [n, n + 5000] if n < 1000 else [n]
        found = library.rows_with_digest(n.to_bytes(16, "little"))
        assert found.tolist() == expected
    fill(library, 1)
    assert library.rows_with_digest(count.to_bytes(16, "big")).tolist() == [count]
    library.close()


def test_files_know_the_content_seen_last(tmp_path):
    def record(path: str, content: int, frame: int = 0) -> ImageRecord:
        return ImageRecord(
            path, frame, content, content, bytes([content] * 16), None, ()
        )

    library = make_store(tmp_path / "a.medhash")
    library.append(
        [
            record("one.png", 1),
            record("two.png", 2),
            record("two.png", 3),
            record("many.dcm", 4, 0),
            record("many.dcm", 4, 1),
            record("gone.png", 5),
            record("gone.png", 6),
        ],
        make_codes(7),
    )
    library.change([RowChange(row, hidden=True) for row in (1, 3, 5, 6)])

    files = library.files()

    assert files["one.png"].rows == (0,)
    assert files["two.png"].rows == (2,)
    assert files["two.png"].digest == bytes([3] * 16)
    assert files["many.dcm"].rows == (4,)
    assert not files["many.dcm"].hidden
    assert files["gone.png"].hidden
    assert files["gone.png"].rows == (6,)
    assert files["gone.png"].size_bytes == 6
    library.close()


def test_pseudonyms_are_the_library_s_own(tmp_path):
    with make_store(tmp_path / "a.medhash") as first:
        key = first.pseudonym("Jane Roe 1970")
        assert first.pseudonym(" Jane Roe 1970 ") == key
        assert len(key) == 14
        assert key.startswith("P-")
    with make_store(tmp_path / "b.medhash") as second:
        assert second.pseudonym("Jane Roe 1970") != key
    with CodeStore.open(tmp_path / "a.medhash") as again:
        assert again.pseudonym("Jane Roe 1970") == key


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_only_the_owner_reads_the_pseudonym_key(tmp_path):
    make_store(tmp_path / "a.medhash").close()

    mode = (tmp_path / "a.medhash" / "library.json").stat().st_mode

    assert stat.S_IMODE(mode) == 0o600


@pytest.mark.parametrize("writable", [False, True])
def test_a_library_of_format_version_1_can_be_read_for_ever(tmp_path, writable):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "v1.medhash")
    codes = HashCodes.from_logits(library_v1.logits())

    with CodeStore.open(root, writable=writable) as library:
        assert library.format_version == 1
        assert library.model_id == "0123456789abcdef"
        assert library.model_name == "example-20bit"
        assert library.bits == library_v1.BITS
        assert library.indexed_root == Path("/images/synthetic")
        assert library.records(range(library_v1.ROWS)) == library_v1.changed(library)
        assert np.flatnonzero(~library.visible).tolist() == [2, 8]
        assert np.array_equal(library.packed, codes.packed)
        assert np.array_equal(library.soft(range(library_v1.ROWS)), codes.soft)
        if writable:
            library.seal()
    with CodeStore.open(root) as library:
        assert library.records(range(library_v1.ROWS)) == library_v1.changed(library)


# -- segments -----------------------------------------------------------------------


def test_a_full_journal_becomes_a_segment(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_SEAL_ROWS", 10)
    library = make_store(tmp_path / "a.medhash")
    for _ in range(7):
        fill(library, 4)

    names = sorted(contents(tmp_path / "a.medhash"))

    assert [name.split("-")[0] for name in names].count("records") >= 1
    assert sum(name.startswith("journal") for name in names) == 1
    before = state(library)
    library.close()
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before


def test_small_segments_are_merged(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    for _ in range(33):
        fill(library, 3)
        library.seal()
    before = state(library)
    library.close()

    names = contents(tmp_path / "a.medhash")

    assert sum(name.startswith("records") for name in names) <= 6
    assert sum(name.startswith("codes") for name in names) <= 6
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before


def test_large_segments_are_split_and_many_changes_worked_in(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 16)
    monkeypatch.setattr(sealing, "_MAX_CARRIED", 4)
    library = make_store(tmp_path / "a.medhash")
    for _ in range(5):
        fill(library, 10)
        library.seal()
    library.change([RowChange(row, hidden=True) for row in range(0, 50, 2)])
    size = (
        (tmp_path / "a.medhash" / _journal_name(tmp_path / "a.medhash")).stat().st_size
    )

    library.seal()

    before = state(library)
    library.close()
    journal_size = (
        (tmp_path / "a.medhash" / _journal_name(tmp_path / "a.medhash")).stat().st_size
    )
    assert journal_size < size
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before
        assert library.hidden == 25


def _journal_name(root: Path) -> str:
    return str(json.loads((root / "library.json").read_bytes())["journal"])


def test_sealing_nothing_changes_nothing(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    library.seal()
    fill(library, 1)
    library.seal()
    before = contents(tmp_path / "a.medhash")

    library.seal()
    library.append([], HashCodes(np.zeros((0, 2), np.uint8), BITS))
    library.change([])

    assert contents(tmp_path / "a.medhash") == before
    library.close()


def test_closing_seals_only_what_is_worth_it(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_SEAL_ROWS_AT_CLOSE", 5)
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 4)
    assert not any(name.startswith("records") for name in contents(library.root))

    with CodeStore.open(tmp_path / "a.medhash", writable=True) as library:
        fill(library, 1)

    assert any(name.startswith("records") for name in contents(library.root))
    library.close()


def test_codes_of_another_model_stay_beside_the_active_ones(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
    document = json.loads((root / "library.json").read_bytes())
    other = {**document["codes"]["m1"]["segments"][0], "file": "codes-000900.h5"}
    document["codes"]["m2"] = {"bits": 64, "segments": [other]}
    (root / "library.json").write_text(json.dumps(document))
    (root / "codes-000900.h5").write_bytes(b"codes that this test does not read")

    with CodeStore.open(root, writable=True) as library:
        fill(library, 3)
        library.seal()
        assert library.model_id == "m1"
        assert library.row_count == 6

    document = json.loads((root / "library.json").read_bytes())
    assert document["codes"]["m2"] == {"bits": 64, "segments": [other]}
    assert (root / "codes-000900.h5").exists()


# -- crashes ------------------------------------------------------------------------


def _story(root: Path, disk: CrashDisk) -> list[list[object]]:
    """Let a library live through everything; return its state after each commit."""
    states: list[list[object]] = []

    def committed(library: CodeStore) -> None:
        states.append(state(library))
        disk.acknowledged = len(states)

    library = make_store(root)
    committed(library)
    for rows in (3, 2):
        fill(library, rows)
        committed(library)
    library.change([RowChange(1, hidden=True), RowChange(3, path="moved.png")])
    committed(library)
    library.seal()
    library.append(
        make_records(1, start=5), make_codes(1), changes=[RowChange(0, hidden=True)]
    )
    committed(library)
    library.change([RowChange(4, labels=("late",))])
    committed(library)
    fill(library, 3)
    committed(library)
    library.seal()
    library.change([RowChange(8, hidden=True)])
    committed(library)
    library.seal()
    library.close()
    library = CodeStore.open(root, writable=True)
    fill(library, 1)
    committed(library)
    library.close()
    return states


@pytest.mark.parametrize("accident", ["kill", "power cut"])
def test_no_moment_of_a_crash_loses_or_doubles_a_committed_row(
    tmp_path, monkeypatch, accident
):
    disk = CrashDisk(tmp_path / "live.medhash", monkeypatch)
    states = _story(tmp_path / "live.medhash", disk)
    disk.is_recording = False
    assert len(disk.moments) > 60

    checked = set()
    for number, moment in enumerate(disk.moments):
        files = moment.after_kill if accident == "kill" else moment.after_power_cut
        done = moment.acknowledged
        remains = (done, frozenset(files.items()))
        if remains in checked:
            continue
        checked.add(remains)
        root = restore(tmp_path / f"{number}.medhash", files)
        if done == 0 and "library.json" not in files:
            # The call that makes it had not returned; it can be made anew.
            with pytest.raises(LibraryError, match="is not a library"):
                CodeStore.open(root)
            make_store(root).close()
            continue

        with CodeStore.open(root) as reader:
            seen = state(reader)
        with CodeStore.open(root, writable=True) as writer:
            after_crash = state(writer)
            fill(writer, 1)
            grown = state(writer)

        # What was acknowledged, or that and the commit under way.
        assert after_crash in states[max(done - 1, 0) : done + 1], (number, moment.call)
        assert seen == after_crash
        with CodeStore.open(root) as reader:
            assert state(reader) == grown
        assert grown[:-1] == after_crash
        named = json.loads((root / "library.json").read_bytes())
        kept = {named["journal"], "library.json"}
        kept |= {segment["file"] for segment in named["records"]}
        kept |= {segment["file"] for segment in named["codes"]["m1"]["segments"]}
        assert set(contents(root)) == kept
        shutil.rmtree(root)


@pytest.mark.parametrize("fails_on", [False, True], ids=["once", "from then on"])
def test_a_full_disk_at_any_call_loses_nothing_and_leaves_a_readable_library(
    tmp_path, monkeypatch, fails_on
):
    monkeypatch.setattr(store, "_SEAL_ROWS", 6)
    disk = CrashDisk(tmp_path, monkeypatch)
    disk.is_recording = False
    reached, failures = True, 0
    fail_at = 0
    while reached:
        fail_at += 1
        root = tmp_path / f"{fail_at}.medhash"
        disk.fail_at = None
        library = make_store(root)
        disk.calls, disk.fail_at, disk.fails_on = 0, fail_at, fails_on
        refused: list[int] = []
        for rows in (2, 5, 1):
            before = library.row_count
            try:
                fill(library, rows)
            except LibraryError as error:
                refused.append(before + rows)
                said = error.message
                assert "full" in said or "failed before" in said
                assert library.row_count == before
            else:
                assert library.row_count == before + rows
        with contextlib.suppress(LibraryError):
            library.seal()
        acknowledged = state(library)
        library.close()
        reached = disk.calls >= fail_at
        disk.fail_at = None
        failures += bool(refused)

        with CodeStore.open(root, writable=True) as library:
            found = state(library)
            fill(library, 1)
        # A disk that refuses even to take a frame back leaves that one frame.
        possible = {len(acknowledged), *(refused[:1] if fails_on else [])}
        assert len(found) in possible
        assert found[: len(acknowledged)] == acknowledged
        shutil.rmtree(root)
    assert failures > 5


def test_a_full_disk_is_told_and_writing_goes_on_once_there_is_room(
    tmp_path, monkeypatch
):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    real = os.write

    def full(descriptor: int, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable.os, "write", full)
    with pytest.raises(LibraryError, match="The disk is full") as caught:
        fill(library, 1)

    assert "--library" in caught.value.hint
    assert len(library) == 2
    assert library.soft([0, 1]).shape == (2, BITS)
    monkeypatch.setattr(durable.os, "write", real)
    fill(library, 1)
    library.close()
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert len(library) == 3


def test_a_frame_that_could_not_be_taken_back_is_not_followed_by_another(
    tmp_path, monkeypatch
):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)

    def fails(*arguments: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(durable.os, "fsync", fails)
        broken.setattr(durable.os, "ftruncate", fails)
        with pytest.raises(LibraryError, match="Input/output error"):
            fill(library, 1)
    fill(library, 1)
    before = state(library)
    library.close()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before
        assert len(library) == 3


def test_after_a_seal_that_may_not_last_nothing_more_is_written(tmp_path, monkeypatch):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    real, calls = durable.sync_folder, []

    def second_fails(folder: Path) -> None:
        calls.append(folder)
        if len(calls) == 2:
            raise OSError(errno.EIO, "Input/output error")
        real(folder)

    monkeypatch.setattr(durable, "sync_folder", second_fails)
    with pytest.raises(LibraryError, match="Input/output error"):
        library.seal()
    with pytest.raises(LibraryError, match="failed before"):
        fill(library, 1)
    library.close()

    # Both journals are still there, whichever manifest a power cut would leave.
    assert sum(n.startswith("journal") for n in contents(tmp_path / "a.medhash")) == 2
    with CodeStore.open(tmp_path / "a.medhash", writable=True) as library:
        assert len(library) == 2
        fill(library, 1)


# -- bad places and bad files -------------------------------------------------------


def test_a_library_is_not_made_over_something_else(tmp_path):
    make_store(tmp_path / "a.medhash").close()
    foreign = tmp_path / "study"
    foreign.mkdir()
    (foreign / "scan.png").write_bytes(b"x")
    (tmp_path / "file.medhash").write_bytes(b"x")

    with pytest.raises(LibraryError, match="There is a library"):
        make_store(tmp_path / "a.medhash")
    with pytest.raises(LibraryError, match="not a library"):
        make_store(foreign)
    with pytest.raises(LibraryError, match="not a library"):
        make_store(tmp_path / "file.medhash")

    assert [path.name for path in foreign.iterdir()] == ["scan.png"]
    with pytest.raises(LibraryError, match="could not be written"):
        make_store(tmp_path / "file.medhash" / "inside.medhash")
    with pytest.raises(ValueError, match="1 to 4096 bits"):
        CodeStore.create(
            tmp_path / "b", indexed_root=tmp_path, model_id="m", model_name="m", bits=0
        )


def test_a_library_may_be_made_in_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()

    with make_store(tmp_path / "empty") as library:
        fill(library, 1)

    assert len(library) == 1


@pytest.mark.parametrize("writable", [False, True])
def test_what_is_no_library_is_not_opened(tmp_path, writable):
    (tmp_path / "study").mkdir()
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(LibraryError, match="There is no library at") as caught:
        CodeStore.open(tmp_path / "missing.medhash", writable=writable)
    with pytest.raises(LibraryError, match="is not a library"):
        CodeStore.open(tmp_path / "study", writable=writable)
    with pytest.raises(LibraryError, match="is not a library"):
        CodeStore.open(tmp_path / "file", writable=writable)

    assert "medhash index" in caught.value.hint
    assert not any((tmp_path / "study").iterdir())


def test_a_library_of_a_newer_version_is_named_as_such(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    document = json.loads((root / "library.json").read_bytes())
    (root / "library.json").write_text(json.dumps({**document, "format_version": 3}))
    before = contents(root)

    for writable in (False, True):
        with pytest.raises(
            StoreFormatError, match=r"written by a newer MedHash"
        ) as error:
            CodeStore.open(root, writable=writable)

    assert "(format 3; this one reads up to 1)" in error.value.message
    assert "Update" in error.value.hint
    assert contents(root) == before


def _manifest_faults() -> list[object]:
    def fault(name: str, change) -> object:
        return pytest.param(change, id=name)

    return [
        fault("empty", lambda d: b""),
        fault("cut", lambda d: json.dumps(d).encode()[:-20]),
        fault("binary", lambda d: bytes(range(256))),
        fault("list", lambda d: b"[1, 2]"),
        fault("deep", lambda d: b"[" * 100_000),
        fault("foreign", lambda d: json.dumps({**d, "format": "other"}).encode()),
        fault("no version", lambda d: b'{"format": "medhash-library"}'),
        fault("version 0", lambda d: json.dumps({**d, "format_version": 0}).encode()),
        fault(
            "text version", lambda d: json.dumps({**d, "format_version": "1"}).encode()
        ),
        fault("no journal", lambda d: json.dumps({**d, "journal": None}).encode()),
        fault("outside", lambda d: json.dumps({**d, "journal": "../x.log"}).encode()),
        fault("gap", lambda d: json.dumps({**d, "next_row": 9}).encode()),
        fault("records", lambda d: json.dumps({**d, "records": {"a": 1}}).encode()),
        fault("no codes", lambda d: json.dumps({**d, "codes": {}}).encode()),
        fault("key", lambda d: json.dumps({**d, "pseudonym_key": "xyz"}).encode()),
        fault("short key", lambda d: json.dumps({**d, "pseudonym_key": "00"}).encode()),
        fault("codes list", lambda d: json.dumps({**d, "codes": []}).encode()),
    ]


@pytest.mark.parametrize("change", _manifest_faults())
def test_a_damaged_manifest_is_named(tmp_path, change):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
    document = json.loads((root / "library.json").read_bytes())
    (root / "library.json").write_bytes(change(document))
    before = contents(root)

    with pytest.raises(
        StoreFormatError, match=r"library\.json .* is damaged"
    ) as caught:
        CodeStore.open(root)
    with pytest.raises(StoreFormatError, match=r"library\.json"):
        CodeStore.open(root, writable=True)

    assert "untouched" in caught.value.message
    assert caught.value.hint
    assert contents(root) == before


@pytest.mark.parametrize("kind", ["records", "codes", "journal"])
@pytest.mark.parametrize("fault", ["missing", "cut", "empty", "garbage"])
def test_a_damaged_file_is_named_and_nothing_else_is_touched(tmp_path, kind, fault):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
        fill(library, 2)
        fill(library, 1)
    path = next(path for path in root.iterdir() if path.name.startswith(kind))
    data = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        cut = 4 if kind == "journal" else len(data) * 2 // 3
        garbage = bytes(len(data))
        path.write_bytes({"cut": data[:cut], "empty": b"", "garbage": garbage}[fault])
    before = contents(root)

    for writable in (False, True):
        with pytest.raises(StoreFormatError, match=path.name) as caught:
            CodeStore.open(root, writable=writable)

    assert "untouched" in caught.value.message
    assert contents(root) == before


def test_a_place_that_cannot_be_written_to_is_told_with_a_way_out(
    tmp_path, monkeypatch
):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 2)

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(LibraryError, match="cannot be written to") as caught:
        CodeStore.open(root, writable=True)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(LibraryError, match="cannot be written to"):
        make_store(tmp_path / "b.medhash")

    assert "--library" in caught.value.hint
    with CodeStore.open(root) as library:
        assert len(library) == 2


def test_reading_leaves_no_trace(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 2)
    for path in root.glob("writer.*"):
        path.unlink()
    before = {path: path.stat().st_mtime_ns for path in [root, *root.iterdir()]}

    with CodeStore.open(root) as library:
        library.refresh()
        state(library)

    assert {path: path.stat().st_mtime_ns for path in [root, *root.iterdir()]} == before


def test_a_library_opened_for_reading_is_not_written_to(tmp_path):
    make_store(tmp_path / "a.medhash").close()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        with pytest.raises(LibraryError, match="for reading only"):
            fill(library, 1)
        with pytest.raises(LibraryError, match="for reading only"):
            library.change([RowChange(0, hidden=True)])
        with pytest.raises(LibraryError, match="for reading only"):
            library.seal()


def test_a_closed_library_can_still_be_read(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    before = state(library)

    library.close()
    library.close()

    assert state(library) == before
    with pytest.raises(LibraryError, match="for reading only"):
        fill(library, 1)


def test_rows_that_do_not_fit_are_refused_whole(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    before = contents(tmp_path / "a.medhash")
    short = ImageRecord("x", 0, 1, 1, b"short", None, ())

    with pytest.raises(ValueError, match="as many codes"):
        library.append(make_records(2), make_codes(1))
    with pytest.raises(ValueError, match="16 bytes"):
        library.append([short], make_codes(1))
    with pytest.raises(ModelMismatchError, match="12 bits"):
        library.append(make_records(1), HashCodes.from_logits(np.ones((1, 16))))
    with pytest.raises(ValueError, match="no row 2 among 2"):
        library.change([RowChange(0, hidden=True), RowChange(2, hidden=True)])
    with pytest.raises(ValueError, match="no row -1"):
        library.change([RowChange(-1, hidden=True)])

    assert contents(tmp_path / "a.medhash") == before
    assert library.hidden == 0
    library.close()


def test_foreign_files_in_a_library_are_left_alone(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    for name in ("notes.txt", "journal.log", "codes-000001.h5.bak", "records-x.h5"):
        (root / name).write_bytes(b"mine")
    (root / "records-000777.h5").write_bytes(b"left by a writer that died")
    (root / "library.json.tmp").write_bytes(b"too")

    with CodeStore.open(root, writable=True) as library:
        fill(library, 1)

    names = set(contents(root))
    assert {"notes.txt", "journal.log", "codes-000001.h5.bak", "records-x.h5"} <= names
    assert not {"records-000777.h5", "library.json.tmp"} & names


# -- several at once ----------------------------------------------------------------


def test_a_reader_sees_what_a_writer_commits(tmp_path):
    writer = make_store(tmp_path / "a.medhash")
    reader = CodeStore.open(tmp_path / "a.medhash")
    assert not reader.refresh()

    for step in range(12):
        fill(writer, 3)
        writer.change([RowChange(step, hidden=True)])
        if step % 3 == 1:
            writer.seal()
        if step % 4 != 2:
            assert reader.refresh()
            assert not reader.refresh()
            assert state(reader) == state(writer)
    writer.close()
    reader.refresh()
    assert state(reader) == state(writer)


def test_a_reader_that_missed_seals_still_has_its_soft_values(tmp_path):
    writer = make_store(tmp_path / "a.medhash")
    fill(writer, 3)
    writer.seal()
    reader = CodeStore.open(tmp_path / "a.medhash")
    before = state(reader)
    fill(writer, 3)
    writer.seal()

    # The segment it knows has been merged away; the rows are the same.
    assert np.array_equal(reader.soft([0, 1, 2]), writer.soft([0, 1, 2]))

    assert state(reader)[:3] == before
    writer.close()


def test_a_reader_follows_a_library_that_was_made_anew(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 5)
    reader = CodeStore.open(root)
    shutil.rmtree(root)
    with make_store(root) as library:
        fill(library, 2)

    assert reader.refresh()

    assert len(reader) == 2
    shutil.rmtree(root)
    with pytest.raises(LibraryError, match="no library"):
        reader.refresh()
    assert len(reader) == 2


def test_a_frame_taken_back_after_a_reader_saw_it_is_forgotten(tmp_path):
    root = tmp_path / "a.medhash"
    writer = make_store(root)
    fill(writer, 1)
    journal = root / _journal_name(root)
    committed = journal.read_bytes()
    writer.append(make_records(1, start=70), make_codes(1))
    reader = CodeStore.open(root)
    assert reader.record(1).path == make_records(1, start=70)[0].path
    writer.close()
    journal.write_bytes(committed)
    with CodeStore.open(root, writable=True) as writer:
        fill(writer, 1)
        fill(writer, 1)

    assert reader.refresh()

    with CodeStore.open(root) as other:
        assert state(reader) == state(other)


def test_threads_may_read_while_one_writes(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "_SEAL_ROWS", 20)
    library = make_store(tmp_path / "a.medhash")
    faults: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                rows = np.arange(library.row_count)
                assert len(library.packed) >= len(rows)
                soft = library.soft(rows[::7])
                signs = HashCodes(library.packed[rows[::7]], BITS).signs()
                assert np.array_equal(soft >= 0, signs > 0)
                for row in rows[::11]:
                    assert library.record(int(row)).size_bytes == 1000 + row
        except BaseException as error:  # noqa: BLE001 - handed to the test below
            faults.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for _ in range(60):
        fill(library, 3)
    done.set()
    reader.join()
    library.close()

    assert faults == []


def test_a_second_writer_is_told_who_the_first_is(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 1)
        with pytest.raises(LibraryBusyError, match="is being written to") as caught:
            CodeStore.open(tmp_path / "a.medhash", writable=True)
        assert (
            f"process {os.getpid()} on {socket.gethostname()}" in caught.value.message
        )
        (tmp_path / "a.medhash" / "writer.json").write_text("{")
        with pytest.raises(LibraryBusyError, match="another process"):
            CodeStore.open(tmp_path / "a.medhash", writable=True)
        with CodeStore.open(tmp_path / "a.medhash") as reader:
            assert len(reader) == 1

    CodeStore.open(tmp_path / "a.medhash", writable=True).close()


def test_the_lock_can_be_given_back_by_another_thread(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    thread = threading.Thread(target=library.close)
    thread.start()
    thread.join()

    CodeStore.open(tmp_path / "a.medhash", writable=True).close()


CHILD = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_store
from medhash_gui import store
store._SEAL_ROWS = 12
library = store.CodeStore.open(Path(sys.argv[1]), writable=True)
print("ready", flush=True)
for step in range(int(sys.argv[2])):
    test_store.fill(library, 1 + step % 5)
    print(library.row_count, flush=True)
sys.stdin.readline()
library.close()
"""


def start_child(root: Path, steps: int) -> subprocess.Popen[str]:
    script = CHILD.format(tests=str(Path(__file__).parent))
    child = subprocess.Popen(
        [sys.executable, "-c", script, str(root), str(steps)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[1],
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    return child


def end_child(child: subprocess.Popen[str]) -> list[int]:
    """Kill a child and return the row counts that it acknowledged."""
    child.kill()
    printed, _ = child.communicate()
    lines = printed.split("\n")[:-1]  # a torn last line was not acknowledged
    return [int(line) for line in lines]


def expected_rows(root: Path, count: int) -> list[object]:
    with make_store(root) as library:
        while library.row_count < count:
            fill(library, min(500, count - library.row_count))
        return state(library)


def test_reading_goes_on_while_another_process_writes(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    child = start_child(root, 40)
    reader = CodeStore.open(root)
    seen = 0
    while seen < 120:
        reader.refresh()
        count = reader.row_count
        assert count >= seen
        rows = np.arange(seen, count)
        assert [r.size_bytes for r in reader.records(rows)] == [1000 + n for n in rows]
        reader.soft(np.arange(count))
        seen = count

    with pytest.raises(LibraryBusyError, match=f"process {child.pid} on"):
        CodeStore.open(root, writable=True)
    end_child(child)

    assert state(reader) == expected_rows(tmp_path / "expected.medhash", 120)
    CodeStore.open(root, writable=True).close()


@pytest.mark.slow
def test_killed_writers_lose_nothing_they_acknowledged(tmp_path):
    expected = expected_rows(tmp_path / "expected.medhash", 6000)
    root = tmp_path / "a.medhash"
    make_store(root).close()
    rng = np.random.default_rng(0)
    acknowledged = 0
    for _ in range(12):
        child = start_child(root, 2000)
        assert child.stdout is not None
        for _ in range(int(rng.integers(1, 60))):
            acknowledged = int(child.stdout.readline())
        acknowledged = max([acknowledged, *end_child(child)])

        with CodeStore.open(root) as library:
            assert library.row_count >= acknowledged
            assert state(library) == expected[: library.row_count]
