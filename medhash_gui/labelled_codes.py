"""The codes of a folder's pictures with labels and patients, for judging a model.

Files are read as they are for a library (``decoding``, ``metadata``), so a picture gets
the code, the labels and the patient that it has there; but nothing is written, and
patients are hashed with a key that is forgotten.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from medhash_gui import folders, table_columns, table_matching, table_text
from medhash_gui.codes import HashCodes
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.encoding import EncodingQueue
from medhash_gui.errors import DatasetError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.metadata import Keys, Sources
from medhash_gui.tally import SkippedFile

if TYPE_CHECKING:
    from medhash_gui.codes import Encoder

_REPORT_EVERY_S = 0.25
_BETWEEN_CELLS = set(",;\t|")
_PICTURES = "Name a folder of pictures: PNG, JPEG, TIFF, BMP, WebP or DICOM."


@dataclass(frozen=True, eq=False)
class LabelledCodes:
    """Pictures of a folder, by path and frame.

    Attributes:
        paths: POSIX, relative to the folder; one a picture.
        codes: (N,).
        labels: of each picture; () for none.
        groups: the patient's key, or the content where the patient is unknown; equal
            for copies, too.
        known: (N,), whether the patient is known.
        copies: pictures whose content is another one's, too.
        contradicted: copies that bear other labels than the first of them.
        skipped: files that gave no picture.
        files: files that were found.
    """

    paths: tuple[str, ...]
    codes: HashCodes
    labels: tuple[tuple[str, ...], ...]
    groups: tuple[str, ...] = field(repr=False)
    known: npt.NDArray[np.bool_]
    copies: int
    contradicted: int
    skipped: tuple[SkippedFile, ...]
    files: int

    def __len__(self) -> int:
        return len(self.paths)

    def take(self, rows: Sequence[int]) -> LabelledCodes:
        """Return some of the pictures; what was counted of the folder stays."""
        return LabelledCodes(
            tuple(self.paths[row] for row in rows),
            self.codes.take(rows),
            tuple(self.labels[row] for row in rows),
            tuple(self.groups[row] for row in rows),
            self.known[list(rows)],
            self.copies,
            self.contradicted,
            self.skipped,
            self.files,
        )

    def labelled(self) -> LabelledCodes:
        """Return the pictures that have a label."""
        return self.take([row for row, names in enumerate(self.labels) if names])

    def multi_hot(self, classes: Sequence[str]) -> npt.NDArray[np.float32]:
        """Return the labels as (N, C) float32, 0/1."""
        column = {name: at for at, name in enumerate(classes)}
        table = np.zeros((len(self), len(classes)), np.float32)
        for row, names in enumerate(self.labels):
            table[row, [column[name] for name in names]] = 1
        return table


@dataclass(frozen=True, slots=True)
class _Picture:
    """One picture, still without its code."""

    path: str
    frame: int
    labels: tuple[str, ...]
    patient: str | None
    digest: bytes


def encode_folder(
    root: Path,
    encoder: Encoder,
    choices: ImportChoices,
    keys: Keys,
    *,
    workers: int | None = None,
) -> Generator[tuple[int, int], None, LabelledCodes]:
    """Make the codes of all pictures in a folder.

    A generator: it yields (files done, files found) several times a second. Closing it
    ends the processes that decode.

    Args:
        root: the folder; nothing is written there.
        encoder: makes the codes.
        choices: where labels and patients are from, and which frames count.
        keys: makes patients comparable; the same ones for all folders of an evaluation.
        workers: processes that decode; None for one fewer than the cores.

    Raises:
        DatasetError: the folder is missing or holds no picture, or the table cannot be
            read.
    """
    unreadable: list[str] = []
    found = list(folders.scan(root, unreadable=unreadable))
    names = [file.path for file in found]
    sources = Sources(keys, choices, choices.read_table(names), names, relabel=False)
    skipped = [SkippedFile(p, "damaged", "It cannot be listed.") for p in unreadable]
    pictures: list[_Picture] = []
    codes: list[HashCodes] = []
    done = 0
    yield done, len(found)
    with (
        EncodingQueue[_Picture](encoder) as queue,
        DecodePool(
            root,
            encoder.preprocess,
            workers=workers,
            frames=choices.frames,
            label_tag=choices.label_tag or None,
            lends=True,
        ) as pool,
    ):
        for result in pool.map(DecodeTask(file) for file in found):
            if result is None:
                yield done, len(found)
                continue
            path = result.file.path
            if result.inputs is not None and result.digest is not None:
                known = sources.of_opened(path, result)
                picture = _Picture(
                    path,
                    result.frame,
                    known.labels,
                    known.patient_key,
                    result.digest,
                )
                pictures.append(picture)
                queue.add(picture, result.inputs)
            elif result.failure is not None:
                skipped.append(SkippedFile(path, *result.failure))
            done += result.last
            while queue.is_busy:
                queue.wait(_REPORT_EVERY_S)
                codes += [made for _, made in queue.finished()]
                yield done, len(found)
        queue.send()
        codes += [made for _, made in queue.finished(wait=True)]
    yield done, len(found)
    if not pictures:
        raise _no_picture(root, len(found), skipped)
    return _joined(pictures, HashCodes.join(codes), skipped, len(found))


def rows_of_table(table: Path, pictures: LabelledCodes) -> list[int]:
    """Return the rows of the pictures whose files a table or a plain list names.

    Raises:
        DatasetError: the table cannot be read, no column looks like files, or it names
            none of the pictures or all of them.
    """
    paths = tuple(dict.fromkeys(pictures.paths))
    cells = tuple(dict.fromkeys(cell for cell in _files_named(table, paths) if cell))
    named = table_matching.pair(cells, paths).rows
    rows = [row for row, path in enumerate(pictures.paths) if path in named]
    if not rows or len(rows) == len(pictures):
        which = "every labelled picture" if rows else "no labelled picture"
        message = f"{table.name} names {which} of the folder."
        hint = "Let it name the pictures that ask; the others are searched."
        raise DatasetError(message, hint=hint)
    return rows


def _files_named(table: Path, paths: Sequence[str]) -> list[str]:
    lines = _lines(table)
    if lines is not None and not any(set(line) & _BETWEEN_CELLS for line in lines):
        return lines  # with or without a header, which fits no file
    read = table_text.read(table)
    column = table_columns.guess(read.header, read.rows, files=paths).file
    if column is None:
        message = f"No column of {read.source} looks like the files."
        hint = "Give it a column of the queries' file names, with a header."
        raise DatasetError(message, hint=hint)
    at = read.header.index(column)
    return [row[at].strip() for row in read.rows if at < len(row)]


def _lines(table: Path) -> list[str] | None:
    """Return the lines of a text, or None where only a table's reader can tell."""
    try:
        if not table.is_file() or table.stat().st_size > table_text.MAX_BYTES:
            return None
        text = table.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return None
    return [line.strip() for line in text.splitlines() if line.strip()]


