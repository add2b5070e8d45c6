"""What a bundle gives, and what is refused when one is opened, saved or looked for."""

from __future__ import annotations

import hashlib
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import safetensors.numpy
from tiny_bundle import (
    make_tiny_bundle,
    pictures,
    tiny_card,
    tiny_graph,
    tiny_weights,
)

from medhash_gui import bundle, saliency
from medhash_gui.bundle import ModelBundle
from medhash_gui.errors import BundleError, DeviceError
from medhash_gui.preprocess import Preprocess
from medhash_gui.saliency import SaliencyMap, Withheld


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    make_tiny_bundle(tmp_path / "tiny")
    return tmp_path / "tiny"


def change_card(folder: Path, **values: object) -> None:
    path = folder / "card.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def replace_file(folder: Path, name: str, data: bytes) -> None:
    """Swap a file and correct its hash in the card, as a forger would."""
    (folder / name).write_bytes(data)
    key = "graph_sha256" if name == "graph.onnx" else "weights_sha256"
    change_card(folder, **{key: hashlib.sha256(data).hexdigest()})


# -------------------------------------------------------------------- what it gives
def test_saved_bundle_opens_with_the_card_that_save_returned(tmp_path):
    card = make_tiny_bundle(tmp_path / "tiny")

    model = ModelBundle.open(tmp_path / "tiny")

    assert model.card == card
    assert (model.bits, model.device) == (16, "cpu")
    assert model.preprocess == card.preprocess
    assert model.model_id == card.model_id


def test_codes_are_the_signs_of_the_formula(folder):
    """The whole graph again in NumPy, in float64."""
    model = ModelBundle.open(folder)
    weights = safetensors.numpy.load((folder / "weights.safetensors").read_bytes())
    wide = {name: value.astype(np.float64) for name, value in weights.items()}
    inputs = np.stack([model.preprocess(p) for p in pictures(5, seed=9)])

    codes = model.encode(inputs)

    patches = inputs.reshape(5, 3, 8, 4, 8, 4).transpose(0, 2, 4, 1, 3, 5)
    patches = patches.reshape(5, 8, 8, 48)
    trunk = patches @ wide["trunk.weight"].reshape(8, 48).T + wide["trunk.bias"]
    look = patches @ wide["attention.weight"].reshape(48) + wide["attention.bias"]
    features = np.maximum(trunk / (1 + np.exp(-look[..., None])), 0)
    logits = features.mean(axis=(1, 2)) @ wide["head.weight"].T + wide["head.bias"]
    np.testing.assert_allclose(codes.soft, logits, atol=2e-3)
    np.testing.assert_array_equal(codes.signs(), np.where(logits >= 0, 1, -1))


def test_a_look_gives_the_code_that_encode_gives(folder):
    model = ModelBundle.open(folder)

    for picture in pictures(6, seed=3):
        look = model.look(picture)

        batch = model.encode(model.preprocess(picture)[np.newaxis])
        np.testing.assert_array_equal(look.codes.packed, batch.packed)
        assert len(look.codes) == 1


def test_code_of_a_picture_does_not_depend_on_its_batch(folder):
    model = ModelBundle.open(folder)
    inputs = np.stack([model.preprocess(p) for p in pictures(7, seed=4)])

    together = model.encode(inputs)

    for row in range(7):
        alone = model.encode(inputs[row : row + 1])
        np.testing.assert_array_equal(alone.packed[0], together.packed[row])


def test_familiarity_is_low_for_its_own_kind_and_high_for_another(folder):
    model = ModelBundle.open(folder)
    noise = np.random.default_rng(0).random((48, 48), np.float32)

    own = [model.look(p).familiarity for p in pictures(30, seed=77)]
    other = model.look(noise).familiarity

    assert np.median(own) < 1
    assert other is not None
    assert other > 1.5


