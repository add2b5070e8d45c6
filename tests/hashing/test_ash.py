"""ASH: its loss against plain NumPy and worked numbers, its four networks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from medhash_gui.errors import SettingsError
from medhash_gui.hashing.ash import METHOD, ASHLoss, SpatialAttention
from medhash_gui.hashing.method import HashOutput, Sizes, Targets

# Worked example of the project's method notes: three items of four bits.
U = np.array([[0.9, -0.8, 0.7, -0.6], [0.8, -0.9, -0.5, -0.7], [-0.6, 0.7, 0.9, 0.4]])
Y = np.array([[1, 0, 1], [1, 0, 0], [0, 1, 0]], dtype=float)
SIZES = Sizes(bits=4, classes=3, images=3)


def terms_of(loss, codes=U, labels=Y, class_logits=None):
    codes = torch.tensor(codes)
    features = torch.zeros(len(codes), 1, 1, 1)
    output = HashOutput(codes, features, class_logits)
    targets = Targets(torch.tensor(labels), torch.arange(len(codes)), 0.0)
    return {name: term.item() for name, term in loss(output, targets).items()}


def numpy_loss(codes, labels, *, margin, average_bits, quantisation):
    """The paper's formula, pair by pair, with its own y = 1 for dissimilar pairs."""
    reduce = np.mean if average_bits else np.sum
    pairs = [(i, j) for i in range(len(codes)) for j in range(i + 1, len(codes))]
    similar = dissimilar = 0.0
    for i, j in pairs:
        y = 0 if (labels[i] * labels[j]).sum() >= 1 else 1
        d = reduce((codes[i] - codes[j]) ** 2)
        similar += 0.5 * (1 - y) * d
        dissimilar += 0.5 * y * max(margin - d, 0)
    rounding = np.mean([reduce(np.abs(np.abs(code) - 1)) for code in codes])
    return {
        "similar": similar / len(pairs),
        "dissimilar": dissimilar / len(pairs),
        "quantisation": 2 * quantisation * rounding,
    }


def test_published_form_gives_the_worked_numbers():
    published = ASHLoss(SIZES, margin=0.5 * 4, average_bits=True)
    pair, apart = Y[:2], np.array([[1.0, 0, 0], [0, 1, 0]])

    together = terms_of(published, U[:2], pair)
    separate = terms_of(published, U[:2], apart)

    assert together["similar"] == pytest.approx(0.18375)
    assert together["dissimilar"] == 0
    assert separate["dissimilar"] == pytest.approx(0.81625)


def test_corrected_margin_gives_the_worked_numbers():
    terms = terms_of(ASHLoss(SIZES))

    assert terms["similar"] == pytest.approx(0.735 / 3)
    assert terms["dissimilar"] == pytest.approx((1.23 + 0.155) / 3)
    assert terms["similar"] + terms["dissimilar"] == pytest.approx(0.7066667, abs=1e-7)
    assert terms["quantisation"] == pytest.approx(2 * 0.01 * (1.0 + 1.1 + 1.4) / 3)


@pytest.mark.parametrize("average_bits", [True, False])
def test_loss_equals_the_numpy_formula(average_bits):
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(9, 12))
    labels = (rng.random((9, 4)) < 0.4).astype(float)
    settings = {"margin": 7.5, "average_bits": average_bits, "quantisation": 0.2}

    found = terms_of(ASHLoss(Sizes(12, 4, 9), **settings), codes, labels)

    assert found == pytest.approx(numpy_loss(codes, labels, **settings))


def test_margin_is_met_when_half_of_the_bits_differ():
    half = np.array([[1.0, 1, 1, 1], [1, 1, -1, -1]])
    apart = np.array([[1.0, 0], [0, 1]])

    terms = terms_of(ASHLoss(SIZES), half, apart)

    assert terms == {"similar": 0, "dissimilar": 0, "quantisation": 0}


def test_published_margin_cannot_be_met_by_binary_codes():
    opposite = np.ones((2, 48)) * [[1], [-1]]
    published = ASHLoss(Sizes(48, 2, 2), margin=0.5 * 48, average_bits=True)

    terms = terms_of(published, opposite, np.eye(2))

    assert terms["dissimilar"] > 0


