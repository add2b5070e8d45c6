"""The command ``compare``: several methods on one set of pictures, under one protocol.

Standard output has a line a cell and the headline in the end, or with ``--json`` every
event as one JSON object a line. The same command goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import dataclasses
import shlex
import time
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

from medhash_gui.command import train as command_train
from medhash_gui.command.options import NONE
from medhash_gui.command.output import Output
from medhash_gui.command.train import Cancelled
from medhash_gui.comparison import comparison
from medhash_gui.comparison import figures as comparison_figures
from medhash_gui.comparison import plan as comparison_plan
from medhash_gui.comparison import table as comparison_table
from medhash_gui.comparison.cells import NEW
from medhash_gui.comparison.figures import Comparison
from medhash_gui.comparison.judge import HEADLINE
from medhash_gui.comparison.plan import Plan, Row
from medhash_gui.comparison.run import Event, told
from medhash_gui.errors import ComparisonError, SettingsError
from medhash_gui.hashing import METHODS, plain
from medhash_gui.label_views import ALL_LABELS
from medhash_gui.training.training import Stopped, TrainingConfig

_LINE_EVERY_S = 5.0


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Compare, and write the tables.

    Raises:
        MedHashError: the comparison cannot begin or go on.
        Cancelled: the user pressed Ctrl-C; what is finished stays.
    """
    folder: Path = arguments.out
    if arguments.table_only:
        plan = _kept(folder, arguments.against)
    else:
        wanted = plan_of(arguments)
        teller = _Teller(output)
        with command_train.stop_on_interrupt() as stop:
            steps = comparison.run(
                folder,
                wanted,
                again=arguments.again,
                processes=arguments.processes,
                stop=stop.is_set,
            )
            try:
                plan = _followed(steps, teller)
            except Stopped:
                message = "Stopped."
                hint = "The same command goes on from there."
                raise Cancelled(message, hint) from None
    compared = comparison_figures.gather(folder, plan)
    paths = comparison_table.write(folder, compared)
    _say(compared, output)
    for path in paths:
        output.say(f"written: {path}")
    output.finish(
        told(
            None,
            "compared",
            cells=dict(compared.counts),
            files=[str(path) for path in paths],
            rows=[_row(line) for line in compared.lines],
        )
    )


def plan_of(arguments: argparse.Namespace) -> Plan:
    """Return the plan that the options mean.

    Raises:
        MedHashError: folder, table, weights, a method, a variant or an option is not
            there or not of the form that it should have.
    """
    device = command_train.device_of(arguments.device)
    rows = [
        _row_of(arguments, name, method, options, device)
        for name, method, options in _wishes(arguments)
    ]
    backbone = arguments.backbone or plain.OPTIONS["backbone"]
    first = _config(arguments, "dpsh", [], device)
    if not rows and arguments.variant == [] and arguments.methods != NONE:
        message = f"{arguments.methods!r} names no method."
        raise SettingsError(message, hint=f"Choose among: {', '.join(METHODS)}.")
    return Plan(
        base=comparison_plan.base_of(first),
        rows=tuple(rows),
        bits=tuple(arguments.bits),
        seeds=tuple(
            range(arguments.first_seed, arguments.first_seed + arguments.seeds)
        ),
        backbone=backbone,
        against=arguments.against,
        commands=(shlex.join(["medhash", *arguments.words]),),
    )


def _wishes(arguments: argparse.Namespace) -> list[tuple[str, str, list[str]]]:
    """Return name, method and options of each row that was asked for."""
    text = arguments.methods
    if text == "all":
        methods = list(METHODS)
    else:
        named = [part.strip() for part in text.split(",")]
        methods = [] if text == NONE else [name for name in named if name]
    given: dict[str, list[str]] = {name: [] for name in methods}
    for option in arguments.option:
        method, dot, rest = option.partition(".")
        if not dot or "=" not in rest:
            message = f"{option!r} does not name a method, its option and a value."
            raise SettingsError(message, hint="Write --option METHOD.NAME=VALUE.")
        if method not in given:
            message = f"The option {option!r} is of no method that is compared."
            raise SettingsError(message, hint=f"Compared: {', '.join(methods)}.")
        given[method].append(rest)
    rows = [(name, name, options) for name, options in given.items()]
    for variant in arguments.variant:
        name, equals, rest = variant.partition("=")
        method, colon, options = rest.partition(":")
        if not equals or not name.strip() or not method:
            message = f"{variant!r} does not name a variant and its method."
            hint = "Write --variant NAME=METHOD:OPTION=VALUE,OPTION=VALUE."
            raise SettingsError(message, hint=hint)
        listed = [part.strip() for part in options.split(",") if part.strip()]
        if colon and not listed:
            message = f"{variant!r} names no option."
            raise SettingsError(message, hint="Write OPTION=VALUE behind the colon.")
        rows.append((name.strip(), method.strip(), listed))
    return rows


