"""The command ``pretrain``: learn a trunk from a folder of pictures without labels.

Ctrl-C stops the run; the checkpoint of the last whole epoch stays, and ``--resume``
goes on from there. With ``--json`` every event is one line of standard output.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from medhash_gui.command.output import Output
from medhash_gui.errors import DeviceError

if TYPE_CHECKING:
    from medhash_gui.pretraining.config import Event, PretrainingConfig, Started
    from medhash_gui.pretraining.pretraining import PretrainingRun

NONE, TORCHVISION = "none", "torchvision"
_LINE_EVERY_S = 5.0
_SKIPPED_SHOWN = 20


class Cancelled(Exception):  # noqa: N818 (no error: the user wished it)
    """The user stopped the run."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Pre-train as the arguments say.

    Args:
        arguments: of the command, as ``command.grammar`` names them.
        output: where the events go.

    Raises:
        MedHashError: see ``pretraining.pretrain``; or the device is not there.
        Cancelled: the user pressed Ctrl-C.
    """
    from medhash_gui.pretraining import pretraining
    from medhash_gui.pretraining.config import PretrainingConfig
    from medhash_gui.training import precision as training_precision

    config = PretrainingConfig(
        backbone=arguments.backbone,
        size=arguments.size,
        epochs=arguments.epochs,
        batch=arguments.batch,
        queue=arguments.queue,
        seed=arguments.seed,
        kind=arguments.kind,
        trim_border=arguments.trim_border,
        precision=arguments.precision,
        rate=arguments.rate,
        frozen=arguments.frozen,
        device=device_named(arguments.device),
    )
    training_precision.check(config.precision, config.device)
    named = arguments.weights
    events = pretraining.pretrain(
        arguments.folder,
        config,
        weights=None if named in (NONE, TORCHVISION) else Path(named),
        download=named == TORCHVISION,
        out=arguments.out,
        resume=arguments.resume,
        licence=arguments.licence,
    )
    try:
        done = _told(events, config, output)
    except KeyboardInterrupt:
        message = "Stopped; epochs that were finished are kept."
        hint = "The same command with --resume goes on from there."
        raise Cancelled(message, hint) from None
    output.say(f"The weights of the trunk are in {done.out}")
    output.finish(
        {
            "event": "finished",
            "out": str(done.out),
            "backbone": config.backbone,
            "pictures": done.pictures,
            "epochs": len(done.epochs),
            "loss": done.epochs[-1].loss,
            "licence": done.start.licence,
        }
    )


def device_named(name: str) -> str:
    """Return torch's name of a device that was asked for.

    Args:
        name: "auto", "cpu", "cuda" or "mps".

    Raises:
        DeviceError: it is not there.
    """
    import torch

    there = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return next(device for device, is_there in there.items() if is_there)
    if not there[name]:
        message = f"The device {name} is not there, or this PyTorch cannot use it."
        raise DeviceError(message, hint="Give --device auto.")
    return name


def _told(
    events: Iterator[Event], config: PretrainingConfig, output: Output
) -> PretrainingRun:
    """Tell every event; return what the generator returned."""
    from medhash_gui.pretraining import config as pretraining_config
    from medhash_gui.pretraining.config import (
        PretrainingEpoch,
        Progress,
        Skipped,
        Warned,
    )

    last: Progress | None = None
    next_line = 0.0
    skipped = 0
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            done: PretrainingRun = end.value
            return done
        if isinstance(event, Progress):
            # It comes several times a second, also when nothing has moved.
            if event == last or time.monotonic() < next_line:
                continue
            last, next_line = event, time.monotonic() + _LINE_EVERY_S
        output.finish(pretraining_config.as_json(event))
        if output.as_json:
            continue
        match event:
            case Progress(step="reading"):
                output.note(f"reading: {event.done} of {event.total} files")
            case Progress():
                output.note(
                    f"epoch {event.epoch} of {config.epochs}: "
                    f"{event.done} of {event.total} batches"
                )
            case pretraining_config.Started():
                output.say(_start(event))
            case Warned():
                output.note(f"{event.message} {event.hint}".rstrip())
            case Skipped():
                skipped += 1
                if skipped <= _SKIPPED_SHOWN:
                    output.note(f"left out: {event.path}: {event.why}")
            case PretrainingEpoch():
                output.say(
                    f"epoch {event.epoch:3} of {event.epochs}  loss {event.loss:6.3f}  "
                    f"spread {event.spread:.2f}  own view found {event.found:4.0%}  "
                    f"{event.images_per_second:.1f} images/s"
                )


def _start(event: Started) -> str:
    text = (
        f"{event.pictures} pictures ({event.skipped} files left out, {event.copies} "
        f"copies), {event.backbone} on {event.device}, {event.epochs} epochs of "
        f"{event.steps} batches, {event.queue} keys in the queue"
    )
    return f"{text}; going on after epoch {event.resumed}" if event.resumed else text
