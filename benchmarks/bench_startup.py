"""How long an installed MedHash takes to start, over a start from the source tree.

    python benchmarks/bench_startup.py PROGRAM [--runs 5]

PROGRAM is another MedHash on this computer: `medhash` of a wheel's environment, or the
one that PyInstaller froze. Both are run in turn, so that what else the machine does
hits both; medians and their ratio are printed, for the bare program, a command that
reads the models, a query with an answer, and a window drawn with its answer.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from medhash_gui import phantoms

SOURCE = (sys.executable, "-m", "medhash_gui")
KIND = "chest-film"


def seconds(program: tuple[str, ...], words: tuple[str, ...], home: Path) -> float:
    """Return how long one run takes, from start to end, in s."""
    began = time.perf_counter()
    done = subprocess.run(
        [*program, *words],
        capture_output=True,
        env={**os.environ, "MEDHASH_HOME": str(home), "QT_QPA_PLATFORM": "offscreen"},
        check=False,
    )
    if done.returncode != 0:
        sys.exit(f"{' '.join([*program, *words])}: {done.stderr.decode()}")
    return time.perf_counter() - began


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    other = (arguments.program,)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        samples, library = home / "samples", home / "library.medhash"
        phantoms.draw_samples(samples, patients_per_class=2)
        query = home / "query.png"
        drawn = phantoms.draw(KIND, "effusion", patient=99)
        query.write_bytes(phantoms.png(drawn.pixels))
        index = ("index", str(samples / KIND), "--library", str(library))
        seconds(SOURCE, index, home)
        shot = str(home / "window.png")
        tasks = {
            "medhash --version": ("--version",),
            "medhash models": ("models",),
            "a query, answered": ("search", str(library), str(query)),
            "the window, drawn with its answer": (
                *("window", str(library), "--image", str(query), "--screenshot", shot),
            ),
        }
        print(f"{'':<36}{'source':>9}{'installed':>11}{'ratio':>8}")
        for name, words in tasks.items():
            pairs = [
                (seconds(SOURCE, words, home), seconds(other, words, home))
                for _ in range(arguments.runs + 1)
            ][1:]  # the first run of each fills the disk cache
            source = statistics.median(pair[0] for pair in pairs)
            installed = statistics.median(pair[1] for pair in pairs)
            ratio = installed / source
            print(f"{name:<36}{source:>7.2f} s{installed:>9.2f} s{ratio:>8.2f}")


if __name__ == "__main__":
    main()
