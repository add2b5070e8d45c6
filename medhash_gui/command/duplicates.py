"""The command ``duplicates``: the pictures that a library holds twice, or nearly so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from medhash_gui import audit, duplicates
from medhash_gui.command.output import Output
from medhash_gui.duplicates import Duplicates
from medhash_gui.errors import DatasetError, MedHashError
from medhash_gui.spreadsheet import to_csv
from medhash_gui.store import CodeStore

_SHOWN_GROUPS = 20
_SHOWN_PICTURES = 10
_COLUMNS = ("kind", "group", "path", "frame", "patient", "labels")


def run(
    library: Path, output: Output, *, within: int, listed: Path | None
) -> dict[str, Any]:
    """Find the duplicates of a library, write them, and return what JSON says.

    Args:
        library: the library.
        output: where the answer goes.
        within: how many bits the codes of near duplicates may differ in.
        listed: a CSV file to write every picture of every group to, or None.

    Raises:
        MedHashError: the library or the file cannot be used, or ``within`` is not
            below the length of its codes.
    """
    store = CodeStore.open(library)
    output.note_of(audit.opened(store))
    if within >= store.bits:
        msg = (
            f"Codes in {store.root.name} have {store.bits} bits: within {within} all "
            "pictures would be duplicates of each other."
        )
        raise DatasetError(msg, hint="Near duplicates differ in a few bits at most.")
    found = _found(store, within)
    answer = {
        "exact": [_group(store, rows) for rows in found.exact],
        "near": [_group(store, rows) for rows in found.near],
        "library": {"images": len(store), "bits": store.bits, "within": within},
    }
    if listed is not None:
        _write(listed, answer)
        rows = sum(map(len, (*found.exact, *found.near)))
        output.note_of(audit.exported(store, "list", rows=rows))
    _say(answer, output)
    output.finish(answer)
    return answer


def _found(store: CodeStore, within: int) -> Duplicates:
    steps = duplicates.find(store, within=within)
    while True:
        try:
            next(steps)
        except StopIteration as end:
            found: Duplicates = end.value
            return found


def _group(store: CodeStore, rows: Sequence[int]) -> dict[str, Any]:
    records = store.records(rows)
    return {
        "pictures": [
            {
                "path": record.path,
                "frame": record.frame,
                "patient": record.patient_key,
                "labels": list(record.labels),
            }
            for record in records
        ],
        "patients": len({record.patient_key for record in records} - {None}),
        "labels_differ": len({frozenset(record.labels) for record in records}) > 1,
    }


def _say(answer: dict[str, Any], output: Output) -> None:
    library = answer["library"]
    _say_groups("the same bytes", answer["exact"], output)
    within = library["within"]
    codes = "equal codes" if within == 0 else f"codes within {within} bits"
    _say_groups(codes, answer["near"], output)
    output.say(f"{library['images']} pictures, {library['bits']} bits")
    if answer["near"]:
        output.note(
            "Close codes mean that the model sees no difference; whether pictures are "
            "duplicates, only looking at them tells."
        )


def _say_groups(kind: str, groups: Sequence[dict[str, Any]], output: Output) -> None:
    pictures = sum(len(group["pictures"]) for group in groups)
    output.say(f"{len(groups)} groups of {kind}, {pictures} pictures")
    for number, group in enumerate(groups[:_SHOWN_GROUPS], 1):
        remarks = [f"{len(group['pictures'])} pictures"]
        if group["patients"] > 1:
            remarks.append(f"of {group['patients']} patients")
        if group["labels_differ"]:
            remarks.append("labels differ")
        output.say(f"  {number}: {', '.join(remarks)}")
        for picture in group["pictures"][:_SHOWN_PICTURES]:
            output.say(f"    {_named(picture)}")
        more = len(group["pictures"]) - _SHOWN_PICTURES
        if more > 0:
            output.say(f"    and {more} more")
    more = len(groups) - _SHOWN_GROUPS
    if more > 0:
        output.say(f"  and {more} more groups; --list or --json shows all")


def _named(picture: dict[str, Any]) -> str:
    frame = f", frame {picture['frame'] + 1}" if picture["frame"] else ""
    return f"{picture['path']}{frame}"


def _write(file: Path, answer: dict[str, Any]) -> None:
    lines = [
        (
            *(kind, str(number), picture["path"], str(picture["frame"])),
            *(picture["patient"] or "", "|".join(picture["labels"])),
        )
        for kind in ("exact", "near")
        for number, group in enumerate(answer[kind], 1)
        for picture in group["pictures"]
    ]
    try:
        file.write_bytes(to_csv(_COLUMNS, lines))
    except OSError as error:
        msg = f"The list cannot be written to {file}: {error.strerror or error}."
        raise MedHashError(msg, hint="Name another file with --list.") from error