def _joined(
    pictures: list[_Picture], codes: HashCodes, skipped: list[SkippedFile], files: int
) -> LabelledCodes:
    """Return the pictures in an order that does not depend on who decoded faster."""
    order = sorted(
        range(len(pictures)), key=lambda n: (pictures[n].path, pictures[n].frame)
    )
    ordered = [pictures[n] for n in order]
    groups, copies = _groups(ordered)
    first: dict[tuple[bytes, int], tuple[str, ...]] = {}
    contradicted = sum(
        set(first.setdefault((p.digest, p.frame), p.labels)) != set(p.labels)
        for p in ordered
    )
    return LabelledCodes(
        tuple(picture.path for picture in ordered),
        codes.take(order),
        tuple(tuple(dict.fromkeys(picture.labels)) for picture in ordered),
        groups,
        np.array([picture.patient is not None for picture in ordered]),
        copies,
        contradicted,
        tuple(sorted(skipped, key=lambda file: file.path)),
        files,
    )


def _groups(pictures: Sequence[_Picture]) -> tuple[tuple[str, ...], int]:
    """Return the group of each picture, and how many are copies of others.

    A picture never answers for a copy of itself: copies are one group, and so are the
    patients that they are said to be of.
    """
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        parent.setdefault(name, name)
        while parent[name] != name:
            parent[name] = parent[parent[name]]
            name = parent[name]
        return name

    seen: dict[bytes, str] = {}
    copies = 0
    for picture in pictures:
        content = f"content {picture.digest.hex()}"
        if picture.patient is not None:
            parent[root(content)] = root(picture.patient)
        copies += seen.setdefault(picture.digest, picture.path) != picture.path
    return (
        tuple(root(f"content {picture.digest.hex()}") for picture in pictures),
        copies,
    )


def _no_picture(root: Path, files: int, skipped: Sequence[SkippedFile]) -> DatasetError:
    if not files:
        return DatasetError(f"The folder {root} is empty.", hint=_PICTURES)
    first = skipped[0]
    message = (
        f"None of the {files} files in {root} is a picture; the first, {first.path}: "
        f"{first.reason}"
    )
    return DatasetError(message, hint=_PICTURES)
