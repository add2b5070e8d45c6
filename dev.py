#!/usr/bin/env python3
"""Set up MedHash in this clone and run it: needs nothing but Python 3.11 or newer.

    python3 dev.py run            set up, then open MedHash on its synthetic samples
    python3 dev.py test           set up, then run the tests (--slow: the long ones)
    python3 dev.py check          format, lint, types and import contracts
    python3 dev.py lock           resolve requirements.lock anew

Set-up makes ``.venv`` beside this file and installs what requirements.lock names;
it is repeated only when the lock or the project's metadata changes. Everything after
the verb is handed on, for example ``python3 dev.py test -k store``.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "medhash-set-up"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
DISK_BYTES = 6_500_000_000

# Debian and Ubuntu packages of the libraries that Qt's wheels expect to find.
OFFSCREEN = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libdbus-1.so.3": "libdbus-1-3",
}
SCREEN = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}


def fail(sentence: str) -> None:
    """End with a sentence on standard error and exit code 3."""
    print(f"dev.py: {sentence}", file=sys.stderr)
    raise SystemExit(3)


def call(*command: str | Path, **environment: str) -> int:
    """Run a command in the clone and return its exit code."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )
    return done.returncode


def must(what: str, *command: str | Path) -> None:
    """Run a command of the set-up and stop with a sentence when it fails."""
    print(f"dev.py: {what}", file=sys.stderr, flush=True)
    if call(*command) != 0:
        fail(f"this step failed: {what}. Its own message stands above.")


def is_root_with_apt() -> bool:
    """Return whether Debian packages can be installed without asking."""
    return (
        hasattr(os, "geteuid") and os.geteuid() == 0 and bool(shutil.which("apt-get"))
    )


def missing_libraries(wanted: dict[str, str]) -> list[str]:
    """Return the Debian packages whose shared library cannot be loaded."""
    missing = []
    for library, package in wanted.items():
        try:
            ctypes.CDLL(library)
        except OSError:
            missing.append(package)
    return missing


def need_packages(packages: list[str], purpose: str, *, required: bool) -> None:
    """Install Debian packages as root, or name the one line that installs them."""
    if not packages:
        return
    names = " ".join(packages)
    if is_root_with_apt():
        print(f"dev.py: installing {names} ({purpose})", file=sys.stderr, flush=True)
        quiet = {"DEBIAN_FRONTEND": "noninteractive"}
        if (
            call("apt-get", "-qq", "update", **quiet) == 0
            and call(
                "apt-get",
                "-qq",
                "install",
                "-y",
                "--no-install-recommends",
                *packages,
                **quiet,
            )
            == 0
        ):
            return
    sentence = f"{purpose} needs: sudo apt-get install {names}"
    if required:
        fail(sentence)
    print(f"dev.py: {sentence}", file=sys.stderr)


def need_qt_libraries() -> None:
    """See to the system libraries of Qt on Linux; other systems bring their own."""
    if not sys.platform.startswith("linux"):
        return
    screen = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    need_packages(missing_libraries(OFFSCREEN), "the window", required=False)
    if screen:
        need_packages(
            missing_libraries(SCREEN), "the window on this screen", required=False
        )


def make_venv() -> None:
    """Make .venv, with pip in it."""
    command = (sys.executable, "-m", "venv", "--clear", str(VENV))
    print("dev.py: making .venv", file=sys.stderr, flush=True)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode == 0:
        return
    # Debian's python3 comes without ensurepip until python3-venv is there.
    if "ensurepip" in done.stdout + done.stderr:
        need_packages(["python3-venv"], "a virtual environment", required=True)
        must("making .venv", *command)
        return
    fail(f"making .venv failed: {(done.stderr or done.stdout).strip()}")


