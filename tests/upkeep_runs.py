"""Runs what looks after a library, to its end."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

from medhash_gui.store_check import CheckReport, repairing_of, verifying

Report = TypeVar("Report")


def finish(run: Generator[object, None, Report]) -> Report:
    """Return what a run returns."""
    while True:
        try:
            next(run)
        except StopIteration as end:
            report: Report = end.value
            return report


def verify(root: Path) -> CheckReport:
    return finish(verifying(root))


def repair(root: Path, **more) -> CheckReport:
    return finish(repairing_of(root, **more))


def check_sound(root: Path) -> None:
    """Fail where anything is damaged, or a picture is in the library twice."""
    report = verify(root)
    assert report.sound, report.problems
    assert report.doubled == 0
