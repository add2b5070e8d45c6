"""A report says what was found and how to ask again, and names nobody."""

from __future__ import annotations

import csv
import dataclasses
import datetime
import io
import json
import shlex

import pytest
from labelled_library import DAY_NS, QUERY, make_library, row
from tiny_bundle import make_tiny_bundle

from medhash_gui import report, report_page
from medhash_gui.distance_table import DistanceRow, DistanceTable
from medhash_gui.evidence import weigh
from medhash_gui.exporting import RESEARCH_USE
from medhash_gui.reliability import (
    Figure,
    Reliability,
    ReliabilityCurve,
    ReliabilityRow,
)
from medhash_gui.report import ReportPicture
from medhash_gui.search import SearchFilter, search
from medhash_gui.search_result import Moved

NOW = datetime.datetime(2026, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
ASKED = SearchFilter(
    labels=("heart failure",),
    details=(("view", "PA"),),
    folder="Mrs Smith",
    before_ns=90 * DAY_NS,
)
ROWS = [
    row(n, "heart failure", patient=f"P-{n}", folder="Mrs Smith", view="PA", day=5)
    for n in range(6)
]


@pytest.fixture
def card(tmp_path):
    table = DistanceTable((DistanceRow(0, 9, 300, 0.71, 0.6, 0.8),), 0.3, 100)
    made = make_tiny_bundle(tmp_path / "tiny")
    return dataclasses.replace(made, distances=table)


@pytest.fixture
def made(tmp_path, card):
    with make_library(tmp_path / "Mrs Smith.medhash", *ROWS) as store:
        result = search(store, QUERY, filter=ASKED, top=5)
        pictures = {result.hits[0].row: ReportPicture(b"\x89PNG", "Attention <map>")}
        return report.compose(
            store,
            card,
            QUERY,
            result,
            chosen=result.hits[:3],
            filter=ASKED,
            top=5,
            evidence=weigh(store, QUERY, filter=ASKED, neighbours=3),
            familiarity=1.4,
            pictures=pictures,
            now=NOW,
        )


def forms(made):
    return {
        "html": report_page.page(made),
        "csv": made.as_csv().decode("utf-8-sig"),
        "json": made.as_json().decode(),
    }


@pytest.mark.parametrize("form", ["html", "csv", "json"])
@pytest.mark.row("G6", "I10")
def test_every_form_says_what_it_is_for_and_names_model_library_and_date(made, form):
    text = forms(made)[form]

    for wanted in (RESEARCH_USE, "m1", made.library["fingerprint"], NOW.isoformat()):
        assert wanted in text


@pytest.mark.parametrize("form", ["html", "csv", "json"])
def test_no_form_holds_a_path(made, form):
    assert "Smith" not in forms(made)[form]


@pytest.mark.row("G2")
def test_the_page_loads_nothing_and_runs_nothing(made):
    page = forms(made)["html"]

    assert "data:image/png;base64," in page
    assert "<script" not in page
    assert "http" not in page
    assert "Attention &lt;map&gt;" in page


def test_the_page_says_what_the_distances_meant(made):
    assert "71% (60%–80%)" in forms(made)["html"]
    assert "30% did" in forms(made)["html"]


@pytest.mark.parametrize(
    ("question", "is_told"),
    [
        (report.Question(), True),
        (report.Question(like=2), False),
        (report.Question(unlike=1), False),
        (report.Question(box="0,0,9,9"), False),
    ],
)
def test_what_pairs_meant_is_not_told_of_means_and_regions(
    card, tmp_path, question, is_told
):
    with make_library(tmp_path / "pairs.medhash", *ROWS) as store:
        result = search(store, QUERY, filter=ASKED, top=5)
        told = report.compose(
            store,
            card,
            QUERY,
            result,
            chosen=result.hits,
            filter=ASKED,
            top=5,
            question=question,
        )

    assert [hit.held_out is not None for hit in told.hits] == [is_told] * 5
    assert ("Held-out pairs" in report_page.page(told)) == is_told


def of_model(card, known, tmp_path, neighbours=5, familiarity=0.9, **asked):
    """Return the report of a model whose counts were measured so."""
    condition = asked.pop("filter", SearchFilter())
    card = dataclasses.replace(card, reliability=known)
    with make_library(tmp_path / "again.medhash", *ROWS) as store:
        return report.compose(
            store,
            card,
            QUERY,
            search(store, QUERY, filter=condition, top=5),
            chosen=(),
            filter=condition,
            top=5,
            evidence=weigh(store, QUERY, filter=condition, neighbours=neighbours),
            familiarity=familiarity,
            **asked,
        )


def test_a_report_says_what_the_counts_meant(card, tmp_path):
    some = Figure(0.1, 0.05, 0.2)
    row = ReliabilityRow(4, 5, 60, 44, 40, 4.5, 0.53, 0.78)
    curve = ReliabilityCurve(
        5, "heart failure", 0.2, (row,), some, 0.2, some, some, 0.01
    )
    known = Reliability((curve,), pictures=100, patients=80)

    told = of_model(card, known, tmp_path)

    [label] = json.loads(told.as_json())["evidence"]["labels"]
    assert label["held_out"]["neighbours"] == 5
    assert label["held_out"]["label"] == "heart failure"
    assert label["held_out"]["bearing"] == 40
    assert label["held_out"]["base"] == 0.2
    page = report_page.page(told)
    assert "<td>40 of 60 (53%–78%; base 20%; 4 to 5 of 5)</td>" in page
    assert "of pictures of patients that the model was not trained on" in page
    unknown = dataclasses.replace(known, by_patient=False)
    page = report_page.page(of_model(card, unknown, tmp_path / "2"))
    assert "whose they are is not known" in page


@pytest.mark.parametrize(
    ("labels", "neighbours", "familiarity", "reason", "said"),
    [
        (None, 5, 0.9, "model", "not measured"),
        (("heart failure",), 5, 1.4, "query", "the query is unlike them"),
        (("oedema",), 5, 0.9, "label", "not measured for this label"),
        (("heart failure",), 3, None, "neighbours", "not measured for so many cases"),
        (("heart failure",), 5, None, "few", "fewer than 20 patients"),
    ],
)
def test_a_report_says_why_a_count_has_no_meaning(
    card, tmp_path, labels, neighbours, familiarity, reason, said
):
    some = Figure(0.1, 0.05, 0.2)
    known = labels and Reliability(
        tuple(
            ReliabilityCurve(5, label, 0.2, (), some, 0.2, some, some, 0.01)
            for label in labels
        ),
        pictures=100,
        patients=80,
    )

    told = of_model(card, known, tmp_path, neighbours, familiarity)

    [label] = json.loads(told.as_json())["evidence"]["labels"]
    assert label["held_out"]["withheld"] == reason
    assert f"<td>{said}</td>" in report_page.page(told)


@pytest.mark.parametrize(
    "asked", [{"filter": ASKED}, {"question": report.Question(box="0,0,9,9")}]
)
def test_a_report_of_filtered_hits_or_a_region_tells_of_no_held_out_pictures(
    card, tmp_path, asked
):
    some = Figure(0.1, 0.05, 0.2)
    row = ReliabilityRow(4, 5, 60, 44, 40, 4.5, 0.53, 0.78)
    curve = ReliabilityCurve(
        5, "heart failure", 0.2, (row,), some, 0.2, some, some, 0.01
    )

    told = of_model(card, Reliability((curve,), 100, 80), tmp_path, **asked)

    [label] = json.loads(told.as_json())["evidence"]["labels"]
    assert label["held_out"]["withheld"] == "asked"
    assert "<td>not measured for such a question</td>" in report_page.page(told)


@pytest.mark.row("E4", "E5")
def test_an_unfamiliar_query_and_too_few_cases_are_said_before_the_hits(made):
    few = dataclasses.replace(made, enough=False)
    page = report_page.page(few)

    hits = page.index("<h2>Hits")
    assert 0 < page.index("unlike anything this model") < hits
    assert 0 < page.index("not enough similar cases") < hits


@pytest.mark.row("G1")
def test_json_and_csv_hold_the_chosen_hits(made):
    values = json.loads(forms(made)["json"])
    lines = list(csv.DictReader(io.StringIO(forms(made)["csv"])))

    assert [hit["case"] for hit in values["hits"]] == ["P-0", "P-1", "P-2"]
    assert [line["distance_bits"] for line in lines] == ["0", "1", "2"]
    assert values["evidence"]["labels"][0]["near"] == 3
    assert "png" not in forms(made)["json"]


@pytest.mark.row("G6")
def test_the_footer_repeats_the_search(made):
    words = shlex.split(made.command)

    assert words[:4] == ["medhash", "search", "LIBRARY", "QUERY"]
    options = dict(zip(words[4::2], words[5::2], strict=True))
    assert options["--top"] == "5"
    assert options["--patients"] == "exclude"
    assert options["--before"] == "1970-04-01"
    wanted = [word for word, option in zip(words[5:], words[4:], strict=False)
              if option == "--where"]  # fmt: skip
    assert wanted == ["label=heart failure", "view=PA", "folder=FOLDER"]


@pytest.mark.row("G6")
def test_the_fingerprint_tells_libraries_apart(tmp_path):
    with make_library(tmp_path / "a.medhash", row(1), row(2)) as store:
        one = report.fingerprint(store)
        again = report.fingerprint(store)
    with make_library(tmp_path / "b.medhash", row(1), row(3)) as store:
        other = report.fingerprint(store)

    assert one == again != other


def test_the_command_of_a_picture_seen_through_another_window_names_it():
    made = report.command_of(SearchFilter(), 9, 2, report.Question(view=1))

    words = shlex.split(made)
    assert words[words.index("--frame") + 1] == "3"
    assert words[words.index("--view") + 1] == "2"
    assert "--view" not in report.command_of(SearchFilter(), 9)


def test_a_moved_query_has_no_held_out_pairs_and_says_that_it_was_moved(
    made, card, tmp_path
):
    moved = Moved("mass", 0.5, 20, 31, (3,))
    with make_library(tmp_path / "moved.medhash", *ROWS) as store:
        result = dataclasses.replace(search(store, QUERY), moved=moved)
        again = report.compose(
            store,
            card,
            QUERY,
            result,
            chosen=result.hits,
            filter=SearchFilter(),
            top=5,
            question=report.Question(more_of="mass:0.5"),
        )

    page = report_page.page(again)
    lines = list(csv.DictReader(io.StringIO(again.as_csv().decode("utf-8-sig"))))
    assert made.hits[0].held_out is not None
    assert [hit.held_out for hit in again.hits] == [None] * len(again.hits)
    assert again.chance is None
    assert again.enough
    assert "moved towards more of mass (strength 0.5), as 20 patients" in page
    assert "Bits from the moved code" in page
    assert {line["more_of"] for line in lines} == {"mass"}
    assert '--more-of "mass:0.5"' in again.command


def test_the_command_of_several_pictures_and_a_region_names_all_of_it():
    question = report.Question(like=3, unlike=1, box="4,6,30,34", farthest=True)
    made = report.command_of(SearchFilter(), 9, 0, question)

    words = shlex.split(made)
    assert words[:6] == ["medhash", "search", "LIBRARY", "QUERY", "QUERY-2", "QUERY-3"]
    assert words[words.index("--unlike") + 1] == "UNLIKE-1"
    assert words[words.index("--box") + 1] == "4,6,30,34"
    assert "--farthest" in words
    assert "True" not in made
