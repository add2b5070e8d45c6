"""The examples of ``docs/python-api.md`` are run, and importing the API is cheap."""

from __future__ import annotations

import ast
import doctest
import inspect
import json
import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import install_tiny, write_study

from medhash_gui import api, audit, audit_chain
from medhash_gui.errors import SettingsError

PAGE = Path(__file__).parents[1] / "docs" / "python-api.md"


def test_the_examples_of_the_page_say_what_happens(tmp_path, monkeypatch):
    install_tiny()
    # A command that ran in this process before has said what the user works with.
    monkeypatch.setattr(audit._Caller, "name", "python")
    folder = write_study(tmp_path / "study")
    monkeypatch.chdir(tmp_path)

    failed, tried = doctest.testfile(
        str(PAGE), module_relative=False, globs={"folder": folder}, encoding="utf-8"
    )

    assert (failed, tried > 20) == (0, True)
    entries = [*audit_chain.entries(audit.folder())]
    assert {entry["event"] for entry in entries} == {
        "library-changed", "library-opened", "query", "export",
    }  # fmt: skip
    assert all(entry["with"].startswith("python, medhash") for entry in entries)


def test_every_name_is_on_the_page_and_documented():
    page = PAGE.read_text(encoding="utf-8")

    for name in api.__all__:
        assert f"`{name}" in page, name
        assert inspect.getdoc(getattr(api, name))
    public = {
        node.name
        for node in ast.parse(inspect.getsource(api)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert public | {"MedHashError"} == {*api.__all__}


def test_importing_it_loads_neither_qt_nor_torch_nor_a_runtime():
    code = (
        "import sys, json; from medhash_gui import api; "
        "print(json.dumps([*sys.modules]))"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    heavy = {"PySide6", "torch", "torchvision", "onnxruntime", "h5py", "cv2", "pydicom"}
    assert heavy & {*json.loads(ran.stdout)} == set()


def test_a_picture_that_the_library_does_not_hold_is_found_by_its_code(tmp_path):
    install_tiny()
    api.index(write_study(tmp_path / "a"), tmp_path / "a.medhash")
    other = write_study(tmp_path / "b", seed=9) / "dark" / "p04.png"

    with api.open_library(tmp_path / "a.medhash") as library:
        result = api.search(library, other, top=2, patients="include")

    assert [hit.rank for hit in result.hits] == [1, 2]


def test_an_option_that_is_none_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="no options of medhash train: --wrong 1"):
        api.train(tmp_path, tmp_path / "run", wrong=1)


@pytest.mark.slow
def test_a_model_is_trained_and_its_card_returned(tmp_path):
    folder = write_study(tmp_path / "study", each=12)
    told = []

    card = api.train(
        folder, tmp_path / "run", told=told.append, method="dsh", backbone="small",
        epochs=1, size=32, bits=16, batch=4, image_wise=True,
    )  # fmt: skip

    assert card.bits == 16
    assert told[-1]["event"] == "finished"
