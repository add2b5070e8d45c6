"""What MedHash writes is its owner's alone: files 0600, folders 0700."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import install_tiny, write_study

from medhash_gui import owner_only, paths

pytestmark = pytest.mark.skipif(
    os.name != "posix", reason="rights are those of POSIX; folders of a user elsewhere"
)


def medhash_process(*words: str | Path) -> None:
    """Run a command in a process of its own, whose files everybody may read."""
    command = [sys.executable, "-m", "medhash_gui", *map(str, words)]
    subprocess.run(command, check=True, umask=0o022, capture_output=True)


def modes(folder: Path) -> dict[str, int]:
    return {
        str(path.relative_to(folder)): stat.S_IMODE(path.lstat().st_mode)
        for path in sorted(folder.rglob("*"))
    }


def test_what_commands_write_is_their_owners_alone(
    tmp_path: Path, clean_home: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir(mode=0o755)
    install_tiny()
    folder = write_study(tmp_path / "study")
    theirs = {*clean_home.rglob("*")}
    library = out / "a.medhash"

    medhash_process(
        "index", folder, "--library", library, "--list", out / "skipped.csv"
    )
    picture = folder / "light" / "p00.png"
    medhash_process("search", library, picture, "--overlay", out / "drawn")
    medhash_process("library", "export", library, out / "list.csv")
    medhash_process("library", "export", library, out / "list.npz")
    medhash_process("audit", "export", out / "audit.xml")

    made = modes(out)
    made |= {
        str(path): stat.S_IMODE(path.stat().st_mode)
        for path in {*clean_home.rglob("*")} - theirs
    }
    assert len(made) > 12
    assert any(name.startswith("drawn/query-") for name in made)
    assert {name: mode for name, mode in made.items() if mode & 0o077} == {}


def test_a_library_made_by_a_program_is_its_owners_alone(tmp_path: Path) -> None:
    code = """
import os, sys
from pathlib import Path
os.umask(0o022)
from medhash_gui import store_export
from medhash_gui.store import CodeStore
root = Path(sys.argv[1]) / "a.medhash"
with CodeStore.create(
    root, indexed_root=root.parent, model_id="m", model_name="m", bits=8
) as store:
    list(store_export.exporting(store, root.parent / "a.csv"))
"""
    subprocess.run([sys.executable, "-c", code, tmp_path], check=True)

    made = modes(tmp_path)
    made.pop("a.medhash/writer.lock")  # empty
    assert {name: mode for name, mode in made.items() if mode & 0o077} == {}


def test_only_the_rights_of_others_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    before = os.umask(0o022)
    try:
        owner_only.from_now_on()
        assert os.umask(0o022) == 0o077
    finally:
        os.umask(before)


def test_what_others_may_read_is_named(tmp_path: Path) -> None:
    home = tmp_path / "home"
    (home / "logs").mkdir(parents=True)
    (home / "logs" / "a.log").touch(mode=0o644)
    for folder in (home, home / "logs"):
        folder.chmod(0o755)
    (home / "logs" / "a.log").chmod(0o644)

    assert owner_only.readable_by_others(home) == [
        home, home / "logs", home / "logs" / "a.log",
    ]  # fmt: skip
    home.chmod(0o700)
    assert owner_only.readable_by_others(home) == []
    assert owner_only.readable_by_others(paths.user_data() / "none") == []
