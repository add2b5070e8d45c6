"""A journal gives back whole frames only, and throws no committed one away."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medhash_gui.codes import HashCodes
from medhash_gui.errors import StoreFormatError
from medhash_gui.images import ImageRecord
from medhash_gui.library import journal
from medhash_gui.library.blocks import Block, RowChange
from medhash_gui.library.journal import Entry, JournalWriter


def make_entry(first_row: int, rows: int, *changes: RowChange) -> Entry:
    records = [
        ImageRecord(
            f"ü/{n}\udcff.png",
            n,
            n,
            -n,
            bytes([n % 256] * 16),
            None,
            ("a",),
            f"C-{n // 2}" if n else None,
            (("report", f"„{n}“"),) if n % 2 else (),
        )
        for n in range(first_row, first_row + rows)
    ]
    rng = np.random.default_rng(first_row)
    codes = HashCodes.from_logits(rng.normal(size=(rows, 10)))
    return Entry(first_row, Block.of(records), codes, changes)


def content(entry: Entry) -> object:
    """Return an entry as something that can be compared."""
    if entry.block is None or entry.codes is None:
        return (entry.first_row, entry.changes)
    texts = entry.block.texts
    arrays = [
        value.tolist()
        for value in [*vars(entry.block).values(), texts.cases, texts.details]
        if isinstance(value, np.ndarray)
    ]
    tables = (
        entry.block.patient_keys,
        entry.block.label_sets,
        *(
            [table.text(index) for index in range(len(table))]
            for table in (texts.paths, texts.case_keys, texts.detail_texts)
        ),
    )
    codes = (entry.codes.packed.tolist(), entry.codes.soft_or_signs().tolist())
    return (entry.first_row, entry.changes, arrays, tables, codes)


ENTRIES = [
    make_entry(0, 3),
    Entry(
        3, changes=(RowChange(1, hidden=True), RowChange(2, path="\udc80", labels=()))
    ),
    make_entry(3, 1, RowChange(0, labels=("b", "ü")), RowChange(3, patient_key="P-1")),
    Entry(4, changes=(RowChange(0, case_key="C-9", details=(("sex", "F"),)),)),
    Entry(4, changes=(RowChange(0, case_key="", details=()),)),
    make_entry(4, 2),
]


def write(path: Path, entries: list[Entry]) -> list[int]:
    """Write a journal and return where each frame ends."""
    path.write_bytes(journal.HEADER)
    ends = [len(journal.HEADER)]
    writer = JournalWriter(path, end=ends[0])
    for entry in entries:
        writer.append(entry)
        ends.append(path.stat().st_size)
    writer.close()
    return ends


def read(path: Path) -> journal.Reading:
    return journal.read(path, offset=0, next_row=0)


def test_entries_come_back_as_they_were(tmp_path):
    ends = write(tmp_path / "j.log", ENTRIES)

    reading = read(tmp_path / "j.log")

    assert [content(entry) for entry in reading.entries] == [
        content(e) for e in ENTRIES
    ]
    assert reading.end == ends[-1]
    assert reading.last_offset == ends[-2]
    assert (tmp_path / "j.log").read_bytes() == journal.header_and(ENTRIES)


def test_reading_goes_on_where_it_ended(tmp_path):
    ends = write(tmp_path / "j.log", ENTRIES)

    reading = journal.read(tmp_path / "j.log", offset=ends[2], next_row=3)

    assert [content(entry) for entry in reading.entries] == [
        content(entry) for entry in ENTRIES[2:]
    ]
    assert reading.end == ends[-1]
    head = journal.head_at(tmp_path / "j.log", reading.last_offset, reading.last_frame)
    assert head == reading.last_frame


def test_a_journal_torn_anywhere_gives_its_whole_frames(tmp_path):
    ends = write(tmp_path / "j.log", ENTRIES)
    data = (tmp_path / "j.log").read_bytes()

    for size in range(ends[0], len(data)):
        (tmp_path / "torn.log").write_bytes(data[:size])
        reading = read(tmp_path / "torn.log")
        whole = sum(end <= size for end in ends) - 1
        assert len(reading.entries) == whole
        assert reading.end == ends[whole]


def test_the_next_writer_cuts_a_torn_tail(tmp_path):
    ends = write(tmp_path / "j.log", ENTRIES)
    data = (tmp_path / "j.log").read_bytes()
    (tmp_path / "j.log").write_bytes(data[:-5])

    writer = JournalWriter(tmp_path / "j.log", end=ends[-2])
    writer.append(ENTRIES[-1])
    writer.close()

    assert (tmp_path / "j.log").read_bytes() == data


@pytest.mark.parametrize("tail", [bytes(500), b"MHJ1", b"MHJ1" * 9, b"\xff" * 40])
def test_rubbish_at_the_end_is_a_torn_tail(tmp_path, tail):
    ends = write(tmp_path / "j.log", ENTRIES)
    with (tmp_path / "j.log").open("ab") as file:
        file.write(tail)

    reading = read(tmp_path / "j.log")

    assert len(reading.entries) == len(ENTRIES)
    assert reading.end == ends[-1]


@given(position=st.integers(0, 10_000), flip=st.integers(1, 255))
@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_changed_byte_is_never_read_as_data(tmp_path_factory, position, flip):
    path = tmp_path_factory.mktemp("journal") / "j.log"
    ends = write(path, ENTRIES)
    data = bytearray(path.read_bytes())
    position %= len(data)
    data[position] ^= flip
    path.write_bytes(data)

    if position >= ends[-2]:
        # The last frame: what it held cannot be told from a torn one.
        assert len(read(path).entries) == len(ENTRIES) - 1
    else:
        with pytest.raises(StoreFormatError, match=r"j\.log"):
            read(path)


def frame(payload: bytes, first_row: int = 0) -> bytes:
    numbers = struct.pack("<QI", first_row, len(payload))
    checksum = zlib.crc32(numbers + payload)
    return b"MHJ1" + numbers + struct.pack("<I", checksum) + payload


def payload(head: object, arrays: bytes = b"") -> bytes:
    text = json.dumps(head).encode()
    return struct.pack("<I", len(text)) + text + arrays


GOOD_HEAD = {
    "rows": 1,
    "bits": 8,
    "path_bytes": 1,
    "patient_keys": [],
    "label_sets": [[]],
    "changes": [],
}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        struct.pack("<I", 999) + b"{}",
        payload([1]),
        payload({}),
        payload({"rows": 0}),
        payload({"rows": 0, "changes": [{"row": 9, "hidden": True}]}),
        payload({"rows": 0, "changes": [{"row": -1}]}),
        payload({"rows": 0, "changes": [{"hidden": True}]}),
        payload({"rows": 0, "changes": [{"row": 0, "path": 5}]}),
        payload({"rows": 0, "changes": [{"row": 0, "labels": [5]}]}),
        payload({"rows": 0, "changes": [{"row": 0, "__class__": "x"}]}),
        payload({"rows": 0, "changes": [{"row": 0, "case_key": 5}]}),
        payload({"rows": 0, "changes": [{"row": 0, "details": ["sex"]}]}),
        payload({"rows": 0, "changes": [{"row": 0, "details": {"sex": 1}}]}),
        payload({**GOOD_HEAD, "case_keys": []}, bytes(200)),
        payload({**GOOD_HEAD, "case_keys": [], "detail_texts": [1]}, bytes(200)),
        payload({**GOOD_HEAD, "case_keys": ["C-1"], "detail_texts": []}, bytes(82)),
        payload(GOOD_HEAD, bytes(10)),
        payload({**GOOD_HEAD, "rows": -1}, bytes(200)),
        payload({**GOOD_HEAD, "rows": 10**15}, bytes(200)),
        payload({**GOOD_HEAD, "bits": 0}, bytes(200)),
        payload({**GOOD_HEAD, "bits": "8"}, bytes(200)),
        payload({**GOOD_HEAD, "label_sets": []}, bytes(200)),
        payload({**GOOD_HEAD, "patient_keys": [1]}, bytes(200)),
        payload({**GOOD_HEAD, "path_bytes": 7}, bytes(200)),
    ],
)
def test_a_frame_that_contradicts_itself_is_refused(tmp_path, body):
    path = tmp_path / "j.log"
    path.write_bytes(journal.HEADER + frame(body))

    with pytest.raises(StoreFormatError, match=r"j\.log .* is damaged"):
        read(path)


def test_a_frame_of_format_1_has_neither_cases_nor_details(tmp_path):
    path = tmp_path / "j.log"
    # One row of 8 bits: digest, numbers, path "x", code 0 and soft values.
    numbers = struct.pack("<iqqBii", 0, 1, 2, 0, -1, 0)
    arrays = bytes(16) + numbers + struct.pack("<QQ", 0, 1) + b"x" + b"\xff" + bytes(16)
    path.write_bytes(journal.HEADER + frame(payload(GOOD_HEAD, arrays)))

    (entry,) = read(path).entries

    assert entry.block is not None
    assert entry.block.texts.paths.text(0) == "x"
    assert entry.block.texts.cases.tolist() == [-1]
    assert entry.block.texts.details.tolist() == [-1]


def test_a_detail_that_is_not_on_the_declared_list_is_not_written(tmp_path):
    write(tmp_path / "j.log", [make_entry(0, 1)])
    writer = JournalWriter(tmp_path / "j.log", end=(tmp_path / "j.log").stat().st_size)
    before = (tmp_path / "j.log").read_bytes()

    with pytest.raises(KeyError, match="name"):
        writer.append(Entry(1, changes=(RowChange(0, details=(("name", "Roe"),)),)))

    writer.close()
    assert (tmp_path / "j.log").read_bytes() == before


def test_rows_out_of_order_are_refused(tmp_path):
    write(tmp_path / "j.log", [make_entry(0, 2), make_entry(5, 1)])

    with pytest.raises(StoreFormatError, match=r"j\.log"):
        read(tmp_path / "j.log")


def test_something_else_is_no_journal(tmp_path):
    (tmp_path / "j.log").write_bytes(b"Nov 21 05:12:22 kernel: hello\n")

    with pytest.raises(StoreFormatError, match=r"j\.log"):
        read(tmp_path / "j.log")
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing.log")
