"""Consecutive rows of a library as columns, and changes to single rows.

Journal and segments hold blocks: one array a field, with tables of the block's own for
patients, labels, cases and details, so that neither disk nor memory holds a million
small objects.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import details
from medhash_gui.details import Details
from medhash_gui.images import ImageRecord
from medhash_gui.library.texts import Texts, TextSource

DIGEST_BYTES = 16

# What the column ``hidden`` says of a row; it holds nothing any more where removed. A
# row that a person left out may be hidden, too, as its file is gone: a sum of both.
SHOWN, HIDDEN, REMOVED, LEFT_OUT = 0, 1, 2, 4

# The columns of a block with one number a row, and their types on disk.
ROW_TYPES = {
    "frames": "<i4",
    "sizes": "<i8",
    "modified": "<i8",
    "hidden": "|u1",
    "patients": "<i4",
    "labels": "<i4",
}
# Those that came with format 2; they belong to ``BlockTexts``.
TEXT_ROW_TYPES = {"cases": "<i4", "details": "<i4"}
# And with format 3; new rows of a journal have none of it, only changes do.
OWN_ROW_TYPES = {"own_labels": "|u1"}


@dataclass(frozen=True, slots=True)
class RowChange:
    """What is to be different about one row; None leaves a field as it is.

    Attributes:
        row: row number.
        hidden: pass over the row in every search, as its file is gone, or no longer.
        path: new path, POSIX and relative to the indexed root.
        size_bytes: new size of the file.
        modified_ns: new time of last change of the file.
        labels: new labels, all of them; () for none.
        patient_key: new pseudonym; "" for an unknown patient.
        case_key: new key of the case; "" for an unknown case.
        details: new details, all of them; () for none.
        left_out: a person leaves the row out of every search, or takes it back.
        own_labels: the labels were given by hand, so that indexing keeps them, or
            come from their source again.
    """

    row: int
    hidden: bool | None = None
    path: str | None = None
    size_bytes: int | None = None
    modified_ns: int | None = None
    labels: tuple[str, ...] | None = None
    patient_key: str | None = None
    case_key: str | None = None
    details: Details | None = None
    left_out: bool | None = None
    own_labels: bool | None = None


@dataclass(frozen=True, eq=False, slots=True)
class BlockTexts:
    """The texts of consecutive rows.

    Attributes:
        paths: one a row.
        cases: int32 (n,) index into ``case_keys``, -1 for unknown.
        case_keys: keyed hashes of cases.
        details: int32 (n,) index into ``detail_texts``, -1 for none.
        detail_texts: details as JSON, each of one or more rows; of a segment they are
            read from the disk when one is asked for.
    """

    paths: Texts
    cases: npt.NDArray[np.int32]
    case_keys: Texts
    details: npt.NDArray[np.int32]
    detail_texts: TextSource

    def __post_init__(self) -> None:
        rows = len(self.paths)
        sound = (
            self.cases.shape == self.details.shape == (rows,)
            and _within(self.cases, -1, len(self.case_keys))
            and _within(self.details, -1, len(self.detail_texts))
        )
        if not sound:
            message = "the columns contradict each other"
            raise ValueError(message)

    @classmethod
    def without(cls, paths: Texts) -> BlockTexts:
        """Return rows of format 1, which knew neither cases nor details."""
        none = np.full(len(paths), -1, np.int32)
        return cls(paths, none, Texts.of(()), none, Texts.of(()))

    @classmethod
    def of(
        cls, paths: Texts, cases: Iterable[str | None], details: Iterable[str]
    ) -> BlockTexts:
        """Return texts as columns, one of each kind a row; "" for none."""
        case_numbers, case_keys = _numbered(cases)
        detail_numbers, detail_texts = _numbered(details)
        return cls(
            paths, case_numbers, Texts.of(case_keys), detail_numbers,
            Texts.of(detail_texts),
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Block:
    """Consecutive rows.

    Attributes:
        digests: uint8 (n, 16).
        frames: int32 (n,).
        sizes: int64 (n,) bytes.
        modified: int64 (n,) nanoseconds since 1970.
        hidden: uint8 (n,), 0 for visible, 2 for a row that was removed, else a sum: 1
            where the file is gone, 4 where a person left it out.
        patients: int32 (n,) index into ``patient_keys``, -1 for unknown.
        labels: int32 (n,) index into ``label_sets``.
        patient_keys: pseudonyms.
        label_sets: each the labels of one or more rows.
        texts: paths, cases and details.
        own_labels: uint8 (n,), 1 where the labels were given by hand.
    """

    digests: npt.NDArray[np.uint8]
    frames: npt.NDArray[np.int32]
    sizes: npt.NDArray[np.int64]
    modified: npt.NDArray[np.int64]
    hidden: npt.NDArray[np.uint8]
    patients: npt.NDArray[np.int32]
    labels: npt.NDArray[np.int32]
    patient_keys: tuple[str, ...]
    label_sets: tuple[tuple[str, ...], ...]
    texts: BlockTexts
    own_labels: npt.NDArray[np.uint8]

    def __post_init__(self) -> None:
        rows = len(self.digests)
        per_row = [getattr(self, name) for name in (*ROW_TYPES, *OWN_ROW_TYPES)]
        sound = (
            self.digests.shape == (rows, DIGEST_BYTES)
            and all(column.shape == (rows,) for column in per_row)
            and len(self.texts.paths) == rows
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
            KeyError: a detail is not on the declared list.
        """
        digests = b"".join(record.digest for record in records)
        if any(len(record.digest) != DIGEST_BYTES for record in records):
            message = f"A digest has {DIGEST_BYTES} bytes."
            raise ValueError(message)
        patients, patient_keys = _numbered(record.patient_key for record in records)
        label_ids: dict[tuple[str, ...], int] = {}
        return cls(
            digests=np.frombuffer(digests, np.uint8).reshape(-1, DIGEST_BYTES),
            frames=np.array([record.frame for record in records], np.int32),
            sizes=np.array([record.size_bytes for record in records], np.int64),
            modified=np.array([record.modified_ns for record in records], np.int64),
            hidden=np.zeros(len(records), np.uint8),
            patients=patients,
            labels=np.array(
                [label_ids.setdefault(r.labels, len(label_ids)) for r in records],
                np.int32,
            ),
            patient_keys=tuple(patient_keys),
            label_sets=tuple(label_ids),
            texts=BlockTexts.of(
                Texts.of(record.path for record in records),
                [record.case_key for record in records],
                [detail_text(record.details) for record in records],
            ),
            own_labels=np.zeros(len(records), np.uint8),
        )


def detail_text(kept: Details) -> str:
    """Return details as they are stored; nothing beside the declared list is.

    Raises:
        KeyError: a key is not on the list.
    """
    for key, _ in kept:
        if key not in details.KEYS:
            raise KeyError(key)
    return details.as_text(kept)


def _numbered(
    values: Iterable[str | None],
) -> tuple[npt.NDArray[np.int32], list[str]]:
    """Return a number for each value, -1 for none, and the values in that order."""
    ids: dict[str, int] = {}
    numbers = [ids.setdefault(v, len(ids)) if v else -1 for v in values]
    return np.array(numbers, np.int32), list(ids)


def _within(values: npt.NDArray[Any], low: int, stop: int) -> bool:
    return not len(values) or bool(values.min() >= low and values.max() < stop)
