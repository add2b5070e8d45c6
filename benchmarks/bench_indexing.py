"""Indexing over its bounds: the first run, and the second over an unchanged folder.

    python benchmarks/bench_indexing.py --data FOLDER [--model NAME] [--slice 6]
    python benchmarks/bench_indexing.py --second-run 100000

**First run.** ``medhash index`` makes a new library of the folder, as a user runs it.
The bound of the same processor is what remains when nothing lies on top: bare reading,
decoding and preprocessing, and a bare forward pass of the same graph in ONNX Runtime
(the quickest of several batches and numbers of threads), both in a process a core:
1 / bound = 1 / decoding + 1 / encoding. Both are measured in turn: every few seconds
the command is stopped (SIGSTOP) for as long as a slice of the bound takes, so that the
machine's mood meets both. Counted is from the first to the last committed batch;
start-up is printed apart. Beside the rates stand processor seconds a picture, of all
processes, which other programs on the machine hardly change. Needs Linux.

A picture of a library needs more than its pixels: the digest of its content, what its
header tells, and a look for letters. ``all of reading`` is bare reading with these, and
the last ratios say what the pipeline itself lies on top of that.

**Second run.** A folder of so many small files and a library that knows them all: the
whole command, over a bare recursive ``os.scandir`` with ``stat`` and ``medhash info``
of the same library, each a process of its own, in turn.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np

from medhash_gui import bundle, decode_process, images
from medhash_gui.codes import HashCodes
from medhash_gui.decode_worker import FolderServer
from medhash_gui.engine import Engine
from medhash_gui.errors import LibraryError
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore

_MODEL = "chest-film-ecoc-mobilenetv2-64bit"
_POLL_S = 1.0  # looking costs processor time that the command then lacks
_PICTURES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".dcm", ".bmp")
_READ_ALL = -1  # in place of a batch: whatever a picture needs before it is encoded
_FORMS = ((1, 1), (1, 2), (1, 4), (1, 8), (1, 16), (0, 16))  # threads (0: all), batch
_TICKS = os.sysconf("SC_CLK_TCK")
_MEDHASH = (sys.executable, "-m", "medhash_gui")
_BARE_SCAN = """
import os, sys
waiting = [sys.argv[1]]
while waiting:
    for entry in os.scandir(waiting.pop()):
        if entry.is_dir():
            waiting.append(entry.path)
        else:
            entry.stat()
"""


# ------------------------------------------------------------------------ first run
@dataclass
class Tally:
    """Pictures, seconds of the clock, and processor seconds of all processes."""

    pictures: float = 0
    seconds: float = 0
    cpu: float = 0

    def add(self, pictures: float, seconds: float, cpu: float) -> None:
        """Count one more slice."""
        self.pictures += pictures
        self.seconds += seconds
        self.cpu += cpu

    @property
    def rate(self) -> float:
        """Pictures a second."""
        return self.pictures / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds a picture."""
        return 1000 * self.cpu / self.pictures


def work(pipe: Connection, root: str, model: str, part: int, parts: int) -> None:
    """Decode or encode for some seconds, when asked, and say how much was done."""
    import cv2

    cv2.setNumThreads(1)
    decode_process.keep_freed_memory()  # what is good for ours is good for the bound
    found = bundle.find(model)
    files = [file.path for file in images.scan(Path(root))]
    files = [path for path in files if path.lower().endswith(_PICTURES)][part::parts]
    graph = (found.folder / "graph.onnx").read_bytes()
    engines: dict[int, Engine] = {}
    batch_of_inputs = np.stack(
        [found.card.preprocess(_pixels(Path(root), path)) for path in files[:16]]
    )
    reader = FolderServer(
        Path(root),
        found.card.preprocess,
        max_pixels=images.MAX_PIXELS,
        frames=images.FrameChoice(),
        label_tag=None,
    )
    pipe.send(None)
    at = 0
    while True:
        try:
            seconds, threads, batch = pipe.recv()
        except EOFError:
            return
        if batch > 0 and threads not in engines:
            engines[threads] = Engine(graph, threads=threads)
        done, start, cpu = 0, time.perf_counter(), time.process_time()
        while time.perf_counter() - start < seconds:
            if batch > 0:
                engines[threads].run(batch_of_inputs[:batch], ["logits"])
                done += batch
                continue
            path = files[at % len(files)]
            at += 1
            done += 1
            if batch == _READ_ALL:
                task = {"path": path, "known": [], "header_only": False}
                for _ in reader.answers(task):
                    pass
            else:
                found.card.preprocess(_pixels(Path(root), path))
        pipe.send((done, time.perf_counter() - start, time.process_time() - cpu))


