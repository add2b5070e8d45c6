"""What the desk can do, row by row, and which tests show it.

A test that would fail if a row broke is marked with it: ``@pytest.mark.row("C10")``.
``python tests/feature_rows.py`` prints the rows and their tests; ``pytest -m row`` runs
them. The marks are read from the source, so that nothing is imported or run.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).resolve().parent

ROWS: Mapping[str, str] = {
    "C1": "a picture is dropped and asked about",
    "C2": "a picture is pasted and asked about",
    "C3": "more like this hit, with a trail back",
    "C4": "a region of a picture is asked about",
    "C5": "several pictures are asked about together",
    "C6": "pictures that hits shall not be like",
    "C7": "what is said of hits ranks anew",
    "C8": "more of a finding",
    "C9": "filters hold before anything is ranked",
    "C10": "the query's patient left out and set apart, included, or each patient once",
    "C11": "the query and its exact copies do not fill the list",
    "C12": "all pictures within so many bits",
    "C13": "every hit shows its distance",
    "C14": "a distance is told by what it meant on held-out pictures, or not at all",
    "C15": "the distances of the whole library, with the hits marked",
    "C16": "ties are shown, and ordered by the soft values",
    "C17": "each case once",
    "C18": "query and hits side by side",
    "C19": "linked zoom, pan, turn and mirror, also of unrelated pictures",
    "C20": "linked window of the greys, and one picture taken out",
    "C21": "swap, split, blend, difference, flicker",
    "C22": "searches are kept and named, and work goes on where it ended",
    "C23": "words of reports find pictures",
    "C24": "the least similar first",
    "D1": "the attention map of the query",
    "D2": "which places of both carry what they share",
    "D3": "opacity, colours of even lightness, one scale for all hits",
    "D4": "bit by bit: agreement, margin, contribution",
    "D5": "what small changes of the query turn over",
    "D6": "a curve of covering and uncovering beside the map",
    "D7": "the map of randomised weights, stored with the model",
    "D8": "a map that is flat, no number or failed is withheld with the reason",
    "D9": "what the local branch saw is drawn on the picture",
    "E1": "labels of the nearest cases are counted",
    "E2": "the share has an interval, the number of cases can be chosen",
    "E3": "what counts meant on held-out patients, as a curve",
    "E4": "a query unlike anything the model knows is told before the hits",
    "E5": "not enough similar cases is told before the hits",
    "E6": "shares stand beside those of the library",
    "E7": "how each label was confirmed is told",
    "E8": "the nearest case with another label",
    "E9": "whether neighbours share view, device or sex more than labels",
    "E10": "the own impression first",
    "G1": "hits as CSV and JSON",
    "G2": "a report as HTML and PDF",
    "G6": "a report says how to ask again",
    "I4": "two languages",
    "I5": "dark and light",
    "I6": "everything by keys, which can be changed",
    "I7": "names for screen readers, legible colours, larger text",
    "I8": "the desk on a second screen",
    "I9": "whose pictures these are, always there and hidden by one key",
    "I10": "what it is for, accepted once and printed on what leaves",
}
"""Every row of the desk, in words of this project."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A test that shows rows.

    Attributes:
        test: as pytest names it.
        rows: what it shows.
        is_daily: whether it runs without being asked for.
    """

    test: str
    rows: tuple[str, ...]
    is_daily: bool


def marked(folder: Path = TESTS) -> list[Shown]:
    """Return the tests that are marked with rows, in the order of their files."""
    return [
        shown
        for file in sorted(folder.rglob("test_*.py"))
        for shown in _of_file(file, file.relative_to(folder.parent).as_posix())
    ]


def by_row(shown: list[Shown]) -> dict[str, list[str]]:
    """Return for each row the tests that show it whenever the tests are run."""
    found: dict[str, list[str]] = {row: [] for row in ROWS}
    for one in shown:
        for row in one.rows:
            if one.is_daily:
                found.setdefault(row, []).append(one.test)
    return found


def _of_file(file: Path, name: str) -> Iterator[Shown]:
    tree = ast.parse(file.read_text("utf-8"))
    of_all = [
        mark
        for node in tree.body
        if isinstance(node, ast.Assign) and "pytestmark" in ast.unparse(node.targets[0])
        for mark in ast.walk(node.value)
    ]
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef) or not node.name.startswith("test_"):
            continue
        marks = [_mark(one) for one in [*node.decorator_list, *of_all]]
        rows = tuple(row for name_, words in marks if name_ == "row" for row in words)
        if rows:
            is_daily = not {"slow", "gpu"} & {name_ for name_, _ in marks}
            yield Shown(f"{name}::{node.name}", rows, is_daily)


def _mark(node: ast.AST) -> tuple[str, tuple[str, ...]]:
    """Return the name of a mark and the words it holds; "" for anything else."""
    words: tuple[str, ...] = ()
    if isinstance(node, ast.Call):
        words = tuple(
            one.value
            for one in node.args
            if isinstance(one, ast.Constant) and isinstance(one.value, str)
        )
        node = node.func
    is_mark = isinstance(node, ast.Attribute) and ast.unparse(node.value) == (
        "pytest.mark"
    )
    return (node.attr if is_mark else "", words)


if __name__ == "__main__":
    for _row, _tests in by_row(marked()).items():
        print(f"{_row:4}{ROWS.get(_row, '')}")  # noqa: T201 (what it is for)
        for _test in _tests:
            print(f"      {_test}")  # noqa: T201
    sys.exit(0)
