"""A labelled folder looked over before anything is trained on it; no torch.

``look`` decodes every labelled picture once, in processes that a bad file cannot harm.
``judge`` then says what was found under a plan, each finding with what to do, and is
quick, so that it can be asked again whenever the plan changes. Patients are counted,
never named.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from medhash_gui import data_findings, datasets
from medhash_gui.data_findings import Finding, Looked
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.errors import DatasetError
from medhash_gui.folders import FoundFile
from medhash_gui.preprocess import Preprocess
from medhash_gui.training_plan import TrainingPlan

_EXAMPLES = 8
_SEEDS = 50
# How far a part may be from the share that was asked for, in shares of the patients.
_OFF = 0.05
# Enough to tell two pictures from each other, quick to make.
_LOOK = Preprocess(size=64)


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
    names = data_findings.names_of(data, plan)
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
    findings = [
        *data_findings.of_files(data, plan, looked),
        *data_findings.of_labels(data),
        *data_findings.of_patients(data, plan),
    ]
    examples = _examples(data, plan, looked)
    try:
        split = split_of(data, plan)
    except DatasetError as error:
        findings.append(Finding("parts", "stop", error.message, error.hint))
        return DataCheck(data_findings.gravest_first(findings), examples=examples)
    findings += [
        *data_findings.of_parts(data, split, plan),
        *data_findings.of_copies(data, split, plan, looked),
    ]
    parts = {n: data.take(getattr(split, n)) for n in datasets.PARTS}
    counts = [part.multi_hot().sum(axis=0).astype(int) for part in parts.values()]
    return DataCheck(
        findings=data_findings.gravest_first(findings),
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
        leaks=data_findings.leaking_patients(data, split),
        examples=examples,
    )


def good_seed(plan: TrainingPlan) -> int:
    """Return the first seed from the plan's on whose parts have every label twice.

    One whose parts are about as large as was asked is preferred. Two patients of a
    label in a part can find each other; labels of fewer than six patients are not
    counted. Where no division of the first few is like that, the plan's own stays.

    Raises:
        DatasetError: as ``look``.
    """
    data = datasets.gather([plan.source()])
    patients: dict[str, set[str]] = {}
    for item in data.items:
        for name in item.labels:
            patients.setdefault(name, set()).add(item.group)
    wanted = [n for n in data.classes if len(patients[n]) >= 2 * len(datasets.PARTS)]
    first: int | None = None
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
            total = sum(len(part) for part in parts)
            asked = (plan.validation * total, plan.test * total)
            sizes = [len(part) for part in parts[1:]]
            apart = [abs(n - wish) for n, wish in zip(sizes, asked, strict=True)]
            if max(apart) <= max(1.0, _OFF * total):
                return seed
            first = seed if first is None else first
    return plan.seed if first is None else first


def split_of(data: LabelledImages, plan: TrainingPlan) -> Split:
    """Return the split that a run of the plan makes.

    Raises:
        DatasetError: a part has no picture.
    """
    divide = datasets.split_by_patient if plan.by_patient else datasets.split_by_image
    return divide(data, seed=plan.seed, validation=plan.validation, test=plan.test)


def _examples(
    data: LabelledImages, plan: TrainingPlan, looked: Looked
) -> dict[str, tuple[str, ...]]:
    names = data_findings.names_of(data, plan)
    found: dict[str, tuple[str, ...]] = {}
    for label in data.classes:
        rows = [n for n, item in enumerate(data.items) if label in item.labels]
        sound = [names[row] for row in rows if names[row] not in looked.failures]
        step = max(1, len(sound) // _EXAMPLES)
        found[label] = tuple(sound[::step][:_EXAMPLES])
    return found


def _stat(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:
        return 0, 0  # decoding says what is wrong with it
    return found.st_size, found.st_mtime_ns