def set_up() -> None:
    """Bring .venv to the state that requirements.lock and pyproject.toml describe."""
    if not (3, 11) <= sys.version_info[:2] < (3, 15):
        fail(
            "MedHash needs Python 3.11 to 3.14; this is "
            f"{sys.version.split()[0]} ({sys.executable})."
        )
    sources = LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    wanted = hashlib.sha256(sources).hexdigest()
    done = STAMP.is_file() and STAMP.read_text(encoding="ascii") == wanted
    if done and PYTHON.is_file():
        return
    if not PYTHON.is_file():
        free = shutil.disk_usage(ROOT).free
        if free < DISK_BYTES:
            fail(
                f"the packages take up to {DISK_BYTES / 1e9:.1f} GB and only "
                f"{free / 1e9:.1f} GB are free on the disk of {ROOT}. "
                "Free some space, or clone on another disk."
            )
        make_venv()
    uv = (PYTHON, "-m", "uv", "pip")
    python = ("--python", str(PYTHON))
    must("installing the installer (uv)", PYTHON, "-m", "pip", "-q", "install", "uv")
    must("installing the locked packages", *uv, "install", "-q", *python, "-r", LOCK)
    must(
        "installing MedHash itself from this clone",
        *(*uv, "install", "-q", *python, "--no-deps", "-e", str(ROOT)),
    )
    STAMP.write_text(wanted, encoding="ascii")


def build_translations() -> None:
    """Make the window's translations where their sources are newer."""
    for source in sorted((ROOT / "resources" / "translations").glob("*.ts")):
        built = source.with_suffix(".qm")
        if built.exists() and built.stat().st_mtime >= source.stat().st_mtime:
            continue
        script = ROOT / "packaging" / "build_translations.py"
        must("building the translations", PYTHON, script)
        return


def run(arguments: list[str]) -> int:
    """Open the window on the synthetic samples; without a screen, show one query."""
    need_qt_libraries()
    return call(PYTHON, "-m", "medhash_gui", "demo", *arguments)


def test(arguments: list[str]) -> int:
    """Run the tests; ``--slow`` runs those that the plain call leaves out."""
    need_qt_libraries()
    slow = "--slow" in arguments
    rest = [argument for argument in arguments if argument != "--slow"]
    if slow:
        # One at a time: these time kills, train networks and drive a real screen.
        rest = ["-m", "slow and not gpu", "--timeout", "3600", *rest]
    else:
        rest = ["-n", "auto", *rest]
    return call(PYTHON, "-m", "pytest", *rest, QT_QPA_PLATFORM="offscreen")


def check(arguments: list[str]) -> int:
    """Check format, lint, types and import contracts; run all, fail if any fails."""
    del arguments
    tools = {
        "format": (PYTHON, "-m", "ruff", "format", "--check", "."),
        "lint": (PYTHON, "-m", "ruff", "check", "."),
        "types": (PYTHON, "-m", "mypy"),
        "import contracts": (BIN / "lint-imports",),
        "translations": (PYTHON, "packaging/build_translations.py", "--check"),
    }
    failed = []
    for name, command in tools.items():
        print(f"dev.py: {name}", file=sys.stderr, flush=True)
        if call(*command) != 0:
            failed.append(name)
    if failed:
        print(f"dev.py: failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def lock(arguments: list[str]) -> int:
    """Resolve requirements.lock anew; the file holds versions and no addresses."""
    universal = ("--universal", "--python-version", "3.11")
    extras = ("--extra", "train", "--extra", "dev")
    return call(
        *(PYTHON, "-m", "uv", "pip", "compile", "-q", *universal, *extras, *arguments),
        *("pyproject.toml", "-o", "requirements.lock"),
    )


VERBS = {"run": run, "test": test, "check": check, "lock": lock}


def main() -> int:
    """Run the verb that the command line names, after the set-up."""
    if len(sys.argv) < 2 or sys.argv[1] not in VERBS:
        print(__doc__, file=sys.stderr)
        return 0 if sys.argv[1:] in (["-h"], ["--help"]) else 2
    set_up()
    build_translations()
    try:
        return VERBS[sys.argv[1]](sys.argv[2:])
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
