"""What a library knows of each file, and which files are as they were."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore, RowChange


def record(
    path: str, *, size: int = 10, frame: int = 0, content: int = 1
) -> ImageRecord:
    return ImageRecord(
        path=path,
        frame=frame,
        size_bytes=size,
        modified_ns=size + 1,
        digest=bytes([content]) * 16,
        patient_key=None,
        labels=(),
    )


@pytest.fixture
def library(tmp_path: Path) -> CodeStore:
    store = CodeStore.create(
        tmp_path / "a.medhash", indexed_root=tmp_path, model_id="m", model_name="m",
        bits=16,
    )  # fmt: skip
    records = [
        record("plain"),
        record("hidden", content=2),
        record("frames", content=3),
        record("frames", frame=1, content=3),
        record("replaced", content=4),
        record("replaced", size=20, content=5),
    ]
    logits = np.ones((len(records), 16), np.float32)
    hidden = [RowChange(1, hidden=True), RowChange(4, hidden=True)]
    store.append(records, HashCodes.from_logits(logits), changes=hidden)
    return store


def test_only_visible_files_of_one_row_as_they_were_are_unchanged(
    library: CodeStore,
) -> None:
    paths = ["plain", "hidden", "frames", "replaced", "new"]

    same = library.files().unchanged(paths, [10, 10, 10, 20, 10], [11, 11, 11, 21, 11])

    assert same.tolist() == [True, False, False, False, False]


@pytest.mark.parametrize(("size", "modified"), [(9, 11), (10, 12)])
def test_another_size_or_time_is_a_change(
    library: CodeStore, size: int, modified: int
) -> None:
    assert not library.files().unchanged(["plain"], [size], [modified]).any()


def test_nothing_is_unchanged_in_an_empty_library(tmp_path: Path) -> None:
    store = CodeStore.create(
        tmp_path / "b.medhash", indexed_root=tmp_path, model_id="m", model_name="m",
        bits=16,
    )  # fmt: skip

    assert not store.files().unchanged(["plain"], [10], [11]).any()


def test_a_path_of_several_contents_stands_for_the_visible_one(
    library: CodeStore,
) -> None:
    known = library.files()["replaced"]

    assert (known.rows, known.size_bytes, known.digest) == ((5,), 20, bytes([5]) * 16)


def test_contents_of_a_size_are_those_that_count(library: CodeStore) -> None:
    files = library.files()

    found = files.contents_by_size({10, 20, 30}, unless=lambda file: len(file.rows) > 1)

    contents = [bytes([number]) * 16 for number in (1, 2, 5)]
    assert found == {10: frozenset(contents[:2]), 20: frozenset(contents[2:])}


def test_what_is_learnt_later_does_not_count(library: CodeStore) -> None:
    files = library.files()

    library.change([RowChange(0, hidden=True, size_bytes=99)])

    assert files["plain"].size_bytes == 10
    assert not files["plain"].hidden
    assert library.files()["plain"].hidden
