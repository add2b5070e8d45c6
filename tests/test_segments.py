"""Segments give back what went in, and a damaged or foreign one is refused."""

from __future__ import annotations

import io
from pathlib import Path

import h5py
import numpy as np
import pytest

from medhash_gui.codes import HashCodes
from medhash_gui.errors import StoreFormatError
from medhash_gui.images import ImageRecord
from medhash_gui.library import segments
from medhash_gui.library.blocks import Block
from medhash_gui.library.manifest import Segment

FIRST = 7


def make_block(rows: int) -> Block:
    return Block.of(
        [
            ImageRecord(
                f"胸片/{n}\udcff.png",
                n % 3,
                n * 10**6,
                10**18 + n,
                n.to_bytes(16, "big"),
                None if n % 4 == 0 else f"P-{n // 3}",
                ("a", "ü")[: n % 3],
                None if n % 3 == 0 else f"C-{n // 2}",
                (("modality", "CR"), ("series", f"S-{n}"))[: n % 3],
            )
            for n in range(rows)
        ]
    )


def make_codes(rows: int, bits: int = 20) -> HashCodes:
    rng = np.random.default_rng(rows)
    return HashCodes.from_logits(rng.normal(size=(rows, bits)))


def place(root: Path, name: str, data: bytes, rows: int) -> Segment:
    (root / name).write_bytes(data)
    return Segment(name, FIRST, rows, len(data))


def place_records(root: Path, block: Block) -> Segment:
    data = segments.records_file(block, first_row=FIRST)
    return place(root, "records-000001.h5", data, len(block))


def place_codes(root: Path, codes: HashCodes, model_id: str = "m1") -> Segment:
    data = segments.codes_file(codes, first_row=FIRST, model_id=model_id)
    return place(root, "codes-000001.h5", data, len(codes))


@pytest.mark.parametrize("rows", [1, 3, 20_000])
def test_records_come_back_as_they_were(tmp_path, rows):
    block = make_block(rows)

    again = segments.read_records(tmp_path, place_records(tmp_path, block))

    assert content(again) == content(block)
    assert again.texts.paths.text(rows - 1) == f"胸片/{rows - 1}\udcff.png"


def content(block: Block) -> dict[str, object]:
    """Return a block as something that can be compared."""
    texts = block.texts
    tables = (texts.paths, texts.case_keys, texts.detail_texts)
    columns = {**vars(block), "cases": texts.cases, "details": texts.details}
    del columns["texts"]
    return {
        **{
            n: v.tolist() if isinstance(v, np.ndarray) else v
            for n, v in columns.items()
        },
        "tables": [[table.text(i) for i in range(len(table))] for table in tables],
    }


@pytest.mark.parametrize("bits", [1, 8, 20, 64, 4096])
def test_codes_come_back_as_they_were(tmp_path, bits):
    codes = make_codes(300, bits)
    segment = place_codes(tmp_path, codes)

    packed, soft, _ = segments.read_codes(tmp_path, segment, bits=bits, model_id="m1")

    assert np.array_equal(packed, codes.packed)
    rows = np.array([299, 0, 0, 150, 151, 7])
    assert codes.soft is not None
    assert np.array_equal(soft.read(rows), codes.soft[rows])
    assert np.array_equal(soft.read(np.arange(300)), codes.soft)
    assert soft.read(np.zeros(0, np.intp)).shape == (0, bits)


def test_old_programs_can_open_a_segment(tmp_path):
    data = segments.records_file(make_block(5), first_row=0)

    # Superblock version 0, the oldest.
    assert data[:9] == b"\x89HDF\r\n\x1a\n\x00"
    with h5py.File(io.BytesIO(data)) as file:
        assert file.attrs["format"] == "medhash-records"
        assert {name: d.dtype.str for name, d in file.items()} == {
            "digests": "|u1",
            "frames": "<i4",
            "sizes": "<i8",
            "modified": "<i8",
            "hidden": "|u1",
            "patients": "<i4",
            "labels": "<i4",
            "path_offsets": "<u8",
            "path_bytes": "|u1",
            "patient_keys": "|u1",
            "label_sets": "|u1",
            "cases": "<i4",
            "case_offsets": "<u8",
            "case_bytes": "|u1",
            "details": "<i4",
            "detail_offsets": "<u8",
            "detail_pages": "<u8",
            "detail_bytes": "|u1",
            "own_labels": "|u1",
        }


