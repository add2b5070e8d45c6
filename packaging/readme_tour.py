"""Walks through what the README shows, for ``make_screenshots``.

Everything is drawn here: two folders of synthetic samples, then a folder of films with
a table, a DICOM series under invented names, a damaged file and one that is no picture.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import cv2
import numpy as np
from PySide6.QtWidgets import QPushButton

from medhash_gui.ui.picture_panel import ElidedLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from medhash_gui.ui.main_window import MainWindow

Steps = Generator[Callable[[], bool], None, None]
PATIENTS, FILMS, FRAMES = 6, 2, 30
FINDINGS = ("clear", "nodule", "consolidation", "effusion")
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
X_RAY_ANGIOGRAPHY = "1.2.840.10008.5.1.4.1.1.12.1"


class Grab(Protocol):
    """Draws a widget into a picture of a name, in one theme or in all."""

    def __call__(self, widget: QWidget, name: str, only: str = "") -> None:
        """Draw it."""


def tour(window: MainWindow, draw: Grab) -> Steps:
    """Yield what to wait for, between one picture and the next.

    Args:
        window: the real one, just painted.
        draw: draws a widget into a picture.
    """
    session = window.session

    def answered() -> bool:
        is_weighed = session.weighing.weighed is not None
        return session.shown_hit is not None and is_weighed and not session.is_busy

    def press(command: str) -> None:
        window.actions_by_id[command].trigger()

    window.resize(1440, 900)
    press("try_sample")
    yield answered
    press("dismiss")
    yield answered
    draw(window, "window")
    folder = session.facts.indexed_root.parent / "fundus" if session.facts else Path()
    session.index(folder)
    yield lambda: session.facts is not None and session.facts.indexed_root == folder
    yield lambda: not session.indexer.is_running and not session.is_busy
    session.search_file(sorted(folder.glob("drusen/*.png"))[2])
    yield answered
    press("dismiss")
    yield answered
    draw(window, "fundus", "dark")

    films = write_films(Path(os.environ["MEDHASH_HOME"]) / "films")
    session.index(films)
    yield lambda: session.facts is not None and session.facts.indexed_root == films
    yield lambda: not session.indexer.is_running and not session.is_busy
    session.search_file(films / "P01" / "series.dcm")
    yield answered
    press("dismiss")
    yield answered
    draw(window, "frames", "dark")
    session.update_library()
    yield lambda: not session.indexer.is_running and answered()
    for button in window.index_panel.findChildren(QPushButton):
        if button.isCheckable():  # shows the lists
            button.setChecked(True)
    yield answered
    draw(window, "run", "light")
    press("dismiss")
    press("labels")
    yield lambda: window.dialogs.labels is not None
    dialog = window.dialogs.labels
    assert dialog is not None
    yield lambda: dialog.ok.isEnabled() and not session.is_busy
    for label in dialog.findChildren(ElidedLabel):
        if "labels.csv" in label.toolTip():  # no folder of this computer
            label.show_text("/films/labels.csv")
    dialog.resize(940, 760)
    draw(dialog, "labels", "dark")
    dialog.reject()
    press("privacy")
    yield lambda: window.dialogs.privacy is not None
    kept = window.dialogs.privacy
    assert kept is not None
    draw(kept, "keeps", "light")
    kept.reject()
    yield lambda: not session.is_busy


def write_films(folder: Path) -> Path:
    """Draw a folder of films as it comes from a study, and return it."""
    from medhash_gui import phantoms

    lines = ["film,finding,subject,confirmed by,sex,age"]
    for number in range(PATIENTS * len(FINDINGS)):
        finding, subject = FINDINGS[number % len(FINDINGS)], f"P{number + 1:02d}"
        for visit in range(FILMS):
            pixels = phantoms.draw("chest-film", finding, patient=number, picture=visit)
            name = f"{subject}/study{visit + 1}/film.png"
            file = folder / name
            file.parent.mkdir(parents=True)
            file.write_bytes(phantoms.png(pixels.pixels))
            how, sex = ("biopsy", "consensus")[visit], "FM"[number % 2]
            lines.append(f"{name},{finding},{subject},{how},{sex},{30 + number}")
    lines.append("P99/study1/film.png,clear,P99,consensus,F,50")
    (folder / "labels.csv").write_text("\n".join(lines), encoding="utf-8")
    (folder / "P03" / "cut short.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    (folder / "P03" / "film without a picture.png").write_text("a note", "utf-8")
    _write_series(folder / "P01" / "series.dcm")
    return folder


def _write_series(file: Path) -> None:
    """Write frames of a film that moves a little, of somebody invented."""
    import pydicom
    from pydicom.dataset import FileMetaDataset
    from pydicom.uid import UID, generate_uid

    from medhash_gui import phantoms

    film = phantoms.draw("chest-film", "nodule", patient=90).pixels  # (H, W)
    grey = cv2.resize(film, (320, 320)).astype(np.uint16) * 8
    frames = np.stack([np.roll(grey, step - FRAMES // 2, axis=1) for step in range(30)])
    data = pydicom.Dataset()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = UID(EXPLICIT_LITTLE_ENDIAN)
    data.file_meta.MediaStorageSOPClassUID = UID(X_RAY_ANGIOGRAPHY)
    data.SOPClassUID = UID(X_RAY_ANGIOGRAPHY)
    data.SOPInstanceUID = generate_uid()
    data.file_meta.MediaStorageSOPInstanceUID = data.SOPInstanceUID
    data.Modality, data.PatientName, data.PatientID = "XA", "Sample^Anna", "S-1961"
    data.StudyDate = "20240531"
    data.Rows = data.Columns = 320
    data.NumberOfFrames, data.SamplesPerPixel = FRAMES, 1
    data.PhotometricInterpretation = "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 16
    data.HighBit, data.PixelRepresentation = 15, 0
    data.WindowCenter, data.WindowWidth = [1020, 700], [2040, 900]
    data.WindowCenterWidthExplanation = ["WIDE", "NARROW"]
    data.PixelData = frames.tobytes()
    data.save_as(file, enforce_file_format=True)
