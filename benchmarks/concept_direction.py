"""Do hits show more of a finding when the query is moved towards it? Adult chest films.

    python benchmarks/concept_direction.py --data DIR [--divisions 5] [--seeds 5]

DIR is that of packaging/train_models.py; the films are those of ChestX-ray14 in it, the
model is the packaged one of chest films. Twice:

- *unseen patients*: only patients that the model was not trained on. They are divided
  at random into halves, several times. One half is the library, from which directions
  are learnt and in which is searched; films of the other half ask.
- *training patients*: the library is the part that the model was trained on, films of
  the card's test part ask.

For each label that 10 patients of the library bear, every film asks that does not bear
it. Printed: the share of the label in the library (chance) and among the ten nearest,
of the query as it is, moved by three strengths, moved as far as a strength of 1 in a
random direction, and in the direction of labels that were dealt out to the library's
films at random (both the mean over seeds); the interval draws the patients who ask.
``own`` is the share of hits that still bear one of the query's own labels, ``bits`` how
many were turned over. The last line is the difference between strength 1 and a random
direction, a mean over labels.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "packaging"))

import train_models

from medhash_gui import bootstrap, concept, datasets, images, paths
from medhash_gui.bundle import ModelBundle
from medhash_gui.codes import HashCodes
from medhash_gui.concept import ConceptDirection
from medhash_gui.datasets import LabelledImages
from medhash_gui.images import ImageRecord
from medhash_gui.search import Query, QuerySet, SearchFilter, search_many
from medhash_gui.store import CodeStore

MODEL = "chest-film-ecoc-mobilenetv2-64bit"
SOURCE = "nih"
TOP = 10
LEAST_PATIENTS = 10
STRENGTHS = (0.5, 1.0, 2.0)
WAYS = ("as it is", *(f"strength {one:g}" for one in STRENGTHS), "random", "dealt out")
MOVED, RANDOM = WAYS.index("strength 1"), WAYS.index("random")

Rows = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Films:
    """Films with their codes.

    Attributes:
        labels: of each.
        patients: of each.
        codes: of all.
    """

    labels: list[tuple[str, ...]]
    patients: list[str]
    codes: HashCodes

    def take(self, rows: Rows) -> Films:
        """Return some of them."""
        labels, patients = self.labels, self.patients
        return Films([labels[r] for r in rows], [patients[r] for r in rows],
                     self.codes.take(rows))  # fmt: skip

    def dealt_out(self, seed: int) -> Films:
        """Return them with each other's labels."""
        order = np.random.default_rng(seed).permutation(len(self.labels))
        return replace(self, labels=[self.labels[r] for r in order])


@dataclass
class Told:
    """What was found, one line a query and division.

    Attributes:
        patients: whose film asked.
        shares: (labels, ways) of each, NaN where the film bears the label.
        own: the same, the share of hits with one of the query's own labels.
        bits: the same, how many were turned over.
        base: the share of each label in the libraries.
    """

    patients: list[str] = field(default_factory=list)
    shares: list[Floats] = field(default_factory=list)
    own: list[Floats] = field(default_factory=list)
    bits: list[Floats] = field(default_factory=list)
    base: dict[str, list[float]] = field(default_factory=dict)


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--divisions", type=int, default=5)
    parser.add_argument("--seeds", type=int, default=5)
    asked = parser.parse_args()
    model = ModelBundle.open(paths.packaged_models() / MODEL)
    config = train_models.config("chest-film", asked.data, Path("unused"))
    found = datasets.gather(config.sources)
    split = datasets.split_by_patient(
        found, seed=model.card.seed, validation=config.validation, test=config.test
    )
    names = sorted({n for one in found.items if one.source == SOURCE
                    for n in one.labels})  # fmt: skip
    parts = [
        encode(model, found.take([r for r in rows if found.items[r].source == SOURCE]))
        for rows in (split.train, split.validation, split.test)
    ]
    train, test = parts[0], parts[2]
    unseen = Films(
        parts[1].labels + test.labels,
        parts[1].patients + test.patients,
        HashCodes.join([parts[1].codes, test.codes]),
    )
    print(f"{MODEL}, {asked.divisions} divisions, {asked.seeds} seeds")
    told = Told()
    sizes: list[tuple[int, int]] = []
    for division in range(asked.divisions):
        known, asking = halves(unseen, division)
        sizes.append((len(known.labels), len(asking.labels)))
        measure(known, asking, names, asked.seeds, told)
    halved = " and ".join(map(str, sizes[0]))
    say(f"unseen patients, halves of {halved} films", names, told)
    told = Told()
    measure(train, test, names, asked.seeds, told)
    say(f"training patients, {len(train.labels)} films; {len(test.labels)} ask",
        names, told)  # fmt: skip