def test_a_segment_cut_or_changed_anywhere_is_refused_or_reads_the_same(tmp_path):
    block, codes = make_block(40), make_codes(40)
    records, coded = place_records(tmp_path, block), place_codes(tmp_path, codes)
    rng = np.random.default_rng(0)
    refused = 0
    for segment in (records, coded):
        path = tmp_path / segment.file
        data = path.read_bytes()
        for position in rng.integers(0, len(data), size=150):
            changed = bytearray(data)
            changed[position] ^= 1 << rng.integers(8)
            path.write_bytes(changed)
            try:
                if segment is records:
                    again = segments.read_records(tmp_path, segment)
                    assert content(again) == content(block)
                else:
                    packed, soft, _ = segments.read_codes(
                        tmp_path, segment, bits=20, model_id="m1"
                    )
                    assert np.array_equal(packed, codes.packed)
                    assert soft.read(np.arange(40)).shape == (40, 20)
            except StoreFormatError as error:
                refused += 1
                assert segment.file in str(error)  # noqa: PT017
        for size in (0, 100, len(data) // 2, len(data) - 1):
            path.write_bytes(data[:size])
            with pytest.raises(StoreFormatError, match="wrong size"):
                segments.read_records(tmp_path, segment)
        path.write_bytes(data)
    assert refused > 0


def test_a_segment_other_than_the_manifest_says_is_refused(tmp_path):
    records = place_records(tmp_path, make_block(4))
    codes = place_codes(tmp_path, make_codes(4))
    size = codes.size_bytes

    wrong = [
        Segment(records.file, FIRST + 1, 4, records.size_bytes),
        Segment(records.file, FIRST, 5, records.size_bytes),
        Segment(codes.file, FIRST, 4, size),
    ]
    for segment in wrong:
        with pytest.raises(StoreFormatError, match=segment.file):
            segments.read_records(tmp_path, segment)
    for bits, model_id in [(20, "m2"), (19, "m1")]:
        with pytest.raises(StoreFormatError, match=codes.file):
            segments.read_codes(tmp_path, codes, bits=bits, model_id=model_id)
    with pytest.raises(FileNotFoundError):
        segments.read_records(tmp_path, Segment("records-000009.h5", 0, 1, 1))


def _rewritten(root: Path, segment: Segment, change) -> Segment:
    path = root / segment.file
    with h5py.File(path, "r+") as file:
        change(file)
    return Segment(segment.file, segment.first_row, segment.rows, path.stat().st_size)


def _external_link(file: h5py.File) -> None:
    del file["digests"]
    file["digests"] = h5py.ExternalLink("other.h5", "digests")


def _external_storage(file: h5py.File) -> None:
    del file["hidden"]
    file.create_dataset(
        "hidden", (4,), "|u1", external=[("secret.bin", 0, h5py.h5f.UNLIMITED)]
    )


def _virtual(file: h5py.File) -> None:
    del file["hidden"]
    layout = h5py.VirtualLayout((4,), "|u1")
    layout[:] = h5py.VirtualSource("other.h5", "hidden", shape=(4,))
    file.create_virtual_dataset("hidden", layout)


def _replace(name: str, values: object):
    def change(file: h5py.File) -> None:
        del file[name]
        if values is not None:
            file[name] = values

    return change


def _text(text: str) -> np.ndarray:
    return np.frombuffer(text.encode(), np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(_external_link, id="external link"),
        pytest.param(_external_storage, id="external storage"),
        pytest.param(_virtual, id="virtual"),
        pytest.param(_replace("frames", None), id="missing"),
        pytest.param(_replace("frames", np.zeros(4, "<i8")), id="type"),
        pytest.param(_replace("frames", np.zeros(5, "<i4")), id="shape"),
        pytest.param(_replace("frames", np.zeros((4, 1), "<i4")), id="rank"),
        pytest.param(_replace("labels", np.full(4, 9, "<i4")), id="label out of range"),
        pytest.param(_replace("patients", np.full(4, -2, "<i4")), id="patient"),
        pytest.param(_replace("path_offsets", np.arange(5, dtype="<u8")), id="offsets"),
        pytest.param(_replace("cases", np.full(4, 9, "<i4")), id="case out of range"),
        pytest.param(_replace("details", np.full(4, 9, "<i4")), id="detail"),
        pytest.param(_replace("case_offsets", np.arange(3, dtype="<u8")), id="cases"),
        pytest.param(_replace("detail_offsets", np.zeros(0, "<u8")), id="no offsets"),
        pytest.param(_replace("detail_pages", np.zeros(1, "<u8")), id="pages"),
        pytest.param(_replace("detail_bytes", None), id="details missing"),
        pytest.param(_replace("sizes", np.zeros(4, "<i8")), id="checksum"),
        pytest.param(_replace("label_sets", _text("{}")), id="labels no list"),
        pytest.param(_replace("label_sets", _text('["a"')), id="labels no JSON"),
        pytest.param(_replace("label_sets", _text("[[1]]")), id="labels no text"),
        pytest.param(_replace("patient_keys", _text("[1]")), id="key no text"),
    ],
)
def test_a_stranger_s_segment_is_read_as_data_or_refused(tmp_path, change):
    segment = place_records(tmp_path, make_block(4))
    changed = _rewritten(tmp_path, segment, change)

    with pytest.raises(StoreFormatError, match=r"records-000001\.h5"):
        segments.read_records(tmp_path, changed)


