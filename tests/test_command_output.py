"""What commands write: escapes for odd names, tables, one JSON line, progress."""

from __future__ import annotations

import io
import json
import sys
import time

import pytest

from medhash_gui.command import output as command_output
from medhash_gui.command.output import Output, Progress, printable
from medhash_gui.errors import LibraryError


class Terminal(io.StringIO):
    """A standard error that calls itself a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("plain name.png", "plain name.png"),
        ("样本 – é.png", "样本 – é.png"),
        ("two\nlines", "two\\nlines"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("odd byte \udcff", "odd byte \\udcff"),
    ],
)
def test_names_cannot_break_lines_or_steer_the_terminal(name: str, shown: str) -> None:
    assert printable(name) == shown


def test_console_of_another_encoding_gets_escapes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "ascii")
    monkeypatch.setattr(sys, "stdout", stream)

    Output(as_json=False).say("样")

    stream.flush()
    assert stream.buffer.getvalue() == b"\\u6837\n"  # type: ignore[attr-defined]


def test_table_lines_up_numbers_right_and_text_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = Output(as_json=False)

    output.table(("rank", "file"), [(1, "a.png"), (12, "b\n.png")])

    assert capsys.readouterr().out.splitlines() == [
        "rank  file",
        "   1  a.png",
        "  12  b\\n.png",
    ]


def test_json_is_the_only_thing_on_standard_output(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output = Output(as_json=True)

    output.say("a line for people")
    output.table(("a",), [(1,)])
    output.finish({"path": "odd \udcff", "rate": None})

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0]) == {"path": "odd \udcff", "rate": None}


def test_failure_without_json_leaves_standard_output_alone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Output(as_json=False).fail(LibraryError("It is gone.", hint="Look for it."))

    captured = capsys.readouterr()
    assert captured.err == "medhash: It is gone.\n  Look for it.\n"
    assert captured.out == ""


def test_progress_on_a_terminal_is_a_bar_with_count_rate_and_time_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "100")

    with Progress("indexing") as progress:
        progress.show(0, 200, rate=None, seconds_left=None)
        progress.show(50, 200, rate=12.34, seconds_left=3725)

    text = terminal.getvalue()
    assert "50/200 files" in text
    assert "12.3 images/s" in text
    assert "1:02:05 left" in text


def test_progress_elsewhere_is_a_plain_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [100.0]
    monkeypatch.setattr(command_output.time, "monotonic", lambda: now[0])

    with Progress("indexing") as progress:
        for second in range(12):
            now[0] = 100.0 + second
            progress.show(second, 100, rate=1.0, seconds_left=88.0)

    assert capsys.readouterr().err.splitlines() == [
        "medhash: indexing: 5 of 100 files, 1.0 images/s, 1:28 left",
        "medhash: indexing: 10 of 100 files, 1.0 images/s, 1:28 left",
    ]
    assert time.monotonic() == now[0]  # the clock above was the one in use
