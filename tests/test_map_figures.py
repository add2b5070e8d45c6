"""What a card says about its maps: lead over chance, and that learning matters."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from medhash_gui import map_figures
from medhash_gui.engine import Engine
from medhash_gui.map_figures import Maps
from medhash_gui.preprocess import Preprocess

SIDE = 64
PREPROCESS = Preprocess(size=SIDE)


def bright_cells() -> bytes:
    """Return a graph whose one bit speaks for bright cells: an 8 x 8 mean, ReLU."""
    kernel = np.full((1, 3, 8, 8), 1 / 192, np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["images", "kernel"], ["mean"], strides=[8, 8]),
            helper.make_node("Relu", ["mean"], ["features"]),
            helper.make_node("GlobalAveragePool", ["features"], ["pooled"]),
            helper.make_node("Flatten", ["pooled"], ["logits"]),
        ],
        "bright",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, ["b", 3, 64, 64])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["b", 1]),
            helper.make_tensor_value_info(
                "features", TensorProto.FLOAT, ["b", 1, 8, 8]
            ),
        ],
        [numpy_helper.from_array(kernel, "kernel")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)])
    model.ir_version = 10
    onnx.checker.check_model(model)
    return model.SerializeToString()


@pytest.fixture(scope="module")
def maps() -> Maps:
    return Maps(
        Engine(bright_cells()), np.ones((1, 1), np.float32), PREPROCESS, "grad-cam"
    )


def spot(x: float, y: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIDE, :SIDE]
    return (np.hypot(columns - x, rows - y) <= 9).astype(np.float32)


SPOTS = [(12.0, 12.0), (44.0, 20.0), (28.0, 52.0), (52.0, 44.0)]


def test_a_map_of_what_makes_the_code_leads_random_orders(maps: Maps) -> None:
    pictures = [spot(x, y) for x, y in SPOTS]

    rows = map_figures.rows(
        maps, bright_cells(), pictures, ["a", "b", "c", "d"], seed=3
    )

    lead = rows[0]
    assert lead["measure"] == "code map: insertion minus deletion, above random orders"
    assert lead["set"] == "4 test pictures"
    assert lead["queries"] == 4
    assert lead["chance"] == 0
    assert 0.2 < lead["low"] <= lead["value"] <= lead["high"]


def test_the_same_seed_gives_the_same_rows(maps: Maps) -> None:
    pictures, graph = [spot(x, y) for x, y in SPOTS], bright_cells()

    first = map_figures.rows(maps, graph, pictures, ["a", "b", "c", "d"], seed=3)

    assert first == map_figures.rows(
        maps, graph, pictures, ["a", "b", "c", "d"], seed=3
    )


def test_pictures_without_a_map_do_not_count(maps: Maps) -> None:
    pictures = [spot(*SPOTS[0]), np.full((SIDE, SIDE), 0.6, np.float32)]

    rows = map_figures.rows(maps, bright_cells(), pictures, ["a", "b"], seed=3)

    assert rows[0]["queries"] == 1
    assert rows[0]["set"] == "2 test pictures"


@pytest.mark.row("D7")
def test_scrambling_changes_the_weights_and_nothing_else(maps: Maps) -> None:
    rng = np.random.default_rng(1)
    graph = onnx.load_from_string(bright_cells())
    kernel = rng.normal(size=(1, 3, 8, 8)).astype(np.float32)
    graph.graph.initializer[0].CopyFrom(numpy_helper.from_array(kernel, "kernel"))
    inputs = rng.normal(size=(1, 3, SIDE, SIDE)).astype(np.float32)

    data = graph.SerializeToString()
    before = Engine(data).run(inputs, ["features"])["features"]
    after = maps.scrambled(data, 5).engine.run(inputs, ["features"])["features"]

    assert before.shape == after.shape
    assert not np.allclose(before, after)


def test_the_highest_place_is_looked_for_on_the_lesion(maps: Maps) -> None:
    drawn = [(spot(x, y), (x, y, 9.0)) for x, y in SPOTS]
    beside = [(spot(x, y), (63 - x, 63 - y, 1.0)) for x, y in SPOTS]

    on, off = map_figures.pointing(maps, drawn), map_figures.pointing(maps, beside)

    assert on["value"] == 1
    assert off["value"] == 0
    # A cell is 8 pixels wide: 9 and half of that, cut by the edges of the picture.
    assert 0.1 < on["chance"] <= np.pi * 13**2 / SIDE**2
    assert on["queries"] == 4
