"""What two pictures share: on made-up models, and on phantoms whose lesion is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from tiny_bundle import make_tiny_bundle, pictures

from medhash_gui import bundle, pair_explanation, paths, phantoms, stability
from medhash_gui.bundle import ModelBundle
from medhash_gui.saliency import SaliencyMap, Withheld

SYNTHETIC = "synthetic-ash-mobilenetv2-64bit"


@pytest.fixture
def tiny(tmp_path: Path) -> ModelBundle:
    make_tiny_bundle(tmp_path / "tiny")
    return ModelBundle.open(tmp_path / "tiny", threads=1)


def test_bits_are_those_of_the_two_codes(tiny):
    query, hit = (tiny.look(pixels) for pixels in pictures(2))

    bits = pair_explanation.bits(query, hit)

    differ = query.codes.signs()[0] != hit.codes.signs()[0]
    assert bits.distance == np.count_nonzero(differ)


def test_two_opposite_codes_have_no_pair_map(tiny):
    look = tiny.look(pictures(1)[0])
    bits = pair_explanation.bits(look, look)
    nothing = type(bits)(bits.query, -bits.query, ~bits.agree, -bits.contribution,
                         bits.close)  # fmt: skip

    found = pair_explanation.pair_map(tiny, look, nothing)

    assert found.shown == Withheld("The two codes have no bit in common.")
    assert found.check is None


@pytest.mark.row("D5")
def test_small_changes_are_tried_and_what_they_flip_is_counted(tiny):
    look = tiny.look(pictures(1)[0])

    def nearest(codes):
        return frozenset({1, 2, int(codes.signs()[0, 0])})

    tried = list(stability.changes(tiny, look, nearest))

    assert [one.kind for one in tried] == [
        "rotation", "rotation", "crop", "contrast", "contrast",
    ]  # fmt: skip
    assert all(one.bits == 16 and 0 <= one.flipped <= 16 for one in tried)
    assert all(one.hits == len(nearest(look.codes)) for one in tried)
    assert all(1 <= one.kept <= one.hits for one in tried)


@pytest.mark.row("D5")
def test_a_picture_that_looks_alike_after_every_change_flips_no_bit(tiny):
    look = tiny.look(np.full((48, 48), 0.0, np.float32))

    tried = list(stability.changes(tiny, look, lambda _: frozenset({7})))

    assert [one.flipped for one in tried] == [0] * 5
    assert all(one.kept == one.hits == 1 for one in tried)


# ------------------------------------------------------------- the synthetic library
@pytest.fixture(scope="module")
def synthetic() -> ModelBundle:
    folder = paths.packaged_models() / SYNTHETIC
    if not (folder / "card.json").is_file():
        pytest.skip("the packaged synthetic model is not in this tree")
    return ModelBundle.open(folder, threads=1)


PAIRS = [
    (kind, label, patient)
    for kind, label in (
        ("chest-film", "consolidation"),
        ("fundus", "haemorrhages"),
        ("fundus", "exudates"),
    )
    for patient in range(2)
]


def drawn(kind: str, label: str, patient: int) -> phantoms.Phantom:
    # Another seed than the sample's and the training's: patients never seen before.
    return phantoms.draw(kind, label, patient=patient, seed=77)


def looks(model: ModelBundle, kind: str, label: str, patient: int):
    first, second = drawn(kind, label, patient), drawn(kind, label, patient + 20)
    return first, [
        model.look(one.pixels.astype(np.float32) / 255) for one in (first, second)
    ]


def mass_inside(values: np.ndarray, lesion: tuple[float, float, float]) -> float:
    y, x = np.mgrid[: values.shape[0], : values.shape[1]]
    inside = np.hypot(x - lesion[0], y - lesion[1]) <= lesion[2]
    return float(values[inside].sum() / values.sum())


@pytest.mark.row("D2")
def test_pair_maps_put_more_mass_on_the_shared_lesion_than_centre_and_random_maps(
    synthetic,
):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:320, :320]
    centre = np.exp(-((x - 160) ** 2 + (y - 160) ** 2) / (2 * 80**2))
    own, of_centre, of_random = [], [], []
    for kind, label, patient in PAIRS:
        phantom, (query, hit) = looks(synthetic, kind, label, patient)
        bits = pair_explanation.bits(query, hit)
        found = synthetic.on_image(synthetic.pair_map(query, bits.agree), query)
        noise = synthetic.preprocess.to_image(
            rng.random((7, 7), np.float32), phantom.pixels.shape, query.region
        )
        assert phantom.lesion is not None
        own.append(mass_inside(found.values, phantom.lesion))
        of_centre.append(mass_inside(centre, phantom.lesion))
        of_random.append(mass_inside(noise, phantom.lesion))

    assert np.mean(own) > 1.4 * np.mean(of_centre)
    assert np.mean(own) > 2 * np.mean(of_random)


def test_pair_maps_of_the_trained_model_pass_their_test_and_are_shown(synthetic):
    for kind, label, patient in PAIRS[::2]:
        _, (query, hit) = looks(synthetic, kind, label, patient)
        bits = pair_explanation.bits(query, hit)

        found = pair_explanation.pair_map(synthetic, query, bits)

        assert isinstance(found.shown, SaliencyMap)
        assert found.shown.source == "pair"
        assert found.check.has_passed


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.row("D7", "D8")
def test_pair_maps_of_randomised_weights_are_withheld(synthetic, tmp_path, seed):
    model = scrambled(synthetic, tmp_path / "scrambled", seed)
    for kind, label, patient in PAIRS[::2]:
        _, (query, hit) = looks(model, kind, label, patient)
        bits = pair_explanation.bits(query, hit)

        found = pair_explanation.pair_map(model, query, bits)

        assert isinstance(found.shown, Withheld)
        assert "failed its test" in found.shown.reason


def scrambled(model: ModelBundle, folder: Path, seed: int) -> ModelBundle:
    """Return the model with every layer's weights in a random order."""
    rng = np.random.default_rng(seed)
    graph = onnx.load(str(model.folder / "graph.onnx"))
    head = np.zeros((model.bits, 1280), np.float16)
    for tensor in graph.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.ndim < 2:
            continue
        mixed = rng.permutation(values.ravel()).reshape(values.shape)
        tensor.CopyFrom(numpy_helper.from_array(mixed, tensor.name))
        if values.shape in (head.shape, head.shape[::-1]):
            head = mixed if values.shape == head.shape else mixed.T
    bundle.save(
        folder,
        card=model.card,
        graph=graph.SerializeToString(),
        weights={"head.weight": head, "head.bias": np.zeros(model.bits, np.float16)},
    )
    return ModelBundle.open(folder, threads=1)
