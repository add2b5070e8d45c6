"""The wizard's pages: what is told, and that no impossible run can be started."""

from __future__ import annotations

import shutil

import pytest
from PySide6.QtWidgets import QLabel
from training_states import run_of, write

from medhash_gui import model_transfer, paths, room, run_control, run_files
from medhash_gui.errors import SettingsError
from medhash_gui.settings import Settings
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.ui import training_tasks
from medhash_gui.ui.models_dialog import ModelsDialog
from medhash_gui.ui.session import Session
from medhash_gui.ui.training_monitor import MonitorPage
from medhash_gui.ui.training_wizard import (
    CHECK,
    CHOOSE,
    OPTIONS,
    RUN,
    SPLIT,
    TrainingWizard,
)


@pytest.fixture
def session(qapp, models):
    made = Session(Settings.load())
    yield made
    made.close()


@pytest.fixture
def wizard(session, qtbot):
    beginnings = training_tasks.Beginnings(training_tasks.starting_models(), ())
    made = TrainingWizard(session, session.trainer, beginnings)
    qtbot.addWidget(made)
    made.show()
    yield made
    made.done(0)


@pytest.fixture
def started(session, monkeypatch):
    """Collect the plans that a run was started with, and start none."""
    plans = []
    monkeypatch.setattr(session.trainer, "start", plans.append)
    monkeypatch.setattr(session.trainer, "estimate", lambda plans: None)
    return plans


def reach(wizard, qtbot, folder, page):
    wizard.choose.take_folder(folder)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    while wizard.page < page:
        wizard.next_button.click()
        if wizard.page == CHECK:
            qtbot.waitUntil(lambda: not wizard.problem, timeout=60_000)


def test_without_a_folder_one_cannot_go_on_and_is_told_why(wizard):
    assert wizard.page == CHOOSE
    assert "Choose the folder" in wizard.problem

    wizard.next()

    assert wizard.page == CHOOSE
    assert not wizard.next_button.isEnabled()


def table_of(folder, text):
    """Write pictures and a table beside them."""
    write(folder)
    (folder / "labels.csv").write_text(text)


def one_picture_twice(folder):
    write(folder)
    shutil.copy(folder / "dark/00.png", folder / "light/copy.png")


def one_patient_of_all(folder):
    write(folder)
    files = sorted(folder.glob("*/*.png"))
    rows = [f"{f.parent.name}/{f.name},{f.parent.name},P1\n" for f in files]
    (folder / "labels.csv").write_text("file,label,patient\n" + "".join(rows))


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (lambda folder: None, "no picture"),
        (lambda folder: folder.rmdir(), "not there"),
        (lambda folder: write(folder / "deep" / "deeper"), "two labels"),
        (lambda folder: table_of(folder, "a,b\n1,2\n"), "No column"),
        (lambda folder: table_of(folder, ""), "empty"),
        (
            lambda folder: table_of(folder, "file,label\nx.png,dark\ny.png,light\n"),
            "No row",
        ),
        (
            lambda folder: table_of(
                folder, "file,label\ndark/00.png,dark\ndark/02.png,dark\n"
            ),
            "two labels",
        ),
    ],
    ids=[
        *("an empty folder", "no such folder", "one label", "a table of numbers"),
        *("an empty table", "a table of another folder", "one label in a table"),
    ],
)
def test_a_folder_to_learn_nothing_from_is_refused(wizard, qtbot, tmp_path, make, told):
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)

    wizard.choose.take_folder(folder)

    qtbot.waitUntil(lambda: "being looked at" not in wizard.problem, timeout=30_000)
    if told == "No column":  # the table is not clear, so it is shown to be changed
        assert wizard.choose.table.isVisibleTo(wizard.choose)
    assert told in wizard.problem
    wizard.next()
    assert wizard.page == CHOOSE


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (one_picture_twice, "more than once with different labels"),
        (one_patient_of_all, "All pictures are of one patient"),
        (lambda folder: write(folder, each=2), "pictures are left to learn from"),
    ],
    ids=["labels that contradict", "one patient", "fewer pictures than a step takes"],
)
def test_data_that_no_model_can_come_of_stop_the_way(
    wizard, qtbot, tmp_path, started, make, told
):
    folder = tmp_path / "films"
    make(folder)
    wizard.choose.take_folder(folder)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)

    wizard.next_button.click()

    qtbot.waitUntil(lambda: "being opened" not in wizard.problem, timeout=60_000)
    assert wizard.page == CHECK
    assert told in wizard.problem
    wizard.next()
    assert wizard.page == CHECK


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("leaking copies", "in two parts, which flatters figures"),
        ("tiny", "only one picture with the label"),
    ],
)
def test_what_spoils_figures_is_said_and_lets_one_go_on(
    wizard, qtbot, tmp_path, started, kind, told
):
    folder = write(tmp_path / "films", each=20)
    if kind == "tiny":
        (folder / "odd").mkdir()
        (folder / "dark/00.png").rename(folder / "odd/00.png")
    else:
        for file in sorted((folder / "dark").iterdir()):
            shutil.copy(file, file.with_name(f"copy {file.name}"))
    wizard.choose.take_folder(folder)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    wizard.next_button.click()

    qtbot.waitUntil(lambda: not wizard.problem, timeout=60_000)

    assert told in " ".join(one.text() for one in wizard.check.findChildren(QLabel))


