"""What a network gives for a set of pictures: logits and features, to be judged.

``run_network`` asks torch, in training; ``run_graph`` asks the exported graph about the
files, as a reader does. How well it finds is for ``retrieval`` to say, which needs no
torch; its names are here, too, for callers that have torch anyway.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from medhash_gui import datasets
from medhash_gui.datasets import LabelledImages
from medhash_gui.engine import Engine
from medhash_gui.preprocess import Preprocess
from medhash_gui.retrieval import Coded as Coded
from medhash_gui.retrieval import EvaluationReport as EvaluationReport
from medhash_gui.retrieval import Measure as Measure
from medhash_gui.retrieval import evaluate as evaluate
from medhash_gui.retrieval import signs as signs
from medhash_gui.retrieval import unit_length as unit_length
from medhash_gui.tie_counts import Vectors as Vectors


def run_network(
    network: nn.Module,
    pictures: npt.NDArray[np.uint8],
    preprocess: Preprocess,
    *,
    device: str = "cpu",
    batch: int = 64,
) -> tuple[Vectors, Vectors]:
    """Return the logits (N, K) and the mean features (N, D) of cached pictures.

    Args:
        network: returns ``HashOutput``; its mode is put back afterwards.
        pictures: (N, 3, S, S) uint8, as ``datasets.pixels`` gives them.
        preprocess: whose mean and standard deviation are applied.
        device: torch's name.
        batch: pictures at a time.
    """
    training = network.training
    network.eval()
    mean = torch.tensor(preprocess.mean, device=device)[:, None, None]
    std = torch.tensor(preprocess.std, device=device)[:, None, None]
    logits, features = [], []
    with torch.inference_mode():
        for start in range(0, len(pictures), batch):
            part = torch.from_numpy(pictures[start : start + batch]).to(device)
            x = ((part.float() / 255 - mean) / std).contiguous(
                memory_format=torch.channels_last
            )
            output = network(x)
            logits.append(output.logits.float().cpu().numpy())
            features.append(output.features.float().mean(dim=(2, 3)).cpu().numpy())
    network.train(training)
    return np.concatenate(logits), np.concatenate(features)


def run_graph(
    engine: Engine, data: LabelledImages, preprocess: Preprocess, *, batch: int = 32
) -> tuple[Vectors, Vectors]:
    """Return the logits (N, K) and the mean features (N, D) as a reader gets them.

    The same steps as in use, from the file on: decode, preprocess, graph.

    Args:
        engine: an open graph.
        data: the pictures.
        preprocess: of the bundle.
        batch: pictures at a time.

    Raises:
        DatasetError: a picture cannot be read.
    """
    logits, features = [], []
    for start in range(0, len(data), batch):
        items = data.items[start : start + batch]
        inputs = np.stack([preprocess(datasets.decode(item)) for item in items])
        seen = engine.run(inputs, ["logits", "features"])
        logits.append(seen["logits"])
        features.append(seen["features"].mean(axis=(2, 3)))
    return np.concatenate(logits), np.concatenate(features)
