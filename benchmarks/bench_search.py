"""How long a search takes, and how close the scan comes to reading the codes once.

Prints, for random libraries of 100,000 and 1,000,000 codes of 48 and 64 bits: a bare
pass that only reads the codes (their sum as 64-bit words), the scan for Hamming
distances, whole searches, and opening the library. The ratio to the bare pass travels
between machines; the milliseconds do not.

    python benchmarks/bench_search.py [--rows 100000 1000000] [--bits 48 64]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from medhash_gui import codes
from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.search import Query, SearchFilter, search
from medhash_gui.store import CodeStore

_BATCH = 50_000


def best_ms(call: Callable[[], object], repeats: int = 9) -> float:
    """Return the least time of a call in milliseconds."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times) * 1e3


def make_library(root: Path, rows: int, bits: int) -> None:
    """Write a library of random codes, four pictures a patient."""
    rng = np.random.default_rng(0)
    with CodeStore.create(
        root, indexed_root=root, model_id="random", model_name="random", bits=bits
    ) as store:
        for first in range(0, rows, _BATCH):
            count = min(_BATCH, rows - first)
            logits = rng.normal(size=(count, bits)).astype(np.float32)
            records = [
                ImageRecord(
                    path=f"ward {row // 1000:04}/IM{row:07}.png",
                    frame=0,
                    size_bytes=row,
                    modified_ns=row,
                    digest=rng.bytes(16),
                    patient_key=f"P-{row // 4:012x}",
                    labels=(f"class {row % 14}",),
                )
                for row in range(first, first + count)
            ]
            store.append(records, HashCodes.from_logits(logits))
        store.seal()


def measure(root: Path, rows: int, bits: int) -> None:
    """Print one line of the table."""
    started = time.perf_counter()
    store = CodeStore.open(root)
    open_ms = (time.perf_counter() - started) * 1e3
    packed, record = store.packed, store.record(rows // 2)
    words = packed.reshape(-1).view(np.uint64)
    query = Query(
        store.codes([rows // 2]), digest=record.digest, patient_key=record.patient_key
    )
    one_class = SearchFilter(labels=("class 3",))
    each_once = SearchFilter(patients="group")
    bare = best_ms(lambda: words.sum(dtype=np.uint64))
    times = [
        best_ms(lambda: codes.hamming_distances(packed, query.codes.packed[0])),
        best_ms(lambda: search(store, query)),
        best_ms(lambda: search(store, query, filter=one_class)),
        best_ms(lambda: search(store, query, filter=each_once)),
    ]
    cells = "".join(f"{ms:9.2f} ({ms / bare:6.1f})" for ms in times)
    print(f"{rows:9,} {bits:5} {bare:9.3f}{cells} {open_ms:8.0f}")


def main() -> None:
    """Make the libraries in a temporary folder and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--bits", type=int, nargs="+", default=[48, 64])
    options = parser.parse_args()
    print("milliseconds, best of nine (ratio to the bare pass); open: once, warm")
    titles = ["scan", "search", "one label", "patient once"]
    head = "".join(f"{title:>18}" for title in titles)
    print(f"{'rows':>9} {'bits':>5} {'bare':>9}{head} {'open':>8}")
    for bits in options.bits:
        for rows in options.rows:
            with tempfile.TemporaryDirectory() as folder:
                root = Path(folder) / "random.medhash"
                make_library(root, rows, bits)
                measure(root, rows, bits)


if __name__ == "__main__":
    main()
