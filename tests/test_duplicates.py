"""Duplicates are those that comparing every pair finds, linked into groups."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_search import codes_at, make_store, picture

from medhash_gui import codes, duplicates
from medhash_gui.codes import HashCodes
from medhash_gui.store import CodeStore, RowChange


def run(steps):
    """Exhaust a generator; return what it returns and what it yielded."""
    yielded = []
    while True:
        try:
            yielded.append(next(steps))
        except StopIteration as end:
            return end.value, yielded


def found(store: CodeStore, within: int = 0) -> duplicates.Duplicates:
    return run(duplicates.find(store, within=within))[0]


def slow_groups(packed: np.ndarray, within: int) -> list[int]:
    """Return the least row of each row's group, by walking from row to row."""
    group = [-1] * len(packed)
    for start in range(len(packed)):
        if group[start] >= 0:
            continue
        waiting = [start]
        while waiting:
            row = waiting.pop()
            if group[row] >= 0:
                continue
            group[row] = start
            bits = np.unpackbits(packed ^ packed[row], axis=1).sum(axis=1)
            waiting += np.flatnonzero(bits <= within).tolist()
    return group


@given(
    seed=st.integers(0, 2**32 - 1),
    rows=st.integers(0, 120),
    bits=st.sampled_from([6, 8, 20, 64, 100]),
    within=st.integers(0, 5),
    few=st.sampled_from([2, 5, 2048]),
    noise=st.sampled_from([0.02, 0.1, 0.5]),
)
@settings(max_examples=80, deadline=None)
def test_links_are_those_of_comparing_every_pair(seed, rows, bits, within, few, noise):
    rng = np.random.default_rng(seed)
    centres = rng.integers(0, 2, (4, bits), np.uint8)
    signs = centres[rng.integers(0, 4, rows)] ^ (rng.random((rows, bits)) < noise)
    packed = np.packbits(signs.reshape(rows, bits), axis=1)
    packed = np.unique(packed, axis=0) if rows else packed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(duplicates, "_FEW", few)  # so that even small runs are divided
        patch.setattr(duplicates, "_LINKS_AT_ONCE", 7)
        groups, shares = run(duplicates.linked(codes.words(packed), bits, within))

    assert groups.tolist() == slow_groups(packed, within)
    assert shares == sorted(shares)
    assert all(0 < share <= 1 for share in shares)


def test_copies_of_one_content_are_exact_duplicates_frame_by_frame(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [
        picture("b/copy.png", content=1),
        picture("other.png", content=2),
        picture("a/first.png", content=1),
        picture("series.dcm", content=3, frame=0),
        picture("series.dcm", content=3, frame=1),
    ]
    store.append(records, codes_at([0, 5, 0, 9, 9]))

    pairs = found(store)

    assert pairs.exact == ((2, 0),)
    assert pairs.near == ()  # copies and frames of one file are no near duplicates
    store.close()


def test_contents_that_share_eight_bytes_are_told_apart(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = []
    for number, end in enumerate((1, 2, 1)):
        made = picture(f"{number}.png", content=1)
        digest = made.digest[:8] + end.to_bytes(8, "big")
        records.append(replace(made, digest=digest))
    store.append(records, codes_at([0, 3, 0]))

    assert found(store).exact == ((0, 2),)
    store.close()


def test_near_duplicates_are_linked_by_chains_and_the_largest_group_is_first(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}.png", content=n + 1) for n in range(6)]
    store.append(records, codes_at([0, 12, 1, 11, 2, 6]))

    assert found(store, within=0).near == ()
    assert found(store, within=1).near == ((0, 2, 4), (1, 3))
    assert found(store, within=4).near == ((0, 2, 4, 5), (1, 3))
    assert found(store, within=5).near == ((0, 1, 2, 3, 4, 5),)
    store.close()


def test_hidden_pictures_are_no_duplicates(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n}.png", content=n // 2 + 1) for n in range(4)]
    store.append(records, codes_at([0, 0, 0, 0]))
    store.change([RowChange(0, hidden=True), RowChange(3, hidden=True)])

    pairs = found(store)

    assert (pairs.exact, pairs.near) == ((), ((1, 2),))
    store.close()


def test_an_empty_library_has_no_duplicates(tmp_path):
    store = make_store(tmp_path / "l.medhash")

    assert found(store, within=2) == duplicates.Duplicates((), ())
    store.close()


@pytest.mark.parametrize("within", [-1, 12, 13])
def test_a_limit_that_means_nothing_is_refused(tmp_path, within):
    store = make_store(tmp_path / "l.medhash")

    with pytest.raises(ValueError, match="12 bits"):
        found(store, within=within)
    store.close()


def test_many_equal_codes_are_one_group_without_comparing_pairs(tmp_path):
    store = make_store(tmp_path / "l.medhash")
    records = [picture(f"{n:05}.png", content=n + 1) for n in range(20_000)]
    made = HashCodes.from_logits(np.ones((20_000, 12), np.float32))
    store.append(records, made)

    pairs = found(store, within=3)

    assert pairs.near == (tuple(range(20_000)),)
    store.close()
