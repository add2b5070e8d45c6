"""Judge the packaged models' recipe where both sides are new: five folds by patient.

    python benchmarks/cross_validation.py chest-film --data DIR --weights FILE --out DIR
    python benchmarks/cross_validation.py fundus     --data DIR --weights FILE --out DIR

DIR of ``--data`` and FILE are those of packaging/train_models.py, whose recipe is
trained five times, each time on the patients of four folds (a tenth of whom choose the
epoch). Pictures of the fifth fold then ask each other, the query's own patient left
out, and ask the pictures that were trained on (the old habit, in a column of its own).
Where no patients are known, folds and draws are of pictures.

Codes alone are judged; MAP@10 divides by the relevant ones there are, 10 at most, ties
count by expectation. Beside it stand chance and what the untouched starting trunk gives
on the same folds: cosine of its features, ITQ-64 and class probabilities fitted on the
four folds, the latter against probabilities and against true labels. Intervals draw
patients of all folds again; a difference is of the same queries.

How far neighbours agree on where a film is from (row E9): of the ten nearest in the
fold, over all sources at once, the share that is of the query's source, view, sex and
age band, each beside what it is among all films of the fold.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import hashlib
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging"))

import train_models

from medhash_gui import bootstrap, datasets, images, retrieval
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.hashing import backbone, controls
from medhash_gui.retrieval import Coded
from medhash_gui.training import training
from medhash_gui.training.config import EpochReport, TrainingConfig
from medhash_gui.training.data import Prepared

FOLDS = 5
BITS = 64
ROUNDS = 2000
ROWS = (
    "model",
    "chance",
    "features, cosine",
    "ITQ-64 of features",
    "class probability",
    "class probability to labels",
)
Vectors = npt.NDArray[np.float32]


def fold_of(groups: Sequence[str]) -> npt.NDArray[np.int64]:
    """Return the fold of each picture: patients in the order of a hash, cut in five."""

    def place(name: str) -> bytes:
        return hashlib.blake2b(f"fold:{name}".encode(), digest_size=8).digest()

    names = sorted(set(groups), key=place)
    fold = {name: at * FOLDS // len(names) for at, name in enumerate(names)}
    return np.array([fold[name] for name in groups])


def parts_of(data: LabelledImages, config: TrainingConfig, number: int) -> Split:
    """Return the parts of one fold: its pictures are the test part."""
    groups = data.groups()
    folds = fold_of(groups)
    rest = np.flatnonzero(folds != number)
    inner = datasets.split_by_patient(
        data.take(rest), seed=config.seed, validation=0.1, test=0
    )
    whole = Split(
        rest[inner.train], rest[inner.validation], np.flatnonzero(folds == number)
    )
    return datasets.cap(data, whole, config.sources, seed=config.seed)


def prepared(
    data: LabelledImages,
    pictures: npt.NDArray[np.uint8],
    digests: tuple[bytes, ...],
    split: Split,
) -> Prepared:
    """Return what the training engine takes, without reading anything again."""
    return Prepared(
        data=data,
        split=split,
        learn=data.take(split.train),
        check=data.take(split.validation),
        digests=digests,
        identity=hashlib.sha256(b"".join(digests)).hexdigest(),
        pictures=pictures[split.train],
        check_pictures=pictures[split.validation],
        test_pictures=pictures[split.test],
    )


def codes_of(
    config: TrainingConfig, ready: Prepared, cache: Path
) -> tuple[Vectors, Vectors, list[float | None]]:
    """Train on a fold's parts; return codes of its test and training parts, ±1."""
    steps = training.follow(config, prepared=ready, features=cache)
    reports: list[float | None] = []
    while True:
        try:
            event = next(steps)
        except StopIteration as end:
            run = end.value
            break
        if isinstance(event, EpochReport):
            reports.append(event.validation_map)
    return (
        retrieval.signs(run.logits["test"]),
        retrieval.signs(run.logits["train"]),
        reports,
    )


@torch.inference_mode()
def starting_features(
    config: TrainingConfig, pictures: npt.NDArray[np.uint8]
) -> Vectors:
    """Return the pooled features of the untouched starting trunk, (N, D)."""
    assert config.weights is not None
    trunk = backbone.trunk("mobilenet_v2").eval().to(memory_format=torch.channels_last)
    trunk.load_state_dict(backbone.weights("mobilenet_v2", config.weights))
    mean = torch.tensor(config.preprocess.mean)[:, None, None]
    std = torch.tensor(config.preprocess.std)[:, None, None]
    found = []
    for start in range(0, len(pictures), 32):
        x = torch.from_numpy(pictures[start : start + 32]).float() / 255
        x = ((x - mean) / std).contiguous(memory_format=torch.channels_last)
        found.append(trunk(x).mean(dim=(2, 3)).numpy())
    return np.concatenate(found)


