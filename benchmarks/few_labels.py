"""Does learning without labels help where labels are few? Chest films, patient-wise.

    python benchmarks/few_labels.py NIH_FOLDER --weights FILE [--extra FOLDER]

NIH_FOLDER holds films and a ``labels.csv`` with the columns file, labels, patient.
Its patients are divided once: films of the test part ask, films of the rest are the
library. Trunks are compared that start at random, from ImageNet, and from ImageNet
after C2L on the films of the rest and some of EXTRA, whose labels nobody looks at; no
test patient is seen before the end. On each trunk's pooled features a linear probe
(L2-regularised logistic regression, one output a label) learns from N labelled films;
test films then search the library by the cosine of the probe's centred log-odds.
Printed: MAP@10 (shared label, ties by expectation, own patient left out), the mean over
draws of the labelled films, with an interval that draws test patients; the difference
to ImageNet, paired by draw and patient; the mean AUROC over labels; and what chance
gives. ``features`` is the same search by the features themselves, with no label at all.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from medhash_gui import bootstrap, retrieval, tie_counts
from medhash_gui.hashing import backbone
from medhash_gui.preprocess import IMAGENET_MEAN, IMAGENET_STD
from medhash_gui.pretraining import pretraining
from medhash_gui.pretraining.config import PretrainingConfig, PretrainingEpoch
from medhash_gui.tie_counts import Ranked

Floats = npt.NDArray[np.float32]
RANDOM, IMAGENET = "random", "ImageNet"


@dataclass(frozen=True)
class Films:
    """Labelled films of some patients.

    Attributes:
        files: where they lie; labels: (N, C) 0/1; patients: of each.
    """

    files: list[Path]
    labels: Floats
    patients: list[str]

    def take(self, rows: npt.NDArray[np.int64]) -> Films:
        """Return some of them."""
        return Films([self.files[r] for r in rows], self.labels[rows],
                     [self.patients[r] for r in rows])  # fmt: skip


def read_films(folder: Path) -> Films:
    """Read the table of a folder of films."""
    with (folder / "labels.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    own = [row["labels"].split("|") for row in rows]
    names = sorted({name for labels in own for name in labels})
    table = np.array([[n in labels for n in names] for labels in own], np.float32)
    return Films(
        [folder / r["file"] for r in rows], table, [r["patient"] for r in rows]
    )


def divide(films: Films, *, test: float, seed: int) -> tuple[Films, Films]:
    """Return the films of the library's patients and of the test patients."""
    patients = np.unique(films.patients)
    asking = set(np.random.default_rng(seed).permutation(patients)[
        : round(test * len(patients))])  # fmt: skip
    is_test = np.array([patient in asking for patient in films.patients])
    return films.take(np.flatnonzero(~is_test)), films.take(np.flatnonzero(is_test))


@torch.inference_mode()
def features(name: str, state: backbone.State, films: Films, size: int) -> Floats:
    """Return the pooled features of films, (N, D)."""
    trunk = backbone.trunk(name)
    trunk.load_state_dict(state)
    trunk.to(memory_format=torch.channels_last)
    mean, std = (torch.tensor(v)[:, None, None] for v in (IMAGENET_MEAN, IMAGENET_STD))
    parts = []
    for start in range(0, len(films.files), 64):
        grey = []
        for file in films.files[start : start + 64]:
            read = cv2.imread(str(file), cv2.IMREAD_GRAYSCALE)
            assert read is not None
            grey.append(cv2.resize(read, (size, size), interpolation=cv2.INTER_AREA))
        x = torch.from_numpy(np.stack(grey))[:, None].expand(-1, 3, -1, -1) / 255
        x = ((x - mean) / std).contiguous(memory_format=torch.channels_last)
        parts.append(trunk(x).mean(dim=(2, 3)))
    return torch.cat(parts).numpy()


