"""The engine: what it computes, what it refuses, which devices it claims."""

from __future__ import annotations

import ctypes

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from tiny_bundle import tiny_graph, tiny_weights

from medhash_gui import engine
from medhash_gui.engine import Engine
from medhash_gui.errors import BundleError, DeviceError


def small_model(**options) -> onnx.ModelProto:
    """images -> y = images + w, as a message that a test can spoil."""
    tensor = options.pop("tensor", numpy_helper.from_array(np.ones(1, "f4"), "w"))
    shape = options.pop("shape", ["b", 3, 4, 4])
    name = options.pop("name", "images")
    graph = helper.make_graph(
        [helper.make_node("Add", [name, "w"], ["y"])],
        "small",
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, shape)],
        [tensor],
    )
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, **options)


def external(location: str, name: str = "w") -> TensorProto:
    tensor = TensorProto()
    tensor.name = name
    tensor.data_type = TensorProto.FLOAT
    tensor.dims[:] = [1]
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, "length": "4"}.items():
        entry = tensor.external_data.add()
        entry.key, entry.value = key, value
    return tensor


# ------------------------------------------------------------------------ computing
def test_engine_runs_a_batch_of_any_length():
    opened = Engine(small_model().SerializeToString())

    for batch in (1, 5):
        inputs = np.random.default_rng(batch).random((batch, 3, 4, 4), np.float32)
        outputs = opened.run(inputs, ["y"])

        np.testing.assert_array_equal(outputs["y"], inputs + 1)


def test_engine_names_what_the_graph_takes_and_gives():
    opened = Engine(tiny_graph(tiny_weights()))

    assert opened.device == "cpu"
    assert opened.input_size == 32
    assert opened.outputs == ("logits", "features", "attention")
    assert opened.output_shapes == {
        "logits": (None, 16),
        "features": (None, 8, 8, 8),
        "attention": (None, 1, 8, 8),
    }


def test_engine_computes_only_what_is_asked():
    opened = Engine(tiny_graph(tiny_weights()))

    outputs = opened.run(np.zeros((2, 3, 32, 32), np.float32), ["attention"])

    assert list(outputs) == ["attention"]
    assert outputs["attention"].shape == (2, 1, 8, 8)


def test_engine_takes_inputs_of_any_layout():
    opened = Engine(small_model().SerializeToString())
    wide = np.random.default_rng(0).random((2, 4, 4, 3))

    outputs = opened.run(np.moveaxis(wide, 3, 1), ["y"])

    expected = np.moveaxis(wide, 3, 1).astype(np.float32) + 1
    np.testing.assert_array_equal(outputs["y"], expected)


def test_weights_stored_as_float16_compute_in_float32():
    weights = tiny_weights()
    inputs = np.random.default_rng(1).random((3, 3, 32, 32), np.float32)
    model = onnx.load_from_string(tiny_graph(weights))
    wide = [
        numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float32), t.name)
        for t in model.graph.initializer
    ]
    del model.graph.initializer[:]
    model.graph.initializer.extend(wide)

    half = Engine(tiny_graph(weights)).run(inputs, ["logits"])
    full = Engine(model.SerializeToString()).run(inputs, ["logits"])

    np.testing.assert_array_equal(half["logits"], full["logits"])


def test_casts_of_stored_weights_are_folded_when_the_graph_opens(tmp_path):
    """No cost per picture: the graph that runs has no Cast node left."""
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = (
        onnxruntime.GraphOptimizationLevel.ORT_ENABLE_EXTENDED
    )
    options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
    options.log_severity_level = 4

    onnxruntime.InferenceSession(
        tiny_graph(tiny_weights()), options, providers=["CPUExecutionProvider"]
    )

    optimised = onnx.load(tmp_path / "optimised.onnx")
    assert "Cast" not in {node.op_type for node in optimised.graph.node}


