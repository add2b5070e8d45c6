"""Consecutive rows of a library as columns, and changes to single rows.

Journal and segments hold blocks: one array a field, with tables of the block's own for
patients and labels, so that neither disk nor memory holds a million small objects.

Text is UTF-8; a lone surrogate, which stands for a byte of a POSIX file name that is
not UTF-8, is kept as the three bytes of its code point, so every name comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui.images import ImageRecord

DIGEST_BYTES = 16

# The columns of a block with one number a row, and their types on disk.
ROW_TYPES = {
    "frames": "<i4",
    "sizes": "<i8",
    "modified": "<i8",
    "hidden": "|u1",
    "patients": "<i4",
    "labels": "<i4",
}


@dataclass(frozen=True, slots=True)
class RowChange:
    """What is to be different about one row; None leaves a field as it is.

    Attributes:
        row: row number.
        hidden: leave the row out of every search, or take it in again.
        path: new path, POSIX and relative to the indexed root.
        size_bytes: new size of the file.
        modified_ns: new time of last change of the file.
        labels: new labels, all of them; () for none.
        patient_key: new pseudonym; "" for an unknown patient.
    """

    row: int
    hidden: bool | None = None
    path: str | None = None
    size_bytes: int | None = None
    modified_ns: int | None = None
    labels: tuple[str, ...] | None = None
    patient_key: str | None = None


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows.

    Attributes:
        digests: uint8 (n, 16).
        frames: int32 (n,).
        sizes: int64 (n,) bytes.
        modified: int64 (n,) nanoseconds since 1970.
        hidden: uint8 (n,), 0 for visible.
        patients: int32 (n,) index into ``patient_keys``, -1 for unknown.
        labels: int32 (n,) index into ``label_sets``.
        path_offsets: uint64 (n + 1,) where each path begins and the last one ends.
        path_bytes: uint8 (bytes,) all paths, one after the other.
        patient_keys: pseudonyms.
        label_sets: each the labels of one or more rows.
    """

    digests: npt.NDArray[np.uint8]
    frames: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int64]
    modified: npt.NDArray[np.int64]
    hidden: npt.NDArray[np.uint8]
    patients: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int32]
    path_offsets: npt.NDArray[np.uint64]
    path_bytes: npt.NDArray[np.uint8]
    patient_keys: tuple[str, ...]
    label_sets: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        rows = len(self.digests)
        per_row = [getattr(self, name) for name in ROW_TYPES]
        offsets = self.path_offsets
        sound = (
            self.digests.shape == (rows, DIGEST_BYTES)
            and all(column.shape == (rows,) for column in per_row)
            and offsets.shape == (rows + 1,)
            and offsets[0] == 0
            and offsets[-1] == len(self.path_bytes)
            and bool(np.all(offsets[1:] >= offsets[:-1]))
            and _within(self.patients, -1, len(self.patient_keys))
            and _within(self.labels, 0, len(self.label_sets))
        )
        if not sound:
            message = "the columns contradict each other"
            raise ValueError(message)

    def __len__(self) -> int:
        return len(self.digests)

    @classmethod
    def of(cls, records: Sequence[ImageRecord]) -> Block:
        """Return records as columns.

        Raises:
            ValueError: a digest is not 16 bytes long.
        """
        digests = b"".join(record.digest for record in records)
        if any(len(record.digest) != DIGEST_BYTES for record in records):
            message = f"A digest has {DIGEST_BYTES} bytes."
            raise ValueError(message)
        patient_ids: dict[str, int] = {}
        label_ids: dict[tuple[str, ...], int] = {}
        offsets, path_bytes = pack_text(record.path for record in records)
        keys = [record.patient_key for record in records]
        return cls(
            digests=np.frombuffer(digests, np.uint8).reshape(-1, DIGEST_BYTES),
            frames=np.array([record.frame for record in records], np.int32),
            sizes=np.array([record.size_bytes for record in records], np.int64),
            modified=np.array([record.modified_ns for record in records], np.int64),
            hidden=np.zeros(len(records), np.uint8),
            patients=np.array(
                [
                    patient_ids.setdefault(k, len(patient_ids)) if k else -1
                    for k in keys
                ],
                np.int32,
            ),
            labels=np.array(
                [label_ids.setdefault(r.labels, len(label_ids)) for r in records],
                np.int32,
            ),
            path_offsets=offsets,
            path_bytes=path_bytes,
            patient_keys=tuple(patient_ids),
            label_sets=tuple(label_ids),
        )

    def path(self, index: int) -> str:
        """Return the path of one row."""
        start, stop = self.path_offsets[index : index + 2].tolist()
        return unpack_text(self.path_bytes[start:stop].tobytes())

    def paths(self, first: int, stop: int) -> list[str]:
        """Return the paths of rows ``first`` to ``stop``."""
        data = self.path_bytes.tobytes()
        ends = pairwise(self.path_offsets[first : stop + 1].tolist())
        if data.isascii():
            text = data.decode("ascii")
            return [text[start:stop] for start, stop in ends]
        return [unpack_text(data[start:stop]) for start, stop in ends]


def pack_text(
    texts: Iterable[str],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint8]]:
    """Return texts as offsets uint64 (n + 1,) and bytes uint8."""
    encoded = [text.encode("utf-8", "surrogatepass") for text in texts]
    offsets = np.zeros(len(encoded) + 1, np.uint64)
    np.cumsum([len(text) for text in encoded], out=offsets[1:], dtype=np.uint64)
    return offsets, np.frombuffer(b"".join(encoded), np.uint8)


def unpack_text(data: bytes) -> str:
    """Return the text of some bytes that ``pack_text`` made."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        # Not of our making; a path that leads nowhere is shown rather than a failure.
        return data.decode("utf-8", "replace")


def _within(values: npt.NDArray[Any], low: int, stop: int) -> bool:
    return not len(values) or bool(values.min() >= low and values.max() < stop)
