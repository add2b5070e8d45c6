"""Decide which row of a table belongs to which file, and never by a guess between two.

Four ways are tried in turn, each on what the ones before left over: the same path; the
same end of the path; the same without the ending of the file, where the row has none;
the same but for the ending and for capitals. Two files that one row could mean, and two
rows that one file could belong to, stay without each other and are listed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from medhash_gui.path_pattern import without_ending

WAYS = ("path", "end of the path", "name without its ending", "another ending")
"""How a row can be found to belong to a file, the surest first."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Which rows belong to which files.

    Attributes:
        rows: file of the row as the table writes it, by path.
        rows_left: files of rows that fit no path.
        paths_left: paths that fit no row.
        ambiguous: paths that several rows could mean, or whose row could mean several.
        ways: how many were found in which of ``WAYS``.
    """

    rows: Mapping[str, str]
    rows_left: tuple[str, ...]
    paths_left: tuple[str, ...]
    ambiguous: tuple[str, ...]
    ways: Mapping[str, int] = field(default_factory=dict)


def pair(row_files: Sequence[str], paths: Sequence[str]) -> Pairs:
    """Pair the files that rows name with the paths of a folder.

    Args:
        row_files: as the table writes them, each once.
        paths: POSIX, relative to the folder, each once.
    """
    rows = {file: normal(file) for file in row_files}
    files = {path: normal(path) for path in paths}
    ambiguous: set[str] = set()
    # To the letter first: two files may differ only in how Unicode writes their names.
    found = {path: path for path in files.keys() & rows.keys()}
    ways = {WAYS[0]: len(found)}
    for path in found:
        del rows[path], files[path]
    for way, (key, wanted, ends) in zip(WAYS, _STEPS, strict=True):
        of_rows = {row: key(text) for row, text in rows.items() if wanted(text)}
        of_paths = {path: key(text) for path, text in files.items()}
        by_path = _candidates(of_rows, of_paths, ends=ends)
        paths_of: dict[str, set[str]] = {}
        for path, candidates in by_path.items():
            for row in candidates:
                paths_of.setdefault(row, set()).add(path)
        for path, candidates in by_path.items():
            row = next(iter(candidates))
            if len(candidates) == 1 and len(paths_of[row]) == 1:
                found[path] = row
                ways[way] = ways.get(way, 0) + 1
            else:
                ambiguous.add(path)
        # Settled or disputed: neither is open to a less sure way.
        rows = {row: text for row, text in rows.items() if row not in paths_of}
        files = {path: text for path, text in files.items() if path not in by_path}
    return Pairs(
        rows={path: found[path] for path in paths if path in found},
        rows_left=tuple(rows),
        paths_left=tuple(files),
        ambiguous=tuple(path for path in paths if path in ambiguous),
        ways={way: count for way, count in ways.items() if count},
    )


def normal(path: str) -> str:
    """Return a path with one way to write it: NFC, forward slashes, no leading ./."""
    plain = unicodedata.normalize("NFC", path).replace("\\", "/")
    if "//" in plain or "/." in plain or plain[:1] in ("/", "."):
        plain = "/".join(part for part in plain.split("/") if part not in ("", "."))
    return plain


def _same(text: str) -> str:
    return text


def _bare(text: str) -> str:
    return without_ending(text).casefold()


def _any(text: str) -> bool:
    return bool(text)


def _has_no_ending(text: str) -> bool:
    return bool(text) and without_ending(text) == text


_Step = tuple[Callable[[str], str], Callable[[str], bool], bool]
# How a path is written to be compared, which rows take part, and whether ends of paths
# count, one for each of WAYS.
_STEPS: tuple[_Step, ...] = (
    (_same, _any, False),
    (_same, _any, True),
    (without_ending, _has_no_ending, True),
    (_bare, _any, True),
)


def _candidates(
    rows: Mapping[str, str], paths: Mapping[str, str], *, ends: bool
) -> dict[str, set[str]]:
    """Return the rows that each path could mean; paths without any are left out.

    A row and a path fit if one is the end of the other, part by part. Each is looked up
    by all its ends, so that the time grows with the number of both and not with their
    product, also where every picture is called ``view1.jpg``.
    """
    rows_of: dict[str, list[str]] = {}
    for row, text in rows.items():
        rows_of.setdefault(text, []).append(row)
    paths_of: dict[str, list[str]] = {}
    for path, text in paths.items():
        paths_of.setdefault(text, []).append(path)
    found: dict[str, set[str]] = {}
    for path, text in paths.items():
        for end in _ends(text) if ends else (text,):
            if end in rows_of:
                found.setdefault(path, set()).update(rows_of[end])
    if ends:
        for row, text in rows.items():
            for end in _ends(text):
                for path in paths_of.get(end, ()):
                    found.setdefault(path, set()).add(row)
    return found


def _ends(text: str) -> Iterator[str]:
    """Yield a path and all its ends, the longest first."""
    yield text
    start = text.find("/")
    while start >= 0:
        yield text[start + 1 :]
        start = text.find("/", start + 1)
