"""Whose pictures are among the hits, whose stand apart, and who is named on screen."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest
from cases import CASES, PATIENTS, index_cases, number_of, path_of
from PySide6.QtWidgets import QComboBox

from medhash_gui.ui.hit_list import HIT


def quiet(window) -> bool:
    session = window.session
    return session.answer is not None and not session.is_busy


def looked_at(window) -> bool:
    return quiet(window) and window.session.shown_hit is not None


def listed(cells) -> list[int]:
    model = cells.hits
    rows = range(model.rowCount())
    return [number_of(model.index(row).data(HIT).record.path) for row in rows]


def whose(numbers) -> Counter:
    return Counter(PATIENTS[number] for number in numbers)


@pytest.fixture
def cases(study, models, tmp_path):
    return index_cases(study, tmp_path / "cases.medhash")


@pytest.fixture
def words(cases, study):
    return cases, "--image", study / path_of(0)


@pytest.mark.row("C10")
def test_the_querys_patient_is_set_apart_included_or_each_patient_shown_once(
    flight, words
):
    def pilot(window):
        results = window.results
        yield lambda: looked_at(window)
        assert whose(listed(results.hits)) == {"B": 3, "C": 2, "": 4}
        assert results.prior.isVisible()
        assert set(listed(results.prior)) == {1, 2}
        results.prior.select(0)
        yield lambda: looked_at(window) and window.session.shown_hit.hit.rank == 1
        assert window.pair.hit._heading.text().startswith("Same patient: ")
        assert not results.hits.selectionModel().hasSelection()

        window.actions_by_id["patients_include"].trigger()
        yield lambda: looked_at(window) and len(listed(results.hits)) == 12
        assert whose(listed(results.hits)) == {"A": 3, "B": 3, "C": 2, "": 4}
        assert not results.prior.isVisible()

        policy = next(
            box for box in results.findChildren(QComboBox) if box.findData("group") >= 0
        )
        policy.setCurrentIndex(policy.findData("group"))
        policy.activated.emit(policy.currentIndex())
        yield lambda: looked_at(window) and len(listed(results.hits)) == 7
        assert whose(listed(results.hits)) == {"A": 1, "B": 1, "C": 1, "": 4}
        nearest = {}
        for hit in window.session.result.hits:
            nearest[PATIENTS[number_of(hit.record.path)]] = hit.distance
        assert window.actions_by_id["patients_group"].isChecked()

        window.actions_by_id["patients_exclude"].trigger()
        yield lambda: looked_at(window) and results.prior.isVisible()
        assert whose(listed(results.hits))["A"] == 0
        of_b = [
            hit.distance
            for hit in window.session.result.hits
            if PATIENTS[number_of(hit.record.path)] == "B"
        ]
        assert nearest["B"] == min(of_b)

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C11")
def test_the_query_and_its_copies_are_no_hits_unless_the_patient_is_included(
    flight, study, models, tmp_path
):
    for place in ("dark/copy.png", "light/again.png", "twice.png"):
        shutil.copy(study / path_of(8), study / place)
    library = index_cases(study, tmp_path / "copies.medhash")
    outside = tmp_path / "the same picture.png"
    shutil.copy(study / path_of(8), outside)
    same = {path_of(8), "dark/copy.png", "light/again.png", "twice.png"}

    def paths(window):
        return [hit.record.path for hit in window.session.result.hits]

    def pilot(window):
        yield lambda: looked_at(window)
        window.session.choose_patients("exclude")
        yield lambda: looked_at(window)
        assert not same & set(paths(window))
        assert len(paths(window)) == 11
        window.actions_by_id["patients_group"].trigger()
        yield lambda: looked_at(window) and len(paths(window)) < 11
        assert not same & set(paths(window))
        window.actions_by_id["patients_include"].trigger()
        yield lambda: looked_at(window) and len(paths(window)) > 11
        hits = window.session.result.hits
        assert {hit.record.path for hit in hits if hit.identical} == same
        assert [hit.rank for hit in hits[:4]] == [0, 0, 0, 0]
        assert len(hits) == 4 + 11  # they take no place of a hit
        model = window.results.hits.hits
        said = [model.distance_text(hit) for hit in hits[:5]]
        assert said[:4] == ["identical file"] * 4
        assert said[4].endswith("bits differ")

    assert flight.run(pilot, library, "--image", outside) == 0


@pytest.mark.row("C17")
def test_each_case_is_shown_once_by_its_nearest_picture(flight, words):
    def pilot(window):
        session = window.session
        yield lambda: looked_at(window)
        window.actions_by_id["patients_include"].trigger()
        yield lambda: looked_at(window) and len(session.result.hits) == 12
        before = [hit for hit in session.result.hits if not hit.identical]
        window.actions_by_id["filters"].trigger()
        yield lambda: looked_at(window)
        window.results.filters.once_a_case.click()
        yield lambda: looked_at(window) and len(session.result.hits) < 12

        def case(hit):
            number = number_of(hit.record.path)
            return PATIENTS[number] + CASES[number] or hit.record.path

        found = [hit for hit in session.result.hits if not hit.identical]
        assert Counter(map(case, found)).most_common(1)[0][1] == 1
        firsts = {}
        for hit in before:
            firsts.setdefault(case(hit), hit.row)
        assert [hit.row for hit in found] == list(firsts.values())
        window.results.filters.once_a_case.click()
        yield lambda: looked_at(window) and len(session.result.hits) == 12

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("I9")
def test_the_banner_names_both_patients_and_one_key_hides_whoever_is_named(
    flight, words
):
    kept = {}

    def pilot(window):
        session, banner = window.session, window.banner
        yield lambda: looked_at(window)
        own = session.answer.query.patient_key
        hit = session.shown_hit.hit
        assert banner.isVisible()
        assert banner.text.startswith(f"Query: {own} | Hit: ")
        assert (hit.record.patient_key or "patient not known") in banner.text
        window.results.prior.select(0)
        yield (
            lambda: looked_at(window) and session.shown_hit.hit in session.result.prior
        )
        assert banner.text == f"Query: {own} | Hit: {own}, the same patient"
        assert own in window.pair.hit.caption
        window.actions_by_id["desk"].trigger()
        desk = window.looking.desk
        yield lambda: looked_at(window)
        shown = "\n".join(panel.caption for panel in desk.panels[:2])
        assert own in shown

        window.actions_by_id["banner"].trigger()  # Ctrl+H
        assert not banner.isVisible()
        captions = [panel.caption for panel in (*desk.panels, window.pair.hit)]
        assert not [text for text in captions if own in text]
        assert not [text for text in captions if "patient not known" in text]
        assert "light" in window.pair.hit.caption or "dark" in window.pair.hit.caption
        assert "banner" not in kept
        kept["own"] = own
        desk.close()

    def again(window):
        yield lambda: looked_at(window)
        assert not window.banner.isVisible()
        assert kept["own"] not in window.pair.hit.caption
        window.actions_by_id["banner"].trigger()
        assert window.banner.isVisible()
        assert kept["own"] in window.banner.text

    assert flight.run(pilot, *words) == 0
    assert flight.run(again, *words) == 0


@pytest.mark.row("I9")
def test_the_banner_names_the_patient_of_a_picture_that_words_found(
    flight, study, models, tmp_path
):
    library = index_cases(study, tmp_path / "cases.medhash", report="Large heart.")

    def pilot(window):
        session = window.session
        yield lambda: session.facts is not None and not session.is_busy
        assert not window.banner.isVisible()  # nobody is on the screen
        window.actions_by_id["words"].trigger()
        yield lambda: not session.is_busy
        window.results.filters.report.setText("heart")
        window.results.filters.report.editingFinished.emit()
        yield lambda: session.shown_hit is not None and not session.is_busy
        key = session.shown_hit.hit.record.patient_key
        assert window.banner.isVisible()
        assert window.banner.text == f" | Hit: {key}"

    assert flight.run(pilot, library) == 0
