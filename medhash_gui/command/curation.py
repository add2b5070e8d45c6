"""The commands ``library leave-out | take-back | left-out | label``.

What is said of single pictures: it stays until it is taken back, whatever is indexed.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict

from medhash_gui import audit, curation
from medhash_gui.command.output import Output
from medhash_gui.store import CodeStore, RowChange


def leave_out(arguments: argparse.Namespace, output: Output) -> None:
    """Leave pictures out of searches.

    Raises:
        MedHashError: a picture is not in the library, or it cannot be written to.
    """
    _change(
        arguments,
        output,
        lambda store, rows: curation.leaving_out(store, rows),
        "left out",
        "{count} pictures of {library} are left out of searches now",
    )


def take_back(arguments: argparse.Namespace, output: Output) -> None:
    """Let searches find pictures again that were left out; raises as above."""
    _change(
        arguments,
        output,
        lambda store, rows: curation.leaving_out(store, rows, take_back=True),
        "taken back",
        "{count} pictures of {library} can be found again",
    )


def label(arguments: argparse.Namespace, output: Output) -> None:
    """Give labels by hand, or have those of the source again.

    Raises:
        MedHashError: as above, or the source of the labels cannot be read.
    """
    labels = tuple(dict.fromkeys(arguments.labels or ()))

    def changes(store: CodeStore, rows: list[int]) -> list[RowChange]:
        if arguments.from_source:
            return curation.labelling_as_source(store, rows)
        return curation.labelling(store, rows, labels)

    said = "their source's labels" if arguments.from_source else "labels by hand"
    text = f"{{count}} pictures of {{library}} have {said} now"
    _change(arguments, output, changes, "labelled", text)


def list_left_out(arguments: argparse.Namespace, output: Output) -> None:
    """Say which pictures are left out of searches.

    Raises:
        MedHashError: the library cannot be read.
    """
    with CodeStore.open(arguments.library) as store:
        found = curation.left_out(store)
    for one in found:
        frame = f", frame {one.frame + 1}" if one.frame else ""
        labels = f" ({', '.join(one.labels)})" if one.labels else ""
        output.say(f"{one.path}{frame}{labels}")
    output.say(f"{len(found)} pictures of {arguments.library} are left out of searches")
    listed = [{**asdict(one), "labels": list(one.labels)} for one in found]
    output.finish({"left_out": listed})


def _change(
    arguments: argparse.Namespace,
    output: Output,
    changes: Callable[[CodeStore, list[int]], list[RowChange]],
    what: str,
    text: str,
) -> None:
    """Carry out what is said of the pictures that were named, and say how many."""
    with CodeStore.open(arguments.library, writable=True) as store:
        if getattr(arguments, "all", False):
            rows = [one.row for one in curation.left_out(store)]
        else:
            frame = None if arguments.frame is None else arguments.frame - 1
            rows = curation.rows_at(store, arguments.paths, frame=frame)
        wanted = changes(store, rows)
        store.change(wanted)
        if wanted:
            output.note_of(audit.marked(store, what, rows=len(wanted)))
        images = len(store)
    output.say(text.format(count=len(wanted), library=arguments.library))
    output.say(f"  {arguments.library} now shows {images} pictures")
    output.finish({"changed": len(wanted), "images": images})