def probe(x: Floats, labels: Floats, others: Floats, *, decay: float = 0.1) -> Floats:
    """Fit a logistic regression a label; return the log-odds of other pictures.

    The penalty is decay / 2 · |w|² against the summed loss, the intercept is free.
    """
    inputs, targets = torch.from_numpy(x).double(), torch.from_numpy(labels).double()
    weight = torch.zeros(x.shape[1], labels.shape[1], dtype=torch.double)
    # A label that all or none of the films bear has no finite intercept.
    share = targets.mean(dim=0).clamp(0.5 / len(x), 1 - 0.5 / len(x))
    bias = torch.logit(share)
    for parameter in (weight, bias):
        parameter.requires_grad_()
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=100, line_search_fn="strong_wolfe"
    )

    def closure() -> torch.Tensor:
        solver.zero_grad()
        loss = functional.binary_cross_entropy_with_logits(
            inputs @ weight + bias, targets, reduction="sum"
        )
        loss = loss + decay / 2 * (weight.square().sum() + 1e-3 * bias.square().sum())
        loss.backward()
        return loss

    solver.step(closure)
    with torch.no_grad():
        return (torch.from_numpy(others).double() @ weight + bias).float().numpy()


def auroc(scores: Floats, labels: Floats, *, least: int = 10) -> float:
    """Return the mean over labels that at least so many films bear and do not bear."""
    values = []
    for score, label in zip(scores.T, labels.T > 0, strict=True):
        if min(label.sum(), (~label).sum()) < least:
            continue
        above = (score[label][:, None] > score[~label]).mean()
        values.append(above + 0.5 * (score[label][:, None] == score[~label]).mean())
    return float(np.mean(values))


