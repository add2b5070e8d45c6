"""What a shortcut audit says: sentences, JSON and CSV, without a path or a name.

Values of properties are not in it (a folder may be called after a person), only how
many there are.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from medhash_gui import details, spreadsheet
from medhash_gui.exporting import RESEARCH_USE, Origin
from medhash_gui.shortcut_figures import FEWEST_PATIENTS, Estimate, Lift, Property
from medhash_gui.shortcuts import ShortcutAudit

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

_PLACES = {
    "labels": "Labels",
    "folder": "First folder",
    "subfolder": "Own folder",
    "file_type": "Kind of file",
}
NAMES: Mapping[str, str] = {kept.key: kept.label for kept in details.KEPT} | _PLACES
"""What a property is called, by its key."""

MEANING = (
    "Agreement is the share of neighbours that have the same as the query; chance is "
    "that of all pictures that could have been neighbours. The lift is 0 at chance, 1 "
    "where all neighbours agree. Intervals hold one by one, for other patients, as "
    "queries and as neighbours. "
    "The audit counts pictures; it does not say why they are near."
)
"""How the figures are to be read."""

_WITHHELD = {
    "few": f"known of fewer than {FEWEST_PATIENTS} sampled patients",
    "one_value": "every picture has the same",
    "no_pairs": "no two patients share it",
    "follows_labels": "every picture has the same",
}
_SENTENCES = {
    "labels_near": "Neighbours share labels more often than chance.",
    "labels_at_chance": "No evidence that neighbours share labels more often than "
    "chance.",
    "shares_more": "Neighbours share it more than labels, among pictures that share a "
    "label, too: it may be what makes them near.",
    "follows_labels": "Neighbours share it more than labels; among pictures that share "
    "a label there is no evidence that they do so more often than chance, so that it "
    "may merely follow the labels.",
    "follows_unknown": "Neighbours share it more than labels; whether it merely "
    "follows the labels cannot be told from so few.",
    "same_label_too": "No evidence that neighbours share it more than labels; among "
    "pictures that share a label they share it more often than chance.",
    "no_evidence": "No evidence that neighbours share it more than labels.",
    "near_without_labels": "Neighbours share it more often than chance; there are no "
    "labels to compare with.",
    "chance_without_labels": "No evidence that neighbours share it more often than "
    "chance; there are no labels to compare with.",
}
_COLUMNS = (
    "property", "values", "patients", "unknown", "agreement", "chance", "lift",
    "lift_low", "lift_high", "more_than_labels", "more_low", "more_high",
    "same_label_patients", "same_label_agreement", "same_label_chance",
    "same_label_lift", "same_label_low", "same_label_high", "verdict", "sentence",
    "intended_use",
)  # fmt: skip


def sentence(one: Property) -> str:
    """Return what may be said of a property, in one sentence."""
    if one.verdict == "withheld":
        return f"Nothing is said: {_WITHHELD[one.overall.reason]}."
    return _SENTENCES[one.verdict]


def conclusion(audit: ShortcutAudit) -> str:
    """Return what an audit found, in one sentence."""
    names = [NAMES[one.key] for one in audit.named]
    if names:
        return (
            "Neighbours share these more than labels, among pictures of the same "
            f"label, too: {', '.join(names)}. Look at what such hits have in common."
        )
    if any(one.more_than_labels is not None for one in audit.properties):
        return (
            "No evidence that neighbours share anything listed here more than labels. "
            "What is not listed was not looked at."
        )
    return "Nothing here can be compared with labels."


def sampled(audit: ShortcutAudit) -> str:
    """Return what was looked at, in one sentence."""
    unknown = ""
    if audit.unknown_patients:
        unknown = (
            f" Of {audit.unknown_patients:,} the patient is not known; each content "
            "counts as a patient."
        )
    return (
        f"{audit.sampled:,} of {audit.patients:,} patients, one picture each, against "
        f"{audit.searched:,} pictures; {audit.neighbours} neighbours; seed "
        f"{audit.seed}.{unknown}"
    )


def as_values(
    audit: ShortcutAudit, *, origin: Origin, day: datetime.date
) -> dict[str, Any]:
    """Return an audit as plain JSON values.

    Args:
        audit: what was found.
        origin: what it was made with.
        day: when.
    """
    return {
        "conclusion": conclusion(audit),
        "sampled": audit.sampled,
        "patients": audit.patients,
        "unknown_patients": audit.unknown_patients,
        "searched": audit.searched,
        "neighbours": audit.neighbours,
        "seed": audit.seed,
        "named": [one.key for one in audit.named],
        "properties": [_values(one) for one in audit.properties],
        "not_stated": list(audit.not_stated),
        "meaning": MEANING,
        "date": day.isoformat(),
        **asdict(origin),
    }


def as_json(audit: ShortcutAudit, *, origin: Origin, day: datetime.date) -> bytes:
    """Return an audit as a JSON file; arguments as of ``as_values``."""
    values = as_values(audit, origin=origin, day=day)
    return (json.dumps(values, indent=1) + "\n").encode()


def as_csv(audit: ShortcutAudit) -> bytes:
    """Return an audit as a CSV file, one line a property."""
    return spreadsheet.to_csv(_COLUMNS, [_line(one) for one in audit.properties])


def origin_of(store: CodeStore) -> Origin:
    """Return what an audit of a library is made with."""
    return Origin(model_id=store.model_id, key_id=store.key_id)


def _values(one: Property) -> dict[str, Any]:
    return {
        "key": one.key,
        "name": NAMES[one.key],
        "values": one.values,
        "unknown": one.unknown,
        "overall": _rounded(one.overall),
        "same_label": None if one.within is None else _rounded(one.within),
        "more_than_labels": _interval(one.more_than_labels),
        "verdict": one.verdict,
        "sentence": sentence(one),
    }


def _rounded(lift: Lift) -> dict[str, Any]:
    return {
        "patients": lift.patients,
        "agreement": round(lift.agreement, 4),
        "chance": round(lift.chance, 4),
        "lift": _interval(lift.lift),
        "withheld": lift.reason,
    }


def _interval(one: Estimate | None) -> dict[str, float] | None:
    if one is None:
        return None
    return {key: round(value, 4) for key, value in asdict(one).items()}


def _line(one: Property) -> list[str]:
    within = one.within
    inside = ["", "", ""]
    if within is not None and within.patients:
        inside = [str(within.patients), *_texts(within.agreement, within.chance)]
    return [
        one.key,
        str(one.values),
        str(one.overall.patients),
        str(one.unknown),
        *_texts(one.overall.agreement, one.overall.chance),
        *_cells(one.overall.lift),
        *_cells(one.more_than_labels),
        *inside,
        *_cells(None if within is None else within.lift),
        one.verdict,
        sentence(one),
        RESEARCH_USE,
    ]


def _cells(one: Estimate | None) -> list[str]:
    return ["", "", ""] if one is None else _texts(one.value, one.low, one.high)


def _texts(*values: float) -> list[str]:
    return [f"{value:.4f}" for value in values]
