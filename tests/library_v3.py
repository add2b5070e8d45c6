"""Makes ``tests/data/library_v3.medhash``, the library that every version must read.

Run once, for format version 3: ``python tests/library_v3.py``. The folder is kept for
ever; a new format gets a new folder beside it. All content is synthetic, and that of
``library_v2`` with what people said of it.
"""

from __future__ import annotations

from pathlib import Path

import library_v2

from medhash_gui.codes import HashCodes
from medhash_gui.store import CodeStore, RowChange

ROOT = Path(__file__).parent / "data" / "library_v3.medhash"
HIDDEN, LEFT_OUT = [2, 8], [1, 2, 4, 7]
OWN_LABELS = {1: ("seen",), 5: (), 7: ("seen", "again")}


def main() -> None:
    """Make the library: a segment with marks, then a journal with some, and rows."""
    codes = HashCodes.from_logits(library_v2.logits())
    with CodeStore.create(
        ROOT,
        indexed_root=Path("/images/synthetic"),
        model_id="0123456789abcdef",
        model_name="example-20bit",
        bits=library_v2.BITS,
        choices=library_v2.CHOICES,
    ) as store:
        records = [library_v2.record(row, store) for row in range(library_v2.ROWS)]
        store.append(records[:6], codes.take(range(6)))
        store.change(
            [
                RowChange(1, left_out=True, labels=OWN_LABELS[1], own_labels=True),
                RowChange(2, hidden=True, left_out=True),
                RowChange(3, left_out=True),
                RowChange(4, labels=("taken back",), own_labels=True),
            ]
        )
        store.seal()
        store.change(
            [
                RowChange(3, left_out=False),
                RowChange(4, left_out=True, labels=records[4].labels, own_labels=False),
                RowChange(5, labels=OWN_LABELS[5], own_labels=True),
            ]
        )
        store.append(
            records[6:],
            codes.take(range(6, library_v2.ROWS)),
            changes=[
                RowChange(7, left_out=True, labels=OWN_LABELS[7], own_labels=True),
                RowChange(8, hidden=True),
            ],
        )
    for name in ("writer.lock", "writer.json"):
        (ROOT / name).unlink(missing_ok=True)


if __name__ == "__main__":
    main()
