"""Whatever looks after a library may die at any moment: every row is there, once."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from crash_disk import CrashDisk, contents, restore
from small_library import fill, make_store, state
from upkeep_runs import check_sound

from medhash_gui import store_merge
from medhash_gui.errors import LibraryError
from medhash_gui.library import durable, sealing
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_check import repairing_of
from medhash_gui.store_merge import merging
from medhash_gui.store_purge import compacting, purging
from medhash_gui.store_relink import relinking

Act = Callable[[CodeStore], Iterator[Any]]


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 4)
    monkeypatch.setattr(store_merge, "_BATCH", 3)


def end(run: Iterator[Any]) -> None:
    for _ in run:
        pass


def gone(library: CodeStore) -> np.ndarray:
    chosen = np.zeros(library.row_count, np.bool_)
    chosen[[1, 6]] = True
    return chosen


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    """Files of a library of two segments and a journal, with a source to be merged."""
    (tmp_path / "moved").mkdir()
    root = tmp_path / "start.medhash"
    with make_store(root) as library:
        fill(library, 4)
        library.seal()
        fill(library, 3)
        library.change([RowChange(2, hidden=True), RowChange(0, path="moved.png")])
        with CodeStore.create(
            tmp_path / "source.medhash",
            indexed_root=tmp_path / "images",
            model_id="m1",
            model_name="fake",
            bits=12,
            key_of=root,
        ) as source:
            fill(source, 24)
    return contents(root)


def acts(tmp_path: Path) -> dict[str, Act]:
    def merge(library: CodeStore) -> Iterator[Any]:
        with CodeStore.open(tmp_path / "source.medhash") as source:
            yield from merging(library, source)

    return {
        "compact": compacting,
        "purge": lambda library: purging(library, gone(library)),
        "relink": lambda library: relinking(library, tmp_path / "moved", force=True),
        "merge": merge,
    }


def rows_of(root: Path) -> tuple[str, list[object]]:
    with CodeStore.open(root) as library:
        return str(library.indexed_root), state(library)


@pytest.mark.parametrize(
    "is_tearing", [False, pytest.param(True, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("name", ["compact", "purge", "relink", "merge"])
def test_a_kill_or_a_power_cut_at_any_call_leaves_what_was_or_what_will_be(
    tmp_path, monkeypatch, files, name, is_tearing
):
    act = acts(tmp_path)[name]
    root = restore(tmp_path / "live.medhash", files)
    before = rows_of(root)
    disk = CrashDisk(root, monkeypatch)
    disk.settle()
    disk.is_tearing = is_tearing
    with CodeStore.open(root, writable=True) as library:
        end(act(library))
    disk.is_recording = False
    after = rows_of(root)
    assert (before == after) == (name == "compact")
    assert len(disk.moments) > 4

    tried = set()
    for number, moment in enumerate(disk.moments):
        for left in (moment.after_kill, moment.after_power_cut):
            held = frozenset(left.items())
            if held in tried:
                continue
            tried.add(held)
            place = restore(tmp_path / f"{number}.medhash", left)
            found = rows_of(place)
            if name == "merge":  # commit by commit
                found = found[0], [*found[1], *after[1][len(found[1]) :]]
                assert found == after, (number, moment.call)
            assert found in (before, after), (number, moment.call)
            with CodeStore.open(place, writable=True) as library:
                end(act(library))
            assert rows_of(place) == after, (number, moment.call)
            check_sound(place)
            shutil.rmtree(place)
    # A merge of few rows is one frame of the journal: before, torn, after.
    assert len(tried) >= (3 if name == "merge" else 4)


ERRORS = [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO]


@pytest.mark.parametrize("name", ["compact", "purge", "relink", "merge"])
def test_a_disk_that_refuses_at_any_call_is_told_and_loses_nothing(
    tmp_path, monkeypatch, files, name
):
    """Full, read-only, permission lost half-way, unplugged half-way."""
    act = acts(tmp_path)[name]
    root = restore(tmp_path / "whole.medhash", files)
    before = rows_of(root)
    with CodeStore.open(root, writable=True) as library:
        end(act(library))
    after = rows_of(root)

    disk = CrashDisk(tmp_path, monkeypatch)
    disk.is_recording = disk.is_tearing = False
    disk.fails_on = True
    refused, fail_at, reached = 0, 0, True
    while reached:
        fail_at += 1
        root = restore(tmp_path / f"{fail_at}.medhash", files)
        library = CodeStore.open(root, writable=True)
        disk.calls, disk.fail_at = 0, fail_at
        disk.error = ERRORS[fail_at % len(ERRORS)]
        try:
            end(act(library))
        except LibraryError:
            refused += 1
        library.close()
        reached = disk.calls >= fail_at
        disk.fail_at = None
        found = rows_of(root)
        if name == "merge":
            found = found[0], [*found[1], *after[1][len(found[1]) :]]
        assert found in (before, after)
        with CodeStore.open(root, writable=True) as library:
            end(act(library))
        assert rows_of(root) == after
        shutil.rmtree(root)
    assert refused > 2


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte; making one needs rights that few tests have."""
    place = tmp_path / "small disk"
    place.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    try:
        made = subprocess.run(words, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if made.returncode:
        pytest.skip("a small file system cannot be mounted here without rights")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def fill_up(library: CodeStore) -> None:
    while True:
        fill(library, 40)


def test_on_a_disk_that_is_really_full_nothing_is_lost(small_disk):
    root = small_disk / "a.medhash"
    library = make_store(root)
    with pytest.raises(LibraryError, match="The disk is full"):
        fill_up(library)
    before = state(library)
    assert len(before) > 400

    for run in (compacting(library), purging(library, gone(library))):
        with pytest.raises(LibraryError, match="The disk is full"):
            end(run)
        assert state(library) == before
    library.close()

    assert rows_of(root)[1] == before
    check_sound(root)


def test_a_clock_that_was_set_back_changes_nothing(tmp_path, files):
    """No decision hangs on the time of a library's file."""
    root = restore(tmp_path / "a.medhash", files)
    before = rows_of(root)
    reader = CodeStore.open(root)
    for path in root.iterdir():
        os.utime(path, (0, 0))
    with CodeStore.open(root, writable=True) as library:
        end(compacting(library))
        fill(library, 1)
        library.seal()
    for path in root.iterdir():
        os.utime(path, (4e9, 4e9))

    assert reader.refresh()
    assert rows_of(root)[1][:-1] == before[1]
    assert state(reader)[:-1] == before[1]
    check_sound(root)


def test_a_library_that_is_not_there_any_more_is_not_made_anew(tmp_path, files):
    root = restore(tmp_path / "a.medhash", files)
    library = CodeStore.open(root, writable=True)
    root.rename(tmp_path / "unplugged")

    for act in (compacting, lambda opened: purging(opened, gone(opened))):
        with pytest.raises((LibraryError, OSError)):
            end(act(library))
    library.close()

    assert not root.exists() or not (root / "library.json").exists()
    shutil.rmtree(root, ignore_errors=True)
    with pytest.raises(LibraryError, match="There is no library"):
        end(repairing_of(root))
    check_sound(tmp_path / "unplugged")
