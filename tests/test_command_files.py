"""Manual, completion and reference say what the program does, and shells take them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import build_command_files
import command_tree
import manual_page
import pytest

from medhash_gui import command_line

WINDOWS = {("window",), ("demo",)}  # they answer with a window, not with an object


@pytest.fixture(scope="module")
def program() -> command_tree.Command:
    return command_tree.tree()


def test_the_files_in_git_are_those_of_the_grammar() -> None:
    assert build_command_files.stale() == [], (
        "run: python packaging/build_command_files.py"
    )


def test_every_command_has_a_line_of_help(program: command_tree.Command) -> None:
    assert [one.path for one in program.all() if not one.help] == []


def test_every_argument_is_explained(program: command_tree.Command) -> None:
    unexplained = [
        f"{' '.join(one.path)} {argument.shown}"
        for one in program.all()
        for argument in (*one.places, *one.options)
        if not argument.help
    ]

    assert unexplained == []


def test_every_batch_command_answers_in_json(program: command_tree.Command) -> None:
    without = {
        one.path
        for one in program.all()
        if not one.commands
        and not any("--json" in option.flags for option in one.options)
    }

    assert without == WINDOWS


def test_the_documented_exit_codes_are_those_of_the_program() -> None:
    ends = (
        command_line.DONE,
        command_line.DAMAGED,
        command_line.USAGE,
        command_line.FAILED,
        command_line.CANCELLED,
    )

    assert [int(code) for code, _ in manual_page.EXIT_CODES] == list(ends)


def test_the_manual_has_no_error_of_form() -> None:
    if shutil.which("groff") is None:
        pytest.skip("groff is not installed")
    page = build_command_files.SHELL / "medhash.1"

    done = subprocess.run(
        ["groff", "-man", "-ww", "-Tascii", "-z", str(page)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0
    assert done.stderr == ""


def completed(line: str, folder: Path) -> list[str]:
    """What bash would offer at the end of a line."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        f"source '{build_command_files.SHELL / 'medhash.bash'}'\n"
        "compopt() { :; }\n"  # knows no completion under way outside of one
        f"COMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n"
        '_medhash\n(( ${#COMPREPLY[@]} == 0 )) || printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("medhash in", ["index", "info"]),
        ("medhash library me", ["merge"]),
        ("medhash search --pat", ["--patients"]),
        ("medhash search --patients ", ["exclude", "include", "group"]),
        ("medhash search --top ", []),
        ("medhash index --library lib", ["lib.medhash"]),
        ("medhash search lib", ["lib.medhash"]),
        ("medhash library purge --dry", ["--dry-run"]),
        ("medhash index --dry", []),
    ],
)
def test_bash_completes(line: str, offered: list[str], tmp_path: Path) -> None:
    (tmp_path / "lib.medhash").mkdir()

    assert completed(line, tmp_path) == offered


@pytest.mark.parametrize(
    ("shell", "file"), [("zsh", "_medhash"), ("fish", "medhash.fish")]
)
def test_the_other_shells_can_read_theirs(shell: str, file: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")

    done = subprocess.run(
        [shell, "-n", str(build_command_files.SHELL / file)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
