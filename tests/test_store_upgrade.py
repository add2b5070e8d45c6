"""A library of an old format is read as it is, and becomes a new one when written to.

``choose`` and the change of format replace the manifest; a kill leaves the old one or
the new one.
"""

from __future__ import annotations

import json
import shutil
import struct
from pathlib import Path

import library_v1
import pytest
from crash_disk import CrashDisk, contents, restore
from small_library import fill, make_store, state

from medhash_gui.codes import HashCodes
from medhash_gui.errors import LibraryError
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def document(root: Path) -> dict[str, object]:
    known: dict[str, object] = json.loads((root / "library.json").read_bytes())
    return known


def write(library: CodeStore) -> None:
    record = ImageRecord(
        "new.dcm", 0, 1, 1, bytes(16), None, (), "C-1", (("modality", "CR"),)
    )
    codes = HashCodes.from_logits(library_v1.logits()[:1])
    library.append([record], codes)


def test_a_library_of_format_1_stays_one_until_it_is_written_to(tmp_path):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "a.medhash")
    before = contents(root)

    CodeStore.open(root, writable=True).close()
    assert contents(root) == before
    with CodeStore.open(root, writable=True) as library:
        library.change([RowChange(0, case_key="C-1", details=(("sex", "M"),))])
        write(library)
        assert library.format_version == 3

    assert document(root)["format_version"] == 3
    assert document(root)["pseudonym_digits"] == 12
    with CodeStore.open(root) as library:
        assert library.record(0).case_key == "C-1"
        assert library.record(0).details == (("sex", "M"),)
        assert library.record(library_v1.ROWS).details == (("modality", "CR"),)
        assert library.records(range(1, 9)) == library_v1.changed()[1:]


def test_patients_of_format_1_keep_their_keys(tmp_path):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "a.medhash")
    with CodeStore.open(root, writable=True) as library:
        write(library)
        identity = Identity(patient="patient 1", birth_date="19700101")

        keys = library.patient_keys(identity)

        assert keys[-1] == library_v1.record(3).patient_key
        assert [len(key) for key in keys] == [14, 14]
        assert library.patient_rows(keys[-1]).tolist() == [2, 3]


@pytest.mark.parametrize("accident", ["kill", "power cut"])
@pytest.mark.parametrize("first", ["append", "change", "choose", "seal"])
def test_a_kill_leaves_format_1_as_it_was_or_a_whole_format_3(
    tmp_path, monkeypatch, accident, first
):
    live = shutil.copytree(library_v1.ROOT, tmp_path / "live.medhash")
    with CodeStore.open(live) as library:
        states = [state(library)]
    disk = CrashDisk(live, monkeypatch)
    # What lies there has been synced long ago.
    for path in live.iterdir():
        with path.open("rb") as file:
            disk._sync(file.fileno())
    folder = durable.os.open(live, durable.os.O_RDONLY)
    disk._sync(folder)
    durable.os.close(folder)
    old = contents(live)
    with CodeStore.open(live, writable=True) as library:
        steps = {
            "append": lambda: write(library),
            "change": lambda: library.change([RowChange(1, case_key="C-7")]),
            "choose": lambda: library.choose({"frames": "all"}),
            "seal": library.seal,
        }
        for step in [first, "append", "change"]:
            steps[step]()
            states.append(state(library))
            disk.acknowledged = len(states) - 1
    disk.is_recording = False
    assert {m.call for m in disk.moments} >= {"write", "fsync", "replace"}

    versions = set()
    for number, moment in enumerate(disk.moments):
        files = moment.after_kill if accident == "kill" else moment.after_power_cut
        root = restore(tmp_path / f"{number}.medhash", files)
        version = document(root)["format_version"]
        versions.add(version)
        if version == 1:
            # Nothing that the program before this one could not read.
            name = str(document(root)["journal"])
            assert files[name] == old[name]
        done = moment.acknowledged
        with CodeStore.open(root, writable=True) as library:
            assert state(library) in states[done : done + 2], (number, moment.call)
            write(library)
        shutil.rmtree(root)
    assert versions == {1, 3}


@pytest.mark.parametrize("accident", ["kill", "power cut"])
def test_a_kill_leaves_the_old_choices_or_the_new_ones(tmp_path, monkeypatch, accident):
    disk = CrashDisk(tmp_path / "live.medhash", monkeypatch)
    chosen: list[dict[str, object]] = [{}]
    with make_store(tmp_path / "live.medhash") as library:
        fill(library, 3)
        disk.moments.clear()
        for number in range(3):
            library.choose({"number": number})
            chosen.append({"number": number})
            disk.acknowledged = len(chosen) - 1
        before = state(library)
    disk.is_recording = False

    seen = []
    for number, moment in enumerate(disk.moments):
        files = moment.after_kill if accident == "kill" else moment.after_power_cut
        root = restore(tmp_path / f"{number}.medhash", files)
        done = moment.acknowledged
        with CodeStore.open(root) as library:
            assert library.choices in chosen[done : done + 2]
            assert state(library) == before
            seen.append(library.choices)
    assert {"number": 1} in seen


@pytest.mark.parametrize("fails_on", [False, True], ids=["once", "from then on"])
def test_a_full_disk_leaves_choices_and_format_readable(
    tmp_path, monkeypatch, fails_on
):
    disk = CrashDisk(tmp_path, monkeypatch)
    disk.is_recording = False
    reached, refused, fail_at = True, 0, 0
    while reached:
        fail_at += 1
        root = shutil.copytree(library_v1.ROOT, tmp_path / f"{fail_at}.medhash")
        with CodeStore.open(root, writable=True) as library:
            before = state(library)
            disk.calls, disk.fail_at, disk.fails_on = 0, fail_at, fails_on
            try:
                library.choose({"frames": "all"})
                library.change([RowChange(0, case_key="C-1")])
            except LibraryError as error:
                refused += 1
                assert "full" in error.message  # noqa: PT017
                assert state(library) == before
            reached = disk.calls >= fail_at
            disk.fail_at = None
        with CodeStore.open(root, writable=True) as library:
            assert state(library)[1:] == before[1:]
            library.choose({"frames": "every 5"})
            write(library)
    assert refused > 3


def test_a_frame_with_cases_behind_those_of_format_1_is_read(tmp_path):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "a.medhash")
    name = str(document(root)["journal"])
    before = (root / name).read_bytes()

    with CodeStore.open(root, writable=True) as library:
        write(library)

    after = (root / name).read_bytes()
    assert after[: len(before)] == before
    (length,) = struct.unpack_from("<I", after, len(before) + 20)
    head = json.loads(after[len(before) + 24 :][:length])
    assert head["case_keys"] == ["C-1"]
    assert head["detail_texts"] == ['{"modality":"CR"}']
    with CodeStore.open(root) as library:
        assert library.row_count == library_v1.ROWS + 1
