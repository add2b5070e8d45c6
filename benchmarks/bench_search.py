"""How near a search comes to reading the codes once, and to what others need.

For random codes it prints, in one process and with the same number of threads, the time
of MedHash over that of `faiss.IndexBinaryFlat`: for one query and for a hundred, with
and without a filter, each checked to give identical distances; and beside it over a
bare pass that only reads the codes, and over usearch's exact search. "ranked" is what
`medhash search` does before it fetches the records: the query's own patient and picture
left out, prior ranked, ties broken by soft values from the disk and by content, tie
sizes known.

With `--opening` it writes a library instead, and prints how long it takes to open and
how much memory, over a bare read of the same bytes. With `--duplicates` it links codes
within some bits, "everything nearest to everything", of so many rows and of a quarter
of them: a table of all pairs would take sixteen times as long for four times as many.

Ratios travel between machines; milliseconds do not. With one thread the times are those
of the processor, which other programs on the machine change less than the clock's.
faiss-cpu and usearch are in the group of development dependencies.

    python benchmarks/bench_search.py [--rows 1000000 10000000] [--threads 1 2]
    python benchmarks/bench_search.py --opening [--rows 1000000]
    python benchmarks/bench_search.py --duplicates [--rows 1000000] [--within 2]
"""

from __future__ import annotations

import argparse
import importlib.util
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui import answer, codes, duplicates, nearest
from medhash_gui.answer import Answer, View
from medhash_gui.codes import HashCodes
from medhash_gui.images import ImageRecord
from medhash_gui.library.columns import Columns
from medhash_gui.library.soft_values import SoftPlace, SoftValues
from medhash_gui.memory_selection import MemorySelection
from medhash_gui.nearest import Target
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search_result import NO_FILTER, SearchFilter
from medhash_gui.store import CodeStore

_BATCH = 50_000
_SEGMENT = 65_536
_ROWS_A_PATIENT = 4
# As many rows pass the filter as bear one of four equally frequent labels.
_SHARE = 0.25


