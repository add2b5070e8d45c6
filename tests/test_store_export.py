"""What is exported can be read by other programs, and is what the library says."""

from __future__ import annotations

import csv
import errno
import io
from pathlib import Path

import numpy as np
import pytest
from small_library import BITS, ODD_NAMES, fill, make_codes, make_store

from medhash_gui.errors import LibraryError
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_export import HEADER, ExportReport, exporting
from medhash_gui.store_purge import purging


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def export(library: CodeStore, file: Path) -> ExportReport:
    run = exporting(library, file)
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: ExportReport = end.value
            return report


@pytest.fixture
def library(tmp_path: Path) -> CodeStore:
    """Rows of a segment and a journal; one hidden, one removed, some with odd names."""
    made = make_store(tmp_path / "a.medhash")
    fill(made, 7)
    made.seal()
    odd = [
        ImageRecord(name, 0, 1, 1, bytes([n] * 16), None, ("=1+1", "b"))
        for n, name in enumerate([*ODD_NAMES[:-1], "=cmd|' /C calc'!A0", "+1", "@x"])
    ]
    made.append(odd, make_codes(len(odd)))
    made.change(
        [
            RowChange(2, hidden=True),
            RowChange(3, left_out=True),
            RowChange(5, labels=("own",), own_labels=True),
        ]
    )
    gone = np.zeros(made.row_count, np.bool_)
    gone[4] = True
    list(purging(made, gone))
    made.close()
    return CodeStore.open(tmp_path / "a.medhash")


def test_a_csv_file_has_every_row_but_the_removed_one(library, tmp_path):
    report = export(library, tmp_path / "list.csv")

    text = (tmp_path / "list.csv").read_bytes().decode("utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == HEADER
    kept = [row for row in range(library.row_count) if row != 4]
    assert report == ExportReport(len(kept), 1, 1)
    assert len(rows) == len(kept)
    for cells, row in zip(rows, kept, strict=True):
        record = library.record(row)
        path = record.path.encode("utf-8", "backslashreplace").decode()
        # A plain number such as +1 is no formula.
        guard = "'" if path.startswith(("=", "@")) else ""
        labels = "|".join(record.labels)
        labels = f"'{labels}" if labels.startswith("=") else labels
        assert cells == [
            guard + path, str(record.frame), library.codes([row]).hex(0), labels,
            record.patient_key or "", *(str(int(row == n)) for n in (2, 3, 5)),
        ]  # fmt: skip


def test_arrays_have_the_same_and_need_no_pickle(library, tmp_path):
    export(library, tmp_path / "codes.NPZ")

    kept = np.array([row for row in range(library.row_count) if row != 4])
    with np.load(tmp_path / "codes.NPZ", allow_pickle=False) as arrays:
        assert arrays["path"].tolist() == [library.path(row) for row in kept]
        assert np.array_equal(arrays["frame"], library.frames[kept])
        assert np.array_equal(arrays["code"], library.packed[kept])
        assert np.array_equal(arrays["soft"], library.soft(kept))
        assert arrays["labels"].tolist() == ["|".join(library.labels(r)) for r in kept]
        assert arrays["patient"].tolist() == [library.patient(r) or "" for r in kept]
        assert np.array_equal(arrays["hidden"], library.hidden_rows[kept])
        assert np.array_equal(arrays["left_out"], library.left_out[kept])
        assert np.array_equal(arrays["labels_by_hand"], library.own_labels[kept])
        assert int(arrays["bits"]) == BITS
        assert set(arrays.files) == {*HEADER, "soft", "bits"}


@pytest.mark.parametrize("name", ["e.csv", "e.npz"])
def test_a_library_without_rows_gives_a_file_without_rows(tmp_path, name):
    with make_store(tmp_path / "a.medhash") as library:
        assert export(library, tmp_path / name) == ExportReport(0, 0, 0)
    if name == "e.npz":
        with np.load(tmp_path / name, allow_pickle=False) as arrays:
            assert arrays["code"].shape == (0, 2)
            assert arrays["path"].shape == (0,)


def test_another_form_is_refused(library, tmp_path):
    with pytest.raises(LibraryError, match=r"neither \.csv nor \.npz"):
        export(library, tmp_path / "list.txt")


@pytest.mark.parametrize("name", ["x.csv", "x.npz"])
def test_a_failed_export_leaves_the_older_file_and_no_other(
    library, tmp_path, monkeypatch, name
):
    (tmp_path / name).write_bytes(b"older")
    before = sorted(path.name for path in tmp_path.iterdir())
    with pytest.raises(LibraryError, match="cannot be written"):
        export(library, tmp_path / "missing" / name)

    def full(*arguments: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(LibraryError, match="No space left"):
        export(library, tmp_path / name)

    run = exporting(library, tmp_path / name)
    next(run)
    run.close()
    assert (tmp_path / name).read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_pseudonymous_list_names_pictures_by_row_and_holds_no_path(library, tmp_path):
    for name in ("list.csv", "list.npz"):
        run = exporting(library, tmp_path / name, pseudonymous=True)
        assert list(run)[-1].done > 0

    data = (tmp_path / "list.csv").read_bytes()
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    kept = np.flatnonzero(~library.removed)
    assert rows[0] == ["row", *HEADER[1:]]
    assert [int(row[0]) for row in rows[1:]] == kept.tolist()
    assert "ward" not in data.decode("utf-8-sig")
    with np.load(tmp_path / "list.npz", allow_pickle=False) as arrays:
        assert "path" not in arrays
        assert arrays["row"].tolist() == kept.tolist()
        assert arrays["patient"].tolist() == [library.patient(r) or "" for r in kept]
