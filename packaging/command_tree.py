"""The commands of ``medhash`` as data, read from the grammar that the program uses.

Manual, shell completion and the reference of the documentation are made of it by
``build_command_files.py``, so that none of them can say what the program does not do.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medhash_gui.command import grammar as command_grammar
from medhash_gui.command import options as command_options

_FILES = (Path, command_options.library, command_options.library_folder)
# Taken as text, because "none" or a name may stand for the file.
_MAYBE_FILES = ("TABLE", "MODEL", "NAME|DIR")


@dataclass(frozen=True, slots=True)
class Argument:
    """One option or place of a command.

    Attributes:
        flags: such as ("--top",); none for a place.
        value: what stands for its value, or "" where it takes none.
        help: one sentence, or "".
        choices: the only values that it takes, or none.
        is_file: whether the value names a file or folder.
        is_required: whether the command needs it.
        is_many: whether several values may follow.
    """

    flags: tuple[str, ...]
    value: str
    help: str
    choices: tuple[str, ...]
    is_file: bool
    is_required: bool
    is_many: bool

    @property
    def shown(self) -> str:
        """How the argument is written: "--top N", "IMAGE ..."."""
        value = f"{self.value} ..." if self.is_many else self.value
        return f"{', '.join(self.flags)} {value}".strip()


@dataclass(frozen=True, slots=True)
class Command:
    """One command, or the program itself.

    Attributes:
        path: its words: () for the program, ("library", "merge").
        help: one sentence.
        places: what stands without a flag, in order.
        options: what has flags.
        commands: the commands below it.
    """

    path: tuple[str, ...]
    help: str
    places: tuple[Argument, ...]
    options: tuple[Argument, ...]
    commands: tuple[Command, ...]

    def all(self) -> Iterator[Command]:
        """Yield this command and all below it, in the order of the grammar."""
        yield self
        for one in self.commands:
            yield from one.all()


def tree() -> Command:
    """Return the program with all its commands."""
    parser = command_grammar.grammar()
    return _command((), " ".join((parser.description or "").split()), parser)


def _command(
    path: tuple[str, ...], text: str, parser: argparse.ArgumentParser
) -> Command:
    places, options, commands = [], [], []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {one.dest: one.help or "" for one in action._choices_actions}
            for name, below in action.choices.items():
                commands.append(_command((*path, name), helps[name], below))
        elif action.option_strings:
            options.append(_argument(action))
        else:
            places.append(_argument(action))
    return Command(path, text, tuple(places), tuple(options), tuple(commands))


def _argument(action: argparse.Action) -> Argument:
    takes = action.nargs != 0
    choices = tuple(str(one) for one in action.choices or ())
    value = action.metavar or "|".join(choices) or action.dest.upper()
    return Argument(
        flags=tuple(action.option_strings),
        value=str(value) if takes else "",
        help=action.help or "",
        choices=choices,
        is_file=takes and (action.type in _FILES or value in _MAYBE_FILES),
        is_required=action.required and action.nargs not in ("?", "*"),
        is_many=action.nargs in ("+", "*"),
    )