def test_batch_that_does_not_fit_into_memory_is_a_memory_error():
    nodes = [helper.make_node("Expand", ["images", "shape"], ["y"])]
    # 2 ** 58 floats: no computer has the memory, so nothing is really taken.
    shape = numpy_helper.from_array(np.array([2**50, 3, 16, 16]), "shape")
    value = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "huge",
        [value("images", TensorProto.FLOAT, ["b", 3, 16, 16])],
        [value("y", TensorProto.FLOAT, None)],
        [shape],
    )
    opsets = [helper.make_opsetid("", 17)]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=8)
    model.graph.output[0].type.tensor_type.shape.SetInParent()
    for _ in range(4):
        model.graph.output[0].type.tensor_type.shape.dim.add()
    opened = Engine(model.SerializeToString())

    with pytest.raises(MemoryError, match="1 pictures at once do not fit"):
        opened.run(np.zeros((1, 3, 16, 16), np.float32), ["y"])


# --------------------------------------------------------------------------- safety
@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "beside.bin"])
def test_graph_with_weights_in_another_file_is_refused(place, tmp_path, monkeypatch):
    # ONNX Runtime looks for the file from the current folder; it must not matter.
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.bin").write_bytes(np.ones(1, "f4").tobytes())
    model = small_model(tensor=external(place))

    with pytest.raises(BundleError, match="weights in another file"):
        Engine(model.SerializeToString())


def spoil_constant(model):
    node = helper.make_node("Constant", [], ["v"], value=external("a.bin", "v"))
    model.graph.node.append(node)


def spoil_branch(model):
    branch = helper.make_graph([], "branch", [], [], [external("a.bin", "v")])
    node = helper.make_node("If", ["w"], ["v"], then_branch=branch, else_branch=branch)
    model.graph.node.append(node)


def spoil_sparse(model):
    sparse = onnx.SparseTensorProto()
    sparse.values.CopyFrom(external("a.bin", "v"))
    model.graph.sparse_initializer.append(sparse)


def spoil_function(model):
    node = helper.make_node("Constant", [], ["v"], value=external("a.bin", "v"))
    model.functions.append(
        helper.make_function("", "f", [], ["v"], [node], [helper.make_opsetid("", 17)])
    )


@pytest.mark.parametrize(
    "spoil", [spoil_constant, spoil_branch, spoil_sparse, spoil_function]
)
def test_weights_in_another_file_are_found_wherever_they_hide(spoil):
    model = small_model()
    spoil(model)

    with pytest.raises(BundleError, match="weights in another file"):
        Engine(model.SerializeToString())


def own_node(model):
    model.graph.node[0].domain = "example.org"


def own_nested_node(model):
    node = helper.make_node("Steal", [], ["v"], domain="example.org")
    branch = helper.make_graph([node], "branch", [], [])
    model.graph.node.append(
        helper.make_node("If", ["w"], ["v"], then_branch=branch, else_branch=branch)
    )


def own_opset(model):
    model.opset_import.append(helper.make_opsetid("example.org", 1))


def own_function(model):
    opsets = [helper.make_opsetid("", 17)]
    model.functions.append(
        helper.make_function("example.org", "f", [], ["v"], [], opsets)
    )


@pytest.mark.parametrize("spoil", [own_node, own_nested_node, own_opset, own_function])
def test_graph_with_operators_of_its_own_is_refused(spoil):
    model = small_model()
    spoil(model)

    with pytest.raises(BundleError, match=r"operators of 'example\.org', not of ONNX"):
        Engine(model.SerializeToString())


def test_operators_of_microsoft_are_refused_too():
    model = small_model()
    model.graph.node[0].domain = "com.microsoft"

    with pytest.raises(BundleError, match=r"'com\.microsoft'"):
        Engine(model.SerializeToString())


@pytest.mark.parametrize("data", [b"", b"not a graph", b"\x80" * 40, b"\x0b\x0b"])
def test_bytes_that_are_no_graph_are_refused(data):
    with pytest.raises(BundleError, match="The model's graph") as caught:
        Engine(data)

    assert caught.value.hint


def test_graph_that_is_cut_off_is_refused_wherever_the_cut():
    graph = tiny_graph(tiny_weights())

    for length in range(0, len(graph), 23):
        with pytest.raises(BundleError):
            Engine(graph[:length])


