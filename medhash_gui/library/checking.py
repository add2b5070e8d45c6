"""Look at every byte of a library that has a checksum, and at what belongs together.

Verifying and repairing look with the same eyes: what this finds lost is what repairing
leaves out, and what it reads is what repairing writes.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from medhash_gui.library import own_files
from medhash_gui.library.contents import Contents
from medhash_gui.library.manifest import CodeSet, Manifest, Segment
from medhash_gui.library.rescued_codes import rescue_codes
from medhash_gui.library.rescued_journal import rescue_journal
from medhash_gui.library.rescued_records import rescue_records


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one file.

    Attributes:
        file: its name.
        what: what is wrong, such as "is damaged".
        lost: what of it cannot be read; "nothing" where all of it is known.
    """

    file: str
    what: str
    lost: str


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """How many files were looked at, and how many there are."""

    done: int
    found: int


@dataclass(eq=False)
class Examination:
    """What is in a library, as far as it can be read.

    Attributes:
        contents: all rows; those lost hold nothing, or what is left of them.
        lost: which rows are lost, bool (N,).
        problems: what is wrong, file by file.
        touched: rows whose files are to be written anew, bool (N,).
        again: paths of lost rows, as far as they can be read.
        unknown: lost rows whose path cannot be read.
        torn_bytes: of the journal, behind its last whole frame.
        code_sets: codes of other models, of which the readable segments are left.
        damaged: names of the files that are wrong, to be set aside.
    """

    contents: Contents
    lost: npt.NDArray[np.bool_]
    touched: npt.NDArray[np.bool_]
    problems: list[Problem] = field(default_factory=list)
    again: set[str] = field(default_factory=set)
    unknown: int = 0
    torn_bytes: int = 0
    code_sets: dict[str, CodeSet] = field(default_factory=dict)
    damaged: set[str] = field(default_factory=set)

    def note(self, file: str, what: str, lost: str) -> None:
        """Take down what is wrong with a file."""
        self.problems.append(Problem(file, what, lost))
        self.damaged.add(file)


def examining(root: Path, now: Manifest) -> Generator[CheckProgress, None, Examination]:
    """Read all that a manifest names, and yield how far that has come."""
    contents = Contents.rescued(root, now)
    rows = now.next_row
    found = Examination(contents, np.zeros(rows, np.bool_), np.zeros(rows, np.bool_))
    others = {n: c for n, c in now.code_sets.items() if n != now.model_id}
    files = len(now.records) + sum(len(c.segments) for c in now.code_sets.values()) + 1
    done = 0
    paths: dict[int, str] = {}
    for segment in now.records:
        paths |= _take_records(root, segment, found)
        done += 1
        yield CheckProgress(done, files)
    for segment in now.codes.segments:
        _take_codes(root, segment, now, found)
        done += 1
        yield CheckProgress(done, files)
    for model_id, codes in others.items():
        kept = []
        for segment in codes.segments:
            rescued = rescue_codes(root, segment, bits=codes.bits, model_id=model_id)
            if rescued.problem:
                what = f"{rescued.problem} (codes of the model {model_id})"
                found.note(segment.file, what, "codes that no search uses now")
            else:
                kept.append(segment)
            done += 1
            yield CheckProgress(done, files)
        found.code_sets[model_id] = CodeSet(codes.bits, tuple(kept))
    contents.columns.rows = rows
    _take_journal(root, now, found)
    # A path may have changed since its segment was written.
    texts = contents.columns.texts
    lost = np.flatnonzero(found.lost).tolist()
    known = [texts.path(row) or paths.get(row, "") for row in lost]
    found.again.update(path for path in known if path)
    found.unknown = known.count("")
    yield CheckProgress(files, files)
    return found


def doubled(contents: Contents) -> int:
    """Return how many visible rows are a picture that another visible row is, too."""
    columns = contents.columns
    visible = np.flatnonzero(columns.hidden[: columns.rows] == 0)
    paths = columns.texts.paths(0, columns.rows)
    frames = columns.frames
    different = {(paths[row], int(frames[row])) for row in visible.tolist()}
    return len(visible) - len(different)


def unnamed(root: Path, now: Manifest) -> list[str]:
    """Return names of the library's files that its manifest does not name."""
    return sorted(path.name for path in own_files.orphans(root, now))


def _take_records(root: Path, segment: Segment, found: Examination) -> dict[int, str]:
    first, stop = segment.first_row, segment.stop_row
    rescued = rescue_records(root, segment)
    found.contents.columns.place_records(first, rescued.block)
    if not rescued.problem:
        return {}
    found.lost[first:stop] |= rescued.lost
    found.touched[first:stop] = True
    parts = [_count(int(np.count_nonzero(rescued.lost)), "picture")]
    if rescued.without_details:
        parts.append(f"details of {_count(rescued.without_details, 'picture')}")
    if rescued.doubted:
        more = _count(rescued.doubted, "picture")
        parts.append(f"whether {more} changed, which the next run of index finds out")
    found.note(segment.file, rescued.problem, _joined(parts))
    return {first + row: path for row, path in rescued.paths.items()}


def _take_codes(
    root: Path, segment: Segment, now: Manifest, found: Examination
) -> None:
    first, stop = segment.first_row, segment.stop_row
    rescued = rescue_codes(root, segment, bits=now.codes.bits, model_id=now.model_id)
    made = rescued.routes
    found.contents.place_codes(first, rescued.packed, rescued.soft, made)
    if not rescued.problem:
        return
    found.lost[first:stop] |= rescued.lost
    found.touched[first:stop] = True
    parts = [_count(int(np.count_nonzero(rescued.lost)), "picture")]
    if rescued.without_soft:
        more = _count(rescued.without_soft, "picture")
        parts.append(f"the order of {more} among equally distant ones")
    found.note(segment.file, rescued.problem, _joined(parts))


def _take_journal(root: Path, now: Manifest, found: Examination) -> None:
    rescued = rescue_journal(
        root / now.journal, next_row=now.next_row, bits=now.codes.bits
    )
    for entry in rescued.entries:
        found.contents.take(entry)
    more = found.contents.columns.rows - now.next_row
    found.lost = np.append(found.lost, np.zeros(more, np.bool_))
    found.lost[list(rescued.lost)] = True
    found.touched = np.append(found.touched, np.ones(more, np.bool_))
    found.torn_bytes = rescued.torn_bytes
    if not rescued.problem:
        return
    if rescued.gaps:
        lost = f"{_count(len(rescued.lost), 'picture')}, and changes to others, of "
        lost += f"{_count(rescued.gaps, 'damaged stretch', 'damaged stretches')}"
    else:
        lost = f"what came after the first {_count(now.next_row, 'picture')}"
    found.note(now.journal, rescued.problem, lost)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _joined(parts: list[str]) -> str:
    """Return what is lost in words; the first part counts lost pictures."""
    if parts[0].startswith("0 "):
        parts = parts[1:]
    return "; ".join(parts) or "nothing"
