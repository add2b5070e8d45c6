"""How near the hits are: distances, ties, what lies around, and what is said first."""

from __future__ import annotations

import json
import shlex
from collections import Counter

import numpy as np
import pytest
from cases import path_of
from command_runs import medhash
from PIL import Image
from PySide6.QtCore import Qt
from tiny_bundle import make_tiny_bundle

from medhash_gui import paths
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.store import CodeStore
from medhash_gui.ui.hit_list import HIT
from medhash_gui.ui.report_tasks import Wish


def looked_at(window) -> bool:
    session = window.session
    return session.shown_hit is not None and not session.is_busy


def plain_distances(library, query: str) -> dict[str, int]:
    """Return how many bits each other picture of a library differs from one in it."""
    with CodeStore.open(library) as store:
        rows = np.flatnonzero(store.visible)
        bits = np.unpackbits(store.packed[rows], axis=1)[:, : store.bits]
        names = [store.path(row) for row in rows.tolist()]
    apart = (bits != bits[names.index(query)]).sum(axis=1)
    found = dict(zip(names, apart.tolist(), strict=True))
    del found[query]
    return found


@pytest.fixture
def words(library, study):
    return library, "--image", study / path_of(0)


@pytest.mark.row("C13", "C14")
def test_every_hit_shows_its_distance_in_the_grid_and_over_its_picture(
    flight, words, library
):
    apart = plain_distances(library, path_of(0))

    def pilot(window):
        yield lambda: looked_at(window)
        model = window.results.hits.hits
        assert model.rowCount() == 11
        for row in range(model.rowCount()):
            index = model.index(row)
            bits = apart[index.data(HIT).record.path]
            said = f"{bits} / 16 bits differ"
            assert index.data(Qt.ItemDataRole.DisplayRole) == said
            assert "%" not in index.data(Qt.ItemDataRole.AccessibleTextRole)
            window.results.hits.select(row)
            yield lambda: looked_at(window)
            over = window.pair.hit._heading.text()
            assert over == f"Hit {row + 1}: {bits} of 16 bits differ"

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C12")
def test_all_pictures_within_so_many_bits_are_listed_and_no_other(
    flight, words, library
):
    apart = plain_distances(library, path_of(0))
    radius = sorted(apart.values())[5]

    def pilot(window):
        yield lambda: looked_at(window)
        window.actions_by_id["filters"].trigger()
        yield lambda: looked_at(window)
        within = window.results.filters.within
        within.setValue(radius)
        yield lambda: len(window.session.result.hits) < 11 and looked_at(window)
        found = {hit.record.path for hit in window.session.result.hits}
        assert found == {path for path, bits in apart.items() if bits <= radius}
        within.setValue(0)
        yield lambda: window.session.choice.narrowing.within == 0
        yield lambda: not window.session.is_busy
        assert all(bits for bits in apart.values())  # none has the query's code
        assert window.session.result.hits == ()
        within.setValue(-1)  # any distance
        yield lambda: len(window.session.result.hits) == 11 and looked_at(window)

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C15")
def test_the_whole_library_is_counted_by_distance_with_the_hits_marked(
    flight, words, library
):
    apart = plain_distances(library, path_of(0))

    def pilot(window):
        session, chart = window.session, window.evidence.chart
        window.actions_by_id["evidence"].trigger()
        yield lambda: looked_at(window) and session.weighing.weighed is not None
        counts = Counter(apart.values())
        expected = tuple(counts[bits] for bits in range(17))
        assert session.weighing.weighed.counts == expected
        assert list(chart.hits) == sorted(apart.values())
        nearest = chart.grab().toImage()
        window.results.hits.select(10)
        yield lambda: looked_at(window) and session.shown_hit.hit.rank == 11
        assert chart.grab().toImage() != nearest  # the line is at another distance
        median = sorted(apart.values())[5]
        low, high = min(apart.values()), max(apart.values())
        said = window.evidence.text
        assert f"The hits differ in {low} to {high} bits" in said
        assert f"half of the 11 pictures compared differ in {median} or fewer" in said
        filters = window.results.filters
        window.actions_by_id["filters"].trigger()
        filters.within.setValue(median)
        yield lambda: len(session.result.hits) < 11 and looked_at(window)
        yield lambda: session.weighing.weighed is not None
        assert sum(session.weighing.weighed.counts) == 11  # those around stay counted

    assert flight.run(pilot, *words) == 0


