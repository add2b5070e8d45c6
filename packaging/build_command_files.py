"""Write what tells of the commands: manual page, shell completion, reference.

    python packaging/build_command_files.py            write the files
    python packaging/build_command_files.py --check    fail where one is out of date

The files are in git, so that whoever packages MedHash needs nothing but the clone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import command_tree
import manual_page
import shell_completion

import medhash_gui

ROOT = Path(__file__).resolve().parents[1]
SHELL = ROOT / "packaging" / "shell"


def files() -> dict[Path, str]:
    """Return every file with what it must hold."""
    program = command_tree.tree()
    return {
        SHELL / "medhash.1": manual_page.manual(program, medhash_gui.__version__),
        SHELL / "medhash.bash": shell_completion.bash(program),
        SHELL / "_medhash": shell_completion.zsh(program),
        SHELL / "medhash.fish": shell_completion.fish(program),
        ROOT / "docs" / "commands.md": manual_page.reference(program),
    }


def stale() -> list[str]:
    """Return the names of the files that do not say what the program does."""
    return [
        str(file.relative_to(ROOT))
        for file, text in files().items()
        if not file.is_file() or file.read_text(encoding="utf-8") != text
    ]


def main(words: list[str]) -> int:
    """Write or compare."""
    if words == ["--check"]:
        old = stale()
        for name in old:
            print(f"{name} is out of date: python {Path(sys.argv[0])}", file=sys.stderr)
        return 1 if old else 0
    if words:
        print(__doc__, file=sys.stderr)
        return 2
    SHELL.mkdir(exist_ok=True)
    for file, text in files().items():
        file.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
