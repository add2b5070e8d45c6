"""MedHash opens no connection, and works where there is no network at all.

The first test counts the sockets that Python opens in the commands and all their child
processes; the second runs the journeys in a network namespace without an interface, not
even that of the computer to itself, so that sockets of compiled code would fail, too.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import install_tiny, write_study

HOOK = """
import os, sys
_log = os.open(os.environ["SOCKET_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
_asked = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo",
          "socket.gethostbyname", "socket.gethostbyaddr", "socket.__new__"}
def _hook(event, arguments):
    if event == "import" and arguments[0] == "medhash_gui":
        os.write(_log, b"started\\n")
    elif event in _asked:
        family = int(arguments[1]) if event == "socket.__new__" else ""
        os.write(_log, f"{event} {family}\\n".encode())
sys.addaudithook(_hook)
"""
ALONE = f"socket.__new__ {int(socket.AF_UNIX)}" if hasattr(socket, "AF_UNIX") else ""


class Watched:
    """Runs commands whose every Python process says which sockets it opens."""

    def __init__(self, folder: Path, *before: str) -> None:
        self._before = before
        self.is_alone = bool(before)
        self._log = folder / "sockets.log"
        hooks = folder / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(HOOK)
        self._environment = {
            **os.environ,
            "PYTHONPATH": str(hooks),
            "SOCKET_LOG": str(self._log),
            "QT_QPA_PLATFORM": "offscreen",
        }

    def run(self, *words: str | Path) -> str:
        """Run one command of medhash; return what it printed."""
        command = [*self._before, sys.executable, "-m", "medhash_gui", *map(str, words)]
        ran = subprocess.run(
            command, env=self._environment, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, (words, ran.stdout, ran.stderr)
        return ran.stdout

    def python(self, code: str) -> int:
        """Run a program; return its exit code."""
        command = [*self._before, sys.executable, "-c", code]
        return subprocess.run(
            command, env=self._environment, capture_output=True, check=False
        ).returncode

    @property
    def processes(self) -> int:
        """How many processes of MedHash there were."""
        return self._lines().count("started")

    @property
    def sockets(self) -> set[str]:
        """What was asked of the network, but sockets of the Unix domain.

        Those are files on this computer: child processes are handed things by them.
        """
        return {*self._lines()} - {"started", ALONE}

    def _lines(self) -> list[str]:
        return self._log.read_text().splitlines() if self._log.exists() else []


def work(watched: Watched, folder: Path, out: Path) -> None:
    """Index, search, explain, evaluate, and look at the answer in the window."""
    library, picture = out / "a.medhash", folder / "light" / "p00.png"
    watched.run("index", folder, "--library", library)
    watched.run("search", library, picture, "--overlay", out / "drawn")
    watched.run("evaluate", "tiny-16bit", folder)
    shot = out / "window.png"
    watched.run("window", library, "--image", picture, "--screenshot", shot)
    assert shot.stat().st_size > 1000
    assert list((out / "drawn").glob("query-*.png"))


def without_network() -> tuple[str, ...]:
    """Return what runs a command without any network; () where that cannot be had."""
    unshare = shutil.which("unshare")
    words = (unshare or "", "--map-root-user", "--net")
    if unshare is None or subprocess.run([*words, "true"], check=False).returncode:
        return ()
    return words


def skip_with_a_network(watched: Watched) -> None:
    """Skip a test where the network cannot be taken away; fail where it was not."""
    if not watched.is_alone:
        pytest.skip("no network namespace can be had here (unshare --net)")
    connect = "import socket; socket.create_connection(('127.0.0.1', 9), 1)"
    try_it = f"try:\n {connect}\nexcept OSError as e:\n raise SystemExit(e.errno)"
    assert watched.python(try_it) == errno.ENETUNREACH


@pytest.fixture(scope="module")
def worked(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    """Return how the journeys went, without a network where it can be taken away."""
    folder = tmp_path_factory.mktemp("offline")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDHASH_HOME", str(folder / "home"))
        install_tiny()
        watched = Watched(folder, *without_network())
        work(watched, write_study(folder / "study"), folder)
    return watched


def test_the_watch_sees_a_socket(tmp_path):
    watched = Watched(tmp_path)

    watched.python("import socket; socket.create_server(('127.0.0.1', 0))")

    assert f"socket.__new__ {int(socket.AF_INET)}" in watched.sockets
    assert "socket.bind " in watched.sockets


def test_no_socket_is_opened_by_index_search_evaluate_or_the_window(worked):
    assert worked.processes > 6  # those that decode are watched, too
    assert worked.sockets == set()


def test_the_journeys_need_no_network_interface(worked):
    # That they were made at all is the claim; the fixture fails where they were not.
    skip_with_a_network(worked)


@pytest.mark.slow
def test_no_socket_is_opened_by_training(tmp_path):
    watched = Watched(tmp_path)
    folder = write_study(tmp_path / "study", each=12)

    watched.run(
        "train", folder, "--method", "dsh", "--backbone", "small", "--epochs", "1",
        "--size", "32", "--bits", "16", "--batch", "4", "--image-wise",
        "--out", tmp_path / "run",
    )  # fmt: skip

    assert watched.sockets == set()


@pytest.mark.slow
def test_the_sample_folder_is_indexed_searched_and_shown_without_a_network(
    tmp_path, clean_home
):
    watched = Watched(tmp_path, *without_network())
    skip_with_a_network(watched)

    watched.run("demo", "--screenshot", tmp_path / "window.png")
    folder = clean_home / "samples" / "chest-film"
    found = watched.run("evaluate", "synthetic-ash-mobilenetv2-64bit", folder, "--json")

    assert json.loads(found.splitlines()[-1])
    assert (tmp_path / "window.png").stat().st_size > 1000
