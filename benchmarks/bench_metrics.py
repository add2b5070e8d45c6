"""How long all measures take on the official split of ChestX-ray14, on one core.

    OPENBLAS_NUM_THREADS=1 python benchmarks/bench_metrics.py [--queries 25596]

Random codes of 64 bits and random labels of the same sizes (25,596 queries in 86,524
films, 15 labels). Prints seconds of processor time, peak memory, and how many times as
long it takes only to sort the distances of as many queries.
"""

from __future__ import annotations

import argparse
import resource
import time

import numpy as np

from medhash_gui import retrieval
from medhash_gui.tie_counts import Ranked

DATABASE, BITS, CLASSES, SORTED = 86_524, 64, 15, 50


def drawn(count: int, first: int, rng: np.random.Generator) -> Ranked:
    """Return so many random codes, each of its own patient."""
    return Ranked(
        np.float32(2 * rng.integers(0, 2, (count, BITS)) - 1),
        np.float32(rng.random((count, CLASSES)) < 0.1),
        np.arange(first, first + count),
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--queries", type=int, default=25_596)
    count = parser.parse_args().queries
    rng = np.random.default_rng(0)
    database, query = drawn(DATABASE, 0, rng), drawn(count, DATABASE, rng)
    started = time.process_time()
    retrieval.score(query, database)
    seconds = time.process_time() - started
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    started = time.process_time()
    for row in range(SORTED):
        np.argsort(database.vectors @ query.vectors[row], kind="stable")
    sorting = (time.process_time() - started) / SORTED * count
    print(f"{count} queries in {DATABASE} codes of {BITS} bits: {seconds:.1f} s")
    print(f"peak memory {memory:.0f} MB; sorting alone takes {sorting / seconds:.1f} x")


if __name__ == "__main__":
    main()