def _pixels(root: Path, path: str) -> images.Pixels:
    return images.decode(images.read_bytes(root / path), name=path).pixels


@dataclass
class Bound:
    """A process a core that decodes or encodes, and nothing else."""

    root: Path
    model: str
    decoding: Tally = field(default_factory=Tally)
    reading: Tally = field(default_factory=Tally)
    encoding: Tally = field(default_factory=Tally)
    form: tuple[int, int] = (1, 16)

    def __post_init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        cores = decode_process.usable_cores()
        self.pipes: list[Connection] = []
        for part in range(cores):
            ours, theirs = context.Pipe()
            arguments = (theirs, str(self.root), self.model, part, cores)
            context.Process(target=work, args=arguments, daemon=True).start()
            self.pipes.append(ours)
        for pipe in self.pipes:
            pipe.recv()

    def choose_form(self, seconds: float) -> None:
        """Find the quickest way to run the graph here."""
        costs: dict[tuple[int, int], list[float]] = {form: [] for form in _FORMS}
        for _ in range(3):
            for form in _FORMS:
                tally = Tally()
                self._run(tally, seconds, *form)
                costs[form].append(1 / tally.rate)
        self.form = min(costs, key=lambda form: statistics.median(costs[form]))
        print("bare encoding, images/s, by threads and batch:")
        for (threads, batch), cost in costs.items():
            rate = 1 / statistics.median(cost)
            print(f"  {threads or 'all':>4} threads, batch {batch:2d}: {rate:8.1f}")

    def slice(self, seconds: float) -> None:
        """Measure both for a while."""
        self._run(self.decoding, seconds / 3, 0, 0)
        self._run(self.reading, seconds / 3, 0, _READ_ALL)
        self._run(self.encoding, seconds / 3, *self.form)

    def _run(self, tally: Tally, seconds: float, threads: int, batch: int) -> None:
        # All threads in one process, or one thread in each.
        pipes = self.pipes[:1] if batch > 0 and not threads else self.pipes
        for pipe in pipes:
            pipe.send((seconds, threads, batch))
        answers = [pipe.recv() for pipe in pipes]
        rate = sum(done / took for done, took, _ in answers)
        took = max(took for _, took, _ in answers)
        tally.add(rate * took, took, sum(cpu for _, _, cpu in answers) * rate * took
                  / sum(done for done, _, _ in answers))  # fmt: skip

    @property
    def rate(self) -> float:
        """Pictures a second when every core does nothing else."""
        return 1 / (1 / self.decoding.rate + 1 / self.encoding.rate)

    @property
    def cpu_ms(self) -> float:
        """Processor milliseconds a picture."""
        return self.decoding.cpu_ms + self.encoding.cpu_ms

    @property
    def rate_of_all(self) -> float:
        """Likewise with all that a picture needs before it is encoded."""
        return 1 / (1 / self.reading.rate + 1 / self.encoding.rate)

    @property
    def cpu_ms_of_all(self) -> float:
        """Likewise, processor milliseconds a picture."""
        return self.reading.cpu_ms + self.encoding.cpu_ms


@dataclass(frozen=True)
class Sample:
    """What was seen of the command at one moment."""

    rows: int
    seconds: float
    cpu: float
    resident_mb: float


