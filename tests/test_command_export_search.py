"""``medhash export dicom``, ``teaching``, ``report``: a search, made to leave."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import cv2
import numpy as np
import pydicom
import pytest
from command_runs import install_tiny, medhash, write_study
from dicom_objects import as_bytes, film, make

from medhash_gui import audit, audit_chain
from medhash_gui.exporting import RESEARCH_USE


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A library of eight pictures below a folder with a name."""
    install_tiny()
    folder = write_study(tmp_path / "Doe Jane")
    library = tmp_path / "Doe.medhash"
    assert medhash("index", folder, "--library", library).code == 0
    return library


def query_of(study: Path) -> Path:
    return study.parent / "Doe Jane" / "light" / "p00.png"


def export(study: Path, action: str, *more, out: str = "out"):
    place = study.parent / out
    return medhash(
        "export", action, study, query_of(study), "--out", place, "--json", *more
    )


def test_captures_and_key_objects_of_a_search(study) -> None:
    ran = export(study, "dicom", "--top", "2", "--key-objects", "--looked-at")

    assert ran.code == 0, ran.err
    files = [Path(name) for name in ran.answer["files"]]
    kinds = [pydicom.dcmread(file).Modality for file in files]
    assert kinds == ["OT", "OT", "OT", "KO"]
    for file in files:
        assert b"Doe" not in file.read_bytes()
        assert RESEARCH_USE.encode() in file.read_bytes()
    assert ran.answer["kind"] == "dicom"
    assert len(ran.answer["pictures"]) == 3


def test_dicom_needs_somebody_to_have_looked(study) -> None:
    ran = export(study, "dicom")

    assert ran.code == 3
    assert "--looked-at" in ran.err
    assert not (study.parent / "out").exists()


def test_original_uids_are_of_dicom_objects_only(study) -> None:
    ran = export(study, "dicom", "--original-uids", "--looked-at")

    assert ran.code == 3
    assert "is from no DICOM object" in ran.err


