"""The command ``audit``: whether the log is whole, and what is in it."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as Xml

from medhash_gui import audit, audit_chain, audit_message
from medhash_gui.command.output import Output
from medhash_gui.errors import AuditError
from medhash_gui.library import durable

SUFFIXES = (".jsonl", ".xml")


def run(arguments: argparse.Namespace, output: Output) -> bool:
    """Run the action that was asked for; return whether the log is whole.

    Raises:
        AuditError: the log cannot be read or written, or the file cannot be made.
    """
    match arguments.action:
        case "verify":
            return verify(arguments.expect, output)
        case "export":
            return export(arguments.file, output)
        case "on" | "off":
            audit.switch(on=arguments.action == "on")
    return _say_state(output)


def verify(expected: audit_chain.Head | None, output: Output) -> bool:
    """Say whether the log is what was written.

    Args:
        expected: a head that was noted elsewhere.
        output: where the answer goes.

    Raises:
        AuditError: the log cannot be read.
    """
    found = _verdict(expected)
    for problem in found.problems:
        output.say(problem)
    for note in found.notes:
        output.say(note)
    if not found.problems:
        output.say(f"The audit log is whole: {found.head.number} entries.")
    else:
        output.say("The audit log is not what was written.")
    output.say(f"head: {found.head}")
    output.finish(
        {
            "sound": not found.problems,
            "entries": found.head.number,
            "head": str(found.head),
            "problems": list(found.problems),
            "notes": list(found.notes),
        }
    )
    return not found.problems


def export(file: Path, output: Output) -> bool:
    """Write the log into a file; return whether it is whole.

    Args:
        file: ``.jsonl`` for the lines as they are, ``.xml`` for messages of PS3.15.
        output: where the answer goes.

    Raises:
        AuditError: the suffix is another one, or the file cannot be written.
    """
    if file.suffix.lower() not in SUFFIXES:
        message = f"{file.name} says neither .jsonl nor .xml: the form is not known."
        raise AuditError(message, hint="Name a file such as audit.jsonl or audit.xml.")
    output.note_of(audit.read_by_user(file.suffix.lower()))
    found = _verdict(None)
    lines = _messages() if file.suffix.lower() == ".xml" else _plain()
    try:
        durable.place(file, b"".join(lines))
    except OSError as error:
        reason = error.strerror or error
        message = f"The log cannot be written to {file}: {reason}."
        raise AuditError(message, hint="Choose another place for it.") from error
    output.say(f"{found.head.number} entries are in {file}")
    output.say(f"head: {found.head}")
    for problem in found.problems:
        output.note(problem)
    output.finish(
        {
            "file": str(file),
            "entries": found.head.number,
            "head": str(found.head),
            "problems": list(found.problems),
        }
    )
    return not found.problems


def _say_state(output: Output) -> bool:
    file = audit.folder() / audit_chain.LOG
    size = file.stat().st_size if file.exists() else 0
    output.say(f"The audit log is {'on' if audit.is_on() else 'switched off'}.")
    output.say(f"{file}, {size / 2**20:.1f} MiB")
    output.finish({"on": audit.is_on(), "file": str(file), "bytes": size})
    return True


def _verdict(expected: audit_chain.Head | None) -> audit_chain.Verdict:
    try:
        return audit_chain.verify(audit.folder(), expected=expected)
    except OSError as error:
        message = f"The audit log cannot be read: {error.strerror or error}."
        raise AuditError(message, hint=f"Check the rights of {audit.folder()}.") from (
            error
        )


def _plain() -> Iterator[bytes]:
    for entry in audit_chain.entries(audit.folder()):
        yield json.dumps(entry, ensure_ascii=True).encode("ascii") + b"\n"


def _messages() -> Iterator[bytes]:
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n<AuditMessages>\n'
    for entry in audit_chain.entries(audit.folder()):
        yield Xml.tostring(audit_message.message(entry), "utf-8")
        yield os.linesep.encode("ascii")
    yield b"</AuditMessages>\n"