def found(query: Floats, database: Floats, asks: Films, answers: Films
          ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:  # fmt: skip
    """Return MAP@10 of every test film, and what chance gives it."""
    numbers = tie_counts.numbered(asks.patients, answers.patients)
    centre = database.mean(axis=0)
    sides = [retrieval.unit_length(x - centre) for x in (query, database)]
    scores = retrieval.score(Ranked(sides[0], asks.labels, numbers[0]),
                             Ranked(sides[1], answers.labels, numbers[1]))  # fmt: skip
    return scores.found["MAP@10"], scores.chance["MAP@10"]


def learn(words: argparse.Namespace, library: Films, start: Path | None, seed: int,
          folder: Path) -> backbone.State:  # fmt: skip
    """Run C2L on the library's films and some others; return the trunk."""
    pictures = folder / "pictures"
    if not pictures.is_dir():
        pictures.mkdir()
        for file in library.files:
            shutil.copy(file, pictures / f"nih-{file.name}")
        extra = sorted(words.extra.rglob("*.jp*g")) if words.extra else []
        chosen = np.random.default_rng(0).permutation(len(extra))[: words.extra_count]
        for number in chosen:
            shutil.copy(extra[number], pictures / f"extra-{number}.jpg")
    config = PretrainingConfig(
        words.backbone, size=words.size, epochs=words.epochs, batch=words.batch,
        queue=words.queue, seed=seed, rate=words.rate, momentum=words.momentum,
        temperature=words.temperature, frozen=words.frozen,
    )  # fmt: skip
    out = folder / f"{start.stem if start else 'random'}-{seed}.safetensors"
    done = folder / "decoded"
    if done.is_dir():
        shutil.copytree(done, out.with_name(f"{out.name}.run"))
    for event in pretraining.pretrain(pictures, config, weights=start, out=out):
        if isinstance(event, PretrainingEpoch):
            print(f"  C2L seed {seed}, epoch {event.epoch}: loss {event.loss:.3f}, "
                  f"spread {event.spread:.2f}, mean cosine {event.mean_cosine:.2f}, "
                  f"own view found {event.found:.3f}, {event.seconds:.0f} s",
                  flush=True)  # fmt: skip
        if (
            isinstance(event, PretrainingEpoch) and not done.is_dir()
        ):  # the next run need not decode again
            shutil.copytree(out.with_name(f"{out.name}.run"), done)
            (done / "checkpoint.safetensors").unlink()
    return backbone.weights(words.backbone, out)


def main() -> None:
    """Run the comparison and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument(
        "--trunk", type=Path, action="append", default=[], metavar="FILE",
        help="compare this result of medhash pretrain, too (on these patients)",
    )  # fmt: skip
    parser.add_argument("--extra", type=Path)
    parser.add_argument("--extra-count", type=int, default=1000)
    parser.add_argument("--backbone", default="mobilenet_v2")
    parser.add_argument("--size", type=int, default=96)
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--queue", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--momentum", type=float, default=0.996)
    parser.add_argument("--temperature", type=float, default=0.1)
    parser.add_argument("--frozen", type=int, default=7)
    parser.add_argument("--labels", type=int, nargs="+", default=[50, 100, 200])
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("--c2l-seeds", type=int, default=1)
    parser.add_argument("--test", type=float, default=0.3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--out", type=Path, help="JSON file of all figures")
    words = parser.parse_args()
    torch.set_num_threads(words.threads)
    began = time.monotonic()
    library, asks = divide(read_films(words.folder), test=words.test, seed=0)
    for name, films in (("library", library), ("test", asks)):
        count = len(set(films.patients))
        print(f"{name}: {len(films.files)} films of {count} patients", flush=True)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        trunks = {RANDOM: backbone.trunk(words.backbone).state_dict()}
    trunks[IMAGENET] = backbone.weights(words.backbone, words.weights)
    trunks |= {f.stem: backbone.weights(words.backbone, f) for f in words.trunk}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, words.c2l_seeds + 1):
            name = f"ImageNet + C2L, seed {seed}"
            trunks[name] = learn(words, library, words.weights, seed, Path(folder))
    values: dict[tuple[str, str], npt.NDArray[np.float64]] = {}
    areas: dict[tuple[str, str], float] = {}
    chance = np.zeros(1)
    for name, state in trunks.items():
        x, y = (features(words.backbone, state, f, words.size) for f in (library, asks))
        centre, scale = x.mean(axis=0), x.std(axis=0) + 1e-3 * x.std()
        # Standardised by the unlabelled library; divided by √D, so that one penalty
        # suits trunks of any width.
        x, y = ((v - centre) / scale / np.sqrt(x.shape[1]) for v in (x, y))
        values[name, "features"], chance = found(y, x, asks, library)
        for count in words.labels:
            each, area = [], []
            for draw in range(words.draws):
                rng = np.random.default_rng([draw, count])
                rows = rng.permutation(len(x))[:count]
                odds = probe(x[rows], library.labels[rows], np.concatenate([x, y]))
                each.append(found(odds[len(x) :], odds[: len(x)], asks, library)[0])
                area.append(auroc(odds[len(x) :], asks.labels))
            values[name, f"{count} labels"] = np.mean(each, axis=0)
            areas[name, f"{count} labels"] = float(np.mean(area))
    print(f"\nMAP@10, chance {chance.mean():.3f}; test patients drawn for intervals\n")
    columns = ["features", *(f"{count} labels" for count in words.labels)]
    print("| start | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    table = []
    for name in trunks:
        cells = []
        for column in columns:
            mine = values[name, column]
            less = mine - values[IMAGENET, column]
            bounds = bootstrap.intervals(
                np.stack([mine, less], axis=1), asks.patients, seed=0
            )
            cell = f"{mine.mean():.3f} [{bounds[0, 0]:.3f}, {bounds[0, 1]:.3f}]"
            if name != IMAGENET:
                cell += (f"; {less.mean():+.3f} [{bounds[1, 0]:+.3f}, "
                         f"{bounds[1, 1]:+.3f}]")  # fmt: skip
            if (name, column) in areas:
                cell += f"; AUROC {areas[name, column]:.3f}"
            cells.append(cell)
            table.append({"start": name, "column": column, "map": mine.mean(),
                          "low": bounds[0, 0], "high": bounds[0, 1],
                          "less": less.mean(), "less_low": bounds[1, 0],
                          "less_high": bounds[1, 1],
                          "auroc": areas.get((name, column))})  # fmt: skip
        print(f"| {name} | " + " | ".join(cells) + " |")
    print(f"\n{time.monotonic() - began:.0f} s in all")
    if words.out:
        words.out.write_text(json.dumps({"chance": chance.mean(), "table": table},
                                        indent=1), encoding="utf-8")  # fmt: skip


if __name__ == "__main__":
    main()
