"""Which manifest holds, also where ``library.json`` is gone or damaged.

Its copy is taken where all that it names is there. Else the segments themselves say
which rows they hold; of two that hold the same rows the later one counts. The secret
key of the pseudonyms is in no segment: without the copy it has to be given, or is lost.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import h5py

from medhash_gui.errors import LibraryError, StoreFormatError
from medhash_gui.library import journal, manifest
from medhash_gui.library.checking import Problem
from medhash_gui.library.keys import LibraryKey
from medhash_gui.library.manifest import (
    COPY_NAME,
    FILE_NAME,
    FORMAT_VERSION,
    CodeSet,
    Manifest,
    Segment,
    is_own_file,
)
from medhash_gui.library.segments import FAULTS

# Stands for a segment that is not there; no library has a file of this number.
_GONE = "{kind}-000000.h5"


@dataclass(frozen=True, slots=True)
class Given:
    """What a user can say of a library whose manifest and copy are lost.

    Attributes:
        key: its key, or None.
        indexed_root: the folder of its pictures, or None.
        unlinked: accept that the key is lost, and that a patient may have two keys.
    """

    key: LibraryKey | None = None
    indexed_root: Path | None = None
    unlinked: bool = False


@dataclass(frozen=True, slots=True)
class FoundManifest:
    """The manifest that holds.

    Attributes:
        manifest: what it says.
        data: the bytes of ``library.json`` as they are; None where there is none.
        problems: what is wrong with that file, if anything.
        is_rebuilt: whether segments had to say what belongs to the library.
    """

    manifest: Manifest
    data: bytes | None
    problems: tuple[Problem, ...] = ()
    is_rebuilt: bool = False


@dataclass(frozen=True, slots=True)
class _Part:
    """A segment as its own file describes it."""

    number: int
    segment: Segment
    model_id: str = ""
    bits: int = 0


def find_manifest(root: Path, given: Given | None = None) -> FoundManifest:
    """Return the manifest of a library, from its file, its copy or its segments.

    Args:
        root: the library.
        given: what the user says of it; None to go by what is there, whatever is lost.

    Raises:
        LibraryError: there is no library here, or what is lost was not given.
        StoreFormatError: it was written by a newer version, or nothing is left.
    """
    data: bytes | None = None
    what = "is missing"
    try:
        data = manifest.read_bytes(root)
        return FoundManifest(manifest.parse(data, root), data)
    except StoreFormatError as error:
        if "newer" in error.message:
            raise
        what = "is damaged"
    except LibraryError:
        if (root / FILE_NAME).exists() or not root.is_dir():
            raise
        if not any(is_own_file(path.name) for path in root.iterdir()):
            raise
    copy = _copy(root)
    if copy is not None and all(
        (root / name).exists() for name in copy.files() - {FILE_NAME}
    ):
        problem = Problem(FILE_NAME, what, "nothing: its copy is whole")
        return FoundManifest(copy, data, (problem,))
    rebuilt, lost = _rebuilt(root, copy, given)
    problem = Problem(FILE_NAME, what, lost)
    return FoundManifest(rebuilt, data, (problem,), is_rebuilt=True)


def _copy(root: Path) -> Manifest | None:
    try:
        return manifest.parse((root / COPY_NAME).read_bytes(), root)
    except (OSError, StoreFormatError):
        return None


def _rebuilt(
    root: Path, copy: Manifest | None, given: Given | None
) -> tuple[Manifest, str]:
    """Return a manifest of the files that are there, and what it lacks."""
    parts = {kind: _parts(root, kind) for kind in ("records", "codes")}
    active = _active(parts["codes"], copy)
    if active is None:
        message = (
            f"Nothing is left of the library {root} from which its {FILE_NAME} could "
            "be made again: neither a copy of it nor a segment of codes."
        )
        raise StoreFormatError(message, hint="Index the folder into a new library.")
    model_id, bits = active
    own = [p for p in parts["codes"] if (p.model_id, p.bits) == active]
    numbers = sorted((_number(p) for p in root.glob("journal-*.log")), reverse=True)
    chosen: tuple[int, list[Segment], list[Segment], int] | None = None
    for number in numbers:
        records = _covering(parts["records"], number)
        codes = _covering(own, number)
        stop = max(_stop(records), _stop(codes))
        first = _first_row(root / _journal(number))
        if first is None or first == stop:
            chosen = number, records, codes, stop
            break
    if chosen is None:
        number = numbers[0] if numbers else 10**9
        records, codes = _covering(parts["records"], number), _covering(own, number)
        stop = max(_stop(records), _stop(codes))
        first = _first_row(root / _journal(number)) if numbers else None
        chosen = number, records, codes, max(stop, first or 0)
    number, records, codes, stop = chosen
    every = [p.number for p in (*parts["records"], *parts["codes"])]
    last = max([0, *every, *numbers])
    code_sets = {} if copy is None else _others(root, copy, model_id)
    code_sets[model_id] = CodeSet(bits, tuple(_without_gaps(codes, stop, "codes")))
    key, folder, unlinked, lost = _secrets(root, copy, given)
    return Manifest(
        indexed_root=folder,
        model_id=model_id,
        model_name=copy.model_name if copy is not None else model_id,
        records=tuple(_without_gaps(records, stop, "records")),
        code_sets=code_sets,
        journal=_journal(number if numbers else last + 1),
        next_row=stop,
        next_file=last + 2,
        key=key,
        choices=copy.choices if copy is not None else {},
        unlinked=unlinked,
        format_version=FORMAT_VERSION,
    ), lost


def _secrets(
    root: Path, copy: Manifest | None, given: Given | None
) -> tuple[LibraryKey, str, bool, str]:
    """Return key, folder, whether patients stay apart, and what is lost, in words."""
    if copy is not None:
        return copy.key, copy.indexed_root, copy.unlinked, "nothing but its list"
    if given is None:
        lost = (
            "the key of the patients, the folder of the pictures, the model's name and "
            "the choices: repairing needs --root, and --key or --unlinked"
        )
        return LibraryKey.new(), "", True, lost
    if given.indexed_root is None:
        message = f"Where the pictures of {root} are was lost with its {FILE_NAME}."
        raise LibraryError(message, hint="Name their folder with --root FOLDER.")
    folder = str(given.indexed_root.absolute())
    lost = "the model's name and the choices for indexing"
    if given.key is not None:
        return given.key, folder, given.unlinked, lost
    if not given.unlinked:
        message = (
            f"The key of {root} was lost with its {FILE_NAME}: pictures of a patient "
            "that are indexed from now on will have another key than those before."
        )
        hint = (
            "Name a key file or a library with the same key with --key, or accept with "
            "--unlinked that they stay apart."
        )
        raise LibraryError(message, hint=hint)
    return LibraryKey.new(), folder, True, f"the key of the patients, {lost}"


def _parts(root: Path, kind: str) -> list[_Part]:
    """Return the segments of a kind that say what they hold."""
    found: list[_Part] = []
    for path in sorted(root.glob(f"{kind}-*.h5")):
        if not is_own_file(path.name):
            continue
        try:
            with h5py.File(path, "r", locking=False) as file:
                part = _part(path, dict(file.attrs), kind)
        except FAULTS:
            continue
        if part is not None:
            found.append(part)
    return found


def _part(path: Path, attributes: dict[str, Any], kind: str) -> _Part | None:
    first, rows = int(attributes["first_row"]), int(attributes["rows"])
    if attributes["format"] != f"medhash-{kind}" or first < 0 or rows < 1:
        return None
    segment = Segment(path.name, first, rows, path.stat().st_size)
    if kind == "records":
        return _Part(_number(path), segment)
    model_id, bits = str(attributes["model_id"]), int(attributes["bits"])
    return _Part(_number(path), segment, model_id, bits)


def _active(codes: list[_Part], copy: Manifest | None) -> tuple[str, int] | None:
    """Return the model of the library and the length of its codes."""
    if copy is not None:
        return copy.model_id, copy.codes.bits
    if not codes:
        return None
    newest = max(codes, key=lambda part: part.number)
    return newest.model_id, newest.bits


def _covering(parts: list[_Part], before: int) -> list[Segment]:
    """Return the segments older than a journal; of rows held twice the newest."""
    kept: list[Segment] = []
    for part in sorted(parts, key=lambda part: -part.number):
        own = part.segment
        if part.number < before and all(
            own.stop_row <= s.first_row or own.first_row >= s.stop_row for s in kept
        ):
            kept.append(own)
    return sorted(kept, key=lambda segment: segment.first_row)


def _without_gaps(found: list[Segment], stop: int, kind: str) -> list[Segment]:
    """Return segments with placeholders for rows that none of them holds."""
    whole: list[Segment] = []
    row = 0
    for segment in found:
        if segment.first_row > row:
            gap = segment.first_row - row
            whole.append(Segment(_GONE.format(kind=kind), row, gap, 0))
        whole.append(segment)
        row = segment.stop_row
    if row < stop:
        whole.append(Segment(_GONE.format(kind=kind), row, stop - row, 0))
    return whole


def _others(root: Path, copy: Manifest, model_id: str) -> dict[str, CodeSet]:
    """Return what the copy knows of other models' codes and is still there."""
    return {
        name: replace(
            codes,
            segments=tuple(s for s in codes.segments if (root / s.file).exists()),
        )
        for name, codes in copy.code_sets.items()
        if name != model_id
    }


def _first_row(path: Path) -> int | None:
    """Return the number of a journal's first row, or None where it has no frame."""
    try:
        data = path.read_bytes()
        place = journal.next_frame(data, -1)
        found = None if place is None else journal.frame_at(data, place)
    except (OSError, ValueError):
        return None
    return None if found is None else found[0].first_row


def _stop(segments: list[Segment]) -> int:
    return segments[-1].stop_row if segments else 0


def _journal(number: int) -> str:
    return f"journal-{number:06}.log"


def _number(path: Path) -> int:
    digits = path.stem.rpartition("-")[2]
    return int(digits) if digits.isdigit() else 0
