"""More of a finding: chosen, made stronger, kept, taken back, by the real ``main``."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from medhash_gui.more_of import MoreOf
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.ui import search_file
from medhash_gui.ui.report_tasks import Wish


def quiet(window):
    session = window.session
    return session.answer is not None and not session.is_busy


def moved(window):
    result = window.session.result
    return quiet(window) and result is not None and result.moved is not None


def plain(window):
    result = window.session.result
    return quiet(window) and result is not None and result.moved is None


def heading(window):
    return window.pair.hit._heading.toolTip()


def choose(bar, label):
    index = bar.labels.findData(label)
    bar.labels.setCurrentIndex(index)
    bar.labels.activated.emit(index)


@pytest.fixture
def query(study):
    return study / "dark/picture 00.png"


@pytest.mark.row("C8")
def test_the_query_is_moved_and_says_so_until_it_is_taken_back(flight, library, query):
    def pilot(window):
        session, bar = window.session, window.pair.more
        window.actions_by_id["evidence"].trigger()
        yield lambda: plain(window) and session.weighing.weighed is not None
        before = session.result.hits
        assert bar.isHidden()
        window.actions_by_id["more_of"].trigger()
        assert bar.isVisible()
        assert not bar.back.isEnabled()
        choose(bar, "light")
        yield lambda: moved(window)
        how = session.result.moved
        assert (how.label, how.strength) == ("light", 1)
        assert (how.patients_with, how.patients_without) == (6, 5)  # without the query
        assert f"{how.bits_changed[0]} of 16 bits were turned over" in bar.text
        assert "as 6 patients with it differ from 5 without" in bar.text
        assert "from the moved query" in heading(window)
        shown = window.results.hits.hits
        assert "from moved" in shown.distance_text(session.result.hits[0])
        assert "bits differ" in shown.distance_text(before[0])
        assert "compared with the moved code" in window.results.summary
        # What was measured on pictures as they are is not told of a moved code.
        assert session.weighing.weighed is None
        assert "moved towards more of light" in window.evidence.text
        assert "held-out" not in window.evidence.text
        assert "not measured for this model" not in window.evidence.text
        assert not window.evidence.contrast.isEnabled()
        window.actions_by_id["why"].trigger()
        yield lambda: "bits turned" in window.pair.why.text and quiet(window)
        assert window.pair.why.text.startswith("Of the picture as it is: ")
        window.actions_by_id["why"].trigger()
        bar.strength.setValue(2.5)
        yield lambda: moved(window) and session.result.moved.strength == 2.5
        bar.back.click()
        yield lambda: plain(window) and session.weighing.weighed is not None
        assert session.result.hits == before
        assert bar.isHidden()
        assert "moved" not in window.evidence.text
        assert "bits differ" in heading(window)

    assert flight.run(pilot, library, "--image", query) == 0


def test_a_finding_is_chosen_by_keys_alone(flight, library, query):
    def press(key):
        QTest.keyClick(QGuiApplication.focusWindow(), key)

    def pilot(window):
        session, bar = window.session, window.pair.more
        yield lambda: plain(window)
        press(Qt.Key.Key_G)
        assert bar.labels.hasFocus()
        press(Qt.Key.Key_Down)
        yield lambda: moved(window)
        assert bar.labels.hasFocus()
        nearest = session.shown_hit.hit.record.labels  # its finding comes first
        assert session.result.moved.label == bar.labels.itemData(1)
        assert nearest
        press(Qt.Key.Key_Tab)
        assert bar.strength.hasFocus()
        press(Qt.Key.Key_Up)
        yield lambda: moved(window) and session.result.moved.strength == 1.25
        press(Qt.Key.Key_Backtab)
        assert bar.labels.hasFocus()
        press(Qt.Key.Key_Home)
        yield lambda: plain(window)

    assert flight.run(pilot, library, "--image", query) == 0


def test_the_way_back_leads_to_the_moved_query(flight, library, query):
    def pilot(window):
        session = window.session
        yield lambda: plain(window)
        session.inquiry.show_more_of(MoreOf("light", 2))
        yield lambda: moved(window)
        hits = session.result.hits
        assert session.trail.names == ("picture 00.png + light",)
        window.search_hit()
        yield lambda: plain(window) and session.source.name != "picture 00.png"
        assert session.choice.more_of is None
        assert window.pair.more.isHidden()
        window.actions_by_id["back"].trigger()
        yield lambda: moved(window) and session.source.name == "picture 00.png"
        assert session.choice.more_of == MoreOf("light", 2)
        assert session.result.hits == hits
        assert window.pair.more.labels.currentData() == "light"
        assert window.pair.more.strength.value() == 2
        window.actions_by_id["forward"].trigger()
        yield lambda: plain(window) and session.source.name != "picture 00.png"
        assert len(session.trail.names) == 2

    assert flight.run(pilot, library, "--image", query) == 0


def test_a_kept_search_and_the_work_of_the_last_run_keep_the_finding(
    flight, library, query
):
    def first(window):
        session = window.session
        yield lambda: plain(window)
        session.inquiry.show_more_of(MoreOf("light", 0.5))
        yield lambda: moved(window)
        session.searches.keep("more light")
        yield lambda: session.searches.kept and quiet(window)

    def second(window):
        session = window.session
        yield lambda: moved(window)
        assert session.choice.more_of == MoreOf("light", 0.5)
        session.inquiry.show_more_of(None)
        yield lambda: plain(window)
        session.searches.open("more light")
        yield lambda: moved(window)
        assert window.pair.more.isVisible()
        assert session.result.moved.strength == 0.5

    assert flight.run(first, library, "--image", query) == 0
    assert search_file.load(str(library)).named[0].more_of == "light:0.5"
    assert flight.run(second) == 0


def test_a_kept_search_without_a_finding_is_still_read(library):
    kept = search_file.KeptSearch("old")
    search_file.save(str(library), search_file.Kept((kept,)))
    file = search_file.paths.searches_of(str(library))
    values = json.loads(file.read_bytes())
    del values["named"][0]["more_of"]
    file.write_text(json.dumps(values))

    assert search_file.load(str(library)).named == (kept,)


def test_what_cannot_be_shown_more_of_leaves_the_hits_and_says_why(
    flight, library, query
):
    with CodeStore.open(library, writable=True) as store:
        light = [row for row in range(12) if store.labels(row) == ("light",)]
        few = [RowChange(row, labels=("rare",)) for row in light[:2]]
        store.change(few)

    def pilot(window):
        session, bar = window.session, window.pair.more
        yield lambda: plain(window)
        before = session.result.hits
        window.actions_by_id["more_of"].trigger()
        choose(bar, "rare")
        yield lambda: window.bar.notice is not None and plain(window)
        assert "Only 2 other patients are labelled 'rare'" in window.bar.notice.text
        assert "At least 5 must be on each side" in window.bar.notice.hint
        assert session.choice.more_of is None
        assert session.result.hits == before
        assert bar.labels.currentData() is None

    assert flight.run(pilot, library, "--image", query) == 0


def test_work_goes_on_without_a_finding_that_is_not_in_the_library_any_more(
    flight, library, query
):
    def first(window):
        yield lambda: plain(window)
        window.session.inquiry.show_more_of(MoreOf("light"))
        yield lambda: moved(window)

    def second(window):
        session = window.session
        yield lambda: window.bar.notice is not None and plain(window)
        assert "is labelled 'light'" in window.bar.notice.text
        assert session.source.name == "picture 00.png"
        assert session.choice.more_of is None
        assert session.result.hits
        assert window.pair.more.isHidden()

    assert flight.run(first, library, "--image", query) == 0
    with CodeStore.open(library, writable=True) as store:
        renamed = [
            RowChange(row, labels=("bright",))
            for row in range(store.row_count)
            if store.labels(row) == ("light",)
        ]
        store.change(renamed)
    assert flight.run(second) == 0


def test_a_report_tells_the_finding_and_repeats_it(flight, library, query, tmp_path):
    page, values = tmp_path / "moved.html", tmp_path / "moved.json"

    def pilot(window):
        session = window.session
        yield lambda: plain(window)
        session.inquiry.show_more_of(MoreOf("light", 2))
        yield lambda: moved(window)
        for file in (page, values):
            session.reporting.write(Wish(file, 3, has_pictures=False))
            yield lambda file=file: file.is_file() and quiet(window)

    assert flight.run(pilot, library, "--image", query) == 0
    told = json.loads(values.read_bytes())
    assert told["moved"]["label"] == "light"
    assert told["evidence"] is None
    assert "--more-of" in told["command"]
    assert "light:2" in told["command"]
    text = page.read_text()
    assert "The query was moved towards more of light (strength 2)" in text
    assert "Bits from the moved code" in text
