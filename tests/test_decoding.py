"""Decoding in processes: every task answered once, and a bad file costs only itself."""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from medhash_gui import images
from medhash_gui.decoding import DecodePool, DecodeResult, DecodeTask
from medhash_gui.errors import MedHashError


@dataclass(frozen=True)
class Means:
    """A stand-in for the preprocessing that a worker can be given."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        return np.full((3, 2, 2), pixels.mean(), np.float32)


@dataclass(frozen=True)
class Large:
    """Gives inputs that do not fit the buffer of a pipe."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        return np.full((3, 500, 500), pixels.mean(), np.float32)


@dataclass(frozen=True)
class Loaded:
    """Tells which of the heavy packages a worker has imported, and its threads."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        heavy = ("torch", "onnxruntime", "PySide6", "pydicom", "h5py")
        loaded = sum(name in sys.modules for name in heavy)
        return np.full((3, 1, 1), loaded * 100 + cv2.getNumThreads(), np.float32)


@dataclass(frozen=True)
class Talkative:
    """Prints as codecs written in C do, past Python's own streams."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        for stream in (1, 2):
            os.write(stream, b"Corrupt JPEG data of patient 4711")
        return np.zeros((3, 1, 1), np.float32)


@dataclass(frozen=True)
class Faults:
    """Tells how often the system had to give new memory for arrays of one size."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        import resource

        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        for _ in range(20):
            [np.ones(2**18, np.float64) for _ in range(4)]  # 8 MB, 2048 pages
        after = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
        return np.full((3, 1, 1), after - before, np.float32)


@dataclass(frozen=True)
class Treacherous:
    """Crashes on black pictures and hangs on white ones, as a codec might."""

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        if pixels.mean() == 0:
            os._exit(139)
        if pixels.mean() == 1:
            time.sleep(600)
        return np.full((3, 2, 2), pixels.mean(), np.float32)


class Unstartable:
    """Cannot be rebuilt in a worker, so that the worker dies before its greeting."""

    def __reduce__(self):
        return (os._exit, (3,))


def draw(folder: Path, name: str, grey: int) -> None:
    Image.fromarray(np.full((6, 6), grey, np.uint8)).save(folder / name)


def tasks(folder: Path, known: frozenset[bytes] = frozenset()) -> list[DecodeTask]:
    return [DecodeTask(file, known) for file in images.scan(folder)]


def answers(pool: DecodePool, work: list[DecodeTask]) -> dict[str, DecodeResult]:
    found = [result for result in pool.map(work) if result is not None]
    by_path = {result.file.path: result for result in found}
    assert len(found) == len(by_path) == len(work)
    return by_path


def test_every_task_is_answered_once_with_its_pixels_and_digest(tmp_path) -> None:
    for grey in range(20):
        draw(tmp_path, f"图 {grey}.png", grey)

    with DecodePool(tmp_path, Means(), workers=2) as pool:
        found = answers(pool, tasks(tmp_path))

    assert len(found) == 20
    one = found["图 7.png"]
    assert one.failure is None
    assert one.inputs.shape == (3, 2, 2)
    assert one.inputs.dtype == np.float32
    np.testing.assert_allclose(one.inputs, 7 / 255, atol=1e-6)
    assert one.digest == images.content_digest((tmp_path / "图 7.png").read_bytes())


def test_known_content_is_not_decoded(tmp_path) -> None:
    draw(tmp_path, "a.png", 9)
    digest = images.content_digest((tmp_path / "a.png").read_bytes())

    with DecodePool(tmp_path, Means(), workers=1) as pool:
        found = answers(pool, tasks(tmp_path, frozenset({digest})))

    assert found["a.png"].digest == digest
    assert found["a.png"].inputs is None
    assert found["a.png"].failure is None


def test_more_known_contents_than_fit_a_pipe_block_nothing(tmp_path) -> None:
    for grey in range(6):
        Image.new("L", (300, 300), grey).save(tmp_path / f"{grey}.png")
    work = tasks(tmp_path, frozenset(n.to_bytes(16) for n in range(50_000)))
    digest = images.content_digest((tmp_path / "3.png").read_bytes())
    work[3] = DecodeTask(work[3].file, work[3].known | {digest})

    with DecodePool(tmp_path, Large(), workers=1) as pool:
        found = answers(pool, work)

    assert [path for path, one in found.items() if one.inputs is None] == ["3.png"]
    assert found["3.png"].digest == digest


def test_unreadable_files_answer_with_state_and_reason(tmp_path) -> None:
    draw(tmp_path, "good.png", 9)
    (tmp_path / "notes.txt").write_text("words", encoding="utf-8")
    work = tasks(tmp_path)
    work.append(DecodeTask(images.FoundFile("vanished.png", 1, 1)))

    with DecodePool(tmp_path, Means(), workers=1) as pool:
        found = answers(pool, work)

    assert found["good.png"].failure is None
    assert found["notes.txt"].failure[0] == "not_an_image"
    assert found["vanished.png"].failure[0] == "damaged"
    assert all(str(tmp_path) not in str(one.failure) for one in found.values())


def test_crash_and_hang_cost_their_own_files_only(tmp_path) -> None:
    for grey in (0, 40, 50, 60, 70, 80, 255):
        draw(tmp_path, f"{grey}.png", grey)

    with DecodePool(tmp_path, Treacherous(), workers=2, time_limit_s=1.5) as pool:
        found = answers(pool, tasks(tmp_path))

    failures = {path: one.failure for path, one in found.items() if one.failure}
    assert failures == {
        "0.png": ("damaged", "0.png: the decoder crashed on it."),
        "255.png": ("damaged", "255.png: decoding took longer than 1.5 s."),
    }


def test_pool_says_so_when_workers_cannot_start(tmp_path) -> None:
    draw(tmp_path, "a.png", 9)

    with (
        DecodePool(tmp_path, Unstartable(), workers=1) as pool,
        pytest.raises(MedHashError, match="cannot be started"),
    ):
        answers(pool, tasks(tmp_path))


def test_closing_early_leaves_no_process(tmp_path) -> None:
    for grey in range(60):
        draw(tmp_path, f"{grey}.png", grey)

    with DecodePool(tmp_path, Means(), workers=2) as pool:
        run = pool.map(tasks(tmp_path))
        while next(run) is None:
            pass
        run.close()

    assert not multiprocessing.active_children()


def test_tasks_are_taken_only_a_few_ahead(tmp_path) -> None:
    draw(tmp_path, "a.png", 9)
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield tasks(tmp_path)[0]

    with DecodePool(tmp_path, Means(), workers=2) as pool:
        run = pool.map(endless())
        answered = 0
        while answered < 10:
            answered += next(run) is not None

    assert taken <= 10 + 2 * 2 + 2


def test_waiting_reports_back(tmp_path) -> None:
    draw(tmp_path, "255.png", 255)

    with DecodePool(tmp_path, Treacherous(), workers=1, time_limit_s=1.0) as pool:
        steps = list(pool.map(tasks(tmp_path)))

    assert steps.count(None) >= 3
    assert sum(step is not None for step in steps) == 1


def test_pool_left_early_can_be_used_again(tmp_path) -> None:
    for grey in range(1, 9):
        draw(tmp_path, f"{grey}.png", grey)
    work = tasks(tmp_path)

    with DecodePool(tmp_path, Means(), workers=2) as pool:
        run = pool.map(work)
        while next(run) is None:
            pass
        run.close()
        found = answers(pool, work[:3])

    assert sorted(found) == ["1.png", "2.png", "3.png"]


def test_workers_load_nothing_heavy_and_use_one_thread(tmp_path) -> None:
    draw(tmp_path, "a.png", 9)

    with DecodePool(tmp_path, Loaded(), workers=1) as pool:
        found = answers(pool, tasks(tmp_path))

    assert found["a.png"].inputs.ravel()[0] == 1


def test_what_codecs_print_is_not_shown(tmp_path, capfd) -> None:
    draw(tmp_path, "a.png", 9)

    with DecodePool(tmp_path, Talkative(), workers=1) as pool:
        answers(pool, tasks(tmp_path))

    assert capfd.readouterr() == ("", "")


_HUNG_PARENT = """
import os, sys, time
from pathlib import Path
sys.path[:0] = {paths!r}
from test_decoding import Treacherous, tasks
from medhash_gui.decoding import DecodePool
if __name__ == "__main__":
    folder = Path({folder!r})
    pool = DecodePool(folder, Treacherous(), workers=1)
    run = pool.map(tasks(folder))
    while not pool._workers or not pool._workers[0].process.is_ready:
        next(run)
    print(pool._workers[0].process.process.pid, flush=True)
    os.kill(os.getpid(), 9)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="asks for processes by POSIX means")
