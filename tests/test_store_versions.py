"""Libraries of every released format are read for ever; the formats are as specified.

The example of format 2 is read twice: by the program, and by a reader written from
``docs/library-format.md`` alone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import struct
import zlib
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import h5py
import library_v2
import library_v3
import numpy as np
import pytest

from medhash_gui.codes import HashCodes
from medhash_gui.library import durable
from medhash_gui.store import CodeStore


@pytest.fixture(autouse=True)
def quick_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spare the tests the wait for the disk."""
    monkeypatch.setattr(durable.os, "fsync", lambda descriptor: None)


class Keys:
    """The keys of section 6, from the specification."""

    def __init__(self, secret: bytes) -> None:
        self.secret = secret

    def hashed(self, prefix: str, text: str) -> str:
        digest = hmac.new(self.secret, text.encode(), hashlib.sha256).hexdigest()
        return f"{prefix}-{digest[:20]}"

    def patient_keys(self, who: Any) -> tuple[str, ...]:
        plain = self.hashed("P", who.patient)
        whole = self.hashed("P", json.dumps(["", who.birth_date, who.patient]))
        return ((whole, plain) if who.birth_date else (plain,)) if who.patient else ()

    def case_key(self, who: Any) -> str | None:
        parts = ["case", "", who.birth_date, who.patient, who.study]
        return self.hashed("C", json.dumps(parts)) if who.study else None

    def series_key(self, who: Any) -> str | None:
        parts = ["series", "", who.birth_date, who.patient, who.study, who.series]
        return self.hashed("S", json.dumps(parts)) if who.series else None


@pytest.mark.parametrize("writable", [False, True])
def test_a_library_of_format_version_2_can_be_read_for_ever(tmp_path, writable):
    root = shutil.copytree(library_v2.ROOT, tmp_path / "v2.medhash")
    codes = HashCodes.from_logits(library_v2.logits())
    records = library_v2.changed(Keys(library_v2.secret()))

    with CodeStore.open(root, writable=writable) as library:
        assert library.format_version == 2
        assert library.unlinked
        assert library.choices == library_v2.CHOICES
        assert library.indexed_root == Path("/images/synthetic")
        assert library.records(range(library_v2.ROWS)) == records
        assert np.flatnonzero(~library.visible).tolist() == [2, 8]
        assert np.array_equal(library.packed, codes.packed)
        assert np.array_equal(library.soft(range(library_v2.ROWS)), codes.soft)
        assert library.detail_counts("modality") == {"CR": 1, "DX": 2, "OP": 1}
        if writable:
            library.seal()
    with CodeStore.open(root) as library:
        assert library.records(range(library_v2.ROWS)) == records


@pytest.mark.parametrize("writable", [False, True])
def test_a_library_of_format_version_3_can_be_read_for_ever(tmp_path, writable):
    root = shutil.copytree(library_v3.ROOT, tmp_path / "v3.medhash")
    keys = Keys(
        bytes.fromhex(json.loads((root / "library.json").read_bytes())["pseudonym_key"])
    )
    records = [library_v2.record(row, keys) for row in range(library_v2.ROWS)]
    for row, labels in library_v3.OWN_LABELS.items():
        records[row] = replace(records[row], labels=labels)

    with CodeStore.open(root, writable=writable) as library:
        assert library.format_version == 3
        if writable:
            list(library.compacting())
    with CodeStore.open(root) as library:
        assert library.records(range(library_v2.ROWS)) == records
        assert np.flatnonzero(library.hidden_rows).tolist() == library_v3.HIDDEN
        assert np.flatnonzero(library.left_out).tolist() == library_v3.LEFT_OUT
        assert np.flatnonzero(library.own_labels).tolist() == [*library_v3.OWN_LABELS]
        gone = {*library_v3.HIDDEN, *library_v3.LEFT_OUT}
        assert set(np.flatnonzero(~library.visible).tolist()) == gone


def test_the_example_of_format_3_is_as_the_specification_says():
    root = library_v3.ROOT
    manifest = json.loads((root / "library.json").read_bytes())
    (segment,) = manifest["records"]
    with h5py.File(root / segment["file"]) as file:
        assert file.attrs["format_version"] == 3
        hidden = file["hidden"][()].tolist() + [0] * 3
        own = file["own_labels"][()].tolist() + [0] * 3
    for change in _changes((root / manifest["journal"]).read_bytes()):
        row = change["row"]
        for key, number in (("hidden", 1), ("left_out", 4)):
            if key in change:
                hidden[row] = hidden[row] & ~number | number * change[key]
        own[row] = int(change.get("own_labels", own[row]))

    assert [n for n, is_own in enumerate(own) if is_own] == [*library_v3.OWN_LABELS]
    assert [n for n, state in enumerate(hidden) if state & 1] == library_v3.HIDDEN
    assert [n for n, state in enumerate(hidden) if state & 4] == library_v3.LEFT_OUT


