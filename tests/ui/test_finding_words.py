"""Findings are said in the window as the core says them, and in its language."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from training_states import write

from medhash_gui import data_check
from medhash_gui.data_findings import Finding, Looked
from medhash_gui.training_plan import TrainingPlan
from medhash_gui.ui import translation
from medhash_gui.ui.finding_words import FindingWords

KINDS = {
    *("unreadable", "unlabelled", "tiny", "small", "uneven", "conflict", "few"),
    *("leaking copies", "copies", "image-wise", "one patient", "unknown patients"),
    *("one label", "missing", "leak"),
}


def table(folder, patient, label=lambda file: file.parent.name):
    """Write a table of labels and patients beside pictures."""
    files = sorted(folder.glob("*/*.png"))
    rows = [
        f"{f.parent.name}/{f.name},{label(f)},{patient(n)}\n"
        for n, f in enumerate(files)
    ]
    (folder / "labels.csv").write_text("file,label,patient\n" + "".join(rows))
    return TrainingPlan(
        folder=folder, table=folder / "labels.csv", label_columns=("label",), batch=4
    )


@pytest.fixture
def findings(tmp_path):
    """Return a finding of every kind that a folder can have."""
    plain = TrainingPlan(folder=write(tmp_path / "plain", each=20), batch=4)
    names = [f"{f.parent.name}/{f.name}" for f in sorted(plain.folder.glob("*/*.png"))]
    contents = {name: name.encode() for name in names}
    contents |= dict.fromkeys((names[0], names[-1]), b"both labels")
    contents |= dict.fromkeys(names[1:9], b"many")
    contents |= dict.fromkeys(names[9:11], b"two")
    looked = Looked(contents, {names[5]: "it is damaged.", names[6]: "it is empty."})
    (plain.folder / "bare.png").write_bytes(b"no label")
    found = list(data_check.judge(plain, looked).findings)
    for seed in range(40):  # until the two copies lie in one part
        found += data_check.judge(replace(plain, seed=seed), looked).findings
    known = write(tmp_path / "known", each=20)
    for name in ("one", "leak"):
        plan = table(known, lambda n, name=name: "P" if name == "one" else n // 5)
        plan = replace(plan, patient_column="patient", by_patient=name == "one")
        found += data_check.judge(plan, Looked()).findings
    found += data_check.judge(replace(plain, by_patient=False), looked).findings
    plan = table(known, lambda n: n, lambda f: "ab"[f.name in ("00.png", "02.png")])
    found += data_check.judge(plan, Looked()).findings
    odd = {"00.png": "single", "02.png": "few", "04.png": "few"}
    plan = table(known, lambda n: n, lambda f: odd.get(f.name, "usual"))
    for batch in (4, 400):
        found += data_check.judge(replace(plan, batch=batch), Looked()).findings
    plan = table(known, lambda n: n, lambda f: odd.get(f.name, "usual")[:3])
    for seed in range(40):  # until the part to learn from has one label
        found += data_check.judge(replace(plan, seed=seed), Looked()).findings
    return found


def test_every_finding_is_said_in_english_as_the_core_says_it(findings, qapp):
    words = FindingWords()

    assert {one.kind for one in findings} >= KINDS
    assert all(words.of(one) == (one.text, one.hint) for one in findings)


def test_what_failed_in_the_core_is_said_as_it_is(qapp):
    failed = Finding("labels", "stop", "The table is not there.", "Choose another.")

    assert FindingWords().of(failed) == (failed.text, failed.hint)


def test_every_finding_has_its_chinese_words(findings, qapp, built_translations):
    translation.install(qapp, "zh_CN")
    try:
        for one in (one for one in findings if one.kind in KINDS):
            for said in FindingWords().of(one):
                assert re.search("[\u4e00-\u9fff]", said), said
    finally:
        translation.install(qapp, "en")