@pytest.mark.row("C16")
def test_ties_are_told_and_stand_in_the_order_of_the_soft_values(
    flight, study, models, tmp_path
):
    pixels = np.asarray(Image.open(study / path_of(3))).copy()
    for number in range(4):  # nearly the same picture: other bytes, mostly one code
        pixels[number, 0] ^= 1
        Image.fromarray(pixels).save(study / f"light/like three {number}.png")
    library = tmp_path / "ties.medhash"
    made = medhash(
        *("index", study, "--library", library),
        *("--model", paths.user_models() / "tiny"),
    )
    assert "16 added" in made.out, made.err
    apart = plain_distances(library, path_of(0))

    def pilot(window):
        yield lambda: looked_at(window)
        model, hits = window.results.hits.hits, window.session.result.hits
        sizes = Counter(apart.values())
        assert max(sizes.values()) >= 5
        for row, hit in enumerate(hits):
            count = sizes[apart[hit.record.path]]
            told = f"tie of {count}" if count > 1 else ""
            assert model.tie_text(model.index(row).data(HIT)) == told
            said = model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)
            assert told in said
        order = [(hit.distance, hit.soft_distance) for hit in hits]
        assert order == sorted(order)
        tied = [hit.soft_distance for hit in hits if hit.tie_size >= 5]
        assert len(set(tied)) > 1  # the order among them is not their place in rows

    assert flight.run(pilot, library, "--image", study / path_of(0)) == 0


@pytest.mark.row("E4")
def test_a_query_that_the_model_does_not_know_is_told_before_any_hit(
    flight, library, tmp_path
):
    stripes = np.zeros((48, 48), np.uint8)
    stripes[:, ::2] = 255
    Image.fromarray(stripes).save(tmp_path / "stripes.png")

    def pilot(window):
        results = window.results
        yield lambda: not results.cover.isHidden() and not window.session.is_busy
        yield lambda: results.cover.state == "unfamiliar"
        assert results.cover.sentence == "This is unlike anything this model knows."
        assert results.hits.isHidden()
        assert window.pair.hit.view.picture is None
        assert "not trained on pictures like this one" in window.pair.query.warning
        results.cover.show_hits.click()
        yield lambda: looked_at(window)
        assert results.hits.isVisible()
        assert "not trained on pictures like this one" in window.pair.query.warning

    assert flight.run(pilot, library, "--image", tmp_path / "stripes.png") == 0


@pytest.fixture
def strict_model(models, clean_home):
    """Leave a model for which only equal codes meant anything."""
    rows = (
        DistanceRow(0, 0, 300, 0.71, 0.6, 0.8),
        DistanceRow(1, 16, 300, 0.3, 0.25, 0.35),
    )
    table = DistanceTable(rows, chance=0.3, pictures=40)
    return make_tiny_bundle(clean_home / "models" / "tiny", distances=table)


@pytest.mark.row("E5")
def test_not_enough_similar_cases_is_told_before_any_hit(
    flight, strict_model, library, study
):
    def pilot(window):
        results = window.results
        yield lambda: results.cover.state == "few" and not window.session.is_busy
        assert results.cover.sentence == "There are not enough similar cases."
        assert "0 of the hits differ in 0 bits or fewer." in results.cover._text.text()
        assert results.hits.isHidden()
        assert window.pair.hit.view.picture is None
        results.cover.show_hits.click()
        yield lambda: looked_at(window)
        assert results.hits.isVisible()

    assert flight.run(pilot, library, "--image", study / path_of(0)) == 0


@pytest.mark.row("G6")
def test_the_command_of_a_report_finds_the_same_hits_again(
    flight, words, library, study, tmp_path
):
    file = tmp_path / "report.json"
    radius = sorted(plain_distances(library, path_of(0)).values())[6]

    def pilot(window):
        session = window.session
        yield lambda: looked_at(window)
        window.actions_by_id["filters"].trigger()
        yield lambda: looked_at(window)
        window.results.filters.within.setValue(radius)
        window.results.filters.folder.setText("light")
        window.results.filters.folder.editingFinished.emit()
        yield lambda: session.choice.narrowing.count == 2 and not session.is_busy
        yield lambda: looked_at(window)
        session.reporting.write(Wish(file, 12))
        yield lambda: file.exists() and not session.is_busy

    assert flight.run(pilot, *words) == 0
    report = json.loads(file.read_text("utf-8"))
    said = report["command"].replace("folder=FOLDER", "folder=light")
    named = {"LIBRARY": library, "QUERY": study / path_of(0)}
    again_words = [named.get(word, word) for word in shlex.split(said)]
    assert again_words[0] == "medhash"

    again = medhash(*again_words[1:], "--json").answer["hits"]

    assert report["hits"]
    told = [(hit["rank"], hit["distance"]) for hit in report["hits"]]
    assert told == [(hit["rank"], hit["distance"]) for hit in again]
    with CodeStore.open(library) as store:
        ids = [
            store.record(store.files()[hit["path"]].rows[0]).digest.hex()
            for hit in again
        ]
    assert [hit["picture_id"] for hit in report["hits"]] == [one[:12] for one in ids]
