"""Paths of a merged library lead to its pictures, wherever they lie."""

from __future__ import annotations

import ntpath
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from crash_disk import contents
from small_library import BITS, fill, make_codes, make_records

from medhash_gui import store_merge
from medhash_gui.errors import LibraryError
from medhash_gui.library import durable
from medhash_gui.store import CodeStore
from medhash_gui.store_merge import merge


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def make(
    root: Path, *, key_of: Path | None = None, images: Path | None = None
) -> CodeStore:
    return CodeStore.create(
        root,
        indexed_root=images or root.parent / f"{root.stem} images",
        model_id="m1",
        model_name="fake",
        bits=BITS,
        key_of=key_of,
    )


def test_folders_on_two_drives_are_refused_before_anything_is_written(
    tmp_path, monkeypatch
):
    root = tmp_path / "b.medhash"
    with make(root) as source:
        fill(source, 3)
    # As on Windows; what is asked of it is real, the folders are not.
    monkeypatch.setattr(
        store_merge.os.path, "relpath", lambda end, start: ntpath.relpath("D:/x", "C:/")
    )
    with CodeStore.open(root) as source, make(tmp_path / "a.medhash") as target:
        before = contents(target.root)
        with pytest.raises(LibraryError, match="on another drive") as caught:
            merge(target, source, unlinked=True)

        assert "same drive" in caught.value.hint
        assert contents(target.root) == before


@pytest.mark.parametrize(
    ("target_folder", "source_folder", "expected"),
    [
        ("x", "x", "f.png"),
        ("x", "x/y z", "y z/f.png"),
        ("x/y", "x", "../f.png"),
        ("x/y", "x/z", "../z/f.png"),
        ("x", "胸片/z", "../胸片/z/f.png"),
    ],
)
def test_paths_lead_from_the_target_s_folder_to_the_file(
    tmp_path, target_folder, source_folder, expected
):
    end = tmp_path / source_folder
    end.mkdir(parents=True)
    (tmp_path / target_folder).mkdir(parents=True, exist_ok=True)
    (end / "f.png").write_bytes(b"picture")
    with (
        make(tmp_path / "a.medhash", images=tmp_path / target_folder) as target,
        make(tmp_path / "b.medhash", images=end, key_of=target.root) as source,
    ):
        source.append([replace(make_records(1)[0], path="f.png")], make_codes(1))

        merge(target, source)

        path = target.path(0)
        assert path == expected
        assert (target.indexed_root / path).read_bytes() == b"picture"


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
@pytest.mark.parametrize("linked", ["target", "source", "inside"])
def test_paths_lead_to_the_file_behind_links(tmp_path, linked):
    (tmp_path / "far" / "away" / "x").mkdir(parents=True)
    (tmp_path / "near" / "y").mkdir(parents=True)
    (tmp_path / "link").symlink_to(
        tmp_path / "far" / "away" / "x", target_is_directory=True
    )
    (tmp_path / "near" / "in").symlink_to(
        tmp_path / "far" / "away" / "x", target_is_directory=True
    )
    start, end = {
        "target": (tmp_path / "link", tmp_path / "near" / "y"),
        "source": (tmp_path / "near" / "y", tmp_path / "link"),
        "inside": (tmp_path / "near", tmp_path / "near" / "in"),
    }[linked]
    (end / "f.png").write_bytes(b"picture")
    (tmp_path / "far" / "away" / "beside.png").write_bytes(b"other")
    with (
        make(tmp_path / "a.medhash", images=start) as target,
        make(tmp_path / "b.medhash", images=end, key_of=target.root) as source,
    ):
        records = make_records(2)
        paths = ["f.png"] if linked == "target" else ["f.png", "../beside.png"]
        source.append(
            [replace(r, path=p) for r, p in zip(records, paths, strict=False)],
            make_codes(len(paths)),
        )

        merge(target, source)

        found = [(start / target.path(n)).read_bytes() for n in range(len(paths))]
        assert found == [b"picture", b"other"][: len(paths)]


def test_paths_of_a_merged_library_are_rewritten_once_more(tmp_path):
    for name in ("a images", "b images", "c images"):
        (tmp_path / name).mkdir()
    root = tmp_path / "c.medhash"
    with make(root) as third:
        fill(third, 3)
    with make(tmp_path / "b.medhash", key_of=root) as second:
        merge(second, third)
        with make(tmp_path / "a.medhash", key_of=root) as first:
            merge(first, second)
            assert first.path(1) == f"../c images/{third.path(1)}"
            # The same pictures on the direct way are the same.
            assert merge(first, third).added == 0
