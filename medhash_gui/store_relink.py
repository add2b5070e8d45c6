"""Let a library follow its pictures to another place: a new drive letter, a new folder.

Paths are relative to the indexed folder, so one name in the manifest is all that
changes. Before that, a sample of the pictures is looked up in the new place: a wrong
folder would let the next indexing run hide the whole library.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from medhash_gui.errors import LibraryError
from medhash_gui.images import content_digest
from medhash_gui.store import CodeStore

_SAMPLE = 200
_READ = 20
_MOST_BYTES_READ = 256 * 2**20
# Some files change or go in the course of things; most of a library does not.
_LEAST_SHARE = 0.9
_FOLDER_GONE_EVERY = 20


@dataclass(frozen=True, slots=True)
class RelinkProgress:
    """How many files of the sample were looked up."""

    done: int
    found: int


@dataclass(frozen=True, slots=True)
class RelinkReport:
    """What was found in the new place.

    Attributes:
        before: the folder until now.
        after: the folder from now on.
        sampled: how many files were looked up.
        found: how many of them are there and of equal size.
        read: how many of those were read.
        equal: how many of those read have the same content.
        missing: the first of those not found, or of another content, by path.
    """

    before: str
    after: str
    sampled: int
    found: int
    read: int
    equal: int
    missing: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether so many are there that it must be the same folder."""
        return (
            self.found >= _LEAST_SHARE * self.sampled
            and self.equal >= _LEAST_SHARE * self.read
        )


def relinking(
    store: CodeStore, folder: Path, *, force: bool = False
) -> Generator[RelinkProgress, None, RelinkReport]:
    """Let the library's pictures be those of another folder from now on.

    Args:
        store: library opened for writing.
        folder: where the indexed folder lies now.
        force: do so even where the sample is not found there.

    Yields:
        How far the check has come.

    Raises:
        LibraryError: the folder is not there, or too few of the sample are found in it
            and ``force`` is not given. The library is as it was, no row is touched.
    """
    folder = folder.resolve() if ".." in folder.parts else folder.absolute()
    _check_folder(store, folder)
    known = store.files()
    shown = [path for path, file in known.items() if not file.hidden]
    chosen = _sample(shown)
    found: list[str] = []
    missing: list[str] = []
    for number, path in enumerate(chosen):
        if number % _FOLDER_GONE_EVERY == 0:
            yield RelinkProgress(number, len(chosen))
        size = _size(folder / path)
        (found if size == known[path].size_bytes else missing).append(path)
    read = equal = read_bytes = 0
    for path in found[:: max(1, len(found) // _READ)][:_READ]:
        if read_bytes + known[path].size_bytes > _MOST_BYTES_READ:
            continue
        read += 1
        read_bytes += known[path].size_bytes
        if _digest(folder / path) == known[path].digest:
            equal += 1
        else:
            missing.append(path)
    # A drive that went away meanwhile would make every file look gone.
    _check_folder(store, folder)
    report = RelinkReport(
        before=str(store.indexed_root),
        after=str(folder),
        sampled=len(chosen),
        found=len(found),
        read=read,
        equal=equal,
        missing=tuple(missing[:5]),
    )
    if not (report.fits or force):
        raise _does_not_fit(store, report)
    store.relink(folder)
    return report


def _check_folder(store: CodeStore, folder: Path) -> None:
    if folder.is_dir():
        return
    what = "is a file" if folder.exists() else "is not there"
    message = f"The folder {folder} {what}."
    hint = (
        f"Connect its drive or name another one. Nothing in {store.root.name} was "
        "changed."
    )
    raise LibraryError(message, hint=hint)


def _sample(paths: list[str]) -> list[str]:
    """Return up to ``_SAMPLE`` paths, the same ones for the same library."""
    if len(paths) <= _SAMPLE:
        return paths
    order = np.random.default_rng(len(paths)).permutation(len(paths))[:_SAMPLE]
    return [paths[place] for place in sorted(order.tolist())]


def _size(path: Path) -> int:
    """Return the size of a file, -1 where there is none."""
    try:
        return path.stat().st_size if path.is_file() else -1
    except (OSError, ValueError):
        return -1


def _digest(path: Path) -> bytes:
    try:
        return content_digest(path.read_bytes())
    except OSError:
        return b""


def _does_not_fit(store: CodeStore, report: RelinkReport) -> LibraryError:
    if report.found < report.sampled * _LEAST_SHARE:
        what = (
            f"Of {report.sampled} pictures looked up in {report.after}, only "
            f"{report.found} are there with the size they had"
        )
    else:
        what = (
            f"Of {report.read} pictures read in {report.after}, only {report.equal} "
            "have the content they had"
        )
    message = f"{what}; missing, for example: {', '.join(report.missing)}."
    hint = (
        f"Name the folder that {report.before} has become. Nothing in "
        f"{store.root.name} was changed; --force relinks it all the same."
    )
    return LibraryError(message, hint=hint)
