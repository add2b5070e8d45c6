"""A teaching file opens anywhere, loads nothing, and tells labels only when asked."""

from __future__ import annotations

import dataclasses
import json
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from labelled_library import QUERY, make_library, row
from test_burned_in import film, write
from tiny_bundle import make_tiny_bundle

from medhash_gui import outgoing, report, teaching, teaching_words
from medhash_gui.errors import ExportError
from medhash_gui.exporting import RESEARCH_USE
from medhash_gui.images import Decoded
from medhash_gui.outgoing import Facts
from medhash_gui.query_box import QueryBox
from medhash_gui.saliency import SaliencyMap
from medhash_gui.search import SearchFilter, search
from medhash_gui.teaching import Lesson

LESSON = Lesson(diagnosis="lung <cyst>", notes="Cough & fever.\nSecond line.")


def picture(facts: Facts, pixels: np.ndarray, **more) -> outgoing.OutgoingPicture:
    ones = np.ones(pixels.shape[:2], np.float32)
    return outgoing.prepare(
        Decoded(pixels, 0, 1),
        facts,
        saliency=SaliencyMap(ones, "attention", None, 0.0, 1.0),
        **more,
    )


@pytest.fixture
def searched(tmp_path):
    card = make_tiny_bundle(tmp_path / "tiny")
    rows = [row(n, "heart failure", patient=f"P-{n}", folder="Smith") for n in range(4)]
    with make_library(tmp_path / "Smith.medhash", *rows) as store:
        result = search(store, QUERY, filter=SearchFilter(), top=3)
        return report.compose(
            store, card, QUERY, result, chosen=result.hits, filter=SearchFilter(), top=3
        )


def pictures(searched, query_pixels=None):
    query = picture(Facts("3f2a", role="query"), film(60, 50) if query_pixels is None
                    else query_pixels, masks=(QueryBox(1, 1, 9, 9),))  # fmt: skip
    hits = [
        picture(
            Facts(hit.picture_id, role="hit", rank=hit.rank, labels=hit.labels),
            film(60, 50, seed=hit.rank),
        )
        for hit in searched.hits
    ]
    return query, hits


def page_of(searched, lesson: Lesson = LESSON) -> str:
    query, hits = pictures(searched)
    files = teaching.contents(searched, query, hits, lesson, looked_at=True)
    return files["teaching-3f2a.html"].decode()


class Seen(HTMLParser):
    """Collects tags, and the text inside and outside of what waits to be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.asked, self.open_text = "", ""
        self._inside: list[str] = []

    def handle_starttag(self, tag, attrs) -> None:
        values = dict(attrs)
        self.tags.append((tag, values))
        if tag in ("p", "style", "title"):
            self._inside.append(values.get("class") or tag)

    def handle_endtag(self, tag) -> None:
        if tag in ("p", "style", "title"):
            self._inside.pop()

    def handle_data(self, data) -> None:
        if "answer" in self._inside:
            self.asked += data
        elif "style" not in self._inside:
            self.open_text += data


def seen(page: str) -> Seen:
    parser = Seen()
    parser.feed(page)
    return parser


def test_that_the_case_was_moved_is_said_and_towards_what_waits_to_be_asked(searched):
    how = {"label": "heart failure", "strength": 1.0}
    found = seen(page_of(dataclasses.replace(searched, moved=how)))

    assert "moved away from the case, towards more of one finding" in found.open_text
    assert "of 16 bits from the moved code" in found.open_text
    assert "heart failure" not in found.open_text


def test_labels_and_diagnosis_wait_to_be_asked(searched) -> None:
    found = seen(page_of(searched))

    assert "lung <cyst>" in found.asked
    assert found.asked.count("heart failure") == 3
    assert "heart failure" not in found.open_text
    assert "cyst" not in found.open_text
    assert "Cough & fever." in found.open_text
    assert re.search(r"\.map, \.answer, \.about \{ display: none; \}", teaching._STYLE)


def test_nothing_runs_and_nothing_is_loaded(searched) -> None:
    page = page_of(searched)
    found = seen(page)

    assert not [tag for tag, _ in found.tags if tag in ("script", "link", "iframe")]
    for _, values in found.tags:
        assert not [name for name in values if name.startswith("on")]
        assert "href" not in values
        assert (values.get("src") or "data:").startswith("data:image/png;base64,") or (
            "src" not in values
        )
    assert "http:" not in page
    assert "https:" not in page
    assert "url(" not in page
    assert "default-src 'none'" in page


def test_every_box_has_a_label_and_every_picture_says_what_it_is(searched) -> None:
    found = seen(page_of(searched)).tags

    boxes = [values["id"] for tag, values in found if tag == "input"]
    labels = [values.get("for") for tag, values in found if tag == "label"]
    assert len(boxes) == len(set(boxes)) == 2 + 2 + 2 * 3
    assert sorted(boxes) == sorted(labels)
    alts = [values["alt"] for tag, values in found if tag == "img"]
    assert len(alts) == 2 * 4
    assert all(alts)
    assert not [alt for alt in alts if "heart" in alt]


@pytest.mark.parametrize("language", teaching_words.LANGUAGES)
@pytest.mark.row("I10")
def test_each_language_says_what_it_is_for_and_what_it_is_made_with(
    searched, language
) -> None:
    page = page_of(searched, dataclasses.replace(LESSON, language=language))

    assert page.count(teaching_words.WORDS[language]["research"]) == 2
    assert searched.model["id"] in page
    assert searched.library["fingerprint"] in page
    assert f'lang="{language.replace("_", "-")}"' in page
    assert teaching_words.ENGLISH["research"] == RESEARCH_USE


def test_both_languages_have_the_same_words_and_fields() -> None:
    english, chinese = teaching_words.ENGLISH, teaching_words.CHINESE

    assert english.keys() == chinese.keys()
    for key in english:
        fields = (
            sorted(re.findall(r"\{\w+\}", one[key])) for one in (english, chinese)
        )
        first, second = fields
        assert first == second, key


def test_an_unknown_language_is_told(searched) -> None:
    with pytest.raises(ExportError, match="no teaching file in 'fr'"):
        page_of(searched, Lesson(language="fr"))


def test_pictures_with_letters_are_refused_until_somebody_looked(searched) -> None:
    query, hits = pictures(searched, write(film(), "DOE, JANE 1961", (20, 60)))

    with pytest.raises(ExportError, match="letters were seen"):
        teaching.contents(searched, query, hits, LESSON, looked_at=False)
    assert teaching.contents(searched, query, hits, LESSON, looked_at=True)


def test_no_path_or_name_of_the_library_is_in_it(searched) -> None:
    query, hits = pictures(searched)

    files = teaching.contents(searched, query, hits, LESSON, looked_at=True)

    for name, data in files.items():
        assert "smith" not in name.lower()
        assert b"smith" not in data.lower()
    told = json.loads(files["teaching-3f2a.json"])
    assert told["lesson"]["diagnosis"] == "lung <cyst>"
    assert told["intended_use"] == RESEARCH_USE
