"""The pictures of a folder, decoded once and kept as bytes beside an unfinished run.

Learning without labels looks at every picture many times, and a hundred thousand films
fit no memory: they are decoded in processes, made small, and appended to one file that
is mapped into memory afterwards. A second run on the same files finds it and reads
nothing again. Grey pictures are kept with one channel. The rows are in the order of the
files' names, whichever was decoded first; copies of a file are left out.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from medhash_gui import images
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.errors import DatasetError
from medhash_gui.images import FoundFile
from medhash_gui.library import durable
from medhash_gui.preprocess import Preprocess
from medhash_gui.pretraining.files import LIST, PIXELS, disk_failure


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Small pictures on the disk.

    Attributes:
        paths: of their files, relative to the folder, in order.
        skipped: path and reason of each file that gave no picture.
        copies: files left out because another one has the same content.
        fingerprint: of the list of files and how they were made small.
    """

    paths: tuple[str, ...]
    skipped: tuple[tuple[str, str], ...]
    copies: int
    fingerprint: str
    _pixels: npt.NDArray[np.uint8] = field(repr=False)
    _places: npt.NDArray[np.int64] = field(repr=False)  # (N, 2): offset, channels
    _size: int = 0

    def __len__(self) -> int:
        return len(self.paths)

    def take(
        self, rows: Sequence[int] | npt.NDArray[np.int64]
    ) -> npt.NDArray[np.uint8]:
        """Return some pictures as (B, 3, T, T) uint8, 0-255."""
        shape = (self._size, self._size)
        taken = np.empty((len(rows), 3, *shape), np.uint8)
        for at, row in enumerate(rows):
            start, channels = (int(value) for value in self._places[row])
            raw = self._pixels[start : start + channels * self._size**2]
            taken[at] = raw.reshape(channels, *shape)  # grey is repeated
        return taken


def gather(
    root: Path, folder: Path, *, size: int, trim_border: bool = False
) -> Generator[tuple[int, int], None, Pictures]:
    """Decode the pictures of a folder, or find them decoded.

    Args:
        root: the pictures; nothing is written there.
        folder: where the decoded ones are kept; it exists.
        size: side T of the small pictures, in px.
        trim_border: cut a black surround.

    Yields:
        Files read and files in all, several times a second.

    Returns:
        The pictures.

    Raises:
        DatasetError: the folder is missing, cannot be listed, or is empty.
        MedHashError: the disk is full, or worker processes cannot be started.
    """
    unreadable: list[str] = []
    found = list(images.scan(root, unreadable=unreadable))
    if not found:
        why = f": {unreadable[0]} cannot be read" if unreadable else " is empty"
        message = f"The folder {root}{why}."
        raise DatasetError(message, hint="Choose a folder that holds pictures.")
    fingerprint = _fingerprint(found, size, trim_border=trim_border)
    listed = _listed(folder, fingerprint)
    if listed is None:
        skipped = [(path, "it cannot be read") for path in unreadable]
        listed = yield from _decode(
            root, folder, found, skipped, size=size, trim_border=trim_border
        )
        listed["fingerprint"] = fingerprint
        try:
            durable.place(folder / LIST, json.dumps(listed).encode("ascii"))
        except OSError as error:
            raise disk_failure(error, folder / LIST) from error
    return _opened(folder, listed, size)


def _decode(
    root: Path,
    folder: Path,
    found: list[FoundFile],
    skipped: list[tuple[str, str]],
    *,
    size: int,
    trim_border: bool,
) -> Generator[tuple[int, int], None, dict[str, Any]]:
    plain = Preprocess(
        size=size, trim_border=trim_border, mean=(0.0,) * 3, std=(1.0,) * 3
    )
    made: list[tuple[str, int, str, int, int]] = []
    done, offset = 0, 0
    path = folder / PIXELS
    (folder / LIST).unlink(missing_ok=True)
    yield 0, len(found)
    with DecodePool(root, plain) as pool:
        try:
            # Written, not mapped: a full disk would end a mapping with a signal.
            with path.open("wb") as file:
                for result in pool.map(DecodeTask(one) for one in found):
                    if result is None:
                        yield done, len(found)
                        continue
                    done += result.last
                    if result.failure is not None:
                        state, why = result.failure
                        if state != "not_an_image":
                            skipped.append((result.file.path, why))
                        continue
                    if result.inputs is None or result.digest is None:
                        continue
                    if not np.isfinite(result.inputs).all():
                        skipped.append((result.file.path, "it has values that are no "
                                        "numbers"))  # fmt: skip
                        continue
                    small = np.rint(255 * result.inputs).astype(np.uint8)
                    if (small[0] == small[1]).all() and (small[0] == small[2]).all():
                        small = small[:1]
                    file.write(small.tobytes())
                    made.append((result.file.path, result.frame, result.digest.hex(),
                                 offset, len(small)))  # fmt: skip
                    offset += small.nbytes
                    if done % 50 == 0:
                        yield done, len(found)
        except OSError as error:
            # What is there without its list is of no use, and fills the disk.
            durable.remove(path)
            raise disk_failure(error, path) from error
    yield done, len(found)
    first: dict[tuple[str, int], tuple[str, int, int]] = {}
    for name, frame, digest, start, channels in sorted(made):
        first.setdefault((digest, frame), (name, start, channels))
    kept = list(first.values())
    return {
        "rows": kept,
        "skipped": sorted(skipped),
        "copies": len(made) - len(kept),
    }


def _listed(folder: Path, fingerprint: str) -> dict[str, Any] | None:
    """Return the list of an earlier run if it is whole and of the same files."""
    try:
        listed = json.loads((folder / LIST).read_bytes())
        if listed["fingerprint"] == fingerprint and (folder / PIXELS).is_file():
            return dict(listed)
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return None


def _opened(folder: Path, listed: dict[str, Any], size: int) -> Pictures:
    rows = listed["rows"]
    path = folder / PIXELS
    # An empty file cannot be mapped.
    pixels = np.memmap(path, np.uint8, "r") if rows else np.empty(0, np.uint8)
    return Pictures(
        paths=tuple(name for name, _, _ in rows),
        skipped=tuple((name, why) for name, why in listed["skipped"]),
        copies=listed["copies"],
        fingerprint=listed["fingerprint"],
        _pixels=pixels,
        _places=np.array([row[1:] for row in rows], np.int64).reshape(-1, 2),
        _size=size,
    )


def _fingerprint(found: list[FoundFile], size: int, *, trim_border: bool) -> str:
    text = hashlib.sha256(f"1 {size} {trim_border}".encode())
    for file in found:
        text.update(f"\n{file.path}\0{file.size_bytes}\0{file.modified_ns}".encode())
    return text.hexdigest()