def test_familiarity_of_a_batch_is_that_of_each_look(folder):
    model = ModelBundle.open(folder)
    chosen = pictures(4, seed=5)

    batch = model.familiarity(np.stack([model.preprocess(p) for p in chosen]))

    each = [model.look(picture).familiarity for picture in chosen]
    assert batch is not None
    np.testing.assert_allclose(batch, each, rtol=1e-4)


def test_familiarity_is_unknown_without_a_reference(tmp_path):
    weights = tiny_weights()
    bundle.save(
        tmp_path / "m", card=tiny_card(), graph=tiny_graph(weights), weights=weights
    )

    model = ModelBundle.open(tmp_path / "m")

    assert model.look(pictures(1)[0]).familiarity is None
    assert model.familiarity(np.zeros((1, 3, 32, 32), np.float32)) is None


@pytest.mark.parametrize("source", [None, "attention", "grad-cam"])
@pytest.mark.parametrize("shape", [(48, 48), (30, 90, 3), (200, 20)])
def test_saliency_map_has_the_size_of_the_picture(folder, source, shape):
    model = ModelBundle.open(folder)
    pixels = np.random.default_rng(1).random(shape, np.float32)

    shown = model.explain(model.look(pixels), source=source)

    assert isinstance(shown, SaliencyMap)
    assert shown.values.shape == shape[:2]
    assert shown.source == (source or "attention")
    assert 0 <= shown.values.min() <= shown.values.max() <= 1


def test_attention_map_is_withheld_where_the_graph_has_none(tmp_path):
    weights = tiny_weights()
    graph = tiny_graph(weights, drop="attention")
    bundle.save(tmp_path / "m", card=tiny_card(), graph=graph, weights=weights)
    model = ModelBundle.open(tmp_path / "m")

    shown = model.explain(model.look(pictures(1)[0]))

    assert shown == Withheld("This model has no attention map.")


def test_code_map_is_withheld_where_the_head_is_not_known(tmp_path):
    weights = tiny_weights()
    graph = tiny_graph(weights)
    del weights["head.weight"]
    bundle.save(tmp_path / "m", card=tiny_card(), graph=graph, weights=weights)
    model = ModelBundle.open(tmp_path / "m")

    shown = model.explain(model.look(pictures(1)[0]), source="grad-cam")

    assert shown == Withheld("This model's code map has no closed form.")


def test_flat_attention_is_withheld_with_a_reason(tmp_path):
    weights = tiny_weights()
    weights["attention.weight"][:] = 0
    graph = tiny_graph(weights)
    bundle.save(tmp_path / "m", card=tiny_card(), graph=graph, weights=weights)
    model = ModelBundle.open(tmp_path / "m")

    shown = model.explain(model.look(pictures(1)[0]))

    assert isinstance(shown, Withheld)
    assert "nearly the same everywhere" in shown.reason


# ------------------------------------------------------------------------- identity
def test_model_id_depends_on_weights_preprocessing_and_bits_only():
    card = tiny_card(weights_sha256="ab")

    same = [
        replace(card, title="Another title", metrics=()),
        replace(card, graph_sha256="cd"),
    ]
    other = [
        replace(card, weights_sha256="ac"),
        replace(card, bits=17),
        replace(card, preprocess=Preprocess(size=32, fit="stretch")),
    ]

    assert {c.model_id for c in same} == {card.model_id}
    assert len({card.model_id, *(c.model_id for c in other)}) == 4
    assert len(card.model_id) == 16


def test_model_id_is_the_documented_hash():
    card = tiny_card(weights_sha256="ab")

    preprocess = (
        '{"fit":"pad","mean":[0.485,0.456,0.406],"size":32,'
        '"std":[0.229,0.224,0.225],"trim_border":false}'
    )
    expected = hashlib.sha256(f"ab\n{preprocess}\n16".encode()).hexdigest()[:16]
    assert card.model_id == expected


