"""Jobs that explain what was looked at: where the network looked, or why not shown."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING

from medhash_gui.query_box import QueryBox
from medhash_gui.ui import picture
from medhash_gui.ui.picture import Explanation, MapSource

if TYPE_CHECKING:
    from medhash_gui.bundle import Look, ModelBundle
    from medhash_gui.saliency import SaliencyMap, Withheld

_NOT_YET = "What both share is shown when both pictures have been looked at."


def explain_again(
    model: ModelBundle,
    look: Look,
    explain_by: MapSource | None,
    beside: Look | None = None,
    box: QueryBox | None = None,
) -> Generator[None, None, Explanation]:
    """Return the saliency map of a picture that was looked at before."""
    yield
    return within(explain(model, look, explain_by, beside), box)


def explain(
    model: ModelBundle,
    look: Look,
    explain_by: MapSource | None,
    beside: Look | None = None,
) -> Explanation:
    """Return where the network looked, or why that is not shown.

    Args:
        model: whose look it is.
        look: what it saw in the picture.
        explain_by: which map; None for the one that the model shows first.
        beside: what it saw in the other picture of a pair, for what both share.
    """
    mapped = _mapped(model, look, explain_by, beside)
    if look.local is None:
        return mapped
    from medhash_gui import saliency

    mask = model.preprocess.to_image(look.local, look.shape, look.region)
    outlines = tuple(
        tuple((int(x), int(y)) for x, y in outline)
        for outline in saliency.outlines(mask)
    )
    return replace(mapped, local=outlines)


def _mapped(
    model: ModelBundle, look: Look, explain_by: MapSource | None, beside: Look | None
) -> Explanation:
    from medhash_gui import pair_explanation

    wanted = explain_by or model.card.explains
    if wanted == "pair" and beside is None:
        return Explanation(None, wanted, _NOT_YET)
    if wanted == "pair" and beside is not None:
        bits = pair_explanation.bits(look, beside)
        return shown(pair_explanation.pair_map(model, look, bits).shown, wanted)
    return shown(model.explain(look, source=wanted), wanted)


def shown(found: SaliencyMap | Withheld, wanted: MapSource) -> Explanation:
    """Return a map as the views show it, or why there is none."""
    from medhash_gui.saliency import Withheld

    if isinstance(found, Withheld):
        return Explanation(None, wanted, found.reason)
    return Explanation(picture.shrunk(found.values), found.source, box=found.box)


def within(explanation: Explanation, box: QueryBox | None) -> Explanation:
    """Return what explains a region, in its place on the whole picture."""
    if box is None:
        return explanation
    return replace(explanation, area=(box.x, box.y, box.width, box.height))
