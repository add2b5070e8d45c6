"""A library of patients and cases whose table says how labels were confirmed."""

from __future__ import annotations

import csv
from pathlib import Path

from command_runs import medhash

from medhash_gui import paths

# Of pictures 00 to 11: whose, of which case, and how the label was confirmed.
PATIENTS = ("A", "A", "A", "B", "B", "B", "C", "C", "", "", "", "")
CASES = ("1", "1", "2", "1", "1", "2", "1", "1", "", "", "", "")
SOURCES = ("pathology", "consensus", "")


def path_of(number: int) -> str:
    """Return where a picture of the ``study`` lies."""
    return f"{'light' if number % 2 else 'dark'}/picture {number:02d}.png"


def number_of(path: str) -> int:
    """Return the number of a picture of the ``study``."""
    return int(path.removesuffix(".png")[-2:])


def index_cases(study: Path, root: Path, *, report: str = "") -> Path:
    """Index the ``study`` with a table of patients, cases and confirmations.

    Args:
        study: twelve pictures, and a file that is none.
        root: of the library, which it returns.
        report: words of each picture's report.
    """
    table = root.with_suffix(".csv")
    rows = [("file", "label", "patient", "case", "confirmed_by", "report")]
    for number in range(12):
        path = path_of(number)
        said = (PATIENTS[number], CASES[number], SOURCES[number % 3], report)
        rows.append((path, path.split("/")[0], *said))
    with table.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows(rows)
    ran = medhash(
        *("index", study, "--library", root, "--labels", table),
        *("--model", paths.user_models() / "tiny"),
    )
    assert "added" in ran.out, ran.err
    return root