def test_saving_the_same_model_again_gives_the_same_files(tmp_path):
    make_tiny_bundle(tmp_path / "one")
    make_tiny_bundle(tmp_path / "two")

    for name in ("card.json", "graph.onnx", "weights.safetensors"):
        one, two = (tmp_path / which / name for which in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()


def test_card_survives_json_and_unknown_keys():
    card = tiny_card(title="Fundus – глаз 眼底", training={"rates": [1e-3, 1e-4]})

    values = json.loads(json.dumps({**card.as_json(), "colour": "blue"}))

    assert bundle.ModelCard.from_json(values) == card


# ------------------------------------------------------------------ what is refused
@pytest.mark.parametrize("name", ["card.json", "graph.onnx", "weights.safetensors"])
def test_missing_file_is_named(folder, name):
    (folder / name).unlink()

    with pytest.raises(BundleError, match=f"tiny holds no {name}") as caught:
        ModelBundle.open(folder)

    assert caught.value.hint


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(BundleError, match="nowhere does not exist"):
        ModelBundle.open(tmp_path / "nowhere")


@pytest.mark.parametrize("name", ["graph.onnx", "weights.safetensors"])
def test_changed_file_is_named(folder, name):
    data = bytearray((folder / name).read_bytes())
    data[-1] ^= 1
    (folder / name).write_bytes(data)

    with pytest.raises(
        BundleError, match=f"tiny was changed: {name} does not match its card"
    ):
        ModelBundle.open(folder)


@pytest.mark.parametrize("text", ["", "{", "\x00\x01", "[" * 100_000])
def test_card_that_is_not_json_is_named(folder, text):
    (folder / "card.json").write_text(text)

    with pytest.raises(BundleError, match=r"card\.json in the model folder .*not JSON"):
        ModelBundle.open(folder)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"format_version": 2}, r"format 2; this version of MedHash reads .* up to 1"),
        ({"format_version": "1"}, "'format_version' is not a whole number"),
        ({"bits": True}, "'bits' is not a whole number"),
        ({"bits": 0}, "0 bits is not possible"),
        ({"bits": 24}, r"gives codes of shape \(None, 16\), the card says \(None, 24"),
        ({"name": "../../evil"}, "is not a name for a model"),
        ({"name": 7}, "'name' is not text"),
        ({"explains": "tea leaves"}, "'explains' is 'tea leaves', not attention or"),
        ({"classes": [1, 2]}, "'classes' holds an entry of another kind"),
        ({"data": ["all of it"]}, "'data' holds an entry of another kind"),
        ({"metrics": {}}, "'metrics' is not a list"),
        ({"preprocess": {}}, "preprocessing in the model card lacks 'size'"),
        (
            {"preprocess": Preprocess(size=64).as_json()},
            "takes pictures of 32 px, the card says 64 px",
        ),
    ],
)
def test_card_that_does_not_fit_is_refused(folder, change, sentence):
    change_card(folder, **change)

    with pytest.raises(BundleError, match=sentence) as caught:
        ModelBundle.open(folder)

    assert str(folder) in caught.value.message
    assert caught.value.hint


def test_card_without_a_value_is_refused(folder):
    values = json.loads((folder / "card.json").read_text())
    del values["modality"]
    (folder / "card.json").write_text(json.dumps(values))

    with pytest.raises(BundleError, match="lacks 'modality'"):
        ModelBundle.open(folder)


def test_card_that_is_a_list_is_refused(folder):
    (folder / "card.json").write_text("[]")

    with pytest.raises(BundleError, match="not a JSON object"):
        ModelBundle.open(folder)


@pytest.mark.parametrize("name", ["logits", "features"])
def test_graph_without_an_output_is_refused(folder, name):
    replace_file(folder, "graph.onnx", tiny_graph(tiny_weights(), drop=name))

    with pytest.raises(BundleError, match=f"no output '{name}'"):
        ModelBundle.open(folder)


def test_unsafe_graph_is_refused_with_its_folder(folder):
    graph = tiny_graph(tiny_weights(), domain="example.org")
    replace_file(folder, "graph.onnx", graph)

    with pytest.raises(BundleError, match=r"operators of 'example\.org'.*tiny\)"):
        ModelBundle.open(folder)


