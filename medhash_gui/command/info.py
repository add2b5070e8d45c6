"""``medhash info``: what a library holds, and how its codes were made."""

from __future__ import annotations

from medhash_gui import audit, library_facts, opening
from medhash_gui.command.output import Output
from medhash_gui.milvus_uri import LibraryPlace

_MIXED = (
    "The codes were made in several ways; a bit whose value is close to zero may "
    "differ between them."
)


def run(place: LibraryPlace, output: Output) -> None:
    """Tell what a library holds.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        StoreFormatError: it is damaged, or was written by a newer version.
    """
    with opening.open_library(place) as library:
        answer = library.info
        output.note_of(audit.opened(library))
    made_by = answer.get("made_by", {})
    for name, value in answer.items():
        if name == "made_by":
            value = "; ".join(f"{route} ({count})" for route, count in value.items())
        elif isinstance(value, dict):
            value = ", ".join(f"{key} {one}" for key, one in value.items())
        output.say(f"{name.replace('_', ' '):<15} {'none' if value == '' else value}")
    if len(made_by.keys() - {library_facts.UNKNOWN}) > 1:
        output.note(_MIXED)
    output.finish(answer)
