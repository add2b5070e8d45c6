"""Frames, headers and limits of the decoding processes."""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian
from test_decoding import Means, Treacherous, answers, draw, tasks

from medhash_gui import decode_process, decoding, images
from medhash_gui.decoding import DecodePool, DecodeResult, DecodeTask
from medhash_gui.errors import MedHashError
from medhash_gui.images import FrameChoice


@dataclass(frozen=True)
class Unwanted:
    """Must not be asked for anything."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        raise AssertionError


@dataclass(frozen=True)
class NotAt80:
    """Stumbles over one grey value."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        if round(float(pixels.mean()) * 255) in (79, 80, 81):
            message = "80"
            raise ValueError(message)
        return np.zeros((3, 2, 2), np.float32)


@dataclass(frozen=True)
class Peak:
    """Tells how much memory its process has had, in MB."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        return np.full((3, 1, 1), decode_process.peak_memory() / 2**20, np.float32)


def write_dicom(path: Path, frames: list[int], **header: str) -> None:
    data = Dataset()
    data.SOPInstanceUID = "1.2.3.4"
    data.PatientID, data.StudyInstanceUID = "PAT-77", "1.2.3"
    data.Modality, data.SOPClassUID = "US", "1.2.840.10008.5.1.4.1.1.3.1"
    for keyword, value in header.items():
        setattr(data, keyword, value)
    data.Rows, data.Columns, data.SamplesPerPixel = 4, 6, 1
    data.BitsAllocated = data.BitsStored = 8
    data.HighBit, data.PixelRepresentation = 7, 0
    data.PhotometricInterpretation = "MONOCHROME2"
    data.NumberOfFrames = len(frames)
    data.WindowCenter, data.WindowWidth = 128, 256
    data.PixelData = b"".join(bytes([grey]) * 24 for grey in frames)
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.save_as(path, enforce_file_format=True)


def all_answers(pool: DecodePool, work: list[DecodeTask]) -> list[DecodeResult]:
    return [result for result in pool.map(work) if result is not None]


@pytest.mark.parametrize(
    ("choice", "frames"),
    [("middle", (3,)), ("all", (0, 1, 2, 3, 4, 5)), ("every 4", (0, 4))],
)
def test_each_chosen_frame_is_an_answer(tmp_path, choice, frames) -> None:
    write_dicom(tmp_path / "cine.dcm", [0, 50, 100, 150, 200, 250])
    draw(tmp_path, "plain.png", 9)

    with DecodePool(
        tmp_path, Means(), workers=1, frames=FrameChoice.parse(choice)
    ) as pool:
        found = all_answers(pool, tasks(tmp_path))

    cine = [one for one in found if one.file.path == "cine.dcm"]
    assert tuple(one.frame for one in cine) == frames
    assert {one.frames for one in cine} == {frames}
    assert [one.last for one in cine] == [False] * (len(frames) - 1) + [True]
    assert {one.frame_count for one in cine} == {6}
    greys = [float(one.inputs.mean()) * 255 for one in cine]
    np.testing.assert_allclose(greys, [50 * frame for frame in frames], atol=1)
    assert len(found) == len(cine) + 1


def test_header_is_told_with_the_picture_and_in_memory_only(tmp_path) -> None:
    (tmp_path / "pat-77").mkdir()
    write_dicom(tmp_path / "pat-77" / "a.dcm", [9, 9])

    with DecodePool(tmp_path, Means(), workers=1) as pool:
        (found,) = all_answers(pool, tasks(tmp_path))

    assert found.identity.patient == found.patient_id == "PAT-77"
    assert dict(found.details)["frames"] == "2"
    assert dict(found.details)["path_names"] == "id"
    assert "PAT-77" not in repr(found)
    assert "PAT-77" not in str(found.details)


def test_only_the_header_is_read_where_that_is_asked_for(tmp_path) -> None:
    write_dicom(tmp_path / "a.dcm", [9, 9])
    (tmp_path / "b.txt").write_text("words")
    digest = images.content_digest((tmp_path / "a.dcm").read_bytes())
    header, text = (
        DecodeTask(task.file, frozenset({digest}), header_only=True)
        for task in tasks(tmp_path)
    )

    with DecodePool(tmp_path, Unwanted(), workers=1) as pool:
        found = {one.file.path: one for one in all_answers(pool, [header, text])}

    one = found["a.dcm"]
    assert (one.inputs, one.failure, one.last) == (None, None, True)
    assert one.digest == digest
    assert one.identity.patient == "PAT-77"
    assert dict(one.details)["frames"] == "2"
    assert found["b.txt"].failure[0] == "not_an_image"


def test_frame_that_fails_costs_itself_only(tmp_path) -> None:
    write_dicom(tmp_path / "a.dcm", [40, 80, 120])

    with DecodePool(tmp_path, NotAt80(), workers=1, frames=FrameChoice(1)) as pool:
        found = all_answers(pool, tasks(tmp_path))

    assert [one.failure for one in found] == [
        None,
        ("damaged", "a.dcm could not be decoded (ValueError)."),
        None,
    ]
    assert [one.last for one in found] == [False, False, True]


@pytest.mark.parametrize(
    ("grey", "why", "limit"),
    [(0, "the decoder crashed on it", 60), (255, "took longer than 10 s", 10)],
)
def test_crash_in_the_middle_leaves_the_frames_before_it(
    tmp_path, grey, why, limit
) -> None:
    write_dicom(tmp_path / "a.dcm", [40, 80, grey, 120])
    draw(tmp_path, "b.png", 90)

    with DecodePool(
        *(tmp_path, Treacherous()), workers=1, time_limit_s=limit, frames=FrameChoice(1)
    ) as pool:
        found = all_answers(pool, tasks(tmp_path))

    cine = [one for one in found if one.file.path == "a.dcm"]
    assert [one.frame for one in cine] == [0, 1, 2]
    assert [one.failure is None for one in cine] == [True, True, False]
    assert cine[2].failure[1].startswith("a.dcm, frame 3: ")
    assert why in cine[2].failure[1]
    assert [one.last for one in cine] == [False, False, True]
    assert [one.failure for one in found if one.file.path == "b.png"] == [None]


@pytest.mark.parametrize(
    ("trouble", "sentence", "state"),
    [
        (b"CRASH", "a.png: the decoder crashed on it.", "damaged"),
        (b"HANG", "a.png: decoding took longer than 5 s.", "damaged"),
        (b"GREED", "a.png: decoding it takes more memory than is allowed.", None),
        (b"PANIC", "a.png could not be decoded (PanicException).", "damaged"),
    ],
)
def test_codec_that_misbehaves_costs_its_file(
    tmp_path, monkeypatch, trouble, sentence, state
) -> None:
    monkeypatch.setattr(decoding, "SERVER", "treacherous_codec")
    for name in "abc":
        draw(tmp_path, f"{name}.png", 90)
    with (tmp_path / "a.png").open("ab") as file:
        file.write(trouble)

    with DecodePool(
        tmp_path,
        Means(),
        workers=1,
        time_limit_s=5 if trouble == b"HANG" else 60,
        memory_limit_bytes=2**30,
    ) as pool:
        found = answers(pool, tasks(tmp_path))

    assert found["a.png"].failure == (state or "unsupported", sentence)
    assert found["b.png"].failure is found["c.png"].failure is None


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a watch ends the worker")
def test_memory_cap_holds_for_a_picture_below_the_pixel_cap(tmp_path) -> None:
    Image.new("RGB", (9000, 9000)).save(tmp_path / "a.png")
    draw(tmp_path, "b.png", 90)

    # 81 million pixels of colour are 1.9 GB before anything is made of them.
    with DecodePool(
        tmp_path, Peak(), workers=1, memory_limit_bytes=700 * 2**20
    ) as pool:
        found = answers(pool, tasks(tmp_path))

    state, reason = found["a.png"].failure
    assert state == "unsupported"
    assert "memory" in reason
    assert float(found["b.png"].inputs.max()) < 1000  # MB, of the same process


def test_watch_ends_a_process_that_takes_too_much() -> None:
    code = (
        "import time, numpy\n"
        "from medhash_gui import decode_process\n"
        "decode_process.watch_memory(100 * 2**20)\n"
        "small = numpy.ones(2**22)\n"
        "time.sleep(0.3)\n"
        "print('still here', flush=True)\n"
        "large = numpy.ones(2**25)\n"
        "time.sleep(20)\n"
        "print('never printed', flush=True)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False
    )

    assert done.returncode == 77
    assert done.stdout.strip() == "still here"


def test_worker_that_never_greets_is_not_waited_for(tmp_path, monkeypatch) -> None:
    draw(tmp_path, "a.png", 9)
    monkeypatch.setattr(decoding, "SERVER", "silent_worker")
    monkeypatch.setattr(decode_process, "START_LIMIT_S", 1.0)

    with (
        DecodePool(tmp_path, Means(), workers=1) as pool,
        pytest.raises(MedHashError, match="cannot be started"),
    ):
        answers(pool, tasks(tmp_path))


def test_time_in_which_the_caller_rests_does_not_count(
    tmp_path: Path, monkeypatch
) -> None:
    for number in range(8):
        draw(tmp_path, f"{number}.png", 50 + number)
    clock, rested = time.monotonic, [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock() + rested[0])

    with DecodePool(tmp_path, Means(), workers=2, time_limit_s=60) as pool:
        results = []
        for result in pool.map(tasks(tmp_path)):
            rested[0] += 1000
            if result is not None:
                results.append(result)

    assert [r.failure for r in results] == [None] * 8
