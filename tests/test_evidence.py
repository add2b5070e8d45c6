"""Evidence counts cases; it neither weighs a patient twice nor hides the base rate."""

from __future__ import annotations

import dataclasses

import pytest
from labelled_library import QUERY, make_library, row

from medhash_gui.evidence import weigh
from medhash_gui.queries import QuerySet
from medhash_gui.search import SearchFilter
from medhash_gui.share import wilson


def slow_wilson(count, of):
    """Return where the score test of the share just stops rejecting, by bisection."""

    def rejected(share):
        spread = (share * (1 - share) / of) ** 0.5
        return abs(count / of - share) > 1.959964 * spread

    ends = []
    for outside, inside in ((0.0, count / of), (1.0, count / of)):
        if not rejected(outside) or outside == inside:
            ends.append(outside)
            continue
        for _ in range(80):
            middle = (outside + inside) / 2
            outside, inside = (
                (middle, inside) if rejected(middle) else (outside, middle)
            )
        ends.append(inside)
    return tuple(ends)


def weighed(tmp_path, *rows, neighbours=3, **conditions):
    with make_library(tmp_path / "l.medhash", *rows) as store:
        asked = SearchFilter(**conditions)
        return weigh(store, QUERY, filter=asked, neighbours=neighbours)


@pytest.mark.row("E1", "E6")
def test_labels_of_the_neighbours_stand_beside_those_of_the_library(tmp_path):
    rows = [row(1, "oedema"), row(2, "oedema", "effusion"), row(3, "normal")]
    rows += [row(9, "normal") for _ in range(5)]

    found = weighed(tmp_path, *rows)

    assert [(one.label, one.near.count, one.base.count) for one in found.labels] == [
        ("oedema", 2, 2),
        ("effusion", 1, 1),
        ("normal", 1, 6),
    ]
    assert {(one.near.of, one.base.of) for one in found.labels} == {(3, 8)}
    assert found.searched == 8


@pytest.mark.row("E1")
def test_a_patient_counts_once_by_the_nearest_picture(tmp_path):
    rows = [row(n, "oedema", patient="P-1") for n in range(5)]
    rows += [row(6, "normal", patient="P-2"), row(7, "normal"), row(8, "normal")]

    found = weighed(tmp_path, *rows)

    assert [hit.distance for hit in found.neighbours] == [0, 6, 7]
    assert [(one.label, one.near.count) for one in found.labels] == [
        ("normal", 2),
        ("oedema", 1),
    ]


@pytest.mark.parametrize(
    ("conditions", "is_plain"),
    [
        ({}, True),
        ({"within": 8, "cases": "group"}, True),  # the nearest stay the nearest
        ({"labels": ("oedema",)}, False),
        ({"details": (("view", "AP"),)}, False),
        ({"report": "any"}, False),
    ],
)
def test_a_filter_makes_another_question_of_it(tmp_path, conditions, is_plain):
    rows = [row(n, "oedema", view="AP") for n in range(1, 5)]

    assert weighed(tmp_path, *rows, **conditions).is_plain == is_plain


def test_further_pictures_and_the_own_patient_make_another_question_of_it(tmp_path):
    rows = [row(1, "oedema", patient="P-1"), row(2, "normal"), row(3, "normal")]
    own = dataclasses.replace(QUERY, patient_key="P-1")

    def is_plain(query, patients="exclude", neighbours=2):
        asked = SearchFilter(patients=patients)
        return weigh(store, query, filter=asked, neighbours=neighbours).is_plain

    with make_library(tmp_path / "l.medhash", *rows) as store:
        assert is_plain(own)
        assert not is_plain(own, "include")
        assert is_plain(QUERY, "include")
        assert not is_plain(QuerySet((QUERY, QUERY)))
        assert not is_plain(QuerySet((QUERY,), (QUERY,)))


@pytest.mark.row("E7")
def test_how_labels_were_confirmed_is_counted(tmp_path):
    rows = [row(1, "a", confirmed_by="pathology"), row(2, "a"), row(3, "a")]

    found = weighed(tmp_path, *rows)

    assert found.labels[0].sources == {"": 2, "pathology": 1}


@pytest.mark.row("E8")
def test_the_contrast_is_the_nearest_picture_with_other_labels(tmp_path):
    rows = [row(1, "oedema"), row(2, "oedema", "normal"), row(3), row(5, "normal")]

    found = weighed(tmp_path, *rows, neighbours=1)

    assert found.contrast is not None
    assert found.contrast.distance == 5


@pytest.mark.row("E8")
def test_the_contrast_is_looked_for_beyond_the_label_that_is_filtered_for(tmp_path):
    rows = [row(1, "oedema", view="PA"), row(2, "normal"), row(4, "normal", view="PA")]
    conditions = {"labels": ("oedema",), "details": (("view", "PA"),)}

    found = weighed(tmp_path, *rows, **conditions)

    assert found.contrast is not None
    assert found.contrast.distance == 4


def test_without_labels_there_is_no_contrast(tmp_path):
    found = weighed(tmp_path, row(1), row(2))

    assert found.contrast is None
    assert found.unlabelled == 2


def test_ties_with_the_last_neighbour_that_were_not_counted_are_told(tmp_path):
    found = weighed(tmp_path, *[row(d) for d in (1, 4, 4, 4, 4, 9)], neighbours=2)

    assert found.tied_out == 3


@pytest.mark.row("E9")
def test_neighbours_that_agree_on_the_device_more_than_the_library_are_suspicious(
    tmp_path,
):
    rows = [row(1, device="portable", view="AP") for _ in range(12)]
    rows += [row(9, device="fixed", view="AP") for _ in range(60)] + [row(9)]

    found = weighed(tmp_path, *rows, neighbours=12)

    by_key = {one.key: one for one in found.agreements}
    assert by_key["device"].is_suspicious
    assert (by_key["device"].base.count, by_key["device"].base.of) == (12, 72)
    assert not by_key["view"].is_suspicious


@pytest.mark.row("E2")
def test_the_interval_is_wilsons():
    for count, of in ((0, 10), (3, 10), (10, 10), (1, 1), (50, 200)):
        assert wilson(count, of) == pytest.approx(slow_wilson(count, of), abs=1e-6)
    assert wilson(0, 0) == (0, 1)


@pytest.mark.row("E2", "E6")
def test_a_share_that_few_cases_cannot_tell_from_the_library_is_not_above_it(tmp_path):
    rows = [row(1, "a"), row(2, "a"), row(3, "a"), *[row(9, "b") for _ in range(3)]]

    found = weighed(tmp_path, *rows)

    assert not found.labels[0].is_above_base  # 3 of 3, but anything above 44 % fits


@pytest.mark.parametrize("neighbours", [0, 201])
def test_a_number_of_neighbours_out_of_range_is_refused(tmp_path, neighbours):
    with pytest.raises(ValueError, match="1 to 200 neighbours"):
        weighed(tmp_path, row(1), neighbours=neighbours)


def test_an_empty_library_says_nothing(tmp_path):
    found = weighed(tmp_path)

    assert (found.neighbours, found.labels, found.contrast) == ((), (), None)
