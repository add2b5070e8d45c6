"""A library for tests: codes at known distances, with labels, patients and details."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.search import Query
from medhash_gui.store import CodeStore

BITS = 16
DAY_NS = 86_400 * 10**9


def row(
    distance: int,
    *labels: str,
    patient: str | None = None,
    folder: str = "ward",
    day: int = 0,
    **details: str,
) -> tuple[int, tuple[str, ...], str | None, str, int, dict[str, str]]:
    """Return what one picture is: how far from the query, and all that is known."""
    return distance, labels, patient, folder, day, details


def make_library(root: Path, *rows) -> CodeStore:
    """Return an open library of pictures at given distances from ``QUERY``."""
    store = CodeStore.create(
        root,
        indexed_root=root.parent / "images",
        model_id="m1",
        model_name="fake",
        bits=BITS,
    )
    logits = np.ones((len(rows), BITS), np.float32)
    records = []
    for number, (distance, labels, patient, folder, day, details) in enumerate(rows):
        logits[number, :distance] = -1
        records.append(
            ImageRecord(
                path=f"{folder}/{number:03}.png",
                frame=0,
                size_bytes=10,
                modified_ns=day * DAY_NS,
                digest=(number + 1).to_bytes(16, "big"),
                patient_key=patient,
                labels=labels,
                details=tuple(sorted(details.items())),
            )
        )
    store.append(records, HashCodes.from_logits(logits))
    return store


QUERY = Query(HashCodes.from_logits(np.ones((1, BITS), np.float32)))
