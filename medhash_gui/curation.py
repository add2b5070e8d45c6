"""What people say of single pictures: left out of searches, or labelled by hand.

It is said of a picture, which is a content and a frame, and so holds for its copies,
too. The library keeps it with the rows, apart from what indexing finds: a file may be
moved, go and come back, and neither a run nor a table changes it. It lasts until it is
taken back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medhash_gui import folders, images
from medhash_gui.errors import LibraryError
from medhash_gui.import_choices import ImportChoices
from medhash_gui.metadata import Sources
from medhash_gui.store import CodeStore, RowChange


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that is left out of searches.

    Attributes:
        row: its row.
        path: POSIX, relative to the indexed folder.
        frame: of the file, from 0.
        labels: what it bears.
    """

    row: int
    path: str
    frame: int
    labels: tuple[str, ...]


def rows_at(
    store: CodeStore, files: Iterable[str], *, frame: int | None = None
) -> list[int]:
    """Return the rows of some files, ascending.

    Args:
        store: the library.
        files: paths relative to the indexed folder, or inside it.
        frame: only this frame of each, from 0; None for all.

    Raises:
        LibraryError: a file, or its frame, is not in the library.
    """
    known, root = store.files(), store.indexed_root
    found: set[int] = set()
    for name in files:
        place = Path(name)
        inside = place.is_absolute() and place.is_relative_to(root)
        path = place.relative_to(root).as_posix() if inside else name
        rows = known[path].rows if path in known else ()
        wanted = [r for r in rows if frame is None or store.frames[r] == frame]
        if not wanted:
            what = (
                f"Frame {frame + 1} of {name}" if rows and frame is not None else name
            )
            message = f"{what} is no picture of the library {store.root.name}."
            hint = (
                f'Paths start from {root}; "medhash library export" lists them. '
                "Nothing was changed."
            )
            raise LibraryError(message, hint=hint)
        found.update(wanted)
    return sorted(found)


def left_out(store: CodeStore) -> list[LeftOut]:
    """Return the pictures that are left out, by path and frame; of copies each one."""
    rows = np.flatnonzero(store.left_out).tolist()
    listed = [
        LeftOut(row, store.path(row), int(store.frames[row]), store.labels(row))
        for row in rows
    ]
    return sorted(listed, key=lambda one: (one.path, one.frame))


def leaving_out(
    store: CodeStore, rows: Sequence[int], *, take_back: bool = False
) -> list[RowChange]:
    """Return the changes by which pictures are left out of searches.

    Args:
        store: the library.
        rows: rows of the pictures; their copies go with them.
        take_back: let searches find them again instead.

    Returns:
        What differs from now; [] where it is so already.
    """
    out = store.left_out
    return [
        RowChange(row, left_out=not take_back)
        for row in _with_copies(store, rows)
        if bool(out[row]) is take_back
    ]


def labelling(
    store: CodeStore, rows: Sequence[int], labels: tuple[str, ...]
) -> list[RowChange]:
    """Return the changes by which pictures bear labels of a person's choice.

    Args:
        store: the library.
        rows: rows of the pictures; their copies go with them.
        labels: all of them; () for none.

    Returns:
        What differs from now; [] where it is so already.
    """
    own = store.own_labels
    return [
        RowChange(row, labels=labels, own_labels=True)
        for row in _with_copies(store, rows)
        if not own[row] or store.labels(row) != labels
    ]


def labelling_as_source(store: CodeStore, rows: Sequence[int]) -> list[RowChange]:
    """Return the changes by which labels given by hand are their source's again.

    Where a DICOM element holds the labels, the files' headers are read.

    Args:
        store: the library.
        rows: rows of the pictures; their copies go with them.

    Returns:
        What differs from now; [] where no label was given by hand.

    Raises:
        DatasetError: the table of the labels cannot be read.
        SettingsError: what the library remembers of its labels cannot be read.
        UnreadableImageError: a file is not there, or its header cannot be read.
    """
    own = store.own_labels
    wanted = [row for row in _with_copies(store, rows) if own[row]]
    if not wanted:
        return []
    choices = ImportChoices.from_json(store.choices)
    paths = list(store.files())
    table = choices.read_table(paths)
    sources = Sources(store, choices, table, paths, relabel=True)
    said: dict[str, tuple[str, ...]] = {}
    for path in {store.path(row) for row in wanted}:
        by_header = _tag_labels(store, path, choices) if choices.label_tag else ()
        said[path] = sources.labels_of(path, by_header)
    return [
        RowChange(row, labels=said[store.path(row)], own_labels=False) for row in wanted
    ]


def undoing(store: CodeStore, changes: Iterable[RowChange]) -> list[RowChange]:
    """Return the changes that bring back what these would change, as it is now."""
    out, own = store.left_out, store.own_labels
    return [
        RowChange(
            one.row,
            left_out=None if one.left_out is None else bool(out[one.row]),
            labels=None if one.labels is None else store.labels(one.row),
            own_labels=None if one.own_labels is None else bool(own[one.row]),
        )
        for one in changes
    ]


def passed_on(store: CodeStore, rows: Sequence[int], first: int) -> list[RowChange]:
    """Return the changes by which copies of rows have what was said of those.

    Args:
        store: the library of the rows.
        rows: what is copied.
        first: number of the first copy; the others follow it.
    """
    out, own = store.left_out, store.own_labels
    return [
        RowChange(
            first + place,
            left_out=True if out[row] else None,
            labels=store.labels(row) if own[row] else None,
            own_labels=True if own[row] else None,
        )
        for place, row in enumerate(rows)
        if out[row] or own[row]
    ]


def _tag_labels(store: CodeStore, path: str, choices: ImportChoices) -> tuple[str, ...]:
    """Return what the element that holds labels says in the header of a file."""
    file = store.indexed_root / path
    data = folders.read_bytes(file)
    return images.open_image(
        data, name=file.name, label_tag=choices.label_tag
    ).tag_labels


def _with_copies(store: CodeStore, rows: Sequence[int]) -> list[int]:
    """Return all rows of the pictures of some rows, ascending."""
    found: set[int] = set()
    removed = store.removed
    for row in rows:
        if not removed[row]:
            same = store.rows_with_digest(store.digests[row].tobytes())
            found.update(same[store.frames[same] == store.frames[row]].tolist())
    return sorted(found)
