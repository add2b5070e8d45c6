"""A finished training run becomes a bundle, measured on pictures it has never seen.

What is measured is what is shipped: weights already rounded, codes from the graph,
pictures decoded from their files.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medhash_gui import (
    bundle,
    datasets,
    distance_table,
    evaluation,
    export,
    familiarity,
)
from medhash_gui.card import ModelCard
from medhash_gui.coded_parts import CodedParts
from medhash_gui.codes import HashCodes
from medhash_gui.datasets import LabelledImages
from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError
from medhash_gui.evaluation import Vectors
from medhash_gui.hashing import METHODS
from medhash_gui.training import TrainingRun

_CHECKED_PICTURES = 256
_SAME = ("set", "queries", "database")


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
    rows = []
    distances = None
    if "test" in seen:
        signs = {name: evaluation.signs(logits) for name, (logits, _) in seen.items()}
        rows += retrieval_rows(parts, signs)
        distances = distance_table.count(
            HashCodes.from_logits(seen["test"][0]),
            parts["test"].multi_hot(),
            parts["test"].groups(),
            seed=config.seed,
            of="test pictures",
        )
        if reference is not None:
            rows.append(_unfamiliar(reference, seen["test"][1]))
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
        explains=config.explains or METHODS[config.method].explains,
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
        intended_use=about.intended_use,
        limits=about.limits,
        label_notes=about.label_notes,
        not_in_data=about.not_in_data,
        known_failures=about.known_failures,
        licence=about.licence,
        created=created,
    )
    weights = dict(exported.weights)
    if reference is not None:
        weights |= reference.as_tensors()
    if codes is not None:
        _keep_codes(codes, parts, seen)
    return bundle.save(folder, card=card, graph=exported.graph, weights=weights)


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


def retrieval_rows(
    parts: Mapping[str, LabelledImages], vectors: Mapping[str, Vectors], *, of: str = ""
) -> list[dict[str, Any]]:
    """Return a card's rows of retrieval measures: test queries, two databases.

    Args:
        parts: the sets "train" and "test".
        vectors: of their pictures, codes of +-1 or features of length 1.
        of: what the vectors are, where they are not the model's codes; such rows are
            for comparison and give MAP@10 only.
    """
    coded = {
        name: evaluation.Coded(
            vectors[name], parts[name].multi_hot(), parts[name].groups()
        )
        for name in ("train", "test")
    }
    rows = []
    test = parts["test"]
    names = list(dict.fromkeys(item.source for item in test.items))
    # Where no patients are known, only the query itself can be left out.
    others = (
        "of other patients"
        if any(item.patient for item in test.items)
        else "other than the query"
    )
    for source in ["all", *names] if len(names) > 1 else ["all"]:
        chosen = np.array(
            [n for n, i in enumerate(test.items) if source in ("all", i.source)]
        )
        for database, where in (("train", "training"), ("test", "test")):
            report = evaluation.evaluate(
                coded["test"].take(chosen), coded[database], classes=test.classes
            )
            rows += [
                {
                    "set": f"test queries ({source}) in {where} pictures {others}",
                    "measure": f"{measure.name} of {of}" if of else measure.name,
                    "value": round(measure.value, 4),
                    "low": round(measure.low, 4),
                    "high": round(measure.high, 4),
                    "chance": round(measure.chance, 4),
                    "queries": report.queries,
                    "database": report.database,
                }
                for measure in (report.measures[:1] if of else report.measures)
            ]
            if not of:
                rows.append(
                    {
                        **{name: rows[-1][name] for name in _SAME},
                        "measure": f"share of {report.k} places that ties decide",
                        "value": round(report.tie_share, 4),
                    }
                )
    return rows


def _reference(train: Vectors, validation: Vectors) -> familiarity.Reference | None:
    """Return what familiar pictures look like, or None where too few tell."""
    if min(len(train), len(validation)) < familiarity.MIN_PICTURES:
        return None
    return familiarity.fit(train, validation)


def _unfamiliar(reference: familiarity.Reference, features: Vectors) -> dict[str, Any]:
    """Return the card's row of test pictures that are called unfamiliar."""
    return {
        "set": "test pictures",
        "measure": "share called unfamiliar",
        "value": round(float((reference.ratio(features) > 1).mean()), 4),
        "queries": len(features),
    }
