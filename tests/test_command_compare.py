"""The command ``compare``, from the folder to the tables."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from command_runs import medhash
from comparison_runs import write_blobs

QUICK = (
    *("--methods", "dpsh", "--bits", "8", "--seeds", "1", "--backbone", "small"),
    *("--size", "32", "--epochs", "2", "--batch", "8", "--rate", "3e-3", "--frozen"),
    *("--validation", "0.2", "--test", "0.35", "--precision", "float32"),
    *("--device", "cpu"),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_blobs(tmp_path_factory.mktemp("films"))


def words(folder, out, *more):
    table = folder / "labels.csv"
    return ["compare", folder, "--labels", table, "--out", out, *QUICK, *more]


@pytest.fixture(scope="module")
def done(folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("compared") / "one"
    variant = ("--variant", "dpsh loose=dpsh:quantisation=0.5,bit_balance=0.1")
    ran = medhash(*words(folder, out, *variant, "--against", "dpsh", "--json"))
    return ran, out


def test_every_event_is_a_line_with_its_cell_and_the_last_is_the_answer(done):
    ran, _ = done

    assert ran.code == 0, ran.err
    events = [json.loads(line) for line in ran.out.splitlines()]
    assert all("event" in event and "time" in event for event in events)
    epochs = [event for event in events if event["event"] == "epoch"]
    assert {e["cell"] for e in epochs} == {"dpsh-8bit-seed-1", "dpsh-loose-8bit-seed-1"}
    answer = ran.answer
    assert answer["event"] == "compared"
    assert answer["cells"] == {"finished": 10, "failed": 0, "not run": 0}
    rows = {row["row"]: row for row in answer["rows"]}
    assert rows["dpsh"]["difference"] is None
    assert rows["dpsh loose"]["difference"]["verdict"] in (
        *("ahead", "behind", "undecided"),
    )
    assert 0 <= rows["itq"]["MAP@10"]["low"] <= rows["itq"]["MAP@10"]["high"] <= 1


def test_the_report_holds_the_exact_command(done):
    _, out = done

    text = (out / "results.md").read_text(encoding="utf-8")

    assert f"--out {out} --methods dpsh --bits 8" in text
    assert "'dpsh loose=dpsh:quantisation=0.5,bit_balance=0.1'" in text


def test_a_variant_has_its_options(done):
    _, out = done

    cell = out / "cells" / "dpsh-loose-8bit-seed-1.json"
    options = json.loads(cell.read_text(encoding="utf-8"))["config"]["options"]

    assert (options["quantisation"], options["bit_balance"]) == (0.5, 0.1)
    assert options["backbone"] == "small"


def test_people_get_a_line_a_cell_and_the_headline(folder, done):
    _, out = done
    (out / "cells" / "itq-8bit-seed-1.json").unlink()

    ran = medhash(*words(folder, out))

    assert ran.code == 0, ran.err
    assert "1 of 9 cells to run" in ran.out
    assert "[1/1] itq-8bit-seed-1: MAP@10" in ran.out
    assert "8 bits" in ran.out
    assert "results.svg" in ran.out


def test_tables_alone_need_no_pictures_and_train_nothing(folder, done, tmp_path):
    _, out = done
    (out / "results.md").unlink()

    ran = medhash(*words(tmp_path, out, "--table-only", "--against", "itq", "--json"))

    assert ran.code == 0, ran.err
    assert "**itq** minus the row" in (out / "results.md").read_text(encoding="utf-8")
    assert len(ran.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("more", "code", "sentence"),
    [
        (("--methods", "dspn"), 3, "no hashing method 'dspn'"),
        (("--methods", ","), 3, "names no method"),
        (("--bits", "16,0"), 2, "must be 1 or more"),
        (("--seeds", "0"), 2, "must be 1 or more"),
        (("--against", "csq"), 3, "no row 'csq' in this comparison"),
        (("--variant", "dpsh"), 3, "does not name a variant and its method"),
        (("--variant", "x=dspn"), 3, "no hashing method 'dspn'"),
        (("--variant", "x=dpsh:"), 3, "names no option"),
        (("--variant", "x=dpsh:colour=red"), 3, "has no option colour"),
        (("--variant", "itq=dpsh"), 3, "Two rows would be called 'itq'"),
        (("--variant", "...=dpsh"), 3, "is no name for a row"),
        (("--option", "quantisation=1"), 3, "does not name a method"),
        (("--option", "csq.several=mean"), 3, "of no method that is compared"),
        (("--backbone", "vgg"), 3, "no backbone 'vgg'"),
        (("--weights", "gone.safetensors"), 3, "are not there"),
        (("--epochs", "1", "--methods", "zhu2022"), 3, "in 2 stages"),
        (("--table-only",), 3, "no comparison in"),
        (("--test", "0.9"), 3, "leave nothing to learn"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_what_cannot_be_meant_is_said_before_anything_is_done(
    folder, tmp_path, more, code, sentence
):
    ran = medhash(*words(folder, tmp_path / "out", *more))

    assert ran.code == code
    assert sentence in ran.err
    assert not (tmp_path / "out").exists()


def test_a_file_in_place_of_the_folder_is_named(folder, tmp_path):
    (tmp_path / "out").write_text("")

    ran = medhash(*words(folder, tmp_path / "out"))

    assert ran.code == 3
    assert "cannot be written to" in ran.err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT to send")
def test_ctrl_c_stops_with_130_and_the_same_command_goes_on(folder, tmp_path):
    long = words(folder, tmp_path / "out", "--epochs", "40", "--json")
    command = [sys.executable, "-m", "medhash_gui", *map(str, long)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ
    ) as process:
        for line in process.stdout:
            if json.loads(line)["event"] == "epoch":
                process.send_signal(signal.SIGINT)
                break
        rest = process.stdout.read()
        code = process.wait(60)
    assert code == 130
    assert "goes on from there" in rest.splitlines()[-1]

    ran = medhash(*long)

    assert ran.code == 0, ran.err
    started = [json.loads(line) for line in ran.out.splitlines()]
    [one] = [event for event in started if event["event"] == "started"]
    assert one["resumed"] > 0
