"""A library gives back what was written to it, through every change and seal."""

from __future__ import annotations

import json
import shutil
import stat
import sys
from pathlib import Path

import library_v1
import numpy as np
import pytest
from crash_disk import contents
from small_library import (
    BITS,
    ODD_NAMES,
    fill,
    journal_name,
    make_codes,
    make_records,
    make_store,
    state,
)

from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.library import durable, sealing, writing
from medhash_gui.store import FORMAT_VERSION, CodeStore, RowChange


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk; ``CrashDisk`` sees to the order."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


# -- reading back what was written ---------------------------------------------------


def test_a_new_library_is_empty_and_knows_its_model(tmp_path):
    with make_store(tmp_path / "new.medhash") as library:
        assert (len(library), library.row_count, library.hidden) == (0, 0, 0)

    with CodeStore.open(tmp_path / "new.medhash") as library:
        assert library.model_id == "m1"
        assert library.model_name == "fake"
        assert library.bits == BITS
        assert library.format_version == FORMAT_VERSION == 3
        assert library.indexed_root == tmp_path / "images"
        assert not library.writable
        assert library.packed.shape == (0, 2)
        assert library.visible.shape == (0,)
        assert library.files() == {}
        assert library.label_names() == {}


@pytest.mark.parametrize("sealed", [False, True])
def test_rows_come_back_as_they_were(tmp_path, sealed):
    records = make_records(20)
    codes = make_codes(20)

    with make_store(tmp_path / "a.medhash") as library:
        library.append(records[:7], codes.take(range(7)))
        library.append(records[7:], codes.take(range(7, 20)))
        if sealed:
            library.seal()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.records(range(20)) == records
        assert library.record(3) == records[3]
        assert np.array_equal(library.packed, codes.packed)
        assert np.shares_memory(library.packed, library.words)
        assert library.words.flags.c_contiguous
        assert np.array_equal(library.soft([19, 0, 7, 7]), codes.soft[[19, 0, 7, 7]])
        assert library.soft([]).shape == (0, BITS)
        assert library.codes([5]).hex(0) == codes.hex(5)
        assert library.digests[6].tobytes() == records[6].digest


@pytest.mark.parametrize("sealed", [False, True])
def test_any_file_name_comes_back_as_it_was(tmp_path, sealed):
    records = [
        ImageRecord(name, 0, 1, 2, bytes([n] * 16), None, (name[:9],))
        for n, name in enumerate(ODD_NAMES)
    ]

    with make_store(tmp_path / "a.medhash") as library:
        library.append(records, make_codes(len(records)))
        library.change([RowChange(0, path="moved \udcfe.png")])
        if sealed:
            library.seal()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        paths = [record.path for record in library.records(range(len(records)))]
        assert paths == ["moved \udcfe.png", *ODD_NAMES[1:]]
        assert library.record(4).labels == (ODD_NAMES[4][:9],)
        assert set(library.files()) == set(paths)


def test_codes_without_soft_values_are_kept_as_signs(tmp_path):
    codes = make_codes(3)

    with make_store(tmp_path / "a.medhash") as library:
        library.append(make_records(3), HashCodes(codes.packed, BITS))

        assert np.array_equal(library.soft(range(3)), codes.signs())


def test_changes_override_rows_and_survive_every_seal(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 6)
    library.change([RowChange(0, hidden=True), RowChange(1, labels=("odd", "new"))])
    library.seal()
    library.change([RowChange(2, path="moved/2.png", size_bytes=5, modified_ns=6)])
    fill(library, 1)
    library.change([RowChange(0, labels=()), RowChange(3, patient_key="P-new")])
    library.change([RowChange(4, patient_key=""), RowChange(6, hidden=True)])
    library.seal()
    library.change([RowChange(0, hidden=False), RowChange(0, hidden=True)])
    before = state(library)
    library.close()

    with CodeStore.open(tmp_path / "a.medhash", writable=True) as library:
        assert state(library) == before
        assert library.visible.tolist() == [False, *[True] * 5, False]
        assert (len(library), library.hidden) == (5, 2)
        assert library.record(0).labels == ()
        assert library.record(1).labels == ("odd", "new")
        assert library.record(2).path == "moved/2.png"
        assert (library.record(2).size_bytes, library.record(2).modified_ns) == (5, 6)
        assert library.record(3).patient_key == "P-new"
        assert library.record(4).patient_key is None


