"""What is written is all there or not there, and nothing is written over by mistake."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from medhash_gui import exporting
from medhash_gui.errors import ExportError
from medhash_gui.exporting import Origin

ORIGIN = Origin(model_id="m1", library="l1")


def carry_out(folder: Path, contents, **more):
    return exporting.carry_out(
        "pictures", folder, contents, pictures=["3f2a"], origin=ORIGIN, **more
    )


def test_files_are_written_and_reported(tmp_path) -> None:
    done = carry_out(tmp_path / "new" / "folder", {"a.png": b"one", "b.json": b"two"})

    assert [file.read_bytes() for file in done.files] == [b"one", b"two"]
    assert sorted(p.name for p in (tmp_path / "new/folder").iterdir()) == [
        "a.png",
        "b.json",
    ]
    assert (done.kind, done.pictures, done.origin) == ("pictures", ("3f2a",), ORIGIN)


def test_the_digest_is_of_names_and_contents(tmp_path) -> None:
    first = carry_out(tmp_path / "1", {"a": b"x", "b": b"y"}).digest

    assert carry_out(tmp_path / "2", {"a": b"x", "b": b"y"}).digest == first
    assert carry_out(tmp_path / "3", {"a": b"y", "b": b"x"}).digest != first
    assert carry_out(tmp_path / "4", {"c": b"x", "b": b"y"}).digest != first


def test_what_is_there_stays_unless_asked(tmp_path) -> None:
    (tmp_path / "b.json").write_bytes(b"mine")

    with pytest.raises(ExportError, match=r"b\.json is there already") as failure:
        carry_out(tmp_path, {"a.png": b"one", "b.json": b"two"})

    assert failure.value.hint
    assert [p.name for p in tmp_path.iterdir()] == ["b.json"]
    assert (tmp_path / "b.json").read_bytes() == b"mine"

    carry_out(tmp_path, {"a.png": b"one", "b.json": b"two"}, replace=True)
    assert (tmp_path / "b.json").read_bytes() == b"two"


def test_a_file_for_a_folder_and_a_folder_for_a_file_are_told(tmp_path) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "a.png").mkdir()

    with pytest.raises(ExportError, match="is a file, not a folder"):
        carry_out(tmp_path / "file", {"a": b""})
    with pytest.raises(ExportError, match="is a folder"):
        carry_out(tmp_path, {"a.png": b""}, replace=True)


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch) -> None:
    written = []

    def full(part: Path, data: bytes) -> None:
        part.write_bytes(data[:1])
        written.append(part)
        if len(written) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(exporting, "_write", full)

    with pytest.raises(ExportError, match="No space left"):
        carry_out(tmp_path, {"a": b"one", "b": b"two", "c": b"three"})

    assert list(tmp_path.iterdir()) == []


def test_a_name_that_cannot_be_taken_leaves_none_of_the_files(
    tmp_path, monkeypatch
) -> None:
    rename = Path.replace

    def refuse_the_second(part: Path, place: Path) -> Path:
        if place.name == "b":
            raise OSError(errno.EACCES, "Permission denied")
        return rename(part, place)

    monkeypatch.setattr(Path, "replace", refuse_the_second)

    with pytest.raises(ExportError, match="Permission denied"):
        carry_out(tmp_path / "out", {"a": b"one", "b": b"two"})

    assert list((tmp_path / "out").iterdir()) == []
