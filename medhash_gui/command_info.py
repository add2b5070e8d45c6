"""``medhash info``: what a library holds, and how its codes were made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.command_output import Output
from medhash_gui.store import CodeStore

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


def run(library: Path, output: Output) -> None:
    """Tell what a library holds.

    Raises:
        LibraryError: there is no library, or it cannot be read.
        StoreFormatError: it is damaged, or was written by a newer version.
    """
    with CodeStore.open(library) as store:
        made_by = store.route_counts()
        answer = {
            "images": len(store),
            "hidden": store.hidden,
            "bits": store.bits,
            "model_id": store.model_id,
            "model_name": store.model_name,
            "made_by": {route or "unknown": n for route, n in made_by.items()},
            "format_version": store.format_version,
            "key_id": store.key_id,
            "unlinked": store.unlinked,
            "root": str(store.indexed_root),
            "labels": store.label_names(),
            "patients": _known(store.patients[store.visible]),
            "cases": _known(store.cases[store.visible]),
            "choices": store.choices,
        }
    for name, value in answer.items():
        if isinstance(value, dict):
            ends = " ({})" if name == "made_by" else " {}"
            parts = [f"{key}{ends.format(one)}" for key, one in value.items()]
            value = ("; " if name == "made_by" else ", ").join(parts) or "none"
        output.say(f"{name.replace('_', ' '):<15} {value}")
    if len(made_by.keys() - {""}) > 1:
        output.note(
            "The codes were made in several ways; a bit whose value is close to zero "
            "may differ between them."
        )
    output.finish(answer)


def _known(numbers: npt.NDArray[np.int32]) -> int:
    """Return how many different ones there are; -1 is unknown."""
    return len({*numbers.tolist()} - {-1})
