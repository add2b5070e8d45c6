"""Labelled pictures for training and evaluation, split so that no patient leaks.

A ``Source`` names a folder and, where there is one, a table of labels; ``gather``
turns sources into ``LabelledImages``, ``split_by_patient`` divides those, ``pixels``
holds the preprocessed pictures in memory, ``class_aware_batches`` draws what one epoch
shows.

The split hashes the patient (or the file, where no patient is known) together with the
seed, so the same picture falls into the same part on every machine and whatever else is
in the set, and all pictures of a patient fall into one part.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import decoded_pictures, images, labels
from medhash_gui.errors import DatasetError, UnreadableImageError
from medhash_gui.labels import TableColumns, TableRow
from medhash_gui.preprocess import Preprocess

PARTS = ("train", "validation", "test")


@dataclass(frozen=True, slots=True)
class Source:
    """A folder of pictures and how to read their labels; can be written as JSON.

    Attributes:
        name: short name; patients of different sources never coincide.
        root: folder of the pictures.
        csv: table of labels, relative to ``root``; None: class folders.
        file_column, label_column, patient_column: columns of the table; None: guessed.
        separator: between several labels of one picture.
        rename: label in the source -> label in the common vocabulary.
        together: groups of files (relative to ``root``) that count as one patient.
        cap_per_class: most pictures of one label used for training (validation is cut
            in the same proportion, the test part never); None: all.
        label_columns: where labels stand in several columns; ``label_column`` is one
            more of them.
        left_out: files (relative to ``root``) that are not used.
    """

    name: str
    root: Path
    csv: str | None = None
    file_column: str | None = None
    label_column: str | None = None
    patient_column: str | None = None
    separator: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict)
    together: tuple[tuple[str, ...], ...] = ()
    cap_per_class: int | None = None
    label_columns: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the source as plain JSON values."""
        values = dataclasses.asdict(self)
        if not self.left_out:
            del values["left_out"]  # as runs before it was there have written it
        return {**values, "root": self.root.as_posix(), "rename": dict(self.rename)}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Source:
        """Return the source that ``as_json`` described."""
        together = tuple(tuple(group) for group in values.get("together", ()))
        root = Path(values["root"])
        columns = tuple(values.get("label_columns", ()))
        left_out = tuple(values.get("left_out", ()))
        changed = {"root": root, "together": together, "label_columns": columns}
        changed["left_out"] = left_out
        return cls(**{**values, **changed})


