"""Runs ``index_folder`` with an encoder that needs no model."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from medhash_gui.codes import HashCodes
from medhash_gui.indexing import IndexProgress, IndexReport, index_folder
from medhash_gui.preprocess import Preprocess
from medhash_gui.store import CodeStore


@dataclass
class FakeEncoder:
    """Codes from a fixed random projection; counts what it encoded."""

    model_id: str = "fake-model"
    bits: int = 16
    device: str = "cpu"
    preprocess: Preprocess = field(default_factory=lambda: Preprocess(size=8))
    encoded: int = 0

    def encode(self, inputs: np.ndarray) -> HashCodes:
        self.encoded += len(inputs)
        flat = inputs.reshape(len(inputs), -1)
        projection = np.random.default_rng(3).normal(size=(flat.shape[1], self.bits))
        return HashCodes.from_logits((flat @ projection).astype(np.float32))


def draw(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (12, 12), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def finish(run: Generator[IndexProgress, None, IndexReport]) -> IndexReport:
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: IndexReport = end.value
            assert report.found == (
                report.added + report.unchanged + report.moved + len(report.skipped)
            )
            return report


def index(store: CodeStore, study: Path, encoder: FakeEncoder, **more: Any) -> Any:
    return finish(index_folder(store, study, encoder, workers=1, **more))


def visible_paths(store: CodeStore) -> list[str]:
    rows = np.flatnonzero(store.visible)
    return sorted(store.record(int(row)).path for row in rows)


def new_store(root: Path, study: Path, **more: Any) -> CodeStore:
    """Make an empty library for ``FakeEncoder``."""
    return CodeStore.create(
        root,
        indexed_root=study,
        model_id="fake-model",
        model_name="fake",
        bits=16,
        **more,
    )
