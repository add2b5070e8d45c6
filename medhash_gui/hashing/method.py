"""What a published hashing method must provide, and what passes between its parts.

A method is one file: a network that turns pictures into a ``HashOutput``, one or more
training stages whose losses compare that output with ``Targets``, and a ``Method`` that
names them. Training, export and the contract tests know nothing else about a method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import torch
from torch import nn

from medhash_gui.errors import SettingsError

Options = Mapping[str, Any]
"""Options of a method by name; every value can be written as JSON."""

Terms = dict[str, torch.Tensor]
"""Named, already weighted terms of a loss, () float each; their sum is the loss."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """All that a network or a loss may ask about the task at construction.

    Attributes:
        bits: K, length of the code.
        classes: C, number of labels; 0 where none are known.
        images: number of training pictures, for methods that keep a bank of codes.
    """

    bits: int
    classes: int
    images: int


@dataclass(frozen=True, slots=True)
class HashOutput:
    """What every network returns.

    Attributes:
        logits: (B, K) float, any range; a bit is 1 where its logit is >= 0.
        features: (B, D, h, w) float, the last feature map.
        class_logits: (B, C) float, or None where the network has no classifier.
        attention: (B, 1, h', w') float in [0, 1], or None without attention.
        branch_logits: (B, C) float each, of the classifiers that single branches have
            for training; empty where there are none.
        local: (B, 1, h', w') float 0/1 over the picture, what a second branch was shown
            of it; None where there is none, or where it was made beforehand.
    """

    logits: torch.Tensor
    features: torch.Tensor
    class_logits: torch.Tensor | None = None
    attention: torch.Tensor | None = None
    branch_logits: tuple[torch.Tensor, ...] = ()
    local: torch.Tensor | None = None


@dataclass(frozen=True, slots=True)
class Targets:
    """What every loss receives beside the output.

    Attributes:
        labels: (B, C) float, multi-hot 0/1.
        index: (B,) int64, position of each picture in the training set.
        progress: share of the training that is done, in [0, 1], for continuation.
    """

    labels: torch.Tensor
    index: torch.Tensor
    progress: float


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of training: which loss, and which parts learn how fast.

    Attributes:
        name: shown in reports.
        loss: makes the loss, a module called with (HashOutput, Targets) that returns
            ``Terms``; its own parameters, if any, are trained too.
        parameters: from the network and the options, the groups of parameters that
            learn in this stage, by name: "pretrained" (the small rate), "new" (the
            large one) or "fast" (a multiple of it, for a handful of numbers that have
            far to go). What is in no group is frozen.
        share: part of the run's epochs that this stage takes, in (0, 1].
        codes: whether this stage trains codes; one that does not (a classifier that
            later stages build on) has no epoch that a run could end with.
        part: name of the network's method that this stage trains through, a function of
            pictures that returns ``HashOutput``; None: the whole forward pass.
        begin: called with the network when the stage begins, for parts that start as
            copies of others.
        second: whether this stage sees a second picture, cut or masked by the network
            itself. Such a network makes it (``second``, from pictures), names the
            parameters that decide how (``looking``), and takes what its frozen blocks
            made of it as a second argument of the forward pass.
    """

    name: str
    loss: Callable[[Sizes, Options], nn.Module]
    parameters: Callable[[nn.Module, Options], dict[str, list[nn.Parameter]]]
    share: float = 1.0
    codes: bool = True
    part: str | None = None
    begin: Callable[[nn.Module], None] | None = None
    second: bool = False


@dataclass(frozen=True, slots=True)
class Method:
    """A published method as training, export and the tests see it.

    Attributes:
        name: key in ``METHODS`` and in model cards, lower case.
        title: for people.
        paper: full citation.
        network: makes the network, a module that maps pictures (B, 3, H, W) to
            ``HashOutput`` and holds a pretrained trunk, if any, as ``trunk``.
        stages: in order.
        defaults: every option with its default; nothing else is accepted.
        explains: the map that shows best where this method looked.
    """

    name: str
    title: str
    paper: str
    network: Callable[[Sizes, Options], nn.Module]
    stages: tuple[Stage, ...]
    explains: Literal["attention", "grad-cam"]
    defaults: Options = field(default_factory=dict)

    def options(self, changed: Options) -> dict[str, Any]:
        """Return all options of this method, the defaults overridden by ``changed``.

        Raises:
            SettingsError: ``changed`` names an option that the method does not have.
        """
        unknown = sorted(set(changed) - set(self.defaults))
        if unknown:
            message = f"The method {self.name} has no option {', '.join(unknown)}."
            hint = f"Its options are: {', '.join(sorted(self.defaults)) or 'none'}."
            raise SettingsError(message, hint=hint)
        return {**self.defaults, **changed}
