"""Make a frozen folder for Linux smaller without taking away what is used.

    python packaging/trim.py FOLDER

Symbols go, which nobody reads, from what nobody patched since it was linked: stripping
libraries that auditwheel patched is known to break them. A library that is there twice,
byte for byte, becomes a link. ICU keeps what Qt asks for (``icu_data.py``). Needs
binutils; without them the folder stays as it is, and works as well.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import icu_data

_STRIPPED = (
    *("libpython3*.so*", "_CharLS*.so", "_openjpeg*.so", "rle*.so"),
    *("python3*/lib-dynload/*.so", "safetensors/*.so"),
    *("PySide6/Qt/lib/libicui18n.so*", "PySide6/Qt/lib/libicuuc.so*"),
)
_ICU = "PySide6/Qt/lib/libicudata.so.*"
_LEAST_LINKED = 500_000  # bytes; smaller ones are not worth a link


def strip(inside: Path) -> None:
    """Remove symbols, in place."""
    files = [one for form in _STRIPPED for one in inside.glob(form)]
    real = [str(one) for one in files if not one.is_symlink()]
    subprocess.run(["strip", "--strip-unneeded", *real], check=True)


def link_equals(inside: Path) -> None:
    """Make links of libraries that are there twice."""
    first: dict[bytes, Path] = {}
    for file in sorted(inside.rglob("*.so*")):
        if file.is_symlink() or file.stat().st_size < _LEAST_LINKED:
            continue
        other = first.setdefault(hashlib.sha256(file.read_bytes()).digest(), file)
        if other is not file:
            file.unlink()
            file.symlink_to(os.path.relpath(other, file.parent))


def trim(folder: Path) -> None:
    """Make a frozen folder smaller, in place."""
    if not all(map(shutil.which, ("strip", "objcopy", "as", "ld"))):
        print("trim.py: binutils are missing; 40 MB more", file=sys.stderr)
        return
    inside = folder / "_internal"
    strip(inside)
    for library in inside.glob(_ICU):
        icu_data.rewrite(library)
    link_equals(inside)


if __name__ == "__main__":
    trim(Path(sys.argv[1]))