@pytest.mark.parametrize("bit", [0, 3, 7])
def test_graph_with_a_flipped_bit_opens_or_is_refused_but_never_crashes(bit):
    graph = tiny_graph(tiny_weights())

    for at in range(0, len(graph), 97):
        spoiled = bytearray(graph)
        spoiled[at] ^= 1 << bit
        try:
            Engine(bytes(spoiled))
        except BundleError as error:
            assert error.hint  # noqa: PT017 (either outcome is right)


@pytest.mark.parametrize(
    "options",
    [
        {"shape": ["b", 1, 4, 4]},
        {"shape": ["b", 3, 4, 5]},
        {"shape": ["b", 3, "h", "w"]},
        {"shape": [1, 3, 4, 4]},
        {"shape": ["b", 48]},
        {"name": "pixels"},
    ],
)
def test_graph_that_does_not_take_pictures_is_refused(options):
    with pytest.raises(BundleError, match="does not take one input 'images'"):
        Engine(small_model(**options).SerializeToString())


# -------------------------------------------------------------------------- devices
def test_processor_is_always_there():
    assert engine.available_devices()[0] == "cpu"


def test_auto_is_the_processor_where_there_is_nothing_else(monkeypatch):
    monkeypatch.setattr(engine, "available_devices", lambda: ("cpu",))

    assert Engine(small_model().SerializeToString(), device="auto").device == "cpu"


@pytest.mark.parametrize("device", ["cuda", "mps", "abacus"])
def test_device_without_a_provider_is_named_with_those_there_are(monkeypatch, device):
    monkeypatch.setattr(engine, "available_devices", lambda: ("cpu",))

    with pytest.raises(DeviceError, match=f"'{device}' cannot be used") as caught:
        Engine(small_model().SerializeToString(), device=device)

    assert caught.value.hint == "Use one of: auto, cpu."


class FakeDriver:
    """libcuda as far as it is asked."""

    def __init__(self, devices: int, *, starts: bool = True) -> None:
        self.devices = devices
        self.starts = starts

    def cuInit(self, flags: int) -> int:  # noqa: N802 (the driver's name)
        return 0 if self.starts else 100

    def cuDeviceGetCount(self, count) -> int:  # noqa: N802 (the driver's name)
        count._obj.value = self.devices
        return 0


@pytest.mark.parametrize(
    ("driver", "visible"),
    [
        (FakeDriver(2), True),
        (FakeDriver(0), False),
        (FakeDriver(1, starts=False), False),
        (object(), False),
    ],
)
def test_cuda_is_visible_where_the_driver_shows_a_device(monkeypatch, driver, visible):
    monkeypatch.setattr(ctypes, "CDLL", lambda _: driver)

    assert engine.cuda_visible() is visible


def test_cuda_is_not_visible_without_a_driver(monkeypatch):
    def missing(name):
        raise OSError(name)

    monkeypatch.setattr(ctypes, "CDLL", missing)

    assert not engine.cuda_visible()


def test_provider_without_a_device_is_not_claimed(monkeypatch):
    providers = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: providers)
    monkeypatch.setattr(engine, "cuda_visible", lambda: False)

    assert engine.available_devices() == ("cpu",)


def test_provider_that_cannot_be_loaded_is_an_error_when_asked_for(monkeypatch):
    # The provider is claimed, but this ONNX Runtime falls back to the processor.
    monkeypatch.setattr(engine, "available_devices", lambda: ("cpu", "cuda"))
    session = engine._session
    monkeypatch.setattr(
        engine, "_session", lambda graph, _, threads: session(graph, "cpu", threads)
    )
    graph = small_model().SerializeToString()

    with pytest.raises(DeviceError, match="'cuda' cannot be used"):
        Engine(graph, device="cuda")
    assert Engine(graph, device="auto").device == "cpu"


@pytest.mark.gpu
def test_codes_of_cuda_agree_with_the_processor():
    if "cuda" not in engine.available_devices():
        pytest.skip("this ONNX Runtime has no CUDA provider")
    graph = tiny_graph(tiny_weights())
    inputs = np.random.default_rng(0).random((64, 3, 32, 32), np.float32)

    here = Engine(graph).run(inputs, ["logits"])["logits"]
    there = Engine(graph, device="cuda").run(inputs, ["logits"])["logits"]

    assert np.mean((here >= 0) != (there >= 0)) < 0.002
