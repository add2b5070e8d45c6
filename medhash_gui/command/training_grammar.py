"""What ``train``, ``compare`` and ``pretrain`` take."""

from __future__ import annotations

import argparse
from pathlib import Path

from medhash_gui.command.options import (
    NONE,
    column_options,
    device_option,
    not_negative,
    positive,
)

_PICTURES = "the pictures, with all folders below"


def train_grammar(made: argparse.ArgumentParser) -> None:
    """Add what ``train`` takes."""
    made.add_argument("folder", type=Path, metavar="FOLDER", help=_PICTURES)
    made.add_argument(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder of the run: checkpoints, events, and in the end the model",
    )  # fmt: skip
    _run_options(made)
    text = "name of the method, as docs/methods.md lists them (default: ash)"
    made.add_argument("--method", default="ash", metavar="M", help=text)
    text = "length of the code (default: 64)"
    made.add_argument("--bits", type=positive, default=64, metavar="K", help=text)
    made.add_argument(
        "--option", action="append", default=[], metavar="NAME=VALUE",
        help="of the method; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "--pretraining", type=not_negative, default=0, metavar="EPOCHS",
        help="let the backbone first learn from the training part without its labels "
        "(C2L; default: 0, not)",
    )  # fmt: skip
    text = "of the division and of all random numbers (default: 1)"
    made.add_argument("--seed", type=not_negative, default=1, metavar="N", help=text)
    made.add_argument(
        "--resume", action="store_true", help="go on from the newest checkpoint in DIR"
    )
    made.add_argument("--name", help="of the model (default: from data and method)")
    made.add_argument("--title", help="of the model, for people")
    text = "what kind of pictures the model is for (default: unknown)"
    made.add_argument("--modality", default="unknown", metavar="TEXT", help=text)
    made.add_argument(
        "--licence", default="", metavar="TEXT", help="of the model's weights"
    )
    made.add_argument(
        "--estimate", action="store_true",
        help="train nothing: measure a few steps and say how long a run would take",
    )  # fmt: skip


def compare_grammar(made: argparse.ArgumentParser) -> None:
    """Add what ``compare`` takes."""
    made.add_argument("folder", type=Path, metavar="FOLDER", help=_PICTURES)
    made.add_argument(
        "--out", type=Path, required=True, metavar="DIR",
        help="folder of the comparison: plan, splits, cells, and the tables; the same "
        "command goes on where it was stopped",
    )  # fmt: skip
    made.add_argument(
        "--methods", default="all", metavar="all|A,B,C|none",
        help="methods that are compared (default: all)",
    )  # fmt: skip
    made.add_argument(
        "--bits", type=_positives, default=[32, 64], metavar="K,K",
        help="lengths of the code (default: 32,64)",
    )  # fmt: skip
    made.add_argument(
        "--seeds", type=positive, default=3, metavar="N",
        help="each method is trained on so many splits (default: 3, seeds 1 to 3)",
    )  # fmt: skip
    made.add_argument(
        "--first-seed", type=not_negative, default=1, metavar="N",
        help="the first of them (default: 1)",
    )  # fmt: skip
    made.add_argument(
        "--option", action="append", default=[], metavar="METHOD.NAME=VALUE",
        help="of one method; may be given several times",
    )  # fmt: skip
    made.add_argument(
        "--variant", action="append", default=[], metavar="NAME=METHOD:OPTION=V,...",
        help="one more row: a method with other options",
    )  # fmt: skip
    made.add_argument(
        "--against", metavar="NAME",
        help="the row that all others are compared with, query by query",
    )  # fmt: skip
    made.add_argument(
        "--processes", type=positive, default=1, metavar="N",
        help="cells that are trained at a time, on one core each (default: 1, on all)",
    )  # fmt: skip
    made.add_argument(
        "--again", action="store_true", help="try the cells that failed once more"
    )
    made.add_argument(
        "--table-only", action="store_true",
        help="write the tables of what is there, and train nothing",
    )  # fmt: skip
    _run_options(made)


def _positives(text: str) -> list[int]:
    """Return whole numbers of 1 or more between commas, in order, each once."""
    return sorted({positive(part.strip()) for part in text.split(",")})


