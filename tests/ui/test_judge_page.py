"""The page that judges a run: figures beside chance, and cells that open pictures."""

from __future__ import annotations

from dataclasses import replace

import pytest
from training_states import judged

from medhash_gui.baselines import Baseline
from medhash_gui.run_control import RunFacts
from medhash_gui.settings import Settings
from medhash_gui.training_plan import METHOD_NAMES, TrainingPlan
from medhash_gui.ui.judge_page import JudgePage
from medhash_gui.ui.session import Session


@pytest.fixture
def session(qapp, models):
    made = Session(Settings.load())
    yield made
    made.close()


@pytest.fixture
def page(session, qtbot):
    made = JudgePage(session.trainer)
    qtbot.addWidget(made)
    made.show()
    return made


def test_figures_stand_beside_their_interval_and_chance(page, session, tmp_path):
    session.trainer.judged.emit(judged(tmp_path, right=True))

    assert "MAP@10 1.000" in page.text
    assert "8 pictures asked, each as a patient of its own" in page.text
    assert page.figures.measures.item(0, 0).text() == "MAP@10"
    assert page.labels.rowCount() == 2
    assert "different codes of 8 pictures" in page.health


def test_a_model_that_found_nothing_is_said_to_be_no_better_than_chance(
    page, session, tmp_path
):
    session.trainer.judged.emit(judged(tmp_path, right=False))

    assert "not clearly above chance" in page.text


def test_a_split_that_leaks_is_said_beside_the_figure(page, session, tmp_path):
    found = judged(tmp_path, right=True)
    leaking = replace(found, facts=replace(found.facts, started={"leaks": True}))

    session.trainer.judged.emit(leaking)

    assert "may be in two parts" in page.text


def test_a_cell_opens_its_pictures(page, session, tmp_path, qtbot):
    session.trainer.judged.emit(judged(tmp_path, right=True))

    page.confusion.open_cell("dark", "dark")

    qtbot.waitUntil(lambda: bool(page.strips[0].pictures), timeout=30_000)
    asks, *found = page.strips[0].pictures
    assert asks.file.name.startswith("test")
    assert {one.caption for one in found} <= {"0 bits", "1 bit", "2 bits"}
    qtbot.waitUntil(lambda: not session.is_busy, timeout=30_000)


def test_runs_and_baselines_stand_side_by_side(page, session, tmp_path):
    row = {
        "measure": "MAP@10",
        "set": "test queries (all) in test pictures of other patients",
        "queries": 8,
        **{"value": 0.5, "low": 0.4, "high": 0.6, "chance": 0.2},
    }
    plan = TrainingPlan(folder=tmp_path, title="Films")
    finished = RunFacts(tmp_path, plan, "finished", ended={"metrics": [row]})
    session.trainer.runs_found.emit((finished, RunFacts(tmp_path, plan, "failed")))

    failed = Baseline("dsh", None, None, None, "the loss ran away")
    session.trainer.baselines_found.emit(
        [Baseline("dch", 0.45, 0.4, 0.5, "finished"), failed]
    )

    assert page.baselines.item(1, 1).text() == "–"
    assert page.baselines.item(1, 2).text() == "the loss ran away"
    assert page.runs.rowCount() == 1
    assert page.runs.item(0, 5).text() == "0.500"
    assert page.baselines.item(0, 1).text() == "0.450"


def test_the_user_chooses_which_methods_are_trained_beside_the_run(
    page, session, monkeypatch
):
    asked = []
    monkeypatch.setattr(session.trainer, "train_baselines", asked.append)
    page.baselines_button.click()
    page.methods["dch"].click()
    page.methods["zhu2022"].click()

    page.baselines_button.setEnabled(True)
    page.baselines_button.click()

    assert set(page.methods) == set(METHOD_NAMES)
    assert asked == [["dch", "dpsh", "orthohash"], ["zhu2022", "dpsh", "orthohash"]]