@dataclass(frozen=True, slots=True)
class LabelledImage:
    """One picture of a set.

    Attributes:
        file: where it lies.
        labels: in the common vocabulary.
        patient: source and patient, or None where the patient is not known.
        source: name of its source.
        own_labels: its labels as the source writes them.
    """

    file: Path
    labels: tuple[str, ...]
    patient: str | None = field(repr=False)
    source: str
    own_labels: tuple[str, ...] = ()

    @property
    def group(self) -> str:
        """What must not be divided: the patient, else the picture alone."""
        return self.patient or f"{self.source}:file:{self.file.name}"


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """Pictures with labels and the vocabulary that the labels come from.

    Attributes:
        items: the pictures.
        classes: the vocabulary, in the order of the columns of ``multi_hot``.
        unlabelled: paths below their source of pictures that were left out because
            they have no label.
    """

    items: tuple[LabelledImage, ...]
    classes: tuple[str, ...]
    unlabelled: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.items)

    def multi_hot(self) -> npt.NDArray[np.float32]:
        """Return the labels as (N, C) float32, 0/1."""
        column = {name: number for number, name in enumerate(self.classes)}
        table = np.zeros((len(self.items), len(self.classes)), dtype=np.float32)
        for row, item in enumerate(self.items):
            for name in item.labels:
                table[row, column[name]] = 1
        return table

    def groups(self) -> list[str]:
        """Return the patient (or, where unknown, the file) of each picture."""
        return [item.group for item in self.items]

    def take(self, rows: Sequence[int] | npt.NDArray[np.int64]) -> LabelledImages:
        """Return some of the pictures, with the same vocabulary."""
        return LabelledImages(tuple(self.items[row] for row in rows), self.classes)


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of a set in its three parts, int64 each, in ascending order."""

    train: npt.NDArray[np.int64]
    validation: npt.NDArray[np.int64]
    test: npt.NDArray[np.int64]


def gather(sources: Sequence[Source]) -> LabelledImages:
    """Find the labelled pictures of all sources; files without a label are left out.

    Raises:
        DatasetError: a folder or table is missing, or fewer than two labels are found.
    """
    found_items = [item for source in sources for item in _items(source)]
    items = [item for item in found_items if item.labels]
    classes = tuple(sorted({name for item in items for name in item.labels}))
    if len(classes) < 2:
        found = ", ".join(classes) or "none"
        message = f"A model needs at least two labels to learn from; found: {found}."
        hint = "Put each class into its own folder, or name a table of labels."
        raise DatasetError(message, hint=hint)
    roots = {source.name: source.root for source in sources}
    unlabelled = tuple(
        item.file.relative_to(roots[item.source]).as_posix()
        for item in found_items
        if not item.labels
    )
    return LabelledImages(tuple(items), classes, unlabelled)


def split_by_patient(
    data: LabelledImages,
    *,
    seed: int,
    validation: float = 0.1,
    test: float = 0.2,
) -> Split:
    """Divide a set so that each patient is in one part only.

    Args:
        data: the set.
        seed: another seed divides otherwise.
        validation: expected share of the patients, in (0, 1).
        test: expected share of the patients, in [0, 1).

    Raises:
        DatasetError: a part that was asked for has no picture (too few patients).
    """
    return _split(data, data.groups(), seed=seed, validation=validation, test=test)


def split_by_image(
    data: LabelledImages,
    *,
    seed: int,
    validation: float = 0.1,
    test: float = 0.2,
) -> Split:
    """Divide a set picture by picture, as some papers do: patients leak.

    For comparison with published figures only; see ``split_by_patient``.

    Raises:
        DatasetError: a part that was asked for has no picture.
    """
    keys = [f"{item.source}:file:{item.file.name}" for item in data.items]
    return _split(data, keys, seed=seed, validation=validation, test=test)


def cap(
    data: LabelledImages, split: Split, sources: Sequence[Source], *, seed: int
) -> Split:
    """Return the split with each source's ``cap_per_class`` applied to it.

    Which pictures stay depends on the seed and the picture alone. A picture with
    several labels stays if any of its labels still has room. The test part is kept
    whole.
    """
    caps = {source.name: source.cap_per_class for source in sources}
    share = len(split.validation) / max(1, len(split.train))
    train = _capped(data, split.train, caps, seed=seed)
    cut = {
        name: None if most is None else max(1, round(most * share))
        for name, most in caps.items()
    }
    return Split(train, _capped(data, split.validation, cut, seed=seed), split.test)


def pixels(data: LabelledImages, preprocess: Preprocess) -> npt.NDArray[np.uint8]:
    """Decode and resize every picture: (N, 3, S, S) uint8, 0-255, not yet normalised.

    Raises:
        DatasetError: a picture cannot be read; it names the file and the reason.
    """
    plain = dataclasses.replace(preprocess, mean=(0.0,) * 3, std=(1.0,) * 3)
    size = preprocess.size
    cache = np.empty((len(data), 3, size, size), dtype=np.uint8)
    for row, item in enumerate(data.items):
        known = decoded_pictures.find(item.file, preprocess)
        if known is not None:
            cache[row] = known
        else:
            np.rint(255 * plain(decode(item)), out=cache[row], casting="unsafe")
    return cache


def decode(item: LabelledImage) -> npt.NDArray[np.float32]:
    """Return the pixels of one picture, (H, W) or (H, W, 3) float32 in [0, 1].

    Raises:
        DatasetError: it cannot be read.
    """
    try:
        data = images.read_bytes(item.file)
        decoded = images.decode(data, name=item.file.name)
    except UnreadableImageError as error:
        message = f"{item.file.name} of {item.source} cannot be used: {error.message}"
        raise DatasetError(message, hint=error.hint) from error
    return decoded.pixels


def class_aware_batches(
    multi_hot: npt.NDArray[np.float32],
    batch: int,
    rng: np.random.Generator,
    *,
    power: float = 0.5,
) -> Iterator[npt.NDArray[np.int64]]:
    """Draw the batches of one epoch, rare labels more often than they occur.

    Each picture is drawn by first drawing a label with probability proportional to its
    count to the power ``power`` (1: as they occur, 0: all alike), then a picture with
    that label; no picture comes twice in a batch.

    Args:
        multi_hot: (N, C) float32, 0/1.
        batch: pictures a batch.
        rng: where chance comes from.
        power: exponent, in [0, 1].

    Yields:
        (batch,) int64, rows; N // batch times, at least once.
    """
    total = len(multi_hot)
    size = min(batch, total)
    counts = multi_hot.sum(axis=0)
    rate = np.where(counts > 0, np.maximum(counts, 1) ** (power - 1), 0)
    # A picture with several labels may be drawn for any of them.
    weight = multi_hot @ rate
    weight /= weight.sum()
    size = min(size, int(np.count_nonzero(weight)))
    for _ in range(max(1, total // batch)):
        yield rng.choice(total, size=size, replace=False, p=weight)


def _split(
    data: LabelledImages,
    groups: Sequence[str],
    *,
    seed: int,
    validation: float,
    test: float,
) -> Split:
    parts: dict[str, list[int]] = {name: [] for name in PARTS}
    for row, group in enumerate(groups):
        place = _unit_hash(f"{seed}:{group}")
        if place < test:
            parts["test"].append(row)
        elif place < test + validation:
            parts["validation"].append(row)
        else:
            parts["train"].append(row)
    wanted = {"train": True, "validation": validation > 0, "test": test > 0}
    empty = [name for name in PARTS if wanted[name] and not parts[name]]
    if empty:
        message = f"No picture fell into the part for {' and '.join(empty)}."
        hint = "Add pictures of more patients: each patient is in one part only."
        raise DatasetError(message, hint=hint)
    return Split(*(np.array(parts[name], dtype=np.int64) for name in PARTS))


def _items(source: Source) -> Iterator[LabelledImage]:
    if not source.root.is_dir():
        message = f"The folder of {source.name} is not there: {source.root}."
        raise DatasetError(message, hint="Check the path, or fetch the data first.")
    left_out = set(source.left_out)
    paths = [f.path for f in images.scan(source.root) if f.path not in left_out]
    rows: Mapping[str, TableRow] | None = None
    table = source.root / (source.csv or "")
    if source.csv is not None:
        one_more = (source.label_column,) if source.label_column is not None else ()
        named = (*one_more, *source.label_columns)
        columns = labels.columns_of(
            table, TableColumns(source.file_column, named, source.patient_column)
        )
        read = labels.read_table(
            table, columns=columns, separator=source.separator, files=paths
        )
        rows = read.match(paths).rows
    one = {file: group[0] for group in source.together for file in group}
    for path in paths:
        row = rows.get(path) if rows is not None else None
        own = labels.from_folder(path) if rows is None else row.labels if row else ()
        if not own and source.csv is not None and source.root / path == table:
            continue
        patient = one.get(path) or (row.patient if row is not None else "")
        yield LabelledImage(
            file=source.root / path,
            labels=tuple(dict.fromkeys(source.rename.get(n, n) for n in own)),
            patient=f"{source.name}:{patient}" if patient else None,
            source=source.name,
            own_labels=own,
        )


def _capped(
    data: LabelledImages,
    rows: npt.NDArray[np.int64],
    caps: Mapping[str, int | None],
    *,
    seed: int,
) -> npt.NDArray[np.int64]:
    seen: dict[tuple[str, str], int] = {}
    kept = []
    order = sorted(
        rows, key=lambda row: _unit_hash(f"cap:{seed}:{data.items[row].file.name}")
    )
    for row in order:
        item = data.items[row]
        most = caps.get(item.source)
        # By the source's own labels: two classes that share a name in the common
        # vocabulary are capped one by one, so that both stay represented.
        keys = [(item.source, name) for name in item.own_labels]
        if most is not None and all(seen.get(key, 0) >= most for key in keys):
            continue
        for key in keys:
            seen[key] = seen.get(key, 0) + 1
        kept.append(row)
    return np.array(sorted(kept), dtype=np.int64)


def _unit_hash(text: str) -> float:
    """Map a text to [0, 1), evenly and the same on every machine."""
    digest = hashlib.blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
