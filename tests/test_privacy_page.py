"""``docs/privacy.md`` lists every file that MedHash writes, and by which module."""

from __future__ import annotations

import fnmatch
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "privacy.md").read_text(encoding="utf-8")

_WRITES = re.compile(
    r"\.write_text\(|\.write_bytes\(|open\([^)]*[\"'][wax]b?[\"']|mkstemp|"
    r"\.touch\(|os\.O_CREAT|durable\.place|FileLock\(|QSettings\(|copyfile|"
    r"RotatingFileHandler\(|image\.save\(|TemporaryDirectory\("
)
# They write for others, which are listed: the library's files.
_FOR_OTHERS = {"library/durable"}
# What it writes is gone when it ends: a drawn picture in a folder of its own.
_FOR_ITSELF = {"command/self_test"}


def cells(column: int) -> list[str]:
    """Return what stands in a column of the tables, without the marks of code."""
    rows = [line.split("|")[1:-1] for line in PAGE.splitlines() if line[:1] == "|"]
    return [row[column] for row in rows if len(row) > column]


def patterns() -> list[str]:
    return [name for cell in cells(0) for name in re.findall(r"`([^`]+)`", cell)]


def modules() -> set[str]:
    return {name for cell in cells(1) for name in re.findall(r"`([^`]+)`", cell)}


def unlisted(files: list[Path]) -> list[Path]:
    """Return the files whose kind the page does not list."""
    kinds = patterns()
    return [
        file
        for file in files
        if not any(fnmatch.fnmatch(file.as_posix(), f"*/{kind}") for kind in kinds)
    ]


def test_every_module_that_writes_files_is_on_the_page():
    package = ROOT / "medhash_gui"
    writing = {
        file.relative_to(package).with_suffix("").as_posix()
        for file in package.rglob("*.py")
        if _WRITES.search(file.read_text(encoding="utf-8"))
    }

    assert writing - modules() - _FOR_OTHERS - _FOR_ITSELF == set()


def test_every_module_on_the_page_is_there():
    for name in modules():
        assert (ROOT / "medhash_gui" / f"{name}.py").is_file(), name


def test_a_file_that_is_not_listed_is_found():
    files = [Path("/h/settings.json"), Path("/h/a.medhash/records-000001.h5")]

    assert unlisted([*files, Path("/h/thumbnails/1.jpg")]) == [
        Path("/h/thumbnails/1.jpg")
    ]
