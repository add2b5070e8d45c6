"""How a model's maps fared on held-out pictures, for its card (D6, D7).

Two questions about the map that the model shows first. Does it name places that matter:
insertion minus deletion of its cells, beside random orders of the same cells
(``map_check``; Petsiuk et al., RISE, BMVC 2018)? And does it depend on what was learnt:
the same maps with all weights in a random order must look otherwise and fail that test
(Adebayo et al., "Sanity Checks for Saliency Maps", NeurIPS 2018)?

Where lesions are known, as in drawings, a third: how often the map's highest place lies
on the lesion (the pointing game; Zhang et al., ECCV 2016).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import numpy_helper

from medhash_gui import bootstrap, map_check, saliency
from medhash_gui.engine import Engine
from medhash_gui.preprocess import Preprocess
from medhash_gui.saliency import GridMap, Source, Withheld

Array = npt.NDArray[np.float32]
# Pixels, and the lesion's centre x, centre y and radius in pixels.
Lesion = tuple[Array, tuple[float, float, float]]

MOST_PICTURES = 24
"""So many test pictures are asked: each costs a hundred passes."""

_NAMES: dict[Source, str] = {"attention": "attention map", "grad-cam": "code map"}


@dataclass(frozen=True, eq=False)
class Maps:
    """An exported network that shows one kind of map.

    Args:
        engine: its graph.
        head: float32 (K, D), weights of the linear head; None where there is none.
        preprocess: how pixels become its input.
        source: "attention" or "grad-cam", the code map.
    """

    engine: Engine
    head: Array | None
    preprocess: Preprocess
    source: Source

    @property
    def cells(self) -> int:
        """How many cells the map has along a side."""
        name = "attention" if self.source == "attention" else "features"
        return int(self.engine.output_shapes[name][-1] or 1)

    def of(self, inputs: Array) -> GridMap | Withheld:
        """Return the map of one input, float32 (3, S, S)."""
        wanted = {"logits", "features", "attention"} & set(self.engine.outputs)
        seen = self.engine.run(inputs[np.newaxis], sorted(wanted))
        if self.source == "attention":
            return saliency.attention_map(seen["attention"][0, 0])
        assert self.head is not None
        signs = np.where(seen["logits"][0] >= 0, 1, -1).astype(np.int8)
        spoken = saliency.code_map(seen["features"][0], self.head, signs)
        return saliency.shown_code_map(spoken)

    def lead(self, inputs: Array) -> float | None:
        """Return how far insertion minus deletion is above random orders, in the mean.

        Returns:
            About -1 to 1, 0 for a map that says nothing; None where there is no map.
        """
        shown = self.of(inputs)
        if isinstance(shown, Withheld):
            return None
        logits = self.engine.run(inputs[np.newaxis], ["logits"])["logits"][0]
        signs = np.where(logits >= 0, 1, -1).astype(np.float32)  # (K,)
        whole = max(float(logits @ signs), 1e-6)

        def left(batch: Array) -> npt.NDArray[np.float32]:
            return self.engine.run(batch, ["logits"])["logits"] @ signs / whole

        found = map_check.check(shown, inputs, left)
        own = (found.insertion - found.deletion).mean()
        chance = (found.random_insertion - found.random_deletion).mean()
        return float(own - chance)

    def scrambled(self, graph: bytes, seed: int) -> Maps:
        """Return the same with every layer's weights in a random order.

        Args:
            graph: the bytes of the engine's graph.
            seed: of the order.
        """
        rng = np.random.default_rng(seed)
        model = onnx.load_from_string(graph)
        for tensor in model.graph.initializer:
            values = numpy_helper.to_array(tensor)
            if values.ndim >= 2:
                mixed = rng.permutation(values.ravel()).reshape(values.shape)
                tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
        head = self.head
        if head is not None:
            head = rng.permutation(head.ravel()).reshape(head.shape)
        engine = Engine(model.SerializeToString())
        return Maps(engine, head, self.preprocess, self.source)


def rows(
    maps: Maps,
    graph: bytes,
    pictures: Sequence[Array],
    groups: Sequence[str],
    *,
    seed: int,
) -> list[dict[str, Any]]:
    """Return a card's rows about its maps.

    Args:
        maps: of the model.
        graph: the bytes of its graph.
        pictures: pixels of held-out pictures, float32 (H, W) or (H, W, 3) in [0, 1].
        groups: whose they are, for the intervals.
        seed: of the random order and of the intervals.

    Returns:
        Rows of "measure", "value" and so on: the lead over random orders of the cells
        with its interval, of the maps and of those of scrambled weights, how alike the
        two are (Spearman's rank correlation), and how many could be shown.
    """
    scrambled = maps.scrambled(graph, seed)
    inputs = [maps.preprocess(one) for one in pictures]
    name = _NAMES[maps.source]
    found = []
    for one, words in ((maps, ""), (scrambled, " of weights in a random order")):
        leads = [one.lead(x) for x in inputs]
        there = [n for n, lead in enumerate(leads) if lead is not None]
        values = np.array([leads[n] for n in there], np.float64)
        who = [groups[n] for n in there]
        what = f"{name}{words}: insertion minus deletion, above random orders"
        found.append(_row(what, values, who, len(pictures), seed, chance=0.0))
    alike = [_alike(maps.of(x), scrambled.of(x)) for x in inputs]
    there = [n for n, value in enumerate(alike) if value is not None]
    found.append(
        _row(
            f"{name}: rank correlation with that of weights in a random order",
            np.array([alike[n] for n in there], np.float64),
            [groups[n] for n in there],
            len(pictures),
            seed,
        )
    )
    return [row for row in found if row]


def pointing(maps: Maps, drawn: Iterable[Lesion]) -> dict[str, Any]:
    """Return the row of how often the map's highest place lies on the lesion.

    Args:
        maps: of the model.
        drawn: pixels, and the lesion's centre x, centre y and radius in pixels.
    """
    hits, shares = [], []
    for pixels, (x, y, radius) in drawn:
        shown = maps.of(maps.preprocess(pixels))
        rows, columns = np.mgrid[: pixels.shape[0], : pixels.shape[1]]
        # A map cannot point more exactly than its cells are large.
        reach = radius + min(pixels.shape[:2]) / maps.cells / 2
        lesion = np.hypot(columns - x, rows - y) <= reach
        shares.append(lesion.mean())
        if isinstance(shown, Withheld):
            hits.append(False)
            continue
        region = maps.preprocess.region(pixels)
        values = maps.preprocess.to_image(shown.values, pixels.shape, region)
        highest = np.unravel_index(int(values.argmax()), values.shape)
        hits.append(bool(lesion[highest]))
    low, high = bootstrap.intervals(
        np.array(hits, np.float64)[:, np.newaxis], [*map(str, range(len(hits)))], seed=0
    )[0]
    return {
        "set": "drawings with a lesion, of another seed",
        "measure": f"{_NAMES[maps.source]}: highest place lies on the lesion, or half "
        "a cell of the map beside it",
        "value": round(float(np.mean(hits)), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "chance": round(float(np.mean(shares)), 4),
        "queries": len(hits),
    }


def _row(
    measure: str,
    values: npt.NDArray[np.float64],
    groups: Sequence[str],
    pictures: int,
    seed: int,
    *,
    chance: float | None = None,
) -> dict[str, Any]:
    if not len(values):
        return {}
    low, high = bootstrap.intervals(values[:, np.newaxis], groups, seed=seed)[0]
    row: dict[str, Any] = {
        "set": f"{pictures} test pictures",
        "measure": measure,
        "value": round(float(values.mean()), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
    }
    if chance is not None:
        row["chance"] = chance
    return {**row, "queries": len(values)}


def _alike(one: GridMap | Withheld, other: GridMap | Withheld) -> float | None:
    """Return Spearman's rank correlation of two maps, or None where one is missing."""
    if isinstance(one, Withheld) or isinstance(other, Withheld):
        return None
    ranks = [
        np.argsort(np.argsort(shown.values.ravel(), kind="stable"), kind="stable")
        for shown in (one, other)
    ]
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])
