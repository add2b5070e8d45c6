"""The shortcut audit of the packaged models, on pictures that they did not learn from.

    python benchmarks/shortcuts.py chest-film --data DIR --out OUT [--whole]

DIR is that of packaging/train_models.py; KIND is chest-film or fundus. The test part of
the model's card (--whole: all of its sets) is laid out under OUT as a folder for each
set with one table of labels, patients, sex, age and view, and indexed with the packaged
model. Then `medhash library shortcuts` says what neighbours have in common, and of two
sets it is printed how often neighbours are of the query's own: in a search's order,
and by the codes alone, ties by expectation. Pictures are linked where the file system
can, else copied; patients' ids are in OUT's table.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import sys
from pathlib import Path, PurePosixPath

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging"))

import train_models

from medhash_gui import catalogue, command_line, datasets
from medhash_gui.datasets import LabelledImages
from medhash_gui.store import CodeStore

DETAILS = ("sex", "age", "view")
SEED = 1


def pictures(kind: str, data: Path, *, whole: bool) -> LabelledImages:
    """Return the pictures of a model's test part, or all of its sets."""
    config = train_models.config(kind, data, Path("unused"))
    found = datasets.gather(config.sources)
    if whole:
        return found
    split = datasets.split_by_patient(
        found, seed=SEED, validation=config.validation, test=config.test
    )
    return found.take(split.test)


def lay_out(found: LabelledImages, data: Path, folder: Path) -> Path:
    """Link the pictures into a folder of their own and return the table beside it."""
    known = {}
    for table in sorted(data.glob("*/labels.csv")):
        with table.open(newline="", encoding="utf-8") as file:
            for row in csv.DictReader(file):
                known[table.parent / row["file"]] = row
    lines = []
    for item in found.items:
        place = item.file.relative_to(data)
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.exists():
            try:
                os.link(item.file, target)
            except OSError:
                shutil.copyfile(item.file, target)
        row = known[item.file]
        patient = f"{place.parts[0]} {row['patient']}" if row.get("patient") else ""
        details = [row.get(name, "") for name in DETAILS]
        lines.append([place.as_posix(), "|".join(item.labels), patient, *details])
    table = folder.with_suffix(".csv")
    with table.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "labels", "patient", *DETAILS])
        writer.writerows(lines)
    return table


def main() -> int:
    """Lay out, index and audit; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("chest-film", "fundus"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--seed", default="0")
    asked = parser.parse_args()
    data = asked.data.absolute()
    name = f"{asked.kind}-{'whole' if asked.whole else 'test'}"
    folder, library = asked.out / name, asked.out / f"{name}.medhash"
    table = lay_out(pictures(asked.kind, data, whole=asked.whole), data, folder)
    model = next(
        found
        for found in catalogue.find_bundles()[0]
        if found.card.name.startswith(asked.kind)
    )
    words = ["index", str(folder), "--library", str(library), "--labels", str(table)]
    words += ["--file-column", "file", "--label-column", "labels"]
    words += ["--label-separator", "|", "--model", model.card.name]
    if asked.kind == "chest-film":
        words += ["--patient-column", "patient", "--detail", "sex=sex"]
        words += ["--detail", "age_band=age", "--detail", "view=view"]
    words_of_audit = ["library", "shortcuts", str(library), "--seed", asked.seed]
    code = ran(words) or ran(words_of_audit)
    if not code and asked.kind == "chest-film":
        say_ties(library)
    return code


def say_ties(library: Path, k: int = 10) -> None:
    """Print how often the k nearest of every picture are of its set, both ways."""
    with CodeStore.open(library) as store:
        rows = np.arange(store.row_count)
        own = np.array([PurePosixPath(path).parts[0] for path in store.paths()])
        soft = store.soft(rows).astype(np.float64)
        soft /= np.linalg.norm(soft, axis=1, keepdims=True)
        bits = np.unpackbits(store.packed, axis=1)
        by_codes, in_order, tied = np.zeros((3, len(rows)))
        for row in rows:
            others = np.flatnonzero(
                (store.patients != store.patients[row]) | (store.patients < 0)
            )
            others = others[others != row]
            apart = np.count_nonzero(bits[others] != bits[row], axis=1)
            same = own[others] == own[row]
            last = np.sort(apart)[k - 1]
            inside, at = apart < last, apart == last
            left = k - np.count_nonzero(inside)
            by_codes[row] = (same[inside].sum() + left * same[at].mean()) / k
            order = np.lexsort((-(soft[others] @ soft[row]), apart))
            in_order[row] = same[order[:k]].mean()
            tied[row] = np.count_nonzero(at)
    print(f"Of every picture's {k} nearest are of its own set:")
    print(f"  in the order of a search {in_order.mean():.3f}")
    print(f"  by the codes alone, ties by expectation {by_codes.mean():.3f}")
    print(f"  (at the last place {np.median(tied):.0f} pictures tie in the median)")


def ran(words: list[str]) -> int:
    """Return the exit code of a command; none of these opens a window."""
    return command_line.main(words, open_window=lambda _: 1)


if __name__ == "__main__":
    sys.exit(main())
