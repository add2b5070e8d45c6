#!/usr/bin/env python3
"""Build everything that is published, from a clean clone.

    python3 packaging/release.py                  all of it
    python3 packaging/release.py wheel docs       only these parts, in this order
    python3 packaging/release.py --out DIR        instead of dist/

Parts: ``wheel`` (wheel and source archive), ``docs`` (the site, checked strictly),
``reader`` and ``full`` (the two editions: a folder that runs without Python, on Linux a
.deb of it, notices and bill of materials), ``sums`` (SHA256SUMS of DIR).

Needs Python 3.11 or newer and a connection; every part works in an environment of its
own under build/release, with the versions of requirements.lock. What is missing is
named with what installs it. A part takes minutes; ``full`` takes 20 GB of disk.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build" / "release"
SCRIPTS = ROOT / "packaging"
_BIN = "Scripts" if os.name == "nt" else "bin"
_EXTRAS = {"reader": (), "full": ("train",)}
_ROOM = {"reader": 3_000_000_000, "full": 20_000_000_000}


def fail(sentence: str) -> None:
    """End with a sentence and exit code 3."""
    print(f"release.py: {sentence}", file=sys.stderr)
    raise SystemExit(3)


def must(what: str, *command: str | Path) -> None:
    """Run a step, or end with a sentence about it.

    Not in the clone: `python -m` would take MedHash from there instead of the wheel.
    """
    print(f"release.py: {what}", file=sys.stderr, flush=True)
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, cwd=BUILD, check=False)
    except FileNotFoundError:
        fail(f"{words[0]} is missing, which is needed for this step: {what}.")
    if done.returncode != 0:
        fail(f"this step failed: {what}. Its own message stands above.")


def environment(name: str) -> Path:
    """Return the Python of an environment under build/release, made when missing."""
    place = BUILD / name
    python = place / _BIN / ("python.exe" if os.name == "nt" else "python")
    if not python.is_file():
        must(
            f"making the environment {name} (on Debian that needs python3-venv)",
            *(sys.executable, "-m", "venv", "--clear", place),
        )
        must(
            "installing the installer (uv)",
            *(python, "-m", "pip", "-q", "install", "uv"),
        )
    return python


def install(python: Path, *what: str | Path) -> None:
    """Install packages into an environment."""
    must(
        f"installing {' '.join(str(word) for word in what if '=' not in str(word))}",
        *(python, "-m", "uv", "pip", "install", "-q", "--python", python, *what),
    )


def tools() -> Path:
    """Return the Python that has the tools of the group ``release``."""
    python = environment("tools")
    install(
        python,
        "--group",
        f"{ROOT / 'pyproject.toml'}:release",
        "-c",
        ROOT / "requirements.lock",
    )
    return python


# ---------------------------------------------------------------------- parts
def wheel(out: Path) -> None:
    """Build wheel and source archive, with the translations in both."""
    python = tools()
    must("building the translations", python, SCRIPTS / "build_translations.py")
    must(
        "building wheel and source archive",
        *(python, "-m", "uv", "build", "-q", "--wheel", "--sdist", "-o", out, ROOT),
    )
    (out / ".gitignore").unlink(missing_ok=True)


def docs(out: Path) -> None:
    """Build the documentation; a broken link is an error."""
    site = out / "docs"
    must(
        "building the documentation",
        *(tools(), "-m", "mkdocs", "build", "--strict", "--clean"),
        *("--config-file", SCRIPTS / "mkdocs.yml", "--site-dir", site.resolve()),
    )


def edition(name: str, out: Path) -> None:
    """Build one edition: folder, papers, and on Linux a Debian package."""
    free = shutil.disk_usage(ROOT).free
    if free < _ROOM[name]:
        fail(
            f"the {name} edition takes {_ROOM[name] / 1e9:.0f} GB to build and only "
            f"{free / 1e9:.1f} GB are free on the disk of {ROOT}."
        )
    python = _packed_environment(name, out)
    papers = out / f"papers-{name}"
    papers.mkdir(parents=True, exist_ok=True)
    extras = _EXTRAS[name]
    bill = papers / "medhash.cdx.json"
    must("writing the bill of materials", python, SCRIPTS / "sbom.py", bill, *extras)
    must("checking it", tools(), SCRIPTS / "check_sbom.py", bill)
    notices = papers / "THIRD-PARTY-NOTICES.txt"
    must("writing the notices", python, SCRIPTS / "notices.py", notices, *extras)
    must(
        f"freezing the {name} edition (minutes)",
        *(python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
        *("--distpath", BUILD / f"frozen-{name}", "--workpath", BUILD / f"work-{name}"),
        SCRIPTS / "medhash.spec",
    )
    folder = BUILD / f"frozen-{name}" / "medhash"
    for paper in (bill, notices):
        shutil.copy2(paper, folder)
    if sys.platform.startswith("linux"):
        must("making it smaller", python, SCRIPTS / "trim.py", folder)
    program = folder / ("medhash.exe" if os.name == "nt" else "medhash")
    must("testing what was frozen", program, "--self-test")
    if sys.platform.startswith("linux"):
        must(
            "making the Debian package",
            *(python, SCRIPTS / "make_deb.py", folder, "--edition", name),
            *("--papers", papers, "--out", out),
        )


def sums(out: Path) -> None:
    """Write the digests of all files that are published."""
    files = sorted(
        one for one in out.iterdir() if one.suffix in (".whl", ".gz", ".deb")
    )
    lines = []
    for one in files:
        with one.open("rb") as opened:
            lines.append(
                f"{hashlib.file_digest(opened, 'sha256').hexdigest()}  {one.name}"
            )
    (out / "SHA256SUMS").write_text("".join(f"{line}\n" for line in lines))


def _packed_environment(name: str, out: Path) -> Path:
    """Return the Python of an environment that holds one edition and PyInstaller."""
    wheels = sorted(out.glob("medhash-*.whl"), key=lambda one: one.stat().st_mtime)
    if not wheels:
        fail(f"there is no wheel in {out}; build the part `wheel` first.")
    python = environment(name)
    extras = f"[{','.join(_EXTRAS[name])}]" if _EXTRAS[name] else ""
    # The same OpenCV without its windows, and so without a second Qt, which MedHash
    # never opens: 36 MB less, and one licence less to comply with.
    instead = BUILD / "instead.txt"
    instead.write_text("opencv-python; sys_platform == 'none'\n", encoding="utf-8")
    install(
        python,
        *("--reinstall-package", "medhash", "--override", instead),
        *("-c", ROOT / "requirements.lock"),
        f"{wheels[-1]}{extras}",
        f"opencv-python-headless=={_locked('opencv-python')}",
    )
    install(python, "--group", f"{ROOT / 'pyproject.toml'}:freeze")
    return python


def _locked(package: str) -> str:
    for line in (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines():
        name, _, version = line.partition("==")
        if name == package:
            return version.split()[0]
    fail(f"requirements.lock names no {package}.")
    return ""


PARTS: dict[str, Callable[[Path], None]] = {
    "wheel": wheel,
    "docs": docs,
    "reader": lambda out: edition("reader", out),
    "full": lambda out: edition("full", out),
    "sums": sums,
}


def main() -> int:
    """Build the parts that the command line names."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR")
    arguments = parser.parse_args()
    unknown = [part for part in arguments.parts if part not in PARTS]
    if unknown:
        parser.error(f"there is no part {', '.join(unknown)}: {', '.join(PARTS)}")
    out = arguments.out.resolve()
    for place in (BUILD, out):
        place.mkdir(parents=True, exist_ok=True)
    for part in arguments.parts or PARTS:
        PARTS[part](out)
    print(f"release.py: done; it lies in {out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
