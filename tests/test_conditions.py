"""Filters say which rows count before anything is ranked."""

from __future__ import annotations

import pytest
from labelled_library import DAY_NS, QUERY, make_library, row

from medhash_gui.search import SearchFilter, search
from medhash_gui.store import RowChange


@pytest.fixture
def store(tmp_path):
    made = make_library(
        tmp_path / "l.medhash",
        row(0, "oedema", folder="a", view="PA", sex="F", day=10),
        row(1, "oedema", folder="a/b", view="AP", sex="M", day=20),
        row(2, "normal", folder="ab", view="PA", sex="M", day=30),
        row(3, folder="a", day=40, report='Cardiac  silhouette "enlarged".'),
    )
    yield made
    made.close()


@pytest.mark.parametrize("sealed", [False, True])
@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        (SearchFilter(), [0, 1, 2, 3]),
        (SearchFilter(labels=("normal",)), [2]),
        (SearchFilter(details=(("view", "PA"),)), [0, 2]),
        (SearchFilter(details=(("view", "PA"), ("view", "AP"))), [0, 1, 2]),
        (SearchFilter(details=(("view", "PA"), ("sex", "M"))), [2]),
        (SearchFilter(folder="a"), [0, 1, 3]),
        (SearchFilter(folder="a/"), [0, 1, 3]),
        (SearchFilter(since_ns=20 * DAY_NS), [1, 2, 3]),
        (SearchFilter(before_ns=20 * DAY_NS), [0]),
        (SearchFilter(other_than=("oedema",)), [2]),
        (SearchFilter(report="ENLARGED cardiac"), [3]),
        (SearchFilter(report="cardiac effusion"), []),
        (SearchFilter(within=1), [0, 1]),
        (SearchFilter(labels=("normal",), folder="a"), []),
    ],
)
@pytest.mark.row("C9")
def test_a_filter_lets_through_what_it_names(store, asked, rows, sealed):
    if sealed:
        store.seal()

    result = search(store, QUERY, filter=asked)

    assert [hit.row for hit in result.hits] == rows
    assert result.searched == (4 if asked.within else len(rows))


@pytest.mark.row("C9")
def test_a_filter_far_from_the_query_fills_the_list_all_the_same(tmp_path):
    near = [row(1, "near") for _ in range(50)]
    with make_library(tmp_path / "l.medhash", *near, row(9, "far")) as store:
        result = search(store, QUERY, filter=SearchFilter(labels=("far",)), top=5)

    assert [hit.distance for hit in result.hits] == [9]


def test_a_changed_detail_counts_as_it_is_now(store):
    store.seal()
    store.change([RowChange(row=1, details=(("view", "PA"),))])

    result = search(store, QUERY, filter=SearchFilter(details=(("view", "PA"),)))

    assert [hit.row for hit in result.hits] == [0, 1, 2]


def test_a_hidden_picture_passes_no_filter(store):
    store.change([RowChange(row=0, hidden=True)])

    result = search(store, QUERY, filter=SearchFilter(folder="a"))

    assert [hit.row for hit in result.hits] == [1, 3]
