"""Two processes learn what one learns, and only the first of them writes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys

import pytest
from training_runs import SIDE, quick, write_set

from medhash_gui import run_folder
from medhash_gui.data_parallel import Team
from medhash_gui.errors import SettingsError
from medhash_gui.training.checks import check_shares


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return str(listener.getsockname()[1])


def train(folder, out, *, processes, more=()):
    """Run the command in some processes; return the events of the run."""
    words = [
        *("train", folder, "--labels", folder / "labels.csv", "--out", out, "--json"),
        *("--method", "hashnet", "--bits", "8", "--backbone", "small"),
        *("--size", SIDE, "--epochs", "3", "--batch", "16", "--rate", "3e-3"),
        *("--device", "cpu", "--precision", "float32", "--name", "toy", *more),
    ]
    shared = {
        "OMP_NUM_THREADS": "1",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
        "WORLD_SIZE": str(processes),
    }
    children = [
        subprocess.Popen(
            [sys.executable, "-m", "medhash_gui", *(str(word) for word in words)],
            env={**os.environ, **shared, "RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(processes)
    ]
    said = [child.communicate(timeout=150) for child in children]
    assert [child.returncode for child in children] == [0] * processes, said
    assert all(not out for out, _ in said[1:])
    events = list(run_folder.events_of(out))
    assert [json.loads(line) for line in said[0][0].splitlines()] == events
    return events


@pytest.mark.slow
@pytest.mark.timeout(400)
@pytest.mark.skipif(sys.platform == "win32", reason="gloo over loopback, as on Linux")
def test_two_processes_have_the_loss_curve_of_one(tmp_path):
    folder = write_set(tmp_path / "set", patients=40)

    alone = train(folder, tmp_path / "one", processes=1)
    together = train(folder, tmp_path / "two", processes=2)

    curves = [
        [(e["loss"], e["validation_map"]) for e in events if e["event"] == "epoch"]
        for events in (alone, together)
    ]
    assert len(curves[0]) == 3
    for one, two in zip(*curves, strict=True):
        assert two[0] == pytest.approx(one[0], rel=1e-3)
        assert two[1] == pytest.approx(one[1], abs=0.02)
    started = [e for e in together if e["event"] == "started"]
    assert started[0]["processes"] == 2


def test_shares_of_a_batch_are_in_order_and_complete():
    shares = [Team(rank, 4).share(12) for rank in range(4)]

    rows = [row for share in shares for row in range(12)[share]]
    assert rows == list(range(12))


def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="3 processes cannot share a batch of 8"):
        check_shares(quick(tmp_path), 3)
