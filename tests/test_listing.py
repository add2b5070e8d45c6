"""Pictures that a filter lets through, without a query."""

from __future__ import annotations

import math

import pytest
from test_search import codes_at, make_store, picture

from medhash_gui.listing import matching
from medhash_gui.search import SearchFilter


@pytest.fixture
def store(tmp_path):
    with make_store(tmp_path / "l.medhash") as made:
        made.append(
            [
                picture("b.png", content=1, patient="p", labels=("x",)),
                picture("a.png", content=2, patient="p", labels=("x",), frame=1),
                picture("a.png", content=2, labels=("x",)),
                picture("c.png", content=3, labels=("y",)),
            ],
            codes_at([1, 2, 3, 4]),
        )
        yield made


def test_they_stand_in_the_order_of_path_and_frame_without_a_distance(store):
    found = matching(store, SearchFilter(labels=("x",)), top=2)

    assert [(hit.record.path, hit.record.frame) for hit in found.hits] == [
        ("a.png", 0),
        ("a.png", 1),
    ]
    assert found.searched == 3
    assert all(math.isnan(hit.distance) for hit in found.hits)


def test_each_patient_is_shown_once_where_asked(store):
    found = matching(store, SearchFilter(patients="group"), top=9)

    assert [(hit.record.path, hit.record.frame) for hit in found.hits] == [
        ("a.png", 0),
        ("a.png", 1),
        ("c.png", 0),
    ]


@pytest.mark.parametrize(
    ("condition", "top", "words"),
    [
        (SearchFilter(), 0, "at least one"),
        (SearchFilter(within=3), 5, "no distance"),
    ],
)
def test_what_cannot_be_listed_is_refused(store, condition, top, words):
    with pytest.raises(ValueError, match=words):
        matching(store, condition, top=top)
