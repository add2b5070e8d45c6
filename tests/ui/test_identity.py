"""Nothing that MedHash writes names a patient: every file is searched for every name.

What is written: a library made and searched in the window, reports of all forms, a
picture, the log at its most talkative, then the commands' lists, drawings and exports.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pydicom
import pytest
from clear_text import found
from command_runs import medhash
from dicom_objects import film, make
from drops import drop
from pydicom.dataset import Dataset
from test_privacy_page import unlisted

from medhash_gui import paths
from medhash_gui.identities import is_placeholder
from medhash_gui.ui.main_window import MainWindow
from medhash_gui.ui.report_tasks import FORMATS, Wish

LEAST = 5  # shorter texts stand anywhere by chance
# Parts of names that are words of a library's own format: "first_row", "modality".
WORDS = {"first", "modality"}


@pytest.fixture(autouse=True)
def talkative_log() -> Iterable[None]:
    """Let the log say all that it can."""
    logger = logging.getLogger("medhash_gui")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    yield
    logger.setLevel(before)


def identities(folder: Path) -> set[str]:
    """Return what names the patients of a folder's DICOM files.

    The whole name, each of its parts and the identifier; not what a path of the folder
    says too, which a library keeps, and no placeholder such as "anonymous". Nor one
    letter again and again ("SSSSSS"): files of one day have a byte of their times in
    common, which may be that letter, and a column of times is packed byte by byte.
    """
    told = "\n".join(str(path.relative_to(folder)) for path in folder.rglob("*"))
    tokens: set[str] = set()
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        for text in _named(file):
            tokens |= {text, *text.replace("=", "^").split("^")}
    return {
        token
        for token in tokens
        if len(token.strip()) >= LEAST
        and len(set(token.lower())) > 1
        and token.lower() not in told.lower()
        and token.lower() not in WORDS
        and not is_placeholder(token)
    }


def _named(file: Path) -> list[str]:
    try:
        data = pydicom.dcmread(file, force=True, stop_before_pixels=True)
        return [
            text
            for element in ("PatientName", "PatientID", "OtherPatientIDs")
            for text in _texts(data, element)
        ]
    except Exception:  # noqa: BLE001 (broken on purpose; the readers have tests)
        return []


def _texts(data: Dataset, keyword: str) -> list[str]:
    value = data.get(keyword, "")
    return [str(one) for one in (value if isinstance(value, list) else [value]) if one]


def use_everything(flight, folder: Path, query: Path, out: Path) -> Path:
    """Work with a folder in the window and by commands; return its library."""
    out.mkdir()
    roots: list[Path] = []

    def pilot(window: MainWindow):
        session = window.session
        drop(window, folder)
        yield lambda: session.facts is not None and not session.is_busy
        drop(window, query)
        yield lambda: session.result is not None and not session.is_busy
        session.show_hit(session.result.hits[0])
        window.actions_by_id["evidence"].trigger()
        window.dialogs.show_privacy()
        yield lambda: not session.is_busy
        for suffix in FORMATS:
            session.reporting.write(Wish(out / f"report{suffix}", 5, has_text=True))
            yield lambda: not session.is_busy
        roots.append(session.facts.folder)

    assert flight.run(pilot, seconds=1500) == 0
    (root,) = roots
    commands = (
        ("search", root, query, "--overlay", out / "drawn", "--patients", "include"),
        ("index", folder, "--library", root, "--list", out / "skipped.csv"),
        ("library", "export", root, out / "list.csv", "--pseudonymous"),
        ("library", "export", root, out / "list.npz"),
        ("duplicates", root, "--list", out / "twice.csv"),
        ("export", "picture", query, "--out", out / "pictures", "--looked-at"),
        ("export", "teaching", root, query, "--out", out / "page", "--looked-at"),
        (
            "export",
            "dicom",
            root,
            query,
            "--out",
            out / "dicom",
            "--looked-at",
            "--key-objects",
        ),
        ("audit", "export", out / "audit.jsonl"),
        ("audit", "export", out / "audit.xml"),
        ("library", "compact", root),
    )
    for words in commands:
        ran = medhash(*words)
        assert ran.code == 0, (words, ran.err)
    return root


def search_all(tokens: set[str], *folders: Path) -> dict[str, set[str]]:
    """Return which files name whom, and fail where there was little to search."""
    files = [
        file
        for folder in folders
        for file in sorted(folder.rglob("*"))
        if file.is_file() and paths.user_models() not in file.parents
    ]
    kinds = {file.suffix for file in files}
    assert kinds >= {
        ".h5",
        ".json",
        ".jsonl",
        ".png",
        ".pdf",
        ".html",
        ".csv",
        ".xml",
        ".dcm",
    }
    assert unlisted(files) == []
    hits = {str(file): found(tokens, file) for file in files}
    return {file: names for file, names in hits.items() if names}


def write_patients(folder: Path) -> None:
    """Write six films of three patients with names of several scripts."""
    people = (
        ("Zweistein^Albertine", "4711-0815"),
        ("Wang^XiaoMing=王小明小明", "NHS 943 476 5919"),
        ("Größenwahn^Jürgen", "PAT/2021/77"),
    )
    folder.mkdir()
    for number in range(6):
        name, patient = people[number % 3]
        values = np.roll(film(), 3 * number, axis=1)
        data = make(
            values, Modality="DX", SpecificCharacterSet="ISO_IR 192",
            PatientName=name, PatientID=patient, PatientBirthDate="19560412",
            StudyInstanceUID=f"1.2.{number % 3}", SOPInstanceUID=f"1.2.3.{number}",
            OtherPatientIDs=[f"OTHER-{patient}"],
        )  # fmt: skip
        data.save_as(folder / f"{number}.dcm", enforce_file_format=True)


def test_no_file_names_the_patients_of_a_small_study(
    flight, models, clean_home, tmp_path
):
    study = tmp_path / "study"
    write_patients(study)
    tokens = identities(study)
    assert {"Zweistein", "Größenwahn^Jürgen", "NHS 943 476 5919"} <= tokens

    use_everything(flight, study, study / "1.dcm", tmp_path / "out")

    assert search_all(tokens, clean_home, tmp_path / "out") == {}


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_no_file_names_the_patients_of_real_objects(
    flight, models, shared_data, clean_home, tmp_path
):
    folder = shared_data / "dicom_dev" / "files"
    if not folder.is_dir():
        pytest.skip("the DICOM objects (../shared/data/dicom_dev) are not here")
    tokens = identities(folder)
    assert len(tokens) > 90

    use_everything(
        flight, folder, folder / "pydicom__test_files__CT_small.dcm", tmp_path / "out"
    )

    assert search_all(tokens, clean_home, tmp_path / "out") == {}
