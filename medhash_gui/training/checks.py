"""What would spoil a run, said before hours are spent on it.

What makes training impossible or its figures meaningless is refused; what may be meant
is a warning. Patients are counted, never named; files are named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from medhash_gui import datasets
from medhash_gui.datasets import LabelledImages, Split
from medhash_gui.errors import DatasetError, SettingsError
from medhash_gui.hashing import METHODS, backbone
from medhash_gui.hashing.method import Method
from medhash_gui.training.config import TrainingConfig
from medhash_gui.training.events import Warned

_NAMED = 3


def method_of(config: TrainingConfig) -> Method:
    """Return the method of a configuration that a run could start with.

    Raises:
        SettingsError: there is no such method or backbone, the method lacks an option
            or has more stages than the run has epochs, or a number is out of its range.
    """
    config.check()
    if config.method not in METHODS:
        message = f"There is no hashing method {config.method!r}."
        raise SettingsError(message, hint=f"Choose one of: {', '.join(METHODS)}.")
    method = METHODS[config.method]
    options = method.options(config.options)
    name = options.get("backbone")
    if name is not None and name not in backbone.BACKBONES:
        message = f"There is no backbone {name!r}."
        hint = f"Choose one of: {', '.join(backbone.BACKBONES)}."
        raise SettingsError(message, hint=hint)
    if config.epochs < len(method.stages):
        message = (
            f"{method.title} learns in {len(method.stages)} stages, which "
            f"{config.epochs} epochs are too few for."
        )
        raise SettingsError(message, hint="Give each stage one epoch at least.")
    return method


def check_start(network: object, config: TrainingConfig) -> list[Warned]:
    """Say what starting from random numbers means, where a run does."""
    if config.is_pretrained or not hasattr(network, "trunk"):
        return []
    return [
        Warned(
            "The network starts from random numbers, which takes far more pictures and "
            "time"
            + (" and makes frozen features nearly useless." if config.frozen else "."),
            "Name starting weights: --weights FILE, or --weights torchvision.",
        )
    ]


def check_shares(config: TrainingConfig, processes: int) -> None:
    """Refuse what the processes of a run cannot share out.

    Raises:
        SettingsError: they are several, and the batch cannot be divided evenly among
            them, or the trunk is to be pre-trained first.
    """
    if config.batch % processes:
        message = f"{processes} processes cannot share a batch of {config.batch}."
        hint = f"Choose a multiple of {processes} for the batch."
        raise SettingsError(message, hint=hint)
    if config.pretraining and processes > 1:
        message = f"{processes} processes cannot share the pre-training of a trunk."
        hint = "Make its weights first (medhash pretrain), and start from them."
        raise SettingsError(message, hint=hint)


def check_cached(blocks: int) -> None:
    """Refuse to keep what frozen blocks make of pictures where there are none.

    Args:
        blocks: how many blocks of the trunk are frozen.

    Raises:
        SettingsError: none is.
    """
    if blocks == 0:
        message = "No block of this network is frozen, so none can be computed once."
        hint = (
            "Leave --frozen and --views out, give starting weights, or raise the "
            "option frozen_blocks."
        )
        raise SettingsError(message, hint=hint)


def check_set(data: LabelledImages, config: TrainingConfig) -> list[Warned]:
    """Check what a set is, before it is divided.

    Returns:
        Warnings: pictures without a label, labels with one picture, unknown patients.

    Raises:
        DatasetError: all pictures are of one patient.
    """
    warnings = []
    if data.unlabelled:
        total = len(data) + len(data.unlabelled)
        warnings.append(
            Warned(
                f"{len(data.unlabelled)} of {total} files have no label and are "
                f"left out, such as {_named(data.unlabelled)}.",
                "Complete the table of labels if they should be learned from.",
            )
        )
    counts = data.multi_hot().sum(axis=0)
    alone = [n for n, count in zip(data.classes, counts, strict=True) if count == 1]
    if alone:
        warnings.append(
            Warned(
                f"There is only one picture with the label {_named(alone)}: nothing "
                "like it can be learned or found.",
                "Add pictures, or give it a broader label.",
            )
        )
    patients = {item.patient for item in data.items}
    if config.split_by == "patient":
        if len(patients) == 1 and None not in patients:
            message = (
                "All pictures are of one patient, who can be in one part of the split "
                "only."
            )
            hint = "Check the column of patients, add patients, or split image-wise."
            raise DatasetError(message, hint=hint)
        unknown = sum(item.patient is None for item in data.items)
        if unknown:
            warnings.append(
                Warned(
                    f"The patients of {unknown} pictures are not known: pictures of "
                    "one patient may lie in two parts, which flatters the figures.",
                    "Name a column of patients in the table of labels.",
                )
            )
    return warnings


def check_split(
    data: LabelledImages, split: Split, config: TrainingConfig
) -> list[Warned]:
    """Check what the parts of a set are.

    Returns:
        Warnings: patients in two parts, labels that a part does not have.

    Raises:
        DatasetError: there are fewer pictures to learn from than a batch has, or all
            of them have the same labels.
    """
    learn = data.take(split.train)
    if len(learn) < config.batch:
        message = (
            f"The training part has {len(learn)} pictures, fewer than the batch of "
            f"{config.batch}."
        )
        hint = f"Add pictures, or make the batch {max(2, len(learn) // 4)}."
        raise DatasetError(message, hint=hint)
    if len({item.labels for item in learn.items}) == 1:
        name = ", ".join(learn.items[0].labels)
        message = f"Every picture of the training part has the same label, {name}."
        hint = "Add pictures and patients with other labels, or try another seed."
        raise DatasetError(message, hint=hint)
    warnings = []
    shared = leaking_patients(data, split)
    if shared:
        warnings.append(
            Warned(
                f"The split leaks: {shared} patients are in more than one part, so the "
                "figures will be too good.",
                "Split by patient for figures that hold for new patients.",
            )
        )
    for part in datasets.PARTS:
        rows = getattr(split, part)
        if not len(rows):
            continue
        counts = data.take(rows).multi_hot().sum(axis=0)
        missing = [n for n, c in zip(data.classes, counts, strict=True) if c == 0]
        if missing:
            warnings.append(
                Warned(
                    f"The {part} part has no picture with the label {_named(missing)}.",
                    "Add pictures of it, or try another seed.",
                )
            )
    return warnings


def leaking_patients(data: LabelledImages, split: Split) -> int:
    """Return how many known patients are in more than one part."""
    parts = [
        {data.items[row].patient for row in getattr(split, part)} - {None}
        for part in datasets.PARTS
    ]
    train, validation, test = parts
    return len((train & validation) | (train & test) | (validation & test))


def check_copies(
    data: LabelledImages, split: Split, digests: Sequence[bytes]
) -> list[Warned]:
    """Check identical files: what they are called, and where they lie.

    Args:
        data: the set.
        split: its parts.
        digests: of the content of each file of the set.

    Returns:
        Warnings: identical files in two parts, or with different labels in the test
        part.

    Raises:
        DatasetError: identical files have different labels, one of them in training or
            validation.
    """
    part_of: dict[int, str] = {}
    for part in datasets.PARTS:
        part_of.update(dict.fromkeys(getattr(split, part).tolist(), part))
    groups: dict[bytes, list[int]] = {}
    for row in part_of:
        groups.setdefault(digests[row], []).append(row)
    copies = [rows for rows in groups.values() if len(rows) > 1]
    conflicts = [
        rows for rows in copies if len({frozenset(_labels(data, r)) for r in rows}) > 1
    ]
    serious = [r for r in conflicts if any(part_of[one] != "test" for one in r)]
    if serious:
        names = [
            f"{_file(data, r)} ({', '.join(_labels(data, r))})" for r in serious[0]
        ]
        message = (
            f"{len(serious)} pictures are there more than once with different labels, "
            f"such as {_named(names)}."
        )
        hint = "Correct the labels, or remove the copies, and start again."
        raise DatasetError(message, hint=hint)
    warnings = []
    if conflicts:
        names = [_file(data, row) for row in conflicts[0]]
        warnings.append(
            Warned(
                f"{len(conflicts)} pictures of the test part are there more than once "
                f"with different labels, such as {_named(names)}.",
                "Correct the labels, or remove the copies.",
            )
        )
    across = [rows for rows in copies if len({part_of[row] for row in rows}) > 1]
    if across:
        names = [_file(data, row) for row in across[0]]
        warnings.append(
            Warned(
                f"The split leaks: {len(across)} pictures lie in two parts under "
                f"different names, such as {_named(names)}.",
                "Remove the copies, or say that they belong to one patient.",
            )
        )
    return warnings


def relative_paths(data: LabelledImages, config: TrainingConfig) -> list[str]:
    """Return source and path of each picture, the same wherever the source lies."""
    roots: Mapping[str, Any] = {source.name: source.root for source in config.sources}
    return [
        f"{item.source}/{item.file.relative_to(roots[item.source]).as_posix()}"
        for item in data.items
    ]


def _file(data: LabelledImages, row: int) -> str:
    return data.items[row].file.name


def _labels(data: LabelledImages, row: int) -> tuple[str, ...]:
    return data.items[row].labels


def _named(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return shown if len(names) <= _NAMED else f"{shown} and {len(names) - _NAMED} more"
