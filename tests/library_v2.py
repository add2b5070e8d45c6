"""Makes ``tests/data/library_v2.medhash``, the library that every version must read.

Run once, for format version 2: ``python tests/library_v2.py``. The folder is kept for
ever; a new format gets a new folder beside it. All content is synthetic.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from medhash_gui.codes import HashCodes
from medhash_gui.identities import Identity
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore, RowChange

ROOT = Path(__file__).parent / "data" / "library_v2.medhash"
BITS = 20
ROWS = 9
CHOICES: dict[str, Any] = {"frames": "every 5", "columns": {"labels": ["Befund"]}}


def logits() -> np.ndarray:
    """Float (9, 20), exact in float16, never zero."""
    rows, bits = np.mgrid[0:ROWS, 0:BITS]
    return ((rows * 5 + bits * 11) % 31 - 15.5) / 8


def identity(row: int) -> Identity:
    """Return whom a row belongs to; every fourth is nobody's."""
    if row % 4 == 0:
        return Identity()
    return Identity(
        patient=f"Phantom {row // 2 + 1}",
        birth_date="19700101" if row % 2 else "",
        study=f"1.2.826.{row // 3}",
        series=f"1.2.826.0.{row}",
    )


def record(row: int, keys: Any) -> ImageRecord:
    """Return a record as it was written; ``keys`` knows patients, cases and series."""
    details = {
        "modality": ["CR", "DX", "OP"][row % 3],
        "series": keys.series_key(identity(row)) or "",
        "report": "Befund: „unauffällig“.\nZweite Zeile. 胸片 " * 600
        if row == 2
        else "",
    }
    patient = keys.patient_keys(identity(row))
    return ImageRecord(
        path=[f"ward/{row}.png", f"../胸片/{row}.dcm", f"odd \udcff{row}.png"][row % 3],
        frame=row % 2,
        size_bytes=10**10 + row,
        modified_ns=1_700_000_000_000_000_000 + row,
        digest=bytes(range(row, row + 16)),
        patient_key=patient[0] if patient else None,
        labels=[(), ("normal",), ("nodule", "渗出")][row % 3],
        case_key=keys.case_key(identity(row)),
        details=()
        if row == 7
        else tuple(sorted((k, v) for k, v in details.items() if v)),
    )


def changed(keys: Any) -> list[ImageRecord]:
    """Return the records as they are after the library's changes."""
    records = [record(row, keys) for row in range(ROWS)]
    records[0] = replace(records[0], path="moved/0.png", size_bytes=7, modified_ns=8)
    records[0] = replace(records[0], labels=("late",), details=(("sex", "F"),))
    records[5] = replace(records[5], patient_key=None, case_key=None, labels=())
    records[6] = replace(records[6], case_key="C-00000000000000000000", details=())
    return records


def main() -> None:
    """Make the library: two segments, then a journal of changes and rows."""
    codes = HashCodes.from_logits(logits())
    with CodeStore.create(
        ROOT,
        indexed_root=Path("/images/synthetic"),
        model_id="0123456789abcdef",
        model_name="example-20bit",
        bits=BITS,
        choices=CHOICES,
    ) as store:
        records = [record(row, store) for row in range(ROWS)]
        store.append(records[:4], codes.take(range(4)))
        store.seal()
        store.append(records[4:6], codes.take(range(4, 6)))
        store.change(
            [
                RowChange(2, hidden=True),
                RowChange(5, patient_key="", case_key=""),
            ]
        )
        store.seal()
        store.mark_unlinked()
        store.change(
            [
                RowChange(0, path="moved/0.png", size_bytes=7, modified_ns=8),
                RowChange(0, labels=("late",), details=(("sex", "F"),)),
                RowChange(5, labels=()),
            ]
        )
        store.append(
            records[6:],
            codes.take(range(6, 9)),
            changes=[
                RowChange(8, hidden=True),
                RowChange(6, case_key="C-00000000000000000000", details=()),
            ],
        )
    for name in ("writer.lock", "writer.json"):
        (ROOT / name).unlink(missing_ok=True)


def secret() -> bytes:
    """Return the example's key."""
    document = json.loads((ROOT / "library.json").read_bytes())
    return bytes.fromhex(document["pseudonym_key"])


if __name__ == "__main__":
    main()
