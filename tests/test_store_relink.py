"""A library follows its pictures to another place, and to no wrong one."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from crash_disk import contents
from indexing_runs import FakeEncoder, draw, index, new_store
from small_library import fill, make_store, state

from medhash_gui.errors import LibraryError
from medhash_gui.library import durable
from medhash_gui.store import CodeStore
from medhash_gui.store_relink import RelinkReport, relinking


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


@pytest.fixture
def indexed(tmp_path: Path) -> Path:
    """Return a library of twelve pictures in the folder ``study`` beside it."""
    for n in range(12):
        draw(tmp_path / "study" / f"ward {n % 2}" / f"{n}.png", n)
    root = tmp_path / "a.medhash"
    with new_store(root, tmp_path / "study") as library:
        index(library, tmp_path / "study", FakeEncoder())
    return root


def relink(root: Path, folder: Path, **more: bool) -> RelinkReport:
    with CodeStore.open(root, writable=True) as library:
        run = relinking(library, folder, **more)
        while True:
            try:
                next(run)
            except StopIteration as end:
                report: RelinkReport = end.value
                return report


def test_a_moved_folder_is_one_relink_and_no_second_encoding(indexed, tmp_path):
    (tmp_path / "study").rename(tmp_path / "elsewhere")
    with CodeStore.open(indexed) as reader:
        before = state(reader)

        report = relink(indexed, tmp_path / "elsewhere")

        assert (report.sampled, report.found) == (12, 12)
        assert report.read == report.equal == 12
        assert report.before == str(tmp_path / "study")
        assert reader.refresh()
        assert reader.indexed_root == tmp_path / "elsewhere"
        assert state(reader) == before
    encoder = FakeEncoder()
    with CodeStore.open(indexed, writable=True) as library:
        done = index(library, tmp_path / "elsewhere", encoder)
    assert (done.unchanged, done.hidden, encoder.encoded) == (12, 0, 0)


def test_a_wrong_folder_is_refused_and_changes_nothing(indexed, tmp_path):
    shutil.copytree(tmp_path / "study", tmp_path / "other")
    for n in (1, 2):
        (tmp_path / "other" / f"ward {n % 2}" / f"{n}.png").unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    before = contents(indexed)

    for folder, said in (
        ("other", "Of 12 pictures looked up .* only 10 are there"),
        ("empty", "only 0 are there"),
        ("missing", "is not there"),
        ("file", "is a file"),
    ):
        with pytest.raises(LibraryError, match=said) as caught:
            relink(indexed, tmp_path / folder)
        assert "Nothing in a.medhash was changed" in caught.value.hint

    assert contents(indexed) == before
    with pytest.raises(LibraryError, match="is not there"):
        relink(indexed, tmp_path / "missing", force=True)
    assert relink(indexed, tmp_path / "empty", force=True).found == 0
    with CodeStore.open(indexed) as library:
        assert library.indexed_root == tmp_path / "empty"
        assert len(library) == 12


def test_a_folder_of_other_pictures_of_the_same_size_is_refused(indexed, tmp_path):
    shutil.copytree(tmp_path / "study", tmp_path / "other")
    for path in (tmp_path / "other").rglob("*.png"):
        path.write_bytes(path.read_bytes()[::-1])

    with pytest.raises(LibraryError, match="only 0 have the content"):
        relink(indexed, tmp_path / "other")


def test_a_few_files_that_changed_since_do_not_matter(tmp_path):
    for n in range(30):
        draw(tmp_path / "study" / f"{n}.png", n)
    with new_store(tmp_path / "a.medhash", tmp_path / "study") as library:
        index(library, tmp_path / "study", FakeEncoder())
    (tmp_path / "study").rename(tmp_path / "now")
    (tmp_path / "now" / "7.png").unlink()

    report = relink(tmp_path / "a.medhash", tmp_path / "now")

    assert (report.sampled, report.found) == (30, 29)
    assert report.missing == ("7.png",)


def test_a_drive_that_goes_away_during_the_check_changes_nothing(indexed, tmp_path):
    before = contents(indexed)
    with CodeStore.open(indexed, writable=True) as library:
        run = relinking(library, tmp_path / "study", force=True)
        next(run)
        (tmp_path / "study").rename(tmp_path / "unplugged")
        with pytest.raises(LibraryError, match="is not there"):
            for _ in run:
                pass
    assert contents(indexed) == before


def test_an_absent_folder_is_an_error_that_hides_nothing(indexed, tmp_path):
    (tmp_path / "study").rename(tmp_path / "unplugged")
    with CodeStore.open(indexed, writable=True) as library:
        with pytest.raises(LibraryError, match="is not there"):
            index(library, tmp_path / "study", FakeEncoder())
        (tmp_path / "study").mkdir()
        with pytest.raises(LibraryError, match="is empty"):
            index(library, tmp_path / "study", FakeEncoder())
    with CodeStore.open(indexed) as library:
        assert (len(library), library.hidden) == (12, 0)


def test_of_many_pictures_a_sample_is_looked_up(tmp_path):
    (tmp_path / "images").mkdir()
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 450)
        with pytest.raises(LibraryError, match="Of 200 pictures"):
            for _ in relinking(library, tmp_path / "images"):
                pass


def test_a_library_without_pictures_can_be_relinked(tmp_path):
    make_store(tmp_path / "a.medhash").close()
    (tmp_path / "now").mkdir()

    report = relink(tmp_path / "a.medhash", tmp_path / "x" / ".." / "now")

    assert report.sampled == 0
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.indexed_root == (tmp_path / "now").resolve()