def encode(model: ModelBundle, part: LabelledImages) -> Films:
    """Return the films of a part with their codes."""
    codes = []
    for start in range(0, len(part), 32):
        batch = [
            model.preprocess(
                images.decode(images.read_bytes(item.file), name=item.file.name).pixels
            )
            for item in part.items[start : start + 32]
        ]
        codes.append(model.encode(np.stack(batch)))
    return Films([i.labels for i in part.items], part.groups(), HashCodes.join(codes))


def halves(films: Films, seed: int) -> tuple[Films, Films]:
    """Return the films of two halves of the patients, drawn."""
    names = np.unique(films.patients)
    some = set(np.random.default_rng(seed).permutation(names)[: len(names) // 2])
    inside = np.array([one in some for one in films.patients])
    return films.take(np.flatnonzero(inside)), films.take(np.flatnonzero(~inside))


def library(root: Path, films: Films) -> CodeStore:
    """Return a library of films."""
    store = CodeStore.create(
        root, indexed_root=root.parent, model_id="m", model_name=MODEL,
        bits=films.codes.bits,
    )  # fmt: skip
    records = [
        ImageRecord(f"{number}.jpg", 0, 1, 0, number.to_bytes(16, "big"), patient, own)
        for number, (patient, own) in enumerate(
            zip(films.patients, films.labels, strict=True), 1
        )
    ]
    store.append(records, films.codes)
    return store


def measure(
    known: Films, asking: Films, names: Sequence[str], seeds: int, told: Told
) -> None:
    """Ask with every film of one part in the library of the other."""
    queries = [QuerySet((Query(asking.codes.take([row])),))
               for row in range(len(asking.labels))]  # fmt: skip
    shape = (len(queries), len(names), len(WAYS))
    shares, own, bits = (np.full(shape, np.nan) for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        store = library(Path(folder) / "true.medhash", known)
        dealt = [library(Path(folder) / f"{seed}.medhash", known.dealt_out(seed))
                 for seed in range(seeds)]  # fmt: skip
        for column, name in enumerate(names):
            bearing = {p for p, labels in zip(known.patients, known.labels, strict=True)
                       if name in labels}  # fmt: skip
            if len(bearing) < LEAST_PATIENTS:
                continue
            rows = [row for row, labels in enumerate(asking.labels)
                    if name not in labels]  # fmt: skip
            share = float(np.mean([name in labels for labels in known.labels]))
            told.base.setdefault(name, []).append(share)
            some = [queries[row] for row in rows]
            true = towards(store, name)
            length = float(np.linalg.norm(true.step))
            others = [
                [_turned(true, seed, length) for seed in range(seeds)],
                [_scaled(towards(one, name), length) for one in dealt],
            ]
            plain = replace(true, step=np.zeros_like(true.step))
            ways = [[(plain, 1.0)], *([(true, s)] for s in STRENGTHS),
                    *([(one, 1.0) for one in each] for each in others)]  # fmt: skip
            for way, moves in enumerate(ways):
                found = [_asked(store, move, by, some, name, [asking.labels[r]
                         for r in rows]) for move, by in moves]  # fmt: skip
                means = np.mean(found, axis=0)  # (queries, 3)
                for into, values in zip((shares, own, bits), means.T, strict=True):
                    into[rows, column, way] = values
        for one in (store, *dealt):
            one.close()
    told.patients += asking.patients
    for into, made in ((told.shares, shares), (told.own, own), (told.bits, bits)):
        into += list(made)


def towards(store: CodeStore, name: str) -> ConceptDirection:
    """Return where a label lies; nobody who asks is in the library."""
    nobody = QuerySet((Query(store.codes([0])),))
    return concept.direction(store, nobody, name, filter=SearchFilter())


def _turned(true: ConceptDirection, seed: int, length: float) -> ConceptDirection:
    drawn = np.random.default_rng(seed).normal(size=true.step.shape)
    return _scaled(replace(true, step=drawn), length)


def _scaled(one: ConceptDirection, length: float) -> ConceptDirection:
    return replace(one, step=one.step * (length / np.linalg.norm(one.step)))


def _asked(
    store: CodeStore,
    move: ConceptDirection,
    strength: float,
    queries: Sequence[QuerySet],
    name: str,
    own: Sequence[tuple[str, ...]],
) -> Floats:
    """Return share of the label, share of the own labels and bits: (queries, 3)."""
    moved = [move.moved(query, strength) for query in queries]
    results = search_many(store, [query for query, _ in moved], top=TOP)
    rows = []
    for result, (_, how), labels in zip(results, moved, own, strict=True):
        hits = [set(hit.record.labels) for hit in result.hits]
        rows.append(
            (
                np.mean([name in one for one in hits]),
                np.mean([bool(one & set(labels)) for one in hits]),
                how.bits_changed[0],
            )
        )
    return np.array(rows, float)


def say(title: str, names: Sequence[str], told: Told) -> None:
    """Print the table of one setting."""
    shares, own, bits = (np.array(v) for v in (told.shares, told.own, told.bits))
    count, labels, ways = shares.shape
    flat = np.nan_to_num(shares.reshape(count, -1))
    members = ~np.isnan(shares.reshape(count, -1))
    means = bootstrap.draws(flat, told.patients, seed=0, members=members)
    drawn = means.reshape(-1, labels, ways)
    is_of = members.reshape(count, labels, ways)
    kept = [n for n in range(labels) if is_of[:, n].any()]
    print(f"\n{title}; {len(set(told.patients))} patients ask")
    print(
        f"{'label':20} {'queries':>7} {'library':>7} "
        + " ".join(f"{way:>18}" for way in WAYS)
    )
    for n in kept:
        asked = int(is_of[:, n, 0].sum())
        means_of = np.nanmean(shares[:, n], axis=0)  # (ways,)
        cells = [_cell(means_of[w], drawn[:, n, w]) for w in range(ways)]
        base = np.mean(told.base[names[n]])
        print(f"{names[n]:20} {asked:7} {base:7.2f} " + " ".join(cells))
    point = np.nanmean(shares[:, kept], axis=0).mean(axis=0)  # (ways,)
    every = drawn[:, kept].mean(axis=1)  # (rounds, ways)
    cells = [_cell(point[w], every[:, w]) for w in range(ways)]
    base = np.mean([np.mean(told.base[names[n]]) for n in kept])
    print(f"{'mean over labels':20} {'':7} {base:7.2f} " + " ".join(cells))
    for text, values in (("own", own), ("bits", bits)):
        means_of = np.nanmean(values[:, kept], axis=0).mean(axis=0)
        print(f"{'  ' + text:20} {'':15} " + " ".join(f"{m:18.2f}" for m in means_of))
    more = every[:, MOVED] - every[:, RANDOM]
    said = _cell(point[MOVED] - point[RANDOM], more).strip()
    print(f"strength 1 less random: {said}")


def _cell(value: float, drawn: Floats) -> str:
    low, high = np.nanquantile(drawn, [0.025, 0.975])
    return f"{value:.2f} ({low:.2f}–{high:.2f})".rjust(18)


if __name__ == "__main__":
    main()
