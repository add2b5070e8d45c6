"""The command ``search`` on objects with several frames and windows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from command_runs import install_tiny, medhash, pictures, write_study
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from medhash_gui import paths


@pytest.fixture
def library(tmp_path: Path) -> Path:
    card = install_tiny()
    study = write_study(tmp_path / "study", each=3)
    library = tmp_path / "lib.medhash"
    model = ("--model", paths.user_models() / card.name)
    assert medhash("index", study, "--library", library, *model).code == 0
    return library


@pytest.fixture
def cine(tmp_path: Path) -> Path:
    """Three frames that look different, with two windows."""
    frames = np.stack([np.round(drawn * 255) for drawn in pictures(3, seed=4)])
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.3.1", "1.2.3"
    data.Rows, data.Columns = frames.shape[1:]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.NumberOfFrames = 3
    data.WindowCenter, data.WindowWidth = [128, 200], [256, 20]
    data.WindowCenterWidthExplanation = ["whole", "bright"]
    data.PixelData = frames.astype(np.uint8).tobytes()
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.save_as(tmp_path / "cine.dcm", enforce_file_format=True)
    return tmp_path / "cine.dcm"


def test_frame_is_counted_from_1_and_the_middle_one_without_a_choice(
    library: Path, cine: Path
) -> None:
    found = [
        medhash("search", library, cine, "--json", *choice).answer["query"]
        for choice in ((), ("--frame", "1"), ("--frame", "2"), ("--frame", "3"))
    ]

    assert [query["frame"] for query in found] == [1, 0, 1, 2]
    assert {query["frames"] for query in found} == {3}
    codes = [query["code"] for query in found]
    assert codes[0] == codes[2]
    assert len(set(codes)) == 3


def test_frame_that_is_not_there_is_a_sentence(library: Path, cine: Path) -> None:
    ran = medhash("search", library, cine, "--frame", "4")

    assert ran.code == 3
    assert "cine.dcm has 3 frames; there is no frame 4" in ran.err


def test_frame_0_is_wrong_usage(library: Path, cine: Path) -> None:
    assert medhash("search", library, cine, "--frame", "0").code == 2


def test_view_changes_what_is_seen_and_is_named(library: Path, cine: Path) -> None:
    first = medhash("search", library, cine, "--json").answer["query"]
    second = medhash("search", library, cine, "--view", "2", "--json").answer["query"]
    shown = medhash("search", library, cine, "--view", "2").out.splitlines()[0]

    assert (first["view"], second["view"]) == (0, 1)
    assert len(first["views"]) == 2
    assert first["views"] == second["views"]
    assert first["code"] != second["code"]
    assert "cine.dcm, frame 2 of 3, view " in shown


def test_view_that_is_not_there_is_a_sentence(library: Path, cine: Path) -> None:
    ran = medhash("search", library, cine, "--view", "3")

    assert ran.code == 3
    assert "there is no window 3" in ran.err


def test_stored_code_does_not_answer_for_another_view(
    library: Path, cine: Path
) -> None:
    study = library.parent / "study"
    (study / "light" / "cine.dcm").write_bytes(cine.read_bytes())
    assert medhash("index", study, "--library", library).code == 0

    first = medhash("search", library, cine, "--json").answer["query"]
    second = medhash("search", library, cine, "--view", "2", "--json").answer["query"]

    assert first["in_library"] is True
    assert second["in_library"] is False
    assert first["code"] != second["code"]