def _row_of(
    arguments: argparse.Namespace,
    name: str,
    method: str,
    options: list[str],
    device: str,
) -> Row:
    config = _config(arguments, method, options, device)
    return Row(name, method, dict(config.options))


def _config(
    arguments: argparse.Namespace, method: str, options: list[str], device: str
) -> TrainingConfig:
    """Return the configuration of a run of one method, checked."""
    values = {**vars(arguments), "method": method, "option": options}
    values |= {"bits": arguments.bits[0], "seed": 1, "pretraining": 0}
    return command_train.config_of(argparse.Namespace(**values), device=device)


def _kept(folder: Path, against: str | None) -> Plan:
    plan = comparison_plan.read(folder)
    if plan is None:
        message = f"There is no comparison in {folder}."
        raise ComparisonError(
            message, hint="Name its folder, or leave out --table-only."
        )
    return plan if against is None else dataclasses.replace(plan, against=against)


def _followed(steps: Generator[Event, None, Plan], teller: _Teller) -> Plan:
    try:
        while True:
            try:
                teller.tell(next(steps))
            except StopIteration as end:
                plan: Plan = end.value
                return plan
    finally:
        steps.close()


class _Teller:
    """Says what events mean: to people, or as they are to programs."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._next_line = time.monotonic() + _LINE_EVERY_S
        self._done = self._total = 0

    def tell(self, event: Mapping[str, Any]) -> None:
        self._output.finish(event)
        if self._output.as_json:
            return
        kind = event["event"]
        if kind == "comparing":
            self._total = event["to_run"]
            self._output.say(
                f"{event['pictures']} pictures, {len(event['classes'])} labels; "
                f"{event['to_run']} of {event['cells']} cells to run"
            )
        elif kind == "warning":
            self._output.note(f"{event['message']} {event['hint']}".rstrip())
        elif kind == "cell_finished":
            self._done += 1
            found = ", ".join(f"{v:.3f} {n}" for n, v in event["map_at_10"].items())
            self._output.say(
                f"[{self._done}/{self._total}] {event['cell']}: {HEADLINE} {found}; "
                f"{event['seconds']:.1f} s"
            )
        elif kind == "cell_failed":
            self._done += 1
            self._output.say(
                f"[{self._done}/{self._total}] {event['cell']} failed: "
                f"{event['message']}"
            )
        elif kind == "progress" and time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _LINE_EVERY_S
            name = f"{event['cell']}, " if "cell" in event else ""
            where = f"epoch {event['epoch']}, " if event.get("epoch") else ""
            self._output.note(
                f"{name}{where}{event['step']}: {event['done']} of {event['total']}"
            )


def _say(compared: Comparison, output: Output) -> None:
    """Say the headline of every row."""
    for bits in compared.plan.bits:
        rows = []
        for line in compared.at(bits):
            found = line.figures.get((NEW, ALL_LABELS), {}).get(HEADLINE)
            difference = line.differences.get((NEW, ALL_LABELS))
            rows.append(
                (
                    line.name,
                    line.state if found is None else f"{found.value:.3f}",
                    "" if found is None else f"{found.low:.3f}-{found.high:.3f}",
                    "" if found is None else f"{found.chance:.3f}",
                    "" if difference is None else f"{difference.value:+.3f}",
                    "" if difference is None else difference.verdict,
                )
            )
        output.say()
        titles = (f"{bits} bits", HEADLINE, "95 % interval", "chance")
        against = compared.plan.against or "difference"
        output.table((*titles, f"{against} -", "verdict"), rows)
    output.say()


def _row(line: comparison_figures.Line) -> dict[str, Any]:
    """Return a line of the headline table as JSON values."""
    found = line.figures.get((NEW, ALL_LABELS), {}).get(HEADLINE)
    difference = line.differences.get((NEW, ALL_LABELS))
    return {
        "row": line.name,
        "bits": line.bits,
        "state": line.state,
        "note": line.note,
        HEADLINE: None if found is None else dataclasses.asdict(found),
        "difference": None
        if difference is None
        else {**dataclasses.asdict(difference), "verdict": difference.verdict},
    }