def test_hung_worker_dies_with_a_killed_parent(tmp_path) -> None:
    (tmp_path / "study").mkdir()
    draw(tmp_path / "study", "255.png", 255)
    here = Path(__file__).resolve()
    script = tmp_path / "parent.py"
    script.write_text(
        _HUNG_PARENT.format(
            paths=[str(here.parent), str(here.parents[1])],
            folder=str(tmp_path / "study"),
        ),
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, str(script)], capture_output=True, text=True, check=False
    )

    assert done.returncode == -9, done.stderr
    worker = int(done.stdout)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and _is_running(worker):
        time.sleep(0.05)
    assert not _is_running(worker)


def _is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    # An orphan may stay a zombie where nobody reaps it.
    return status.rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(
    not hasattr(signal, "pthread_sigmask"), reason="this system masks no signals"
)
def test_ctrl_c_is_held_back_from_the_very_first_worker():
    # In a fresh interpreter: the first spawn of a process starts a helper of Python's
    # that would let SIGINT through again.
    code = (
        "import signal\n"
        "from multiprocessing import resource_tracker\n"
        "from medhash_gui import decode_process\n"
        "with decode_process._interrupts_held_back():\n"
        "    resource_tracker.ensure_running()\n"
        "    held = signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
        "print(signal.SIGINT in held)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout.strip() == "True"


@pytest.mark.skipif(
    sys.platform != "linux" or platform.libc_ver()[0] != "glibc",
    reason="only glibc gives every large block back",
)
def test_memory_of_one_picture_serves_the_next(tmp_path: Path) -> None:
    for number in range(3):
        draw(tmp_path, f"{number}.png", 50 + number)

    with DecodePool(tmp_path, Faults(), workers=1) as pool:
        found = answers(pool, tasks(tmp_path))

    assert found["2.png"].inputs[0, 0, 0] < 2048  # 20 times that, were it given back
