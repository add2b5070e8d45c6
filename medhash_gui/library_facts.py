"""What ``medhash info`` says of a library."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from medhash_gui.store import CodeStore

UNKNOWN = "unknown"
"""The route of codes of which none was kept."""


def of(store: CodeStore) -> dict[str, Any]:
    """Return what a library holds, as plain JSON values."""
    return {
        "images": len(store),
        "hidden": store.hidden,
        "left_out": int(np.count_nonzero(store.left_out)),
        "bits": store.bits,
        "model_id": store.model_id,
        "model_name": store.model_name,
        "made_by": _named(store.route_counts()),
        "format_version": store.format_version,
        "key_id": store.key_id,
        "unlinked": store.unlinked,
        "root": str(store.indexed_root),
        "labels": store.label_names(),
        "patients": _known(store.patients[store.visible]),
        "cases": _known(store.cases[store.visible]),
        "choices": store.choices,
    }


def _named(routes: Mapping[str, int]) -> dict[str, int]:
    """Return how many codes each route made, the unknown one by a name."""
    return {route or UNKNOWN: count for route, count in routes.items()}


def _known(numbers: npt.NDArray[np.int32]) -> int:
    """Return how many different ones there are; -1 is unknown."""
    return len({*numbers.tolist()} - {-1})
