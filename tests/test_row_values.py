"""What rows may have in common, as numbers."""

from __future__ import annotations

import pytest
from labelled_library import make_library, row

from medhash_gui import row_values
from medhash_gui.store import CodeStore, RowChange


@pytest.fixture(params=["journal", "segment", "read again"])
def store(request, tmp_path):
    """Rows of two devices, of which two were changed later."""
    rows = [
        row(1, device="a", view="PA", folder="one/x"),
        row(2, device="b", folder="one"),
        row(3, folder="two/x"),
        row(4, device="a", view="PA", folder="one/x"),
        row(5, device="a"),
    ]
    made = make_library(tmp_path / "l.medhash", *rows)
    if request.param == "segment":
        made.seal()
    made.change(
        [
            RowChange(4, details=(("device", "b"), ("sex", "F"))),
            RowChange(3, path="picture.PNG", hidden=True),
            RowChange(1, path="one/1.jpeg"),
            RowChange(2, path="two/x/2.jpg"),
        ]
    )
    made.change([RowChange(0, details=())])
    if request.param == "read again":
        made.close()
        made = CodeStore.open(made.root)
    return made


def test_numbers_are_equal_where_details_are(store):
    numbers, values = store.detail_numbers("device")

    named = [values[number] if number >= 0 else "" for number in numbers]
    assert named == ["", "b", "", "a", "b"]
    details = [dict(store.record(n).details).get("device", "") for n in range(5)]
    assert named == details


def test_folders_and_kinds_of_file_come_from_the_path(store):
    found = {one.key: one.numbers.tolist() for one in row_values.each(store)}

    # "one/x", "one", "two/x", none, "ward"
    assert found["folder"] == [0, 0, 1, 2, 3]
    assert found["subfolder"] == [0, 1, 2, 3, 4]
    assert found["file_type"] == [0, 1, 1, 0, 0]


def test_what_no_row_states_is_not_there(store):
    found = {one.key for one in row_values.each(store)}

    assert found == {"device", "view", "sex", "folder", "subfolder", "file_type"}


def test_folders_of_one_level_are_told_once(tmp_path):
    store = make_library(tmp_path / "l.medhash", row(1, folder="a"), row(2, folder="b"))

    found = {one.key for one in row_values.each(store)}

    assert found == {"folder", "file_type"}
