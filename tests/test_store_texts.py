"""Cases and details come back, are counted, and stay on the disk until asked for."""

from __future__ import annotations

import json
from dataclasses import replace

import h5py
import numpy as np
import pytest
from small_library import fill, make_codes, make_records, make_store, state

from medhash_gui import details
from medhash_gui.errors import LibraryError, StoreFormatError
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable, sealing
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


def story(library: CodeStore) -> None:
    """Fill segments and the journal, and change rows of both."""
    fill(library, 9)
    library.seal()
    fill(library, 4)
    library.seal()
    library.change(
        [
            RowChange(1, case_key="C-new", details=(("sex", "F"),)),
            RowChange(2, case_key="", details=()),
            RowChange(5, hidden=True),
        ]
    )
    fill(library, 3)
    library.change([RowChange(14, case_key="C-new")])


def expected() -> list[ImageRecord]:
    records = make_records(16)
    records[1] = replace(records[1], case_key="C-new", details=(("sex", "F"),))
    records[2] = replace(records[2], case_key=None, details=())
    records[14] = replace(records[14], case_key="C-new")
    return records


@pytest.mark.parametrize("sealed", [False, True])
def test_questions_about_cases_and_details(tmp_path, sealed):
    with make_store(tmp_path / "a.medhash") as library:
        story(library)
        if sealed:
            library.seal()
    records = expected()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.records(range(16)) == records
        for key in {record.case_key for record in records} - {None}:
            rows = [row for row, r in enumerate(records) if r.case_key == key]
            assert library.case_rows(key).tolist() == rows
        assert library.case_rows("C-nobody").tolist() == []
        cases = library.cases
        assert cases.dtype == np.int32
        for one in range(16):
            for other in range(16):
                same = records[one].case_key == records[other].case_key
                assert (cases[one] == cases[other]) == same
            assert (cases[one] == -1) == (records[one].case_key is None)
        for key in details.KEYS:
            values = [dict(r.details).get(key) for n, r in enumerate(records) if n != 5]
            counts = {v: values.count(v) for v in sorted(set(values) - {None})}
            assert library.detail_counts(key) == counts
        assert library.detail_counts("sex") == {"F": 1}


def test_values_are_counted_as_they_were_written(tmp_path):
    written = [
        (("report", 'He said "sex":"F"'), ("sex", "M")),
        (("text", "sex"), ("view", "text")),
        (("report", "\\"), ("view", 'a "b" \\ ü\n胸')),
        (("report", '","sex":"F'),),
    ]
    records = [
        ImageRecord(f"{n}", 0, 1, 1, bytes([n] * 16), None, (), details=kept)
        for n, kept in enumerate(written)
    ]
    with make_store(tmp_path / "a.medhash") as library:
        library.append(records, make_codes(4))

        for key in ("sex", "text", "view", "report"):
            values = [dict(kept)[key] for kept in written if key in dict(kept)]
            assert library.detail_counts(key) == dict.fromkeys(values, 1)


def test_the_numbers_of_cases_follow_what_is_written(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 4)
        first = library.cases
        assert library.cases is first
        library.change([RowChange(3, case_key="C-other")])
        assert library.cases[3] not in first
        fill(library, 1)
        assert len(library.cases) == 5


def test_files_know_case_and_details_of_their_first_row(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        story(library)
        records = expected()

        files = library.files()

        for record in records:
            assert files[record.path].case_key == record.case_key
            assert files[record.path].details == record.details
        assert "C-" not in repr(files[records[1].path])


def test_opening_reads_no_details(tmp_path):
    """A library of a million pictures must not read a million texts to be opened."""
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 300)
        library.seal()
    path = next(root.glob("records-*.h5"))
    with h5py.File(path) as file:
        place, size = file["detail_bytes"].id.get_offset(), len(file["detail_bytes"])
    data = bytearray(path.read_bytes())
    data[place : place + size] = bytes(size)
    path.write_bytes(data)

    with CodeStore.open(root) as library:
        known = library.files()
        assert library.path(1) == make_records(2)[1].path
        assert library.record(0).details == ()
        for ask in (
            lambda: library.record(1),
            lambda: library.detail_counts("modality"),
            lambda: known[library.path(1)].details,
        ):
            with pytest.raises(StoreFormatError, match="records-"):
                ask()
    with CodeStore.open(root, writable=True) as library:
        fill(library, 400)
        with pytest.raises(StoreFormatError, match="records-"):
            library.seal()
    with CodeStore.open(root) as library:
        assert library.row_count == 700