def test_a_folder_that_goes_away_while_it_is_looked_at_is_said(
    wizard, qtbot, tmp_path, started
):
    folder = write(tmp_path / "films")
    wizard.choose.take_folder(folder)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    shutil.rmtree(folder)

    wizard.next_button.click()

    qtbot.waitUntil(lambda: "being opened" not in wizard.problem, timeout=60_000)
    assert "films" in wizard.problem
    wizard.next()
    assert wizard.page == CHECK


def test_parts_that_leave_nothing_to_learn_from_stop_the_way(
    wizard, qtbot, tmp_path, started
):
    reach(wizard, qtbot, write(tmp_path / "films"), SPLIT)

    wizard.split.validation.setValue(40)
    wizard.split.test.setValue(50)

    qtbot.waitUntil(lambda: "being divided" not in wizard.problem, timeout=30_000)
    assert "left to learn from" in wizard.problem
    wizard.next()
    assert wizard.page == SPLIT


def test_an_unreadable_picture_stops_the_way_until_it_is_left_out(
    wizard, qtbot, tmp_path, started
):
    folder = write(tmp_path / "films")
    (folder / "light" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n cut")
    wizard.choose.take_folder(folder)
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    wizard.next_button.click()
    qtbot.waitUntil(lambda: "cut.png" in wizard.problem, timeout=60_000)

    wizard.next()
    assert wizard.page == CHECK

    wizard.check.buttons["unreadable"].click()
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    assert wizard.plan.left_out == ("light/cut.png",)
    assert "1 files are left out" in wizard.check.text
    wizard.next()
    assert wizard.page == SPLIT


def test_what_unknown_patients_and_a_leaking_split_mean_is_said(
    wizard, qtbot, tmp_path, started
):
    reach(wizard, qtbot, write(tmp_path / "films"), SPLIT)
    assert "patients are not known" in wizard.split.leak

    seed = wizard.plan.seed
    wizard.split.divide_anew()
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    assert wizard.plan.seed == seed + 1

    wizard.split.by_image.click()
    qtbot.waitUntil(lambda: not wizard.problem, timeout=30_000)
    assert wizard.plan.by_patient is False


def test_no_impossible_run_can_be_started(wizard, qtbot, tmp_path, started):
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)
    options = wizard.options
    assert wizard.problem == ""

    options.name.setText("")
    options.name.textEdited.emit("")
    assert "name" in wizard.problem
    options.name.setText("Films")
    options.name.textEdited.emit("Films")
    options.weights.setCurrentIndex(options.weights.count() - 1)
    assert "nothing to keep fixed" in wizard.problem
    options.fields.set_value("rate", 0.0)
    wizard.next()
    assert wizard.page == OPTIONS
    assert not started

    options.weights.setCurrentIndex(0)
    options.fields.set_value("rate", 0.002)
    options.fields.set_value("options", "share=0.4")
    assert wizard.problem == ""
    wizard.next_button.click()
    assert wizard.page == RUN
    [plan] = started
    assert (plan.title, plan.rate, plan.options) == ("Films", 0.002, {"share": 0.4})
    assert plan.licence.startswith("not stated")


