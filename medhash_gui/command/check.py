"""The commands ``library verify`` and ``library repair``."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from medhash_gui import store_check
from medhash_gui.command.library import followed
from medhash_gui.command.output import Output
from medhash_gui.store_check import CheckReport

_PATHS_SHOWN = 10


def run(arguments: argparse.Namespace, output: Output) -> bool:
    """Verify or repair a library; return whether it is sound now.

    Raises:
        MedHashError: there is none, or what is wrong with it cannot be helped.
    """
    library = arguments.library
    if arguments.action == "verify":
        report = followed("reading", "files", store_check.verifying(library))
    else:
        repairing = store_check.repairing_of(
            library,
            key_of=arguments.key,
            indexed_root=arguments.root,
            unlinked=arguments.unlinked,
        )
        report = followed("repairing", "files", repairing)
    _say(arguments, report, output)
    output.finish(
        {"sound": report.sound or report.repaired, "library": str(library)}
        | asdict(report)
    )
    return report.sound or report.repaired


def _say(arguments: argparse.Namespace, report: CheckReport, output: Output) -> None:
    library = arguments.library
    if report.sound:
        output.say(f"{library} is sound: {report.shown} pictures can be found")
    elif report.repaired:
        output.say(f"{library} was damaged and is repaired")
    else:
        output.say(f"{library} is damaged")
    for problem in report.problems:
        verb = "lost" if report.repaired else "repairing loses"
        output.say(f"  {problem.file} {problem.what}; {verb}: {problem.lost}")
    if report.doubled:
        output.say(f"  {report.doubled} pictures are in it twice")
    if report.torn_bytes:
        output.say(
            f"  the journal ends with {report.torn_bytes} bytes of a write that was "
            "cut off; the next writer removes them"
        )
    if report.sound:
        return
    output.say(f"  {report.shown} pictures can be found, {report.lost} rows are lost")
    _say_again(report, output)
    if not report.repaired:
        output.say(f"  medhash library repair {library} saves what can be read")
        return
    output.say(f"  the damaged files are kept in {library / report.set_aside}")
    if report.lost:
        output.say("  medhash index takes the lost pictures in again")


def _say_again(report: CheckReport, output: Output) -> None:
    if report.again:
        output.say(f"  {len(report.again)} files have to be indexed again:")
    for path in report.again[:_PATHS_SHOWN]:
        output.say(f"    {path}")
    more = len(report.again) - _PATHS_SHOWN
    if more > 0:
        output.say(f"    and {more} more; --json lists them all")
    if report.unknown:
        output.say(f"  of {report.unknown} rows not even the path is known")
