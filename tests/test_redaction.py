from __future__ import annotations

import logging

import pytest

from medhash_gui.redaction import REMOVED, Formatter, without_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cannot open /home/Anna Doe/x.png: no file", f"cannot open {REMOVED}"),
        (r"cannot read 'C:\Users\Doe Jane\a.dcm'", f"cannot read {REMOVED}"),
        ("file study/Doe/1.dcm is gone", f"file {REMOVED}"),
        ("3 of 4, see (/tmp/x y) now", f"3 of 4, see {REMOVED}"),
        (r"\\server\share\Doe", REMOVED),
        ("first\n/a/b c\nlast", f"first\n{REMOVED}\nlast"),
    ],
)
def test_a_line_ends_where_a_path_begins(text, expected):
    assert without_paths(text) == expected


@pytest.mark.parametrize(
    "text",
    ["3 of 4 files, 2.5 s", "  medhash_gui/ui/job.py:12 in run", "medhash: no"],
)
def test_what_holds_no_path_stays(text):
    assert without_paths(text) == text


def test_a_log_holds_no_path_of_messages_or_exceptions():
    try:
        open("/none/Doe Jane.dcm")  # noqa: PTH123, SIM115
    except OSError as error:
        trace = (type(error), error, error.__traceback__)
    record = logging.LogRecord("medhash_gui", 30, "", 1, "gone: %s", ("/a/Doe",), trace)

    assert "Doe" not in Formatter("%(message)s").format(record)
