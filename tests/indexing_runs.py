"""Runs ``index_folder`` with an encoder that needs no model."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from medhash_gui.codes import HashCodes
from medhash_gui.decode_worker import FolderServer
from medhash_gui.decoding import DecodeResult, DecodeTask
from medhash_gui.identities import Identity
from medhash_gui.images import MAX_PIXELS, FrameChoice
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


class PoolHere:
    """Stands for ``DecodePool`` where no file is hostile: decodes in this process."""

    def __init__(
        self,
        root: Path,
        preprocess: Preprocess,
        *,
        frames: FrameChoice = FrameChoice(),  # noqa: B008 - frozen
        label_tag: str | None = None,
        **_: Any,
    ) -> None:
        self._server = FolderServer(
            root,
            preprocess,
            max_pixels=MAX_PIXELS,
            frames=frames,
            label_tag=label_tag,
        )

    def __enter__(self) -> PoolHere:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def map(self, tasks: Iterable[DecodeTask]) -> Iterator[DecodeResult | None]:
        for task in tasks:
            asked = {
                "path": task.file.path,
                "known": [digest.hex() for digest in task.known],
                "header_only": task.header_only,
            }
            for head, inputs in self._server.answers(asked):
                digest, failure = head.get("digest"), head.get("failure")
                yield DecodeResult(
                    task.file,
                    digest=bytes.fromhex(digest) if digest else None,
                    inputs=inputs,
                    frame=head.get("frame", 0),
                    failure=(failure[0], failure[1]) if failure else None,
                    frames=tuple(head.get("frames") or (0,)),
                    last=head["last"],
                    identity=Identity.from_json(head.get("identity") or {}),
                    details=tuple(head.get("details", ())),
                    tag_labels=tuple(head.get("tag_labels", ())),
                )