class Rows:
    """What a search asks of a library, for random rows: codes in memory, soft on disk.

    Writing ten million records would take longer than all that is measured; what is
    measured does not read them. Look-ups and soft values are the library's own.
    """

    def __init__(self, rows: int, bits: int, folder: Path) -> None:
        rng = np.random.default_rng(0)
        soft = np.memmap(folder / "soft", np.float16, "w+", shape=(rows, bits))
        packed = np.empty((rows, codes.code_bytes(bits)), np.uint8)
        for start in range(0, rows, _SEGMENT):
            values = rng.normal(size=(min(_SEGMENT, rows - start), bits))
            part = HashCodes.from_logits(values.astype(np.float32))
            stop = start + len(values)
            packed[start:stop] = part.packed
            soft[start:stop] = part.soft
        soft.flush()
        self._soft = SoftValues()
        for start in range(0, rows, _SEGMENT):
            count = min(_SEGMENT, rows - start)
            place = SoftPlace(folder / "soft", start * bits * 2, bits, count)
            self._soft.place(start, start + count, place)
        self._columns = columns = Columns(packed.shape[1])
        columns.rows, self.bits = rows, bits
        columns.words = codes.words(packed)
        columns.digests = rng.integers(0, 256, (rows, 16), np.uint8)
        columns.patients = rng.permutation(rows).astype(np.int32) // _ROWS_A_PATIENT
        columns.frames = np.zeros(rows, np.int32)
        columns._patient_ids = {str(n): n for n in range(rows // _ROWS_A_PATIENT + 1)}
        self.rows, self.shows_all = rows, True
        self.words, self.digests = columns.words, columns.digests
        self.patients, self.frames = columns.patients, columns.frames
        self.visible = np.ones(rows, np.bool_)
        self.label = rng.random(rows) < _SHARE
        self.rows_with_digest = columns.rows_with_digest
        self.patient_rows = columns.rows_of_patient

    def select(
        self, asked: SearchFilter = NO_FILTER, *, threads: int | None = None
    ) -> MemorySelection:
        """Return the rows for one search."""
        return MemorySelection(self, asked, threads)  # type: ignore[arg-type]

    def label_mask(self, _: str) -> npt.NDArray[np.bool_]:
        """Return which rows bear the one label."""
        return self.label

    def soft(self, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.float16]:
        """Return soft values."""
        return self._soft.read(rows, self.bits)

    def query(self, row: int) -> Query:
        """Return the query for a row's own picture."""
        return Query(
            HashCodes(
                self._columns.packed[row : row + 1],
                self.bits,
                self.soft(np.array([row])),
            ),
            digest=self.digests[row].tobytes(),
            patient_key=str(self.patients[row]),
            in_library=True,
        )


class Clock:
    """Times calls in turn, so that whatever else the machine does hits all of them.

    The order is another one each time: who comes after a call that fills the caches
    finds nothing of its own there.
    """

    def __init__(
        self,
        calls: dict[str, Callable[[int], object]],
        rounds: int,
        threads: int,
    ) -> None:
        self.times: dict[str, list[float]] = {name: [] for name in calls}
        now = time.thread_time if threads == 1 else time.perf_counter
        shuffled = np.random.default_rng(0)
        names = list(calls)
        for turn in range(rounds):
            for place in shuffled.permutation(len(names)):
                name = names[place]
                call = calls[name]
                started = now()
                call(turn)
                self.times[name].append(now() - started)

    def best(self, name: str) -> float:
        """Return the least time in milliseconds."""
        return min(self.times[name]) * 1e3

    def ratio(self, name: str, over: str) -> float:
        """Return the least time of one over that of another."""
        return self.best(name) / self.best(over)


def compare(made: Rows, top: int, threads: int, rounds: int) -> None:
    """Print how long each way takes, over the others."""
    import faiss
    import usearch.index

    faiss.omp_set_num_threads(threads)
    packed = made._columns.packed
    flat = faiss.IndexBinaryFlat(made.bits)
    flat.add(np.ascontiguousarray(packed))
    chosen = faiss.SearchParameters(
        sel=faiss.IDSelectorBitmap(np.packbits(made.label, bitorder="little"))
    )
    rng = np.random.default_rng(1)
    asked = rng.integers(0, made.rows, 100)
    queries = [made.query(int(row)) for row in asked]
    many = packed[asked]
    targets = [Target.of(code[None]) for code in many]
    everybody, one_label = SearchFilter(), SearchFilter(labels=("one of four",))

    def ours(which: list[int], allowed: npt.NDArray[np.bool_] | None) -> list[object]:
        return list(
            nearest.nearest(
                made.words,
                [targets[i] for i in which],
                top=[top] * len(which),
                allowed=allowed,
                threads=threads,
            )
        )

    def ranked(which: list[int], choose: SearchFilter) -> list[object]:
        view = View(made, choose, top, threads)  # type: ignore[arg-type]
        answers = [Answer(view, QuerySet.of(queries[i])) for i in which]
        return list(answer.in_order(view, answers))

    check(flat, made, targets, many, top, chosen)
    every = list(range(100))
    plans: dict[str, tuple[int, dict[str, Callable[[int], object]]]] = {
        "1 query": (
            rounds,
            {
                "bare": lambda _: made.words.sum(dtype=np.uint64),
                "faiss": lambda i: flat.search(many[i % 100][None], top),
                "ours": lambda i: ours([i % 100], None),
                "ranked": lambda i: ranked([i % 100], everybody),
            },
        ),
        "1 query, filter": (
            rounds,
            {
                "bare": lambda _: made.words.sum(dtype=np.uint64),
                "faiss": lambda i: flat.search(many[i % 100][None], top, params=chosen),
                "ours": lambda i: ours([i % 100], made.label),
                "ranked": lambda i: ranked([i % 100], one_label),
            },
        ),
        "100 queries": (
            max(3, rounds // 10),
            {
                "bare": lambda _: made.words.sum(dtype=np.uint64),
                "faiss": lambda _: flat.search(many, top),
                "ours": lambda _: ours(every, None),
                "ranked": lambda _: ranked(every, everybody),
                "singly": lambda _: [ranked([i], everybody) for i in every],
            },
        ),
        "100 queries, filter": (
            max(3, rounds // 10),
            {
                "bare": lambda _: made.words.sum(dtype=np.uint64),
                "faiss": lambda _: flat.search(many, top, params=chosen),
                "ours": lambda _: ours(every, made.label),
                "ranked": lambda _: ranked(every, one_label),
            },
        ),
    }
    for turn in range(40):  # soft values and look-ups come into memory as they would
        ranked([turn], everybody)
    for name, (count, calls) in plans.items():
        clock = Clock(calls, count, threads)
        print(
            f"{made.rows:11,} {threads:7} {name:20}"
            f"{clock.best('faiss'):10.2f}"
            f"{clock.ratio('ours', 'faiss'):9.2f}"
            f"{clock.ratio('ranked', 'ours'):9.2f}"
            f"{clock.ratio('ranked', 'faiss'):9.2f}"
            f"{clock.ratio('ours', 'bare'):9.2f}"
            f"{clock.ratio('faiss', 'bare'):9.2f}",
            flush=True,
        )
        if "singly" in calls:
            gain = clock.ratio("ranked", "singly")
            print(f"{'':39} over the same queries one by one: {gain:.2f}")
    started = time.perf_counter()
    usearch.index.search(
        packed, many[0], top, usearch.index.MetricKind.Hamming, exact=True,
        threads=threads,
    )  # fmt: skip
    theirs = time.perf_counter() - started
    clock = Clock({"ours": lambda i: ours([i], None)}, 5, threads)
    print(
        f"{'':39} over usearch's exact search: {clock.best('ours') / theirs / 1e3:.4f}"
    )


def check(
    flat: object,
    made: Rows,
    targets: list[Target],
    many: object,
    top: int,
    chosen: object,
) -> None:
    """Stop where one distance differs from those of faiss."""
    for allowed, params in ((None, None), (made.label, chosen)):
        theirs = flat.search(many, top, params=params)[0]  # type: ignore[attr-defined]
        found = nearest.nearest(
            made.words, targets, top=[top] * len(targets), allowed=allowed
        )
        for near, row in zip(found, theirs, strict=True):
            if np.sort(near.scores)[:top].tolist() != np.sort(row).tolist():
                message = "Distances differ from those of faiss."
                raise SystemExit(message)


def compare_all(options: argparse.Namespace) -> None:
    """Print the table of ratios."""
    print("faiss: milliseconds, best of several; all else: ratios of best times")
    print(
        f"{'rows':>11} {'threads':>7} {'':20}{'faiss':>10}{'ours/':>9}{'ranked/':>9}"
        f"{'ranked/':>9}{'ours/':>9}{'faiss/':>9}"
    )
    print(f"{'':49}{'faiss':>9}{'ours':>9}{'faiss':>9}{'bare':>9}{'bare':>9}")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            made = Rows(rows, options.bits, Path(folder))
            for threads in options.threads:
                compare(made, options.top, threads, options.rounds)


# ------------------------------------------------------------------------- opening
def make_library(root: Path, rows: int, bits: int) -> None:
    """Write a library of random codes: four pictures a patient, two a case."""
    rng = np.random.default_rng(0)
    with CodeStore.create(
        root, indexed_root=root, model_id="random", model_name="random", bits=bits
    ) as store:
        for first in range(0, rows, _BATCH):
            count = min(_BATCH, rows - first)
            logits = rng.normal(size=(count, bits)).astype(np.float32)
            sizes = rng.integers(10**4, 10**7, count).tolist()
            times = rng.integers(1, 10**17, count).tolist()
            digests = rng.bytes(16 * count)
            keys = rng.bytes(10 * count).hex()
            records = [
                ImageRecord(
                    path=f"ward {row // 1000:04}/IM{row:07}.png",
                    frame=0,
                    size_bytes=sizes[at],
                    modified_ns=times[at],
                    digest=digests[16 * at : 16 * at + 16],
                    patient_key=f"P-{keys[20 * (at // 4) : 20 * (at // 4) + 20]}",
                    labels=(f"class {row % 14}",),
                    case_key=f"C-{keys[20 * (at // 2) : 20 * (at // 2) + 20]}",
                    details=(("modality", "CR"), ("age_band", f"{at % 9}0-{at % 9}9")),
                )
                for at, row in enumerate(range(first, first + count))
            ]
            store.append(records, HashCodes.from_logits(logits))
        store.seal()


_OPEN = """
import sys, time
from pathlib import Path
from medhash_gui.store import CodeStore
root = Path(sys.argv[1])
started = time.perf_counter()
size = sum(len(path.read_bytes()) for path in root.iterdir())
bare = time.perf_counter() - started
started = time.perf_counter()
store = CodeStore.open(root)
opened = time.perf_counter() - started
# Not getrusage, which also counts what the starting process held before.
peak = 1024 * int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
print(size, bare, opened, peak, len(store))
"""


def measure_opening(options: argparse.Namespace) -> None:
    """Print how long opening takes, over a bare read of the same bytes."""
    print("best of nine fresh processes, warm file cache")
    for rows in options.rows:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder) / "random.medhash"
            make_library(root, rows, options.bits)
            lines = []
            for _ in range(9):
                words = [sys.executable, "-c", _OPEN, str(root)]
                ran = subprocess.run(words, check=True, capture_output=True, text=True)
                lines.append([float(word) for word in ran.stdout.split()])
            size, bare, opened, peak, _ = (
                min(column) for column in zip(*lines, strict=True)
            )
            print(
                f"{rows:,} pictures, {size / 1e6:.0f} MB: opened in {opened:.2f} s, "
                f"{opened / bare:.1f} times a bare read ({bare:.2f} s); peak "
                f"{peak / 1e6:.0f} MB resident"
            )


# ---------------------------------------------------------------------- duplicates
def measure_duplicates(options: argparse.Namespace) -> None:
    """Print how long linking takes, and how it grows with the rows."""
    rng = np.random.default_rng(0)
    for rows in options.rows:
        took = []
        for count in (rows // 4, rows):
            packed = rng.integers(0, 256, (count, 8), np.uint8)
            # A tenth lies close to another one, as films taken twice do.
            close = rng.choice(count, count // 10, replace=False)
            packed[close] = packed[rng.permutation(close)]
            packed[close, 0] ^= 1
            words = np.unique(codes.words(packed), axis=0)
            started = time.process_time()
            for _ in duplicates.linked(words, 64, options.within):
                pass
            took.append(time.process_time() - started)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{rows:,} codes within {options.within} bits: {took[1]:.2f} s of the "
            f"processor, {took[1] / took[0]:.1f} times a quarter of them; peak "
            f"{peak:.0f} MB resident"
        )


def main() -> None:
    """Print the table that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--bits", type=int, default=64)
    parser.add_argument("--top", type=int, default=100)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, nearest.cores()])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--opening", action="store_true", help="measure that instead")
    parser.add_argument("--duplicates", action="store_true", help="or that")
    parser.add_argument("--within", type=int, default=2)
    options = parser.parse_args()
    if options.duplicates:
        measure_duplicates(options)
    elif options.opening:
        measure_opening(options)
    elif importlib.util.find_spec("faiss") is None:
        message = "Install faiss-cpu and usearch (development dependencies)."
        raise SystemExit(message)
    else:
        compare_all(options)


if __name__ == "__main__":
    main()
