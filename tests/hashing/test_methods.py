"""What every entry of METHODS must do; a new method is tested by being there."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medhash_gui import bundle, export
from medhash_gui.bundle import ModelBundle
from medhash_gui.card import ModelCard
from medhash_gui.engine import Engine
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes, Targets
from medhash_gui.preprocess import Preprocess

BITS, CLASSES, SIDE = 16, 3, 48


# Methods that add only a loss share one network; exporting it once is enough.
NETWORKS = {method.network: name for name, method in METHODS.items()}
# Two trunks take their time; a classifier beside the plain network is not exported.
LARGE = ("guan2022", "ssdh", "zhu2022")


@pytest.fixture(params=METHODS, ids=list(METHODS))
def method(request):
    return METHODS[request.param]


def options_of(method):
    known = {
        "backbone": "small",
        "size": SIDE,
        "classification": 1.0,
        "frozen_blocks": 2,
    }
    return method.options({k: v for k, v in known.items() if k in method.defaults})


def make(method, *, images=12, seed=0):
    """Return network, loss of the last stage, and its open parameters."""
    sizes, options = Sizes(BITS, CLASSES, images), options_of(method)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = method.network(sizes, options)
        stage = method.stages[-1]
        loss = stage.loss(sizes, options)
    groups = stage.parameters(network, options)
    return network, loss, [p for group in groups.values() for p in group]


def toy(count=12, seed=0):
    """Return pictures whose colour is their class, and their targets."""
    rng = np.random.default_rng(seed)
    classes = np.arange(count) % CLASSES
    pictures = rng.normal(0, 0.3, size=(count, 3, SIDE, SIDE)).astype(np.float32)
    pictures[np.arange(count), classes] += 2
    labels = np.eye(CLASSES, dtype=np.float32)[classes]
    index = torch.arange(count)
    return torch.from_numpy(pictures), Targets(torch.from_numpy(labels), index, 0.5)


def total(terms):
    return torch.stack(list(terms.values())).sum()


def test_registry_key_is_the_name(method):
    assert METHODS[method.name] is method
    assert method.title
    assert method.paper
    assert method.stages


def test_output_has_the_promised_shapes(method):
    network, _, _ = make(method)
    pictures, _ = toy(4)

    output = network.eval()(pictures)

    assert output.logits.shape == (4, BITS)
    assert output.features.shape[0] == 4
    assert output.features.ndim == 4
    if output.class_logits is not None:
        assert output.class_logits.shape == (4, CLASSES)
    if output.attention is not None:
        assert output.attention.shape[:2] == (4, 1)
        assert output.attention.min() >= 0
        assert output.attention.max() <= 1
    assert (method.explains == "attention") <= (output.attention is not None)


def test_a_batch_of_one_gives_the_code_it_has_in_company(method):
    network, _, _ = make(method)
    pictures, _ = toy(4)
    network.eval()

    with torch.inference_mode():
        together, alone = network(pictures).logits, network(pictures[:1]).logits

    torch.testing.assert_close(together[:1], alone, atol=1e-4, rtol=1e-4)


def test_loss_is_finite_for_one_two_and_many_labels_and_for_none(method):
    network, loss, _ = make(method)
    pictures, targets = toy(4)
    output = network.eval()(pictures)
    none = torch.zeros_like(targets.labels)
    every = torch.ones_like(targets.labels)
    several = targets.labels.clone()
    several[0, 1] = 1

    for labels in (targets.labels, none, every, several):
        terms = loss(output, Targets(labels, targets.index, 0.5))
        assert all(torch.isfinite(term) for term in terms.values())
        assert all(term.ndim == 0 for term in terms.values())


def test_loss_of_one_picture_is_finite(method):
    network, loss, _ = make(method)
    pictures, targets = toy(1)

    terms = loss(network.eval()(pictures), targets)

    assert torch.isfinite(total(terms))


def test_gradient_reaches_every_open_parameter(method):
    network, loss, open_parameters = make(method)
    pictures, targets = toy()

    total(loss(network.train()(pictures), targets)).backward()

    assert open_parameters
    gradients = [p.grad for p in open_parameters if p.grad is not None]
    assert len(gradients) == len(open_parameters)
    assert all(torch.isfinite(gradient).all() for gradient in gradients)
    assert all(gradient.abs().max() > 0 for gradient in gradients)


def test_loss_falls_on_classes_that_are_easy_to_tell_apart(method):
    network, loss, open_parameters = make(method)
    pictures, targets = toy()
    optimiser = torch.optim.Adam([*open_parameters, *loss.parameters()], lr=1e-3)
    values = []

    for _ in range(40):
        value = total(loss(network.train()(pictures), targets))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        values.append(value.item())

    assert values[-1] < 0.7 * values[0]


def test_the_same_seed_gives_the_same_numbers(method):
    pictures, targets = toy(4)
    values = []

    for _ in range(2):
        network, loss, _ = make(method, seed=7)
        output = network.eval()(pictures)
        values.append((output.logits, total(loss(output, targets))))

    torch.testing.assert_close(values[0][0], values[1][0], rtol=0, atol=0)
    torch.testing.assert_close(values[0][1], values[1][1], rtol=0, atol=0)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.slow if name in LARGE else ())
        for name in sorted(NETWORKS.values())
    ],
)
def test_a_bundle_gives_the_codes_of_the_network(name, tmp_path):
    method = METHODS[name]
    network, _, _ = make(method)
    pictures, _ = toy(4)
    exported = export.export_network(network, pictures.numpy())
    card = ModelCard(
        name="toy",
        title="toy",
        modality="synthetic",
        method=method.name,
        backbone="own",
        bits=BITS,
        classes=("a", "b", "c"),
        preprocess=Preprocess(size=SIDE),
        explains=method.explains,
    )

    bundle.save(
        tmp_path / "toy", card=card, graph=exported.graph, weights=exported.weights
    )
    codes = ModelBundle.open(tmp_path / "toy").encode(pictures.numpy())
    engine = Engine(exported.graph)

    with torch.inference_mode():
        output = network(pictures)
    assert ((codes.signs() > 0) == (output.logits.numpy() >= 0)).all()
    # Where a second branch was shown a part of the picture, the graph tells which.
    assert ("local" in engine.outputs) == (output.local is not None)
    if output.local is not None:
        told = engine.run(pictures.numpy(), ["local"])["local"]
        assert (told == output.local.numpy()).mean() > 0.99


@pytest.mark.parametrize("option", ["bit_balance", "sliced_wasserstein"])
def test_each_method_takes_the_extra_terms(method, option):
    options = {**options_of(method), option: 0.3}
    plain_loss = method.stages[-1].loss(Sizes(BITS, CLASSES, 12), options_of(method))
    loss = method.stages[-1].loss(Sizes(BITS, CLASSES, 12), options)
    network, _, _ = make(method)
    pictures, targets = toy(4)
    output = network.eval()(pictures)

    own, both = plain_loss(output, targets), loss(output, targets)

    assert option not in own
    assert both.keys() - own.keys() == {option}
    assert both[option] > 0


def test_each_stage_trains_what_it_opens_through_its_own_part(method):
    sizes, options = Sizes(BITS, CLASSES, 12), options_of(method)
    network = method.network(sizes, options).train()
    pictures, targets = toy()
    for stage in method.stages:
        if stage.begin is not None:
            stage.begin(network)
        forward = network if stage.part is None else getattr(network, stage.part)
        groups = stage.parameters(network, options)
        network.zero_grad()
        network.requires_grad_(requires_grad=False)
        opened = [p for group in groups.values() for p in group]
        for parameter in opened:
            parameter.requires_grad_()

        output = forward(pictures)
        total(stage.loss(sizes, options)(output, targets)).backward()

        assert output.logits.shape == (12, BITS)
        assert set(groups) <= {"pretrained", "new", "fast"}
        assert len({id(p) for p in opened}) == len(opened)
        assert all(p.grad is not None and p.grad.abs().max() > 0 for p in opened)


def test_the_shares_of_the_stages_are_the_whole_and_the_last_trains_codes(method):
    assert sum(stage.share for stage in method.stages) == pytest.approx(1)
    assert method.stages[-1].codes


def test_unknown_options_are_refused(method):
    with pytest.raises(SettingsError, match="has no option colour"):
        method.options({"colour": 1})