def test_what_this_computer_has_no_room_for_is_not_started(
    wizard, qtbot, tmp_path, started
):
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)
    options = wizard.options
    error = {"message": "It needs about 90.0 GB of memory.", "hint": "Close programs."}

    options.show_estimate("quick", {"error": error})

    assert wizard.problem == "It needs about 90.0 GB of memory. Close programs."
    wizard.next()
    assert wizard.page == OPTIONS
    assert not started
    options.choose("thorough")
    assert wizard.problem == ""


def test_what_was_changed_since_it_was_measured_can_be_measured_again(
    wizard, qtbot, tmp_path, started, monkeypatch
):
    measured = []
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)
    monkeypatch.setattr(wizard._trainer, "estimate", measured.append)
    options = wizard.options
    found = {"seconds": 60.0, "memory_bytes": 2**30}
    options.show_estimate("quick", found)
    assert not options.measure_button.isVisible()

    options.fields.set_value("batch", 2)
    assert options.times["quick"].text() == "changed, not measured"
    options.measure_button.click()

    assert measured[0]["quick"].batch == 2
    options.show_estimate("quick", found)
    assert "GB of memory" in options.times["quick"].text()
    assert not options.measure_button.isVisible()


def test_weights_that_are_gone_are_named(wizard, qtbot, tmp_path, started):
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)

    wizard.options.take_weights(tmp_path / "gone.safetensors")

    assert "gone.safetensors are not there" in wizard.problem
    wizard.next()
    assert wizard.page == OPTIONS


def test_a_full_disk_is_said_where_the_run_would_begin(
    wizard, qtbot, tmp_path, monkeypatch
):
    monkeypatch.setattr(wizard._trainer, "estimate", lambda plans: None)
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)
    monkeypatch.setattr(room, "LEAST_DISK", 2**80)

    wizard.next_button.click()

    qtbot.waitUntil(lambda: "MB are free" in wizard.problem, timeout=30_000)
    assert wizard.page == RUN
    assert not wizard.next_button.isEnabled()
    assert not list(paths.runs().glob("*/events.jsonl"))


def test_presets_change_what_is_trained_and_their_time_is_shown(
    wizard, qtbot, tmp_path, started
):
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)

    wizard.options.choose("full")
    assert wizard.options.plan.frozen is False
    assert list(wizard.options.measure()) == ["full", "quick", "thorough"]
    found = {"seconds": 3700.0, "memory_bytes": 3 * 2**30}
    wizard.options.show_estimate("full", found)
    assert wizard.options.times["full"].text() == "about 62 minutes, 3.0 GB of memory"


def test_experts_can_have_the_backbone_pre_trained(wizard, qtbot, tmp_path, started):
    reach(wizard, qtbot, write(tmp_path / "films"), OPTIONS)

    wizard.options.fields.set_value("pretraining", 30)

    measured = wizard.options.measure().values()
    assert [plan.pretraining for plan in measured] == [30] * 3
    wizard.next_button.click()
    assert [plan.pretraining for plan in started] == [30]


@pytest.fixture
def monitor(session, qtbot):
    page = MonitorPage(session.trainer)
    qtbot.addWidget(page)
    page.show()
    return page


def test_a_run_that_is_going_on_shows_its_curves_and_the_time_left(monitor, tmp_path):
    monitor.show_run(run_of("running", tmp_path))

    assert "epoch 2 of 4" in monitor.text
    assert "4 s left" in monitor.text
    assert "50 pictures a second" in monitor.text
    chart = monitor.score.chart
    assert [list(points) for points in chart.curves.values()] == [[(1, 0.1), (2, 0.2)]]
    assert chart.levels == {"chance": 0.1, "untrained": 0.15}
    assert list(monitor.loss.chart.curves) == ["pairs"]
    assert monitor.pause_button.isVisible()
    assert not monitor.resume_button.isVisible()
    assert monitor.problem


