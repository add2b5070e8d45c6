"""The option ``--more-of`` of ``search``: what it answers, says and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_runs import install_tiny, medhash, write_png, write_study
from tiny_bundle import pictures

from medhash_gui import paths


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a library of light and dark pictures, six patients of each."""
    folder = tmp_path_factory.mktemp("shared")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MEDHASH_HOME", str(folder / "home"))
        card = install_tiny()
        study = write_study(folder / "study", each=12)
        rows = [
            f"{path.relative_to(study).as_posix()},{path.parent.name},{number // 2 + 1}"
            for number, path in enumerate(sorted(study.rglob("*.png")))
        ]
        table = folder / "labels.csv"
        table.write_text("\n".join(["file,label,patient", *rows]))
        made = folder / "lib.medhash"
        model = ("--model", paths.user_models() / card.name)
        ran = medhash("index", study, "--library", made, "--labels", table, *model)
        assert ran.code == 0, ran.err
    return made


@pytest.fixture(autouse=True)
def home(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "packaged_models", lambda: tmp_path / "packaged")
    monkeypatch.setenv("MEDHASH_HOME", str(library.parent / "home"))


@pytest.fixture
def query(tmp_path: Path) -> Path:
    return write_png(tmp_path / "new.png", pictures(1, seed=77)[0])


@pytest.mark.row("C8")
def test_the_answer_tells_how_the_query_was_moved(library: Path, query: Path) -> None:
    plain = medhash("search", library, query, "--json").answer
    answer = medhash("search", library, query, "--more-of", "light:2", "--json").answer

    assert plain["more_of"] is None
    moved = answer["more_of"]
    assert set(moved) == {
        "label", "strength", "patients_with", "patients_without", "bits_changed",
    }  # fmt: skip
    assert (moved["label"], moved["strength"]) == ("light", 2)
    assert (moved["patients_with"], moved["patients_without"]) == (6, 6)
    assert len(moved["bits_changed"]) == 1
    assert 0 <= moved["bits_changed"][0] <= 16
    assert answer["query"]["code"] == plain["query"]["code"]  # of the picture itself


def test_the_text_says_that_distances_are_to_the_moved_code(
    library: Path, query: Path
) -> None:
    ran = medhash("search", library, query, "--more-of", "light")

    assert ran.code == 0
    assert "More of light (strength 1), as 6 patients with it differ from 6" in ran.out
    assert "bits: to the code that was moved so, not to the picture's own" in ran.out


def test_the_querys_own_patient_is_not_learnt_from(library: Path) -> None:
    own = next((library.parent / "study" / "light").glob("*.png"))

    answer = medhash("search", library, own, "--more-of", "light", "--json").answer

    assert answer["more_of"]["patients_with"] == 5
    assert answer["prior"]


def test_conditions_hold_for_what_is_learnt_from(library: Path, query: Path) -> None:
    where = ("--where", "label=light", "--more-of", "light")

    ran = medhash("search", library, query, *where)

    assert ran.code == 3
    assert "No labelled patient is without 'light'" in ran.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lihgt", "Labels like it: light."),
        ("light:9", "cannot be moved by a strength of 9"),
        (":1", "names no label"),
        ("", "names no label"),
    ],
)
def test_what_cannot_be_shown_more_of_is_refused(
    library: Path, query: Path, text: str, said: str
) -> None:
    ran = medhash("search", library, query, "--more-of", text)

    assert ran.code == 3
    assert said in ran.err


def test_more_of_a_finding_needs_a_picture(library: Path) -> None:
    ran = medhash("search", library, "--report-text", "any", "--more-of", "light")

    assert ran.code == 3
    assert "needs an IMAGE" in ran.err
