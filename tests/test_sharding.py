"""Every file is in one shard, and two processes make what one makes alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from command_runs import medhash, write_study
from tiny_bundle import make_tiny_bundle

from medhash_gui.errors import SettingsError
from medhash_gui.sharding import Shard
from medhash_gui.store import CodeStore

PATHS = [f"folder {n % 7}/图 {n}.png" for n in range(2000)]


@pytest.mark.parametrize("count", [1, 2, 7])
def test_every_file_is_in_one_shard_and_the_shards_are_about_equal(count) -> None:
    shards = [Shard(number, count) for number in range(1, count + 1)]

    held = [[shard.holds(path) for shard in shards] for path in PATHS]

    assert {sum(row) for row in held} == {1}
    sizes = Counter(row.index(True) for row in held)
    assert min(sizes.values()) > len(PATHS) / count * 0.8


def test_a_file_stays_in_its_shard_on_every_machine() -> None:
    assert [p for p in PATHS[:12] if Shard(1, 3).holds(p)] == [
        "folder 5/图 5.png",
        "folder 0/图 7.png",
        "folder 2/图 9.png",
    ]
    Shard(1, 2).holds("odd \udcff name.png")  # what is no valid text has one, too


@pytest.mark.parametrize(
    ("text", "environment", "expected"),
    [
        ("2/4", {}, Shard(2, 4)),
        (" 1 / 1 ", {"RANK": "3", "WORLD_SIZE": "8"}, Shard(1, 1)),
        (
            "auto",
            {"RANK": "5", "WORLD_SIZE": "8", "LOCAL_RANK": "1"},
            Shard(6, 8, 1),
        ),
        (
            "auto",
            {"SLURM_PROCID": "0", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0"},
            Shard(1, 2, 0),
        ),
        ("AUTO", {"RANK": "x", "SLURM_PROCID": "1", "SLURM_NTASKS": "2"}, Shard(2, 2)),
    ],
)
def test_a_shard_is_read_from_a_text_or_from_the_launcher(
    text, environment, expected
) -> None:
    assert Shard.parse(text, environment) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0/4", "no shard 0 of 4"),
        ("5/4", "no shard 5 of 4"),
        ("two", "does not name a shard"),
        ("1/2/3", "does not name a shard"),
        ("-1/2", "does not name a shard"),
        ("auto", "Neither torchrun nor srun"),
    ],
)
def test_what_names_no_shard_is_refused(text, message) -> None:
    with pytest.raises(SettingsError, match=message) as caught:
        Shard.parse(text, {})

    assert "2/4" in caught.value.hint


def test_the_library_of_a_shard_lies_beside_the_whole() -> None:
    assert Shard(2, 4).library(Path("a/chest.medhash")) == Path(
        "a/chest-2-of-4.medhash"
    )
    assert Shard(1, 2).library(Path("chest.v2")) == Path("chest.v2-1-of-2")


def pictures_of(library: Path) -> dict[str, tuple[object, ...]]:
    with CodeStore.open(library) as store:
        rows = range(store.row_count)
        codes = store.codes(rows)
        assert codes.soft is not None
        return {
            r.path: (r.digest, r.labels, packed.tobytes(), soft.tobytes())
            for r, packed, soft in zip(
                store.records(rows), codes.packed, codes.soft, strict=True
            )
        }


@pytest.mark.timeout(1200)
def test_two_processes_make_what_one_makes_and_merge_encodes_nothing(
    tmp_path: Path,
) -> None:
    study = write_study(tmp_path / "study", each=12)
    home = tmp_path / "home"
    make_tiny_bundle(home / "models" / "tiny-16bit")
    whole, alone = tmp_path / "whole.medhash", tmp_path / "alone.medhash"
    words = [sys.executable, "-m", "medhash_gui", "index", str(study)]
    common = {**os.environ, "MEDHASH_HOME": str(home), "PYTHONUTF8": "1"}

    children = [
        subprocess.Popen(
            [*words, "--library", str(whole), "--shard", "auto", "--device", "cpu"],
            env={**common, "RANK": str(rank), "WORLD_SIZE": "2", "LOCAL_RANK": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for rank in range(2)
    ]
    said = [child.communicate(timeout=900)[0] for child in children]
    subprocess.run(
        [*words, "--library", str(alone), "--model", "tiny-16bit"],
        env=common,
        check=True,
        capture_output=True,
    )

    assert [child.returncode for child in children] == [0, 0], said
    shards = [tmp_path / f"whole-{number}-of-2.medhash" for number in (1, 2)]
    held = [set(pictures_of(shard)) for shard in shards]
    assert not held[0] & held[1]
    assert min(map(len, held)) > 0
    for shard in shards:
        assert medhash("library", "merge", whole, shard).code == 0
    assert pictures_of(whole) == pictures_of(alone)