def pretrain_grammar(made: argparse.ArgumentParser) -> None:
    """Add what ``pretrain`` takes."""
    made.add_argument("folder", type=Path, metavar="FOLDER", help=_PICTURES)
    text = "name of the network that learns, such as mobilenetv2"
    made.add_argument("--backbone", required=True, metavar="B", help=text)
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
    text = "length of the run (default: 50)"
    made.add_argument("--epochs", type=positive, default=50, metavar="N", help=text)
    text = "pictures a step (default: 64)"
    made.add_argument("--batch", type=positive, default=64, metavar="N", help=text)
    made.add_argument(
        "--queue", type=positive, metavar="KEYS",
        help="pictures that each one is told from (default: half, at most 16384)",
    )  # fmt: skip
    text = "side of the network's input (default: 224)"
    made.add_argument("--size", type=positive, default=224, metavar="PIXELS", help=text)
    made.add_argument("--rate", type=float, help="peak learning rate of the backbone")
    made.add_argument(
        "--frozen", type=not_negative, default=0, metavar="BLOCKS",
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
    text = "of all random numbers (default: 1)"
    made.add_argument("--seed", type=not_negative, default=1, metavar="N", help=text)
    made.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32",
        help="of the network in training (default: float32)",
    )  # fmt: skip
    device_option(made)
    made.add_argument(
        "--resume", action="store_true", help="go on after the last whole epoch"
    )


def _run_options(made: argparse.ArgumentParser) -> None:
    """Add what a training run takes, but for its method, bits and seed."""
    made.add_argument(
        "--labels", metavar="TABLE",
        help="CSV of labels and patients (default: class folders, FOLDER/class/file)",
    )  # fmt: skip
    column_options(made)
    made.add_argument(
        "--leave-out", type=Path, metavar="LIST",
        help="text file that names pictures not to be used, one a line, as they lie "
        "below FOLDER",
    )  # fmt: skip
    made.add_argument("--backbone", metavar="B", help="default: the method's own")
    made.add_argument(
        "--weights", default=NONE, metavar="FILE|DIR|torchvision|none",
        help="what the backbone starts from: a safetensors file, the folder of a "
        "model, torchvision's ImageNet weights, or random numbers (default)",
    )  # fmt: skip
    made.add_argument(
        "--frozen", action="store_true",
        help="train what follows the backbone only, on features computed once",
    )  # fmt: skip
    made.add_argument(
        "--views", type=not_negative, default=0, metavar="N",
        help="let the frozen blocks see N views of each picture, once, and train the "
        "rest on those; 0 changes and computes every picture anew (default)",
    )  # fmt: skip
    text = "length of the run (default: 10)"
    made.add_argument("--epochs", type=positive, default=10, metavar="N", help=text)
    text = "pictures a step (default: 48)"
    made.add_argument("--batch", type=positive, default=48, metavar="N", help=text)
    text = "side of the network's input (default: 224)"
    made.add_argument("--size", type=positive, default=224, metavar="PIXELS", help=text)
    text = "peak learning rate of new layers (default: .001)"
    made.add_argument("--rate", type=float, default=1e-3, help=text)
    made.add_argument(
        "--rate-pretrained", type=float, default=1e-4, metavar="RATE",
        help="peak learning rate of layers with starting weights (default: .0001)",
    )  # fmt: skip
    made.add_argument(
        "--augment", default="film", metavar="film|fundus|none",
        help="random changes that suit the pictures (default: film, never mirrored)",
    )  # fmt: skip
    made.add_argument(
        "--flip", action=argparse.BooleanOptionalAction,
        help="whether pictures are mirrored left to right, too",
    )  # fmt: skip
    text = "of the patients, to choose the best epoch by"
    made.add_argument("--validation", type=float, metavar="SHARE", help=text)
    text = "of the patients, held out to measure the model"
    made.add_argument("--test", type=float, metavar="SHARE", help=text)
    made.add_argument(
        "--image-wise", action="store_true",
        help="divide by picture: leaks, for comparison with published figures only",
    )  # fmt: skip
    made.add_argument(
        "--precision", choices=("float32", "bfloat16", "float16", "auto"),
        default="auto", help="auto: bfloat16 where the device computes with it",
    )  # fmt: skip
    device_option(made)
