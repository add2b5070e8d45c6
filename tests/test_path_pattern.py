"""Patterns take patients, cases and labels from paths, and bad ones are named."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medhash_gui.errors import SettingsError
from medhash_gui.path_pattern import PathPattern, without_ending


@pytest.mark.parametrize(
    ("pattern", "path", "parts"),
    [
        ("{patient}/{case}/*", "p7/c1/a.png", {"patient": "p7", "case": "c1"}),
        ("{patient}/{case}/*", "p7/a.png", {}),
        ("{patient}/{case}/*", "p7/c1/deeper/a.png", {}),
        ("{patient}\\{case}\\*", "p7/c1/a.png", {"patient": "p7", "case": "c1"}),
        ("./{label}/*", "mass/a.png", {"label": "mass"}),
        ("{label}/**", "mass/a.png", {"label": "mass"}),
        ("{label}/**", "mass/x/y/a.png", {"label": "mass"}),
        ("{label}/**", "a.png", {}),
        ("**/{label}/*", "mass/a.png", {"label": "mass"}),
        ("**/{label}/*", "x/y/mass/a.png", {"label": "mass"}),
        ("x/**/{label}/*", "x/mass/a.png", {"label": "mass"}),
        ("*/{patient}_{case}/*", "x/7_c_1/a.png", {"patient": "7", "case": "c_1"}),
        ("*/{patient}_{case}/*", "x/7/a.png", {}),
        ("{patient}_*", "0007_012.jpg", {"patient": "0007"}),
        ("{patient}-{label}", "7-mass.tif", {"patient": "7", "label": "mass"}),
        ("{patient}", "1.2.3.DCM", {"patient": "1.2.3"}),
        ("{patient}", "1.2.3", {"patient": "1.2.3"}),
        ("{patient}.png", "7.png", {"patient": "7"}),
        ("p({patient})/*", "p(7)/a.png", {"patient": "7"}),
        ("{label}/*", "gr\u00fcn/a.png", {"label": "gr\u00fcn"}),
        ("{label}/A\u0308/*", "x/\u00c4/a.png", {"label": "x"}),
        ("a*/{label}/*", "abc/x/a.png", {"label": "x"}),
        ("a*/{label}/*", "a/x/a.png", {"label": "x"}),
        ("a*/{label}/*", "b/x/a.png", {}),
        ("*a*b/{label}/*", "xaxbxb/x/a.png", {"label": "x"}),
        ("{patient}_x/*", "7_x_x/a.png", {"patient": "7_x"}),
        ("{patient}_{case}_x/*", "7_8_x_x/a.png", {"patient": "7", "case": "8_x"}),
        ("aa{label}a/*", "aaaa/a.png", {"label": "a"}),
    ],
)
def test_pattern_takes_parts_of_a_path(pattern, path, parts) -> None:
    assert PathPattern.parse(pattern).parts_of(path) == parts


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("*/*", "takes nothing from a path"),
        ("{patient/*", "a brace without its other half"),
        ("patient}/*", "a brace without its other half"),
        ("{name}/*", r"names \{name\}; there are \{patient\}, \{case\}, \{label\}"),
        ("{}/*", r"names \{\}"),
        ("{patient}/{patient}/*", r"names \{patient\} twice"),
        ("{patient}{case}/*", "nothing stands between two names"),
        ("{patient}/a**", "does not stand alone"),
        ("{patient}//*", "a part without a name"),
        ("{patient}/", "a part without a name"),
        ("/data/{patient}/*", "begins at the root"),
        ("C:\\data\\{patient}\\*", "begins at the root"),
        ("{patient}*/*", "nothing stands between two names"),
        ("*{patient}/*", "nothing stands between two names"),
        ("**/a/**/{label}/**", r"has \*\* more than 2 times"),
    ],
)
def test_bad_pattern_is_named_with_a_way_out(pattern, message) -> None:
    with pytest.raises(SettingsError, match=message) as raised:
        PathPattern.parse(pattern)

    assert "{patient}/{case}/*" in raised.value.hint


def test_pattern_is_known_by_its_text() -> None:
    pattern = PathPattern.parse(" {label}/** ")

    assert str(pattern) == "{label}/**"
    assert pattern == PathPattern.parse("{label}/**")


@pytest.mark.parametrize(
    ("path", "bare"),
    [("x/a.PNG", "x/a"), ("a.tar.gz", "a.tar.gz"), ("1.2.3", "1.2.3"), ("dcm", "dcm")],
)
def test_only_endings_of_pictures_are_taken_off(path, bare) -> None:
    assert without_ending(path) == bare


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            ["{patient}", "{case}", "{label}", "{", "}", "*", "/", "a", "."]
        )
    ).map("".join),
    st.text(alphabet="ab/._", max_size=30),
)
def test_whatever_is_written_a_pattern_or_a_sentence_comes(text, path) -> None:
    try:
        pattern = PathPattern.parse(text)
    except SettingsError:
        return
    for part in pattern.parts_of(path).values():
        assert part
        assert "/" not in part
        assert part in path


@pytest.mark.parametrize(
    "path", ["a" * 240 + "/x", "a/" * 300 + "x", "a" * 240 + "b/c/d"]
)
@pytest.mark.parametrize(
    "pattern", ["*a*a*a*a*a*a*a*a*a*a/{label}/*", "**/*a*a*b/**/{label}/c/*"]
)
def test_no_pattern_takes_long(pattern, path) -> None:
    assert PathPattern.parse(pattern).parts_of(path) == {}
