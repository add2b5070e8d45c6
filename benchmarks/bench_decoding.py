"""Decoding alone, by format: pictures and megapixels a second, and the cores used.

Each set is decoded twice, in turn, so that the machine's mood meets both: by a bare
loop in this process (``images.decode`` and nothing else), and by ``DecodePool`` with as
many workers as there are cores, preprocessing left out. The ratio of the two rates says
what the processes bring; the share of each core is the processor time of the workers
over the wall time of all cores.

    python benchmarks/bench_decoding.py [--data FOLDER] [--seconds 4] [--workers N]

Without a folder, pictures are drawn: grey of 8 and 16 bits and colour, of 1024 x 1024
pixels, in each format. With one, each folder below it that holds pictures is a set of
its own, too, and what cannot be decoded is left out.
"""

from __future__ import annotations

import argparse
import io
import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    UID,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLSLossless,
    RLELossless,
)

from medhash_gui import images
from medhash_gui.decoding import DecodePool, DecodeTask
from medhash_gui.errors import UnreadableImageError

SIDE = 1024
_EACH = 8
_MOST = 400


@dataclass(frozen=True)
class Nothing:
    """Stands for the preprocessing: gives an input of one value."""

    def __call__(self, pixels: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the first value."""
        return np.full((3, 1, 1), pixels.flat[0], np.float32)


@dataclass(frozen=True)
class Rate:
    """How fast a set was decoded."""

    images: float
    megapixels: float
    share: float = 0.0


def scene(channels: int, dtype: str) -> npt.NDArray[np.generic]:
    """Return a smooth scene with noise, which compresses about as a film does."""
    rng = np.random.default_rng(0)
    coarse = rng.random((12, 12, channels)).astype(np.float32)
    smooth = cv2.resize(coarse, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    noisy = smooth.reshape(SIDE, SIDE, channels)
    noisy = noisy + rng.normal(0, 0.004, noisy.shape)
    white = np.iinfo(dtype).max
    return np.clip(noisy.squeeze() * white, 0, white).astype(dtype)


def drawn(folder: Path) -> dict[str, Path]:
    """Write the drawn sets and return their folders by name."""
    grey, deep, colour = scene(1, "u1"), scene(1, "u2"), scene(3, "u1")
    deep = deep & 0xFFF0  # as films of 12 bits are stored
    contents: dict[str, bytes] = {}
    for name, values, kind, options in (
        ("PNG 8", grey, "PNG", {}),
        ("PNG 16", deep, "PNG", {}),
        ("PNG colour", colour, "PNG", {}),
        ("JPEG grey", grey, "JPEG", {"quality": 90}),
        ("JPEG colour", colour, "JPEG", {"quality": 90}),
        ("TIFF 16", deep, "TIFF", {}),
        ("TIFF 16 LZW", deep, "TIFF", {"compression": "tiff_lzw"}),
        ("WebP", colour, "WEBP", {"quality": 90}),
    ):
        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, kind, **options)
        contents[name] = buffer.getvalue()
    _, encoded = cv2.imencode(".png", scene(3, "u2"))
    contents["PNG 16 colour"] = encoded.tobytes()
    for name, syntax in (
        ("DICOM raw", ExplicitVRLittleEndian),
        ("DICOM JPEG", JPEGBaseline8Bit),
        ("DICOM J2K", JPEG2000Lossless),
        ("DICOM JPEG-LS", JPEGLSLossless),
        ("DICOM RLE", RLELossless),
    ):
        is_jpeg = syntax == JPEGBaseline8Bit
        contents[name] = _dicom(grey if is_jpeg else deep >> 4, syntax)
    found = {}
    for name, content in contents.items():
        found[name] = folder / name.replace(" ", "-")
        found[name].mkdir()
        for number in range(_EACH):
            (found[name] / f"{number}").write_bytes(content)
    return found


def _dicom(values: npt.NDArray[np.generic], syntax: UID) -> bytes:
    data = Dataset()
    data.SOPClassUID, data.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.1.1", "1.2.3"
    data.Rows, data.Columns = values.shape
    data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
    data.BitsAllocated = values.dtype.itemsize * 8
    data.BitsStored = 8 if data.BitsAllocated == 8 else 12
    data.HighBit, data.PixelRepresentation = data.BitsStored - 1, 0
    white = 2**data.BitsStored
    data.WindowCenter, data.WindowWidth = white // 2, white
    data.file_meta = FileMetaDataset()
    data.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data.PixelData = values.tobytes()
    if syntax == JPEGBaseline8Bit:
        from pydicom.encaps import encapsulate

        buffer = io.BytesIO()
        Image.fromarray(values).save(buffer, "JPEG", quality=90)
        data.PixelData = encapsulate([buffer.getvalue()])
        data["PixelData"].VR = "OB"
        data.file_meta.TransferSyntaxUID = syntax
    elif syntax != ExplicitVRLittleEndian:
        data.compress(syntax)
    buffer = io.BytesIO()
    data.save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def below(folder: Path) -> dict[str, Path]:
    """Return the folders below a folder that hold files."""
    inside = [entry for entry in sorted(folder.iterdir()) if entry.is_dir()]
    return {entry.name: entry for entry in inside if next(images.scan(entry), None)}


def decodable(root: Path) -> list[images.FoundFile]:
    """Return the pictures of a folder, spread over it where there are many."""
    files = list(images.scan(root))
    files = files[:: max(1, len(files) // _MOST)]
    return [file for file in files if _pixels(root, file)]


def _pixels(root: Path, file: images.FoundFile) -> int:
    try:
        data = images.read_bytes(root / file.path)
        height, width = images.decode(data, name=file.path).pixels.shape[:2]
    except UnreadableImageError:
        return 0
    return int(height * width)


def repeated(files: list[images.FoundFile], until: float) -> Iterator[DecodeTask]:
    """Yield tasks over and over until a time."""
    while True:
        for file in files:
            if time.perf_counter() > until:
                return
            yield DecodeTask(file)


def bare(root: Path, files: list[images.FoundFile], seconds: float) -> Rate:
    """Decode in this process alone."""
    count = pixels = 0
    start = time.perf_counter()
    for task in repeated(files, start + seconds):
        pixels += _pixels(root, task.file)
        count += 1
    elapsed = time.perf_counter() - start
    return Rate(count / elapsed, pixels / elapsed / 1e6)


def pooled(
    root: Path, files: list[images.FoundFile], seconds: float, workers: int
) -> Rate:
    """Decode in the processes of a pool, whose start is not counted."""
    each = statistics.mean(_pixels(root, file) for file in files)
    with DecodePool(root, Nothing(), workers=workers) as pool:
        warm = [DecodeTask(file) for file in files[:1]] * (4 * workers)
        for _ in pool.map(warm):
            pass
        started = _of_workers(pool)
        start, count = time.perf_counter(), 0
        for result in pool.map(repeated(files, start + seconds)):
            count += result is not None and result.failure is None
        elapsed = time.perf_counter() - start
        busy = _of_workers(pool) - started
    share = busy / elapsed / (os.cpu_count() or 1)
    return Rate(count / elapsed, count * each / elapsed / 1e6, share)


def _of_workers(pool: DecodePool) -> float:
    """Return the processor time of the workers that are running, in seconds."""
    ticks = 0
    for worker in pool._workers:
        stat = Path(f"/proc/{worker.process.process.pid}/stat").read_text("ascii")
        fields = stat.rpartition(")")[2].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of folders of pictures")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        sets = drawn(Path(scratch))
        if asked.data is not None:
            sets |= below(asked.data)
        print(f"{asked.workers} workers, {os.cpu_count()} cores")
        print(
            f"{'':18s} {'files':>5s} {'bare/s':>8s} {'Mpx/s':>8s} "
            f"{'pool/s':>8s} {'Mpx/s':>8s} {'ratio':>6s} {'cores':>6s}"
        )
        for name, folder in sets.items():
            files = decodable(folder)
            if not files:
                continue
            alone = bare(folder, files, asked.seconds)
            many = pooled(folder, files, asked.seconds, asked.workers)
            print(
                f"{name:18s} {len(files):5d} {alone.images:8.1f} "
                f"{alone.megapixels:8.1f} {many.images:8.1f} {many.megapixels:8.1f} "
                f"{many.images / alone.images:6.2f} {many.share:6.0%}",
                flush=True,
            )


if __name__ == "__main__":
    main()