PRETRAINED = {"epochs": 8, "seconds": 3.0, "rate": 2e-4, "images_per_second": 20.0}


def pretraining(state, tmp_path):
    epochs = tuple(
        {**PRETRAINED, "epoch": n, "terms": {"plain": 1 / n}, "found": n / 10, "of": 50}
        for n in (1, 2)
    )
    none = {"started": None, "epochs": (), "references": None}
    return run_of(state, tmp_path, pretraining=epochs, **none)


def test_pre_training_is_shown_as_a_phase_of_its_own(monitor, tmp_path):
    monitor.show_run(pretraining("running", tmp_path))

    assert "epoch 2 of 8 of the pre-training without labels" in monitor.text
    assert "18 s left in this phase" in monitor.text
    assert "20 pictures a second" in monitor.text
    chart = monitor.score.chart
    assert "second view" in chart.title
    assert [list(points) for points in chart.curves.values()] == [[(1, 0.1), (2, 0.2)]]
    assert chart.levels == {"chance": 1 / 50}
    assert list(monitor.loss.chart.curves) == ["plain"]
    assert monitor.pause_button.isVisible()

    monitor.show_run(run_of("running", tmp_path))
    assert "second view" not in monitor.score.chart.title


def test_one_sees_what_fixed_pictures_find_after_each_epoch(monitor, tmp_path, qtbot):
    def picture(name, label):
        return {"source": "films", "file": name, "labels": [label]}

    hits = [
        {**picture(f"{n}.png", ("dark", "light")[n % 2]), "distance": n}
        for n in range(10)
    ]
    queries = tuple({**picture(f"q{n}.png", "dark"), "hits": hits} for n in range(4))
    told = {"event": "neighbours", "epoch": 2, "queries": queries}

    monitor.show_run(run_of("running", tmp_path, neighbours=told))

    assert [len(strip.pictures) for strip in monitor.strips] == [11, 11, 11]
    asks, *found = monitor.strips[0].pictures
    assert asks.file.name == "q0.png"
    assert [one.marked for one in found] == [True, False] * 5
    assert found[3].caption == "3 bits"
    rate = monitor.rate.chart.curves.values()
    assert [list(points) for points in rate] == [[(1, 1e-3), (2, 1e-3)]]
    qtbot.waitUntil(lambda: monitor._trainer.thumbnails.pending == 0, timeout=60_000)


def test_a_paused_pre_training_says_where_it_goes_on(monitor, tmp_path):
    monitor.show_run(pretraining("stopped", tmp_path))

    assert "after the last whole epoch" in monitor.text
    assert monitor.resume_button.isVisible()


def test_a_paused_run_can_go_on(monitor, tmp_path):
    monitor.show_run(run_of("stopped", tmp_path))

    assert monitor.resume_button.isVisible()
    assert not monitor.pause_button.isVisible()


def test_too_little_memory_is_explained_with_one_change(
    monitor, tmp_path, session, monkeypatch
):
    plans = []
    monkeypatch.setattr(session.trainer, "start", plans.append)
    message = "The memory of cuda is too small for 32 pictures of 224 px at a time."
    ended = {"event": "failed", "type": "DeviceError", "message": message, "hint": ""}

    monitor.show_run(run_of("failed", tmp_path, ended=ended))

    assert message in monitor.text
    assert "16 pictures a step" in monitor.change_button.text()
    assert not monitor.resume_button.isVisible()
    monitor.change_button.click()
    assert [plan.batch for plan in plans] == [16]


def test_a_run_that_was_cut_off_can_go_on_and_says_what_happened(monitor, tmp_path):
    monitor.show_run(run_of("interrupted", tmp_path))

    assert "without a word" in monitor.text
    assert monitor.resume_button.isVisible()


