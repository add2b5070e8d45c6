"""The Debian package: control data, and every file where Debian looks for it."""

from __future__ import annotations

import configparser
import gzip
import shutil
import subprocess
from pathlib import Path

import make_deb
import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = b"#!/bin/sh\necho MedHash\n"


@pytest.fixture
def frozen(tmp_path: Path) -> Path:
    folder = tmp_path / "frozen"
    (folder / "_internal").mkdir(parents=True)
    (folder / "medhash").write_bytes(PROGRAM)
    (folder / "medhash").chmod(0o755)
    (folder / "_internal" / "library.so").write_bytes(b"\0" * 4096)
    return folder


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    (folder / make_deb.NOTICES).write_text("notices")
    (folder / make_deb.BILL).write_text("{}")
    return folder


@pytest.mark.parametrize(
    ("python", "debian"),
    [
        ("0.1.0.dev0", "0.1.0~dev0"),
        ("1.0b2", "1.0~b2"),
        ("2.3rc1", "2.3~rc1"),
        ("1.0a1.dev3", "1.0~a1~dev3"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_a_version_before_a_release_sorts_before_it(python: str, debian: str) -> None:
    assert make_deb.debian_version(python) == debian


@pytest.mark.parametrize(("edition", "other"), [("reader", "full"), ("full", "reader")])
def test_one_edition_replaces_the_other(edition: str, other: str) -> None:
    text = make_deb.control(edition, 1000, "amd64", "2.36")

    assert f"Package: {make_deb.NAMES[edition]}\n" in text
    assert f"Conflicts: {make_deb.NAMES[other]}\n" in text
    assert "Depends: libc6 (>= 2.36), libstdc++6, libgl1, libegl1, " in text
    assert "Recommends: fonts-noto-cjk | fonts-wqy-microhei" in text
    assert text.endswith("\n")
    assert "\n\n" not in text


def test_the_package_needs_what_the_doctor_looks_for() -> None:
    from medhash_gui import doctor

    named = {one for line in make_deb.DEPENDS for one in line.split(" | ")}
    wanted = {*doctor._WINDOW_LIBRARIES.values(), *doctor._SCREEN_LIBRARIES.values()}

    assert wanted <= named


def test_everything_lies_where_debian_looks(
    frozen: Path, papers: Path, tmp_path: Path
) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()

    make_deb.lay_out(frozen, papers, tree, package="medhash-reader")

    assert (tree / "usr/bin/medhash").resolve() == tree / "usr/lib/medhash/medhash"
    assert (tree / "usr/bin/medhash").read_bytes() == PROGRAM
    page = gzip.decompress((tree / "usr/share/man/man1/medhash.1.gz").read_bytes())
    assert page.startswith(b'.\\" Made by')
    doc = tree / "usr/share/doc/medhash-reader"
    assert {one.name for one in doc.iterdir()} == {
        "changelog.gz",
        "copyright",
        "medhash.cdx.json.gz",
        "THIRD-PARTY-NOTICES.txt.gz",
    }


def test_a_folder_without_the_program_is_refused(papers: Path, tmp_path: Path) -> None:
    with pytest.raises(make_deb.PackagingError, match="holds no program"):
        make_deb.lay_out(tmp_path, papers, tmp_path / "tree", package="medhash")


def test_missing_notices_are_refused(
    frozen: Path, papers: Path, tmp_path: Path
) -> None:
    (papers / make_deb.NOTICES).unlink()

    with pytest.raises(make_deb.PackagingError, match=r"NOTICES\.txt is missing"):
        make_deb.lay_out(frozen, papers, tmp_path / "tree", package="medhash")


def test_a_system_without_dpkg_gets_a_sentence(
    frozen: Path, papers: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)

    with pytest.raises(make_deb.PackagingError, match="dpkg-deb is missing"):
        make_deb.make(frozen, "reader", papers, tmp_path)


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="dpkg-deb is not here")
def test_dpkg_reads_the_package(frozen: Path, papers: Path, tmp_path: Path) -> None:
    file = make_deb.make(frozen, "reader", papers, tmp_path / "out")

    fields = subprocess.run(
        ["dpkg-deb", "--field", str(file), "Package", "Version", "Architecture"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    listed = subprocess.run(
        ["dpkg-deb", "--contents", str(file)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "Package: medhash-reader" in fields
    assert " root/root " in listed
    assert "./usr/bin/medhash -> ../lib/medhash/medhash" in listed
    assert [one.name for one in (tmp_path / "out").iterdir()] == [file.name]


@pytest.mark.parametrize("name", ["medhash.desktop", "medhash-search.desktop"])
def test_menu_entries_start_what_exists(name: str) -> None:
    from medhash_gui.command import grammar as command_grammar

    entry = configparser.ConfigParser(interpolation=None)
    entry.optionxform = str  # type: ignore[assignment,method-assign]
    entry.read(ROOT / "packaging/linux" / name, encoding="utf-8")

    words = entry["Desktop Entry"]["Exec"].replace("%f", "picture.dcm").split()
    arguments = command_grammar.parse(words[1:])

    assert words[0] == "medhash"
    assert arguments.command == "window"
    if name == "medhash-search.desktop":
        assert arguments.image == Path("picture.dcm")
        kinds = entry["Desktop Entry"]["MimeType"].split(";")
        assert {"application/dicom", "image/png", "image/jpeg"} <= set(kinds)
