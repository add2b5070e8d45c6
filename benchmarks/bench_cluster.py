"""What a large library costs, in its folder and on a Milvus server: bytes, time.

It writes a library of random codes (records as large as real ones), pushes it to a
server that runs already, and asks both the same questions; it ends with an error where
one answer differs. ``docs/scale.md`` says how to start a server.

    python benchmarks/bench_cluster.py [milvus://127.0.0.1:19530/bench] \
        [--rows 100000] [--bits 64] [--server-pid PID] [--ivf]
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from bench_search import make_library

from medhash_gui import milvus_push, store_merge
from medhash_gui.milvus_store import MilvusStore
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.search import (
    Query,
    QuerySet,
    SearchFilter,
    SearchResult,
    search,
    search_many,
)
from medhash_gui.searched_library import SearchedLibrary
from medhash_gui.store import CodeStore

_TOP = 100
_QUERIES = 20

Ask = Callable[[SearchedLibrary, int], list[SearchResult]]


def main() -> None:
    """Print the table."""
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "bench.medhash"
        make_library(root, options.rows, options.bits)
        size = sum(path.stat().st_size for path in root.iterdir())
        print(f"{options.rows:,} rows of {options.bits} bits")
        print(f"library on the disk: {size / options.rows:.0f} bytes a row")
        _measure_folder(root, options.rows)
        if options.uri is None:
            return
        uri = MilvusUri.parse(options.uri)
        with CodeStore.open(root) as local:
            before = _memory(options.server_pid)
            watch = Watch(options.server_pid)
            _push(local, uri, "BIN_IVF_FLAT" if options.ivf else "BIN_FLAT")
            wall, ours, theirs = watch.seconds()
            print(
                f"push: {wall:.0f} s; of the processor {ours:.1f} s here, {theirs:.1f} "
                f"s there: {options.rows / (ours + theirs):,.0f} rows a second of both"
            )
            if options.server_pid:
                grown = _memory(options.server_pid) - before
                print(f"server's memory: {grown / options.rows:.0f} bytes a row more")
            with MilvusStore.open(uri) as served:
                _compare(local, served, options)


def _measure_folder(root: Path, rows: int) -> None:
    """Print what of the processor opening the library and merging it take."""
    watch = Watch(None)
    with CodeStore.open(root) as store:
        opened = watch.seconds()[1]
        print(f"opening: {opened:.2f} s of the processor")
        with CodeStore.create(
            root.with_name("whole.medhash"),
            indexed_root=store.indexed_root,
            model_id=store.model_id,
            model_name=store.model_name,
            bits=store.bits,
            key_of=root,
        ) as whole:
            watch = Watch(None)
            store_merge.merge(whole, store)
            merged = watch.seconds()[1]
    print(f"merge: {rows / merged:,.0f} rows a second of the processor")


def _push(store: CodeStore, uri: MilvusUri, index: milvus_push.IndexKind) -> None:
    run = milvus_push.pushing(store, uri, index=index)
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: milvus_push.PushReport = end.value
            print(f"index {report.index.kind}, recall {report.index.recall:.1%}")
            return


def _compare(
    local: CodeStore, served: MilvusStore, options: argparse.Namespace
) -> None:
    rng = np.random.default_rng(1)
    rows = rng.integers(0, len(local), _QUERIES)
    queries = [
        Query(
            local.codes([row]),
            local.record(row).digest,
            0,
            local.record(row).patient_key,
            in_library=True,
        )
        for row in rows.tolist()
    ]
    labelled = SearchFilter(labels=("class 3", "class 5"))
    grouped = SearchFilter(patients="group")
    plans: dict[str, Ask] = {
        "one query": lambda lib, i: [search(lib, queries[i], top=_TOP)],
        "with labels": lambda lib, i: [
            search(lib, queries[i], filter=labelled, top=_TOP)
        ],
        "each patient once": lambda lib, i: [
            search(lib, queries[i], filter=grouped, top=_TOP)
        ],
        "like and unlike": lambda lib, i: [
            search(lib, QuerySet((queries[i],), (queries[i - 1],)), top=_TOP)
        ],
        f"{_QUERIES} together": lambda lib, i: search_many(lib, queries, top=_TOP),
    }
    print(f"top {_TOP}; ms at best, and ms of the processor in the middle")
    print(f"{'':20}{'folder':>16}{'server':>12}{'here':>10}{'there':>10}")
    for name, ask in plans.items():
        rounds = 3 if "together" in name else _QUERIES
        here, there = [], []
        for turn in range(rounds):
            watch = Watch(options.server_pid)
            expected = ask(local, turn)
            here.append(watch.seconds())
            watch = Watch(options.server_pid)
            found = ask(served, turn)
            there.append(watch.seconds())
            if not options.ivf and found != expected:
                message = f"The answers to {name} differ."
                raise SystemExit(message)
        # The kernel counts a process's time in hundredths: taken over all rounds.
        server = sum(one[2] for one in there) / rounds
        print(
            f"{name:20}{min(here)[0] * 1e3:8.1f}{_middle(here):8.1f}"
            f"{min(there)[0] * 1e3:12.1f}{_middle(there):10.1f}{server * 1e3:10.1f}",
            flush=True,
        )


def _middle(times: list[tuple[float, float, float]]) -> float:
    """Return the median of this process's time, in ms."""
    return float(np.median([one[1] for one in times])) * 1e3


class Watch:
    """Counts seconds: of the clock, of this process, and of the server's.

    On a busy machine the last two say more than the first.
    """

    def __init__(self, server: int | None) -> None:
        self._server = server
        self._started = self._now()

    def seconds(self) -> tuple[float, float, float]:
        """Return what has passed."""
        wall, ours, theirs = (
            now - then for now, then in zip(self._now(), self._started, strict=True)
        )
        return wall, ours, theirs

    def _now(self) -> tuple[float, float, float]:
        theirs = 0.0
        if self._server is not None:
            text = Path(f"/proc/{self._server}/stat").read_text()
            user, system = text.rpartition(") ")[2].split()[11:13]
            theirs = (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")
        return time.perf_counter(), time.process_time(), theirs


def _memory(pid: int | None) -> int:
    """Return the resident bytes of a process, 0 for none."""
    if pid is None:
        return 0
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "uri",
        nargs="?",
        help="milvus://HOST:PORT/NAME, replaced; only the folder without",
    )
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--server-pid", type=int)
    parser.add_argument("--ivf", action="store_true", help="BIN_IVF_FLAT")
    return parser.parse_args()


if __name__ == "__main__":
    main()
