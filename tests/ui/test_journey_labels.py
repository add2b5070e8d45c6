"""Labels, frames and privacy of a library, through the real ``main``."""

from __future__ import annotations

import csv

from drops import drop

from medhash_gui.store import CodeStore


def idle(window) -> bool:
    return window.session.facts is not None and not window.session.is_busy


def films(study) -> str:
    """Return a table of the pictures of ``study`` whose columns speak for nothing."""
    lines = ["alpha,beta,gamma"]
    for number, path in enumerate(sorted(study.rglob("picture*.png"))):
        lines.append(f"{path.name},kind {number % 3},Q{number // 4}")
    return "\n".join(lines)


def test_a_dropped_table_is_asked_about_and_remembered(
    flight, library, study, tmp_path
):
    table = tmp_path / "films.csv"
    table.write_text(films(study), encoding="utf-8")

    def pilot(window):
        yield lambda: idle(window)
        drop(window, table)
        yield lambda: window.dialogs.labels is not None
        dialog = window.dialogs.labels
        yield lambda: "No column" in dialog.summary.text
        assert not dialog.ok.isEnabled()
        columns = dialog.table.column_table
        for column, role in (("alpha", "file"), ("beta", "labels"), ("gamma", "case")):
            columns.take_for(column, role)
        yield lambda: dialog.ok.isEnabled()
        assert "12 of 13 files have a row." in dialog.summary.text
        dialog.ok.click()
        assert window.dialogs.labels is None
        yield lambda: "12 relabelled" in window.index_panel.detail and idle(window)
        assert dict(window.session.facts.labels) == {
            "kind 0": 4,
            "kind 1": 4,
            "kind 2": 4,
        }
        window.actions_by_id["labels"].trigger()
        yield lambda: window.dialogs.labels is not None
        again = window.dialogs.labels
        yield lambda: again.ok.isEnabled()
        assert again.plan.table == table
        assert again.plan.columns.labels == ("beta",)
        again.reject()

    assert flight.run(pilot, library) == 0

    with CodeStore.open(library) as store:
        assert store.choices["table"] == str(table)


def test_a_table_that_is_not_clear_offers_the_dialog(flight, study, models):
    (study / "labels.csv").write_text(films(study), encoding="utf-8")

    def pilot(window):
        drop(window, study)
        yield lambda: window.bar.notice is not None
        assert "labels.csv was not used" in window.bar.notice.text
        yield lambda: idle(window)
        assert set(window.session.facts.labels) == {"dark", "light"}
        window.bar._offer.click()
        yield lambda: window.dialogs.labels is not None
        assert window.bar.notice is None
        yield lambda: window.dialogs.labels.ok.isEnabled()
        assert window.dialogs.labels.plan.labels == "folders"

    assert flight.run(pilot) == 0


def test_a_table_without_a_library_is_told_what_it_lacks(flight, tmp_path, models):
    table = tmp_path / "films.tsv"
    table.write_text("a\tb\n1\t2\n", encoding="utf-8")

    def pilot(window):
        drop(window, table)
        yield lambda: window.bar.notice is not None
        assert "films.tsv is a table" in window.bar.notice.text
        assert window.dialogs.labels is None

    assert flight.run(pilot) == 0


def test_a_window_closed_over_the_dialog_ends_cleanly(flight, library):
    def pilot(window):
        yield lambda: idle(window)
        window.actions_by_id["labels"].trigger()
        yield lambda: window.dialogs.labels is not None
        window.dialogs.labels.choose_source("tag")
        window.close()

    assert flight.run(pilot, library) == 0


def test_the_report_is_saved_as_a_table_and_adds_up(flight, study, models, tmp_path):
    (study / "notes.md").write_text("words")
    file = tmp_path / "report.csv"

    def pilot(window):
        panel = window.index_panel
        drop(window, study)
        yield lambda: "is up to date" in panel.headline and idle(window)
        assert panel.detail.startswith("14 files = 12 added + 2 skipped")
        assert "1 damaged" in panel.detail
        assert "1 not an image" in panel.detail
        panel.report.lists.save_wished.emit(file)
        yield lambda: window.bar.notice is not None and idle(window)
        assert str(file) in window.bar.notice.text

    assert flight.run(pilot) == 0

    with file.open(encoding="utf-8-sig", newline="") as opened:
        rows = list(csv.reader(opened))
    assert [row[:3] for row in rows[1:3]] == [
        ["skipped", "light/cut short.png", "damaged"],
        ["skipped", "notes.md", "not_an_image"],
    ]
    assert "14 found = 12 added" in rows[-1][-1]
