"""A trained torch network becomes the graph and the weights of a bundle.

Weights are rounded to float16 first, so that the graph and the safetensors file hold
exactly the same numbers and everything measured afterwards was measured on what is
shipped. The graph stores them as float16 and casts them to float32: half the size, and
codes are still computed in float32. The graph's codes are compared with torch's before
anything is returned.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError

OPSET = 18
MAX_FLIPPED_BITS = 0.001
"""Largest share of bits in which the graph's codes may differ from torch's."""

# Below this many numbers a Cast node costs more bytes than float16 saves.
_LEAST_NUMBERS = 256


@dataclass(frozen=True, slots=True)
class Exported:
    """What ``bundle.save`` needs of a network.

    Attributes:
        graph: ONNX, with the outputs ``logits``, ``features`` and, where the network
            attends or has a second branch, ``attention`` and ``local``.
        weights: the state of the network, float16 (integers keep their type).
        flipped_bits: share of the checked bits in which graph and torch differ.
    """

    graph: bytes
    weights: dict[str, npt.NDArray[np.generic]]
    flipped_bits: float


class _Outputs(nn.Module):
    """The network with a tuple for an output, which is what an exporter can name."""

    names = ("logits", "features", "attention", "local")

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, ...]:
        output = self.network(images)
        found = [getattr(output, name) for name in self.names]
        return tuple(one for one in found if one is not None)

    def given(self, images: torch.Tensor) -> list[str]:
        """Return the names of the outputs that this network gives."""
        output = self.network(images)
        return [name for name in self.names if getattr(output, name) is not None]


def round_to_float16(network: nn.Module) -> None:
    """Round every floating-point number of a network to the nearest float16, in place.

    Raises:
        BundleError: a number is too large for float16.
    """
    with torch.no_grad():
        for name, tensor in network.state_dict().items():
            if not tensor.is_floating_point():
                continue
            rounded = tensor.half().float()
            if not torch.isfinite(rounded).all():
                message = f"The weights {name} do not fit into 16 bits."
                hint = "Train again with smaller learning rates or more weight decay."
                raise BundleError(message, hint=hint)
            tensor.copy_(rounded)


def export_network(network: nn.Module, check: npt.NDArray[np.float32]) -> Exported:
    """Return the graph and the weights of a network, rounded and checked.

    Args:
        network: maps (B, 3, S, S) to ``HashOutput``; on the CPU. Its numbers are
            rounded to float16 in place.
        check: (N, 3, S, S) float32, preprocessed real pictures to compare codes on; at
            least one.

    Raises:
        BundleError: the weights do not fit into 16 bits, or the graph's codes differ
            from torch's in more than ``MAX_FLIPPED_BITS`` of the bits.
    """
    network.eval().to(memory_format=torch.contiguous_format)
    round_to_float16(network)
    graph = _smaller(_onnx(network, size=check.shape[-1]))
    flipped = _flipped_share(network, graph, check)
    if flipped > MAX_FLIPPED_BITS:
        message = f"The exported graph changes {100 * flipped:.2f} % of the bits."
        hint = "Report this with the versions of torch, onnx and onnxruntime."
        raise BundleError(message, hint=hint)
    weights = {
        name: (tensor.half() if tensor.is_floating_point() else tensor).numpy()
        for name, tensor in network.state_dict().items()
    }
    return Exported(graph, weights, flipped)


def _onnx(network: nn.Module, *, size: int) -> onnx.ModelProto:
    wrapped = _Outputs(network).eval()
    example = torch.zeros(2, 3, size, size)
    with torch.inference_mode():
        names = wrapped.given(example)
    with warnings.catch_warnings():
        # The exporter warns about its own internals (deprecated pytree calls, and so
        # on); none of it is about this network, and tests turn warnings into errors.
        warnings.filterwarnings("ignore", module=r"torch\.|onnxscript\.|copyreg")
        warnings.filterwarnings("ignore", category=DeprecationWarning)
        program = torch.onnx.export(
            wrapped,
            (example,),
            input_names=["images"],
            output_names=names,
            dynamic_shapes={"images": {0: torch.export.Dim("batch")}},
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None  # only the old exporter returns nothing
    return program.model_proto


def _smaller(model: onnx.ModelProto) -> bytes:
    """Store the large initialisers as float16 behind a Cast, without anything else."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype != np.float32 or values.size < _LEAST_NUMBERS:
            continue
        name = tensor.name
        half = numpy_helper.from_array(values.astype(np.float16), f"{name}.float16")
        tensor.CopyFrom(half)
        casts.append(
            helper.make_node(
                "Cast", [half.name], [name], name=f"{name}.cast", to=TensorProto.FLOAT
            )
        )
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    # Types of inner values and traces of the exporting machine are of no use later.
    del graph.value_info[:]
    for node in graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    del model.metadata_props[:]
    del graph.metadata_props[:]
    onnx.checker.check_model(model)
    data: bytes = model.SerializeToString()
    return data


def _flipped_share(
    network: nn.Module, graph: bytes, check: npt.NDArray[np.float32]
) -> float:
    engine = Engine(graph)
    ours = engine.run(check, ["logits"])["logits"]
    with torch.inference_mode():
        theirs = network(torch.from_numpy(check)).logits.numpy()
    return float(((ours >= 0) != (theirs >= 0)).mean())
