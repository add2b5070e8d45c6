"""A library keeps what it has committed, through kills, power cuts, full disks."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
from pathlib import Path

import pytest
from crash_disk import CrashDisk, contents, restore
from small_library import (
    BITS,
    fill,
    make_codes,
    make_records,
    make_store,
    state,
)

from medhash_gui.errors import (
    LibraryError,
)
from medhash_gui.library import durable, writing
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


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
    library.change(
        [
            RowChange(2, case_key="C-new", details=(("sex", "F"), ("view", "PA"))),
            RowChange(5, case_key="", details=()),
        ]
    )
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
        kept = {named["journal"], "library.json", "library-copy.json"}
        kept |= {segment["file"] for segment in named["records"]}
        kept |= {segment["file"] for segment in named["codes"]["m1"]["segments"]}
        assert set(contents(root)) == kept
        shutil.rmtree(root)


# Full, read-only, permission lost, unplugged.
ERRORS = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO]


@pytest.mark.parametrize("fails_on", [False, True], ids=["once", "from then on"])
def test_a_disk_that_refuses_at_any_call_loses_nothing_and_leaves_a_readable_library(
    tmp_path, monkeypatch, fails_on
):
    monkeypatch.setattr(writing, "_SEAL_ROWS", 6)
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
        disk.error = ERRORS[fail_at % len(ERRORS)]
        refused: list[int] = []
        for rows in (2, 5, 1):
            before = library.row_count
            try:
                fill(library, rows)
            except LibraryError as error:
                refused.append(before + rows)
                said = error.message
                assert re.search(
                    "full|cannot be written|could not be written|failed before", said
                )
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
