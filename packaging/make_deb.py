"""Make a Debian package of a folder that PyInstaller built.

    python packaging/make_deb.py FOLDER --edition reader|full --papers DIR --out DIR

FOLDER is PyInstaller's ``medhash``; DIR of ``--papers`` holds the notices and the bill
of materials of the environment that it was built in. Needs ``dpkg-deb`` only. There is
no maintainer script in the package: dpkg's triggers see to menus, icons and manual.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import medhash_gui

ROOT = Path(__file__).resolve().parents[1]
LINUX, SHELL = ROOT / "packaging" / "linux", ROOT / "packaging" / "shell"
NOTICES, BILL = "THIRD-PARTY-NOTICES.txt", "medhash.cdx.json"
NAMES = {"reader": "medhash-reader", "full": "medhash"}
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}

# What Qt's build needs of the system: docs/install.md says how the list was found.
DEPENDS = (
    "libstdc++6",
    "libgl1",
    "libegl1",
    "libglib2.0-0 | libglib2.0-0t64",
    "libxkbcommon0",
    "libfontconfig1",
    "libdbus-1-3",
    "libxcb-cursor0",
    "libxkbcommon-x11-0",
    "libxcb-icccm4",
    "libxcb-keysyms1",
    "libxcb-shape0",
)
# Without one of these Chinese is shown as empty boxes.
RECOMMENDS = ("fonts-noto-cjk | fonts-wqy-microhei", "shared-mime-info")
_SUMMARY = "find the confirmed cases most like a medical image"
_ABOUT = {
    "reader": """ This is the reader edition: it indexes on the processor, searches,
 explains and reports. It does not train models; the package medhash does.""",
    "full": " This is the full edition, which trains models, too (with PyTorch).",
}

_FILES = {
    LINUX / "medhash.desktop": "usr/share/applications/medhash.desktop",
    LINUX / "medhash-search.desktop": "usr/share/applications/medhash-search.desktop",
    LINUX / "medhash-search.nemo_action": (
        "usr/share/nemo/actions/medhash-search.nemo_action"
    ),
    LINUX / "medhash-servicemenu.desktop": (
        "usr/share/kio/servicemenus/medhash-search.desktop"
    ),
    ROOT / "resources" / "icons" / "medhash.svg": (
        "usr/share/icons/hicolor/scalable/apps/medhash.svg"
    ),
    SHELL / "medhash.bash": "usr/share/bash-completion/completions/medhash",
    SHELL / "_medhash": "usr/share/zsh/vendor-completions/_medhash",
    SHELL / "medhash.fish": "usr/share/fish/vendor_completions.d/medhash.fish",
}
_COPYRIGHT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: MedHash

Files: *
Copyright: the authors of MedHash
License: Apache-2.0
Comment: what is shipped with it is listed in THIRD-PARTY-NOTICES.txt.gz, beside this.

License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.
"""


class PackagingError(Exception):
    """The package cannot be made; the text says why and what to do."""


def debian_version(version: str) -> str:
    """Return a version of Python as one of Debian, in the same order.

    "0.1.0.dev0" comes before "0.1.0", which "~" says there.
    """
    return re.sub(r"\.?(dev|a|b|rc)(\d+)", r"~\1\2", version)


def control(edition: str, installed_kb: int, architecture: str, libc: str) -> str:
    """Return the control file.

    Args:
        edition: "reader" or "full".
        installed_kb: size of the files, in units of 1024 bytes.
        architecture: Debian's name of the processor.
        libc: version of the C library that it was built with, the oldest that serves.
    """
    name = NAMES[edition]
    other = next(one for one in NAMES.values() if one != name)
    return "\n".join(
        [
            f"Package: {name}",
            f"Version: {debian_version(medhash_gui.__version__)}",
            f"Architecture: {architecture}",
            "Maintainer: MedHash developers <medhash@localhost>",
            "Section: science",
            "Priority: optional",
            f"Installed-Size: {installed_kb}",
            f"Depends: libc6 (>= {libc}), {', '.join(DEPENDS)}",
            f"Recommends: {', '.join(RECOMMENDS)}",
            f"Conflicts: {other}",
            f"Replaces: {other}",
            f"Description: {_SUMMARY}",
            " MedHash indexes folders of medical images with deep hashing networks and",
            " answers an image with the most similar cases, and with a map that shows",
            " where the network looked. For research and education, not for diagnosis.",
            " .",
            _ABOUT[edition],
            "",
        ]
    )


