"""The command ``train``: a folder of labelled pictures becomes a model.

Standard output has a line an epoch, or with ``--json`` every event as one JSON object a
line. Ctrl-C stops between two batches with a checkpoint, and ``--resume`` goes on.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from medhash_gui import (
    audit,
    data_parallel,
    labels,
    run_files,
    run_folder,
    training_estimate,
)
from medhash_gui.bundling import About
from medhash_gui.command import labels as command_labels
from medhash_gui.command.output import Output
from medhash_gui.datasets import Source
from medhash_gui.errors import BundleError, DatasetError, SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.labels import TableColumns
from medhash_gui.preprocess import Preprocess
from medhash_gui.training import checks as training_checks
from medhash_gui.training import precision as training_precision
from medhash_gui.training.training import Stopped, TrainingConfig
from medhash_gui.transforms import Augment

NONE, TORCHVISION = "none", "torchvision"
_LINE_EVERY_S = 5.0


class Cancelled(Exception):  # noqa: N818 (no error: the user wished it)
    """The user stopped the run."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Train a model, or go on with one.

    Raises:
        MedHashError: the run cannot begin or go on.
        Cancelled: the user pressed Ctrl-C; a run that had begun has a checkpoint.
    """
    with data_parallel.joined(device_of(arguments.device)) as (_, device):
        config = config_of(arguments, device=device)
        about = about_of(arguments, config)
        teller = _Teller(output)
        if arguments.estimate:
            for event in training_estimate.measure(config):
                teller.tell(event)
            return
        with stop_on_interrupt() as stop:
            out: Path = arguments.out
            steps = run_folder.run(
                out,
                config,
                about,
                resume=arguments.resume,
                stop=lambda: stop.is_set() or run_files.is_asked_to_stop(out),
            )
            try:
                for event in steps:
                    teller.tell(event)
            except Stopped as stopped:
                hint = "There is no checkpoint yet; start again."
                if stopped.checkpoint is not None:
                    hint = "The same command with --resume goes on from there."
                message = "Stopped."
                raise Cancelled(message, hint) from None


def about_of(arguments: argparse.Namespace, config: TrainingConfig) -> About:
    """Return what the options say of the model, with a name where they give none."""
    name = arguments.name or run_folder.name_of(config)
    return About(
        name=name,
        title=arguments.title or name,
        modality=arguments.modality,
        licence=arguments.licence,
    )


def config_of(arguments: argparse.Namespace, *, device: str) -> TrainingConfig:
    """Return the configuration that the options mean.

    Raises:
        BundleError: the starting weights are not there.
        DatasetError: the folder or the table is not there, or lacks a column.
        SettingsError: an option is not of the form that it should have.
    """
    if not arguments.folder.is_dir():
        what = "is a file" if arguments.folder.exists() else "is not there"
        message = f"The folder {arguments.folder} {what}."
        raise DatasetError(message, hint="Name the folder that holds the pictures.")
    augment = Augment.named(arguments.augment)
    if arguments.flip is not None:
        augment = dataclasses.replace(augment, flip_horizontal=arguments.flip)
    weights = arguments.weights
    precision = arguments.precision
    if precision == "auto":
        precision = training_precision.best(device)
    shares = {"validation": arguments.validation, "test": arguments.test}
    config = TrainingConfig(
        sources=(_source(arguments),),
        method=arguments.method,
        options=_options(arguments),
        bits=arguments.bits,
        preprocess=Preprocess(
            size=arguments.size, trim_border=arguments.augment == "fundus"
        ),
        augment=augment,
        weights=None if weights in (NONE, TORCHVISION) else Path(weights).absolute(),
        download=weights == TORCHVISION,
        pretraining=arguments.pretraining,
        frozen=arguments.frozen,
        views=arguments.views,
        precision=precision,
        epochs=arguments.epochs,
        batch=arguments.batch,
        rate_pretrained=arguments.rate_pretrained,
        rate_new=arguments.rate,
        split_by="image" if arguments.image_wise else "patient",
        seed=arguments.seed,
        device=device,
        **{name: share for name, share in shares.items() if share is not None},
    )
    if config.weights is not None and not config.weights.exists():
        message = f"The starting weights {weights} are not there."
        raise BundleError(message, hint="Name a safetensors file, or a model's folder.")
    training_checks.method_of(config)
    return config


def _source(arguments: argparse.Namespace) -> Source:
    folder: Path = arguments.folder.absolute()
    left_out = _lines(arguments.leave_out)
    if arguments.labels in (None, NONE):
        return Source(folder.name, folder, left_out=left_out)
    table = Path(arguments.labels).absolute()
    named = command_labels.named_columns(
        file=arguments.file_column,
        label=arguments.label_column,
        patient=arguments.patient_column,
    )
    if named != TableColumns():
        labels.columns_of(table, named)  # a column that is not there is said now
    return Source(
        folder.name,
        folder,
        csv=str(table),
        file_column=arguments.file_column,
        label_columns=tuple(arguments.label_column),
        patient_column=arguments.patient_column,
        separator=command_labels.separator_of(arguments.label_separator),
        left_out=left_out,
    )


def _lines(file: Path | None) -> tuple[str, ...]:
    """Return the lines of a list of files; () for no list."""
    if file is None:
        return ()
    try:
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError as error:
        message = f"The list {file} cannot be read: {error.strerror or error}."
        hint = "Name a text file with one path a line."
        raise DatasetError(message, hint=hint) from error
    return tuple(line for line in text.splitlines() if line)


def _options(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return the method's options: those given, and those that others imply."""
    known: Mapping[str, Any] = (
        METHODS[arguments.method].defaults if arguments.method in METHODS else {}
    )
    options: dict[str, Any] = {}
    for text in arguments.option:
        name, equals, value = text.partition("=")
        if not equals:
            message = f"{text!r} does not name an option and its value."
            raise SettingsError(message, hint="Write --option NAME=VALUE.")
        try:
            options[name] = json.loads(value)
        except ValueError:
            options[name] = value
    if arguments.backbone is not None:
        options["backbone"] = arguments.backbone
    if "size" in known:
        options.setdefault("size", arguments.size)
    if arguments.weights == NONE and not arguments.frozen and "frozen_blocks" in known:
        # Random numbers are not worth keeping.
        options.setdefault("frozen_blocks", 0)
    return options


