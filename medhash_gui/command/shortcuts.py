"""The command ``library shortcuts``: what neighbours share besides their labels."""

from __future__ import annotations

import argparse
import datetime

from medhash_gui import audit, shortcut_report, shortcuts
from medhash_gui.command import conditions
from medhash_gui.command.output import Output, Progress
from medhash_gui.exporting import RESEARCH_USE
from medhash_gui.shortcut_figures import Estimate, Lift
from medhash_gui.shortcuts import ShortcutAudit
from medhash_gui.store import CodeStore

_TITLES = ("property", "values", "patients", "agree", "chance", "lift", "minus labels",
           "same label: agree", "chance", "lift")  # fmt: skip


def run(arguments: argparse.Namespace, output: Output) -> None:
    """Look at what neighbours in a library have in common, and say it.

    Raises:
        MedHashError: the library cannot be read, or too little of it passes the
            conditions.
    """
    with CodeStore.open(arguments.library) as store:
        output.note_of(audit.opened(store))
        found = _measured(store, arguments)
        origin = shortcut_report.origin_of(store)
    _say(found, output)
    today = datetime.datetime.now().astimezone().date()
    output.finish(shortcut_report.as_values(found, origin=origin, day=today))


def _measured(store: CodeStore, arguments: argparse.Namespace) -> ShortcutAudit:
    steps = shortcuts.measure(
        store,
        filter=conditions.filter_of(arguments.where),
        neighbours=arguments.top,
        sample=arguments.sample,
        seed=arguments.seed,
    )
    with Progress("comparing", unit="steps") as progress:
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                found: ShortcutAudit = end.value
                return found
            progress.show(step.done, step.found, rate=None, seconds_left=None)


def _say(found: ShortcutAudit, output: Output) -> None:
    output.say(shortcut_report.sampled(found))
    rows = [
        (
            shortcut_report.NAMES[one.key],
            one.values,
            one.overall.patients,
            *_figures(one.overall),
            _interval(one.more_than_labels, signed=True),
            *(("", "", "") if one.within is None else _figures(one.within)),
        )
        for one in found.properties
    ]
    output.table(_TITLES, rows)
    output.say()
    for one in found.properties:
        name = shortcut_report.NAMES[one.key]
        output.say(f"{name}: {shortcut_report.sentence(one)}")
    if found.not_stated:
        names = ", ".join(shortcut_report.NAMES[key] for key in found.not_stated)
        output.say(f"Not stated by any picture: {names}.")
    output.say()
    output.say(shortcut_report.conclusion(found))
    output.note(shortcut_report.MEANING)
    output.note(RESEARCH_USE)


def _figures(one: Lift) -> tuple[str, str, str]:
    if not one.patients:
        return "", "", "withheld"
    return f"{one.agreement:.3f}", f"{one.chance:.3f}", _interval(one.lift)


def _interval(one: Estimate | None, *, signed: bool = False) -> str:
    if one is None:
        return "withheld"
    sign = "+" if signed else ""
    return f"{one.value:{sign}.3f} ({one.low:{sign}.3f} to {one.high:{sign}.3f})"
