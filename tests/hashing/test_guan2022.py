"""Look, look closer, join: the crop, its controls, the loss, the three stages."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from worked_example import cross_entropy, random_batch, sigmoid, terms_of

from medhash_gui import saliency
from medhash_gui.errors import SettingsError
from medhash_gui.hashing import regions
from medhash_gui.hashing.guan2022 import METHOD, Guan2022Loss
from medhash_gui.hashing.method import Sizes

SIZES = Sizes(bits=8, classes=3, images=6)


def network(**changed):
    torch.manual_seed(0)
    options = METHOD.options({"backbone": "small", "hidden": 16, **changed})
    return METHOD.network(SIZES, options).eval()


def pictures(count=3, size=128):
    return torch.randn(count, 3, size, size, generator=torch.Generator().manual_seed(1))


def look(net, x):
    """Return global features, the map and the box of pictures."""
    with torch.no_grad():
        features = net.trunk(net._small(x))
        classes = net.global_classifier(features.mean(dim=(2, 3)))
        return features, *net.box(x, features, classes)


@pytest.mark.parametrize("form", ["bits", "picture"])
@pytest.mark.parametrize("relaxation", ["tanh", "sigmoid"])
def test_loss_equals_the_numpy_formula(relaxation, form):
    z, labels = random_batch()
    class_logits = np.random.default_rng(3).normal(size=labels.shape)
    if relaxation == "tanh":
        h = np.tanh(z)
        rounding = ((np.abs(h) - 1) ** 2).mean()
    else:
        h = sigmoid(z) - 0.5
        rounding = 0.25 - (h**2).mean()
    uneven = (h.mean(axis=0 if form == "bits" else 1) ** 2).mean()
    loss = Guan2022Loss(
        relaxation=relaxation, quantisation=0.2, balance=0.3, balance_form=form
    )

    terms = terms_of(loss, z, labels, class_logits=class_logits)

    assert terms == pytest.approx(
        {
            "classification": cross_entropy(sigmoid(class_logits), labels).mean(),
            "quantisation": 0.2 * rounding,
            "balance": 0.3 * uneven,
        }
    )


def test_box_is_around_the_largest_part_of_the_map():
    net = network()
    _, heat, box = look(net, pictures())

    for n in range(3):
        x, y, width, height = saliency.region_box(heat[n, 0].numpy())
        left, top, right, bottom = (8 * box[n]).tolist()  # the map has 8 x 8 cells
        if width >= 2 and height >= 2:
            assert (left, top) == pytest.approx((x, y), abs=1e-4)
            assert (right, bottom) == pytest.approx((x + width, y + height), abs=1e-4)
        assert min(right - left, bottom - top) >= 2 - 1e-4


def test_map_is_the_largest_feature_or_that_of_the_most_probable_class():
    features, heat, _ = look(network(saliency="max"), pictures())
    expected = regions.stretched(features.abs().amax(dim=1))[:, None]
    torch.testing.assert_close(heat, expected)

    net = network()
    features, heat, _ = look(net, pictures())
    chosen = net.global_classifier(features.mean(dim=(2, 3))).argmax(dim=1)
    expected = regions.class_map(features, net.global_classifier.weight, chosen)
    torch.testing.assert_close(heat, regions.stretched(expected)[:, None])


def test_threshold_may_be_a_number():
    _, heat, box = look(network(threshold=0.7), pictures())

    expected = regions.boxes(regions.largest_part((heat[:, 0] > 0.7) * 1.0), least=0.25)
    torch.testing.assert_close(box, expected)


def test_a_skipped_class_never_chooses_the_map():
    net = network(skip_class=0)
    with torch.no_grad():
        net.global_classifier.bias[0] = 100
    features, heat, _ = look(net, pictures())

    classes = net.global_classifier(features.mean(dim=(2, 3)))
    chosen = 1 + classes[:, 1:].argmax(dim=1)
    expected = regions.class_map(features, net.global_classifier.weight, chosen)
    torch.testing.assert_close(heat, regions.stretched(expected)[:, None])


def test_large_pictures_are_seen_small_and_cropped_large():
    net = network(global_size=64)
    x = pictures()

    with torch.inference_mode():
        local = net.second(x)
    _, _, box = look(net, x)

    small = torch.nn.functional.avg_pool2d(x, 2)
    torch.testing.assert_close(net._small(x), small, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(local, regions.crop(x, box, 64))
    assert local.shape == (3, 3, 64, 64)


@pytest.mark.parametrize("region", ["centre", "elsewhere"])
def test_control_regions_have_the_same_area(region):
    x = pictures()
    _, _, box = look(network(), x)
    _, _, control = look(network(region=region), x)

    def size(b):
        return b[:, 2:] - b[:, :2]

    torch.testing.assert_close(size(control), size(box))
    assert not torch.allclose(control, box)


def test_whole_region_is_the_picture_again():
    net = network(region="whole")
    x = pictures()

    with torch.inference_mode():
        local = net.second(x)

    torch.testing.assert_close(local, x, atol=1e-5, rtol=1e-5)


def test_without_a_region_the_local_network_has_no_say():
    net = network(region="none").eval()
    x = pictures()

    with torch.inference_mode():
        before = net(x).logits
        for parameter in net.local_trunk.parameters():
            parameter.mul_(2)
        after = net(x).logits

    torch.testing.assert_close(after, before)


def test_features_of_both_are_joined_and_the_code_is_all_the_classifier_sees():
    net = network()
    with torch.inference_mode():
        output = net(pictures())
        joined = output.features.mean(dim=(2, 3))
        expected = net.fusion(joined)

        torch.testing.assert_close(output.logits, expected)
        torch.testing.assert_close(
            output.class_logits, net.classifier(output.logits.tanh())
        )
    assert joined.shape == (3, 128)


def test_each_stage_opens_one_part_and_freezes_the_rest():
    net = network()
    names = {id(p): name.split(".")[0] for name, p in net.named_parameters()}
    found = []
    for stage in METHOD.stages:
        options = METHOD.options({"backbone": "small"})
        groups = stage.parameters(net, options)
        found.append({names[id(p)] for group in groups.values() for p in group})

    assert found == [
        {"trunk", "global_classifier"},
        {"local_trunk", "local_classifier"},
        {"fusion", "classifier"},
    ]


def test_fusion_may_open_both_trunks():
    net = network()
    options = METHOD.options({"backbone": "small", "open_trunks": True})

    groups = METHOD.stages[-1].parameters(net, options)

    trunks = [*net.trunk.parameters(), *net.local_trunk.parameters()]
    assert {id(p) for p in groups["pretrained"]} == {id(p) for p in trunks}


def test_local_network_starts_as_a_copy():
    net = network()
    METHOD.stages[1].begin(net)
    x = pictures()

    with torch.inference_mode():
        torch.testing.assert_close(net.local_trunk(x), net.trunk(x))
    torch.testing.assert_close(
        net.local_classifier.weight, net.global_classifier.weight
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("saliency", "lime"),
        ("region", "left"),
        ("relaxation", "sign"),
        ("balance_form", "both"),
    ],
)
def test_unknown_choices_are_refused(option, value):
    with pytest.raises(SettingsError, match=f"no {option} '{value}'"):
        network(**{option: value})


def test_the_box_of_the_crop_is_told_as_a_mask_over_the_picture():
    net, x = network(), pictures()
    _, _, box = look(net, x)

    with torch.no_grad():
        output = net(x)
        beforehand = net(net._small(x), net.second(x))

    side = output.local.shape[-1]
    assert output.local.shape == (3, 1, side, side)
    for mask, (left, top, right, bottom) in zip(
        output.local, box.tolist(), strict=True
    ):
        rows, columns = torch.nonzero(mask[0], as_tuple=True)
        seen = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        shares = [int(edge) / side for edge in seen]
        assert shares == pytest.approx([left, top, right, bottom], abs=1 / side)
        assert mask.sum() == len(set(rows.tolist())) * len(set(columns.tolist()))
    assert beforehand.local is None


def test_a_local_network_without_a_say_was_shown_nothing():
    net = network(region="none")

    with torch.no_grad():
        assert net(pictures()).local is None
