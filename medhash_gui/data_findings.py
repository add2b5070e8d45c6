"""What a folder is like for training: findings, each with what to do about it.

Every function looks at one side of it (files, labels, patients, parts, copies) and says
what it finds; ``data_check`` puts them together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Literal

from medhash_gui import datasets
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.training_plan import TrainingPlan

Severity = Literal["stop", "warning", "note"]

TINY = 2
SMALL = 10
UNEVEN = 10
_NAMED = 3
# Beside pictures lie tables and notes, which nobody expects to have a label.
_NOTES = frozenset((".csv", ".tsv", ".txt", ".md", ".json", ".xml", ".html", ".pdf"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: a word for it.
        severity: "stop" (no run can start), "warning" (the figures suffer), "note".
        text: a sentence that names it; hint: what to do.
        files: below the folder; leaving these out settles it.
        values: what the sentence names, for whoever says it in another language.
    """

    kind: str
    severity: Severity
    text: str
    hint: str = ""
    files: tuple[str, ...] = ()
    values: Mapping[str, int | str | tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Looked:
    """What decoding told of each file, by its path below the folder.

    Attributes:
        contents: digest of the decoded pixels, so that a copy in another format is one.
        failures: why a file gives no picture.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    failures: Mapping[str, str] = field(default_factory=dict)


def of_files(data: LabelledImages, plan: TrainingPlan, looked: Looked) -> list[Finding]:
    """Return what is wrong with files: no picture, no label."""
    found = []
    names = set(names_of(data, plan))
    failed = [(name, why) for name, why in looked.failures.items() if name in names]
    if failed:
        name, why = failed[0]
        found.append(
            Finding(
                "unreadable",
                "stop",
                f"{_count(len(failed), 'file gives', 'files give')} no picture, such "
                f"as {name}: {why}",
                "Leave them out, or put sound copies in their place.",
                tuple(sorted(name for name, _ in failed)),
                {"count": len(failed), "name": name, "why": why},
            )
        )
    bare = [f for f in data.unlabelled if PurePath(f).suffix.lower() not in _NOTES]
    if bare:
        found.append(
            Finding(
                "unlabelled",
                "note",
                f"{_count(len(bare), 'file has', 'files have')} no label "
                f"and will not be used, such as {_some(bare)}.",
                "Complete the labels if they should be learned from.",
                values={"count": len(bare), "names": tuple(bare)},
            )
        )
    return found


def of_labels(data: LabelledImages) -> list[Finding]:
    """Return what is wrong with the labels themselves."""
    counts = Counter(name for item in data.items for name in item.labels)
    tiny = sorted(name for name, count in counts.items() if count < TINY)
    small = sorted(name for name, count in counts.items() if TINY <= count < SMALL)
    most, least = max(counts.values()), min(counts.values())
    found = []
    if tiny:
        found.append(
            Finding(
                "tiny",
                "warning",
                f"There is only one picture with the label {_some(tiny)}: nothing like "
                "it can be learned or found.",
                "Add pictures, or give it a broader label.",
                values={"names": tuple(tiny)},
            )
        )
    if small:
        found.append(
            Finding(
                "small",
                "warning",
                f"There are fewer than {SMALL} pictures of {_some(small)}: what is "
                "measured for so few says little.",
                "Add pictures, join labels, or read their figures with care.",
                values={"limit": SMALL, "names": tuple(small)},
            )
        )
    if most >= UNEVEN * least and least >= TINY:
        found.append(
            Finding(
                "uneven",
                "note",
                f"The most frequent label has {most} pictures, the rarest {least}.",
                "Rare labels are shown to the network more often than they occur; "
                "read the figures of each label, not only their mean.",
                values={"most": most, "least": least},
            )
        )
    return found


def of_patients(data: LabelledImages, plan: TrainingPlan) -> list[Finding]:
    """Return what is known of patients, and what that means."""
    patients = {item.patient for item in data.items}
    unknown = sum(item.patient is None for item in data.items)
    if not plan.by_patient:
        return [
            Finding(
                "image-wise",
                "warning",
                "The parts are divided picture by picture: pictures of one patient lie "
                "in several, and the figures will be too good.",
                "Divide by patient, unless you compare with figures made like this.",
            )
        ]
    if patients and None not in patients and len(patients) == 1:
        return [
            Finding(
                "one patient",
                "stop",
                "All pictures are of one patient, who can be in one part only.",
                "Check the column of patients, or add patients.",
            )
        ]
    if unknown:
        return [
            Finding(
                "unknown patients",
                "warning",
                f"The patient of {_count(unknown, 'picture', 'pictures')} is not "
                "known. Each counts as a patient of its own, so both eyes or two films "
                "of one person may lie in two parts, which flatters the figures.",
                "Name a column of patients, if the table has one. Otherwise say so "
                "wherever you quote a figure of this model.",
                values={"count": unknown},
            )
        ]
    return []


def of_parts(data: LabelledImages, split: Split, plan: TrainingPlan) -> list[Finding]:
    """Return what the parts lack."""
    found = []
    learn = data.take(split.train)
    if len(learn) < max(4, plan.batch):
        found.append(
            Finding(
                "few",
                "stop",
                f"Only {len(learn)} pictures are left to learn from, fewer than one "
                f"step takes ({max(4, plan.batch)}).",
                "Add pictures, or make the parts for validation and test smaller.",
                values={"count": len(learn), "step": max(4, plan.batch)},
            )
        )
    if len({item.labels for item in learn.items}) == 1:
        name = ", ".join(learn.items[0].labels)
        found.append(
            Finding(
                "one label",
                "stop",
                f"Every picture to learn from has the same label, {name}.",
                "Add pictures with other labels, or divide anew.",
                values={"name": name},
            )
        )
    for part in datasets.PARTS:
        counts = data.take(getattr(split, part)).multi_hot().sum(axis=0)
        missing = [n for n, c in zip(data.classes, counts, strict=True) if c == 0]
        if missing:
            found.append(
                Finding(
                    "missing",
                    "warning",
                    f"The {part} part has no picture of {_some(missing)}.",
                    "Divide anew, or add pictures.",
                    values={"part": part, "names": tuple(missing)},
                )
            )
    leaks = leaking_patients(data, split)
    if leaks:
        found.append(
            Finding(
                "leak",
                "warning",
                f"{_count(leaks, 'patient is', 'patients are')} in more than one part.",
                "Divide by patient.",
                values={"count": leaks},
            )
        )
    return found


def of_copies(
    data: LabelledImages, split: Split, plan: TrainingPlan, looked: Looked
) -> list[Finding]:
    """Return pictures that are there more than once."""
    names = names_of(data, plan)
    part_of = {
        row: part for part in datasets.PARTS for row in getattr(split, part).tolist()
    }
    groups: dict[bytes, list[int]] = {}
    for row, name in enumerate(names):
        if name in looked.contents:
            groups.setdefault(looked.contents[name], []).append(row)
    copies = [rows for rows in groups.values() if len(rows) > 1]

    def differ(rows: Sequence[int]) -> bool:
        return len({frozenset(data.items[row].labels) for row in rows}) > 1

    conflicts = [rows for rows in copies if differ(rows)]
    equal = [rows for rows in copies if not differ(rows)]
    across = [rows for rows in equal if len({part_of[row] for row in rows}) > 1]
    within = [rows for rows in equal if len({part_of[row] for row in rows}) == 1]
    found = []
    if conflicts:
        rows = conflicts[0]
        told = [f"{names[r]} ({', '.join(data.items[r].labels)})" for r in rows]
        found.append(
            Finding(
                "conflict",
                "stop",
                f"{_count(len(conflicts), 'picture is', 'pictures are')} there more "
                f"than once with different labels, such as {_some(told)}.",
                "Correct the labels, or leave these pictures out.",
                tuple(sorted(names[row] for rows in conflicts for row in rows)),
                {"count": len(conflicts), "names": tuple(told)},
            )
        )
    for kind, severity, some, where in (
        ("leaking copies", "warning", across, "in two parts, which flatters figures"),
        ("copies", "note", within, "in one part"),
    ):
        if some:
            told = [names[row] for row in some[0]]
            found.append(
                Finding(
                    kind,
                    "warning" if severity == "warning" else "note",
                    f"{_count(len(some), 'picture is', 'pictures are')} there more "
                    f"than once {where}, such as {_some(told)}.",
                    "Leave the copies out; the first of each stays.",
                    tuple(sorted(names[row] for rows in some for row in rows[1:])),
                    {"count": len(some), "names": tuple(told)},
                )
            )
    return found


def leaking_patients(data: LabelledImages, split: Split) -> int:
    """Return how many patients are in more than one part."""
    seen: dict[str, set[str]] = {}
    for part in datasets.PARTS:
        for row in getattr(split, part).tolist():
            patient = data.items[row].patient
            if patient is not None:
                seen.setdefault(patient, set()).add(part)
    return sum(len(parts) > 1 for parts in seen.values())


def names_of(data: LabelledImages, plan: TrainingPlan) -> list[str]:
    """Return the path of each picture below the folder."""
    root = plan.folder.absolute()
    return [item.file.relative_to(root).as_posix() for item in data.items]


def gravest_first(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """Return the findings, what stops a run before warnings and notes."""
    order = ("stop", "warning", "note")
    return tuple(sorted(findings, key=lambda one: order.index(one.severity)))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