def device_of(name: str) -> str:
    """Return the device that a name means: "auto" is CUDA where torch sees one."""
    import torch

    if name != "auto":
        return name
    return "cuda" if torch.cuda.is_available() else "cpu"


class _Teller:
    """Says what events mean: to people, or as they are to programs."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._next_line = time.monotonic() + _LINE_EVERY_S

    def tell(self, event: Mapping[str, Any]) -> None:
        self._output.finish(event)
        if event["event"] == "finished":
            self._output.note_of(audit.model_changed(event["model_id"], "trained"))
        if self._output.as_json:
            return
        kind = event["event"]
        if kind == "started":
            self._output.say(run_folder.summary(event))
            if event["resumed"]:
                self._output.say(f"going on after epoch {event['resumed']}")
        elif kind == "warning":
            self._output.note(f"{event['message']} {event['hint']}".rstrip())
        elif kind == "progress" and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _LINE_EVERY_S
            where = f"epoch {event['epoch']}, " if event["epoch"] else ""
            self._output.note(
                f"{where}{event['step']}: {event['done']} of {event['total']}"
            )
        elif kind == "pretraining":
            self._output.say(_pretraining_line(event))
        elif kind == "epoch":
            self._output.say(_line(event))
        elif kind == "estimate":
            self._output.say(training_estimate.sentence(event))
        elif kind == "finished":
            self._finished(event)

    def _finished(self, event: Mapping[str, Any]) -> None:
        say = self._output.say
        say(f"The model is {event['model']}, as it was after {event['best_epoch']}.")
        rows = [row for row in event["metrics"] if row["measure"] == "MAP@10"]
        for row in rows:
            say(
                f"  MAP@10 {row['value']:.3f} ({row['low']:.3f} to {row['high']:.3f}), "
                f"chance {row['chance']:.3f}: {row['set']}"
            )


def _pretraining_line(event: Mapping[str, Any]) -> str:
    return (
        f"pre-training, epoch {event['epoch']} of {event['epochs']}: "
        f"loss {event['loss']:.3f}, own view found {event['found']:.0%}, "
        f"{event['seconds']:.0f} s"
    )


def _line(event: Mapping[str, Any]) -> str:
    terms = ", ".join(f"{name} {value:.3f}" for name, value in event["terms"].items())
    score = event["validation_map"]
    found = "" if score is None else f", validation MAP@10 {score:.4f}"
    return (
        f"epoch {event['epoch']} of {event['epochs']} ({event['stage']}): "
        f"loss {event['loss']:.3f} ({terms}){found}, {event['seconds']:.0f} s"
    )


@contextlib.contextmanager
def stop_on_interrupt() -> Iterator[threading.Event]:
    """Turn the first Ctrl-C, or a polite kill, into a wish; the second is an end."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # signals come to the main thread only
        return

    def remember(number: int, frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, remember) for number in numbers]
    try:
        yield stop
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)
