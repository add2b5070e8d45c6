"""Words of reports without a picture, and the least similar first."""

from __future__ import annotations

import pytest
from command_runs import medhash
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medhash_gui import paths
from medhash_gui.ui.hit_list import HIT


def quiet(window):
    session = window.session
    return session.facts is not None and not session.is_busy


def shown(window):
    model = window.results.hits.hits
    rows = range(model.rowCount())
    return [model.index(row).data(HIT).record.path for row in rows]


@pytest.fixture
def reported(study, models, tmp_path):
    """Return the library of ``study`` with a report of each picture."""
    table = tmp_path / "reports.csv"
    files = sorted(file.relative_to(study).as_posix() for file in study.rglob("*.png"))
    words = ("Large heart.", "No effusion.")
    lines = [f"{name},{words[place % 2]}" for place, name in enumerate(files)]
    table.write_text("\n".join(["file,report", *lines]), "utf-8")
    root = tmp_path / "reported.medhash"
    ran = medhash(
        *("index", study, "--library", root, "--labels", table),
        *("--model", paths.user_models() / "tiny"),
    )
    assert "12" in ran.out, ran.err
    return root


@pytest.mark.row("C23")
def test_words_of_reports_find_pictures_and_one_of_them_becomes_the_query(
    flight, reported
):
    def pilot(window):
        session = window.session
        yield lambda: quiet(window)
        window.actions_by_id["words"].trigger()
        filters = window.results.filters
        yield lambda: filters.report.isVisible() and quiet(window)
        filters.report.setText("heart LARGE")
        QTest.keyClick(filters.report, Qt.Key.Key_Return)
        yield lambda: session.result is not None and quiet(window)
        assert window.results.summary == "6 pictures whose reports have the words"
        assert len(shown(window)) == 6
        assert shown(window) == sorted(shown(window))
        yield lambda: window.pair.hit.view.picture is not None and quiet(window)
        said = window.results.hits.hits.index(0).data(
            Qt.ItemDataRole.AccessibleTextRole
        )
        assert "nan" not in said
        assert "nan" not in window.pair.hit.caption

        first = session.result.hits[0]
        window.actions_by_id["search_hit"].trigger()
        yield lambda: session.answer is not None and quiet(window)
        assert window.pair.query.view.picture.name == first.record.path.split("/")[-1]
        assert session.result.searched == 5  # the words are a filter by now

    assert flight.run(pilot, reported) == 0


def test_words_in_a_library_without_reports_find_nothing(flight, library):
    def pilot(window):
        yield lambda: quiet(window)
        filters = window.results.filters
        window.actions_by_id["words"].trigger()
        yield lambda: quiet(window)
        filters.report.setText("heart")
        QTest.keyClick(filters.report, Qt.Key.Key_Return)
        yield lambda: window.session.result is not None and quiet(window)
        assert shown(window) == []
        assert "passes the filters" in window.results._empty.text()
        filters.report.clear()
        QTest.keyClick(filters.report, Qt.Key.Key_Return)
        yield lambda: window.session.result is None and quiet(window)

    assert flight.run(pilot, library) == 0


@pytest.mark.row("C24")
def test_the_least_similar_come_first_and_the_nearest_again(flight, library, study):
    def pilot(window):
        session = window.session
        yield lambda: session.answer is not None and quiet(window)
        near = [hit.distance for hit in session.result.hits]
        window.actions_by_id["farthest"].trigger()
        yield lambda: session.choice.farthest and quiet(window)
        assert [hit.distance for hit in session.result.hits] == near[::-1]
        assert window.results.summary == "farthest of 11 pictures compared"
        assert window.actions_by_id["farthest"].isChecked()
        assert window.results.hits.isVisible()
        window.actions_by_id["farthest"].trigger()
        yield lambda: not session.choice.farthest and quiet(window)
        assert [hit.distance for hit in session.result.hits] == near

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0
