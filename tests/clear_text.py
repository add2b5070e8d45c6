"""Looks for texts in files as a stranger would: unpacked, in several encodings."""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import h5py
import numpy as np
from PIL import Image

_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_BASE64 = re.compile(rb"base64,([A-Za-z0-9+/=\s]{40,})")
_MOST = 1 << 26


def found(tokens: Iterable[str], file: Path) -> set[str]:
    """Return the tokens that stand in a file, as text of several encodings.

    Capitals and small letters count alike. What is packed in it is unpacked: HDF5,
    zlib streams, gzip, ZIP, texts of a PNG, pictures within a page.
    """
    spelled = {token: spellings(token) for token in tokens}
    hits = set()
    for part in parts(file.read_bytes()):
        low = part.lower()
        hits |= {
            token for token, ways in spelled.items() if any(way in low for way in ways)
        }
    return hits


def spellings(token: str) -> set[bytes]:
    """Return a token's bytes in the encodings that are looked for, in small letters."""
    ways = set()
    for text in (token, token.lower(), token.upper()):
        for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "latin-1"):
            with contextlib.suppress(UnicodeEncodeError):
                ways.add(text.encode(encoding).lower())
        ways.add(text.encode("ascii", "backslashreplace").lower())  # as JSON has it
    return {way for way in ways if len(way) >= 3}


def parts(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield the bytes of a file, and of all that is packed in it."""
    yield data
    if depth == 3:
        return
    for inner in (*_packed(data), *_datasets(data), *_texts(data)):
        yield from parts(inner, depth + 1)


def _packed(data: bytes) -> Iterator[bytes]:
    if data[:2] == b"\x1f\x8b":
        yield gzip.decompress(data)
    if data[:4] == b"PK\x03\x04":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode() + archive.read(name)
    for match in _BASE64.finditer(data):
        yield base64.b64decode(match[1])
    for match in _ZLIB.finditer(data):
        try:
            inner = zlib.decompressobj().decompress(data[match.start() :], _MOST)
        except zlib.error:
            continue
        if len(inner) > 8:
            yield inner


def _datasets(data: bytes) -> Iterator[bytes]:
    if data[:4] != b"\x89HDF":
        return
    with h5py.File(io.BytesIO(data), "r") as file:
        yield repr(dict(file.attrs)).encode()
        for dataset in file.values():
            yield np.asarray(dataset[()]).tobytes()


def _texts(data: bytes) -> Iterator[bytes]:
    if data[:4] in (b"\x89PNG", b"\xff\xd8\xff\xe0", b"\xff\xd8\xff\xe1"):
        with Image.open(io.BytesIO(data)) as image:
            yield repr((image.info, dict(image.getexif()))).encode()
