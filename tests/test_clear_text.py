"""The search for names finds them wherever they stand; else it would prove nothing."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from clear_text import found
from PIL import Image, PngImagePlugin

NAME = "Müller^Anna"
DATA = f"... {NAME} ...".encode()


def write(kind: str, file: Path) -> None:
    match kind:
        case "text":
            file.write_bytes(DATA)
        case "capitals":
            file.write_text("... MÜLLER^ANNA ...", encoding="utf-8")
        case "utf-16-le" | "utf-16-be" | "latin-1":
            file.write_bytes(DATA.decode().encode(kind))
        case "json":
            file.write_text(f'{{"a": {NAME!a}}}')
        case "gzip":
            file.write_bytes(gzip.compress(DATA))
        case "zlib":
            file.write_bytes(b"before" + zlib.compress(DATA) + b"after")
        case "zip":
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr("a", DATA)
        case "npz":
            with file.open("wb") as target:
                np.savez_compressed(target, a=np.array([NAME]))
        case "png":
            texts = PngImagePlugin.PngInfo()
            texts.add_itxt("a", NAME, zip=True)
            Image.new("L", (4, 4)).save(file, "PNG", pnginfo=texts)
        case "jpeg":
            exif = Image.Exif()
            exif[0x010E] = NAME.encode()
            Image.new("L", (4, 4)).save(file, "JPEG", exif=exif)
        case "hdf5":
            with h5py.File(file, "w") as target:
                values = np.frombuffer(DATA * 50, np.uint8)
                target.create_dataset("a", data=values, compression="gzip")


@pytest.mark.parametrize(
    "kind",
    ["text", "capitals", "utf-16-le", "utf-16-be", "latin-1", "json", "gzip", "zlib",
     "zip", "npz", "png", "jpeg", "hdf5"],
)  # fmt: skip
def test_a_name_is_found(kind, tmp_path):
    file = tmp_path / "file"
    write(kind, file)

    assert found([NAME, "Somebody^Else"], file) == {NAME}
