"""Why these two: what a query and a hit share, where it lies, and whether to trust it.

The pair map of each picture is shown only after it has passed the test of ``map_check``
on that picture; else the reason stands in its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from medhash_gui import map_check, shared_bits
from medhash_gui.bundle import Look, ModelBundle
from medhash_gui.map_check import MapCheck
from medhash_gui.saliency import SaliencyMap, Withheld
from medhash_gui.shared_bits import SharedBits

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class CheckedMap:
    """A pair map on its picture, and how it fared.

    Attributes:
        shown: the map, or why there is none.
        check: its test; None where there was no map to test.
    """

    shown: SaliencyMap | Withheld
    check: MapCheck | None


def bits(query: Look, hit: Look) -> SharedBits:
    """Return the two codes side by side, bit by bit."""
    return shared_bits.compare(query.codes, hit.codes)


def pair_map(model: ModelBundle, look: Look, shared: SharedBits) -> CheckedMap:
    """Return which regions of a picture carry the bits it shares with the other one.

    Args:
        model: whose codes they are.
        look: what it saw in the picture that is to be explained.
        shared: what both codes have in common.
    """
    found = model.pair_map(look, shared.agree)
    if isinstance(found, Withheld):
        return CheckedMap(found, None)
    signs = (look.codes.signs()[0] * shared.agree).astype(np.float32)  # (K,)

    def margins(inputs: Array) -> npt.NDArray[np.float32]:
        soft = model.encode(inputs).soft_or_signs().astype(np.float32)  # (B, K)
        return np.asarray(soft @ signs, np.float32)

    whole = float(margins(look.inputs[np.newaxis])[0])
    # A shared margin of nearly nothing would blow noise up to a curve.
    check = map_check.check(found, look.inputs, lambda x: margins(x) / max(whole, 1e-6))
    if not check.has_passed:
        return CheckedMap(Withheld(check.reason), check)
    return CheckedMap(model.on_image(found, look), check)
