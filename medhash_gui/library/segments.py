"""Segments of a library: HDF5 files of rows, written once and never touched again.

Records and codes are separate files, so that the codes of another model can lie beside
the active ones. A segment is put together in memory and written like any other file:
HDF5 itself never writes to the disk, so no crash can leave it a file half done.

The soft values lie uncompressed in one piece, so that the few rows a search asks for
are read by their place in the file; details likewise, in compressed pages with their
own checksums (``detail_pages``). All other arrays have a checksum in the attribute
``crc32``: HDF5's own cover values, but not where they lie, and a part that it cannot
find is read as zeros.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from errno import ENOENT
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import numpy.typing as npt
from h5py import h5d, h5l, h5s

from medhash_gui import routes
from medhash_gui.codes import HashCodes, code_bytes
from medhash_gui.library import detail_pages
from medhash_gui.library.blocks import (
    DIGEST_BYTES,
    HIDDEN,
    OWN_ROW_TYPES,
    REMOVED,
    ROW_TYPES,
    SHOWN,
    TEXT_ROW_TYPES,
    Block,
    BlockTexts,
)
from medhash_gui.library.detail_pages import DetailPages
from medhash_gui.library.manifest import Segment, damaged
from medhash_gui.library.soft_values import SoftPlace
from medhash_gui.library.texts import Texts
from medhash_gui.routes import Runs

_RECORDS = "medhash-records"
_CODES = "medhash-codes"
# The newest version of each kind; older ones are read.
_VERSIONS = {_RECORDS: 3, _CODES: 1}
_CHUNK_ROWS = 16_384
# Soft values are read row by row, too few at a time to check them all: a checksum for
# so many rows, for verifying.
SOFT_ROWS = 16
# Read by their place in the file; the pages of details check themselves.
_UNCHECKED = frozenset({"soft", "detail_bytes"})
# What h5py raises for a file that is not as it should be, and what our checks do.
FAULTS = (KeyError, ValueError, TypeError, RuntimeError, OSError, OverflowError)


def records_file(block: Block, *, first_row: int) -> bytes:
    """Return a segment of records as the bytes of its file."""
    with _new_file(_RECORDS, first_row, len(block)) as file:
        _write(file, "digests", block.digests, "|u1", compress=False)
        for name, dtype in {**ROW_TYPES, **OWN_ROW_TYPES}.items():
            _write(file, name, getattr(block, name), dtype, compress=True)
        texts = block.texts
        for name, dtype in TEXT_ROW_TYPES.items():
            _write(file, name, getattr(texts, name), dtype, compress=True)
        _write(file, "path_offsets", texts.paths.offsets, "<u8", compress=True)
        _write(file, "path_bytes", texts.paths.data, "|u1", compress=True)
        _write(file, "case_offsets", texts.case_keys.offsets, "<u8", compress=True)
        # Hashes hardly compress, and unpacking them would slow opening.
        _write(file, "case_bytes", texts.case_keys.data, "|u1", compress=False)
        offsets, pages, data = detail_pages.packed(texts.detail_texts)
        _write(file, "detail_offsets", offsets, "<u8", compress=True)
        _write(file, "detail_pages", pages, "<u8", compress=True)
        file.create_dataset("detail_bytes", data=data)
        for name in ("patient_keys", "label_sets"):
            text = json.dumps(getattr(block, name)).encode("ascii")
            _write(file, name, np.frombuffer(text, np.uint8), "|u1", compress=True)
        return _image(file)


def codes_file(codes: HashCodes, *, first_row: int, model_id: str) -> bytes:
    """Return a segment of codes as the bytes of its file."""
    with _new_file(_CODES, first_row, len(codes)) as file:
        file.attrs["model_id"] = model_id
        file.attrs["bits"] = codes.bits
        _write(file, "packed", codes.packed, "|u1", compress=False)
        soft = codes.soft_or_signs().astype("<f2")
        file.create_dataset("soft", data=soft)
        _write(file, "soft_crc32", soft_checksums(soft), "<u4", compress=False)
        if codes.routes:
            text = json.dumps(codes.routes).encode("ascii")
            _write(file, "routes", np.frombuffer(text, np.uint8), "|u1", compress=True)
        return _image(file)


def soft_checksums(soft: npt.NDArray[np.float16]) -> npt.NDArray[np.uint32]:
    """Return the CRC-32 of every ``SOFT_ROWS`` rows of soft values, uint32 (m,)."""
    return np.array(
        [
            zlib.crc32(soft[start : start + SOFT_ROWS].tobytes())
            for start in range(0, len(soft), SOFT_ROWS)
        ],
        np.uint32,
    )


def read_records(root: Path, segment: Segment) -> Block:
    """Return the records of a segment.

    Raises:
        FileNotFoundError: there is no such file.
        StoreFormatError: the file is truncated, damaged or another one.
    """
    rows = segment.rows
    with _opened(root, segment, _RECORDS) as file:
        arrays = Arrays(file)
        columns: dict[str, Any] = {
            name: arrays.read(name, dtype, (rows,)) for name, dtype in ROW_TYPES.items()
        }
        columns.update(_read_own(arrays, rows))
        columns["hidden"] = known_states(columns["hidden"], arrays.version)
        paths = Texts(
            arrays.read("path_offsets", "<u8", (rows + 1,)),
            arrays.read("path_bytes", "|u1", (None,)),
        )
        return Block(
            **columns,
            digests=arrays.read("digests", "|u1", (rows, DIGEST_BYTES)),
            patient_keys=tuple(_texts(arrays.read_json("patient_keys"))),
            label_sets=tuple(
                tuple(_texts(names)) for names in arrays.read_json("label_sets")
            ),
            texts=_read_texts(arrays, root / segment.file, paths),
        )


def known_states(hidden: npt.NDArray[np.uint8], version: int) -> npt.NDArray[np.uint8]:
    """Return what ``hidden`` says; before format 3 only 0 and 2 had a meaning."""
    if version >= 3:
        return hidden
    return np.where((hidden == SHOWN) | (hidden == REMOVED), hidden, np.uint8(HIDDEN))


def _read_own(arrays: Arrays, rows: int) -> dict[str, npt.NDArray[np.uint8]]:
    """Return what came with format 3; nothing was by hand before."""
    if arrays.version < 3:
        return {name: np.zeros(rows, np.uint8) for name in OWN_ROW_TYPES}
    return {n: arrays.read(n, dtype, (rows,)) for n, dtype in OWN_ROW_TYPES.items()}


def _read_texts(arrays: Arrays, path: Path, paths: Texts) -> BlockTexts:
    """Return the texts of a segment; its details stay on the disk."""
    if arrays.version < 2:
        return BlockTexts.without(paths)
    columns: dict[str, Any] = {
        name: arrays.read(name, dtype, (len(paths),))
        for name, dtype in TEXT_ROW_TYPES.items()
    }
    data = arrays.dataset("detail_bytes", "|u1", (None,))
    return BlockTexts(
        **columns,
        paths=paths,
        case_keys=Texts(
            arrays.read("case_offsets", "<u8", (None,)),
            arrays.read("case_bytes", "|u1", (None,)),
        ),
        detail_texts=DetailPages(
            path,
            offset_of(data),
            data.shape[0],
            offsets=arrays.read("detail_offsets", "<u8", (None,)),
            pages=arrays.read("detail_pages", "<u8", (None,)),
        ),
    )


def read_codes(
    root: Path, segment: Segment, *, bits: int, model_id: str
) -> tuple[npt.NDArray[np.uint8], SoftPlace, Runs]:
    """Return a segment's packed codes, where its soft values lie, and the routes.

    Raises:
        FileNotFoundError: there is no such file.
        StoreFormatError: the file is truncated, damaged, or another model's.
    """
    with _opened(root, segment, _CODES) as file:
        if file.attrs["model_id"] != model_id or file.attrs["bits"] != bits:
            message = "codes of another model"
            raise ValueError(message)
        arrays = Arrays(file)
        packed = arrays.read("packed", "|u1", (segment.rows, code_bytes(bits)))
        HashCodes(packed, bits)
        soft = arrays.dataset("soft", "<f2", (segment.rows, bits))
        place = SoftPlace(root / segment.file, offset_of(soft), bits, segment.rows)
        made = arrays.read_json("routes") if "routes" in file else []
        return packed, place, routes.from_json(made, segment.rows)


@contextmanager
def _opened(root: Path, segment: Segment, kind: str) -> Iterator[h5py.File]:
    """Open a segment for reading; whatever is wrong with it is a StoreFormatError."""
    path = root / segment.file
    if path.stat().st_size != segment.size_bytes:
        raise damaged(root, segment.file, "has the wrong size")
    try:
        # Nobody writes to a segment, and files on read-only media cannot be locked.
        with h5py.File(path, "r", locking=False) as file:
            if (
                file.attrs["format"] != kind
                or not 1 <= file.attrs["format_version"] <= _VERSIONS[kind]
                or file.attrs["first_row"] != segment.first_row
                or file.attrs["rows"] != segment.rows
            ):
                message = "not the segment that the manifest names"
                raise ValueError(message)
            yield file
    except FAULTS as error:
        if not path.exists():
            # A writer has merged it away since its size was looked at.
            raise FileNotFoundError(ENOENT, "removed", str(path)) from error
        raise damaged(root, segment.file) from error


def _new_file(kind: str, first_row: int, rows: int) -> h5py.File:
    file = h5py.File("segment", "w", driver="core", backing_store=False)
    file.attrs["format"] = kind
    file.attrs["format_version"] = _VERSIONS[kind]
    file.attrs["first_row"] = first_row
    file.attrs["rows"] = rows
    return file


def _image(file: h5py.File) -> bytes:
    """Return a file that is complete as bytes, with the checksums of its arrays."""
    known = {
        name: zlib.crc32(dataset[()].tobytes())
        for name, dataset in file.items()
        if name not in _UNCHECKED
    }
    file.attrs["crc32"] = json.dumps(known)
    file.flush()
    image: bytes = file.id.get_file_image()
    return image


def _write(
    file: h5py.File, name: str, values: npt.NDArray[Any], dtype: str, *, compress: bool
) -> None:
    if not len(values):
        file.create_dataset(name, data=values.astype(dtype))
        return
    chunk = 64 * _CHUNK_ROWS if name.endswith("_bytes") else _CHUNK_ROWS
    file.create_dataset(
        name,
        data=values.astype(dtype, copy=False),
        chunks=(min(len(values), chunk), *values.shape[1:]),
        compression="gzip" if compress else None,
        compression_opts=1 if compress else None,
        shuffle=compress,
    )


class Arrays:
    """The arrays of an open segment, each checked before it is given out."""

    def __init__(self, file: h5py.File) -> None:
        self.version = int(file.attrs["format_version"])
        self._file = file.id
        # Of files that were written before there were checksums nothing is known.
        self._known = json.loads(file.attrs.get("crc32", "{}"))

    def dataset(
        self, name: str, dtype: str, shape: tuple[int | None, ...]
    ) -> h5py.Dataset:
        """Return a dataset that is what it should be and lies in this file.

        A stranger's file might refer to other files of this computer.
        """
        return h5py.Dataset(self._found(name, dtype, shape))

    def read(
        self, name: str, dtype: str, shape: tuple[int | None, ...]
    ) -> npt.NDArray[Any]:
        """Return the values of a dataset."""
        found = self._found(name, dtype, shape)
        values = np.empty(found.shape, dtype)
        if values.size:
            found.read(h5s.ALL, h5s.ALL, values)
        known = self._known.get(name)
        if known is not None and zlib.crc32(values.data) != known:
            message = f"{name} is damaged"
            raise ValueError(message)
        return values

    def _found(
        self, name: str, dtype: str, shape: tuple[int | None, ...]
    ) -> h5d.DatasetID:
        # By HDF5's own calls: hundreds of arrays are read when a library is opened, and
        # h5py's objects take twice as long as they.
        link = name.encode("ascii")
        if self._file.links.get_info(link).type != h5l.TYPE_HARD:
            message = f"{name} is missing"
            raise ValueError(message)
        found = h5d.open(self._file, link)
        made = found.get_create_plist()
        if (
            made.get_layout() == h5d.VIRTUAL
            or made.get_external_count()
            or found.dtype != np.dtype(dtype)
            or len(found.shape) != len(shape)
            or any(want not in (None, have) for want, have in zip(shape, found.shape))  # noqa: B905
        ):
            message = f"{name} is not what it should be"
            raise ValueError(message)
        return found

    def read_json(self, name: str) -> list[Any]:
        """Return the list that a dataset of bytes holds."""
        value = json.loads(self.read(name, "|u1", (None,)).tobytes())
        if not isinstance(value, list):
            message = f"{name} is not a list"
            raise TypeError(message)
        return value


def offset_of(dataset: h5py.Dataset) -> int:
    """Return where in its file a dataset's values begin; they lie in one piece."""
    offset = dataset.id.get_offset() if dataset.size else 0
    if offset is None:
        message = f"{dataset.name} does not lie in one piece"
        raise ValueError(message)
    return int(offset)


def _texts(values: list[Any]) -> list[str]:
    if not {*map(type, values)} <= {str}:
        message = "a text is not a text"
        raise TypeError(message)
    return values
