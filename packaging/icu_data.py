"""Leave out of ICU's data what Qt never asks for: 26 of 32 MB.

    python packaging/icu_data.py libicudata.so.73

Qt asks ICU for the order of texts, by which file dialogs sort, and for the letters of a
few languages; dates, numbers and the edges of words it knows by itself. So the order of
every language stays, with the tables that all share and those of the languages of the
window. What goes are converters from old encodings, dictionaries, and the names of
regions, currencies, units and time zones in hundreds of languages. A text in a language
without its own table is treated as ICU treats unknown ones.

The data is one table of contents with its items ("CmnD", version 1, of ICU's udata.h);
the library is nothing but a wrapper around it, made anew here by binutils.
"""

from __future__ import annotations

import re
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

_LOCALE = re.compile(r"[a-z]{2,3}(_\w+)?")
_SPOKEN = ("en", "zh")  # the window's languages
_ALIGNED = 16  # bytes, as ICU's own tools lay items down


def is_kept(name: str) -> bool:
    """Return whether an item stays, by its name without the package: "coll/zh.res"."""
    folder, _, file = name.rpartition("/")
    stem, _, ending = file.rpartition(".")
    if folder:
        return folder == "coll"
    if ending == "res":
        return not _LOCALE.fullmatch(stem) or stem.split("_")[0] in _SPOKEN
    return ending == "nrm" or (ending == "icu" and stem != "unames")


def filtered(data: bytes) -> bytes:
    """Return ICU's data with the items that stay, in their order.

    Raises:
        ValueError: it is no such data.
    """
    head = struct.unpack_from("<H", data)[0] if len(data) > 20 else 0
    if data[12:17] != b"CmnD\x01" or head > len(data):
        message = "this is no data of ICU of the form that is known here"
        raise ValueError(message)
    count = struct.unpack_from("<I", data, head)[0]
    entries = [struct.unpack_from("<II", data, head + 4 + 8 * n) for n in range(count)]
    ends = [*(place for _, place in entries[1:]), len(data) - head]
    items = []
    for (at, place), end in zip(entries, ends, strict=True):
        name = data[head + at : data.index(b"\0", head + at)]
        if is_kept(name.decode("ascii").partition("/")[2]):
            items.append((name, data[head + place : head + end]))
    names = b"".join(name + b"\0" for name, _ in items)
    names_at = 4 + 8 * len(items)
    toc, body, at = b"", b"", names_at
    start = names_at + len(names)
    start += -(head + start) % _ALIGNED
    for name, item in items:
        toc += struct.pack("<II", at, start + len(body))
        at += len(name) + 1
        body += item + b"\0" * (-len(item) % _ALIGNED)
    above = struct.pack("<I", len(items)) + toc + names
    return data[:head] + above.ljust(start, b"\0") + body


def rewrite(library: Path) -> None:
    """Make a library of ICU's data anew with what stays.

    Raises:
        ValueError: it holds no such data.
        subprocess.CalledProcessError: binutils cannot do it.
    """
    with tempfile.TemporaryDirectory() as folder:
        whole, part = Path(folder, "whole"), Path(folder, "part")
        code, made = Path(folder, "data.o"), Path(folder, "made.so")
        _do("objcopy", "-O", "binary", "-j", ".rodata", library, whole)
        part.write_bytes(filtered(whole.read_bytes()))
        symbol = f"icudt{library.name.rpartition('.')[2]}_dat"
        _do("as", "-o", code, "-", said=f"""
            .section .rodata
            .balign 16
            .globl {symbol}
            .type {symbol}, %object
            {symbol}: .incbin "{part}"
            .size {symbol}, . - {symbol}
            .section .note.GNU-stack, "", %progbits
        """)  # fmt: skip
        _do("ld", "-shared", "-soname", library.name, "-o", made, code)
        library.write_bytes(made.read_bytes())


def _do(*words: str | Path, said: str = "") -> None:
    command = [str(word) for word in words]
    subprocess.run(command, check=True, input=said, text=True, capture_output=True)


if __name__ == "__main__":
    rewrite(Path(sys.argv[1]))
