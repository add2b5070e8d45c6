"""More of a finding: where a label lies among the codes, and a query moved so."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import fake_pymilvus
import numpy as np
import pytest
import served_library
from served_library import push

from medhash_gui import codes, concept, hit_pictures
from medhash_gui.codes import HashCodes
from medhash_gui.errors import DatasetError, ModelMismatchError
from medhash_gui.images import ImageRecord
from medhash_gui.milvus_store import MilvusStore
from medhash_gui.milvus_uri import MilvusUri
from medhash_gui.more_of import LEAST_STRENGTH, MOST_STRENGTH, MoreOf
from medhash_gui.search import Query, QuerySet, SearchFilter, library_query, search
from medhash_gui.search_result import NO_FILTER
from medhash_gui.store import CodeStore, RowChange

BITS = 8
NOBODY = QuerySet((Query(HashCodes.from_logits(np.ones((1, BITS), np.float32))),))

Row = tuple[list[float], tuple[str, ...], str | None]


@contextmanager
def library(root: Path, rows: list[Row], **details: dict[int, str]):
    """Give an open library of soft values, labels and patients."""
    made = CodeStore.create(
        root / "lib.medhash",
        indexed_root=root / "images",
        model_id="m1",
        model_name="fake",
        bits=BITS,
    )
    records = [
        ImageRecord(
            path=f"ward/{number:03}.png",
            frame=0,
            size_bytes=10,
            modified_ns=0,
            digest=(number + 1).to_bytes(16, "big"),
            patient_key=patient,
            labels=labels,
            details=tuple(
                (key, values[number])
                for key, values in sorted(details.items())
                if number in values
            ),
        )
        for number, (_, labels, patient) in enumerate(rows)
    ]
    with made:
        made.append(
            records, HashCodes.from_logits(np.array([row[0] for row in rows], float))
        )
        yield made


def at(*firsts: float) -> list[float]:
    """Return soft values that begin with some and go on with ones."""
    return [*firsts, *[1.0] * (BITS - len(firsts))]


def side(label: str, count: int, *firsts: float, start: int = 0) -> list[Row]:
    """Return pictures of as many patients, all at one place."""
    return [
        (at(*firsts), (label,), f"P-{label}{number:02}")
        for number in range(start, start + count)
    ]


def found(store: CodeStore, label: str = "sick", query: QuerySet = NOBODY, **filters):
    return concept.direction(store, query, label, filter=SearchFilter(**filters))


# -- where a label lies -------------------------------------------------------------


@pytest.mark.row("C8")
def test_a_planted_direction_is_recovered(tmp_path: Path):
    rng = np.random.default_rng(0)
    planted = np.array([2.0, -1.5, 0, 0, 0, 0, 0, 0])
    rows: list[Row] = []
    for number in range(400):
        is_sick = number % 2 == 0
        soft = rng.normal(size=BITS) + is_sick * planted
        label = "sick" if is_sick else "well"
        rows.append((soft.tolist(), (label,), f"P-{number}"))

    with library(tmp_path, rows) as store:
        seen = found(store)

    assert np.allclose(seen.step, planted, atol=0.35)
    assert (seen.patients_with, seen.patients_without) == (200, 200)


def test_a_patient_counts_once_however_many_the_pictures(tmp_path: Path):
    rows = side("sick", 5, 1.0) + side("well", 5, 0.0)
    rows += [(at(7.0), ("sick",), "P-many")] * 50 + [(at(7.0), ("sick",), None)]

    with library(tmp_path, rows) as store:
        seen = found(store)

    assert seen.patients_with == 7  # the picture without a patient is one more
    assert seen.step[0] == pytest.approx((5 * 1 + 7 + 7) / 7)


def test_the_pictures_of_one_patient_are_averaged_first(tmp_path: Path):
    rows = side("sick", 5, 2.0) + side("well", 5, 0.0)
    rows += [(at(2.0), ("sick",), "P-two"), (at(8.0), ("sick",), "P-two")]

    with library(tmp_path, rows) as store:
        seen = found(store)

    assert seen.step[0] == pytest.approx((5 * 2 + 5) / 6)


def test_the_querys_own_patient_and_copies_do_not_count(tmp_path: Path):
    rows = side("sick", 6, 1.0) + side("well", 6, 0.0)
    rows += [(at(100.0), ("sick",), "P-own"), (at(100.0), ("sick",), "P-own")]
    with library(tmp_path, rows) as store:
        query = library_query(store, store.record(12).digest)
        assert query is not None
        copies = QuerySet((Query(query.codes, store.record(0).digest),))

        for policy in ("exclude", "include", "group"):
            seen = found(store, query=QuerySet.of(query), patients=policy)
            assert (seen.patients_with, seen.step[0]) == (6, 1)
        assert found(store, query=copies).patients_with == 6  # with P-own, not its own


def test_unlabelled_pictures_are_not_without_the_finding(tmp_path: Path):
    rows = side("sick", 5, 1.0) + side("well", 5, 0.0)
    rows += [(at(-50.0), (), f"P-unknown{number}") for number in range(20)]

    with library(tmp_path, rows) as store:
        seen = found(store)

    assert (seen.patients_without, seen.step[0]) == (5, 1)


def test_a_picture_with_the_label_and_others_bears_it(tmp_path: Path):
    rows = side("sick", 5, 1.0) + side("well", 5, 0.0)
    rows += [(at(7.0), ("sick", "well"), "P-both")]

    with library(tmp_path, rows) as store:
        seen = found(store)

    assert (seen.patients_with, seen.patients_without) == (6, 5)
    assert seen.step[0] == pytest.approx(2)


def test_only_pictures_count_that_the_filter_lets_through(tmp_path: Path):
    near = side("sick", 5, 1.0) + side("well", 5, 0.0)
    far = side("sick", 5, 9.0, start=10) + side("well", 5, 0.0, start=10)
    views = dict.fromkeys(range(10), "PA") | dict.fromkeys(range(10, 20), "AP")

    with library(tmp_path, near + far, view=views) as store:
        assert found(store).step[0] == pytest.approx(5)
        assert found(store, details=(("view", "PA"),)).step[0] == pytest.approx(1)


def test_hidden_and_left_out_pictures_do_not_count(tmp_path: Path):
    rows = side("sick", 7, 1.0) + side("well", 5, 0.0)
    rows[0], rows[1] = (at(90.0), *rows[0][1:]), (at(80.0), *rows[1][1:])
    with library(tmp_path, rows) as store:
        store.change([RowChange(0, hidden=True), RowChange(1, left_out=True)])

        assert found(store).step[0] == pytest.approx(1)


def test_a_label_by_hand_counts_as_any_other(tmp_path: Path):
    rows = side("sick", 5, 1.0) + side("well", 6, 0.0)
    with library(tmp_path, rows) as store:
        store.change([RowChange(5, labels=("sick",), own_labels=True)])

        seen = found(store)

    assert (seen.patients_with, seen.patients_without) == (6, 5)
    assert seen.step[0] == pytest.approx(5 / 6)


# -- what is refused ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sick", "well", "said"),
    [
        (4, 9, "Only 4 other patients are labelled 'sick' in what is searched"),
        (9, 3, "Only 3 labelled patients are without 'sick' in what is searched"),
        (9, 0, "No labelled patient is without 'sick' in what is searched"),
    ],
)
def test_too_few_patients_on_a_side_are_refused(tmp_path: Path, sick, well, said):
    rows = side("sick", sick, 1.0) + side("well", well, 0.0)
    rows += [(at(0.0), (), "P-unknown")] * 9

    with (
        library(tmp_path, rows) as store,
        pytest.raises(DatasetError, match=said) as raised,
    ):
        found(store)

    assert "At least 5 must be on each side" in raised.value.hint


def test_a_label_that_only_the_querys_patient_has_is_refused(tmp_path: Path):
    rows = [*side("well", 9, 0.0), (at(1.0), ("sick",), "P-own")]
    with library(tmp_path, rows) as store:
        own = library_query(store, store.record(9).digest)
        assert own is not None
        with pytest.raises(DatasetError, match="No other patient is labelled 'sick'"):
            found(store, query=QuerySet.of(own))


def test_an_unknown_label_is_refused_with_those_that_are_like_it(tmp_path: Path):
    rows = side("Pneumonia", 6, 1.0) + side("well", 6, 0.0)
    with library(tmp_path, rows) as store:
        with pytest.raises(DatasetError, match="is labelled 'pneumona'") as raised:
            found(store, "pneumona")
        assert raised.value.hint == "Labels like it: Pneumonia."
        with pytest.raises(DatasetError) as raised:
            found(store, "xyz")
        assert raised.value.hint == "Labels in this library: Pneumonia, well."


@pytest.mark.parametrize("most", [32_768, 16])
def test_a_server_moves_a_query_as_the_folder_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int
):
    fake_pymilvus.install(monkeypatch)
    monkeypatch.setattr(concept, "_MOST_ROWS", most)
    uri = MilvusUri("h", "chest")
    with served_library.make(tmp_path / "chest.medhash") as local:
        push(local, uri)
        with MilvusStore.open(uri) as served:
            for one in served_library.questions(local, 20):
                asked = {
                    "more_of": MoreOf("effusion", 2),
                    "filter": replace(one.filter, labels=()),
                    "top": one.top,
                }
                here = search(local, one.query, **asked)
                there = search(served, one.query, **asked)
                assert here.moved is not None
                assert there == here


def test_of_many_pictures_some_are_taken_evenly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(concept, "_MOST_ROWS", 6)
    rows = side("sick", 12, 1.0) + side("well", 12, 0.0)
    with library(tmp_path, rows) as store:
        step = found(store)
        assert (step.patients_with, step.patients_without) == (6, 6)
        taken = concept._Side.of(store.select(), np.arange(12)).rows
        assert taken.tolist() == [0, 2, 4, 6, 8, 10]


@pytest.mark.parametrize("strength", [0, -1, 0.2, 4.5, float("nan"), float("inf")])
def test_a_strength_out_of_its_range_is_refused(strength):
    with pytest.raises(DatasetError, match="cannot be moved by a strength of"):
        MoreOf("sick", strength)


@pytest.mark.parametrize(
    ("text", "label", "strength"),
    [
        ("sick", "sick", 1),
        ("sick:0.5", "sick", 0.5),
        ("grade: mild", "grade: mild", 1),
        ("grade:2:1", "grade:2", 1),
    ],
)
def test_a_strength_is_what_stands_behind_the_last_colon(text, label, strength):
    made = MoreOf.parse(text)

    assert made == MoreOf(label, strength)
    assert MoreOf.parse(str(made)) == made


@pytest.mark.parametrize("text", ["", ":1"])
def test_a_text_without_a_label_is_refused(text):
    with pytest.raises(DatasetError, match="names no label"):
        MoreOf.parse(text)


# -- a query moved ------------------------------------------------------------------


@pytest.fixture
def planted(tmp_path: Path) -> Iterator[CodeStore]:
    """Give two findings on two bits, and pictures with both, one, or none."""
    rows = []
    for number in range(40):
        sick, old = number % 2 == 0, number % 4 < 2
        firsts = (-1.0 if sick else 1.0, -1.0 if old else 1.0)
        labels = ("sick" if sick else "well", *(["old"] if old else []))
        rows.append((at(*firsts), labels, f"P-{number}"))
    with library(tmp_path, rows) as store:
        yield store


@pytest.mark.row("C8")
def test_hits_of_a_moved_query_show_more_of_the_finding(planted: CodeStore):
    query = library_query(planted, planted.record(1).digest)  # old, but well
    assert query is not None

    before = search(planted, query, top=9)
    after = search(planted, query, top=10, more_of=MoreOf("sick"))

    assert {hit.record.labels for hit in before.hits} == {("well", "old")}
    assert {hit.record.labels for hit in after.hits} == {("sick", "old")}
    assert {hit.distance for hit in after.hits} == {0}  # to the moved code
    assert before.moved is None
    assert after.moved is not None
    assert after.moved.bits_changed == (1,)
    assert (after.moved.label, after.moved.strength) == ("sick", 1)
    assert (after.moved.patients_with, after.moved.patients_without) == (20, 19)
    assert query.digest not in {hit.record.digest for hit in after.hits}


def test_a_strength_of_one_is_the_distance_between_the_means(planted: CodeStore):
    well = QuerySet((Query(planted.codes([1])),))  # a picture that is no query's own
    seen = concept.direction(planted, well, "sick", filter=NO_FILTER)

    moved, _ = seen.moved(well, 1)
    soft = moved.like[0].codes.soft
    assert soft is not None
    assert soft[0, :2].tolist() == [-1, -1]
    barely, how = seen.moved(well, LEAST_STRENGTH)
    assert barely.like[0].codes.packed.tolist() == well.like[0].codes.packed.tolist()
    assert how.bits_changed == (0,)
    far, _ = seen.moved(well, MOST_STRENGTH)
    assert far.like[0].codes.soft[0, 0] == -7


def test_ties_are_ordered_by_the_moved_soft_code(tmp_path: Path):
    rows = side("sick", 5, 1.0, 5.0) + side("well", 5, -1.0, 5.0)
    rows += [(at(1.0, 50.0), ("sick",), "P-a"), (at(1.0, 1.0), ("sick",), "P-b")]
    query = Query(HashCodes.from_logits(np.array([at(-1.0, 1.0)])))
    with library(tmp_path, rows) as store:
        hits = search(store, query, more_of=MoreOf("sick"), top=7).hits
        moved, _ = concept.moved(store, query, MoreOf("sick"), filter=NO_FILTER)
        there = store.soft([hit.row for hit in hits])
        expected = codes.soft_distances(there, moved.like[0].codes.soft[0])

    assert {hit.distance for hit in hits} == {0}
    assert [hit.soft_distance for hit in hits] == expected.tolist()
    assert expected.tolist() == sorted(expected.tolist())
    assert len(set(expected.tolist())) == 3


def test_all_pictures_to_be_like_are_moved_and_none_to_be_unlike(planted: CodeStore):
    queries = [library_query(planted, planted.record(row).digest) for row in (1, 3, 5)]
    asked = QuerySet((queries[0], queries[1]), (queries[2],))

    moved, how = concept.moved(planted, asked, MoreOf("sick"), filter=NO_FILTER)

    assert how.bits_changed == (1, 1)
    assert moved.unlike == asked.unlike
    result = search(planted, asked, more_of=MoreOf("sick"))
    plain = search(planted, moved)
    assert [(h.row, h.distance) for h in result.hits] == [
        (h.row, h.distance) for h in plain.hits
    ]
    assert all(h.is_moved for h in result.hits)
    assert not any(h.is_moved for h in plain.hits)


def test_the_farthest_are_those_from_the_moved_code(planted: CodeStore):
    query = library_query(planted, planted.record(1).digest)
    assert query is not None

    result = search(planted, query, more_of=MoreOf("sick"), farthest=True, top=5)

    assert {hit.record.labels for hit in result.hits} == {("well",)}
    assert {hit.distance for hit in result.hits} == {2}


def test_what_leaves_tells_no_distance_to_a_moved_code(planted: CodeStore):
    query = library_query(planted, planted.record(1).digest)
    assert query is not None

    plain = search(planted, query, top=1).hits[0]
    moved = search(planted, query, top=1, more_of=MoreOf("sick")).hits[0]

    assert hit_pictures.facts_of(plain).distance == plain.distance
    assert hit_pictures.facts_of(moved).distance is None


def test_a_code_of_another_length_is_refused_before_it_is_moved(planted: CodeStore):
    query = Query(HashCodes.from_logits(np.ones((1, 16), np.float32)))

    with pytest.raises(ModelMismatchError):
        search(planted, query, more_of=MoreOf("sick"))
