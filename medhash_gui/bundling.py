"""A finished training run becomes a bundle, measured on pictures it has never seen.

What is measured is what is shipped: weights already rounded, codes from the graph,
pictures decoded from their files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from medhash_gui import (
    bundle,
    card_figures,
    datasets,
    distance_table,
    evaluation,
    export,
    familiarity,
    map_figures,
    reliability_counts,
)
from medhash_gui.card import ModelCard
from medhash_gui.coded_parts import CodedParts
from medhash_gui.codes import HashCodes
from medhash_gui.datasets import LabelledImages
from medhash_gui.distance_table import DistanceTable
from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError
from medhash_gui.evaluation import Vectors
from medhash_gui.hashing import METHODS
from medhash_gui.map_figures import Lesion
from medhash_gui.reliability import Reliability
from medhash_gui.training.training import TrainingRun

_CHECKED_PICTURES = 256


@dataclass(frozen=True, slots=True)
class About:
    """What only a person can say about a model; see ``ModelCard`` for the fields."""

    name: str
    title: str
    modality: str
    data: tuple[Mapping[str, Any], ...] = ()
    split: str = ""
    intended_use: str = ""
    limits: str = ""
    label_notes: str = ""
    not_in_data: str = ""
    known_failures: tuple[Mapping[str, Any], ...] = ()
    licence: str = ""
    starting_weights: str = ""


def save_bundle(
    run: TrainingRun,
    folder: Path,
    about: About,
    *,
    created: str,
    compared: Sequence[Mapping[str, Any]] = (),
    codes: Path | None = None,
    names_failures: bool = False,
    lesions: Sequence[Lesion] = (),
) -> ModelCard:
    """Export the network of a run, measure it on the test part, and write the bundle.

    What is measured is what is shipped: weights already rounded, codes from the graph,
    pictures from their files. The test part searches the training part and, harder and
    closer to a new hospital, itself with the query's own patient left out; once for
    all sources together and once for each. Familiarity is fitted on the training part
    and its limit set on the validation part; with too few pictures there is none.

    Args:
        run: as ``train`` returned it.
        folder: the bundle's folder.
        about: the words of the card.
        created: ISO 8601 date.
        compared: further rows for the card's metrics, of other ways to search.
        codes: where the codes of all parts are kept (``coded_parts``); None: nowhere.
        names_failures: whether the card names test pictures of which nothing alike was
            found, by their file names; not where those say who somebody is.
        lesions: drawings whose lesion is known, for a figure of the map.

    Returns:
        The card as written.

    Raises:
        BundleError: the graph does not agree with the network, or the folder cannot be
            written.
        DatasetError: a picture cannot be read.
    """
    config, data = run.config, run.data
    parts = parts_of(run)
    some = parts["validation"].items[:_CHECKED_PICTURES]
    check = np.stack([config.preprocess(datasets.decode(item)) for item in some])
    exported = export.export_network(run.network, check)
    engine = Engine(exported.graph)
    seen = {
        name: evaluation.run_graph(engine, part, config.preprocess)
        for name, part in parts.items()
        if len(part)
    }
    reference = _reference(seen["train"][1], seen["validation"][1])
    rows: list[dict[str, Any]] = []
    failures: list[dict[str, Any]] = []
    distances = reliability = None
    if "test" in seen:
        signs = {name: evaluation.signs(logits) for name, (logits, _) in seen.items()}
        rows += card_figures.retrieval_rows(parts, signs)
        if names_failures:
            failures = card_figures.failures(parts, signs)
        distances, reliability = held_out_tables(
            parts["test"], seen["test"][0], seed=config.seed
        )
        if reference is not None:
            rows.append(card_figures.unfamiliar(reference, seen["test"][1]))
        rows += _map_rows(run, exported, engine, parts["test"], lesions)
    options = METHODS[config.method].options(config.options)
    card = ModelCard(
        name=about.name,
        title=about.title,
        modality=about.modality,
        method=config.method,
        backbone=_backbone(run, options),
        bits=config.bits,
        classes=data.classes,
        preprocess=config.preprocess,
        explains=_explains(run),
        data=about.data,
        split=about.split,
        seed=config.seed,
        training={
            "options": options,
            "images": {name: len(part) for name, part in parts.items()},
            "kept_together": {n: len(set(p.groups())) for n, p in parts.items()},
            "labels": {s.name: dict(s.rename) for s in config.sources if s.rename},
            "cap_per_class": {s.name: s.cap_per_class for s in config.sources},
            "starting_weights": about.starting_weights,
            "pretraining": config.pretraining,
            "epochs": config.epochs,
            "best_epoch": run.best_epoch,
            "validation_map": [
                None if r.validation_map is None else round(r.validation_map, 4)
                for r in run.reports
            ],
            "seconds": round(sum(report.seconds for report in run.reports)),
            "batch": config.batch,
            "rate_pretrained": config.rate_pretrained,
            "rate_new": config.rate_new,
            "weight_decay": config.weight_decay,
            "class_power": config.class_power,
            "augment": dataclasses.asdict(config.augment),
            "split_by": config.split_by,
            "frozen": config.frozen,
            "precision": config.precision,
            "flipped_bits_torch_to_onnx": exported.flipped_bits,
        },
        metrics=[*rows, *compared],
        distances=distances,
        reliability=reliability,
        intended_use=about.intended_use,
        limits=about.limits,
        label_notes=about.label_notes,
        not_in_data=about.not_in_data,
        known_failures=(*about.known_failures, *failures),
        licence=about.licence,
        created=created,
    )
    weights = dict(exported.weights)
    if reference is not None:
        weights |= reference.as_tensors()
    if codes is not None:
        _keep_codes(codes, parts, seen)
    return bundle.save(folder, card=card, graph=exported.graph, weights=weights)


def held_out_tables(
    test: LabelledImages, logits: Vectors, *, seed: int
) -> tuple[DistanceTable | None, Reliability | None]:
    """Return what distances, and counts of neighbours, meant on the test part.

    Args:
        test: the part.
        logits: (N, K) float32, of its pictures.
        seed: of the draws.
    """
    codes = HashCodes.from_logits(logits)
    labels, groups = test.multi_hot(), test.groups()
    of = "test pictures"
    distances = distance_table.count(codes, labels, groups, seed=seed, of=of)
    reliability = reliability_counts.measure(
        codes,
        labels,
        groups,
        test.classes,
        by_patient=any(item.patient for item in test.items),
        seed=seed,
        of=of,
    )
    return distances, reliability


def _explains(run: TrainingRun) -> Literal["attention", "grad-cam"]:
    return run.config.explains or METHODS[run.config.method].explains


def _map_rows(
    run: TrainingRun,
    exported: export.Exported,
    engine: Engine,
    test: LabelledImages,
    lesions: Sequence[Lesion],
) -> list[dict[str, Any]]:
    """Return the card's rows about the map that the model shows first."""
    source, head = _explains(run), exported.weights.get("head.weight")
    if source == "grad-cam" and head is None:
        return []
    weights = None if head is None else head.astype(np.float32)
    maps = map_figures.Maps(engine, weights, run.config.preprocess, source)
    step = max(1, len(test) // map_figures.MOST_PICTURES)
    some = range(0, len(test), step)[: map_figures.MOST_PICTURES]
    pictures = [datasets.decode(test.items[n]) for n in some]
    groups = [test.groups()[n] for n in some]
    rows = map_figures.rows(
        maps, exported.graph, pictures, groups, seed=run.config.seed
    )
    if lesions:
        rows.append(map_figures.pointing(maps, lesions))
    return rows


def _keep_codes(
    file: Path,
    parts: Mapping[str, LabelledImages],
    seen: Mapping[str, tuple[Vectors, Vectors]],
) -> None:
    kept = {
        name: (
            [item.file for item in parts[name].items],
            parts[name].multi_hot(),
            parts[name].groups(),
            logits,
        )
        for name, (logits, _) in seen.items()
    }
    try:
        CodedParts.of(parts["train"].classes, kept).save(file)
    except OSError as error:
        message = f"The codes cannot be written to {file}: {error.strerror or error}."
        hint = "Make room on its drive and go on with --resume."
        raise BundleError(message, hint=hint) from error


def _backbone(run: TrainingRun, options: Mapping[str, Any]) -> str:
    if not hasattr(run.network, "trunk"):
        return "own"
    return str(options.get("backbone", "own")).replace("_", "")


def parts_of(run: TrainingRun) -> dict[str, LabelledImages]:
    """Return the three parts of a run's pictures by name."""
    return {name: run.data.take(getattr(run.split, name)) for name in datasets.PARTS}


def _reference(train: Vectors, validation: Vectors) -> familiarity.Reference | None:
    """Return what familiar pictures look like, or None where too few tell."""
    if min(len(train), len(validation)) < familiarity.MIN_PICTURES:
        return None
    return familiarity.fit(train, validation)
