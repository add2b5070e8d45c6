"""Reading, indexing and searching never load torch: checked in fresh interpreters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_runs import write_png, write_study
from tiny_bundle import make_tiny_bundle, pictures

# Runs one command as the program does and says which heavy modules it has loaded. The
# guard keeps the processes that decode, which import this again, from running it too.
_WRAPPER = """
import json, sys
from medhash_gui.__main__ import main

if __name__ == "__main__":
    code = main(sys.argv[1:])
    heavy = ("torch", "torchvision", "PySide6", "onnx", "pydicom")
    loaded = [name for name in heavy if name in sys.modules]
    print(json.dumps({"code": code, "loaded": loaded}))
"""


@pytest.fixture
def wrapper(tmp_path: Path) -> Path:
    script = tmp_path / "wrapper.py"
    script.write_text(_WRAPPER)
    return script


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    make_tiny_bundle(folder / "models" / "tiny-16bit")
    return folder


def loaded_by(wrapper: Path, home: Path, *words: str | Path) -> list[str]:
    done = subprocess.run(
        [sys.executable, str(wrapper), *(str(word) for word in words)],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "MEDHASH_HOME": str(home), "PYTHONUTF8": "1"},
        timeout=150,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["code"] == 0, done.stderr
    loaded: list[str] = result["loaded"]
    return loaded


def test_index_search_and_overlay_load_no_torch_and_no_qt(
    wrapper: Path, home: Path, tmp_path: Path
) -> None:
    study = write_study(tmp_path / "study", each=2)
    library = tmp_path / "lib.medhash"
    query = write_png(tmp_path / "query.png", pictures(1, seed=9)[0])
    model = ("--model", "tiny-16bit")

    # auto: this machine may have a GPU, for which torch is the right engine
    device = ("--device", "cpu")
    index = loaded_by(
        wrapper, home, "index", study, "--library", library, *model, *device
    )
    search = loaded_by(wrapper, home, "search", library, query)
    overlay = loaded_by(
        wrapper, home, "search", library, query, "--overlay", tmp_path / "maps"
    )
    info = loaded_by(wrapper, home, "info", library)

    assert index == search == overlay == info == []
    assert list((tmp_path / "maps").glob("hit-01-*.png"))


def test_a_window_that_opens_searches_and_explains_loads_no_torch(
    wrapper: Path, home: Path, tmp_path: Path
) -> None:
    study = write_study(tmp_path / "study", each=2)
    library, shot = tmp_path / "lib.medhash", tmp_path / "shot.png"
    query = write_png(tmp_path / "query.png", pictures(1, seed=9)[0])
    model = ("--model", "tiny-16bit", "--device", "cpu")
    loaded_by(wrapper, home, "index", study, "--library", library, *model)
    (home / "settings.json").write_text('{"accepted_research_notice": true}')

    window = loaded_by(
        wrapper, home, "window", library, "--image", query, "--screenshot", shot
    )

    assert window == ["PySide6"]
    assert shot.stat().st_size > 0


def test_evaluate_loads_no_torch_and_no_qt(
    wrapper: Path, home: Path, tmp_path: Path
) -> None:
    study = write_study(tmp_path / "study", each=3)

    loaded = loaded_by(
        wrapper, home, "evaluate", "tiny-16bit", study, "--device", "cpu", "--json"
    )

    assert loaded == []


def test_index_on_auto_without_a_gpu_loads_no_torch(
    wrapper: Path, home: Path, tmp_path: Path
) -> None:
    from medhash_gui import engine

    if engine.cuda_visible():
        pytest.skip("this machine has a GPU: torch is meant to be loaded")
    study = write_study(tmp_path / "study", each=2)

    loaded = loaded_by(
        wrapper, home, "index", study, "--library", tmp_path / "l", "--device", "auto"
    )

    assert loaded == []


def test_models_loads_nothing_heavy(wrapper: Path, home: Path) -> None:
    assert loaded_by(wrapper, home, "models") == []


def test_doctor_looks_at_torch_and_qt_without_loading_them(
    wrapper: Path, home: Path
) -> None:
    assert loaded_by(wrapper, home, "doctor") == ["pydicom"]  # its table of decoders