def test_weights_that_are_not_safetensors_are_refused(folder):
    replace_file(folder, "weights.safetensors", b"\x80\x04pickle?")

    with pytest.raises(BundleError, match=r"weights\.safetensors .* is damaged"):
        ModelBundle.open(folder)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("head.weight", np.zeros((16, 9)), r"head\.weight is \(16, 9\), .* \(16, 8\)"),
        ("familiarity.mean", np.zeros(9), "does not fit together"),
        ("familiarity.residual", np.zeros(1), "does not fit together"),
        ("familiarity.mean", None, r"lacks 'familiarity\.mean'"),
    ],
)
def test_tensors_that_do_not_fit_are_refused(folder, name, value, sentence):
    path = folder / "weights.safetensors"
    tensors = safetensors.numpy.load(path.read_bytes())
    del tensors[name]
    if value is not None:
        tensors[name] = value.astype(np.float32)
    replace_file(folder, path.name, safetensors.numpy.save(tensors))

    with pytest.raises(BundleError, match=sentence):
        ModelBundle.open(folder)


def test_reference_for_other_features_is_refused(folder):
    path = folder / "weights.safetensors"
    tensors = safetensors.numpy.load(path.read_bytes())
    rank = len(tensors["familiarity.variances"])
    tensors["familiarity.mean"] = np.zeros(9, np.float32)
    tensors["familiarity.basis"] = np.eye(rank, 9, dtype=np.float32)
    replace_file(folder, path.name, safetensors.numpy.save(tensors))

    with pytest.raises(BundleError, match="reference has 9 of 8 features"):
        ModelBundle.open(folder)


def test_device_that_is_not_there_is_named(folder):
    with pytest.raises(DeviceError, match="'abacus' cannot be used"):
        ModelBundle.open(folder, device="abacus")


def test_values_that_are_not_numbers_give_no_code(tmp_path):
    weights = tiny_weights()
    weights["head.bias"][3] = np.nan
    graph = tiny_graph(weights)
    bundle.save(tmp_path / "m", card=tiny_card(), graph=graph, weights=weights)
    model = ModelBundle.open(tmp_path / "m")

    with pytest.raises(BundleError, match="tiny-16bit gives values that are not num"):
        model.encode(np.zeros((1, 3, 32, 32), np.float32))
    with pytest.raises(BundleError, match="not numbers"):
        model.look(pictures(1)[0])


# --------------------------------------------------------------------------- saving
def test_save_replaces_a_bundle_and_leaves_nothing_else(tmp_path):
    first = make_tiny_bundle(tmp_path / "m", seed=1)

    second = make_tiny_bundle(tmp_path / "m", seed=2)

    assert ModelBundle.open(tmp_path / "m").card == second
    assert first.model_id != second.model_id
    assert [path.name for path in tmp_path.iterdir()] == ["m"]


def test_save_refuses_a_folder_of_other_files(tmp_path):
    (tmp_path / "m").mkdir()
    (tmp_path / "m" / "thesis.txt").write_text("precious")

    with pytest.raises(BundleError, match="m holds files that are not a model"):
        make_tiny_bundle(tmp_path / "m")

    assert (tmp_path / "m" / "thesis.txt").read_text() == "precious"


def test_save_refuses_parts_that_do_not_fit(tmp_path):
    weights = tiny_weights()

    with pytest.raises(BundleError, match="the card says"):
        bundle.save(
            tmp_path / "m",
            card=tiny_card(bits=24),
            graph=tiny_graph(weights),
            weights=weights,
        )

    assert not (tmp_path / "m").exists()


def test_save_names_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(BundleError, match="cannot be written to"):
        make_tiny_bundle(tmp_path / "file" / "m")


