"""The grammar of the command line: which commands there are and what they take."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import medhash_gui
from medhash_gui import command_library_grammar

NONE = "none"
DEVICES = ("auto", "cpu", "cuda", "mps")
_DESCRIPTION = """Find the confirmed cases most like a medical image, and see where the
network looked. For research and education, not for diagnosis. Without a command the
window opens."""
_OWN_OPTIONS = ("-h", "--help", "--version")
_COLUMN_OPTIONS = (
    *("file_column", "label_column", "patient_column", "case_column", "detail"),
    "label_separator",
)


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Return the arguments of one command; the command's name is in ``command``.

    No command, or options only, mean the window.

    Raises:
        SystemExit: the words are wrong (2), or asked for help or the version (0).
    """
    words = list(words)
    if not words or (words[0].startswith("-") and words[0] not in _OWN_OPTIONS):
        words.insert(0, "window")
    grammar = _parser()
    arguments = grammar.parse_args(words)
    if arguments.command in ("evaluate", "index") and arguments.labels in (None, NONE):
        for name in _COLUMN_OPTIONS:
            if getattr(arguments, name) not in (None, []):
                grammar.error(f"--{name.replace('_', '-')} needs --labels TABLE")
    problem = command_library_grammar.problem(arguments)
    if problem:
        grammar.error(problem)
    return arguments


def _parser() -> argparse.ArgumentParser:
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
    _train_grammar(made)
    text = "print every event as one JSON object a line"
    made.add_argument("--json", action="store_true", help=text)

    made = command("evaluate", "measure how well a model finds the same labels")
    _evaluate_grammar(made)
    json_option(made)

    made = command("pretrain", "learn a backbone from pictures without labels")
    _pretrain_grammar(made)
    text = "print every event as one JSON object a line"
    made.add_argument("--json", action="store_true", help=text)

    made = command("labels", "say what a table of labels would mean")
    _labels_grammar(made)
    json_option(made)

    made = command("search", "find the pictures most like one picture")
    _search_grammar(made)
    json_option(made)

    library = command("library", "check, repair, clean up, move, merge, export")
    command_library_grammar.add(library, json_option)

    made = command("info", "say what a library holds")
    made.add_argument("library", type=Path, metavar="LIB.medhash")
    json_option(made)

    made = command("privacy", "say what a library holds about patients")
    made.add_argument("library", type=Path, metavar="LIB.medhash")
    json_option(made)

    json_option(command("models", "list the models on this computer"))

    made = command("sample", "draw two folders of synthetic pictures")
    made.add_argument("folder", type=Path, metavar="DIR", help="new or empty")
    json_option(made)

    made = command("doctor", "say what is missing here and how to get it")
    json_option(made)

    made = command("window", "open the window (also without a command)")
    made.add_argument("library", type=Path, nargs="?", metavar="LIB.medhash")
    made.add_argument("--image", type=Path, metavar="FILE", help="ask about this one")
    _screenshot_option(made)

    made = command("demo", "open the window on the synthetic samples")
    _screenshot_option(made)
    return top


def _index_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", type=Path, metavar="FOLDER")
    made.add_argument("--library", type=Path, required=True, metavar="LIB.medhash")
    _source_options(made)
    made.add_argument(
        "--list", type=Path, metavar="CSV",
        help="write every file that gave no picture, and why, to this file",
    )  # fmt: skip
    made.add_argument(
        "--model", metavar="NAME|DIR",
        help="default: the library's own; for a new one, the best fit",
    )  # fmt: skip
    made.add_argument("--device", choices=DEVICES, default="auto")
    made.add_argument(
        "--share-patients-with", type=Path, metavar="LIB|FILE",
        help="give a new library the key of another, so that they can be merged",
    )  # fmt: skip


