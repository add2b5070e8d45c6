"""The grammar of the command line: which commands there are and what they take."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

import medhash_gui
from medhash_gui.command import export_grammar as command_export_grammar
from medhash_gui.command import library_grammar as command_library_grammar
from medhash_gui.command import search_grammar
from medhash_gui.command.options import (
    LIBRARY,
    NONE,
    audit_head,
    column_options,
    device_option,
    library,
    library_folder,
    not_negative,
    positive,
)
from medhash_gui.command.training_grammar import (
    compare_grammar,
    pretrain_grammar,
    train_grammar,
)

_DESCRIPTION = """Find the confirmed cases most like a medical image, and see where the
network looked. For research and education, not for diagnosis. Without a command the
window opens."""
_OWN_OPTIONS = ("-h", "--help", "--version")
_COLUMN_OPTIONS = (
    *("file_column", "label_column", "patient_column", "case_column", "detail"),
    "label_separator",
)


_WINDOW_ALONE = {
    "command": "window",
    "library": None,
    "image": None,
    "screenshot": None,
}


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of one command; the command's name is in ``command``.

    No command, or options only, mean the window.

    Raises:
        SystemExit: the words are wrong (2), or asked for help or the version (0).
    """
    words = list(words)
    if not words:  # its first paint waits for no grammar
        return argparse.Namespace(**_WINDOW_ALONE, words=["window"])
    if words[:1] == ["--self-test"]:  # as installers and their scripts ask for it
        words[0] = "self-test"
    if words[0].startswith("-") and words[0] not in _OWN_OPTIONS:
        words.insert(0, "window")
    parser = grammar()
    arguments = parser.parse_args(words)
    if arguments.command in ("evaluate", "index") and arguments.labels in (None, NONE):
        for name in _COLUMN_OPTIONS:
            if getattr(arguments, name) not in (None, []):
                parser.error(f"--{name.replace('_', '-')} needs --labels TABLE")
    if arguments.command == "search" and not (arguments.image or arguments.report_text):
        parser.error("search needs an IMAGE to compare with, or --report-text WORDS")
    problem = command_library_grammar.problem(arguments)
    if problem:
        parser.error(problem)
    arguments.words = words
    return arguments


def grammar() -> argparse.ArgumentParser:
    """Return the grammar of all commands; manual and completion are made of it."""
    top = argparse.ArgumentParser(prog="medhash", description=_DESCRIPTION)
    top.add_argument(
        "--version", action="version", version=f"medhash {medhash_gui.__version__}"
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=text, description=text)

    def json_option(made: argparse.ArgumentParser) -> None:
        text = "print one JSON object on the last line"
        made.add_argument("--json", action="store_true", help=text)

    made = command("index", "bring a library up to date with a folder")
    _index_grammar(made)
    json_option(made)

    made = command("train", "make a model from a folder of labelled pictures")
    train_grammar(made)
    text = "print every event as one JSON object a line"
    made.add_argument("--json", action="store_true", help=text)

    made = command("evaluate", "measure how well a model finds the same labels")
    _evaluate_grammar(made)
    json_option(made)

    made = command("compare", "train and judge several methods under one protocol")
    compare_grammar(made)
    text = "print every event as one JSON object a line"
    made.add_argument("--json", action="store_true", help=text)

    made = command("pretrain", "learn a backbone from pictures without labels")
    pretrain_grammar(made)
    text = "print every event as one JSON object a line"
    made.add_argument("--json", action="store_true", help=text)

    made = command("labels", "say what a table of labels would mean")
    _labels_grammar(made)
    json_option(made)

    made = command("search", "find the pictures most like one picture or several")
    search_grammar.add_search(made)
    json_option(made)

    text = "write pictures for others: no names, no headers, letters masked"
    command_export_grammar.add(command("export", text), json_option)

    made = command("duplicates", "list the pictures that a library holds twice")
    search_grammar.add_duplicates(made)
    json_option(made)

    text = "check, repair, clean up, move, merge, export, push to a server"
    command_library_grammar.add(command("library", text), json_option)

    made = command("info", "say what a library holds")
    text = "the library's folder, or its address on a server"
    made.add_argument("library", type=library, metavar=LIBRARY, help=text)
    json_option(made)

    made = command("privacy", "say what a library holds about patients")
    text = "the library's folder"
    made.add_argument("library", type=library_folder, metavar="LIB.medhash", help=text)
    json_option(made)

    made = command("audit", "say whether the log of what was done is whole, export it")
    _audit_grammar(made, json_option)

    made = command("models", "list the models on this computer, or show one's card")
    text = "name, id or folder of a model: print its card as a page in Markdown"
    made.add_argument("model", nargs="?", metavar="MODEL", help=text)
    json_option(made)

    text = (
        "list starting weights, or fetch those of a backbone; the one use of a network"
    )
    made = command("weights", text)
    text = "of which the weights are brought here; none: list"
    made.add_argument("backbone", nargs="?", metavar="BACKBONE", help=text)
    text = "the file, or an address (default: where torchvision publishes it)"
    made.add_argument("--from", dest="source", metavar="FILE|URL", help=text)
    text = "SHA-256 that it must have (default: the digits in torchvision's file name)"
    made.add_argument("--sha256", metavar="HEX", help=text)
    json_option(made)

    made = command("sample", "draw two folders of synthetic pictures")
    made.add_argument("folder", type=Path, metavar="DIR", help="new or empty")
    json_option(made)

    made = command("doctor", "say what is missing here and how to get it")
    text = "write what support needs to know, without names and places"
    made.add_argument("--bundle", type=Path, metavar="FILE.zip", help=text)
    json_option(made)

    text = "try everything once on drawings, and say whether it works here"
    made = command("self-test", f"{text} (also --self-test)")
    json_option(made)

    made = command("window", "open the window (also without a command)")
    text = "the library to open (default: the one of the last time)"
    made.add_argument("library", type=library, nargs="?", metavar=LIBRARY, help=text)
    made.add_argument("--image", type=Path, metavar="FILE", help="ask about this one")
    _screenshot_option(made)

    made = command("demo", "open the window on the synthetic samples")
    _screenshot_option(made)
    return top


