"""A search returns what a slow, plain comparison of every row returns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from medhash_gui.codes import HashCodes
from medhash_gui.errors import ModelMismatchError
from medhash_gui.images import ImageRecord
from medhash_gui.search import Query, QuerySet, SearchFilter, library_query, search
from medhash_gui.store import CodeStore, RowChange

BITS = 12


def make_store(root: Path, bits: int = BITS) -> CodeStore:
    return CodeStore.create(
        root, indexed_root=root.parent, model_id="m1", model_name="fake", bits=bits
    )


def picture(
    path: str,
    *,
    content: int,
    patient: str | None = None,
    labels: tuple[str, ...] = (),
    frame: int = 0,
) -> ImageRecord:
    digest = (content * 0x9E3779B97F4A7C15 % 2**128).to_bytes(16, "big")
    return ImageRecord(path, frame, 10, 20, digest, patient, labels)


def code(logits: list[float]) -> HashCodes:
    return HashCodes.from_logits(np.array([logits], np.float32))


def codes_at(distances: list[int], bits: int = BITS) -> HashCodes:
    """Return codes at given distances from the code of all ones, equal where tied."""
    logits = np.ones((len(distances), bits), np.float32)
    for row, distance in enumerate(distances):
        logits[row, :distance] = -1
    return HashCodes.from_logits(logits)


ONES = Query(code([1.0] * BITS))


def paths_of(result) -> list[str]:
    return [hit.record.path for hit in result.hits]


# -- an independent, slow answer ----------------------------------------------------


def slow_search(records, hidden, logits, query, query_logits, condition, top):
    """Return (rows, distances, ties, searched, identical rows, prior rows)."""
    rows = []
    for row, record in enumerate(records):
        if hidden[row]:
            continue
        if condition.labels and not set(condition.labels) & set(record.labels):
            continue
        rows.append(row)

    def bits_of(values):
        return [value >= 0 for value in values]

    def key(row):
        a = np.array(logits[row], np.float16).astype(np.float64)
        b = np.array(query_logits, np.float16).astype(np.float64)
        norm = np.sqrt((a @ a) * (b @ b))
        cosine = np.float32(1 - np.clip(a @ b / norm, -1, 1)) if norm else 1.0
        # The slow sum may round its last bit differently.
        soft = round(float(cosine), 5)
        record = records[row]
        return (distance(row), soft, record.digest, record.frame, record.path)

    def distance(row):
        pairs = zip(bits_of(logits[row]), bits_of(query_logits), strict=True)
        return sum(a != b for a, b in pairs)

    def is_query(row):
        return records[row].digest == query.digest

    def is_own(row):
        key = query.patient_key
        return key is not None and records[row].patient_key == key

    def nearest(candidates):
        found, seen = [], set()
        for row in sorted(candidates, key=key):
            patient = records[row].patient_key
            if condition.within is not None and distance(row) > condition.within:
                continue
            if condition.patients == "group" and patient is not None:
                if patient in seen:
                    continue
                seen.add(patient)
            found.append(row)
        return found[:top]

    identical, prior = [], []
    if condition.patients == "include":
        identical = [
            row for row in rows if is_query(row) and records[row].frame == query.frame
        ]
        identical.sort(key=key)
        passed = rows
        ranked = nearest([row for row in rows if row not in identical])
    else:
        passed = [row for row in rows if not is_query(row)]
        if condition.patients == "exclude":
            prior = nearest([row for row in passed if is_own(row)])
            passed = [row for row in passed if not is_own(row)]
        ranked = nearest(passed)
    ties = [sum(distance(other) == distance(row) for other in passed) for row in ranked]
    return ranked, [distance(r) for r in ranked], ties, len(passed), identical, prior


@pytest.mark.parametrize("policy", ["exclude", "include", "group"])
@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 60),
    bits=st.sampled_from([3, 8, 12, 24, 64]),
    top=st.integers(1, 20),
    within=st.one_of(st.none(), st.integers(0, 8)),
    labels=st.sampled_from([(), ("a",), ("a", "c"), ("nowhere",)]),
    in_library=st.booleans(),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.row("C10", "C12", "C16")
def test_search_agrees_with_comparing_every_row(
    policy, seed, rows, bits, top, within, labels, in_library, tmp_path_factory
):
    rng = np.random.default_rng(seed)
    # Few distinct codes and contents, so that ties and copies abound.
    palette = rng.integers(-3, 4, size=(max(1, rows // 3), bits)).astype(np.float32)
    palette[palette == 0] = 0.5
    content = rng.integers(0, max(1, rows), size=rows)
    chosen = content % len(palette)
    records = [
        picture(
            f"{rng.integers(0, 99):02}/{row}.png",
            content=int(content[row]) + 1,
            patient=rng.choice([None, "P-1", "P-2", "P-3"]),
            labels=tuple(n for n in "abc" if rng.random() < 0.4),
        )
        for row in range(rows)
    ]
    hidden = rng.random(rows) < 0.2
    logits = palette[chosen]
    if in_library and rows:
        at = int(rng.integers(rows))
        query_logits = logits[at]
        query = Query(
            code(list(query_logits)),
            digest=records[at].digest,
            patient_key=records[at].patient_key,
        )
    else:
        query_logits = palette[0] + 0.25
        query = Query(code(list(query_logits)), patient_key="P-2")
    condition = SearchFilter(labels=labels, patients=policy, within=within)
    root = tmp_path_factory.mktemp("search") / "library.medhash"

    with make_store(root, bits) as store:
        store.append(records, HashCodes.from_logits(logits.reshape(rows, bits)))
        store.change([RowChange(int(r), hidden=True) for r in np.flatnonzero(hidden)])
        result = search(store, query, filter=condition, top=top)

    expected = slow_search(records, hidden, logits, query, query_logits, condition, top)
    ranked, distances, ties, searched, identical, prior = expected
    hits = [hit for hit in result.hits if not hit.identical]
    assert [hit.row for hit in hits] == ranked
    assert [hit.distance for hit in hits] == distances
    assert [hit.tie_size for hit in hits] == ties
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert [hit.record for hit in hits] == [records[row] for row in ranked]
    assert [hit.row for hit in result.hits if hit.identical] == identical
    assert result.searched == searched
    assert [hit.row for hit in result.prior] == prior


# -- single claims ------------------------------------------------------------------


def test_search_leaves_out_the_query_patient_by_default(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("own.png", content=1, patient="P-1"),
        picture("other.png", content=2, patient="P-2"),
        picture("unknown.png", content=3),
    ]
    store.append(records, codes_at([0, 2, 1]))

    result = search(store, Query(ONES.codes, patient_key="P-1"))

    assert paths_of(result) == ["unknown.png", "other.png"]
    assert result.searched == 2
    assert [hit.record.path for hit in result.prior] == ["own.png"]
    store.close()


def test_search_with_unknown_patient_leaves_nobody_out(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [picture("a.png", content=1), picture("b.png", content=2, patient="P-1")]
    store.append(records, codes_at([1, 0]))

    result = search(store, ONES)

    assert paths_of(result) == ["b.png", "a.png"]
    assert result.prior == ()
    store.close()


def test_include_puts_the_query_picture_first_and_does_not_count_it(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("near.png", content=1, patient="P-1"),
        picture("query.png", content=2, patient="P-1"),
        picture("copy.png", content=2, patient="P-1"),
        picture("far.png", content=3),
    ]
    store.append(records, codes_at([0, 0, 0, 3]))
    query = library_query(store, records[1].digest)
    assert query is not None

    result = search(store, query, filter=SearchFilter(patients="include"), top=1)

    assert paths_of(result) == ["copy.png", "query.png", "near.png"]
    assert [hit.identical for hit in result.hits] == [True, True, False]
    assert [hit.rank for hit in result.hits] == [0, 0, 1]
    assert [hit.tie_size for hit in result.hits] == [3, 3, 3]
    store.close()


@pytest.mark.parametrize("policy", ["exclude", "group"])
@pytest.mark.row("C11")
def test_the_query_picture_itself_is_left_out(tmp_path, policy):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("query.png", content=1),
        picture("frame.png", content=1, frame=1),
        picture("same_code.png", content=2),
    ]
    store.append(records, codes_at([0, 0, 0]))
    query = library_query(store, records[0].digest)
    assert query is not None

    result = search(store, query, filter=SearchFilter(patients=policy))

    assert paths_of(result) == ["same_code.png"]
    assert result.searched == 1
    store.close()


def test_group_shows_each_patient_once_by_the_nearest_picture(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("p1_far.png", content=1, patient="P-1"),
        picture("p1_near.png", content=2, patient="P-1"),
        picture("none_1.png", content=3),
        picture("none_2.png", content=4),
        picture("p2.png", content=5, patient="P-2"),
    ]
    store.append(records, codes_at([3, 1, 2, 2, 4]))
    query = Query(ONES.codes, patient_key="P-1")

    result = search(store, query, filter=SearchFilter(patients="group"), top=4)

    found = paths_of(result)
    assert found[0] == "p1_near.png"
    assert sorted(found[1:3]) == ["none_1.png", "none_2.png"]
    assert found[3] == "p2.png"
    assert result.searched == 5
    store.close()


def test_hits_do_not_depend_on_the_order_of_rows(tmp_path):
    rng = np.random.default_rng(3)
    records = [picture(f"{n}.png", content=n + 1) for n in range(200)]
    logits = np.repeat(rng.normal(size=(20, BITS)), 10, axis=0).astype(np.float32)
    answers = []
    for attempt in range(3):
        order = rng.permutation(200)
        with make_store(tmp_path / f"{attempt}.medhash") as store:
            codes = HashCodes.from_logits(logits[order])
            store.append([records[row] for row in order], codes)
            result = search(store, ONES, top=50)
        answers.append([(h.record.path, h.soft_distance) for h in result.hits])

    assert answers[0] == answers[1] == answers[2]


@pytest.mark.row("C16")
def test_soft_values_order_pictures_of_equal_distance(tmp_path):
    store = make_store(tmp_path / "l.medhash", bits=2)
    logits = np.array([[9, 0.1], [1, 1], [9, 4], [-1, 1]], np.float32)
    records = [picture(f"{n}.png", content=n + 1) for n in range(4)]
    store.append(records, HashCodes.from_logits(logits))

    result = search(store, Query(code([1.0, 1.0])))

    assert paths_of(result) == ["1.png", "2.png", "0.png", "3.png"]
    assert [hit.tie_size for hit in result.hits] == [3, 3, 3, 1]
    store.close()


@pytest.mark.row("C12")
def test_within_is_inclusive(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    store.append(
        [picture(f"{n}", content=n) for n in range(1, 5)], codes_at([3, 1, 2, 4])
    )

    result = search(store, ONES, filter=SearchFilter(within=2))

    assert paths_of(result) == ["2", "3"]
    assert result.searched == 4
    store.close()


def test_an_empty_library_has_no_hits(tmp_path):
    store = make_store(tmp_path / "l.medhash")

    for policy in ("exclude", "include", "group"):
        result = search(store, ONES, filter=SearchFilter(patients=policy))
        assert (result.hits, result.searched, result.prior) == ((), 0, ())
    store.close()


def test_a_query_of_another_length_is_refused(tmp_path):
    store = make_store(tmp_path / "l.medhash")

    with pytest.raises(ModelMismatchError, match="codes of 12 bits") as caught:
        search(store, Query(code([1.0] * 16)))

    assert "fake" in caught.value.hint
    store.close()


def test_a_search_shows_at_least_one_hit(tmp_path):
    store = make_store(tmp_path / "l.medhash")

    with pytest.raises(ValueError, match="at least one"):
        search(store, ONES, top=0)
    store.close()


def test_a_picture_of_the_library_is_searched_by_its_stored_code(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("a.png", content=1, patient="P-7"),
        picture("b.png", content=2),
        picture("c.dcm", content=3, frame=4),
    ]
    stored = codes_at([5, 2, 1])
    store.append(records, stored)

    first = library_query(store, records[0].digest, patient_id="12345")
    second = library_query(store, records[1].digest, patient_id="12345")
    framed = library_query(store, records[2].digest, frame=4)

    assert first is not None
    assert first.codes.hex(0) == stored.hex(0)
    assert first.patient_key == "P-7"
    assert first.in_library
    assert second is not None
    assert second.patient_key == store.pseudonym("12345")
    assert framed is not None
    assert framed.codes.hex(0) == stored.hex(2)
    assert library_query(store, records[2].digest, frame=0) is None
    assert library_query(store, bytes(16)) is None
    store.close()


def test_a_hidden_picture_still_tells_its_patient(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("hidden.png", content=1, patient="P-1"),
        picture("own.png", content=2, patient="P-1"),
    ]
    store.append(records, codes_at([0, 0]))
    store.change([RowChange(0, hidden=True)])

    query = library_query(store, records[0].digest)

    assert query is not None
    assert not query.in_library
    assert query.patient_key == "P-1"
    assert search(store, query).hits == ()
    store.close()


@pytest.mark.row("C24")
def test_the_farthest_are_the_nearest_backwards(tmp_path):
    distances = [3, 0, 11, 7, 12, 5]
    with make_store(tmp_path / "l.medhash") as store:
        store.append(
            [picture(f"{n}.png", content=n + 1) for n in range(len(distances))],
            codes_at(distances),
        )
        near = search(store, ONES)
        far = search(store, ONES, farthest=True, top=3)

    assert [hit.distance for hit in far.hits] == [12, 11, 7]
    assert paths_of(far) == paths_of(near)[::-1][:3]
    assert [hit.rank for hit in far.hits] == [1, 2, 3]
    softs = {hit.record.path: hit.soft_distance for hit in near.hits}
    for hit in far.hits:
        assert hit.soft_distance == pytest.approx(softs[hit.record.path], abs=1e-3)


def test_the_farthest_of_several_queries_are_ranked_by_the_same_score(tmp_path):
    rng = np.random.default_rng(4)
    values = rng.normal(size=(40, BITS)).astype(np.float32)
    with make_store(tmp_path / "l.medhash") as store:
        store.append(
            [picture(f"{n}.png", content=n + 1) for n in range(40)],
            HashCodes.from_logits(values),
        )
        asked = QuerySet(
            tuple(Query(store.codes(np.array([row]))) for row in (1, 2)),
            (Query(store.codes(np.array([3]))),),
        )
        far = search(store, asked, farthest=True, top=40)
        near = search(store, asked, top=40)

    def score(hit):
        return hit.distance - hit.unlike_distance / 2

    assert sorted(map(score, near.hits)) == pytest.approx(sorted(map(score, far.hits)))
    assert [score(hit) for hit in far.hits] == pytest.approx(
        sorted(map(score, far.hits), reverse=True)
    )
    softs = {hit.row: hit.soft_distance for hit in near.hits}
    for hit in far.hits:
        assert hit.soft_distance == pytest.approx(softs[hit.row], abs=1e-3)


def test_the_farthest_within_a_distance_are_refused(tmp_path):
    with make_store(tmp_path / "l.medhash") as store:
        store.append([picture("a.png", content=1)], codes_at([1]))
        with pytest.raises(ValueError, match="within a distance"):
            search(store, ONES, filter=SearchFilter(within=3), farthest=True)
