"""Broken files of every format cost themselves: no crash, no hang, no memory."""

from __future__ import annotations

import io
import os
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from mutation import mutant
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    RLELossless,
)
from tiff_writer import sheet, tiff

from medhash_gui import images
from medhash_gui.decode_process import peak_memory
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.images import FrameChoice

# Kept: the same numbers make the same files. A new seed is a new run.
QUICK_SEED = 20260101
SLOW_SEED = int(os.environ.get("MEDHASH_FUZZ_SEED", "20260102"))
QUICK_EACH = 12
SLOW_AT_LEAST = 10_000

CAP = 2 * 2**30
_TOGETHER = 500
_LARGEST = 8_000_000
_SUFFIXES = (".dcm", ".png", ".jpg", ".tif", "")


@dataclass(frozen=True)
class Peak:
    """Checks pixels; tells the memory that its process has had, in MB."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        assert pixels.dtype == np.float32
        assert pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[2] == 3)
        assert pixels.size > 0
        assert 0 <= pixels.min() <= pixels.max() <= 1
        return np.full((3, 1, 1), peak_memory() / 2**20, np.float32)


@dataclass
class Count:
    """What became of the files."""

    outcomes: Counter[str] = field(default_factory=Counter)
    stumbles: list[str] = field(default_factory=list)
    peak_mb: float = 0.0

    def add(self, path: str, failure: tuple[str, str] | None) -> None:
        if failure is None:
            self.outcomes["decoded"] += 1
            return
        state, reason = failure
        for words, outcome in (
            ("crashed on it", "worker crashes"),
            ("took longer than", "hangs"),
            ("more memory", "memory refused"),
            ("could not be decoded (", "unforeseen errors"),
        ):
            if words in reason:
                self.outcomes[outcome] += 1
                if outcome != "memory refused":
                    self.stumbles.append(f"{path}: {reason}")
                return
        self.outcomes[state] += 1


def decode_mutants(
    sources: list[bytes], work: list[tuple[int, int]], folder: Path
) -> Count:
    """Decode mutants, each a source and a seed, through a real pool."""
    count = Count()
    folder.mkdir(exist_ok=True)
    for start in range(0, len(work), _TOGETHER):
        tasks = []
        for number, (index, seed) in enumerate(work[start : start + _TOGETHER]):
            suffix = _SUFFIXES[number % len(_SUFFIXES)]
            path = folder / f"{index}-{seed}{suffix}"
            path.write_bytes(mutant(sources, index, seed))
            status = path.stat()
            tasks.append(
                DecodeTask(
                    images.FoundFile(path.name, status.st_size, status.st_mtime_ns)
                )
            )
        answered = Counter[str]()
        with DecodePool(
            *(folder, Peak()),
            time_limit_s=60,
            memory_limit_bytes=CAP,
            frames=FrameChoice(40),
        ) as pool:
            for result in pool.map(tasks):
                if result is None:
                    continue
                answered[result.file.path] += result.last
                count.add(result.file.path, result.failure)
                if result.inputs is not None:
                    count.peak_mb = max(count.peak_mb, float(result.inputs.max()))
        assert answered == Counter(task.file.path for task in tasks)
        for task in tasks:
            (folder / task.file.path).unlink()
    return count


# -- a quick run on small pictures -------------------------------------------------


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def _dicom(values: np.ndarray, syntax: UID, frames: int = 1) -> bytes:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    data.PatientID, data.Modality = "fuzz-1", "CT"
    data.Rows, data.Columns = values.shape[:2]
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = data.BitsStored = values.dtype.itemsize * 8
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
    data.NumberOfFrames = frames
    data.RescaleSlope, data.RescaleIntercept = "2", "-1000"
    data.WindowCenter, data.WindowWidth = ["40", "300"], ["400", "1500"]
    data.PixelData = values.tobytes() * frames
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = (
        ExplicitVRLittleEndian if syntax == RLELossless else syntax
    )
    if syntax == RLELossless:
        data.compress(RLELossless)
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def small_pictures() -> list[bytes]:
    rng = np.random.default_rng(7)
    grey = rng.integers(0, 256, (24, 32), np.uint8)
    deep = rng.integers(0, 65536, (24, 32), np.uint16)
    colour = rng.integers(0, 256, (24, 32, 3), np.uint8)
    image, palette = Image.fromarray(colour), Image.fromarray(colour).quantize(16)
    return [
        *(_saved(image, kind) for kind in ("PNG", "JPEG", "BMP", "WEBP", "GIF")),
        _saved(image.convert("CMYK"), "JPEG"),
        _saved(image, "JPEG", progressive=True, exif=_turned()),
        _saved(palette, "PNG", transparency=3),
        _saved(Image.fromarray(deep), "PNG"),
        _saved(palette, "GIF", save_all=True, append_images=[palette] * 3),
        _saved(image, "TIFF", compression="tiff_lzw"),
        _saved(image, "TIFF", compression="jpeg"),
        tiff(sheet(deep, compression=8, predictor=2, tile=16), sheet(colour, planar=2)),
        tiff(*(sheet(deep[:4, :4]) for _ in range(5)), order="<", big=True),
        _dicom(deep, ExplicitVRLittleEndian),
        _dicom(deep, ImplicitVRLittleEndian, frames=3),
        _dicom(grey, DeflatedExplicitVRLittleEndian),
        _dicom(deep, RLELossless),
    ]


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def test_small_pictures_are_sound_before_they_are_broken():
    for data in small_pictures():
        assert images.decode(data, name="a").pixels.size > 0


def test_same_seed_gives_the_same_broken_file():
    sources = small_pictures()[:3]

    assert mutant(sources, 1, 5) == mutant(sources, 1, 5)
    assert mutant(sources, 1, 5) != mutant(sources, 1, 6)


def test_small_broken_pictures_cost_themselves_only(tmp_path):
    sources = small_pictures()
    work = [
        (index, QUICK_SEED + number)
        for index in range(len(sources))
        for number in range(QUICK_EACH)
    ]

    count = decode_mutants(sources, work, tmp_path / "mutants")

    assert count.stumbles == []
    assert sum(count.outcomes.values()) >= len(work)
    assert count.outcomes["decoded"] > 0
    assert count.outcomes["damaged"] > 0


# -- the long run on real files ----------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(4 * 3600)
def test_ten_thousand_broken_real_files_cost_themselves_only(
    tmp_path, shared_data, capsys
):
    folders = {
        "dicom_dev/files": 1, "cxr_nih_320": 40, "cxr_kermany_224": 40,
        "fundus_idrid_512": 20, "fullres_samples": 1,
    }  # fmt: skip
    sources = []
    for folder, every in folders.items():
        found = [file for file in images.scan(shared_data / folder)
                 if file.size_bytes <= _LARGEST
                 and not file.path.endswith((".csv", ".txt"))]  # fmt: skip
        sources += [
            images.read_bytes(shared_data / folder / file.path)
            for file in found[::every]
        ]
    each = -(-SLOW_AT_LEAST // len(sources))
    work = [
        (index, SLOW_SEED + number)
        for number in range(each)
        for index in range(len(sources))
    ]
    started = time.monotonic()

    count = decode_mutants(sources, work, tmp_path / "mutants")

    with capsys.disabled():
        print(f"\n{len(work)} broken files of {len(sources)} sound ones, "  # noqa: T201
              f"{time.monotonic() - started:.0f} s, seed {SLOW_SEED}")  # fmt: skip
        for outcome, number in count.outcomes.most_common():
            print(f"  {outcome:20s} {number}")  # noqa: T201
        print(f"  peak of a worker     {count.peak_mb:.0f} MB")  # noqa: T201
        for stumble in count.stumbles:
            print(f"  {stumble}")  # noqa: T201
    assert len(work) >= SLOW_AT_LEAST
    assert count.stumbles == []
    assert count.peak_mb * 2**20 < CAP
