"""Makes ``tests/data/library_v1.medhash``, the library that every version must read.

It was written once, by the last version of format 1, and is kept for ever; this says
what is in it. All content is synthetic.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from pathlib import Path

import numpy as np

from medhash_gui.images import ImageRecord

ROOT = Path(__file__).parent / "data" / "library_v1.medhash"
BITS = 20
ROWS = 9
KEY = "pseudonym_key"


def logits() -> np.ndarray:
    """Float (9, 20), exact in float16, never zero."""
    rows, bits = np.mgrid[0:ROWS, 0:BITS]
    return ((rows * 7 + bits * 13) % 31 - 15.5) / 8


def patient_key(patient: str) -> str:
    """Return a patient's pseudonym, as format 1 had it."""
    key = bytes.fromhex(json.loads((ROOT / "library.json").read_bytes())[KEY])
    return "P-" + hmac.new(key, patient.encode(), hashlib.sha256).hexdigest()[:12]


def record(row: int) -> ImageRecord:
    """Return a record as it was written."""
    return ImageRecord(
        path=[f"ward/{row}.png", f"胸片/{row}.dcm", f"odd \udcff{row}.png"][row % 3],
        frame=row % 2,
        size_bytes=10**10 + row,
        modified_ns=1_700_000_000_000_000_000 + row,
        digest=bytes(range(row, row + 16)),
        patient_key=patient_key(f"patient {row // 2}") if row % 4 else None,
        labels=[(), ("normal",), ("nodule", "渗出")][row % 3],
    )


def changed() -> list[ImageRecord]:
    """Return the records as they are after the library's changes."""
    records = [record(row) for row in range(ROWS)]
    first, fifth = records[0], records[5]
    records[0] = ImageRecord(
        "moved/0.png", 0, 7, 8, first.digest, first.patient_key, ("late",)
    )
    records[5] = ImageRecord(
        fifth.path, 1, fifth.size_bytes, fifth.modified_ns, fifth.digest, None, ()
    )
    return records