class Judge:
    """Scores of every query of every fold, by set, row and database.

    Args:
        data: the whole set; its sources are the sets of the table.
    """

    def __init__(self, data: LabelledImages) -> None:
        self._data = data
        self._labels = own_labels(data)
        self._source = np.array([item.source for item in data.items])
        self._groups = np.array(data.groups())
        self.scores: dict[tuple[str, str, str], list[tuple[list[str], Vectors]]] = {}

    def add(
        self,
        row: str,
        split: Split,
        asks: Vectors,
        new: Vectors,
        train: Vectors | None = None,
    ) -> None:
        """Score one fold's vectors, each source among itself."""
        sides = [("new", split.test, new), ("train", split.train, train)]
        for source in np.unique(self._source):
            own = self._source[split.test] == source
            query = self._coded(split.test[own], asks[own], source)
            for database, rows, vectors in sides:
                if vectors is None:
                    continue
                there = self._source[rows] == source
                answers = self._coded(rows[there], vectors[there], source)
                scores = retrieval.score_all(query, answers)
                for name, values in (
                    (row, scores.found["MAP@10"]),
                    ("chance", scores.chance["MAP@10"]),
                ):
                    if name == "chance" and row != "model":
                        continue
                    key = (str(source), name, database)
                    self.scores.setdefault(key, []).append(
                        (list(query.patients), np.asarray(values, np.float32))
                    )

    def _coded(
        self, rows: npt.NDArray[np.int64], vectors: Vectors, source: str
    ) -> Coded:
        table = self._labels[str(source)][rows]
        return Coded(vectors, table, list(self._groups[rows]))

    def figures(self, source: str, row: str, database: str) -> dict[str, float] | None:
        """Return mean, interval, and the difference of the model to it, or None."""
        found = self.scores.get((source, row, database))
        if found is None:
            return None
        patients = [name for names, _ in found for name in names]
        values = np.concatenate([v for _, v in found]).astype(np.float64)
        model = np.concatenate([v for _, v in self.scores[source, "model", database]])
        both = np.stack([values, model - values], axis=1)
        bounds = bootstrap.intervals(both, patients, seed=0, rounds=ROUNDS)
        return {
            "value": float(values.mean()),
            "low": float(bounds[0, 0]),
            "high": float(bounds[0, 1]),
            "ahead": float((model - values).mean()),
            "ahead_low": float(bounds[1, 0]),
            "ahead_high": float(bounds[1, 1]),
            "queries": len(values),
            "patients": len(set(patients)),
        }


def own_labels(data: LabelledImages) -> dict[str, npt.NDArray[np.float32]]:
    """Return, by source, the labels that its own table has, (N, C') 0/1."""
    tables = {}
    for source in {item.source for item in data.items}:
        names = sorted(
            {n for i in data.items if i.source == source for n in i.own_labels}
        )
        tables[source] = np.array(
            [[name in item.own_labels for name in names] for item in data.items],
            np.float32,
        )
    return tables


def traits(data: LabelledImages) -> dict[str, npt.NDArray[np.str_]]:
    """Return what is known of where pictures are from, (N,) text; "" for unknown."""
    rows: dict[Path, dict[str, str]] = {}
    for root in {item.file.parent.parent for item in data.items} | {
        item.file.parent for item in data.items
    }:
        table = root / "labels.csv"
        if table.is_file():
            with table.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    rows[root / row["file"]] = row

    def column(*names: str) -> npt.NDArray[np.str_]:
        found = []
        for item in data.items:
            row = rows.get(item.file, {})
            found.append(next((row[n] for n in names if row.get(n)), ""))
        return np.array(found)

    ages = column("age")
    band = np.array([f"{int(float(a)) // 20 * 20}" if a else "" for a in ages])
    return {
        "source": np.array([item.source for item in data.items]),
        "view": column("view"),
        "sex": column("sex", "gender"),
        "age band (20 years)": band,
    }


class Agreement:
    """How often the ten nearest share a trait with the query, beside all others."""

    def __init__(self, data: LabelledImages) -> None:
        self._traits = traits(data)
        self._labels = data.multi_hot()
        self._groups = np.array(data.groups())
        self.found: dict[str, list[tuple[float, float]]] = {}

    def add(self, rows: npt.NDArray[np.int64], codes: Vectors) -> None:
        """Count one fold, all sources together; ties count by expectation."""
        near = nearest_weights(codes, self._groups[rows])
        other = self._groups[rows][:, None] != self._groups[rows]  # (Q, Q)
        alike = {
            name: (self._traits[name][rows][:, None] == self._traits[name][rows])
            & (self._traits[name][rows] != "")
            for name in self._traits
        }
        alike["a label"] = self._labels[rows] @ self._labels[rows].T > 0
        for name, same in alike.items():
            known = same.diagonal()  # a trait that is not known agrees with nothing
            with np.errstate(invalid="ignore"):  # nobody knows: left out below
                base = (same & other & known).sum(axis=1) / (other & known).sum(axis=1)
                share = (near * (same & known)).sum(axis=1) / (near * known).sum(axis=1)
            pairs = zip(share[known], base[known], strict=True)
            self.found.setdefault(name, []).extend(
                (float(a), float(b)) for a, b in pairs if np.isfinite(a)
            )


