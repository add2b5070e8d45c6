"""One query from a cold start: its parts, and its ratio to the bare graph.

Both run in fresh processes, in turn, so that the machine's mood meets both: ``medhash
search`` with a picture that is not in the library (so that it is encoded), and a
process that does nothing but import ONNX Runtime, open the same graph and run it once.

    python benchmarks/bench_query.py [--runs 7]
    python benchmarks/bench_query.py --library LIB.medhash --image FILE

Without a library, the synthetic chest films are drawn and indexed first. Prints the
median of each part in milliseconds, and the ratio of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

from medhash_gui import bundle
from medhash_gui.store import CodeStore

_BARE = """
import sys, time
start = time.perf_counter()
import numpy, onnxruntime
imported = time.perf_counter()
options = onnxruntime.SessionOptions()
options.log_severity_level = 4
session = onnxruntime.InferenceSession(
    sys.argv[1], options, providers=["CPUExecutionProvider"]
)
opened = time.perf_counter()
size = session.get_inputs()[0].shape[-1]
images = numpy.zeros((1, 3, size, size), numpy.float32)
session.run(None, {"images": images})
first = time.perf_counter()
session.run(None, {"images": images})
print(imported - start, opened - imported, first - opened, time.perf_counter() - first)
"""

_SHOWN = {
    "python": "start of the interpreter",
    "import": "imports and the rest",
    "load": "open library and model",
    "decode": "read the picture",
    "encode": "preprocess and encode",
    "search": "rank",
    "exit": "print and leave",
}


def timed(command: list[str]) -> tuple[float, str]:
    """Return seconds of a fresh process, and the last line that it printed."""
    start = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    seconds = time.perf_counter() - start
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return seconds, (done.stdout.strip().splitlines() or [""])[-1]


def medhash(*words: str) -> list[str]:
    """Return the command line of MedHash in a fresh process."""
    return [sys.executable, "-m", "medhash_gui", *words]


def drawn_library(folder: Path) -> tuple[Path, Path]:
    """Return a library of synthetic chest films, and a film that is not in it."""
    timed(medhash("sample", str(folder / "sample")))
    films = folder / "sample" / "chest-film"
    library = folder / "films.medhash"
    timed(medhash("index", str(films), "--library", str(library)))
    film = next(iter(sorted(films.rglob("*.png"))))
    pixels = cv2.imdecode(
        np.frombuffer(film.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED
    )
    query = folder / "query.png"
    query.write_bytes(cv2.imencode(".png", pixels[::-1])[1].tobytes())
    return library, query


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--library", type=Path)
    parser.add_argument("--image", type=Path)
    asked = parser.parse_args()
    if (asked.library is None) != (asked.image is None):
        parser.error("--library and --image go together")

    with tempfile.TemporaryDirectory() as scratch:
        os.environ.setdefault("MEDHASH_HOME", scratch)
        if asked.library is None:
            library, image = drawn_library(Path(scratch))
        else:
            library, image = asked.library, asked.image
        with CodeStore.open(library) as store:
            images, model_id = len(store), store.model_id
        graph = bundle.find(model_id).folder / "graph.onnx"
        query = medhash("search", str(library), str(image), "--json")
        bare = [sys.executable, "-c", _BARE, str(graph)]
        parts: dict[str, list[float]] = {name: [] for name in _SHOWN}
        totals: list[float] = []
        bares: list[tuple[float, ...]] = []
        for run in range(asked.runs + 1):
            empty, _ = timed([sys.executable, "-c", "pass"])
            total, line = timed(query)
            answer = json.loads(line)
            if answer["query"]["in_library"]:
                parser.error("the image is in the library, so it is not encoded")
            bare_total, line = timed(bare)
            if run == 0:
                continue  # the first one reads the files from the disk
            seconds = answer["seconds"]
            inside = {name: seconds[name] for name in _SHOWN if name in seconds}
            inside["python"] = empty
            inside["import"] = seconds["total"] - sum(
                seconds[name] for name in ("load", "decode", "encode", "search")
            )
            inside["exit"] = max(0.0, total - empty - seconds["total"])
            for name, value in inside.items():
                parts[name].append(value)
            totals.append(total)
            bares.append((bare_total, *map(float, line.split())))

    middle = [statistics.median(values) for values in zip(*bares, strict=True)]
    total = statistics.median(totals)
    print(f"{images} pictures in the library, {asked.runs} runs, medians in ms")
    for name, text in _SHOWN.items():
        print(f"  {text:26s} {1000 * statistics.median(parts[name]):8.1f}")
    print(f"medhash search, cold         {1000 * total:8.1f}")
    print(f"  slowest of the runs        {1000 * max(totals):8.1f}")
    names = ("import onnxruntime", "open the graph", "first picture", "next picture")
    for text, value in zip(names, middle[1:], strict=True):
        print(f"  {text:26s} {1000 * value:8.1f}")
    print(f"bare graph, cold             {1000 * middle[0]:8.1f}")
    print(f"ratio {total / middle[0]:.2f}")


if __name__ == "__main__":
    main()
