"""A bad place or a damaged file gets a sentence, and nothing else is touched."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import filelock
import numpy as np
import pytest
from crash_disk import contents
from small_library import (
    fill,
    make_codes,
    make_records,
    make_store,
    state,
)

from medhash_gui.codes import HashCodes
from medhash_gui.errors import (
    LibraryError,
    ModelMismatchError,
    StoreFormatError,
)
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def test_a_library_is_not_made_over_something_else(tmp_path):
    make_store(tmp_path / "a.medhash").close()
    foreign = tmp_path / "study"
    foreign.mkdir()
    (foreign / "scan.png").write_bytes(b"x")
    (tmp_path / "file.medhash").write_bytes(b"x")

    with pytest.raises(LibraryError, match="There is a library"):
        make_store(tmp_path / "a.medhash")
    with pytest.raises(LibraryError, match="not a library"):
        make_store(foreign)
    with pytest.raises(LibraryError, match="not a library"):
        make_store(tmp_path / "file.medhash")

    assert [path.name for path in foreign.iterdir()] == ["scan.png"]
    with pytest.raises(LibraryError, match="could not be written"):
        make_store(tmp_path / "file.medhash" / "inside.medhash")
    with pytest.raises(ValueError, match="1 to 4096 bits"):
        CodeStore.create(
            tmp_path / "b", indexed_root=tmp_path, model_id="m", model_name="m", bits=0
        )


def test_a_library_may_be_made_in_an_empty_folder(tmp_path):
    (tmp_path / "empty").mkdir()

    with make_store(tmp_path / "empty") as library:
        fill(library, 1)

    assert len(library) == 1


@pytest.mark.parametrize("writable", [False, True])
def test_what_is_no_library_is_not_opened(tmp_path, writable):
    (tmp_path / "study").mkdir()
    (tmp_path / "file").write_bytes(b"x")

    with pytest.raises(LibraryError, match="There is no library at") as caught:
        CodeStore.open(tmp_path / "missing.medhash", writable=writable)
    with pytest.raises(LibraryError, match="is not a library"):
        CodeStore.open(tmp_path / "study", writable=writable)
    with pytest.raises(LibraryError, match="is not a library"):
        CodeStore.open(tmp_path / "file", writable=writable)

    assert "medhash index" in caught.value.hint
    assert not any((tmp_path / "study").iterdir())


def test_a_library_of_a_newer_version_is_named_as_such(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    document = json.loads((root / "library.json").read_bytes())
    (root / "library.json").write_text(json.dumps({**document, "format_version": 4}))
    before = contents(root)

    for writable in (False, True):
        with pytest.raises(
            StoreFormatError, match=r"written by a newer MedHash"
        ) as error:
            CodeStore.open(root, writable=writable)

    assert "(format 4; this one reads up to 3)" in error.value.message
    assert "Update" in error.value.hint
    assert contents(root) == before


def _manifest_faults() -> list[object]:
    def fault(name: str, change) -> object:
        return pytest.param(change, id=name)

    return [
        fault("empty", lambda d: b""),
        fault("cut", lambda d: json.dumps(d).encode()[:-20]),
        fault("binary", lambda d: bytes(range(256))),
        fault("list", lambda d: b"[1, 2]"),
        fault("deep", lambda d: b"[" * 100_000),
        fault("foreign", lambda d: json.dumps({**d, "format": "other"}).encode()),
        fault("no version", lambda d: b'{"format": "medhash-library"}'),
        fault("version 0", lambda d: json.dumps({**d, "format_version": 0}).encode()),
        fault(
            "text version", lambda d: json.dumps({**d, "format_version": "1"}).encode()
        ),
        fault("no journal", lambda d: json.dumps({**d, "journal": None}).encode()),
        fault("outside", lambda d: json.dumps({**d, "journal": "../x.log"}).encode()),
        fault("gap", lambda d: json.dumps({**d, "next_row": 9}).encode()),
        fault("records", lambda d: json.dumps({**d, "records": {"a": 1}}).encode()),
        fault("no codes", lambda d: json.dumps({**d, "codes": {}}).encode()),
        fault("key", lambda d: json.dumps({**d, "pseudonym_key": "xyz"}).encode()),
        fault("short key", lambda d: json.dumps({**d, "pseudonym_key": "00"}).encode()),
        fault("codes list", lambda d: json.dumps({**d, "codes": []}).encode()),
    ]


@pytest.mark.parametrize("change", _manifest_faults())
def test_a_damaged_manifest_is_named(tmp_path, change):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
    document = json.loads((root / "library.json").read_bytes())
    (root / "library.json").write_bytes(change(document))
    before = contents(root)

    with pytest.raises(
        StoreFormatError, match=r"library\.json .* is damaged"
    ) as caught:
        CodeStore.open(root)
    with pytest.raises(StoreFormatError, match=r"library\.json"):
        CodeStore.open(root, writable=True)

    assert "untouched" in caught.value.message
    assert caught.value.hint
    assert contents(root) == before


@pytest.mark.parametrize("kind", ["records", "codes", "journal"])
@pytest.mark.parametrize("fault", ["missing", "cut", "empty", "garbage"])
def test_a_damaged_file_is_named_and_nothing_else_is_touched(tmp_path, kind, fault):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
        fill(library, 2)
        fill(library, 1)
    path = next(path for path in root.iterdir() if path.name.startswith(kind))
    data = path.read_bytes()
    if fault == "missing":
        path.unlink()
    else:
        cut = 4 if kind == "journal" else len(data) * 2 // 3
        garbage = bytes(len(data))
        path.write_bytes({"cut": data[:cut], "empty": b"", "garbage": garbage}[fault])
    before = contents(root)

    for writable in (False, True):
        with pytest.raises(StoreFormatError, match=path.name) as caught:
            CodeStore.open(root, writable=writable)

    assert "untouched" in caught.value.message
    assert contents(root) == before


def test_a_place_that_cannot_be_written_to_is_told_with_a_way_out(
    tmp_path, monkeypatch
):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 2)

    def refuse(*arguments: object, **options: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(filelock.FileLock, "acquire", refuse)
    with pytest.raises(LibraryError, match="cannot be written to") as caught:
        CodeStore.open(root, writable=True)
    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(LibraryError, match="cannot be written to"):
        make_store(tmp_path / "b.medhash")

    assert "--library" in caught.value.hint
    with CodeStore.open(root) as library:
        assert len(library) == 2


def test_reading_leaves_no_trace(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 2)
    for path in root.glob("writer.*"):
        path.unlink()
    before = {path: path.stat().st_mtime_ns for path in [root, *root.iterdir()]}

    with CodeStore.open(root) as library:
        library.refresh()
        state(library)

    assert {path: path.stat().st_mtime_ns for path in [root, *root.iterdir()]} == before


def test_a_library_opened_for_reading_is_not_written_to(tmp_path):
    make_store(tmp_path / "a.medhash").close()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        with pytest.raises(LibraryError, match="for reading only"):
            fill(library, 1)
        with pytest.raises(LibraryError, match="for reading only"):
            library.change([RowChange(0, hidden=True)])
        with pytest.raises(LibraryError, match="for reading only"):
            library.seal()


def test_a_closed_library_can_still_be_read(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    before = state(library)

    library.close()
    library.close()

    assert state(library) == before
    with pytest.raises(LibraryError, match="for reading only"):
        fill(library, 1)


def test_rows_that_do_not_fit_are_refused_whole(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)
    before = contents(tmp_path / "a.medhash")
    short = ImageRecord("x", 0, 1, 1, b"short", None, ())

    with pytest.raises(ValueError, match="as many codes"):
        library.append(make_records(2), make_codes(1))
    with pytest.raises(ValueError, match="16 bytes"):
        library.append([short], make_codes(1))
    with pytest.raises(ModelMismatchError, match="12 bits"):
        library.append(make_records(1), HashCodes.from_logits(np.ones((1, 16))))
    with pytest.raises(ValueError, match="no row 2 among 2"):
        library.change([RowChange(0, hidden=True), RowChange(2, hidden=True)])
    with pytest.raises(ValueError, match="no row -1"):
        library.change([RowChange(-1, hidden=True)])

    assert contents(tmp_path / "a.medhash") == before
    assert library.hidden == 0
    library.close()


def test_foreign_files_in_a_library_are_left_alone(tmp_path):
    root = tmp_path / "a.medhash"
    make_store(root).close()
    for name in ("notes.txt", "journal.log", "codes-000001.h5.bak", "records-x.h5"):
        (root / name).write_bytes(b"mine")
    (root / "records-000777.h5").write_bytes(b"left by a writer that died")
    (root / "library.json.tmp").write_bytes(b"too")

    with CodeStore.open(root, writable=True) as library:
        fill(library, 1)

    names = set(contents(root))
    assert {"notes.txt", "journal.log", "codes-000001.h5.bak", "records-x.h5"} <= names
    assert not {"records-000777.h5", "library.json.tmp"} & names
