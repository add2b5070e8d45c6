"""A model bundle small enough to be made in every test that needs one.

The graph is drawn by hand with onnx.helper, so that no test of the reading half of
MedHash imports torch: attention (conv 3 -> 1, sigmoid) over the first features (conv
3 -> 8), both with stride 4, then global average pooling and a linear head.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from medhash_gui import bundle, familiarity
from medhash_gui.card import ModelCard
from medhash_gui.engine import Engine
from medhash_gui.preprocess import Preprocess

DEPTH = 8
STRIDE = 4

Tensors = dict[str, npt.NDArray[Any]]


def tiny_card(*, bits: int = 16, size: int = 32, **changes: Any) -> ModelCard:
    """The card of the tiny model, with some values changed."""
    values: dict[str, Any] = {
        "name": f"tiny-{bits}bit",
        "title": "A tiny model for tests",
        "modality": "synthetic",
        "method": "ash",
        "backbone": "tiny",
        "bits": bits,
        "classes": ("light", "dark"),
        "preprocess": Preprocess(size=size),
        "explains": "attention",
        "data": ({"name": "noise", "licence": "Apache-2.0", "images": 40},),
        "metrics": ({"set": "noise", "measure": "map@10", "value": 0.5},),
        "created": "2025-01-01",
    }
    return ModelCard(**{**values, **changes})


def tiny_weights(*, bits: int = 16, seed: int = 0) -> Tensors:
    """Random weights, float16, the same for the same seed."""
    rng = np.random.default_rng(seed)
    shapes = {
        "trunk.weight": (DEPTH, 3, STRIDE, STRIDE),
        "trunk.bias": (DEPTH,),
        "attention.weight": (1, 3, STRIDE, STRIDE),
        "attention.bias": (1,),
        "head.weight": (bits, DEPTH),
        "head.bias": (bits,),
    }
    return {n: rng.normal(0, 0.3, s).astype(np.float16) for n, s in shapes.items()}


def tiny_graph(
    weights: Tensors,
    *,
    size: int = 32,
    drop: str = "",
    domain: str = "",
    local: bool = False,
) -> bytes:
    """The graph of the tiny model.

    Args:
        weights: as ``tiny_weights`` makes them.
        size: side of the input.
        drop: name of an output to leave out.
        domain: of the first operator, for tests of what is refused.
        local: whether it says that a second branch was shown where attention is high.
    """
    bits = len(weights["head.bias"])
    cells = size // STRIDE
    stored = [numpy_helper.from_array(v, f"{n}.f16") for n, v in weights.items()]
    nodes = [
        helper.make_node("Cast", [f"{name}.f16"], [name], to=TensorProto.FLOAT)
        for name in weights
    ]

    def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> None:
        nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    steps = {"strides": [STRIDE, STRIDE], "kernel_shape": [STRIDE, STRIDE]}
    node("Conv", ["images", "trunk.weight", "trunk.bias"], "trunk", **steps)
    look = ["images", "attention.weight", "attention.bias"]
    node("Conv", look, "look", **steps)
    node("Sigmoid", ["look"], "attention", domain=domain)
    if local:
        stored.append(numpy_helper.from_array(np.float32(0.5), "half"))
        node("Greater", ["attention", "half"], "high")
        node("Cast", ["high"], "local", to=TensorProto.FLOAT)
    node("Mul", ["trunk", "attention"], "attended")
    node("Relu", ["attended"], "features")
    node("GlobalAveragePool", ["features"], "pooled")
    node("Flatten", ["pooled"], "flat")
    node("Gemm", ["flat", "head.weight", "head.bias"], "logits", transB=1)

    def value(name: str, shape: list[Any]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    outputs = [
        value("logits", ["batch", bits]),
        value("features", ["batch", DEPTH, cells, cells]),
        value("attention", ["batch", 1, cells, cells]),
    ]
    if local:
        outputs.append(value("local", ["batch", 1, cells, cells]))
    graph = helper.make_graph(
        nodes,
        "tiny",
        [value("images", ["batch", 3, size, size])],
        [output for output in outputs if output.name != drop],
        stored,
    )
    opsets = [helper.make_opsetid("", 17)]
    if domain:
        opsets.append(helper.make_opsetid(domain, 1))
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    return bytes(model.SerializeToString(deterministic=True))


def pictures(count: int, *, seed: int = 0, side: int = 48) -> list[Any]:
    """Smooth random grey pictures, float32 (side, side) in [0, 1]."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:side, :side] / side
    waves = rng.uniform(-6, 6, (count, 2, 1, 1))
    phases = rng.uniform(0, 6, (count, 1, 1))
    values = np.sin(waves[:, 0] * x + waves[:, 1] * y + phases)
    return list((0.5 + 0.5 * values).astype(np.float32))


def make_tiny_bundle(
    folder: Path,
    *,
    bits: int = 16,
    size: int = 32,
    seed: int = 0,
    known: list[Any] | None = None,
    local: bool = False,
    **changes: Any,
) -> ModelCard:
    """Save the tiny model in a folder; the same arguments give the same files.

    Args:
        folder: of the bundle.
        bits: length of the code.
        size: side of the input.
        seed: of the weights.
        known: what the model finds familiar, 16 pictures at least; ``pictures`` by
            default.
        local: as ``tiny_graph`` takes it.
        changes: other values of the card.
    """
    card = tiny_card(bits=bits, size=size, **changes)
    weights = tiny_weights(bits=bits, seed=seed)
    graph = tiny_graph(weights, size=size)

    engine = Engine(graph, threads=1)
    known = pictures(80, seed=seed + 1) if known is None else known
    inputs = np.stack([card.preprocess(picture) for picture in known])
    pooled = engine.run(inputs, ["features"])["features"].mean(axis=(2, 3))
    # Each bit is cut at the mean, so that codes differ from picture to picture.
    bias = -weights["head.weight"].astype(np.float32) @ pooled.mean(axis=0)
    weights["head.bias"] = bias.astype(np.float16)
    graph = tiny_graph(weights, size=size, local=local)
    reference = familiarity.fit(pooled[::2], pooled[1::2])
    weights.update(reference.as_tensors())
    return bundle.save(folder, card=card, graph=graph, weights=weights)
