"""Two branches, a mask between them: formulas, the ablation, the start of stage two."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from worked_example import (
    BITS_OF_RANDOM,
    cross_entropy,
    pairs_of,
    random_batch,
    sigmoid,
    softplus,
    weights_of,
)

from medhash_gui.errors import SettingsError
from medhash_gui.hashing.attention_blocks import CellAttention
from medhash_gui.hashing.method import HashOutput, Sizes, Targets
from medhash_gui.hashing.zhu2022 import METHOD, Zhu2022Loss

SIZES = Sizes(bits=9, classes=3, images=6)


def network(**changed):
    torch.manual_seed(0)
    options = METHOD.options({"backbone": "small", **changed})
    return METHOD.network(SIZES, options).eval()


def pictures(count=3, size=64):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("progress", [0.0, 0.3, 0.65, 1])
def test_loss_equals_the_numpy_formula(progress):
    z, labels = random_batch()
    rng = np.random.default_rng(2)
    whole, part = rng.normal(size=(2, *labels.shape))
    beta = np.sqrt(1 + 50 * max(0, (progress - 0.3) / 0.7))
    u = np.tanh(beta * z)
    total = weight = 0.0
    for (i, j, s), w in zip(pairs_of(labels), weights_of(labels), strict=True):
        t = 10 / BITS_OF_RANDOM * (u[i] @ u[j])
        total += w * (softplus(t) - s * t)
        weight += w
    entropies = [cross_entropy(sigmoid(g), labels).mean() for g in (whole, part)]

    output = HashOutput(
        torch.tensor(z),
        torch.zeros(9, 1, 1, 1),
        branch_logits=(torch.tensor(whole), torch.tensor(part)),
    )
    targets = Targets(torch.tensor(labels), torch.arange(9), progress)
    loss = Zhu2022Loss(Sizes(BITS_OF_RANDOM, 4, 9), classification=0.4)
    terms = {name: term.item() for name, term in loss(output, targets).items()}

    assert terms == pytest.approx(
        {"pairs": total / weight, "classification": 0.4 * np.mean(entropies)}
    )


def test_mask_is_grad_cam_above_otsu():
    net = network()
    x = pictures()
    features = net.trunk(x)
    features.retain_grad()
    logits = net.whole.classifier(features.mean(dim=(2, 3)))
    logits.max(dim=1).values.sum().backward()
    weight = features.grad.mean(dim=(2, 3), keepdim=True)
    expected = (weight * features).sum(dim=1).relu().detach().numpy()

    heat, mask = net.look(features.detach(), logits.detach(), 64)

    for n in range(3):
        stretched = expected[n] - expected[n].min()
        stretched /= stretched.max()
        np.testing.assert_allclose(heat[n, 0], stretched, atol=1e-4)
        large = cv2.resize(stretched, (64, 64), interpolation=cv2.INTER_LINEAR)
        grey = np.rint(large * 255).astype(np.uint8)
        _, above = cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        # Rounding may put single pixels of the edge on the other side.
        assert (above != mask[n, 0].numpy()).mean() < 0.01


def test_second_branch_sees_what_the_mask_leaves():
    net = network()
    x = pictures()

    with torch.inference_mode():
        output = net(x)
        features, classes, logits = net.whole(net.trunk, x)
        _, mask = net.look(features, classes, 64)
        _, _, local = net.part(net.local_trunk, x * mask)

    assert 0 < mask.mean() < 1
    torch.testing.assert_close(output.logits, torch.cat([logits, local], dim=1))
    assert local.shape[1] == 4  # of nine bits


def test_where_the_map_is_constant_the_whole_picture_is_seen():
    net = network()
    torch.nn.init.zeros_(net.whole.classifier.weight)

    with torch.inference_mode():
        output = net(pictures())
        _, mask = net.look(output.features[:, :64], output.class_logits, 64)

    assert mask.min() == 1


def test_a_skipped_class_never_chooses_the_map():
    net, skipping = network(), network(skip_class=1)
    features = torch.rand(2, 64, 4, 4)
    classes = torch.tensor([[0.0, 5, 1], [3, 5, 0]])
    second = torch.tensor([[0.0, 0, 1], [3, 0, 0]])

    with torch.inference_mode():
        found, _ = skipping.look(features, classes, 64)
        expected, _ = net.look(features, second, 64)
        other, _ = net.look(features, classes, 64)

    torch.testing.assert_close(found, expected)
    assert not torch.allclose(found, other)


@pytest.mark.parametrize("attention", ["none", "se", "cbam"])
def test_without_the_mask_both_branches_see_the_picture(attention):
    net = network(attention=attention)
    x = pictures()

    with torch.inference_mode():
        output = net(x)
        _, _, local = net.part(net.local_trunk, x)

    assert output.attention is None
    torch.testing.assert_close(output.logits[:, 5:], local)
    attends = list(net.whole.attend.parameters())
    assert bool(attends) == (attention != "none")


def test_squeeze_and_excitation_equals_the_formula():
    block = network(attention="se").whole.attend
    x = torch.rand(2, 64, 3, 3)
    first, _, second = block.layers
    with torch.inference_mode():
        found = block(x)
        hidden = (x.mean(dim=(2, 3)) @ first.weight.T + first.bias).relu()
        scale = torch.sigmoid(hidden @ second.weight.T + second.bias)

    assert first.weight.shape == (4, 64)
    torch.testing.assert_close(found, x * scale[:, :, None, None])


def test_cbam_asks_for_channels_and_then_for_cells():
    channels, cells = network(attention="cbam").whole.attend
    x = torch.rand(2, 64, 5, 5)
    with torch.inference_mode():
        both = channels.layers(x.mean(dim=(2, 3))) + channels.layers(x.amax(dim=(2, 3)))
        weighted = x * torch.sigmoid(both)[:, :, None, None]
        torch.testing.assert_close(channels(x), weighted)
        summary = torch.stack([weighted.mean(dim=1), weighted.amax(dim=1)], dim=1)
        expected = weighted * torch.sigmoid(cells.conv(summary))
        torch.testing.assert_close(cells(weighted), expected)

    assert isinstance(cells, CellAttention)
    assert cells.conv.weight.shape == (1, 2, 7, 7)


def test_stage_two_starts_with_two_branches_alike_but_for_their_bits():
    net = network(attention="se")
    METHOD.stages[1].begin(net)
    x = pictures()

    with torch.inference_mode():
        features, classes, _ = net.whole(net.trunk, x)
        same_features, same_classes, _ = net.part(net.local_trunk, x)

    torch.testing.assert_close(same_features, features)
    torch.testing.assert_close(same_classes, classes)
    assert net.part.hash.weight.shape[0] == 4


def test_classifier_stage_does_not_look_twice():
    net = network()
    net.local_trunk = None  # would fail if it were asked

    output = net.classify(pictures())

    assert output.logits.abs().max() == 0
    assert output.branch_logits[0].shape == (3, 3)


def test_an_unknown_attention_is_refused():
    with pytest.raises(SettingsError, match="no attention 'eca'"):
        network(attention="eca")


def test_the_mask_of_the_second_branch_is_told():
    net, x = network(), pictures()

    with torch.no_grad():
        output = net(x)

    assert output.local is not None
    assert set(output.local.unique().tolist()) <= {0.0, 1.0}
    torch.testing.assert_close(net.second(x), x * output.local)
    with torch.no_grad():
        assert network(attention="cbam")(x).local is None
