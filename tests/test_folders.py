"""Files wherever they lie: names of other systems, loops, locks, and what changes."""

from __future__ import annotations

import os
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medhash_gui import folders, images
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.errors import DatasetError, UnreadableImageError

POSIX_NAMES = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows allows no such names"
)


def paths(root: Path) -> list[str]:
    return [found.path for found in folders.scan(root)]


def write(path: Path, content: bytes = b"1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


# -- names -------------------------------------------------------------------------


@POSIX_NAMES
@pytest.mark.parametrize(
    "name",
    [
        "C:\\Studies\\a.png", "a\\b.png", "CON", "nul.png", "aux.dcm", "COM1.tif",
        "trailing dot.", "trailing space ", "what?.png", "a:b.png", "a|b<c>.png",
        'a"b*.png', "tab\there.png", "line\nbreak.png", "-rf.png", "~", "%41.png",
    ],
)  # fmt: skip
def test_name_that_windows_would_refuse_is_a_name_like_another(tmp_path, name):
    write(tmp_path / "study" / name, b"content")

    (found,) = folders.scan(tmp_path)

    assert found.path == f"study/{name}"
    assert folders.read_bytes(tmp_path / found.path) == b"content"


def test_longest_names_are_found_and_read(tmp_path):
    deep = tmp_path.joinpath(*["f" * 100] * 6)
    name = "病" * 80 + ".png"  # 244 bytes, of 255 that a name may have
    write(deep / name, b"content")

    (found,) = folders.scan(tmp_path)

    assert found.path.endswith(name)
    assert len(found.path) > 600
    assert folders.read_bytes(tmp_path / found.path) == b"content"


@pytest.mark.skipif(sys.platform == "darwin", reason="there the two are one name")
def test_two_ways_to_write_an_accent_are_two_files(tmp_path):
    composed = unicodedata.normalize("NFC", "Thoráx é.png")
    decomposed = unicodedata.normalize("NFD", composed)
    assert composed != decomposed
    write(tmp_path / composed, b"one")
    write(tmp_path / decomposed, b"two")

    assert sorted(paths(tmp_path)) == sorted([composed, decomposed])
    assert folders.read_bytes(tmp_path / composed) == b"one"
    assert folders.read_bytes(tmp_path / decomposed) == b"two"


def test_pictures_of_odd_names_pass_through_the_processes(tmp_path):
    names = [
        unicodedata.normalize("NFD", "é.png"), "病例 😀.png", "a'b;c & d.png", " x.png"
    ]  # fmt: skip
    if sys.platform != "win32":
        names += ["a\\b.png", "line\nbreak.png", "CON.png"]
    for grey, name in enumerate(names):
        Image.new("L", (4, 4), grey).save(tmp_path / name, "PNG")
    tasks = [DecodeTask(file) for file in folders.scan(tmp_path)]

    with DecodePool(tmp_path, _Mean(), workers=1) as pool:
        found = {one.file.path: one for one in pool.map(tasks) if one is not None}

    assert {one.failure for one in found.values()} == {None}
    for grey, name in enumerate(names):
        assert found[name].inputs.max() * 255 == pytest.approx(grey, abs=0.01)


class _Mean:
    def __call__(self, pixels):
        return np.full((3, 1, 1), pixels.mean(), np.float32)


# -- folders -----------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_links_that_lead_to_each_other_end(tmp_path):
    study = tmp_path / "study"
    write(study / "a" / "1.png")
    write(study / "b" / "2.png")
    (study / "a" / "to-b").symlink_to(study / "b")
    (study / "b" / "to-a").symlink_to(study / "a")
    (study / "itself").symlink_to(study / "itself")
    (study / "self-folder").symlink_to(study, target_is_directory=True)
    unreadable: list[str] = []

    found = [file.path for file in folders.scan(study, unreadable=unreadable)]

    assert sorted(path.rpartition("/")[2] for path in found) == ["1.png", "2.png"]
    assert unreadable == []


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_file_behind_two_links_is_found_under_each_name(tmp_path):
    study = tmp_path / "study"
    original = write(study / "1.png")
    (study / "2.png").symlink_to(original)

    assert paths(study) == ["1.png", "2.png"]


def test_folder_that_may_not_be_listed_is_named(tmp_path, monkeypatch):
    write(tmp_path / "open" / "1.png")
    write(tmp_path / "locked" / "2.png")
    real = os.scandir

    def scandir(folder):
        if Path(folder).name == "locked":
            raise PermissionError(13, "Permission denied")
        return real(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    unreadable: list[str] = []

    assert [file.path for file in folders.scan(tmp_path, unreadable=unreadable)] == [
        "open/1.png"
    ]
    assert unreadable == ["locked"]
    with pytest.raises(DatasetError, match="locked cannot be listed"):
        list(folders.scan(tmp_path))


def test_file_that_may_not_be_looked_at_is_named(tmp_path, monkeypatch):
    write(tmp_path / "1.png")
    write(tmp_path / "locked.png")
    write(tmp_path / "gone.png")
    real = os.scandir

    class Entry:
        def __init__(self, inner):
            self.name, self._inner = inner.name, inner

        def stat(self):
            if self.name == "locked.png":
                raise PermissionError(13, "Permission denied")
            if self.name == "gone.png":
                raise FileNotFoundError(2, "No such file")
            return self._inner.stat()

    monkeypatch.setattr(os, "scandir", lambda at: [Entry(one) for one in real(at)])
    unreadable: list[str] = []

    found = [file.path for file in folders.scan(tmp_path, unreadable=unreadable)]

    assert found == ["1.png"]
    assert unreadable == ["locked.png"]


# -- files that change -------------------------------------------------------------


class Restless(type(Path())):
    """A path whose file another program changes while it is read."""

    times = 0

    def read_bytes(self) -> bytes:
        data = super().read_bytes()
        if Restless.times > 0:
            Restless.times -= 1
            content = data + b"more"
            Path(self).write_bytes(content)
            status = Path(self).stat()
            os.utime(self, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000))
        return data


def test_file_that_changes_once_is_read_again(tmp_path):
    path = write(tmp_path / "a.png", b"first")
    Restless.times = 1

    assert folders.read_bytes(Restless(path)) == b"firstmore"


def test_file_that_keeps_changing_is_left_to_the_next_run(tmp_path):
    path = write(tmp_path / "a.png", b"first")
    Restless.times = 5

    with pytest.raises(UnreadableImageError, match=r"a\.png changed while it") as found:
        folders.read_bytes(Restless(path))

    assert found.value.state == "damaged"
    assert "next run" in found.value.message


def test_file_of_the_same_size_that_was_written_anew_is_read_again(tmp_path):
    path = write(tmp_path / "a.png", b"first")
    before = path.stat()

    class Replaced(type(path)):
        done = False

        def read_bytes(self):
            data = super().read_bytes()
            if not Replaced.done:
                Replaced.done = True
                Path(self).write_bytes(b"other")
                os.utime(self, ns=(before.st_atime_ns, before.st_mtime_ns + 10**9))
            return data

    assert folders.read_bytes(Replaced(path)) == b"other"


def test_file_that_vanishes_while_it_is_read_is_not_there(tmp_path):
    path = write(tmp_path / "a.png", b"first")

    class Vanishing(type(path)):
        def read_bytes(self):
            data = super().read_bytes()
            self.unlink()
            return data

    with pytest.raises(UnreadableImageError, match=r"a\.png is not there"):
        folders.read_bytes(Vanishing(path))


def test_file_that_vanishes_between_the_scan_and_its_turn_is_an_answer(tmp_path):
    Image.new("L", (4, 4), 9).save(tmp_path / "kept.png")
    Image.new("L", (4, 4), 9).save(tmp_path / "gone.png")
    tasks = [DecodeTask(file) for file in images.scan(tmp_path)]
    (tmp_path / "gone.png").unlink()

    with DecodePool(tmp_path, _Mean(), workers=1) as pool:
        found = {one.file.path: one for one in pool.map(tasks) if one is not None}

    assert found["kept.png"].failure is None
    assert found["gone.png"].failure[0] == "damaged"
    assert "gone.png is not there" in found["gone.png"].failure[1]


def test_a_link_that_leads_nowhere_is_named(tmp_path) -> None:
    (tmp_path / "a.png").write_bytes(b"x")
    try:
        (tmp_path / "gone.dcm").symlink_to(tmp_path / "not here")
    except OSError:
        pytest.skip("no links can be made here")
    unreadable: list[str] = []

    found = [file.path for file in folders.scan(tmp_path, unreadable=unreadable)]

    assert (found, unreadable) == (["a.png"], ["gone.dcm"])