def test_a_damaged_list_of_chunks_is_not_read_as_zeros(tmp_path):
    block = make_block(40)
    segment = place_records(tmp_path, block)
    path = tmp_path / segment.file
    data = path.read_bytes()
    # The list of a dataset's chunks is a tree, whose nodes have no checksum: its last
    # key says where the chunks end.
    places = [at for at in range(len(data)) if data.startswith(b"TREE\x01", at)]
    changed = 0
    for place in places:
        for offset in range(24, 24 + 80):
            damaged = bytearray(data)
            damaged[place + offset] ^= 2
            path.write_bytes(damaged)
            try:
                again = segments.read_records(tmp_path, segment)
                assert content(again) == content(block), (place, offset)
            except StoreFormatError:
                changed += 1
    assert changed > 0


def test_details_are_read_when_they_are_asked_for_and_checked(tmp_path):
    block = make_block(3)
    segment = place_records(tmp_path, block)
    texts = segments.read_records(tmp_path, segment).texts.detail_texts
    path = tmp_path / segment.file
    data = path.read_bytes()
    with h5py.File(path) as file:
        place = file["detail_bytes"].id.get_offset()
        size = len(file["detail_bytes"])
    for position in range(place, place + size):
        changed = bytearray(data)
        changed[position] ^= 8
        path.write_bytes(changed)
        with pytest.raises(StoreFormatError, match=r"records-000001\.h5"):
            texts.text(1)
    path.write_bytes(data[: place + 3])
    with pytest.raises(StoreFormatError, match=r"records-000001\.h5"):
        texts.text(1)
    path.unlink()
    with pytest.raises(FileNotFoundError):
        texts.text(1)
    path.write_bytes(data)

    assert texts.text(1) == block.texts.detail_texts.text(1)
    path.unlink()
    # The page that was read last is kept.
    assert texts.text(0) == block.texts.detail_texts.text(0)


def test_a_segment_of_format_1_is_read(tmp_path):
    def as_before(file: h5py.File) -> None:
        file.attrs["format_version"] = 1
        del file.attrs["crc32"]
        for name in list(file):
            if name.startswith(("case", "detail")):
                del file[name]

    block = make_block(5)
    segment = _rewritten(tmp_path, place_records(tmp_path, block), as_before)

    again = segments.read_records(tmp_path, segment)

    assert again.texts.paths.slice(0, 5) == block.texts.paths.slice(0, 5)
    assert again.texts.cases.tolist() == [-1] * 5
    assert again.texts.details.tolist() == [-1] * 5


def test_soft_values_must_lie_in_one_piece(tmp_path):
    def spread(file: h5py.File) -> None:
        values = file["soft"][()]
        del file["soft"]
        file.create_dataset("soft", data=values, chunks=(2, 20))

    segment = _rewritten(tmp_path, place_codes(tmp_path, make_codes(4)), spread)

    with pytest.raises(StoreFormatError, match=r"codes-000001\.h5"):
        segments.read_codes(tmp_path, segment, bits=20, model_id="m1")


def test_a_segment_cut_off_while_it_is_in_use_is_named(tmp_path):
    segment = place_codes(tmp_path, make_codes(300))
    _, soft, _ = segments.read_codes(tmp_path, segment, bits=20, model_id="m1")
    (tmp_path / segment.file).write_bytes(b"short")

    with pytest.raises(StoreFormatError, match=r"codes-000001\.h5"):
        soft.read(np.array([299]))


def test_codes_with_spare_bits_set_are_refused(tmp_path):
    change = _replace("packed", np.full((4, 3), 255, np.uint8))
    segment = _rewritten(tmp_path, place_codes(tmp_path, make_codes(4)), change)

    with pytest.raises(StoreFormatError, match=r"codes-000001\.h5"):
        segments.read_codes(tmp_path, segment, bits=20, model_id="m1")
