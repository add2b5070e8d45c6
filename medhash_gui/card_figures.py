"""The figures of a model's card: what test pictures find, by label, and where not.

Test pictures search the training pictures and, closer to a new hospital, each other
with the query's own patient left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from medhash_gui import evaluation, retrieval
from medhash_gui.datasets import LabelledImages
from medhash_gui.evaluation import Vectors
from medhash_gui.familiarity import Reference

_SAME = ("set", "queries", "database")
_MOST_FAILURES = 12


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
                if source == "all":
                    rows += _by_label(report, str(rows[-1]["set"]))
    return rows


def failures(
    parts: Mapping[str, LabelledImages], vectors: Mapping[str, Vectors]
) -> list[dict[str, Any]]:
    """Return test pictures of which none of the ten nearest training pictures is alike.

    Args:
        parts: the sets "train" and "test".
        vectors: codes of their pictures, of +-1.

    Returns:
        At most 12, spread over the test part: file name and labels, and of how many.
    """
    coded = {
        name: evaluation.Coded(
            vectors[name], parts[name].multi_hot(), parts[name].groups()
        )
        for name in ("train", "test")
    }
    scores = retrieval.score_all(coded["test"], coded["train"])
    failed = np.flatnonzero((scores.found["P@10"] == 0) & scores.has_relevant)
    items, step = parts["test"].items, max(1, len(failed) // _MOST_FAILURES)
    of = f"one of {len(failed)} in {len(items)} test pictures"
    return [
        {
            "picture": f"{items[n].source}, {items[n].file.name}",
            "what": f"{', '.join(items[n].labels)}: none of the ten nearest training "
            f"pictures has a label of it ({of})",
        }
        for n in failed[::step][:_MOST_FAILURES].tolist()
    ]


def unfamiliar(reference: Reference, features: Vectors) -> dict[str, Any]:
    """Return the card's row of test pictures that are called unfamiliar."""
    return {
        "set": "test pictures",
        "measure": "share called unfamiliar",
        "value": round(float((reference.ratio(features) > 1).mean()), 4),
        "queries": len(features),
    }


def _by_label(
    report: evaluation.EvaluationReport, pictures: str
) -> list[dict[str, Any]]:
    return [
        {
            "set": f"{pictures}, label {label}",
            "measure": f"MAP@{report.k} by label",
            "value": round(score.value, 4),
            "low": round(score.low, 4),
            "high": round(score.high, 4),
            "chance": round(score.chance, 4),
            "queries": score.queries,
        }
        for label, score in report.per_class.items()
    ]
