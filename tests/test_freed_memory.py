"""Memory that is free is given back where the C library would keep it."""

from __future__ import annotations

import ctypes
import sys

import pytest

from medhash_gui import freed_memory


class WithTrim:
    def __init__(self):
        self.asked = []

    def malloc_trim(self, kept):
        self.asked.append(kept)


@pytest.mark.parametrize(("system", "asked"), [("linux", [0]), ("darwin", [])])
def test_only_linux_is_asked_and_for_everything(monkeypatch, system, asked):
    library = WithTrim()
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(ctypes, "CDLL", lambda name: library)

    freed_memory.give_back()

    assert library.asked == asked


def test_a_c_library_without_the_call_is_left_alone(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(ctypes, "CDLL", lambda name: object())

    freed_memory.give_back()


@pytest.mark.skipif(sys.platform != "linux", reason="the call is of Linux")
def test_it_can_be_called_on_this_machine():
    freed_memory.give_back()
