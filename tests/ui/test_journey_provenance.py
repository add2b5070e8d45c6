"""How the labels of hits were confirmed is told wherever labels are, in the window."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from cases import SOURCES, index_cases, number_of, path_of
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from medhash_gui.ui.report_tasks import Wish


@pytest.mark.row("E7")
def test_hits_desk_evidence_filter_and_report_tell_how_labels_were_confirmed(
    flight, study, models, tmp_path
):
    library = index_cases(study, tmp_path / "cases.medhash")
    report = tmp_path / "report.json"

    def source(hit):
        return SOURCES[number_of(hit.record.path) % 3]

    def pilot(window):
        session, results = window.session, window.results

        def looked_at():
            is_weighed = session.weighing.weighed is not None
            return session.shown_hit is not None and not session.is_busy and is_weighed

        yield looked_at
        window.actions_by_id["patients_include"].trigger()
        window.actions_by_id["desk"].trigger()
        window.actions_by_id["evidence"].trigger()
        yield lambda: looked_at() and len(session.result.hits) == 12
        desk = window.looking.desk
        for row, hit in enumerate(session.result.hits):
            results.hits.select(row)
            yield looked_at
            said = f"confirmed by {source(hit)}"
            for caption in (window.pair.hit.caption, desk.panels[1].caption):
                assert ("confirmed by" in caption) is bool(source(hit))
                assert said in caption or not source(hit)
        stated = {}
        for hit in session.weighing.weighed.evidence.neighbours:
            stated.setdefault(hit.record.labels[0], Counter())[source(hit)] += 1
        for label, counts in stated.items():
            line = next(
                text
                for text in window.evidence.text.splitlines()
                if text.startswith(f"{label}: ")
            )
            for name in ("pathology", "consensus"):
                assert (f"{name} {counts[name]}" in line) is bool(counts[name])

        window.actions_by_id["filters"].trigger()
        yield looked_at
        box = results.filters.details["confirmed_by"]
        yield lambda: box.count() == 3 and looked_at()
        box.setCurrentIndex(box.findData("pathology"))
        box.activated.emit(box.currentIndex())
        yield lambda: looked_at() and session.choice.narrowing.count == 1
        assert {source(hit) for hit in session.result.hits} == {"pathology"}
        session.reporting.write(Wish(report, 3))
        yield lambda: looked_at() and report.exists()

    assert flight.run(pilot, library, "--image", study / path_of(0)) == 0
    written = json.loads(report.read_text("utf-8"))["hits"]
    assert [hit["confirmed_by"] for hit in written] == ["pathology"] * 3


@pytest.mark.row("E7")
def test_a_label_given_by_hand_is_told_as_that(flight, study, models, tmp_path):
    library = index_cases(study, tmp_path / "cases.medhash")

    def pilot(window):
        session = window.session

        def looked_at():
            return session.shown_hit is not None and not session.is_busy

        yield looked_at
        row = next(
            place
            for place, hit in enumerate(session.result.hits)
            if number_of(hit.record.path) % 3 == 0
        )
        path = session.result.hits[row].record.path
        window.results.hits.select(row)
        yield (
            lambda: looked_at() and "confirmed by pathology" in window.pair.hit.caption
        )
        window.actions_by_id["hit_labels"].trigger()
        dialog = window.dialogs.shown()
        dialog.labels.item(0).setCheckState(Qt.CheckState.Unchecked)
        dialog.other.setText("mass")
        QTest.keyClick(dialog.other, Qt.Key.Key_Return)
        assert dialog.checked() == ("mass",)
        dialog.accept()
        yield (
            lambda: (
                looked_at()
                and session.shown_hit.hit.record.path == path
                and "mass  ·  labelled by hand" in window.pair.hit.caption
            )
        )
        assert "pathology" not in window.pair.hit.caption

    assert flight.run(pilot, library, "--image", study / path_of(0)) == 0