def test_what_format_2_did_not_define_is_hidden_and_not_left_out(tmp_path):
    """Before format 3 a 4 in ``hidden`` was as good as a 1."""
    root = shutil.copytree(library_v2.ROOT, tmp_path / "v2.medhash")
    first = json.loads((root / "library.json").read_bytes())["records"][0]["file"]
    with h5py.File(root / first, "r+") as file:
        file["hidden"][1] = 4
        known = json.loads(file.attrs["crc32"])
        known["hidden"] = zlib.crc32(file["hidden"][()].tobytes())
        file.attrs["crc32"] = json.dumps(known)

    with CodeStore.open(root) as library:
        assert library.hidden_rows[1]
        assert not library.left_out.any()


def test_the_example_is_as_the_specification_says():
    root = library_v2.ROOT
    manifest = json.loads((root / "library.json").read_bytes())
    rows: list[dict[str, Any]] = []
    for segment in manifest["records"]:
        rows += _segment_rows(root / segment["file"])
    journal = (root / manifest["journal"]).read_bytes()
    assert journal[:8] == b"MHJRNL1\n"
    place = 8
    while place < len(journal):
        place = _take_frame(journal, place, rows)

    expected = library_v2.changed(Keys(bytes.fromhex(manifest["pseudonym_key"])))

    assert [row["path"] for row in rows] == [record.path for record in expected]
    assert [row["case_key"] for row in rows] == [r.case_key or "" for r in expected]
    assert [row["details"] for row in rows] == [dict(r.details) for r in expected]
    assert manifest["pseudonym_digits"] == 20


def _segment_rows(path: Path) -> list[dict[str, Any]]:
    with h5py.File(path) as file:
        known = json.loads(file.attrs["crc32"])
        for name, dataset in file.items():
            if name != "detail_bytes":
                assert zlib.crc32(dataset[()].tobytes()) == known.pop(name), name
        assert not known
        assert file.attrs["format_version"] == 2
        arrays = {name: dataset[()] for name, dataset in file.items()}
    packed, ends = arrays["detail_bytes"].tobytes(), arrays["detail_pages"].tolist()
    pages = [zlib.decompress(packed[start:stop]) for start, stop in pairwise(ends)]
    assert all(len(page) == 16_384 for page in pages[:-1])
    details = _cut(b"".join(pages), arrays["detail_offsets"])
    cases = _cut(arrays["case_bytes"].tobytes(), arrays["case_offsets"])
    paths = _cut(arrays["path_bytes"].tobytes(), arrays["path_offsets"])
    return _rows(paths, arrays["cases"], cases, arrays["details"], details)


def _changes(journal: bytes) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    place = 8
    while place < len(journal):
        _, _, length, _ = struct.unpack_from("<4sQII", journal, place)
        (size,) = struct.unpack_from("<I", journal, place + 20)
        found += json.loads(journal[place + 24 :][:size])["changes"]
        place += 20 + length
    return found


def _take_frame(journal: bytes, place: int, rows: list[dict[str, Any]]) -> int:
    magic, _, length, _ = struct.unpack_from("<4sQII", journal, place)
    assert magic == b"MHJ1"
    payload = journal[place + 20 :][:length]
    (size,) = struct.unpack_from("<I", payload)
    head = json.loads(payload[4 : 4 + size])
    count = head["rows"]
    if count:
        start = 4 + size + count * (16 + 4 + 8 + 8 + 1 + 4 + 4)
        offsets = np.frombuffer(payload, "<u8", count + 1, start)
        start += offsets.nbytes
        paths = _cut(payload[start : start + head["path_bytes"]], offsets)
        start += head["path_bytes"] + count * (-(-head["bits"] // 8) + 2 * head["bits"])
        cases = np.frombuffer(payload, "<i4", count, start)
        details = np.frombuffer(payload, "<i4", count, start + 4 * count)
        assert start + 8 * count == len(payload)
        texts = head["detail_texts"]
        rows += _rows(paths, cases, head["case_keys"], details, texts)
    for change in head["changes"]:
        row = rows[change["row"]]
        row.update({key: change[key] for key in row if key in change})
    return place + 20 + length


def _cut(data: bytes, offsets: np.ndarray) -> list[str]:
    return [
        data[start:stop].decode("utf-8", "surrogatepass")
        for start, stop in pairwise(offsets.tolist())
    ]


def _rows(
    paths: list[str],
    cases: np.ndarray,
    case_keys: list[str],
    details: np.ndarray,
    texts: list[str],
) -> list[dict[str, Any]]:
    return [
        {
            "path": path,
            "case_key": case_keys[case] if case >= 0 else "",
            "details": json.loads(texts[detail]) if detail >= 0 else {},
        }
        for path, case, detail in zip(
            paths, cases.tolist(), details.tolist(), strict=True
        )
    ]
