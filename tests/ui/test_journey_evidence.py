"""From a question to evidence, a filter and a report, through the real ``main``."""

from __future__ import annotations

import json

import pytest

from medhash_gui import impressions, paths
from medhash_gui.exporting import RESEARCH_USE
from medhash_gui.ui.report_tasks import Wish


def quiet(window):
    session = window.session
    return session.answer is not None and not session.is_busy


def weighed(window):
    return quiet(window) and window.session.weighing.weighed is not None


@pytest.mark.row("E1", "E2", "E6", "E8")
def test_evidence_counts_the_labels_and_the_contrast_is_one_key_away(
    flight, library, study
):
    def pilot(window):
        yield lambda: weighed(window)
        window.actions_by_id["evidence"].trigger()
        evidence = window.session.weighing.weighed.evidence
        assert sum(window.session.weighing.weighed.counts) == 11
        assert window.evidence.isVisible()
        assert "What a distance means was not measured" in window.evidence.text
        assert "What such counts mean was not measured" in window.evidence.text
        assert not window.evidence.reliability.plot.isVisible()
        for share in evidence.labels:
            assert f"{share.label}: {share.near.count} of 11" in window.evidence.text
            low, high = share.near.interval
            interval = f"(95 % interval {low:.0%} to {high:.0%})"
            assert f"{interval}; in the library {share.base.value:.0%}." in (
                window.evidence.text
            )
        nearest = window.session.result.hits[0]
        window.actions_by_id["contrast"].trigger()
        yield lambda: quiet(window) and window.pair.hit.view.picture is not None
        shown = window.pair.hit.view.picture.name
        assert shown == evidence.contrast.record.path
        assert shown.split("/")[0] != nearest.record.labels[0]
        window.evidence.neighbours.setValue(3)
        yield lambda: weighed(window)
        assert "of 3" in window.evidence.text
        assert window.session.settings.whole("neighbours") == 3

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


@pytest.mark.row("C9")
def test_filters_count_before_ranking_and_are_gone_in_another_library(
    flight, library, study
):
    def pilot(window):
        yield lambda: weighed(window)
        filters = window.results.filters
        window.actions_by_id["filters"].trigger()
        yield lambda: quiet(window)
        filters.folder.setText("light")
        filters.folder.editingFinished.emit()
        yield lambda: window.session.result.searched == 6 and weighed(window)
        labels = {hit.record.labels for hit in window.session.result.hits}
        assert labels == {("light",)}
        filters.since.setText("1999-13-01")
        filters.since.editingFinished.emit()
        assert filters.note == "1999-13-01 is no day such as 2024-05-31."
        filters.since.setText("2999-01-01")
        filters.since.editingFinished.emit()
        yield lambda: window.session.result.searched == 0 and quiet(window)
        assert "passes the filters" in window.results._empty.text()
        filters.clear.click()
        yield lambda: window.session.result.searched == 11 and weighed(window)
        assert window.session.choice.narrowing.count == 0

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


@pytest.mark.parametrize("suffix", [".html", ".pdf", ".csv", ".json"])
@pytest.mark.row("G1", "G2", "I10")
def test_a_report_is_written_and_names_no_file(
    flight, library, study, tmp_path, suffix
):
    file = tmp_path / f"report{suffix}"

    def pilot(window):
        yield lambda: weighed(window)
        window.actions_by_id["report"].trigger()
        dialog = window.dialogs.shown()
        dialog.file.setText(str(file.with_suffix(".docx")))
        dialog.accept()
        assert "does not end in" in dialog.problem
        dialog.file.setText(str(file))
        dialog.hits.setValue(3)
        dialog.letters.setChecked(True)
        dialog.accept()
        yield lambda: quiet(window) and file.exists()
        assert "Saved as" in window.bar.notice.text

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0

    data = file.read_bytes()
    assert b"picture 0" not in data
    if suffix == ".pdf":
        assert data.startswith(b"%PDF")
        assert b"%%EOF" in data[-32:]
        assert data.count(b"/Subtype /Image") >= 4
        return
    text = data.decode("utf-8-sig")
    assert RESEARCH_USE in text
    if suffix == ".html":
        assert text.count("data:image/png;base64,") == 4
    if suffix == ".json":
        assert len(json.loads(text)["hits"]) == 3