def _index_grammar(made: argparse.ArgumentParser) -> None:
    text = "the pictures, with all folders below; nothing is written there"
    made.add_argument("folder", type=Path, metavar="FOLDER", help=text)
    made.add_argument(
        "--library", type=library_folder, required=True, metavar="LIB.medhash",
        help="the library's folder, made when it is not there",
    )  # fmt: skip
    _source_options(made)
    made.add_argument(
        "--list", type=Path, metavar="CSV",
        help="write every file that gave no picture, and why, to this file",
    )  # fmt: skip
    made.add_argument(
        "--model", metavar="NAME|DIR",
        help="default: the library's own; for a new one, the best fit",
    )  # fmt: skip
    device_option(made)
    text = "then go on with what is added or changed, until Ctrl-C"
    made.add_argument("--watch", action="store_true", help=text)
    text = "index one of N shares, as a launcher says, into a library beside LIB"
    made.add_argument("--shard", metavar="I/N|auto", help=text)
    made.add_argument(
        "--share-patients-with", type=Path, metavar="LIB|FILE",
        help="give a new library the key of another, so that they can be merged",
    )  # fmt: skip


def _source_options(made: argparse.ArgumentParser) -> None:
    """Add what says where labels and patients are from, and which frames count."""
    made.add_argument(
        "--labels", metavar="TABLE",
        help="CSV of labels, patients, cases; 'none' to do without "
        "(default: as before; at first class folders, FOLDER/class/file)",
    )  # fmt: skip
    column_options(made)
    made.add_argument(
        "--path-pattern", metavar="P",
        help="what the folders mean, such as {patient}/{case}/*; 'none' for nothing",
    )  # fmt: skip
    made.add_argument(
        "--label-tag", metavar="ELEMENT",
        help="DICOM element that holds the label; 'none' for no such element",
    )  # fmt: skip
    made.add_argument(
        "--class-folders", action=argparse.BooleanOptionalAction,
        help="whether class folders give labels where nothing else does",
    )  # fmt: skip
    made.add_argument(
        "--frames", metavar="middle|all|N",
        help="which frames of a file with several: the middle one, all, every N-th",
    )  # fmt: skip


def _evaluate_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("model", metavar="MODEL", help="name or folder of the model")
    text = "the pictures, with all folders below; nothing is written there"
    made.add_argument("folder", type=Path, metavar="FOLDER", help=text)
    _source_options(made)
    made.add_argument(
        "--query", type=Path, metavar="DIR|TABLE",
        help="a folder whose pictures ask, or a table that names those of FOLDER that "
        "do (default: all ask, each without its own patient)",
    )  # fmt: skip
    text = "labels of the folder of queries (default: those of --labels)"
    made.add_argument("--query-labels", type=Path, metavar="TABLE", help=text)
    made.add_argument(
        "--findings-only", metavar="LABEL",
        help="a second table without this label, asked by pictures with another one "
        "('none' for no such table; default: 'No Finding', where it is a label)",
    )  # fmt: skip
    text = "length of the list (default: 10)"
    made.add_argument("--top", type=positive, default=10, metavar="K", help=text)
    text = "of the bootstrap intervals (default: 0)"
    made.add_argument("--seed", type=not_negative, default=0, metavar="N", help=text)
    text = "write the table as CSV, or as Markdown where FILE ends in .md"
    made.add_argument("--list", type=Path, metavar="FILE", help=text)
    device_option(made)


def _audit_grammar(
    made: argparse.ArgumentParser,
    json_option: Callable[[argparse.ArgumentParser], None],
) -> None:
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=text, description=text)
        json_option(added)
        return added

    verify = action("verify", "look for changed, removed, added lines (exit code 1)")
    text = "a head that was noted elsewhere: its line must be as it was"
    verify.add_argument("--expect", type=audit_head, metavar="NUMBER:HASH", help=text)
    export = action("export", "write the log as lines, or as messages of PS3.15")
    text = "new; .jsonl for the lines of the log, .xml for messages of PS3.15"
    export.add_argument("file", type=Path, metavar="FILE.jsonl|FILE.xml", help=text)
    action("on", "record from now on (the default)")
    action("off", "record nothing from now on; this is the last entry")
    action("state", "say whether it is on, where it is, and its size")


def _labels_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("table", type=Path, metavar="TABLE", help="CSV or TSV file")
    text = "also say which of its files have a row"
    made.add_argument("--folder", type=Path, metavar="FOLDER", help=text)
    column_options(made)


def _screenshot_option(made: argparse.ArgumentParser) -> None:
    text = "draw the window into this picture, then end"
    made.add_argument("--screenshot", type=Path, metavar="PNG", help=text)
