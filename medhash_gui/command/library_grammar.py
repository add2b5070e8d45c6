"""The grammar of ``medhash library``: what can be done to a library as a whole."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from medhash_gui.command.options import (
    condition,
    library_folder,
    not_negative,
    positive,
    server,
)

_FOLDER = "the library's folder"
_MOST_NEIGHBOURS = 200  # as ``shortcuts`` has it


def problem(arguments: argparse.Namespace) -> str:
    """Return what is wrong with arguments that only together make no sense, or ""."""
    if getattr(arguments, "action", "") == "purge" and not (
        arguments.hidden or arguments.gone or arguments.folder or arguments.patient
    ):
        return "purge needs --hidden, --gone, --folder PATH or --patient KEY"
    if getattr(arguments, "action", "") == "take-back" and not (
        arguments.paths or arguments.all
    ):
        return "take-back needs a PATH, or --all"
    if getattr(arguments, "action", "") == "shortcuts" and (
        arguments.top > _MOST_NEIGHBOURS
    ):
        return f"shortcuts counts {_MOST_NEIGHBOURS} neighbours at most"
    return ""


def add(
    made: argparse.ArgumentParser,
    json_option: Callable[[argparse.ArgumentParser], None],
) -> None:
    """Add the actions of ``library`` to its grammar."""
    actions = made.add_subparsers(dest="action", metavar="ACTION", required=True)

    text = "add the pictures of SOURCE to TARGET; no code is made again"
    merge = actions.add_parser("merge", help=text, description=text)
    text = "the library that grows"
    merge.add_argument(
        "target", type=library_folder, metavar="TARGET.medhash", help=text
    )
    text = "the library whose pictures are added; it stays as it is"
    merge.add_argument(
        "source", type=library_folder, metavar="SOURCE.medhash", help=text
    )
    merge.add_argument(
        "--unlinked", action="store_true",
        help="their keys differ: accept that patients stay apart",
    )  # fmt: skip
    json_option(merge)

    text = "write the secret key of LIB into a file, for libraries to be merged"
    key = actions.add_parser("key", help=text, description=text)
    key.add_argument(
        "library", type=library_folder, metavar="LIB.medhash", help=_FOLDER
    )
    key.add_argument("--to", type=Path, required=True, metavar="FILE", help="new")
    json_option(key)

    def action(name: str, text: str) -> argparse.ArgumentParser:
        added = actions.add_parser(name, help=text, description=text)
        added.add_argument(
            "library", type=library_folder, metavar="LIB.medhash", help=_FOLDER
        )
        return added

    verify = action("verify", "read all of LIB and say what is damaged (exit code 1)")
    json_option(verify)

    repair = action("repair", "save what can be read; damaged files are kept aside")
    repair.add_argument(
        "--root", type=Path, metavar="FOLDER",
        help="where the pictures are, if the manifest and its copy are lost",
    )  # fmt: skip
    repair.add_argument(
        "--key", type=Path, metavar="LIB|FILE",
        help='the key, if they are lost: from "medhash library key", or a library '
        "that shares it",
    )  # fmt: skip
    repair.add_argument(
        "--unlinked", action="store_true",
        help="the key is lost: accept that new pictures of a patient stay apart",
    )  # fmt: skip
    json_option(repair)

    json_option(action("compact", "write LIB anew without what is superseded"))

    purge = action("purge", "remove rows for good, with all that is kept of them")
    purge.add_argument("--hidden", action="store_true", help="all hidden rows")
    purge.add_argument(
        "--gone", action="store_true",
        help="hidden rows whose file is not in the folder of the pictures any more",
    )  # fmt: skip
    purge.add_argument(
        "--folder", action="append", default=[], metavar="PATH",
        help="all rows of pictures in this folder, hidden or not",
    )  # fmt: skip
    purge.add_argument(
        "--patient", action="append", default=[], metavar="KEY",
        help="all rows of this patient (P-...), hidden or not",
    )  # fmt: skip
    purge.add_argument(
        "--dry-run", action="store_true", help="only say how many rows that would be"
    )
    json_option(purge)

    relink = action("relink", "say that the folder of the pictures lies elsewhere now")
    text = "where the pictures lie now"
    relink.add_argument("folder", type=Path, metavar="FOLDER", help=text)
    relink.add_argument(
        "--force", action="store_true",
        help="even where the pictures are not found there",
    )  # fmt: skip
    json_option(relink)

    def pictures(made: argparse.ArgumentParser, count: str) -> None:
        text = "file of a picture, from the indexed folder on"
        made.add_argument("paths", nargs=count, metavar="PATH", help=text)
        text = "only this frame of each file, from 1 (default: all)"
        made.add_argument("--frame", type=positive, metavar="N", help=text)

    leave = action("leave-out", "leave pictures out of searches until they are taken "
                   "back; indexing keeps to it")  # fmt: skip
    pictures(leave, "+")
    json_option(leave)

    back = action("take-back", "let searches find pictures again that were left out")
    pictures(back, "*")
    back.add_argument("--all", action="store_true", help="all that are left out")
    json_option(back)

    json_option(action("left-out", "say which pictures are left out of searches"))

    label = action("label", "give pictures labels by hand; indexing keeps them")
    pictures(label, "+")
    how = label.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--as", dest="labels", action="append", metavar="L",
        help="the label, in place of those before; may be given several times",
    )  # fmt: skip
    how.add_argument("--none", action="store_true", help="no label")
    how.add_argument(
        "--from-source", action="store_true",
        help="that of folders, table or header again, now and from now on",
    )  # fmt: skip
    json_option(label)

    shortcuts = action(
        "shortcuts", "say whether neighbours share view, device, sex, folder and so on "
        "more than labels"
    )  # fmt: skip
    shortcuts.add_argument(
        "--top", type=positive, default=10, metavar="K",
        help=f"how many neighbours count, at most {_MOST_NEIGHBOURS} (default: 10)",
    )  # fmt: skip
    shortcuts.add_argument(
        "--sample", type=positive, default=500, metavar="N",
        help="how many patients are asked for, one picture each (default: 500)",
    )  # fmt: skip
    text = "of the sample (default: 0)"
    shortcuts.add_argument(
        "--seed", type=not_negative, default=0, metavar="S", help=text
    )
    shortcuts.add_argument(
        "--where", type=condition, action="append", default=[], metavar="KEY=VALUE",
        help="only pictures with this, as of search; may be given several times",
    )  # fmt: skip
    json_option(shortcuts)

    export = action(
        "export", "write path, frame, code, labels, patient, hidden, left out, by hand"
    )
    text = "new; ends in .csv or .npz"
    export.add_argument("file", type=Path, metavar="FILE.csv|FILE.npz", help=text)
    export.add_argument(
        "--pseudonymous", action="store_true",
        help="name pictures by their row instead of by their path",
    )  # fmt: skip
    text = "write over a file that is there"
    export.add_argument("--replace", action="store_true", help=text)
    json_option(export)

    push = action("push", "put LIB on a Milvus server, to be searched there")
    push.add_argument(
        "--to", type=server, required=True, metavar="URI",
        help="milvus://HOST:PORT/NAME; what LIB was there before is replaced",
    )  # fmt: skip
    push.add_argument(
        "--index", choices=("BIN_FLAT", "BIN_IVF_FLAT"), default="BIN_FLAT",
        help="exact (default), or faster and approximate: its recall is printed",
    )  # fmt: skip
    json_option(push)

    text = "take a library off a Milvus server; the one in its folder stays"
    withdraw = actions.add_parser("withdraw", help=text, description=text)
    text = "milvus://HOST:PORT/NAME"
    withdraw.add_argument("uri", type=server, metavar="URI", help=text)
    json_option(withdraw)
