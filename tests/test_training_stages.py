"""Methods in several stages: each with its loss, its part and its parameters."""

from __future__ import annotations

import pytest
import torch
from training_runs import PLAIN, SIDE, finish, quick, reports_of, write_set

from medhash_gui.errors import SettingsError
from medhash_gui.hashing import METHODS
from medhash_gui.training import loop as training_loop

STAGED = [name for name, method in METHODS.items() if len(method.stages) > 1]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return write_set(tmp_path_factory.mktemp("set"))


def staged(folder, method, **changes):
    known = {**PLAIN, "global_size": SIDE, "hidden": 16}
    options = {k: v for k, v in known.items() if k in METHODS[method].defaults}
    return quick(folder, method=method, options=options, **changes)


def test_there_are_methods_with_stages():
    assert {"guan2022", "zhu2022"} <= set(STAGED)


@pytest.mark.parametrize("method", STAGED)
def test_every_stage_is_trained_and_only_one_with_codes_is_scored(folder, method):
    events, run = finish(staged(folder, method, epochs=5))

    reports = reports_of(events)
    stages = METHODS[method].stages
    assert list(dict.fromkeys(r.stage for r in reports)) == [s.name for s in stages]
    assert len(reports) == 5
    coded = {stage.name: stage.codes for stage in stages}
    for report in reports:
        assert (report.validation_map is not None) == coded[report.stage]
    best = reports[run.best_epoch - 1]
    assert coded[best.stage]
    assert best.validation_map == max(r.validation_map or 0 for r in reports)


OPEN = {
    "guan2022": [("trunk.", "global_"), ("local_",), ("fusion.", "classifier.")],
    "zhu2022": [("trunk.", "whole."), ("trunk.", "whole.", "local_", "part.")],
}


@pytest.mark.parametrize("method", STAGED)
def test_a_stage_opens_its_own_parameters_and_no_others(folder, method, monkeypatch):
    opened = []
    original = training_loop.begin_learning

    def watched(setting, state, number):
        original(setting, state, number)
        named = state.network.named_parameters()
        opened.append([name for name, one in named if one.requires_grad])

    monkeypatch.setattr(training_loop, "begin_learning", watched)

    finish(staged(folder, method, epochs=len(METHODS[method].stages), batch=32))

    assert len(opened) == len(METHODS[method].stages)
    for names, prefixes in zip(opened, OPEN[method], strict=True):
        used = {
            prefix for name in names for prefix in prefixes if name.startswith(prefix)
        }
        assert used == set(prefixes)
        assert all(name.startswith(prefixes) for name in names)


def test_the_local_network_starts_as_a_copy_of_the_global_one(folder, monkeypatch):
    begun = []
    original = training_loop.begin_learning

    def watched(setting, state, number):
        original(setting, state, number)
        pair = (state.network.trunk, state.network.local_trunk)
        same = [
            torch.equal(one, other)
            for one, other in zip(*(t.parameters() for t in pair), strict=True)
        ]
        begun.append(all(same))

    monkeypatch.setattr(training_loop, "begin_learning", watched)

    finish(staged(folder, "guan2022", epochs=3))

    assert begun == [False, True, False]


def test_fewer_epochs_than_stages_are_refused(folder):
    with pytest.raises(SettingsError, match="3 stages, which 2 epochs are too few"):
        finish(staged(folder, "guan2022", epochs=2))


def test_epochs_are_divided_by_the_shares_of_the_stages(folder):
    events, _ = finish(staged(folder, "guan2022", epochs=10, batch=32))

    stages = [report.stage for report in reports_of(events)]
    assert [stages.count(name) for name in ("global", "local", "fusion")] == [4, 3, 3]