def test_key_objects_by_original_uids_point_to_the_sources(tmp_path) -> None:
    install_tiny()
    folder = tmp_path / "dicom"
    folder.mkdir()
    sources = {}
    for number in range(3):
        made = make(film(60 + number, 50))
        made.SOPInstanceUID = f"1.2.3.{number + 1}"
        made.SeriesInstanceUID, made.StudyInstanceUID = "1.2.3", "1.2"
        made.PatientName = "Doe^Jane"
        (folder / f"{number}.dcm").write_bytes(as_bytes(made))
        sources[f"1.2.3.{number + 1}"] = made
    library = tmp_path / "d.medhash"
    assert medhash("index", folder, "--library", library).code == 0

    ran = medhash(
        "export", "dicom", library, folder / "0.dcm", "--out", tmp_path / "o",
        "--patients", "include", "--original-uids", "--looked-at", "--json",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    keys = [Path(f) for f in ran.answer["files"] if "key-objects" in f]
    assert len(keys) == 1
    (study,) = pydicom.dcmread(keys[0]).CurrentRequestedProcedureEvidenceSequence
    (series,) = study.ReferencedSeriesSequence
    chosen = {item.ReferencedSOPInstanceUID for item in series.ReferencedSOPSequence}
    assert chosen <= set(sources)
    assert len(chosen) >= 2
    for file in ran.answer["files"]:
        assert b"Doe" not in Path(file).read_bytes()
        if "key-objects" not in file:
            assert b"1.2.3.1" not in Path(file).read_bytes()


@pytest.fixture
def windowed(tmp_path: Path) -> Path:
    """A library of three films that can be seen through a wide and a narrow window."""
    install_tiny()
    folder = tmp_path / "windows"
    folder.mkdir()
    for number in range(3):
        made = make(film(60 + number, 50))
        made.SOPInstanceUID = f"1.2.3.{number + 1}"
        top = int(made.pixel_array.max())
        made.WindowCenter, made.WindowWidth = [top / 2, top / 2], [top, top / 8]
        made.PatientName = "Doe^Jane"
        (folder / f"{number}.dcm").write_bytes(as_bytes(made))
    library = tmp_path / "w.medhash"
    assert medhash("index", folder, "--library", library).code == 0
    return library


def exported(library: Path, out: str, *more) -> dict[str, np.ndarray]:
    """Export a film and its hits; return pixels by "query", "hit-01", "hit-02"."""
    ran = medhash(
        "export", "dicom", library, library.parent / "windows" / "0.dcm", "--out",
        library.parent / out, "--patients", "include", "--no-maps", "--looked-at",
        "--json", *more,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    return {
        Path(file).name.rpartition("-")[0]: pydicom.dcmread(file).pixel_array
        for file in ran.answer["files"]
    }


def test_a_hit_leaves_through_the_window_that_was_chosen_for_it(windowed) -> None:
    plain = exported(windowed, "plain")
    hit = "hit-01"
    (file,) = (windowed.parent / "plain").glob(f"{hit}-*.dcm")
    number = file.stem.rpartition("-")[2]

    narrow = exported(windowed, "narrow", "--view", f"{number}:2")

    # What is outside of a narrow window is black or white.
    assert (narrow[hit] == 0).sum() > 10 * (plain[hit] == 0).sum()
    for other in plain.keys() - {hit}:
        assert (narrow[other] == plain[other]).all()


def test_the_query_is_asked_and_leaves_through_the_window_that_was_chosen(
    windowed,
) -> None:
    plain, narrow = exported(windowed, "plain"), exported(windowed, "n", "--view", "2")

    assert (narrow["query"] != plain["query"]).any()


def test_greys_are_spread_for_all_pictures_or_for_one(windowed) -> None:
    plain = exported(windowed, "plain")
    every = exported(windowed, "every", "--window", "25,50")
    file = next((windowed.parent / "plain").glob("hit-01-*.dcm"))
    number = file.stem.rpartition("-")[2]
    one = exported(windowed, "one", "--window", f"{number[:6]}:25,50")

    for name, pixels in plain.items():
        expected = np.clip(pixels.astype(float) * 2, 0, 255)
        assert np.abs(every[name] - expected).max() <= 2
    assert (one["hit-01"] == every["hit-01"]).all()
    assert (one["query"] == plain["query"]).all()


@pytest.mark.parametrize("ending", ["", ".html"])
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--view", "9"), "there is no window 9"),
        (("--view", "none"), "is no window of a header"),
        (("--view", "ffffff:2"), "is for no picture of this export"),
        (("--window", "30"), "is not a window of greys"),
    ],
)
def test_a_window_that_is_not_there_is_a_sentence(
    windowed, words, told, ending
) -> None:
    out = windowed.parent / f"o{ending}"
    ran = medhash(
        "export", "report" if ending else "dicom", windowed,
        windowed.parent / "windows" / "0.dcm", "--out", out, "--patients", "include",
        "--looked-at", *words,
    )  # fmt: skip

    assert ran.code == 3, ran.err
    assert told in ran.err
    assert not out.exists()


def pictures_of(page: Path) -> list[np.ndarray]:
    found = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=]+)", page.read_text())
    return [
        cv2.imdecode(np.frombuffer(base64.b64decode(one), np.uint8), -1)
        for one in found
    ]


def lettered(folder: Path) -> Path:
    pixels = np.full((400, 400), 60, np.uint8)
    cv2.putText(pixels, "DOE JANE 1960", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 1, 255, 2)
    cv2.imwrite(str(folder / "lettered.png"), pixels)
    return folder / "lettered.png"


