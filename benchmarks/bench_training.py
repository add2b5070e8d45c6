"""What the training engine costs: images a second of an epoch over a bare loop's.

Both train the same network with the same loss, batch and precision on the same pictures
in memory. The bare loop does nothing but forward, loss, backward and step on pictures
that are normalised already; the engine draws its batches by label, changes and
normalises pictures, checks every term and counts. They take turns, so that the
machine's mood meets both. The ratio of the best rounds is what counts (aim: 0.9): other
programs can only slow a round down; that of the medians is printed beside it.

    python benchmarks/bench_training.py [--backbone mobilenet_v2] [--size 224]
        [--batch 48] [--batches 4] [--rounds 3] [--method dpsh] [--augment film]
        [--threads N] [--precision float32]
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import torch

from medhash_gui.datasets import Source
from medhash_gui.hashing import METHODS
from medhash_gui.hashing.method import Sizes, Targets
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import precision as training_precision
from medhash_gui.training import training
from medhash_gui.training.network import build_network, float32, learning_of
from medhash_gui.training.state import Chance
from medhash_gui.training.training import EpochReport, TrainingConfig
from medhash_gui.transforms import KINDS, Augment


def draw(folder: Path, *, count: int, size: int) -> None:
    """Write pictures of noise in two class folders."""
    rng = np.random.default_rng(0)
    for number in range(count):
        place = folder / ("a", "b")[number % 2]
        place.mkdir(exist_ok=True)
        pixels = rng.integers(0, 255, size=(size, size), dtype=np.uint8)
        data = cv2.imencode(".png", pixels)[1].tobytes()
        (place / f"{number}.png").write_bytes(data)


def bare(config: TrainingConfig, batches: int) -> float:
    """Return images a second of a loop that does what it must."""
    method = METHODS[config.method]
    sizes = Sizes(config.bits, 2, batches * config.batch)
    network = build_network(method, sizes, config)
    chance = Chance.seeded(1, config.device)
    learning = learning_of(
        method.stages[0], 0, network, sizes, config, epochs=1, chance=chance
    )
    generator = torch.Generator().manual_seed(0)
    side = config.preprocess.size
    count = batches * config.batch
    pictures = torch.randn(count, 3, side, side, generator=generator)
    pictures = pictures.to(config.device, memory_format=torch.channels_last)
    labels = torch.eye(2).repeat(count // 2 + 1, 1)[:count].to(config.device)
    network.train()
    started = time.perf_counter()
    for rows in torch.arange(count).split(config.batch):
        with training_precision.autocast(config.precision, config.device):
            output = network(pictures[rows[0] : rows[-1] + 1])
        targets = Targets(labels[rows], rows.to(config.device), 0.0)
        terms = learning.loss(float32(output), targets)
        learning.optimiser.zero_grad(set_to_none=True)
        torch.stack(list(terms.values())).sum().backward()
        learning.optimiser.step()
    if config.device != "cpu":
        torch.cuda.synchronize()
    return count / (time.perf_counter() - started)


def engine(config: TrainingConfig) -> float:
    """Return images a second of an epoch's training steps, validation left out."""
    rates = [
        event.images_per_second
        for event in training.follow(config)
        if isinstance(event, EpochReport)
    ]
    return rates[0]


def main() -> None:
    """Print both rates of each round and the their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--backbone", default="mobilenet_v2")
    parser.add_argument("--method", default="dpsh")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--batches", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--augment", choices=KINDS, default="film")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int)
    chosen = parser.parse_args()
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        # A tenth falls into the validation part, by the hash of the split.
        draw(
            folder, count=int(chosen.batches * chosen.batch * 1.2) + 8, size=chosen.size
        )
        config = TrainingConfig(
            sources=(Source("noise", folder),),
            method=chosen.method,
            options={"backbone": chosen.backbone, "frozen_blocks": 0},
            preprocess=Preprocess(size=chosen.size),
            augment=Augment.named(chosen.augment),
            precision=chosen.precision,
            epochs=1,
            batch=chosen.batch,
            validation=0.1,
            test=0.0,
            device=chosen.device,
        )
        bare(config, 1)  # the first passes choose their kernels
        rates: dict[str, list[float]] = {"bare": [], "engine": []}
        for number in range(chosen.rounds):
            rates["bare"].append(bare(config, chosen.batches))
            rates["engine"].append(engine(config))
            last = ", ".join(f"{k} {v[-1]:.1f} images/s" for k, v in rates.items())
            print(f"round {number + 1}: {last}", flush=True)
    for name, choose in (("best", max), ("median", statistics.median)):
        ratio = choose(rates["engine"]) / choose(rates["bare"])
        print(f"engine over bare loop, {name} rounds: {ratio:.3f}")


if __name__ == "__main__":
    main()
