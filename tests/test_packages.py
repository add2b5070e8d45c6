"""What is published, installed where nothing is: slow, and only when it was built.

``packaging/release.py wheel reader`` builds into ``dist``; ``MEDHASH_DIST`` names
another folder. The bare Debian is made by debootstrap, or kept in
``MEDHASH_DEBIAN_ROOT``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]

ROOT = Path(__file__).resolve().parents[1]
DIST = Path(os.environ.get("MEDHASH_DIST", ROOT / "dist"))
QUERY = "samples/chest-film/effusion/synthetic_P037_1.png"


def ran(command: Sequence[str | Path], *, code: int = 0, **environment: str) -> str:
    """Run a program to its end and return what it answers; for a failure, why."""
    done = subprocess.run(
        [str(word) for word in command],
        capture_output=True,
        text=True,
        cwd="/",  # not in the clone, whose package would be found first
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr if code else done.stdout


def built(pattern: str) -> Path:
    found = sorted(DIST.glob(pattern), key=lambda one: one.stat().st_mtime)
    if not found:
        pytest.skip(f"{DIST} holds no {pattern}: python3 packaging/release.py")
    return found[-1]


def answers(program: Sequence[str | Path], place: str, **environment: str) -> None:
    """Assert that samples can be drawn, indexed, and asked about."""
    ran([*program, "sample", f"{place}/samples", "--json"], **environment)
    library = f"{place}/lib.medhash"
    folder = f"{place}/samples/chest-film"
    index = ran(
        [*program, "index", folder, "--library", library, "--json"], **environment
    )
    report = json.loads(index.splitlines()[-1])
    search = ran(
        [*program, "search", library, f"{place}/{QUERY}", "--json"], **environment
    )
    hits = json.loads(search.splitlines()[-1])["hits"]

    assert report["added"] > 50
    assert len(hits) == 12
    assert hits[0]["labels"] == ["effusion"]


# ----------------------------------------------------------------- the wheel
@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment that holds the wheel and what it needs, and nothing else."""
    wheel = built("medhash-*.whl")
    place = tmp_path_factory.mktemp("environment")
    ran([sys.executable, "-m", "venv", place])
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "uv", "pip", "install", "-q", "--python", python]
    ran([*pip, "-c", ROOT / "requirements.lock", wheel])
    return place


def test_the_wheel_works_in_an_empty_environment(
    environment: Path, tmp_path: Path
) -> None:
    medhash = [environment / "bin" / "medhash"]
    home = {"MEDHASH_HOME": str(tmp_path / "home"), "QT_QPA_PLATFORM": "offscreen"}

    assert "MedHash works here." in ran([*medhash, "--self-test"], **home)
    answers(medhash, str(tmp_path), **home)
    shot = tmp_path / "window.png"
    ran([*medhash, "--screenshot", shot], **home)
    assert shot.stat().st_size > 10_000


def test_the_wheel_brings_no_torch_and_says_how_to_get_it(
    environment: Path, tmp_path: Path
) -> None:
    packages = [one.name for one in (environment / "lib").glob("*/site-packages/*")]
    assert "torch" not in packages

    said = ran(
        [environment / "bin" / "medhash", "train", tmp_path, "--out", tmp_path / "out"],
        code=3,
    )

    assert "medhash[train]" in said


# --------------------------------------------------------------- the package
@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A bare Debian, and the package installed in it."""
    package = built("medhash-reader_*.deb")
    if os.geteuid() != 0 or shutil.which("debootstrap") is None:
        pytest.skip("debootstrap, as root, makes the bare Debian that this needs")
    kept = os.environ.get("MEDHASH_DEBIAN_ROOT")
    root = Path(kept) if kept else tmp_path_factory.mktemp("debian")
    if not (root / "usr/bin/dpkg").exists():
        release = platform.freedesktop_os_release()["VERSION_CODENAME"]
        ran(["debootstrap", "--variant=minbase", release, root])
    for name in ("apt.conf.d", "sources.list.d"):  # how this computer gets packages
        shutil.copytree(
            Path("/etc/apt", name), root / "etc/apt" / name, dirs_exist_ok=True
        )
    shutil.copy(package, root / "tmp/medhash.deb")
    ran(["mount", "-t", "proc", "proc", root / "proc"])
    try:
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        inside = ["chroot", root]
        ran([*inside, "apt-get", "-qq", "update"], **quiet)
        options = ("-qq", "-y", "--no-install-recommends")
        ran(
            [*inside, "apt-get", "install", *options, "/tmp/medhash.deb"],
            **quiet,
        )
        yield root
    finally:
        ran(["umount", root / "proc"])


def test_the_package_works_in_a_bare_debian(debian: Path) -> None:
    shutil.rmtree(debian / "tmp/trial", ignore_errors=True)
    medhash = ["chroot", debian, "/usr/bin/medhash"]
    home = {"MEDHASH_HOME": "/tmp/trial/home"}

    assert "MedHash works here." in ran([*medhash, "--self-test"], **home)
    answers(medhash, "/tmp/trial", **home)


def test_the_package_needs_nothing_that_it_does_not_name(debian: Path) -> None:
    found = ran(["chroot", debian, "medhash", "doctor", "--json"])

    missing = {entry["what"] for entry in json.loads(found.splitlines()[-1])["missing"]}
    assert missing == {"torch", "torchvision"}


def test_the_package_brings_menu_manual_completion_and_papers(debian: Path) -> None:
    share = debian / "usr/share"

    for name in (
        "applications/medhash.desktop",
        "applications/medhash-search.desktop",
        "icons/hicolor/scalable/apps/medhash.svg",
        "bash-completion/completions/medhash",
        "doc/medhash-reader/copyright",
    ):
        assert (share / name).is_file(), name
    # A bare Debian leaves documents out; what the package holds, dpkg tells.
    listed = ran(["chroot", debian, "dpkg", "--contents", "/tmp/medhash.deb"])
    assert "share/man/man1/medhash.1.gz" in listed
    assert "THIRD-PARTY-NOTICES.txt.gz" in listed
    assert "medhash.cdx.json.gz" in listed
    for name in ("cv2/qt", "libQt5", "libreadline", "libgtk-3", "libX11"):
        assert name not in listed, name
