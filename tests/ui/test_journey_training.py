"""The journey of the wizard: from the sample's folder to a trained, judged, used model.

With MEDHASH_SHOTS=DIR every page is drawn into a PNG there, dark and light.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import numpy as np
import pytest

from medhash_gui import library_choice, paths
from medhash_gui.ui import theme
from medhash_gui.ui.training_wizard import (
    CHECK,
    CHOOSE,
    JUDGE,
    OPTIONS,
    RUN,
    SPLIT,
    USE,
)

pytestmark = pytest.mark.slow

# Ten minutes on two free cores; a machine that does other work may need longer.
SECONDS = 3000


def draw(window, wizard, name):
    """Draw the wizard in both themes, where that is asked for."""
    place = os.environ.get("MEDHASH_SHOTS")
    if not place:
        return
    Path(place).mkdir(parents=True, exist_ok=True)
    for look in ("light", "dark"):
        window.apply_theme(theme.load(look))
        wizard.grab().save(str(Path(place) / f"{name}-{look}.png"))


def fullest_cell(wizard):
    """Return the labels of the cell with the largest share."""
    confusion = wizard.judge.confusion.confusion
    place = np.nanargmax(confusion.shares)
    row, column = divmod(int(place), len(confusion.classes))
    return confusion.classes[row], confusion.classes[column]


@pytest.mark.timeout(SECONDS + 60)
def test_from_the_samples_folder_to_a_used_model(flight, capsys):
    seen = {}
    begun = time.monotonic()

    def pilot(window):
        session, trainer = window.session, window.session.trainer
        window.actions_by_id["try_sample"].trigger()
        yield lambda: session.result is not None and not session.is_busy
        before = session.facts
        window.actions_by_id["train"].trigger()
        yield lambda: window.training.wizard is not None
        wizard = window.training.wizard
        yield lambda: not wizard.problem
        assert wizard.page == CHOOSE
        draw(window, wizard, "1-choose")
        wizard.next_button.click()

        assert wizard.page == CHECK
        yield lambda: not wizard.problem
        assert "120 pictures, 4 labels" in wizard.check.text
        yield lambda: trainer.thumbnails.pending == 0
        draw(window, wizard, "2-check")
        wizard.next_button.click()
        assert wizard.page == SPLIT
        assert "No patient is in two parts" in wizard.split.leak
        draw(window, wizard, "3-split")

        wizard.next_button.click()
        assert wizard.page == OPTIONS
        assert "starting" not in wizard.problem
        # The model of MedHash that knows the samples best is what it starts from.
        assert "synthetic" in str(wizard.plan.weights)
        quick = wizard.options.times["quick"]
        yield lambda: "memory" in quick.text()
        draw(window, wizard, "4-options")
        wizard.options.expert.click()
        yield lambda: True
        draw(window, wizard, "4-options-expert")
        wizard.next_button.click()
        assert wizard.page == RUN
        yield lambda: trainer.is_running and len(trainer.facts.epochs) > 2
        # Searching goes on meanwhile.
        window.search_hit()
        session.search_file(next((before.indexed_root / "nodule").iterdir()))
        yield lambda: not session.inquiry.is_searching and session.result is not None
        yield (
            lambda: (
                (trainer.facts.progress or {}).get("step") == "writing"
                or (trainer.facts.state == "finished")
            )
        )
        draw(window, wizard, "5-run")
        yield lambda: trainer.facts.state == "finished"
        assert wizard.monitor.score.chart.levels["chance"] < 1
        assert not wizard.problem

        wizard.next_button.click()
        assert wizard.page == JUDGE
        yield lambda: "MAP@10" in wizard.judge.text
        draw(window, wizard, "6-judge")
        wizard.judge.tabs.setCurrentIndex(1)
        wizard.judge.confusion.open_cell(*fullest_cell(wizard))
        yield lambda: bool(wizard.judge.strips[0].pictures)
        yield lambda: trainer.thumbnails.pending == 0
        draw(window, wizard, "6-judge-finds")
        wizard.judge.tabs.setCurrentIndex(2)
        draw(window, wizard, "6-judge-labels")
        wizard.judge.tabs.setCurrentIndex(3)
        draw(window, wizard, "6-judge-runs")

        wizard.next_button.click()
        assert wizard.page == USE
        wizard.use.index_button.click()
        yield lambda: wizard.use.new is not None
        assert session.facts.root == before.root  # the old one is in use until then
        yield lambda: bool(wizard.use.after.pictures)
        assert len(wizard.use.before.pictures) == 11
        yield lambda: trainer.thumbnails.pending == 0
        draw(window, wizard, "7-use")
        wizard.use.switch_button.click()
        yield lambda: session.facts.root == wizard.use.new.root
        assert session.facts.images == before.images
        assert session.facts.model == trainer.facts.plan.title
        session.search_file(next((before.indexed_root / "nodule").iterdir()))
        yield lambda: session.result is not None and not session.inquiry.is_searching
        seen["in use"] = library_choice.in_use(before.indexed_root)
        wizard.use.back_button.click()
        yield lambda: session.facts.root == before.root
        seen["after"] = library_choice.in_use(before.indexed_root)
        seen["before"] = before.root
        window.actions_by_id["models"].trigger()
        yield lambda: window.training.models.models.rowCount() == 4
        draw(window, window.training.models, "8-models")

    assert flight.run(pilot, seconds=SECONDS) == 0

    with capsys.disabled():
        print(f"\nthe journey took {time.monotonic() - begun:.0f} s")  # noqa: T201
    assert seen["in use"] != seen["before"]
    assert seen["after"] == seen["before"]
    [model] = paths.user_models().iterdir()
    assert (model / "card.json").is_file()


def figures(facts):
    """Return the lines of a run's figures, each beside its chance, for a note."""
    levels = facts.references
    yield "MAP@10, 95 % over patients, chance:"
    for row in facts.ended["metrics"]:
        if row["measure"].startswith("MAP@10"):
            interval = f"({row['low']:.3f}-{row['high']:.3f})"
            said = f"  {row['value']:.3f} {interval} chance {row['chance']:.3f}"
            yield f"{said}  {row['measure']}, {row['set']}, n {row['queries']}"
    best = facts.best
    yield f"  {best['validation_map']:.3f} validation, best of {len(facts.epochs)}"
    yield f"  {levels['chance']:.3f} its chance"
    for name, value in levels["controls"].items():
        yield f"  {value:.3f} validation, control {name}"


