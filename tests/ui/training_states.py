"""What the wizard shows, without training: folders, runs and judgements as values."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image
from tiny_bundle import pictures as tiny_pictures

from medhash_gui import judgement
from medhash_gui.coded_parts import CodedParts
from medhash_gui.run_control import RunFacts
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.ui.training_tasks import Judged

EPOCH = {"epochs": 4, "seconds": 2.0, "rate": 1e-3, "images_per_second": 50.0}


def write(folder: Path, *, each: int = 12) -> Path:
    """Write two class folders of pictures, and return their folder."""
    for number, pixels in enumerate(tiny_pictures(2 * each)):
        label = "light" if number % 2 else "dark"
        file = folder / label / f"{number:02d}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((pixels * 255).astype(np.uint8)).save(file)
    return folder


def run_of(state, tmp_path, **changes):
    """Return a run of four epochs, two of them done."""
    plan = TrainingPlan(folder=tmp_path, batch=32, title="Films", weights=tmp_path)
    epochs = tuple(
        {**EPOCH, "epoch": n, "validation_map": n / 10, "terms": {"pairs": 1 / n}}
        for n in (1, 2)
    )
    values = {
        "folder": tmp_path / "run",
        "plan": plan,
        "state": state,
        "started": {"epochs": 4},
        "epochs": epochs,
        "references": {"chance": 0.1, "controls": {"features": 0.15}},
    }
    return RunFacts(**{**values, **changes})


def judged(tmp_path, *, right, pictures=()):
    """Return a run of eight test pictures whose codes tell their labels, or nothing.

    Args:
        tmp_path: folder of the run.
        right: whether the codes tell the labels.
        pictures: sixteen files; of training, then of the test.
    """
    rng = np.random.default_rng(0)
    parts = {}
    for name in ("train", "test"):
        labels = np.arange(8) % 2
        logits = rng.normal(0, 1, (8, 8)).astype(np.float32)
        if right:
            logits[:, :6] = np.where(labels, 2, -2)[:, None]
        files = [Path(f"/nowhere/{name}{n}.png") for n in range(8)]
        if pictures:
            files = list(pictures[8:] if name == "test" else pictures[:8])
        hot = np.eye(2, dtype=np.float32)[labels]
        parts[name] = (files, hot, [f"{name} {n}" for n in range(8)], logits)
    coded = CodedParts.of(("light", "dark"), parts)
    plan = TrainingPlan(folder=tmp_path, title="Films")
    facts = RunFacts(tmp_path, plan, "finished")
    return Judged(facts, coded, judgement.judge(coded))
