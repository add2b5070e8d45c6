"""Several labels in one cell, columns of yes and no, and values of details."""

from __future__ import annotations

import pytest

from medhash_gui import label_cells


@pytest.mark.parametrize(
    ("cells", "separator"),
    [
        (["x|y", "z"], "|"),
        (["x; y"], ";"),
        (["x\ny", "y"], "\n"),
        (["mass,edema", "mass", "edema"], ","),
        (["mass,edema", "edema,mass"], ","),
        (["a/b", "a", "b/c", "c"], "/"),
        (["a+b", "b"], "+"),
        (["mass, left", "mass, right"], ""),
        (["mass, left", "nodule, left", "mass, right", "nodule, right"], ""),
        (["N/A", "normal"], ""),
        (["grade 1/2"], ""),
        (["x", "y", ""], ""),
        ([], ""),
        (["mass, left|edema", "edema"], "|"),
        ([f"{'long ' * 20}; and more", "x"], ""),
        (["['a, b', 'c']", "['c']"], ""),
    ],
)
def test_separator_is_one_only_where_the_parts_are_labels(cells, separator) -> None:
    assert label_cells.guess_separator(cells) == separator


@pytest.mark.parametrize(
    ("cell", "separator", "labels"),
    [
        ("x| y |x||", "|", ("x", "y")),
        ("x, y", "", ("x, y")),
        ("", "|", ()),
        (" | ", "|", ()),
        ("['cardiomegaly', 'pleural effusion']", "|",
         ("cardiomegaly", "pleural effusion")),
        ("[]", "", ()),
    ],
)  # fmt: skip
def test_cell_is_split_into_labels_each_once(cell, separator, labels) -> None:
    expected = labels if isinstance(labels, tuple) else (labels,)

    assert label_cells.split(cell, separator) == expected


def test_columns_of_yes_and_no_are_told_from_others() -> None:
    assert label_cells.is_yes_or_no(["1", "0", "", "-1.0", "TRUE", "no"])
    assert not label_cells.is_yes_or_no(["1", "2"])
    assert not label_cells.is_yes_or_no(["", ""])


@pytest.mark.parametrize(
    ("cell", "says_yes"),
    [("1", True), ("1.0", True), ("Yes", True), ("TRUE", True),
     ("0", False), ("-1", False), ("-1.0", False), ("", False), ("no", False)],
)  # fmt: skip
def test_uncertain_and_blank_are_no_yes(cell, says_yes) -> None:
    assert label_cells.is_yes(cell) is says_yes


@pytest.mark.parametrize(
    ("key", "cell", "kept"),
    [
        ("sex", "Female", "F"), ("sex", "m", "M"), ("sex", "Other", "O"),
        ("sex", "unknown", ""), ("age_band", "058Y", "50-59"),
        ("age_band", "63.0", "60-69"), ("age_band", "97", "90+"),
        ("age_band", "40-49", "40-49"), ("age_band", "90+", "90+"),
        ("age_band", "born 1950", ""), ("view", "PA", "PA"),
    ],
)  # fmt: skip
def test_values_are_kept_in_one_form(key, cell, kept) -> None:
    assert label_cells.value(key, cell) == kept