@pytest.mark.timeout(2 * SECONDS)
def test_real_photographs_by_a_table_without_patients(flight, shared_data, capsys):
    """Fundus photographs by CSV, quick preset; with -s its figures are printed."""
    folder = shared_data / "fundus_idrid_512"
    # The packaged model of this kind has seen these very pictures: the figures of what
    # starts from it would be too good.
    weights = (
        shared_data / "weights_imagenet/mobilenet_v2_features_bnfolded.safetensors"
    )
    seen = {}

    def pilot(window):
        trainer = window.session.trainer
        window.actions_by_id["train"].trigger()
        yield lambda: window.training.wizard is not None
        wizard = window.training.wizard
        wizard.choose.take_folder(folder)
        columns = wizard.choose.table.column_table
        yield lambda: columns.rowCount() == 4 and not wizard.problem
        roles = {"dr_grade": "labels", "dme_risk": "", "official_split": ""}
        for column, role in roles.items():
            columns.take_for(column, role)
        yield lambda: not wizard.problem and "being looked" not in wizard.problem
        draw(window, wizard, "fundus-1-choose")
        wizard.next_button.click()
        yield lambda: wizard.page == CHECK and not wizard.problem
        assert "patients not known" in wizard.check.text
        yield lambda: trainer.thumbnails.pending == 0
        draw(window, wizard, "fundus-2-check")
        wizard.next_button.click()
        assert wizard.page == SPLIT
        seen["leak"] = wizard.split.leak
        draw(window, wizard, "fundus-3-split")
        wizard.next_button.click()
        assert wizard.page == OPTIONS
        assert "fundus" in str(wizard.plan.weights)
        assert wizard.options.plan.preset == "quick"
        yield lambda: "memory" in wizard.options.times["quick"].text()
        seen["estimate"] = wizard.options.times["quick"].text()
        wizard.options.take_weights(weights)
        wizard.next_button.click()
        yield lambda: trainer.facts is not None and trainer.facts.state == "finished"
        draw(window, wizard, "fundus-5-run")
        seen["facts"] = trainer.facts
        wizard.next_button.click()
        assert wizard.page == JUDGE
        yield lambda: "MAP@10" in wizard.judge.text
        draw(window, wizard, "fundus-6-judge")
        wizard.judge.tabs.setCurrentIndex(1)
        wizard.judge.confusion.open_cell(*fullest_cell(wizard))
        yield lambda: bool(wizard.judge.strips[0].pictures)
        yield lambda: trainer.thumbnails.pending == 0
        draw(window, wizard, "fundus-6-finds")

    assert flight.run(pilot, seconds=2 * SECONDS - 60) == 0
    facts = seen["facts"]
    with capsys.disabled():
        print(f"\nestimate: {seen['estimate']}")  # noqa: T201
        print("\n".join(figures(facts)))  # noqa: T201
    assert "patients are not known" in seen["leak"]
    assert "too good" in seen["leak"]
    asked = [r for r in facts.ended["metrics"] if r["measure"] == "MAP@10"]
    assert asked
    assert all(row["low"] > row["chance"] for row in asked)
    controls = facts.references["controls"].values()
    assert facts.best["validation_map"] > max(controls)