def nearest_weights(
    codes: Vectors, groups: npt.NDArray[np.str_], k: int = 10
) -> npt.NDArray[np.float64]:
    """Return the chance of each picture to be among a query's k nearest, (Q, Q)."""
    apart = (codes.shape[1] - codes @ codes.T) / 2
    apart[groups[:, None] == groups] = np.inf
    limit = np.sort(apart, axis=1)[:, k - 1 : k]
    inside, tied = apart < limit, apart == limit
    left = k - inside.sum(axis=1, keepdims=True)
    return inside + tied * (left / np.maximum(tied.sum(axis=1, keepdims=True), 1))


def controls_of(
    add: Callable[..., None], split: Split, features: Vectors, labels: Vectors
) -> None:
    """Fit the controls on a fold's training part and score them."""
    test, train = features[split.test], features[split.train]
    tags = labels[split.train]
    unit = retrieval.unit_length
    add("features, cosine", split, unit(test), unit(test), unit(train))
    itq = controls.fit("itq", train, tags, bits=BITS, seed=0)
    add(
        "ITQ-64 of features",
        split,
        itq.encode(test),
        itq.encode(test),
        itq.encode(train),
    )
    fitted = controls.fit("class-probability", train, tags, bits=1)
    asks = unit(controls.class_probabilities(fitted, test))
    base = unit(controls.class_probabilities(fitted, train))
    add("class probability", split, asks, asks, base)
    add(
        "class probability to labels",
        split,
        asks,
        unit(labels[split.test]),
        unit(labels[split.train]),
    )


def table(judge: Judge, source: str) -> list[str]:
    """Return the lines of a set's table, Markdown."""
    lines = [
        "| row | MAP@10, both sides new | model minus this | MAP@10, in the training "
        "pictures |",
        "|---|---|---|---|",
    ]
    for row in ROWS:
        new = judge.figures(source, row, "new")
        old = judge.figures(source, row, "train")
        assert new is not None
        cell = f"{new['value']:.3f} ({new['low']:.3f}-{new['high']:.3f})"
        ahead = "" if row == "model" else (
            f"{new['ahead']:+.3f} ({new['ahead_low']:+.3f} to {new['ahead_high']:+.3f})"
        )  # fmt: skip
        habit = "" if old is None else f"{old['value']:.3f}"
        lines.append(f"| {row} | {cell} | {ahead} | {habit} |")
    return lines


def main() -> int:
    """Judge one recipe and write its tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=("chest-film", "fundus"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="also of the cache")
    parser.add_argument(
        "--change", default="{}", help="JSON of configuration values, to try others"
    )
    parser.add_argument("--no-controls", action="store_true")
    parser.add_argument("--folds", type=int, nargs="+", default=list(range(FOLDS)))
    parser.add_argument("--only", help="one source alone")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    config = train_models.config(chosen.kind, chosen.data, chosen.weights)
    changes = json.loads(chosen.change)
    options = changes.pop("options", config.options)
    size = changes.pop("size", config.preprocess.size)
    config = dataclasses.replace(
        config,
        options=options,
        preprocess=dataclasses.replace(config.preprocess, size=size),
        **changes,
    )
    if chosen.only:
        kept = tuple(one for one in config.sources if one.name == chosen.only)
        config = dataclasses.replace(config, sources=kept)
    data = datasets.gather(config.sources)
    digests = tuple(images.content_digest(i.file.read_bytes()) for i in data.items)
    pictures = datasets.pixels(data, config.preprocess)
    judge, agreement = Judge(data), Agreement(data)
    features = None if chosen.no_controls else starting_features(config, pictures)
    for number in chosen.folds:
        split = parts_of(data, config, number)
        ready = prepared(data, pictures, digests, split)
        test, train, reports = codes_of(config, ready, chosen.out / "cache")
        judge.add("model", split, test, test, train)
        agreement.add(split.test, test)
        if features is not None:
            controls_of(judge.add, split, features, data.multi_hot())
        now = {
            source: round(judge.figures(source, "model", "new")["value"], 4)  # type: ignore[index]
            for source in sorted({item.source for item in data.items})
        }
        best = max(value for value in reports if value is not None)
        print(f"fold {number + 1}: {now}, validation {best:.3f}", flush=True)
    lines = [f"# Cross-validation: {chosen.kind}", ""]
    for source in sorted({item.source for item in data.items}):
        if features is not None:
            lines += [f"## {source}", "", *table(judge, source), ""]
    lines += ["| ten nearest share | model | all others |", "|---|---|---|"]
    for name, pairs in agreement.found.items():
        if not pairs:
            continue
        share, base = np.mean(pairs, axis=0)
        lines.append(f"| {name} | {share:.3f} | {base:.3f} |")
    text = "\n".join(lines) + "\n"
    (chosen.out / f"{chosen.kind}.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
