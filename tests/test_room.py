"""What a computer has no room for is refused before it is begun."""

from __future__ import annotations

import shutil

import pytest

from medhash_gui import room
from medhash_gui.errors import SettingsError


def test_a_run_that_fits_is_let_through(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LEAST_DISK", 1)

    room.check(tmp_path / "not" / "there", memory=1)


def test_too_little_memory_is_said_with_both_numbers(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "LEAST_DISK", 1)
    monkeypatch.setattr(room, "free_memory", lambda: 2 * 2**30)

    with pytest.raises(SettingsError, match=r"3\.0 GB of memory, and 2\.0 GB") as no:
        room.check(tmp_path, memory=3 * 2**30)

    assert "Close other programs" in no.value.hint


def test_a_full_disk_is_named_with_what_is_free(tmp_path, monkeypatch):
    full = shutil._ntuple_diskusage(100 * 2**30, 100 * 2**30, 20 * 2**20)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)

    with pytest.raises(SettingsError, match="Only 20 MB are free") as no:
        room.check(tmp_path)

    assert str(tmp_path) in no.value.message


def test_free_memory_is_what_the_system_says(tmp_path, monkeypatch):
    file = tmp_path / "meminfo"
    file.write_text("MemTotal: 16 kB\nMemAvailable:    8 kB\n")
    monkeypatch.setattr(room, "_MEMORY", file)
    assert room.free_memory() == 8192

    file.unlink()
    assert room.free_memory() is None or room.free_memory() > 0
