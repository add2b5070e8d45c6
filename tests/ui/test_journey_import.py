"""What an import brings beside codes: frames, and what to mind of patients."""

from __future__ import annotations

from dicom_files import write_frames
from drops import drop


def idle(window) -> bool:
    return window.session.facts is not None and not window.session.is_busy


def test_all_frames_are_indexed_when_that_is_chosen(flight, library, study):
    write_frames(study / "dark" / "series.dcm", frames=6)

    def pilot(window):
        yield lambda: idle(window)
        window.actions_by_id["labels"].trigger()
        yield lambda: window.dialogs.labels is not None
        dialog = window.dialogs.labels
        dialog.frames.choose("all")
        yield lambda: dialog.ok.isEnabled()
        dialog.ok.click()
        yield lambda: "1 added" in window.index_panel.detail and idle(window)
        assert window.session.facts.images == 12 + 6
        assert "6 frames as pictures" in window.index_panel.detail

    assert flight.run(pilot, library) == 0


def test_what_the_files_carry_is_told_after_indexing_and_shown_on_request(
    flight, study, models
):
    write_frames(study / "dark" / "series.dcm")

    def pilot(window):
        panel = window.index_panel
        drop(window, study)
        yield lambda: "is up to date" in panel.headline and idle(window)
        yield lambda: panel.report.privacy != ""
        assert "The files carry names or numbers of patients" in panel.report.privacy
        panel.report._show_privacy.click()
        yield lambda: window.dialogs.privacy is not None
        text = window.dialogs.privacy.text
        assert "PatientID (1)" in text
        assert "P-4711" not in text
        window.dialogs.privacy.reject()
        assert window.dialogs.privacy is None

    assert flight.run(pilot) == 0
