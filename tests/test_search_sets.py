"""Several pictures at once, batches, and cases: against a slow, plain comparison."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from test_search import BITS, ONES, code, codes_at, make_store, paths_of, picture

from medhash_gui.codes import HashCodes
from medhash_gui.errors import ModelMismatchError
from medhash_gui.library import soft_values
from medhash_gui.search import (
    Query,
    QuerySet,
    SearchFilter,
    library_query,
    search,
    search_many,
)
from medhash_gui.store import RowChange

BIT_CHOICES = [3, 12, 64, 70]


# -- an independent, slow answer ----------------------------------------------------


def bits_between(a: np.ndarray, b: np.ndarray) -> int:
    return sum(bool(x >= 0) != bool(y >= 0) for x, y in zip(a, b, strict=True))


def cosine_distance(a: np.ndarray, b: np.ndarray) -> float:
    a, b = (np.asarray(v, np.float16).astype(np.float64) for v in (a, b))
    norm = np.sqrt((a @ a) * (b @ b))
    return float(np.float32(1 - np.clip(a @ b / norm, -1, 1))) if norm else 1.0


def slow_set_search(records, logits, like, unlike, condition, top, cases):
    """Return (rows, rank scores as fractions, tie sizes) of a query set."""

    def mean(values):
        values = list(values)
        return sum(values, Fraction(0)) / len(values) if values else Fraction(0)

    def score(row):
        near = mean(Fraction(bits_between(logits[row], q)) for q in like["logits"])
        far = mean(Fraction(bits_between(logits[row], q)) for q in unlike["logits"])
        return near - far / 2

    def is_near(row):
        near = mean(Fraction(bits_between(logits[row], q)) for q in like["logits"])
        return condition.within is None or near <= condition.within

    def soft(row):
        near = [cosine_distance(logits[row], q) for q in like["logits"]]
        far = [cosine_distance(logits[row], q) for q in unlike["logits"]]
        return round(np.mean(near) - (np.mean(far) / 2 if far else 0), 5)

    own = {key for key in like["patients"] if key}
    gone = set(unlike["digests"]) | set(like["digests"])
    rows = [r for r in range(len(records)) if records[r].digest not in gone]
    if condition.patients == "exclude":
        rows = [r for r in rows if records[r].patient_key not in own]
    rows = [r for r in rows if is_near(r)]
    order = sorted(
        rows, key=lambda r: (score(r), soft(r), records[r].digest, records[r].path)
    )
    group_of = None
    if condition.patients == "group":
        group_of = [record.patient_key for record in records]
    elif condition.cases == "group":
        group_of = cases
    found, seen = [], set()
    for row in order:
        group = None if group_of is None else group_of[row]
        if group is not None and group in seen:
            continue
        seen.add(group)
        found.append(row)
    found = found[:top]
    ties = [sum(score(other) == score(row) for other in rows) for row in found]
    return found, [score(row) for row in found], ties


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 50),
    bits=st.sampled_from(BIT_CHOICES),
    top=st.integers(1, 12),
    within=st.one_of(st.none(), st.integers(0, 30)),
    patients=st.sampled_from(["exclude", "group"]),
    grouped=st.booleans(),
    like=st.integers(1, 3),
    unlike=st.integers(0, 3),
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@pytest.mark.row("C5", "C6")
def test_a_set_is_ranked_as_a_plain_comparison_ranks_it(
    seed, rows, bits, top, within, patients, grouped, like, unlike, tmp_path_factory
):
    rng = np.random.default_rng(seed)
    palette = rng.integers(-3, 4, size=(max(1, rows // 3), bits)).astype(np.float32)
    palette[palette == 0] = 0.5
    logits = palette[rng.integers(0, len(palette), rows)]
    cases = [rng.choice([None, "C-1", "C-2"]) for _ in range(rows)]
    records = [
        replace(
            picture(
                f"{row:02}.png",
                content=row + 1,
                patient=rng.choice([None, "P-1", "P-2", "P-3"]),
            ),
            case_key=cases[row],
        )
        for row in range(rows)
    ]

    def ask(count):
        values = palette[rng.integers(0, len(palette), count)] + 0.125
        digests = [
            records[rng.integers(rows)].digest if rows and rng.random() < 0.5 else None
            for _ in range(count)
        ]
        keys = [rng.choice([None, "P-1", "P-2"]) for _ in range(count)]
        queries = tuple(
            Query(code(list(v)), digest=d, patient_key=k)
            for v, d, k in zip(values, digests, keys, strict=True)
        )
        known = {"logits": values, "digests": digests, "patients": keys}
        return queries, known

    (liked, like_known), (disliked, unlike_known) = ask(like), ask(unlike)
    condition = SearchFilter(
        patients=patients, within=within, cases="group" if grouped else "all"
    )
    root = tmp_path_factory.mktemp("sets") / "library.medhash"

    with make_store(root, bits) as store:
        store.append(records, HashCodes.from_logits(logits.reshape(rows, bits)))
        result = search(store, QuerySet(liked, disliked), filter=condition, top=top)

    ranked, scores, ties = slow_set_search(
        records, logits, like_known, unlike_known, condition, top, cases
    )
    assert [hit.row for hit in result.hits] == ranked
    assert [hit.tie_size for hit in result.hits] == ties
    for hit, score in zip(result.hits, scores, strict=True):
        far = hit.unlike_distance or 0
        assert hit.distance - far / 2 == pytest.approx(float(score))
        assert (hit.unlike_distance is None) == (unlike == 0)


# -- single claims ------------------------------------------------------------------


def test_a_set_of_one_picture_is_that_picture(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}.png", content=n + 1) for n in range(20)]
    store.append(records, codes_at([n % 7 for n in range(20)]))

    alone = search(store, ONES, top=9)

    assert search(store, QuerySet((ONES,)), top=9) == alone
    assert all(isinstance(hit.distance, int) for hit in alone.hits)
    store.close()


@pytest.mark.row("C5", "C7")
def test_two_examples_find_what_is_near_to_both(tmp_path):
    store = make_store(tmp_path / "l.medhash", bits=4)
    values = np.array(
        [[1, 1, 1, 1], [1, 1, -1, -1], [-1, -1, -1, -1]], np.float32
    )  # near the first, between the two, near the second
    records = [picture(f"{n}.png", content=n + 1) for n in range(3)]
    store.append(records, HashCodes.from_logits(values * [[2], [1], [2]]))
    first, second = code([1, 1, 1, -1]), code([1, -1, -1, -1])

    result = search(store, QuerySet((Query(first), Query(second))))

    assert paths_of(result)[0] == "1.png"
    assert [hit.distance for hit in result.hits] == [1, 2, 2]
    store.close()


@pytest.mark.row("C6")
def test_a_picture_to_be_unlike_moves_its_likes_back(tmp_path):
    store = make_store(tmp_path / "l.medhash", bits=4)
    values = np.array([[1, 1, 1, -1], [1, 1, -1, 1]], np.float32)
    records = [picture("a.png", content=1), picture("b.png", content=2)]
    store.append(records, HashCodes.from_logits(values))
    asked, not_so = Query(code([1, 1, 1, 1])), Query(code([-1, 1, 1, -1]))

    assert [h.tie_size for h in search(store, asked).hits] == [2, 2]
    result = search(store, QuerySet((asked,), (not_so,)))

    assert paths_of(result) == ["b.png", "a.png"]
    assert [hit.distance for hit in result.hits] == [1, 1]
    assert [hit.unlike_distance for hit in result.hits] == [3, 1]
    assert [hit.tie_size for hit in result.hits] == [1, 1]
    store.close()


def test_pictures_to_be_unlike_are_never_hits_even_where_patients_are_included(
    tmp_path,
):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}.png", content=n + 1) for n in range(3)]
    store.append(records, codes_at([0, 1, 2]))
    liked, disliked = (library_query(store, records[n].digest) for n in (0, 1))
    assert liked is not None
    assert disliked is not None

    result = search(
        store,
        QuerySet((liked,), (disliked,)),
        filter=SearchFilter(patients="include"),
    )

    assert paths_of(result) == ["0.png", "2.png"]
    assert [hit.identical for hit in result.hits] == [True, False]
    store.close()


def test_the_patients_of_all_examples_are_left_out_and_shown_as_prior(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("one.png", content=1, patient="P-1"),
        picture("two.png", content=2, patient="P-2"),
        picture("three.png", content=3, patient="P-3"),
    ]
    store.append(records, codes_at([0, 1, 2]))
    like = (Query(ONES.codes, patient_key="P-1"), Query(ONES.codes, patient_key="P-2"))
    unlike = (Query(code([-1.0] * BITS), patient_key="P-3"),)

    result = search(store, QuerySet(like, unlike))

    assert paths_of(result) == ["three.png"]
    assert [hit.record.path for hit in result.prior] == ["one.png", "two.png"]
    store.close()


@pytest.mark.row("C17")
def test_cases_are_shown_once_by_their_nearest_picture(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    cases = ["C-1", "C-1", None, None, "C-2"]
    records = [
        replace(picture(f"{n}.png", content=n + 1), case_key=case)
        for n, case in enumerate(cases)
    ]
    store.append(records, codes_at([3, 1, 2, 2, 4]))

    result = search(store, ONES, filter=SearchFilter(cases="group"), top=4)

    found = paths_of(result)
    assert (found[0], found[3]) == ("1.png", "4.png")
    assert sorted(found[1:3]) == ["2.png", "3.png"]
    assert result.searched == 5
    store.close()


def test_groups_are_filled_however_many_pictures_the_nearest_have(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture(f"{n:03}.png", content=n + 1, patient=f"P-{max(0, n - 190)}")
        for n in range(200)
    ]
    store.append(records, codes_at([min(n // 20, 12) for n in range(200)]))

    result = search(store, ONES, filter=SearchFilter(patients="group"), top=5)

    keys = [hit.record.patient_key for hit in result.hits]
    assert keys[0] == "P-0"
    assert len(set(keys)) == 5
    store.close()


@pytest.mark.parametrize("policy", ["exclude", "include", "group"])
def test_a_batch_answers_like_one_by_one(tmp_path, policy, monkeypatch):
    monkeypatch.setattr("medhash_gui.answer._READ_AT_ONCE", 40)
    rng = np.random.default_rng(5)
    records = [
        picture(f"{n}.png", content=n + 1, patient=f"P-{n % 20}", labels=("a",))
        for n in range(300)
    ]
    store = make_store(tmp_path / "l.medhash", bits=64)
    palette = rng.normal(size=(40, 64)).astype(np.float32)
    store.append(records, HashCodes.from_logits(palette[rng.integers(0, 40, 300)]))
    store.change([RowChange(row, hidden=True) for row in range(0, 300, 9)])
    known = [library_query(store, record.digest) for record in records[:12]]
    queries = [one for one in known if one is not None]
    asked = [*queries, QuerySet(tuple(queries[:3]), tuple(queries[3:5]))]
    condition = SearchFilter(patients=policy, labels=("a", "b"))

    together = search_many(store, asked, filter=condition, top=7, threads=2)

    assert together == [search(store, one, filter=condition, top=7) for one in asked]
    assert search_many(store, []) == []
    store.close()


def test_a_query_that_asks_with_another_code_than_the_stored_one_counts_its_ties(
    tmp_path,
):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}.png", content=n + 1) for n in range(4)]
    store.append(records, codes_at([9, 0, 1, 9]))
    query = Query(ONES.codes, digest=records[0].digest)

    result = search(store, query, filter=SearchFilter(patients="include"), top=1)

    assert paths_of(result) == ["0.png", "1.png"]
    assert [hit.tie_size for hit in result.hits] == [2, 1]
    store.close()


def test_a_set_without_a_picture_to_be_like_is_refused():
    with pytest.raises(ValueError, match="like"):
        QuerySet(())


def test_a_set_with_a_code_of_another_length_is_refused(tmp_path):
    store = make_store(tmp_path / "l.medhash")

    with pytest.raises(ModelMismatchError, match="16"):
        search(store, QuerySet((ONES,), (Query(code([1.0] * 16)),)))
    store.close()


def test_answers_stay_the_same_when_soft_values_come_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soft_values, "_READS_BEFORE_HOLDING", 2)
    rng = np.random.default_rng(6)
    store = make_store(tmp_path / "l.medhash")
    for start in (0, 50):
        records = [picture(f"{n}", content=n + 1) for n in range(start, start + 50)]
        logits = rng.normal(size=(50, BITS)).astype(np.float32)
        store.append(records, HashCodes.from_logits(logits))
    store.seal()

    first = search(store, ONES, top=30)
    later = [search(store, ONES, top=30) for _ in range(4)]

    assert later == [first] * 4
    for file in tmp_path.glob("l.medhash/codes-*.h5"):
        file.unlink()  # what is in memory needs no file any more
    assert search(store, ONES, top=30) == first
    store.close()


def test_soft_values_beyond_the_limit_are_read_from_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(soft_values, "_READS_BEFORE_HOLDING", 0)
    monkeypatch.setattr(soft_values, "_MOST_HELD_BYTES", 10)
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}", content=n + 1) for n in range(9)]
    made = codes_at([n % 5 for n in range(9)])
    store.append(records, made)
    store.seal()

    for _ in range(3):
        assert np.array_equal(store.soft([8, 0, 4]), made.soft[[8, 0, 4]])
    soft = store._contents._soft
    assert not soft._held

    # Nothing is looked for in vain, until the library has other segments.
    asked = dict(soft._reads)
    store.soft([8, 0, 4])
    assert soft._reads == asked
    monkeypatch.setattr(soft_values, "_MOST_HELD_BYTES", 1 << 20)
    store.append([picture("new", content=99)], codes_at([1]))
    store.seal()
    assert np.array_equal(store.soft([8, 0, 4]), made.soft[[8, 0, 4]])
    assert soft._held
    store.close()
