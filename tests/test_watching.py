"""A watched folder is followed; what is being written or is away is waited for."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from pathlib import Path

import pytest
from command_runs import install_tiny, medhash, write_study
from indexing_runs import FakeEncoder, PoolHere, draw, new_store, visible_paths

from medhash_gui import indexing, watching
from medhash_gui.command import index as command_index
from medhash_gui.errors import DatasetError
from medhash_gui.store import CodeStore
from medhash_gui.watching import WatchStep, watch_folder


@pytest.fixture(autouse=True)
def pool_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexing, "DecodePool", PoolHere)


@pytest.fixture
def study(tmp_path: Path) -> Path:
    root = tmp_path / "study"
    for seed in range(3):
        draw(root / f"{seed}.png", seed)
    return root


@pytest.fixture
def store(tmp_path: Path, study: Path) -> Iterator[CodeStore]:
    with new_store(tmp_path / "lib.medhash", study) as library:
        yield library


class Watch:
    """A watch whose time passes as the test wants it: something happens at each look.

    Args:
        happens: what is done to the folder before the second, third, … look.
    """

    def __init__(
        self, store: CodeStore, study: Path, happens: list[Callable[[], object]]
    ) -> None:
        self.encoder = FakeEncoder()
        self.happens = happens
        self.looks = 1
        self.run = watch_folder(
            store, study, self.encoder, workers=1, every_s=1.0, sleep=self._sleep
        )
        self.slept = 0.0

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        if self.slept >= 1.0:
            self.slept = 0.0
            self.looks += 1
            if self.happens:
                self.happens.pop(0)()
            else:
                self.done = True

    def steps(self) -> list[WatchStep]:
        """Return all steps until nothing more happens."""
        self.done = False
        found: list[WatchStep] = []
        for step in self.run:
            found.append(step)
            if self.done and step.state != "indexing":
                break
        self.run.close()
        return found


def nothing() -> None:
    pass


def reports(steps: list[WatchStep]) -> list[tuple[int, int, int, int]]:
    return [
        (r.added, r.unchanged, r.moved, r.hidden)
        for step in steps
        if (r := step.report) is not None
    ]


def test_what_lies_there_and_what_is_added_later_is_indexed_once(store, study) -> None:
    later = [nothing, lambda: draw(study / "new.png", 9), *[nothing] * 3]
    watch = Watch(store, study, later)

    steps = watch.steps()

    assert reports(steps) == [(3, 0, 0, 0), (1, 3, 0, 0)]
    assert watch.encoder.encoded == 4
    assert steps[-1].state == "watching"


def test_a_file_that_grows_is_left_until_it_keeps_still(store, study) -> None:
    draw(study.parent / "whole.png", 9)
    data = (study.parent / "whole.png").read_bytes()

    def write(share: float) -> Callable[[], object]:
        part = data[: int(len(data) * share)]
        return lambda: (study / "slow.png").write_bytes(part)

    later = [nothing, write(0.3), write(0.6), write(1.0), *[nothing] * 3]
    steps = Watch(store, study, later).steps()

    # Never taken half: nothing was skipped as damaged on the way.
    assert reports(steps) == [(3, 0, 0, 0), (1, 3, 0, 0)]
    assert [s.report.skipped for s in steps if s.report] == [(), ()]
    assert "slow.png" in visible_paths(store)


def test_moved_and_removed_files_are_followed_without_encoding(store, study) -> None:
    later = [
        nothing,
        lambda: (study / "0.png").rename(study / "renamed.png"),
        *[nothing] * 2,
        lambda: (study / "1.png").unlink(),
        *[nothing] * 3,
    ]
    watch = Watch(store, study, later)

    steps = watch.steps()

    assert watch.encoder.encoded == 3
    assert visible_paths(store) == ["2.png", "renamed.png"]
    assert sum(report[3] for report in reports(steps)) == 1


def test_a_folder_that_goes_away_is_waited_for_and_hides_nothing(store, study) -> None:
    away = study.parent / "away"
    later = [
        *[nothing] * 2,
        lambda: study.rename(away),
        *[nothing] * 2,
        study.mkdir,  # an empty mount point
        *[nothing] * 2,
        lambda: (study.rmdir(), away.rename(study), draw(study / "new.png", 9)),
        *[nothing] * 3,
    ]
    seen: list[int] = []
    watch = Watch(store, study, later)
    watch.happens = [lambda w=w: (seen.append(len(store)), w()) for w in later]

    steps = watch.steps()

    waiting = [step.reason for step in steps if step.state == "waiting"]
    assert any("is not there" in reason for reason in waiting)
    assert any("is empty" in reason for reason in waiting)
    assert min(seen[2:]) == 3
    assert reports(steps)[-1] == (1, 3, 0, 0)
    assert watch.encoder.encoded == 4


def test_a_folder_that_goes_away_in_the_middle_of_a_run_is_waited_for(
    store, study, monkeypatch
) -> None:
    away = study.parent / "away"
    steps_seen: list[str] = []
    restore = lambda: away.rename(study)  # noqa: E731
    watch = Watch(store, study, [nothing, nothing, restore, *[nothing] * 3])
    watch.done = False
    for step in watch.run:
        if step.state == "indexing" and "indexing" not in steps_seen:
            study.rename(away)
        steps_seen.append(step.state)
        if watch.done and step.state != "indexing":
            break
    watch.run.close()

    assert "waiting" in steps_seen
    assert sorted(visible_paths(store)) == ["0.png", "1.png", "2.png"]


def test_looking_takes_a_twentieth_of_the_time_at_most(
    store, study, monkeypatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(watching.time, "monotonic", lambda: clock[0])
    real = watching._look

    def slow(*arguments: object) -> object:
        clock[0] += 10.0
        return real(*arguments)

    monkeypatch.setattr(watching, "_look", slow)
    slept = [0.0]

    def sleep(seconds: float) -> None:
        slept[0] += seconds

    run = watch_folder(store, study, FakeEncoder(), workers=1, sleep=sleep)
    rests: list[float] = []
    at = clock[0]
    for _ in run:
        if clock[0] != at:
            at = clock[0]
            rests.append(slept[0])
            slept[0] = 0.0
        if len(rests) == 6:
            break
    run.close()

    assert rests[-1] >= 200 - 1


def test_a_failure_other_than_a_missing_folder_is_raised(
    store, study, monkeypatch
) -> None:
    def fails(*_: object, **__: object) -> Generator[None, None, None]:
        message = "The table cannot be read."
        raise DatasetError(message)
        yield

    monkeypatch.setattr(watching.indexing, "index_folder", fails)

    with pytest.raises(DatasetError, match="table"):
        Watch(store, study, [nothing] * 3).steps()


def test_the_command_watches_until_it_is_interrupted_and_says_what_it_did(
    tmp_path, monkeypatch
) -> None:
    install_tiny()
    study = write_study(tmp_path / "study", each=3)
    library = tmp_path / "l.medhash"
    real = watching.watch_folder

    def until_all_is_there(*arguments: object, **more: object) -> Iterator[WatchStep]:
        for step in real(*arguments, **more, every_s=0.01):
            if step.report is not None and step.report.added == 6:
                shutil.copy(study / "light" / "p00.png", study / "light" / "q.png")
            yield step
            if step.report is not None and step.report.unchanged == 6:
                command_index.signal.raise_signal(command_index.signal.SIGINT)

    monkeypatch.setattr(watching, "watch_folder", until_all_is_there)

    ran = medhash("index", study, "--library", library, "--watch", "--json")

    assert ran.code == 0
    assert (ran.answer["added"], ran.answer["images"]) == (7, 7)
    assert "Watching" in ran.err
