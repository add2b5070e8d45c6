"""A library with everything in it that a search can trip over, and questions to ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medhash_gui import milvus_push
from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.milvus_push import IndexKind, PushReport
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.search import Query, QuerySet, SearchFilter
from medhash_gui.store import CodeStore, RowChange

BITS = 20
LABELS = ("effusion", 'said "odd" \\ here', "结节", "no picture shows it")


def make(root: Path, *, rows: int = 240, bits: int = BITS, seed: int = 0) -> CodeStore:
    """Return a library, open for writing, of few different codes and so of many ties.

    Some rows are hidden, some removed; there are copies, frames, rows without patient,
    case or label, and a report that is long.
    """
    rng = np.random.default_rng(seed)
    store = CodeStore.create(
        root,
        indexed_root=root.parent / "pictures",
        model_id="m-1",
        model_name="fake",
        bits=bits,
        choices={"labels": "table"},
    )
    centres = rng.normal(size=(6, bits))
    logits = centres[rng.integers(0, 6, rows)].astype(np.float32)
    flips = rng.random((rows, bits)) < 0.03
    logits[flips] *= -1
    noisy = rng.random(rows) < 0.7
    logits[noisy] *= 1 + 0.2 * rng.random((int(noisy.sum()), bits)).astype(np.float32)
    records = []
    for row in range(rows):
        copied = row % 11 == 10
        content = row - 1 if copied else row
        if copied:
            logits[row] = logits[row - 1]
        patient = None if row % 7 == 0 else f"P-{rng.integers(0, 40):020x}"
        case = None if row % 5 == 0 else f"C-{rng.integers(0, 60):020x}"
        chosen = rng.random(3) < (0.5, 0.2, 0.1)
        digest = ((content + 1) * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "big")
        kept = (("report", "长 \U0001f642" * 5000),) if row == 3 else ()
        records.append(
            ImageRecord(
                f"séries/{row:05d} \"x'.png",
                0 if copied or row % 3 else 2,
                1000 + row,
                10**18 + row,
                digest,
                patient,
                tuple(
                    name for name, is_on in zip(LABELS, chosen, strict=False) if is_on
                ),
                case,
                kept,
            )
        )
    store.append(records, HashCodes.from_logits(logits))
    store.change([RowChange(row, hidden=True) for row in range(5, rows, 17)])
    gone = np.zeros(rows, np.bool_)
    gone[22::50] = True
    for _ in store.compacting(gone):
        pass
    return store


def push(
    store: CodeStore, uri: MilvusUri, *, index: IndexKind = "BIN_FLAT"
) -> PushReport:
    """Put a library on a server; return what became of it."""
    run = milvus_push.pushing(store, uri, index=index)
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: PushReport = end.value
            return report


@dataclass(frozen=True)
class Question:
    """What to ask, and among what."""

    query: QuerySet
    filter: SearchFilter
    top: int


def questions(store: CodeStore, count: int, seed: int = 1) -> list[Question]:
    """Return questions of every kind: stored, new, hidden, several, filtered."""
    rng = np.random.default_rng(seed)
    rows = np.flatnonzero(~store.removed)

    def picture() -> Query:
        row = int(rng.choice(rows))
        record = store.record(row)
        kind = rng.integers(0, 3)
        if kind == 0:
            logits = rng.normal(size=(1, store.bits)).astype(np.float32)
            return Query(HashCodes.from_logits(logits), patient_key=record.patient_key)
        if kind == 1:  # the picture of the library, seen through another window
            logits = rng.normal(size=(1, store.bits)).astype(np.float32)
            codes = HashCodes.from_logits(logits)
            return Query(codes, record.digest, record.frame, record.patient_key, True)
        codes = store.codes([row])
        return Query(codes, record.digest, record.frame, record.patient_key, True)

    made = []
    for number in range(count):
        like = 1 if number % 2 else int(rng.integers(1, 4))
        unlike = 0 if number % 2 else int(rng.integers(0, 3))
        labels = tuple(rng.permutation(LABELS)[: rng.integers(0, 3)].tolist())
        patients = rng.choice(["exclude", "include", "group"]).item()
        within = None if rng.random() < 0.6 else int(rng.integers(0, store.bits))
        made.append(
            Question(
                QuerySet(
                    tuple(picture() for _ in range(like)),
                    tuple(picture() for _ in range(unlike)),
                ),
                SearchFilter(
                    labels,
                    patients,
                    within,
                    "group" if rng.random() < 0.2 else "all",
                ),
                int(rng.choice([1, 3, 12, 100])),
            )
        )
    return made
