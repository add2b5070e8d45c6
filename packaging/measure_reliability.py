"""Measure what neighbour counts meant for a packaged model, and put it into its card.

    python packaging/measure_reliability.py chest-film --data DIR [--models models]
    python packaging/measure_reliability.py fundus     --data DIR [--models models]
    python packaging/measure_reliability.py synthetic  [--models models]

Nothing is trained: the pictures are divided again as they were for the model, and the
test part asks itself through the model's own graph. Before the card is written, the
parts must be as large as it says, and the test part must find what it says.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path

import train_models

from medhash_gui import bundling, catalogue, datasets, evaluation
from medhash_gui.card import ModelCard
from medhash_gui.datasets import LabelledImages
from medhash_gui.engine import Engine
from medhash_gui.errors import MedHashError
from medhash_gui.evaluation import Coded
from medhash_gui.library import durable

# A bit whose value is near zero may fall otherwise on another processor.
_TOLERANCE = 0.002


def parts(kind: str, data: Path, card: ModelCard) -> dict[str, LabelledImages]:
    """Return the parts of a model's pictures, as they were for its training."""
    settings = train_models.config(kind, data, Path())
    whole = datasets.gather(settings.sources)
    split = datasets.cap(
        whole,
        datasets.split_by_patient(
            whole,
            seed=card.seed,
            validation=settings.validation,
            test=settings.test,
        ),
        settings.sources,
        seed=card.seed,
    )
    return {name: whole.take(getattr(split, name)) for name in datasets.PARTS}


def check(card: ModelCard, coded: Coded, sizes: dict[str, int]) -> None:
    """End where these are not the pictures that the card's figures are of."""
    if dict(card.training["images"]) != sizes:
        sys.exit(f"The card is of {card.training['images']} pictures, not {sizes}.")
    for row in card.metrics:
        if row["measure"] == "MAP@10" and "(all) in test pictures" in row["set"]:
            found = evaluation.evaluate(coded, coded, classes=card.classes).measures[0]
            print(f"MAP@10 in the test part {found.value:.4f}, card {row['value']}")
            if abs(found.value - row["value"]) > _TOLERANCE:
                sys.exit("The test part does not find what the card says.")
            return
    sys.exit("The card has no MAP@10 of test pictures that ask each other.")


def main() -> int:
    """Measure one model, write its card, print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=train_models.KINDS)
    parser.add_argument("--data", type=Path, help="folder of the data sets")
    parser.add_argument("--models", type=Path, default=Path("models"))
    chosen = parser.parse_args()
    if chosen.data is None and chosen.kind != "synthetic":
        parser.error(f"{chosen.kind} needs --data")
    try:
        with train_models.pictures(chosen.kind, chosen.data) as data:
            [folder] = chosen.models.glob(f"{chosen.kind}-*")
            card = measured(chosen.kind, folder, data)
        for name, content in catalogue.card_files(card).items():
            durable.place(folder / name, content)
    except MedHashError as error:
        print(f"{error.message}\n{error.hint}", file=sys.stderr)
        return 3
    tell(card)
    return 0


def measured(kind: str, folder: Path, data: Path) -> ModelCard:
    """Return a model's card with what counts among the nearest meant."""
    card = catalogue.read_card(folder)
    found = parts(kind, data, card)
    test = found["test"]
    engine = Engine(catalogue.read(folder, catalogue.GRAPH))
    logits, _ = evaluation.run_graph(engine, test, card.preprocess)
    coded = Coded(evaluation.signs(logits), test.multi_hot(), test.groups())
    check(card, coded, {name: len(part) for name, part in found.items()})
    _, reliability = bundling.held_out_tables(test, logits, seed=card.seed)
    return dataclasses.replace(card, reliability=reliability)


def tell(card: ModelCard) -> None:
    """Print the figures over all labels, a number of neighbours a line."""
    known = card.reliability
    if known is None:
        print("There are too few test pictures.")
        return
    whose = f"{known.patients} patients" if known.by_patient else "patients unknown"
    print(f"{known.pictures} pictures, {whose}")
    print("| k | Brier | of the base rate | smaller by | error | by chance |")
    print("|---|---|---|---|---|---|")
    for neighbours in known.measured:
        curve = known.curve(neighbours, None)
        if curve is not None:
            figures = [
                f"{one.value:.3f} ({one.low:.3f} to {one.high:.3f})"
                for one in (curve.brier, curve.gain, curve.error)
            ]
            print(
                f"| {neighbours} | {figures[0]} | {curve.brier_base:.3f} | "
                f"{figures[1]} | {figures[2]} | {curve.error_chance:.3f} |"
            )


if __name__ == "__main__":
    sys.exit(main())
