"""What counts among the nearest cases meant is counted honestly, and told or not."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from tiny_bundle import make_tiny_bundle

from medhash_gui import catalogue, model_page, reliability, reliability_counts
from medhash_gui.codes import HashCodes
from medhash_gui.errors import BundleError
from medhash_gui.reliability import Reliability, Told, Untold
from medhash_gui.share import Share, wilson

BITS = 32
CLASSES = ("oedema", "effusion")


def islands(
    shares: tuple[float, ...], each: int = 120, *, seed: int = 0, pictures: int = 1
) -> tuple[HashCodes, np.ndarray, list[str]]:
    """Return patients on islands of one code each, of whom a share bears a label.

    On an island neighbours are drawn as the query is, so their share is right.
    """
    random = np.random.default_rng(seed)
    centres = random.choice([-1.0, 1.0], (len(shares), BITS))
    of = np.repeat(np.arange(len(shares)), each)
    bears = random.random(len(of)) < np.asarray(shares)[of]
    logits = centres[of] * random.uniform(0.5, 2, (len(of), BITS))
    labels = np.stack([bears, ~bears], axis=1).astype(np.float32)
    rows = np.repeat(np.arange(len(of)), pictures)
    patients = [f"patient {row}" for row in rows]
    return HashCodes.from_logits(logits[rows]), labels[rows], patients


def measured(*some, by_patient: bool = True) -> Reliability:
    codes, labels, patients = some
    found = reliability_counts.measure(
        codes, labels, patients, CLASSES, by_patient=by_patient, of="test pictures"
    )
    assert found is not None
    return found


def curve_of(known: Reliability, neighbours: int, label: str | None = "oedema"):
    curve = known.curve(neighbours, label)
    assert curve is not None
    return curve


@pytest.mark.row("E3")
def test_right_counts_lie_on_the_diagonal():
    known = measured(*islands((0.05, 0.3, 0.5, 0.7, 0.95)))

    curve = curve_of(known, 16)
    assert len(curve.rows) >= 5
    for row in curve.rows:
        assert row.low <= row.mean_count / 16 <= row.high
    assert curve.error.value < 2.5 * curve.error_chance
    assert curve.gain.low > 0


def hubs() -> tuple[HashCodes, np.ndarray, list[str]]:
    """Return pictures whose neighbours are hubs that all bear a label they may not.

    Hubs have one code; each other picture differs from them in six bits of its own
    and from the others of its kind in more.
    """
    random = np.random.default_rng(4)
    signs = np.ones((260, BITS))
    for row in range(60, 260):
        signs[row, random.choice(BITS, 6, replace=False)] = -1
    bears = np.ones(260, np.bool_)
    bears[60:] = random.random(200) < 0.4
    labels = np.stack([bears, ~bears], axis=1).astype(np.float32)
    return HashCodes.from_logits(signs), labels, [str(row) for row in range(260)]


@pytest.mark.row("E3")
def test_counts_that_promise_too_much_lie_off_it():
    known = measured(*hubs())

    curve = curve_of(known, 16)
    top = curve.rows[-1]
    assert top.mean_count / 16 > 0.9
    assert top.high < 0.75
    assert curve.error.low > 2 * curve.error_chance
    assert curve.brier.value > curve.brier_base
    assert curve.gain.high < 0


def counted_slowly(codes, labels, patients, neighbours, column):
    """Return {count: (pictures, bearing)} by asking picture after picture."""
    soft = codes.soft_or_signs().astype(np.float64)
    signs = codes.signs()
    found: dict[int, list[int]] = {}
    for row in range(len(codes)):
        ranked = sorted(
            (n for n in range(len(codes)) if patients[n] != patients[row]),
            key=lambda n: (
                int((signs[n] != signs[row]).sum()),
                -float(
                    soft[n]
                    @ soft[row]
                    / np.linalg.norm(soft[n])
                    / np.linalg.norm(soft[row])
                ),
            ),
        )
        seen: dict[str, int] = {}
        for other in ranked:
            seen.setdefault(patients[other], other)
        cases = list(seen.values())[:neighbours]
        count = int(labels[cases, column].sum())
        found.setdefault(count, []).append(int(labels[row, column]))
    return {count: (len(bore), sum(bore)) for count, bore in found.items()}


def test_curves_equal_asking_picture_after_picture():
    random = np.random.default_rng(8)
    logits = random.normal(size=(260, 12))
    labels = (random.random((260, 2)) < [0.5, 0.3]).astype(np.float32)
    logits[:, :4] += 1.5 * labels[:, :1]
    patients = [f"patient {number}" for number in random.integers(0, 110, 260)]
    codes = HashCodes.from_logits(logits)

    known = measured(codes, labels, patients)

    for neighbours in (5, 10, 20):
        slow = counted_slowly(codes, labels, patients, neighbours, 0)
        rows = curve_of(known, neighbours).rows
        assert len(rows) >= 3
        for row in rows:
            inside = [
                slow[count]
                for count in range(row.low_count, row.high_count + 1)
                if count in slow
            ]
            assert row.counted == sum(pictures for pictures, _ in inside)
            assert row.bearing == sum(bearing for _, bearing in inside)


def test_a_patient_is_no_neighbour_of_their_own():
    # Each patient's films are alike and bear the same; others tell nothing about them.
    random = np.random.default_rng(2)
    codes = HashCodes.from_logits(np.repeat(random.normal(size=(150, BITS)), 4, axis=0))
    bears = np.repeat(random.random(150) < 0.5, 4)
    labels = np.stack([bears, ~bears], axis=1).astype(np.float32)

    own = measured(codes, labels, [str(row // 4) for row in range(600)])
    leaked = measured(codes, labels, [str(row) for row in range(600)])

    assert curve_of(own, 5).gain.high < 0.02
    assert curve_of(leaked, 5).gain.low > 0.05
    assert own.patients == 150
    assert own.pictures == 600


def test_interval_is_of_patients_not_pictures():
    alone = measured(*islands((0.2, 0.8), each=100))
    often = measured(*islands((0.2, 0.8), each=100, pictures=6))

    narrow, wide = (curve_of(known, 16).rows[-1] for known in (alone, often))
    assert wide.patients < wide.counted / 3
    assert wide.high - wide.low > 0.8 * (narrow.high - narrow.low)


def test_a_row_in_which_all_bore_it_is_not_certain():
    row = curve_of(measured(*islands((0.0, 1.0))), 16).rows[-1]

    assert row.share == 1
    assert row.low == pytest.approx(wilson(120, 120)[0], abs=1e-4)


def test_rows_of_few_patients_are_left_out_and_so_is_a_k_that_takes_in_everybody():
    codes, labels, patients = islands((0.0, 1.0), each=50)
    few = np.r_[0:50, 50:65]  # 15 of the second island

    known = measured(codes.take(few), labels[few], [patients[n] for n in few])

    assert known.measured == (5, 10)
    rows = [row for curve in known.curves for row in curve.rows]
    assert rows
    assert min(row.patients for row in rows) >= reliability.MIN_PATIENTS
    assert all(row.high_count == 0 for row in curve_of(known, 5).rows)


def test_nothing_is_measured_of_few_patients_or_without_labels():
    codes, labels, patients = islands((0.5,), each=25)
    enough = islands((0.5,), each=26)

    def found(labels, patients, codes=codes):
        return reliability_counts.measure(
            codes, labels, patients, CLASSES, by_patient=True
        )

    assert found(labels, patients) is None
    assert found(enough[1], enough[2], enough[0]) is not None
    assert found(np.zeros_like(enough[1]), enough[2], enough[0]) is None
    assert found(enough[1], ["one"] * 26, enough[0]) is None


def test_a_label_that_no_picture_bears_has_no_curve():
    codes, labels, patients = islands((1.0,), each=60)

    known = measured(codes, labels, patients)

    assert known.curve(5, "oedema") is not None
    assert known.curve(5, "effusion") is None
    assert look(known, "effusion", 3, 5) == Untold("label", known.measured)


def test_same_pictures_give_the_same_curves_and_many_are_drawn(monkeypatch):
    some = islands((0.3, 0.7))
    assert measured(*some) == measured(*some)

    monkeypatch.setattr(reliability_counts, "MAX_PICTURES", 90)
    assert measured(*some).pictures == 90


@pytest.mark.parametrize("neighbours", [1, 3, 5, 10, 16, 20, 50])
def test_bands_hold_every_count_once(neighbours):
    held = [
        count
        for low, high in reliability_counts.bands(neighbours)
        for count in range(low, high + 1)
    ]

    assert held == list(range(neighbours + 1))


def look(known, label, count, of, familiarity=None):
    near = Share(count, of)
    return reliability.look_up(known, label, near, familiarity=familiarity)


def test_a_count_is_told_by_the_row_of_its_share():
    known = measured(*islands((0.05, 0.3, 0.5, 0.7, 0.95)))

    told = look(known, "oedema", 7, 10)
    assert isinstance(told, Told)
    assert (told.curve.neighbours, told.curve.label) == (10, "oedema")
    assert (told.row.low_count, told.row.high_count) == (7, 8)
    other = look(known, "oedema", 9, 12)  # 7.5 of 10
    assert isinstance(other, Told)
    assert other == told


def test_another_k_has_its_own_curve_or_none():
    known = measured(*islands((0.05, 0.3, 0.5, 0.7, 0.95)))

    def k_of(of):
        told = look(known, "oedema", of // 2, of)
        return told.curve.neighbours if isinstance(told, Told) else told.reason

    assert [k_of(of) for of in (5, 8, 10, 14, 16, 18, 25, 50, 62)] == [
        5, 10, 10, 16, 16, 16, 20, 50, 50
    ]  # fmt: skip
    assert [k_of(of) for of in (2, 7, 30, 63, 200)] == ["neighbours"] * 5
    assert look(known, "oedema", 100, 200) == Untold("neighbours", known.measured)


def test_where_one_label_is_rare_all_labels_together_tell():
    codes, labels, patients = islands((0.0, 1.0), each=60)
    rare = np.zeros((120, 1), np.float32)
    rare[55:64] = 1  # too few of their neighbours bear it
    three = np.concatenate([labels, rare], axis=1)

    known = reliability_counts.measure(
        codes, three, patients, (*CLASSES, "rare"), by_patient=True
    )

    told = look(known, "rare", 5, 5)
    assert isinstance(told, Told)
    assert told.curve.label is None
    assert told.curve.at(Share(5, 5)) == told.row


def test_what_was_not_measured_is_not_told():
    known = measured(*islands((0.0, 1.0)))

    assert look(None, "oedema", 3, 5) == Untold("model")
    assert look(known, "nodule", 3, 5) == Untold("label", known.measured)
    assert look(known, "oedema", 3, 5) == Untold("few", known.measured)
    thin = dataclasses.replace(curve_of(known, 5).rows[-1], patients=19)
    curves = tuple(
        dataclasses.replace(curve, rows=(thin,))
        for curve in known.curves
        if curve.neighbours == 5
    )
    foreign = dataclasses.replace(known, curves=curves)
    assert look(foreign, "oedema", 5, 5) == Untold("few", (5,))


def test_nothing_is_told_of_a_query_unlike_the_held_out_pictures():
    known = measured(*islands((0.2, 0.8)))

    assert isinstance(look(known, "oedema", 4, 5, familiarity=1.0), Told)
    strange = look(known, "oedema", 4, 5, familiarity=1.01)
    assert strange == Untold("query", known.measured)


def test_nothing_is_told_of_a_question_that_was_not_measured_so():
    known = measured(*islands((0.2, 0.8)))
    near = Share(5, 5)

    told = reliability.look_up(known, "oedema", near, familiarity=None, is_plain=False)

    assert told == Untold("asked", known.measured)
    each = {"oedema": near}
    for is_plain in (True, False):
        (one,) = reliability.look_up_each(
            known, each, familiarity=None, is_plain=is_plain
        ).values()
        assert isinstance(one, Told) == is_plain


def test_curves_survive_json_and_the_card(tmp_path: Path):
    known = measured(*islands((0.2, 0.8)), by_patient=False)
    assert Reliability.from_json(known.as_json()) == known

    make_tiny_bundle(tmp_path / "tiny", reliability=known)

    assert catalogue.read_card(tmp_path / "tiny").reliability == known
    page = (tmp_path / "tiny" / "card.md").read_text(encoding="utf-8")
    assert "| 13-16 of 16 |" in page
    assert "of 240 patients" not in page  # nobody knows whose the pictures are


def test_a_card_without_curves_opens_and_says_so(tmp_path: Path):
    make_tiny_bundle(tmp_path / "tiny")
    file = tmp_path / "tiny" / "card.json"
    text = file.read_text(encoding="utf-8").replace('"reliability": null,', "")
    assert "reliability" not in text
    file.write_text(text, encoding="utf-8")

    card = catalogue.read_card(tmp_path / "tiny")

    assert card.reliability is None
    page = model_page.markdown(card)
    assert "count among the nearest cases meant\n\nNot measured." in page


@pytest.mark.parametrize(
    "change",
    [
        {"curves": None},
        {"pictures": "many"},
        {"curves": [{"neighbours": 5}]},
        {"base": 1.5},
        {"base": float("nan")},
        {"error_chance": -1.0},
        {"gain": {"value": 2.0, "low": 0.0, "high": 1.0}},
        {"brier": {"value": 0.1, "low": 0.0}},
        {"row": {"bearing": 1000}},
        {"row": {"patients": 1000}},
        {"row": {"low_count": 3, "high_count": 2}},
        {"row": {"high_count": 6}},
        {"row": {"low": -0.1}},
        {"row": {"mean_count": 9.0}},
    ],
)
def test_curves_that_cannot_be_true_are_named(change):
    values = measured(*islands((0.0, 1.0))).as_json()
    curve = values["curves"][0]
    if "row" in change:
        curve["rows"] = [{**curve["rows"][-1], **change["row"]}]
    elif set(change) <= set(values):
        values.update(change)
    else:
        curve.update(change)

    with pytest.raises(BundleError, match="'reliability' is not a set of curves"):
        Reliability.from_json(values)