def test_details_that_are_no_details_are_damage(tmp_path):
    root = tmp_path / "a.medhash"
    record = make_records(3)[2]
    with make_store(root) as library:
        library.append([record], make_codes(1))
        library.seal()
        block = library._contents.columns.texts._blocks.find(0).source
        text = block.detail_texts.text(0)
        # What a stranger's program might have written, with its own checksum.
        block.detail_texts._last = (0, b"[" + b" " * (len(text) - 2) + b"]")

        with pytest.raises(StoreFormatError, match="is damaged"):
            library.record(0)


def test_a_reader_whose_segment_was_merged_away_still_has_its_details(tmp_path):
    with make_store(tmp_path / "a.medhash") as writer:
        fill(writer, 3)
        writer.seal()
        reader = CodeStore.open(tmp_path / "a.medhash")
        fill(writer, 3)
        writer.seal()

        assert reader.record(2) == make_records(3)[2]
        assert reader.detail_counts("modality") == writer.detail_counts("modality")


def test_a_detail_that_is_not_on_the_declared_list_is_refused(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 2)
        before = state(library)
        odd = ImageRecord(
            "x", 0, 1, 1, bytes(16), None, (), details=(("PatientName", "Roe"),)
        )
        with pytest.raises(KeyError):
            library.append([odd], make_codes(1))
        with pytest.raises(KeyError):
            library.change([RowChange(0, details=odd.details)])
        assert state(library) == before
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before


def test_many_changes_are_worked_into_segments_without_new_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "_MAX_CARRIED", 10)
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 60)
        library.seal()
        for row in range(60):
            library.change([RowChange(row, case_key=f"C-{row}")])
        before = state(library)
        document = json.loads((root / "library.json").read_bytes())
        journal = (root / document["journal"]).stat().st_size
        assert journal < 10 * 120

    with CodeStore.open(root) as library:
        assert state(library) == before
        assert [r.case_key for r in library.records(range(60))] == [
            f"C-{row}" for row in range(60)
        ]


# -- what the user chose -------------------------------------------------------------


def test_choices_are_kept_and_replaced(tmp_path):
    chosen = {"frames": "all", "columns": {"labels": ["diagnosis"]}}
    with CodeStore.create(
        tmp_path / "a.medhash",
        indexed_root=tmp_path,
        model_id="m1",
        model_name="fake",
        bits=12,
        choices={"frames": "middle"},
    ) as library:
        assert library.choices == {"frames": "middle"}
        fill(library, 3)
        reader = CodeStore.open(tmp_path / "a.medhash")
        before = state(library)
        library.choose(chosen)
        library.choices["frames"] = "changed outside"
        assert library.choices == chosen
        fill(library, 1)
        library.seal()
        assert reader.refresh()
        assert reader.choices == chosen
        assert state(reader)[:3] == before

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.choices == chosen
        with pytest.raises(LibraryError, match="for reading only"):
            library.choose({})


def test_a_reader_sees_new_choices_and_rows_together(tmp_path):
    with make_store(tmp_path / "a.medhash") as writer:
        fill(writer, 2)
        reader = CodeStore.open(tmp_path / "a.medhash")
        writer.choose({"frames": "all"})
        fill(writer, 2)

        assert reader.refresh()
        assert not reader.refresh()

        assert reader.choices == {"frames": "all"}
        assert state(reader) == state(writer)


def test_details_that_are_nearly_alike_take_little_room(tmp_path):
    with make_store(tmp_path / "a.medhash") as library:
        records = [
            ImageRecord(
                f"{n}", 0, 1, 1, n.to_bytes(16, "big"), None, (),
                details=(
                    ("device", "A device with a rather long name"),
                    ("identifying", "PatientBirthDate PatientID PatientName " * 5),
                    ("series", f"S-{n * 7919:020x}"),
                ),
            )
            for n in range(1000)
        ]  # fmt: skip
        library.append(records, make_codes(1000))
        library.seal()
        assert library.record(999) == records[999]
    path = next((tmp_path / "a.medhash").glob("records-*.h5"))
    with h5py.File(path) as file:
        assert len(file["detail_bytes"]) < 60 * 1000
        assert file["detail_offsets"][-1] > 280 * 1000