def test_classification_term_is_binary_cross_entropy():
    logits = torch.tensor([[2.0, -1, 0], [0, 0, 3], [-2, 1, 1]], dtype=torch.double)

    terms = terms_of(ASHLoss(SIZES, classification=3), class_logits=logits)

    p = 1 / (1 + np.exp(-logits.numpy()))
    entropy = -(Y * np.log(p) + (1 - Y) * np.log(1 - p)).mean()
    assert terms["classification"] == pytest.approx(3 * entropy)


def test_attention_equals_the_formula():
    torch.manual_seed(0)
    attend = SpatialAttention(neutral=False)
    x = torch.randn(2, 5, 6, 7)

    weighted, attention = attend(x)

    kernel = attend.conv.weight.detach().numpy()[0]  # mean first, then maximum
    padded = np.pad(
        np.stack([x.numpy().mean(axis=1), x.numpy().max(axis=1)], axis=1),
        ((0, 0), (0, 0), (1, 1), (1, 1)),
    )
    expected = np.zeros((2, 6, 7))
    for row in range(6):
        for column in range(7):
            window = padded[:, :, row : row + 3, column : column + 3]
            expected[:, row, column] = (window * kernel).sum(axis=(1, 2, 3))
    expected = 1 / (1 + np.exp(-expected))
    np.testing.assert_allclose(attention[:, 0].detach(), expected, atol=1e-6)
    torch.testing.assert_close(weighted, x * attention)


def test_neutral_attention_changes_nothing_at_first():
    x = torch.randn(2, 5, 6, 6)

    weighted, attention = SpatialAttention(neutral=True)(x)

    torch.testing.assert_close(weighted, x)
    torch.testing.assert_close(attention, torch.full((2, 1, 6, 6), 0.5))


@pytest.mark.parametrize(
    ("variant", "features", "attention"),
    [
        ("pretrained", (1280, 2, 2), (2, 2)),
        ("ashnet", (32, 4, 4), (16, 16)),
        ("ash-resnet", (16, 32, 32), (32, 32)),
        ("ash-input", (1280, 2, 2), (64, 64)),
    ],
)
def test_each_variant_attends_where_the_paper_puts_it(variant, features, attention):
    options = METHOD.options({"variant": variant, "size": 64})
    network = METHOD.network(Sizes(12, 3, 4), options).eval()

    with torch.inference_mode():
        output = network(torch.randn(2, 3, 64, 64))

    assert output.logits.shape == (2, 12)
    assert output.features.shape == (2, *features)
    assert output.attention.shape == (2, 1, *attention)


def test_attention_stands_after_the_block_that_was_asked_for():
    options = METHOD.options({"stage": 13})
    network = METHOD.network(Sizes(12, 3, 4), options).eval()

    with torch.inference_mode():
        output = network(torch.randn(2, 3, 64, 64))

    assert output.attention.shape == (2, 1, 4, 4)


def test_paper_network_has_the_published_sizes():
    options = METHOD.options({"variant": "ashnet", "size": 512})
    with torch.device("meta"):
        network = METHOD.network(Sizes(48, 5, 4), options)

    assert network.fc[1].weight.shape == (4096, 32_768)
    assert network.fc[3].weight.shape == (48, 4096)


def test_an_unknown_variant_is_refused():
    options = METHOD.options({"variant": "ash-vgg"})

    with pytest.raises(SettingsError, match="no variant 'ash-vgg'"):
        METHOD.network(SIZES, options)


def test_attention_after_a_block_that_is_not_there_is_refused():
    options = METHOD.options({"backbone": "small", "stage": 18})

    with pytest.raises(SettingsError, match="small has no block 18"):
        METHOD.network(SIZES, options)


def test_frozen_blocks_are_in_no_group():
    options = METHOD.options({"frozen_blocks": 12})
    network = METHOD.network(SIZES, options)

    groups = METHOD.stages[0].parameters(network, options)

    open_ids = {id(p) for group in groups.values() for p in group}
    frozen = list(network.trunk[:12].parameters())
    assert all(id(p) not in open_ids for p in frozen)
    assert len(open_ids) + len(frozen) == len(list(network.parameters()))
