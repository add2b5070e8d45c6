"""What a distance meant on held-out pictures, counted and told."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest

from medhash_gui import distance_table
from medhash_gui.codes import HashCodes
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.errors import BundleError

BITS = 16


def some(seed: int = 0, count: int = 90, flips: float = 0.1) -> tuple:
    """Return codes near one of three centres, their labels, and patients in pairs."""
    rng = np.random.default_rng(seed)
    centres = rng.choice([-1.0, 1.0], (3, BITS))
    of = rng.integers(0, 3, count)
    signs = centres[of] * np.where(rng.random((count, BITS)) < flips, -1, 1)
    labels = np.eye(3, dtype=np.float32)[of]
    return HashCodes.from_logits(signs), labels, [str(n // 2) for n in range(count)]


def test_shares_equal_counting_pair_by_pair() -> None:
    codes, labels, patients = some()

    table = distance_table.count(codes, labels, patients)

    assert table is not None
    signs = codes.signs()
    for row in table.rows:
        found = [
            bool((labels[i] * labels[j]).any())
            for i in range(len(codes))
            for j in range(i + 1, len(codes))
            if patients[i] != patients[j]
            and row.low_bits <= int((signs[i] != signs[j]).sum()) <= row.high_bits
        ]
        assert (row.pairs, row.share) == (len(found), round(float(np.mean(found)), 4))
        assert row.low <= row.share <= row.high


def test_rows_have_enough_pairs_and_no_pair_is_left_out() -> None:
    codes, labels, patients = some()

    table = distance_table.count(codes, labels, patients)

    assert table is not None
    assert min(row.pairs for row in table.rows) >= distance_table.MIN_PAIRS
    assert sum(row.pairs for row in table.rows) == 90 * 89 // 2 - 45
    ends = [(row.low_bits, row.high_bits) for row in table.rows]
    assert ends[0][0] == 0
    assert all(before[1] + 1 == after[0] for before, after in itertools.pairwise(ends))


def test_near_pairs_share_more_than_chance_where_codes_follow_labels() -> None:
    table = distance_table.count(*some())

    assert table is not None
    assert table.rows[0].low > table.chance > table.rows[-1].high


def test_codes_that_say_nothing_are_told_as_chance() -> None:
    codes, _, patients = some(count=200)
    labels = np.eye(3, dtype=np.float32)[np.random.default_rng(5).integers(0, 3, 200)]

    table = distance_table.count(codes, labels, patients)

    assert table is not None
    within = [row.low <= table.chance <= row.high for row in table.rows]
    assert sum(within) >= 0.8 * len(within)


def test_interval_is_wider_where_patients_have_many_pictures() -> None:
    codes, labels, _ = some(count=30, flips=0.3)
    often = np.repeat(np.arange(30), 5)  # five pictures of each patient, all alike
    many, tags = codes.take(often.tolist()), labels[often]

    narrow = distance_table.count(many, tags, [str(n) for n in range(150)])
    wide = distance_table.count(many, tags, [str(n) for n in often])

    assert narrow is not None
    assert wide is not None

    def width(table: DistanceTable) -> float:
        return float(np.mean([row.high - row.low for row in table.rows]))

    assert width(wide) > width(narrow)


def test_same_numbers_give_the_same_table() -> None:
    assert distance_table.count(*some()) == distance_table.count(*some())


def test_of_many_pictures_some_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(distance_table, "MAX_PICTURES", 60)

    table = distance_table.count(*some())

    assert table is not None
    assert table.pictures == 60


def test_there_is_no_table_of_few_pairs() -> None:
    codes, labels, _ = some(count=30)

    assert distance_table.count(codes, labels, ["one"] * 30) is None
    assert distance_table.count(*some(count=10)) is None


def test_a_distance_finds_its_row_and_none_beyond_what_was_counted() -> None:
    near, far = DistanceRow(0, 3, 300, 0.7, 0.6, 0.8), DistanceRow(4, 9, 250, 0.2, 0, 1)
    table = DistanceTable((near, far), chance=0.3, pictures=40)

    assert [table.at(n) for n in (0, 3, 4, 9, 10)] == [near, near, far, far, None]


def test_table_survives_json() -> None:
    table = distance_table.count(*some(), of="test pictures")

    assert table is not None
    assert DistanceTable.from_json(table.as_json()) == table


@pytest.mark.parametrize(
    "change",
    [
        {"chance": 1.2},
        {"rows": None},
        {"pictures": "many"},
        {"rows": [{"low_bits": 0}]},
        {"rows": [dataclasses.asdict(DistanceRow(5, 3, 300, 0.5, 0.4, 0.6))]},
        {"rows": [dataclasses.asdict(DistanceRow(0, 3, 300, 0.5, -0.1, 0.6))]},
        {"chance": float("nan")},
    ],
)
def test_table_that_cannot_be_true_is_named(change: dict[str, object]) -> None:
    good = DistanceTable((DistanceRow(0, 3, 300, 0.7, 0.6, 0.8),), 0.3, 40).as_json()

    with pytest.raises(BundleError, match="'distances' is not a table"):
        DistanceTable.from_json({**good, **change})
