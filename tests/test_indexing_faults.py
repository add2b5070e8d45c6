"""Indexing dies, or the disk, the folder and the clock fail it: nothing is lost."""

from __future__ import annotations

import errno
import os
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
from crash_disk import CrashDisk, restore
from indexing_runs import FakeEncoder, PoolHere, draw, index, new_store, visible_paths
from upkeep_runs import check_sound

from medhash_gui import indexing
from medhash_gui.errors import LibraryError
from medhash_gui.indexing import index_folder
from medhash_gui.library import durable, sealing, writing
from medhash_gui.store import CodeStore


@pytest.fixture(autouse=True)
def quick_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode here, seal often, and spare the tests the wait for the disk."""
    monkeypatch.setattr(indexing, "DecodePool", PoolHere)
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)
    monkeypatch.setattr(writing, "_SEAL_ROWS", 4)
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 4)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    folder = tmp_path / "study"
    for n in range(5):
        draw(folder / f"ward {n % 2}" / f"{n}.png", n)
    shutil.copy(folder / "ward 0" / "0.png", folder / "copy.png")
    return folder


def pictures(root: Path) -> dict[str, str]:
    """Return the codes of the visible pictures, by path; none is there twice."""
    with CodeStore.open(root) as library:
        codes = library.codes(range(library.row_count))
        rows = np.flatnonzero(library.visible).tolist()
        found = {library.path(row): codes.hex(row) for row in rows}
        assert len(found) == len(rows), "a picture is in the library twice"
        return found


def whole(tmp_path: Path, study: Path) -> dict[str, str]:
    with new_store(tmp_path / "whole.medhash", study) as library:
        index(library, study, FakeEncoder(), batch=2)
    return pictures(tmp_path / "whole.medhash")


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "is_tearing", [False, pytest.param(True, marks=pytest.mark.slow)]
)
def test_every_write_of_a_run_may_be_the_last_and_the_next_run_completes_it(
    tmp_path, study, monkeypatch, is_tearing
):
    expected = whole(tmp_path, study)
    root = tmp_path / "live.medhash"
    new_store(root, study).close()
    disk = CrashDisk(root, monkeypatch)
    disk.settle()
    disk.is_tearing = is_tearing
    with CodeStore.open(root, writable=True) as library:
        for _ in index_folder(library, study, FakeEncoder(), batch=2):
            disk.acknowledged = library.row_count
    disk.is_recording = False
    assert pictures(root) == expected
    assert len(disk.moments) > 10

    tried = set()
    for number, moment in enumerate(disk.moments):
        for left in (moment.after_kill, moment.after_power_cut):
            held = frozenset(left.items())
            if held in tried:
                continue
            tried.add(held)
            place = restore(tmp_path / f"{number}.medhash", left)
            found = pictures(place)
            assert found.items() <= expected.items(), (number, moment.call)
            assert len(found) >= moment.acknowledged, (number, moment.call)
            with CodeStore.open(place, writable=True) as library:
                index(library, study, FakeEncoder(), batch=2)
            assert pictures(place) == expected, (number, moment.call)
            check_sound(place)
            shutil.rmtree(place)
    assert len(tried) > 10


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EIO])
def test_a_disk_that_refuses_half_way_is_told_and_the_next_run_completes_it(
    tmp_path, study, monkeypatch, error
):
    """Full, read-only, permission lost, unplugged."""
    expected = whole(tmp_path, study)
    disk = CrashDisk(tmp_path, monkeypatch)
    disk.is_recording = disk.is_tearing = False
    disk.fails_on, disk.error = True, error
    told = 0
    for fail_at in range(1, 30, 4):
        root = tmp_path / f"{fail_at}.medhash"
        disk.fail_at = None
        new_store(root, study).close()
        library = CodeStore.open(root, writable=True)
        disk.calls, disk.fail_at = 0, fail_at
        try:
            index(library, study, FakeEncoder(), batch=2)
        except LibraryError:
            told += 1
        committed = library.row_count
        library.close()
        disk.fail_at = None
        found = pictures(root)
        assert found.items() <= expected.items()
        # What was refused may be on the disk all the same: it could not be taken back.
        assert len(found) >= committed
        with CodeStore.open(root, writable=True) as library:
            index(library, study, FakeEncoder(), batch=2)
        assert pictures(root) == expected
        check_sound(root)
    assert told > 3


def test_a_folder_that_goes_away_half_way_is_told_and_hides_nothing(tmp_path, study):
    expected = whole(tmp_path, study)
    root = tmp_path / "whole.medhash"
    for n in range(5, 10):
        draw(study / "new" / f"{n}.png", n)
    with CodeStore.open(root, writable=True) as library:
        run = index_folder(library, study, FakeEncoder(), batch=2)
        next(run)
        study.rename(tmp_path / "unmounted")
        study.mkdir()
        with pytest.raises(LibraryError, match=r"went away"):
            for _ in run:
                pass
    assert pictures(root).items() >= expected.items()

    study.rmdir()
    (tmp_path / "unmounted").rename(study)
    with CodeStore.open(root, writable=True) as library:
        index(library, study, FakeEncoder())
        assert len(visible_paths(library)) == 11
    check_sound(root)


def test_a_clock_that_was_set_back_costs_no_code_and_hides_no_picture(
    tmp_path, study, monkeypatch
):
    """Files of the future, then a computer and a folder in the past."""
    for path in study.rglob("*.png"):
        os.utime(path, (4e9, 4e9))
    expected = whole(tmp_path, study)
    root = tmp_path / "whole.medhash"

    monkeypatch.setattr(time, "time", lambda: 86_400.0)
    monkeypatch.setattr(time, "time_ns", lambda: 86_400 * 10**9)
    for path in study.rglob("*.png"):
        os.utime(path, (3600, 3600))
    draw(study / "new.png", 99)
    os.utime(study / "new.png", (1, 1))
    encoder = FakeEncoder()
    with CodeStore.open(root, writable=True) as library:
        report = index(library, study, encoder)

    assert (report.added, report.unchanged, report.hidden) == (1, 6, 0)
    assert encoder.encoded == 1
    assert pictures(root).items() > expected.items()
    check_sound(root)