def test_a_report_that_cannot_be_written_is_a_sentence(
    flight, library, study, tmp_path
):
    def pilot(window):
        yield lambda: weighed(window)
        (tmp_path / "file").write_bytes(b"")
        place = tmp_path / "file" / "report.csv"
        window.session.reporting.write(Wish(place, 3))
        yield lambda: window.bar.notice is not None
        assert "is a file, not a folder" in window.bar.notice.text
        assert window.bar.notice.hint == "Name a folder for the export."

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0


@pytest.mark.row("E10")
def test_own_impression_is_asked_for_before_any_hit_and_stays_here(
    flight, library, study, clean_home
):
    paths.settings_file().parent.mkdir(parents=True, exist_ok=True)
    paths.settings_file().write_text(
        '{"blind_first": true, "accepted_research_notice": true}'
    )

    def pilot(window):
        yield lambda: weighed(window)
        cover = window.results.cover
        assert cover.state == "blind"
        assert window.results.hits.isHidden()
        assert window.pair.hit.view.picture is None
        # Nothing else tells of the hits either.
        window.actions_by_id["evidence"].trigger()
        assert window.evidence.isVisible()
        assert window.evidence.text == (
            "What stands behind the hits is told once they are shown."
        )
        assert not window.evidence.chart.isVisible()
        for name in ("next_hit", "contrast", "desk", "report", "export"):
            window.actions_by_id[name].trigger()
        yield lambda: quiet(window)
        assert window.pair.hit.view.picture is None
        assert window.dialogs.shown() is None
        assert not window.session.desk.is_open
        cover.impression.setPlainText("Looks dark to me.")
        cover.show_hits.click()
        yield lambda: quiet(window) and window.pair.hit.view.picture is not None
        assert window.results.hits.isVisible()
        assert "of 11 nearest cases" in window.evidence.text
        assert window.evidence.chart.isVisible()
        assert window.actions_by_id["contrast"].isEnabled()

    assert flight.run(pilot, library, "--image", study / "dark/picture 00.png") == 0

    kept = json.loads(impressions.file().read_text("utf-8"))
    assert kept["impression"] == "Looks dark to me."
    assert "picture 00" not in impressions.file().read_text("utf-8")


@pytest.mark.row("I10")
def test_the_research_notice_is_accepted_once(flight, library):
    flight.is_first_use = True

    def first(window):
        yield lambda: window.dialogs.shown() is not None
        window.dialogs.shown().accept()
        yield lambda: window.dialogs.shown() is None

    def again(window):
        yield lambda: window.session.facts is not None
        assert window.dialogs.shown() is None

    assert flight.run(first, library) == 0
    assert flight.run(again, library) == 0


@pytest.mark.row("I10")
def test_who_does_not_accept_the_research_notice_leaves(flight, library):
    flight.is_first_use = True

    def pilot(window):
        yield lambda: window.dialogs.shown() is not None
        window.dialogs.shown().reject()
        yield lambda: not window.isVisible()

    assert flight.run(pilot, library) == 0
    kept = json.loads(paths.settings_file().read_text("utf-8"))
    assert "accepted_research_notice" not in kept


@pytest.mark.row("I6")
def test_keys_of_ones_own_are_remembered_and_never_double(flight, library):
    def change(window):
        yield lambda: window.session.facts is not None
        window.actions_by_id["shortcuts"].trigger()
        editor = window.dialogs.shown()
        names = [command.id for command in window.commands]
        editor.table.setCurrentCell(names.index("evidence"), 0)
        editor.keys.setKeySequence("Ctrl+O")
        editor.keys.editingFinished.emit()
        assert "Open an image" in editor.problem
        editor.keys.setKeySequence("Ctrl+J")
        editor.keys.editingFinished.emit()
        assert editor.problem == ""

    def see(window):
        yield lambda: window.session.facts is not None
        assert window.actions_by_id["evidence"].shortcut().toString() == "Ctrl+J"

    assert flight.run(change, library) == 0
    assert flight.run(see, library) == 0
