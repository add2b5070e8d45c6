"""Run a bundle's graph in ONNX Runtime: arrays in, named arrays out, no torch.

The reference is the CPU provider in float32. Other providers are used where the
installed ONNX Runtime has them; their codes may differ in bits near zero. A graph is
refused before it is opened if it names operators outside the ONNX standard or weights
in other files, so that opening a stranger's model runs no code and reads no other file
(https://onnx.ai/onnx/repo-docs/IR.html and ``onnx.proto`` give the field numbers).
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime as ort
from onnxruntime.capi import onnxruntime_pybind11_state as ort_errors

from medhash_gui.decode_process import usable_cores
from medhash_gui.errors import BundleError, DeviceError

_PROVIDERS = {
    "cuda": "CUDAExecutionProvider",
    "mps": "CoreMLExecutionProvider",
    "directml": "DmlExecutionProvider",
}
# TensorFloat-32 keeps 10 bits of the fraction: enough to flip codes near zero.
_PROVIDER_OPTIONS = {"cuda": {"use_tf32": "0"}}

# Every batch that is computed at once takes some 100 MB.
_MOST_LANES = 16

# ONNX Runtime's exceptions share no base class but Exception.
_ORT_ERRORS: tuple[type[Exception], ...] = (
    ort_errors.EPFail,
    ort_errors.EngineError,
    ort_errors.Fail,
    ort_errors.InvalidArgument,
    ort_errors.InvalidGraph,
    ort_errors.InvalidProtobuf,
    ort_errors.NoSuchFile,
    ort_errors.NotImplemented,
    ort_errors.RuntimeException,
)
# Opening also raises plain ones: from C++, or when a damaged name inside the graph
# breaks the message of ONNX Runtime's own error.
_OPENING_ERRORS: tuple[type[Exception], ...] = (
    *_ORT_ERRORS,
    RuntimeError,
    UnicodeDecodeError,
)


class Engine:
    """One open graph on one device.

    Args:
        graph: the bytes of an ONNX file with one input ``images``, float32
            (B, 3, S, S), B free.
        device: "cpu", "cuda", "mps" (CoreML), "directml", or "auto": CUDA where it can
            be used, else the processor. CoreML is never chosen by "auto", because it
            computes in half precision.
        threads: threads of one operator; 0 for all cores this process may use.

    Attributes:
        device: the device in use, never "auto".
        precision: the number format of the network.
        outputs: names of the graph's outputs.
        lanes: how many threads may well call ``run`` at once: on the processor, so many
            that all cores are in use.
        output_shapes: shape of each output; None where it depends on the input.
        input_size: S, in pixels.

    Raises:
        BundleError: the graph is damaged, unsafe, or not of this form.
        DeviceError: the device that was asked for cannot be used.
    """

    def __init__(self, graph: bytes, *, device: str = "cpu", threads: int = 0) -> None:
        _refuse_unsafe(graph)
        self.device = _choose(device)
        self._session = _session(graph, self.device, threads)
        in_use = self._session.get_providers()[0]
        if self.device != "cpu" and in_use != _PROVIDERS[self.device]:
            # ONNX Runtime falls back to the processor when a provider's libraries
            # cannot be loaded, and says so in its log only.
            if device != "auto":
                raise _no_device(device)
            self.device = "cpu"
        # CoreML computes in half precision whatever it is given.
        self.precision = "float16" if self.device == "mps" else "float32"
        self.lanes = 1
        if self.device == "cpu" and threads:
            self.lanes = max(1, min(_MOST_LANES, usable_cores() // threads))
        self.output_shapes = {
            str(output.name): tuple(n if type(n) is int else None for n in output.shape)
            for output in self._session.get_outputs()
        }
        self.outputs = tuple(self.output_shapes)
        self.input_size = _input_size(self._session)

    def run(
        self, inputs: npt.NDArray[np.float32], outputs: Sequence[str]
    ) -> dict[str, npt.NDArray[np.float32]]:
        """Return the asked outputs for a batch; safe to call from several threads.

        Args:
            inputs: float32 (B, 3, S, S), as ``Preprocess`` gives them.
            outputs: names out of ``self.outputs``.

        Raises:
            MemoryError: the batch does not fit into the device's memory.
        """
        names = list(outputs)
        feed = {"images": np.ascontiguousarray(inputs, np.float32)}
        try:
            values: Any = self._session.run(names, feed)
        except _ORT_ERRORS as error:
            if "alloc" in str(error):  # "bad_alloc", "Failed to allocate memory"
                msg = f"{len(inputs)} pictures at once do not fit into memory"
                raise MemoryError(msg) from error
            raise
        return dict(zip(names, values, strict=True))


def available_devices() -> tuple[str, ...]:
    """Return the devices that ONNX Runtime can use here, "cpu" first."""
    providers = ort.get_available_providers()
    found = [name for name, provider in _PROVIDERS.items() if provider in providers]
    if "cuda" in found and not cuda_visible():
        found.remove("cuda")
    return ("cpu", *found)


def cuda_visible() -> bool:
    """Return whether the NVIDIA driver shows a device, without loading torch."""
    name = "nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1"
    try:
        driver = ctypes.CDLL(name)
        count = ctypes.c_int(0)
        started = driver.cuInit(0) == 0
        counted = driver.cuDeviceGetCount(ctypes.byref(count)) == 0
    except (OSError, AttributeError):
        return False
    return started and counted and count.value > 0


def _choose(device: str) -> str:
    if device == "cpu":
        return "cpu"
    available = available_devices()
    if device == "auto":
        return "cuda" if "cuda" in available else "cpu"
    if device not in available:
        raise _no_device(device)
    return device


def _no_device(device: str) -> DeviceError:
    devices = ", ".join(available_devices())
    msg = f"The device {device!r} cannot be used by ONNX Runtime on this computer."
    return DeviceError(msg, hint=f"Use one of: auto, {devices}.")


def _session(graph: bytes, device: str, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # All optimisations, although a query pays for them at every start: MobileNetV2 at
    # 224 px opens in 45 ms against 28 ms with "basic" ones and answers its first
    # picture in 24 ms against 47 ms, so the cold start does not lose and every further
    # picture takes half the time (6 ms against 14 ms). Weights stored as float16 are
    # folded to float32 here once; no Cast is left to run.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads or _allowed_cores()
    options.log_severity_level = 4  # what goes wrong arrives as an exception
    providers: list[Any] = ["CPUExecutionProvider"]
    if device != "cpu":
        providers.insert(0, (_PROVIDERS[device], _PROVIDER_OPTIONS.get(device, {})))
    try:
        # Without enable_fallback=0, the Python layer prints to standard output, which
        # belongs to the answer, and tries again with other providers.
        return ort.InferenceSession(
            graph, options, providers=providers, enable_fallback=0
        )
    except _OPENING_ERRORS as error:
        reason = str(error).splitlines()[0].rpartition(" : ")[2]
        msg = f"The model's graph cannot be opened: {reason}"
        raise BundleError(msg, hint="Get the model again.") from error


def _allowed_cores() -> int:
    """Return how many threads to use, 0 for ONNX Runtime's own choice.

    That choice is one thread a physical core, but it does not know when the process
    may use a part of them only.
    """
    allowed = usable_cores()
    return 0 if allowed == os.cpu_count() else allowed


def _input_size(session: ort.InferenceSession) -> int:
    inputs = session.get_inputs()
    first = inputs[0] if len(inputs) == 1 else None
    if first is not None and first.name == "images" and first.type == "tensor(float)":
        match first.shape:
            case [None | str(), 3, int(height), int(width)] if height == width:
                return height
    msg = "The model's graph does not take one input 'images' of (B, 3, S, S) float32."
    raise BundleError(msg, hint="Export the model again with MedHash.")


# ------------------------------------------------------------------ safety of graphs
# Messages of onnx.proto that can hold a domain or a tensor: field number -> message.
_INSIDE: dict[str, dict[int, str]] = {
    "model": {7: "graph", 8: "opset", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "function": {7: "node", 9: "opset", 11: "attribute"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor",
        6: "graph",
        10: "tensor",
        11: "graph",
        22: "sparse",
        23: "sparse",
    },
    "sparse": {1: "tensor", 2: "tensor"},
    "opset": {},
    "tensor": {},
}
_DOMAIN = {("opset", 1), ("node", 7), ("function", 10)}
_ELSEWHERE = {("tensor", 13), ("tensor", 14)}  # external_data, data_location
_STANDARD_DOMAINS = (b"", b"ai.onnx")


def _refuse_unsafe(graph: bytes) -> None:
    """Raise BundleError for operators or weights from outside the graph.

    Read here instead of left to ONNX Runtime, which takes Microsoft's own operators and
    reads tensors from files below the current folder (seen with 1.31). The onnx package
    would need .3 s to import, a third of the time a first answer may take.
    """
    try:
        for message, field, value in _fields(memoryview(graph)):
            if (message, field) in _DOMAIN and bytes(value) not in _STANDARD_DOMAINS:
                domain = bytes(value).decode("utf-8", "replace")
                msg = f"The model's graph uses operators of {domain!r}, not of ONNX."
                raise BundleError(msg, hint="Do not use this model.")
            if (message, field) in _ELSEWHERE and bytes(value) != b"\x00":
                msg = "The model's graph refers to weights in another file."
                raise BundleError(msg, hint="Do not use this model.")
    except (IndexError, ValueError) as error:
        msg = "The model's graph is not an ONNX file, or is cut off."
        raise BundleError(msg, hint="Get the model again.") from error


def _fields(data: memoryview) -> Iterator[tuple[str, int, memoryview]]:
    """Yield message, field number and value of what ``_INSIDE`` leads to.

    Raises:
        ValueError: not the wire format of protocol buffers
            (https://protobuf.dev/programming-guides/encoding).
        IndexError: the data ends inside a number.
    """
    pending = [("model", 0, len(data))]
    while pending:
        message, at, end = pending.pop()
        while at < end:
            key, at = _number(data, at)
            field, wire = key >> 3, key & 7
            if wire == 0:
                start = at
                _, at = _number(data, at)
            elif wire == 2:
                length, start = _number(data, at)
                at = start + length
            elif wire in (1, 5):
                start, at = at, at + (8 if wire == 1 else 4)
            else:
                msg = f"wire type {wire}"
                raise ValueError(msg)
            if at > end:
                msg = "a field reaches beyond its message"
                raise ValueError(msg)
            yield message, field, data[start:at]
            if wire == 2 and field in _INSIDE[message]:
                pending.append((_INSIDE[message][field], start, at))


def _number(data: memoryview, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7
        if shift > 63:
            msg = "a number of more than 64 bits"
            raise ValueError(msg)
