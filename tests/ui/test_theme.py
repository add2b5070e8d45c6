"""Themes: complete, legible, and away from image data."""

from __future__ import annotations

import re

import pytest

from medhash_gui import paths
from medhash_gui.ui import theme


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [
        p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", ["dark", "light"])
def test_every_token_of_the_sheet_has_a_colour(qapp, name):
    sheet = theme.load(name).style_sheet()

    assert not re.search(r"\{[a-z_]+\}", sheet)


def test_both_themes_have_the_same_tokens():
    assert set(theme.load("dark").tokens) == set(theme.load("light").tokens)


@pytest.mark.parametrize("name", ["dark", "light"])
@pytest.mark.parametrize("ground", ["window", "surface", "raised"])
@pytest.mark.parametrize("token", ["text", "text_dim", "warning", "failure"])
@pytest.mark.row("I7")
def test_words_are_legible_on_every_ground(name, ground, token):
    tokens = theme.load(name).tokens

    assert contrast(tokens[token], tokens[ground]) >= 4.5


@pytest.mark.row("I5")
def test_nothing_of_the_dark_chrome_is_as_bright_as_a_picture_can_be():
    tokens = theme.load("dark").tokens

    assert max(luminance(colour) for colour in tokens.values()) < 0.65


@pytest.mark.parametrize("setting", ["dark", "light", "system"])
def test_every_setting_stands_for_a_theme(qapp, setting):
    assert theme.chosen(setting) in ("dark", "light")


def test_every_icon_follows_the_theme(qapp):
    files = sorted(paths.resource("icons").glob("*.svg"))
    plain = {"medhash", "chevron"}

    for file in files:
        has_colour = "currentColor" in file.read_text(encoding="utf-8")
        assert has_colour == (file.stem not in plain), file.name
        if file.stem not in plain:
            icon = theme.load("dark").icon(file.stem)
            assert not icon.pixmap(20, 20).toImage().isNull()
