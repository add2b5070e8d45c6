"""Merge one library into another without making a code again.

Rows come over as they are: records, codes with soft values, labels, patients, cases,
details, whether they are hidden, and what a person said of them. Paths are rewritten,
so that they lead from the target's folder to the source's pictures. What the target has
already (content, frame and path) is passed over, so a merge that was interrupted goes
on where it stopped when it is run again. The source is only read.

A patient has the same key in both only where both have the same secret key. Merging
others needs to be asked for, and the target says so from then on: ``unlinked``.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui import curation
from medhash_gui.errors import LibraryError, ModelMismatchError
from medhash_gui.images import ImageRecord
from medhash_gui.store import CodeStore, RowChange

# Rows of one commit: a few megabytes, and one sync for many.
_BATCH = 2048


@dataclass(frozen=True, slots=True)
class MergeProgress:
    """How far a merge has come: rows of the source dealt with, and how many it has."""

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class MergeReport:
    """What a merge did; counts are rows.

    Attributes:
        found: rows of the source, hidden ones included, removed ones not.
        added: rows that are new in the target.
        present: rows that the target had already: same content, frame and path.
        hidden: how many of those added are hidden.
        unlinked: whether a patient may be in the target under several keys.
    """

    found: int
    added: int
    present: int
    hidden: int
    unlinked: bool


def merge(
    target: CodeStore, source: CodeStore, *, unlinked: bool = False
) -> MergeReport:
    """Add the rows of one library to another; see ``merging``."""
    run = merging(target, source, unlinked=unlinked)
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: MergeReport = end.value
            return report


def merging(
    target: CodeStore, source: CodeStore, *, unlinked: bool = False
) -> Generator[MergeProgress, None, MergeReport]:
    """Add the rows of one library to another, batch by batch.

    Args:
        target: library opened for writing; it keeps its key, its model and its folder.
        source: library to be added; it is not changed.
        unlinked: merge libraries with different keys, too. Patients of the source then
            stay apart from those of the target, and the target says so.

    Yields:
        How far it has come, after each commit.

    Raises:
        LibraryError: both are one library, their keys differ, no relative path leads
            from one folder to the other, or the target cannot be written to.
        ModelMismatchError: their codes were made by different models.
    """
    _check_models(target, source)
    _check_same(target, source)
    prefix = relative_folder(target, source)
    if _check_keys(target, source, unlinked=unlinked):
        target.mark_unlinked()
    visible = source.visible
    # What is shown first: where the source has a picture twice, that one counts.
    others = np.flatnonzero(~visible & ~source.removed)
    rows = np.concatenate([np.flatnonzero(visible), others])
    is_hidden = source.hidden_rows
    present = _Present(target, source)
    added = hidden = 0
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        records = [
            replace(record, path=_joined(prefix, record.path))
            for record in source.records(batch)
        ]
        new = present.lacking(records)
        chosen = batch[new]
        first = target.row_count
        changes = [
            RowChange(first + place, hidden=True)
            for place, row in enumerate(chosen.tolist())
            if is_hidden[row]
        ]
        hidden += len(changes)
        changes += curation.passed_on(source, chosen.tolist(), first)
        target.append(
            [records[place] for place in new], source.codes(chosen), changes=changes
        )
        added += len(chosen)
        yield MergeProgress(start + len(batch), len(rows))
    return MergeReport(len(rows), added, len(rows) - added, hidden, target.unlinked)


def relative_folder(target: CodeStore, source: CodeStore) -> str:
    """Return the POSIX path from the target's folder of pictures to the source's.

    Raises:
        LibraryError: there is none; on Windows each drive is a tree of its own.
    """
    start, end = target.indexed_root.absolute(), source.indexed_root.absolute()
    if os.name != "nt" and not end.is_relative_to(start):
        # ".." is looked up on the disk, where a link leads somewhere else than its name
        # says. (Windows takes ".." out of the name first.)
        start, end = start.resolve(), end.resolve()
    try:
        return Path(os.path.relpath(end, start)).as_posix()
    except ValueError as error:
        message = (
            f"The pictures of {source.root.name} ({end}) are on another drive than "
            f"those of {target.root.name} ({start}): no relative path leads there."
        )
        hint = "Copy them to the same drive and index them there, then merge."
        raise LibraryError(message, hint=hint) from error


def _joined(prefix: str, path: str) -> str:
    if prefix == ".":
        return path
    joined = posixpath.join(prefix, path)
    # A folder that is a link must not be taken out together with the ".." behind it.
    is_plain = prefix.startswith("..") or not path.startswith("..")
    return posixpath.normpath(joined) if is_plain else joined


class _Present:
    """Which pictures the target has already, by content, frame and path."""

    def __init__(self, target: CodeStore, source: CodeStore) -> None:
        self._target = target
        # Most rows of a first merge are new, and the heads of their contents tell so
        # without a look at each: not in the target, and once only in the source.
        heads, counts = np.unique(_heads(source.digests), return_counts=True)
        known = np.concatenate([_heads(target.digests), heads[counts > 1]])
        self._heads = np.sort(known)

    def lacking(self, records: Sequence[ImageRecord]) -> npt.NDArray[np.intp]:
        """Return which of some records the target lacks, each once, by place."""
        digests = b"".join(record.digest for record in records)
        heads = _heads(np.frombuffer(digests, np.uint8).reshape(len(records), -1))
        places = np.searchsorted(self._heads, heads)
        maybe = np.append(self._heads, 0)[places] == heads
        new: dict[tuple[bytes, int, str], int] = {}
        for place, record in enumerate(records):
            if not maybe[place] or not self._has(record):
                identity = (record.digest, record.frame, record.path)
                new.setdefault(identity, place)
        return np.array(list(new.values()), np.intp)

    def _has(self, record: ImageRecord) -> bool:
        rows = self._target.rows_with_digest(record.digest)
        return any(
            self._target.path(row) == record.path
            for row in rows[self._target.frames[rows] == record.frame].tolist()
        )


def _heads(digests: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    heads: npt.NDArray[np.uint64] = np.ascontiguousarray(digests).view(np.uint64)[:, 0]
    return heads


def _check_models(target: CodeStore, source: CodeStore) -> None:
    if (target.model_id, target.bits) != (source.model_id, source.bits):
        message = (
            f"{target.root.name} holds codes of the model {_model(target)}, "
            f"{source.root.name} of {_model(source)}: they cannot be compared."
        )
        hint = (
            f"Index the folder of {source.root.name} into a new library with "
            f"--model {target.model_name}, and merge that."
        )
        raise ModelMismatchError(message, hint=hint)


def _model(store: CodeStore) -> str:
    return f"{store.model_name} ({store.model_id[:8]}, {store.bits} bits)"


def _check_same(target: CodeStore, source: CodeStore) -> None:
    try:
        is_same = target.root.samefile(source.root)
    except OSError:
        is_same = target.root.absolute() == source.root.absolute()
    if is_same:
        message = f"The library {target.root} cannot be merged into itself."
        raise LibraryError(message, hint="Name another library as the source.")


def _check_keys(target: CodeStore, source: CodeStore, *, unlinked: bool) -> bool:
    """Return whether patients of the source will stand apart, which was agreed to."""
    if target.key_id == source.key_id and not source.unlinked:
        return False
    if unlinked:
        return True
    if target.key_id != source.key_id:
        message = (
            f"{target.root.name} (key {target.key_id}) and {source.root.name} "
            f"(key {source.key_id}) know patients under different keys: a patient in "
            "both would count as two."
        )
    else:
        message = (
            f"{source.root.name} was merged from libraries with different keys: a "
            "patient may be in it under several of them."
        )
    hint = (
        f"Index the folder of {source.root.name} into a new library with "
        f"--share-patients-with {target.root.name} and merge that, or accept with "
        "--unlinked that patients stay apart."
    )
    raise LibraryError(message, hint=hint)