def _train_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", type=Path, metavar="FOLDER")
    made.add_argument(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder of the run: checkpoints, events, and in the end the model",
    )  # fmt: skip
    made.add_argument(
        "--labels", metavar="TABLE",
        help="CSV of labels and patients (default: class folders, FOLDER/class/file)",
    )  # fmt: skip
    _column_options(made)
    made.add_argument("--method", default="ash", metavar="M")
    made.add_argument("--bits", type=_positive, default=64, metavar="K")
    made.add_argument("--backbone", metavar="B", help="default: the method's own")
    made.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="of the method; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "--weights", default=NONE, metavar="FILE|DIR|torchvision|none",
        help="what the backbone starts from: a safetensors file, the folder of a "
        "model, torchvision's ImageNet weights, or random numbers (default)",
    )  # fmt: skip
    made.add_argument(
        "--frozen", action="store_true",
        help="train the hash layer only, on features that are computed once",
    )  # fmt: skip
    made.add_argument("--epochs", type=_positive, default=10, metavar="N")
    made.add_argument("--batch", type=_positive, default=48, metavar="N")
    made.add_argument("--size", type=_positive, default=224, metavar="PIXELS")
    made.add_argument("--rate", type=float, default=1e-3, help="of new layers")
    made.add_argument("--rate-pretrained", type=float, default=1e-4)
    made.add_argument(
        "--augment", default="film", metavar="film|fundus|none",
        help="random changes that suit the pictures (default: film, never mirrored)",
    )  # fmt: skip
    made.add_argument(
        "--flip", action=argparse.BooleanOptionalAction,
        help="whether pictures are mirrored left to right, too",
    )  # fmt: skip
    made.add_argument("--validation", type=float, metavar="SHARE")
    made.add_argument("--test", type=float, metavar="SHARE")
    made.add_argument(
        "--image-wise", action="store_true",
        help="divide by picture: leaks, for comparison with published figures only",
    )  # fmt: skip
    made.add_argument(
        "--precision", choices=("float32", "bfloat16", "float16", "auto"),
        default="auto", help="auto: bfloat16 where the device computes with it",
    )  # fmt: skip
    made.add_argument("--device", choices=DEVICES, default="auto")
    made.add_argument("--seed", type=_not_negative, default=1, metavar="N")
    made.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint in DIR"
    )
    made.add_argument("--name", help="of the model (default: from data and method)")
    made.add_argument("--title", help="of the model, for people")
    made.add_argument("--modality", default="unknown", metavar="TEXT")


def _source_options(made: argparse.ArgumentParser) -> None:
    """Add what says where labels and patients are from, and which frames count."""
    made.add_argument(
        "--labels", metavar="TABLE",
        help="CSV of labels, patients, cases; 'none' to do without "
        "(default: as before; at first class folders, FOLDER/class/file)",
    )  # fmt: skip
    _column_options(made)
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
    made.add_argument("folder", type=Path, metavar="FOLDER")
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
    made.add_argument("--top", type=_positive, default=10, metavar="K", help=text)
    text = "of the bootstrap intervals (default: 0)"
    made.add_argument("--seed", type=_not_negative, default=0, metavar="N", help=text)
    text = "write the table as CSV, or as Markdown where FILE ends in .md"
    made.add_argument("--list", type=Path, metavar="FILE", help=text)
    made.add_argument("--device", choices=DEVICES, default="auto")


