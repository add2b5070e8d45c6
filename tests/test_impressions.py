"""Impressions are added to a file of the user's, without a name."""

from __future__ import annotations

import json

import pytest

from medhash_gui import impressions
from medhash_gui.errors import MedHashError


@pytest.mark.row("E10")
def test_impressions_are_added_a_line_each():
    impressions.record(b"\x01" * 16, " first\nline ", model_id="m1")
    impressions.record(None, "second", model_id="m1")

    lines = impressions.file().read_text("utf-8").splitlines()
    values = [json.loads(line) for line in lines]
    assert [one["impression"] for one in values] == ["first\nline", "second"]
    assert [one["picture"] for one in values] == ["010101010101", "pasted"]


def test_a_file_that_cannot_be_written_is_a_sentence(clean_home):
    impressions.file().mkdir(parents=True)

    with pytest.raises(MedHashError, match="cannot be written") as caught:
        impressions.record(None, "lost", model_id="m1")
    assert "Own impression first" in caught.value.hint
