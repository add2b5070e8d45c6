"""Makes ``tests/data/library_v1.medhash``, the library that every version must read.

Run once, for format version 1: ``python tests/library_v1.py``. The folder is kept for
ever; a new format gets a new folder beside it. All content is synthetic.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore, RowChange

ROOT = Path(__file__).parent / "data" / "library_v1.medhash"
BITS = 20
ROWS = 9


def logits() -> np.ndarray:
    """Float (9, 20), exact in float16, never zero."""
    rows, bits = np.mgrid[0:ROWS, 0:BITS]
    return ((rows * 7 + bits * 13) % 31 - 15.5) / 8


def record(store: CodeStore, row: int) -> ImageRecord:
    return ImageRecord(
        path=[f"ward/{row}.png", f"胸片/{row}.dcm", f"odd \udcff{row}.png"][row % 3],
        frame=row % 2,
        size_bytes=10**10 + row,
        modified_ns=1_700_000_000_000_000_000 + row,
        digest=bytes(range(row, row + 16)),
        patient_key=store.pseudonym(f"patient {row // 2}") if row % 4 else None,
        labels=[(), ("normal",), ("nodule", "渗出")][row % 3],
    )


def changed(store: CodeStore) -> list[ImageRecord]:
    """Return the records as they are after the library's changes."""
    records = [record(store, row) for row in range(ROWS)]
    first, fifth = records[0], records[5]
    records[0] = ImageRecord(
        "moved/0.png", 0, 7, 8, first.digest, first.patient_key, ("late",)
    )
    records[5] = ImageRecord(
        fifth.path, 1, fifth.size_bytes, fifth.modified_ns, fifth.digest, None, ()
    )
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
    ) as store:
        records = [record(store, row) for row in range(ROWS)]
        store.append(records[:4], codes.take(range(4)))
        store.seal()
        store.append(records[4:6], codes.take(range(4, 6)))
        store.change([RowChange(2, hidden=True), RowChange(5, patient_key="")])
        store.seal()
        store.change(
            [
                RowChange(0, path="moved/0.png", size_bytes=7, modified_ns=8),
                RowChange(0, labels=("late",)),
                RowChange(5, labels=()),
            ]
        )
        store.append(
            records[6:], codes.take(range(6, 9)), changes=[RowChange(8, hidden=True)]
        )
    for name in ("writer.lock", "writer.json"):
        (ROOT / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
