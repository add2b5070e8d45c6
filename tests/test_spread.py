"""The spread of distances counts every picture that could be a hit, once."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from labelled_library import BITS, QUERY, make_library, row

from medhash_gui.codes import HashCodes
from medhash_gui.queries import Query, QuerySet
from medhash_gui.search import SearchFilter
from medhash_gui.spread import spread


@pytest.mark.row("C15")
def test_pictures_are_counted_by_their_distance(tmp_path):
    with make_library(tmp_path / "l.medhash", *map(row, (0, 3, 3, 9))) as store:
        found = spread(store, QUERY)

    expected = np.zeros(BITS + 1, int)
    expected[[0, 3, 9]] = 1, 2, 1
    np.testing.assert_array_equal(found.counts, expected)
    assert (found.searched, found.nearest, found.median) == (4, 0, 3)
    assert found.within(3) == 3


def test_the_query_and_its_patient_are_no_background(tmp_path):
    rows = [row(0, patient="P-1"), row(1, patient="P-1"), row(2, patient="P-2"), row(3)]
    own = dataclasses.replace(
        QUERY, digest=(1).to_bytes(16, "big"), patient_key="P-1", in_library=True
    )
    with make_library(tmp_path / "l.medhash", *rows) as store:
        without = spread(store, own)
        included = spread(store, own, filter=SearchFilter(patients="group"))

    assert np.flatnonzero(without.counts).tolist() == [2, 3]
    assert np.flatnonzero(included.counts).tolist() == [1, 2, 3]


def test_what_does_not_pass_the_filter_is_no_background(tmp_path):
    with make_library(tmp_path / "l.medhash", row(1, "a"), row(5, "b")) as store:
        found = spread(store, QUERY, filter=SearchFilter(labels=("b",), within=2))

    assert np.flatnonzero(found.counts).tolist() == [5]


def test_of_several_queries_the_mean_distance_counts(tmp_path):
    zeros = Query(HashCodes.from_logits(-np.ones((1, BITS), np.float32)))
    with make_library(tmp_path / "l.medhash", row(2), row(10)) as store:
        found = spread(store, QuerySet((QUERY, zeros)))

    assert np.flatnonzero(found.counts).tolist() == [BITS // 2]


def test_an_empty_library_has_no_nearest_picture(tmp_path):
    with make_library(tmp_path / "l.medhash") as store:
        found = spread(store, QUERY)

    assert (found.searched, found.nearest, found.median) == (0, None, None)
