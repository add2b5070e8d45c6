"""Pictures are decoded once, kept small, and read again when a file has changed."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from command_runs import write_png

from medhash_gui.errors import MedHashError
from medhash_gui.library import durable
from medhash_gui.pretraining import pictures as pretraining_pictures
from medhash_gui.pretraining.pictures import Pictures

RED = np.zeros((8, 8, 3), np.float32) + np.array([0.0, 0.0, 1.0], np.float32)  # BGR


def gathered(root: Path, folder: Path, *, size: int = 8) -> tuple[Pictures, int]:
    """Return the pictures and how often the progress was told."""
    reading = pretraining_pictures.gather(root, folder, size=size)
    told = 0
    while True:
        try:
            next(reading)
            told += 1
        except StopIteration as end:
            return end.value, told


@pytest.fixture(scope="module")
def read_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of a grey and a red picture, and what was kept of them."""
    root = tmp_path_factory.mktemp("pictures")
    write_png(root / "in" / "b" / "grey.png", np.full((8, 8), 0.4, np.float32))
    write_png(root / "in" / "a" / "red.png", RED)
    (root / "kept").mkdir()
    gathered(root / "in", root / "kept")
    return root


def test_rows_are_in_the_order_of_names_and_grey_is_repeated(read_once: Path) -> None:
    pictures, told = gathered(read_once / "in", read_once / "kept")

    assert told == 0  # found, not decoded again
    assert pictures.paths == ("a/red.png", "b/grey.png")
    taken = pictures.take([1, 0, 1])
    assert taken.shape == (3, 3, 8, 8)
    assert taken[:, :, 4, 4].tolist() == [[102] * 3, [255, 0, 0], [102] * 3]
    kept = (read_once / "kept" / "pictures.u8").stat().st_size
    assert kept == (3 + 1) * 64


def test_a_changed_file_or_size_is_decoded_again(
    read_once: Path, tmp_path: Path
) -> None:
    shutil.copytree(read_once / "in", tmp_path / "in")
    shutil.copytree(read_once / "kept", tmp_path / "kept")
    write_png(tmp_path / "in" / "a" / "red.png", 1 - RED)

    pictures, told = gathered(tmp_path / "in", tmp_path / "kept", size=4)

    assert told > 0
    assert pictures.take([0])[0, :, 2, 2].tolist() == [0, 255, 255]
    assert pictures.take([0]).shape == (1, 3, 4, 4)


def test_a_damaged_list_is_no_obstacle(read_once: Path, tmp_path: Path) -> None:
    (tmp_path / "pictures.json").write_text("{")

    pictures, told = gathered(read_once / "in", tmp_path)

    assert told > 0
    assert len(pictures) == 2


def test_a_full_disk_is_a_sentence(
    read_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(durable, "place", full)

    with pytest.raises(MedHashError, match=r"The disk is full: pictures\.json"):
        gathered(read_once / "in", tmp_path)


def test_what_a_full_disk_leaves_half_done_is_removed(
    read_once: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class FullPool(pretraining_pictures.DecodePool):
        def map(self, tasks: object) -> Iterator[None]:
            raise OSError(errno.ENOSPC, "No space left on device")
            yield

    monkeypatch.setattr(pretraining_pictures, "DecodePool", FullPool)

    with pytest.raises(MedHashError, match=r"The disk is full: pictures\.u8"):
        gathered(read_once / "in", tmp_path)

    assert not list(tmp_path.glob("pictures*"))