def test_closing_the_program_stops_a_run_only_where_that_was_wished(
    qapp, models, tmp_path, monkeypatch
):
    asked = []
    monkeypatch.setattr("medhash_gui.run_files.ask_to_stop", asked.append)
    for keeps_on in (True, False):
        session = Session(Settings.load())
        session.trainer.facts = run_of("running", tmp_path)
        session.trainer.keeps_on = keeps_on
        session.close()

    assert asked == [tmp_path / "run"]


def test_a_run_that_waits_is_told_of_at_the_next_start(session, tmp_path, qtbot):
    plan = TrainingPlan(folder=tmp_path, title="Films", weights=tmp_path)
    folder = run_control.new_folder(plan)
    plan.write(folder)
    (folder / "events.jsonl").write_text('{"event": "started", "epochs": 3}\n')
    told = []
    session.told.connect(told.append)

    session.trainer.find_runs()

    qtbot.waitUntil(lambda: bool(told), timeout=30_000)
    assert "Films" in told[0].text
    assert told[0].action.command == "train"
    assert session.trainer.facts.state == "interrupted"


def test_models_are_listed_taken_in_and_handed_on(session, qtbot, models, tmp_path):
    dialog = ModelsDialog(session.trainer, None)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.models.rowCount() == 1, timeout=30_000)
    assert models.model_id in dialog.card.toPlainText()

    file = tmp_path / f"tiny{model_transfer.SUFFIX}"
    dialog.export(file)
    qtbot.waitUntil(file.is_file, timeout=30_000)
    shutil.rmtree(paths.user_models())
    dialog.look_into(file)
    qtbot.waitUntil(lambda: "is sound" in dialog.text, timeout=30_000)
    assert models.model_id in dialog.card.toPlainText()
    assert not paths.user_models().exists()  # it was only looked into
    dialog.take_button.click()
    qtbot.waitUntil(lambda: "among your models" in dialog.text, timeout=30_000)

    bad = tmp_path / "bad"
    bad.write_bytes(b"nothing")
    dialog.take_in(bad)
    qtbot.waitUntil(lambda: "not a model" in dialog.text, timeout=30_000)
    qtbot.waitUntil(lambda: not session.is_busy, timeout=30_000)


def test_two_runs_of_a_folder_give_models_of_two_names(session, tmp_path, monkeypatch):
    followed = []
    monkeypatch.setattr(
        session.trainer, "_follow", lambda plan, folder, **_: followed.append(plan)
    )
    plan = TrainingPlan(folder=tmp_path / "films", title="Films", weights=tmp_path)

    session.trainer.start(plan)
    (paths.runs() / followed[0].name).mkdir(parents=True)
    session.trainer.start(followed[0])

    assert followed[0].name != followed[1].name
    assert all(one.name.count("films") == 1 for one in followed)


def test_two_runs_at_a_time_are_refused(tmp_path):
    plan = TrainingPlan(folder=tmp_path, title="Films", weights=tmp_path)
    folder = run_control.new_folder(plan)
    plan.write(folder)

    with run_files.held(folder), pytest.raises(SettingsError, match="Films") as refused:
        next(training_tasks.start(plan, run_control.new_folder(plan), resume=False))

    assert "pause it first" in refused.value.hint


def test_an_earlier_run_is_listed_and_can_be_opened(session, qtbot, tmp_path):
    facts = run_of("stopped", tmp_path)
    models = training_tasks.starting_models()
    beginnings = training_tasks.Beginnings(models, (facts,))
    wizard = TrainingWizard(session, session.trainer, beginnings)
    qtbot.addWidget(wizard)
    wizard.show()
    assert wizard.page == CHOOSE
    assert wizard.runs.item(0).text() == "Films\npaused"

    wizard.open_run(0)

    assert wizard.page == RUN
    assert "Paused" in wizard.monitor.text
    wizard.back()
    assert wizard.page == CHOOSE
    assert session.trainer.facts is None
    wizard.done(0)
