"""Terms that can be added to any method."""

from __future__ import annotations

import pytest
import torch
from torch import nn
from worked_example import SIZES, U, terms_of

from medhash_gui.hashing import extras, similarity
from medhash_gui.hashing.method import Method, Stage


class Constant(nn.Module):
    def forward(self, output, targets):
        return {"own": output.logits.sum() * 0 + 2}


METHOD = extras.with_extras(
    Method(
        name="constant",
        title="",
        paper="",
        network=lambda sizes, options: nn.Identity(),
        stages=(
            Stage("first", lambda s, o: Constant(), lambda n, o: {}, codes=False),
            Stage("hash", lambda s, o: Constant(), lambda n, o: {}),
        ),
        explains="grad-cam",
        defaults={"colour": 1},
    )
)


def test_extras_are_off_by_default():
    options = METHOD.options({})

    assert options == {"colour": 1, "bit_balance": 0.0, "sliced_wasserstein": 0.0}
    assert isinstance(METHOD.stages[-1].loss(SIZES, options), Constant)


def test_extras_are_weighted_terms_beside_the_methods_own():
    options = METHOD.options({"bit_balance": 3, "sliced_wasserstein": 0.5})

    terms = terms_of(METHOD.stages[-1].loss(SIZES, options), U)

    z = torch.tensor(U)
    balance = 3 * similarity.bit_balance(z.tanh()).item()
    distance = 0.5 * similarity.sliced_wasserstein(z).item()
    expected = {"own": 2, "bit_balance": balance, "sliced_wasserstein": distance}
    assert terms == pytest.approx(expected)


def test_a_stage_without_codes_is_left_alone():
    options = METHOD.options({"bit_balance": 3})

    assert isinstance(METHOD.stages[0].loss(SIZES, options), Constant)
