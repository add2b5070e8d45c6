"""A labelled folder looked over before anything is trained on it; no torch.

``look`` decodes every labelled picture once, in processes that a bad file cannot harm.
``judge`` then says what was found under a plan, each finding with what to do, and is
quick, so that it can be asked again whenever the plan changes. Patients are counted,
never named.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from typing import Literal

import numpy as np

from medhash_gui import datasets
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.errors import DatasetError
from medhash_gui.folders import FoundFile
from medhash_gui.preprocess import Preprocess
from medhash_gui.training_plan import TrainingPlan

Severity = Literal["stop", "warning", "note"]

TINY = 2
SMALL = 10
UNEVEN = 10
_NAMED = 3
_EXAMPLES = 8
_SEEDS = 50
# Beside pictures lie tables and notes, which nobody expects to have a label.
_NOTES = frozenset((".csv", ".tsv", ".txt", ".md", ".json", ".xml", ".html", ".pdf"))
# Enough to tell two pictures from each other, quick to make.
_LOOK = Preprocess(size=64)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found.

    Attributes:
        kind: a word for it.
        severity: "stop" (no run can start), "warning" (the figures suffer), "note".
        text: a sentence that names it; hint: what to do.
        files: below the folder; leaving these out settles it.
    """

    kind: str
    severity: Severity
    text: str
    hint: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Looked:
    """What decoding told of each file, by its path below the folder.

    Attributes:
        contents: digest of the decoded pixels, so that a copy in another format is one.
        failures: why a file gives no picture.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    failures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DataCheck:
    """What a folder is under a plan.

    Attributes:
        findings: the gravest first.
        classes: label -> pictures in training, validation and test.
        patients: label -> patients (files, where unknown) with it.
        parts: part -> pictures; groups: part -> patients (files, where unknown).
        known_patients: how many patients are known; 0 for none.
        leaks: patients in more than one part.
        examples: label -> some of its files, below the folder.
    """

    findings: tuple[Finding, ...]
    classes: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    patients: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)
    known_patients: int = 0
    leaks: int = 0
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def can_train(self) -> bool:
        """Whether a run could start."""
        return all(finding.severity != "stop" for finding in self.findings)


def look(
    plan: TrainingPlan, *, workers: int | None = None
) -> Generator[tuple[int, int], None, Looked]:
    """Decode every labelled picture of a plan.

    Args:
        plan: names folder and labels; what it leaves out is looked at, too.
        workers: processes that decode; None for as many as cores.

    Yields:
        Files done and files in all, several times a second.

    Raises:
        DatasetError: the folder or the table is not there, or there are no two labels.
    """
    data = datasets.gather([plan.source()])
    names = _names(data, plan)
    contents: dict[str, bytes] = {}
    failures: dict[str, str] = {}
    yield 0, len(names)
    root = plan.folder.absolute()
    with DecodePool(root, _LOOK, workers=workers, lends=True) as pool:
        files = (FoundFile(name, *_stat(root / name)) for name in names)
        for result in pool.map(DecodeTask(file) for file in files):
            if result is not None:
                path = result.file.path
                if result.inputs is not None:
                    pixels = np.rint(result.inputs * 256).astype(np.int16)
                    contents[path] = hashlib.blake2b(pixels.tobytes()).digest()
                else:
                    failures[path] = (result.failure or ("", "It cannot be read."))[1]
            yield len(contents) + len(failures), len(names)
    return Looked(contents, failures)


def judge(plan: TrainingPlan, looked: Looked) -> DataCheck:
    """Say what a folder is under a plan; what cannot be is a finding, too."""
    try:
        data = datasets.gather([plan.source()])
    except DatasetError as error:
        return DataCheck((Finding("labels", "stop", error.message, error.hint),))
    findings = [*_files(data, plan, looked), *_labels(data), *_patients(data, plan)]
    examples = _examples(data, plan, looked)
    try:
        split = split_of(data, plan)
    except DatasetError as error:
        findings.append(Finding("parts", "stop", error.message, error.hint))
        return DataCheck(_sorted(findings), examples=examples)
    findings += [*_parts(data, split, plan), *_copies(data, split, plan, looked)]
    parts = {n: data.take(getattr(split, n)) for n in datasets.PARTS}
    counts = [part.multi_hot().sum(axis=0).astype(int) for part in parts.values()]
    return DataCheck(
        findings=_sorted(findings),
        classes={
            name: (int(counts[0][n]), int(counts[1][n]), int(counts[2][n]))
            for n, name in enumerate(data.classes)
        },
        patients={
            name: len({item.group for item in data.items if name in item.labels})
            for name in data.classes
        },
        parts={name: len(part) for name, part in parts.items()},
        groups={name: len(set(part.groups())) for name, part in parts.items()},
        known_patients=len({i.patient for i in data.items} - {None}),
        leaks=_leaks(data, split),
        examples=examples,
    )


def good_seed(plan: TrainingPlan) -> int:
    """Return the first seed from the plan's on whose parts have every label twice.

    Two patients of a label in a part can find each other; labels of fewer than six
    patients are not counted. Where no division of the first few is like that, the
    plan's own stays.

    Raises:
        DatasetError: as ``look``.
    """
    data = datasets.gather([plan.source()])
    patients: dict[str, set[str]] = {}
    for item in data.items:
        for name in item.labels:
            patients.setdefault(name, set()).add(item.group)
    wanted = [n for n in data.classes if len(patients[n]) >= 2 * len(datasets.PARTS)]
    for seed in range(plan.seed, plan.seed + _SEEDS):
        try:
            split = split_of(data, replace(plan, seed=seed))
        except DatasetError:
            continue
        parts = [
            {data.items[row].group for row in getattr(split, part)}
            for part in datasets.PARTS
        ]
        if all(len(part & patients[name]) >= 2 for part in parts for name in wanted):
            return seed
    return plan.seed


def split_of(data: LabelledImages, plan: TrainingPlan) -> Split:
    """Return the split that a run of the plan makes.

    Raises:
        DatasetError: a part has no picture.
    """
    divide = datasets.split_by_patient if plan.by_patient else datasets.split_by_image
    return divide(data, seed=plan.seed, validation=plan.validation, test=plan.test)


def _files(data: LabelledImages, plan: TrainingPlan, looked: Looked) -> list[Finding]:
    found = []
    names = set(_names(data, plan))
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
            )
        )
    return found


def _labels(data: LabelledImages) -> list[Finding]:
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
            )
        )
    return found


def _patients(data: LabelledImages, plan: TrainingPlan) -> list[Finding]:
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
                f"The patients of {_count(unknown, 'picture is', 'pictures are')} not "
                "known. Each counts as a patient of its own, so both eyes or two films "
                "of one person may lie in two parts, which flatters the figures.",
                "Name a column of patients, if the table has one. Otherwise say so "
                "wherever you quote a figure of this model.",
            )
        ]
    return []


def _parts(data: LabelledImages, split: Split, plan: TrainingPlan) -> list[Finding]:
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
                )
            )
    leaks = _leaks(data, split)
    if leaks:
        found.append(
            Finding(
                "leak",
                "warning",
                f"{_count(leaks, 'patient is', 'patients are')} in more than one part.",
                "Divide by patient.",
            )
        )
    return found


def _copies(
    data: LabelledImages, split: Split, plan: TrainingPlan, looked: Looked
) -> list[Finding]:
    names = _names(data, plan)
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
                )
            )
    return found


def _leaks(data: LabelledImages, split: Split) -> int:
    seen: dict[str, set[str]] = {}
    for part in datasets.PARTS:
        for row in getattr(split, part).tolist():
            patient = data.items[row].patient
            if patient is not None:
                seen.setdefault(patient, set()).add(part)
    return sum(len(parts) > 1 for parts in seen.values())


def _examples(
    data: LabelledImages, plan: TrainingPlan, looked: Looked
) -> dict[str, tuple[str, ...]]:
    names = _names(data, plan)
    found: dict[str, tuple[str, ...]] = {}
    for label in data.classes:
        rows = [n for n, item in enumerate(data.items) if label in item.labels]
        sound = [names[row] for row in rows if names[row] not in looked.failures]
        step = max(1, len(sound) // _EXAMPLES)
        found[label] = tuple(sound[::step][:_EXAMPLES])
    return found


def _names(data: LabelledImages, plan: TrainingPlan) -> list[str]:
    root = plan.folder.absolute()
    return [item.file.relative_to(root).as_posix() for item in data.items]


def _stat(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0  # decoding says what is wrong with it
    return found.st_size, found.st_mtime_ns


def _sorted(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    order = ("stop", "warning", "note")
    return tuple(sorted(findings, key=lambda one: order.index(one.severity)))


def _count(number: int, one: str, many: str) -> str:
    return f"{number:,} {one if number == 1 else many}"


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
