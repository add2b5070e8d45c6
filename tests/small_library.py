"""A small library for tests: numbered rows, and all that it says about them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore

BITS = 12
ODD_NAMES = [
    "plain.png",
    "with space/ü.png",
    "胸片/片 1.dcm",
    "emoji 🫁.jpg",
    "not utf-8 \udcff\udc80.png",
    "half a pair \ud83e.png",
    "l/" * 400 + "ong.png",
    "",
]


def make_store(root: Path) -> CodeStore:
    return CodeStore.create(
        root,
        indexed_root=root.parent / "images",
        model_id="m1",
        model_name="fake",
        bits=BITS,
    )


def make_records(count: int, *, start: int = 0) -> list[ImageRecord]:
    return [
        ImageRecord(
            path=f"ward {n % 3}/{n:05}.png",
            frame=n % 2,
            size_bytes=1000 + n,
            modified_ns=10**18 + n,
            digest=n.to_bytes(16, "big"),
            patient_key=None if n % 5 == 0 else f"P-{n // 2:012x}",
            labels=("normal", "left")[: n % 3],
            case_key=None if n % 4 == 0 else f"C-{n // 3:012x}",
            details=(("modality", "CR"), ("series", f"S-{n // 2}"))[: n % 3],
        )
        for n in range(start, start + count)
    ]


def make_codes(count: int, *, seed: int = 0) -> HashCodes:
    rng = np.random.default_rng(seed)
    return HashCodes.from_logits(rng.normal(size=(count, BITS)).astype(np.float32))


def fill(library: CodeStore, count: int) -> None:
    """Append numbered rows whose codes belong to their numbers."""
    first = library.row_count
    parts = [make_codes(1, seed=n) for n in range(first, first + count)]
    library.append(make_records(count, start=first), HashCodes.join(parts))


def state(library: CodeStore) -> list[object]:
    """Return everything a library says about its rows."""
    rows = range(library.row_count)
    codes = library.codes(rows)
    assert codes.soft is not None
    marks = (library.visible, library.left_out, library.own_labels)
    return [
        (
            library.record(row),
            *(bool(mark[row]) for mark in marks),
            codes.hex(row),
            codes.soft[row].tobytes(),
        )
        for row in rows
    ]


def journal_name(root: Path) -> str:
    return str(json.loads((root / "library.json").read_bytes())["journal"])