def processes(group: int) -> list[Path]:
    """Return the folders in /proc of a process group."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                fields = (folder / "stat").read_text("ascii", "replace")
                if int(fields.rpartition(")")[2].split()[2]) == group:
                    found.append(folder)
    return found


def sample(group: int, rows: int, seconds: float) -> Sample:
    """Return processor time and memory of the command's processes."""
    ticks = resident = 0
    for folder in processes(group):
        with contextlib.suppress(OSError, IndexError, ValueError):
            fields = (folder / "stat").read_text("ascii", "replace")
            numbers = fields.rpartition(")")[2].split()
            ticks += int(numbers[11]) + int(numbers[12])
            status = (folder / "status").read_text("ascii", "replace")
            # Not VmRSS: what is shared would count once for each process.
            resident += int(status.partition("RssAnon:")[2].split()[0])
    return Sample(rows, seconds, ticks / _TICKS, resident / 1024)


def first_run(root: Path, model: str, every_s: float) -> None:
    """Measure and print the first run over its bound."""
    bound = Bound(root, model)
    bound.choose_form(1.0)
    with tempfile.TemporaryDirectory() as scratch:
        library = Path(scratch) / "first.medhash"
        words = ("index", root, "--library", library, "--model", model)
        start = time.perf_counter()
        command = subprocess.Popen(
            [*_MEDHASH, *map(str, words), "--device", "cpu", "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            process_group=0,  # the same session: Linux shares the cores by session
        )
        samples = list(watched(command, library, start, bound, every_s))
        answer = command.communicate()[0].decode().splitlines()[-1]
        if command.returncode:
            sys.exit(f"medhash index failed: {answer}")
    # Processes that have ended take their time with them: up to the last full count.
    first, last = samples[0], max(samples, key=lambda one: one.cpu)
    ours = Tally(
        last.rows - first.rows, last.seconds - first.seconds, last.cpu - first.cpu
    )
    print(f"start-up, to the first committed batch: {first.seconds:.1f} s")
    print(f"{ours.pictures:.0f} pictures, {decode_process.usable_cores()} cores")
    print(f"{'':22s} {'images/s':>9s} {'cpu ms/image':>13s}")
    for name, tally in (
        ("bare decoding", bound.decoding),
        ("all of reading", bound.reading),
        ("bare encoding", bound.encoding),
        ("bound of both", bound),
        ("medhash index", ours),
    ):
        print(f"{name:22s} {tally.rate:9.1f} {tally.cpu_ms:13.2f}")
    print(f"rate over the bound:                    {ours.rate / bound.rate:.3f}")
    print(f"bound's processor time over ours:       {bound.cpu_ms / ours.cpu_ms:.3f}")
    rate, cpu = ours.rate / bound.rate_of_all, bound.cpu_ms_of_all / ours.cpu_ms
    print(f"over all of reading, and bare encoding: {rate:.3f}, {cpu:.3f}")
    quarters = [samples[len(samples) * part // 4 - 1] for part in (1, 2, 3, 4)]
    text = ", ".join(f"{s.resident_mb:.0f} MB at {s.rows}" for s in quarters)
    print(f"memory of all processes, by pictures:   {text}")


def watched(
    command: subprocess.Popen[bytes],
    library: Path,
    start: float,
    bound: Bound,
    every_s: float,
) -> Iterator[Sample]:
    """Yield a sample whenever rows were committed; stop the command for the bound."""
    stopped, store, rows = 0.0, None, 0
    next_stop = time.perf_counter() + every_s
    while command.poll() is None:
        time.sleep(_POLL_S)
        if store is None:
            with contextlib.suppress(LibraryError):
                store = CodeStore.open(library)
            continue
        with contextlib.suppress(LibraryError):
            store.refresh()
        now = time.perf_counter()
        if store.row_count > rows:
            rows = store.row_count
            yield sample(command.pid, rows, now - start - stopped)
        if rows and now > next_stop:
            os.killpg(command.pid, signal.SIGSTOP)
            before = time.perf_counter()
            bound.slice(every_s / 2)
            os.killpg(command.pid, signal.SIGCONT)
            stopped += time.perf_counter() - before
            next_stop = time.perf_counter() + every_s


# ----------------------------------------------------------------------- second run
def second_run(count: int, rounds: int) -> None:
    """Measure and print a run over an unchanged folder, over what it needs at least."""
    found = bundle.find(_MODEL)
    with tempfile.TemporaryDirectory() as scratch:
        root, library = Path(scratch) / "study", Path(scratch) / "second.medhash"
        for number in range(count):
            if number % 100 == 0:
                folder = root / f"patient {number // 100:05d}"
                folder.mkdir(parents=True)
            (folder / f"image-{number:07d}.png").write_bytes(b"%d" % number)
        with CodeStore.create(
            library,
            indexed_root=root,
            model_id=found.card.model_id,
            model_name=found.card.name,
            bits=found.card.bits,
        ) as store:
            fill(store, root)
        steps: dict[str, list[str]] = {
            "scan": [sys.executable, "-c", _BARE_SCAN, str(root)],
            "info": [*_MEDHASH, "info", str(library)],
            "index": [*_MEDHASH, "index", str(root), "--library", str(library)],
        }
        # As where it is installed: compiled once, for every command.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(Path(scratch) / "c")}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for words in steps.values():
            timed(words, environment)
        took: dict[str, list[tuple[float, float]]] = {name: [] for name in steps}
        for _ in range(rounds):
            for name, words in steps.items():
                took[name].append(timed(words, environment))
    print(f"{count} unchanged files, best of {rounds}")
    print(f"{'':28s} {'s':>7s} {'cpu s':>7s}")
    best = {name: [min(column) for column in zip(*took[name], strict=True)]
            for name in took}  # fmt: skip
    for name, title in (
        ("scan", "bare scandir and stat"),
        ("info", "medhash info"),
        ("index", "medhash index, second run"),
    ):
        seconds, cpu = best[name]
        print(f"{title:28s} {seconds:7.2f} {cpu:7.2f}")
    ratio = [best["index"][n] / (best["scan"][n] + best["info"][n]) for n in (0, 1)]
    print(f"second run over both:  {ratio[0]:.2f} by the clock, {ratio[1]:.2f} by cpu")


def fill(store: CodeStore, root: Path) -> None:
    """Let a library know all files of a folder."""
    rng = np.random.default_rng(0)
    files = list(images.scan(root))
    for start in range(0, len(files), 4096):
        part = files[start : start + 4096]
        records = [
            ImageRecord(
                path=file.path,
                frame=0,
                size_bytes=file.size_bytes,
                modified_ns=file.modified_ns,
                digest=rng.bytes(16),
                patient_key=f"P-{number // 10:012x}",
                labels=("sound", "other")[number % 2 :][:1],
                details=(("text", "no sign"),),
            )
            for number, file in enumerate(part, start)
        ]
        logits = rng.normal(size=(len(part), store.bits)).astype(np.float32)
        store.append(records, HashCodes.from_logits(logits))
    # What a first run that went to its end leaves behind.
    from medhash_gui.import_choices import ImportChoices

    store.choose(ImportChoices.from_json({}).as_json())


def timed(words: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """Run a command; return seconds and processor seconds."""
    start = time.perf_counter()
    child = subprocess.Popen(
        words,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        sys.exit(f"{' '.join(words)} failed")
    cpu = used.ru_utime + used.ru_stime
    return time.perf_counter() - start, cpu


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of pictures, 5,000 or more")
    parser.add_argument("--model", default=_MODEL)
    parser.add_argument("--slice", type=float, default=6.0, help="seconds in turn")
    parser.add_argument("--second-run", type=int, metavar="FILES")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    if asked.data is not None:
        first_run(asked.data.absolute(), asked.model, asked.slice)
    if asked.second_run:
        second_run(asked.second_run, asked.rounds)


if __name__ == "__main__":
    main()
