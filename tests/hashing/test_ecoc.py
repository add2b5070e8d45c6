"""Label splits: their halves, the loss in NumPy, and one linear layer in use."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from worked_example import Y, terms_of

from medhash_gui.errors import SettingsError
from medhash_gui.hashing.ecoc import METHOD, SplitLoss, SplitNetwork, splits_of
from medhash_gui.hashing.method import Sizes

SIDE = 48


def network(*, bits=12, share=0.25, dropout=0.0, seed=0, name="small", **changes):
    values = {"depths": "last", "frozen_blocks": 0, "share": share, "dropout": dropout}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return SplitNetwork(Sizes(bits, 3, 9), name, **{**values, **changes})


def pictures(count=8, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, 3, SIDE, SIDE, generator=generator)


@pytest.mark.parametrize("classes", [2, 3, 5, 8, 15])
@pytest.mark.parametrize("bits", [1, 16, 48])
def test_every_bit_halves_the_labels(classes, bits):
    splits = splits_of(classes, bits)

    assert splits.shape == (classes, bits)
    assert set(splits.unique().tolist()) <= {-1.0, 1.0}
    assert (splits.sum(dim=0).abs() == classes % 2).all()


def test_few_labels_use_each_split_alike():
    splits = splits_of(3, 64)

    same = {tuple((column * column[0]).tolist()) for column in splits.T}
    counts = [sum(tuple((c * c[0]).tolist()) == one for c in splits.T) for one in same]
    assert len(same) == 3
    assert max(counts) - min(counts) <= 1


def test_many_labels_have_a_split_of_their_own_for_each_bit():
    splits = splits_of(15, 64)

    apart = [abs(float(a @ b)) < 15 for a, b in itertools.combinations(splits.T, 2)]
    assert all(apart)


def test_splits_are_drawn_alike_on_every_machine():
    assert torch.equal(splits_of(5, 16), splits_of(5, 16))
    assert not torch.equal(splits_of(5, 16), splits_of(5, 16, seed=1))


def test_one_label_cannot_be_split():
    with pytest.raises(SettingsError, match="fewer than two"):
        splits_of(1, 8)


def test_loss_equals_the_numpy_formula():
    splits = splits_of(3, 4)
    z = np.random.default_rng(0).normal(size=(3, 4))
    t = np.sign(np.array(Y) @ splits.numpy())
    each = np.log(1 + np.exp(-t * z))[t != 0]

    terms = terms_of(SplitLoss(splits), z, np.array(Y))

    assert (t == 0).any()  # a picture on both sides of a split
    assert terms == pytest.approx({"splits": each.mean()})


def test_a_bit_with_labels_on_both_sides_learns_nothing_from_them():
    splits = torch.tensor([[1.0], [-1.0]])

    terms = terms_of(SplitLoss(splits), np.array([[3.0]]), np.array([[1.0, 1.0]]))

    assert terms == {"splits": 0.0}


def test_in_use_it_is_the_linear_layer_that_was_learned():
    net = network()
    net.norm.momentum = 1.0  # the running statistics are those of this batch
    x = pictures(16)
    with torch.no_grad():
        net.weight.mul_(50)
        learned = net.train()(x).logits

        used = net.eval()(x)

    pooled = used.features.mean(dim=(2, 3))
    layer = pooled @ net.head.weight.T + net.head.bias
    torch.testing.assert_close(used.logits, layer)
    # Variance of a batch: biased where it standardises, unbiased where it is kept.
    torch.testing.assert_close(used.logits, learned, atol=0.2, rtol=0.05)


def test_a_bit_sees_its_share_of_the_features_only():
    net = network(share=0.25).eval()

    assert ((net.head.weight != 0).sum(dim=1) == 16).all()
    assert not torch.equal(net.seen[0], net.seen[1])


def test_features_are_dropped_in_training_only():
    net = network(dropout=0.5)
    x = pictures()

    with torch.no_grad():
        first, second = net.train()(x).logits, net.train()(x).logits
        used, again = net.eval()(x).logits, net.eval()(x).logits

    assert not torch.equal(first, second)
    assert torch.equal(used, again)


def test_the_folded_layer_does_not_learn():
    net = network()
    groups = METHOD.stages[0].parameters(net, METHOD.options({"backbone": "small"}))

    learning = {id(p) for group in groups.values() for p in group}
    assert not learning & {id(net.head.weight), id(net.head.bias)}


@pytest.mark.parametrize(("share", "dropout"), [(0, 0), (1.5, 0), (1, 1), (1, -0.1)])
def test_impossible_shares_are_refused(share, dropout):
    with pytest.raises(SettingsError, match="not possible"):
        network(share=share, dropout=dropout)


@pytest.mark.parametrize(
    ("name", "frozen", "depths"),
    [
        ("mobilenet_v2", 7, (6, 10, 13, 16, 17, 18)),
        ("mobilenet_v2", 14, (13, 16, 17, 18)),
        ("resnet18", 5, (4, 5, 6, 7)),
        ("small", 0, (1, 3, 7)),
    ],
)
def test_depths_are_the_last_maps_of_each_width_that_are_open(name, frozen, depths):
    net = network(name=name, depths="several", frozen_blocks=frozen)

    assert net.trunk.depths == depths
    assert net.plain_blocks == depths[0] + 1


@pytest.mark.parametrize("side", [48, 50])
def test_deep_features_are_the_means_of_each_map(side):
    net = network(depths="several").eval()
    x = pictures()[..., :side, :side] if side < SIDE else torch.randn(2, 3, side, side)

    features = net(x).features

    maps = []
    for number, block in enumerate(net.trunk):
        x = block(x)
        if number in net.trunk.depths:
            maps.append(x)
    assert features.shape[1] == 16 + 32 + 64
    assert features.shape[2:] == maps[-1].shape[2:]
    means = torch.cat([one.mean(dim=(2, 3)) for one in maps], dim=1)
    # Where the sides are no multiples of each other, cells at the edge weigh otherwise.
    close = 1e-5 if side == SIDE else 0.2
    torch.testing.assert_close(features.mean(dim=(2, 3)), means, atol=close, rtol=close)


def test_other_depths_are_refused():
    with pytest.raises(SettingsError, match="no depths 'all'"):
        network(depths="all")


def test_ordered_splits_separate_lower_from_higher_labels() -> None:
    splits = splits_of(5, 16, kind="ordered")

    turned = splits * -splits[0]  # the lowest label on the - side
    assert set(turned.sum(dim=0).tolist()) == {-3.0, -1.0, 1.0, 3.0}
    assert (turned.diff(dim=0) >= 0).all()
    counts = torch.unique(turned.sum(dim=0), return_counts=True)[1]
    assert counts.tolist() == [4, 4, 4, 4]


def test_splits_of_another_kind_are_named() -> None:
    with pytest.raises(SettingsError, match="no splits 'thirds'"):
        splits_of(5, 16, kind="thirds")