def test_save_takes_tensors_that_are_not_contiguous(tmp_path):
    weights = tiny_weights()
    graph = tiny_graph(weights)
    turned = {n: np.asfortranarray(value) for n, value in weights.items()}

    plain = bundle.save(tmp_path / "a", card=tiny_card(), graph=graph, weights=weights)
    other = bundle.save(tmp_path / "b", card=tiny_card(), graph=graph, weights=turned)

    assert plain == other


# --------------------------------------------------------------------------- choice
def test_best_fit_is_the_model_that_knows_the_pictures(tmp_path):
    # Two models; the second learned its familiarity from noise.
    make_tiny_bundle(tmp_path / "waves")
    noise = list(np.random.default_rng(0).random((80, 48, 48), np.float32))
    make_tiny_bundle(tmp_path / "noise", seed=3, known=noise)
    found = [bundle.find(tmp_path / name) for name in ("waves", "noise")]

    waves, low = bundle.best_fit(found, pictures(9, seed=50))
    chosen, _ = bundle.best_fit(
        found, list(np.random.default_rng(1).random((9, 48, 48), np.float32))
    )

    assert waves.folder.name == "waves"
    assert low < 1
    assert chosen.folder.name == "noise"


def test_best_fit_above_one_says_that_none_fits(folder):
    noise = list(np.random.default_rng(1).random((5, 48, 48), np.float32))

    _, ratio = bundle.best_fit([bundle.find(folder)], noise)

    assert ratio > 1


def test_best_fit_puts_a_model_without_reference_last(folder, tmp_path):
    weights = tiny_weights(seed=8)
    graph = tiny_graph(weights)
    bundle.save(tmp_path / "m", card=tiny_card(), graph=graph, weights=weights)
    blind = bundle.find(tmp_path / "m")

    best, _ = bundle.best_fit([blind, bundle.find(folder)], pictures(3))
    only = bundle.best_fit([blind], pictures(3))

    assert best.folder == folder
    assert only == (blind, math.inf)


def test_best_fit_passes_over_a_model_that_cannot_be_opened(folder, tmp_path):
    make_tiny_bundle(tmp_path / "broken", seed=4)
    broken = bundle.find(tmp_path / "broken")
    (tmp_path / "broken" / "graph.onnx").write_bytes(b"")

    best, _ = bundle.best_fit([broken, bundle.find(folder)], pictures(2))

    assert best.folder == folder
    with pytest.raises(BundleError, match="broken was changed"):
        bundle.best_fit([broken], pictures(2))


def test_best_fit_of_no_models_says_so():
    with pytest.raises(BundleError, match="no model on this computer"):
        bundle.best_fit([], pictures(1))


def test_opening_a_bundle_loads_neither_torch_nor_onnx_nor_h5py(folder):
    program = (
        "import sys; from pathlib import Path; from medhash_gui import bundle;"
        f"bundle.ModelBundle.open(Path({str(folder)!r}));"
        "print([m for m in ('torch', 'onnx', 'h5py', 'PySide6') if m in sys.modules])"
    )

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "[]"
    assert done.stderr == ""


@pytest.mark.row("D9")
def test_what_a_second_branch_was_shown_is_outlined_on_the_picture(tmp_path):
    make_tiny_bundle(tmp_path / "two", local=True)
    model = ModelBundle.open(tmp_path / "two", threads=1)
    pixels = pictures(1, side=96)[0]

    look = model.look(pixels)

    assert look.local is not None
    assert np.array_equal(look.local, look.attention > 0.5)
    mask = model.preprocess.to_image(look.local, look.shape, look.region)
    area = sum(cv2.contourArea(one) for one in saliency.outlines(mask))
    assert area / pixels.size == pytest.approx(float(look.local.mean()), abs=0.1)


def test_a_model_of_one_branch_has_nothing_to_outline(tmp_path):
    make_tiny_bundle(tmp_path / "one")
    model = ModelBundle.open(tmp_path / "one", threads=1)

    look = model.look(pictures(1)[0])

    assert look.local is None
