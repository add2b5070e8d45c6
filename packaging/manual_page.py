"""The manual page and the reference of the commands, made of the program's grammar."""

from __future__ import annotations

from command_tree import Argument, Command

EXIT_CODES = (
    ("0", "done"),
    (
        "1",
        "looked, and found damage (library verify, library repair, audit verify, "
        "self-test)",
    ),
    ("2", "wrong usage; the usage is on standard error"),
    ("3", "a failure, with a sentence and the way out on standard error"),
    ("130", "cancelled with Ctrl-C; what was committed stays"),
)
"""What ``medhash_gui.command_line`` ends with; a test compares."""

_JSON = (
    "With --json the answer is one JSON object on the last line of standard output; a "
    "failure is an object with the one member error (type, message, hint). train, "
    "pretrain and compare print every event as one object a line. Progress and notes "
    "go to standard error."
)
_HOME = (
    "the folder of all that MedHash keeps for a user (models, libraries, runs, "
    "settings, log) instead of the usual place of the system"
)


def manual(program: Command, version: str) -> str:
    """Return ``medhash.1``, in the man macros."""
    lines = [
        '.\\" Made by packaging/build_command_files.py; do not edit.',
        f'.TH MEDHASH 1 "" "medhash {version}" "User Commands"',
        ".SH NAME",
        "medhash \\- find the confirmed cases most like a medical image",
        ".SH SYNOPSIS",
        ".B medhash",
        "[\\fICOMMAND\\fR] [\\fIOPTIONS\\fR]",
        ".SH DESCRIPTION",
        _roff(program.help),
        ".SH COMMANDS",
    ]
    for one in program.all():
        if not one.path or one.commands:
            continue
        lines += [
            f".SS medhash {_roff(' '.join(one.path))}",
            _roff(_sentence(one.help)),
        ]
        for argument in (*one.places, *one.options):
            if "--help" not in argument.flags:
                lines += _tagged(argument)
    lines += [".SH OUTPUT", _roff(_JSON), ".SH EXIT STATUS"]
    for code, meaning in EXIT_CODES:
        lines += [".TP", f".B {code}", _roff(meaning)]
    lines += [".SH ENVIRONMENT", ".TP", ".B MEDHASH_HOME", _roff(_HOME)]
    lines += [
        ".TP",
        ".B MEDHASH_MILVUS_TOKEN",
        "user:password or key of a Milvus server",
    ]
    lines += [".SH NOTES", "For research and education, not for diagnosis."]
    return "\n".join(lines) + "\n"


def reference(program: Command) -> str:
    """Return the page ``docs/commands.md``."""
    lines = [
        "# Commands",
        "",
        "*Made by `packaging/build_command_files.py` from the program's own grammar.*",
        "",
        program.help,
        "",
        "## Output and exit codes",
        "",
        _JSON,
        "",
        "| exit code | meaning |",
        "|---|---|",
        *(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES),
        "",
        "These numbers, the names of commands and options, and the members of the JSON",
        "objects stay as they are within one major version; members may be added.",
        "",
    ]
    for one in program.all():
        if not one.path or one.commands:
            continue
        lines += [f"## medhash {' '.join(one.path)}", "", _sentence(one.help), ""]
        rows = [a for a in (*one.places, *one.options) if "--help" not in a.flags]
        if rows:
            lines += ["| argument | meaning |", "|---|---|"]
            lines += [f"| `{_cell(a.shown)}` | {_cell(_meaning(a))} |" for a in rows]
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _tagged(argument: Argument) -> list[str]:
    flags = ", ".join(f"\\fB{_roff(flag)}\\fR" for flag in argument.flags)
    value = f"\\fI{_roff(argument.value)}\\fR" if argument.value else ""
    more = " ..." if argument.is_many else ""
    meaning = _meaning(argument)
    return [".TP", f"{flags} {value}{more}".strip(), _roff(meaning) or "\\&"]


def _meaning(argument: Argument) -> str:
    parts = [argument.help] if argument.help else []
    if argument.flags and argument.is_required:
        parts.append("(required)")
    return " ".join(parts)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