def test_rows_and_changes_are_one_commit(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 2)

    library.append(
        make_records(1, start=2),
        make_codes(1),
        changes=[RowChange(0, hidden=True), RowChange(2, labels=("replaced",))],
    )
    library.close()

    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert library.visible.tolist() == [False, True, True]
        assert library.record(2).labels == ("replaced",)


def test_questions_about_labels_patients_and_contents(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    fill(library, 10)
    records = library.records(range(10))
    library.append(records[3:4], make_codes(1))
    library.change([RowChange(1, hidden=True)])

    shown = [r for n, r in enumerate([*records, records[3]]) if n != 1]
    assert library.label_names() == {
        "left": sum("left" in r.labels for r in shown),
        "normal": sum("normal" in r.labels for r in shown),
    }
    assert library.label_mask("left").tolist() == [
        "left" in r.labels for r in [*records, records[3]]
    ]
    assert not library.label_mask("nowhere").any()
    assert library.rows_with_digest(records[3].digest).tolist() == [3, 10]
    assert library.rows_with_digest(bytes(15) + b"x").tolist() == []
    assert library.patient_rows("P-000000000001").tolist() == [2, 3, 10]
    assert library.patient_rows("P-nobody").tolist() == []
    assert library.patients[0] == -1
    assert library.patients[2] == library.patients[3]
    library.close()


def test_many_questions_about_contents_are_answered_alike(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    count = 6000
    records = [
        ImageRecord(f"{n}", 0, 1, 1, (n % 5000).to_bytes(16, "little"), None, ())
        for n in range(count)
    ]
    library.append(records, make_codes(count))

    for n in [*range(40), 4999]:
        expected = [n, n + 5000] if n < 1000 else [n]
        found = library.rows_with_digest(n.to_bytes(16, "little"))
        assert found.tolist() == expected
    fill(library, 1)
    assert library.rows_with_digest(count.to_bytes(16, "big")).tolist() == [count]
    library.close()


def test_files_know_the_content_seen_last(tmp_path):
    def record(path: str, content: int, frame: int = 0) -> ImageRecord:
        return ImageRecord(
            path, frame, content, content, bytes([content] * 16), None, ()
        )

    library = make_store(tmp_path / "a.medhash")
    library.append(
        [
            record("one.png", 1),
            record("two.png", 2),
            record("two.png", 3),
            record("many.dcm", 4, 0),
            record("many.dcm", 4, 1),
            record("gone.png", 5),
            record("gone.png", 6),
        ],
        make_codes(7),
    )
    library.change([RowChange(row, hidden=True) for row in (1, 3, 5, 6)])

    files = library.files()

    assert files["one.png"].rows == (0,)
    assert files["two.png"].rows == (2,)
    assert files["two.png"].digest == bytes([3] * 16)
    assert files["many.dcm"].rows == (4,)
    assert not files["many.dcm"].hidden
    assert files["gone.png"].hidden
    assert files["gone.png"].rows == (6,)
    assert files["gone.png"].size_bytes == 6
    library.close()


def test_pseudonyms_are_the_library_s_own(tmp_path):
    with make_store(tmp_path / "a.medhash") as first:
        key = first.pseudonym("Jane Roe 1970")
        assert first.pseudonym(" Jane Roe 1970 ") == key
        assert len(key) == 22
        assert key.startswith("P-")
    with make_store(tmp_path / "b.medhash") as second:
        assert second.pseudonym("Jane Roe 1970") != key
    with CodeStore.open(tmp_path / "a.medhash") as again:
        assert again.pseudonym("Jane Roe 1970") == key


@pytest.mark.parametrize("writable", [False, True])
def test_a_library_of_format_version_1_can_be_read_for_ever(tmp_path, writable):
    root = shutil.copytree(library_v1.ROOT, tmp_path / "v1.medhash")
    codes = HashCodes.from_logits(library_v1.logits())

    with CodeStore.open(root, writable=writable) as library:
        assert library.format_version == 1
        assert not library.unlinked
        assert library.choices == {}
        assert library.cases.tolist() == [-1] * library_v1.ROWS
        assert library.model_id == "0123456789abcdef"
        assert library.model_name == "example-20bit"
        assert library.bits == library_v1.BITS
        assert library.indexed_root == Path("/images/synthetic")
        assert library.records(range(library_v1.ROWS)) == library_v1.changed()
        assert np.flatnonzero(~library.visible).tolist() == [2, 8]
        assert np.array_equal(library.packed, codes.packed)
        assert np.array_equal(library.soft(range(library_v1.ROWS)), codes.soft)
        if writable:
            library.seal()
    with CodeStore.open(root) as library:
        assert library.format_version == (3 if writable else 1)
        assert library.records(range(library_v1.ROWS)) == library_v1.changed()


# -- segments ------------------------------------------------------------------------


def test_a_full_journal_becomes_a_segment(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_SEAL_ROWS", 10)
    library = make_store(tmp_path / "a.medhash")
    for _ in range(7):
        fill(library, 4)

    names = sorted(contents(tmp_path / "a.medhash"))

    assert [name.split("-")[0] for name in names].count("records") >= 1
    assert sum(name.startswith("journal") for name in names) == 1
    before = state(library)
    library.close()
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before


def test_small_segments_are_merged(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    for _ in range(33):
        fill(library, 3)
        library.seal()
    before = state(library)
    library.close()

    names = contents(tmp_path / "a.medhash")

    assert sum(name.startswith("records") for name in names) <= 6
    assert sum(name.startswith("codes") for name in names) <= 6
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before


def test_large_segments_are_split_and_many_changes_worked_in(tmp_path, monkeypatch):
    monkeypatch.setattr(sealing, "MAX_SEGMENT_ROWS", 16)
    library = make_store(tmp_path / "a.medhash")
    for _ in range(5):
        fill(library, 10)
        library.seal()
    library.change([RowChange(row, hidden=True) for row in range(0, 50, 2)])
    size = (
        (tmp_path / "a.medhash" / journal_name(tmp_path / "a.medhash")).stat().st_size
    )

    monkeypatch.setattr(sealing, "_MAX_CARRIED", 4)
    library.seal()

    before = state(library)
    library.close()
    journal_size = (
        (tmp_path / "a.medhash" / journal_name(tmp_path / "a.medhash")).stat().st_size
    )
    assert journal_size < size
    with CodeStore.open(tmp_path / "a.medhash") as library:
        assert state(library) == before
        assert library.hidden == 25


def test_sealing_nothing_changes_nothing(tmp_path):
    library = make_store(tmp_path / "a.medhash")
    library.seal()
    fill(library, 1)
    library.seal()
    before = contents(tmp_path / "a.medhash")

    library.seal()
    library.append([], HashCodes(np.zeros((0, 2), np.uint8), BITS))
    library.change([])

    assert contents(tmp_path / "a.medhash") == before
    library.close()


def test_closing_seals_only_what_is_worth_it(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "_SEAL_ROWS_AT_CLOSE", 5)
    with make_store(tmp_path / "a.medhash") as library:
        fill(library, 4)
    assert not any(name.startswith("records") for name in contents(library.root))

    with CodeStore.open(tmp_path / "a.medhash", writable=True) as library:
        fill(library, 1)

    assert any(name.startswith("records") for name in contents(library.root))
    library.close()


def test_codes_of_another_model_stay_beside_the_active_ones(tmp_path):
    root = tmp_path / "a.medhash"
    with make_store(root) as library:
        fill(library, 3)
        library.seal()
    document = json.loads((root / "library.json").read_bytes())
    other = {**document["codes"]["m1"]["segments"][0], "file": "codes-000900.h5"}
    document["codes"]["m2"] = {"bits": 64, "segments": [other]}
    del document["crc32"]
    (root / "library.json").write_text(json.dumps(document))
    (root / "codes-000900.h5").write_bytes(b"codes that this test does not read")

    with CodeStore.open(root, writable=True) as library:
        fill(library, 3)
        library.seal()
        assert library.model_id == "m1"
        assert library.row_count == 6

    document = json.loads((root / "library.json").read_bytes())
    assert document["codes"]["m2"] == {"bits": 64, "segments": [other]}
    assert (root / "codes-000900.h5").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")
def test_every_file_of_a_library_is_its_owners_alone(tmp_path):
    root = tmp_path / "lib.medhash"
    with make_store(root) as library:
        fill(library, 300)
        library.seal()

    files = [file for file in root.iterdir() if file.name != "writer.lock"]

    assert len(files) >= 4
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