def lay_out(folder: Path, papers: Path, tree: Path, *, package: str) -> None:
    """Put everything where Debian wants it.

    Args:
        folder: what PyInstaller built.
        papers: folder of notices and bill of materials.
        tree: an empty folder, the root of what will be installed.
        package: its name.

    Raises:
        PackagingError: something of it is missing.
    """
    if not (folder / "medhash").is_file():
        message = (
            f"{folder} holds no program `medhash`; packaging/release.py builds it."
        )
        raise PackagingError(message)
    shutil.copytree(folder, tree / "usr/lib/medhash", symlinks=True)
    (tree / "usr/bin").mkdir(parents=True)
    (tree / "usr/bin/medhash").symlink_to("../lib/medhash/medhash")
    for source, place in _FILES.items():
        _put(tree / place, source.read_bytes())
    _put(tree / "usr/share/man/man1/medhash.1.gz", _packed(SHELL / "medhash.1"))
    doc = tree / "usr/share/doc" / package
    _put(doc / "copyright", _COPYRIGHT.encode())
    _put(doc / "changelog.gz", _packed(ROOT / "CHANGELOG.md"))
    for name in (NOTICES, BILL):
        if not (papers / name).is_file():
            message = f"{papers / name} is missing; packaging/release.py writes it."
            raise PackagingError(message)
        _put(doc / f"{name}.gz", _packed(papers / name))


def make(folder: Path, edition: str, papers: Path, out: Path) -> Path:
    """Make the package and return its file.

    Raises:
        PackagingError: a tool, the folder or a paper is missing.
    """
    if shutil.which("dpkg-deb") is None:
        message = "dpkg-deb is missing; on Debian and Ubuntu it is part of dpkg."
        raise PackagingError(message)
    machine = platform.machine()
    architecture = _ARCHITECTURES.get(machine, machine)
    version = debian_version(medhash_gui.__version__)
    out.mkdir(parents=True, exist_ok=True)
    file = out / f"{NAMES[edition]}_{version}_{architecture}.deb"
    with tempfile.TemporaryDirectory(dir=out) as place:
        tree = Path(place)
        tree.chmod(0o755)
        lay_out(folder, papers, tree, package=NAMES[edition])
        files = sorted(p for p in tree.rglob("*") if p.is_file() and not p.is_symlink())
        size_kb = sum(one.stat().st_size for one in files) // 1024
        libc = platform.libc_ver()[1] or "2.34"
        sums = "".join(f"{_md5(one)}  {one.relative_to(tree)}\n" for one in files)
        text = control(edition, size_kb, architecture, libc)
        _put(tree / "DEBIAN/control", text.encode())
        _put(tree / "DEBIAN/md5sums", sums.encode())
        done = subprocess.run(
            ["dpkg-deb", "--root-owner-group", "-Zzstd", "-z10", "--build", tree, file],
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        message = f"dpkg-deb failed: {done.stderr.strip()}"
        raise PackagingError(message)
    return file


def _put(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o644)


def _packed(file: Path) -> bytes:
    return gzip.compress(file.read_bytes(), mtime=0)  # the same bytes each time


def _md5(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "md5").hexdigest()


def main() -> int:
    """Make the package that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--edition", choices=tuple(NAMES), required=True)
    parser.add_argument("--papers", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=ROOT / "dist")
    arguments = parser.parse_args()
    try:
        file = make(
            arguments.folder, arguments.edition, arguments.papers, arguments.out
        )
    except PackagingError as error:
        print(f"make_deb.py: {error}", file=sys.stderr)
        return 3
    print(f"{file}: {file.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