def test_masks_drawn_or_suggested_are_applied_to_pictures_of_a_report(
    study, tmp_path
) -> None:
    query = lettered(tmp_path)

    def report(name: str, *more) -> list[np.ndarray]:
        ran = medhash("export", "report", study, query, "--top", "1", "--out",
                      tmp_path / name, *more)  # fmt: skip
        assert ran.code == 0, ran.err
        return pictures_of(tmp_path / name)

    left_out = report("left-out.html")
    number = hashlib.blake2b(query.read_bytes(), digest_size=16).hexdigest()[:12]
    drawn = report("drawn.html", "--mask", f"{number}:0,0,400,90")
    suggested = report("suggested.html", "--mask-suggested")

    assert len(left_out) == 1
    assert "letters were seen in it" in (tmp_path / "left-out.html").read_text()
    assert len(drawn) == len(suggested) == 2
    assert (drawn[0][:90] == 0).all()
    # Letters are white; nothing that stands where they stood is.
    assert suggested[0][35:65, 15:270].max() < 140
    assert "Boxes covered: 1" in (tmp_path / "drawn.html").read_text()


def test_a_teaching_file_of_a_search(study, tmp_path) -> None:
    notes = tmp_path / "notes.txt"
    notes.write_text("Cough for two weeks.", encoding="utf-8")

    ran = export(
        study, "teaching", "--top", "3", "--notes", notes, "--diagnosis", "asthma",
        "--language", "zh_CN",
    )  # fmt: skip

    assert ran.code == 0, ran.err
    page, told = (
        Path(name).read_text(encoding="utf-8") for name in ran.answer["files"]
    )
    assert "Cough for two weeks." in page
    assert "asthma" in page
    assert "相似病例" in page
    assert page.count('class="card"') == 3
    assert json.loads(told)["lesson"]["diagnosis"] == "asthma"
    assert "doe" not in page.lower()
    assert "p00" not in page


def test_notes_that_cannot_be_read_are_told(study, tmp_path) -> None:
    (tmp_path / "odd").write_bytes(b"\xff\xfe\xfa")

    for notes in ("missing", "odd"):
        ran = export(study, "teaching", "--notes", tmp_path / notes)
        assert ran.code == 3
        assert "notes" in ran.err


@pytest.mark.parametrize("suffix", [".html", ".csv", ".json"])
@pytest.mark.row("G1", "G2")
def test_reports_by_the_command_line(study, suffix) -> None:
    ran = export(study, "report", "--top", "2", out=f"report{suffix}")

    assert ran.code == 0, ran.err
    data = (study.parent / f"report{suffix}").read_text(encoding="utf-8")
    assert RESEARCH_USE in data
    assert "doe" not in data.lower()
    assert "p00" not in data
    if suffix == ".html":
        assert data.count("data:image/png") == 3
    again = export(study, "report", out=f"report{suffix}")
    assert again.code == 3
    assert "is there already" in again.err


def test_a_report_in_another_form_is_told(study) -> None:
    ran = export(study, "report", out="report.pdf")

    assert ran.code == 3
    assert "does not end in .html, .csv or .json" in ran.err


def test_hits_whose_file_is_gone_are_left_out_and_said(study) -> None:
    for file in (study.parent / "Doe Jane" / "light").iterdir():
        if file != query_of(study):
            file.unlink()

    ran = export(study, "teaching", "--top", "8")

    assert ran.code == 0, ran.err
    assert "is left out" in ran.err
    assert "p0" not in ran.err
    page = Path(ran.answer["files"][0]).read_text(encoding="utf-8")
    assert page.count('class="card"') == len(ran.answer["pictures"]) - 1 > 0


def test_query_and_export_are_in_the_log_of_what_was_done(study) -> None:
    ran = export(study, "teaching", "--top", "2")

    entries = list(audit_chain.entries(audit.folder()))
    events = [entry["event"] for entry in entries]
    assert ran.code == 0
    assert events[-3:] == ["library-opened", "query", "export"]
    assert entries[-1]["what"] == "teaching"
    assert entries[-1]["rows"] == 3
