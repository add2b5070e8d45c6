"""What the packaged models retrieve for twenty fixed queries each: labels, no pictures.

    python benchmarks/fixed_queries.py --data DIR > docs/fixed-queries.md

DIR is that of packaging/train_models.py. The queries are pictures of the test part of
the model's card, spread evenly over its labels by the order of their file names: the
same on every machine, chosen before anything was searched. They ask the other patients
of the test part, so both sides are new to the model. Ties at the last place go by file
name. Bold labels are shared with the query.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging"))

import train_models

from medhash_gui import catalogue, datasets
from medhash_gui.bundle import ModelBundle
from medhash_gui.codes import HashCodes
from medhash_gui.datasets import LabelledImages

QUERIES = 20
TOP = 10
INTRODUCTION = """\
Printed by `python benchmarks/fixed_queries.py --data DIR`. Queries and the pictures
they search are of the test part of the card, of other patients: the model saw none of
them. Behind each label stand the differing bits; labels in bold are shared with the
query. The last column is how many of ten would share one by chance."""
KINDS = {"chest film": "chest-film", "fundus": "fundus"}


def test_part(kind: str, data: Path, seed: int) -> LabelledImages:
    """Return the pictures of a model's test part, by file name."""
    config = train_models.config(kind, data, Path("unused"))
    found = datasets.gather(config.sources)
    split = datasets.split_by_patient(
        found, seed=seed, validation=config.validation, test=config.test
    )
    part = found.take(split.test)
    order = sorted(range(len(part)), key=lambda n: str(part.items[n].file))
    return part.take(order)


def queries(part: LabelledImages) -> list[int]:
    """Return rows of the fixed queries: each label in turn gives its next picture."""
    waiting = {
        label: [n for n, item in enumerate(part.items) if label in item.labels]
        for label in part.classes
    }
    chosen: list[int] = []
    while len(chosen) < min(QUERIES, len(part)):
        before = len(chosen)
        for rows in waiting.values():
            left = [row for row in rows if row not in chosen]
            if left and len(chosen) < QUERIES:
                chosen.append(left[0])
        if len(chosen) == before:
            break
    return sorted(chosen)


def encode(model: ModelBundle, part: LabelledImages) -> HashCodes:
    """Return the codes of all pictures."""
    logits = [
        model.encode(model.preprocess(datasets.decode(item))[np.newaxis])
        for item in part.items
    ]
    return HashCodes.from_logits(
        np.concatenate([one.soft_or_signs() for one in logits]).astype(np.float32)
    )


def nearest(
    codes: HashCodes, row: int, groups: list[str]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64]]:
    """Return the nearest rows of other patients, and all distances."""
    signs = codes.signs().astype(np.int64)
    apart = (codes.bits - signs @ signs[row]) // 2
    others = np.array([group != groups[row] for group in groups])
    order = np.argsort(np.where(others, apart, codes.bits + 1), kind="stable")
    return order[:TOP], apart


def main() -> int:
    """Print the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    chosen = parser.parse_args()
    print("# Twenty fixed queries of each packaged model\n")
    print(INTRODUCTION)
    for found in catalogue.find_bundles()[0]:
        kind = KINDS.get(found.card.modality)
        if kind is None or found.origin != "packaged":
            continue
        model = ModelBundle.open(found.folder)
        part = test_part(kind, chosen.data, found.card.seed)
        codes, groups = encode(model, part), part.groups()
        table = part.multi_hot() > 0
        print(f"\n## {found.card.title}\n")
        print(f"`{found.card.name}`, fingerprint `{found.card.model_id}`, "
              f"{len(part)} test pictures\n")  # fmt: skip
        print(f"| query | its labels | the {TOP} nearest | shared | by chance |")
        print("|---|---|---|---|---|")
        for row in queries(part):
            hits, apart = nearest(codes, row, groups)
            own = set(part.items[row].labels)
            cells, shared = [], 0
            for hit in hits:
                names = part.items[hit].labels
                shared += bool(own & set(names))
                words = ", ".join(f"**{n}**" if n in own else n for n in names)
                cells.append(f"{words} ({apart[hit]})")
            others = np.array([group != groups[row] for group in groups])
            chance = (table[others] & table[row]).any(axis=1).mean()
            print(
                f"| {part.items[row].file.stem} | {', '.join(sorted(own))} | "
                f"{'; '.join(cells)} | {shared} of {len(hits)} | {TOP * chance:.1f} |"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
