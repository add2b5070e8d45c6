"""The commands of ``medhash``, and what their exit codes mean.

0 done, 1 looked and found damage, 2 wrong usage, 3 a failure with a sentence and a
hint, 130 cancelled. A failure that can be foreseen never shows a traceback. This module
knows no Qt: what opens the window is handed in by the entry point.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medhash_gui.command import grammar as command_grammar
from medhash_gui.command import options as command_options
from medhash_gui.command.output import Output
from medhash_gui.errors import MedHashError
from medhash_gui.milvus_uri import LibraryPlace

DONE, DAMAGED, USAGE, FAILED, CANCELLED = 0, 1, 2, 3, 130


@dataclass(frozen=True, slots=True)
class WindowRequest:
    """What the window shall show.

    Attributes:
        library: the library to open, or None.
        image: a picture to ask about, or None.
        screenshot: draw the answered window into this PNG and end, or None.
    """

    library: LibraryPlace | None = None
    image: Path | None = None
    screenshot: Path | None = None


OpenWindow = Callable[[WindowRequest], int]


@dataclass(frozen=True, slots=True)
class _Context:
    """What a command is given besides its own arguments."""

    output: Output
    open_window: OpenWindow
    started: float


def main(
    words: Sequence[str], *, open_window: OpenWindow, started: float | None = None
) -> int:
    """Run one command and return its exit code.

    Args:
        words: what follows the program's name.
        open_window: opens the window and returns its exit code.
        started: ``time.perf_counter`` at the start of the process.
    """
    try:
        arguments = command_grammar.parse(words)
    except SystemExit as end:  # argparse has said why, or printed the help
        return end.code if isinstance(end.code, int) else USAGE
    if arguments.command != "window":  # whose first paint waits for no log
        from medhash_gui import audit

        audit.work_with("command line")
    output = Output(as_json=getattr(arguments, "json", False))
    started = time.perf_counter() if started is None else started
    context = _Context(output, open_window, started)
    try:
        code = _COMMANDS[arguments.command](arguments, context)
        sys.stdout.flush()
    except MedHashError as error:
        output.fail(error)
        return FAILED
    except KeyboardInterrupt:
        output.cancelled("Cancelled.", "")
        return CANCELLED
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when
        # it flushes at exit, so the rest goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    return code


# ------------------------------------------------------------------------ commands
def _index(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import index as command_index
    from medhash_gui.command import shard as command_shard
    from medhash_gui.command import watch as command_watch
    from medhash_gui.command.choices import Wishes
    from medhash_gui.sharding import Shard

    folder, library, output = arguments.folder, arguments.library, context.output
    more = {
        "model": arguments.model,
        "wishes": Wishes.of(arguments),
        "device": arguments.device,
        "key_of": arguments.share_patients_with,
    }
    try:
        if arguments.watch:
            command_watch.watch(folder, library, output, **more)
            return DONE
        if arguments.shard is not None:
            shard = Shard.parse(arguments.shard, os.environ)
            report, library = command_shard.index(
                folder, library, output, shard=shard, **more
            )
        else:
            report = command_index.index(folder, library, output, **more)
    except command_index.Cancelled as stop:
        output.cancelled(stop.message, stop.hint)
        return CANCELLED
    command_index.show(report, folder, library, output, listed=arguments.list)
    return DONE


def _train(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui import editions, run_files

    editions.need_training("Training")
    # Before torch loads, so that whoever started the run soon sees that it is on.
    with run_files.held(arguments.out):
        from medhash_gui.command import train as command_train

        try:
            command_train.run(arguments, context.output)
        except command_train.Cancelled as stop:
            context.output.cancelled(stop.message, stop.hint)
            return CANCELLED
    return DONE


def _compare(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui import editions

    editions.need_training("Comparing methods")
    from medhash_gui.command import compare as command_compare
    from medhash_gui.command.train import Cancelled

    try:
        command_compare.run(arguments, context.output)
    except Cancelled as stop:
        context.output.cancelled(stop.message, stop.hint)
        return CANCELLED
    return DONE


def _evaluate(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import evaluate as command_evaluate
    from medhash_gui.command.choices import Wishes
    from medhash_gui.import_choices import ImportChoices

    without = arguments.findings_only
    request = command_evaluate.Request(
        model=arguments.model,
        folder=arguments.folder,
        choices=Wishes.of(arguments).applied({}) or ImportChoices(),
        query=arguments.query,
        query_labels=arguments.query_labels,
        findings_only="" if without == command_options.NONE else without,
        top=arguments.top,
        seed=arguments.seed,
        device=arguments.device,
        listed=arguments.list,
    )
    command_evaluate.run(request, context.output)
    return DONE


def _pretrain(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui import editions

    editions.need_training("Pre-training")
    from medhash_gui.command import pretrain as command_pretrain

    try:
        command_pretrain.run(arguments, context.output)
    except command_pretrain.Cancelled as stop:
        context.output.cancelled(stop.message, stop.hint)
        return CANCELLED
    return DONE


def _labels(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import labels as command_labels

    command_labels.run(
        arguments.table,
        context.output,
        folder=arguments.folder,
        named=command_labels.named_columns(
            file=arguments.file_column,
            label=arguments.label_column,
            patient=arguments.patient_column,
            case=arguments.case_column,
            detail=arguments.detail,
        ),
        separator=command_labels.separator_of(arguments.label_separator),
    )
    return DONE


def _search(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.picture_reader import PictureReader

    with PictureReader() as reader:
        # It starts while the rest is imported and the library opens.
        reader.start()
        from medhash_gui.command import search as command_search

        request = command_search.Request.of(arguments, started=context.started)
        command_search.run(request, context.output, reader)
    return DONE


def _export(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.picture_reader import PictureReader

    with PictureReader() as reader:
        reader.start()
        from medhash_gui.command import export as command_export

        command_export.run(arguments, context.output, reader)
    return DONE


def _duplicates(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import duplicates as command_duplicates

    command_duplicates.run(
        arguments.library,
        context.output,
        within=arguments.within,
        listed=arguments.list,
    )
    return DONE


def _info(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import info as command_info

    command_info.run(arguments.library, context.output)
    return DONE


def _library(arguments: argparse.Namespace, context: _Context) -> int:
    if arguments.action in ("verify", "repair"):
        from medhash_gui.command import check as command_check

        is_sound = command_check.run(arguments, context.output)
        return DONE if is_sound else DAMAGED
    from medhash_gui.command import library as command_library

    command_library.run(arguments, context.output)
    return DONE


def _privacy(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import privacy as command_privacy

    command_privacy.run(arguments.library, context.output)
    return DONE


def _audit(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import audit as command_audit

    return DONE if command_audit.run(arguments, context.output) else DAMAGED


def _models(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import models as command_models

    if arguments.model is None:
        command_models.list_all(context.output)
    else:
        command_models.show(arguments.model, context.output)
    return DONE


def _weights(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui import editions

    if arguments.backbone is not None:
        editions.need_training("Checking weights")
    from medhash_gui.command import weights as command_weights

    command_weights.run(arguments, context.output)
    return DONE


def _sample(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui import phantoms

    phantoms.draw_samples(arguments.folder)
    folders = [str(arguments.folder / kind) for kind in phantoms.KINDS]
    context.output.say("Synthetic pictures, drawn by the program:")
    for folder in folders:
        context.output.say(f"  {folder}")
    context.output.finish({"folders": folders})
    return DONE


def _doctor(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import doctor as command_doctor

    command_doctor.run(arguments.bundle, context.output)
    return DONE


def _self_test(arguments: argparse.Namespace, context: _Context) -> int:
    del arguments
    from medhash_gui.command import self_test as command_self_test

    def draw_window(library: Path, image: Path, picture: Path) -> int:
        return context.open_window(WindowRequest(library, image, picture))

    works = command_self_test.run(context.output, draw_window)
    return DONE if works else DAMAGED


def _window(arguments: argparse.Namespace, context: _Context) -> int:
    if arguments.screenshot is not None and not _has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    elif not _has_screen() and "QT_QPA_PLATFORM" not in os.environ:
        msg = "There is no screen here to open a window on."
        hint = (
            "Name --screenshot PNG to have the window drawn into a picture, or use the "
            "commands: medhash --help."
        )
        raise MedHashError(msg, hint=hint)
    request = WindowRequest(arguments.library, arguments.image, arguments.screenshot)
    return context.open_window(request)


def _demo(arguments: argparse.Namespace, context: _Context) -> int:
    from medhash_gui.command import demo as command_demo

    library, picture = command_demo.prepare(context.output)
    screenshot: Path | None = arguments.screenshot
    if screenshot is None and _has_screen():
        return context.open_window(WindowRequest(library, picture))
    command_demo.show_query(library, picture, context.output)
    if not _has_screen():
        os.environ["QT_QPA_PLATFORM"] = "offscreen"
    screenshot = screenshot or Path("build") / "medhash-window.png"
    code = context.open_window(WindowRequest(library, picture, screenshot))
    if code == DONE:
        context.output.say(f"The window is drawn in {screenshot.absolute()}")
    return code


def _has_screen() -> bool:
    """Return whether a window can appear here; only Linux may be without a screen."""
    if not sys.platform.startswith("linux"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


_COMMANDS: dict[str, Callable[[argparse.Namespace, _Context], int]] = {
    "evaluate": _evaluate,
    "export": _export,
    "index": _index,
    "train": _train,
    "compare": _compare,
    "pretrain": _pretrain,
    "labels": _labels,
    "search": _search,
    "duplicates": _duplicates,
    "library": _library,
    "info": _info,
    "privacy": _privacy,
    "audit": _audit,
    "models": _models,
    "weights": _weights,
    "sample": _sample,
    "doctor": _doctor,
    "self-test": _self_test,
    "window": _window,
    "demo": _demo,
}