def _pretrain_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("folder", type=Path, metavar="FOLDER")
    made.add_argument("--backbone", required=True, metavar="B")
    made.add_argument(
        "--out", type=Path, required=True, metavar="FILE.safetensors",
        help="the backbone's weights; beside it, until the end, the unfinished run",
    )  # fmt: skip
    made.add_argument(
        "--weights", default=NONE, metavar="FILE|DIR|torchvision|none",
        help="what to start from (default: none, random numbers)",
    )  # fmt: skip
    made.add_argument(
        "--licence", metavar="TEXT",
        help="of the starting weights, to be kept with the result",
    )  # fmt: skip
    made.add_argument("--epochs", type=_positive, default=50, metavar="N")
    made.add_argument("--batch", type=_positive, default=64, metavar="N")
    made.add_argument(
        "--queue", type=_positive, metavar="KEYS",
        help="pictures that each one is told from (default: half, at most 16384)",
    )  # fmt: skip
    made.add_argument("--size", type=_positive, default=224, metavar="PIXELS")
    made.add_argument("--rate", type=float, help="peak learning rate of the backbone")
    made.add_argument(
        "--frozen", type=_not_negative, default=0, metavar="BLOCKS",
        help="how many of its first blocks keep their numbers",
    )  # fmt: skip
    made.add_argument(
        "--kind", choices=("film", "fundus"), default="film",
        help="of pictures: films are never mirrored, fundus photographs may be",
    )  # fmt: skip
    made.add_argument(
        "--trim-border", action="store_true",
        help="cut the black surround of fundus photographs",
    )  # fmt: skip
    made.add_argument("--seed", type=_not_negative, default=1, metavar="N")
    made.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    made.add_argument("--device", choices=DEVICES, default="auto")
    made.add_argument(
        "--resume", action="store_true", help="go on after the last whole epoch"
    )


def _labels_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("table", type=Path, metavar="TABLE", help="CSV or TSV file")
    text = "also say which of its files have a row"
    made.add_argument("--folder", type=Path, metavar="FOLDER", help=text)
    _column_options(made)


def _column_options(made: argparse.ArgumentParser) -> None:
    made.add_argument("--file-column", metavar="F")
    made.add_argument(
        "--label-column", metavar="L", action="append", default=[],
        help="may be given several times",
    )  # fmt: skip
    made.add_argument("--patient-column", metavar="P")
    made.add_argument("--case-column", metavar="C")
    made.add_argument(
        "--detail", metavar="KEY=COLUMN", action="append", default=[],
        help="what else is kept: report, confirmed_by, sex, age_band, view and so on",
    )  # fmt: skip
    made.add_argument(
        "--label-separator", metavar="S", help="between several labels; '' for none"
    )


def _search_grammar(made: argparse.ArgumentParser) -> None:
    made.add_argument("library", type=Path, metavar="LIB.medhash")
    made.add_argument("image", type=Path, metavar="IMAGE")
    made.add_argument(
        "--frame", type=_positive, metavar="N",
        help="of an image with several (default: the middle one; of pages the first)",
    )  # fmt: skip
    made.add_argument(
        "--view", type=_positive, default=1, metavar="N",
        help="window or table of a DICOM image with several (default: the first)",
    )  # fmt: skip
    made.add_argument("--top", type=_positive, default=12, metavar="N")
    made.add_argument(
        "--within", type=_not_negative, metavar="BITS",
        help="only pictures whose code differs in so many bits at most",
    )  # fmt: skip
    made.add_argument(
        "--patients", choices=("exclude", "include", "group"), default="exclude",
        help="the query's own patient: left out, in, or one picture a patient",
    )  # fmt: skip
    made.add_argument(
        "--where", type=_label, action="append", default=[], metavar="label=NAME",
        help="only pictures with this label; several: any of them",
    )  # fmt: skip
    made.add_argument(
        "--overlay", type=Path, metavar="DIR",
        help="write the query and each hit with its saliency map",
    )  # fmt: skip
    made.add_argument("--model", metavar="NAME|DIR", help="default: the library's own")


def _screenshot_option(made: argparse.ArgumentParser) -> None:
    text = "draw the window into this picture, then end"
    made.add_argument("--screenshot", type=Path, metavar="PNG", help=text)


def _positive(text: str) -> int:
    value = _not_negative(text)
    if value == 0:
        msg = "must be 1 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def _not_negative(text: str) -> int:
    try:
        value = int(text)
    except ValueError:
        value = -1
    if value < 0:
        msg = f"{text!r} is not a whole number of 0 or more"
        raise argparse.ArgumentTypeError(msg)
    return value


def _label(text: str) -> str:
    field, equals, name = text.partition("=")
    if field != "label" or not equals or not name:
        msg = f"{text!r} is not of the form label=NAME"
        raise argparse.ArgumentTypeError(msg)
    return name
