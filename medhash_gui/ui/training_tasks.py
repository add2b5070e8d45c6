"""Jobs of the training wizard: generators for pool threads.

Heavy modules are imported inside. Nothing here loads torch: training itself is another
process (``run_control``), and judging and indexing need none.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from medhash_gui import paths
from medhash_gui.errors import MedHashError, SettingsError

if TYPE_CHECKING:
    from medhash_gui.baselines import Baseline
    from medhash_gui.coded_parts import CodedParts
    from medhash_gui.data_check import DataCheck
    from medhash_gui.data_findings import Looked
    from medhash_gui.judgement import Database, Judgement, Pair
    from medhash_gui.run_control import RunFacts
    from medhash_gui.training_plan import Preset, TrainingPlan
    from medhash_gui.ui.picture_process import PictureProcess


@dataclass(frozen=True, slots=True)
class StartingModel:
    """A model on this computer that a run can start from."""

    title: str
    folder: Path
    modality: str


@dataclass(frozen=True, slots=True)
class Beginnings:
    """What the wizard is opened with.

    Attributes:
        models: on this computer.
        runs: of this user, the newest first.
    """

    models: tuple[StartingModel, ...]
    runs: tuple[RunFacts, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """A folder looked over.

    Attributes:
        looked: what decoding told.
        check: what that means under the plan.
        seed: of the first division whose parts have every label twice.
        weights: the model on this computer that knows the pictures best, or None.
        modality: of that model, where it knows them; "unknown" where not.
    """

    looked: Looked = field(repr=False)
    check: DataCheck
    seed: int
    weights: Path | None
    modality: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A run with its codes and what they are worth."""

    facts: RunFacts
    coded: CodedParts = field(repr=False)
    judgement: Judgement


def prepare() -> Generator[None, None, Beginnings]:
    """Look up models and runs, and load what the wizard works with.

    Raises:
        MissingExtraError: this edition does not train.
    """
    from medhash_gui import editions

    editions.need_training("Training")
    from medhash_gui import data_check, judgement, run_control, training_advice

    for module in (data_check, judgement, training_advice):
        assert module is not None  # only loaded here: used by the pages
    yield
    return Beginnings(starting_models(), tuple(run_control.all_runs()))


def find_runs() -> Generator[None, None, tuple[RunFacts, ...]]:
    """Return the runs of this user, the newest first; quick where there are none."""
    yield
    if not paths.runs().is_dir():
        return ()
    from medhash_gui import run_control

    return tuple(run_control.all_runs())


def starting_models() -> tuple[StartingModel, ...]:
    """Return the models on this computer."""
    from medhash_gui import catalogue

    found, _ = catalogue.find_bundles()
    return tuple(
        StartingModel(one.card.title, one.folder, one.card.modality) for one in found
    )


def check(plan: TrainingPlan) -> Generator[tuple[int, int], None, Checked]:
    """Look a folder over, and find the model that knows its pictures best."""
    from medhash_gui import data_check, encoders

    looked = yield from data_check.look(plan)
    weights, modality = None, "unknown"
    try:
        fit = encoders.for_folder(plan.folder)
    except MedHashError:
        pass  # starting weights are chosen by hand, then
    else:
        weights = fit.found.folder
        modality = fit.found.card.modality if fit.is_familiar else "unknown"
    seed = data_check.good_seed(plan)
    found = data_check.judge(replace(plan, seed=seed), looked)
    return Checked(looked, found, seed, weights, modality)


def judge_data(plan: TrainingPlan, checked: Checked) -> Generator[None, None, Checked]:
    """Say anew what a folder is, under a changed plan."""
    from medhash_gui import data_check

    yield
    return replace(checked, check=data_check.judge(plan, checked.looked))


def estimate(
    plans: Mapping[Preset, TrainingPlan], scratch: Path
) -> Generator[tuple[Preset, Mapping[str, Any]] | None, None, None]:
    """Measure a few steps of each plan, one after the other.

    Yields:
        Preset and ``estimate`` event (or ``error``), as they come.
    """
    import shutil

    from medhash_gui import room, run_control

    for name, plan in plans.items():
        try:
            found = yield from run_control.estimate(plan, scratch / name)
            on_processor = found.get("device") == "cpu"
            memory = found.get("memory_bytes") if on_processor else None
            room.check(paths.runs(), memory=memory)
        except MedHashError as error:
            found = {"error": {"message": error.message, "hint": error.hint}}
        finally:
            shutil.rmtree(scratch / name, ignore_errors=True)
        yield name, found


def start(
    plan: TrainingPlan, folder: Path, *, resume: bool
) -> Generator[RunFacts | None, None, RunFacts]:
    """Start or take up a run, and follow it to its end.

    Raises:
        SettingsError: another run is going on, or no run could start with the plan.
        CheckpointError: the folder cannot be used, or the process did not start.
    """
    from medhash_gui import run_control

    going_on = next(
        (
            one
            for one in run_control.all_runs()
            if one.state == "running" and one.folder != folder
        ),
        None,
    )
    if going_on is not None:
        message = (
            f"“{going_on.title}” is being trained; two runs would hinder each other."
        )
        raise SettingsError(message, hint="Wait for its end, or pause it first.")
    yield from run_control.start(plan, folder, resume=resume)
    return (yield from run_control.watch(folder))


def watch(folder: Path) -> Generator[RunFacts, None, RunFacts]:
    """Follow a run that is there already."""
    from medhash_gui import run_control

    return (yield from run_control.watch(folder))


def judge(facts: RunFacts) -> Generator[None, None, Judged]:
    """Judge a finished run from its kept codes.

    Raises:
        DatasetError: the codes cannot be read, or there is no test part.
    """
    from medhash_gui import judgement, run_files
    from medhash_gui.coded_parts import CodedParts

    yield
    coded = CodedParts.load(facts.folder / run_files.CODES)
    yield
    return Judged(facts, coded, judgement.judge(coded))


def baselines(
    facts: RunFacts, methods: Sequence[str]
) -> Generator[list[Baseline], None, list[Baseline]]:
    """Train baselines on the split of a run, or go on with them.

    Args:
        facts: of the run.
        methods: to be trained; controls always are.

    Raises:
        ComparisonError: the command refused.
    """
    from medhash_gui import baselines as others

    assert facts.plan is not None
    return (yield from others.train(facts.plan, facts.folder, methods))


def known_baselines(facts: RunFacts) -> Generator[None, None, list[Baseline]]:
    """Return the baselines that were trained before."""
    from medhash_gui import baselines as others

    yield
    return others.read(facts.folder)


def pairs(
    judged: Judged, database: Database, label: str, found: str
) -> Generator[None, None, Sequence[Pair]]:
    """Return the pictures behind a cell of the confusion."""
    from medhash_gui import judgement

    yield
    return judgement.pairs(judged.coded, database, label, found)


def rest(pictures: PictureProcess) -> None:
    """End the process that opens pictures, and give back what was freed."""
    from medhash_gui import freed_memory

    pictures.rest()
    freed_memory.give_back()
