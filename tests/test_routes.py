"""How codes were made is kept with them, whatever happens to their rows."""

from __future__ import annotations

import json
import shutil

import library_v2
import numpy as np
import pytest
from command_runs import medhash
from indexing_runs import FakeEncoder, draw, index, new_store
from small_library import BITS, make_codes, make_records, make_store
from upkeep_runs import check_sound, finish, repair

from medhash_gui import routes
from medhash_gui.codes import HashCodes
from medhash_gui.errors import DeviceError, StoreFormatError
from medhash_gui.library import segments
from medhash_gui.store import CodeStore, RowChange
from medhash_gui.store_merge import merge
from medhash_gui.store_purge import choose_rows, compacting, purging

CPU, GPU = "onnxruntime, float32, cpu", "torch, float16, cuda"


def add(library: CodeStore, count: int, route: str) -> None:
    first = library.row_count
    logits = np.ones((count, BITS), np.float32)
    codes = HashCodes.from_logits(logits)
    made = HashCodes(codes.packed, BITS, codes.soft, routes.same(count, route))
    library.append(make_records(count, start=first), made)


def of_rows(library: CodeStore) -> list[str]:
    made = library.codes(range(library.row_count)).routes
    return [route for count, route in made for _ in range(count)]


@pytest.fixture
def mixed(tmp_path):
    """A library of a segment and a journal: 3 by the processor, 2 unknown, 4 by GPU."""
    root = tmp_path / "mixed.medhash"
    with make_store(root) as library:
        add(library, 3, CPU)
        library.seal()
        library.append(make_records(2, start=3), make_codes(2))
        add(library, 4, GPU)
    return root


EXPECTED = [*[CPU] * 3, "", "", *[GPU] * 4]


def test_routes_are_kept_by_journal_segments_and_readers(mixed):
    with CodeStore.open(mixed) as reader:
        assert of_rows(reader) == EXPECTED
        with CodeStore.open(mixed, writable=True) as library:
            library.seal()
            finish(compacting(library))
            add(library, 1, CPU)
        assert reader.refresh()
        assert of_rows(reader) == [*EXPECTED, CPU]
        assert reader.route_counts() == {"": 2, CPU: 4, GPU: 4}
    check_sound(mixed)


def test_routes_outlive_purging_repairing_and_merging(mixed, tmp_path):
    with CodeStore.open(mixed, writable=True) as library:
        library.change([RowChange(1, hidden=True)])
        finish(purging(library, choose_rows(library, hidden=True)))
    (mixed / "library.json").write_bytes(b"{")
    assert repair(mixed).repaired
    with CodeStore.create(
        tmp_path / "target.medhash", indexed_root=tmp_path, model_id="m1",
        model_name="fake", bits=BITS, key_of=mixed,
    ) as target:  # fmt: skip
        add(target, 1, GPU)
        with CodeStore.open(mixed) as source:
            assert of_rows(source) == EXPECTED
            assert source.route_counts() == {CPU: 2, "": 2, GPU: 4}
            merge(target, source)
        assert target.route_counts()[CPU] == 2


def test_indexing_says_how_each_code_was_made(tmp_path):
    class Failing(FakeEncoder):
        route = GPU

        def encode(self, inputs):
            if self.encoded:
                raise DeviceError("The device has failed.", hint="")
            return super().encode(inputs)

        def on_processor(self):
            other = FakeEncoder()
            other.route = CPU
            return other

    study = tmp_path / "study"
    for n in range(7):
        draw(study / f"{n}.png", n)
    with new_store(tmp_path / "a.medhash", study) as library:
        index(library, study, Failing(device="cuda"), batch=4)
        assert of_rows(library) == [*[GPU] * 4, *[CPU] * 3]
        shutil.copy(study / "0.png", study / "copy.png")
        index(library, study, FakeEncoder())
        assert of_rows(library)[-1] == GPU


def test_info_shows_a_mixture(mixed):
    ran = medhash("info", mixed)
    assert f"{CPU} (3); {GPU} (4); unknown (2)" in ran.out
    assert "made in several ways" in ran.err
    answer = medhash("info", mixed, "--json").answer
    assert answer["made_by"] == {CPU: 3, "unknown": 2, GPU: 4}


def test_one_route_is_no_mixture_and_old_libraries_know_none(tmp_path):
    ran = medhash("info", library_v2.ROOT)
    assert "unknown (7)" in ran.out
    assert "several ways" not in ran.err


@pytest.mark.parametrize(
    "value",
    [{}, [[1]], [[0, "a"], [3, "b"]], [[3, 4]], [[2, "a"]], [[True, "a"], [2, "b"]]],
)
def test_routes_that_are_none_are_refused(value):
    with pytest.raises(ValueError, match="not what they should be"):
        routes.from_json(value, 3)


def test_a_segment_with_routes_of_other_rows_is_damaged(tmp_path):
    codes = make_codes(3)
    wrong = HashCodes(codes.packed, codes.bits, codes.soft, ((5, CPU),))
    data = segments.codes_file(wrong, first_row=0, model_id="m1")
    (tmp_path / "codes-000001.h5").write_bytes(data)
    segment = segments.Segment("codes-000001.h5", 0, 3, len(data))
    with pytest.raises(StoreFormatError, match="codes-000001"):
        segments.read_codes(tmp_path, segment, bits=codes.bits, model_id="m1")


def test_runs_are_taken_joined_and_written_as_they_are():
    runs = ((2, CPU), (1, ""), (3, GPU))
    taken = routes.taken(runs, np.array([5, 0, 1, 2], np.intp))
    assert taken == ((1, GPU), (2, CPU), (1, ""))
    assert routes.taken(((2, ""), (1, CPU)), np.array([0, 1], np.intp)) == ()
    assert routes.joined([(1, ()), (2, ())]) == ()
    assert routes.joined([(1, ()), (6, runs)]) == ((1, ""), *runs)
    assert routes.from_json(json.loads(json.dumps(runs)), 6) == runs
