"""What the commands write: tables for people, one JSON line for programs, progress.

Standard output carries the answer: text, or with ``--json`` one JSON object on its last
line and nothing else. Standard error carries progress, notes and failures. A name from
a file system or a stranger's file cannot break a line or steer the terminal: what is
not printable is written as an escape.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from medhash_gui.errors import MedHashError

if TYPE_CHECKING:
    import tqdm

_PLAIN_LINE_EVERY_S = 5.0
_BAR = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt} {unit}{postfix}"


class Output:
    """Writes for one command.

    Attributes:
        as_json: the answer is one JSON object instead of text.
    """

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def say(self, text: str = "") -> None:
        """Write one line of the answer for people; nothing under ``--json``."""
        if not self.as_json:
            _write(sys.stdout, printable(text))

    def table(self, titles: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a table for people; numbers to the right, text to the left."""
        cells = [[printable(str(value)) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(titles, *cells, strict=True)]
        numeric = [all(isinstance(row[n], int | float) for row in rows)
                   for n in range(len(titles))]  # fmt: skip
        for line in [list(titles), *cells]:
            padded = [
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ]
            self.say("  ".join(padded).rstrip())

    def note(self, text: str) -> None:
        """Write one line on standard error."""
        _write(sys.stderr, f"medhash: {printable(text)}")

    def note_of(self, problem: str) -> None:
        """Write a note where there is something to say, nothing for ""."""
        if problem:
            self.note(problem)

    def finish(self, answer: Mapping[str, Any]) -> None:
        """Write the answer for programs; nothing without ``--json``."""
        if self.as_json:
            # ASCII escapes carry every name, lone surrogates of odd bytes included.
            _write(sys.stdout, json.dumps(answer, ensure_ascii=True, allow_nan=False))

    def fail(self, error: MedHashError) -> None:
        """Write what went wrong and the way out."""
        self.note(error.message)
        if error.hint:
            _write(sys.stderr, f"  {printable(error.hint)}")
        self._finish_without(type(error).__name__, error.message, error.hint)

    def cancelled(self, message: str, hint: str) -> None:
        """Write that the user stopped the command, and what is left to do."""
        self.note(f"{message} {hint}".rstrip())
        self._finish_without("Cancelled", message, hint)

    def _finish_without(self, kind: str, message: str, hint: str) -> None:
        self.finish({"error": {"type": kind, "message": message, "hint": hint}})


class Progress:
    """Shows how far a run has come: a bar on a terminal, else a line now and then."""

    def __init__(self, title: str, *, unit: str = "files") -> None:
        self._title = title
        self._unit = unit
        self._bar: tqdm.tqdm | None = None
        self._next_line = 0.0

    def __enter__(self) -> Progress:
        self._next_line = time.monotonic() + _PLAIN_LINE_EVERY_S
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()  # type: ignore[no-untyped-call]  # no types in tqdm

    def show(
        self,
        done: int,
        total: int,
        *,
        rate: float | None,
        seconds_left: float | None,
        device: str = "",
    ) -> None:
        """Show the state of the run.

        Args:
            done: files settled.
            total: files in all.
            rate: pictures a second, or None while unknown.
            seconds_left: estimate of the rest, or None while unknown.
            device: where the network runs.
        """
        parts = []
        if rate is not None:
            on = f" on {device}" if device else ""
            parts.append(f"{rate:.1f} images/s{on}")
        if seconds_left is not None:
            parts.append(f"{_clock(seconds_left)} left")
        if sys.stderr.isatty():
            self._show_bar(done, total, ", ".join(parts))
        elif time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _PLAIN_LINE_EVERY_S
            text = ", ".join([f"{self._title}: {done} of {total} {self._unit}", *parts])
            _write(sys.stderr, f"medhash: {printable(text)}")

    def _show_bar(self, done: int, total: int, postfix: str) -> None:
        if self._bar is None:
            import tqdm  # a tenth of a second that only a bar is worth

            tqdm.tqdm.monitor_interval = 0  # no thread only to redraw a slow bar
            self._bar = tqdm.tqdm(
                total=total, desc=self._title, bar_format=_BAR, file=sys.stderr,
                dynamic_ncols=True, leave=False, unit=self._unit,
            )  # fmt: skip
        self._bar.total = total
        self._bar.n = done
        self._bar.set_postfix_str(postfix)


def printable(text: str) -> str:
    """Return the text with line breaks, control characters and the like escaped."""
    if text.isprintable():
        return text
    return "".join(
        char
        if char.isprintable()
        else char.encode("unicode_escape", "backslashreplace").decode("ascii")
        for char in text
    )


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"
    )


def _write(stream: TextIO, line: str) -> None:
    # A console of another encoding (Windows, LANG=C) lacks letters: escape those.
    encoding = stream.encoding or "utf-8"
    stream.write(line.encode(encoding, "backslashreplace").decode(encoding) + "\n")
    stream.flush()
