"""Runs commands of ``medhash`` inside the test, and makes folders for them to read."""

from __future__ import annotations

import contextlib
import io
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tiny_bundle import make_tiny_bundle, pictures

from medhash_gui import command_line, paths
from medhash_gui.command_line import WindowRequest


@dataclass
class Ran:
    """What a command left behind."""

    code: int
    out: str
    err: str
    windows: list[WindowRequest] = field(default_factory=list)

    @property
    def answer(self) -> Any:
        """The JSON object on the last line of standard output."""
        return json.loads(self.out.splitlines()[-1])


def medhash(
    *words: str | Path, window: Callable[[WindowRequest], int] | None = None
) -> Ran:
    """Run one command as the program would, without a process of its own."""
    windows: list[WindowRequest] = []

    def open_window(request: WindowRequest) -> int:
        windows.append(request)
        return window(request) if window else 0

    # Wrappers that refuse what UTF-8 cannot hold, as a real pipe does.
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", newline="") for _ in "oe")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = command_line.main([str(w) for w in words], open_window=open_window)
    texts = []
    for stream in (out, err):
        stream.flush()
        buffer = stream.buffer
        assert isinstance(buffer, io.BytesIO)
        texts.append(buffer.getvalue().decode("utf-8"))
    return Ran(code, *texts, windows)


def write_png(path: Path, pixels: np.ndarray) -> Path:
    """Write float32 pixels in [0, 1] as an 8-bit PNG."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _, data = cv2.imencode(".png", np.round(pixels * 255).astype(np.uint8))
    path.write_bytes(data.tobytes())
    return path


def write_study(folder: Path, *, each: int = 4, seed: int = 0) -> Path:
    """Write two class folders of pictures that the tiny model finds familiar."""
    drawn = pictures(2 * each, seed=seed + 50)
    for number, pixels in enumerate(drawn):
        label = "light" if number < each else "dark"
        write_png(folder / label / f"p{number:02d}.png", pixels)
    return folder


def noise(count: int) -> list[Any]:
    """Pictures of another kind than those of ``write_study``."""
    return list(np.random.default_rng(8).random((count, 48, 48)).astype(np.float32))


def install_tiny(
    *, bits: int = 16, seed: int = 0, known: list[Any] | None = None
) -> Any:
    """Put the tiny model among the user's models and return its card."""
    scratch = paths.user_models() / "scratch"
    card = make_tiny_bundle(scratch, bits=bits, seed=seed, known=known)
    target = paths.user_models() / card.name
    if target.exists():
        shutil.rmtree(target)
    scratch.rename(target)
    return card
