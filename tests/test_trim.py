"""What is taken out of the frozen folder: what nobody asks for, and nothing else."""

from __future__ import annotations

import ctypes
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import icu_data
import pytest
import trim

HEAD = 144
NAMES = (
    "brkitr/cjdict.dict",
    "cnvalias.icu",
    "coll/ucadata.icu",
    "coll/zh.res",
    "de.res",
    "en_GB.res",
    "gb18030.cnv",
    "lang/en.res",
    "nfkc.nrm",
    "pool.res",
    "root.res",
    "unames.icu",
    "zh_Hant.res",
    "zoneinfo64.res",
)
KEPT = (
    "cnvalias.icu",
    "coll/ucadata.icu",
    "coll/zh.res",
    "en_GB.res",
    "nfkc.nrm",
    "pool.res",
    "root.res",
    "zh_Hant.res",
    "zoneinfo64.res",
)


def content(name: str) -> bytes:
    """An item of 16, 32 or 48 bytes, as ICU pads them."""
    return name.encode().ljust(16 * (1 + len(name) % 3 + len(name) // 16), b".")


def made(names: tuple[str, ...] = NAMES) -> bytes:
    """Data as ICU's tools write it."""
    head = struct.pack("<HBB8x", HEAD, 0xDA, 0x27) + b"CmnD\x01\0\0\0"
    texts = [f"icudt73l/{name}".encode() + b"\0" for name in names]
    at, start = 4 + 8 * len(names), 4 + 8 * len(names) + sum(map(len, texts))
    start += -(HEAD + start) % 16
    toc, body = struct.pack("<I", len(names)), b""
    for name, text in zip(names, texts, strict=True):
        toc += struct.pack("<II", at, start + len(body))
        at += len(text)
        body += content(name)
    return head.ljust(HEAD, b"\0") + (toc + b"".join(texts)).ljust(start, b"\0") + body


def items(data: bytes) -> dict[str, bytes]:
    """Read data back as ICU does."""
    count = struct.unpack_from("<I", data, HEAD)[0]
    entries = [struct.unpack_from("<II", data, HEAD + 4 + 8 * n) for n in range(count)]
    ends = [*(place for _, place in entries[1:]), len(data) - HEAD]
    found = {}
    for (at, place), end in zip(entries, ends, strict=True):
        assert (HEAD + place) % 16 == 0
        name = data[HEAD + at : data.index(b"\0", HEAD + at)].decode()
        found[name.removeprefix("icudt73l/")] = data[HEAD + place : HEAD + end]
    return found


def test_orders_of_all_languages_and_tables_of_the_windows_stay() -> None:
    assert items(icu_data.filtered(made())) == {name: content(name) for name in KEPT}


def test_the_head_with_versions_and_copyright_stays_and_names_keep_their_order() -> (
    None
):
    data = icu_data.filtered(made())

    assert data[:HEAD] == made()[:HEAD]
    assert list(items(data)) == sorted(KEPT)


@pytest.mark.parametrize("data", [b"", b"\x7fELF" * 50, made()[:10]])
def test_what_is_no_such_data_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="no data of ICU"):
        icu_data.filtered(data)


needs_binutils = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not all(map(shutil.which, ("as", "ld"))),
    reason="needs binutils",
)


@needs_binutils
def test_the_library_gives_its_data_under_the_same_symbol(tmp_path: Path) -> None:
    library, data, code = (tmp_path / n for n in ("libicudata.so.73", "d", "d.o"))
    data.write_bytes(made())
    said = f'.section .rodata\n.globl icudt73_dat\nicudt73_dat: .incbin "{data}"\n'
    subprocess.run(["as", "-o", code, "-"], input=said, text=True, check=True)
    subprocess.run(["ld", "-shared", "-o", library, code], check=True)
    before = library.stat().st_size

    icu_data.rewrite(library)

    expected = icu_data.filtered(made())
    got = (ctypes.c_char * len(expected)).in_dll(ctypes.CDLL(library), "icudt73_dat")
    assert got.raw == expected
    assert library.stat().st_size <= before


def test_a_library_that_is_there_twice_becomes_a_link(tmp_path: Path) -> None:
    big = b"x" * 600_000
    files = {
        "a.libs/libc.so.1": big,
        "b.libs/libc.so.1": big,
        "c.libs/libc.so.1": big[:-1] + b"y",
        "d.libs/small.so": b"s",
        "e.libs/small.so": b"s",
    }
    for name, data in files.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_bytes(data)

    trim.link_equals(tmp_path)

    links = [one.parent.name for one in tmp_path.glob("*/*") if one.is_symlink()]
    assert links == ["b.libs"]
    assert (tmp_path / "b.libs/libc.so.1").read_bytes() == big


def test_without_binutils_the_folder_stays_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "_internal" / "libpython3.so"
    file.parent.mkdir()
    file.write_bytes(b"as it was")
    monkeypatch.setattr(trim.shutil, "which", lambda name: None)

    trim.trim(tmp_path)

    assert file.read_bytes() == b"as it was"
    assert "binutils are missing" in capsys.readouterr().err
