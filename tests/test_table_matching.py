"""Rows and files find each other where only one fits, and never by a choice."""

from __future__ import annotations

import itertools
import random

import pytest

from medhash_gui import table_matching
from medhash_gui.table_matching import Pairs, pair


@pytest.mark.parametrize(
    ("row", "path", "way"),
    [
        ("a.png", "a.png", "path"),
        ("one/a.png", "one/a.png", "path"),
        ("one\\a.png", "one/a.png", "path"),
        ("./one//a.png", "one/a.png", "path"),
        ("\u00c4.png", "A\u0308.png", "path"),
        ("a.png", "deep/one/a.png", "end of the path"),
        ("one/a.png", "deep/one/a.png", "end of the path"),
        ("C:\\data\\one\\a.png", "one/a.png", "end of the path"),
        ("/data/one/a.png", "a.png", "end of the path"),
        ("a", "one/a.jpg", "name without its ending"),
        ("one/a", "deep/one/a.dcm", "name without its ending"),
        ("1.2.840.1", "x/1.2.840.1.dcm", "name without its ending"),
        ("1.2.840.1", "x/1.2.840.1", "end of the path"),
        ("a.png", "x/a.jpg", "another ending"),
        ("IMG_1.PNG", "x/img_1.png", "another ending"),
        ("b.png", "a.png", None),
        ("one/a.png", "two/a.png", None),
        ("1.2.840.1", "1.2.840.2.dcm", None),
        ("xa.png", "a.png", None),
        ("", "a.png", None),
    ],
)
def test_row_and_file_find_each_other(row, path, way) -> None:
    pairs = pair([row], [path])

    if way is None:
        assert pairs == Pairs({}, (row,), (path,), (), {})
    else:
        assert pairs == Pairs({path: row}, (), (), (), {way: 1})


def test_exact_path_wins_over_the_same_name_elsewhere() -> None:
    pairs = pair(["a.png"], ["a.png", "copy/a.png", "a.jpg"])

    assert pairs.rows == {"a.png": "a.png"}
    assert pairs.paths_left == ("copy/a.png", "a.jpg")


def test_name_alone_never_labels_two_files() -> None:
    pairs = pair(["a.png"], ["one/a.png", "two/a.png", "a.jpg"])

    assert pairs.rows == {}
    assert pairs.ambiguous == ("one/a.png", "two/a.png")
    # The row is disputed: a less sure way does not get it.
    assert pairs.paths_left == ("a.jpg",)
    assert pairs.rows_left == ()


def test_file_never_gets_one_of_two_rows() -> None:
    pairs = pair(["one/a.png", "two/a.png", "b.png"], ["a.png", "b.png"])

    assert pairs.rows == {"b.png": "b.png"}
    assert pairs.ambiguous == ("a.png",)


def test_files_that_differ_in_unicode_alone_are_told_apart_by_the_letter() -> None:
    composed, decomposed = "\u00c4.png", "A\u0308.png"

    both = pair([composed, "b.png"], [composed, decomposed, "b.png"])

    assert both.rows == {composed: composed, "b.png": "b.png"}
    assert both.paths_left == (decomposed,)


def test_every_row_and_every_path_is_accounted_for_once() -> None:
    rng = random.Random(3)
    names = [
        f"{a}/{b}.{c}" for a, b, c in itertools.product("xyz", "abcd", ["png", "jpg"])
    ]
    names += [f"{b}.png" for b in "abcd"] + list("abcd")
    for _ in range(300):
        rows = rng.sample(names, rng.randint(0, 9))
        paths = [name for name in rng.sample(names, rng.randint(0, 9)) if "." in name]

        pairs = pair(rows, paths)

        settled = [*pairs.rows, *pairs.paths_left, *pairs.ambiguous]
        assert sorted(settled) == sorted(paths)
        assert len(set(pairs.rows.values())) == len(pairs.rows)
        assert not set(pairs.rows.values()) & set(pairs.rows_left)
        assert sum(pairs.ways.values()) == len(pairs.rows)


def test_same_name_in_every_folder_takes_no_quadratic_time() -> None:
    # With a comparison of each row with each path of its name this would be 4 * 10^8.
    paths = [f"p{n}/study{n % 3}/view1.jpg" for n in range(20_000)]
    rows = [f"CheXpert/train/{path}" for path in paths]

    pairs = pair(rows, paths)

    assert len(pairs.rows) == len(paths)


@pytest.mark.parametrize(
    ("written", "plain"),
    [("a//b", "a/b"), ("./a", "a"), ("\\\\host\\a", "host/a"), ("a/./b/", "a/b/"),
     ("a.b/.c", "a.b/.c"), ("../a", "../a")],
)  # fmt: skip
def test_paths_have_one_way_to_write_them(written, plain) -> None:
    assert table_matching.normal(written) == plain.rstrip("/")
